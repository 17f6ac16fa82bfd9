/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls of the Base protocol. */
#include "vscmi/agent/base.h"
#include "protocols/base/messages.h"

#define PROTOCOL   VSCMI_PROTOCOL_BASE
#define VSCMI_ROWS "protocols/base/messages.def"
#include "protocols/call_rows.h"

_Static_assert(VSCMI_BASE_NAME_BYTES == VSCMI_NAME_BYTES, "names are copied whole");

struct vscmi_result vscmi_base_attributes_get(
	struct vscmi_agent *agent, struct vscmi_base_attributes *ret_attributes)
{
	const struct vscmi_base_protocol_attributes_request request = { 0 };
	struct vscmi_base_protocol_attributes_reply reply;
	struct vscmi_result result =
		base_protocol_attributes_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		*ret_attributes = (struct vscmi_base_attributes){
			.protocols = reply.protocols,
			.agents = reply.agents,
		};
	return result;
}

struct vscmi_result vscmi_base_vendor(struct vscmi_agent *agent,
				      char ret_name[VSCMI_BASE_NAME_BYTES])
{
	const struct vscmi_base_discover_vendor_request request = { 0 };
	struct vscmi_base_discover_vendor_reply reply;
	struct vscmi_result result = base_discover_vendor_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		memcpy(ret_name, reply.vendor, sizeof(reply.vendor));
	return result;
}

struct vscmi_result vscmi_base_sub_vendor(struct vscmi_agent *agent,
					  char ret_name[VSCMI_BASE_NAME_BYTES])
{
	const struct vscmi_base_discover_sub_vendor_request request = { 0 };
	struct vscmi_base_discover_sub_vendor_reply reply;
	struct vscmi_result result =
		base_discover_sub_vendor_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		memcpy(ret_name, reply.sub_vendor, sizeof(reply.sub_vendor));
	return result;
}

struct vscmi_result vscmi_base_implementation_version(struct vscmi_agent *agent,
						      uint32_t *ret_version)
{
	const struct vscmi_base_discover_implementation_version_request request = { 0 };
	struct vscmi_base_discover_implementation_version_reply reply;
	struct vscmi_result result =
		base_discover_implementation_version_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		*ret_version = reply.implementation_version;
	return result;
}

static void protocols_put(struct vscmi_out *out, uint32_t version, uint32_t resource_id,
			  uint32_t index)
{
	const struct vscmi_base_discover_list_protocols_request request = {
		.skip = index
	};

	vscmi_base_discover_list_protocols_request_put(out, version, &request);
}

static void protocols_get(struct vscmi_in *in, uint32_t version,
			  struct vscmi_list_page *ret_page)
{
	struct vscmi_base_discover_list_protocols_reply reply;

	vscmi_base_discover_list_protocols_reply_get(in, version, &reply);
	*ret_page = (struct vscmi_list_page){ .returned = reply.returned };
}

static struct vscmi_result protocols_total(struct vscmi_agent *agent, uint32_t *ret_total)
{
	struct vscmi_base_attributes attributes;
	struct vscmi_result result = vscmi_base_attributes_get(agent, &attributes);

	if (!vscmi_failed(result))
		*ret_total = attributes.protocols;
	return result;
}

static const struct vscmi_list_kind protocols = {
	.protocol = VSCMI_PROTOCOL_BASE,
	.message_id = VSCMI_BASE_DISCOVER_LIST_PROTOCOLS,
	.since = 0x10000,
	.put = protocols_put,
	.get = protocols_get,
	.total = protocols_total,
};

void vscmi_base_protocols(struct vscmi_list *list, struct vscmi_agent *agent)
{
	vscmi_list_begin(list, agent, &protocols, 0);
}

bool vscmi_base_protocols_next(struct vscmi_list *list, uint8_t *ret_protocol)
{
	struct vscmi_base_discover_list_protocols_element element;
	struct vscmi_in in;

	if (!vscmi_list_next(list, &protocols, &in))
		return false;
	vscmi_base_discover_list_protocols_element_get(&in, list->version, &element);
	if (!vscmi_list_decoded(list, &in))
		return false;
	*ret_protocol = element.protocol_id;
	return true;
}

struct vscmi_result vscmi_base_agent_get(struct vscmi_agent *agent, uint32_t agent_id,
					 struct vscmi_base_agent *ret_agent)
{
	const struct vscmi_base_discover_agent_request request = { .agent_id = agent_id };
	struct vscmi_base_discover_agent_reply reply;
	struct vscmi_result result = base_discover_agent_call(agent, &request, &reply);

	if (vscmi_failed(result))
		return result;
	*ret_agent = (struct vscmi_base_agent){
		.agent_id = vscmi_agent_version(agent, VSCMI_PROTOCOL_BASE) < 0x20000
				    ? agent_id
				    : reply.agent_id,
	};
	memcpy(ret_agent->name, reply.name, sizeof(reply.name));
	return result;
}

struct vscmi_result vscmi_base_device_permission_set(struct vscmi_agent *agent,
						     uint32_t agent_id,
						     uint32_t device_id, bool allow)
{
	const struct vscmi_base_set_device_permissions_request request = {
		.agent_id = agent_id,
		.device_id = device_id,
		.allow = allow,
	};

	return base_set_device_permissions_tell(agent, &request);
}

struct vscmi_result vscmi_base_protocol_permission_set(struct vscmi_agent *agent,
						       uint32_t agent_id,
						       uint32_t device_id,
						       uint8_t protocol, bool allow)
{
	const struct vscmi_base_set_protocol_permissions_request request = {
		.agent_id = agent_id,
		.device_id = device_id,
		.protocol_id = protocol,
		.allow = allow,
	};

	return base_set_protocol_permissions_tell(agent, &request);
}

struct vscmi_result vscmi_base_agent_reset(struct vscmi_agent *agent, uint32_t agent_id,
					   bool reset_permissions)
{
	const struct vscmi_base_reset_agent_configuration_request request = {
		.agent_id = agent_id,
		.reset_permissions = reset_permissions,
	};

	return base_reset_agent_configuration_tell(agent, &request);
}

static struct vscmi_result notify(struct vscmi_agent *agent, uint32_t resource_id,
				  bool enable)
{
	const struct vscmi_base_notify_errors_request request = { .enable = enable };

	return base_notify_errors_tell(agent, &request);
}

/* As many as the longest notification can bring. */
#define ERRORS_MAX (VSCMI_EVENT_BYTES_MAX / 8)

static bool decode(struct vscmi_agent *agent, struct vscmi_in *in, uint32_t version)
{
	struct vscmi_base_error errors[ERRORS_MAX];
	struct vscmi_base_error_event_payload payload;
	struct vscmi_event event = { .kind = VSCMI_EVENT_BASE_ERROR };

	vscmi_base_error_event_payload_get(in, version, &payload);
	event.agent_id = payload.agent_id;
	event.base_error.fatal = payload.fatal;
	event.base_error.errors = errors;
	while (event.base_error.count < payload.count && !in->short_read) {
		struct vscmi_base_error_event_element element;

		vscmi_base_error_event_element_get(in, version, &element);
		errors[event.base_error.count++] = (struct vscmi_base_error){
			.header = vscmi_header_unpack(element.header),
			.status = element.status,
		};
	}
	return vscmi_event_deliver(agent, &event, in);
}

static const struct vscmi_notification notifications[] = {
	[VSCMI_BASE_ERROR_EVENT] = { .since = 0x10000,
				     .notify = notify,
				     .decode = decode },
};

const struct vscmi_notifications vscmi_base_notifications = {
	.table = notifications,
	.count = sizeof(notifications) / sizeof(notifications[0]),
};
