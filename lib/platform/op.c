/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operations: from the command that began them to the reply or the delayed response. Each agent
 * has its own, so that none can use up what another was promised. One that waits for an event
 * buffer keeps its place: that is the room that delayed responses have.
 */
#include "platform/engine.h"

/* How many operations of a kind the agent has under way in a protocol. */
static uint8_t *pending(struct vscmi_agent_state *agent,
			const struct vscmi_server *server, enum vscmi_op_kind kind)
{
	return &agent->pending[server->place][kind == VSCMI_OP_SYNCHRONOUS];
}

static void push_free(struct vscmi_agent_state *agent, struct vscmi_op *op)
{
	op->state = VSCMI_OP_FREE;
	op->next = agent->free_ops;
	agent->free_ops = op;
}

void vscmi_op_release(struct vscmi_op *op)
{
	struct vscmi_agent_state *agent = op->agent;

	if (!agent)
		return;
	if (op->kind != VSCMI_OP_BACKGROUND)
		--*pending(agent, op->server, op->kind);
	push_free(agent, op);
}

/* What only one that does not end at once needs is left to vscmi_op_settle(). */
struct vscmi_op *vscmi_op_begin(const struct vscmi_call *call, enum vscmi_op_kind kind)
{
	struct vscmi_agent_state *agent = call->agent;
	struct vscmi_op *op = agent->free_ops;

	if (!op ||
	    *pending(agent, call->server, kind) >= call->platform->config->pending_max)
		return NULL;
	agent->free_ops = op->next;
	op->server = call->server;
	op->kind = kind;
	op->state = VSCMI_OP_BEGUN;
	op->version = call->version;
	return op;
}

/* From here on it counts, and outlives the call; the platform's own has neither. */
static void stay(struct vscmi_op *op, const struct vscmi_call *call)
{
	if (!call)
		return;
	++*pending(op->agent, op->server, op->kind);
	op->header = call->header;
	op->room = call->room;
	op->cookie = call->cookie;
}

void vscmi_op_begin_background(struct vscmi_op *op, struct vscmi_platform *platform,
			       const struct vscmi_server *server)
{
	op->platform = platform;
	op->server = server;
	op->kind = VSCMI_OP_BACKGROUND;
	op->state = VSCMI_OP_BEGUN;
}

/* The delayed response waits behind those that ended before it. */
static void wait_for_event(struct vscmi_op *op)
{
	struct vscmi_agent_state *agent = op->agent;

	*agent->ended_end = op;
	agent->ended_end = &op->next;
	op->next = NULL;
	op->state = VSCMI_OP_ENDED;
	vscmi_agent_has_news(op->platform, agent);
}

/* The operation ended after the command was accepted. */
static void tell_agent(struct vscmi_op *op)
{
	if (op->status != VSCMI_SUCCESS) {
		for (size_t i = 0; i < VSCMI_PLACES; i++) {
			if (vscmi_places[i].server->command_failed)
				vscmi_places[i].server->command_failed(
					op->platform, op->agent_id, op->header,
					op->status);
		}
	}
	if (op->kind == VSCMI_OP_ASYNCHRONOUS)
		wait_for_event(op);
	else
		vscmi_op_release(op);
}

static void answer(struct vscmi_op *op)
{
	struct vscmi_agent_state *agent = op->agent;
	uint8_t reply[VSCMI_PLATFORM_EVENT_MAX];
	size_t room = op->room < sizeof(reply) ? op->room : sizeof(reply);
	struct vscmi_out out =
		vscmi_out(reply + VSCMI_HEAD_BYTES, room - VSCMI_HEAD_BYTES);
	size_t count = VSCMI_HEAD_BYTES;
	void *cookie = op->cookie;

	if (op->status == VSCMI_SUCCESS && op->server->put_reply) {
		op->server->put_reply(op, &out);
		if (out.overflow)
			op->status = VSCMI_COMMS_ERROR;
		else
			count = (size_t)(out.pos - reply);
	}
	vscmi_put_head(reply, op->header, op->status);
	vscmi_count_answer(agent, op->status);
	vscmi_op_release(op);
	agent->channel->reply(agent->channel->context, cookie, reply, count);
}

int32_t vscmi_op_settle(struct vscmi_op *op, struct vscmi_call *call, int32_t returned)
{
	if (returned == VSCMI_OP_LATER) {
		stay(op, call);
		op->state = VSCMI_OP_RUNNING;
		return op->kind == VSCMI_OP_SYNCHRONOUS ? VSCMI_HELD : VSCMI_SUCCESS;
	}
	op->status = returned;
	op->state = VSCMI_OP_FREE;
	op->server->op_ended(op);
	if (!call)
		return op->status;
	if (op->status == VSCMI_SUCCESS && op->kind == VSCMI_OP_ASYNCHRONOUS) {
		stay(op, call);
		wait_for_event(op);
		return VSCMI_SUCCESS;
	}
	if (op->status == VSCMI_SUCCESS && op->kind == VSCMI_OP_SYNCHRONOUS &&
	    op->server->put_reply)
		op->server->put_reply(op, &call->reply);
	push_free(op->agent, op);
	return op->status;
}

/* Do what its end brings. */
static void end(struct vscmi_op *op)
{
	op->state = VSCMI_OP_FREE;
	op->server->op_ended(op);
	if (op->kind == VSCMI_OP_SYNCHRONOUS)
		answer(op);
	else if (op->kind == VSCMI_OP_BACKGROUND)
		vscmi_op_release(op);
	else
		tell_agent(op);
}

void vscmi_op_complete(struct vscmi_op *op, int32_t status)
{
	struct vscmi_platform *platform = op->platform;

	vscmi_serve_enter(platform);
	op->status = status;
	end(op);
	vscmi_serve_leave(platform);
}

static void end_due(struct vscmi_platform *platform, struct vscmi_alarm *alarm)
{
	end((void *)((uint8_t *)alarm - offsetof(struct vscmi_op, alarm)));
}

void vscmi_op_complete_after(struct vscmi_op *op, uint64_t delay_us, int32_t status)
{
	uint64_t now_us = op->platform->now_us;

	op->status = status;
	op->alarm.ring = end_due;
	vscmi_serve_alarm(op->platform, &op->alarm,
			  delay_us < UINT64_MAX - now_us ? now_us + delay_us
							 : UINT64_MAX - 1);
}

void vscmi_ops_start(struct vscmi_platform *platform, uint32_t agent_id)
{
	struct vscmi_agent_state *agent = vscmi_agent_state(platform, agent_id);

	agent->ended_end = &agent->ended;
	for (size_t i = platform->op_count; i-- > 0;) {
		agent->ops[i].platform = platform;
		agent->ops[i].agent = agent;
		agent->ops[i].agent_id = agent_id;
		push_free(agent, &agent->ops[i]);
	}
}

void vscmi_ops_abandon(struct vscmi_platform *platform, struct vscmi_agent_state *agent)
{
	agent->free_ops = NULL;
	for (size_t i = 0; i < platform->op_count; i++) {
		struct vscmi_op *op = &agent->ops[i];

		if (vscmi_op_is_busy(op))
			op->kind = VSCMI_OP_BACKGROUND;
		else
			push_free(agent, op);
	}
	memset(agent->pending, 0, sizeof(agent->pending));
	agent->ended = NULL;
	agent->ended_end = &agent->ended;
}
