/* SPDX-License-Identifier: BSD-3-Clause */
/* Timeouts, by a virtual clock, and what comes after them. */
#include "engine.h"

/* A command that nobody answers: how long it was waited for. */
static uint64_t time_until_given_up(struct engine *engine, uint64_t timeout_us,
				    struct flight *ret_flight)
{
	uint8_t message[VSCMI_HEADER_BYTES];
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.message = message,
		.count = sizeof(message),
		.reply_timeout_us = timeout_us,
	};
	uint64_t start_us = engine->script->now_us;

	assert_int_equal(vscmi_submit(engine->agent, &request, &ret_flight->slot),
			 VSCMI_OK);
	assert_int_equal(vscmi_wait(engine->agent, ret_flight->slot).error,
			 VSCMI_E_TIMEOUT);
	ret_flight->command = service_last(engine->service);
	return engine->script->now_us - start_us;
}

static void a_command_has_its_own_time_or_the_agents_or_the_links(void **state)
{
	static const struct {
		uint64_t agent_us, command_us, expected_us; /* 0: the link's */
	} cases[] = {
		{ 0, 0, 0 },
		{ 500, 0, 500 },
		{ 500, 7, 7 },
		{ 0, 1000000, 1000000 },
	};
	struct engine *engine = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t expected_us = cases[i].expected_us;
		struct flight flight;

		engine->agent->config.reply_timeout_us = cases[i].agent_us;
		assert_int_equal(
			time_until_given_up(engine, cases[i].command_us, &flight),
			expected_us ? expected_us : engine->kind->timeout_us);
		vscmi_release(engine->agent, flight.slot);
		engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	}
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_LATE_REPLY, 4,
				VSCMI_ANOMALIES);
	engine_expect_nothing_held(engine);
}

static void a_delayed_response_has_time_of_its_own(void **state)
{
	struct engine *engine = *state;
	struct flight flight = engine_send(engine, VSCMI_ASYNC);
	uint64_t start_us = engine->script->now_us;

	engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	assert_int_equal(vscmi_wait(engine->agent, flight.slot).error, VSCMI_E_TIMEOUT);
	assert_int_equal(engine->script->now_us - start_us, SCRIPT_DELAYED_US);
	vscmi_release(engine->agent, flight.slot);
	/* Its buffer came back with the reply, so nothing is kept for it. */
	engine_expect_nothing_held(engine);
	engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(1));
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_TOKEN, 1, VSCMI_ANOMALIES);
}

static void a_late_reply_finds_no_owner_before_or_after_he_lets_go(void **state)
{
	struct engine *engine = *state;

	for (uint32_t let_go = 0; let_go < 2; let_go++) {
		struct flight flight;

		time_until_given_up(engine, 7, &flight);
		if (let_go)
			vscmi_release(engine->agent, flight.slot);
		engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(1));
		assert_int_equal(
			vscmi_agent_anomalies(engine->agent, VSCMI_ANOMALY_LATE_REPLY),
			let_go + 1);
		assert_int_equal(vscmi_header_pack(engine->script->last_header),
				 engine_header(flight.command));
		if (!let_go)
			assert_int_equal(engine_end(engine, flight).error,
					 VSCMI_E_TIMEOUT);
	}
	engine_expect_nothing_held(engine);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_LATE_REPLY, 2,
				VSCMI_ANOMALIES);
}

static void a_late_delayed_response_finds_no_owner(void **state)
{
	struct engine *engine = *state;
	struct flight before = engine_send(engine, VSCMI_ASYNC), after;

	/* One before its reply, one after it. */
	assert_int_equal(engine_end(engine, before).error, VSCMI_E_TIMEOUT);
	engine_delayed(engine, before.command, VSCMI_SUCCESS, SCRIPT_WORDS(1));
	engine_reply(engine, before.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	after = engine_send(engine, VSCMI_ASYNC);
	engine_reply(engine, after.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	assert_int_equal(vscmi_wait(engine->agent, after.slot).error, VSCMI_E_TIMEOUT);
	engine_delayed(engine, after.command, VSCMI_SUCCESS, SCRIPT_WORDS(1));
	vscmi_release(engine->agent, after.slot);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_LATE_DELAYED, 2,
				VSCMI_ANOMALY_LATE_REPLY, 1, VSCMI_ANOMALIES);
	engine_expect_nothing_held(engine);
}

static void a_cancelled_command_drops_what_comes(void **state)
{
	struct engine *engine = *state;
	struct flight flight = engine_send(engine, VSCMI_ASYNC);

	vscmi_release(engine->agent, flight.slot);
	engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(1));
	engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_LATE_DELAYED, 1,
				VSCMI_ANOMALY_LATE_REPLY, 1, VSCMI_ANOMALIES);
	engine_expect_nothing_held(engine);
}

static void after_a_timeout_a_token_is_not_used_until_it_is_back(void **state)
{
	struct engine *engine = *state;
	struct flight lost, flight;
	uint32_t random = 3;

	time_until_given_up(engine, 0, &lost);
	vscmi_release(engine->agent, lost.slot);
	for (uint32_t i = 0; i < VSCMI_TOKENS + 5; i++) {
		random = random * 1664525 + 1013904223;
		engine->script->now_us += random >> 8;
		flight = engine_send(engine, VSCMI_SYNC);
		assert_int_not_equal(engine_token(flight.command),
				     engine_token(lost.command));
		engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(i));
		engine_expect_answer(engine, flight, i);
	}
	engine_reply(engine, lost.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_LATE_REPLY, 1,
				VSCMI_ANOMALIES);
	engine_expect_nothing_held(engine);
}

static void after_a_timeout_a_buffer_is_out_until_it_is_back(void **state)
{
	struct engine *engine = *state;
	struct flight lost;
	uint32_t count;

	engine_resize(engine, 2, ENGINE_EVENT_BUFFERS);
	count = link_unanswered_max(engine->link);
	time_until_given_up(engine, 0, &lost);
	vscmi_release(engine->agent, lost.slot);
	/* One less than the link holds. */
	for (uint32_t i = 1; i < count; i++)
		vscmi_release(engine->agent, engine_send(engine, VSCMI_SYNC).slot);
	script_expect_busy(engine->script);
	engine_reply(engine, lost.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	vscmi_release(engine->agent, engine_send(engine, VSCMI_SYNC).slot);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_LATE_REPLY, 1,
				VSCMI_ANOMALIES);
}

static void a_buffer_that_never_comes_back_is_back_after_a_reset(void **state)
{
	struct engine *engine = *state;
	struct flight lost;

	time_until_given_up(engine, 7, &lost);
	vscmi_release(engine->agent, lost.slot);
	service_lose(engine->service, lost.command);
	engine->kind->stop(engine->link);
	engine_expect_no_slot_in_use(engine);
	engine_restart(engine);
	engine_expect_nothing_held(engine);
}

#define EVERY(test)   OVER_EVERY_LINK(ENGINE_OVER, test)
#define CARRIED(test) OVER_LINKS_THAT_ONLY_CARRY(ENGINE_OVER, test)
#define MANY(test)    OVER_LINKS_WITH_MANY_AT_ONCE(ENGINE_OVER, test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EVERY(a_command_has_its_own_time_or_the_agents_or_the_links),
		CARRIED(a_delayed_response_has_time_of_its_own),
		EVERY(a_late_reply_finds_no_owner_before_or_after_he_lets_go),
		EVERY(a_late_delayed_response_finds_no_owner),
		EVERY(a_cancelled_command_drops_what_comes),
		MANY(after_a_timeout_a_token_is_not_used_until_it_is_back),
		EVERY(after_a_timeout_a_buffer_is_out_until_it_is_back),
		EVERY(a_buffer_that_never_comes_back_is_back_after_a_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
