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

/*
 * Ready a link, down, to the platform that listens at path, or will: it goes down again when the
 * platform goes away. Its limits are those of the memory that the platform brings. The loop
 * outlives the link, and so does the path. A reply may take as long as over virtio. Errors:
 * VSCMI_E_NO_MEMORY.
 */
enum vscmi_error vscmi_shmem_link_new(struct vscmi_loop *loop, const char *path,
				      struct vscmi_connection **ret_connection,
				      struct vscmi_problem *problem);

#endif
