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
	struct vscmi_loop_port sleeping;
	struct vscmi_port *port; /* how an agent waits */
	bool spin;
};

struct guest {
	struct vscmi_agent agent;
	struct vscmi_vhost_link *link;
	struct vscmi_slot *slots;
	uint8_t *replies;
	struct vscmi_subscription subscriptions[1];
};

/* spin: an agent that waits looks at its ring all the time, and never sleeps. */
enum vscmi_error guests_init(struct guests *guests, bool spin,
			     struct vscmi_problem *problem);
void guests_fini(struct guests *guests);

/* Feed in what came for any of guest[count], and sleep before that unless they spin. */
enum vscmi_error guests_run(struct guests *guests, struct guest *guest, size_t count);

/*
 * Connect to the device at path, with room for so many commands in flight. VSCMI_E_TOO_BIG: the
 * link does not carry so many. On a failure there is nothing to undo.
 */
enum vscmi_error guest_start(struct guest *guest, struct guests *guests, const char *path,
			     uint32_t in_flight, struct vscmi_problem *problem);
void guest_end(struct guest *guest);

#endif
