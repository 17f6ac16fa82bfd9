/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop link: agent and platform in one process, on one thread. A command is served
 * inside vscmi_submit, and its reply is there when that returns, unless the service
 * holds it.
 *
 * Events arrive after the command that caused them and whenever the platform has something to
 * tell; there is nothing to poll. Who uses the link keeps the platform's time going, with
 * vscmi_platform_advance, also while the agent waits: in the port's wait.
 */
#ifndef VSCMI_LINK_LOOP_H
#define VSCMI_LINK_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/link.h>
#include <vscmi/service.h>

/* The longest message, header word included. */
#define VSCMI_LOOP_MESSAGE_BYTES VSCMI_SERVICE_REPLY_MAX

/* Open so that it needs no allocation; touch only link, by its address. */
struct vscmi_loop_link {
	struct vscmi_link link;
	struct vscmi_service *service;
	uint32_t agent_id;
	struct vscmi_service_channel channel;
};

/*
 * Ready a link to a service, whose agent agent_id this is; it is down until _start. With
 * events false the link is like a virtio device without P2A_CHANNELS. max_messages, 1 to
 * 1024, is how many commands can be in flight.
 */
void vscmi_loop_link_init(struct vscmi_loop_link *loop, struct vscmi_service *service,
			  uint32_t agent_id, uint32_t max_messages, bool events);

/*
 * Connect the agent, which has been initialised on this link, and take the link up. Also
 * after _stop. VSCMI_E_INVALID: the platform has no such agent.
 */
enum vscmi_error vscmi_loop_link_start(struct vscmi_loop_link *loop);

/* Disconnect, as if the agent had been reset: the link goes down. */
void vscmi_loop_link_stop(struct vscmi_loop_link *loop);

#endif
