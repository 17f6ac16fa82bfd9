/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the agent needs from its environment: a clock, and a way to wait and to wake. An
 * environment implements the three functions; hosted ones come with <vscmi/host/port.h>.
 */
#ifndef VSCMI_PORT_H
#define VSCMI_PORT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct vscmi_port;

/* A moment that never comes. */
#define VSCMI_NEVER UINT64_MAX

/* All members are required. ops_size is sizeof() as the implementer compiled it. */
struct vscmi_port_ops {
	size_t ops_size;

	/* Microseconds since any fixed moment; never goes back. From any context. */
	uint64_t (*now_us)(struct vscmi_port *port);

	/*
	 * Return when *word is not seen, after a wake for word, or at deadline_us
	 * (VSCMI_NEVER: no deadline). It may return early for no reason: a spin or a
	 * wait-for-event instruction will do. A wake that comes between the caller's look
	 * at *word and this call must not be lost; comparing *word with seen once more,
	 * atomically with going to sleep, gives that. A port of a program with one thread
	 * runs here whatever makes messages arrive.
	 */
	void (*wait)(struct vscmi_port *port, const _Atomic uint32_t *word, uint32_t seen,
		     uint64_t deadline_us);

	/*
	 * End the wait of everyone who waits for word. From any context that feeds a link,
	 * interrupt handlers included. Nobody may wait any more; word is still valid
	 * memory.
	 */
	void (*wake)(struct vscmi_port *port, const _Atomic uint32_t *word);
};

/* Embedded in the implementer's own struct. */
struct vscmi_port {
	const struct vscmi_port_ops *ops;
};

#endif
