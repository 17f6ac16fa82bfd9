/* SPDX-License-Identifier: BSD-3-Clause */
/* What a sensor measures, as DSP0249 numbers it and SCMI's "sensor type" takes it over. */
#ifndef VSCMI_HOST_SENSOR_TYPE_H
#define VSCMI_HOST_SENSOR_TYPE_H

#include <stdint.h>

struct vscmi_sensor_type {
	uint8_t id;
	const char *name;   /* of its unit, as in board files: "celsius" */
	const char *symbol; /* behind a value: "°C"; "" if it has none */
};

/* Static; NULL if none has this id, or this name. */
const struct vscmi_sensor_type *vscmi_sensor_type_find(uint8_t id);
const struct vscmi_sensor_type *vscmi_sensor_type_find_name(const char *name);

/* The names, with commas. Static. */
const char *vscmi_sensor_type_names(void);

#endif
