/* SPDX-License-Identifier: BSD-3-Clause */
/* What the control socket can be asked for: a row for each command in commands.c. */
#ifndef VSCMID_COMMANDS_H
#define VSCMID_COMMANDS_H

#include <stddef.h>

#include "server.h"

/*
 * The reply to a request, both one line of JSON without its newline: the reply is the
 * caller's to free(), and NULL only if there is no memory.
 */
char *vscmid_command_run(struct vscmid_server *server, const char *request,
			 size_t length);

#endif
