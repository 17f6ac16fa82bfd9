/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The gate between addresses and pointers, for one region. An end of a ring tries the one in
 * which it found the last bytes first. It has a copy, since the map may grow and move meanwhile;
 * what is in the copy stays true for as long as the ring may be used.
 */
#ifndef VSCMI_VIRTIO_GATE_H
#define VSCMI_VIRTIO_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include <vscmi/memory.h>

/* As vscmi_memory_run(), for a region. */
static inline uint8_t *vscmi_gate_run(const struct vscmi_memory_region *region,
				      uint64_t address, uint64_t *ret_run)
{
	uint64_t offset = address - region->guest_base;

	if (address < region->guest_base || offset >= region->size)
		return NULL;
	*ret_run = region->size - offset;
	return region->host + offset;
}

/* Whether a region holds the whole of a range; then where that is. */
static inline bool vscmi_gate_holds(const struct vscmi_memory_region *region,
				    uint64_t address, uint64_t length, uint8_t **ret_host)
{
	uint64_t offset = address - region->guest_base;

	/* That of an address below the base is beyond the size. */
	if (length > region->size || offset > region->size - length)
		return false;
	*ret_host = region->host + offset;
	return true;
}

/* As vscmi_memory_address(), for a region. */
static inline bool vscmi_gate_address(const struct vscmi_memory_region *region,
				      const void *host, uint64_t length,
				      uint64_t *ret_address)
{
	uintptr_t at = (uintptr_t)host, offset = at - (uintptr_t)region->host;

	if (at < (uintptr_t)region->host || length > region->size ||
	    offset > region->size - length)
		return false;
	*ret_address = region->guest_base + offset;
	return true;
}

/* Make the region that holds an address the recent one, if there is one. */
void vscmi_gate_move_to_address(struct vscmi_memory_region *recent,
				const struct vscmi_memory *memory, uint64_t address);

#endif
