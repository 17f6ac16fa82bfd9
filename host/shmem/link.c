/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <vscmi/header.h>
#include <vscmi/host/shmem_link.h>
#include <vscmi/host/socket.h>
#include <vscmi/link/shmem_agent.h>

#include "shmem/hello.h"

struct vscmi_shmem_link {
	struct vscmi_connection connection;
	struct vscmi_shmem_memory memory; /* of this connection */
	struct vscmi_shmem_agent shmem;
	struct vscmi_watch socket; /* its descriptor is -1 while there is none */
	bool watching;
};

static void ring(void *context, enum vscmi_channel channel)
{
	const struct vscmi_shmem_link *link = context;

	vscmi_shmem_ring(link->socket.fd, channel);
}

static void socket_ready(void *context, uint32_t events)
{
	struct vscmi_shmem_link *link = context;
	bool rung[2];

	if (!vscmi_shmem_rings(link->socket.fd, rung)) {
		vscmi_connection_lost(&link->connection);
		return;
	}
	/* Each event has a ring of its own. */
	vscmi_shmem_agent_process(&link->shmem);
}

/*
 * ---- The connection ----
 */

static struct vscmi_shmem_link *link_of(struct vscmi_connection *connection)
{
	return (void *)((char *)connection -
			offsetof(struct vscmi_shmem_link, connection));
}

/* The platform says hello by itself. */
static enum vscmi_error connect_platform(struct vscmi_connection *connection, int *ret_fd,
					 struct vscmi_problem *problem)
{
	struct vscmi_shmem_link *link = link_of(connection);
	enum vscmi_error error =
		vscmi_socket_connect(connection->path, &link->socket.fd, problem);

	if (!error)
		*ret_fd = link->socket.fd;
	return error;
}

static enum vscmi_error start(struct vscmi_connection *connection,
			      struct vscmi_problem *problem)
{
	struct vscmi_shmem_link *link = link_of(connection);
	struct vscmi_problem why;
	enum vscmi_error error =
		vscmi_shmem_hello_receive(link->socket.fd, &link->memory, &why);

	if (error)
		return vscmi_problem_set(problem, error, "%s: %s", connection->path,
					 why.text);
	/* What hello_receive lets pass is sound. */
	vscmi_shmem_agent_move(&link->shmem, &link->memory.commands,
			       &link->memory.events);
	if (vscmi_loop_add(connection->loop, &link->socket, EPOLLIN))
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "socket: %m");
	link->watching = true;
	return vscmi_shmem_agent_start(&link->shmem);
}

static void disconnect(struct vscmi_connection *connection)
{
	struct vscmi_shmem_link *link = link_of(connection);

	if (link->watching)
		vscmi_loop_remove(connection->loop, &link->socket);
	link->watching = false;
	vscmi_shmem_agent_stop(&link->shmem);
	vscmi_shmem_memory_free(&link->memory);
	if (link->socket.fd >= 0)
		close(link->socket.fd);
	link->socket.fd = -1;
}

static void free_link(struct vscmi_connection *connection)
{
	free(link_of(connection));
}

static const struct vscmi_connection_ops ops = {
	.ops_size = sizeof(ops),
	.open = connect_platform,
	.start = start,
	.close = disconnect,
	.free = free_link,
};

/*
 * ---- The link ----
 */

enum vscmi_error vscmi_shmem_link_new(struct vscmi_loop *loop, const char *path,
				      struct vscmi_connection **ret_connection,
				      struct vscmi_problem *problem)
{
	struct vscmi_shmem_link *link = calloc(1, sizeof(*link));
	const struct vscmi_shmem_agent_config config = {
		.command_count = VSCMI_TOKENS,
		.interrupts = true,
		.ring = ring,
		.context = link,
	};

	if (!link)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "%s: no memory",
					 path);
	/* The areas come with a connection; the rest is in its range. */
	vscmi_shmem_agent_init(&link->shmem, &config);
	/* 30 ms are for firmware, which has a processor for itself. */
	link->shmem.link.timeout_us = VSCMI_VIRTIO_TIMEOUT_US;
	link->socket = (struct vscmi_watch){ -1, socket_ready, link };
	link->connection = (struct vscmi_connection){
		.ops = &ops,
		.link = &link->shmem.link,
		.loop = loop,
		.path = path,
	};
	vscmi_connection_init(&link->connection);
	*ret_connection = &link->connection;
	return VSCMI_OK;
}
