/* SPDX-License-Identifier: BSD-3-Clause */
/* A simulated sensor: what the board file says of it, and how it is now. */
#ifndef VSCMI_BOARD_SIM_SENSOR_H
#define VSCMI_BOARD_SIM_SENSOR_H

#include <vscmi/platform/sensor.h>

#include <vscmi/host/quantity.h>

#include "board/interval.h"
#include "board/source.h"

struct vscmi_sim_axis {
	const char *name; /* NULL for a scalar */
	struct vscmi_source source;
	bool has_limits;
	double min, max;
	struct vscmi_decimal resolution; /* 0: unknown */
	struct vscmi_sensor_range range; /* limits and resolution, once described */
	bool held; /* at held_value, instead of following the source */
	double held_value;
};

struct vscmi_sim_sensor {
	const char *name; /* first: vscmi_array_shape.named */
	uint8_t type;
	int8_t exponent;
	struct vscmi_array axes;      /* struct vscmi_sim_axis; for a scalar, that one */
	struct vscmi_sim_axis scalar; /* used if the file has no axes */
	struct vscmi_intervals intervals;
	uint32_t trip_points;
	bool timestamps, enabled;
	uint64_t read_us;

	int32_t fault; /* the status of every operation; VSCMI_SUCCESS: it works */
	const uint64_t *start_us; /* when the sources began */
};

/* A member of type struct vscmi_sim_sensor. */
vscmi_read_value vscmi_read_sensor;

/*
 * What the platform needs to know; it points into the sensor and into memory from the pool.
 * start_us points to the time at which the sources begin. VSCMI_E_NO_MEMORY.
 */
enum vscmi_error vscmi_sim_sensor_describe(struct vscmi_sim_sensor *sensor,
					   const uint64_t *start_us,
					   struct vscmi_pool *pool,
					   struct vscmi_platform_sensor *ret_description);

#endif
