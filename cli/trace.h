/* SPDX-License-Identifier: BSD-3-Clause */
/* --trace: every message, decoded, on standard error. */
#ifndef VSCMI_CLI_TRACE_H
#define VSCMI_CLI_TRACE_H

#include <vscmi/agent.h>

/* The agent's own versions decide how its messages read. */
struct vscmi_agent_observer cli_tracer(struct vscmi_agent *agent);

#endif
