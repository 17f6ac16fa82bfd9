/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands, from submit to release, with what belongs in between. */
#include "script.h"

#include <string.h>

#include "message/cursor.h"

static struct script *script;

static int one_slot(void **state)
{
	script = script_new(1, 0);
	return 0;
}

static int few_slots(void **state)
{
	script = script_new(4, 0);
	return 0;
}

static int all_slots(void **state)
{
	script = script_new(VSCMI_TOKENS, 0);
	return 0;
}

static int end(void **state)
{
	script_free(script);
	return 0;
}

static uint32_t token_of(const struct sent *sent)
{
	return vscmi_header_unpack(script_header(sent)).token;
}

/*
 * ---- Tokens and slots ----
 */

static void a_token_is_used_again_as_late_as_possible(void **state)
{
	for (uint32_t i = 0; i < VSCMI_TOKENS + 10; i++) {
		struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);

		assert_int_equal(token_of(script_last(script)), i % VSCMI_TOKENS);
		script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
		vscmi_release(&script->agent, command);
	}
}

static void tokens_in_flight_are_skipped(void **state)
{
	struct vscmi_slot *command;

	script_submit(script, VSCMI_SYNC);
	for (uint32_t i = 1; i < VSCMI_TOKENS; i++) {
		command = script_submit(script, VSCMI_SYNC);
		script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
		vscmi_release(&script->agent, command);
	}
	script_submit(script, VSCMI_SYNC);
	assert_int_equal(token_of(script_last(script)), 1);
}

static void all_1024_are_in_flight_then_busy_then_one_ends(void **state)
{
	struct vscmi_slot *commands[VSCMI_TOKENS];
	bool seen[VSCMI_TOKENS] = { false };

	for (uint32_t i = 0; i < VSCMI_TOKENS; i++) {
		commands[i] = script_submit(script, VSCMI_SYNC);
		assert_false(seen[token_of(script_last(script))]);
		seen[token_of(script_last(script))] = true;
	}
	script_expect_busy(script);
	/* In an order that has nothing to do with that of the commands. */
	for (uint32_t i = 0; i < VSCMI_TOKENS; i++) {
		uint32_t k = (i * 387 + 11) % VSCMI_TOKENS;

		script_reply(script, &script->sent[k], VSCMI_SUCCESS, SCRIPT_WORDS(k));
		script_expect_answer(script, commands[k], k);
		vscmi_release(&script->agent, commands[k]);
	}
	script_expect_all_slots_free(script);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void a_link_limits_what_is_in_flight(void **state)
{
	vscmi_agent_link_down(&script->agent);
	script->link.max_messages = 2;
	assert_int_equal(vscmi_agent_link_up(&script->agent), VSCMI_OK);
	script_submit(script, VSCMI_SYNC);
	script_submit(script, VSCMI_SYNC);
	script_expect_busy(script);
}

static void a_link_limits_how_long_messages_are(void **state)
{
	uint8_t message[64];
	struct vscmi_request request = { .message = message, .count = 61 };
	struct vscmi_slot *command;

	vscmi_agent_link_down(&script->agent);
	script->link.max_message_bytes = 60;
	assert_int_equal(vscmi_agent_link_up(&script->agent), VSCMI_OK);
	assert_int_equal(vscmi_submit(&script->agent, &request, &command),
			 VSCMI_E_TOO_BIG);
	request.count = 60;
	assert_int_equal(vscmi_submit(&script->agent, &request, &command), VSCMI_OK);
	assert_int_equal(script_last(script)->reply_room, 60);
}

static void a_link_with_impossible_limits_is_refused(void **state)
{
	static const struct {
		uint32_t max_messages, max_message_bytes;
		enum vscmi_error error;
	} cases[] = {
		{ 0, 64, VSCMI_E_INVALID },   { 1025, 64, VSCMI_E_INVALID },
		{ 1024, 7, VSCMI_E_INVALID }, { 1024, 8, VSCMI_OK },
		{ 1, UINT32_MAX, VSCMI_OK },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vscmi_agent_config config = script->agent.config;
		struct vscmi_agent agent;

		vscmi_agent_link_down(&script->agent);
		script->link.max_messages = cases[i].max_messages;
		script->link.max_message_bytes = cases[i].max_message_bytes;
		assert_int_equal(vscmi_agent_link_up(&script->agent), cases[i].error);
		assert_int_equal(vscmi_agent_init(&agent, &config), cases[i].error);
		script->link.agent = &script->agent;
	}
}

static void a_config_out_of_range_is_refused(void **state)
{
	const struct vscmi_agent_config good = script->agent.config;
	struct vscmi_agent_config config = good;
	struct vscmi_agent agent;

	config.slot_count = 0;
	assert_int_equal(vscmi_agent_init(&agent, &config), VSCMI_E_INVALID);
	config.slot_count = VSCMI_TOKENS + 1;
	assert_int_equal(vscmi_agent_init(&agent, &config), VSCMI_E_INVALID);
	config = good;
	config.message_bytes = VSCMI_AGENT_MESSAGE_BYTES - 1;
	assert_int_equal(vscmi_agent_init(&agent, &config), VSCMI_E_INVALID);
	assert_int_equal(vscmi_agent_init(&agent, &good), VSCMI_OK);
}

/*
 * ---- Requests ----
 */

static void a_request_that_cannot_be_is_refused(void **state)
{
	uint8_t message[SCRIPT_MESSAGE_BYTES + 1];
	struct vscmi_request request = { .message = message, .count = 3 };
	struct vscmi_slot *command;

	assert_int_equal(vscmi_submit(&script->agent, &request, &command),
			 VSCMI_E_INVALID);
	request.count = sizeof(message);
	assert_int_equal(vscmi_submit(&script->agent, &request, &command),
			 VSCMI_E_TOO_BIG);
	request.count = 4;
	request.reply_room = 7;
	assert_int_equal(vscmi_submit(&script->agent, &request, &command),
			 VSCMI_E_INVALID);
	assert_int_equal(script->sent_count, 0);
	script_expect_all_slots_free(script);
}

static void without_events_nothing_asynchronous_is_sent(void **state)
{
	uint8_t message[4];
	const struct vscmi_request request = {
		.kind = VSCMI_ASYNC,
		.message = message,
		.count = sizeof(message),
	};
	struct vscmi_slot *command;

	vscmi_agent_link_down(&script->agent);
	script->link.has_events = false;
	vscmi_agent_link_up(&script->agent);
	assert_int_equal(vscmi_submit(&script->agent, &request, &command),
			 VSCMI_E_UNSUPPORTED);
	assert_int_equal(script->sent_count, 0);
}

static void a_link_that_cannot_send_leaves_nothing_behind(void **state)
{
	uint8_t message[4];
	const struct vscmi_request request = { .message = message,
					       .count = sizeof(message) };
	struct vscmi_slot *command;

	script->send_error = VSCMI_E_BROKEN;
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(vscmi_submit(&script->agent, &request, &command),
				 VSCMI_E_BROKEN);
	script->send_error = VSCMI_OK;
	script_expect_all_slots_free(script);
}

/*
 * ---- Synchronous and asynchronous ----
 */

static void reply_at_once(struct script *s, const struct sent *sent)
{
	script_reply(s, sent, VSCMI_SUCCESS, SCRIPT_WORDS(7));
}

static void a_reply_may_come_inside_send(void **state)
{
	struct vscmi_slot *command;

	script->on_send = reply_at_once;
	command = script_submit(script, VSCMI_SYNC);
	script_expect_answer(script, command, 7);
	vscmi_release(&script->agent, command);
}

static void reply_to_last(struct script *s)
{
	script_reply(s, script_last(s), VSCMI_SUCCESS, SCRIPT_WORDS(8));
	s->on_wait = NULL;
	s->on_poll = NULL;
}

static void a_reply_wakes_who_waits(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);

	script->on_wait = reply_to_last;
	assert_int_equal(vscmi_wait(&script->agent, command).error, VSCMI_OK);
	assert_int_equal(script->waits, 1);
	assert_int_equal(script->now_us, 1000);
	script_expect_answer(script, command, 8);
}

static void a_command_completes_by_polling_alone(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);

	assert_false(vscmi_done(&script->agent, command));
	script->on_poll = reply_to_last;
	assert_true(vscmi_done(&script->agent, command));
	script_expect_answer(script, command, 8);
	assert_int_equal(script->waits, 0);
	vscmi_release(&script->agent, command);
	script_expect_all_slots_free(script);
}

static void a_refusal_keeps_the_platforms_status(void **state)
{
	static const int32_t statuses[] = {
		VSCMI_NOT_SUPPORTED, VSCMI_IN_USE, -77, -4242, 5, INT32_MIN
	};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		for (enum vscmi_command_kind kind = VSCMI_SYNC; kind <= VSCMI_ASYNC;
		     kind++) {
			struct vscmi_slot *command = script_submit(script, kind);
			struct vscmi_result result;

			script_reply(script, script_last(script), statuses[i],
				     SCRIPT_NOTHING);
			result = script_ended(script, command);
			assert_int_equal(result.error, VSCMI_E_REFUSED);
			assert_int_equal(result.status, statuses[i]);
			vscmi_release(&script->agent, command);
		}
	script_expect_all_slots_free(script);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void an_asynchronous_command_ends_with_its_delayed_response(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);

	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	assert_false(vscmi_done(&script->agent, command));
	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(9));
	script_expect_answer(script, command, 9);
	vscmi_release(&script->agent, command);
	script_expect_all_slots_free(script);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void a_delayed_response_can_refuse(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);
	struct vscmi_result result;

	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_delayed(script, script_last(script), VSCMI_HARDWARE_ERROR, SCRIPT_NOTHING);
	result = script_ended(script, command);
	assert_int_equal(result.error, VSCMI_E_REFUSED);
	assert_int_equal(result.status, VSCMI_HARDWARE_ERROR);
}

static void an_early_delayed_response_counts_as_both(void **state)
{
	static const int32_t overtaken[] = { VSCMI_SUCCESS, VSCMI_DENIED };

	for (size_t i = 0; i < 2; i++) {
		struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);

		script_delayed(script, script_last(script), VSCMI_SUCCESS,
			       SCRIPT_WORDS(10));
		script_expect_answer(script, command, 10);
		script_reply(script, script_last(script), overtaken[i], SCRIPT_NOTHING);
		script_expect_answer(script, command, 10);
		script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
		script_delayed(script, script_last(script), VSCMI_SUCCESS,
			       SCRIPT_WORDS(11));
		script_expect_answer(script, command, 10);
		vscmi_release(&script->agent, command);
	}
	script_expect_all_slots_free(script);
	script_expect_anomalies(script, VSCMI_ANOMALY_OVERTAKEN, 2,
				VSCMI_ANOMALY_SECOND_REPLY, 2,
				VSCMI_ANOMALY_SECOND_DELAYED, 2, VSCMI_ANOMALY_BUFFER, 2,
				VSCMI_ANOMALIES);
}

static void the_slot_of_an_overtaken_reply_waits_for_its_buffer(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);

	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(10));
	vscmi_release(&script->agent, command);
	script_expect_busy(script);
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_expect_all_slots_free(script);
	script_expect_anomalies(script, VSCMI_ANOMALY_OVERTAKEN, 1, VSCMI_ANOMALIES);
}

/* From inside the copying of one message, by way of the observer, another one arrives. */
static void (*inside)(void);

static void call_inside(void *context, const struct vscmi_trace *trace)
{
	void (*now)(void) = inside;

	if (trace->point != VSCMI_TRACE_RECEIVE || !now)
		return;
	inside = NULL;
	now();
}

static void overtaken_inside(void)
{
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
}

static void second_delayed_inside(void)
{
	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(99));
}

static void cancel_inside(void)
{
	vscmi_release(&script->agent, &script->slots[0]);
}

static void a_reply_interrupts_the_copying_of_its_delayed_response(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);

	script->agent.config.observer.trace = call_inside;
	inside = overtaken_inside;
	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(10));
	script_expect_answer(script, command, 10);
	vscmi_release(&script->agent, command);
	script_expect_all_slots_free(script);
	script_expect_anomalies(script, VSCMI_ANOMALY_OVERTAKEN, 1, VSCMI_ANOMALIES);
}

static void a_delayed_response_interrupts_the_copying_of_another(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);

	script->agent.config.observer.trace = call_inside;
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	inside = second_delayed_inside;
	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(10));
	script_expect_answer(script, command, 10);
	script_expect_anomalies(script, VSCMI_ANOMALY_SECOND_DELAYED, 1, VSCMI_ANOMALIES);
}

static void a_delayed_response_interrupts_the_copying_of_a_refusal(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);

	script->agent.config.observer.trace = call_inside;
	inside = second_delayed_inside;
	script_reply(script, script_last(script), VSCMI_DENIED, SCRIPT_NOTHING);
	assert_int_equal(script_ended(script, command).status, VSCMI_DENIED);
	script_expect_anomalies(script, VSCMI_ANOMALY_UNEXPECTED_DELAYED, 1,
				VSCMI_ANOMALIES);
}

static void an_owner_may_let_go_while_its_reply_is_copied(void **state)
{
	script_submit(script, VSCMI_SYNC);
	script->agent.config.observer.trace = call_inside;
	inside = cancel_inside;
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(1));
	script_expect_all_slots_free(script);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

/*
 * ---- Timeouts ----
 */

static void a_command_times_out_when_its_time_is_over(void **state)
{
	static const struct {
		uint64_t link_us, agent_us, command_us, expected_us;
	} cases[] = {
		{ 30000, 0, 0, 30000 },
		{ 30000, 500, 0, 500 },
		{ 30000, 500, 7, 7 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t message[4];
		const struct vscmi_request request = {
			.message = message,
			.count = sizeof(message),
			.reply_timeout_us = cases[i].command_us,
		};
		uint64_t start_us = script->now_us;
		struct vscmi_slot *command;

		script->link.timeout_us = cases[i].link_us;
		script->agent.config.reply_timeout_us = cases[i].agent_us;
		assert_int_equal(vscmi_submit(&script->agent, &request, &command),
				 VSCMI_OK);
		assert_int_equal(vscmi_wait(&script->agent, command).error,
				 VSCMI_E_TIMEOUT);
		assert_int_equal(script->now_us - start_us, cases[i].expected_us);
		vscmi_release(&script->agent, command);
	}
}

/* The reply comes when the agent has looked at the command and asks what time it is. */
static uint64_t accept_and_tell_the_time(struct vscmi_port *port)
{
	uint64_t *end_us = script->context;

	if (script->now_us == *end_us) {
		*end_us = 0;
		script_reply(script, &script->sent[0], VSCMI_SUCCESS, SCRIPT_NOTHING);
	}
	return script->now_us;
}

static void a_command_accepted_at_its_timeout_has_the_delayed_responses_time(void **state)
{
	struct vscmi_port_ops ops = *script->port.ops;
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);
	uint64_t end_us = script->now_us + 500, due_us = end_us;

	due_us += script->agent.config.delayed_timeout_us;
	command->reply_timeout_us = 500;
	script->context = &end_us;
	ops.now_us = accept_and_tell_the_time;
	script->port.ops = &ops;
	assert_int_equal(vscmi_wait(&script->agent, command).error, VSCMI_E_TIMEOUT);
	assert_int_equal(script->now_us, due_us);
	vscmi_release(&script->agent, command);
}

static void a_timeout_longer_than_time_is_never(void **state)
{
	uint8_t message[4];
	const struct vscmi_request request = {
		.message = message,
		.count = sizeof(message),
		.reply_timeout_us = UINT64_MAX,
	};
	struct vscmi_slot *command;

	assert_int_equal(vscmi_submit(&script->agent, &request, &command), VSCMI_OK);
	script->on_wait = reply_to_last;
	assert_int_equal(vscmi_wait(&script->agent, command).error, VSCMI_OK);
}

static void accept_last(struct script *s)
{
	s->now_us += 1234;
	script_reply(s, script_last(s), VSCMI_SUCCESS, SCRIPT_NOTHING);
	s->on_wait = NULL;
}

static void a_delayed_response_has_time_of_its_own(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);
	uint64_t start_us = script->now_us;

	script->on_wait = accept_last;
	assert_int_equal(vscmi_wait(&script->agent, command).error, VSCMI_E_TIMEOUT);
	assert_int_equal(script->now_us - start_us, 1234 + SCRIPT_DELAYED_US);
	vscmi_release(&script->agent, command);
	/* Its buffer came back with the reply, so nothing is kept for it. */
	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(1));
	script_expect_all_slots_free(script);
	script_expect_anomalies(script, VSCMI_ANOMALY_TOKEN, 1, VSCMI_ANOMALIES);
}

static void a_late_reply_finds_no_owner_and_brings_its_buffer(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);

	assert_int_equal(vscmi_wait(&script->agent, command).error, VSCMI_E_TIMEOUT);
	vscmi_release(&script->agent, command);
	/* The buffer is lent and the token reserved for as long as it takes. */
	script_expect_busy(script);
	script->now_us += 1000 * SCRIPT_TIMEOUT_US;
	script_expect_busy(script);
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(1));
	script_expect_anomalies(script, VSCMI_ANOMALY_LATE_REPLY, 1, VSCMI_ANOMALIES);
	assert_int_equal(script->last_header.protocol, VSCMI_PROTOCOL_CLOCK);
	script_expect_all_slots_free(script);
}

static void a_late_reply_before_its_owner_lets_go_is_late_too(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);

	assert_int_equal(vscmi_wait(&script->agent, command).error, VSCMI_E_TIMEOUT);
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(1));
	assert_int_equal(script_ended(script, command).error, VSCMI_E_TIMEOUT);
	vscmi_release(&script->agent, command);
	script_expect_all_slots_free(script);
	script_expect_anomalies(script, VSCMI_ANOMALY_LATE_REPLY, 1, VSCMI_ANOMALIES);
}

static void the_token_of_a_lent_buffer_is_not_used_again(void **state)
{
	struct vscmi_slot *lost = script_submit(script, VSCMI_SYNC);

	vscmi_release(&script->agent, lost);
	for (uint32_t i = 1; i < VSCMI_TOKENS + 5; i++) {
		struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);

		assert_int_not_equal(token_of(script_last(script)), 0);
		script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
		vscmi_release(&script->agent, command);
	}
	script_reply(script, &script->sent[0], VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_expect_all_slots_free(script);
}

static void a_cancelled_command_drops_what_comes(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);

	vscmi_release(&script->agent, command);
	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(1));
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_expect_anomalies(script, VSCMI_ANOMALY_LATE_DELAYED, 1,
				VSCMI_ANOMALY_LATE_REPLY, 1, VSCMI_ANOMALIES);
	script_expect_all_slots_free(script);
}

/*
 * ---- Raw ----
 */

static void echo(struct script *s, const struct sent *sent)
{
	script_reply(s, sent, VSCMI_SUCCESS,
		     SCRIPT_WORDS(script_word(sent, 0), 0x12345678));
}

static void raw_sends_words_and_returns_the_message(void **state)
{
	uint8_t reply[16] = { 0 };
	size_t count = 0;
	struct vscmi_result result;

	script->on_send = echo;
	result = vscmi_agent_raw(&script->agent, 0x80, 3, VSCMI_SYNC,
				 SCRIPT_WORDS(0xcafe), reply, 12, &count);
	assert_int_equal(result.error, VSCMI_OK);
	assert_int_equal(count, 16);
	assert_int_equal(vscmi_le32_get(reply), script_header(script_last(script)));
	assert_int_equal(vscmi_le32_get(reply + 8), 0xcafe);
	assert_int_equal(vscmi_le32_get(reply + 12), 0);
	script->on_send = NULL;
	script_expect_all_slots_free(script);
}

static void raw_refuses_what_does_not_fit(void **state)
{
	static const uint32_t words[VSCMI_RAW_WORDS_MAX + 1];
	uint8_t reply[8];
	size_t count = 77;

	assert_int_equal(vscmi_agent_raw(&script->agent, 0x80, 3, VSCMI_SYNC, words,
					 VSCMI_RAW_WORDS_MAX + 1, reply, 8, &count)
				 .error,
			 VSCMI_E_TOO_BIG);
	assert_int_equal(vscmi_agent_raw(&script->agent, 0x80, 3, VSCMI_SYNC, words,
					 SCRIPT_MESSAGE_BYTES / 4, reply, 8, &count)
				 .error,
			 VSCMI_E_TOO_BIG);
	assert_int_equal(count, 77);
	assert_int_equal(script->sent_count, 0);
}

#define WITH(slots, test) cmocka_unit_test_setup_teardown(test, slots, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(one_slot, a_token_is_used_again_as_late_as_possible),
		WITH(few_slots, tokens_in_flight_are_skipped),
		WITH(all_slots, all_1024_are_in_flight_then_busy_then_one_ends),
		WITH(few_slots, a_link_limits_what_is_in_flight),
		WITH(few_slots, a_link_limits_how_long_messages_are),
		WITH(few_slots, a_link_with_impossible_limits_is_refused),
		WITH(few_slots, a_config_out_of_range_is_refused),
		WITH(few_slots, a_request_that_cannot_be_is_refused),
		WITH(few_slots, without_events_nothing_asynchronous_is_sent),
		WITH(few_slots, a_link_that_cannot_send_leaves_nothing_behind),
		WITH(one_slot, a_reply_may_come_inside_send),
		WITH(one_slot, a_reply_wakes_who_waits),
		WITH(one_slot, a_command_completes_by_polling_alone),
		WITH(one_slot, a_refusal_keeps_the_platforms_status),
		WITH(one_slot, an_asynchronous_command_ends_with_its_delayed_response),
		WITH(one_slot, a_delayed_response_can_refuse),
		WITH(one_slot, an_early_delayed_response_counts_as_both),
		WITH(one_slot, the_slot_of_an_overtaken_reply_waits_for_its_buffer),
		WITH(one_slot, a_reply_interrupts_the_copying_of_its_delayed_response),
		WITH(one_slot, a_delayed_response_interrupts_the_copying_of_another),
		WITH(one_slot, a_delayed_response_interrupts_the_copying_of_a_refusal),
		WITH(one_slot, an_owner_may_let_go_while_its_reply_is_copied),
		WITH(few_slots, a_command_times_out_when_its_time_is_over),
		WITH(one_slot,
		     a_command_accepted_at_its_timeout_has_the_delayed_responses_time),
		WITH(one_slot, a_timeout_longer_than_time_is_never),
		WITH(one_slot, a_delayed_response_has_time_of_its_own),
		WITH(one_slot, a_late_reply_finds_no_owner_and_brings_its_buffer),
		WITH(one_slot, a_late_reply_before_its_owner_lets_go_is_late_too),
		WITH(few_slots, the_token_of_a_lent_buffer_is_not_used_again),
		WITH(one_slot, a_cancelled_command_drops_what_comes),
		WITH(one_slot, raw_sends_words_and_returns_the_message),
		WITH(one_slot, raw_refuses_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
