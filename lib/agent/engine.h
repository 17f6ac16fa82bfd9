/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the agent share. */
#ifndef VSCMI_AGENT_ENGINE_H
#define VSCMI_AGENT_ENGINE_H

#include "agent/slot.h"
#include "agent/trace.h"
#include "message/cursor.h"
#include "vscmi/agent.h"

/* Change a slot's word by what may set it free, and then take its token and the slot back. */
struct vscmi_slot_step vscmi_agent_step(struct vscmi_agent *agent,
					struct vscmi_slot *slot,
					enum vscmi_slot_event event);

static inline uint64_t vscmi_agent_now_us(struct vscmi_agent *agent)
{
	return agent->config.port->ops->now_us(agent->config.port);
}

/* The moment that is delay_us from now, or never. */
static inline uint64_t vscmi_agent_deadline(struct vscmi_agent *agent, uint64_t delay_us)
{
	uint64_t now_us = vscmi_agent_now_us(agent);

	return delay_us < VSCMI_NEVER - now_us ? now_us + delay_us : VSCMI_NEVER;
}

static inline void vscmi_agent_wake(struct vscmi_agent *agent,
				    const _Atomic uint32_t *word)
{
	agent->config.port->ops->wake(agent->config.port, word);
}

static inline void vscmi_agent_count(struct vscmi_agent *agent,
				     enum vscmi_counter counter)
{
	/* Nobody concludes anything else from it. */
	atomic_fetch_add_explicit(&agent->counters[counter], 1, memory_order_relaxed);
}

/* Count something that arrived and was not used, and show it, from private memory. */
void vscmi_agent_drop(struct vscmi_agent *agent, enum vscmi_anomaly anomaly,
		      const uint8_t *message, size_t count);

/* A notification that has arrived, in private memory; count >= 4. */
void vscmi_agent_notified(struct vscmi_agent *agent, const uint8_t *message,
			  size_t count);

/* Ready count subscriptions. */
void vscmi_agent_subscriptions_init(struct vscmi_agent *agent);

#endif
