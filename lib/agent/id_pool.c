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

/* Those of the 32 numbers in a word that are at least first and below limit. */
static uint32_t bits_between(uint32_t word, uint32_t first, uint32_t limit)
{
	uint32_t start = word * 32, bits = UINT32_MAX;

	if (limit <= start || first >= start + 32)
		return 0;
	if (first > start)
		bits &= UINT32_MAX << (first - start);
	if (limit < start + 32)
		bits &= UINT32_MAX >> (start + 32 - limit);
	return bits;
}

/*
 * Who takes the last number of a word says so, and looks once more: one may have come back
 * meanwhile, from somebody who did not find it said yet. So a word that is not full is not said
 * to be for longer than somebody takes from it; the other way round does no harm.
 */
static void say_full(struct vscmi_id_pool *pool, uint32_t word)
{
	uint32_t bit = UINT32_C(1) << word;

	atomic_fetch_or(&pool->full, bit);
	if (atomic_load(&pool->used[word]) != UINT32_MAX)
		atomic_fetch_and(&pool->full, ~bit);
}

static int32_t take_from(struct vscmi_id_pool *pool, uint32_t word, uint32_t candidates)
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

/* Look in some words: from first on to the end, then from the start on. */
static int32_t search(struct vscmi_id_pool *pool, uint32_t words, uint32_t first,
		      uint32_t limit)
{
	uint32_t ahead = words & UINT32_MAX << first / 32, behind = words & ~ahead;
	int32_t id = -1;

	for (; ahead && id < 0; ahead &= ahead - 1) {
		uint32_t word = lowest_bit(ahead);

		id = take_from(pool, word, bits_between(word, first, limit));
	}
	for (; behind && id < 0; behind &= behind - 1) {
		uint32_t word = lowest_bit(behind);

		id = take_from(pool, word, bits_between(word, 0, limit));
	}
	/* The word that first points into is looked at twice: its end, its start. */
	if (id < 0)
		id = take_from(
			pool, first / 32,
			bits_between(first / 32, 0, first < limit ? first : limit));
	return id;
}

/* The counter only grows, whoever comes last. */
static void advance(struct vscmi_id_pool *pool, uint32_t next)
{
	uint32_t now = atomic_load(&pool->next);

	while ((int32_t)(next - now) > 0 &&
	       !atomic_compare_exchange_weak(&pool->next, &now, next))
		;
}

int32_t vscmi_id_take(struct vscmi_id_pool *pool, uint32_t limit)
{
	uint32_t counter = atomic_load(&pool->next), first = counter % IDS;
	int32_t id = search(pool, ~atomic_load(&pool->full), first, limit);

	if (id < 0)
		id = search(pool, UINT32_MAX, first, limit);
	if (id >= 0)
		advance(pool, counter + ((uint32_t)id - first) % IDS + 1);
	return id;
}

void vscmi_id_put(struct vscmi_id_pool *pool, uint32_t id)
{
	uint32_t word = id / 32;

	if (atomic_fetch_and(&pool->used[word], ~(UINT32_C(1) << id % 32)) == UINT32_MAX)
		atomic_fetch_and(&pool->full, ~(UINT32_C(1) << word));
}
