/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a link on an event loop gets to its other end, and gets there again: a socket that appears
 * later, a platform that restarts. The same for every kind of link, which brings three functions.
 *
 *	           open            answer, start
 *	waiting ----------> asked ---------------> up
 *	   ^                  | fails              | lost
 *	   '------------------'--------------------'
 *
 * While it waits it tries again when something of the name of the path appears in its directory,
 * and otherwise after pauses that grow from 10 ms to 1 s: a socket may be there long before
 * somebody listens, the directory itself may be missing, and in debugfs and sysfs things appear
 * without a notice. A listener that serves somebody else is asked once, and waited for.
 *
 * All functions are for the loop's thread. None waits but vscmi_connection_open() and, once
 * the other end has answered, what a link's start does.
 */
#ifndef VSCMI_HOST_CONNECTION_H
#define VSCMI_HOST_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vscmi/host/loop.h>
#include <vscmi/host/problem.h>
#include <vscmi/link.h>

/* How long an answer may take where somebody waits for it. */
#define VSCMI_CONNECTION_TIMEOUT_US UINT32_C(3000000)

struct vscmi_connection;

/* ---- For who writes a link ---- */

/* All members are required. ops_size is sizeof() as the implementer compiled it. */
struct vscmi_connection_ops {
	size_t ops_size;

	/*
	 * Open what there is to open, and ask the other end if it has to answer, without waiting.
	 * *ret_fd is then what becomes readable, or is hung up, when it does; -1: it is there.
	 * VSCMI_E_INVALID: not now and never, as whoever opens the connection, or begins to keep
	 * it, is told. From one that is kept it counts as any other error: it is tried again.
	 */
	enum vscmi_error (*open)(struct vscmi_connection *connection, int *ret_fd,
				 struct vscmi_problem *problem);

	/*
	 * It has answered: agree on the rest, which may take up to VSCMI_CONNECTION_TIMEOUT_US,
	 * and let the link go up. The link's limits may be others than before.
	 */
	enum vscmi_error (*start)(struct vscmi_connection *connection,
				  struct vscmi_problem *problem);

	/* The link goes down, if it is up, and all is closed, however far that had come. */
	void (*close)(struct vscmi_connection *connection);

	/* Free the link, which is closed. */
	void (*free)(struct vscmi_connection *connection);
};

/* Embedded in the link's own struct. The link fills in the first members. */
struct vscmi_connection {
	const struct vscmi_connection_ops *ops;
	struct vscmi_link *link; /* for vscmi_agent_init() */
	struct vscmi_loop *loop;
	const char *path; /* where the other end is */

	/* For who uses the link. Why it is not up: what the last attempt said; and, optional, who
	 * is told that it is, and how many subscriptions have been renewed. */
	struct vscmi_problem problem;
	void (*up)(void *context, uint32_t renewed);
	void *context;

	/* Touch no member below. */
	enum vscmi_connection_state {
		VSCMI_CONNECTION_CLOSED,
		VSCMI_CONNECTION_WAITING,
		VSCMI_CONNECTION_ASKED,
		VSCMI_CONNECTION_STARTING,
		VSCMI_CONNECTION_UP,
		VSCMI_CONNECTION_LOST,
	} state;
	bool kept;
	uint64_t pause_us;
	uint64_t up_us; /* since when it is up */
	struct vscmi_timer timer;
	struct vscmi_timer renewal;
	struct vscmi_watch answer;
	struct vscmi_watch directory; /* an inotify, while it waits */
};

/* Ready a connection, once its first members are filled in and all others are 0. */
void vscmi_connection_init(struct vscmi_connection *connection);

/*
 * The other end is gone, or does not keep to the rules. All is closed in the loop's next round,
 * not in this call, which may therefore be made by anything that the link does.
 */
void vscmi_connection_lost(struct vscmi_connection *connection);

/* ---- For who uses a link ---- */

/*
 * Get to the other end, once the link has its agent. Waits VSCMI_CONNECTION_TIMEOUT_US at most
 * for an answer, and as long again to agree. VSCMI_E_LINK_LOST: it is not there, or went away.
 * VSCMI_E_TIMEOUT, VSCMI_E_BUSY: it serves another one. VSCMI_E_MALFORMED,
 * VSCMI_E_UNSUPPORTED: what is there is something else. VSCMI_E_INVALID: no such path.
 * VSCMI_E_NO_MEMORY, VSCMI_E_SYSTEM.
 */
enum vscmi_error vscmi_connection_open(struct vscmi_connection *connection,
				       struct vscmi_problem *problem);

/*
 * From now on, have the link up whenever its other end is there: now, later, and again each time
 * after it was away, when what is subscribed is renewed. Does not wait, also if it is not up
 * yet: vscmi_agent_wait_up() does. VSCMI_E_INVALID: it never will be, problem says why, and it
 * is not kept.
 */
enum vscmi_error vscmi_connection_keep(struct vscmi_connection *connection,
				       struct vscmi_problem *problem);

/* The link goes down and stays so, until it is opened again. Harmless if it was not opened. */
void vscmi_connection_close(struct vscmi_connection *connection);

/* Close it, and free the link. The agent on it is not used after that. NULL is fine. */
void vscmi_connection_free(struct vscmi_connection *connection);

#endif
