/* SPDX-License-Identifier: BSD-3-Clause */
/* Device end: from descriptors to the bytes of a chain. */
#ifndef VSCMI_VIRTIO_WALK_H
#define VSCMI_VIRTIO_WALK_H

#include <stddef.h>

#include "virtio/gate.h"
#include "virtio/ring.h"

struct vscmi_walk {
	struct vscmi_virtq_device *device;
	struct vscmi_virtq_chain *chain;
	uint64_t bytes; /* in all so far */
	bool writing;
};

static inline struct vscmi_walk vscmi_walk_start(struct vscmi_virtq_device *device,
						 struct vscmi_virtq_chain *chain)
{
	chain->readable.count = chain->writable.count = 0;
	chain->readable.bytes = chain->writable.bytes = 0;
	chain->descriptors = 0;
	chain->defect = VSCMI_VIRTQ_SOUND;
	return (struct vscmi_walk){ .device = device, .chain = chain };
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

/* Append bytes that are not all in the recent region. */
enum vscmi_virtq_defect vscmi_walk_across(struct vscmi_virtq_device *device,
					  struct vscmi_virtq_part *part, uint64_t address,
					  uint32_t length);

/* Append what a descriptor points at that is no table. */
static inline enum vscmi_virtq_defect vscmi_walk_bytes(struct vscmi_walk *walk,
						       uint64_t address, uint32_t length,
						       uint16_t flags)
{
	struct vscmi_virtq_part *part = &walk->chain->readable;
	enum vscmi_virtq_defect defect;
	uint64_t run;
	uint8_t *bytes;

	if (flags & VSCMI_DESCRIPTOR_WRITE) {
		walk->writing = true;
		part = &walk->chain->writable;
	} else if (walk->writing) {
		return VSCMI_VIRTQ_BAD_ORDER;
	}
	walk->bytes += length;
	if (walk->bytes > UINT32_MAX)
		return VSCMI_VIRTQ_BAD_LENGTH;
	if (length == 0)
		return VSCMI_VIRTQ_SOUND;
	bytes = vscmi_gate_run(&walk->device->recent, address, &run);
	if (bytes && length <= run && vscmi_walk_append(part, bytes, length))
		return VSCMI_VIRTQ_SOUND;
	defect = vscmi_walk_across(walk->device, part, address, length);
	if (defect != VSCMI_VIRTQ_TOO_MANY_READ)
		return defect;
	/* Those behind it may have a defect that says more. */
	if (!walk->writing)
		walk->chain->defect = defect;
	return VSCMI_VIRTQ_SOUND;
}

/* Find the table of a descriptor that says it has one, and how many entries it has. */
static inline enum vscmi_virtq_defect vscmi_walk_table(
	const struct vscmi_walk *walk, struct vscmi_descriptor descriptor, uint16_t flags,
	const volatile struct vscmi_ring_descriptor **ret_table, uint32_t *ret_entries)
{
	struct vscmi_virtq_device *device = walk->device;
	uint64_t run;
	uint8_t *table;

	if (!device->indirect || (flags & VSCMI_DESCRIPTOR_NEXT) ||
	    descriptor.length == 0 || descriptor.length % VSCMI_DESCRIPTOR_BYTES != 0)
		return VSCMI_VIRTQ_BAD_INDIRECT;
	table = vscmi_gate_run(&device->recent, descriptor.address, &run);
	if (!table)
		table = vscmi_memory_run(device->memory, descriptor.address, &run);
	if (!table || descriptor.length > run)
		return VSCMI_VIRTQ_BAD_ADDRESS;
	*ret_table = (const volatile void *)table;
	*ret_entries = descriptor.length / VSCMI_DESCRIPTOR_BYTES;
	return VSCMI_VIRTQ_SOUND;
}

#endif
