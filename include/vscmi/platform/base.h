/* SPDX-License-Identifier: BSD-3-Clause */
/* What a platform says of itself: DEN0056, "Base protocol". */
#ifndef VSCMI_PLATFORM_BASE_H
#define VSCMI_PLATFORM_BASE_H

#include <stdint.h>

/* Texts are at most 15 characters, longer ones are cut; the caller's, and kept. */
struct vscmi_platform_base {
	const char *vendor;
	const char *sub_vendor; /* NULL: the command is not provided */
	uint32_t implementation_version;
	/*
	 * Devices, 1..device_count, are groups of resources that
	 * BASE_SET_DEVICE_PERMISSIONS and BASE_SET_PROTOCOL_PERMISSIONS allow and deny. A
	 * resource says which it belongs to; 0 is none, and always allowed. 0 devices:
	 * the two commands are not provided.
	 */
	uint16_t device_count;
};

#endif
