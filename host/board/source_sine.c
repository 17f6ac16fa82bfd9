/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "board/source.h"

struct sine {
	double mean, amplitude;
	uint64_t period_us;
};

static void read(struct vscmi_reader *reader, yaml_node_t *node, void *parameters)
{
	static const struct vscmi_key keys[] = {
		{ "mean", vscmi_read_number, offsetof(struct sine, mean), true },
		{ "amplitude", vscmi_read_number, offsetof(struct sine, amplitude),
		  true },
		{ "period", vscmi_read_period, offsetof(struct sine, period_us), true },
	};
	static const struct vscmi_keys sine = VSCMI_KEYS("a sine", keys);

	vscmi_read_mapping(reader, node, &sine, parameters);
}

static double value(const void *parameters, uint64_t time_us)
{
	const struct sine *sine = parameters;
	double turns = (double)(time_us % sine->period_us) / (double)sine->period_us;

	return sine->mean + sine->amplitude * sin(2 * M_PI * turns);
}

const struct vscmi_source_kind vscmi_source_sine = {
	.name = "sine",
	.parameter_bytes = sizeof(struct sine),
	.read = read,
	.value = value,
};
