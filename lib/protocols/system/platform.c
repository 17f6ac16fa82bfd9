/* SPDX-License-Identifier: BSD-3-Clause */
/* System power management, platform side. */
#include "platform/handler.h"
#include "protocols/system/messages.h"

#define VENDOR_STATES 0x80000000u

/* What SYSTEM_POWER_STATE_SET's message attributes say. */
#define OFFERS_WARM_RESET (1u << 31)
#define OFFERS_SUSPEND    (1u << 30)

/* [agent_count]: the agent wants SYSTEM_POWER_STATE_NOTIFIER. */
static bool *subscribers(const struct vscmi_platform *platform)
{
	return vscmi_serve_state(platform, VSCMI_PLACE_SYSTEM);
}

/* Whether the agent may ask for a state. */
static bool is_offered(const struct vscmi_call *call, enum vscmi_system_state state)
{
	const struct vscmi_platform_system *system =
		vscmi_serve_config(call->platform)->system;
	const struct vscmi_platform_system_view *view =
		vscmi_serve_agent(call->platform, call->agent_id)->system;
	uint32_t states = view ? system->states & view->states : system->states;

	return states >> state & 1;
}

static int32_t system_protocol_attributes(
	struct vscmi_call *call,
	const struct vscmi_system_protocol_attributes_request *request,
	struct vscmi_system_protocol_attributes_reply *reply)
{
	return VSCMI_SUCCESS;
}

static int32_t system_power_state_set(
	struct vscmi_call *call,
	const struct vscmi_system_power_state_set_request *request,
	struct vscmi_system_power_state_set_reply *reply)
{
	const struct vscmi_platform_system *system =
		vscmi_serve_config(call->platform)->system;
	enum vscmi_system_state state = (enum vscmi_system_state)request->system_state;
	int32_t status = vscmi_call_check(call);

	if (status != VSCMI_SUCCESS)
		return status;
	if (request->system_state >= VENDOR_STATES)
		return VSCMI_NOT_SUPPORTED;
	if (request->system_state > VSCMI_SYSTEM_SUSPEND)
		return VSCMI_INVALID_PARAMETERS;
	if (!is_offered(call, state))
		return VSCMI_NOT_SUPPORTED;
	return system->ops->state_set(system->context, call->agent_id, state,
				      request->graceful &&
					      state != VSCMI_SYSTEM_POWER_UP);
}

/* A system in which an agent can ask is up. */
static int32_t system_power_state_get(
	struct vscmi_call *call,
	const struct vscmi_system_power_state_get_request *request,
	struct vscmi_system_power_state_get_reply *reply)
{
	reply->system_state = VSCMI_SYSTEM_POWER_UP;
	return VSCMI_SUCCESS;
}

static int32_t system_power_state_notify(
	struct vscmi_call *call,
	const struct vscmi_system_power_state_notify_request *request,
	struct vscmi_system_power_state_notify_reply *reply)
{
	int32_t status = vscmi_call_check(call);

	if (status == VSCMI_SUCCESS)
		subscribers(call->platform)[call->agent_id - 1] = request->enable;
	return status;
}

#define VSCMI_ROWS "protocols/system/messages.def"
#include "protocols/handler_rows.h"

static bool is_valid(const struct vscmi_platform_config *config)
{
	const struct vscmi_platform_system *system = config->system;

	return !system || system->states == 0 || (system->ops && system->ops->state_set);
}

static void *lay_out(const struct vscmi_platform_config *config,
		     struct vscmi_arena *arena)
{
	return VSCMI_ARENA_ARRAY(arena, config->agent_count, bool);
}

static bool is_visible(const struct vscmi_platform_config *config, uint32_t agent_id)
{
	return config->system != NULL;
}

static int32_t provides(const struct vscmi_call *call, uint8_t message_id,
			uint32_t *attributes)
{
	switch (message_id) {
	case VSCMI_SYSTEM_POWER_STATE_SET:
		if (is_offered(call, VSCMI_SYSTEM_WARM_RESET))
			*attributes |= OFFERS_WARM_RESET;
		if (is_offered(call, VSCMI_SYSTEM_SUSPEND))
			*attributes |= OFFERS_SUSPEND;
		return VSCMI_SUCCESS;
	case VSCMI_SYSTEM_POWER_STATE_NOTIFY:
		return vscmi_serve_has_events(call->platform, call->agent_id)
			       ? VSCMI_SUCCESS
			       : VSCMI_NOT_SUPPORTED;
	}
	return VSCMI_SUCCESS;
}

static void agent_arrives(struct vscmi_platform *platform, uint32_t agent_id)
{
	subscribers(platform)[agent_id - 1] = false;
}

enum vscmi_error vscmi_platform_system_request(struct vscmi_platform *platform,
					       uint32_t agent_id,
					       const struct vscmi_system_request *request)
{
	struct vscmi_system_power_state_notifier_payload payload = {
		.agent_id = request->by_agent,
		.graceful = request->graceful,
		.system_state = (uint32_t)request->state,
		.timeout_ms = request->graceful ? request->timeout_ms : 0,
	};
	enum vscmi_error error = VSCMI_OK;
	struct vscmi_out *out;

	if (!vscmi_serve_agent(platform, agent_id) ||
	    !vscmi_serve_config(platform)->system)
		return VSCMI_E_INVALID;
	if (!subscribers(platform)[agent_id - 1])
		return VSCMI_E_NOT_READY;
	vscmi_serve_enter(platform);
	out = vscmi_serve_notify(platform, agent_id, &vscmi_system_server,
				 VSCMI_SYSTEM_POWER_STATE_NOTIFIER, 0);
	if (out)
		vscmi_system_power_state_notifier_payload_put(
			out,
			vscmi_serve_version(platform, agent_id, &vscmi_system_server),
			&payload);
	else
		error = VSCMI_E_BUSY;
	vscmi_serve_leave(platform);
	return error;
}

const struct vscmi_server vscmi_system_server = {
	.place = VSCMI_PLACE_SYSTEM,
	.commands = commands,
	.command_count = sizeof(commands) / sizeof(commands[0]),
	.notification_since = notification_since,
	.is_valid = is_valid,
	.lay_out = lay_out,
	.is_visible = is_visible,
	.provides = provides,
	.agent_arrives = agent_arrives,
};
