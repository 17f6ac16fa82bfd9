/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <vscmi/host/log.h>
#include <vscmi/host/shmem_backend.h>
#include <vscmi/host/socket.h>

#include "shmem/hello.h"

/* As any program's files: who may connect is for the umask and the folder to say. */
#define SOCKET_MODE 0777u

#define ACCEPT_AGAIN_US 100000u

struct vscmi_shmem_backend {
	struct vscmi_shmem_backend_config config;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct vscmi_watch listener;
	struct vscmi_timer accept_again;

	/* From here on: the connection. */
	struct vscmi_watch socket; /* fd -1: none */
	struct vscmi_timer hang_up;
	struct vscmi_shmem_memory memory;
};

static void watch_listener(struct vscmi_shmem_backend *backend)
{
	(void)vscmi_loop_change(backend->config.loop, &backend->listener, EPOLLIN);
}

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
	watch_listener(backend);
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
static enum vscmi_error serve(struct vscmi_shmem_backend *backend, int fd,
			      struct vscmi_problem *problem)
{
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
	(void)vscmi_loop_change(backend->config.loop, &backend->listener, 0);
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

static void accept_again(void *context)
{
	struct vscmi_shmem_backend *backend = context;

	if (backend->socket.fd < 0)
		watch_listener(backend);
}

static void listener_ready(void *context, uint32_t events)
{
	struct vscmi_shmem_backend *backend = context;
	struct vscmi_problem problem;
	int fd = accept4(backend->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0 && !serve(backend, fd, &problem))
		return;
	/* Out of descriptors or memory: the agent keeps waiting, and the loop must not
	 * spin. */
	vscmi_log(VSCMI_LOG_ERROR, "%s: cannot serve an agent now: %s",
		  backend->config.name, fd >= 0 ? problem.text : "accept");
	if (fd >= 0)
		close(fd);
	(void)vscmi_loop_change(backend->config.loop, &backend->listener, 0);
	vscmi_timer_arm(backend->config.loop, &backend->accept_again,
			vscmi_monotonic_us() + ACCEPT_AGAIN_US);
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
	backend->listener = (struct vscmi_watch){ -1, listener_ready, backend };
	backend->hang_up = (struct vscmi_timer){ .fire = hang_up, .context = backend };
	backend->accept_again =
		(struct vscmi_timer){ .fire = accept_again, .context = backend };
	error = vscmi_socket_listen(path, SOCKET_MODE, &backend->listener.fd, problem);
	if (error) {
		free(backend);
		return error;
	}
	/* A path that could be bound fits. */
	strcpy(backend->path, path);
	if (vscmi_loop_add(config->loop, &backend->listener, EPOLLIN)) {
		vscmi_problem_set(problem, VSCMI_E_SYSTEM, "%s: %m", path);
		vscmi_shmem_backend_free(backend);
		return VSCMI_E_SYSTEM;
	}
	*ret_backend = backend;
	return VSCMI_OK;
}

void vscmi_shmem_backend_free(struct vscmi_shmem_backend *backend)
{
	if (!backend)
		return;
	disconnect(backend);
	vscmi_timer_cancel(backend->config.loop, &backend->accept_again);
	vscmi_loop_remove(backend->config.loop, &backend->listener);
	close(backend->listener.fd);
	unlink(backend->path);
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
