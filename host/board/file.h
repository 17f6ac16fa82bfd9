/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VSCMI_BOARD_FILE_H
#define VSCMI_BOARD_FILE_H

#include <vscmi/host/problem.h>

#include "board/pool.h"

/*
 * The content of a regular file of at most 16 MiB, from the pool, with a NUL behind it.
 * Errors: VSCMI_E_SYSTEM, VSCMI_E_NO_MEMORY; VSCMI_E_INVALID: it is something else.
 */
enum vscmi_error vscmi_file_read(const char *path, struct vscmi_pool *pool,
				 char **ret_text, size_t *ret_length,
				 struct vscmi_problem *problem);

#endif
