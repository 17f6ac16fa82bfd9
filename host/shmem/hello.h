/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How an agent in another process comes by the areas. It connects to a UNIX stream socket,
 * and gets one message, with the memory's descriptor: where the areas lie in it. From then
 * on each byte on the socket rings the other end for an enum vscmi_channel; the end
 * of the connection is the end of the link.
 *
 * A socket and not eventfds: what is sent with MSG_DONTWAIT cannot block, whatever the other
 * end does to the descriptor that it shares. A ring that does not fit in is left out: who
 * reads as many as had to wait before it takes them for rings of both channels.
 */
#ifndef VSCMI_HOST_SHMEM_HELLO_H
#define VSCMI_HOST_SHMEM_HELLO_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/host/problem.h>
#include <vscmi/link.h>
#include <vscmi/link/shmem.h>

/* The platform's memory in this process. */
struct vscmi_shmem_memory {
	void *address; /* NULL: none */
	uint32_t bytes;
	struct vscmi_shmem_channel commands, events;
};

/* Make memory for two channels, both for messages of up to message_bytes; in *ret_fd its
 * descriptor, which nobody can cut short. Errors: VSCMI_E_SYSTEM. */
enum vscmi_error vscmi_shmem_memory_new(uint32_t message_bytes,
					struct vscmi_shmem_memory *ret_memory,
					int *ret_fd, struct vscmi_problem *problem);
void vscmi_shmem_memory_free(struct vscmi_shmem_memory *memory);

/* Say hello on a connection. Does not block. Errors: VSCMI_E_SYSTEM. */
enum vscmi_error vscmi_shmem_hello_send(int socket,
					const struct vscmi_shmem_memory *memory, int fd,
					struct vscmi_problem *problem);

/*
 * Take the hello that has arrived, and map what it tells. VSCMI_E_LINK_LOST: there is none.
 * VSCMI_E_MALFORMED: it is no hello, or its memory cannot be trusted.
 */
enum vscmi_error vscmi_shmem_hello_receive(int socket,
					   struct vscmi_shmem_memory *ret_memory,
					   struct vscmi_problem *problem);

/* Ring the other end. */
void vscmi_shmem_ring(int socket, enum vscmi_channel channel);

/*
 * Read the rings that have come: which channels were rung. False: the connection has ended,
 * or what came is no ring.
 */
bool vscmi_shmem_rings(int socket, bool ret_rung[2]);

#endif
