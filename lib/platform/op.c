/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operations: from the command that began them to the reply or the delayed response. Each agent
 * has its own, so that none can use up what another was promised. One that waits for an event
 * buffer keeps its place: that is the room that delayed responses have.
 */
#include "platform/engine.h"

struct vscmi_op *vscmi_op_begin(const struct vscmi_call *call, enum vscmi_op_kind kind)
{
	struct vscmi_platform *platform = call->platform;
	struct vscmi_agent_state *agent = vscmi_agent_state(platform, call->agent_id);
	bool synchronous = kind == VSCMI_OP_SYNCHRONOUS;
	struct vscmi_op *free = NULL;
	size_t pending = 0;

	for (size_t i = 0; i < platform->op_count; i++) {
		struct vscmi_op *op = &agent->ops[i];

		if (op->state == VSCMI_OP_FREE)
			free = op;
		else if (op->server == call->server && op->kind != VSCMI_OP_BACKGROUND)
			pending += synchronous == (op->kind == VSCMI_OP_SYNCHRONOUS);
	}
	if (!free || pending >= platform->config->pending_max)
		return NULL;
	*free = (struct vscmi_op){
		.platform = platform,
		.server = call->server,
		.kind = kind,
		.state = VSCMI_OP_BEGUN,
		.agent_id = call->agent_id,
		.version = call->version,
		.header = call->header,
		.room = call->room,
		.cookie = call->cookie,
		.due_us = UINT64_MAX,
	};
	return free;
}

void vscmi_op_begin_background(struct vscmi_op *op, struct vscmi_platform *platform,
			       const struct vscmi_server *server)
{
	*op = (struct vscmi_op){
		.platform = platform,
		.server = server,
		.kind = VSCMI_OP_BACKGROUND,
		.state = VSCMI_OP_BEGUN,
		.due_us = UINT64_MAX,
	};
}

/* The delayed response waits behind those that ended before it. */
static void wait_for_event(struct vscmi_op *op)
{
	struct vscmi_agent_state *agent = vscmi_agent_state(op->platform, op->agent_id);
	struct vscmi_op **last = &agent->ended;

	while (*last)
		last = &(*last)->next;
	*last = op;
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
}

static void answer(struct vscmi_op *op)
{
	struct vscmi_agent_state *agent = vscmi_agent_state(op->platform, op->agent_id);
	uint8_t reply[VSCMI_PLATFORM_EVENT_MAX];
	size_t room = op->room < sizeof(reply) ? op->room : sizeof(reply);
	struct vscmi_out out =
		vscmi_out(reply + VSCMI_HEAD_BYTES, room - VSCMI_HEAD_BYTES);
	size_t count = VSCMI_HEAD_BYTES;

	if (op->status == VSCMI_SUCCESS && op->server->put_reply) {
		op->server->put_reply(op, &out);
		if (out.overflow)
			op->status = VSCMI_COMMS_ERROR;
		else
			count = (size_t)(out.pos - reply);
	}
	vscmi_put_head(reply, op->header, op->status);
	vscmi_count_answer(agent, op->status);
	agent->channel->reply(agent->channel->context, op->cookie, reply, count);
}

int32_t vscmi_op_settle(struct vscmi_op *op, struct vscmi_call *call, int32_t returned)
{
	int32_t status;

	if (returned == VSCMI_OP_LATER) {
		op->state = VSCMI_OP_RUNNING;
		op->next = op->platform->running;
		op->platform->running = op;
		return op->kind == VSCMI_OP_SYNCHRONOUS ? VSCMI_HELD : VSCMI_SUCCESS;
	}
	op->status = returned;
	op->state = VSCMI_OP_FREE;
	op->server->op_ended(op);
	status = op->status;
	if (status != VSCMI_SUCCESS)
		return status;
	if (op->kind == VSCMI_OP_SYNCHRONOUS && op->server->put_reply)
		op->server->put_reply(op, &call->reply);
	else if (op->kind == VSCMI_OP_ASYNCHRONOUS)
		wait_for_event(op);
	return status;
}

/* Take it off the list of those that run, and do what its end brings. */
static void end(struct vscmi_op *op)
{
	struct vscmi_op **link = &op->platform->running;

	while (*link != op)
		link = &(*link)->next;
	*link = op->next;
	op->state = VSCMI_OP_FREE;
	op->server->op_ended(op);
	if (op->kind == VSCMI_OP_SYNCHRONOUS)
		answer(op);
	else if (op->kind != VSCMI_OP_BACKGROUND)
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

void vscmi_op_complete_after(struct vscmi_op *op, uint64_t delay_us, int32_t status)
{
	uint64_t now_us = op->platform->now_us;

	op->status = status;
	op->due_us = delay_us < UINT64_MAX - now_us ? now_us + delay_us : UINT64_MAX - 1;
}

void vscmi_ops_end_due(struct vscmi_platform *platform)
{
	for (;;) {
		struct vscmi_op *first = NULL;

		for (struct vscmi_op *op = platform->running; op; op = op->next) {
			if (op->due_us <= platform->now_us &&
			    (!first || op->due_us <= first->due_us))
				first = op;
		}
		if (!first)
			return;
		end(first);
	}
}

uint64_t vscmi_ops_next_us(const struct vscmi_platform *platform)
{
	uint64_t next_us = UINT64_MAX;

	for (const struct vscmi_op *op = platform->running; op; op = op->next) {
		if (op->due_us < next_us)
			next_us = op->due_us;
	}
	return next_us;
}

void vscmi_ops_abandon(struct vscmi_platform *platform, struct vscmi_agent_state *agent)
{
	for (size_t i = 0; i < platform->op_count; i++) {
		struct vscmi_op *op = &agent->ops[i];

		if (vscmi_op_is_busy(op))
			op->kind = VSCMI_OP_BACKGROUND;
		else
			op->state = VSCMI_OP_FREE;
	}
	agent->ended = NULL;
}
