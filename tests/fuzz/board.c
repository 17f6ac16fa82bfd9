/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A board file: whatever it holds, the loader says what is wrong or gives a board, and a board
 * that was loaded gives a platform that runs.
 */
#include <stdlib.h>

#include <vscmi/host/board.h>

#include "fuzz.h"

static void run(struct vscmi_board *board)
{
	struct vscmi_platform *platform;
	enum vscmi_error error = vscmi_board_start(board, 0, &platform);

	if (error == VSCMI_E_NO_MEMORY)
		return;
	if (error)
		abort();
	for (uint64_t now_us = 1; now_us < UINT64_C(1) << 50; now_us *= 1024)
		vscmi_platform_advance(platform, now_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vscmi_problem problem = { "" };
	struct vscmi_board *board = NULL;
	enum vscmi_error error = vscmi_board_load_text((const char *)data, size,
						       "fuzz.yaml", &board, &problem);

	if ((error != VSCMI_OK) != (board == NULL) || (error && !problem.text[0]))
		abort();
	if (board)
		run(board);
	vscmi_board_free(board);
	return 0;
}
