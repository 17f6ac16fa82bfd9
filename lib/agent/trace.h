/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the agent shows while it works: to its observer, and by static tracepoints in builds
 * that have them. While nobody looks, a point costs a load and a branch for each of the two,
 * and nothing is copied or computed for it.
 */
#ifndef VSCMI_AGENT_TRACE_H
#define VSCMI_AGENT_TRACE_H

#include "vscmi/agent.h"

#ifdef VSCMI_TRACEPOINTS
/* How many have attached to a tracepoint; the names are those that tracers look for. */
#define VSCMI_SEMAPHORE(name)                             \
	extern volatile uint16_t vscmi_##name##_semaphore \
		__attribute__((section(".probes"), visibility("hidden")))
VSCMI_SEMAPHORE(submit);
VSCMI_SEMAPHORE(wait);
VSCMI_SEMAPHORE(completion);
VSCMI_SEMAPHORE(receive);
VSCMI_SEMAPHORE(drop);
#undef VSCMI_SEMAPHORE

static inline bool vscmi_is_attached(enum vscmi_trace_point point)
{
	switch (point) {
	case VSCMI_TRACE_SUBMIT:
		return vscmi_submit_semaphore != 0;
	case VSCMI_TRACE_WAIT:
		return vscmi_wait_semaphore != 0;
	case VSCMI_TRACE_COMPLETION:
		return vscmi_completion_semaphore != 0;
	case VSCMI_TRACE_RECEIVE:
		return vscmi_receive_semaphore != 0;
	default:
		return vscmi_drop_semaphore != 0;
	}
}
#else
static inline bool vscmi_is_attached(enum vscmi_trace_point point)
{
	return false;
}
#endif

/* Whether anybody looks at a point. */
static inline bool vscmi_traced(const struct vscmi_agent *agent,
				enum vscmi_trace_point point)
{
	return agent->config.observer.trace || vscmi_is_attached(point);
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
