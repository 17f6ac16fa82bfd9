/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The packed ring as it lies in shared memory, and both its ends: virtio 1.2, "Packed
 * Virtqueues". An index is a position in bits 0 to 14 and a wrap counter in bit 15, as in the
 * event suppression structures.
 */
#ifndef VSCMI_VIRTIO_PACKED_H
#define VSCMI_VIRTIO_PACKED_H

#include "virtio/ring.h"

#define VSCMI_PACKED_AVAILABLE 0x80u
#define VSCMI_PACKED_USED      0x8000u
#define VSCMI_PACKED_POSITION  0x7fffu
#define VSCMI_PACKED_WRAP      0x8000u
#define VSCMI_PACKED_START     VSCMI_PACKED_WRAP /* position 0, wrap counter 1 */

#define VSCMI_PACKED_EVENT_BYTES 4u
#define VSCMI_PACKED_EVENT_ALIGN 4u

/* Of an event suppression structure, whose lower half is an index. */
enum vscmi_packed_event_flags {
	VSCMI_PACKED_ALWAYS = 0,
	VSCMI_PACKED_NEVER = 1,
	VSCMI_PACKED_AT_INDEX = 2,
};

struct vscmi_packed_descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t id;
	_Atomic uint16_t flags;
};

_Static_assert(sizeof(struct vscmi_packed_descriptor) == VSCMI_DESCRIPTOR_BYTES,
	       "as specified");

/* All of it but the flags, which are read before it. */
static inline struct vscmi_descriptor vscmi_packed_take(
	const volatile struct vscmi_packed_descriptor *wire)
{
	return (struct vscmi_descriptor){
		.address = vscmi_ring_le64(wire->address),
		.length = vscmi_ring_le32(wire->length),
		.words = { vscmi_ring_le16(wire->id) },
	};
}

static inline uint16_t vscmi_packed_position(uint16_t index)
{
	return index & VSCMI_PACKED_POSITION;
}

/* count: 0..queue_size. */
static inline uint16_t vscmi_packed_advance(uint16_t index, uint16_t count,
					    uint16_t queue_size)
{
	uint32_t position = (uint32_t)vscmi_packed_position(index) + count;
	uint16_t wrap = index & VSCMI_PACKED_WRAP;

	if (position >= queue_size) {
		position -= queue_size;
		wrap ^= VSCMI_PACKED_WRAP;
	}
	return (uint16_t)(position | wrap);
}

/* From one index on to another: 0..queue_size for two of a ring that is in order. */
static inline int32_t vscmi_packed_distance(uint16_t from, uint16_t to,
					    uint16_t queue_size)
{
	return (int32_t)vscmi_packed_position(to) - vscmi_packed_position(from) +
	       ((from ^ to) & VSCMI_PACKED_WRAP ? queue_size : 0);
}

/* The flags of a descriptor that is made available, or used, at an index. */
static inline uint16_t vscmi_packed_available_flags(uint16_t index)
{
	return index & VSCMI_PACKED_WRAP ? VSCMI_PACKED_AVAILABLE : VSCMI_PACKED_USED;
}

static inline uint16_t vscmi_packed_used_flags(uint16_t index)
{
	return index & VSCMI_PACKED_WRAP ? VSCMI_PACKED_AVAILABLE | VSCMI_PACKED_USED : 0;
}

static inline bool vscmi_packed_has(uint16_t flags, uint16_t wanted)
{
	return (flags & (VSCMI_PACKED_AVAILABLE | VSCMI_PACKED_USED)) == wanted;
}

static inline uint32_t vscmi_packed_event(enum vscmi_packed_event_flags flags,
					  uint16_t index)
{
	return (uint32_t)flags << 16 | index;
}

/*
 * Whether the other end is to be told of what was published from old_index to new_index.
 * One that asks for what the specification does not know is told.
 */
static inline bool vscmi_packed_wants(uint32_t event, bool event_idx, uint16_t old_index,
				      uint16_t new_index, uint16_t queue_size)
{
	uint16_t index = (uint16_t)event, flags = event >> 16 & 3;
	int32_t ahead;

	if (flags != VSCMI_PACKED_AT_INDEX || !event_idx ||
	    vscmi_packed_position(index) >= queue_size)
		return flags != VSCMI_PACKED_NEVER;
	ahead = vscmi_packed_distance(old_index, index, queue_size);
	return ahead >= 0 &&
	       ahead < vscmi_packed_distance(old_index, new_index, queue_size);
}

/*
 * ---- The functions of <vscmi/virtqueue.h>, for a packed ring ----
 */

enum vscmi_error vscmi_packed_device_init(struct vscmi_virtq_device *device,
					  const struct vscmi_virtq_device_config *config);
bool vscmi_packed_device_has_next(struct vscmi_virtq_device *device);
/* The same for vscmi_virtq_device_has_next(): nothing is written. */
bool vscmi_packed_device_sees_next(const struct vscmi_virtq_device *device);
bool vscmi_packed_device_take(struct vscmi_virtq_device *device,
			      struct vscmi_virtq_chain *chain);
void vscmi_packed_device_use(struct vscmi_virtq_device *device, uint16_t id,
			     uint16_t entries, uint32_t written);
bool vscmi_packed_device_publish(struct vscmi_virtq_device *device);
void vscmi_packed_device_disable_kicks(struct vscmi_virtq_device *device);
void vscmi_packed_device_enable_kicks(struct vscmi_virtq_device *device);

void vscmi_packed_driver_init(struct vscmi_virtq_driver *driver, uint8_t *ring,
			      uint64_t address, struct vscmi_virtq_areas *ret_areas);
enum vscmi_error vscmi_packed_driver_add(struct vscmi_virtq_driver *driver,
					 const struct vscmi_virtq_segment *segments,
					 uint16_t readable_count, uint16_t writable_count,
					 void *cookie);
bool vscmi_packed_driver_publish(struct vscmi_virtq_driver *driver);
bool vscmi_packed_driver_has_next(struct vscmi_virtq_driver *driver);
bool vscmi_packed_driver_has_returned(struct vscmi_virtq_driver *driver, uint16_t index);
bool vscmi_packed_driver_take(struct vscmi_virtq_driver *driver,
			      struct vscmi_virtq_returned *ret_buffer);
void vscmi_packed_driver_disable_calls(struct vscmi_virtq_driver *driver);
void vscmi_packed_driver_enable_calls(struct vscmi_virtq_driver *driver);

#endif
