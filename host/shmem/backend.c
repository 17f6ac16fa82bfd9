/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <unistd.h>

#include <vscmi/host/log.h>
#include <vscmi/host/shmem_backend.h>

#include "listener.h"
#include "shmem/hello.h"

struct vscmi_shmem_backend {
	struct vscmi_shmem_backend_config config;
	struct vscmi_listener listener;

	/* From here on: the connection. */
	struct vscmi_watch socket; /* fd -1: none */
	struct vscmi_timer hang_up;
	struct vscmi_shmem_memory memory;
};

static void disconnect(struct vscmi_shmem_backend *backend)
{
	if (backend->socket.fd < 0)
		return;
	backend->config.ops->gone(backend->config.context);
	vscmi_timer_cancel(backend->config.loop, &backend->hang_up);
	vscmi_loop_remove(backend->config.loop, &backend->socket);
	close(backend->socket.fd);
	backend->socket.fd = -1;
	vscmi_shmem_memory_free(&backend->memory);
	vscmi_listener_next(&backend->listener);
}

static void hang_up(void *context)
{
	struct vscmi_shmem_backend *backend = context;

	vscmi_log(VSCMI_LOG_INFO, "%s: agent disconnected: the platform resets",
		  backend->config.name);
	disconnect(backend);
}

static void socket_ready(void *context, uint32_t events)
{
	struct vscmi_shmem_backend *backend = context;
	bool rung[2];

	if (!vscmi_shmem_rings(backend->socket.fd, rung)) {
		vscmi_log(VSCMI_LOG_INFO, "%s: the agent left", backend->config.name);
		disconnect(backend);
		return;
	}
	if (rung[VSCMI_CHANNEL_COMMANDS])
		backend->config.ops->rung(backend->config.context,
					  VSCMI_CHANNEL_COMMANDS);
	if (rung[VSCMI_CHANNEL_EVENTS])
		backend->config.ops->rung(backend->config.context, VSCMI_CHANNEL_EVENTS);
}

/* The areas are ready before the agent hears of them. */
static enum vscmi_error serve(void *context, int fd, struct vscmi_problem *problem)
{
	struct vscmi_shmem_backend *backend = context;
	int memory_fd;
	enum vscmi_error error = vscmi_shmem_memory_new(
		backend->config.message_bytes, &backend->memory, &memory_fd, problem);

	if (error)
		return error;
	backend->socket.fd = fd;
	if (vscmi_loop_add(backend->config.loop, &backend->socket, EPOLLIN)) {
		close(memory_fd);
		vscmi_shmem_memory_free(&backend->memory);
		backend->socket.fd = -1;
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "socket: %m");
	}
	vscmi_log(VSCMI_LOG_INFO, "%s: an agent is here", backend->config.name);
	backend->config.ops->came(backend->config.context, &backend->memory.commands,
				  &backend->memory.events);
	error = vscmi_shmem_hello_send(fd, &backend->memory, memory_fd, problem);
	close(memory_fd);
	if (error) {
		vscmi_log(VSCMI_LOG_WARNING, "%s: agent disconnected: %s",
			  backend->config.name, problem->text);
		disconnect(backend);
	}
	return VSCMI_OK;
}

enum vscmi_error vscmi_shmem_backend_new(const struct vscmi_shmem_backend_config *config,
					 const char *path,
					 struct vscmi_shmem_backend **ret_backend,
					 struct vscmi_problem *problem)
{
	struct vscmi_shmem_backend *backend = calloc(1, sizeof(*backend));
	enum vscmi_error error;

	if (!backend)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "%s: no memory",
					 config->name);
	backend->config = *config;
	backend->socket = (struct vscmi_watch){ -1, socket_ready, backend };
	backend->listener = (struct vscmi_listener){
		.loop = config->loop,
		.name = config->name,
		.peer = "an agent",
		.serve = serve,
		.context = backend,
	};
	vscmi_listener_init(&backend->listener);
	backend->hang_up = (struct vscmi_timer){ .fire = hang_up, .context = backend };
	error = vscmi_listener_listen(&backend->listener, path, problem);
	if (error) {
		free(backend);
		return error;
	}
	*ret_backend = backend;
	return VSCMI_OK;
}

void vscmi_shmem_backend_free(struct vscmi_shmem_backend *backend)
{
	if (!backend)
		return;
	disconnect(backend);
	vscmi_listener_fini(&backend->listener);
	free(backend);
}

void vscmi_shmem_backend_interrupt(struct vscmi_shmem_backend *backend,
				   enum vscmi_channel channel)
{
	if (backend->socket.fd >= 0)
		vscmi_shmem_ring(backend->socket.fd, channel);
}

void vscmi_shmem_backend_hang_up(struct vscmi_shmem_backend *backend)
{
	if (backend->socket.fd >= 0)
		vscmi_timer_arm(backend->config.loop, &backend->hang_up, 0);
}
