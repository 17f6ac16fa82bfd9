/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <unistd.h>

#include <vscmi/header.h>
#include <vscmi/host/shmem_link.h>
#include <vscmi/host/socket.h>
#include <vscmi/link/shmem_agent.h>

#include "shmem/hello.h"

#define TIMEOUT_US UINT64_C(3000000)

struct vscmi_shmem_link {
	struct vscmi_loop *loop;
	struct vscmi_shmem_memory memory;
	struct vscmi_shmem_agent shmem;
	struct vscmi_watch socket;
	bool watching;
};

static void ring(void *context, enum vscmi_channel channel)
{
	const struct vscmi_shmem_link *link = context;

	vscmi_shmem_ring(link->socket.fd, channel);
}

static void unwatch(struct vscmi_shmem_link *link)
{
	if (link->watching)
		vscmi_loop_remove(link->loop, &link->socket);
	link->watching = false;
}

static void socket_ready(void *context, uint32_t events)
{
	struct vscmi_shmem_link *link = context;
	bool rung[2];

	if (!vscmi_shmem_rings(link->socket.fd, rung)) {
		unwatch(link);
		vscmi_shmem_agent_stop(&link->shmem);
		return;
	}
	/* Each event has a ring of its own. */
	vscmi_shmem_agent_process(&link->shmem);
}

enum vscmi_error vscmi_shmem_link_new(struct vscmi_loop *loop, const char *path,
				      struct vscmi_shmem_link **ret_link,
				      struct vscmi_problem *problem)
{
	struct vscmi_shmem_link *link = calloc(1, sizeof(*link));
	struct vscmi_shmem_agent_config config = {
		.command_count = VSCMI_TOKENS,
		.interrupts = true,
		.ring = ring,
		.context = link,
	};
	struct vscmi_problem why;
	enum vscmi_error error;

	if (!link)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "%s: no memory",
					 path);
	link->loop = loop;
	link->socket = (struct vscmi_watch){ -1, socket_ready, link };
	error = vscmi_socket_connect(path, &link->socket.fd, problem);
	if (!error &&
	    vscmi_shmem_hello_receive(link->socket.fd, TIMEOUT_US, &link->memory, &why))
		error = vscmi_problem_set(problem, VSCMI_E_LINK_LOST, "%s: %s", path,
					  why.text);
	if (error) {
		vscmi_shmem_link_free(link);
		return error;
	}
	config.commands = link->memory.commands;
	config.events = link->memory.events;
	/* What hello_receive lets pass is sound. */
	vscmi_shmem_agent_init(&link->shmem, &config);
	/* 30 ms are for firmware, which has a processor for itself. */
	link->shmem.link.timeout_us = VSCMI_VIRTIO_TIMEOUT_US;
	*ret_link = link;
	return VSCMI_OK;
}

void vscmi_shmem_link_free(struct vscmi_shmem_link *link)
{
	if (!link)
		return;
	unwatch(link);
	vscmi_shmem_agent_stop(&link->shmem);
	vscmi_shmem_memory_free(&link->memory);
	if (link->socket.fd >= 0)
		close(link->socket.fd);
	free(link);
}

struct vscmi_link *vscmi_shmem_link(struct vscmi_shmem_link *link)
{
	return &link->shmem.link;
}

enum vscmi_error vscmi_shmem_link_start(struct vscmi_shmem_link *link,
					struct vscmi_problem *problem)
{
	if (vscmi_loop_add(link->loop, &link->socket, EPOLLIN))
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "socket: %m");
	link->watching = true;
	return vscmi_shmem_agent_start(&link->shmem);
}
