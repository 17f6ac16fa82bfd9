/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls of the Clock management protocol. */
#include "vscmi/agent/clock.h"
#include "protocols/clock/messages.h"

#define PROTOCOL   VSCMI_PROTOCOL_CLOCK
#define VSCMI_ROWS "protocols/clock/messages.def"
#include "protocols/call_rows.h"

_Static_assert(VSCMI_CLOCK_NAME_BYTES == VSCMI_LONG_NAME_BYTES, "names are copied whole");

/* CLOCK_CONFIG_SET's state, from 3.0 on. */
enum { STATE_DISABLE = 0, STATE_ENABLE = 1, STATE_UNCHANGED = 3 };

struct vscmi_result vscmi_clock_protocol_get(struct vscmi_agent *agent,
					     struct vscmi_clock_protocol *ret_protocol)
{
	const struct vscmi_clock_protocol_attributes_request request = { 0 };
	struct vscmi_clock_protocol_attributes_reply reply;
	struct vscmi_result result =
		clock_protocol_attributes_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		*ret_protocol = (struct vscmi_clock_protocol){
			.clocks = reply.clocks,
			.max_pending = reply.max_pending,
		};
	return result;
}

struct vscmi_result vscmi_clock_get(struct vscmi_agent *agent, uint32_t clock_id,
				    struct vscmi_clock *ret_clock)
{
	const struct vscmi_clock_attributes_request request = { .clock_id = clock_id };
	struct vscmi_clock_attributes_reply reply;
	struct vscmi_result result = clock_attributes_call(agent, &request, &reply);

	if (vscmi_failed(result))
		return result;
	*ret_clock = (struct vscmi_clock){
		.enabled = reply.enabled,
		.notifies_changed = reply.notifies_changed,
		.notifies_change_requested = reply.notifies_change_requested,
		.enable_delay_us = reply.enable_delay_us,
		.parents = reply.parents,
		.extended_config = reply.extended_config,
		.restricted = reply.restricted,
	};
	memcpy(ret_clock->name, reply.name, sizeof(reply.name));
	/* Without the long name the short one has to do. */
	if (reply.extended_name)
		vscmi_clock_name_get(agent, clock_id, ret_clock->name);
	return result;
}

struct vscmi_result vscmi_clock_name_get(struct vscmi_agent *agent, uint32_t clock_id,
					 char ret_name[VSCMI_CLOCK_NAME_BYTES])
{
	const struct vscmi_clock_name_get_request request = { .clock_id = clock_id };
	struct vscmi_clock_name_get_reply reply;
	struct vscmi_result result = clock_name_get_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		memcpy(ret_name, reply.name, sizeof(reply.name));
	return result;
}

static void rates_put(struct vscmi_out *out, uint32_t version, uint32_t clock_id,
		      uint32_t index)
{
	const struct vscmi_clock_describe_rates_request request = {
		.clock_id = clock_id,
		.rate_index = index,
	};

	vscmi_clock_describe_rates_request_put(out, version, &request);
}

static void rates_get(struct vscmi_in *in, uint32_t version,
		      struct vscmi_list_page *ret_page)
{
	struct vscmi_clock_describe_rates_reply reply;

	vscmi_clock_describe_rates_reply_get(in, version, &reply);
	*ret_page = (struct vscmi_list_page){
		.returned = reply.returned,
		.remaining = reply.remaining,
		.triplet = reply.triplet,
	};
}

static const struct vscmi_list_kind rates = {
	.protocol = VSCMI_PROTOCOL_CLOCK,
	.message_id = VSCMI_CLOCK_DESCRIBE_RATES,
	.since = 0x10000,
	.put = rates_put,
	.get = rates_get,
};

void vscmi_clock_rates(struct vscmi_list *list, struct vscmi_agent *agent,
		       uint32_t clock_id)
{
	vscmi_list_begin(list, agent, &rates, clock_id);
}

bool vscmi_clock_rates_next(struct vscmi_list *list, struct vscmi_clock_rates *ret_rates)
{
	struct vscmi_clock_describe_rates_element min, max, step = { 0 };
	struct vscmi_in in;

	if (!vscmi_list_next(list, &rates, &in))
		return false;
	vscmi_clock_describe_rates_element_get(&in, list->version, &min);
	max = min;
	if (list->triplet) {
		vscmi_clock_describe_rates_element_get(&in, list->version, &max);
		vscmi_clock_describe_rates_element_get(&in, list->version, &step);
	}
	if (!vscmi_list_decoded(list, &in))
		return false;
	*ret_rates = (struct vscmi_clock_rates){ min.rate_hz, max.rate_hz, step.rate_hz };
	return true;
}

struct vscmi_result vscmi_clock_rate_get(struct vscmi_agent *agent, uint32_t clock_id,
					 uint64_t *ret_rate_hz)
{
	const struct vscmi_clock_rate_get_request request = { .clock_id = clock_id };
	struct vscmi_clock_rate_get_reply reply;
	struct vscmi_result result = clock_rate_get_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		*ret_rate_hz = reply.rate_hz;
	return result;
}

static struct vscmi_clock_rate_set_request rate_request(
	uint32_t clock_id, uint64_t rate_hz, enum vscmi_clock_rounding rounding)
{
	return (struct vscmi_clock_rate_set_request){
		.round_nearest = rounding == VSCMI_CLOCK_ROUND_NEAREST,
		.round_up = rounding == VSCMI_CLOCK_ROUND_UP,
		.clock_id = clock_id,
		.rate_hz = rate_hz,
	};
}

struct vscmi_result vscmi_clock_rate_set(struct vscmi_agent *agent, uint32_t clock_id,
					 uint64_t rate_hz,
					 enum vscmi_clock_rounding rounding)
{
	const struct vscmi_clock_rate_set_request request =
		rate_request(clock_id, rate_hz, rounding);

	return clock_rate_set_tell(agent, &request);
}

struct vscmi_result vscmi_clock_rate_set_async(struct vscmi_agent *agent,
					       uint32_t clock_id, uint64_t rate_hz,
					       enum vscmi_clock_rounding rounding,
					       uint64_t *ret_rate_hz)
{
	struct vscmi_clock_rate_set_request request =
		rate_request(clock_id, rate_hz, rounding);
	struct vscmi_clock_rate_set_complete_payload payload;
	struct vscmi_result result;
	struct vscmi_ask ask;

	request.async = true;
	clock_rate_set_begin(&ask, agent, VSCMI_ASYNC, &request);
	if (vscmi_ask_run(&ask))
		vscmi_clock_rate_set_complete_payload_get(&ask.in, ask.version, &payload);
	result = vscmi_ask_end(&ask);
	if (!vscmi_failed(result))
		*ret_rate_hz = payload.rate_hz;
	return result;
}

static struct vscmi_result config_set(struct vscmi_agent *agent, uint32_t clock_id,
				      uint32_t state, uint8_t type, uint32_t value)
{
	const struct vscmi_clock_config_set_request request = {
		.clock_id = clock_id,
		.extended_type = type,
		.state = state,
		.extended_value = value,
	};

	return clock_config_set_tell(agent, &request);
}

struct vscmi_result vscmi_clock_enable(struct vscmi_agent *agent, uint32_t clock_id)
{
	return config_set(agent, clock_id, STATE_ENABLE, VSCMI_CLOCK_EXTENDED_NONE, 0);
}

struct vscmi_result vscmi_clock_disable(struct vscmi_agent *agent, uint32_t clock_id)
{
	return config_set(agent, clock_id, STATE_DISABLE, VSCMI_CLOCK_EXTENDED_NONE, 0);
}

struct vscmi_result vscmi_clock_extended_config_set(struct vscmi_agent *agent,
						    uint32_t clock_id, uint8_t type,
						    uint32_t value)
{
	uint32_t version;
	struct vscmi_result result =
		vscmi_agent_open(agent, VSCMI_PROTOCOL_CLOCK, &version);

	if (vscmi_failed(result))
		return result;
	/* The message is older than its extended part. */
	if (version < 0x30000)
		return vscmi_local(VSCMI_E_UNSUPPORTED);
	return config_set(agent, clock_id, STATE_UNCHANGED, type, value);
}

struct vscmi_result vscmi_clock_config_get(struct vscmi_agent *agent, uint32_t clock_id,
					   uint8_t type,
					   struct vscmi_clock_config *ret_config)
{
	const struct vscmi_clock_config_get_request request = {
		.clock_id = clock_id,
		.extended_type = type,
	};
	struct vscmi_clock_config_get_reply reply;
	struct vscmi_result result = clock_config_get_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		*ret_config = (struct vscmi_clock_config){
			.enabled = reply.enabled,
			.extended_value = reply.extended_value,
		};
	return result;
}

static void parents_put(struct vscmi_out *out, uint32_t version, uint32_t clock_id,
			uint32_t index)
{
	const struct vscmi_clock_possible_parents_get_request request = {
		.clock_id = clock_id,
		.skip_parents = index,
	};

	vscmi_clock_possible_parents_get_request_put(out, version, &request);
}

static void parents_get(struct vscmi_in *in, uint32_t version,
			struct vscmi_list_page *ret_page)
{
	struct vscmi_clock_possible_parents_get_reply reply;

	vscmi_clock_possible_parents_get_reply_get(in, version, &reply);
	*ret_page = (struct vscmi_list_page){
		.returned = reply.returned,
		.remaining = reply.remaining,
	};
}

static const struct vscmi_list_kind parents = {
	.protocol = VSCMI_PROTOCOL_CLOCK,
	.message_id = VSCMI_CLOCK_POSSIBLE_PARENTS_GET,
	.since = 0x30000,
	.put = parents_put,
	.get = parents_get,
};

void vscmi_clock_parents(struct vscmi_list *list, struct vscmi_agent *agent,
			 uint32_t clock_id)
{
	vscmi_list_begin(list, agent, &parents, clock_id);
}

bool vscmi_clock_parents_next(struct vscmi_list *list, uint32_t *ret_parent_id)
{
	struct vscmi_clock_possible_parents_get_element element;
	struct vscmi_in in;

	if (!vscmi_list_next(list, &parents, &in))
		return false;
	vscmi_clock_possible_parents_get_element_get(&in, list->version, &element);
	if (!vscmi_list_decoded(list, &in))
		return false;
	*ret_parent_id = element.parent_id;
	return true;
}

struct vscmi_result vscmi_clock_parent_set(struct vscmi_agent *agent, uint32_t clock_id,
					   uint32_t parent_id)
{
	const struct vscmi_clock_parent_set_request request = {
		.clock_id = clock_id,
		.parent_id = parent_id,
	};

	return clock_parent_set_tell(agent, &request);
}

struct vscmi_result vscmi_clock_parent_get(struct vscmi_agent *agent, uint32_t clock_id,
					   uint32_t *ret_parent_id)
{
	const struct vscmi_clock_parent_get_request request = { .clock_id = clock_id };
	struct vscmi_clock_parent_get_reply reply;
	struct vscmi_result result = clock_parent_get_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		*ret_parent_id = reply.parent_id;
	return result;
}

struct vscmi_result vscmi_clock_permissions_get(
	struct vscmi_agent *agent, uint32_t clock_id,
	struct vscmi_clock_permissions *ret_permissions)
{
	const struct vscmi_clock_get_permissions_request request = { .clock_id =
									     clock_id };
	struct vscmi_clock_get_permissions_reply reply;
	struct vscmi_result result = clock_get_permissions_call(agent, &request, &reply);

	if (!vscmi_failed(result))
		*ret_permissions = (struct vscmi_clock_permissions){
			.state = reply.state,
			.parent = reply.parent,
			.rate = reply.rate,
		};
	return result;
}

/*
 * ---- Notifications ----
 */

static struct vscmi_result count_clocks(struct vscmi_agent *agent, uint32_t *ret_count)
{
	struct vscmi_clock_protocol protocol;
	struct vscmi_result result = vscmi_clock_protocol_get(agent, &protocol);

	if (!vscmi_failed(result))
		*ret_count = protocol.clocks;
	return result;
}

static struct vscmi_result notify_changed(struct vscmi_agent *agent, uint32_t clock_id,
					  bool enable)
{
	const struct vscmi_clock_rate_notify_request request = {
		.clock_id = clock_id,
		.enable = enable,
	};

	return clock_rate_notify_tell(agent, &request);
}

static struct vscmi_result notify_change_requested(struct vscmi_agent *agent,
						   uint32_t clock_id, bool enable)
{
	const struct vscmi_clock_rate_change_requested_notify_request request = {
		.clock_id = clock_id,
		.enable = enable,
	};

	return clock_rate_change_requested_notify_tell(agent, &request);
}

static bool decode_changed(struct vscmi_agent *agent, struct vscmi_in *in,
			   uint32_t version)
{
	struct vscmi_clock_rate_changed_payload payload;
	struct vscmi_event event = { .kind = VSCMI_EVENT_CLOCK_RATE_CHANGED };

	vscmi_clock_rate_changed_payload_get(in, version, &payload);
	event.agent_id = payload.agent_id;
	event.resource_id = payload.clock_id;
	event.clock.rate_hz = payload.rate_hz;
	return vscmi_event_deliver(agent, &event, in);
}

static bool decode_change_requested(struct vscmi_agent *agent, struct vscmi_in *in,
				    uint32_t version)
{
	struct vscmi_clock_rate_change_requested_payload payload;
	struct vscmi_event event = { .kind = VSCMI_EVENT_CLOCK_RATE_CHANGE_REQUESTED };

	vscmi_clock_rate_change_requested_payload_get(in, version, &payload);
	event.agent_id = payload.agent_id;
	event.resource_id = payload.clock_id;
	event.clock.rate_hz = payload.rate_hz;
	return vscmi_event_deliver(agent, &event, in);
}

static const struct vscmi_notification notifications[] = {
	[VSCMI_CLOCK_RATE_CHANGED] = {
		.since = 0x20000,
		.notify = notify_changed,
		.resources = count_clocks,
		.decode = decode_changed,
	},
	[VSCMI_CLOCK_RATE_CHANGE_REQUESTED] = {
		.since = 0x20000,
		.notify = notify_change_requested,
		.resources = count_clocks,
		.decode = decode_change_requested,
	},
};

const struct vscmi_notifications vscmi_clock_notifications = {
	.table = notifications,
	.count = sizeof(notifications) / sizeof(notifications[0]),
};
