/* SPDX-License-Identifier: BSD-3-Clause */
/* An agent over the link that the user named. */
#ifndef VSCMI_CLI_CONNECTION_H
#define VSCMI_CLI_CONNECTION_H

#include <vscmi/host/problem.h>

#include "cli.h"

/*
 * Connect as cli->link says and set cli's connection, agent and loop. VSCMI_E_INVALID: no such
 * kind of link.
 */
enum vscmi_error cli_connect(struct cli *cli, struct vscmi_problem *problem);

/* NULL connections are fine. */
void cli_disconnect(struct cli *cli);

#endif
