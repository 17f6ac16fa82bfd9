/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vscmi/host/sensor_type.h>

#include "catalog.h"
#include "model.h"

static const char *unit_of(uint8_t type)
{
	const struct vscmi_sensor_type *known = vscmi_sensor_type_find(type);

	return known ? known->name : "unknown";
}

static void add_range(json_t *model, const struct vscmi_sensor_range *range, int exponent)
{
	if (range->min != INT64_MIN)
		json_object_set_new(model, "min", cli_real(range->min, exponent));
	if (range->max != INT64_MAX)
		json_object_set_new(model, "max", cli_real(range->max, exponent));
	if (range->resolution != 0)
		json_object_set_new(
			model, "resolution",
			cli_real(range->resolution, range->resolution_exponent));
}

static void add_unit(json_t *model, uint8_t type, int exponent)
{
	json_object_set_new(model, "unit", json_string(unit_of(type)));
	json_object_set_new(model, "type", json_integer(type));
	json_object_set_new(model, "exponent", json_integer(exponent));
}

static struct vscmi_result add_axes(struct cli *cli, json_t *model, uint32_t sensor_id)
{
	struct vscmi_sensor_axis axis;
	struct vscmi_list list;
	json_t *axes = json_array();

	json_object_set_new(model, "axes", axes);
	vscmi_sensor_axes(&list, cli->agent, sensor_id);
	while (vscmi_sensor_axes_next(&list, &axis)) {
		json_t *entry = json_object();

		json_array_append_new(axes, entry);
		json_object_set_new(entry, "name", cli_name(axis.name));
		add_unit(entry, axis.type, axis.exponent);
		if (axis.extended)
			add_range(entry, &axis.range, axis.exponent);
	}
	return list.result;
}

static json_t *interval(struct vscmi_sensor_interval interval)
{
	return cli_real(interval.seconds, interval.exponent);
}

static struct vscmi_result add_intervals(struct cli *cli, json_t *model,
					 uint32_t sensor_id)
{
	struct vscmi_sensor_intervals intervals;
	struct vscmi_list list;
	json_t *array = json_array();

	vscmi_sensor_intervals(&list, cli->agent, sensor_id);
	while (vscmi_sensor_intervals_next(&list, &intervals)) {
		if (intervals.step.seconds != 0) {
			json_object_set_new(model, "min_interval_s",
					    interval(intervals.min));
			json_object_set_new(model, "max_interval_s",
					    interval(intervals.max));
			json_object_set_new(model, "step_interval_s",
					    interval(intervals.step));
		} else {
			json_array_append_new(array, interval(intervals.min));
		}
	}
	if (json_array_size(array) > 0)
		json_object_set(model, "intervals_s", array);
	json_decref(array);
	/* A sensor without a choice of intervals may well refuse to list them. */
	return list.result.error == VSCMI_E_REFUSED ||
			       list.result.error == VSCMI_E_UNSUPPORTED
		       ? vscmi_local(VSCMI_OK)
		       : list.result;
}

static struct vscmi_result add_sensor(struct cli *cli, json_t *models,
				      const struct vscmi_sensor *sensor)
{
	json_t *model = json_object();
	struct vscmi_result result = { 0 };

	json_array_append_new(models, model);
	json_object_set_new(model, "id", json_integer(sensor->sensor_id));
	json_object_set_new(model, "name", cli_name(sensor->name));
	json_object_set_new(model, "async", json_boolean(sensor->async));
	json_object_set_new(model, "trip_points", json_integer(sensor->trip_points));
	json_object_set_new(model, "continuous_update",
			    json_boolean(sensor->continuous_update));
	json_object_set_new(model, "timestamps", json_boolean(sensor->timestamps));
	if (sensor->axes == 0) {
		add_unit(model, sensor->type, sensor->exponent);
		if (sensor->extended)
			add_range(model, &sensor->range, sensor->exponent);
	} else {
		result = add_axes(cli, model, sensor->sensor_id);
	}
	if (!vscmi_failed(result))
		result = add_intervals(cli, model, sensor->sensor_id);
	return result;
}

struct vscmi_result cli_add_sensor_models(struct cli *cli, json_t *models)
{
	struct vscmi_sensor *sensors = NULL;
	uint32_t count = 0;
	struct vscmi_result result = cli_sensors(cli, &sensors, &count);

	for (uint32_t i = 0; i < count && !vscmi_failed(result); i++)
		result = add_sensor(cli, models, &sensors[i]);
	free(sensors);
	return result;
}

struct vscmi_result cli_sensor_axes(struct cli *cli, const struct vscmi_sensor *sensor,
				    struct cli_axis axes[VSCMI_SENSOR_READINGS_MAX],
				    uint32_t *ret_count)
{
	struct vscmi_sensor_axis axis;
	struct vscmi_list list;
	uint32_t count = 0;

	if (sensor->axes == 0) {
		axes[0] = (struct cli_axis){ .type = sensor->type,
					     .exponent = sensor->exponent };
		*ret_count = 1;
		return vscmi_local(VSCMI_OK);
	}
	vscmi_sensor_axes(&list, cli->agent, sensor->sensor_id);
	while (count < VSCMI_SENSOR_READINGS_MAX &&
	       vscmi_sensor_axes_next(&list, &axis)) {
		axes[count].type = axis.type;
		axes[count].exponent = axis.exponent;
		memcpy(axes[count].name, axis.name, sizeof(axes[count].name));
		count++;
	}
	*ret_count = count;
	return list.result;
}

json_t *cli_reading_model(const struct vscmi_sensor *sensor, const struct cli_axis *axes,
			  uint32_t axis_count,
			  const struct vscmi_sensor_reading *readings, uint32_t count)
{
	json_t *array = json_array();
	json_t *model = json_object();

	json_object_set_new(model, "id", json_integer(sensor->sensor_id));
	json_object_set_new(model, "name", cli_name(sensor->name));
	json_object_set_new(model, "readings", array);
	for (uint32_t i = 0; i < count && i < axis_count; i++) {
		json_t *entry = json_object();

		json_array_append_new(array, entry);
		if (axes[i].name[0])
			json_object_set_new(entry, "axis", cli_name(axes[i].name));
		json_object_set_new(entry, "value",
				    cli_real(readings[i].value, axes[i].exponent));
		add_unit(entry, axes[i].type, axes[i].exponent);
		json_object_set_new(entry, "raw", json_integer(readings[i].value));
		if (readings[i].timestamp != 0) /* 0: none was collected */
			json_object_set_new(
				entry, "timestamp",
				json_integer((json_int_t)readings[i].timestamp));
	}
	return model;
}

void cli_readings_text(const struct cli *cli, const json_t *model,
		       char text[CLI_CELL_BYTES])
{
	const json_t *reading;
	size_t i, length = 0;
	char one[CLI_CELL_BYTES];

	snprintf(text, CLI_CELL_BYTES, "%s", cli_text(model, "status"));
	json_array_foreach(json_object_get(model, "readings"), i, reading)
	{
		const char *axis = cli_text(reading, "axis");

		cli_measure(cli, cli_number(reading, "raw"),
			    (int)cli_number(reading, "exponent"),
			    (uint8_t)cli_number(reading, "type"), one);
		if (length < CLI_CELL_BYTES)
			length += (size_t)snprintf(text + length, CLI_CELL_BYTES - length,
						   "%s%s%s%s", i ? ", " : "", axis,
						   *axis ? " " : "", one);
	}
}
