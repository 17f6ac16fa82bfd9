/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What split and packed rings have in common. They are little-endian on every host.
 * Whatever the other end can write is read once, through the functions here and in split.h
 * and packed.h.
 *
 * Barriers, by the letter that the comments at their accesses carry:
 *
 * - [A] Descriptors are written before the driver says that they are available (release),
 *   and read after that was seen (acquire).
 * - [B] The same for a reply and what says that a chain is used.
 * - [C] The driver makes a chain available, then loads what says whether the device wants
 *   a kick; the device stores that, then looks for a chain. One of them sees the other's
 *   store, so that no kick is lost: all four accesses are sequentially consistent.
 * - [D] The same for a used chain and what says whether the driver wants a call.
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

/*
 * A descriptor in a split ring, and in an indirect table of either format. Nothing says
 * how a table is aligned. The last two words are flags and next in the split format, buffer
 * id and flags in the packed one.
 */
struct vscmi_ring_descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t words[2];
} __attribute__((packed, may_alias));

_Static_assert(sizeof(struct vscmi_ring_descriptor) == VSCMI_DESCRIPTOR_BYTES,
	       "as specified");
_Static_assert(ATOMIC_SHORT_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2, "shared memory");

/* A descriptor taken apart: a private copy. */
struct vscmi_descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t words[2];
};

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define VSCMI_RING_SWAP(bits, value) __builtin_bswap##bits(value)
#else
#define VSCMI_RING_SWAP(bits, value) (value)
#endif

static inline uint16_t vscmi_ring_le16(uint16_t value)
{
	return VSCMI_RING_SWAP(16, value);
}

static inline uint32_t vscmi_ring_le32(uint32_t value)
{
	return VSCMI_RING_SWAP(32, value);
}

static inline uint64_t vscmi_ring_le64(uint64_t value)
{
	return VSCMI_RING_SWAP(64, value);
}

static inline struct vscmi_descriptor vscmi_descriptor_take(
	const volatile struct vscmi_ring_descriptor *wire)
{
	return (struct vscmi_descriptor){
		.address = vscmi_ring_le64(wire->address),
		.length = vscmi_ring_le32(wire->length),
		.words = { vscmi_ring_le16(wire->words[0]),
			   vscmi_ring_le16(wire->words[1]) },
	};
}

static inline void vscmi_descriptor_put(struct vscmi_ring_descriptor *wire,
					struct vscmi_descriptor descriptor)
{
	wire->address = vscmi_ring_le64(descriptor.address);
	wire->length = vscmi_ring_le32(descriptor.length);
	wire->words[0] = vscmi_ring_le16(descriptor.words[0]);
	wire->words[1] = vscmi_ring_le16(descriptor.words[1]);
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

static inline uint32_t vscmi_ring_load32(_Atomic uint32_t *field, memory_order order)
{
	return vscmi_ring_le32(atomic_load_explicit(field, order));
}

static inline void vscmi_ring_store32(_Atomic uint32_t *field, uint32_t value,
				      memory_order order)
{
	atomic_store_explicit(field, vscmi_ring_le32(value), order);
}

/* Whether features ask for a packed ring: never, where it is not built. */
static inline bool vscmi_virtq_wants_packed(uint64_t features)
{
#ifdef VSCMI_WITHOUT_PACKED
	return false;
#else
	return features & VSCMI_VIRTIO_F_RING_PACKED;
#endif
}

/* The same of a queue, which packed is the ring of. */
static inline bool vscmi_virtq_is_packed(const void *packed)
{
#ifdef VSCMI_WITHOUT_PACKED
	return false;
#else
	return packed != NULL;
#endif
}

/* VERSION_1, and no ring format that is not built. */
static inline bool vscmi_virtq_features_are_ours(uint64_t features)
{
	return (features & VSCMI_VIRTIO_F_VERSION_1) &&
	       (!(features & VSCMI_VIRTIO_F_RING_PACKED) ||
		vscmi_virtq_wants_packed(features));
}

static inline bool vscmi_virtq_size_is_valid(uint16_t queue_size, uint64_t features)
{
	return queue_size != 0 && queue_size <= VSCMI_VIRTQ_SIZE_MAX &&
	       ((queue_size & (queue_size - 1)) == 0 ||
		vscmi_virtq_wants_packed(features));
}

#endif
