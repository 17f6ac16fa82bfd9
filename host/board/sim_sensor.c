/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <string.h>

#include <vscmi/host/sensor_type.h>
#include <vscmi/platform.h>

#include "board/sim_sensor.h"

/* What the wire has room for. */
#define EXPONENT_MIN       (-16)
#define EXPONENT_MAX       15
#define RESOLUTION_MAX     ((1u << 27) - 1)
#define TIMESTAMP_EXPONENT (-6)

/* How often trip points are compared when no update interval is offered. */
static const struct vscmi_sensor_interval default_interval = { 1, -1 };

/* In units of 10^exponent, rounded, and never beyond what fits. */
static int64_t to_raw(double value, int8_t exponent)
{
	double raw = round(value * pow(10, -exponent));

	if (raw >= 0x1p63)
		return INT64_MAX;
	if (raw <= -0x1p63)
		return INT64_MIN;
	return (int64_t)raw;
}

/*
 * ---- The sensor at work ----
 */

static int32_t read_values(void *context, uint64_t now_us,
			   struct vscmi_sensor_reading *readings, struct vscmi_op *op)
{
	struct vscmi_sim_sensor *sensor = context;
	const struct vscmi_sim_axis *axes = sensor->axes.items;
	uint64_t age_us = now_us - *sensor->start_us;

	if (sensor->fault)
		return sensor->fault;
	for (uint32_t i = 0; i < sensor->axes.count; i++) {
		double value = axes[i].held ? axes[i].held_value
					    : vscmi_source_value(&axes[i].source, age_us);

		readings[i].value = to_raw(value, sensor->exponent);
		readings[i].timestamp = now_us;
	}
	if (sensor->read_us == 0)
		return VSCMI_SUCCESS;
	vscmi_op_complete_after(op, sensor->read_us, VSCMI_SUCCESS);
	return VSCMI_OP_LATER;
}

static int32_t configure(void *context, bool enabled,
			 struct vscmi_sensor_interval interval)
{
	const struct vscmi_sim_sensor *sensor = context;

	(void)enabled;
	(void)interval;
	return sensor->fault;
}

static const struct vscmi_platform_sensor_ops ops = {
	.read = read_values,
	.configure = configure,
};

/* The resolution is digits * 10^-places; the file was refused if that does not fit. */
static struct vscmi_sensor_range range_of(const struct vscmi_sim_axis *axis,
					  int8_t exponent)
{
	return (struct vscmi_sensor_range){
		.resolution = (uint32_t)axis->resolution.digits,
		.resolution_exponent = (int8_t)-axis->resolution.places,
		.min = axis->has_limits ? to_raw(axis->min, exponent) : INT64_MIN,
		.max = axis->has_limits ? to_raw(axis->max, exponent) : INT64_MAX,
	};
}

/* NULL: there is nothing to say, so no extended attributes. */
static const struct vscmi_sensor_range *describe_range(struct vscmi_sim_axis *axis,
						       int8_t exponent)
{
	axis->range = range_of(axis, exponent);
	return axis->has_limits || axis->range.resolution ? &axis->range : NULL;
}

static const struct vscmi_platform_sensor_axis *describe_axes(
	const struct vscmi_sim_sensor *sensor, struct vscmi_pool *pool)
{
	struct vscmi_sim_axis *axes = sensor->axes.items;
	struct vscmi_platform_sensor_axis *descriptions =
		vscmi_pool_take(pool, sensor->axes.count, sizeof(*descriptions));

	for (uint32_t i = 0; descriptions && i < sensor->axes.count; i++) {
		descriptions[i] = (struct vscmi_platform_sensor_axis){
			.name = axes[i].name,
			.long_name = strlen(axes[i].name) > 15 ? axes[i].name : NULL,
			.type = sensor->type,
			.exponent = sensor->exponent,
			.range = describe_range(&axes[i], sensor->exponent),
		};
	}
	return descriptions;
}

enum vscmi_error vscmi_sim_sensor_describe(struct vscmi_sim_sensor *sensor,
					   const uint64_t *start_us,
					   struct vscmi_pool *pool,
					   struct vscmi_platform_sensor *ret_description)
{
	const struct vscmi_sensor_interval *intervals = sensor->intervals.list.items;
	struct vscmi_platform_sensor description = {
		.name = sensor->name,
		.long_name = strlen(sensor->name) > 15 ? sensor->name : NULL,
		.type = sensor->type,
		.exponent = sensor->exponent,
		.intervals = intervals,
		.interval_count = (uint16_t)sensor->intervals.list.count,
		.intervals_are_triplet = sensor->intervals.are_triplet,
		.interval = intervals ? intervals[0] : default_interval,
		.trip_point_count = (uint8_t)sensor->trip_points,
		.async = sensor->read_us > 0,
		.continuous_update = intervals != NULL,
		.timestamps = sensor->timestamps,
		.timestamp_exponent = TIMESTAMP_EXPONENT,
		.disabled_at_start = !sensor->enabled,
		.ops = &ops,
		.context = sensor,
	};

	sensor->start_us = start_us;
	if (sensor->axes.items == &sensor->scalar) {
		description.range = describe_range(&sensor->scalar, sensor->exponent);
	} else {
		description.axis_count = (uint8_t)sensor->axes.count;
		description.axes = describe_axes(sensor, pool);
		if (!description.axes)
			return VSCMI_E_NO_MEMORY;
	}
	*ret_description = description;
	return VSCMI_OK;
}

/*
 * ---- The sensor in the board file ----
 */

static void read_type(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	const char *text = vscmi_scalar(reader, node, "a type of sensor");
	const struct vscmi_sensor_type *type;
	uint32_t number = UINT32_MAX;

	if (!text)
		return;
	type = vscmi_sensor_type_find_name(text);
	if (*text >= '0' && *text <= '9')
		vscmi_read_u32(reader, node, &number);
	if (type)
		*(uint8_t *)member = type->id;
	else if (number <= UINT8_MAX)
		*(uint8_t *)member = (uint8_t)number;
	else
		vscmi_reader_refuse(reader, node,
				    "'%.40s', expected a number, or one of: %s", text,
				    vscmi_sensor_type_names());
}

static void read_exponent(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	struct vscmi_decimal decimal = { 0 };
	double exponent;

	vscmi_read_decimal(reader, node, &decimal);
	exponent = vscmi_decimal_value(decimal);
	if (decimal.places || exponent < EXPONENT_MIN || exponent > EXPONENT_MAX)
		vscmi_refuse_scalar(reader, node, "a whole number from -16 to 15");
	else
		*(int8_t *)member = (int8_t)exponent;
}

static void read_limits(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	static const struct vscmi_key keys[] = {
		{ "min", vscmi_read_number, offsetof(struct vscmi_sim_axis, min), true },
		{ "max", vscmi_read_number, offsetof(struct vscmi_sim_axis, max), true },
	};
	static const struct vscmi_keys shape = VSCMI_KEYS("a range of values", keys);
	struct vscmi_sim_axis *axis = member;

	vscmi_read_mapping(reader, node, &shape, axis);
	if (!reader->error && axis->min > axis->max)
		vscmi_reader_refuse(reader, node, "min is above max");
	axis->has_limits = true;
}

static void read_resolution(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	struct vscmi_decimal *resolution = member;

	vscmi_read_decimal(reader, node, resolution);
	while (resolution->places && resolution->digits % 10 == 0) {
		resolution->digits /= 10;
		resolution->places--;
	}
	if (resolution->negative || resolution->digits > RESOLUTION_MAX ||
	    resolution->places > -EXPONENT_MIN)
		vscmi_refuse_scalar(reader, node, "a resolution from 0 to 134217727");
}

static void read_trip_points(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	vscmi_read_u32(reader, node, member);
	if (!reader->error && *(uint32_t *)member > UINT8_MAX)
		vscmi_refuse_scalar(reader, node, "a count from 0 to 255");
}

static void read_axis(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	static const struct vscmi_key keys[] = {
		{ "name", vscmi_read_long_name, offsetof(struct vscmi_sim_axis, name),
		  true },
		{ "source", vscmi_read_source, offsetof(struct vscmi_sim_axis, source),
		  true },
		{ "range", read_limits, 0, false },
		{ "resolution", read_resolution,
		  offsetof(struct vscmi_sim_axis, resolution), false },
	};
	static const struct vscmi_keys shape = VSCMI_KEYS("an axis", keys);

	vscmi_read_mapping(reader, node, &shape, member);
}

static void read_axes(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	static const struct vscmi_array_shape shape = {
		.what = "a list of axes",
		.read = read_axis,
		.item_bytes = sizeof(struct vscmi_sim_axis),
		.min = 1,
		.max = VSCMI_SENSOR_AXES_MAX,
		.named = true,
	};

	vscmi_read_list(reader, node, &shape, member);
}

#define MEMBER(member) offsetof(struct vscmi_sim_sensor, member)

static const struct vscmi_key sensor_keys[] = {
	{ "name", vscmi_read_long_name, MEMBER(name), true },
	{ "type", read_type, MEMBER(type), true },
	{ "exponent", read_exponent, MEMBER(exponent), false },
	{ "source", vscmi_read_source, MEMBER(scalar.source), false },
	{ "range", read_limits, MEMBER(scalar), false },
	{ "resolution", read_resolution, MEMBER(scalar.resolution), false },
	{ "axes", read_axes, MEMBER(axes), false },
	{ "trip_points", read_trip_points, MEMBER(trip_points), false },
	{ "update_intervals", vscmi_read_intervals, MEMBER(intervals), false },
	{ "timestamps", vscmi_read_bool, MEMBER(timestamps), false },
	{ "reads_take", vscmi_read_duration, MEMBER(read_us), false },
	{ "enabled", vscmi_read_bool, MEMBER(enabled), false },
};

static const struct vscmi_keys sensor_shape = VSCMI_KEYS("a sensor", sensor_keys);

/* What belongs to the axes of a sensor that has some, or to a scalar alone. */
static void refuse_beside_axes(struct vscmi_reader *reader, const yaml_node_t *node)
{
	static const char *const keys[] = { "source", "range", "resolution",
					    "trip_points" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const yaml_node_t *value = vscmi_mapping_value(reader, node, keys[i]);

		if (value)
			vscmi_reader_refuse(reader, value,
					    "a sensor with axes has no '%s' of its own",
					    keys[i]);
	}
}

void vscmi_read_sensor(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	struct vscmi_sim_sensor *sensor = member;

	sensor->exponent = -3;
	sensor->enabled = true;
	vscmi_read_mapping(reader, node, &sensor_shape, sensor);
	if (reader->error)
		return;
	if (sensor->axes.count) {
		refuse_beside_axes(reader, node);
	} else if (!sensor->scalar.source.kind) {
		vscmi_reader_refuse(reader, node,
				    "a sensor needs either 'source' or 'axes'");
	} else {
		sensor->axes = (struct vscmi_array){ &sensor->scalar,
						     sizeof(sensor->scalar), 1 };
	}
}
