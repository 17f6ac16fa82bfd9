/* SPDX-License-Identifier: BSD-3-Clause */
/* The device is reset, or goes away, with commands in flight. */
#include "engine.h"

#include "message/cursor.h"

static void reset_by_the_driver(struct engine *engine)
{
	engine->kind->stop(engine->link);
}

static void reset_by_the_device(struct engine *engine)
{
	service_reset(engine->service);
	engine_turn(engine);
}

static void (*const resets[])(struct engine *engine) = { reset_by_the_driver,
							 reset_by_the_device };

#define RESETS (sizeof(resets) / sizeof(resets[0]))

static void (*reset)(struct engine *engine);

static void reset_while_waiting(struct script *script)
{
	reset(script->context);
}

/* Commands of which each is as far as a command can be, all at once. */
static void everyone_wakes_at_once_when_the_link_is_lost(void **state)
{
	struct engine *engine = *state;
	void (*const turn)(struct script * script) = engine->script->on_wait;

	for (size_t i = 0; i < RESETS; i++) {
		struct flight sent = engine_send(engine, VSCMI_SYNC);
		struct flight accepted = engine_send(engine, VSCMI_ASYNC);
		struct flight early = engine_send(engine, VSCMI_ASYNC);
		struct flight done = engine_send(engine, VSCMI_SYNC);
		struct flight cancelled = engine_send(engine, VSCMI_SYNC);
		struct flight not_arrived;
		uint64_t now_us = engine->script->now_us;

		engine_reply(engine, accepted.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
		engine_delayed(engine, early.command, VSCMI_SUCCESS, SCRIPT_WORDS(3));
		engine_reply(engine, done.command, VSCMI_SUCCESS, SCRIPT_WORDS(4));
		vscmi_release(engine->agent, cancelled.slot);
		not_arrived.slot = script_submit(engine->script, VSCMI_SYNC);

		reset = resets[i];
		engine->script->waits = 0;
		engine->script->on_wait = reset_while_waiting;
		assert_true(vscmi_failed(vscmi_wait(engine->agent, sent.slot)));
		assert_int_equal(engine->script->waits, 1);
		assert_int_equal(engine->script->now_us, now_us);
		engine->script->on_wait = turn;
		engine_expect_lost(engine, sent);
		engine_expect_lost(engine, accepted);
		engine_expect_lost(engine, not_arrived);
		/* These had their answers. */
		engine_expect_answer(engine, early, 3);
		engine_expect_answer(engine, done, 4);
		engine_expect_no_slot_in_use(engine);
		script_expect_anomalies(engine->script, VSCMI_ANOMALIES);
		engine_restart(engine);
		engine_expect_nothing_held(engine);
	}
}

/* The same, each for itself. */
static void a_command_that_is_lost_with_its_link_ends_however_far_it_is(void **state)
{
	enum { NOT_ARRIVED, SENT, CANCELLED, EARLY, ACCEPTED, DONE, STAGES };
	struct engine *engine = *state;

	for (uint32_t i = 0; i < RESETS * STAGES; i++) {
		uint32_t stage = i / RESETS;
		bool is_async = stage == EARLY || stage == ACCEPTED;
		struct flight flight = { 0 };

		if (stage == NOT_ARRIVED)
			flight.slot = script_submit(engine->script, VSCMI_SYNC);
		else
			flight = engine_send(engine, is_async ? VSCMI_ASYNC : VSCMI_SYNC);
		if (stage == CANCELLED)
			vscmi_release(engine->agent, flight.slot);
		if (stage == EARLY)
			engine_delayed(engine, flight.command, VSCMI_SUCCESS,
				       SCRIPT_WORDS(i));
		if (stage == ACCEPTED)
			engine_reply(engine, flight.command, VSCMI_SUCCESS,
				     SCRIPT_NOTHING);
		if (stage == DONE)
			engine_reply(engine, flight.command, VSCMI_SUCCESS,
				     SCRIPT_WORDS(i));
		resets[i % RESETS](engine);
		if (stage == EARLY || stage == DONE)
			engine_expect_answer(engine, flight, i);
		else if (stage != CANCELLED)
			engine_expect_lost(engine, flight);
		engine_expect_no_slot_in_use(engine);
		engine_restart(engine);
	}
	engine_expect_nothing_held(engine);
}

static void who_comes_while_the_link_is_down_is_told_so(void **state)
{
	struct engine *engine = *state;
	uint8_t message[VSCMI_HEADER_BYTES];
	const struct vscmi_request request = { .message = message,
					       .count = sizeof(message) };

	for (size_t i = 0; i < RESETS; i++) {
		uint32_t commands = engine->service->command_count;
		struct vscmi_slot *slot;

		resets[i](engine);
		assert_false(vscmi_agent_is_up(engine->agent));
		assert_int_equal(vscmi_submit(engine->agent, &request, &slot),
				 VSCMI_E_NOT_READY);
		engine_restart(engine);
		engine_turn(engine);
		assert_int_equal(engine->service->command_count, commands);
		engine_expect_nothing_held(engine);
	}
}

/* A reply was sent, and a delayed response, and nobody has looked yet. */
static void what_was_on_its_way_comes_in_time_or_never(void **state)
{
	struct engine *engine = *state;

	for (size_t i = 0; i < RESETS; i++) {
		struct flight flights[2];
		uint8_t reply[8] = { 0 }, event[8] = { 0 };

		flights[0] = engine_send(engine, VSCMI_ASYNC);
		engine_reply(engine, flights[0].command, VSCMI_SUCCESS, SCRIPT_NOTHING);
		flights[1] = engine_send(engine, VSCMI_SYNC);
		vscmi_le32_put(event, engine_header(flights[0].command) |
					      VSCMI_DELAYED_RESPONSE << 8);
		vscmi_le32_put(reply, engine_header(flights[1].command));
		service_reply(engine->service, flights[1].command, reply, sizeof(reply));
		service_event(engine->service, event, sizeof(event));
		resets[i](engine);
		for (uint32_t k = 0; k < 2; k++)
			if (script_ended(engine->script, flights[k].slot).error)
				engine_expect_lost(engine, flights[k]);
			else
				vscmi_release(engine->agent, flights[k].slot);
		engine_expect_no_slot_in_use(engine);
		engine_restart(engine);
		script_expect_anomalies(engine->script, VSCMI_ANOMALIES);
		engine_expect_nothing_held(engine);
	}
}

static void every_start_works_after_many_resets_with_all_in_flight(void **state)
{
	struct engine *engine = *state;

	for (uint32_t i = 0; i < 20; i++) {
		uint32_t count = link_unanswered_max(engine->link);
		struct flight flights[VSCMI_TOKENS];

		for (uint32_t k = 0; k < count; k++)
			flights[k] =
				engine_send(engine, k % 2 ? VSCMI_ASYNC : VSCMI_SYNC);
		script_expect_busy(engine->script);
		resets[i % RESETS](engine);
		for (uint32_t k = 0; k < count; k++)
			engine_expect_lost(engine, flights[k]);
		engine_expect_no_slot_in_use(engine);
		engine_restart(engine);
	}
	assert_int_equal(engine->script->waits, 0);
	assert_int_equal(engine->service->connects, 21);
	engine_expect_nothing_held(engine);
}

#define EVERY(test) OVER_EVERY_LINK(ENGINE_OVER, test)
#define MANY(test)  OVER_LINKS_WITH_MANY_AT_ONCE(ENGINE_OVER, test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MANY(everyone_wakes_at_once_when_the_link_is_lost),
		EVERY(a_command_that_is_lost_with_its_link_ends_however_far_it_is),
		EVERY(who_comes_while_the_link_is_down_is_told_so),
		EVERY(what_was_on_its_way_comes_in_time_or_never),
		EVERY(every_start_works_after_many_resets_with_all_in_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
