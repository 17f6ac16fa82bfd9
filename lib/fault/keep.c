/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages that are kept, and the time that brings them. */
#include "fault/engine.h"

/* The free place behind the first one, which is used from now on. */
static struct vscmi_fault_message *free_behind(struct vscmi_fault_agent *agent,
					       const struct vscmi_fault_message *first)
{
	if (first != agent->unused)
		return first->next;
	agent->unused++;
	return agent->unused == agent->end ? NULL : agent->unused;
}

struct vscmi_fault_message *vscmi_faults_keep(struct vscmi_fault_agent *agent,
					      const struct vscmi_fault_message *message)
{
	struct vscmi_fault_message **last = &agent->kept;
	struct vscmi_fault_message *place = agent->free;

	agent->free = free_behind(agent, place);
	while (*last)
		last = &(*last)->next;
	*last = place;
	*place = *message;
	place->next = NULL;
	place->is_kept = true;
	agent->kept_count++;
	agent->faults->pending++;
	return place;
}

void vscmi_faults_let_go(struct vscmi_fault_agent *agent,
			 struct vscmi_fault_message *message)
{
	struct vscmi_fault_message **link = &agent->kept;

	while (*link != message)
		link = &(*link)->next;
	*link = message->next;
	message->next = agent->free;
	agent->free = message;
	agent->kept_count--;
	agent->faults->pending--;
}

bool vscmi_faults_is_due(const struct vscmi_fault_agent *agent,
			 const struct vscmi_fault_message *message)
{
	return !agent->is_stalled && message->due_us <= agent->faults->now_us;
}

bool vscmi_faults_is_before(const struct vscmi_fault_message *a,
			    const struct vscmi_fault_message *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static bool has_same_channel(const struct vscmi_fault_message *a,
			     const struct vscmi_fault_message *b)
{
	return (a->way == VSCMI_FAULT_EVENT) == (b->way == VSCMI_FAULT_EVENT);
}

/* The delayed response has left, and the reply its lead. */
static void let_follow(const struct vscmi_fault_agent *agent,
		       struct vscmi_fault_message *message)
{
	uint64_t moment_us = vscmi_faults_later(agent->faults->now_us, message->lead_us);

	message->is_early = false;
	if (message->ready_us < moment_us)
		message->ready_us = moment_us;
}

void vscmi_faults_leaves(struct vscmi_fault_agent *agent,
			 const struct vscmi_fault_message *message)
{
	for (struct vscmi_fault_message *kept = agent->kept; kept; kept = kept->next) {
		if (kept->behind > 0 && has_same_channel(kept, message))
			kept->behind--;
		if (kept->is_early &&
		    vscmi_faults_delayed_of(kept->word) == message->word)
			let_follow(agent, kept);
		if (kept->behind == 0 && !kept->is_early)
			kept->due_us = kept->ready_us;
	}
}

static void end_stall(struct vscmi_fault_agent *agent)
{
	agent->is_stalled = false;
	agent->faults->pending--;
}

void vscmi_faults_forget(struct vscmi_fault_agent *agent)
{
	while (agent->kept)
		vscmi_faults_let_go(agent, agent->kept);
	if (agent->is_stalled)
		end_stall(agent);
	if (agent->is_to_reset) {
		agent->is_to_reset = false;
		agent->faults->pending--;
	}
}

void vscmi_faults_release(struct vscmi_fault_agent *agent)
{
	uint64_t now_us = agent->faults->now_us;

	if (agent->is_stalled)
		agent->stalled_until_us = now_us;
	for (struct vscmi_fault_message *kept = agent->kept; kept; kept = kept->next) {
		kept->is_early = false;
		kept->behind = 0;
		if (kept->due_us > now_us)
			kept->due_us = kept->ready_us = now_us;
	}
}

/*
 * ---- Time ----
 */

/* The first that is due and that the link does not know of. */
static struct vscmi_fault_message *next_to_send(const struct vscmi_fault_agent *agent)
{
	struct vscmi_fault_message *next = NULL;

	for (struct vscmi_fault_message *kept = agent->kept; kept; kept = kept->next) {
		if (!kept->is_told && vscmi_faults_is_due(agent, kept) &&
		    (!next || vscmi_faults_is_before(kept, next)))
			next = kept;
	}
	return next;
}

/* Where the link has no room for it, its rule has not done it. */
static void stray(struct vscmi_faults *faults,
		  const struct vscmi_service_channel *channel,
		  const struct vscmi_fault_message *message)
{
	struct vscmi_fault_entry *entry;

	if (channel->stray(channel->context, message->bytes, message->count))
		return;
	entry = vscmi_faults_find(faults, message->added_by);
	if (entry) {
		entry->done--;
		entry->missed++;
	}
}

/* Whatever the link does in these calls: the next command, an agent that goes. */
static void send(struct vscmi_fault_agent *agent, struct vscmi_fault_message *message)
{
	const struct vscmi_service_channel *channel = agent->channel;
	struct vscmi_fault_message sent;

	if (message->way == VSCMI_FAULT_EVENT) {
		message->is_told = true;
		channel->events_ready(channel->context);
		return;
	}
	sent = *message;
	vscmi_faults_let_go(agent, message);
	vscmi_faults_leaves(agent, &sent);
	if (sent.way == VSCMI_FAULT_STRAY)
		stray(agent->faults, channel, &sent);
	else
		channel->reply(channel->context, sent.cookie, sent.bytes, sent.count);
}

static void advance(struct vscmi_fault_agent *agent)
{
	const struct vscmi_service_channel *channel = agent->channel;

	if (agent->is_to_reset) {
		agent->is_to_reset = false;
		agent->faults->pending--;
		channel->reset(channel->context);
	}
	if (agent->is_stalled && agent->stalled_until_us <= agent->faults->now_us) {
		end_stall(agent);
		for (struct vscmi_fault_message *kept = agent->kept; kept;
		     kept = kept->next)
			kept->is_told = false;
		vscmi_faults_next_event(agent, VSCMI_SERVICE_EVENT_MAX);
	}
	/* What comes meanwhile has its turn the next time. */
	for (uint32_t turns = agent->kept_count; turns > 0; turns--) {
		struct vscmi_fault_message *next = next_to_send(agent);

		if (!next)
			return;
		send(agent, next);
	}
}

void vscmi_faults_advance(struct vscmi_faults *faults)
{
	for (size_t i = 0; i < faults->config.agent_count && faults->pending > 0; i++)
		advance(&faults->agents[i]);
}

static uint64_t next_us(const struct vscmi_fault_agent *agent)
{
	uint64_t next_us = UINT64_MAX;

	if (agent->is_to_reset)
		return agent->faults->now_us;
	if (agent->is_stalled)
		return agent->stalled_until_us;
	for (const struct vscmi_fault_message *kept = agent->kept; kept;
	     kept = kept->next) {
		if (!kept->is_told && kept->due_us < next_us)
			next_us = kept->due_us;
	}
	return next_us;
}

uint64_t vscmi_faults_next_us(const struct vscmi_faults *faults)
{
	uint64_t first_us = UINT64_MAX;

	for (size_t i = 0; i < faults->config.agent_count && faults->pending > 0; i++) {
		uint64_t agent_us = next_us(&faults->agents[i]);

		if (agent_us < first_us)
			first_us = agent_us;
	}
	return first_us;
}
