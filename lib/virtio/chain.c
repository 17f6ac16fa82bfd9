/* SPDX-License-Identifier: BSD-3-Clause */
/* Device end: from a head to the bytes of its chain. */
#include <stddef.h>
#include <string.h>

#include "virtio/ring.h"

static uint64_t le_take(const volatile uint8_t *bytes, unsigned count)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < count; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static struct vscmi_descriptor descriptor_take(
	const volatile struct vscmi_ring_descriptor *wire)
{
	return (struct vscmi_descriptor){
		.address = le_take(wire->address, 8),
		.length = (uint32_t)le_take(wire->length, 4),
		.flags = (uint16_t)le_take(wire->flags, 2),
		.next = (uint16_t)le_take(wire->next, 2),
	};
}

/* False when the part is full. */
static bool append(struct vscmi_virtq_part *part, uint8_t *bytes, uint32_t length)
{
	if (part->count == part->capacity)
		return false;
	part->segments[part->count++] =
		(struct vscmi_virtq_segment){ .bytes = bytes, .length = length };
	part->bytes += length;
	return true;
}

/* Add what a descriptor points at, cut where memory regions meet. */
static enum vscmi_virtq_defect add(const struct vscmi_memory *memory,
				   struct vscmi_virtq_chain *chain,
				   struct vscmi_descriptor descriptor)
{
	bool writable = descriptor.flags & VSCMI_DESCRIPTOR_WRITE;
	struct vscmi_virtq_part *part = writable ? &chain->writable : &chain->readable;
	uint64_t address = descriptor.address;
	uint32_t left = descriptor.length;

	if (left && left - 1 > UINT64_MAX - address)
		return VSCMI_VIRTQ_BAD_ADDRESS;
	while (left) {
		uint64_t run;
		uint8_t *bytes = vscmi_memory_run(memory, address, &run);
		uint32_t length = left;

		if (!bytes)
			return VSCMI_VIRTQ_BAD_ADDRESS;
		if (length > run)
			length = (uint32_t)run;
		if (!append(part, bytes, length) && !writable)
			chain->defect = VSCMI_VIRTQ_TOO_MANY_READ;
		address += length;
		left -= length;
	}
	return VSCMI_VIRTQ_SOUND;
}

static bool is_indirect_table(const struct vscmi_virtq_device *device,
			      struct vscmi_descriptor descriptor)
{
	return device->indirect && !(descriptor.flags & VSCMI_DESCRIPTOR_NEXT) &&
	       descriptor.length != 0 && descriptor.length % VSCMI_DESCRIPTOR_BYTES == 0;
}

static enum vscmi_virtq_defect walk(const struct vscmi_virtq_device *device,
				    struct vscmi_virtq_chain *chain)
{
	const volatile struct vscmi_ring_descriptor *table = device->descriptors;
	uint32_t entries = device->queue_size;
	struct vscmi_descriptor descriptor = { .next = chain->head };
	uint32_t descriptors_left = device->queue_size, total_bytes = 0;
	bool in_table = false, writing = false;

	/* A chain is no longer than its queue, in a table too: this ends loops. */
	while (descriptors_left) {
		enum vscmi_virtq_defect defect;

		if (descriptor.next >= entries)
			return VSCMI_VIRTQ_BAD_INDEX;
		descriptor = descriptor_take(&table[descriptor.next]);
		chain->descriptors++;
		if (descriptor.flags & VSCMI_DESCRIPTOR_INDIRECT) {
			if (in_table || !is_indirect_table(device, descriptor))
				return VSCMI_VIRTQ_BAD_INDIRECT;
			in_table = true;
			table = (const volatile void *)vscmi_memory_at(
				device->memory, descriptor.address, descriptor.length);
			if (!table)
				return VSCMI_VIRTQ_BAD_ADDRESS;
			entries = descriptor.length / VSCMI_DESCRIPTOR_BYTES;
			descriptor.next = 0;
			continue;
		}
		if (descriptor.flags & VSCMI_DESCRIPTOR_WRITE)
			writing = true;
		else if (writing)
			return VSCMI_VIRTQ_BAD_ORDER;
		if (descriptor.length > UINT32_MAX - total_bytes)
			return VSCMI_VIRTQ_BAD_LENGTH;
		total_bytes += descriptor.length;
		defect = add(device->memory, chain, descriptor);
		if (defect)
			return defect;
		if (!(descriptor.flags & VSCMI_DESCRIPTOR_NEXT))
			return chain->defect;
		descriptors_left--;
	}
	return VSCMI_VIRTQ_TOO_LONG;
}

void vscmi_virtq_walk(const struct vscmi_virtq_device *device,
		      struct vscmi_virtq_chain *chain)
{
	chain->readable.count = chain->writable.count = 0;
	chain->readable.bytes = chain->writable.bytes = 0;
	chain->descriptors = 0;
	chain->defect = VSCMI_VIRTQ_SOUND;
	chain->defect = walk(device, chain);
}

uint32_t vscmi_virtq_read(const struct vscmi_virtq_part *readable, void *bytes,
			  uint32_t room)
{
	uint8_t *to = bytes;
	uint32_t left = room;

	for (uint16_t i = 0; i < readable->count && left; i++) {
		const struct vscmi_virtq_segment *segment = &readable->segments[i];
		uint32_t length = segment->length < left ? segment->length : left;

		memcpy(to, segment->bytes, length);
		to += length;
		left -= length;
	}
	return room - left;
}

uint32_t vscmi_virtq_write(const struct vscmi_virtq_part *writable, const void *bytes,
			   uint32_t length)
{
	const uint8_t *from = bytes;
	uint32_t left = length;

	for (uint16_t i = 0; i < writable->count && left; i++) {
		const struct vscmi_virtq_segment *segment = &writable->segments[i];
		uint32_t run = segment->length < left ? segment->length : left;

		memcpy(segment->bytes, from, run);
		from += run;
		left -= run;
	}
	return length - left;
}
