/* SPDX-License-Identifier: BSD-3-Clause */
/* What arrives and should not, and links that come and go. */
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

static int end(void **state)
{
	script_free(script);
	return 0;
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
		script_expect_answer(script, command, 42);
		vscmi_release(&script->agent, command);
	}
	script_expect_all_slots_free(script);
}

static void a_wrong_reply_does_not_hold_up_the_timeout(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);

	script_receive(script, VSCMI_CHANNEL_COMMANDS, SCRIPT_WORDS(0xffffffff, 0),
		       script_last(script)->buffer);
	assert_int_equal(vscmi_wait(&script->agent, command).error, VSCMI_E_TIMEOUT);
	vscmi_release(&script->agent, command);
	/* Its buffer had come back. */
	script_expect_all_slots_free(script);
}

static void a_second_reply_is_dropped(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);
	const struct sent sent = *script_last(script);

	script_reply(script, &sent, VSCMI_SUCCESS, SCRIPT_WORDS(1));
	script_receive(script, VSCMI_CHANNEL_COMMANDS,
		       SCRIPT_WORDS(script_header(&sent), 0, 2), VSCMI_NO_BUFFER);
	script_expect_answer(script, command, 1);
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
	script_expect_answer(script, command, 1);
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
		script_expect_all_slots_free(script);
	}
	script_expect_anomalies(script, VSCMI_ANOMALY_EMPTY, 1, VSCMI_ANOMALY_SHORT, 3,
				VSCMI_ANOMALIES);
}

static void a_reply_without_a_status_is_malformed(void **state)
{
	for (enum vscmi_command_kind kind = VSCMI_SYNC; kind <= VSCMI_ASYNC; kind++)
		for (size_t count = 4; count < 8; count++) {
			struct vscmi_slot *command = script_submit(script, kind);
			uint8_t bytes[7] = { 0 };

			vscmi_le32_put(bytes, script_header(script_last(script)));
			vscmi_agent_receive(&script->agent, VSCMI_CHANNEL_COMMANDS, bytes,
					    count, script_last(script)->buffer);
			assert_int_equal(script_ended(script, command).error,
					 VSCMI_E_MALFORMED);
			vscmi_release(&script->agent, command);
		}
	script_expect_all_slots_free(script);
	script_expect_anomalies(script, VSCMI_ANOMALY_NO_STATUS, 8, VSCMI_ANOMALIES);
}

static void a_delayed_response_without_a_status_is_malformed(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);
	uint32_t header = script_header(script_last(script));

	script_receive(script, VSCMI_CHANNEL_EVENTS, SCRIPT_WORDS(header | 2u << 8),
		       VSCMI_NO_BUFFER);
	assert_int_equal(script_ended(script, command).error, VSCMI_E_MALFORMED);
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
	script_expect_answer(script, command, 1);
	script_expect_anomalies(script, VSCMI_ANOMALY_OVERSIZE, 1, VSCMI_ANOMALIES);
}

static void a_delayed_response_is_not_held_to_the_room_of_the_reply(void **state)
{
	uint8_t message[4];
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.kind = VSCMI_ASYNC,
		.message = message,
		.count = sizeof(message),
		.reply_room = 8,
	};
	struct vscmi_slot *command;

	assert_int_equal(vscmi_submit(&script->agent, &request, &command), VSCMI_OK);
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_delayed(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(1));
	script_expect_answer(script, command, 1);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void a_message_longer_than_all_memory_is_cut(void **state)
{
	static uint8_t bytes[5000];

	for (enum vscmi_command_kind kind = VSCMI_SYNC; kind <= VSCMI_ASYNC; kind++) {
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
		assert_int_equal(script_ended(script, command).error, VSCMI_OK);
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
	assert_int_equal(script_ended(script, command).status, VSCMI_DENIED);
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
	script_expect_all_slots_free(script);
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
	assert_int_equal(script_ended(script, commands[1]).error, VSCMI_E_LINK_LOST);
	assert_int_equal(script_ended(script, commands[2]).error, VSCMI_E_LINK_LOST);
	script_expect_answer(script, commands[3], 3);
	for (uint32_t i = 0; i < 4; i++)
		vscmi_release(&script->agent, commands[i]);
	vscmi_agent_link_up(&script->agent);
	script_expect_all_slots_free(script);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void a_lost_link_returns_every_buffer(void **state)
{
	for (uint32_t i = 0; i < 4; i++)
		vscmi_release(&script->agent, script_submit(script, VSCMI_SYNC));
	script_expect_busy(script);
	vscmi_agent_link_down(&script->agent);
	vscmi_agent_link_up(&script->agent);
	script_expect_all_slots_free(script);
}

static void a_ghost_of_the_last_link_finds_no_owner(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);
	const struct sent ghost = *script_last(script);

	vscmi_agent_link_down(&script->agent);
	script_receive(script, VSCMI_CHANNEL_COMMANDS,
		       SCRIPT_WORDS(script_header(&ghost), 0), VSCMI_NO_BUFFER);
	assert_int_equal(script_ended(script, command).error, VSCMI_E_LINK_LOST);
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
	assert_int_equal(script_ended(script, command).error, VSCMI_E_LINK_LOST);
	vscmi_release(&script->agent, command);
	vscmi_agent_link_up(&script->agent);
	script_expect_all_slots_free(script);
}

#define WITH(slots, test) cmocka_unit_test_setup_teardown(test, slots, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(one_slot, a_wrong_reply_is_dropped_and_the_true_one_accepted),
		WITH(one_slot, a_wrong_reply_does_not_hold_up_the_timeout),
		WITH(one_slot, a_second_reply_is_dropped),
		WITH(one_slot, a_second_reply_to_an_accepted_command_is_dropped),
		WITH(few_slots, a_buffer_that_is_not_out_is_counted),
		WITH(one_slot, a_buffer_without_a_header_is_dropped_and_back),
		WITH(one_slot, a_reply_without_a_status_is_malformed),
		WITH(one_slot, a_delayed_response_without_a_status_is_malformed),
		WITH(one_slot, a_reply_longer_than_its_room_is_cut),
		WITH(one_slot, a_delayed_response_is_not_held_to_the_room_of_the_reply),
		WITH(one_slot, a_message_longer_than_all_memory_is_cut),
		WITH(one_slot, what_follows_an_acceptance_is_counted),
		WITH(few_slots, a_link_that_is_down_refuses_commands),
		WITH(few_slots, everyone_wakes_when_the_link_is_lost),
		WITH(few_slots, a_lost_link_returns_every_buffer),
		WITH(one_slot, a_ghost_of_the_last_link_finds_no_owner),
		WITH(one_slot, a_link_may_be_lost_inside_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
