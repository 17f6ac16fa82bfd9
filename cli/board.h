/* SPDX-License-Identifier: BSD-3-Clause */
/* A board, its platform and a loop link to it, in this process. */
#ifndef VSCMI_CLI_BOARD_H
#define VSCMI_CLI_BOARD_H

#include <vscmi/host/connection.h>
#include <vscmi/port.h>

/*
 * The board of this file, NULL for the demo board, as the agent with this name sees it, NULL for
 * the first; and a port, part of it, whose wait runs the loop and keeps the platform's time going.
 * The loop outlives it. VSCMI_E_INVALID: the file is wrong, or has no such agent.
 */
enum vscmi_error cli_board_new(struct vscmi_loop *loop, const char *path,
			       const char *agent,
			       struct vscmi_connection **ret_connection,
			       struct vscmi_port **ret_port,
			       struct vscmi_problem *problem);

#endif
