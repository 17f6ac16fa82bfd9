/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory that two ends of a ring share, seen from one of them: which addresses on the
 * ring are which pointers here. Nothing in this file blocks or allocates.
 */
#ifndef VSCMI_MEMORY_H
#define VSCMI_MEMORY_H

#include <stdint.h>

#include <vscmi/error.h>

/*
 * guest_base is what the ring's addresses count from. The device end describes the
 * guest's memory; a driver end on a socket describes the region it shares, with any base
 * it likes; a driver end on bare metal, where an address is a pointer, has guest_base =
 * (uintptr_t)host.
 */
struct vscmi_memory_region {
	uint64_t guest_base;
	uint64_t size;
	uint8_t *host;
};

/*
 * The map is the caller's and outlives every ring that was given it. A region may be
 * added while rings use the map; before one is removed or moved, the rings whose buffers
 * lie in it must have been stopped and their chains be forgotten.
 */
struct vscmi_memory {
	const struct vscmi_memory_region *regions; /* [region_count], must not overlap */
	uint32_t region_count;
};

/*
 * The one gate from an address to a pointer: where address is in the caller's address
 * space, and in *ret_run how many bytes from there on lie in the same region. NULL, with
 * *ret_run untouched, when no region holds the address.
 */
uint8_t *vscmi_memory_run(const struct vscmi_memory *memory, uint64_t address,
			  uint64_t *ret_run);

/* The same for a range, which one region must hold whole; NULL when none does. */
uint8_t *vscmi_memory_at(const struct vscmi_memory *memory, uint64_t address,
			 uint64_t length);

/*
 * The way back, for the end that publishes addresses. VSCMI_E_INVALID when no region
 * holds the whole of the length bytes at host.
 */
enum vscmi_error vscmi_memory_address(const struct vscmi_memory *memory, const void *host,
				      uint64_t length, uint64_t *ret_address);

#endif
