/* SPDX-License-Identifier: BSD-3-Clause */
/* What the platform knows of its clocks: what agents may, want and were promised. */
#ifndef VSCMI_PROTOCOLS_CLOCK_STATE_H
#define VSCMI_PROTOCOLS_CLOCK_STATE_H

#include "platform/handler.h"

enum vscmi_clock_vote {
	VSCMI_CLOCK_NO_VOTE,
	VSCMI_CLOCK_ON,
	VSCMI_CLOCK_OFF,
};

/* A clock as one agent sees it. */
struct vscmi_clock_entry {
	uint16_t clock; /* index */
	bool may_set_state, may_set_parent, may_set_rate;
	enum vscmi_clock_vote vote;
};

/* The clock ids of an agent, without holes. */
struct vscmi_clock_ids {
	struct vscmi_clock_entry *entries; /* [count], room for every clock */
	uint16_t count;
};

/* What an agent changed, and how it was at the start. */
struct vscmi_clock_setting {
	uint32_t setter; /* the agent that set it last; 0: none, it is as at the start */
	uint64_t initial;
};

struct vscmi_clock {
	const struct vscmi_platform_clock *description;
	uint16_t votes_on, votes_off;
	bool enabled;
	uint64_t rate_hz; /* as agents were last told */
	struct vscmi_agent_set want_changed, want_change_requested; /* events */
	struct vscmi_clock_setting rate, parent, duty_cycle;
	struct vscmi_op *rate_op; /* that is under way; NULL: none */
	bool restore_rate;        /* after it */
	struct vscmi_op *next_op; /* waits for the end of a restore; NULL: none does */
	uint64_t next_rate_hz;
	struct vscmi_op background;
};

struct vscmi_clocks {
	struct vscmi_clock *clocks;  /* [clock_count] */
	struct vscmi_clock_ids *ids; /* [agent_count] */
};

struct vscmi_clocks *vscmi_clocks_of(const struct vscmi_platform *platform);

/* What an agent calls a clock; false if it does not see it. */
bool vscmi_clock_id_of(const struct vscmi_platform *platform, uint32_t agent_id,
		       uint16_t clock, uint32_t *ret_clock_id);

/* Set an agent's vote, and start or stop the clock if that changes the outcome. */
int32_t vscmi_clock_vote(struct vscmi_clock *clock, struct vscmi_clock_entry *entry,
			 enum vscmi_clock_vote vote);

/* The rate that the clock offers and that is asked for, up to rounding. False: none. */
bool vscmi_clock_round(const struct vscmi_platform_clock *clock, uint64_t rate_hz,
		       bool up, bool nearest, uint64_t *ret_rate_hz);

/* Tell those who asked for it that an agent wants to change the rate. */
void vscmi_clock_change_requested(struct vscmi_platform *platform, uint16_t clock,
				  uint32_t agent_id, uint64_t rate_hz);

/* Read the rate and tell those who asked for it if it changed. by_agent did it; 0: the platform. */
int32_t vscmi_clock_refresh(struct vscmi_platform *platform, uint16_t clock,
			    uint32_t by_agent);

/* For struct vscmi_server. */
bool vscmi_clocks_are_valid(const struct vscmi_platform_config *config);
void *vscmi_clocks_lay_out(const struct vscmi_platform_config *config,
			   struct vscmi_arena *arena);
void vscmi_clocks_start(struct vscmi_platform *platform);
void vscmi_clock_agent_arrives(struct vscmi_platform *platform, uint32_t agent_id);
void vscmi_clock_agent_releases(struct vscmi_platform *platform, uint32_t agent_id);
void vscmi_clock_op_ended(struct vscmi_op *op);

#endif
