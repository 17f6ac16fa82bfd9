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
	const struct vscmi_place *place = vscmi_place_find(header.protocol);
	const struct vscmi_command *command;
	uint32_t attributes = 0;

	if (call->header & VSCMI_HEADER_RESERVED || header.type != VSCMI_COMMAND)
		return VSCMI_PROTOCOL_ERROR;
	if (!place || !vscmi_is_visible(call->agent, place))
		return VSCMI_NOT_SUPPORTED;
	call->server = place->server;
	call->version = call->agent->versions[place - vscmi_places];
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
	call = (struct vscmi_call){
		.platform = platform,
		.agent = agent,
		.agent_id = agent_id,
		.header = vscmi_le32_get(word),
		.request = { .pos = word + VSCMI_HEADER_BYTES,
			     .left = count - VSCMI_HEADER_BYTES },
		/* Messages are made of whole words. */
		.reply = { .pos = bytes + VSCMI_HEAD_BYTES,
			   .left = (room - VSCMI_HEAD_BYTES) & ~(size_t)3 },
		.room = room,
		.cookie = cookie,
	};
	count_message(agent, call.header);
	status = dispatch(&call);
	if (status == VSCMI_SUCCESS && call.reply.overflow)
		status = VSCMI_COMMS_ERROR;
	if (status != VSCMI_HELD) {
		vscmi_put_head(bytes, call.header, status);
		*ret_count = status == VSCMI_SUCCESS ? (size_t)(call.reply.pos - bytes)
						     : VSCMI_HEAD_BYTES;
		vscmi_count_answer(agent, status);
	}
	vscmi_serve_leave(platform);
	platform->serving = serving;
	return status == VSCMI_HELD ? VSCMI_SERVICE_HELD : VSCMI_SERVICE_ANSWERED;
}
