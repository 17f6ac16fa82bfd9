/* SPDX-License-Identifier: BSD-3-Clause */
/* Replies, in any order, on both channels, and those that are not what they should be. */
#include "engine.h"

#include "message/cursor.h"

static void a_command_says_its_type_and_what_was_asked_for(void **state)
{
	struct engine *engine = *state;
	uint8_t message[12] = { [4] = 1, 2, 3, 4, 5, 6, 7, 8 };
	const struct vscmi_request request = {
		.protocol = 0xab,
		.message_id = 0xcd,
		.kind = VSCMI_ASYNC,
		.message = message,
		.count = sizeof(message),
		.reply_room = 20,
	};
	struct vscmi_slot *slot;

	assert_int_equal(vscmi_submit(engine->agent, &request, &slot), VSCMI_OK);
	engine->kind->serve(engine->link);
	assert_int_equal(service_last(engine->service)->count, 12);
	engine_expect_room(engine, service_last(engine->service), 20);
	assert_memory_equal(service_last(engine->service)->bytes,
			    ((uint8_t[]){ 0xcd, 0xac, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8 }),
			    12);
	vscmi_release(engine->agent, slot);
}

/*
 * ---- Many at once ----
 */

/* A command on its way through what its kind has to go through. */
struct step {
	struct flight flight;
	enum vscmi_command_kind kind;
	uint32_t steps_left;
};

static void take_step(struct engine *engine, struct step *step, uint32_t word)
{
	uint32_t header = engine_header(step->flight.command);
	uint8_t bytes[12];

	vscmi_le32_put(bytes, header);
	vscmi_le32_put(bytes + 4, VSCMI_SUCCESS);
	vscmi_le32_put(bytes + 8, word);
	step->steps_left--;
	if (step->kind == VSCMI_SYNC) {
		service_reply(engine->service, step->flight.command, bytes, 12);
	} else if (step->steps_left == 1) {
		service_reply(engine->service, step->flight.command, bytes, 8);
	} else {
		vscmi_le32_put(bytes, header | VSCMI_DELAYED_RESPONSE << 8);
		service_event(engine->service, bytes, 12);
	}
}

static void commands_of_both_kinds_get_their_own_answers_in_any_order(void **state)
{
	enum { COMMANDS = 64 };
	struct engine *engine = *state;
	struct step steps[COMMANDS];
	uint32_t left = 0, random = 7;

	engine_resize(engine, COMMANDS, ENGINE_EVENT_BUFFERS);
	for (uint32_t i = 0; i < COMMANDS; i++) {
		enum vscmi_command_kind kind = i % 3 ? VSCMI_ASYNC : VSCMI_SYNC;

		steps[i] = (struct step){ engine_send(engine, kind), kind,
					  kind == VSCMI_SYNC ? 1 : 2 };
		left += steps[i].steps_left;
	}
	/* Now and then they arrive, those of both channels together. */
	while (left > 0) {
		uint32_t k;

		random = random * 1664525 + 1013904223;
		k = (random >> 16) % COMMANDS;
		if (steps[k].steps_left > 0) {
			take_step(engine, &steps[k], 1000 + k);
			left--;
		}
		if (random >> 30 == 0)
			engine_turn(engine);
	}
	for (uint32_t i = 0; i < COMMANDS; i++) {
		assert_int_equal(vscmi_wait(engine->agent, steps[i].flight.slot).error,
				 VSCMI_OK);
		engine_expect_answer(engine, steps[i].flight, 1000 + i);
	}
	engine_expect_nothing_held(engine);
	script_expect_anomalies(engine->script, VSCMI_ANOMALIES);
}

static void a_refusal_is_the_platforms_own(void **state)
{
	static const int32_t statuses[] = { VSCMI_NOT_SUPPORTED, VSCMI_IN_USE, -4242, 5 };
	struct engine *engine = *state;

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		for (enum vscmi_command_kind kind = VSCMI_SYNC; kind <= VSCMI_ASYNC;
		     kind++) {
			struct flight flight = engine_send(engine, kind);
			struct vscmi_result result;

			engine_reply(engine, flight.command, statuses[i], SCRIPT_NOTHING);
			result = engine_end(engine, flight);
			assert_int_equal(result.error, VSCMI_E_REFUSED);
			assert_int_equal(result.status, statuses[i]);
		}
	assert_int_equal(engine->script->waits, 0);
	engine_expect_nothing_held(engine);
}

/*
 * ---- Replies that are not ----
 */

struct forgery {
	uint32_t flip; /* of the true header */
	enum vscmi_anomaly anomaly;
};

static const struct forgery forged_replies[] = {
	{ 1u << 0, VSCMI_ANOMALY_MESSAGE },  /* message id */
	{ 1u << 7, VSCMI_ANOMALY_MESSAGE },  /* the same */
	{ 1u << 8, VSCMI_ANOMALY_TYPE },     /* type 1 */
	{ 2u << 8, VSCMI_ANOMALY_TYPE },     /* delayed response */
	{ 3u << 8, VSCMI_ANOMALY_TYPE },     /* notification */
	{ 1u << 10, VSCMI_ANOMALY_MESSAGE }, /* protocol */
	{ 1u << 17, VSCMI_ANOMALY_MESSAGE }, /* the same */
	{ 1u << 27, VSCMI_ANOMALY_TOKEN },
	{ 1u << 28, VSCMI_ANOMALY_MESSAGE }, /* reserved */
};

static const struct forgery forged_events[] = {
	{ 0, VSCMI_ANOMALY_TYPE },       /* a reply */
	{ 1u << 8, VSCMI_ANOMALY_TYPE }, /* type 1 */
	{ 2u << 8 | 1u << 0, VSCMI_ANOMALY_MESSAGE },
	{ 2u << 8 | 1u << 10, VSCMI_ANOMALY_MESSAGE },
	{ 2u << 8 | 1u << 27, VSCMI_ANOMALY_TOKEN },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* It was dropped, counted, and the user was told which message it was. */
static void expect_forgery(struct engine *engine, struct flight flight,
			   const struct forgery *forgery, uint32_t count)
{
	uint32_t header = engine_header(flight.command) ^ forgery->flip;

	assert_false(vscmi_done(engine->agent, flight.slot));
	assert_int_equal(vscmi_agent_anomalies(engine->agent, forgery->anomaly), count);
	assert_int_equal(engine->script->last_anomaly, forgery->anomaly);
	assert_int_equal(vscmi_header_pack(engine->script->last_header),
			 header & 0xfffffff);
}

static void a_forged_reply_is_dropped_and_the_true_one_accepted(void **state)
{
	struct engine *engine = *state;

	for (size_t i = 0; i < COUNT(forged_replies); i++) {
		const struct forgery *forgery = &forged_replies[i];
		struct flight flight = engine_send(engine, VSCMI_SYNC);
		uint32_t header = engine_header(flight.command);
		uint32_t before = vscmi_agent_anomalies(engine->agent, forgery->anomaly);

		/* In its own buffer; the true one is in another command's. */
		engine_say_in(engine, flight.command,
			      SCRIPT_WORDS(header ^ forgery->flip, 0, 666));
		expect_forgery(engine, flight, forgery, before + 1);
		engine_stray(engine, SCRIPT_WORDS(header, 0, 42));
		engine_expect_answer(engine, flight, 42);
	}
	engine_expect_nothing_held(engine);
}

static void a_forged_reply_before_the_true_one_is_dropped_too(void **state)
{
	struct engine *engine = *state;

	for (size_t i = 0; i < COUNT(forged_replies); i++) {
		const struct forgery *forgery = &forged_replies[i];
		struct flight flight = engine_send(engine, VSCMI_SYNC);
		uint32_t header = engine_header(flight.command);
		uint32_t before = vscmi_agent_anomalies(engine->agent, forgery->anomaly);

		/* In another command's buffer, with its own still out. */
		engine_stray(engine, SCRIPT_WORDS(header ^ forgery->flip, 0, 666));
		expect_forgery(engine, flight, forgery, before + 1);
		engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(42));
		engine_expect_answer(engine, flight, 42);
	}
	engine_expect_nothing_held(engine);
}

static void what_does_not_belong_on_the_event_channel_answers_nothing(void **state)
{
	struct engine *engine = *state;

	for (size_t i = 0; i < COUNT(forged_events); i++)
		for (enum vscmi_command_kind kind = VSCMI_SYNC; kind <= VSCMI_ASYNC;
		     kind++) {
			const struct forgery *forgery = &forged_events[i];
			struct flight flight = engine_send(engine, kind);
			uint32_t header = engine_header(flight.command);
			uint32_t before =
				vscmi_agent_anomalies(engine->agent, forgery->anomaly);

			engine_event(engine,
				     SCRIPT_WORDS(header ^ forgery->flip, 0, 666));
			expect_forgery(engine, flight, forgery, before + 1);
			if (kind == VSCMI_SYNC) {
				engine_reply(engine, flight.command, VSCMI_SUCCESS,
					     SCRIPT_WORDS(42));
			} else {
				engine_reply(engine, flight.command, VSCMI_SUCCESS,
					     SCRIPT_NOTHING);
				engine_delayed(engine, flight.command, VSCMI_SUCCESS,
					       SCRIPT_WORDS(42));
			}
			engine_expect_answer(engine, flight, 42);
		}
	engine_expect_nothing_held(engine);
}

static void a_second_reply_is_dropped_before_and_after_its_caller_lets_go(void **state)
{
	struct engine *engine = *state;
	struct flight flight = engine_send(engine, VSCMI_SYNC);
	uint32_t header = engine_header(flight.command);

	engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(1));
	engine_stray(engine, SCRIPT_WORDS(header, 0, 2));
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_SECOND_REPLY, 1,
				VSCMI_ANOMALIES);
	assert_int_equal(vscmi_header_pack(engine->script->last_header), header);
	engine_expect_answer(engine, flight, 1);
	engine_stray(engine, SCRIPT_WORDS(header, 0, 3));
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_SECOND_REPLY, 1,
				VSCMI_ANOMALY_TOKEN, 1, VSCMI_ANOMALIES);
	engine_expect_nothing_held(engine);
}

static void a_second_reply_to_an_accepted_command_is_dropped(void **state)
{
	struct engine *engine = *state;
	struct flight flight = engine_send(engine, VSCMI_ASYNC);
	uint32_t header = engine_header(flight.command);

	engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	engine_stray(engine, SCRIPT_WORDS(header, VSCMI_SUCCESS));
	engine_stray(engine, SCRIPT_WORDS(header, (uint32_t)VSCMI_DENIED));
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_SECOND_REPLY, 2,
				VSCMI_ANOMALIES);
	assert_false(vscmi_done(engine->agent, flight.slot));
	engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(1));
	engine_expect_answer(engine, flight, 1);
	engine_expect_nothing_held(engine);
}

#define EVERY(test)   OVER_EVERY_LINK(ENGINE_OVER, test)
#define CARRIED(test) OVER_LINKS_THAT_ONLY_CARRY(ENGINE_OVER, test)
#define MANY(test)    OVER_LINKS_WITH_MANY_AT_ONCE(ENGINE_OVER, test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EVERY(a_command_says_its_type_and_what_was_asked_for),
		MANY(commands_of_both_kinds_get_their_own_answers_in_any_order),
		EVERY(a_refusal_is_the_platforms_own),
		CARRIED(a_forged_reply_is_dropped_and_the_true_one_accepted),
		OVER_LINKS_THAT_CARRY_MANY(
			ENGINE_OVER, a_forged_reply_before_the_true_one_is_dropped_too),
		CARRIED(what_does_not_belong_on_the_event_channel_answers_nothing),
		CARRIED(a_second_reply_is_dropped_before_and_after_its_caller_lets_go),
		CARRIED(a_second_reply_to_an_accepted_command_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
