/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vscmi/host/log.h>
#include <vscmi/host/socket.h>

#include "commands.h"
#include "control.h"

#define CLIENTS    8
#define LINE_BYTES 4096

struct client {
	struct vscmid_control *control;
	struct vscmi_watch watch; /* fd is -1 while nobody is here */
	char line[LINE_BYTES];    /* what has come of the next requests */
	size_t line_length;
	char *reply; /* what is left to send; NULL: nothing */
	size_t reply_length, reply_sent;
};

struct vscmid_control {
	struct vscmid_server *server;
	const char *path;
	struct vscmi_watch listener;
	bool accepting; /* not while all places are taken */
	struct client clients[CLIENTS];
};

static void set_accepting(struct vscmid_control *control, bool accepting)
{
	if (control->accepting == accepting)
		return;
	control->accepting = accepting;
	(void)vscmi_loop_change(control->server->loop, &control->listener,
				accepting ? EPOLLIN : 0);
}

static void leave(struct client *client)
{
	vscmi_loop_remove(client->control->server->loop, &client->watch);
	close(client->watch.fd);
	client->watch.fd = -1;
	free(client->reply);
	client->reply = NULL;
	client->line_length = 0;
	set_accepting(client->control, true);
}

/* False: the client is gone. */
static bool send_reply(struct client *client)
{
	ssize_t sent = send(client->watch.fd, client->reply + client->reply_sent,
			    client->reply_length - client->reply_sent, MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN && errno != EINTR)
		return false;
	if (sent > 0)
		client->reply_sent += (size_t)sent;
	if (client->reply_sent == client->reply_length) {
		free(client->reply);
		client->reply = NULL;
	}
	return true;
}

/* A reply is its JSON and, in place of the NUL, a newline. */
static bool answer(struct client *client, size_t line_length)
{
	client->reply =
		vscmid_command_run(client->control->server, client->line, line_length);
	if (!client->reply)
		return false;
	client->reply_length = strlen(client->reply) + 1;
	client->reply[client->reply_length - 1] = '\n';
	client->reply_sent = 0;
	return send_reply(client);
}

/* Serve the lines that are there, as long as replies get out. */
static bool serve_lines(struct client *client)
{
	char *end;

	while (!client->reply &&
	       (end = memchr(client->line, '\n', client->line_length))) {
		size_t length = (size_t)(end - client->line);

		if (!answer(client, length))
			return false;
		client->line_length -= length + 1;
		memmove(client->line, end + 1, client->line_length);
	}
	return true;
}

/* A full buffer without an end of line is no client of ours. */
static bool receive(struct client *client)
{
	ssize_t count = recv(client->watch.fd, client->line + client->line_length,
			     sizeof(client->line) - client->line_length, 0);

	if (count < 0)
		return errno == EAGAIN || errno == EINTR;
	client->line_length += (size_t)count;
	return count > 0 && serve_lines(client) &&
	       (client->reply || client->line_length < sizeof(client->line));
}

static void client_ready(void *context, uint32_t events)
{
	struct client *client = context;
	bool stays = client->reply ? send_reply(client) && serve_lines(client)
				   : receive(client);

	if (!stays || (events & (EPOLLERR | EPOLLHUP)))
		leave(client);
	else
		(void)vscmi_loop_change(client->control->server->loop, &client->watch,
					client->reply ? EPOLLOUT : EPOLLIN);
}

static struct client *free_place(struct vscmid_control *control)
{
	for (int i = 0; i < CLIENTS; i++) {
		if (control->clients[i].watch.fd < 0)
			return &control->clients[i];
	}
	return NULL;
}

static void listener_ready(void *context, uint32_t events)
{
	struct vscmid_control *control = context;
	struct client *client = free_place(control);
	int fd = accept4(control->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0)
		return;
	client->watch.fd = fd;
	if (vscmi_loop_add(control->server->loop, &client->watch, EPOLLIN)) {
		vscmi_log(VSCMI_LOG_WARNING, "control socket: %m");
		close(fd);
		client->watch.fd = -1;
	}
	set_accepting(control, free_place(control) != NULL);
}

enum vscmi_error vscmid_control_new(struct vscmid_server *server, const char *path,
				    struct vscmid_control **ret_control,
				    struct vscmi_problem *problem)
{
	struct vscmid_control *control = calloc(1, sizeof(*control));
	enum vscmi_error error;

	if (!control)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "not enough memory");
	*control = (struct vscmid_control){ .server = server,
					    .path = path,
					    .accepting = true };
	for (int i = 0; i < CLIENTS; i++) {
		struct client *client = &control->clients[i];

		client->control = control;
		client->watch = (struct vscmi_watch){ -1, client_ready, client };
	}
	control->listener.ready = listener_ready;
	control->listener.context = control;
	error = vscmi_socket_listen(path, 0600, &control->listener.fd, problem);
	if (error) {
		free(control);
		return error;
	}
	error = vscmi_loop_add(server->loop, &control->listener, EPOLLIN);
	if (error) {
		vscmi_problem_set(problem, error, "%s: %m", path);
		vscmid_control_free(control);
		return error;
	}
	*ret_control = control;
	return VSCMI_OK;
}

void vscmid_control_free(struct vscmid_control *control)
{
	if (!control)
		return;
	for (int i = 0; i < CLIENTS; i++) {
		if (control->clients[i].watch.fd >= 0)
			leave(&control->clients[i]);
	}
	vscmi_loop_remove(control->server->loop, &control->listener);
	close(control->listener.fd);
	unlink(control->path);
	free(control);
}
