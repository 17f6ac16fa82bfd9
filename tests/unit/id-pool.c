/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"

#include <stdbool.h>
#include <string.h>

#include "agent/id_pool.h"

static void numbers_are_taken_in_order(void **state)
{
	struct vscmi_id_pool pool = { 0 };

	for (int32_t i = 0; i < 100; i++)
		assert_int_equal(vscmi_id_take_next(&pool), i);
}

static void a_number_just_given_back_is_the_last_to_be_taken_again(void **state)
{
	struct vscmi_id_pool pool = { 0 };

	assert_int_equal(vscmi_id_take_next(&pool), 0);
	vscmi_id_put_next(&pool, 0);
	for (int32_t i = 1; i < (int32_t)VSCMI_TOKENS; i++) {
		assert_int_equal(vscmi_id_take_next(&pool), i);
		vscmi_id_put_next(&pool, (uint32_t)i);
	}
	assert_int_equal(vscmi_id_take_next(&pool), 0);
}

static void the_counter_wraps_and_skips_what_is_taken(void **state)
{
	struct vscmi_id_pool pool = { 0 };

	for (uint32_t i = 0; i < 1020; i++) {
		vscmi_id_take_next(&pool);
		if (i != 0 && i != 1 && i != 40)
			vscmi_id_put_next(&pool, i);
	}
	for (int32_t i = 1020; i < 1024; i++)
		assert_int_equal(vscmi_id_take_next(&pool), i);
	for (int32_t i = 2; i < 80; i++)
		if (i != 40)
			assert_int_equal(vscmi_id_take_next(&pool), i);
}

static void the_counter_follows_the_number_that_was_taken(void **state)
{
	struct vscmi_id_pool pool = { 0 };

	for (uint32_t i = 0; i < 900; i++)
		vscmi_id_take_next(&pool);
	/* Only low numbers and one high one are free: 900.., then 3, 5. */
	for (int32_t i = 900; i < 1024; i++)
		assert_int_equal(vscmi_id_take_next(&pool), i);
	vscmi_id_put_next(&pool, 3);
	vscmi_id_put_next(&pool, 5);
	assert_int_equal(vscmi_id_take_next(&pool), 3);
	vscmi_id_put_next(&pool, 3);
	assert_int_equal(vscmi_id_take_next(&pool), 5);
	assert_int_equal(vscmi_id_take_next(&pool), 3);
	assert_int_equal(vscmi_id_take_next(&pool), -1);
}

static void all_can_be_taken_and_none_more(void **state)
{
	for (uint32_t start = 0; start < VSCMI_TOKENS; start += 147) {
		struct vscmi_id_pool pool = { .next = start };

		for (uint32_t i = 0; i < VSCMI_TOKENS; i++)
			assert_int_equal(vscmi_id_take_next(&pool),
					 (start + i) % VSCMI_TOKENS);
		assert_int_equal(vscmi_id_take_next(&pool), -1);
		vscmi_id_put_next(&pool, 512);
		assert_int_equal(vscmi_id_take_next(&pool), 512);
	}
}

static void without_an_order_all_below_the_limit_are_taken(void **state)
{
	static const uint32_t limits[] = { 1, 2, 31, 32, 33, 63, 64, 100, 1023, 1024 };

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct vscmi_id_pool pool = { 0 };

		for (uint32_t k = 0; k < limits[i]; k++)
			assert_int_equal(vscmi_id_take_any(&pool, limits[i]), k);
		assert_int_equal(vscmi_id_take_any(&pool, limits[i]), -1);
		for (uint32_t k = 0; k < limits[i]; k++)
			vscmi_id_put_any(&pool, k);
		/* The one that was given back last, then the lowest. */
		assert_int_equal(vscmi_id_take_any(&pool, limits[i]), limits[i] - 1);
		for (uint32_t k = 0; k < limits[i] - 1; k++)
			assert_int_equal(vscmi_id_take_any(&pool, limits[i]), k);
		assert_int_equal(vscmi_id_take_any(&pool, limits[i]), -1);
	}
}

static void what_was_given_back_last_is_kept_when_the_limit_falls_below_it(void **state)
{
	struct vscmi_id_pool pool = { 0 };

	for (int32_t i = 0; i < 40; i++)
		assert_int_equal(vscmi_id_take_any(&pool, VSCMI_TOKENS), i);
	vscmi_id_put_any(&pool, 3);
	vscmi_id_put_any(&pool, 35);
	assert_int_equal(vscmi_id_take_any(&pool, 35), 3);
	assert_int_equal(vscmi_id_take_any(&pool, 35), -1);
	assert_int_equal(vscmi_id_take_any(&pool, 36), 35);
}

static void the_only_free_number_is_found_wherever_it_is(void **state)
{
	struct vscmi_id_pool pool = { 0 };

	for (uint32_t i = 0; i < VSCMI_TOKENS; i++)
		vscmi_id_take_next(&pool);
	assert_int_equal(atomic_load(&pool.full), UINT32_MAX);
	for (uint32_t i = 0; i < VSCMI_TOKENS; i++) {
		uint32_t id = i * 389 % VSCMI_TOKENS;

		vscmi_id_put_next(&pool, id);
		assert_int_equal(atomic_load(&pool.full),
				 ~(UINT32_C(1) << id / 32) & UINT32_MAX);
		assert_int_equal(vscmi_id_take_next(&pool), id);
		assert_int_equal(vscmi_id_take_next(&pool), -1);
	}
	/* What is said is only a hint. */
	vscmi_id_put_next(&pool, 77);
	atomic_store(&pool.full, UINT32_MAX);
	assert_int_equal(vscmi_id_take_next(&pool), 77);
	vscmi_id_put_next(&pool, 78);
	atomic_store(&pool.full, UINT32_MAX);
	assert_int_equal(vscmi_id_take_any(&pool, VSCMI_TOKENS), 78);
}

static void the_order_survives_the_counters_overflow(void **state)
{
	struct vscmi_id_pool pool = { .next = UINT32_MAX - 1 };

	assert_int_equal(vscmi_id_take_next(&pool), 1022);
	assert_int_equal(vscmi_id_take_next(&pool), 1023);
	vscmi_id_put_next(&pool, 1022);
	vscmi_id_put_next(&pool, 1023);
	for (int32_t i = 0; i < 5; i++) {
		assert_int_equal(vscmi_id_take_next(&pool), i);
		vscmi_id_put_next(&pool, (uint32_t)i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_taken_in_order),
		cmocka_unit_test(a_number_just_given_back_is_the_last_to_be_taken_again),
		cmocka_unit_test(the_counter_wraps_and_skips_what_is_taken),
		cmocka_unit_test(the_counter_follows_the_number_that_was_taken),
		cmocka_unit_test(all_can_be_taken_and_none_more),
		cmocka_unit_test(without_an_order_all_below_the_limit_are_taken),
		cmocka_unit_test(
			what_was_given_back_last_is_kept_when_the_limit_falls_below_it),
		cmocka_unit_test(the_only_free_number_is_found_wherever_it_is),
		cmocka_unit_test(the_order_survives_the_counters_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
