/* SPDX-License-Identifier: BSD-3-Clause */
#include "protocols/sensor/describe.h"

/* In version 1.0 the update interval has 5 bits for the number. */
#define OLD_INTERVAL_MAX 31u

static const struct vscmi_sensor_range unknown = { .min = INT64_MIN, .max = INT64_MAX };

/* Version 1.0 has the update interval in the descriptor, and the first axis for all of them. */
static void describe_old(const struct vscmi_sensor *sensor,
			 struct vscmi_sensor_description_get_element *element)
{
	const struct vscmi_platform_sensor *description = sensor->description;
	struct vscmi_sensor_interval interval = sensor->settings.interval;

	while (interval.seconds > OLD_INTERVAL_MAX && interval.exponent < 15) {
		interval.seconds /= 10;
		interval.exponent++;
	}
	element->update_interval = interval.seconds;
	element->update_interval_exponent = interval.exponent;
	if (description->axis_count > 0) {
		element->type = description->axes[0].type;
		element->exponent = description->axes[0].exponent;
	}
}

void vscmi_sensor_describe(const struct vscmi_sensor *sensor, bool has_events,
			   uint32_t version,
			   struct vscmi_sensor_description_get_element *ret_element)
{
	const struct vscmi_platform_sensor *description = sensor->description;
	const struct vscmi_sensor_range *range =
		description->range ? description->range : &unknown;
	bool has_axes = description->axis_count > 0;

	*ret_element = (struct vscmi_sensor_description_get_element){
		.async = description->async && has_events,
		.continuous_update = description->continuous_update && has_events,
		.timestamp_exponent = description->timestamp_exponent,
		.timestamps = description->timestamps,
		.extended =
			description->power_uw > 0 || (!has_axes && description->range),
		.extended_name = description->long_name != NULL,
		.trip_points = vscmi_sensor_trip_point_count(description, has_events),
		.axes = description->axis_count,
		.has_axes = has_axes,
		/* With axes these are the axes'. */
		.exponent = has_axes ? 0 : description->exponent,
		.type = has_axes ? 0 : description->type,
		.power_uw = description->power_uw,
		.resolution = range->resolution,
		.resolution_exponent = range->resolution_exponent,
		.min_range = range->min,
		.max_range = range->max,
	};
	VSCMI_SET_TEXT(ret_element->name, description->name);
	if (version < 0x20000)
		describe_old(sensor, ret_element);
}

void vscmi_sensor_describe_axis(
	const struct vscmi_platform_sensor *sensor, uint32_t axis,
	struct vscmi_sensor_axis_description_get_element *ret_element)
{
	const struct vscmi_platform_sensor_axis *description = &sensor->axes[axis];
	const struct vscmi_sensor_range *range =
		description->range ? description->range : &unknown;

	*ret_element = (struct vscmi_sensor_axis_description_get_element){
		.axis_id = axis,
		.extended_name = description->long_name != NULL,
		.extended = description->range != NULL,
		.exponent = description->exponent,
		.type = description->type,
		.resolution = range->resolution,
		.resolution_exponent = range->resolution_exponent,
		.min_range = range->min,
		.max_range = range->max,
	};
	VSCMI_SET_TEXT(ret_element->name, description->name);
}
