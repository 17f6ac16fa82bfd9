/* SPDX-License-Identifier: BSD-3-Clause */
/* The layer between a link and who is behind it. */
#include "fault/engine.h"

/* NULL: there is none with this id. */
static struct vscmi_fault_agent *agent_of(struct vscmi_faults *faults, uint32_t agent_id)
{
	if (agent_id == 0 || agent_id > faults->config.agent_count)
		return NULL;
	return &faults->agents[agent_id - 1];
}

static void set_message(struct vscmi_fault_message *ret_message, enum vscmi_fault_way way,
			void *cookie, const void *bytes, size_t count)
{
	memset(ret_message, 0, offsetof(struct vscmi_fault_message, bytes));
	ret_message->way = way;
	ret_message->cookie = cookie;
	ret_message->count = count;
	memcpy(ret_message->bytes, bytes, count);
}

/*
 * ---- Events ----
 */

/* Take one from behind; false: there is none. */
static bool pull(struct vscmi_fault_agent *agent)
{
	struct vscmi_service *behind = agent->faults->config.service;
	struct vscmi_fault_message message;
	uint8_t event[VSCMI_SERVICE_EVENT_MAX];
	size_t count;

	if (!behind->ops->event(behind, agent->id, event, sizeof(event), &count))
		return false;
	set_message(&message, VSCMI_FAULT_EVENT, NULL, event, count);
	if (vscmi_faults_apply(agent, &message) != VSCMI_FAULT_GONE)
		vscmi_faults_keep(agent, &message);
	return true;
}

static struct vscmi_fault_message *first_due(struct vscmi_fault_agent *agent, size_t room)
{
	struct vscmi_fault_message *first = NULL, *next;

	for (struct vscmi_fault_message *kept = agent->kept; kept; kept = next) {
		next = kept->next;
		if (kept->way != VSCMI_FAULT_EVENT || !vscmi_faults_is_due(agent, kept))
			continue;
		if (kept->needs > room) {
			if (kept->on == VSCMI_FAULT_ON_NOTIFICATIONS) {
				vscmi_faults_let_go(agent, kept);
				agent->notifications_dropped++;
			}
		} else if (!first || vscmi_faults_is_before(kept, first)) {
			first = kept;
		}
	}
	return first;
}

struct vscmi_fault_message *vscmi_faults_next_event(struct vscmi_fault_agent *agent,
						    size_t room)
{
	struct vscmi_fault_message *first;

	if (agent->is_stalled)
		return NULL;
	do
		first = first_due(agent, room);
	while (!first && !agent->is_stalled && agent->free && pull(agent));
	return first;
}

static bool event(struct vscmi_service *service, uint32_t agent_id, void *bytes,
		  size_t room, size_t *ret_count)
{
	struct vscmi_faults *faults = vscmi_faults_of(service);
	struct vscmi_service *behind = faults->config.service;
	struct vscmi_fault_agent *agent = agent_of(faults, agent_id);
	struct vscmi_fault_message *next;

	if (!vscmi_faults_act(faults) || !agent)
		return behind->ops->event(behind, agent_id, bytes, room, ret_count);
	next = vscmi_faults_next_event(agent, room);
	if (!next)
		return false;
	memcpy(bytes, next->bytes, next->count);
	*ret_count = next->count;
	vscmi_faults_let_go(agent, next);
	vscmi_faults_leaves(agent, next);
	return true;
}

static bool event_is_due(struct vscmi_fault_agent *agent)
{
	struct vscmi_fault_message *next =
		vscmi_faults_next_event(agent, VSCMI_SERVICE_EVENT_MAX);

	if (!next)
		return false;
	next->is_told = true;
	return true;
}

static bool event_waits(struct vscmi_service *service, uint32_t agent_id)
{
	struct vscmi_faults *faults = vscmi_faults_of(service);
	struct vscmi_service *behind = faults->config.service;

	if (vscmi_faults_act(faults) && agent_of(faults, agent_id))
		return event_is_due(agent_of(faults, agent_id));
	return behind->ops->event_waits(behind, agent_id);
}

/*
 * ---- Commands ----
 */

static enum vscmi_service_outcome handle_with_faults(struct vscmi_service *service,
						     uint32_t agent_id,
						     const void *request, size_t count,
						     void *reply, size_t room,
						     void *cookie, size_t *ret_count)
{
	struct vscmi_faults *faults = vscmi_faults_of(service);
	struct vscmi_service *behind = faults->config.service;
	struct vscmi_fault_agent *agent = agent_of(faults, agent_id);
	uint32_t connections = agent->connections;
	struct vscmi_fault_message message;
	enum vscmi_service_outcome outcome = behind->ops->handle(
		behind, agent->id, request, count, reply, room, cookie, ret_count);

	/* Another agent's link may have ended this connection meanwhile. */
	if (outcome != VSCMI_SERVICE_ANSWERED || agent->connections != connections)
		return outcome;
	set_message(&message, VSCMI_FAULT_REPLY, cookie, reply, *ret_count);
	switch (vscmi_faults_apply(agent, &message)) {
	case VSCMI_FAULT_GONE:
		return VSCMI_SERVICE_LOST;
	case VSCMI_FAULT_KEPT:
		vscmi_faults_keep(agent, &message);
		return VSCMI_SERVICE_HELD;
	case VSCMI_FAULT_PASSES:
		break;
	}
	memcpy(reply, message.bytes, message.count);
	*ret_count = message.count;
	vscmi_faults_leaves(agent, &message);
	return VSCMI_SERVICE_ANSWERED;
}

static enum vscmi_service_outcome handle(struct vscmi_service *service, uint32_t agent_id,
					 const void *request, size_t count, void *reply,
					 size_t room, void *cookie, size_t *ret_count)
{
	struct vscmi_faults *faults = vscmi_faults_of(service);
	struct vscmi_service *behind = faults->config.service;

	if (vscmi_faults_act(faults) && agent_of(faults, agent_id))
		return handle_with_faults(service, agent_id, request, count, reply, room,
					  cookie, ret_count);
	return behind->ops->handle(behind, agent_id, request, count, reply, room, cookie,
				   ret_count);
}

static size_t held_max(struct vscmi_service *service)
{
	const struct vscmi_faults_config *config = &vscmi_faults_of(service)->config;

	return config->service->ops->held_max(config->service) + config->messages_max;
}

/*
 * ---- Time ----
 */

/* What who is behind sends meanwhile meets the time that it is. */
static void advance(struct vscmi_service *service, uint64_t now_us)
{
	struct vscmi_faults *faults = vscmi_faults_of(service);
	struct vscmi_service *behind = faults->config.service;

	if (now_us > faults->now_us)
		faults->now_us = now_us;
	behind->ops->advance(behind, now_us);
	if (faults->pending > 0)
		vscmi_faults_advance(faults);
}

static uint64_t next_us(struct vscmi_service *service)
{
	const struct vscmi_faults *faults = vscmi_faults_of(service);
	struct vscmi_service *behind = faults->config.service;
	uint64_t own_us, behind_us;

	if (faults->pending == 0)
		return behind->ops->next_us(behind);
	own_us = vscmi_faults_next_us(faults);
	behind_us = behind->ops->next_us(behind);
	return own_us < behind_us ? own_us : behind_us;
}

/*
 * ---- The channel of who is behind: the link's, with faults ----
 */

static void on_reply(void *context, void *cookie, const void *bytes, size_t count)
{
	struct vscmi_fault_agent *agent = context;
	const struct vscmi_service_channel *channel = agent->channel;
	struct vscmi_fault_message message;

	if (!vscmi_faults_act(agent->faults)) {
		channel->reply(channel->context, cookie, bytes, count);
		return;
	}
	set_message(&message, VSCMI_FAULT_REPLY, cookie, bytes, count);
	switch (vscmi_faults_apply(agent, &message)) {
	case VSCMI_FAULT_GONE:
		channel->lose(channel->context, cookie);
		break;
	case VSCMI_FAULT_KEPT:
		vscmi_faults_keep(agent, &message);
		break;
	case VSCMI_FAULT_PASSES:
		vscmi_faults_leaves(agent, &message);
		channel->reply(channel->context, cookie, message.bytes, message.count);
		break;
	}
}

static void on_lose(void *context, void *cookie)
{
	struct vscmi_fault_agent *agent = context;

	agent->channel->lose(agent->channel->context, cookie);
}

static bool on_stray(void *context, const void *bytes, size_t count)
{
	struct vscmi_fault_agent *agent = context;

	return agent->channel->stray(agent->channel->context, bytes, count);
}

static void on_events_ready(void *context)
{
	struct vscmi_fault_agent *agent = context;

	if (event_waits(&agent->faults->service, agent->id))
		agent->channel->events_ready(agent->channel->context);
}

static void on_reset(void *context)
{
	struct vscmi_fault_agent *agent = context;

	agent->channel->reset(agent->channel->context);
}

/*
 * ---- Agents come and go ----
 */

static void disconnect(struct vscmi_service *service, uint32_t agent_id)
{
	struct vscmi_faults *faults = vscmi_faults_of(service);
	struct vscmi_service *behind = faults->config.service;
	struct vscmi_fault_agent *agent = agent_of(faults, agent_id);

	if (agent) {
		vscmi_faults_forget(agent);
		agent->connections++;
	}
	behind->ops->disconnect(behind, agent_id);
}

static enum vscmi_error connect(struct vscmi_service *service, uint32_t agent_id,
				const struct vscmi_service_channel *channel)
{
	struct vscmi_faults *faults = vscmi_faults_of(service);
	struct vscmi_service *behind = faults->config.service;
	struct vscmi_fault_agent *agent = agent_of(faults, agent_id);

	if (!agent)
		return VSCMI_E_INVALID;
	disconnect(service, agent_id);
	agent->channel = channel;
	agent->own = (struct vscmi_service_channel){
		.reply = on_reply,
		.lose = on_lose,
		.stray = on_stray,
		.events_ready = channel->events_ready ? on_events_ready : NULL,
		.reset = on_reset,
		.context = agent,
	};
	return behind->ops->connect(behind, agent_id, &agent->own);
}

const struct vscmi_service_ops vscmi_faults_service_ops = {
	.ops_size = sizeof(vscmi_faults_service_ops),
	.connect = connect,
	.disconnect = disconnect,
	.handle = handle,
	.event = event,
	.event_waits = event_waits,
	.held_max = held_max,
	.advance = advance,
	.next_us = next_us,
};
