/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A UNIX stream socket at which an agent in another process gets shared memory with both
 * channels of a platform: what carries <vscmi/link/shmem_platform.h>. One agent at a time;
 * others wait until it has gone.
 *
 * One thread runs the loop, and calls every function here.
 */
#ifndef VSCMI_HOST_SHMEM_BACKEND_H
#define VSCMI_HOST_SHMEM_BACKEND_H

#include <vscmi/host/loop.h>
#include <vscmi/host/problem.h>
#include <vscmi/link.h>
#include <vscmi/link/shmem.h>

struct vscmi_shmem_backend;

/* All are required. They are called by the loop, or by vscmi_shmem_backend_free(). */
struct vscmi_shmem_backend_ops {
	/* An agent is coming: ready the areas, which are good until gone returns. */
	void (*came)(void *context, const struct vscmi_shmem_channel *commands,
		     const struct vscmi_shmem_channel *events);
	/* The agent rang for a channel. */
	void (*rung)(void *context, enum vscmi_channel channel);
	void (*gone)(void *context);
};

struct vscmi_shmem_backend_config {
	struct vscmi_loop *loop; /* outlives the backend */
	const struct vscmi_shmem_backend_ops *ops;
	void *context;          /* for ops */
	const char *name;       /* who this is for, in the log; kept */
	uint32_t message_bytes; /* of the longest message, 8 or more */
};

/*
 * Serve at path, which is created, as vscmi_socket_listen() does and with its errors, and
 * removed by vscmi_shmem_backend_free(). The config is copied. VSCMI_E_NO_MEMORY.
 */
enum vscmi_error vscmi_shmem_backend_new(const struct vscmi_shmem_backend_config *config,
					 const char *path,
					 struct vscmi_shmem_backend **ret_backend,
					 struct vscmi_problem *problem);

/* Disconnect, tell the owner so, and stop listening. Not from inside ops. NULL is fine. */
void vscmi_shmem_backend_free(struct vscmi_shmem_backend *backend);

/* Interrupt the agent. Does not block. */
void vscmi_shmem_backend_interrupt(struct vscmi_shmem_backend *backend,
				   enum vscmi_channel channel);

/* Let go of the agent soon, as if it had gone. Also from inside ops. */
void vscmi_shmem_backend_hang_up(struct vscmi_shmem_backend *backend);

#endif
