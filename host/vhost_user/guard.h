/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guard on mapped memory whose file another process can cut short. Touching a page that
 * the file has no more would end this process with SIGBUS; under a guard the whole mapping
 * becomes private zeros instead, and the owner of the guard is told.
 */
#ifndef VSCMI_VHOST_USER_GUARD_H
#define VSCMI_VHOST_USER_GUARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vscmi_vhost_guard {
	uint8_t *base; /* the mapping: whole pages */
	size_t length;
	atomic_bool *lost; /* set: the memory is zeros now, and shared with nobody */
	struct vscmi_vhost_guard *next;
};

/*
 * Guard length bytes at base until vscmi_vhost_guard_remove. The first guard installs a
 * handler for SIGBUS; a fault that no guard covers goes where it went before. *lost, which
 * several guards may share, is set when the memory becomes zeros.
 */
void vscmi_vhost_guard_add(struct vscmi_vhost_guard *guard, uint8_t *base, size_t length,
			   atomic_bool *lost);
void vscmi_vhost_guard_remove(struct vscmi_vhost_guard *guard);

#endif
