/* SPDX-License-Identifier: BSD-3-Clause */
/* The split ring as it lies in shared memory, and both its ends: virtio 1.2, "Split Virtqueues". */
#ifndef VSCMI_VIRTIO_SPLIT_H
#define VSCMI_VIRTIO_SPLIT_H

#include "virtio/ring.h"

enum vscmi_ring_flags {
	VSCMI_RING_NO_CALL = 1, /* in the available ring: the driver wants no calls */
	VSCMI_RING_NO_KICK = 1, /* in the used ring: the device wants no kicks */
};

struct vscmi_ring_available {
	_Atomic uint16_t flags, index;
	_Atomic uint16_t entries[]; /* [queue_size], then the used event */
};

struct vscmi_ring_used_entry {
	_Atomic uint32_t id, length;
};

struct vscmi_ring_used {
	_Atomic uint16_t flags, index;
	struct vscmi_ring_used_entry
		entries[]; /* [queue_size], then the available event */
};

_Static_assert(sizeof(struct vscmi_ring_available) == 4, "as specified");
_Static_assert(sizeof(struct vscmi_ring_used_entry) == 8, "as specified");
_Static_assert(sizeof(struct vscmi_ring_used) == 4, "as specified");

#define VSCMI_RING_AVAILABLE_BYTES(queue_size) ((size_t)2 * (queue_size) + 6)
#define VSCMI_RING_USED_BYTES(queue_size)      ((size_t)8 * (queue_size) + 6)

static inline _Atomic uint16_t *vscmi_ring_used_event(
	struct vscmi_ring_available *available, uint16_t queue_size)
{
	return &available->entries[queue_size];
}

static inline _Atomic uint16_t *vscmi_ring_available_event(struct vscmi_ring_used *used,
							   uint16_t queue_size)
{
	return (_Atomic uint16_t *)&used->entries[queue_size];
}

/* Whether an index that went from old to new passed the one that the other end waits for.
 */
static inline bool vscmi_ring_passed(uint16_t event, uint16_t new_index,
				     uint16_t old_index)
{
	return (uint16_t)(new_index - event - 1) < (uint16_t)(new_index - old_index);
}

/*
 * ---- The functions of <vscmi/virtqueue.h>, for a split ring ----
 *
 * areas: where the parts are, as the device end found them and the driver end lays them out.
 */

enum vscmi_error vscmi_split_device_init(struct vscmi_virtq_device *device,
					 const struct vscmi_virtq_device_config *config);
bool vscmi_split_device_has_next(struct vscmi_virtq_device *device);
/* The same for vscmi_virtq_device_has_next(): nothing is written. */
bool vscmi_split_device_sees_next(const struct vscmi_virtq_device *device);
bool vscmi_split_device_take(struct vscmi_virtq_device *device,
			     struct vscmi_virtq_chain *chain);
bool vscmi_split_device_publish(struct vscmi_virtq_device *device);
void vscmi_split_device_disable_kicks(struct vscmi_virtq_device *device);
void vscmi_split_device_enable_kicks(struct vscmi_virtq_device *device);

static inline void vscmi_split_device_use(struct vscmi_virtq_device *device,
					  uint16_t head, uint32_t written)
{
	struct vscmi_ring_used_entry *entry =
		&device->used->entries[device->next_used & (device->queue_size - 1)];

	/* They travel under the index, [B]. */
	vscmi_ring_store32(&entry->id, head, memory_order_relaxed);
	vscmi_ring_store32(&entry->length, written, memory_order_relaxed);
	device->next_used++;
}

void vscmi_split_driver_init(struct vscmi_virtq_driver *driver, uint8_t *ring,
			     uint64_t address, struct vscmi_virtq_areas *ret_areas);
enum vscmi_error vscmi_split_driver_add(struct vscmi_virtq_driver *driver,
					const struct vscmi_virtq_segment *segments,
					uint16_t readable_count, uint16_t writable_count,
					void *cookie);
bool vscmi_split_driver_publish(struct vscmi_virtq_driver *driver);
bool vscmi_split_driver_has_next(struct vscmi_virtq_driver *driver);
bool vscmi_split_driver_has_returned(struct vscmi_virtq_driver *driver, uint16_t index);
bool vscmi_split_driver_take(struct vscmi_virtq_driver *driver,
			     struct vscmi_virtq_returned *ret_buffer);
void vscmi_split_driver_disable_calls(struct vscmi_virtq_driver *driver);
void vscmi_split_driver_enable_calls(struct vscmi_virtq_driver *driver);

#endif
