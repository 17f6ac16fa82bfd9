/* SPDX-License-Identifier: BSD-3-Clause */
#include "board/interval.h"

static const char expected[] =
	"a period that is 1 to 65535 times a power of ten of seconds";

/* Microseconds with as few digits as they have: 0.1 s is 1 * 10^-1. */
static bool convert(uint64_t duration_us, struct vscmi_sensor_interval *ret_interval)
{
	int8_t exponent = -6;

	while (duration_us % 10 == 0) {
		duration_us /= 10;
		exponent++;
	}
	if (duration_us > UINT16_MAX)
		return false;
	*ret_interval = (struct vscmi_sensor_interval){ (uint16_t)duration_us, exponent };
	return true;
}

static void read_interval(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	uint64_t duration_us;

	vscmi_read_period(reader, node, &duration_us);
	if (!reader->error && !convert(duration_us, member))
		vscmi_refuse_scalar(reader, node, expected);
}

static uint64_t period_us(struct vscmi_sensor_interval interval)
{
	uint64_t us = interval.seconds;

	for (int8_t exponent = interval.exponent; exponent > -6; exponent--)
		us *= 10;
	return us;
}

static void read_list(struct vscmi_reader *reader, yaml_node_t *node,
		      struct vscmi_intervals *intervals)
{
	static const struct vscmi_array_shape shape = {
		.what = "a list of periods such as [100ms, 1s]",
		.read = read_interval,
		.item_bytes = sizeof(struct vscmi_sensor_interval),
		.min = 1,
		.max = UINT16_MAX,
	};
	const struct vscmi_sensor_interval *items;

	vscmi_read_list(reader, node, &shape, &intervals->list);
	items = intervals->list.items;
	for (uint32_t i = 1; i < intervals->list.count && !reader->error; i++) {
		if (period_us(items[i]) <= period_us(items[i - 1]))
			vscmi_refuse_scalar(reader, vscmi_array_node(reader, node, i),
					    "a longer period than the one before");
	}
}

/* Write a period with a smaller exponent than it needs. */
static bool rescale(struct vscmi_sensor_interval *interval, int8_t exponent)
{
	uint32_t seconds = interval->seconds;

	for (int8_t e = interval->exponent; e > exponent && seconds <= UINT16_MAX; e--)
		seconds *= 10;
	*interval = (struct vscmi_sensor_interval){ (uint16_t)seconds, exponent };
	return seconds <= UINT16_MAX;
}

static void read_triplet(struct vscmi_reader *reader, yaml_node_t *node,
			 struct vscmi_intervals *intervals)
{
	static const struct vscmi_key keys[] = {
		{ "min", read_interval, 0 * sizeof(struct vscmi_sensor_interval), true },
		{ "max", read_interval, 1 * sizeof(struct vscmi_sensor_interval), true },
		{ "step", read_interval, 2 * sizeof(struct vscmi_sensor_interval), true },
	};
	static const struct vscmi_keys shape = VSCMI_KEYS("a range of periods", keys);
	struct vscmi_sensor_interval *triplet =
		vscmi_reader_take(reader, 3, sizeof(struct vscmi_sensor_interval));
	int8_t exponent = INT8_MAX;

	if (!triplet)
		return;
	vscmi_read_mapping(reader, node, &shape, triplet);
	if (reader->error)
		return;
	if (period_us(triplet[0]) > period_us(triplet[1]))
		vscmi_reader_refuse(reader, node, "min is above max");
	for (int i = 0; i < 3; i++) {
		if (triplet[i].exponent < exponent)
			exponent = triplet[i].exponent;
	}
	for (int i = 0; i < 3; i++) {
		if (!rescale(&triplet[i], exponent))
			vscmi_reader_refuse(
				reader, node,
				"too far apart: as multiples of one power of ten "
				"min, max and step must stay below 65536");
	}
	intervals->list = (struct vscmi_array){ triplet, sizeof(*triplet), 3 };
	intervals->are_triplet = true;
}

void vscmi_read_intervals(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	if (node->type == YAML_MAPPING_NODE)
		read_triplet(reader, node, member);
	else
		read_list(reader, node, member);
}
