/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest's memory as its front end described it: mapped here, checked, and guarded against
 * a file that is cut short later. Regions that were replaced stay mapped, retired, until
 * their owner knows that no request points into them any more.
 */
#ifndef VSCMI_VHOST_USER_MEMORY_H
#define VSCMI_VHOST_USER_MEMORY_H

#include <vscmi/host/problem.h>
#include <vscmi/memory.h>

#include "vhost_user/guard.h"
#include "vhost_user/message.h"

#define VSCMI_VHOST_MEM_SLOTS 32u
#define VSCMI_VHOST_MAPPINGS  (2 * VSCMI_VHOST_MEM_SLOTS) /* in use, and retired */

struct vscmi_vhost_mapping {
	struct vscmi_vhost_guard guard; /* base NULL: the place is free */
	struct vscmi_vhost_region region;
	uint8_t *host; /* where the region starts in the mapping */
	bool retired;
};

struct vscmi_vhost_memory {
	struct vscmi_memory map; /* what the rings are given; never moves */
	atomic_bool lost;        /* of any mapping, until none is left */
	struct vscmi_memory_region regions[VSCMI_VHOST_MEM_SLOTS];
	struct vscmi_vhost_mapping mappings[VSCMI_VHOST_MAPPINGS];
};

/* Empty memory, which needs no end. */
void vscmi_vhost_memory_init(struct vscmi_vhost_memory *memory);

/*
 * Add a region of the file fd, which is lent. VSCMI_E_INVALID: it is empty, overlaps another,
 * wraps around, is not in the file, or is one too many. VSCMI_E_SYSTEM: it cannot be mapped.
 */
enum vscmi_error vscmi_vhost_memory_add(struct vscmi_vhost_memory *memory,
					const struct vscmi_vhost_region *region, int fd,
					struct vscmi_problem *problem);

/* Retire the region with these addresses and size. VSCMI_E_INVALID: there is none. */
enum vscmi_error vscmi_vhost_memory_remove(struct vscmi_vhost_memory *memory,
					   const struct vscmi_vhost_region *region,
					   struct vscmi_problem *problem);

/* Retire every region. */
void vscmi_vhost_memory_retire(struct vscmi_vhost_memory *memory);

/* Whether anything is retired, and the end of it. */
bool vscmi_vhost_memory_has_retired(const struct vscmi_vhost_memory *memory);
void vscmi_vhost_memory_unmap_retired(struct vscmi_vhost_memory *memory);

/* Whether the guest took memory away that it had lent: what is read there means nothing. */
static inline bool vscmi_vhost_memory_is_lost(const struct vscmi_vhost_memory *memory)
{
	return atomic_load(&memory->lost);
}

/* The guest address of a user address, which is what vhost-user says of rings. */
enum vscmi_error vscmi_vhost_memory_guest_address(const struct vscmi_vhost_memory *memory,
						  uint64_t user_address,
						  uint64_t *ret_guest_address);

#endif
