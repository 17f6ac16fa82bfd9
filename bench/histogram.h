/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A histogram of times: exact up to 255 ns, then 128 buckets for each power of 2, so a bucket is
 * never wider than 1/128 of what is in it. Adding allocates nothing.
 */
#ifndef VSCMI_BENCH_HISTOGRAM_H
#define VSCMI_BENCH_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HISTOGRAM_STEPS   128u /* to a power of 2; a power of 2 itself */
#define HISTOGRAM_BUCKETS (HISTOGRAM_STEPS * 34u) /* up to 2^40 ns, 18 minutes */

struct histogram {
	uint64_t counts[HISTOGRAM_BUCKETS];
};

/* Which bucket a time is in; the last one has all that are too long. */
size_t histogram_bucket(uint64_t time_ns);

/* The shortest time that is in a bucket. */
uint64_t histogram_floor(size_t bucket);

void histogram_add(struct histogram *histogram, uint64_t time_ns);

/* What is not empty, as JSON: [[floor, count], ...], ascending. */
void histogram_print(FILE *to, const struct histogram *histogram);

#endif
