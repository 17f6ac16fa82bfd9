/* SPDX-License-Identifier: BSD-3-Clause */
#include "listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vscmi/host/log.h>
#include <vscmi/host/socket.h>

/* As any program's files: who may connect is for the umask and the folder to say. */
#define SOCKET_MODE 0777u

#define AGAIN_US 100000u

static void ignore(struct vscmi_listener *listener)
{
	if (listener->watching)
		vscmi_loop_remove(listener->loop, &listener->watch);
	listener->watching = false;
}

/* Out of descriptors or memory: the peer keeps waiting, and the loop must not spin. */
static void try_again_later(struct vscmi_listener *listener, const char *why)
{
	vscmi_log(VSCMI_LOG_ERROR, "%s: cannot serve %s now: %s", listener->name,
		  listener->peer, why);
	ignore(listener);
	vscmi_timer_arm(listener->loop, &listener->again,
			vscmi_monotonic_us() + AGAIN_US);
}

static void ready(void *context, uint32_t events)
{
	struct vscmi_listener *listener = context;
	struct vscmi_problem problem;
	int fd = accept4(listener->watch.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		/* It was gone before it was served. */
		if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
			try_again_later(listener, strerror(errno));
		return;
	}
	/* First, for a peer may be gone again before this returns. */
	ignore(listener);
	if (listener->serve(listener->context, fd, &problem)) {
		close(fd);
		try_again_later(listener, problem.text);
	}
}

static void again(void *context)
{
	vscmi_listener_next(context);
}

void vscmi_listener_init(struct vscmi_listener *listener)
{
	listener->watch = (struct vscmi_watch){ -1, ready, listener };
	listener->again = (struct vscmi_timer){ .fire = again, .context = listener };
	listener->watching = false;
	listener->path[0] = '\0';
}

enum vscmi_error vscmi_listener_listen(struct vscmi_listener *listener, const char *path,
				       struct vscmi_problem *problem)
{
	int fd;
	enum vscmi_error error = vscmi_socket_listen(path, SOCKET_MODE, &fd, problem);

	if (error)
		return error;
	/* A path that could be bound fits. */
	strcpy(listener->path, path);
	vscmi_listener_adopt(listener, fd);
	return VSCMI_OK;
}

void vscmi_listener_adopt(struct vscmi_listener *listener, int fd)
{
	listener->watch.fd = fd;
	vscmi_listener_next(listener);
}

void vscmi_listener_next(struct vscmi_listener *listener)
{
	if (listener->watch.fd < 0 || listener->watching)
		return;
	if (vscmi_loop_add(listener->loop, &listener->watch, EPOLLIN))
		try_again_later(listener, strerror(errno));
	else
		listener->watching = true;
}

void vscmi_listener_fini(struct vscmi_listener *listener)
{
	ignore(listener);
	vscmi_timer_cancel(listener->loop, &listener->again);
	if (listener->watch.fd >= 0)
		close(listener->watch.fd);
	listener->watch.fd = -1;
	if (listener->path[0])
		unlink(listener->path);
	listener->path[0] = '\0';
}
