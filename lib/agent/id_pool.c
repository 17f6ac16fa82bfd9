/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/id_pool.h"

#define IDS   VSCMI_TOKENS
#define WORDS (IDS / 32)

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

static int32_t take_from(struct vscmi_id_pool *pool, uint32_t word, uint32_t candidates)
{
	uint32_t used = atomic_load(&pool->used[word]);

	while (candidates & ~used) {
		uint32_t bit = lowest_bit(candidates & ~used);

		if (atomic_compare_exchange_weak(&pool->used[word], &used,
						 used | UINT32_C(1) << bit))
			return (int32_t)(word * 32 + bit);
	}
	return -1;
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

	/* The word that the counter points into is looked at twice: its end, its start. */
	for (uint32_t i = 0; i <= WORDS; i++) {
		uint32_t word = (first / 32 + i) % WORDS;
		uint32_t candidates =
			i < WORDS - first / 32
				? bits_between(word, first, limit)
				: bits_between(word, 0, first < limit ? first : limit);
		int32_t id = take_from(pool, word, candidates);

		if (id >= 0) {
			advance(pool, counter + ((uint32_t)id - first) % IDS + 1);
			return id;
		}
	}
	return -1;
}

void vscmi_id_put(struct vscmi_id_pool *pool, uint32_t id)
{
	atomic_fetch_and(&pool->used[id / 32], ~(UINT32_C(1) << id % 32));
}
