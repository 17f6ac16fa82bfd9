/* SPDX-License-Identifier: BSD-3-Clause */
/* Simulated system power: each agent is a system of its own. */
#ifndef VSCMI_BOARD_SIM_SYSTEM_H
#define VSCMI_BOARD_SIM_SYSTEM_H

#include "board/board.h"

/* What the platform needs to know; it points to the board. */
struct vscmi_platform_system vscmi_sim_system_describe(struct vscmi_board *board);

#endif
