/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi sensor watch: a sensor's updates, or the moments at which it crosses a value. */
#include "watch.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vscmi/agent/event.h>
#include <vscmi/host/quantity.h>

#include "catalog.h"
#include "connection.h"
#include "interrupt.h"
#include "model.h"
#include "output.h"

#define POLL_INTERVAL_US UINT64_C(1000000)

struct watch {
	struct cli *cli;
	struct vscmi_sensor sensor;
	struct cli_axis axes[VSCMI_SENSOR_READINGS_MAX];
	uint32_t axis_count;

	/* What the user wants. */
	uint64_t count;       /* events; UINT64_MAX: no limit */
	uint64_t duration_us; /* UINT64_MAX: no limit */
	uint64_t interval_us; /* 0: the sensor's own, or POLL_INTERVAL_US */
	const char *above, *below;

	/* What the sensor's trip points, by id, were set to. */
	struct crossing {
		const char *value;
		enum vscmi_sensor_edge edge;
	} crossings[2];
	uint8_t crossing_count;

	/* Set the platform up for the watch, at its start and after the link was away. */
	struct vscmi_result (*prepare)(struct watch *watch);
	struct vscmi_sensor_config config; /* that updates want */
	bool renewed;                      /* and there is still to prepare */
	struct vscmi_result renewal;

	uint64_t start_us;
	uint64_t seen; /* events so far */
	_Atomic uint32_t changes;
	struct cli_interrupt interrupt;
};

/*
 * ---- Showing ----
 */

static double elapsed_s(const struct watch *watch)
{
	return (double)(vscmi_monotonic_us() - watch->start_us) / 1e6;
}

/* Print one event and count it; takes the model. */
static void show(struct watch *watch, const char *text, json_t *model)
{
	if (watch->seen < watch->count) {
		if (watch->cli->json) {
			json_object_set_new(model, "time_s", json_real(elapsed_s(watch)));
			cli_json(model, true);
		} else {
			printf("%9.3f s  %s\n", elapsed_s(watch), text);
			fflush(stdout);
		}
		watch->seen++;
	}
	json_decref(model);
	atomic_fetch_add(&watch->changes, 1);
}

static void show_readings(struct watch *watch,
			  const struct vscmi_sensor_reading *readings, uint32_t count)
{
	json_t *model = cli_reading_model(&watch->sensor, watch->axes, watch->axis_count,
					  readings, count);
	char text[CLI_CELL_BYTES] = "";

	cli_readings_text(watch->cli, model, text);
	show(watch, text, model);
}

/* The link was away; the rest is done where nothing else is under way. */
static void on_renewal(struct watch *watch, const struct vscmi_event *event)
{
	watch->renewed = true;
	watch->renewal = event->renewed.result;
	atomic_fetch_add(&watch->changes, 1);
}

static void on_update(void *context, const struct vscmi_event *event)
{
	if (event->kind == VSCMI_EVENT_RENEWED)
		on_renewal(context, event);
	else
		show_readings(context, event->update.readings, event->update.count);
}

/* Trip points are shared by all agents: an event may be about what another one has set. */
static void on_trip_point(void *context, const struct vscmi_event *event)
{
	struct watch *watch = context;
	bool rising = event->trip_point.rising;
	const struct crossing *crossing;
	char text[CLI_CELL_BYTES];
	json_t *name;

	if (event->kind == VSCMI_EVENT_RENEWED) {
		on_renewal(watch, event);
		return;
	}
	if (event->trip_point.trip_point_id >= watch->crossing_count)
		return;
	crossing = &watch->crossings[event->trip_point.trip_point_id];
	if (rising != (crossing->edge == VSCMI_SENSOR_EDGE_RISING))
		return;
	name = cli_name(watch->sensor.name);
	snprintf(text, sizeof(text), "%s %s %s", json_string_value(name),
		 rising ? "rose above" : "fell below", crossing->value);
	show(watch, text,
	     json_pack("{s:I, s:o, s:i, s:s}", "id", (json_int_t)watch->sensor.sensor_id,
		       "name", name, "trip_point", (int)event->trip_point.trip_point_id,
		       "edge", rising ? "rising" : "falling"));
}

/*
 * ---- Waiting ----
 */

static bool over(const struct watch *watch)
{
	return watch->interrupt.happened || watch->seen >= watch->count ||
	       vscmi_monotonic_us() >= cli_away_until_us(watch->cli) ||
	       vscmi_monotonic_us() - watch->start_us >= watch->duration_us;
}

static uint64_t earlier(uint64_t a_us, uint64_t b_us)
{
	return a_us < b_us ? a_us : b_us;
}

/* One round of whatever there is to wait for, until deadline_us at most. */
static void wait_once(struct watch *watch, uint32_t seen, uint64_t deadline_us)
{
	struct vscmi_port *port = watch->cli->port;
	uint64_t end_us = watch->duration_us == UINT64_MAX
				  ? VSCMI_NEVER
				  : watch->start_us + watch->duration_us;

	end_us = earlier(end_us, cli_away_until_us(watch->cli));
	port->ops->wait(port, &watch->changes, seen, earlier(end_us, deadline_us));
}

/* Until something happens, the watch is over, or deadline_us. */
static void wait_for_events(struct watch *watch, uint64_t deadline_us)
{
	uint32_t seen = atomic_load(&watch->changes);

	vscmi_agent_poll(watch->cli->agent);
	while (!over(watch) && atomic_load(&watch->changes) == seen &&
	       vscmi_monotonic_us() < deadline_us)
		wait_once(watch, seen, deadline_us);
}

static bool went_with_the_link(struct vscmi_result result)
{
	return result.error == VSCMI_E_LINK_LOST || result.error == VSCMI_E_NOT_READY;
}

/* After a command that went with the link: whether that is back before the watch is over. */
static bool link_returns(struct watch *watch, struct vscmi_result result)
{
	while (went_with_the_link(result) && !over(watch) &&
	       !vscmi_agent_is_up(watch->cli->agent))
		wait_once(watch, atomic_load(&watch->changes), VSCMI_NEVER);
	return went_with_the_link(result) && !over(watch);
}

/* A watch that is over as it was meant to has not failed, link or no link. */
static struct vscmi_result outcome(const struct watch *watch, struct vscmi_result result)
{
	bool is_away = !vscmi_agent_is_up(watch->cli->agent);

	if (vscmi_failed(result) && !went_with_the_link(result))
		return result;
	if (watch->interrupt.happened || watch->seen >= watch->count)
		return vscmi_local(VSCMI_OK);
	return is_away ? vscmi_local(VSCMI_E_LINK_LOST) : result;
}

/* Say what is watched and where it stands; from now on nothing is missed while the link is up. */
static void announce(struct watch *watch)
{
	struct vscmi_sensor_reading readings[VSCMI_SENSOR_READINGS_MAX];
	json_t *name = cli_name(watch->sensor.name), *model;
	char text[CLI_CELL_BYTES] = "unknown";
	uint32_t count;

	if (!vscmi_failed(vscmi_sensor_reading_get(watch->cli->agent,
						   watch->sensor.sensor_id, readings,
						   VSCMI_SENSOR_READINGS_MAX, &count))) {
		model = cli_reading_model(&watch->sensor, watch->axes, watch->axis_count,
					  readings, count);
		cli_readings_text(watch->cli, model, text);
		json_decref(model);
	}
	fprintf(stderr, "watching %s, now %s; Ctrl-C ends it\n", json_string_value(name),
		text);
	json_decref(name);
}

/* The platform that has come back may be another one. */
static struct vscmi_result find_again(struct watch *watch)
{
	struct vscmi_sensor *sensors;
	struct vscmi_result result;
	uint32_t count, id = watch->sensor.sensor_id;

	result = cli_sensors(watch->cli, &sensors, &count);
	if (vscmi_failed(result))
		return result;
	if (id >= count || strcmp(sensors[id].name, watch->sensor.name) != 0)
		result = vscmi_answered(VSCMI_NOT_FOUND);
	free(sensors);
	return result;
}

static struct vscmi_result go_on(struct watch *watch)
{
	struct vscmi_result result = watch->renewal;

	watch->renewed = false;
	if (!vscmi_failed(result))
		result = find_again(watch);
	if (!vscmi_failed(result))
		result = watch->prepare(watch);
	if (!vscmi_failed(result))
		announce(watch);
	return went_with_the_link(result) ? vscmi_local(VSCMI_OK) : result;
}

static struct vscmi_result watch_events(struct watch *watch)
{
	struct vscmi_result result = vscmi_local(VSCMI_OK);

	announce(watch);
	while (!over(watch) && !vscmi_failed(result)) {
		wait_for_events(watch, VSCMI_NEVER);
		if (watch->renewed)
			result = go_on(watch);
	}
	return outcome(watch, result);
}

/* How the watch went, and what came of undoing what it did, which a lost link does too. */
static struct vscmi_result both(struct vscmi_result result, struct vscmi_result undone)
{
	return vscmi_failed(result) || went_with_the_link(undone) ? result : undone;
}

/*
 * ---- The three ways ----
 */

/* Readings, for a sensor that sends nothing by itself. */
static struct vscmi_result watch_by_reading(struct watch *watch)
{
	uint64_t interval_us = watch->interval_us ? watch->interval_us : POLL_INTERVAL_US;
	struct vscmi_sensor_reading readings[VSCMI_SENSOR_READINGS_MAX];
	uint64_t next_us = watch->start_us;
	struct vscmi_result result = { 0 };
	uint32_t count;

	while (!over(watch)) {
		result = vscmi_sensor_reading_get(watch->cli->agent,
						  watch->sensor.sensor_id, readings,
						  VSCMI_SENSOR_READINGS_MAX, &count);
		if (link_returns(watch, result))
			continue;
		if (vscmi_failed(result))
			break;
		show_readings(watch, readings, count);
		next_us += interval_us;
		while (!over(watch) && vscmi_monotonic_us() < next_us)
			wait_for_events(watch, next_us);
	}
	return outcome(watch, result);
}

/* The nearest interval that 16 bits and a power of ten can say. */
static struct vscmi_sensor_interval interval_from_us(uint64_t interval_us)
{
	int8_t exponent = -6;

	while (interval_us > UINT16_MAX || (interval_us != 0 && interval_us % 10 == 0)) {
		interval_us /= 10;
		exponent++;
	}
	return (struct vscmi_sensor_interval){ (uint16_t)interval_us, exponent };
}

static struct vscmi_result configure(struct watch *watch)
{
	return vscmi_sensor_config_set(watch->cli->agent, watch->sensor.sensor_id,
				       &watch->config, VSCMI_SENSOR_ROUND_NEAREST);
}

static struct vscmi_result watch_updates(struct watch *watch)
{
	struct vscmi_agent *agent = watch->cli->agent;
	uint32_t id = watch->sensor.sensor_id;
	struct vscmi_subscription *subscription;
	struct vscmi_sensor_config before;
	struct vscmi_result result;

	result = vscmi_sensor_config_get(agent, id, &before);
	if (vscmi_failed(result))
		return result;
	watch->config = before;
	watch->config.enabled = true;
	watch->config.timestamps = watch->sensor.timestamps;
	if (watch->interval_us)
		watch->config.update_interval = interval_from_us(watch->interval_us);
	watch->prepare = configure;
	result = configure(watch);
	if (vscmi_failed(result))
		return result;
	result = vscmi_subscribe(agent, VSCMI_EVENT_SENSOR_UPDATE, id, on_update, watch,
				 &subscription);
	if (!vscmi_failed(result)) {
		result = watch_events(watch);
		result = both(result, vscmi_unsubscribe(agent, subscription));
	}
	watch->config = before;
	return both(result, configure(watch));
}

/* Turn a trip point on at a value in the sensor's unit, or off without one. */
static struct vscmi_result set_trip_point(struct watch *watch, uint8_t id,
					  enum vscmi_sensor_edge edge, const char *value)
{
	struct vscmi_decimal decimal = { 0 };
	double raw = 0;

	if (value && vscmi_decimal_parse(value, &decimal))
		raw = round(vscmi_decimal_value(decimal) *
			    pow(10, -watch->axes[0].exponent));
	return vscmi_sensor_trip_point_set(watch->cli->agent, watch->sensor.sensor_id, id,
					   edge, (int64_t)raw);
}

static struct vscmi_result set_trip_points(struct watch *watch)
{
	struct vscmi_result result = vscmi_local(VSCMI_OK);

	for (uint8_t i = 0; i < watch->crossing_count && !vscmi_failed(result); i++)
		result = set_trip_point(watch, i, watch->crossings[i].edge,
					watch->crossings[i].value);
	return result;
}

static struct vscmi_result watch_crossings(struct watch *watch)
{
	struct vscmi_agent *agent = watch->cli->agent;
	struct vscmi_subscription *subscription;
	struct vscmi_result result;

	if (watch->above)
		watch->crossings[watch->crossing_count++] =
			(struct crossing){ watch->above, VSCMI_SENSOR_EDGE_RISING };
	if (watch->below)
		watch->crossings[watch->crossing_count++] =
			(struct crossing){ watch->below, VSCMI_SENSOR_EDGE_FALLING };
	watch->prepare = set_trip_points;
	result = vscmi_subscribe(agent, VSCMI_EVENT_SENSOR_TRIP_POINT,
				 watch->sensor.sensor_id, on_trip_point, watch,
				 &subscription);
	if (vscmi_failed(result))
		return result;
	result = set_trip_points(watch);
	if (!vscmi_failed(result))
		result = watch_events(watch);
	for (uint8_t i = watch->crossing_count; i > 0; i--)
		result = both(result,
			      set_trip_point(watch, i - 1, VSCMI_SENSOR_EDGE_OFF, NULL));
	return both(result, vscmi_unsubscribe(agent, subscription));
}

/*
 * ---- The command ----
 */

static int parse(struct watch *watch, int argc, char **argv)
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'c' },
		{ "for", required_argument, NULL, 'f' },
		{ "interval", required_argument, NULL, 'i' },
		{ "above", required_argument, NULL, 'a' },
		{ "below", required_argument, NULL, 'b' },
		{ 0 },
	};
	struct cli *cli = watch->cli;
	struct vscmi_decimal decimal;
	int option;

	while ((option = getopt_long(argc, argv, "c:f:i:a:b:", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			if (!cli_parse_number(optarg, UINT64_MAX, &watch->count))
				return cli_misused(cli, "--count %s, expected a number",
						   optarg);
			break;
		case 'f':
			if (!vscmi_duration_parse(optarg, &watch->duration_us))
				return cli_misused(
					cli, "--for %s, expected a duration such as 2s",
					optarg);
			break;
		case 'i':
			if (!vscmi_duration_parse(optarg, &watch->interval_us))
				return cli_misused(
					cli,
					"--interval %s, expected a duration such as "
					"100ms",
					optarg);
			break;
		case 'a':
		case 'b':
			if (!vscmi_decimal_parse(optarg, &decimal))
				return cli_misused(cli, "%s is no value of a sensor",
						   optarg);
			*(option == 'a' ? &watch->above : &watch->below) = optarg;
			break;
		default:
			return cli_bad_option(cli, argv);
		}
	}
	if (argc - optind != 1)
		return cli_misused(cli, "watch takes one sensor, its name or id");
	return cli_find_sensor(cli, argv[optind], &watch->sensor);
}

static int check_trip_points(struct watch *watch, const char *name)
{
	int wanted = (watch->above != NULL) + (watch->below != NULL);

	if (wanted > watch->sensor.trip_points)
		return cli_misused(watch->cli, "%s has %u trip points, %d wanted", name,
				   watch->sensor.trip_points, wanted);
	return CLI_DONE;
}

static struct vscmi_result watch_sensor(struct watch *watch)
{
	if (watch->above || watch->below)
		return watch_crossings(watch);
	if (watch->sensor.continuous_update)
		return watch_updates(watch);
	return watch_by_reading(watch);
}

int cli_sensor_watch(struct cli *cli, int argc, char **argv)
{
	struct watch watch = { .cli = cli,
			       .count = UINT64_MAX,
			       .duration_us = UINT64_MAX };
	struct vscmi_result result;
	int status = parse(&watch, argc, argv);

	if (status == CLI_DONE)
		status = check_trip_points(&watch, argv[optind]);
	if (status != CLI_DONE)
		return status;
	result = cli_sensor_axes(cli, &watch.sensor, watch.axes, &watch.axis_count);
	if (vscmi_failed(result))
		return cli_failed(cli, result, "sensor %s", argv[optind]);
	/* What was switched on is switched off again after Ctrl-C. */
	if (!cli_interrupt_begin(cli, &watch.interrupt))
		return cli_failed(cli, vscmi_local(VSCMI_E_SYSTEM), "signals");
	cli_keep(cli);
	watch.start_us = vscmi_monotonic_us();
	result = watch_sensor(&watch);
	cli_interrupt_end(cli, &watch.interrupt);
	return vscmi_failed(result) ? cli_failed(cli, result, "sensor %s", argv[optind])
				    : CLI_DONE;
}
