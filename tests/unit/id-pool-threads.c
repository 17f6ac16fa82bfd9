/* SPDX-License-Identifier: BSD-3-Clause */
/* As many numbers as all threads together want, so that words are full again and again. */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "agent/id_pool.h"

#define THREADS 4u
#define EACH    16u
#define IDS     (THREADS * EACH)
#define ROUNDS  2000u

static struct vscmi_id_pool pool;
static atomic_uint owners[IDS]; /* how many have it: 0 or 1 */
static atomic_uint errors;

static void *take_and_put(void *context)
{
	for (uint32_t round = 0; round < ROUNDS; round++) {
		int32_t ids[EACH];

		for (uint32_t i = 0; i < EACH; i++) {
			while ((ids[i] = vscmi_id_take(&pool, IDS)) < 0)
				sched_yield();
			if (atomic_fetch_add(&owners[ids[i]], 1) != 0)
				atomic_fetch_add(&errors, 1);
		}
		for (uint32_t i = 0; i < EACH; i++) {
			atomic_fetch_sub(&owners[ids[i]], 1);
			vscmi_id_put(&pool, (uint32_t)ids[i]);
		}
	}
	return NULL;
}

static void each_number_has_one_owner_and_none_is_lost(void **state)
{
	pthread_t threads[THREADS];

	for (uint32_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, take_and_put, NULL);
	for (uint32_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&errors), 0);
	assert_int_equal(atomic_load(&pool.full), 0);
	for (uint32_t i = 0; i < VSCMI_TOKENS / 32; i++)
		assert_int_equal(atomic_load(&pool.used[i]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_has_one_owner_and_none_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
