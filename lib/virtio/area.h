/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VSCMI_VIRTIO_AREA_H
#define VSCMI_VIRTIO_AREA_H

#include <stddef.h>

#include <vscmi/memory.h>

/* An area of the ring, aligned for the driver that names it and for our accesses to it. */
static inline void *vscmi_area_at(const struct vscmi_memory *memory, uint64_t address,
				  size_t bytes, unsigned alignment)
{
	uint8_t *host = vscmi_memory_at(memory, address, bytes);

	return (address | (uintptr_t)host) % alignment == 0 ? host : NULL;
}

#endif
