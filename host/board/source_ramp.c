/* SPDX-License-Identifier: BSD-3-Clause */
#include "board/source.h"

struct ramp {
	double from, to;
	uint64_t duration_us;
	bool repeat; /* a sawtooth; else it stays where it arrived */
};

static void read(struct vscmi_reader *reader, yaml_node_t *node, void *parameters)
{
	static const struct vscmi_key keys[] = {
		{ "from", vscmi_read_number, offsetof(struct ramp, from), true },
		{ "to", vscmi_read_number, offsetof(struct ramp, to), true },
		{ "duration", vscmi_read_period, offsetof(struct ramp, duration_us),
		  true },
		{ "repeat", vscmi_read_bool, offsetof(struct ramp, repeat), false },
	};
	static const struct vscmi_keys ramp = VSCMI_KEYS("a ramp", keys);

	vscmi_read_mapping(reader, node, &ramp, parameters);
}

static double value(const void *parameters, uint64_t time_us)
{
	const struct ramp *ramp = parameters;

	if (ramp->repeat)
		time_us %= ramp->duration_us;
	else if (time_us > ramp->duration_us)
		time_us = ramp->duration_us;
	return ramp->from +
	       (ramp->to - ramp->from) * ((double)time_us / (double)ramp->duration_us);
}

const struct vscmi_source_kind vscmi_source_ramp = {
	.name = "ramp",
	.parameter_bytes = sizeof(struct ramp),
	.read = read,
	.value = value,
};
