/* SPDX-License-Identifier: BSD-3-Clause */
/* An agent over the link that the user named. */
#ifndef VSCMI_CLI_CONNECTION_H
#define VSCMI_CLI_CONNECTION_H

#include "cli.h"

#define CLI_LINKS "demo, vhost-user:PATH, shmem:PATH or raw:PATH"

/*
 * Connect as cli->link says and set cli's connection, agent and loop. Otherwise say what is wrong
 * and return an exit status, CLI_DONE if all went well.
 */
int cli_connect(struct cli *cli);

/* The same to the board of a file, in this process, as one of its agents, NULL for the first. */
int cli_connect_board(struct cli *cli, const char *path, const char *agent);

/* NULL connections are fine. */
void cli_disconnect(struct cli *cli);

#endif
