/* SPDX-License-Identifier: BSD-3-Clause */
#include "script.h"

#include <stdlib.h>
#include <string.h>

#include "message/cursor.h"

static struct script *script_of_port(struct vscmi_port *port)
{
	return (void *)((char *)port - offsetof(struct script, port));
}

static struct script *script_of_link(struct vscmi_link *link)
{
	return (void *)((char *)link - offsetof(struct script, link));
}

static uint64_t now_us(struct vscmi_port *port)
{
	return script_of_port(port)->now_us;
}

static void wait(struct vscmi_port *port, const _Atomic uint32_t *word, uint32_t seen,
		 uint64_t deadline_us)
{
	struct script *script = script_of_port(port);

	script->waits++;
	if (script->on_wait)
		script->on_wait(script);
	if (atomic_load(word) != seen)
		return;
	if (deadline_us == VSCMI_NEVER)
		fail_msg("the agent would wait for ever");
	if (deadline_us > script->now_us)
		script->now_us = deadline_us;
}

static void wake(struct vscmi_port *port, const _Atomic uint32_t *word)
{
}

static const struct vscmi_port_ops port_ops = { sizeof(port_ops), now_us, wait, wake };

static enum vscmi_error send(struct vscmi_link *link, const void *message, size_t count,
			     size_t reply_room, uint16_t buffer, uint32_t epoch)
{
	struct script *script = script_of_link(link);
	struct sent *sent = &script->sent[script->sent_count];

	assert_int_equal(epoch, vscmi_agent_epoch(&script->agent));
	if (script->send_error)
		return script->send_error;
	assert_true(script->sent_count < sizeof(script->sent) / sizeof(script->sent[0]));
	assert_true(count <= sizeof(sent->bytes));
	script->sent_count++;
	memcpy(sent->bytes, message, count);
	sent->count = count;
	sent->reply_room = reply_room;
	sent->buffer = buffer;
	if (script->on_send)
		script->on_send(script, sent);
	return VSCMI_OK;
}

static bool poll(struct vscmi_link *link)
{
	struct script *script = script_of_link(link);

	if (script->on_poll)
		script->on_poll(script);
	return false;
}

static const struct vscmi_link_ops link_ops = { sizeof(link_ops), send, poll };

static void trace(void *context, const struct vscmi_trace *trace)
{
	struct script *script = context;

	script->shown[trace->point]++;
	if (trace->point == VSCMI_TRACE_DROP) {
		script->last_anomaly = trace->anomaly;
		script->last_header = vscmi_header_unpack(
			trace->count < 4 ? 0 : vscmi_le32_get(trace->message));
	}
}

struct script *script_new(uint32_t slot_count, uint32_t subscription_count)
{
	struct script *script = calloc(1, sizeof(*script));

	assert_non_null(script);
	script->now_us = 1000;
	script->port.ops = &port_ops;
	script->link = (struct vscmi_link){
		.ops = &link_ops,
		.name = "script",
		.max_messages = slot_count,
		.max_message_bytes = SCRIPT_MESSAGE_BYTES,
		.timeout_us = SCRIPT_TIMEOUT_US,
		.has_events = true,
	};
	/* Not initialised, as the agent promises to cope with. */
	script->slots = malloc(slot_count * sizeof(*script->slots));
	script->replies = malloc((size_t)slot_count * SCRIPT_MESSAGE_BYTES);
	script->subscriptions =
		malloc(subscription_count * sizeof(*script->subscriptions));
	memset(script->slots, 0xa5, slot_count * sizeof(*script->slots));
	memset(script->subscriptions, 0xa5,
	       subscription_count * sizeof(*script->subscriptions));
	assert_int_equal(
		vscmi_agent_init(
			&script->agent,
			&(struct vscmi_agent_config){
				.port = &script->port,
				.link = &script->link,
				.slots = script->slots,
				.slot_count = slot_count,
				.replies = script->replies,
				.message_bytes = SCRIPT_MESSAGE_BYTES,
				.subscriptions = script->subscriptions,
				.subscription_count = subscription_count,
				.observer = { .trace = trace, .context = script },
			}),
		VSCMI_OK);
	assert_int_equal(vscmi_agent_link_up(&script->agent), VSCMI_OK);
	return script;
}

void script_free(struct script *script)
{
	free(script->slots);
	free(script->replies);
	free(script->subscriptions);
	free(script);
}

const struct sent *script_last(const struct script *script)
{
	assert_true(script->sent_count > 0);
	return &script->sent[script->sent_count - 1];
}

uint32_t script_header(const struct sent *sent)
{
	return vscmi_le32_get(sent->bytes);
}

uint32_t script_word(const struct sent *sent, size_t index)
{
	assert_true(sent->count >= 8 + 4 * index);
	return vscmi_le32_get(sent->bytes + 4 + 4 * index);
}

/* In memory of their own, so that one byte too many is seen. */
static void feed(struct script *script, enum vscmi_channel channel, const uint32_t *front,
		 size_t front_count, const uint32_t *words, size_t word_count,
		 uint16_t buffer)
{
	size_t count = 4 * (front_count + word_count);
	uint8_t *bytes = malloc(count);
	struct vscmi_out out = vscmi_out(bytes, count);

	for (size_t i = 0; i < front_count; i++)
		vscmi_out_u32(&out, front[i]);
	for (size_t i = 0; i < word_count; i++)
		vscmi_out_u32(&out, words[i]);
	vscmi_agent_receive(&script->agent, channel, bytes, count, buffer);
	free(bytes);
}

void script_receive(struct script *script, enum vscmi_channel channel,
		    const uint32_t *words, size_t word_count, uint16_t buffer)
{
	feed(script, channel, NULL, 0, words, word_count, buffer);
}

void script_reply(struct script *script, const struct sent *sent, int32_t status,
		  const uint32_t *words, size_t word_count)
{
	const uint32_t front[] = { script_header(sent), (uint32_t)status };

	feed(script, VSCMI_CHANNEL_COMMANDS, front, 2, words, word_count, sent->buffer);
}

void script_delayed(struct script *script, const struct sent *sent, int32_t status,
		    const uint32_t *words, size_t word_count)
{
	const uint32_t front[] = { script_header(sent) | VSCMI_DELAYED_RESPONSE << 8,
				   (uint32_t)status };

	feed(script, VSCMI_CHANNEL_EVENTS, front, 2, words, word_count, VSCMI_NO_BUFFER);
}

void script_notify(struct script *script, enum vscmi_event_kind kind,
		   const uint32_t *words, size_t word_count)
{
	const uint32_t front[] = { vscmi_header_pack((struct vscmi_header){
		.protocol = (uint8_t)((uint32_t)kind >> 8),
		.message_id = (uint8_t)kind,
		.type = VSCMI_NOTIFICATION,
	}) };

	feed(script, VSCMI_CHANNEL_EVENTS, front, 1, words, word_count, VSCMI_NO_BUFFER);
}

void script_answer(struct script *script, const struct sent *sent)
{
	const struct script_answer *answer = script->answers;

	if (vscmi_header_unpack(script_header(sent)).message_id == 0) {
		script_reply(script, sent, VSCMI_SUCCESS, SCRIPT_WORDS(script->version));
		return;
	}
	if (script->answer_count == 0)
		return;
	script->answers++;
	script->answer_count--;
	if (answer->delayed) {
		script_reply(script, sent, VSCMI_SUCCESS, SCRIPT_NOTHING);
		script_delayed(script, sent, answer->status, answer->words,
			       answer->word_count);
	} else {
		script_reply(script, sent, answer->status, answer->words,
			     answer->word_count);
	}
}

struct vscmi_slot *script_submit(struct script *script, enum vscmi_command_kind kind)
{
	uint8_t message[VSCMI_HEADER_BYTES];
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.message_id = 5,
		.kind = kind,
		.message = message,
		.count = sizeof(message),
	};
	struct vscmi_slot *command = NULL;

	assert_int_equal(vscmi_submit(&script->agent, &request, &command), VSCMI_OK);
	return command;
}

void script_expect_anomalies(const struct script *script, ...)
{
	uint32_t expected[VSCMI_ANOMALIES] = { 0 };
	va_list pairs;
	enum vscmi_anomaly anomaly;

	va_start(pairs, script);
	while ((anomaly = (enum vscmi_anomaly)va_arg(pairs, int)) != VSCMI_ANOMALIES)
		expected[anomaly] = va_arg(pairs, uint32_t);
	va_end(pairs);
	for (anomaly = 0; anomaly < VSCMI_ANOMALIES; anomaly++)
		if (vscmi_agent_anomalies(&script->agent, anomaly) != expected[anomaly])
			fail_msg("%s: %u, expected %u", vscmi_anomaly_name(anomaly),
				 vscmi_agent_anomalies(&script->agent, anomaly),
				 expected[anomaly]);
}

struct vscmi_result script_ended(struct script *script, struct vscmi_slot *command)
{
	uint32_t waits = script->waits;
	struct vscmi_result result;

	assert_true(vscmi_done(&script->agent, command));
	result = vscmi_wait(&script->agent, command);
	assert_int_equal(script->waits, waits);
	return result;
}

void script_expect_answer(struct script *script, struct vscmi_slot *command,
			  uint32_t word)
{
	struct vscmi_result result = script_ended(script, command);
	const uint8_t *answer;
	size_t count;

	assert_int_equal(result.error, VSCMI_OK);
	answer = vscmi_answer(command, &count);
	assert_int_equal(count, 12);
	assert_int_equal(vscmi_le32_get(answer + 8), word);
}

void script_expect_all_slots_free(struct script *script)
{
	struct vscmi_slot *commands[VSCMI_TOKENS];
	uint32_t count = script->agent.config.slot_count;

	for (uint32_t i = 0; i < count; i++)
		commands[i] = script_submit(script, VSCMI_SYNC);
	for (uint32_t i = 0; i < count; i++) {
		script_reply(script, &script->sent[script->sent_count - count + i],
			     VSCMI_SUCCESS, SCRIPT_NOTHING);
		assert_int_equal(script_ended(script, commands[i]).error, VSCMI_OK);
		vscmi_release(&script->agent, commands[i]);
	}
}

void script_expect_busy(struct script *script)
{
	uint8_t message[4];
	const struct vscmi_request request = { .message = message,
					       .count = sizeof(message) };
	struct vscmi_slot *command = NULL;

	assert_int_equal(vscmi_submit(&script->agent, &request, &command), VSCMI_E_BUSY);
	assert_null(command);
}
