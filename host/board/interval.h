/* SPDX-License-Identifier: BSD-3-Clause */
/* Durations as sensors' update intervals: seconds * 10^exponent, with 16 bits of seconds. */
#ifndef VSCMI_BOARD_INTERVAL_H
#define VSCMI_BOARD_INTERVAL_H

#include <vscmi/platform/sensor.h>

#include "board/array.h"

struct vscmi_intervals {
	struct vscmi_array list; /* struct vscmi_sensor_interval, ascending */
	bool are_triplet;        /* low, high, step, with one exponent */
};

/* A member of type struct vscmi_intervals: a list, or a mapping with min, max and step. */
vscmi_read_value vscmi_read_intervals;

#endif
