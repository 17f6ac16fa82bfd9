/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An agent's link to a platform in another process, through shared memory that it gets at a
 * socket, as vscmid --shmem serves it, on an event loop. One thread.
 */
#ifndef VSCMI_HOST_SHMEM_LINK_H
#define VSCMI_HOST_SHMEM_LINK_H

#include <vscmi/host/connection.h>
#include <vscmi/host/loop.h>
#include <vscmi/host/problem.h>
#include <vscmi/link.h>

struct vscmi_shmem_link;

/*
 * Ready a link, down, to the platform that listens at path, or will. The loop outlives the link,
 * and so does the path. A reply may take as long as over virtio. Errors: VSCMI_E_NO_MEMORY.
 */
enum vscmi_error vscmi_shmem_link_new(struct vscmi_loop *loop, const char *path,
				      struct vscmi_shmem_link **ret_link,
				      struct vscmi_problem *problem);

/* Stop, and close the connection. The agent on it is not used after that. NULL is fine. */
void vscmi_shmem_link_free(struct vscmi_shmem_link *link);

/* For vscmi_agent_init(). */
struct vscmi_link *vscmi_shmem_link(struct vscmi_shmem_link *link);

/*
 * To let the link go up, once it has its agent, and down when the platform goes away. Its limits
 * are those of the memory that the platform brings.
 */
struct vscmi_connection *vscmi_shmem_link_connection(struct vscmi_shmem_link *link);

#endif
