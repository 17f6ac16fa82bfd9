/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands, from submit to release, with everything that can arrive in between. */
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

/* How the command ended, without another wait. */
static struct vscmi_result ended(struct vscmi_slot *command)
{
	uint32_t waits = script->waits;
	struct vscmi_result result;

	assert_true(vscmi_done(&script->agent, command));
	result = vscmi_wait(&script->agent, command);
	assert_int_equal(script->waits, waits);
	return result;
}

static void expect_answer(struct vscmi_slot *command, uint32_t word)
{
	struct vscmi_result result = ended(command);
	const uint8_t *answer;
	size_t count;

	assert_int_equal(result.error, VSCMI_OK);
	answer = vscmi_answer(command, &count);
	assert_int_equal(count, 12);
	assert_int_equal(vscmi_le32_get(answer + 8), word);
}

/* Nothing is in flight and nothing is lent: as many commands as there are slots can be sent. */
static void expect_all_slots_free(void)
{
	struct vscmi_slot *commands[VSCMI_TOKENS];
	uint32_t count = script->agent.config.slot_count;

	for (uint32_t i = 0; i < count; i++)
		commands[i] = script_submit(script, VSCMI_SYNC);
	for (uint32_t i = 0; i < count; i++) {
		script_reply(script, &script->sent[script->sent_count - count + i],
			     VSCMI_SUCCESS, SCRIPT_NOTHING);
		assert_int_equal(ended(commands[i]).error, VSCMI_OK);
		vscmi_release(&script->agent, commands[i]);
	}
}

static void expect_busy(void)
{
	uint8_t message[4];
	const struct vscmi_request request = { .message = message,
					       .count = sizeof(message) };
	struct vscmi_slot *command = NULL;

	assert_int_equal(vscmi_submit(&script->agent, &request, &command), VSCMI_E_BUSY);
	assert_null(command);
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
	expect_busy();
	/* In an order that has nothing to do with that of the commands. */
	for (uint32_t i = 0; i < VSCMI_TOKENS; i++) {
		uint32_t k = (i * 387 + 11) % VSCMI_TOKENS;

		script_reply(script, &script->sent[k], VSCMI_SUCCESS, SCRIPT_WORDS(k));
		expect_answer(commands[k], k);
		vscmi_release(&script->agent, commands[k]);
	}
	expect_all_slots_free();
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void a_link_limits_what_is_in_flight(void **state)
{
	vscmi_agent_link_down(&script->agent);
	script->link.max_messages = 2;
	assert_int_equal(vscmi_agent_link_up(&script->agent), VSCMI_OK);
	script_submit(script, VSCMI_SYNC);
	script_submit(script, VSCMI_SYNC);
	expect_busy();
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
	expect_all_slots_free();
}

static void the_header_says_what_was_asked_for(void **state)
{
	uint8_t message[12] = { [4] = 1, 2, 3, 4, 5, 6, 7, 8 };
	const struct vscmi_request request = {
		.protocol = 0xab,
		.message_id = 0xcd,
		.kind = VSCMI_ASYNC,
		.message = message,
		.count = sizeof(message),
		.reply_room = 20,
	};
	struct vscmi_slot *command;

	assert_int_equal(vscmi_submit(&script->agent, &request, &command), VSCMI_OK);
	assert_int_equal(script_last(script)->count, 12);
	assert_int_equal(script_last(script)->reply_room, 20);
	assert_memory_equal(script_last(script)->bytes,
			    ((uint8_t[]){ 0xcd, 0xac, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8 }),
			    12);
	assert_int_equal(script->shown[VSCMI_SENT], 1);
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
	expect_all_slots_free();
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
	expect_answer(command, 7);
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
	expect_answer(command, 8);
}

static void a_command_completes_by_polling_alone(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);

	assert_false(vscmi_done(&script->agent, command));
	script->on_poll = reply_to_last;
	assert_true(vscmi_done(&script->agent, command));
	expect_answer(command, 8);
	assert_int_equal(script->waits, 0);
	vscmi_release(&script->agent, command);
	expect_all_slots_free();
}

static void a_refusal_keeps_the_platforms_status(void **state)
{
	static const int32_t statuses[] = {
		VSCMI_NOT_SUPPORTED, VSCMI_IN_USE, -77, -4242, 5, INT32_MIN
	};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		for (int kind = VSCMI_SYNC; kind <= VSCMI_ASYNC; kind++) {
			struct vscmi_slot *command = script_submit(script, kind);
			struct vscmi_result result;

			script_reply(script, script_last(script), statuses[i],
				     SCRIPT_NOTHING);
			result = ended(command);
			assert_int_equal(result.error, VSCMI_E_REFUSED);
			assert_int_equal(result.status, statuses[i]);
			vscmi_release(&script->agent, command);
		}
	expect_all_slots_free();
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void an_asynchronous_command_ends_with_its_delayed_response(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);

	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	assert_false(vscmi_done(&script->agent, command));
	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(9));
	expect_answer(command, 9);
	vscmi_release(&script->agent, command);
	expect_all_slots_free();
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void a_delayed_response_can_refuse(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);
	struct vscmi_result result;

	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_delayed(script, script_last(script), VSCMI_HARDWARE_ERROR, SCRIPT_NOTHING);
	result = ended(command);
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
		expect_answer(command, 10);
		script_reply(script, script_last(script), overtaken[i], SCRIPT_NOTHING);
		expect_answer(command, 10);
		script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
		script_delayed(script, script_last(script), VSCMI_SUCCESS,
			       SCRIPT_WORDS(11));
		expect_answer(command, 10);
		vscmi_release(&script->agent, command);
	}
	expect_all_slots_free();
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
	expect_busy();
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	expect_all_slots_free();
	script_expect_anomalies(script, VSCMI_ANOMALY_OVERTAKEN, 1, VSCMI_ANOMALIES);
}

/* From inside the copying of one message, by way of the observer, another one arrives. */
static void (*inside)(void);

static void call_inside(void *context, enum vscmi_direction direction, const void *bytes,
			size_t count)
{
	void (*now)(void) = inside;

	if (direction != VSCMI_RECEIVED || !now)
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

	script->agent.config.observer.message = call_inside;
	inside = overtaken_inside;
	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(10));
	expect_answer(command, 10);
	vscmi_release(&script->agent, command);
	expect_all_slots_free();
	script_expect_anomalies(script, VSCMI_ANOMALY_OVERTAKEN, 1, VSCMI_ANOMALIES);
}

static void a_delayed_response_interrupts_the_copying_of_another(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);

	script->agent.config.observer.message = call_inside;
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	inside = second_delayed_inside;
	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(10));
	expect_answer(command, 10);
	script_expect_anomalies(script, VSCMI_ANOMALY_SECOND_DELAYED, 1, VSCMI_ANOMALIES);
}

static void a_delayed_response_interrupts_the_copying_of_a_refusal(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);

	script->agent.config.observer.message = call_inside;
	inside = second_delayed_inside;
	script_reply(script, script_last(script), VSCMI_DENIED, SCRIPT_NOTHING);
	assert_int_equal(ended(command).status, VSCMI_DENIED);
	script_expect_anomalies(script, VSCMI_ANOMALY_UNEXPECTED_DELAYED, 1,
				VSCMI_ANOMALIES);
}

static void an_owner_may_let_go_while_its_reply_is_copied(void **state)
{
	script_submit(script, VSCMI_SYNC);
	script->agent.config.observer.message = call_inside;
	inside = cancel_inside;
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(1));
	expect_all_slots_free();
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
	expect_all_slots_free();
	script_expect_anomalies(script, VSCMI_ANOMALY_TOKEN, 1, VSCMI_ANOMALIES);
}

static void a_late_reply_finds_no_owner_and_brings_its_buffer(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);

	assert_int_equal(vscmi_wait(&script->agent, command).error, VSCMI_E_TIMEOUT);
	vscmi_release(&script->agent, command);
	/* The buffer is lent and the token reserved for as long as it takes. */
	expect_busy();
	script->now_us += 1000 * SCRIPT_TIMEOUT_US;
	expect_busy();
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(1));
	script_expect_anomalies(script, VSCMI_ANOMALY_LATE_REPLY, 1, VSCMI_ANOMALIES);
	assert_int_equal(script->last_header.protocol, VSCMI_PROTOCOL_CLOCK);
	expect_all_slots_free();
}

static void a_late_reply_before_its_owner_lets_go_is_late_too(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);

	assert_int_equal(vscmi_wait(&script->agent, command).error, VSCMI_E_TIMEOUT);
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(1));
	assert_int_equal(ended(command).error, VSCMI_E_TIMEOUT);
	vscmi_release(&script->agent, command);
	expect_all_slots_free();
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
	expect_all_slots_free();
}

static void a_cancelled_command_drops_what_comes(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);

	vscmi_release(&script->agent, command);
	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(1));
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_expect_anomalies(script, VSCMI_ANOMALY_LATE_DELAYED, 1,
				VSCMI_ANOMALY_LATE_REPLY, 1, VSCMI_ANOMALIES);
	expect_all_slots_free();
}

/*
 * ---- Forgeries ----
 */

/* With the first bits of the true header changed: what it is then, and the true reply is
 * still accepted, though its buffer has come back already. */
static void a_wrong_reply_is_dropped_and_the_true_one_accepted(void **state)
{
	static const struct {
		uint32_t flip;
		enum vscmi_channel channel;
		enum vscmi_anomaly anomaly;
	} cases[] = {
		{ 1u << 18, VSCMI_CHANNEL_COMMANDS, VSCMI_ANOMALY_TOKEN },
		{ 1u << 10, VSCMI_CHANNEL_COMMANDS, VSCMI_ANOMALY_MESSAGE },
		{ 1u << 0, VSCMI_CHANNEL_COMMANDS, VSCMI_ANOMALY_MESSAGE },
		{ 1u << 28, VSCMI_CHANNEL_COMMANDS, VSCMI_ANOMALY_MESSAGE },
		{ 1u << 8, VSCMI_CHANNEL_COMMANDS, VSCMI_ANOMALY_TYPE },
		{ 2u << 8, VSCMI_CHANNEL_COMMANDS, VSCMI_ANOMALY_TYPE },
		{ 3u << 8, VSCMI_CHANNEL_COMMANDS, VSCMI_ANOMALY_TYPE },
		{ 0, VSCMI_CHANNEL_EVENTS, VSCMI_ANOMALY_TYPE },
		{ 1u << 8, VSCMI_CHANNEL_EVENTS, VSCMI_ANOMALY_TYPE },
		{ 2u << 8, VSCMI_CHANNEL_EVENTS, VSCMI_ANOMALY_UNEXPECTED_DELAYED },
		{ 2u << 8 | 1u << 18, VSCMI_CHANNEL_EVENTS, VSCMI_ANOMALY_TOKEN },
		{ 2u << 8 | 1u << 10, VSCMI_CHANNEL_EVENTS, VSCMI_ANOMALY_MESSAGE },
		{ 2u << 8 | 1u << 0, VSCMI_CHANNEL_EVENTS, VSCMI_ANOMALY_MESSAGE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);
		uint32_t before = vscmi_agent_anomalies(&script->agent, cases[i].anomaly);
		uint32_t header = script_header(script_last(script));
		bool brings_buffer = cases[i].channel == VSCMI_CHANNEL_COMMANDS;

		script_receive(script, cases[i].channel,
			       SCRIPT_WORDS(header ^ cases[i].flip, 0, 666),
			       brings_buffer ? script_last(script)->buffer
					     : VSCMI_NO_BUFFER);
		assert_false(vscmi_done(&script->agent, command));
		assert_int_equal(vscmi_agent_anomalies(&script->agent, cases[i].anomaly),
				 before + 1);
		assert_int_equal(script->last_anomaly, cases[i].anomaly);
		script_receive(
			script, VSCMI_CHANNEL_COMMANDS, SCRIPT_WORDS(header, 0, 42),
			brings_buffer ? VSCMI_NO_BUFFER : script_last(script)->buffer);
		expect_answer(command, 42);
		vscmi_release(&script->agent, command);
	}
	expect_all_slots_free();
}

static void a_wrong_reply_does_not_hold_up_the_timeout(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);

	script_receive(script, VSCMI_CHANNEL_COMMANDS, SCRIPT_WORDS(0xffffffff, 0),
		       script_last(script)->buffer);
	assert_int_equal(vscmi_wait(&script->agent, command).error, VSCMI_E_TIMEOUT);
	vscmi_release(&script->agent, command);
	/* Its buffer had come back. */
	expect_all_slots_free();
}

static void a_second_reply_is_dropped(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);
	const struct sent sent = *script_last(script);

	script_reply(script, &sent, VSCMI_SUCCESS, SCRIPT_WORDS(1));
	script_receive(script, VSCMI_CHANNEL_COMMANDS,
		       SCRIPT_WORDS(script_header(&sent), 0, 2), VSCMI_NO_BUFFER);
	expect_answer(command, 1);
	vscmi_release(&script->agent, command);
	script_receive(script, VSCMI_CHANNEL_COMMANDS,
		       SCRIPT_WORDS(script_header(&sent), 0, 3), VSCMI_NO_BUFFER);
	script_expect_anomalies(script, VSCMI_ANOMALY_SECOND_REPLY, 1,
				VSCMI_ANOMALY_TOKEN, 1, VSCMI_ANOMALIES);
}

static void a_second_reply_to_an_accepted_command_is_dropped(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);
	uint32_t header = script_header(script_last(script));

	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_receive(script, VSCMI_CHANNEL_COMMANDS, SCRIPT_WORDS(header, 0),
		       VSCMI_NO_BUFFER);
	script_receive(script, VSCMI_CHANNEL_COMMANDS, SCRIPT_WORDS(header, 5),
		       VSCMI_NO_BUFFER);
	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(1));
	expect_answer(command, 1);
	script_expect_anomalies(script, VSCMI_ANOMALY_SECOND_REPLY, 2, VSCMI_ANOMALIES);
}

static void a_buffer_that_is_not_out_is_counted(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);

	vscmi_agent_receive(&script->agent, VSCMI_CHANNEL_COMMANDS, NULL, 0, 4);
	vscmi_agent_receive(&script->agent, VSCMI_CHANNEL_COMMANDS, NULL, 0, 1);
	script_expect_anomalies(script, VSCMI_ANOMALY_EMPTY, 2, VSCMI_ANOMALY_BUFFER, 2,
				VSCMI_ANOMALIES);
	vscmi_release(&script->agent, command);
}

/*
 * ---- Lengths ----
 */

static void a_buffer_without_a_header_is_dropped_and_back(void **state)
{
	static const uint8_t bytes[3] = { 0 };

	for (size_t count = 0; count <= 3; count++) {
		struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);

		vscmi_agent_receive(&script->agent, VSCMI_CHANNEL_COMMANDS, bytes, count,
				    script_last(script)->buffer);
		assert_int_equal(vscmi_wait(&script->agent, command).error,
				 VSCMI_E_TIMEOUT);
		vscmi_release(&script->agent, command);
		expect_all_slots_free();
	}
	script_expect_anomalies(script, VSCMI_ANOMALY_EMPTY, 1, VSCMI_ANOMALY_SHORT, 3,
				VSCMI_ANOMALIES);
}

static void a_reply_without_a_status_is_malformed(void **state)
{
	for (int kind = VSCMI_SYNC; kind <= VSCMI_ASYNC; kind++)
		for (size_t count = 4; count < 8; count++) {
			struct vscmi_slot *command = script_submit(script, kind);
			uint8_t bytes[7] = { 0 };

			vscmi_le32_put(bytes, script_header(script_last(script)));
			vscmi_agent_receive(&script->agent, VSCMI_CHANNEL_COMMANDS, bytes,
					    count, script_last(script)->buffer);
			assert_int_equal(ended(command).error, VSCMI_E_MALFORMED);
			vscmi_release(&script->agent, command);
		}
	expect_all_slots_free();
	script_expect_anomalies(script, VSCMI_ANOMALY_NO_STATUS, 8, VSCMI_ANOMALIES);
}

static void a_delayed_response_without_a_status_is_malformed(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);
	uint32_t header = script_header(script_last(script));

	script_receive(script, VSCMI_CHANNEL_EVENTS, SCRIPT_WORDS(header | 2u << 8),
		       VSCMI_NO_BUFFER);
	assert_int_equal(ended(command).error, VSCMI_E_MALFORMED);
	script_expect_anomalies(script, VSCMI_ANOMALY_NO_STATUS, 1, VSCMI_ANOMALIES);
}

static void a_reply_longer_than_its_room_is_cut(void **state)
{
	uint8_t message[4];
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.message = message,
		.count = sizeof(message),
		.reply_room = 12,
	};
	struct vscmi_slot *command;

	assert_int_equal(vscmi_submit(&script->agent, &request, &command), VSCMI_OK);
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(1, 2, 3));
	expect_answer(command, 1);
	script_expect_anomalies(script, VSCMI_ANOMALY_OVERSIZE, 1, VSCMI_ANOMALIES);
}

static void a_message_longer_than_all_memory_is_cut(void **state)
{
	static uint8_t bytes[5000];

	for (int kind = VSCMI_SYNC; kind <= VSCMI_ASYNC; kind++) {
		struct vscmi_slot *command = script_submit(script, kind);
		uint32_t header = script_header(script_last(script));
		size_t count;

		if (kind == VSCMI_SYNC) {
			vscmi_le32_put(bytes, header);
			vscmi_agent_receive(&script->agent, VSCMI_CHANNEL_COMMANDS, bytes,
					    sizeof(bytes), script_last(script)->buffer);
		} else {
			script_reply(script, script_last(script), VSCMI_SUCCESS,
				     SCRIPT_NOTHING);
			vscmi_le32_put(bytes, header | 2u << 8);
			vscmi_agent_receive(&script->agent, VSCMI_CHANNEL_EVENTS, bytes,
					    sizeof(bytes), VSCMI_NO_BUFFER);
		}
		assert_int_equal(ended(command).error, VSCMI_OK);
		vscmi_answer(command, &count);
		assert_int_equal(count, SCRIPT_MESSAGE_BYTES);
		vscmi_release(&script->agent, command);
	}
	/* Dropped and shown ones too. */
	vscmi_le32_put(bytes, 0);
	vscmi_agent_receive(&script->agent, VSCMI_CHANNEL_COMMANDS, bytes, sizeof(bytes),
			    VSCMI_NO_BUFFER);
	vscmi_le32_put(bytes, 3u << 8);
	vscmi_agent_receive(&script->agent, VSCMI_CHANNEL_EVENTS, bytes, sizeof(bytes),
			    VSCMI_NO_BUFFER);
}

static void what_follows_an_acceptance_is_counted(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);

	script_reply(script, script_last(script), VSCMI_DENIED, SCRIPT_WORDS(1, 2));
	assert_int_equal(ended(command).status, VSCMI_DENIED);
	script_expect_anomalies(script, VSCMI_ANOMALY_TRAILING, 1, VSCMI_ANOMALIES);
}

/*
 * ---- The link comes and goes ----
 */

static void a_link_that_is_down_refuses_commands(void **state)
{
	uint8_t message[4];
	const struct vscmi_request request = { .message = message,
					       .count = sizeof(message) };
	struct vscmi_slot *command;

	vscmi_agent_link_down(&script->agent);
	vscmi_agent_link_down(&script->agent);
	assert_int_equal(vscmi_submit(&script->agent, &request, &command),
			 VSCMI_E_NOT_READY);
	vscmi_agent_link_up(&script->agent);
	vscmi_agent_link_up(&script->agent);
	expect_all_slots_free();
}

static void lose_link(struct script *s)
{
	vscmi_agent_link_down(&s->agent);
	s->on_wait = NULL;
}

static void everyone_wakes_when_the_link_is_lost(void **state)
{
	struct vscmi_slot *commands[4];

	commands[0] = script_submit(script, VSCMI_SYNC);
	commands[1] = script_submit(script, VSCMI_ASYNC);
	commands[2] = script_submit(script, VSCMI_ASYNC);
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	commands[3] = script_submit(script, VSCMI_SYNC);
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(3));

	script->on_wait = lose_link;
	assert_int_equal(vscmi_wait(&script->agent, commands[0]).error,
			 VSCMI_E_LINK_LOST);
	assert_int_equal(script->now_us, 1000);
	assert_int_equal(ended(commands[1]).error, VSCMI_E_LINK_LOST);
	assert_int_equal(ended(commands[2]).error, VSCMI_E_LINK_LOST);
	expect_answer(commands[3], 3);
	for (uint32_t i = 0; i < 4; i++)
		vscmi_release(&script->agent, commands[i]);
	vscmi_agent_link_up(&script->agent);
	expect_all_slots_free();
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void a_lost_link_returns_every_buffer(void **state)
{
	for (uint32_t i = 0; i < 4; i++)
		vscmi_release(&script->agent, script_submit(script, VSCMI_SYNC));
	expect_busy();
	vscmi_agent_link_down(&script->agent);
	vscmi_agent_link_up(&script->agent);
	expect_all_slots_free();
}

static void a_ghost_of_the_last_link_finds_no_owner(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);
	const struct sent ghost = *script_last(script);

	vscmi_agent_link_down(&script->agent);
	script_receive(script, VSCMI_CHANNEL_COMMANDS,
		       SCRIPT_WORDS(script_header(&ghost), 0), VSCMI_NO_BUFFER);
	assert_int_equal(ended(command).error, VSCMI_E_LINK_LOST);
	vscmi_release(&script->agent, command);
	vscmi_agent_link_up(&script->agent);
	command = script_submit(script, VSCMI_SYNC);
	script_receive(script, VSCMI_CHANNEL_COMMANDS,
		       SCRIPT_WORDS(script_header(&ghost), 0), VSCMI_NO_BUFFER);
	assert_false(vscmi_done(&script->agent, command));
	script_expect_anomalies(script, VSCMI_ANOMALY_LATE_REPLY, 1, VSCMI_ANOMALY_TOKEN,
				1, VSCMI_ANOMALIES);
}

static void lose_link_in_send(struct script *s, const struct sent *sent)
{
	vscmi_agent_link_down(&s->agent);
}

static void a_link_may_be_lost_inside_send(void **state)
{
	struct vscmi_slot *command;

	script->on_send = lose_link_in_send;
	command = script_submit(script, VSCMI_SYNC);
	script->on_send = NULL;
	assert_int_equal(ended(command).error, VSCMI_E_LINK_LOST);
	vscmi_release(&script->agent, command);
	vscmi_agent_link_up(&script->agent);
	expect_all_slots_free();
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
	expect_all_slots_free();
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

static void every_message_is_shown_once(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);

	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_notify(script, VSCMI_EVENT_BASE_ERROR, SCRIPT_NOTHING);
	assert_int_equal(script->shown[VSCMI_SENT], 1);
	assert_int_equal(script->shown[VSCMI_RECEIVED], 4);
	vscmi_release(&script->agent, command);
}

#define WITH(slots, test) cmocka_unit_test_setup_teardown(test, slots, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(one_slot, a_token_is_used_again_as_late_as_possible),
		WITH(few_slots, tokens_in_flight_are_skipped),
		WITH(all_slots, all_1024_are_in_flight_then_busy_then_one_ends),
		WITH(few_slots, a_link_limits_what_is_in_flight),
		WITH(few_slots, a_link_with_impossible_limits_is_refused),
		WITH(few_slots, a_config_out_of_range_is_refused),
		WITH(few_slots, a_request_that_cannot_be_is_refused),
		WITH(few_slots, the_header_says_what_was_asked_for),
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
		WITH(one_slot, a_timeout_longer_than_time_is_never),
		WITH(one_slot, a_delayed_response_has_time_of_its_own),
		WITH(one_slot, a_late_reply_finds_no_owner_and_brings_its_buffer),
		WITH(one_slot, a_late_reply_before_its_owner_lets_go_is_late_too),
		WITH(few_slots, the_token_of_a_lent_buffer_is_not_used_again),
		WITH(one_slot, a_cancelled_command_drops_what_comes),
		WITH(one_slot, a_wrong_reply_is_dropped_and_the_true_one_accepted),
		WITH(one_slot, a_wrong_reply_does_not_hold_up_the_timeout),
		WITH(one_slot, a_second_reply_is_dropped),
		WITH(one_slot, a_second_reply_to_an_accepted_command_is_dropped),
		WITH(few_slots, a_buffer_that_is_not_out_is_counted),
		WITH(one_slot, a_buffer_without_a_header_is_dropped_and_back),
		WITH(one_slot, a_reply_without_a_status_is_malformed),
		WITH(one_slot, a_delayed_response_without_a_status_is_malformed),
		WITH(one_slot, a_reply_longer_than_its_room_is_cut),
		WITH(one_slot, a_message_longer_than_all_memory_is_cut),
		WITH(one_slot, what_follows_an_acceptance_is_counted),
		WITH(few_slots, a_link_that_is_down_refuses_commands),
		WITH(few_slots, everyone_wakes_when_the_link_is_lost),
		WITH(few_slots, a_lost_link_returns_every_buffer),
		WITH(one_slot, a_ghost_of_the_last_link_finds_no_owner),
		WITH(one_slot, a_link_may_be_lost_inside_send),
		WITH(one_slot, raw_sends_words_and_returns_the_message),
		WITH(one_slot, raw_refuses_what_does_not_fit),
		WITH(one_slot, every_message_is_shown_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
