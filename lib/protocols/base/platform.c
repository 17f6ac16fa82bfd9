/* SPDX-License-Identifier: BSD-3-Clause */
/* Base protocol, platform side. */
#include "platform/handler.h"
#include "protocols/base/messages.h"
#include "protocols/page.h"

#define SELF 0xffffffffu

/* [agent_count]: the agent wants BASE_ERROR_EVENT. */
static bool *error_subscribers(const struct vscmi_platform *platform)
{
	return vscmi_serve_state(platform, VSCMI_PLACE_BASE);
}

static const struct vscmi_platform_base *base_of(const struct vscmi_call *call)
{
	return vscmi_serve_config(call->platform)->base;
}

static bool is_trusted(const struct vscmi_call *call)
{
	return vscmi_serve_agent(call->platform, call->agent_id)->trusted;
}

/* The next protocol after one, without the base protocol, that the caller has; 0: none. */
static uint8_t next_protocol(const struct vscmi_call *call, unsigned protocol)
{
	while (++protocol <= UINT8_MAX) {
		if (vscmi_serve_has_protocol(call->platform, call->agent_id,
					     (uint8_t)protocol))
			return (uint8_t)protocol;
	}
	return 0;
}

static uint32_t protocol_count(const struct vscmi_call *call)
{
	uint32_t count = 0;
	uint8_t protocol = VSCMI_PROTOCOL_BASE;

	while ((protocol = next_protocol(call, protocol)) != 0)
		count++;
	return count;
}

static int32_t base_protocol_attributes(
	struct vscmi_call *call,
	const struct vscmi_base_protocol_attributes_request *request,
	struct vscmi_base_protocol_attributes_reply *reply)
{
	reply->protocols = protocol_count(call);
	reply->agents = vscmi_serve_config(call->platform)->agent_count;
	return VSCMI_SUCCESS;
}

static int32_t base_discover_vendor(
	struct vscmi_call *call, const struct vscmi_base_discover_vendor_request *request,
	struct vscmi_base_discover_vendor_reply *reply)
{
	VSCMI_SET_TEXT(reply->vendor, base_of(call)->vendor);
	return VSCMI_SUCCESS;
}

static int32_t base_discover_sub_vendor(
	struct vscmi_call *call,
	const struct vscmi_base_discover_sub_vendor_request *request,
	struct vscmi_base_discover_sub_vendor_reply *reply)
{
	VSCMI_SET_TEXT(reply->sub_vendor, base_of(call)->sub_vendor);
	return VSCMI_SUCCESS;
}

static int32_t base_discover_implementation_version(
	struct vscmi_call *call,
	const struct vscmi_base_discover_implementation_version_request *request,
	struct vscmi_base_discover_implementation_version_reply *reply)
{
	reply->implementation_version = base_of(call)->implementation_version;
	return VSCMI_SUCCESS;
}

static int32_t base_discover_list_protocols(
	struct vscmi_call *call,
	const struct vscmi_base_discover_list_protocols_request *request,
	struct vscmi_base_discover_list_protocols_reply *reply)
{
	uint32_t total = protocol_count(call);
	uint8_t protocol = VSCMI_PROTOCOL_BASE;
	struct vscmi_page page;

	if (request->skip > total)
		return VSCMI_INVALID_PARAMETERS;
	for (uint32_t i = 0; i < request->skip; i++)
		protocol = next_protocol(call, protocol);
	page = vscmi_page(&call->reply, request->skip, total, UINT32_MAX);
	while (vscmi_page_next(&page)) {
		struct vscmi_base_discover_list_protocols_element element;

		protocol = next_protocol(call, protocol);
		element.protocol_id = protocol;
		vscmi_base_discover_list_protocols_element_put(&call->reply,
							       call->version, &element);
	}
	for (uint32_t i = page.returned; i % 4 != 0; i++)
		vscmi_out_u8(&call->reply, 0);
	reply->returned = page.returned;
	return vscmi_page_status(&page);
}

static int32_t base_discover_agent(
	struct vscmi_call *call, const struct vscmi_base_discover_agent_request *request,
	struct vscmi_base_discover_agent_reply *reply)
{
	bool self = request->agent_id == SELF && call->version >= 0x20000;
	const struct vscmi_platform_agent *agent;

	reply->agent_id = self ? call->agent_id : request->agent_id;
	agent = vscmi_serve_agent(call->platform, reply->agent_id);
	if (!agent && reply->agent_id != 0)
		return VSCMI_NOT_FOUND;
	VSCMI_SET_TEXT(reply->name, agent ? agent->name : "platform");
	return VSCMI_SUCCESS;
}

static int32_t base_notify_errors(struct vscmi_call *call,
				  const struct vscmi_base_notify_errors_request *request,
				  struct vscmi_base_notify_errors_reply *reply)
{
	int32_t status = vscmi_call_check(call);

	if (status == VSCMI_SUCCESS)
		error_subscribers(call->platform)[call->agent_id - 1] = request->enable;
	return status;
}

/* What both permission commands check of their arguments. */
static int32_t check_grant(const struct vscmi_call *call, uint32_t agent_id,
			   uint32_t device_id)
{
	int32_t status = is_trusted(call) ? vscmi_call_check(call) : VSCMI_DENIED;

	if (status != VSCMI_SUCCESS)
		return status;
	if (!vscmi_serve_agent(call->platform, agent_id) || device_id == 0 ||
	    device_id > base_of(call)->device_count)
		return VSCMI_NOT_FOUND;
	return VSCMI_SUCCESS;
}

static int32_t base_set_device_permissions(
	struct vscmi_call *call,
	const struct vscmi_base_set_device_permissions_request *request,
	struct vscmi_base_set_device_permissions_reply *reply)
{
	int32_t status = check_grant(call, request->agent_id, request->device_id);

	if (status == VSCMI_SUCCESS)
		vscmi_serve_allow(call->platform, request->agent_id,
				  (uint16_t)request->device_id, 0, request->allow);
	return status;
}

static int32_t base_set_protocol_permissions(
	struct vscmi_call *call,
	const struct vscmi_base_set_protocol_permissions_request *request,
	struct vscmi_base_set_protocol_permissions_reply *reply)
{
	uint8_t protocol = (uint8_t)request->protocol_id;
	int32_t status = check_grant(call, request->agent_id, request->device_id);

	if (status != VSCMI_SUCCESS)
		return status;
	/* The base protocol is not a device's, and cannot be taken away. */
	if (protocol == VSCMI_PROTOCOL_BASE ||
	    !vscmi_serve_has_protocol(call->platform, request->agent_id, protocol))
		return VSCMI_NOT_FOUND;
	vscmi_serve_allow(call->platform, request->agent_id, (uint16_t)request->device_id,
			  protocol, request->allow);
	return VSCMI_SUCCESS;
}

static int32_t base_reset_agent_configuration(
	struct vscmi_call *call,
	const struct vscmi_base_reset_agent_configuration_request *request,
	struct vscmi_base_reset_agent_configuration_reply *reply)
{
	int32_t status = VSCMI_DENIED;

	/* Permissions are not for the agent that they bind to reset. */
	if (is_trusted(call) ||
	    (request->agent_id == call->agent_id && !request->reset_permissions))
		status = vscmi_call_check(call);
	if (status != VSCMI_SUCCESS)
		return status;
	if (!vscmi_serve_agent(call->platform, request->agent_id))
		return VSCMI_NOT_FOUND;
	vscmi_serve_reset_agent(call->platform, request->agent_id,
				request->reset_permissions);
	return VSCMI_SUCCESS;
}

#define VSCMI_ROWS "protocols/base/messages.def"
#include "protocols/handler_rows.h"

static bool is_valid(const struct vscmi_platform_config *config)
{
	return config->base->vendor != NULL;
}

static void *lay_out(const struct vscmi_platform_config *config,
		     struct vscmi_arena *arena)
{
	return VSCMI_ARENA_ARRAY(arena, config->agent_count, bool);
}

static int32_t provides(const struct vscmi_call *call, uint8_t message_id,
			uint32_t *attributes)
{
	bool provided = true;

	switch (message_id) {
	case VSCMI_BASE_DISCOVER_SUB_VENDOR:
		provided = base_of(call)->sub_vendor != NULL;
		break;
	case VSCMI_BASE_NOTIFY_ERRORS:
		provided = vscmi_serve_has_events(call->platform, call->agent_id);
		break;
	case VSCMI_BASE_SET_DEVICE_PERMISSIONS:
	case VSCMI_BASE_SET_PROTOCOL_PERMISSIONS:
		provided = base_of(call)->device_count > 0;
		break;
	}
	return provided ? VSCMI_SUCCESS : VSCMI_NOT_FOUND;
}

static void agent_arrives(struct vscmi_platform *platform, uint32_t agent_id)
{
	error_subscribers(platform)[agent_id - 1] = false;
}

/* For the agent itself, and for those who look after all; not for its neighbours. */
static void command_failed(struct vscmi_platform *platform, uint32_t agent_id,
			   uint32_t header, int32_t status)
{
	const bool *subscribed = error_subscribers(platform);
	struct vscmi_header command = vscmi_header_unpack(header);
	uint32_t resource = (uint32_t)command.protocol << 8 | command.message_id;

	for (uint32_t id = 1; id <= vscmi_serve_config(platform)->agent_count; id++) {
		struct vscmi_base_error_event_payload payload = {
			.agent_id = agent_id,
			.count = 1,
		};
		struct vscmi_base_error_event_element element = {
			.header = header,
			.status = status,
		};
		struct vscmi_out *out;

		if (!subscribed[id - 1] ||
		    (id != agent_id && !vscmi_serve_agent(platform, id)->trusted))
			continue;
		out = vscmi_serve_notify(platform, id, &vscmi_base_server,
					 VSCMI_BASE_ERROR_EVENT,
					 agent_id << 16 | resource);
		if (!out)
			continue;
		vscmi_base_error_event_payload_put(out, 0, &payload);
		vscmi_base_error_event_element_put(out, 0, &element);
	}
}

const struct vscmi_server vscmi_base_server = {
	.place = VSCMI_PLACE_BASE,
	.commands = commands,
	.command_count = sizeof(commands) / sizeof(commands[0]),
	.notification_since = notification_since,
	.is_valid = is_valid,
	.lay_out = lay_out,
	.provides = provides,
	.agent_arrives = agent_arrives,
	.command_failed = command_failed,
};
