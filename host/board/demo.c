/* SPDX-License-Identifier: BSD-3-Clause */
#include <vscmi/host/board.h>

/* boards/demo.yaml, by embed.py */
extern const char vscmi_demo_board[];
extern const size_t vscmi_demo_board_length;

enum vscmi_error vscmi_board_load_demo(struct vscmi_board **ret_board,
				       struct vscmi_problem *problem)
{
	return vscmi_board_load_text(vscmi_demo_board, vscmi_demo_board_length,
				     "demo.yaml", ret_board, problem);
}
