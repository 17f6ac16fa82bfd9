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

/*
 * For commands that go on: have the link come back when it is lost, and say so on standard error,
 * and with --json on standard output, when it goes and when it comes.
 */
void cli_keep(struct cli *cli);

/* Until when a link that is lost is waited for; VSCMI_NEVER: without limit, or it is up. */
uint64_t cli_away_until_us(const struct cli *cli);

/* The command was not carried out because the link is not up: then wait for it. False: it is not
 * that, or the link does not come back in time. */
bool cli_link_returns(struct cli *cli, struct vscmi_result result);

/* NULL connections are fine. */
void cli_disconnect(struct cli *cli);

#endif
