/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The virtio link of a guest without an operating system, or of its kernel: transport, rings
 * and driver end as one. From nothing to commands:
 *
 *	vscmi_virtio_mmio_init or vscmi_virtio_pci_init    where the device is
 *	vscmi_guest_link_init, vscmi_agent_init            once
 *	vscmi_guest_link_start                             the agent may send
 *	vscmi_guest_link_interrupt                         from the handler; or poll
 *
 * The link goes down, as vscmi_agent_is_up() tells, when the device asks for a reset or breaks
 * a ring; vscmi_guest_link_start then starts it anew, and vscmi_agent_renew tells the platform
 * again of what is subscribed. A device that no longer answers does not say so: commands time
 * out, and starting anew is worth a try.
 */
#ifndef VSCMI_LINK_GUEST_H
#define VSCMI_LINK_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vscmi/link/virtio_driver.h>
#include <vscmi/memory.h>
#include <vscmi/virtio/transport.h>

/* How a guest link lays out what it shares: for each queue a ring, and tables for the cmdq. */
#define VSCMI_GUEST_LINK_RING_BYTES(queue_size)                              \
	((VSCMI_VIRTQ_RING_BYTES(queue_size) + VSCMI_VIRTQ_RING_ALIGN - 1) / \
	 VSCMI_VIRTQ_RING_ALIGN * VSCMI_VIRTQ_RING_ALIGN)

/* Bytes that the device has to reach. */
#define VSCMI_GUEST_LINK_SHARED_BYTES(queue_size, message_bytes)                   \
	(VSCMI_VIRTIO_QUEUES * VSCMI_GUEST_LINK_RING_BYTES(queue_size) +           \
	 VSCMI_VIRTQ_TABLES_BYTES(queue_size, VSCMI_VIRTIO_DRIVER_TABLE_ENTRIES) + \
	 VSCMI_VIRTIO_DRIVER_BUFFER_BYTES(queue_size, queue_size, message_bytes))

struct vscmi_guest_link_config {
	struct vscmi_virtio_transport *transport;

	/*
	 * VSCMI_GUEST_LINK_SHARED_BYTES, aligned to VSCMI_VIRTQ_RING_ALIGN. Ordinary memory
	 * that is coherent with the device: for a device that the hypervisor plays, normal
	 * cacheable memory. shared_address is where the device finds it; without an IOMMU,
	 * its physical address.
	 */
	uint8_t *shared;
	uint64_t shared_address;

	/* The caller's, and nothing to set. */
	struct vscmi_virtq_slot *slots; /* [VSCMI_VIRTIO_QUEUES * queue_size] */
	struct vscmi_virtio_driver_command *commands; /* [queue_size] */

	uint16_t queue_size;    /* of both queues at most: a power of 2, 2..1024 */
	uint32_t message_bytes; /* of the longest request, reply and event, 8..1024 */
};

/* Open so that it needs no allocation; touch only driver.link, by its address. */
struct vscmi_guest_link {
	struct vscmi_virtio_driver driver;
	struct vscmi_guest_link_config config;
	struct vscmi_memory_region region;
	struct vscmi_memory memory;
	struct vscmi_virtq_driver rings[VSCMI_VIRTIO_QUEUES];
};

/*
 * Ready a link; the device is left alone. The config is copied, what it names stays in place.
 * VSCMI_E_INVALID: a size out of its range.
 */
enum vscmi_error vscmi_guest_link_init(struct vscmi_guest_link *link,
				       const struct vscmi_guest_link_config *config);

/*
 * Reset the device, agree with it and start it; the link, which an agent has been initialised
 * on, goes up. A link that runs, or ran, is stopped first. Interrupts of the device may come
 * from here on. Not from an interrupt handler.
 *
 * VSCMI_E_UNSUPPORTED: it is no SCMI device. Others: vscmi_virtio_start and
 * vscmi_virtio_driver_start.
 */
enum vscmi_error vscmi_guest_link_start(struct vscmi_guest_link *link);

/*
 * The device has interrupted: feed in what it has put on the rings, at most as much as they
 * hold. False: it was not this device, where others share the line. From the handler; the
 * device does not interrupt for the same reason any more on return.
 *
 * *ret_more: the device was quick, or does not end, and there may be more, for which it may
 * not interrupt. Have vscmi_agent_poll() called, after the handler, for as long as that returns
 * true; or see to it that the port's wait returns once more, if somebody waits in it.
 *
 * Who has no interrupts needs none of this: an agent that waits polls its link if the port's
 * wait returns early, and vscmi_agent_poll() does for who waits for notifications.
 */
bool vscmi_guest_link_interrupt(struct vscmi_guest_link *link, bool *ret_more);

/*
 * Reset the device; the link goes down, and all that the config names is the caller's again.
 * Waits as vscmi_virtio_driver_stop does. VSCMI_E_TIMEOUT: the device does not confirm the
 * reset and may still write to what it shares; the link is down all the same.
 */
enum vscmi_error vscmi_guest_link_stop(struct vscmi_guest_link *link);

#endif
