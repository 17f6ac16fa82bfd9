/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <vscmi/platform.h>

#include "board/sim_clock.h"

/*
 * ---- The clock at work ----
 */

static void settle(struct vscmi_sim_clock *clock, uint64_t now_us)
{
	if (now_us >= clock->settled_us)
		clock->rate_hz = clock->next_rate_hz;
}

static int32_t rate_get(void *context, uint64_t now_us, uint64_t *ret_rate_hz)
{
	struct vscmi_sim_clock *clock = context;

	settle(clock, now_us);
	if (!clock->fault)
		*ret_rate_hz = clock->rate_hz;
	return clock->fault;
}

static int32_t rate_set(void *context, uint64_t now_us, uint64_t rate_hz,
			struct vscmi_op *op)
{
	struct vscmi_sim_clock *clock = context;

	if (clock->fault)
		return clock->fault;
	settle(clock, now_us);
	clock->next_rate_hz = rate_hz;
	clock->settled_us = now_us + clock->change_us;
	settle(clock, now_us);
	if (clock->change_us == 0)
		return VSCMI_SUCCESS;
	vscmi_op_complete_after(op, clock->change_us, VSCMI_SUCCESS);
	return VSCMI_OP_LATER;
}

static int32_t enable(void *context, bool enable)
{
	struct vscmi_sim_clock *clock = context;

	(void)enable;
	return clock->fault;
}

static int32_t parent_get(void *context, uint8_t *ret_parent)
{
	struct vscmi_sim_clock *clock = context;

	if (!clock->fault)
		*ret_parent = clock->parent;
	return clock->fault;
}

static int32_t parent_set(void *context, uint8_t parent)
{
	struct vscmi_sim_clock *clock = context;

	if (!clock->fault)
		clock->parent = parent;
	return clock->fault;
}

static int32_t duty_cycle_get(void *context, uint32_t *ret_percent)
{
	struct vscmi_sim_clock *clock = context;

	if (!clock->fault)
		*ret_percent = clock->duty_cycle_percent;
	return clock->fault;
}

static int32_t duty_cycle_set(void *context, uint32_t percent)
{
	struct vscmi_sim_clock *clock = context;

	if (!clock->fault)
		clock->duty_cycle_percent = percent;
	return clock->fault;
}

struct vscmi_platform_clock vscmi_sim_clock_describe(struct vscmi_sim_clock *clock)
{
	clock->ops = (struct vscmi_platform_clock_ops){
		.rate_get = rate_get,
		.rate_set = clock->rates.count == 1 ? NULL : rate_set,
		.enable = enable,
	};
	if (clock->parents.count > 1) {
		clock->ops.parent_get = parent_get;
		clock->ops.parent_set = parent_set;
	}
	if (clock->duty_cycle_percent != VSCMI_NO_DUTY_CYCLE) {
		clock->ops.duty_cycle_get = duty_cycle_get;
		clock->ops.duty_cycle_set = duty_cycle_set;
	}
	return (struct vscmi_platform_clock){
		.name = clock->name,
		.long_name = strlen(clock->name) > 15 ? clock->name : NULL,
		.rates_hz = clock->rates.items,
		.rate_count = (uint16_t)clock->rates.count,
		.range = clock->range,
		.parents = clock->parents.items,
		.parent_count = (uint8_t)clock->parents.count,
		.enabled = clock->enabled,
		.async = clock->change_us > 0,
		.notifies_changed = true,
		.notifies_change_requested = true,
		.enable_delay_us = (uint32_t)clock->enable_delay_us,
		.ops = &clock->ops,
		.context = clock,
	};
}

/*
 * ---- The clock in the board file ----
 */

static void read_rates(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	static const struct vscmi_array_shape shape = {
		.what = "a list of rates such as [24MHz, 48MHz]",
		.read = vscmi_read_rate,
		.item_bytes = sizeof(uint64_t),
		.min = 1,
		.max = UINT16_MAX,
	};
	struct vscmi_array *rates = member;

	vscmi_read_list(reader, node, &shape, rates);
	for (uint32_t i = 1; i < rates->count && !reader->error; i++) {
		const uint64_t *rate_hz = (const uint64_t *)rates->items + i;

		if (rate_hz[0] <= rate_hz[-1])
			vscmi_refuse_scalar(reader, vscmi_array_node(reader, node, i),
					    "a higher rate than the one before");
	}
}

static void read_range(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	static const struct vscmi_key keys[] = {
		{ "min", vscmi_read_rate,
		  offsetof(struct vscmi_platform_clock_range, min_hz), true },
		{ "max", vscmi_read_rate,
		  offsetof(struct vscmi_platform_clock_range, max_hz), true },
		{ "step", vscmi_read_rate,
		  offsetof(struct vscmi_platform_clock_range, step_hz), true },
	};
	static const struct vscmi_keys shape = VSCMI_KEYS("a range of rates", keys);
	struct vscmi_platform_clock_range *range = member;

	vscmi_read_mapping(reader, node, &shape, range);
	if (reader->error)
		return;
	if (range->min_hz > range->max_hz)
		vscmi_reader_refuse(reader, node, "min is above max");
	if (range->step_hz == 0)
		vscmi_reader_refuse(reader, node, "step is 0, expected a rate");
}

static void read_enable_delay(struct vscmi_reader *reader, yaml_node_t *node,
			      void *member)
{
	vscmi_read_duration(reader, node, member);
	if (!reader->error && *(uint64_t *)member > UINT32_MAX)
		vscmi_refuse_scalar(reader, node, "at most 4294967295us");
}

static void read_duty_cycle(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	vscmi_read_u32(reader, node, member);
	if (!reader->error && *(uint32_t *)member > 100)
		vscmi_refuse_scalar(reader, node, "a percentage from 0 to 100");
}

static const struct vscmi_key clock_keys[] = {
	{ "name", vscmi_read_long_name, offsetof(struct vscmi_sim_clock, name), true },
	{ "rates", read_rates, offsetof(struct vscmi_sim_clock, rates), false },
	{ "range", read_range, offsetof(struct vscmi_sim_clock, range), false },
	{ "rate", vscmi_read_rate, offsetof(struct vscmi_sim_clock, rate_hz), false },
	{ "enabled", vscmi_read_bool, offsetof(struct vscmi_sim_clock, enabled), false },
	{ "enable_delay", read_enable_delay,
	  offsetof(struct vscmi_sim_clock, enable_delay_us), false },
	{ "changes_take", vscmi_read_duration,
	  offsetof(struct vscmi_sim_clock, change_us), false },
	{ "parents", vscmi_read_later, 0, false },
	{ "parent", vscmi_read_later, 0, false },
	{ "duty_cycle", read_duty_cycle,
	  offsetof(struct vscmi_sim_clock, duty_cycle_percent), false },
};

static const struct vscmi_keys clock_shape = VSCMI_KEYS("a clock", clock_keys);

static bool offers(const struct vscmi_sim_clock *clock, uint64_t rate_hz)
{
	const struct vscmi_platform_clock_range *range = &clock->range;
	const uint64_t *rates_hz = clock->rates.items;

	if (clock->rates.count == 0)
		return rate_hz >= range->min_hz && rate_hz <= range->max_hz &&
		       (rate_hz - range->min_hz) % range->step_hz == 0;
	for (uint32_t i = 0; i < clock->rates.count; i++) {
		if (rates_hz[i] == rate_hz)
			return true;
	}
	return false;
}

void vscmi_read_clock(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	static const uint64_t unset = UINT64_MAX;
	struct vscmi_sim_clock *clock = member;

	clock->rate_hz = unset;
	clock->duty_cycle_percent = VSCMI_NO_DUTY_CYCLE;
	vscmi_read_mapping(reader, node, &clock_shape, clock);
	if (reader->error)
		return;
	if ((clock->rates.count > 0) == (clock->range.step_hz > 0)) {
		vscmi_reader_refuse(reader, node,
				    "a clock needs either 'rates' or 'range'");
		return;
	}
	if (clock->rate_hz == unset)
		clock->rate_hz = clock->rates.count ? *(uint64_t *)clock->rates.items
						    : clock->range.min_hz;
	else if (!offers(clock, clock->rate_hz))
		vscmi_refuse_scalar(reader, vscmi_mapping_value(reader, node, "rate"),
				    "a rate that the clock offers");
	clock->next_rate_hz = clock->rate_hz;
}

/* The clock's parent at start, one of its parents. */
static void read_parent(struct vscmi_reader *reader, yaml_node_t *node,
			struct vscmi_sim_clock *clock, const struct vscmi_array *clocks)
{
	uint32_t index = vscmi_read_reference(reader, node, "a clock", clocks);
	const uint16_t *parents = clock->parents.items;

	for (uint32_t i = 0; i < clock->parents.count; i++) {
		if (parents[i] == index) {
			clock->parent = (uint8_t)i;
			return;
		}
	}
	vscmi_refuse_scalar(reader, node, "one of the clock's parents");
}

void vscmi_read_parents(struct vscmi_reader *reader, yaml_node_t *node,
			struct vscmi_sim_clock *clock, const struct vscmi_array *clocks)
{
	yaml_node_t *parents = vscmi_mapping_value(reader, node, "parents");
	yaml_node_t *parent = vscmi_mapping_value(reader, node, "parent");

	if (parents)
		vscmi_read_references(reader, parents, "a clock", clocks, UINT8_MAX,
				      &clock->parents);
	for (uint32_t i = 0; i < clock->parents.count && !reader->error; i++) {
		if (((const uint16_t *)clock->parents.items)[i] ==
		    clock - (struct vscmi_sim_clock *)clocks->items)
			vscmi_refuse_scalar(reader, vscmi_array_node(reader, parents, i),
					    "another clock");
	}
	if (parent && !reader->error)
		read_parent(reader, parent, clock, clocks);
}
