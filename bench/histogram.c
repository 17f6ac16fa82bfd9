/* SPDX-License-Identifier: BSD-3-Clause */
#include "histogram.h"

#include <inttypes.h>

/* The step within a power of 2 is the bits behind the highest one. */
size_t histogram_bucket(uint64_t time_ns)
{
	uint64_t rest = time_ns;
	size_t shift = 0, bucket;

	while (rest >= 2 * HISTOGRAM_STEPS) {
		rest >>= 1;
		shift++;
	}
	bucket = shift * HISTOGRAM_STEPS + (size_t)rest;
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

uint64_t histogram_floor(size_t bucket)
{
	size_t shift = bucket < 2 * HISTOGRAM_STEPS ? 0 : bucket / HISTOGRAM_STEPS - 1;

	return (uint64_t)(bucket - shift * HISTOGRAM_STEPS) << shift;
}

void histogram_add(struct histogram *histogram, uint64_t time_ns)
{
	histogram->counts[histogram_bucket(time_ns)]++;
}

void histogram_print(FILE *to, const struct histogram *histogram)
{
	const char *separator = "";

	fputc('[', to);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (histogram->counts[i] == 0)
			continue;
		fprintf(to, "%s[%" PRIu64 ",%" PRIu64 "]", separator, histogram_floor(i),
			histogram->counts[i]);
		separator = ",";
	}
	fputc(']', to);
}
