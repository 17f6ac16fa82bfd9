/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both queues of an SCMI device in this process: the driver link on one end, and on the other
 * the device ends, for the test to serve by hand.
 */
#ifndef VSCMI_TESTS_RINGS_H
#define VSCMI_TESTS_RINGS_H

#include "test.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "vscmi/link/virtio_driver.h"

#define RINGS_SIZE_MAX      2048u
#define RINGS_COMMANDS      VSCMI_TOKENS
#define RINGS_MESSAGE_BYTES 136u
#define RINGS_SEGMENTS      4u
#define RINGS_SKEW_MAX      8u /* bytes that the buffers may be moved by */

struct rings {
	/* All that is shared. */
	_Alignas(16) uint8_t cmdq_ring[VSCMI_VIRTQ_RING_BYTES(RINGS_SIZE_MAX)];
	_Alignas(16) uint8_t eventq_ring[VSCMI_VIRTQ_RING_BYTES(RINGS_SIZE_MAX)];
	_Alignas(16) uint8_t tables[VSCMI_VIRTQ_TABLES_BYTES(
		RINGS_SIZE_MAX, VSCMI_VIRTIO_DRIVER_TABLE_ENTRIES)];
	_Alignas(16) uint8_t
		buffers[VSCMI_VIRTIO_DRIVER_BUFFER_BYTES(RINGS_COMMANDS, RINGS_SIZE_MAX,
							 RINGS_MESSAGE_BYTES) +
			RINGS_SKEW_MAX];

	struct vscmi_memory_region region;
	struct vscmi_memory memory;
	uint16_t sizes[VSCMI_VIRTIO_QUEUES]; /* may change between starts */
	uint64_t features;
	struct vscmi_virtio_driver driver;
	struct vscmi_virtio_driver_command commands[RINGS_COMMANDS];
	struct vscmi_virtq_slot slots[VSCMI_VIRTIO_QUEUES][RINGS_SIZE_MAX];
	struct vscmi_virtq_device_slot device_slots[VSCMI_VIRTIO_QUEUES][RINGS_SIZE_MAX];
	struct vscmi_virtq_driver driver_ends[VSCMI_VIRTIO_QUEUES];
	struct vscmi_virtq_device device_ends[VSCMI_VIRTIO_QUEUES];
	struct vscmi_virtq_areas areas[VSCMI_VIRTIO_QUEUES];
	atomic_uint kicks[VSCMI_VIRTIO_QUEUES];
	void (*on_kick)(struct rings *rings, enum vscmi_virtio_queue queue);
};

/* A chain that the device has, with the message that was in it. */
struct rings_chain {
	struct vscmi_virtq_chain chain;
	struct vscmi_virtq_segment readable[RINGS_SEGMENTS], writable[RINGS_SEGMENTS];
	uint8_t bytes[RINGS_MESSAGE_BYTES];
	uint32_t count;
};

/* Ready the driver link. Both rings have size descriptors; event_count event buffers. */
void rings_init(struct rings *rings, uint16_t size, uint32_t event_count);

/* Ready fresh rings, on both ends, for a device that negotiated features. */
void rings_ready(struct rings *rings, uint64_t features);

/* Do that and start the link. */
enum vscmi_error rings_start(struct rings *rings, uint64_t features);

/* Take a chain; false: there is none. */
bool rings_take(struct rings *rings, enum vscmi_virtio_queue queue,
		struct rings_chain *ret_chain);

/* Write count bytes into a chain and give it back, with written as its length; true: the driver
 * wants to be told. */
bool rings_give_back(struct rings *rings, enum vscmi_virtio_queue queue,
		     struct rings_chain *chain, const void *bytes, uint32_t count,
		     uint32_t written);

#endif
