/* SPDX-License-Identifier: BSD-3-Clause */
/* The messages that every protocol has: DEN0056, "Protocol discovery" and the like. */
#include "platform/engine.h"
#include "protocols/common.h"

static int32_t protocol_version(struct vscmi_call *call,
				const struct vscmi_protocol_version_request *request,
				struct vscmi_protocol_version_reply *reply)
{
	const struct vscmi_place *place = vscmi_place_of(call->server);
	uint32_t version = place->versions[place->version_count - 1];

	reply->major = version >> 16;
	reply->minor = version & 0xffff;
	return VSCMI_SUCCESS;
}

static int32_t protocol_message_attributes(
	struct vscmi_call *call,
	const struct vscmi_protocol_message_attributes_request *request,
	struct vscmi_protocol_message_attributes_reply *reply)
{
	if (!vscmi_command_find(call->server, call->version, request->message_id))
		return VSCMI_NOT_FOUND;
	return call->server->provides(call, (uint8_t)request->message_id,
				      &reply->attributes);
}

static int32_t negotiate_protocol_version(
	struct vscmi_call *call,
	const struct vscmi_negotiate_protocol_version_request *request,
	struct vscmi_negotiate_protocol_version_reply *reply)
{
	const struct vscmi_place *place = vscmi_place_of(call->server);

	for (size_t i = 0; i < place->version_count; i++) {
		if (place->versions[i] == request->version) {
			call->agent->versions[call->server->place] = request->version;
			return VSCMI_SUCCESS;
		}
	}
	return VSCMI_NOT_SUPPORTED;
}

#define VSCMI_ROWS_ARE_COMMON
#define VSCMI_ROWS "protocols/common.def"
#include "protocols/handler_rows.h"

const struct vscmi_command *const vscmi_common_commands = commands;
const size_t vscmi_common_command_count = sizeof(commands) / sizeof(commands[0]);
