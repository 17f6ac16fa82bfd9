/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vscmi/host/log.h>

#include "vhost_user/backend.h"

/*
 * ---- The connection ----
 */

static void disconnect(struct vscmi_vhost_backend *backend)
{
	if (backend->socket.fd < 0)
		return;
	backend->remap = false;
	backend->hang_up = false;
	vscmi_poller_stop(backend->loop, &backend->poller);
	for (uint32_t i = 0; i < backend->queue_count; i++)
		vscmi_vhost_ring_clear(&backend->rings[i]);
	backend->new_driver = false;
	vscmi_vhost_memory_retire(&backend->memory);
	vscmi_vhost_memory_unmap_retired(&backend->memory);
	vscmi_vhost_channel_close(backend);
	vscmi_vhost_message_clear(&backend->in);
	vscmi_timer_cancel(backend->loop, &backend->soon);
	vscmi_loop_remove(backend->loop, &backend->socket);
	close(backend->socket.fd);
	backend->socket.fd = -1;
	backend->sending = false;
	backend->features = 0;
	backend->protocol_features = 0;
	backend->ops->reset(backend->context);
	backend->ops->disconnected(backend->context);
	vscmi_listener_next(&backend->listener);
}

/*
 * ---- Messages ----
 */

/* Give up a front end that is gone, or one that broke a rule. */
static void give_up(struct vscmi_vhost_backend *backend, enum vscmi_error error,
		    const struct vscmi_problem *problem)
{
	if (error == VSCMI_E_LINK_LOST)
		vscmi_log(VSCMI_LOG_INFO, "%s: the front end left: %s", backend->name,
			  problem->text);
	else
		vscmi_log(VSCMI_LOG_WARNING, "%s: front end disconnected: %s",
			  backend->name, problem->text);
	disconnect(backend);
}

/* While a reply is held up, the front end's further messages wait in its socket. */
static enum vscmi_error go_on_sending(struct vscmi_vhost_backend *backend,
				      struct vscmi_problem *problem)
{
	enum vscmi_error error = vscmi_vhost_send(backend->socket.fd, &backend->out);
	bool held_up = error == VSCMI_E_NOT_READY;

	if (error && !held_up)
		return vscmi_problem_set(problem, error, "sending: %m");
	if (held_up != backend->sending &&
	    vscmi_loop_change(backend->loop, &backend->socket,
			      held_up ? EPOLLOUT : EPOLLIN))
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "socket: %m");
	backend->sending = held_up;
	return VSCMI_OK;
}

static enum vscmi_error reply(struct vscmi_vhost_backend *backend,
			      struct vscmi_problem *problem)
{
	const struct vscmi_vhost_header *request = &backend->in.header;

	if (!vscmi_vhost_row(request->request)->answered) {
		if (!(request->flags & VSCMI_VHOST_NEED_REPLY) ||
		    !vscmi_vhost_negotiated(backend, VSCMI_VHOST_PF_REPLY_ACK))
			return VSCMI_OK;
		backend->out.payload.u64 = 0;
	}
	backend->out.header = (struct vscmi_vhost_header){
		.request = request->request,
		.flags = VSCMI_VHOST_VERSION | VSCMI_VHOST_REPLY,
		.bytes = VSCMI_VHOST_REPLY_BYTES,
	};
	backend->out.done = 0;
	return go_on_sending(backend, problem);
}

/* One message at a time, so that a talkative front end leaves others their turn. */
static void socket_ready(void *context, uint32_t events)
{
	struct vscmi_vhost_backend *backend = context;
	struct vscmi_problem problem;
	enum vscmi_error error;

	if (backend->sending) {
		error = go_on_sending(backend, &problem);
	} else {
		error = vscmi_vhost_receive(backend->socket.fd, VSCMI_VHOST_TO_BACKEND,
					    &backend->in, &problem);
		if (error == VSCMI_E_NOT_READY)
			return;
		if (!error)
			error = vscmi_vhost_handle(backend, &problem);
		if (!error)
			error = reply(backend, &problem);
		vscmi_vhost_message_clear(&backend->in);
	}
	if (error)
		give_up(backend, error, &problem);
}

static void soon(void *context)
{
	static const struct vscmi_problem lost = {
		"its memory is gone: a file was cut short that it had lent"
	};
	struct vscmi_vhost_backend *backend = context;

	if (backend->hang_up) {
		vscmi_log(VSCMI_LOG_INFO, "%s: front end disconnected: the device resets",
			  backend->name);
		/* First, so that nothing is given back when the rings stop. */
		backend->ops->reset(backend->context);
		disconnect(backend);
		return;
	}
	if (vscmi_vhost_memory_is_lost(&backend->memory)) {
		give_up(backend, VSCMI_E_BROKEN, &lost);
		return;
	}
	if (backend->remap)
		vscmi_vhost_memory_changed(backend);
	for (uint32_t i = 0; i < backend->queue_count; i++) {
		if (backend->rings[i].kick_again)
			vscmi_vhost_ring_kick(&backend->rings[i]);
	}
}

/*
 * ---- Front ends come ----
 */

static enum vscmi_error serve(void *context, int fd, struct vscmi_problem *problem)
{
	struct vscmi_vhost_backend *backend = context;

	backend->socket.fd = fd;
	if (vscmi_loop_add(backend->loop, &backend->socket, EPOLLIN)) {
		backend->socket.fd = -1;
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "socket: %m");
	}
	vscmi_log(VSCMI_LOG_INFO, "%s: a front end is here", backend->name);
	return VSCMI_OK;
}

enum vscmi_error vscmi_vhost_backend_listen(struct vscmi_vhost_backend *backend,
					    const char *path,
					    struct vscmi_problem *problem)
{
	return vscmi_listener_listen(&backend->listener, path, problem);
}

static bool socket_option(int fd, int option, int *ret_value)
{
	socklen_t length = sizeof(*ret_value);

	return getsockopt(fd, SOL_SOCKET, option, ret_value, &length) == 0;
}

enum vscmi_error vscmi_vhost_backend_adopt(struct vscmi_vhost_backend *backend, int fd,
					   struct vscmi_problem *problem)
{
	int domain, type, listens, flags;

	if (!socket_option(fd, SO_DOMAIN, &domain) ||
	    !socket_option(fd, SO_TYPE, &type) ||
	    !socket_option(fd, SO_ACCEPTCONN, &listens) || domain != AF_UNIX ||
	    type != SOCK_STREAM)
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "file descriptor %d is no UNIX stream socket",
					 fd);
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM,
					 "file descriptor %d: %m", fd);
	if (!listens)
		return serve(backend, fd, problem);
	vscmi_listener_adopt(&backend->listener, fd);
	return VSCMI_OK;
}

/*
 * ---- The whole ----
 */

enum vscmi_error vscmi_vhost_backend_new(const struct vscmi_vhost_backend_config *config,
					 struct vscmi_vhost_backend **ret_backend,
					 struct vscmi_problem *problem)
{
	struct vscmi_vhost_backend *backend;

	if (config->queue_count == 0 || config->queue_count > VSCMI_VHOST_QUEUES_MAX)
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "%s: %u queues, expected 1 to %u", config->name,
					 config->queue_count, VSCMI_VHOST_QUEUES_MAX);
	backend = calloc(1, sizeof(*backend));
	if (!backend)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "%s: no memory",
					 config->name);
	backend->loop = config->loop;
	backend->ops = config->ops;
	backend->context = config->context;
	backend->name = config->name;
	backend->queue_count = config->queue_count;
	backend->polled_queues = config->polled_queues;
	backend->offered_features =
		config->features | VSCMI_VIRTQ_FEATURES | VSCMI_VHOST_F_PROTOCOL_FEATURES;
	backend->listener = (struct vscmi_listener){
		.loop = config->loop,
		.name = config->name,
		.peer = "a front end",
		.serve = serve,
		.context = backend,
	};
	vscmi_listener_init(&backend->listener);
	backend->socket = (struct vscmi_watch){ -1, socket_ready, backend };
	backend->channel = (struct vscmi_watch){ -1, vscmi_vhost_channel_ready, backend };
	backend->soon = (struct vscmi_timer){ .fire = soon, .context = backend };
	vscmi_vhost_memory_init(&backend->memory);
	for (uint32_t i = 0; i < VSCMI_VHOST_QUEUES_MAX; i++)
		vscmi_vhost_ring_init(&backend->rings[i], backend);
	vscmi_vhost_poller_init(backend);
	*ret_backend = backend;
	return VSCMI_OK;
}

void vscmi_vhost_backend_free(struct vscmi_vhost_backend *backend)
{
	if (!backend)
		return;
	disconnect(backend);
	vscmi_listener_fini(&backend->listener);
	free(backend);
}

void vscmi_vhost_backend_hang_up(struct vscmi_vhost_backend *backend)
{
	if (backend->socket.fd < 0)
		return;
	backend->hang_up = true;
	vscmi_timer_arm(backend->loop, &backend->soon, 0);
}

uint64_t vscmi_vhost_backend_features(const struct vscmi_vhost_backend *backend)
{
	return backend->features & ~VSCMI_VHOST_F_PROTOCOL_FEATURES;
}
