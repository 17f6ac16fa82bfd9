/* SPDX-License-Identifier: BSD-3-Clause */
/* --trace: what the agent shows, on standard error. */
#ifndef VSCMI_CLI_TRACE_H
#define VSCMI_CLI_TRACE_H

#include "cli.h"

/* One moment. The agent's own versions decide how its messages read. */
void cli_trace(const struct cli *cli, const struct vscmi_trace *trace);

#endif
