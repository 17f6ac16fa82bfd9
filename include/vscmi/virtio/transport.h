/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What carries virtqueues between a driver and its device, seen from the driver: virtio 1.2,
 * "Virtio Transport Options". <vscmi/virtio/mmio.h> and <vscmi/virtio/pci.h> are two of them.
 * Nothing here knows what the queues are for.
 *
 * No function blocks or allocates; each loop that depends on the device has an end. Functions
 * on one transport are for one thread at a time, but for notify and take_interrupts.
 */
#ifndef VSCMI_VIRTIO_TRANSPORT_H
#define VSCMI_VIRTIO_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vscmi/error.h>
#include <vscmi/virtqueue.h>

/* Queues that a transport can drive: 0 .. VSCMI_VIRTIO_TRANSPORT_QUEUES - 1. */
#define VSCMI_VIRTIO_TRANSPORT_QUEUES 8u

/* Virtio 1.2, "Device Status Field". */
enum vscmi_virtio_status {
	VSCMI_VIRTIO_ACKNOWLEDGE = 1,
	VSCMI_VIRTIO_DRIVER = 2,
	VSCMI_VIRTIO_DRIVER_OK = 4,
	VSCMI_VIRTIO_FEATURES_OK = 8,
	VSCMI_VIRTIO_DEVICE_NEEDS_RESET = 64,
	VSCMI_VIRTIO_FAILED = 128,
};

/* Why the device interrupts. */
enum vscmi_virtio_interrupt {
	VSCMI_VIRTIO_INTERRUPT_QUEUE = 1,  /* a buffer came back */
	VSCMI_VIRTIO_INTERRUPT_CONFIG = 2, /* configuration or device status changed */
};

struct vscmi_virtio_transport;

/* All members are required. ops_size is sizeof() as the implementer compiled it. */
struct vscmi_virtio_transport_ops {
	size_t ops_size;

	uint32_t (*device_id)(struct vscmi_virtio_transport *transport);

	/* enum vscmi_virtio_status; to set 0 starts a reset, which is over when 0 is read. */
	uint8_t (*status)(struct vscmi_virtio_transport *transport);
	void (*set_status)(struct vscmi_virtio_transport *transport, uint8_t status);

	uint64_t (*device_features)(struct vscmi_virtio_transport *transport);
	void (*set_driver_features)(struct vscmi_virtio_transport *transport,
				    uint64_t features);

	/* 0: there is no such queue. */
	uint16_t (*queue_size_max)(struct vscmi_virtio_transport *transport,
				   uint16_t queue);
	/*
	 * Once for each reset. VSCMI_E_BUSY: the queue is enabled already. VSCMI_E_MALFORMED:
	 * the device says nonsense about it.
	 */
	enum vscmi_error (*queue_enable)(struct vscmi_virtio_transport *transport,
					 uint16_t queue, uint16_t size,
					 const struct vscmi_virtq_areas *areas);

	/* Kick an enabled queue. From any context. */
	void (*notify)(struct vscmi_virtio_transport *transport, uint16_t queue);

	/* Why the device interrupts, which it then does no longer: enum
	 * vscmi_virtio_interrupt. From any context. */
	uint32_t (*take_interrupts)(struct vscmi_virtio_transport *transport);

	/* The device's configuration, of which width is 1, 2 or 4 bytes. */
	uint32_t (*config_generation)(struct vscmi_virtio_transport *transport);
	uint32_t (*config_read)(struct vscmi_virtio_transport *transport, uint32_t offset,
				unsigned width);
};

/* Embedded in the implementer's own struct. */
struct vscmi_virtio_transport {
	const struct vscmi_virtio_transport_ops *ops;
};

/* A queue to be made ready with its device. */
struct vscmi_virtio_queue_setup {
	struct vscmi_virtq_driver *ring;
	/*
	 * features is not looked at. queue_size is what there is memory for; the ring gets
	 * that size, or half of it, or half of that, as the device can have it.
	 */
	struct vscmi_virtq_driver_config config;
	uint64_t needs; /* without these features there is no such queue */
};

/*
 * Virtio 1.2, "Device Initialization", from the reset to DRIVER_OK: agree on the features
 * that are among accepted, and enable queues[i] as the device's queue i. *ret_features is what
 * was agreed on. After a failure the device has FAILED set, and nothing of the rings' memory
 * is used.
 *
 * VSCMI_E_TIMEOUT: the reset does not end. VSCMI_E_UNSUPPORTED: the device has no VERSION_1,
 * does without FEATURES_OK, or lacks a queue. VSCMI_E_INVALID: memory or sizes that
 * vscmi_virtq_driver_init refuses, or more than VSCMI_VIRTIO_TRANSPORT_QUEUES.
 */
enum vscmi_error vscmi_virtio_start(struct vscmi_virtio_transport *transport,
				    uint64_t accepted,
				    const struct vscmi_virtio_queue_setup *queues,
				    uint32_t queue_count, uint64_t *ret_features);

/*
 * Reset the device, which then uses no queue any more. VSCMI_E_TIMEOUT: it does not confirm
 * that, and what it may have of the rings' memory is still its own.
 */
enum vscmi_error vscmi_virtio_reset(struct vscmi_virtio_transport *transport);

/* Whether the device says that it goes on only after a reset. */
bool vscmi_virtio_needs_reset(struct vscmi_virtio_transport *transport);

/*
 * Read a field of the device's configuration, of 1, 2, 4 or 8 bytes, that does not change
 * while it is read. VSCMI_E_BUSY: it changes all the time. VSCMI_E_INVALID: another width.
 */
enum vscmi_error vscmi_virtio_config_get(struct vscmi_virtio_transport *transport,
					 uint32_t offset, unsigned width,
					 uint64_t *ret_value);

#endif
