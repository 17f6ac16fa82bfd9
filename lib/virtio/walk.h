/* SPDX-License-Identifier: BSD-3-Clause */
/* Device end: from descriptors to the bytes of a chain. */
#ifndef VSCMI_VIRTIO_WALK_H
#define VSCMI_VIRTIO_WALK_H

#include <stddef.h>

#include "rare.h"
#include "virtio/gate.h"
#include "virtio/ring.h"

struct vscmi_walk {
	struct vscmi_virtq_device *device;
	struct vscmi_virtq_chain *chain;
	struct vscmi_virtq_part *part; /* that the next bytes belong to */
	uint32_t bytes;                /* in all so far */
	uint32_t descriptors;          /* likewise */
};

static inline struct vscmi_walk vscmi_walk_start(struct vscmi_virtq_device *device,
						 struct vscmi_virtq_chain *chain)
{
	chain->readable.count = chain->writable.count = 0;
	chain->readable.bytes = chain->writable.bytes = 0;
	chain->defect = VSCMI_VIRTQ_SOUND;
	return (struct vscmi_walk){
		.device = device,
		.chain = chain,
		.part = &chain->readable,
	};
}

/* The chain is out from here on. */
static inline void vscmi_walk_end(const struct vscmi_walk *walk,
				  enum vscmi_virtq_defect defect)
{
	struct vscmi_virtq_device *device = walk->device;

	walk->chain->descriptors = (uint16_t)walk->descriptors;
	device->in_flight++;
	device->counters.taken++;
	if (defect)
		walk->chain->defect = defect;
	if (walk->chain->defect)
		device->counters.malformed++;
}

/* False when the part is full. */
static inline bool vscmi_walk_append(struct vscmi_virtq_part *part, uint8_t *bytes,
				     uint32_t length)
{
	struct vscmi_virtq_segment *segment = &part->segments[part->count];

	if (part->count == part->capacity)
		return false;
	segment->bytes = bytes;
	segment->length = length;
	part->count++;
	part->bytes += length;
	return true;
}

/* Append bytes that are not all in the recent region, or for which there may be no room. */
VSCMI_RARE enum vscmi_virtq_defect vscmi_walk_across(struct vscmi_virtq_device *device,
						     struct vscmi_virtq_chain *chain,
						     struct vscmi_virtq_part *part,
						     uint64_t address, uint32_t length);

/* Append what a descriptor points at that is no table. */
static inline enum vscmi_virtq_defect vscmi_walk_bytes(struct vscmi_walk *walk,
						       uint64_t address, uint32_t length,
						       uint16_t flags)
{
	struct vscmi_virtq_chain *chain = walk->chain;
	uint8_t *bytes;

	if (flags & VSCMI_DESCRIPTOR_WRITE)
		walk->part = &chain->writable;
	else if (walk->part != &chain->readable)
		return VSCMI_VIRTQ_BAD_ORDER;
	if (__builtin_add_overflow(walk->bytes, length, &walk->bytes))
		return VSCMI_VIRTQ_BAD_LENGTH;
	if (length == 0)
		return VSCMI_VIRTQ_SOUND;
	if (vscmi_gate_holds(&walk->device->recent, address, length, &bytes) &&
	    vscmi_walk_append(walk->part, bytes, length))
		return VSCMI_VIRTQ_SOUND;
	return vscmi_walk_across(walk->device, chain, walk->part, address, length);
}

/* Find the table of a descriptor that says it has one, and how many entries it has. */
static inline enum vscmi_virtq_defect vscmi_walk_table(
	const struct vscmi_walk *walk, struct vscmi_descriptor descriptor, uint16_t flags,
	const volatile struct vscmi_ring_descriptor **ret_table, uint32_t *ret_entries)
{
	struct vscmi_virtq_device *device = walk->device;
	uint8_t *table;

	if (!device->indirect || (flags & VSCMI_DESCRIPTOR_NEXT) ||
	    descriptor.length == 0 || descriptor.length % VSCMI_DESCRIPTOR_BYTES != 0)
		return VSCMI_VIRTQ_BAD_INDIRECT;
	if (!vscmi_gate_holds(&device->recent, descriptor.address, descriptor.length,
			      &table)) {
		table = vscmi_memory_at(device->memory, descriptor.address,
					descriptor.length);
		if (!table)
			return VSCMI_VIRTQ_BAD_ADDRESS;
	}
	*ret_table = (const volatile void *)table;
	*ret_entries = descriptor.length / VSCMI_DESCRIPTOR_BYTES;
	return VSCMI_VIRTQ_SOUND;
}

#endif
