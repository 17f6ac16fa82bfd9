/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the agent shows while it works, to its observer. While nobody looks, a point costs a load
 * and a branch, and nothing is copied or computed for it.
 */
#ifndef VSCMI_AGENT_TRACE_H
#define VSCMI_AGENT_TRACE_H

#include "vscmi/agent.h"

/* Whether anybody looks at a point. */
static inline bool vscmi_traced(const struct vscmi_agent *agent,
				enum vscmi_trace_point point)
{
	return agent->config.observer.trace != NULL;
}

/* Show it to who looks. */
void vscmi_trace(struct vscmi_agent *agent, const struct vscmi_trace *trace);

/* A point at which there is nothing to show but the message, in private memory. */
static inline void vscmi_trace_message(struct vscmi_agent *agent,
				       enum vscmi_trace_point point,
				       const uint8_t *message, size_t count)
{
	if (vscmi_traced(agent, point))
		vscmi_trace(agent, &(struct vscmi_trace){ .point = point,
							  .message = message,
							  .count = count });
}

#endif
