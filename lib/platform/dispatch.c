/* SPDX-License-Identifier: BSD-3-Clause */
/* From the bytes of a command to its handler, and to the bytes of the reply. */
#include "platform/engine.h"

/*
 * The refusals that need no knowledge of the message; handlers go on with permission, reserved
 * bits and arguments, in this order.
 */
static int32_t dispatch(struct vscmi_call *call)
{
	struct vscmi_header header = vscmi_header_unpack(call->header);
	unsigned number = vscmi_place_number(header.protocol);
	const struct vscmi_command *command;
	uint32_t attributes = 0;

	/* A command has type 0. */
	if (call->header & (VSCMI_HEADER_RESERVED | VSCMI_HEADER_TYPE))
		return VSCMI_PROTOCOL_ERROR;
	if (number == 0 || !(call->agent->visible >> (number - 1) & 1))
		return VSCMI_NOT_SUPPORTED;
	call->server = vscmi_places[number - 1].server;
	call->version = call->agent->versions[number - 1];
	command = vscmi_command_find(call->server, call->version, header.message_id);
	if (!command)
		return VSCMI_NOT_FOUND;
	if (call->server->provides(call, header.message_id, &attributes) != VSCMI_SUCCESS)
		return VSCMI_NOT_SUPPORTED;
	return command->serve(call);
}

static void count_message(struct vscmi_agent_state *agent, uint32_t header)
{
	unsigned protocol =
		vscmi_header_unpack(header).protocol - (unsigned)VSCMI_PROTOCOL_BASE;

	if (protocol < VSCMI_PLATFORM_PROTOCOLS)
		agent->counters.messages[protocol]++;
	else
		agent->counters.messages_unknown++;
}

/* The head of a reply whose status is known; how long the reply is. */
static size_t finish(const struct vscmi_call *call, uint8_t *bytes, int32_t status)
{
	size_t count = VSCMI_HEAD_BYTES;

	if (status == VSCMI_SUCCESS) {
		if (call->reply.overflow)
			status = VSCMI_COMMS_ERROR;
		else
			count = (size_t)(call->reply.pos - bytes);
	}
	vscmi_put_head(bytes, call->header, status);
	vscmi_count_answer(call->agent, status);
	return count;
}

enum vscmi_service_outcome vscmi_platform_handle(struct vscmi_platform *platform,
						 uint32_t agent_id, const void *request,
						 size_t count, void *reply, size_t room,
						 void *cookie, size_t *ret_count)
{
	struct vscmi_agent_state *agent = vscmi_agent_state(platform, agent_id);
	uint32_t serving = platform->serving;
	struct vscmi_call call;
	const uint8_t *word = request;
	uint8_t *bytes = reply;
	int32_t status;

	if (!agent)
		return VSCMI_SERVICE_UNANSWERABLE;
	if (!agent->channel || count < VSCMI_HEADER_BYTES || room < VSCMI_HEAD_BYTES) {
		agent->counters.unanswerable++;
		return VSCMI_SERVICE_UNANSWERABLE;
	}
	vscmi_serve_enter(platform);
	platform->serving = agent_id;
	/* What is not set here dispatch() sets, before a handler looks at it. */
	call.platform = platform;
	call.agent = agent;
	call.agent_id = agent_id;
	call.header = vscmi_le32_get(word);
	call.request = word + VSCMI_HEADER_BYTES;
	call.request_bytes = count - VSCMI_HEADER_BYTES;
	/* Messages are made of whole words. */
	call.reply.pos = bytes + VSCMI_HEAD_BYTES;
	call.reply.left = (room - VSCMI_HEAD_BYTES) & ~(size_t)3;
	call.reply.overflow = false;
	call.room = room;
	call.cookie = cookie;
	count_message(agent, call.header);
	status = dispatch(&call);
	if (status != VSCMI_HELD)
		*ret_count = finish(&call, bytes, status);
	vscmi_serve_leave(platform);
	platform->serving = serving;
	return status == VSCMI_HELD ? VSCMI_SERVICE_HELD : VSCMI_SERVICE_ANSWERED;
}
