/* SPDX-License-Identifier: BSD-3-Clause */
/* A board file: whatever it holds, the loader says what is wrong or gives a board. */
#include <stdlib.h>
#include <string.h>

#include <vscmi/host/board.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vscmi_problem problem = { { 0 } };
	struct vscmi_board *board = NULL;
	enum vscmi_error error = vscmi_board_load_text((const char *)data, size,
						       "fuzz.yaml", &board, &problem);

	if ((error != VSCMI_OK) != (board == NULL) || (error && !problem.text[0]))
		abort();
	vscmi_board_free(board);
	return 0;
}
