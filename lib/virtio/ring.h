/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The split ring as it lies in shared memory: virtio 1.2, "Split Virtqueues". It is
 * little-endian on every host. Whatever the other end can write is read once, through the
 * functions below.
 *
 * Barriers, by the letter that the comments at their accesses carry:
 *
 * - [A] Descriptors and available entries are written before the available index is
 *   stored (release), and read after it was loaded (acquire).
 * - [B] The same for a reply, used entries and the used index.
 * - [C] The driver stores the available index, then loads what says whether the device
 *   wants a kick; the device stores that, then loads the index. One of them sees the
 *   other's store, so that no kick is lost: all four accesses are sequentially consistent.
 * - [D] The same for the used index and what says whether the driver wants a call.
 */
#ifndef VSCMI_VIRTIO_RING_H
#define VSCMI_VIRTIO_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <vscmi/virtqueue.h>

#define VSCMI_DESCRIPTOR_BYTES 16u

enum vscmi_descriptor_flags {
	VSCMI_DESCRIPTOR_NEXT = 1,
	VSCMI_DESCRIPTOR_WRITE = 2,
	VSCMI_DESCRIPTOR_INDIRECT = 4,
};

enum vscmi_ring_flags {
	VSCMI_RING_NO_CALL = 1, /* in the available ring: the driver wants no calls */
	VSCMI_RING_NO_KICK = 1, /* in the used ring: the device wants no kicks */
};

/* Bytes, since nothing says how an indirect table is aligned. */
struct vscmi_ring_descriptor {
	uint8_t address[8], length[4], flags[2], next[2];
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

_Static_assert(sizeof(struct vscmi_ring_descriptor) == VSCMI_DESCRIPTOR_BYTES,
	       "as specified");
_Static_assert(sizeof(struct vscmi_ring_available) == 4, "as specified");
_Static_assert(sizeof(struct vscmi_ring_used_entry) == 8, "as specified");
_Static_assert(sizeof(struct vscmi_ring_used) == 4, "as specified");
_Static_assert(ATOMIC_SHORT_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2, "shared memory");

#define VSCMI_RING_AVAILABLE_BYTES(queue_size) ((size_t)2 * (queue_size) + 6)
#define VSCMI_RING_USED_BYTES(queue_size)      ((size_t)8 * (queue_size) + 6)

/* A descriptor taken apart: a private copy. */
struct vscmi_descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags; /* enum vscmi_descriptor_flags */
	uint16_t next;
};

static inline uint16_t vscmi_ring_le16(uint16_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap16(value);
#endif
	return value;
}

static inline uint32_t vscmi_ring_le32(uint32_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap32(value);
#endif
	return value;
}

static inline uint16_t vscmi_ring_load(_Atomic uint16_t *field, memory_order order)
{
	return vscmi_ring_le16(atomic_load_explicit(field, order));
}

static inline void vscmi_ring_store(_Atomic uint16_t *field, uint16_t value,
				    memory_order order)
{
	atomic_store_explicit(field, vscmi_ring_le16(value), order);
}

/* Entries need no order of their own: they travel under the index, [B]. */
static inline uint32_t vscmi_ring_load32(_Atomic uint32_t *field)
{
	return vscmi_ring_le32(atomic_load_explicit(field, memory_order_relaxed));
}

static inline void vscmi_ring_store32(_Atomic uint32_t *field, uint32_t value)
{
	atomic_store_explicit(field, vscmi_ring_le32(value), memory_order_relaxed);
}

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

static inline bool vscmi_virtq_size_is_valid(uint16_t queue_size)
{
	return queue_size != 0 && (queue_size & (queue_size - 1)) == 0;
}

/* The features that decide which ring this is, and whether it is one of ours. */
static inline bool vscmi_virtq_features_are_ours(uint64_t features)
{
	return (features & VSCMI_VIRTIO_F_VERSION_1) &&
	       !(features & (VSCMI_VIRTIO_F_RING_PACKED | VSCMI_VIRTIO_F_IN_ORDER));
}

/* Follow the chain from chain->head into its parts and its defect. */
void vscmi_virtq_walk(const struct vscmi_virtq_device *device,
		      struct vscmi_virtq_chain *chain);

#endif
