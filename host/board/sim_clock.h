/* SPDX-License-Identifier: BSD-3-Clause */
/* A simulated clock: what the board file says of it, and how it is now. */
#ifndef VSCMI_BOARD_SIM_CLOCK_H
#define VSCMI_BOARD_SIM_CLOCK_H

#include <vscmi/platform/clock.h>

#include "board/array.h"

struct vscmi_sim_clock {
	const char *name;         /* first: vscmi_array_shape.named */
	struct vscmi_array rates; /* uint64_t, hertz; empty: the range counts */
	struct vscmi_platform_clock_range range;
	struct vscmi_array parents; /* uint16_t, clock indexes */
	bool enabled;               /* at start */
	uint64_t enable_delay_us, change_us;

	int32_t fault; /* the status of every operation; VSCMI_SUCCESS: it works */
	uint64_t rate_hz;
	uint64_t next_rate_hz, settled_us; /* a change, under way until then */
	uint8_t parent;                    /* index into parents */
	uint32_t duty_cycle_percent;       /* VSCMI_NO_DUTY_CYCLE: it has none */
	struct vscmi_platform_clock_ops ops;
};

#define VSCMI_NO_DUTY_CYCLE UINT32_MAX

/* A member of type struct vscmi_sim_clock; once all are read, the parents, from the same
 * node. */
vscmi_read_value vscmi_read_clock;
void vscmi_read_parents(struct vscmi_reader *reader, yaml_node_t *node,
			struct vscmi_sim_clock *clock, const struct vscmi_array *clocks);

/* What the platform needs to know; it points into the clock. */
struct vscmi_platform_clock vscmi_sim_clock_describe(struct vscmi_sim_clock *clock);

#endif
