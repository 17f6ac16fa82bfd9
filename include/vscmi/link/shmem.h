/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What both ends of the shared memory link have in common: DEN0056, "Shared memory based
 * transport". A channel is an area that carries one message at a time. The agent's end is
 * <vscmi/link/shmem_agent.h>, the platform's <vscmi/link/shmem_platform.h>.
 *
 * The area goes by the mailboxes, SMC or ivshmem of the system. Ringing the other end is
 * for whoever owns the link, like everything that depends on the system.
 */
#ifndef VSCMI_LINK_SHMEM_H
#define VSCMI_LINK_SHMEM_H

#include <stdint.h>

/* Bytes of an area for messages of up to message_bytes, header word included. */
#define VSCMI_SHMEM_AREA_BYTES(message_bytes) (24u + (message_bytes))

/* How long a reply may take where nobody says: 30 ms. */
#define VSCMI_SHMEM_TIMEOUT_US UINT64_C(30000)

struct vscmi_shmem_channel {
	void *area;     /* NULL: there is no such channel. At a multiple of 4. */
	uint32_t bytes; /* VSCMI_SHMEM_AREA_BYTES(8) or more */
};

#endif
