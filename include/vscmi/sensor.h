/* SPDX-License-Identifier: BSD-3-Clause */
/* What both ends say about sensors: DEN0056, "Sensor management protocol". */
#ifndef VSCMI_SENSOR_H
#define VSCMI_SENSOR_H

#include <stdint.h>

struct vscmi_sensor_reading {
	int64_t value; /* in the sensor's or axis' type and exponent */
	uint64_t
		timestamp; /* in seconds * 10^timestamp_exponent; 0: none was collected */
};

/* seconds * 10^exponent */
struct vscmi_sensor_interval {
	uint16_t seconds;
	int8_t exponent; /* -16..15 */
};

/* What extended attributes say of the values. */
struct vscmi_sensor_range {
	uint32_t resolution;        /* 0..2^27 - 1, 0: unknown */
	int8_t resolution_exponent; /* -16..15 */
	int64_t min, max;           /* INT64_MIN, INT64_MAX: unknown */
};

#endif
