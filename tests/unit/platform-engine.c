/* SPDX-License-Identifier: BSD-3-Clause */
/* The platform engine: dispatch, operations, event queues, counters, agents that come and go. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "message/cursor.h"
#include "test.h"

#define MHZ 1000000u

enum { RATE_SET = 0x5, RATE_GET = 0x6, NOTIFY = 0x9, READ = 0x6 };
enum { ASYNC = 1 };

/*
 * ---- Dispatch ----
 */

static void what_has_no_answer_is_counted(void **state)
{
	struct bench *bench = *state;
	struct vscmi_platform_counters counters;
	uint8_t request[8] = { 0x06, 0x50 }, reply[16] = { 0 };
	size_t count = 77;

	for (size_t request_count = 0; request_count < 4; request_count++)
		assert_int_equal(vscmi_platform_handle(bench->platform, PEER, request,
						       request_count, reply, 16, NULL,
						       &count),
				 VSCMI_SERVICE_UNANSWERABLE);
	for (size_t room = 0; room < 8; room++)
		assert_int_equal(vscmi_platform_handle(bench->platform, PEER, request, 8,
						       reply, room, NULL, &count),
				 VSCMI_SERVICE_UNANSWERABLE);
	for (uint32_t id = 0; id <= 256; id += 4)
		assert_int_equal(vscmi_platform_handle(bench->platform, id, request, 8,
						       reply, 16, NULL, &count),
				 VSCMI_SERVICE_UNANSWERABLE);
	assert_int_equal(count, 77);
	assert_memory_equal(reply, ((uint8_t[16]){ 0 }), 16);
	vscmi_platform_counters(bench->platform, PEER, &counters);
	assert_int_equal(counters.unanswerable, 12);
	/* Nor is there one for an agent that is not there. */
	vscmi_platform_disconnect(bench->platform, PEER);
	assert_int_equal(vscmi_platform_handle(bench->platform, PEER, request, 8, reply,
					       16, NULL, &count),
			 VSCMI_SERVICE_UNANSWERABLE);
}

static void the_header_comes_back_unchanged_with_the_first_thing_that_is_wrong(
	void **state)
{
	static const struct {
		const char *what;
		uint32_t header;
		int32_t status;
	} cases[] = {
		{ "a token", 0x3ff << 18 | 0x14 << 10 | 0x01, VSCMI_SUCCESS },
		{ "reserved bits", 1u << 28 | 0x14 << 10 | 0x01, VSCMI_PROTOCOL_ERROR },
		{ "reserved bit 31", 1u << 31 | 0x77 << 10, VSCMI_PROTOCOL_ERROR },
		{ "type 1", 1 << 8 | 0x14 << 10 | 0x01, VSCMI_PROTOCOL_ERROR },
		{ "a delayed response", 2 << 8 | 0x14 << 10 | 0x05,
		  VSCMI_PROTOCOL_ERROR },
		{ "a notification", 3 << 8 | 0x14 << 10 | 0x00, VSCMI_PROTOCOL_ERROR },
		{ "no such protocol", 0x77 << 10, VSCMI_NOT_SUPPORTED },
		{ "one that is not served", 0x13 << 10, VSCMI_NOT_SUPPORTED },
		{ "no such message", 0x14 << 10 | 0x11, VSCMI_NOT_FOUND },
		{ "the last message id", 0x14 << 10 | 0xff, VSCMI_NOT_FOUND },
		{ "the wrong size", 0x14 << 10 | 0x06, VSCMI_PROTOCOL_ERROR },
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t request[4], reply[12];
		size_t count;

		vscmi_le32_put(request, cases[i].header);
		assert_int_equal(vscmi_platform_handle(bench->platform, PEER, request, 4,
						       reply, 12, NULL, &count),
				 VSCMI_SERVICE_ANSWERED);
		assert_int_equal(vscmi_le32_get(reply), cases[i].header);
		assert_int_equal((int32_t)vscmi_le32_get(reply + 4), cases[i].status);
		assert_int_equal(count, cases[i].status == VSCMI_SUCCESS ? 12 : 8);
	}
}

static void a_reply_without_room_is_a_transport_error(void **state)
{
	assert_int_equal(ask_with_room(*state, 8, PEER, CLOCK, RATE_GET, 0).status,
			 VSCMI_COMMS_ERROR);
	assert_int_equal(ask_with_room(*state, 15, PEER, CLOCK, RATE_GET, 0).status,
			 VSCMI_COMMS_ERROR);
	assert_int_equal(ask_with_room(*state, 16, PEER, CLOCK, RATE_GET, 0).status,
			 VSCMI_SUCCESS);
	/* What is wrong with the request is said even so. */
	assert_int_equal(ask_with_room(*state, 8, PEER, CLOCK, RATE_GET, 9).status,
			 VSCMI_NOT_FOUND);
}

static void messages_and_answers_are_counted_for_each_agent(void **state)
{
	struct bench *bench = *state;
	struct vscmi_platform_counters before, after;

	vscmi_platform_counters(bench->platform, PEER, &before);
	ask(bench, PEER, CLOCK, RATE_GET, 0);
	ask(bench, PEER, CLOCK, RATE_GET, 9);
	ask(bench, PEER, VOLTAGE, 0);
	bench_ask_with_room(bench, PEER, 0x80, 0, NULL, 0, 8);
	bench->clock[CLOCK_LIST].status = -200;
	ask(bench, PEER, CLOCK, RATE_GET, 0);
	ask(bench, TRUSTED, BASE, 0);
	vscmi_platform_counters(bench->platform, PEER, &after);
	assert_int_equal(after.messages[0x14 - 0x10] - before.messages[0x14 - 0x10], 3);
	assert_int_equal(after.messages[0x17 - 0x10], 1);
	assert_int_equal(after.messages[0], before.messages[0]);
	assert_int_equal(after.messages_unknown, 1);
	assert_int_equal(after.answers[0] - before.answers[0], 1);
	assert_int_equal(after.answers[-VSCMI_NOT_FOUND], 1);
	assert_int_equal(after.answers[-VSCMI_NOT_SUPPORTED], 2);
	assert_int_equal(after.answers_vendor, 1);
	assert_int_equal(vscmi_platform_counters(bench->platform, 0, &after),
			 VSCMI_E_INVALID);
	assert_int_equal(vscmi_platform_counters(bench->platform, 4, &after),
			 VSCMI_E_INVALID);
}

/*
 * ---- Operations ----
 */

static void an_agent_with_too_many_operations_is_told_to_wait_and_others_are_not(
	void **state)
{
	struct bench *bench = *state;
	struct vscmi_op *ops[2];

	bench->sensor[SENSOR_FULL].is_later = true;
	for (size_t i = 0; i < BENCH_PENDING_MAX; i++) {
		assert_int_equal(status_of(bench, PEER, SENSOR, READ, SENSOR_FULL, 1),
				 VSCMI_SUCCESS);
		ops[i] = bench->sensor[SENSOR_FULL].op;
	}
	assert_int_equal(status_of(bench, PEER, SENSOR, READ, SENSOR_FULL, 1),
			 VSCMI_BUSY);
	assert_int_equal(status_of(bench, TRUSTED, SENSOR, READ, SENSOR_FULL, 1),
			 VSCMI_SUCCESS);
	/* Synchronous ones, and those of another protocol, have places of their own. */
	assert_int_equal(
		status_of(bench, PEER, CLOCK, RATE_SET, ASYNC, CLOCK_LIST, 10 * MHZ, 0),
		VSCMI_SUCCESS);
	for (size_t i = 0; i < BENCH_PENDING_MAX; i++)
		assert_int_equal(ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 0).outcome,
				 VSCMI_SERVICE_HELD);
	assert_int_equal(status_of(bench, PEER, SENSOR, READ, SENSOR_FULL, 0),
			 VSCMI_BUSY);
	assert_int_equal(vscmi_platform_held_max(bench->platform), 2 * BENCH_PENDING_MAX);
	/* A place is free once the response has been fetched, and not before. */
	vscmi_op_complete(ops[0], VSCMI_SUCCESS);
	assert_int_equal(status_of(bench, PEER, SENSOR, READ, SENSOR_FULL, 1),
			 VSCMI_BUSY);
	vscmi_op_complete(ops[1], VSCMI_GENERIC_ERROR);
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, CLOCK, RATE_SET, VSCMI_SUCCESS,
		     CLOCK_LIST, 10 * MHZ, 0);
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, SENSOR, READ, VSCMI_SUCCESS,
		     SENSOR_FULL, 0, 0, 0, 0);
	assert_int_equal(status_of(bench, PEER, SENSOR, READ, SENSOR_FULL, 1),
			 VSCMI_SUCCESS);
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, SENSOR, READ,
		     (uint32_t)VSCMI_GENERIC_ERROR);
}

static void operations_of_an_agent_that_went_are_forgotten(void **state)
{
	struct bench *bench = *state;
	struct vscmi_op *held, *delayed;

	bench->sensor[SENSOR_FULL].is_later = true;
	ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 0);
	held = bench->sensor[SENSOR_FULL].op;
	ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 1);
	delayed = bench->sensor[SENSOR_FULL].op;
	ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 1);
	vscmi_op_complete(bench->sensor[SENSOR_FULL].op, VSCMI_SUCCESS);
	vscmi_platform_connect(bench->platform, PEER, &bench->agent[PEER].channel);
	bench_assert_no_event(bench, PEER);
	vscmi_op_complete(held, VSCMI_SUCCESS);
	vscmi_op_complete(delayed, VSCMI_SUCCESS);
	assert_int_equal(bench->agent[PEER].replies, 0);
	bench_assert_no_event(bench, PEER);
	for (size_t i = 0; i < BENCH_PENDING_MAX; i++)
		assert_int_equal(status_of(bench, PEER, SENSOR, READ, SENSOR_FULL, 1),
				 VSCMI_SUCCESS);
}

static void operations_end_in_the_order_of_their_times(void **state)
{
	struct bench *bench = *state;

	bench->sensor[SENSOR_FULL].is_later = true;
	bench->sensor[SENSOR_FULL].delay_us = 200;
	ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 1);
	bench->sensor[SENSOR_FULL].delay_us = 100;
	bench->sensor[SENSOR_FULL].readings[0].value = 8;
	ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 1);
	assert_int_equal(vscmi_platform_next_us(bench->platform), 100);
	bench_advance(bench, 1000);
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, SENSOR, READ, VSCMI_SUCCESS,
		     SENSOR_FULL, 8, 0, 0, 0);
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, SENSOR, READ, VSCMI_SUCCESS,
		     SENSOR_FULL, 100, 0, 0, 0);
	/* Time does not go back. */
	vscmi_platform_advance(bench->platform, 5);
	ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 1);
	assert_int_equal(vscmi_platform_next_us(bench->platform), 1100);
	/* A delay without end is one. */
	bench->sensor[SENSOR_FULL].delay_us = UINT64_MAX;
	ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 1);
	bench_advance(bench, 100000);
	assert_true(vscmi_platform_next_us(bench->platform) == UINT64_MAX - 1);
}

/* Who sends the next command as soon as the last is answered. */
struct impatient {
	struct bench *bench;
	struct vscmi_service_channel channel;
	unsigned replies, held;
};

static void send_next(void *context, void *cookie, const void *bytes, size_t count)
{
	struct impatient *agent = context;

	agent->replies++;
	if (agent->replies < 100)
		agent->held +=
			ask(agent->bench, PEER, SENSOR, READ, SENSOR_FULL, 0).outcome ==
			VSCMI_SERVICE_HELD;
}

static void a_command_may_be_sent_from_the_answer_to_the_last(void **state)
{
	struct bench *bench = *state;
	struct impatient agent = {
		.bench = bench,
		.channel = { .reply = send_next, .context = &agent },
	};

	vscmi_platform_connect(bench->platform, PEER, &agent.channel);
	bench->sensor[SENSOR_FULL].is_later = true;
	bench->sensor[SENSOR_FULL].delay_us = 10;
	ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 0);
	for (unsigned i = 1; i <= 100; i++) {
		bench_advance(bench, 10);
		assert_int_equal(agent.replies, i);
	}
	assert_int_equal(agent.held, 99);
	assert_true(vscmi_platform_next_us(bench->platform) == UINT64_MAX);
}

/*
 * ---- Events ----
 */

static void subscribe(struct bench *bench)
{
	assert_int_equal(status_of(bench, PEER, CLOCK, NOTIFY, CLOCK_LIST, 1),
			 VSCMI_SUCCESS);
}

static void set_rate(struct bench *bench, uint32_t rate_hz)
{
	bench->clock[CLOCK_LIST].rate_hz = rate_hz;
	vscmi_platform_clock_changed(bench->platform, CLOCK_LIST);
}

static void a_notification_that_waits_is_replaced_by_a_fresh_one(void **state)
{
	struct bench *bench = *state;
	struct vscmi_platform_counters counters;

	subscribe(bench);
	for (uint32_t rate_hz = 1; rate_hz <= 100; rate_hz++)
		set_rate(bench, rate_hz);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, CLOCK, 0, 0, CLOCK_LIST, 100, 0);
	bench_assert_no_event(bench, PEER);
	vscmi_platform_counters(bench->platform, PEER, &counters);
	assert_int_equal(counters.notifications, 1);
	assert_int_equal(counters.notifications_merged, 99);
	assert_int_equal(counters.notifications_dropped, 0);
}

static void a_full_queue_drops_what_is_new_and_counts_it(void **state)
{
	struct bench bench;
	struct vscmi_platform_counters counters;
	struct bench_event event;
	uint32_t fetched = 0;

	bench_describe(&bench);
	for (size_t i = 0; i < CLOCKS; i++)
		bench.clocks[i].notifies_changed = true;
	bench.config.notifications_max = 2;
	bench_start(&bench, true);
	for (uint32_t i = 0; i < CLOCKS; i++)
		assert_int_equal(status_of(&bench, PEER, CLOCK, NOTIFY, i, 1),
				 VSCMI_SUCCESS);
	for (uint16_t round = 0; round < 3; round++) {
		for (uint16_t i = 0; i < CLOCKS; i++) {
			bench.clock[i].rate_hz = 1 + round;
			vscmi_platform_clock_changed(bench.platform, i);
		}
		/* The oldest come first, also when the ring wraps. */
		while (bench_event(&bench, PEER, &event))
			assert_int_equal(event.words[1], fetched++ % 2);
	}
	assert_int_equal(fetched, 6);
	vscmi_platform_counters(bench.platform, PEER, &counters);
	assert_int_equal(counters.notifications, 6);
	assert_int_equal(counters.notifications_dropped, 3);
	bench_end(&bench);
}

static void the_channel_is_told_once_and_last(void **state)
{
	struct bench *bench = *state;

	subscribe(bench);
	/* Not for its own command: its link looks anyway, once the answer is out. */
	ask(bench, PEER, CLOCK, RATE_SET, 0, CLOCK_LIST, 10 * MHZ, 0);
	assert_false(bench->agent[PEER].ready);
	assert_true(vscmi_platform_event_waits(bench->platform, PEER));
	ask(bench, TRUSTED, CLOCK, RATE_SET, 0, CLOCK_LIST, 40 * MHZ, 0);
	assert_true(bench->agent[PEER].ready);
	assert_false(bench->agent[TRUSTED].ready);
}

/* A link that fetches as soon as it is told. */
struct eager {
	struct bench *bench;
	struct vscmi_service_channel channel;
	unsigned fetched;
};

static void fetch(void *context)
{
	struct eager *eager = context;
	struct bench_event event;

	while (bench_event(eager->bench, PEER, &event))
		eager->fetched++;
}

static void ignore_reply(void *context, void *cookie, const void *bytes, size_t count)
{
}

static void a_link_may_fetch_when_it_is_told(void **state)
{
	struct bench *bench = *state;
	struct eager eager = {
		.bench = bench,
		.channel = { .reply = ignore_reply,
			     .events_ready = fetch,
			     .context = &eager },
	};

	vscmi_platform_connect(bench->platform, PEER, &eager.channel);
	subscribe(bench);
	ask(bench, TRUSTED, CLOCK, RATE_SET, 0, CLOCK_LIST, 10 * MHZ, 0);
	assert_int_equal(eager.fetched, 1);
	set_rate(bench, 5);
	assert_int_equal(eager.fetched, 2);
}

static void an_event_buffer_that_is_too_small_costs_a_notification_but_no_response(
	void **state)
{
	struct bench *bench = *state;
	struct vscmi_platform_counters counters;
	uint8_t small[19];
	size_t count = 0;

	subscribe(bench);
	ask(bench, PEER, CLOCK, RATE_SET, ASYNC, CLOCK_LIST, 10 * MHZ, 0);
	/* 4 + 16 bytes each. */
	assert_false(vscmi_platform_event(bench->platform, PEER, small, sizeof(small),
					  &count));
	assert_int_equal(count, 0);
	vscmi_platform_counters(bench->platform, PEER, &counters);
	assert_int_equal(counters.notifications_dropped, 1);
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, CLOCK, RATE_SET, VSCMI_SUCCESS,
		     CLOCK_LIST, 10 * MHZ, 0);
	bench_assert_no_event(bench, PEER);
	vscmi_platform_counters(bench->platform, PEER, &counters);
	assert_int_equal(counters.delayed_responses, 1);
}

static void a_long_response_does_not_keep_a_short_one_from_a_small_buffer(void **state)
{
	struct bench *bench = *state;
	uint8_t small[8];
	size_t count;

	bench->sensor[SENSOR_FULL].is_later = true;
	ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 1);
	bench_complete_reading(bench, SENSOR_FULL, VSCMI_SUCCESS);
	ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 1);
	vscmi_op_complete(bench->sensor[SENSOR_FULL].op, VSCMI_HARDWARE_ERROR);
	assert_true(vscmi_platform_event(bench->platform, PEER, small, sizeof(small),
					 &count));
	assert_int_equal(count, 8);
	assert_int_equal(vscmi_le32_get(small + 4), (uint32_t)VSCMI_HARDWARE_ERROR);
	assert_false(vscmi_platform_event(bench->platform, PEER, small, sizeof(small),
					  &count));
	assert_true(vscmi_platform_event_waits(bench->platform, PEER));
	/* One that ends now is behind the long one, in the place of the short one. */
	ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 1);
	vscmi_op_complete(bench->sensor[SENSOR_FULL].op, VSCMI_HARDWARE_ERROR);
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, SENSOR, READ, VSCMI_SUCCESS,
		     SENSOR_FULL, 100, 0, 0, 0);
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, SENSOR, READ,
		     (uint32_t)VSCMI_HARDWARE_ERROR);
	bench_assert_no_event(bench, PEER);
}

static void there_are_no_events_for_nobody(void **state)
{
	struct bench *bench = *state;
	uint8_t bytes[VSCMI_PLATFORM_EVENT_MAX];
	size_t count;

	assert_false(
		vscmi_platform_event(bench->platform, 0, bytes, sizeof(bytes), &count));
	assert_false(
		vscmi_platform_event(bench->platform, 4, bytes, sizeof(bytes), &count));
	assert_false(vscmi_platform_event_waits(bench->platform, 4));
	assert_int_equal(
		vscmi_platform_connect(bench->platform, 4, &bench->agent[1].channel),
		VSCMI_E_INVALID);
	vscmi_platform_disconnect(bench->platform, 4);
}

/*
 * ---- Configurations ----
 */

static const uint64_t unsorted_hz[] = { 2, 1 };
static const uint16_t far_parent[] = { CLOCKS };
static const struct vscmi_platform_clock_grant far_clock[] = { { .clock = CLOCKS } };
static const struct vscmi_platform_clock_view far_clock_view = { far_clock, 1 };
static const struct vscmi_platform_sensor_grant far_sensor[] = { { .sensor = SENSORS } };
static const struct vscmi_platform_sensor_view far_sensor_view = { far_sensor, 1 };
static const struct vscmi_platform_sensor_grant same_sensor[] = { { .sensor = 1 },
								  { .sensor = 1 } };
static const struct vscmi_platform_sensor_view same_sensor_view = { same_sensor, 2 };
static const struct vscmi_platform_clock_ops no_ops;
static const struct vscmi_platform_sensor_ops no_sensor_ops;
static const struct vscmi_sensor_range wide = { .resolution = 1u << 27 };
static const struct vscmi_sensor_interval zero[] = { { 0, 0 } };

static void break_agents(struct bench *b)
{
	b->config.agent_count = 0;
}
static void break_pending(struct bench *b)
{
	b->config.pending_max = 0;
}
static void break_agent_name(struct bench *b)
{
	b->agents[1].name = NULL;
}
static void break_vendor(struct bench *b)
{
	b->base.vendor = NULL;
}
static void break_system(struct bench *b)
{
	b->system.ops = NULL;
}
static void break_clock_name(struct bench *b)
{
	b->clocks[0].name = "";
}
static void break_rates(struct bench *b)
{
	b->clocks[0].rates_hz = unsorted_hz;
	b->clocks[0].rate_count = 2;
}
static void break_step(struct bench *b)
{
	b->clocks[1].range.step_hz = 0;
}
static void break_range(struct bench *b)
{
	b->clocks[1].range.min_hz = UINT64_MAX;
}
static void break_parents(struct bench *b)
{
	b->clocks[0].parents = far_parent;
	b->clocks[0].parent_count = 1;
}
static void break_clock_device(struct bench *b)
{
	b->clocks[1].device_id = 3;
}
static void break_clock_ops(struct bench *b)
{
	b->clocks[0].ops = &no_ops;
}
static void break_clock_view(struct bench *b)
{
	b->agents[0].clocks = &far_clock_view;
}
static void break_sensor_name(struct bench *b)
{
	b->sensors[0].name = NULL;
}
static void break_axis_count(struct bench *b)
{
	b->sensors[1].axis_count = 4;
}
static void break_axis_exponent(struct bench *b)
{
	b->axes[2].exponent = 16;
}
static void break_exponent(struct bench *b)
{
	b->sensors[0].exponent = -17;
}
static void break_resolution(struct bench *b)
{
	b->sensors[0].range = &wide;
}
static void break_interval(struct bench *b)
{
	b->sensors[0].interval.seconds = 0;
}
static void break_intervals(struct bench *b)
{
	b->sensors[0].intervals = zero;
	b->sensors[0].interval_count = 1;
}
static void break_triplet(struct bench *b)
{
	b->sensors[3].interval_count = 2;
}
static void break_axes_trip(struct bench *b)
{
	b->sensors[1].trip_point_count = 1;
}
static void break_sensor_ops(struct bench *b)
{
	b->sensors[0].ops = &no_sensor_ops;
}
static void break_sensor_view(struct bench *b)
{
	b->agents[0].sensors = &far_sensor_view;
}
static void break_sensor_once(struct bench *b)
{
	b->agents[0].sensors = &same_sensor_view;
}
static void break_sensor_device(struct bench *b)
{
	b->sensors[0].device_id = 3;
}

static void configurations_that_break_a_rule_are_refused(void **state)
{
	static void (*const breaks[])(struct bench *) = {
		break_agents,        break_pending,       break_agent_name,
		break_vendor,        break_system,        break_clock_name,
		break_rates,         break_step,          break_range,
		break_parents,       break_clock_device,  break_clock_ops,
		break_clock_view,    break_sensor_name,   break_axis_count,
		break_axis_exponent, break_exponent,      break_resolution,
		break_interval,      break_intervals,     break_triplet,
		break_axes_trip,     break_sensor_ops,    break_sensor_view,
		break_sensor_once,   break_sensor_device,
	};

	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		struct bench bench;
		struct vscmi_platform *platform = NULL;
		void *memory;
		size_t bytes;
		enum vscmi_error error;

		bench_describe(&bench);
		bytes = vscmi_platform_bytes(&bench.config);
		memory = malloc(bytes);
		breaks[i](&bench);
		error = vscmi_platform_init(&bench.config, memory, bytes, &platform);
		if (error != VSCMI_E_INVALID)
			print_error("breaks[%zu]\n", i);
		assert_int_equal(error, VSCMI_E_INVALID);
		assert_null(platform);
		free(memory);
	}
}

/* ASan sees a step over the end, UBSan one that is out of line. */
static void memory_may_lie_anywhere_and_must_be_long_enough(void **state)
{
	struct bench bench;
	struct vscmi_platform *platform = NULL;
	size_t bytes;
	uint8_t *memory;

	bench_describe(&bench);
	bytes = vscmi_platform_bytes(&bench.config);
	assert_int_equal(vscmi_platform_init(&bench.config, &bench, bytes - 1, &platform),
			 VSCMI_E_TOO_BIG);
	assert_null(platform);
	for (size_t offset = 0; offset < 17; offset++) {
		memory = malloc(offset + bytes);
		assert_int_equal(vscmi_platform_init(&bench.config, memory + offset,
						     bytes, &platform),
				 VSCMI_OK);
		assert_int_equal(vscmi_platform_connect(platform, AGENTS,
							&bench.agent[AGENTS].channel),
				 VSCMI_OK);
		free(memory);
	}
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BENCH(what_has_no_answer_is_counted),
		ON_BENCH(
			the_header_comes_back_unchanged_with_the_first_thing_that_is_wrong),
		ON_BENCH(a_reply_without_room_is_a_transport_error),
		ON_BENCH(messages_and_answers_are_counted_for_each_agent),
		ON_BENCH(
			an_agent_with_too_many_operations_is_told_to_wait_and_others_are_not),
		ON_BENCH(operations_of_an_agent_that_went_are_forgotten),
		ON_BENCH(operations_end_in_the_order_of_their_times),
		ON_BENCH(a_command_may_be_sent_from_the_answer_to_the_last),
		ON_BENCH(a_notification_that_waits_is_replaced_by_a_fresh_one),
		cmocka_unit_test(a_full_queue_drops_what_is_new_and_counts_it),
		ON_BENCH(the_channel_is_told_once_and_last),
		ON_BENCH(a_link_may_fetch_when_it_is_told),
		ON_BENCH(
			an_event_buffer_that_is_too_small_costs_a_notification_but_no_response),
		ON_BENCH(a_long_response_does_not_keep_a_short_one_from_a_small_buffer),
		ON_BENCH(there_are_no_events_for_nobody),
		cmocka_unit_test(configurations_that_break_a_rule_are_refused),
		cmocka_unit_test(memory_may_lie_anywhere_and_must_be_long_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
