/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls of the System power protocol. */
#include "vscmi/agent/system.h"
#include "protocols/system/messages.h"

#define PROTOCOL   VSCMI_PROTOCOL_SYSTEM
#define VSCMI_ROWS "protocols/system/messages.def"
#include "protocols/call_rows.h"

struct vscmi_result vscmi_system_attributes_get(struct vscmi_agent *agent,
						uint32_t *ret_attributes)
{
	const struct vscmi_system_protocol_attributes_request request = { 0 };
	struct vscmi_system_protocol_attributes_reply reply;
	struct vscmi_result result =
		system_protocol_attributes_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		*ret_attributes = reply.attributes;
	return result;
}

struct vscmi_result vscmi_system_state_set(struct vscmi_agent *agent, uint32_t state,
					   bool graceful)
{
	const struct vscmi_system_power_state_set_request request = {
		.graceful = graceful,
		.system_state = state,
	};

	return system_power_state_set_tell(agent, &request);
}

struct vscmi_result vscmi_system_state_get(struct vscmi_agent *agent, uint32_t *ret_state)
{
	const struct vscmi_system_power_state_get_request request = { 0 };
	struct vscmi_system_power_state_get_reply reply;
	struct vscmi_result result = system_power_state_get_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		*ret_state = reply.system_state;
	return result;
}

static struct vscmi_result notify(struct vscmi_agent *agent, uint32_t resource_id,
				  bool enable)
{
	const struct vscmi_system_power_state_notify_request request = { .enable =
										 enable };

	return system_power_state_notify_tell(agent, &request);
}

static bool decode(struct vscmi_agent *agent, struct vscmi_in *in, uint32_t version)
{
	struct vscmi_system_power_state_notifier_payload payload;
	struct vscmi_event event = { .kind = VSCMI_EVENT_SYSTEM_POWER_STATE };

	vscmi_system_power_state_notifier_payload_get(in, version, &payload);
	event.agent_id = payload.agent_id;
	event.system.state = payload.system_state;
	event.system.graceful = payload.graceful;
	event.system.timeout_ms = payload.timeout_ms;
	return vscmi_event_deliver(agent, &event, in);
}

static const struct vscmi_notification notifications[] = {
	[VSCMI_SYSTEM_POWER_STATE_NOTIFIER] = {
		.since = 0x10000,
		.notify = notify,
		.decode = decode,
	},
};

const struct vscmi_notifications vscmi_system_notifications = {
	.table = notifications,
	.count = sizeof(notifications) / sizeof(notifications[0]),
};
