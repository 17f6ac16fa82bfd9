/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Agent and platform together, over every link that both ends are freestanding for. Time passes
 * when the agent waits. Nothing of it allocates, from the start of the link to the end of the
 * test.
 */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "links.h"
#include "script.h"
#include "vscmi/agent/base.h"
#include "vscmi/agent/clock.h"
#include "vscmi/agent/sensor.h"
#include "vscmi/agent/system.h"

#define MHZ UINT64_C(1000000)
#define ME  PEER

static struct bench *bench;
static struct script *script;
static struct vscmi_agent *agent;
static struct test_link *link;

/*
 * ---- Allocations: the linker sends those of both ends, and of the tests, here ----
 */

static unsigned allocations;

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *memory, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);

void *__wrap_malloc(size_t bytes)
{
	allocations++;
	return __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
	allocations++;
	return __real_calloc(count, bytes);
}

void *__wrap_realloc(void *memory, size_t bytes)
{
	allocations++;
	return __real_realloc(memory, bytes);
}

/*
 * ---- The link ----
 */

static void arrive(void)
{
	link->kind->serve(link);
	link->kind->interrupt(link);
}

/* What the platform does later is due when the agent waits for it. */
static void let_time_pass(struct script *waiting)
{
	uint64_t next_us;

	arrive();
	next_us = vscmi_platform_next_us(bench->platform);
	if (next_us == UINT64_MAX)
		return;
	bench_advance(bench, next_us - bench->now_us);
	arrive();
}

static void start_link(void)
{
	assert_int_equal(link->kind->start(link), VSCMI_OK);
}

static void stop_link(void)
{
	link->kind->stop(link);
}

static void start_over(const struct link_kind *kind, bool no_events)
{
	struct link_setup setup = {
		.agent_id = ME,
		.in_flight = 8,
		.event_buffers = 8,
		.no_events = no_events,
	};
	struct vscmi_agent_config agent_config;
	struct vscmi_platform_agent me;

	bench = malloc(sizeof(*bench));
	bench_describe(bench);
	me = bench->agents[TRUSTED - 1];
	me.name = "me";
	bench->agents[ME - 1] = me;
	bench_start(bench, true);
	vscmi_platform_disconnect(bench->platform, ME);

	script = script_new(8, 4);
	script->on_wait = let_time_pass;
	agent = &script->agent;
	setup.service = vscmi_platform_service(bench->platform);
	link = kind->open(&setup);
	agent_config = agent->config;
	agent_config.link = link->link;
	assert_int_equal(vscmi_agent_init(agent, &agent_config), VSCMI_OK);
	assert_true(allocations > 0);
	allocations = 0;
	start_link();
}

static int start(void **state)
{
	start_over(*state, false);
	return 0;
}

static int start_without_events(void **state)
{
	start_over(*state, true);
	return 0;
}

static int end(void **state)
{
	stop_link();
	assert_int_equal(allocations, 0);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
	link->kind->close(link);
	script_free(script);
	bench_end(bench);
	free(bench);
	return 0;
}

/*
 * ---- The tests ----
 */

static void the_platform_says_who_it_is(void **state)
{
	struct vscmi_base_attributes attributes;
	struct vscmi_base_agent who;
	struct vscmi_list list;
	char name[VSCMI_BASE_NAME_BYTES];
	uint8_t protocol, protocols[8] = { 0 };
	uint32_t version, count = 0;

	assert_int_equal(vscmi_base_attributes_get(agent, &attributes).error, VSCMI_OK);
	assert_int_equal(attributes.agents, AGENTS);
	assert_int_equal(attributes.protocols, 3);
	assert_int_equal(vscmi_base_vendor(agent, name).error, VSCMI_OK);
	assert_string_equal(name, "vendor");
	assert_int_equal(vscmi_base_sub_vendor(agent, name).error, VSCMI_OK);
	assert_string_equal(name, "sub");
	assert_int_equal(vscmi_base_implementation_version(agent, &version).error,
			 VSCMI_OK);
	assert_int_equal(version, 0x12345678);
	vscmi_base_protocols(&list, agent);
	while (vscmi_base_protocols_next(&list, &protocol))
		protocols[count++] = protocol;
	assert_int_equal(list.result.error, VSCMI_OK);
	assert_memory_equal(protocols, ((uint8_t[]){ 0x12, 0x14, 0x15, 0 }), 4);
	assert_int_equal(vscmi_base_agent_get(agent, VSCMI_BASE_SELF, &who).error,
			 VSCMI_OK);
	assert_int_equal(who.agent_id, ME);
	assert_string_equal(who.name, "me");
	assert_int_equal(vscmi_base_agent_get(agent, 77, &who).status, VSCMI_NOT_FOUND);
	assert_int_equal(vscmi_agent_open(agent, VSCMI_PROTOCOL_BASE, &version).error,
			 VSCMI_OK);
	assert_int_equal(version, 0x20001);
}

static void clocks_are_described(void **state)
{
	struct vscmi_clock_protocol protocol;
	struct vscmi_clock_permissions permissions;
	struct vscmi_clock clock;
	struct vscmi_clock_rates rates;
	struct vscmi_list list;
	uint64_t sum_hz = 0;
	uint32_t parent, parents = 0;

	assert_int_equal(vscmi_clock_protocol_get(agent, &protocol).error, VSCMI_OK);
	assert_int_equal(protocol.clocks, CLOCKS);
	assert_int_equal(vscmi_clock_get(agent, CLOCK_LIST, &clock).error, VSCMI_OK);
	assert_string_equal(clock.name, "the clock with a list of rates");
	assert_int_equal(clock.enable_delay_us, 50);
	assert_true(clock.parents && !clock.enabled);
	assert_int_equal(clock.notifies_changed, !link->setup.no_events);
	vscmi_clock_rates(&list, agent, CLOCK_LIST);
	while (vscmi_clock_rates_next(&list, &rates))
		sum_hz += rates.min_hz;
	assert_int_equal(list.result.error, VSCMI_OK);
	assert_int_equal(sum_hz, 70 * MHZ);
	vscmi_clock_rates(&list, agent, CLOCK_RANGE);
	assert_true(vscmi_clock_rates_next(&list, &rates));
	assert_int_equal(rates.min_hz, 1 * MHZ);
	assert_int_equal(rates.step_hz, 1 * MHZ);
	assert_false(vscmi_clock_rates_next(&list, &rates));
	vscmi_clock_parents(&list, agent, CLOCK_LIST);
	while (vscmi_clock_parents_next(&list, &parent))
		parents |= 1u << parent;
	assert_int_equal(list.result.error, VSCMI_OK);
	assert_int_equal(parents, 1 << CLOCK_RANGE | 1 << CLOCK_FIXED);
	assert_int_equal(
		vscmi_clock_permissions_get(agent, CLOCK_LIST, &permissions).error,
		VSCMI_OK);
	assert_true(permissions.state && permissions.parent && permissions.rate);
	assert_int_equal(vscmi_clock_get(agent, CLOCKS, &clock).status, VSCMI_NOT_FOUND);
}

static void a_clock_is_driven(void **state)
{
	struct vscmi_clock_config config;
	uint64_t rate_hz;
	uint32_t parent;

	assert_int_equal(vscmi_clock_rate_set(agent, CLOCK_LIST, 40 * MHZ, 0).error,
			 VSCMI_OK);
	assert_int_equal(vscmi_clock_rate_get(agent, CLOCK_LIST, &rate_hz).error,
			 VSCMI_OK);
	assert_int_equal(rate_hz, 40 * MHZ);
	assert_int_equal(
		vscmi_clock_rate_set(agent, CLOCK_LIST, 11 * MHZ, VSCMI_CLOCK_ROUND_UP)
			.error,
		VSCMI_OK);
	assert_int_equal(bench->clock[CLOCK_LIST].rate_hz, 20 * MHZ);
	assert_int_equal(vscmi_clock_enable(agent, CLOCK_LIST).error, VSCMI_OK);
	assert_true(bench->clock[CLOCK_LIST].enabled);
	assert_int_equal(vscmi_clock_disable(agent, CLOCK_LIST).error, VSCMI_OK);
	assert_false(bench->clock[CLOCK_LIST].enabled);
	assert_int_equal(vscmi_clock_extended_config_set(agent, CLOCK_RANGE,
							 VSCMI_CLOCK_DUTY_CYCLE, 75)
				 .error,
			 VSCMI_OK);
	assert_int_equal(vscmi_clock_config_get(agent, CLOCK_RANGE,
						VSCMI_CLOCK_DUTY_CYCLE, &config)
				 .error,
			 VSCMI_OK);
	assert_int_equal(config.extended_value, 75);
	assert_int_equal(vscmi_clock_parent_set(agent, CLOCK_LIST, CLOCK_FIXED).error,
			 VSCMI_OK);
	assert_int_equal(vscmi_clock_parent_get(agent, CLOCK_LIST, &parent).error,
			 VSCMI_OK);
	assert_int_equal(parent, CLOCK_FIXED);
}

static void a_list_is_cut_to_the_room_that_its_command_gave(void **state)
{
	uint8_t message[12] = { [4] = CLOCK_LIST };
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.message_id = 4,
		.message = message,
		.count = sizeof(message),
		.reply_room = 8 + 4 + 8 + 7,
	};
	struct vscmi_slot *command;
	const uint8_t *answer;
	size_t count;

	assert_int_equal(vscmi_submit(agent, &request, &command), VSCMI_OK);
	assert_int_equal(vscmi_wait(agent, command).error, VSCMI_OK);
	answer = vscmi_answer(command, &count);
	assert_int_equal(count, 8 + 4 + 8);
	assert_memory_equal(answer + 8, ((uint8_t[]){ 1, 0, 2, 0 }), 4);
	vscmi_release(agent, command);
}

static void sensors_are_described_and_read(void **state)
{
	struct vscmi_sensor_reading readings[3];
	struct vscmi_sensor_config config = { 0 };
	struct vscmi_sensor_intervals intervals;
	struct vscmi_sensor_axis_name axis_name;
	struct vscmi_sensor_axis axis;
	struct vscmi_sensor sensor;
	struct vscmi_list list, inner;
	uint32_t count = 0, axes = 0;

	vscmi_sensors(&list, agent);
	while (vscmi_sensors_next(&list, &sensor)) {
		assert_int_equal(sensor.sensor_id, count++);
		if (sensor.sensor_id == SENSOR_FULL)
			assert_string_equal(sensor.name, "the sensor with everything");
		if (sensor.sensor_id != SENSOR_AXES)
			continue;
		vscmi_sensor_axes(&inner, agent, SENSOR_AXES);
		while (vscmi_sensor_axes_next(&inner, &axis))
			assert_int_equal(axis.axis_id, axes++);
		assert_int_equal(inner.result.error, VSCMI_OK);
		vscmi_sensor_axis_names(&inner, agent, SENSOR_AXES);
		while (vscmi_sensor_axis_names_next(&inner, &axis_name))
			if (axis_name.axis_id == 2)
				assert_string_equal(axis_name.name,
						    "the axis that points up");
		assert_int_equal(inner.result.error, VSCMI_OK);
	}
	assert_int_equal(list.result.error, VSCMI_OK);
	assert_int_equal(count, SENSORS);
	assert_int_equal(axes, 3);

	assert_int_equal(
		vscmi_sensor_reading_get(agent, SENSOR_AXES, readings, 3, &count).error,
		VSCMI_OK);
	assert_int_equal(count, 3);
	assert_int_equal(readings[2].value, 202);
	vscmi_sensor_intervals(&list, agent, SENSOR_OFF);
	assert_true(vscmi_sensor_intervals_next(&list, &intervals));
	assert_int_equal(intervals.max.seconds, 2000);
	assert_int_equal(vscmi_sensor_config_get(agent, SENSOR_OFF, &config).error,
			 VSCMI_OK);
	assert_false(config.enabled);
	config.enabled = true;
	assert_int_equal(vscmi_sensor_config_set(agent, SENSOR_OFF, &config, 0).error,
			 VSCMI_OK);
	assert_int_equal(
		vscmi_sensor_reading_get(agent, SENSOR_OFF, readings, 3, &count).error,
		VSCMI_OK);
	assert_int_equal(readings[0].value, 400);
}

static void a_system_state_is_asked_for(void **state)
{
	assert_int_equal(
		vscmi_system_state_set(agent, VSCMI_SYSTEM_COLD_RESET, true).error,
		VSCMI_OK);
	assert_int_equal(bench->asked_state, VSCMI_SYSTEM_COLD_RESET);
	assert_true(bench->asked_graceful);
	assert_int_equal(vscmi_system_state_set(agent, VSCMI_SYSTEM_SUSPEND, true).error,
			 VSCMI_E_REFUSED);
}

static void without_events_what_needs_them_is_refused_here(void **state)
{
	struct vscmi_subscription *subscription;
	struct vscmi_sensor_reading readings[3];
	uint32_t count;
	uint64_t rate_hz;

	assert_int_equal(
		vscmi_clock_rate_set_async(agent, CLOCK_LIST, MHZ, 0, &rate_hz).error,
		VSCMI_E_UNSUPPORTED);
	assert_int_equal(
		vscmi_sensor_reading_get_async(agent, SENSOR_FULL, readings, 3, &count)
			.error,
		VSCMI_E_UNSUPPORTED);
	assert_int_equal(vscmi_subscribe(agent, VSCMI_EVENT_BASE_ERROR, 0, NULL, NULL,
					 &subscription)
				 .error,
			 VSCMI_E_UNSUPPORTED);
}

static void a_reading_that_takes_time_comes_later(void **state)
{
	struct vscmi_sensor_reading readings[3];
	uint32_t count;

	bench->sensor[SENSOR_FULL].is_later = true;
	bench->sensor[SENSOR_FULL].delay_us = 700;
	assert_int_equal(
		vscmi_sensor_reading_get_async(agent, SENSOR_FULL, readings, 3, &count)
			.error,
		VSCMI_OK);
	assert_int_equal(count, 1);
	assert_int_equal(bench->sensor[SENSOR_FULL].reads, 1);
	/* The same held, without a delayed response. */
	assert_int_equal(
		vscmi_sensor_reading_get(agent, SENSOR_FULL, readings, 3, &count).error,
		VSCMI_OK);
	assert_int_equal(count, 1);
}

static void a_rate_change_ends_with_its_delayed_response(void **state)
{
	uint64_t rate_hz = 0;

	assert_int_equal(
		vscmi_clock_rate_set_async(agent, CLOCK_LIST, 39 * MHZ, 0, &rate_hz)
			.error,
		VSCMI_OK);
	assert_int_equal(rate_hz, 20 * MHZ);
	bench->clock[CLOCK_LIST].status = VSCMI_HARDWARE_ERROR;
	assert_int_equal(
		vscmi_clock_rate_set_async(agent, CLOCK_LIST, 10 * MHZ, 0, &rate_hz)
			.error,
		VSCMI_E_REFUSED);
	assert_int_equal(rate_hz, 20 * MHZ);
}

static uint32_t events;
static struct vscmi_event last;

static void keep(void *context, const struct vscmi_event *event)
{
	events++;
	last = *event;
}

static void a_change_is_told_to_who_subscribed(void **state)
{
	struct vscmi_subscription *subscription;

	events = 0;
	assert_int_equal(vscmi_subscribe(agent, VSCMI_EVENT_CLOCK_RATE_CHANGED,
					 CLOCK_LIST, keep, NULL, &subscription)
				 .error,
			 VSCMI_OK);
	assert_int_equal(vscmi_clock_rate_set(agent, CLOCK_LIST, 10 * MHZ, 0).error,
			 VSCMI_OK);
	vscmi_agent_poll(agent);
	assert_int_equal(events, 1);
	assert_int_equal(last.resource_id, CLOCK_LIST);
	assert_int_equal(last.agent_id, ME);
	assert_int_equal(last.clock.rate_hz, 10 * MHZ);
	assert_int_equal(vscmi_unsubscribe(agent, subscription).error, VSCMI_OK);
	assert_int_equal(vscmi_clock_rate_set(agent, CLOCK_LIST, 20 * MHZ, 0).error,
			 VSCMI_OK);
	vscmi_agent_poll(agent);
	assert_int_equal(events, 1);
}

static void an_event_is_told_though_nobody_waits_for_the_command(void **state)
{
	uint8_t message[20] = {
		[8] = CLOCK_LIST, [12] = 0x80, 0x96, 0x98, 0
	}; /* 10 MHz */
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.message_id = 5,
		.message = message,
		.count = sizeof(message),
	};
	struct vscmi_subscription *subscription;
	struct vscmi_slot *command;

	events = 0;
	assert_int_equal(vscmi_subscribe(agent, VSCMI_EVENT_CLOCK_RATE_CHANGED,
					 CLOCK_LIST, keep, NULL, &subscription)
				 .error,
			 VSCMI_OK);
	assert_int_equal(vscmi_submit(agent, &request, &command), VSCMI_OK);
	arrive();
	assert_int_equal(events, 1);
	assert_int_equal(vscmi_wait(agent, command).error, VSCMI_OK);
	vscmi_release(agent, command);
}

static void change_back(void *context, const struct vscmi_event *event)
{
	keep(context, event);
	if (event->clock.rate_hz == 10 * MHZ)
		assert_int_equal(
			vscmi_clock_rate_set(agent, CLOCK_LIST, 40 * MHZ, 0).error,
			VSCMI_OK);
	else
		assert_int_equal(vscmi_unsubscribe_in_callback(
					 agent, *(struct vscmi_subscription **)context)
					 .error,
				 VSCMI_OK);
}

static void a_callback_commands_and_unsubscribes(void **state)
{
	struct vscmi_subscription *subscription;

	events = 0;
	assert_int_equal(vscmi_subscribe(agent, VSCMI_EVENT_CLOCK_RATE_CHANGED,
					 VSCMI_ANY_RESOURCE, change_back, &subscription,
					 &subscription)
				 .error,
			 VSCMI_OK);
	assert_int_equal(vscmi_clock_rate_set(agent, CLOCK_LIST, 10 * MHZ, 0).error,
			 VSCMI_OK);
	vscmi_agent_poll(agent);
	assert_int_equal(events, 2);
	assert_int_equal(bench->clock[CLOCK_LIST].rate_hz, 40 * MHZ);
	assert_int_equal(vscmi_clock_rate_set(agent, CLOCK_LIST, 10 * MHZ, 0).error,
			 VSCMI_OK);
	vscmi_agent_poll(agent);
	assert_int_equal(events, 2);
}

static void a_reset_wakes_who_waits_and_a_new_start_works(void **state)
{
	uint8_t message[12] = { [4] = SENSOR_FULL };
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_SENSOR,
		.message_id = 6,
		.message = message,
		.count = sizeof(message),
	};
	struct vscmi_slot *commands[BENCH_PENDING_MAX];
	uint32_t in_flight = link_unanswered_max(link);
	struct vscmi_sensor_reading reading;
	uint32_t count;

	bench->sensor[SENSOR_FULL].is_later = true;
	bench->sensor[SENSOR_FULL].delay_us = 700;
	assert_int_equal(vscmi_agent_open(agent, VSCMI_PROTOCOL_SENSOR, NULL).error,
			 VSCMI_OK);
	if (in_flight > BENCH_PENDING_MAX)
		in_flight = BENCH_PENDING_MAX;
	for (uint32_t i = 0; i < in_flight; i++)
		assert_int_equal(vscmi_submit(agent, &request, &commands[i]), VSCMI_OK);
	link->kind->serve(link);
	script->waits = 0;
	stop_link();
	for (uint32_t i = 0; i < in_flight; i++) {
		assert_true(vscmi_done(agent, commands[i]));
		assert_int_equal(vscmi_wait(agent, commands[i]).error, VSCMI_E_LINK_LOST);
		vscmi_release(agent, commands[i]);
	}
	assert_int_equal(script->waits, 0);
	assert_int_equal(
		vscmi_sensor_reading_get(agent, SENSOR_PLAIN, &reading, 1, &count).error,
		VSCMI_E_NOT_READY);
	let_time_pass(script);
	start_link();
	assert_int_equal(
		vscmi_sensor_reading_get(agent, SENSOR_FULL, &reading, 1, &count).error,
		VSCMI_OK);
}

#define OVER(link, test)                                                                \
	{                                                                               \
#test " over " #link, test, start, end, (void *)(uintptr_t)&link_##link \
	}
#define OVER_WITHOUT_EVENTS(link, test)                                                  \
	{                                                                                \
#test " over " #link " without events", test, start_without_events, end, \
			(void *)(uintptr_t)&link_##link                                  \
	}
#define WITH(test)    OVER_IN_PROCESS_LINKS(OVER, test)
#define WITHOUT(test) OVER_IN_PROCESS_LINKS(OVER_WITHOUT_EVENTS, test)
#define BOTH(test)    WITH(test), WITHOUT(test)
#define BOTH_THAT_TELL_ROOM(test)                         \
	OVER_IN_PROCESS_LINKS_THAT_TELL_ROOM(OVER, test), \
		OVER_IN_PROCESS_LINKS_THAT_TELL_ROOM(OVER_WITHOUT_EVENTS, test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(the_platform_says_who_it_is),
		BOTH(clocks_are_described),
		BOTH(a_clock_is_driven),
		BOTH_THAT_TELL_ROOM(a_list_is_cut_to_the_room_that_its_command_gave),
		BOTH(sensors_are_described_and_read),
		BOTH(a_system_state_is_asked_for),
		BOTH(a_reset_wakes_who_waits_and_a_new_start_works),
		WITHOUT(without_events_what_needs_them_is_refused_here),
		WITH(a_reading_that_takes_time_comes_later),
		WITH(a_rate_change_ends_with_its_delayed_response),
		WITH(a_change_is_told_to_who_subscribed),
		WITH(an_event_is_told_though_nobody_waits_for_the_command),
		WITH(a_callback_commands_and_unsubscribes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
