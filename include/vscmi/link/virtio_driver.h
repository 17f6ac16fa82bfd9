/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver end of the virtio link: an agent's commands through the cmdq, events from the
 * eventq. What carries the rings and the kicks, vhost-user, mmio or PCI, drives it:
 *
 *	vscmi_virtio_driver_init, vscmi_agent_init        once
 *	vscmi_virtio_driver_features                      what the device offers
 *	vscmi_virtio_driver_start                         lay out the rings
 *	... tell the device where they are, DRIVER_OK ...
 *	vscmi_virtio_driver_ready                         the agent may send
 *	vscmi_virtio_driver_process                       at each interrupt
 *	... reset the device, or find it gone ...
 *	vscmi_virtio_driver_stop                          and again from _features on
 *
 * Any number of threads and interrupt handlers may send and process at once: one of them
 * does the work of all, nobody waits for another. No function blocks or allocates.
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

/* A command's place in the shared memory. The caller's; nothing to set. */
struct vscmi_virtio_driver_command {
	_Atomic uint32_t out; /* 1: lent to this link, until its reply is delivered */
	uint32_t request_bytes;
	uint32_t reply_room;
};

struct vscmi_virtio_driver_config {
	const struct vscmi_memory *memory; /* has all of shared */
	/* vscmi_virtio_driver_shared_bytes(), aligned to VSCMI_VIRTQ_RING_ALIGN; the only
	 * memory that the device sees. */
	void *shared;

	uint16_t queue_size[VSCMI_VIRTIO_QUEUES]; /* powers of 2; the eventq's number of
						     buffers is its size */
	struct vscmi_virtq_slot *ring_slots;      /* as many as both sizes together */
	struct vscmi_virtio_driver_command *commands; /* [command_count] */
	uint32_t command_count; /* 1..1024; more than the cmdq can hold are not used */
	uint32_t message_bytes; /* longest request, reply and event; a multiple of 8 */

	/* Kick the device; called by whoever sends or processes. */
	void (*kick)(void *context, enum vscmi_virtio_queue queue);
	void *context;
};

struct vscmi_virtio_driver_queue {
	struct vscmi_virtq_driver ring;
	_Atomic uint32_t
		work; /* who works on the ring, and whether there is more to do */
	uint8_t *buffers;
	bool broken; /* the device corrupted the ring: reset it */
};

/* Open so that it needs no allocation; touch only link, by its address; read only
 * queues[].broken and the rings' counters. */
struct vscmi_virtio_driver {
	struct vscmi_link link;
	struct vscmi_virtio_driver_config config;
	struct vscmi_virtio_driver_queue queues[VSCMI_VIRTIO_QUEUES];
	_Atomic uint32_t started;                    /* the rings may be touched */
	_Atomic uint32_t pending[VSCMI_TOKENS / 32]; /* commands to put on the ring */
	_Atomic uint32_t
		returned[VSCMI_VIRTQ_SIZE_MAX / 32]; /* event buffers, the same */
};

/*
 * What to accept of the features that a device offers. VSCMI_E_UNSUPPORTED: the device
 * does not offer VERSION_1; it is not one that this driver can use.
 */
enum vscmi_error vscmi_virtio_driver_features(uint64_t offered, uint64_t *ret_features);

/* Bytes of shared memory that a driver with this configuration needs. */
size_t vscmi_virtio_driver_shared_bytes(const struct vscmi_virtio_driver_config *config);

/*
 * Ready a driver with no device. The config is copied. VSCMI_E_INVALID: a size or count out
 * of its range.
 */
enum vscmi_error vscmi_virtio_driver_init(
	struct vscmi_virtio_driver *driver,
	const struct vscmi_virtio_driver_config *config);

/*
 * Lay out the rings for a device that was just reset, fill the eventq if P2A_CHANNELS is
 * among the features, and say in ret_areas[] where the rings are. The device must not be
 * kicked yet. Errors: vscmi_virtq_driver_init's.
 */
enum vscmi_error vscmi_virtio_driver_start(
	struct vscmi_virtio_driver *driver, uint64_t features,
	struct vscmi_virtq_areas ret_areas[VSCMI_VIRTIO_QUEUES]);

/* The device is set up: kick it for the eventq, and take the link up.
 * Errors: vscmi_agent_link_up's. */
enum vscmi_error vscmi_virtio_driver_ready(struct vscmi_virtio_driver *driver);

/*
 * After an interrupt of any queue, or without one: feed in what the device has put there.
 * The link's poll does the same.
 */
void vscmi_virtio_driver_process(struct vscmi_virtio_driver *driver,
				 enum vscmi_virtio_queue queue);

/*
 * The device was reset, or is gone: the link goes down, and nothing of the shared memory is
 * touched until the next start. The caller sees to it that no _process runs meanwhile.
 */
void vscmi_virtio_driver_stop(struct vscmi_virtio_driver *driver);

#endif
