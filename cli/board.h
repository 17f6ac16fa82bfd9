/* SPDX-License-Identifier: BSD-3-Clause */
/* A board, its platform and a loop link to it, in this process. */
#ifndef VSCMI_CLI_BOARD_H
#define VSCMI_CLI_BOARD_H

#include <vscmi/host/loop.h>
#include <vscmi/host/problem.h>
#include <vscmi/link.h>
#include <vscmi/port.h>

struct cli_board;

/*
 * The board of this file, NULL for the demo board, as the agent with this name sees it, NULL for
 * the first. The loop outlives it. VSCMI_E_INVALID: the file is wrong, or has no such agent.
 */
enum vscmi_error cli_board_new(struct vscmi_loop *loop, const char *path,
			       const char *agent, struct cli_board **ret_board,
			       struct vscmi_problem *problem);
void cli_board_free(struct cli_board *board); /* NULL is fine */

/* A port whose wait runs the loop and keeps the platform's time going. */
struct vscmi_port *cli_board_port(struct cli_board *board);
struct vscmi_link *cli_board_link(struct cli_board *board);

/* Take the link up, once it has its agent. */
enum vscmi_error cli_board_start(struct cli_board *board);

#endif
