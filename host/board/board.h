/* SPDX-License-Identifier: BSD-3-Clause */
/* The inside of a board. */
#ifndef VSCMI_BOARD_BOARD_H
#define VSCMI_BOARD_BOARD_H

#include <vscmi/host/board.h>

#include "board/array.h"
#include "board/faults.h"
#include "board/pool.h"
#include "board/sim_clock.h"
#include "board/sim_sensor.h"

struct vscmi_board_agent {
	const char *name; /* first: vscmi_array_shape.named */
	const char *socket;
	bool trusted;
	/* NULL: it sees everything and may change it. */
	const struct vscmi_platform_clock_view *clocks;
	const struct vscmi_platform_sensor_view *sensors;
};

struct vscmi_board {
	struct vscmi_pool pool; /* what everything here points into */
	const char *vendor, *sub_vendor;
	uint32_t implementation_version;
	uint32_t system_states;     /* vscmi_platform_system.states */
	struct vscmi_array agents;  /* struct vscmi_board_agent */
	struct vscmi_array clocks;  /* struct vscmi_sim_clock */
	struct vscmi_array sensors; /* struct vscmi_sim_sensor */
	struct vscmi_board_faults faults;

	struct vscmi_platform *platform; /* NULL before vscmi_board_start() */
	uint64_t start_us;
};

/* What the agent's node says of `sees` and `changes`, once clocks and sensors are read. */
void vscmi_read_views(struct vscmi_reader *reader, yaml_node_t *node,
		      const struct vscmi_board *board, struct vscmi_board_agent *agent);

#endif
