/* SPDX-License-Identifier: BSD-3-Clause */
/* Sensors that a platform serves: DEN0056, "Sensor management protocol". */
#ifndef VSCMI_PLATFORM_SENSOR_H
#define VSCMI_PLATFORM_SENSOR_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/sensor.h>

struct vscmi_op;
struct vscmi_platform;

#define VSCMI_SENSOR_AXES_MAX 3u

struct vscmi_platform_sensor_ops {
	/*
	 * Measure: fill one reading for each axis, or one for a scalar. Returns an SCMI
	 * status and does not block. May finish later: return VSCMI_OP_LATER, fill
	 * readings, which stay valid until then, and see vscmi_op_complete. Several may
	 * be under way at a time. now_us is the time that the platform was last told of.
	 */
	int32_t (*read)(void *context, uint64_t now_us,
			struct vscmi_sensor_reading *readings, struct vscmi_op *op);
	/*
	 * An agent set a new configuration, which is the engine's to keep and to follow.
	 * Return an SCMI status; other than VSCMI_SUCCESS refuses it. NULL: any will do.
	 */
	int32_t (*configure)(void *context, bool enabled,
			     struct vscmi_sensor_interval interval);
};

struct vscmi_platform_sensor_axis {
	const char *name;
	const char *long_name; /* NULL: none */
	uint8_t type;          /* as for the sensor */
	int8_t exponent;
	const struct vscmi_sensor_range *range; /* NULL: no extended attributes */
};

/* All of it is the caller's, is kept, and does not change. */
struct vscmi_platform_sensor {
	const char *name;      /* sent cut to 15 characters */
	const char *long_name; /* sent cut to 63; NULL: none */
	uint16_t device_id;    /* vscmi_platform_base.device_count; 0: none */

	uint8_t type;    /* DEN0056, "Sensor type": 2 degrees C, 5 volts, ... */
	int8_t exponent; /* values are in units of 10^exponent, -16..15 */
	const struct vscmi_platform_sensor_axis *axes; /* [axis_count] */
	uint8_t axis_count; /* 0: scalar; else type, exponent and range are the axes' */

	const struct vscmi_sensor_range *range; /* NULL: no extended attributes */
	uint32_t
		power_uw; /* part of the extended attributes, with axes too; 0: unknown */

	/* The intervals that agents may choose: a list, or low, high, step. */
	const struct vscmi_sensor_interval *intervals; /* [interval_count], ascending */
	uint16_t interval_count;                       /* 0: no choice */
	bool intervals_are_triplet; /* interval_count is 3, one exponent */
	/* At start. How often trip points are compared and updates sent; not 0 if there
	 * are any. */
	struct vscmi_sensor_interval interval;

	uint8_t trip_point_count; /* 0 with axes: a trip point has one value */
	bool async;               /* readings may be asked for asynchronously */
	bool continuous_update;   /* SENSOR_UPDATE */
	bool timestamps;
	int8_t timestamp_exponent;
	bool disabled_at_start; /* until an agent enables it; Linux's hwmon never does */

	const struct vscmi_platform_sensor_ops *ops;
	void *context;
};

/* One entry of an agent's view: a sensor that it sees. */
struct vscmi_platform_sensor_grant {
	uint16_t sensor; /* index into the platform's sensors */
	bool configure;  /* it may set configuration and trip points */
};

/* The sensors of one agent; its sensor ids are indexes into grants. */
struct vscmi_platform_sensor_view {
	const struct vscmi_platform_sensor_grant *grants; /* [count], each sensor once */
	uint16_t count; /* 0: the agent does not see the protocol at all */
};

/*
 * The values of a sensor changed, so that trip points should be compared now and not at
 * the next interval. Nothing is measured if no trip point is set. sensor is an index into
 * the platform's sensors.
 */
void vscmi_platform_sensor_changed(struct vscmi_platform *platform, uint16_t sensor);

#endif
