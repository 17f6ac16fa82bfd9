/* SPDX-License-Identifier: BSD-3-Clause */
/* As many numbers as all threads together want, so that words are full again and again. */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "agent/id_pool.h"

#define THREADS 4u

/* What the threads do to the pool. */
struct work {
	int32_t (*take)(void);
	void (*put)(struct vscmi_id_pool *pool, uint32_t id);
	uint32_t each; /* numbers that a thread has at once */
	uint32_t rounds;
};

static struct vscmi_id_pool pool;
static atomic_uint owners[VSCMI_TOKENS]; /* how many have it: 0 or 1 */
static atomic_uint errors;

/* So few numbers that the last one of a word is taken all the time. */
#define FEW 64u

static int32_t take_any(void)
{
	return vscmi_id_take_any(&pool, FEW);
}

static int32_t take_next(void)
{
	return vscmi_id_take_next(&pool);
}

static void *take_and_put(void *context)
{
	const struct work *work = context;

	for (uint32_t round = 0; round < work->rounds; round++) {
		int32_t ids[VSCMI_TOKENS / THREADS];

		for (uint32_t i = 0; i < work->each; i++) {
			while ((ids[i] = work->take()) < 0)
				sched_yield();
			if (atomic_fetch_add(&owners[ids[i]], 1) != 0)
				atomic_fetch_add(&errors, 1);
		}
		for (uint32_t i = 0; i < work->each; i++) {
			atomic_fetch_sub(&owners[ids[i]], 1);
			work->put(&pool, (uint32_t)ids[i]);
		}
	}
	return NULL;
}

static void work_on_it(struct work work)
{
	pthread_t threads[THREADS];

	for (uint32_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, take_and_put, &work);
	for (uint32_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&errors), 0);
	if (atomic_load(&pool.last))
		vscmi_id_put_next(&pool, atomic_exchange(&pool.last, 0) - 1);
	assert_int_equal(atomic_load(&pool.full), 0);
	for (uint32_t i = 0; i < VSCMI_TOKENS / 32; i++)
		assert_int_equal(atomic_load(&pool.used[i]), 0);
}

static void each_number_has_one_owner_and_none_is_lost(void **state)
{
	work_on_it((struct work){ take_any, vscmi_id_put_any, FEW / THREADS, 2000 });
}

static void so_it_is_when_they_are_taken_in_order(void **state)
{
	work_on_it((struct work){ take_next, vscmi_id_put_next, VSCMI_TOKENS / THREADS,
				  100 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_has_one_owner_and_none_is_lost),
		cmocka_unit_test(so_it_is_when_they_are_taken_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
