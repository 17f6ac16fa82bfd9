/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An agent's link to a platform in another process, through shared memory that it gets at a
 * socket, as vscmid --shmem serves it, on an event loop. One thread.
 */
#ifndef VSCMI_HOST_SHMEM_LINK_H
#define VSCMI_HOST_SHMEM_LINK_H

#include <vscmi/host/loop.h>
#include <vscmi/host/problem.h>
#include <vscmi/link.h>

struct vscmi_shmem_link;

/*
 * Connect to the platform that listens at path and map its memory. Waits a few seconds at
 * most. The loop outlives the link. A reply may take as long as over virtio. Errors: those
 * of vscmi_socket_connect(); VSCMI_E_LINK_LOST, too, when what is there is another kind of
 * socket, or serves another agent; VSCMI_E_NO_MEMORY.
 */
enum vscmi_error vscmi_shmem_link_new(struct vscmi_loop *loop, const char *path,
				      struct vscmi_shmem_link **ret_link,
				      struct vscmi_problem *problem);

/* Stop, and close the connection. The agent on it is not used after that. NULL is fine. */
void vscmi_shmem_link_free(struct vscmi_shmem_link *link);

/* For vscmi_agent_init(). */
struct vscmi_link *vscmi_shmem_link(struct vscmi_shmem_link *link);

/* The link, which has its agent, goes up, and down when the platform goes away. Errors:
 * VSCMI_E_SYSTEM. */
enum vscmi_error vscmi_shmem_link_start(struct vscmi_shmem_link *link,
					struct vscmi_problem *problem);

#endif
