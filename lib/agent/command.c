/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands from the side of who sends them: submit, wait, release. */
#include "agent/engine.h"
#include "agent/id_pool.h"

static struct vscmi_slot *take_slot(struct vscmi_agent *agent,
				    const struct vscmi_request *request, uint32_t epoch)
{
	int32_t number =
		vscmi_id_take_any(&agent->slots, atomic_load(&agent->slot_limit));
	int32_t token;
	struct vscmi_slot *slot;

	if (number < 0)
		return NULL;
	/*
	 * There are never more slots than tokens, so there is one. A search may miss it, when
	 * others give back what lies behind it and take what lies ahead.
	 */
	do
		token = vscmi_id_take_next(&agent->tokens);
	while (token < 0);
	slot = &agent->config.slots[number];
	slot->header = vscmi_header_pack((struct vscmi_header){
		.message_id = request->message_id,
		.type = VSCMI_COMMAND,
		.protocol = request->protocol,
		.token = (uint16_t)token,
	});
	slot->epoch = epoch;
	slot->reply_room = atomic_load(&agent->reply_room);
	if (request->reply_room != 0 && request->reply_room < slot->reply_room)
		slot->reply_room = (uint32_t)request->reply_room;
	slot->reply_timeout_us = request->reply_timeout_us;
	if (slot->reply_timeout_us == 0)
		slot->reply_timeout_us = agent->config.reply_timeout_us;
	if (slot->reply_timeout_us == 0)
		slot->reply_timeout_us = agent->config.link->timeout_us;

	vscmi_slot_step(slot, request->kind == VSCMI_ASYNC
				      ? VSCMI_SLOT_EVENT_SUBMIT_ASYNC
				      : VSCMI_SLOT_EVENT_SUBMIT_SYNC);
	atomic_store(&agent->token_slot[token], (uint16_t)number);
	return slot;
}

/* The message that ended it is a command's answer; without one its header word is shown. */
static void show_command(struct vscmi_agent *agent, const struct vscmi_slot *slot,
			 enum vscmi_trace_point point, struct vscmi_result result)
{
	bool answered = point == VSCMI_TRACE_COMPLETION &&
			(result.error == VSCMI_OK || result.error == VSCMI_E_REFUSED ||
			 result.error == VSCMI_E_MALFORMED);
	uint8_t header[VSCMI_HEADER_BYTES];

	vscmi_le32_put(header, slot->header);
	vscmi_trace(agent, &(struct vscmi_trace){
				   .point = point,
				   .message = answered ? slot->reply : header,
				   .count = answered ? slot->reply_bytes : sizeof(header),
				   .result = result,
			   });
}

static enum vscmi_error send(struct vscmi_agent *agent,
			     const struct vscmi_request *request, struct vscmi_slot *slot,
			     uint32_t epoch)
{
	struct vscmi_link *link = agent->config.link;
	enum vscmi_error error;

	/* The link may have gone down before there was a slot to find. */
	if (atomic_load(&agent->epoch) != epoch)
		return VSCMI_E_NOT_READY;
	vscmi_le32_put(request->message, slot->header);
	vscmi_trace_message(agent, VSCMI_TRACE_SUBMIT, request->message, request->count);
	error = link->ops->send(link, request->message, request->count, slot->reply_room,
				(uint16_t)(slot - agent->config.slots), epoch);
	if (error == VSCMI_OK)
		vscmi_agent_count(agent, VSCMI_COUNTER_COMMANDS);
	else if (vscmi_traced(agent, VSCMI_TRACE_COMPLETION))
		show_command(agent, slot, VSCMI_TRACE_COMPLETION, vscmi_local(error));
	return error;
}

bool vscmi_agent_wants_delayed(const struct vscmi_agent *agent, uint16_t buffer)
{
	return atomic_load(&agent->config.slots[buffer].word) & VSCMI_SLOT_ASYNC;
}

enum vscmi_error vscmi_submit(struct vscmi_agent *agent,
			      const struct vscmi_request *request,
			      struct vscmi_slot **ret_command)
{
	uint32_t epoch = atomic_load(&agent->epoch);
	struct vscmi_slot *slot;
	enum vscmi_error error;

	if (!(epoch & 1))
		return VSCMI_E_NOT_READY;
	if (request->count < VSCMI_HEADER_BYTES ||
	    (request->reply_room != 0 &&
	     request->reply_room < VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES))
		return VSCMI_E_INVALID;
	if (request->count > atomic_load(&agent->request_room))
		return VSCMI_E_TOO_BIG;
	if (request->kind == VSCMI_ASYNC && !atomic_load(&agent->has_events))
		return VSCMI_E_UNSUPPORTED;

	slot = take_slot(agent, request, epoch);
	if (!slot)
		return VSCMI_E_BUSY;
	error = send(agent, request, slot, epoch);
	if (error != VSCMI_OK) {
		/* Nothing was lent, unless the link going down has said so already. */
		vscmi_agent_step(agent, slot, VSCMI_SLOT_EVENT_BUFFER_BACK);
		vscmi_release(agent, slot);
		return error;
	}
	*ret_command = slot;
	return VSCMI_OK;
}

bool vscmi_done(struct vscmi_agent *agent, const struct vscmi_slot *command)
{
	vscmi_agent_poll(agent);
	return vscmi_slot_class(atomic_load(&command->word)) == VSCMI_SLOT_ENDED;
}

static struct vscmi_result outcome(const struct vscmi_slot *slot)
{
	switch (vscmi_slot_state(atomic_load(&slot->word))) {
	case VSCMI_SLOT_EXPIRED:
		return vscmi_local(VSCMI_E_TIMEOUT);
	case VSCMI_SLOT_LOST:
		return vscmi_local(VSCMI_E_LINK_LOST);
	default:
		if (slot->reply_bytes < VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES)
			return vscmi_local(VSCMI_E_MALFORMED);
		return vscmi_answered(
			(int32_t)vscmi_le32_get(slot->reply + VSCMI_HEADER_BYTES));
	}
}

/* Unless something has happened to it since it was looked at: it may have ended, or it may
 * have been accepted, which gives it more time. */
static void give_up(struct vscmi_agent *agent, struct vscmi_slot *slot, uint32_t seen)
{
	if (vscmi_slot_step_from(slot, seen, VSCMI_SLOT_EVENT_GIVE_UP))
		vscmi_agent_count(agent, VSCMI_COUNTER_TIMEOUTS);
}

static struct vscmi_result await(struct vscmi_agent *agent, struct vscmi_slot *command)
{
	struct vscmi_port *port = agent->config.port;
	uint64_t deadline_us = 0;
	bool started = false, accepted = false;

	for (;;) {
		bool more = vscmi_agent_poll(agent);
		uint32_t word = atomic_load(&command->word);
		enum vscmi_slot_class class = vscmi_slot_class(word);
		/* What is being copied is soon there: no timeout then. */
		bool waiting = class == VSCMI_SLOT_WAITING;

		if (class == VSCMI_SLOT_ENDED)
			return outcome(command);
		/* Who finds its answer there needs no clock. */
		if (!started)
			deadline_us =
				vscmi_agent_deadline(agent, command->reply_timeout_us);
		started = true;
		if (vscmi_slot_state(word) == VSCMI_SLOT_ACCEPTED && !accepted) {
			accepted = true;
			deadline_us = vscmi_agent_deadline(
				agent, agent->config.delayed_timeout_us);
		}
		if (waiting && vscmi_agent_now_us(agent) >= deadline_us)
			give_up(agent, command, word);
		else if (!more)
			port->ops->wait(port, &command->word, word,
					waiting ? deadline_us : VSCMI_NEVER);
	}
}

struct vscmi_result vscmi_wait(struct vscmi_agent *agent, struct vscmi_slot *command)
{
	struct vscmi_result result;

	if (vscmi_traced(agent, VSCMI_TRACE_WAIT))
		show_command(agent, command, VSCMI_TRACE_WAIT, vscmi_local(VSCMI_OK));
	result = await(agent, command);
	if (vscmi_traced(agent, VSCMI_TRACE_COMPLETION))
		show_command(agent, command, VSCMI_TRACE_COMPLETION, result);
	return result;
}

const uint8_t *vscmi_answer(const struct vscmi_slot *command, size_t *ret_count)
{
	*ret_count = command->reply_bytes;
	return command->reply;
}

void vscmi_release(struct vscmi_agent *agent, struct vscmi_slot *command)
{
	if (vscmi_agent_step(agent, command, VSCMI_SLOT_EVENT_LET_GO).to !=
	    VSCMI_SLOT_ILLEGAL)
		return;
	/* It has not ended; or it does meanwhile. */
	vscmi_slot_step(command, VSCMI_SLOT_EVENT_GIVE_UP);
	vscmi_agent_step(agent, command, VSCMI_SLOT_EVENT_LET_GO);
}

struct vscmi_result vscmi_agent_raw(struct vscmi_agent *agent, uint8_t protocol,
				    uint8_t message_id, enum vscmi_command_kind kind,
				    const uint32_t *words, uint32_t word_count,
				    uint8_t *reply, size_t room, size_t *ret_count)
{
	uint8_t message[VSCMI_HEADER_BYTES + 4 * VSCMI_RAW_WORDS_MAX];
	struct vscmi_out out = vscmi_out(message + VSCMI_HEADER_BYTES,
					 sizeof(message) - VSCMI_HEADER_BYTES);
	struct vscmi_request request = {
		.protocol = protocol,
		.message_id = message_id,
		.kind = kind,
		.message = message,
		.count = VSCMI_HEADER_BYTES + 4 * (size_t)word_count,
	};
	struct vscmi_slot *command;
	struct vscmi_result result;

	if (word_count > VSCMI_RAW_WORDS_MAX)
		return vscmi_local(VSCMI_E_TOO_BIG);
	for (uint32_t i = 0; i < word_count; i++)
		vscmi_out_u32(&out, words[i]);
	result = vscmi_local(vscmi_submit(agent, &request, &command));
	if (vscmi_failed(result))
		return result;
	result = vscmi_wait(agent, command);
	if (result.error == VSCMI_OK || result.error == VSCMI_E_REFUSED) {
		size_t count;
		const uint8_t *answer = vscmi_answer(command, &count);

		memcpy(reply, answer, count < room ? count : room);
		*ret_count = count;
	}
	vscmi_release(agent, command);
	return result;
}
