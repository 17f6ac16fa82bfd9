/* SPDX-License-Identifier: BSD-3-Clause */
/* An agent on a vhost-user device, as a guest is. */
#ifndef VSCMI_BENCH_GUEST_H
#define VSCMI_BENCH_GUEST_H

#include <stdint.h>

#include <vscmi/agent.h>
#include <vscmi/host/loop.h>
#include <vscmi/host/port.h>
#include <vscmi/host/vhost_link.h>

/* What the guests of a program share: they run on one thread. */
struct guests {
	struct vscmi_loop *loop;
	struct vscmi_loop_port port;
};

struct guest {
	struct vscmi_agent agent;
	struct vscmi_connection *connection;
	struct vscmi_slot *slots;
	uint8_t *replies;
	struct vscmi_subscription subscriptions[1];
};

/* poll_us: how long to look for answers before sleeping until they are told of. */
enum vscmi_error guests_init(struct guests *guests, uint32_t poll_us,
			     struct vscmi_problem *problem);
void guests_fini(struct guests *guests);

/*
 * Connect to the device at path, with room for so many commands in flight. VSCMI_E_TOO_BIG: the
 * link does not carry so many. On a failure there is nothing to undo.
 */
enum vscmi_error guest_start(struct guest *guest, struct guests *guests, const char *path,
			     uint32_t in_flight, struct vscmi_problem *problem);
void guest_end(struct guest *guest);

#endif
