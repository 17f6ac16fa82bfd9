/* SPDX-License-Identifier: BSD-3-Clause */
/* Clock management, platform side: the commands. */
#include "protocols/clock/messages.h"
#include "protocols/clock/state.h"
#include "protocols/page.h"

/* Extended configuration types. */
#define NO_EXTENDED_CONFIG 0u
#define DUTY_CYCLE         1u

/* States in CLOCK_CONFIG_SET. */
enum {
	DISABLE = 0,
	ENABLE = 1,
	RESERVED_STATE = 2,
	KEEP_STATE = 3,
};

/* The clock of a request: all that its handler needs. */
struct target {
	struct vscmi_clock *clock;
	struct vscmi_clock_entry *entry;
	const struct vscmi_platform_clock *description;
	const struct vscmi_platform_clock_ops *ops;
	void *context;
};

static const struct vscmi_clock_ids *ids_of(const struct vscmi_call *call)
{
	return &vscmi_clocks_of(call->platform)->ids[call->agent_id - 1];
}

/* What the caller calls clock_id, if it exists for it. */
static int32_t find(const struct vscmi_call *call, uint32_t clock_id,
		    struct target *target)
{
	const struct vscmi_clock_ids *ids = ids_of(call);
	struct vscmi_clock_entry *entry;

	if (clock_id >= ids->count)
		return VSCMI_NOT_FOUND;
	entry = &ids->entries[clock_id];
	target->entry = entry;
	target->clock = &vscmi_clocks_of(call->platform)->clocks[entry->clock];
	target->description = target->clock->description;
	target->ops = target->description->ops;
	target->context = target->description->context;
	if (!vscmi_serve_is_allowed(call->platform, call->agent_id,
				    target->description->device_id, call->server))
		return VSCMI_NOT_FOUND;
	return VSCMI_SUCCESS;
}

/* The same, and the request may go on. */
static int32_t open(const struct vscmi_call *call, uint32_t clock_id,
		    struct target *target)
{
	int32_t status = find(call, clock_id, target);

	return status == VSCMI_SUCCESS ? vscmi_call_check(call) : status;
}

static bool has_events(const struct vscmi_call *call)
{
	return vscmi_serve_has_events(call->platform, call->agent_id);
}

/* A right is worth nothing if the clock has no way to use it. */
static bool may_set_state(const struct target *target)
{
	return target->entry->may_set_state && target->ops->enable;
}

/* The caller's id of the next parent that it sees, from position *parent on; false: none. */
static bool next_parent(const struct vscmi_call *call, const struct target *target,
			uint32_t *parent, uint32_t *ret_parent_id)
{
	while (*parent < target->description->parent_count) {
		uint16_t clock = target->description->parents[(*parent)++];

		if (vscmi_clock_id_of(call->platform, call->agent_id, clock,
				      ret_parent_id))
			return true;
	}
	return false;
}

static uint32_t parent_count(const struct vscmi_call *call, const struct target *target)
{
	uint32_t parent = 0, parent_id, count = 0;

	while (next_parent(call, target, &parent, &parent_id))
		count++;
	return count;
}

/*
 * Asynchronous changes are offered for all clocks that an agent sees, or for none: the
 * protocol's attributes have one number for them, a clock's attributes have nothing. Linux
 * relies on it. Where a change takes no time, the delayed response follows at once.
 */
static bool offers_async(const struct vscmi_call *call)
{
	const struct vscmi_platform_config *config = vscmi_serve_config(call->platform);
	const struct vscmi_clock_ids *ids = ids_of(call);

	for (uint16_t i = 0; i < ids->count; i++) {
		if (config->clocks[ids->entries[i].clock].async)
			return has_events(call);
	}
	return false;
}

static int32_t clock_protocol_attributes(
	struct vscmi_call *call,
	const struct vscmi_clock_protocol_attributes_request *request,
	struct vscmi_clock_protocol_attributes_reply *reply)
{
	reply->clocks = ids_of(call)->count;
	if (offers_async(call))
		reply->max_pending = vscmi_serve_config(call->platform)->pending_max;
	return VSCMI_SUCCESS;
}

static int32_t clock_attributes(struct vscmi_call *call,
				const struct vscmi_clock_attributes_request *request,
				struct vscmi_clock_attributes_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->clock_id, &target);

	if (status != VSCMI_SUCCESS)
		return status;
	reply->notifies_changed =
		target.description->notifies_changed && has_events(call);
	reply->notifies_change_requested =
		target.description->notifies_change_requested && has_events(call);
	reply->extended_name = target.description->long_name != NULL;
	reply->parents = parent_count(call, &target) > 0;
	reply->extended_config = target.ops->duty_cycle_set != NULL;
	reply->restricted = !may_set_state(&target) || !target.entry->may_set_rate ||
			    (reply->parents && !target.entry->may_set_parent);
	reply->enabled = target.clock->enabled;
	VSCMI_SET_TEXT(reply->name, target.description->name);
	reply->enable_delay_us = target.description->enable_delay_us;
	return VSCMI_SUCCESS;
}

static void put_rate(struct vscmi_call *call, uint64_t rate_hz)
{
	struct vscmi_clock_describe_rates_element element = { .rate_hz = rate_hz };

	vscmi_clock_describe_rates_element_put(&call->reply, call->version, &element);
}

static int32_t clock_describe_rates(
	struct vscmi_call *call, const struct vscmi_clock_describe_rates_request *request,
	struct vscmi_clock_describe_rates_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->clock_id, &target);
	const struct vscmi_platform_clock_range *range;
	struct vscmi_page page;

	if (status != VSCMI_SUCCESS)
		return status;
	range = &target.description->range;
	if (target.description->rate_count == 0) {
		if (request->rate_index > 0)
			return VSCMI_OUT_OF_RANGE;
		put_rate(call, range->min_hz);
		put_rate(call, range->max_hz);
		put_rate(call, range->step_hz);
		reply->triplet = true;
		reply->returned = 3;
		return VSCMI_SUCCESS;
	}
	if (request->rate_index >= target.description->rate_count)
		return VSCMI_OUT_OF_RANGE;
	page = vscmi_page(&call->reply, request->rate_index,
			  target.description->rate_count, 0xfff);
	while (vscmi_page_next(&page))
		put_rate(call, target.description->rates_hz[page.index]);
	reply->returned = page.returned;
	reply->remaining = page.remaining;
	return vscmi_page_status(&page);
}

/* What the request's flags ask for, if it is offered. */
static int32_t kind_of(const struct vscmi_call *call,
		       const struct vscmi_clock_rate_set_request *request,
		       enum vscmi_op_kind *ret_kind)
{
	if (!request->async) {
		*ret_kind = VSCMI_OP_SYNCHRONOUS;
		return request->no_delayed_response ? VSCMI_INVALID_PARAMETERS
						    : VSCMI_SUCCESS;
	}
	*ret_kind =
		request->no_delayed_response ? VSCMI_OP_SILENT : VSCMI_OP_ASYNCHRONOUS;
	return offers_async(call) ? VSCMI_SUCCESS : VSCMI_NOT_SUPPORTED;
}

static bool is_changing(const struct vscmi_clock *clock)
{
	return clock->next_op || (clock->rate_op && clock->rate_op != &clock->background);
}

static int32_t clock_rate_set(struct vscmi_call *call,
			      const struct vscmi_clock_rate_set_request *request,
			      struct vscmi_clock_rate_set_reply *reply)
{
	struct target target;
	int32_t status = find(call, request->clock_id, &target);
	enum vscmi_op_kind kind;
	struct vscmi_op *op;
	uint64_t rate_hz;

	if (status != VSCMI_SUCCESS)
		return status;
	if (!target.entry->may_set_rate)
		return VSCMI_DENIED;
	status = vscmi_call_check(call);
	if (status == VSCMI_SUCCESS)
		status = kind_of(call, request, &kind);
	if (status != VSCMI_SUCCESS)
		return status;
	if (!vscmi_clock_round(target.description, request->rate_hz, request->round_up,
			       request->round_nearest, &rate_hz))
		return VSCMI_INVALID_PARAMETERS;
	/*
	 * One change at a time: the hardware has one state. A restore, which no agent knows
	 * of, is waited for.
	 */
	op = is_changing(target.clock) ? NULL : vscmi_op_begin(call, kind);
	if (!op)
		return VSCMI_BUSY;
	vscmi_clock_change_requested(call->platform, target.entry->clock, call->agent_id,
				     rate_hz);
	op->resource = target.entry->clock;
	op->resource_id = request->clock_id;
	if (target.clock->rate_op) {
		target.clock->next_op = op;
		target.clock->next_rate_hz = rate_hz;
		status = VSCMI_OP_LATER;
	} else {
		target.clock->rate_op = op;
		status = target.ops->rate_set(
			target.context, vscmi_serve_now_us(call->platform), rate_hz, op);
	}
	status = vscmi_op_settle(op, call, status);
	if (status == VSCMI_SUCCESS || status == VSCMI_HELD)
		target.clock->rate.setter = call->agent_id;
	return status;
}

static int32_t clock_rate_get(struct vscmi_call *call,
			      const struct vscmi_clock_rate_get_request *request,
			      struct vscmi_clock_rate_get_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->clock_id, &target);

	if (status != VSCMI_SUCCESS)
		return status;
	return target.ops->rate_get(target.context, vscmi_serve_now_us(call->platform),
				    &reply->rate_hz);
}

static int32_t set_duty_cycle(const struct vscmi_call *call, const struct target *target,
			      uint32_t percent)
{
	int32_t status = target->ops->duty_cycle_set(target->context, percent);

	if (status == VSCMI_SUCCESS)
		target->clock->duty_cycle.setter = call->agent_id;
	return status;
}

/*
 * CLOCK_GET_PERMISSIONS knows rights to state, parent and rate only: the duty cycle goes with the
 * state, since one command sets both.
 */
static int32_t clock_config_set(struct vscmi_call *call,
				const struct vscmi_clock_config_set_request *request,
				struct vscmi_clock_config_set_reply *reply)
{
	struct target target;
	int32_t status = find(call, request->clock_id, &target);
	enum vscmi_clock_vote before;
	bool sets_duty_cycle;

	if (status != VSCMI_SUCCESS)
		return status;
	if (!target.entry->may_set_state)
		return VSCMI_DENIED;
	status = vscmi_call_check(call);
	if (status != VSCMI_SUCCESS)
		return status;
	if (request->state == RESERVED_STATE ||
	    (request->state == KEEP_STATE &&
	     request->extended_type == NO_EXTENDED_CONFIG))
		return VSCMI_INVALID_PARAMETERS;
	sets_duty_cycle = request->extended_type != NO_EXTENDED_CONFIG;
	if (sets_duty_cycle &&
	    (request->extended_type != DUTY_CYCLE || !target.ops->duty_cycle_set ||
	     request->extended_value > 100))
		return VSCMI_INVALID_PARAMETERS;
	before = target.entry->vote;
	if (request->state != KEEP_STATE)
		status = vscmi_clock_vote(target.clock, target.entry,
					  request->state == ENABLE ? VSCMI_CLOCK_ON
								   : VSCMI_CLOCK_OFF);
	if (status != VSCMI_SUCCESS || !sets_duty_cycle)
		return status;
	status = set_duty_cycle(call, &target, request->extended_value);
	/* Both or none, and a vote can be taken back. */
	if (status != VSCMI_SUCCESS && request->state != KEEP_STATE)
		vscmi_clock_vote(target.clock, target.entry, before);
	return status;
}

static int32_t clock_name_get(struct vscmi_call *call,
			      const struct vscmi_clock_name_get_request *request,
			      struct vscmi_clock_name_get_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->clock_id, &target);

	if (status != VSCMI_SUCCESS)
		return status;
	if (!target.description->long_name)
		return VSCMI_NOT_FOUND;
	VSCMI_SET_TEXT(reply->name, target.description->long_name);
	return VSCMI_SUCCESS;
}

static int32_t clock_rate_notify(struct vscmi_call *call,
				 const struct vscmi_clock_rate_notify_request *request,
				 struct vscmi_clock_rate_notify_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->clock_id, &target);

	if (status != VSCMI_SUCCESS)
		return status;
	if (!target.description->notifies_changed)
		return VSCMI_NOT_SUPPORTED;
	vscmi_agent_set_put(&target.clock->want_changed, call->agent_id, request->enable);
	return VSCMI_SUCCESS;
}

static int32_t clock_rate_change_requested_notify(
	struct vscmi_call *call,
	const struct vscmi_clock_rate_change_requested_notify_request *request,
	struct vscmi_clock_rate_change_requested_notify_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->clock_id, &target);

	if (status != VSCMI_SUCCESS)
		return status;
	if (!target.description->notifies_change_requested)
		return VSCMI_NOT_SUPPORTED;
	vscmi_agent_set_put(&target.clock->want_change_requested, call->agent_id,
			    request->enable);
	return VSCMI_SUCCESS;
}

static int32_t clock_config_get(struct vscmi_call *call,
				const struct vscmi_clock_config_get_request *request,
				struct vscmi_clock_config_get_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->clock_id, &target);

	if (status != VSCMI_SUCCESS)
		return status;
	reply->enabled = target.clock->enabled;
	if (request->extended_type == NO_EXTENDED_CONFIG)
		return VSCMI_SUCCESS;
	if (request->extended_type != DUTY_CYCLE || !target.ops->duty_cycle_get)
		return VSCMI_INVALID_PARAMETERS;
	return target.ops->duty_cycle_get(target.context, &reply->extended_value);
}

/* The clock of a request about parents; NOT_SUPPORTED if it has none that the caller sees. */
static int32_t find_with_parents(const struct vscmi_call *call, uint32_t clock_id,
				 struct target *target)
{
	int32_t status = find(call, clock_id, target);

	if (status == VSCMI_SUCCESS && parent_count(call, target) == 0)
		status = VSCMI_NOT_SUPPORTED;
	return status;
}

static int32_t clock_possible_parents_get(
	struct vscmi_call *call,
	const struct vscmi_clock_possible_parents_get_request *request,
	struct vscmi_clock_possible_parents_get_reply *reply)
{
	struct vscmi_clock_possible_parents_get_element element;
	struct target target;
	int32_t status = find_with_parents(call, request->clock_id, &target);
	uint32_t total, parent = 0;
	struct vscmi_page page;

	if (status != VSCMI_SUCCESS)
		return status;
	total = parent_count(call, &target);
	if (request->skip_parents >= total)
		return VSCMI_OUT_OF_RANGE;
	for (uint32_t i = 0; i < request->skip_parents; i++)
		next_parent(call, &target, &parent, &element.parent_id);
	page = vscmi_page(&call->reply, request->skip_parents, total, 0xff);
	while (vscmi_page_next(&page)) {
		next_parent(call, &target, &parent, &element.parent_id);
		vscmi_clock_possible_parents_get_element_put(&call->reply, call->version,
							     &element);
	}
	reply->returned = page.returned;
	reply->remaining = page.remaining;
	return vscmi_page_status(&page);
}

static int32_t clock_parent_set(struct vscmi_call *call,
				const struct vscmi_clock_parent_set_request *request,
				struct vscmi_clock_parent_set_reply *reply)
{
	struct target target, parent;
	int32_t status = find_with_parents(call, request->clock_id, &target);
	uint8_t position = 0;

	if (status != VSCMI_SUCCESS)
		return status;
	if (!target.entry->may_set_parent)
		return VSCMI_DENIED;
	status = find(call, request->parent_id, &parent);
	if (status != VSCMI_SUCCESS)
		return status;
	while (position < target.description->parent_count &&
	       target.description->parents[position] != parent.entry->clock)
		position++;
	if (position == target.description->parent_count)
		return VSCMI_INVALID_PARAMETERS;
	status = target.ops->parent_set(target.context, position);
	if (status != VSCMI_SUCCESS)
		return status;
	target.clock->parent.setter = call->agent_id;
	vscmi_clock_refresh(call->platform, target.entry->clock, call->agent_id);
	return VSCMI_SUCCESS;
}

static int32_t clock_parent_get(struct vscmi_call *call,
				const struct vscmi_clock_parent_get_request *request,
				struct vscmi_clock_parent_get_reply *reply)
{
	struct target target;
	int32_t status = find_with_parents(call, request->clock_id, &target);
	uint8_t position = 0;

	if (status != VSCMI_SUCCESS)
		return status;
	if (target.ops->parent_get)
		status = target.ops->parent_get(target.context, &position);
	if (status != VSCMI_SUCCESS)
		return status;
	if (position >= target.description->parent_count)
		return VSCMI_GENERIC_ERROR;
	if (!vscmi_clock_id_of(call->platform, call->agent_id,
			       target.description->parents[position], &reply->parent_id))
		return VSCMI_NOT_FOUND;
	return VSCMI_SUCCESS;
}

static int32_t clock_get_permissions(
	struct vscmi_call *call,
	const struct vscmi_clock_get_permissions_request *request,
	struct vscmi_clock_get_permissions_reply *reply)
{
	struct target target;
	int32_t status = open(call, request->clock_id, &target);

	if (status != VSCMI_SUCCESS)
		return status;
	reply->state = may_set_state(&target);
	reply->parent = target.entry->may_set_parent;
	reply->rate = target.entry->may_set_rate;
	return VSCMI_SUCCESS;
}

#define VSCMI_ROWS "protocols/clock/messages.def"
#include "protocols/handler_rows.h"

static bool is_visible(const struct vscmi_platform_config *config, uint32_t agent_id)
{
	const struct vscmi_platform_clock_view *view =
		config->agents[agent_id - 1].clocks;

	return (view ? view->count : config->clock_count) > 0;
}

/* Whether any clock of the caller has what a conditional command is about. */
static bool any_has(const struct vscmi_call *call, uint8_t message_id)
{
	const struct vscmi_clock_ids *ids = ids_of(call);
	bool has = false;

	for (uint32_t id = 0; id < ids->count && !has; id++) {
		struct target target;

		if (find(call, id, &target) != VSCMI_SUCCESS)
			continue;
		switch (message_id) {
		case VSCMI_CLOCK_NAME_GET:
			has = target.description->long_name != NULL;
			break;
		case VSCMI_CLOCK_RATE_NOTIFY:
			has = target.description->notifies_changed && has_events(call);
			break;
		case VSCMI_CLOCK_RATE_CHANGE_REQUESTED_NOTIFY:
			has = target.description->notifies_change_requested &&
			      has_events(call);
			break;
		default:
			has = parent_count(call, &target) > 0;
			break;
		}
	}
	return has;
}

static int32_t provides(const struct vscmi_call *call, uint8_t message_id,
			uint32_t *attributes)
{
	switch (message_id) {
	case VSCMI_CLOCK_NAME_GET:
	case VSCMI_CLOCK_RATE_NOTIFY:
	case VSCMI_CLOCK_RATE_CHANGE_REQUESTED_NOTIFY:
	case VSCMI_CLOCK_POSSIBLE_PARENTS_GET:
	case VSCMI_CLOCK_PARENT_SET:
	case VSCMI_CLOCK_PARENT_GET:
		return any_has(call, message_id) ? VSCMI_SUCCESS : VSCMI_NOT_FOUND;
	}
	return VSCMI_SUCCESS;
}

static void put_delayed(const struct vscmi_op *op, struct vscmi_out *out)
{
	struct vscmi_clock_rate_set_complete_payload payload = {
		.clock_id = op->resource_id,
		.rate_hz = op->rate_hz,
	};

	vscmi_clock_rate_set_complete_payload_put(out, op->version, &payload);
}

const struct vscmi_server vscmi_clock_server = {
	.place = VSCMI_PLACE_CLOCK,
	.commands = commands,
	.command_count = sizeof(commands) / sizeof(commands[0]),
	.notification_since = notification_since,
	.is_valid = vscmi_clocks_are_valid,
	.lay_out = vscmi_clocks_lay_out,
	.start = vscmi_clocks_start,
	.is_visible = is_visible,
	.provides = provides,
	.agent_arrives = vscmi_clock_agent_arrives,
	.agent_releases = vscmi_clock_agent_releases,
	.op_ended = vscmi_clock_op_ended,
	.put_delayed = put_delayed,
};
