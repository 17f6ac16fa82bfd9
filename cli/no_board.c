/* SPDX-License-Identifier: BSD-3-Clause */
/* In place of board.c where there is no loop link to reach a board by. */
#include "board.h"

enum vscmi_error cli_board_new(struct vscmi_loop *loop, const char *path,
			       const char *agent,
			       struct vscmi_connection **ret_connection,
			       struct vscmi_port **ret_port,
			       struct vscmi_problem *problem)
{
	return vscmi_problem_set(
		problem, VSCMI_E_INVALID,
		"this build has no boards (-Dlinks=loop), expected another --link");
}
