/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls of the System power protocol, 0x12. All of them wait; <vscmi/agent.h> says what
 * all of them can return.
 */
#ifndef VSCMI_AGENT_SYSTEM_H
#define VSCMI_AGENT_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/agent.h>
#include <vscmi/system.h>

/* PROTOCOL_ATTRIBUTES: no bit is defined so far. */
struct vscmi_result vscmi_system_attributes_get(struct vscmi_agent *agent,
						uint32_t *ret_attributes);

/*
 * SYSTEM_POWER_STATE_SET. graceful: the platform asks the operating systems to do it.
 * A forceful request may take the caller with it before there is an answer.
 */
struct vscmi_result vscmi_system_state_set(struct vscmi_agent *agent, uint32_t state,
					   bool graceful);

/* SYSTEM_POWER_STATE_GET: an enum vscmi_system_state or a vendor's. */
struct vscmi_result vscmi_system_state_get(struct vscmi_agent *agent,
					   uint32_t *ret_state);

#endif
