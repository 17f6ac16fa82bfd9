/* SPDX-License-Identifier: BSD-3-Clause */
/* Delayed responses: before their replies, together with them, twice, and uncalled for. */
#include "engine.h"

#include "message/cursor.h"

static void a_delayed_response_ends_an_accepted_command(void **state)
{
	struct engine *engine = *state;
	struct flight flight = engine_send(engine, VSCMI_ASYNC);

	engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	assert_false(vscmi_done(engine->agent, flight.slot));
	engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(9));
	engine_expect_answer(engine, flight, 9);
	engine_expect_nothing_held(engine);
	script_expect_anomalies(engine->script, VSCMI_ANOMALIES);
}

static void a_delayed_response_before_its_reply_is_the_answer(void **state)
{
	static const int32_t overtaken[] = { VSCMI_SUCCESS, VSCMI_DENIED };
	struct engine *engine = *state;

	for (uint32_t i = 0; i < 2; i++) {
		struct flight flight = engine_send(engine, VSCMI_ASYNC);
		uint32_t header = engine_header(flight.command);

		engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(10));
		/* Whoever waits does not wait for the reply. */
		script_expect_answer(engine->script, flight.slot, 10);
		engine_reply(engine, flight.command, overtaken[i], SCRIPT_NOTHING);
		assert_int_equal(engine->script->last_anomaly, VSCMI_ANOMALY_OVERTAKEN);
		assert_int_equal(vscmi_header_pack(engine->script->last_header), header);
		engine_expect_answer(engine, flight, 10);
	}
	engine_expect_nothing_held(engine);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_OVERTAKEN, 2,
				VSCMI_ANOMALIES);
}

static void a_refusal_may_come_before_its_reply_too(void **state)
{
	struct engine *engine = *state;
	struct flight flight = engine_send(engine, VSCMI_ASYNC);
	struct vscmi_result result;

	engine_delayed(engine, flight.command, VSCMI_HARDWARE_ERROR, SCRIPT_NOTHING);
	engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	result = engine_end(engine, flight);
	assert_int_equal(result.error, VSCMI_E_REFUSED);
	assert_int_equal(result.status, VSCMI_HARDWARE_ERROR);
	engine_expect_nothing_held(engine);
}

/* The reply that was overtaken has the buffer; without it the slot is not free. */
static void an_overtaken_reply_keeps_its_buffer_and_its_token(void **state)
{
	struct engine *engine = *state;
	uint32_t count;
	struct flight flight;

	engine_resize(engine, 2, ENGINE_EVENT_BUFFERS);
	count = link_unanswered_max(engine->link);
	flight = engine_send(engine, VSCMI_ASYNC);
	engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(10));
	engine_expect_answer(engine, flight, 10);
	for (uint32_t i = 1; i < count; i++)
		vscmi_release(engine->agent, engine_send(engine, VSCMI_SYNC).slot);
	script_expect_busy(engine->script);
	engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_OVERTAKEN, 1,
				VSCMI_ANOMALIES);
	vscmi_release(engine->agent, engine_send(engine, VSCMI_SYNC).slot);
}

/* Both are on their way when the agent looks, sent in either order. */
static void a_reply_and_its_delayed_response_at_once_are_one_outcome(void **state)
{
	struct engine *engine = *state;

	for (uint32_t delayed_first = 0; delayed_first < 2; delayed_first++) {
		struct flight flight = engine_send(engine, VSCMI_ASYNC);
		uint32_t header = engine_header(flight.command);
		uint8_t reply[8] = { 0 }, delayed[12] = { [8] = 77 };

		vscmi_le32_put(reply, header);
		vscmi_le32_put(delayed, header | VSCMI_DELAYED_RESPONSE << 8);
		if (delayed_first)
			service_event(engine->service, delayed, sizeof(delayed));
		service_reply(engine->service, flight.command, reply, sizeof(reply));
		if (!delayed_first)
			service_event(engine->service, delayed, sizeof(delayed));
		engine_turn(engine);
		engine_expect_answer(engine, flight, 77);
	}
	/* A link with queues cannot tell which was first, and one without them can. */
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_OVERTAKEN,
				engine->kind->event_buffers_max ? 0 : 1, VSCMI_ANOMALIES);
	engine_expect_nothing_held(engine);
}

static void a_second_delayed_response_is_dropped(void **state)
{
	struct engine *engine = *state;
	struct flight flight = engine_send(engine, VSCMI_ASYNC);

	engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(1));
	engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(2));
	assert_int_equal(engine->script->last_anomaly, VSCMI_ANOMALY_SECOND_DELAYED);
	assert_int_equal(vscmi_header_pack(engine->script->last_header),
			 engine_header(flight.command) | VSCMI_DELAYED_RESPONSE << 8);
	engine_expect_answer(engine, flight, 1);
	/* And when nobody has the token any more. */
	engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(3));
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_SECOND_DELAYED, 1,
				VSCMI_ANOMALY_TOKEN, 1, VSCMI_ANOMALIES);
	engine_expect_nothing_held(engine);
}

static void a_second_delayed_response_before_the_reply_is_dropped(void **state)
{
	struct engine *engine = *state;
	struct flight flight = engine_send(engine, VSCMI_ASYNC);

	engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(1));
	engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(2));
	engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	engine_expect_answer(engine, flight, 1);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_SECOND_DELAYED, 1,
				VSCMI_ANOMALY_OVERTAKEN, 1, VSCMI_ANOMALIES);
	engine_expect_nothing_held(engine);
}

static void a_delayed_response_to_a_synchronous_command_is_dropped(void **state)
{
	struct engine *engine = *state;
	struct flight flight = engine_send(engine, VSCMI_SYNC);

	engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(1));
	assert_false(vscmi_done(engine->agent, flight.slot));
	assert_int_equal(engine->script->last_anomaly, VSCMI_ANOMALY_UNEXPECTED_DELAYED);
	assert_int_equal(vscmi_header_pack(engine->script->last_header),
			 engine_header(flight.command) | VSCMI_DELAYED_RESPONSE << 8);
	engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(2));
	engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(3));
	engine_expect_answer(engine, flight, 2);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_UNEXPECTED_DELAYED, 2,
				VSCMI_ANOMALIES);
	engine_expect_nothing_held(engine);
}

static void a_delayed_response_to_a_refused_command_is_dropped(void **state)
{
	struct engine *engine = *state;
	struct flight flight = engine_send(engine, VSCMI_ASYNC);

	engine_reply(engine, flight.command, VSCMI_DENIED, SCRIPT_NOTHING);
	engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(1));
	assert_int_equal(engine_end(engine, flight).status, VSCMI_DENIED);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_UNEXPECTED_DELAYED, 1,
				VSCMI_ANOMALIES);
	engine_expect_nothing_held(engine);
}

#define EVERY(test) OVER_EVERY_LINK(ENGINE_OVER, test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EVERY(a_delayed_response_ends_an_accepted_command),
		EVERY(a_delayed_response_before_its_reply_is_the_answer),
		EVERY(a_refusal_may_come_before_its_reply_too),
		EVERY(an_overtaken_reply_keeps_its_buffer_and_its_token),
		EVERY(a_reply_and_its_delayed_response_at_once_are_one_outcome),
		EVERY(a_second_delayed_response_is_dropped),
		EVERY(a_second_delayed_response_before_the_reply_is_dropped),
		EVERY(a_delayed_response_to_a_synchronous_command_is_dropped),
		EVERY(a_delayed_response_to_a_refused_command_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
