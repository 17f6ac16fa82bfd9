/* SPDX-License-Identifier: BSD-3-Clause */
/* Tokens, and how many commands and events a link lets be on their way. */
#include "engine.h"

#include <string.h>

/* Send, answer and let go. */
static uint32_t use_token(struct engine *engine)
{
	struct flight flight = engine_send(engine, VSCMI_SYNC);

	engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(1));
	engine_expect_answer(engine, flight, 1);
	return engine_token(flight.command);
}

static void a_released_token_is_the_last_to_be_used_again(void **state)
{
	struct engine *engine = *state;

	for (uint32_t i = 0; i < VSCMI_TOKENS + 10; i++)
		assert_int_equal(use_token(engine), i % VSCMI_TOKENS);
}

static void tokens_in_flight_are_skipped_and_the_counter_follows(void **state)
{
	struct engine *engine = *state;
	struct flight flights[8];

	for (uint32_t i = 0; i < 8; i++)
		flights[i] = engine_hold(engine);
	for (uint32_t i = 0; i < 8; i++)
		if (i != 1 && i != 2 && i != 5)
			engine_answer_held(engine, flights[i], 2);
	for (uint32_t i = 8; i < VSCMI_TOKENS; i++)
		assert_int_equal(use_token(engine), i);
	assert_int_equal(use_token(engine), 0);
	assert_int_equal(use_token(engine), 3); /* over a hole of two */
	engine_answer_held(engine, flights[1], 2);
	engine_answer_held(engine, flights[2], 2);
	assert_int_equal(use_token(engine), 4); /* not back to what it skipped */
	assert_int_equal(use_token(engine), 6);
	engine_answer_held(engine, flights[5], 2);
	assert_int_equal(use_token(engine), 7);
	engine_expect_nothing_held(engine);
	script_expect_anomalies(engine->script, VSCMI_ANOMALIES);
}

static void all_are_in_flight_then_no_free_slot_then_recovery(void **state)
{
	struct engine *engine = *state;
	uint32_t count = engine->kind->in_flight_max;
	struct flight flights[VSCMI_TOKENS];
	bool seen[VSCMI_TOKENS] = { false };

	engine_resize(engine, count, ENGINE_EVENT_BUFFERS);
	assert_int_equal(engine->link->link->max_messages, count);
	for (uint32_t i = 0; i < count; i++) {
		flights[i] = engine_hold(engine);
		assert_false(seen[engine_token(flights[i].command)]);
		seen[engine_token(flights[i].command)] = true;
	}
	script_expect_busy(engine->script);
	assert_non_null(strstr(vscmi_error_text(VSCMI_E_BUSY), "no free slot"));
	/* In an order that has nothing to do with that of the commands. */
	for (uint32_t i = 0; i < count; i++) {
		uint32_t k = (i * 387 + 11) % count;

		engine_answer_held(engine, flights[k], k);
	}
	engine_expect_nothing_held(engine);
	script_expect_anomalies(engine->script, VSCMI_ANOMALIES);
}

static void when_only_low_tokens_are_free_they_are_found(void **state)
{
	struct engine *engine = *state;
	struct flight flights[VSCMI_TOKENS];

	engine_resize(engine, VSCMI_TOKENS, ENGINE_EVENT_BUFFERS);
	for (uint32_t i = 0; i < VSCMI_TOKENS; i++)
		flights[i] = engine_hold(engine);
	for (uint32_t i = 7; i >= 3; i -= 2)
		engine_answer_held(engine, flights[i], 2);
	for (uint32_t i = 3; i <= 7; i += 2) {
		flights[i] = engine_hold(engine);
		assert_int_equal(engine_token(flights[i].command), i);
	}
	script_expect_busy(engine->script);
	/* The only free one is the one behind the counter: all the way round. */
	engine_answer_held(engine, flights[6], 2);
	flights[6] = engine_hold(engine);
	assert_int_equal(engine_token(flights[6].command), 6);
	for (uint32_t i = 0; i < VSCMI_TOKENS; i++)
		engine_answer_held(engine, flights[i], 2);
	script_expect_anomalies(engine->script, VSCMI_ANOMALIES);
}

static void tokens_are_those_of_a_model_in_heavy_use_out_of_order(void **state)
{
	struct engine *engine = *state;
	uint32_t count = engine->kind->in_flight_max, counter = 0, random = 1;
	struct flight flights[VSCMI_TOKENS];
	bool used[VSCMI_TOKENS] = { false };

	engine_resize(engine, count, ENGINE_EVENT_BUFFERS);
	for (uint32_t i = 0; i < count + 2000; i++) {
		uint32_t k = i;

		if (i >= count) {
			random = random * 1664525 + 1013904223;
			k = (random >> 16) % count;
			used[engine_token(flights[k].command)] = false;
			engine_answer_held(engine, flights[k], k);
		}
		while (used[counter % VSCMI_TOKENS])
			counter++;
		flights[k] = engine_hold(engine);
		assert_int_equal(engine_token(flights[k].command),
				 counter % VSCMI_TOKENS);
		used[counter++ % VSCMI_TOKENS] = true;
	}
	for (uint32_t i = 0; i < count; i++)
		engine_answer_held(engine, flights[i], 2);
	script_expect_anomalies(engine->script, VSCMI_ANOMALIES);
}

/*
 * ---- Limits ----
 */

static void a_link_that_announces_no_or_too_many_messages_is_refused(void **state)
{
	static const uint32_t impossible[] = { 0, VSCMI_TOKENS + 1, UINT32_MAX };
	struct engine *engine = *state;
	struct vscmi_agent_config config = engine->agent->config;
	struct vscmi_link *link = engine->link->link;
	struct vscmi_agent other;

	engine->kind->stop(engine->link);
	for (size_t i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++) {
		link->max_messages = impossible[i];
		assert_int_equal(vscmi_agent_init(&other, &config), VSCMI_E_INVALID);
		assert_int_equal(vscmi_agent_link_up(engine->agent), VSCMI_E_INVALID);
		assert_false(vscmi_agent_is_up(engine->agent));
	}
	engine_restart(engine);
	engine_expect_nothing_held(engine);
}

/* So many are in flight and then no more. */
static void expect_in_flight_at_most(struct engine *engine, uint32_t count)
{
	struct flight flights[VSCMI_TOKENS];

	for (uint32_t i = 0; i < count; i++)
		flights[i] = engine_hold(engine);
	script_expect_busy(engine->script);
	for (uint32_t i = 0; i < count; i++)
		vscmi_release(engine->agent, flights[i].slot);
}

/* Events that the service gets rid of before the agent looks. */
static uint32_t events_until_full(struct engine *engine)
{
	uint32_t taken = engine->service->events_taken;

	engine->kind->serve(engine->link);
	for (uint32_t i = 0; i < 2 * LINK_EVENT_BUFFERS_MAX; i++)
		service_event(engine->service, "event", 5);
	return engine->service->events_taken - taken;
}

static void limits_follow_the_link_at_each_start_for_commands_and_for_events(void **state)
{
	static const struct {
		uint32_t in_flight, event_buffers;
	} cases[] = { { 8, 8 }, { 2, 8 }, { 2, 64 }, { 1024, 1 }, { 32, 4 } };
	struct engine *engine = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		engine_resize(engine, cases[i].in_flight, cases[i].event_buffers);
		expect_in_flight_at_most(engine, cases[i].in_flight);
		assert_int_equal(
			events_until_full(engine),
			engine_events_at_once(engine, 2 * LINK_EVENT_BUFFERS_MAX));
	}
}

#define ANY_ORDER(test)  OVER_LINKS_IN_ANY_ORDER(ENGINE_OVER, test)
#define EVERY(test)      OVER_EVERY_LINK(ENGINE_OVER, test)
#define ALL_TOKENS(test) OVER_LINKS_FOR_ALL_TOKENS(ENGINE_OVER, test)
#define RESIZE(test)     OVER_LINKS_THAT_RESIZE(ENGINE_OVER, test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EVERY(a_released_token_is_the_last_to_be_used_again),
		ANY_ORDER(tokens_in_flight_are_skipped_and_the_counter_follows),
		ANY_ORDER(all_are_in_flight_then_no_free_slot_then_recovery),
		ANY_ORDER(tokens_are_those_of_a_model_in_heavy_use_out_of_order),
		ALL_TOKENS(when_only_low_tokens_are_free_they_are_found),
		EVERY(a_link_that_announces_no_or_too_many_messages_is_refused),
		RESIZE(limits_follow_the_link_at_each_start_for_commands_and_for_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
