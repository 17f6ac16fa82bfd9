/* SPDX-License-Identifier: BSD-3-Clause */
/* The state of clocks between the commands: votes, rates, and who did what. */
#include "protocols/clock/messages.h"
#include "protocols/clock/state.h"

struct vscmi_clocks *vscmi_clocks_of(const struct vscmi_platform *platform)
{
	return vscmi_serve_state(platform, VSCMI_PLACE_CLOCK);
}

/*
 * ---- Set-up ----
 */

static bool view_is_valid(const struct vscmi_platform_clock_view *view,
			  uint16_t clock_count)
{
	for (size_t i = 0; view && i < view->count; i++) {
		if (view->grants[i].clock >= clock_count)
			return false;
	}
	return !view || view->count <= clock_count;
}

static bool rates_are_valid(const struct vscmi_platform_clock *clock)
{
	for (size_t i = 1; i < clock->rate_count; i++) {
		if (clock->rates_hz[i - 1] >= clock->rates_hz[i])
			return false;
	}
	return clock->rate_count > 0 ||
	       (clock->range.min_hz <= clock->range.max_hz && clock->range.step_hz > 0);
}

static bool clock_is_valid(const struct vscmi_platform_config *config,
			   const struct vscmi_platform_clock *clock)
{
	const struct vscmi_platform_clock_ops *ops = clock->ops;

	for (size_t i = 0; i < clock->parent_count; i++) {
		if (clock->parents[i] >= config->clock_count)
			return false;
	}
	return clock->name && clock->name[0] && rates_are_valid(clock) &&
	       clock->device_id <= config->base->device_count && ops && ops->rate_get &&
	       !ops->parent_get == !ops->parent_set &&
	       !ops->duty_cycle_get == !ops->duty_cycle_set;
}

bool vscmi_clocks_are_valid(const struct vscmi_platform_config *config)
{
	for (size_t i = 0; i < config->clock_count; i++) {
		if (!clock_is_valid(config, &config->clocks[i]))
			return false;
	}
	for (size_t i = 0; i < config->agent_count; i++) {
		if (!view_is_valid(config->agents[i].clocks, config->clock_count))
			return false;
	}
	return true;
}

void *vscmi_clocks_lay_out(const struct vscmi_platform_config *config,
			   struct vscmi_arena *arena)
{
	struct vscmi_clocks *state = VSCMI_ARENA_ARRAY(arena, 1, struct vscmi_clocks);
	struct vscmi_clock *clocks =
		VSCMI_ARENA_ARRAY(arena, config->clock_count, struct vscmi_clock);
	struct vscmi_clock_ids *ids =
		VSCMI_ARENA_ARRAY(arena, config->agent_count, struct vscmi_clock_ids);

	for (size_t i = 0; i < config->agent_count; i++) {
		struct vscmi_clock_entry *entries = VSCMI_ARENA_ARRAY(
			arena, config->clock_count, struct vscmi_clock_entry);

		if (ids)
			ids[i].entries = entries;
	}
	if (state)
		*state = (struct vscmi_clocks){ .clocks = clocks, .ids = ids };
	return state;
}

void vscmi_clocks_start(struct vscmi_platform *platform)
{
	const struct vscmi_platform_config *config = vscmi_serve_config(platform);
	struct vscmi_clocks *state = vscmi_clocks_of(platform);

	for (size_t i = 0; i < config->clock_count; i++) {
		const struct vscmi_platform_clock *description = &config->clocks[i];
		const struct vscmi_platform_clock_ops *ops = description->ops;
		struct vscmi_clock *clock = &state->clocks[i];
		uint32_t percent;
		uint8_t parent;

		clock->description = description;
		clock->enabled = description->enabled;
		/* What cannot be read now is restored to 0, and so not at all. */
		ops->rate_get(description->context, vscmi_serve_now_us(platform),
			      &clock->rate_hz);
		clock->rate.initial = clock->rate_hz;
		if (ops->parent_get &&
		    ops->parent_get(description->context, &parent) == VSCMI_SUCCESS)
			clock->parent.initial = parent;
		if (ops->duty_cycle_get &&
		    ops->duty_cycle_get(description->context, &percent) == VSCMI_SUCCESS)
			clock->duty_cycle.initial = percent;
	}
}

void vscmi_clock_agent_arrives(struct vscmi_platform *platform, uint32_t agent_id)
{
	const struct vscmi_platform_config *config = vscmi_serve_config(platform);
	const struct vscmi_platform_clock_view *view =
		vscmi_serve_agent(platform, agent_id)->clocks;
	struct vscmi_clock_ids *ids = &vscmi_clocks_of(platform)->ids[agent_id - 1];
	uint16_t count = view ? view->count : config->clock_count;

	for (uint16_t i = 0; i < config->clock_count; i++) {
		struct vscmi_clock *clock = &vscmi_clocks_of(platform)->clocks[i];

		vscmi_agent_set_put(&clock->want_changed, agent_id, false);
		vscmi_agent_set_put(&clock->want_change_requested, agent_id, false);
	}
	ids->count = 0;
	for (uint16_t i = 0; i < count; i++) {
		struct vscmi_platform_clock_grant grant =
			view ? view->grants[i]
			     : (struct vscmi_platform_clock_grant){ i, true, true, true };
		const struct vscmi_platform_clock *clock = &config->clocks[grant.clock];

		if (!vscmi_serve_is_allowed(platform, agent_id, clock->device_id,
					    &vscmi_clock_server))
			continue;
		ids->entries[ids->count++] = (struct vscmi_clock_entry){
			.clock = grant.clock,
			.may_set_state = grant.state,
			.may_set_parent = grant.parent && clock->ops->parent_set,
			.may_set_rate = grant.rate && clock->ops->rate_set,
		};
	}
}

bool vscmi_clock_id_of(const struct vscmi_platform *platform, uint32_t agent_id,
		       uint16_t clock, uint32_t *ret_clock_id)
{
	const struct vscmi_clock_ids *ids = &vscmi_clocks_of(platform)->ids[agent_id - 1];
	uint16_t device_id = vscmi_serve_config(platform)->clocks[clock].device_id;

	if (!vscmi_serve_is_allowed(platform, agent_id, device_id, &vscmi_clock_server))
		return false;
	for (uint32_t id = 0; id < ids->count; id++) {
		if (ids->entries[id].clock == clock) {
			*ret_clock_id = id;
			return true;
		}
	}
	return false;
}

/*
 * ---- Votes ----
 */

static void count_vote(struct vscmi_clock *clock, enum vscmi_clock_vote vote, int by)
{
	if (vote == VSCMI_CLOCK_ON)
		clock->votes_on = (uint16_t)(clock->votes_on + by);
	else if (vote == VSCMI_CLOCK_OFF)
		clock->votes_off = (uint16_t)(clock->votes_off + by);
}

static void move_vote(struct vscmi_clock *clock, struct vscmi_clock_entry *entry,
		      enum vscmi_clock_vote vote)
{
	count_vote(clock, entry->vote, -1);
	count_vote(clock, vote, 1);
	entry->vote = vote;
}

/* It runs while anybody wants it to, else stops if anybody said so, else is as at the start. */
static bool outcome(const struct vscmi_clock *clock)
{
	if (clock->votes_on > 0)
		return true;
	return clock->votes_off > 0 ? false : clock->description->enabled;
}

int32_t vscmi_clock_vote(struct vscmi_clock *clock, struct vscmi_clock_entry *entry,
			 enum vscmi_clock_vote vote)
{
	const struct vscmi_platform_clock *description = clock->description;
	enum vscmi_clock_vote before = entry->vote;
	int32_t status;

	move_vote(clock, entry, vote);
	if (outcome(clock) == clock->enabled)
		return VSCMI_SUCCESS;
	status = description->ops->enable
			 ? description->ops->enable(description->context, !clock->enabled)
			 : VSCMI_DENIED;
	if (status == VSCMI_SUCCESS)
		clock->enabled = !clock->enabled;
	else if (vote != VSCMI_CLOCK_NO_VOTE)
		move_vote(clock, entry, before);
	return status;
}

/*
 * ---- Rates ----
 */

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* The highest rate at or below, and the lowest at or above; 0: none. */
static void neighbours(const struct vscmi_platform_clock *clock, uint64_t rate_hz,
		       uint64_t *below_hz, uint64_t *above_hz)
{
	const struct vscmi_platform_clock_range *range = &clock->range;
	uint64_t top_hz, offset_hz;

	*below_hz = *above_hz = 0;
	if (clock->rate_count > 0) {
		for (size_t i = 0; i < clock->rate_count; i++) {
			if (clock->rates_hz[i] <= rate_hz)
				*below_hz = clock->rates_hz[i];
			else if (*above_hz == 0)
				*above_hz = clock->rates_hz[i];
		}
	} else if (rate_hz < range->min_hz) {
		*above_hz = range->min_hz;
	} else {
		/* max is a rate even if no whole number of steps leads there. */
		top_hz = rate_hz < range->max_hz ? rate_hz : range->max_hz;
		offset_hz = (top_hz - range->min_hz) % range->step_hz;
		*below_hz = top_hz == range->max_hz ? top_hz : top_hz - offset_hz;
		if (rate_hz < range->max_hz)
			*above_hz = range->max_hz - *below_hz < range->step_hz
					    ? range->max_hz
					    : *below_hz + range->step_hz;
	}
	if (*below_hz == rate_hz)
		*above_hz = rate_hz;
}

bool vscmi_clock_round(const struct vscmi_platform_clock *clock, uint64_t rate_hz,
		       bool up, bool nearest, uint64_t *ret_rate_hz)
{
	uint64_t below_hz, above_hz, chosen_hz;

	neighbours(clock, rate_hz, &below_hz, &above_hz);
	chosen_hz = up ? above_hz : below_hz;
	if (nearest)
		chosen_hz = !below_hz || (above_hz && distance(above_hz, rate_hz) <
							      distance(below_hz, rate_hz))
				    ? above_hz
				    : below_hz;
	if (chosen_hz == 0)
		return false;
	*ret_rate_hz = chosen_hz;
	return true;
}

/* Both events say the same of a rate. */
static void tell(struct vscmi_platform *platform, const struct vscmi_agent_set *who,
		 uint8_t event_id, uint16_t clock, uint32_t by_agent, uint64_t rate_hz)
{
	for (uint32_t id = vscmi_agent_set_from(who, 1); id;
	     id = vscmi_agent_set_from(who, id + 1)) {
		struct vscmi_clock_rate_changed_payload payload = {
			.agent_id = by_agent,
			.rate_hz = rate_hz,
		};
		struct vscmi_out *out = NULL;

		/* Who asked for a change is not told of it again. */
		if (event_id == VSCMI_CLOCK_RATE_CHANGE_REQUESTED && id == by_agent)
			continue;
		if (vscmi_clock_id_of(platform, id, clock, &payload.clock_id))
			out = vscmi_serve_notify(platform, id, &vscmi_clock_server,
						 event_id, clock);
		if (out)
			vscmi_clock_rate_changed_payload_put(
				out,
				vscmi_serve_version(platform, id, &vscmi_clock_server),
				&payload);
	}
}

void vscmi_clock_change_requested(struct vscmi_platform *platform, uint16_t clock,
				  uint32_t agent_id, uint64_t rate_hz)
{
	tell(platform, &vscmi_clocks_of(platform)->clocks[clock].want_change_requested,
	     VSCMI_CLOCK_RATE_CHANGE_REQUESTED, clock, agent_id, rate_hz);
}

int32_t vscmi_clock_refresh(struct vscmi_platform *platform, uint16_t index,
			    uint32_t by_agent)
{
	struct vscmi_clock *clock = &vscmi_clocks_of(platform)->clocks[index];
	uint64_t rate_hz;
	int32_t status = clock->description->ops->rate_get(
		clock->description->context, vscmi_serve_now_us(platform), &rate_hz);

	if (status == VSCMI_SUCCESS && rate_hz != clock->rate_hz) {
		clock->rate_hz = rate_hz;
		tell(platform, &clock->want_changed, VSCMI_CLOCK_RATE_CHANGED, index,
		     by_agent, rate_hz);
	}
	return status;
}

void vscmi_platform_clock_changed(struct vscmi_platform *platform, uint16_t clock)
{
	if (clock >= vscmi_serve_config(platform)->clock_count)
		return;
	vscmi_serve_enter(platform);
	vscmi_clock_refresh(platform, clock, 0);
	vscmi_serve_leave(platform);
}

/*
 * ---- Back to the start ----
 */

static void restore_rate(struct vscmi_platform *platform, uint16_t index)
{
	struct vscmi_clock *clock = &vscmi_clocks_of(platform)->clocks[index];
	const struct vscmi_platform_clock *description = clock->description;

	clock->rate.setter = 0;
	if (clock->rate.initial == 0)
		return;
	vscmi_op_begin_background(&clock->background, platform, &vscmi_clock_server);
	clock->background.resource = index;
	clock->rate_op = &clock->background;
	vscmi_op_settle(&clock->background, NULL,
			description->ops->rate_set(
				description->context, vscmi_serve_now_us(platform),
				clock->rate.initial, &clock->background));
}

/* An agent's change, which the end of a restore has made possible. */
static void start_next(struct vscmi_clock *clock)
{
	const struct vscmi_platform_clock *description = clock->description;
	struct vscmi_op *op = clock->next_op;
	int32_t status;

	clock->next_op = NULL;
	clock->rate_op = op;
	status = description->ops->rate_set(description->context,
					    vscmi_serve_now_us(op->platform),
					    clock->next_rate_hz, op);
	if (status != VSCMI_OP_LATER)
		vscmi_op_complete_after(op, 0, status);
}

void vscmi_clock_op_ended(struct vscmi_op *op)
{
	struct vscmi_clock *clock = &vscmi_clocks_of(op->platform)->clocks[op->resource];

	clock->rate_op = NULL;
	if (op->status == VSCMI_SUCCESS)
		op->status =
			vscmi_clock_refresh(op->platform, op->resource, op->agent_id);
	op->rate_hz = clock->rate_hz;
	if (clock->next_op) {
		start_next(clock);
	} else if (clock->restore_rate) {
		clock->restore_rate = false;
		restore_rate(op->platform, op->resource);
	}
}

/* An op that fails here leaves the resource as the agent had it; there is nobody to tell. */
static void restore(struct vscmi_platform *platform, uint16_t index, uint32_t agent_id)
{
	struct vscmi_clock *clock = &vscmi_clocks_of(platform)->clocks[index];
	const struct vscmi_platform_clock *description = clock->description;

	if (clock->parent.setter == agent_id) {
		clock->parent.setter = 0;
		description->ops->parent_set(description->context,
					     (uint8_t)clock->parent.initial);
		vscmi_clock_refresh(platform, index, 0);
	}
	if (clock->duty_cycle.setter == agent_id) {
		clock->duty_cycle.setter = 0;
		description->ops->duty_cycle_set(description->context,
						 (uint32_t)clock->duty_cycle.initial);
	}
	if (clock->rate.setter == agent_id) {
		if (clock->rate_op)
			clock->restore_rate = true;
		else
			restore_rate(platform, index);
	}
}

void vscmi_clock_agent_releases(struct vscmi_platform *platform, uint32_t agent_id)
{
	struct vscmi_clocks *state = vscmi_clocks_of(platform);
	struct vscmi_clock_ids *ids = &state->ids[agent_id - 1];

	for (uint16_t i = 0; i < ids->count; i++) {
		struct vscmi_clock_entry *entry = &ids->entries[i];
		struct vscmi_clock *clock = &state->clocks[entry->clock];

		if (entry->vote != VSCMI_CLOCK_NO_VOTE)
			vscmi_clock_vote(clock, entry, VSCMI_CLOCK_NO_VOTE);
		restore(platform, entry->clock, agent_id);
	}
}
