/* SPDX-License-Identifier: BSD-3-Clause */
/* How agent and service are joined in a run: over one of four links. */
#ifndef VSCMI_TESTS_SIM_JOINT_H
#define VSCMI_TESTS_SIM_JOINT_H

#include "scheduler.h"
#include "vscmi/agent.h"
#include "vscmi/service.h"

struct joint_config {
	struct vscmi_agent *agent;
	struct vscmi_service *service;
	uint32_t max_messages; /* of virtio: the ring's size, a power of 2 */
	bool events;
	bool poll;     /* the wire's; virtio always can, the loop cannot */
	bool in_order; /* the wire's messages are fed in in the order in which they came */
	bool event_idx, indirect; /* virtio's */
	uint32_t
		corruption; /* per thousand: turns after which its device corrupts a ring */
};

/* Rung when there is something to do for them. */
extern sim_bell platform_bell, feeder_bell, reset_bell;

/* A witness says that the link is down, as its stop does: when it is rung for, while it is so. */
extern sim_bell witness_bell;
extern bool is_going_down;

/* The platform's task is to do it, and has done it on return. */
void joint_on_platform(void (*order)(void));

/* For that task: do what it is to do. */
void joint_obey(void);

struct joint {
	const char *name;
	/* Ready a link, which stays down. */
	struct vscmi_link *(*init)(const struct joint_config *config);
	/* Take it up and down: one task at a time. They may wait. */
	void (*start)(void);
	void (*stop)(void);
	/* The platform's task: do what there is to do. */
	void (*serve)(void);
	/* A feeder: do something; false: there was nothing. It does not wait. */
	bool (*feed)(void);
	/* Everybody sleeps: fails if something is left that somebody should have been told of. */
	void (*check_idle)(void);
	/* Everything is on one task, which serves and feeds as it sends. */
	bool alone;
};

/* Whatever can be fed in, by anyone, in any order. */
extern const struct joint wire_joint;
extern const struct joint virtio_joint;
extern const struct joint shmem_joint;
extern const struct joint loop_joint;

#endif
