/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands from the side of what arrives. The bytes may change while they are read: the
 * header word is read once, and what else is needed is copied once.
 */
#include "agent/engine.h"

struct arrival {
	const uint8_t *bytes; /* not to be read twice */
	size_t count;
	uint32_t word; /* the header, as it was when it was read */
	uint32_t type; /* enum vscmi_message_type */
};

static uint32_t read_word(const uint8_t *bytes)
{
	uint8_t word[4];

	memcpy(word, bytes, sizeof(word));
	return vscmi_le32_get(word);
}

/* Copy the message, the header from where it was checked, as far as it fits. */
static size_t take_message(const struct arrival *arrival, uint8_t *ret_message,
			   size_t room)
{
	size_t count = arrival->count < room ? arrival->count : room;

	vscmi_le32_put(ret_message, arrival->word);
	memcpy(ret_message + VSCMI_HEADER_BYTES, arrival->bytes + VSCMI_HEADER_BYTES,
	       count - VSCMI_HEADER_BYTES);
	return count;
}

static void drop(struct vscmi_agent *agent, const struct arrival *arrival,
		 enum vscmi_anomaly anomaly)
{
	uint8_t message[VSCMI_EVENT_BYTES_MAX];
	size_t count = 0;

	/* What is shown decides nothing, so it may be another read. */
	if (vscmi_traced(agent, VSCMI_TRACE_DROP))
		count = take_message(arrival, message, sizeof(message));
	vscmi_agent_drop(agent, anomaly, message, count);
}

/* What a reply to an asynchronous command says. It has no payload, so this is all of it. */
struct verdict {
	uint8_t bytes[VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES];
	size_t count; /* less than that: there is no status */
	bool accepted;
};

static struct verdict take_verdict(const struct arrival *arrival)
{
	struct verdict verdict = { .count = 0 };

	verdict.count = take_message(arrival, verdict.bytes, sizeof(verdict.bytes));
	verdict.accepted =
		verdict.count == sizeof(verdict.bytes) &&
		vscmi_le32_get(verdict.bytes + VSCMI_HEADER_BYTES) == VSCMI_SUCCESS;
	return verdict;
}

/* Copy what ends the command into its slot: the whole verdict, or else the message. */
static void fill(struct vscmi_agent *agent, struct vscmi_slot *slot,
		 const struct arrival *arrival, const struct verdict *verdict)
{
	bool delayed = arrival->type == VSCMI_DELAYED_RESPONSE;
	size_t room = delayed ? agent->config.message_bytes : slot->reply_room;

	if (verdict) {
		memcpy(slot->reply, verdict->bytes, verdict->count);
		slot->reply_bytes = (uint32_t)verdict->count;
	} else {
		slot->reply_bytes = (uint32_t)take_message(arrival, slot->reply, room);
	}
	vscmi_trace_message(agent, VSCMI_TRACE_RECEIVE, slot->reply, slot->reply_bytes);
	if (slot->reply_bytes < VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES)
		drop(agent, arrival, VSCMI_ANOMALY_NO_STATUS);
	else if (arrival->count > slot->reply_bytes)
		drop(agent, arrival,
		     verdict ? VSCMI_ANOMALY_TRAILING : VSCMI_ANOMALY_OVERSIZE);
}

/* A reply or delayed response with the header of the slot's command. */
static void deliver(struct vscmi_agent *agent, struct vscmi_slot *slot,
		    const struct arrival *arrival)
{
	bool is_reply = arrival->type == VSCMI_COMMAND;
	bool judge = is_reply && atomic_load(&slot->word) & VSCMI_SLOT_ASYNC;
	struct verdict verdict = judge ? take_verdict(arrival) : (struct verdict){ 0 };
	enum vscmi_slot_event event = !is_reply          ? VSCMI_SLOT_EVENT_DELAYED
				      : verdict.accepted ? VSCMI_SLOT_EVENT_ACCEPT
							 : VSCMI_SLOT_EVENT_REPLY;
	struct vscmi_slot_step step = vscmi_slot_step(slot, event);

	if (step.to == VSCMI_SLOT_ILLEGAL) {
		drop(agent, arrival, vscmi_slot_drop(step.from, event));
		return;
	}
	if (vscmi_slot_class(step.from) != VSCMI_SLOT_WAITING) {
		drop(agent, arrival, VSCMI_ANOMALY_OVERTAKEN);
		return;
	}
	vscmi_agent_count(agent, is_reply ? VSCMI_COUNTER_REPLIES
					  : VSCMI_COUNTER_DELAYED_RESPONSES);
	if (event == VSCMI_SLOT_EVENT_ACCEPT) {
		vscmi_trace_message(agent, VSCMI_TRACE_RECEIVE, verdict.bytes,
				    verdict.count);
	} else {
		fill(agent, slot, arrival, judge ? &verdict : NULL);
		vscmi_slot_step(slot, VSCMI_SLOT_EVENT_COPIED);
	}
	vscmi_agent_wake(agent, &slot->word);
}

/* Returns whether the buffer is back with that. */
static bool receive_answer(struct vscmi_agent *agent, const struct arrival *arrival,
			   uint16_t buffer)
{
	uint32_t token = vscmi_header_unpack(arrival->word).token;
	/* Which slot had the token last. Whether it still has is seen while it is in use. */
	uint16_t number = atomic_load(&agent->token_slot[token]);
	struct vscmi_slot *slot = &agent->config.slots[number];
	uint32_t expected;

	if (vscmi_slot_step(slot, VSCMI_SLOT_EVENT_USE).to == VSCMI_SLOT_ILLEGAL) {
		drop(agent, arrival, VSCMI_ANOMALY_TOKEN);
		return false;
	}
	/* In use, so it does not change hands; but it may have before. */
	expected = slot->header | arrival->type << 8;
	if (expected == arrival->word)
		deliver(agent, slot, arrival);
	else if (vscmi_header_unpack(expected).token == token)
		drop(agent, arrival, VSCMI_ANOMALY_MESSAGE);
	else
		drop(agent, arrival, VSCMI_ANOMALY_TOKEN);
	if (buffer == number &&
	    vscmi_agent_step(agent, slot, VSCMI_SLOT_EVENT_RETURN).to !=
		    VSCMI_SLOT_ILLEGAL)
		return true;
	vscmi_agent_step(agent, slot, VSCMI_SLOT_EVENT_UNUSE);
	return false;
}

static void receive_notification(struct vscmi_agent *agent, const struct arrival *arrival)
{
	uint8_t message[VSCMI_EVENT_BYTES_MAX];
	size_t count = take_message(arrival, message, sizeof(message));

	vscmi_trace_message(agent, VSCMI_TRACE_RECEIVE, message, count);
	if (arrival->count > count)
		vscmi_agent_drop(agent, VSCMI_ANOMALY_OVERSIZE, message, count);
	vscmi_agent_notified(agent, message, count);
}

/* Returns whether the buffer is back with that. */
static bool receive_message(struct vscmi_agent *agent, enum vscmi_channel channel,
			    const void *bytes, size_t count, uint16_t buffer)
{
	struct arrival arrival = { .bytes = bytes, .count = count };
	bool on_events = channel == VSCMI_CHANNEL_EVENTS;

	arrival.word = read_word(arrival.bytes);
	arrival.type = vscmi_header_unpack(arrival.word).type;
	if (on_events && arrival.type == VSCMI_NOTIFICATION)
		receive_notification(agent, &arrival);
	else if (arrival.type == (on_events ? VSCMI_DELAYED_RESPONSE : VSCMI_COMMAND))
		return receive_answer(agent, &arrival, buffer);
	else
		drop(agent, &arrival, VSCMI_ANOMALY_TYPE);
	return false;
}

static void receive_fragment(struct vscmi_agent *agent, const void *bytes, size_t count)
{
	uint8_t fragment[VSCMI_HEADER_BYTES];

	memcpy(fragment, bytes, count);
	vscmi_agent_drop(agent, VSCMI_ANOMALY_SHORT, fragment, count);
}

static void take_back(struct vscmi_agent *agent, uint16_t buffer)
{
	if (buffer >= agent->config.slot_count ||
	    vscmi_agent_step(agent, &agent->config.slots[buffer],
			     VSCMI_SLOT_EVENT_BUFFER_BACK)
			    .to == VSCMI_SLOT_ILLEGAL)
		vscmi_agent_drop(agent, VSCMI_ANOMALY_BUFFER, NULL, 0);
}

void vscmi_agent_receive(struct vscmi_agent *agent, enum vscmi_channel channel,
			 const void *bytes, size_t count, uint16_t buffer)
{
	bool is_back = buffer == VSCMI_NO_BUFFER;

	if (count >= VSCMI_HEADER_BYTES)
		is_back =
			receive_message(agent, channel, bytes, count, buffer) || is_back;
	else if (count > 0)
		receive_fragment(agent, bytes, count);
	else
		vscmi_agent_drop(agent, VSCMI_ANOMALY_EMPTY, NULL, 0);
	if (!is_back)
		take_back(agent, buffer);
}
