/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "board/source.h"

struct noise {
	double mean, deviation; /* the standard deviation */
	uint64_t every_us;      /* how long a value holds */
	uint32_t seed;
};

static void read(struct vscmi_reader *reader, yaml_node_t *node, void *parameters)
{
	static const struct vscmi_key keys[] = {
		{ "mean", vscmi_read_number, offsetof(struct noise, mean), true },
		{ "deviation", vscmi_read_number, offsetof(struct noise, deviation),
		  true },
		{ "every", vscmi_read_period, offsetof(struct noise, every_us), false },
		{ "seed", vscmi_read_u32, offsetof(struct noise, seed), false },
	};
	static const struct vscmi_keys noise = VSCMI_KEYS("a noise", keys);

	((struct noise *)parameters)->every_us = 10000;
	vscmi_read_mapping(reader, node, &noise, parameters);
}

/* A number that looks random in every bit and depends on nothing but its argument. */
static uint64_t scramble(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/*
 * The sum of four even numbers in 0..1 is close to a normal distribution, with mean 2 and
 * variance 1/3, and never leaves mean +- 3.5 deviations.
 */
static double value(const void *parameters, uint64_t time_us)
{
	const struct noise *noise = parameters;
	uint64_t random =
		scramble(scramble(noise->seed + UINT64_C(1)) + time_us / noise->every_us);
	double sum = 0;

	for (int i = 0; i < 4; i++)
		sum += (double)(random >> 16 * i & 0xffff) / 0xffff;
	return noise->mean + noise->deviation * sqrt(3) * (sum - 2);
}

const struct vscmi_source_kind vscmi_source_noise = {
	.name = "noise",
	.parameter_bytes = sizeof(struct noise),
	.read = read,
	.value = value,
};
