/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver end of the virtio link: an agent's commands through the cmdq, events from the
 * eventq. What carries the rings and the kicks, vhost-user, mmio or PCI, drives it:
 *
 *	vscmi_virtio_driver_init, vscmi_agent_init    once
 *	... agree with the device on features, ready the rings, let it run ...
 *	vscmi_virtio_driver_start                     the agent may send
 *	vscmi_virtio_driver_process                   at each interrupt
 *	... reset the device, or find it gone ...
 *	vscmi_virtio_driver_stop                      and again from the features on
 *
 * Any number of threads and interrupt handlers may send and process at once. Whoever finds
 * another at work on a ring leaves the work to it: nobody waits, and nothing is held while a
 * subscriber or observer is called. No function blocks but stop, or allocates.
 */
#ifndef VSCMI_LINK_VIRTIO_DRIVER_H
#define VSCMI_LINK_VIRTIO_DRIVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vscmi/header.h>
#include <vscmi/link.h>
#include <vscmi/link/virtio_scmi.h>
#include <vscmi/virtqueue.h>

/* What to accept of what a device offers. VERSION_1 has to be among it. */
#define VSCMI_VIRTIO_DRIVER_FEATURES (VSCMI_VIRTQ_FEATURES | VSCMI_VIRTIO_F_P2A_CHANNELS)

/* The longest chain, for the rings' indirect tables: a request and room for its reply. */
#define VSCMI_VIRTIO_DRIVER_TABLE_ENTRIES 2u

/* A command's place in the buffers. The caller's memory; nothing to set. */
struct vscmi_virtio_driver_command {
	_Atomic uint32_t out; /* 1: with this link or the device */
	uint32_t request_bytes;
	uint32_t reply_room;
	uint32_t epoch; /* of the link, when it was sent */
};

struct vscmi_virtio_driver_config {
	struct vscmi_virtio_driver_command *commands; /* [command_count] */
	uint32_t command_count; /* 1..1024; in flight at once, if the cmdq has room */
	uint32_t event_count; /* buffers for events; more than the eventq has descriptors
				   are not used */
	uint32_t message_bytes; /* of the longest request, reply and event, 8..1024 */

	/*
	 * VSCMI_VIRTIO_DRIVER_BUFFER_BYTES of memory that the device can reach and the
	 * rings' memory map has: all that it reads and writes besides the rings. It stays
	 * in place, also while the link is down; but in a program with one thread the member
	 * may be set anew before each start.
	 */
	uint8_t *buffers;

	/* Kick the device, without waiting. From whatever context sends or processes; not after
	 * stop has returned, which waits for it. */
	void (*kick)(void *context, enum vscmi_virtio_queue queue);

	/* Optional: the device has broken a ring, or wants a reset, and the link goes down. From
	 * whatever context finds out: for a note that it is to be stopped, not for stopping it. */
	void (*broken)(void *context);
	void *context;
};

#define VSCMI_VIRTIO_DRIVER_BUFFER_BYTES(command_count, event_count, message_bytes) \
	((2 * (size_t)(command_count) + (event_count)) * (message_bytes))

/* A ring, and who works on it. */
struct vscmi_virtio_driver_queue {
	struct vscmi_virtq_driver *ring;
	_Atomic uint32_t work;
	/* Of the eventq: where in the ring nothing was found last, and bit 16; 0: look there. */
	_Atomic uint32_t empty_at;
};

/* Open so that it needs no allocation; touch only link, by its address. */
struct vscmi_virtio_driver {
	struct vscmi_link link;
	struct vscmi_virtio_driver_config config;
	struct vscmi_virtio_driver_queue queues[VSCMI_VIRTIO_QUEUES];
	_Atomic uint32_t running; /* between start and stop */
	_Atomic uint32_t broken;  /* a ring; the link is to go down */
	_Atomic uint32_t
		delivering; /* who has taken replies that are not all fed in yet */
	_Atomic uint32_t pending[VSCMI_TOKENS / 32]; /* commands to put on the ring */
	_Atomic uint32_t pending_words;              /* where in pending there are some */
};

/* Ready a link with no device. The config is copied. VSCMI_E_INVALID: a count or size out of
 * its range. */
enum vscmi_error vscmi_virtio_driver_init(
	struct vscmi_virtio_driver *driver,
	const struct vscmi_virtio_driver_config *config);

/*
 * The device runs, with these features and these rings, which are fresh, and the driver's
 * alone until stop. The eventq is filled, if P2A_CHANNELS is among the features; eventq may
 * be NULL otherwise. The link, which an agent has been initialised on, goes up.
 *
 * VSCMI_E_UNSUPPORTED: without VERSION_1. VSCMI_E_INVALID: the cmdq cannot hold a single
 * command, or a buffer is not in the rings' memory map. VSCMI_E_BUSY: it was started.
 */
enum vscmi_error vscmi_virtio_driver_start(struct vscmi_virtio_driver *driver,
					   uint64_t features,
					   struct vscmi_virtq_driver *cmdq,
					   struct vscmi_virtq_driver *eventq);

/*
 * After an interrupt of any queue, or without one: feed in what the device has put there,
 * at most as much as the rings hold. True: there may be more, call again. The link's poll is
 * the same.
 *
 * If the device corrupts a ring, the link goes down here: see the rings' broken. Reset it
 * then, stop, and start anew.
 */
bool vscmi_virtio_driver_process(struct vscmi_virtio_driver *driver);

/*
 * The device asks for a reset: the link goes down, as when a ring is corrupt. Reset it, stop,
 * and start anew. Unlike stop this is for any context, and waits for nobody.
 */
void vscmi_virtio_driver_fail(struct vscmi_virtio_driver *driver);

/*
 * For a thread that is the only one to send and process, while it looks at the rings instead of
 * waiting for an interrupt: whether there is anything to process, of which a ring that is found
 * broken is part; and whether the device shall interrupt, which it does from the start on. True,
 * if it shall: there is something already, for which it may not have done so.
 */
bool vscmi_virtio_driver_has_next(struct vscmi_virtio_driver *driver);
bool vscmi_virtio_driver_set_interrupts(struct vscmi_virtio_driver *driver, bool wanted);

/*
 * The device was reset, or is gone: the link goes down, and nothing but the buffers is
 * touched until the next start. Waits, through the agent's port, until no other thread is
 * working on a ring or feeding in a reply; not for interrupt handlers, and not inside an
 * observer of the agent. Harmless if it was not started.
 */
void vscmi_virtio_driver_stop(struct vscmi_virtio_driver *driver);

#endif
