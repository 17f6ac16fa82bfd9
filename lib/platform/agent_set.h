/* SPDX-License-Identifier: BSD-3-Clause */
/* A set of agents, by their ids: who wants an event is found without asking every agent. */
#ifndef VSCMI_PLATFORM_AGENT_SET_H
#define VSCMI_PLATFORM_AGENT_SET_H

#include <stdbool.h>
#include <stdint.h>

#define VSCMI_AGENT_IDS 256u

/* All zeros: nobody. */
struct vscmi_agent_set {
	uint32_t words[VSCMI_AGENT_IDS / 32];
};

static inline void vscmi_agent_set_put(struct vscmi_agent_set *set, uint32_t agent_id,
				       bool in)
{
	uint32_t bit = UINT32_C(1) << agent_id % 32;

	if (in)
		set->words[agent_id / 32] |= bit;
	else
		set->words[agent_id / 32] &= ~bit;
}

/* The first one from agent_id on; 0: there is none. */
static inline uint32_t vscmi_agent_set_from(const struct vscmi_agent_set *set,
					    uint32_t agent_id)
{
	while (agent_id < VSCMI_AGENT_IDS) {
		uint32_t bits = set->words[agent_id / 32] >> agent_id % 32;

		if (bits & 1)
			return agent_id;
		agent_id = bits ? agent_id + 1 : (agent_id / 32 + 1) * 32;
	}
	return 0;
}

#endif
