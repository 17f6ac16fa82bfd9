/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The platform end of the shared memory link: it serves one agent, whose commands come in
 * one area, and sends events in another. No function blocks or allocates, and all of it
 * runs on the thread that is inside the service. The agent can write anything anywhere in
 * the areas: each word of it is read once, and a message whose length is a lie is answered
 * with the channel's error bit.
 */
#ifndef VSCMI_LINK_SHMEM_PLATFORM_H
#define VSCMI_LINK_SHMEM_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/error.h>
#include <vscmi/link.h>
#include <vscmi/link/shmem.h>
#include <vscmi/service.h>

/* Messages longer than this do not occur: longer requests are refused. */
#define VSCMI_SHMEM_REQUEST_MAX 136u

struct vscmi_shmem_platform_config {
	struct vscmi_service *service;
	uint32_t agent_id;                   /* of the service's */
	struct vscmi_shmem_channel commands; /* A2P */
	struct vscmi_shmem_channel events;   /* P2A; without one there are no events */

	/* Interrupt the agent: it asked to be told of its reply, or an event is there. */
	void (*interrupt)(void *context, enum vscmi_channel channel);
	/* The agent is to find its platform reset: soon, and not from inside this, stop. */
	void (*reset)(void *context);
	void *context;
};

struct vscmi_shmem_platform_counters {
	uint64_t malformed;  /* commands whose length is not one of a message */
	uint64_t unexpected; /* rings without a command */
};

/* Open so that it needs no allocation; read only counters. */
struct vscmi_shmem_platform {
	struct vscmi_shmem_platform_config config;
	struct vscmi_service_channel channel;
	bool serving;    /* a command is not answered yet */
	bool interrupts; /* its agent wants to be told */
	struct vscmi_shmem_platform_counters counters;
	uint8_t request[VSCMI_SHMEM_REQUEST_MAX];
	uint8_t reply[VSCMI_SERVICE_REPLY_MAX];
};

/* Ready an end with no agent. The config is copied. VSCMI_E_INVALID: a size out of its
 * range, or an area that is not aligned. */
enum vscmi_error vscmi_shmem_platform_init(
	struct vscmi_shmem_platform *shmem,
	const struct vscmi_shmem_platform_config *config);

/* Ready the areas and connect the agent. VSCMI_E_INVALID: the service has no such agent. */
enum vscmi_error vscmi_shmem_platform_start(struct vscmi_shmem_platform *shmem);

/* Disconnect the agent. The areas are not touched any more. */
void vscmi_shmem_platform_stop(struct vscmi_shmem_platform *shmem);

/*
 * The agent rang for a channel: serve its command, or send the next event. Only then: an
 * agent may write its command into an area that it has claimed already.
 */
void vscmi_shmem_platform_rung(struct vscmi_shmem_platform *shmem,
			       enum vscmi_channel channel);

#endif
