/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A listening socket on the loop that serves one peer at a time: while one is served the
 * others stay in the backlog.
 */
#ifndef VSCMI_LISTENER_H
#define VSCMI_LISTENER_H

#include <stdbool.h>
#include <sys/un.h>

#include <vscmi/host/loop.h>

struct vscmi_listener {
	struct vscmi_loop *loop;
	const char *name; /* whose it is, for the log */
	const char *peer; /* who comes: "an agent"; the same */
	/*
	 * A peer is here; its socket, which does not block, is the callee's if it can be
	 * served, until when nobody else comes. Otherwise problem says why, and it is closed.
	 */
	enum vscmi_error (*serve)(void *context, int fd, struct vscmi_problem *problem);
	void *context;

	/* The listener's own. */
	struct vscmi_watch watch; /* fd -1: it does not listen */
	bool watching;
	struct vscmi_timer again;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* to remove; "": none */
};

/* Ready one, with the first five members set. It does not listen yet. */
void vscmi_listener_init(struct vscmi_listener *listener);

/* Listen at path. Errors: those of vscmi_socket_listen(). */
enum vscmi_error vscmi_listener_listen(struct vscmi_listener *listener, const char *path,
				       struct vscmi_problem *problem);

/* Take over a socket that listens and does not block. */
void vscmi_listener_adopt(struct vscmi_listener *listener, int fd);

/* The peer that was served is gone: the next one, please. Harmless if it does not listen. */
void vscmi_listener_next(struct vscmi_listener *listener);

/* Listen no more, and remove the path. Harmless if it does not listen. */
void vscmi_listener_fini(struct vscmi_listener *listener);

#endif
