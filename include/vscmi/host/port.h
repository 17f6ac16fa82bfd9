/* SPDX-License-Identifier: BSD-3-Clause */
/* Ports for an agent on Linux. Their clock is vscmi_monotonic_us(). */
#ifndef VSCMI_HOST_PORT_H
#define VSCMI_HOST_PORT_H

#include <vscmi/port.h>
#include <vscmi/host/loop.h>

/*
 * For programs with threads: some wait, at least one other feeds the link. Waiting is a
 * futex. One port for any number of agents; there is nothing to initialise or undo.
 */
extern struct vscmi_port vscmi_futex_port;

/*
 * For programs with one thread: waiting runs the event loop, whose watches and timers feed
 * the links.
 */
struct vscmi_loop_port {
	struct vscmi_port port;
	struct vscmi_loop *loop;
};

/* The loop is the caller's and outlives the port. */
void vscmi_loop_port_init(struct vscmi_loop_port *port, struct vscmi_loop *loop);

#endif
