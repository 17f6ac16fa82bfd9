/* SPDX-License-Identifier: BSD-3-Clause */
/* The platform as JSON: what list commands and discover show. */
#ifndef VSCMI_CLI_MODEL_H
#define VSCMI_CLI_MODEL_H

#include <vscmi/agent/sensor.h>

#include "cli.h"
#include "output.h"

/*
 * ---- Each appends objects to an array; after a failure it may hold a part ----
 */

/* [{"id", "name", "enabled", "rate_hz", "rates_hz" or "min_hz", "max_hz", "step_hz",
 *   "parent", "parents"}] */
struct vscmi_result cli_add_clock_models(struct cli *cli, json_t *models);

/* One of them. */
struct vscmi_result cli_add_clock_model(struct cli *cli, uint32_t clock_id,
					json_t *models);

/* The rates of such a clock: "400 MHz, 800 MHz" or "1.8 MHz .. 48 MHz step 100 kHz". */
void cli_clock_rates_text(const json_t *clock, char text[CLI_CELL_BYTES]);

/* [{"id", "name", "type", "exponent", "async", "trip_points", "continuous_update",
 *   "min", "max", "resolution", "intervals_s", "axes": [{"name", "type", "exponent", ...}]}] */
struct vscmi_result cli_add_sensor_models(struct cli *cli, json_t *models);

/* The axes of a sensor, or the sensor itself as its one axis: units of its readings. */
struct cli_axis {
	char name[VSCMI_SENSOR_NAME_BYTES]; /* "" for a scalar sensor */
	uint8_t type;
	int8_t exponent;
};

struct vscmi_result cli_sensor_axes(struct cli *cli, const struct vscmi_sensor *sensor,
				    struct cli_axis axes[VSCMI_SENSOR_READINGS_MAX],
				    uint32_t *ret_count);

/* {"id", "name", "readings": [{"axis", "value", "unit", "raw", "exponent", "timestamp"}]}; who
 * could not read it adds a "status". */
json_t *cli_reading_model(const struct vscmi_sensor *sensor, const struct cli_axis *axes,
			  uint32_t axis_count,
			  const struct vscmi_sensor_reading *readings, uint32_t count);

/* All of its readings with their units, "52.3 °C", "x 0.1 m/s², y 0 m/s²", or its status. */
void cli_readings_text(const struct cli *cli, const json_t *model,
		       char text[CLI_CELL_BYTES]);

#endif
