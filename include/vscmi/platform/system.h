/* SPDX-License-Identifier: BSD-3-Clause */
/* System power states that a platform offers: DEN0056, "System power management". */
#ifndef VSCMI_PLATFORM_SYSTEM_H
#define VSCMI_PLATFORM_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/error.h>
#include <vscmi/system.h>

struct vscmi_platform;

struct vscmi_platform_system_ops {
	/*
	 * Agent agent_id asks for a state. Only states that are offered, to this agent,
	 * get here. graceful: the system is to be asked first; whom that concerns is the
	 * op's to know, and vscmi_platform_system_request asks them. Return an SCMI
	 * status at once.
	 */
	int32_t (*state_set)(void *context, uint32_t agent_id,
			     enum vscmi_system_state state, bool graceful);
};

struct vscmi_platform_system {
	uint32_t states; /* 1 << enum vscmi_system_state for each that may be asked for */
	const struct vscmi_platform_system_ops *ops; /* NULL only if states is 0 */
	void *context;
};

/* What one agent may ask for, of the states above. */
struct vscmi_platform_system_view {
	uint32_t states;
};

struct vscmi_system_request {
	uint32_t by_agent; /* who wants it; 0: the platform */
	enum vscmi_system_state state;
	bool graceful;       /* false: it is about to happen anyway */
	uint32_t timeout_ms; /* for a graceful request, until it becomes a forced one; 0:
				unknown */
};

/*
 * Send an agent a SYSTEM_POWER_STATE_NOTIFIER: ask it to shut down, to reset or to
 * suspend, or tell it that this happens. It replaces one that still waits.
 *
 * VSCMI_E_NOT_READY: the agent has not asked for these notifications. VSCMI_E_BUSY: its
 * queue is full; counted as dropped. VSCMI_E_INVALID: no such agent, or no system power.
 */
enum vscmi_error vscmi_platform_system_request(
	struct vscmi_platform *platform, uint32_t agent_id,
	const struct vscmi_system_request *request);

#endif
