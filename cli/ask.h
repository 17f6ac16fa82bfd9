/* SPDX-License-Identifier: BSD-3-Clause */
/* Questions to a running vscmid, over its control socket: docs/control.md. */
#ifndef VSCMI_CLI_ASK_H
#define VSCMI_CLI_ASK_H

#include "cli.h"

/*
 * Send a request, which is used up whatever comes of it, to the socket at path, "" if the user
 * named none, and wait for the reply, which is the caller's. Otherwise say what is wrong, which may be what the daemon refused, and
 * return an exit status, CLI_DONE if all went well.
 */
int cli_ask_daemon(const struct cli *cli, const char *path, json_t *request,
		   json_t **ret_reply);

#endif
