/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/trace.h"

void vscmi_trace(struct vscmi_agent *agent, const struct vscmi_trace *trace)
{
	const struct vscmi_agent_observer *observer = &agent->config.observer;

	if (observer->trace)
		observer->trace(observer->context, trace);
}
