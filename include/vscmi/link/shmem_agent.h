/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The agent end of the shared memory link. The channel carries one command at a time, so a
 * second one is refused with VSCMI_E_BUSY until the first is answered; asynchronous
 * commands leave it with their reply, and any number of them can wait for their delayed
 * responses.
 *
 * A command that timed out keeps the channel until the platform frees it. The platform can
 * write anything anywhere in the areas: each word of it is read once.
 */
#ifndef VSCMI_LINK_SHMEM_AGENT_H
#define VSCMI_LINK_SHMEM_AGENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <vscmi/link.h>
#include <vscmi/link/shmem.h>

struct vscmi_shmem_agent_config {
	struct vscmi_shmem_channel commands; /* A2P; may be given later */
	struct vscmi_shmem_channel events;   /* P2A; without one there are no events */
	uint32_t command_count; /* not ended at once, those with a delayed response to
				   come included: 1..1024 */
	bool interrupts;        /* the platform is to tell when it has answered */

	/*
	 * Ring the platform: a command is there (VSCMI_CHANNEL_COMMANDS), or an event was
	 * taken and the platform wanted to know (VSCMI_CHANNEL_EVENTS). From whatever
	 * context sends or processes.
	 */
	void (*ring)(void *context, enum vscmi_channel channel);
	void *context;
};

/* Open so that it needs no allocation; touch only link, by its address. */
struct vscmi_shmem_agent {
	struct vscmi_link link;
	struct vscmi_shmem_agent_config config;
	_Atomic uint32_t command;    /* where the A2P channel stands */
	_Atomic uint32_t event;      /* where the P2A channel stands */
	_Atomic uint32_t delivering; /* replies taken, and not yet with the agent */
	_Atomic uint32_t running;
	uint32_t number; /* of the command on the channel */
	uint32_t header; /* the same */
	uint16_t buffer;
};

/* Ready a link that is down. The config is copied. VSCMI_E_INVALID: a count or size out of
 * its range, or an area that is not aligned. */
enum vscmi_error vscmi_shmem_agent_init(struct vscmi_shmem_agent *shmem,
					const struct vscmi_shmem_agent_config *config);

/*
 * The areas of the next start, which may be elsewhere or of another size, while the link is down
 * and no other thread sends or processes. VSCMI_E_INVALID: one is not aligned, or too small.
 */
enum vscmi_error vscmi_shmem_agent_move(struct vscmi_shmem_agent *shmem,
					const struct vscmi_shmem_channel *commands,
					const struct vscmi_shmem_channel *events);

/*
 * The platform is there and has readied the areas: the link, which an agent has been
 * initialised on, goes up. VSCMI_E_BUSY: it was started. VSCMI_E_INVALID: there is no area. Errors
 * of vscmi_agent_link_up().
 */
enum vscmi_error vscmi_shmem_agent_start(struct vscmi_shmem_agent *shmem);

/*
 * After an interrupt, or without one: feed in what the platform has put there, at most one
 * message from each channel. True: there may be more, call again. The link's poll is the
 * same.
 */
bool vscmi_shmem_agent_process(struct vscmi_shmem_agent *shmem);

/*
 * The platform is gone, or was reset: the link goes down, and nothing of the areas is used
 * any more. Waits, through the agent's port, until no other thread is at an area or feeding
 * in a reply; not for interrupt handlers, and not inside an observer of the agent. Who is
 * sending may still ring the platform, and who is processing look at a status word, so the
 * areas stay where they are until they have returned. Harmless if it was not started.
 */
void vscmi_shmem_agent_stop(struct vscmi_shmem_agent *shmem);

#endif
