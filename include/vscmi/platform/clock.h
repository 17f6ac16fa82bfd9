/* SPDX-License-Identifier: BSD-3-Clause */
/* Clocks that a platform serves: DEN0056, "Clock management protocol". */
#ifndef VSCMI_PLATFORM_CLOCK_H
#define VSCMI_PLATFORM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct vscmi_op;
struct vscmi_platform;

/*
 * What can be done with a clock. Each returns an SCMI status, VSCMI_SUCCESS or a reason,
 * and does not block. now_us is the time that the platform was last told of.
 */
struct vscmi_platform_clock_ops {
	/* The rate at which it runs, or would if it were enabled. */
	int32_t (*rate_get)(void *context, uint64_t now_us, uint64_t *ret_rate_hz);
	/*
	 * Set one of the rates that the clock offers; rounding has been done. May finish
	 * later: return VSCMI_OP_LATER, and see vscmi_op_complete. Until then no other
	 * rate is asked for, and rate_get gives the old one. NULL: the rate is fixed.
	 */
	int32_t (*rate_set)(void *context, uint64_t now_us, uint64_t rate_hz,
			    struct vscmi_op *op);
	/* Start or stop it; called when the agents' votes change its state. NULL: it
	 * cannot be stopped or started. */
	int32_t (*enable)(void *context, bool enable);
	/* The parent, as an index into parents. Both NULL if parents cannot be changed.
	 */
	int32_t (*parent_get)(void *context, uint8_t *ret_parent);
	int32_t (*parent_set)(void *context, uint8_t parent);
	/* High time as percent of the period, 0..100. Both NULL if it cannot be changed.
	 */
	int32_t (*duty_cycle_get)(void *context, uint32_t *ret_percent);
	int32_t (*duty_cycle_set)(void *context, uint32_t percent);
};

struct vscmi_platform_clock_range {
	uint64_t min_hz, max_hz, step_hz; /* min_hz <= max_hz, step_hz > 0 */
};

/* All of it is the caller's, is kept, and does not change. */
struct vscmi_platform_clock {
	const char *name;      /* sent cut to 15 characters; not empty */
	const char *long_name; /* sent cut to 63; NULL: none */
	uint16_t device_id;    /* vscmi_platform_base.device_count; 0: none */

	const uint64_t *rates_hz; /* [rate_count], ascending */
	uint16_t rate_count;      /* 0: the range says which */
	struct vscmi_platform_clock_range range;

	const uint16_t *parents; /* [parent_count], clock indexes */
	uint8_t parent_count;
	bool enabled;          /* at start, before any agent voted */
	bool async;            /* changes of the rate take long. Who sees such a clock may
				* ask for asynchronous changes, of all clocks. */
	bool notifies_changed; /* CLOCK_RATE_CHANGED */
	bool notifies_change_requested;
	uint32_t enable_delay_us; /* 0: unknown */

	const struct vscmi_platform_clock_ops *ops;
	void *context;
};

/* One entry of an agent's view: a clock that it sees, and what it may change of it. */
struct vscmi_platform_clock_grant {
	uint16_t clock; /* index into the platform's clocks */
	bool state, parent, rate;
};

/* The clocks of one agent; its clock ids are indexes into grants. */
struct vscmi_platform_clock_view {
	const struct vscmi_platform_clock_grant *grants; /* [count], each clock once */
	uint16_t count; /* 0: the agent does not see the protocol at all */
};

/*
 * The rate of a clock changed without an agent's doing: agents that asked for it are
 * notified. clock is an index into the platform's clocks.
 */
void vscmi_platform_clock_changed(struct vscmi_platform *platform, uint16_t clock);

#endif
