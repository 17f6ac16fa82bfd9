/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi stats, and counters as text. */
#ifndef VSCMI_CLI_STATS_H
#define VSCMI_CLI_STATS_H

#include <stdio.h>

#include "cli.h"

/* What the agent shows while a command is under observation. */
void cli_stats_observe(struct cli_stats *stats, const struct vscmi_trace *trace);

/* What a daemon replies to "counters". */
void cli_show_counters(const struct cli *cli, const json_t *reply);

#endif
