/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi sensor: list and read. Watching has a file of its own. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vscmi/host/sensor_type.h>

#include "catalog.h"
#include "model.h"
#include "output.h"
#include "watch.h"

static void unit_cell(const struct cli *cli, const json_t *row, char text[CLI_CELL_BYTES])
{
	const json_t *axes = json_object_get(row, "axes");

	snprintf(text, CLI_CELL_BYTES, "%s",
		 cli_text(axes ? json_array_get(axes, 0) : row, "unit"));
}

static void axes_cell(const struct cli *cli, const json_t *row, char text[CLI_CELL_BYTES])
{
	const json_t *axis;
	size_t i, length = 0;

	json_array_foreach(json_object_get(row, "axes"), i, axis)
	{
		if (length < CLI_CELL_BYTES)
			length += (size_t)snprintf(text + length, CLI_CELL_BYTES - length,
						   "%s%s", i ? " " : "",
						   cli_text(axis, "name"));
	}
}

static void range_cell(const struct cli *cli, const json_t *row,
		       char text[CLI_CELL_BYTES])
{
	const json_t *min = json_object_get(row, "min"),
		     *max = json_object_get(row, "max");

	if (min || max)
		snprintf(text, CLI_CELL_BYTES, "%g .. %g", json_real_value(min),
			 json_real_value(max));
}

static void features_cell(const struct cli *cli, const json_t *row,
			  char text[CLI_CELL_BYTES])
{
	json_int_t trip_points = cli_number(row, "trip_points");
	size_t length;

	snprintf(text, CLI_CELL_BYTES, "%s%s%s",
		 json_is_true(json_object_get(row, "async")) ? "async " : "",
		 json_is_true(json_object_get(row, "continuous_update")) ? "updates "
									 : "",
		 json_is_true(json_object_get(row, "timestamps")) ? "timestamps " : "");
	length = strlen(text);
	if (trip_points > 0)
		snprintf(text + length, CLI_CELL_BYTES - length,
			 "%" JSON_INTEGER_FORMAT " trip point%s", trip_points,
			 trip_points == 1 ? "" : "s");
	else if (length > 0)
		text[length - 1] = '\0';
}

static int list(struct cli *cli, int argc, char **argv)
{
	static const struct cli_column columns[] = {
		{ .title = "ID", .key = "id", .right = true },
		{ .title = "NAME", .key = "name" },
		{ .title = "UNIT", .cell = unit_cell },
		{ .title = "AXES", .cell = axes_cell },
		{ .title = "RANGE", .cell = range_cell },
		{ .title = "OFFERS", .cell = features_cell },
	};
	struct vscmi_result result;
	json_t *sensors;

	if (argc != 1)
		return cli_misused(cli, "list takes no argument");
	sensors = json_array();
	result = cli_add_sensor_models(cli, sensors);
	if (!vscmi_failed(result) && cli->json)
		cli_json(sensors, false);
	else if (!vscmi_failed(result))
		cli_table(cli, sensors, columns, sizeof(columns) / sizeof(columns[0]));
	json_decref(sensors);
	return vscmi_failed(result) ? cli_failed(cli, result, "sensors") : CLI_DONE;
}

/*
 * Add the reading of a sensor to an array, or why there is none: one sensor that fails does not
 * hide the others. Returns an exit status.
 */
static int add_reading(struct cli *cli, json_t *array, const struct vscmi_sensor *sensor,
		       bool async)
{
	struct vscmi_sensor_reading readings[VSCMI_SENSOR_READINGS_MAX];
	struct cli_axis axes[VSCMI_SENSOR_READINGS_MAX] = { 0 };
	uint32_t axis_count = 0, count = 0;
	struct vscmi_result result = cli_sensor_axes(cli, sensor, axes, &axis_count);
	json_t *model;

	if (!vscmi_failed(result))
		result = (async ? vscmi_sensor_reading_get_async
				: vscmi_sensor_reading_get)(
			cli->agent, sensor->sensor_id, readings,
			VSCMI_SENSOR_READINGS_MAX, &count);
	if (vscmi_failed(result) && result.error != VSCMI_E_REFUSED)
		return cli_failed(cli, result, "sensor %u", sensor->sensor_id);
	model = cli_reading_model(sensor, axes, axis_count, readings, count);
	if (vscmi_failed(result))
		json_object_set_new(model, "status",
				    json_string(vscmi_status_name(result.status)));
	json_array_append_new(array, model);
	return vscmi_failed(result) ? CLI_REFUSED : CLI_DONE;
}

/* What one sensor refuses says nothing of the others. */
static bool goes_on(int status)
{
	return status == CLI_DONE || status == CLI_REFUSED;
}

static int read_all(struct cli *cli, json_t *array, bool async)
{
	struct vscmi_sensor *sensors = NULL;
	uint32_t count = 0;
	struct vscmi_result result = cli_sensors(cli, &sensors, &count);
	int status = CLI_DONE;

	if (vscmi_failed(result))
		return cli_failed(cli, result, "sensors");
	for (uint32_t i = 0; i < count && goes_on(status); i++) {
		int one = add_reading(cli, array, &sensors[i], async && sensors[i].async);

		if (one != CLI_DONE)
			status = one;
	}
	free(sensors);
	return status;
}

static int read_named(struct cli *cli, json_t *array, int count, char **names, bool async)
{
	struct vscmi_sensor sensor;
	int status = CLI_DONE;

	for (int i = 0; i < count && goes_on(status); i++) {
		int one = cli_find_sensor(cli, names[i], &sensor);

		if (one == CLI_DONE)
			one = add_reading(cli, array, &sensor, async);
		if (one != CLI_DONE)
			status = one;
	}
	return status;
}

static int read(struct cli *cli, int argc, char **argv)
{
	static const struct cli_column columns[] = {
		{ .title = "ID", .key = "id", .right = true },
		{ .title = "NAME", .key = "name" },
		{ .title = "READING", .cell = cli_readings_text },
	};
	static const struct option options[] = { { "async", no_argument, NULL, 'a' },
						 { 0 } };
	json_t *array;
	bool async = false;
	int option, status;

	while ((option = getopt_long(argc, argv, "a", options, NULL)) != -1) {
		if (option != 'a')
			return cli_bad_option(cli, argv);
		async = true;
	}
	array = json_array();
	if (optind == argc)
		status = read_all(cli, array, async);
	else
		status = read_named(cli, array, argc - optind, argv + optind, async);
	if (goes_on(status) && cli->json)
		cli_json(array, false);
	else if (goes_on(status))
		cli_table(cli, array, columns, sizeof(columns) / sizeof(columns[0]));
	json_decref(array);
	return status;
}

static const struct cli_action actions[] = {
	{ "list", list }, { "read", read }, { "watch", cli_sensor_watch }, { 0 }
};

static int run(struct cli *cli, int argc, char **argv)
{
	return cli_run_action(cli, actions, argc, argv);
}

const struct cli_command cli_sensor = {
	.name = "sensor",
	.summary = "list, read and watch sensors",
	.help = "vscmi sensor list\n"
		"vscmi sensor read [--async] [NAME|ID...]\n"
		"vscmi sensor watch [--count N] [--for DURATION] [--interval DURATION]\n"
		"                   [--above VALUE] [--below VALUE] NAME|ID\n"
		"\n"
		"read shows all sensors if none is named; --async asks for delayed "
		"responses.\n"
		"watch shows a sensor's updates, or with --above and --below the moments "
		"at which it\n"
		"crosses a value, in its unit, until Ctrl-C, N events, or DURATION (2s, "
		"500ms).\n",
	.needs_link = true,
	.run = run,
};
