/* SPDX-License-Identifier: BSD-3-Clause */
/* An agent's start, its link's coming and going, and what it counts and shows. */
#include "agent/engine.h"
#include "agent/id_pool.h"

#define DEFAULT_DELAYED_TIMEOUT_US UINT64_C(2000000)

static bool limits_are_sound(const struct vscmi_link *link)
{
	return link->max_messages >= 1 && link->max_messages <= VSCMI_TOKENS &&
	       link->max_message_bytes >= VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES;
}

enum vscmi_error vscmi_agent_init(struct vscmi_agent *agent,
				  const struct vscmi_agent_config *config)
{
	if (config->slot_count < 1 || config->slot_count > VSCMI_TOKENS ||
	    config->message_bytes < VSCMI_AGENT_MESSAGE_BYTES ||
	    !limits_are_sound(config->link))
		return VSCMI_E_INVALID;

	memset(agent, 0, sizeof(*agent));
	agent->config = *config;
	if (agent->config.delayed_timeout_us == 0)
		agent->config.delayed_timeout_us = DEFAULT_DELAYED_TIMEOUT_US;
	for (uint32_t i = 0; i < config->slot_count; i++) {
		struct vscmi_slot *slot = &config->slots[i];

		memset(slot, 0, sizeof(*slot));
		slot->reply = config->replies + (size_t)i * config->message_bytes;
	}
	vscmi_agent_subscriptions_init(agent);
	atomic_store(&agent->tokens.next, config->link->first_token);
	config->link->agent = agent;
	return VSCMI_OK;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

uint32_t vscmi_agent_epoch(const struct vscmi_agent *agent)
{
	return atomic_load(&agent->epoch);
}

bool vscmi_agent_is_up(const struct vscmi_agent *agent)
{
	return atomic_load(&agent->epoch) & 1;
}

enum vscmi_error vscmi_agent_wait_up(struct vscmi_agent *agent, uint64_t timeout_us)
{
	struct vscmi_port *port = agent->config.port;
	uint64_t deadline_us = vscmi_agent_deadline(agent, timeout_us);
	uint32_t epoch;

	while (!((epoch = vscmi_agent_epoch(agent)) & 1)) {
		if (vscmi_agent_now_us(agent) >= deadline_us)
			return VSCMI_E_NOT_READY;
		port->ops->wait(port, &agent->epoch, epoch, deadline_us);
	}
	return VSCMI_OK;
}

static void link_changed(struct vscmi_agent *agent, bool up)
{
	const struct vscmi_agent_observer *observer = &agent->config.observer;

	vscmi_agent_wake(agent, &agent->epoch);
	if (observer->link)
		observer->link(observer->context, up);
}

enum vscmi_error vscmi_agent_link_up(struct vscmi_agent *agent)
{
	const struct vscmi_link *link = agent->config.link;

	if (!limits_are_sound(link))
		return VSCMI_E_INVALID;
	if (atomic_load(&agent->epoch) & 1)
		return VSCMI_OK;
	atomic_store(&agent->slot_limit,
		     smaller(agent->config.slot_count, link->max_messages));
	atomic_store(&agent->request_room, link->max_message_bytes);
	atomic_store(&agent->reply_room,
		     smaller(agent->config.message_bytes, link->max_message_bytes));
	atomic_store(&agent->has_events, link->has_events);
	for (size_t i = 0; i < VSCMI_AGENT_PROTOCOLS; i++)
		atomic_store(&agent->versions[i], 0);
	atomic_fetch_add(&agent->epoch, 1);
	link_changed(agent, true);
	return VSCMI_OK;
}

/* End a command of the epoch that is over. In use, a slot does not change hands. */
static void lose(struct vscmi_agent *agent, struct vscmi_slot *slot, uint32_t epoch)
{
	if (vscmi_slot_step(slot, VSCMI_SLOT_EVENT_USE).to == VSCMI_SLOT_ILLEGAL)
		return;
	if (slot->epoch == epoch) {
		if (vscmi_slot_step(slot, VSCMI_SLOT_EVENT_LINK_DOWN).to !=
		    VSCMI_SLOT_ILLEGAL)
			vscmi_agent_count(agent, VSCMI_COUNTER_LOST);
		vscmi_agent_step(agent, slot, VSCMI_SLOT_EVENT_BUFFER_BACK);
		vscmi_agent_wake(agent, &slot->word);
	}
	vscmi_agent_step(agent, slot, VSCMI_SLOT_EVENT_UNUSE);
}

void vscmi_agent_link_down(struct vscmi_agent *agent)
{
	uint32_t epoch = atomic_load(&agent->epoch);

	/* Of many who say so at once, one ends the epoch. */
	do {
		if (!(epoch & 1))
			return;
	} while (!atomic_compare_exchange_weak(&agent->epoch, &epoch, epoch + 1));
	/* Who submits and has seen the old epoch finds the new one before it sends, or its
	 * command is already there to be found below. */
	for (uint32_t i = 0; i < agent->config.slot_count; i++)
		lose(agent, &agent->config.slots[i], epoch);
	link_changed(agent, false);
}

bool vscmi_agent_poll(struct vscmi_agent *agent)
{
	struct vscmi_link *link = agent->config.link;
	const size_t end_of_poll =
		offsetof(struct vscmi_link_ops, poll) + sizeof(link->ops->poll);

	return link->ops->ops_size >= end_of_poll && link->ops->poll &&
	       link->ops->poll(link);
}

struct vscmi_slot_step vscmi_agent_step(struct vscmi_agent *agent,
					struct vscmi_slot *slot,
					enum vscmi_slot_event event)
{
	struct vscmi_slot_step step = vscmi_slot_step(slot, event);

	/* Free, but nobody's before the pool has its number. */
	if (vscmi_slot_state(step.to) == VSCMI_SLOT_FREE) {
		vscmi_id_put_next(&agent->tokens,
				  vscmi_header_unpack(slot->header).token);
		vscmi_id_put_any(&agent->slots, (uint32_t)(slot - agent->config.slots));
	}
	return step;
}

void vscmi_agent_drop(struct vscmi_agent *agent, enum vscmi_anomaly anomaly,
		      const uint8_t *message, size_t count)
{
	atomic_fetch_add(&agent->anomalies[anomaly], 1);
	if (vscmi_traced(agent, VSCMI_TRACE_DROP))
		vscmi_trace(agent, &(struct vscmi_trace){ .point = VSCMI_TRACE_DROP,
							  .message = message,
							  .count = count,
							  .anomaly = anomaly });
}

uint32_t vscmi_agent_counter(const struct vscmi_agent *agent, enum vscmi_counter counter)
{
	return atomic_load(&agent->counters[counter]);
}

const char *vscmi_counter_name(enum vscmi_counter counter)
{
	static const char *const names[VSCMI_COUNTERS] = {
		[VSCMI_COUNTER_COMMANDS] = "commands",
		[VSCMI_COUNTER_REPLIES] = "replies",
		[VSCMI_COUNTER_DELAYED_RESPONSES] = "delayed responses",
		[VSCMI_COUNTER_NOTIFICATIONS] = "notifications",
		[VSCMI_COUNTER_TIMEOUTS] = "timeouts",
		[VSCMI_COUNTER_LOST] = "lost with the link",
	};

	return names[counter];
}

uint32_t vscmi_agent_anomalies(const struct vscmi_agent *agent,
			       enum vscmi_anomaly anomaly)
{
	return atomic_load(&agent->anomalies[anomaly]);
}

const char *vscmi_anomaly_name(enum vscmi_anomaly anomaly)
{
	static const char *const names[VSCMI_ANOMALIES] = {
		[VSCMI_ANOMALY_EMPTY] = "empty buffer",
		[VSCMI_ANOMALY_SHORT] = "shorter than a header",
		[VSCMI_ANOMALY_TYPE] = "wrong message type",
		[VSCMI_ANOMALY_TOKEN] = "unknown token",
		[VSCMI_ANOMALY_MESSAGE] = "wrong protocol or message",
		[VSCMI_ANOMALY_LATE_REPLY] = "late reply",
		[VSCMI_ANOMALY_LATE_DELAYED] = "late delayed response",
		[VSCMI_ANOMALY_SECOND_REPLY] = "second reply",
		[VSCMI_ANOMALY_SECOND_DELAYED] = "second delayed response",
		[VSCMI_ANOMALY_UNEXPECTED_DELAYED] = "unexpected delayed response",
		[VSCMI_ANOMALY_OVERTAKEN] = "overtaken reply",
		[VSCMI_ANOMALY_UNKNOWN_EVENT] = "unknown notification",
		[VSCMI_ANOMALY_UNSUBSCRIBED_EVENT] = "unwanted notification",
		[VSCMI_ANOMALY_MALFORMED_EVENT] = "malformed notification",
		[VSCMI_ANOMALY_NO_STATUS] = "reply without status",
		[VSCMI_ANOMALY_OVERSIZE] = "longer than its room",
		[VSCMI_ANOMALY_TRAILING] = "trailing bytes",
		[VSCMI_ANOMALY_BUFFER] = "buffer that was not out",
	};

	return names[anomaly];
}
