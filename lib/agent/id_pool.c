/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/id_pool.h"

#define IDS VSCMI_TOKENS

static uint32_t lowest_bit(uint32_t bits)
{
	static const uint8_t positions[32] = {
		0,  1,  28, 2,  29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4,  8,
		31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6,  11, 5,  10, 9,
	};

	/* De Bruijn: the 5 bits at the top of the product are different for each bit. */
	return positions[((bits & (~bits + 1)) * 0x077cb531u) >> 27];
}

/*
 * Who takes the last number of a word says so, and then looks at the word once more; who gives
 * one back does so, and then looks whether the word is said to be full. One of them sees the
 * other, so a word that is not full is not said to be for longer than somebody takes from it;
 * the other way round does no harm.
 */
static void say_full(struct vscmi_id_pool *pool, uint32_t word)
{
	uint32_t bit = UINT32_C(1) << word;

	atomic_fetch_or(&pool->full, bit);
	if (atomic_load(&pool->used[word]) != UINT32_MAX)
		atomic_fetch_and(&pool->full, ~bit);
}

static inline int32_t take_from(struct vscmi_id_pool *pool, uint32_t word,
				uint32_t candidates)
{
	uint32_t used = atomic_load(&pool->used[word]);

	while (candidates & ~used) {
		uint32_t bit = lowest_bit(candidates & ~used);
		uint32_t now_used = used | UINT32_C(1) << bit;

		if (!atomic_compare_exchange_weak(&pool->used[word], &used, now_used))
			continue;
		if (now_used == UINT32_MAX)
			say_full(pool, word);
		return (int32_t)(word * 32 + bit);
	}
	return -1;
}

/* The lowest one below limit of some words, which all begin below it. */
static int32_t take_lowest(struct vscmi_id_pool *pool, uint32_t words, uint32_t limit)
{
	for (; words; words &= words - 1) {
		uint32_t word = lowest_bit(words), left = limit - word * 32;
		uint32_t below = left < 32 ? ~(UINT32_MAX << left) : UINT32_MAX;
		int32_t id = take_from(pool, word, below);

		if (id >= 0)
			return id;
	}
	return -1;
}

/* Look in some words: from first on to the end, then from the start on. The word that first
 * points into is looked at twice: its end, its start. */
static int32_t search(struct vscmi_id_pool *pool, uint32_t words, uint32_t first)
{
	uint32_t behind_first = words & UINT32_MAX << first / 32 << 1;
	int32_t id = -1;

	if (words >> first / 32 & 1)
		id = take_from(pool, first / 32, UINT32_MAX << first % 32);
	if (id < 0)
		id = take_lowest(pool, behind_first, IDS);
	if (id < 0)
		id = take_lowest(pool, words & ~behind_first, IDS);
	return id;
}

/* The counter only grows, whoever comes last. */
static inline void advance(struct vscmi_id_pool *pool, uint32_t now, uint32_t next)
{
	while ((int32_t)(next - now) > 0 &&
	       !atomic_compare_exchange_weak(&pool->next, &now, next))
		;
}

int32_t vscmi_id_take_next(struct vscmi_id_pool *pool)
{
	uint32_t counter = atomic_fetch_add(&pool->next, 1), first = counter % IDS;
	uint32_t words = ~atomic_load(&pool->full);
	uint32_t ahead = words & UINT32_MAX << first / 32;
	uint32_t word = lowest_bit(ahead ? ahead : words);
	int32_t id = -1;

	/* Mostly that very number is free, or any of the next word that is not full. */
	if (word == first / 32) {
		uint32_t bit = UINT32_C(1) << first % 32;
		uint32_t used = atomic_fetch_or(&pool->used[word], bit);

		if (!(used & bit)) {
			if ((used | bit) == UINT32_MAX)
				say_full(pool, word);
			return (int32_t)first;
		}
	} else {
		id = take_from(pool, word, UINT32_MAX);
	}
	if (id < 0)
		id = search(pool, words, first);
	if (id < 0)
		id = search(pool, UINT32_MAX, first);
	if (id >= 0)
		advance(pool, counter + 1, counter + ((uint32_t)id - first) % IDS + 1);
	return id;
}

void vscmi_id_put_next(struct vscmi_id_pool *pool, uint32_t id)
{
	uint32_t word = UINT32_C(1) << id / 32;

	atomic_fetch_and(&pool->used[id / 32], ~(UINT32_C(1) << id % 32));
	if (atomic_load(&pool->full) & word)
		atomic_fetch_and(&pool->full, ~word);
}

int32_t vscmi_id_take_any(struct vscmi_id_pool *pool, uint32_t limit)
{
	uint32_t last = atomic_exchange(&pool->last, 0), words;
	int32_t id;

	if (last - 1 < limit)
		return (int32_t)(last - 1);
	if (last)
		vscmi_id_put_next(pool, last - 1);
	words = UINT32_MAX >> (31 - (limit - 1) / 32);
	id = take_lowest(pool, words & ~atomic_load(&pool->full), limit);
	return id >= 0 ? id : take_lowest(pool, words, limit);
}

void vscmi_id_put_any(struct vscmi_id_pool *pool, uint32_t id)
{
	uint32_t last = atomic_exchange(&pool->last, id + 1);

	if (last)
		vscmi_id_put_next(pool, last - 1);
}
