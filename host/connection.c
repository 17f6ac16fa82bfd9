/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <vscmi/agent/event.h>
#include <vscmi/host/connection.h>

#define PAUSE_MIN_US UINT64_C(10000)
#define PAUSE_MAX_US UINT64_C(1000000)

/*
 * ---- The directory in which the other end appears ----
 */

static void unwatch_directory(struct vscmi_connection *connection)
{
	if (connection->directory.fd < 0)
		return;
	vscmi_loop_remove(connection->loop, &connection->directory);
	close(connection->directory.fd);
	connection->directory.fd = -1;
}

static const char *name_in_directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Without a watch, as of a directory that is not there, there are still the pauses. */
static void watch_directory(struct vscmi_connection *connection)
{
	size_t length = (size_t)(name_in_directory(connection->path) - connection->path);
	char directory[PATH_MAX] = ".";
	int fd;

	if (connection->directory.fd >= 0 || length >= sizeof(directory))
		return;
	memcpy(directory, connection->path, length);
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	connection->directory.fd = fd;
	if (fd < 0)
		return;
	if (inotify_add_watch(fd, directory,
			      IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR) < 0 ||
	    vscmi_loop_add(connection->loop, &connection->directory, EPOLLIN)) {
		close(fd);
		connection->directory.fd = -1;
	}
}

/* Whether what has happened may concern the path. */
static bool read_changes(struct vscmi_connection *connection)
{
	const char *name = name_in_directory(connection->path);
	char bytes[4096] __attribute__((aligned(_Alignof(struct inotify_event))));
	ssize_t count = read(connection->directory.fd, bytes, sizeof(bytes));
	bool concerned = false;

	for (ssize_t at = 0; at < count;) {
		const struct inotify_event *event = (const void *)(bytes + at);

		concerned = concerned || event->mask & (IN_IGNORED | IN_Q_OVERFLOW) ||
			    (event->len > 0 && strcmp(event->name, name) == 0);
		/* The directory is gone; another one may come. */
		if (event->mask & IN_IGNORED)
			unwatch_directory(connection);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
	return concerned;
}

/*
 * ---- From state to state ----
 */

static void wait_for_it(struct vscmi_connection *connection)
{
	connection->state = VSCMI_CONNECTION_WAITING;
	vscmi_timer_arm(connection->loop, &connection->timer,
			vscmi_monotonic_us() + connection->pause_us);
	if (connection->pause_us < PAUSE_MAX_US / 2)
		connection->pause_us *= 2;
	else
		connection->pause_us = PAUSE_MAX_US;
}

static void close_all(struct vscmi_connection *connection)
{
	if (connection->state == VSCMI_CONNECTION_ASKED)
		vscmi_loop_remove(connection->loop, &connection->answer);
	unwatch_directory(connection);
	connection->ops->close(connection);
	vscmi_timer_cancel(connection->loop, &connection->timer);
	vscmi_timer_cancel(connection->loop, &connection->renewal);
	connection->state = VSCMI_CONNECTION_CLOSED;
}

/* Who hears that the link is up may send at once, and so find that it is lost. */
static enum vscmi_error start(struct vscmi_connection *connection,
			      struct vscmi_problem *problem)
{
	enum vscmi_error error;

	connection->state = VSCMI_CONNECTION_STARTING;
	error = connection->ops->start(connection, problem);
	if (!error && connection->state != VSCMI_CONNECTION_STARTING)
		error = vscmi_problem_set(problem, VSCMI_E_LINK_LOST,
					  "%s: lost as soon as it was up",
					  connection->path);
	if (error)
		return error;
	connection->state = VSCMI_CONNECTION_UP;
	connection->up_us = vscmi_monotonic_us();
	unwatch_directory(connection);
	vscmi_timer_arm(connection->loop, &connection->renewal, 0);
	return VSCMI_OK;
}

static enum vscmi_error ask(struct vscmi_connection *connection)
{
	int fd = -1;
	enum vscmi_error error =
		connection->ops->open(connection, &fd, &connection->problem);

	if (error)
		return error;
	if (fd < 0)
		return start(connection, &connection->problem);
	connection->answer.fd = fd;
	error = vscmi_loop_add(connection->loop, &connection->answer, EPOLLIN);
	if (error)
		return vscmi_problem_set(&connection->problem, error, "%s: %m",
					 connection->path);
	connection->state = VSCMI_CONNECTION_ASKED;
	vscmi_problem_set(
		&connection->problem, VSCMI_E_BUSY,
		"%s: no answer; it serves one agent at a time, and may have one",
		connection->path);
	return VSCMI_OK;
}

/* The directory is watched before the look, so that nothing appears in between. */
static enum vscmi_error attempt(struct vscmi_connection *connection)
{
	enum vscmi_error error;

	connection->state = VSCMI_CONNECTION_WAITING;
	watch_directory(connection);
	error = ask(connection);
	if (error) {
		connection->ops->close(connection);
		wait_for_it(connection);
	}
	return error;
}

static void it_answers(void *context, uint32_t events)
{
	struct vscmi_connection *connection = context;

	vscmi_loop_remove(connection->loop, &connection->answer);
	connection->state = VSCMI_CONNECTION_WAITING;
	if (start(connection, &connection->problem)) {
		connection->ops->close(connection);
		wait_for_it(connection);
	}
}

static void directory_changes(void *context, uint32_t events)
{
	struct vscmi_connection *connection = context;

	if (!read_changes(connection) || connection->state != VSCMI_CONNECTION_WAITING)
		return;
	connection->pause_us = PAUSE_MIN_US;
	vscmi_timer_cancel(connection->loop, &connection->timer);
	attempt(connection);
}

/* One that does not stay up is tried less and less often, like one that is not there. */
static void time_has_come(void *context)
{
	struct vscmi_connection *connection = context;

	if (connection->state == VSCMI_CONNECTION_WAITING) {
		attempt(connection);
		return;
	}
	close_all(connection);
	if (!connection->kept)
		return;
	if (vscmi_monotonic_us() - connection->up_us >= PAUSE_MAX_US)
		connection->pause_us = PAUSE_MIN_US;
	watch_directory(connection);
	wait_for_it(connection);
}

/* Waits, and the link may come and go meanwhile. */
static void renew(void *context)
{
	const struct vscmi_connection *connection = context;
	uint32_t renewed = vscmi_agent_renew(connection->link->agent);

	if (connection->up)
		connection->up(connection->context, renewed);
}

/*
 * ---- The interface ----
 */

void vscmi_connection_init(struct vscmi_connection *connection)
{
	connection->pause_us = PAUSE_MIN_US;
	connection->timer =
		(struct vscmi_timer){ .fire = time_has_come, .context = connection };
	connection->renewal =
		(struct vscmi_timer){ .fire = renew, .context = connection };
	connection->answer = (struct vscmi_watch){ -1, it_answers, connection };
	connection->directory = (struct vscmi_watch){ -1, directory_changes, connection };
}

void vscmi_connection_lost(struct vscmi_connection *connection)
{
	if (connection->state == VSCMI_CONNECTION_UP)
		vscmi_timer_arm(connection->loop, &connection->timer, 0);
	else if (connection->state != VSCMI_CONNECTION_STARTING)
		return;
	connection->state = VSCMI_CONNECTION_LOST;
}

static enum vscmi_error await_answer(const struct vscmi_connection *connection, int fd,
				     struct vscmi_problem *problem)
{
	struct pollfd answer = { .fd = fd, .events = POLLIN };
	int count;

	do
		count = poll(&answer, 1, (int)(VSCMI_CONNECTION_TIMEOUT_US / 1000));
	while (count < 0 && errno == EINTR);
	if (count == 1)
		return VSCMI_OK;
	return vscmi_problem_set(
		problem, VSCMI_E_TIMEOUT,
		"%s: no answer in %u ms; it serves one agent at a time, and may have one",
		connection->path, VSCMI_CONNECTION_TIMEOUT_US / 1000);
}

enum vscmi_error vscmi_connection_open(struct vscmi_connection *connection,
				       struct vscmi_problem *problem)
{
	int fd = -1;
	enum vscmi_error error;

	if (connection->state != VSCMI_CONNECTION_CLOSED)
		return VSCMI_OK;
	error = connection->ops->open(connection, &fd, problem);
	if (!error && fd >= 0)
		error = await_answer(connection, fd, problem);
	if (!error)
		error = start(connection, problem);
	if (error)
		close_all(connection);
	return error;
}

enum vscmi_error vscmi_connection_keep(struct vscmi_connection *connection,
				       struct vscmi_problem *problem)
{
	connection->kept = true;
	if (connection->state == VSCMI_CONNECTION_CLOSED &&
	    attempt(connection) == VSCMI_E_INVALID) {
		vscmi_connection_close(connection);
		return vscmi_problem_set(problem, VSCMI_E_INVALID, "%s",
					 connection->problem.text);
	}
	return VSCMI_OK;
}

void vscmi_connection_close(struct vscmi_connection *connection)
{
	connection->kept = false;
	connection->pause_us = PAUSE_MIN_US;
	close_all(connection);
}

void vscmi_connection_free(struct vscmi_connection *connection)
{
	if (!connection)
		return;
	vscmi_connection_close(connection);
	connection->ops->free(connection);
}
