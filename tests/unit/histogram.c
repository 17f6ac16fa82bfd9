/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"

#include <stdlib.h>

#include "histogram.h"

static void a_short_time_has_a_bucket_of_its_own(void **state)
{
	for (uint64_t time_ns = 0; time_ns < 2 * HISTOGRAM_STEPS; time_ns++) {
		assert_int_equal(histogram_bucket(time_ns), time_ns);
		assert_int_equal(histogram_floor(time_ns), time_ns);
	}
}

static void a_time_is_between_its_bucket_and_the_next(void **state)
{
	const uint64_t times_ns[] = {
		256, 257, 258, 511, 512, 1000, 1023, 1024, 123456789
	};

	for (size_t i = 0; i < sizeof(times_ns) / sizeof(times_ns[0]); i++) {
		size_t bucket = histogram_bucket(times_ns[i]);

		assert_in_range(times_ns[i], histogram_floor(bucket),
				histogram_floor(bucket + 1) - 1);
	}
}

static void buckets_ascend_and_are_narrow(void **state)
{
	for (size_t bucket = 0; bucket + 1 < HISTOGRAM_BUCKETS; bucket++) {
		uint64_t floor = histogram_floor(bucket);
		uint64_t width = histogram_floor(bucket + 1) - floor;

		assert_int_equal(histogram_bucket(floor), bucket);
		assert_int_equal(histogram_bucket(floor + width - 1), bucket);
		assert_in_range(width, 1,
				floor < HISTOGRAM_STEPS ? 1 : floor / HISTOGRAM_STEPS);
	}
}

static void what_is_too_long_is_in_the_last_bucket(void **state)
{
	assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static void only_what_is_not_empty_is_printed(void **state)
{
	struct histogram *histogram = calloc(1, sizeof(*histogram));
	char *text = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	histogram_add(histogram, 5);
	histogram_add(histogram, 1001);
	histogram_add(histogram, 1000);
	histogram_print(file, histogram);
	fclose(file);
	assert_string_equal(text, "[[5,1],[1000,2]]");
	free(text);
	free(histogram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_time_has_a_bucket_of_its_own),
		cmocka_unit_test(a_time_is_between_its_bucket_and_the_next),
		cmocka_unit_test(buckets_ascend_and_are_narrow),
		cmocka_unit_test(what_is_too_long_is_in_the_last_bucket),
		cmocka_unit_test(only_what_is_not_empty_is_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
