/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptions of sensors, as the caller gave them, to the descriptors of the protocol. */
#ifndef VSCMI_PROTOCOLS_SENSOR_DESCRIBE_H
#define VSCMI_PROTOCOLS_SENSOR_DESCRIBE_H

#include "protocols/sensor/messages.h"
#include "protocols/sensor/state.h"

/* What a sensor is to an agent of that version, with or without events; but for its id. */
void vscmi_sensor_describe(const struct vscmi_sensor *sensor, bool has_events,
			   uint32_t version,
			   struct vscmi_sensor_description_get_element *ret_element);

void vscmi_sensor_describe_axis(
	const struct vscmi_platform_sensor *sensor, uint32_t axis,
	struct vscmi_sensor_axis_description_get_element *ret_element);

/* Trip points are nothing without the events. */
static inline uint8_t vscmi_sensor_trip_point_count(
	const struct vscmi_platform_sensor *sensor, bool has_events)
{
	return has_events ? sensor->trip_point_count : 0;
}

#endif
