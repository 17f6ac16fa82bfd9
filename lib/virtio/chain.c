/* SPDX-License-Identifier: BSD-3-Clause */
/* Device end: the bytes of a chain. */
#include <string.h>

#include "virtio/walk.h"

enum vscmi_virtq_defect vscmi_walk_across(struct vscmi_virtq_device *device,
					  struct vscmi_virtq_chain *chain,
					  struct vscmi_virtq_part *part, uint64_t address,
					  uint32_t length)
{
	if (length - 1 > UINT64_MAX - address)
		return VSCMI_VIRTQ_BAD_ADDRESS;
	while (length) {
		uint64_t run;
		uint8_t *bytes;
		uint32_t here = length;

		vscmi_gate_move_to_address(&device->recent, device->memory, address);
		bytes = vscmi_gate_run(&device->recent, address, &run);
		if (!bytes)
			return VSCMI_VIRTQ_BAD_ADDRESS;
		if (here > run)
			here = (uint32_t)run;
		/* The descriptors behind it may have a defect that says more. */
		if (!vscmi_walk_append(part, bytes, here) && part == &chain->readable)
			chain->defect = VSCMI_VIRTQ_TOO_MANY_READ;
		address += here;
		length -= here;
	}
	return VSCMI_VIRTQ_SOUND;
}

uint32_t vscmi_virtq_read(const struct vscmi_virtq_part *readable, void *bytes,
			  uint32_t room)
{
	const struct vscmi_virtq_segment *segment = readable->segments;
	const struct vscmi_virtq_segment *end = segment + readable->count;
	uint8_t *to = bytes;

	for (; segment != end && room; segment++) {
		uint32_t length = segment->length < room ? segment->length : room;

		memcpy(to, segment->bytes, length);
		to += length;
		room -= length;
	}
	return (uint32_t)(to - (uint8_t *)bytes);
}

uint32_t vscmi_virtq_write(const struct vscmi_virtq_part *writable, const void *bytes,
			   uint32_t length)
{
	const struct vscmi_virtq_segment *segment = writable->segments;
	const struct vscmi_virtq_segment *end = segment + writable->count;
	const uint8_t *from = bytes;

	for (; segment != end && length; segment++) {
		uint32_t here = segment->length < length ? segment->length : length;

		memcpy(segment->bytes, from, here);
		from += here;
		length -= here;
	}
	return (uint32_t)(from - (const uint8_t *)bytes);
}
