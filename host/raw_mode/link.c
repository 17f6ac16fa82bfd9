/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the kernel's raw mode does with a command, as far as it matters here:
 *
 * - A write has the whole command copied and sent, or fails and nothing was sent. The kernel keeps
 *   the token until it lets go of the command: after the reply, or after the kernel's own timeout;
 *   after the delayed response, if it was told to expect one, or 2 s after the reply. It lets go
 *   of commands in the order in which they were sent, so one that gets no reply keeps the tokens
 *   of those behind it.
 * - Replies, and delayed responses that it expects, come in one queue, in any order. Other answers
 *   come in the queue of errors: replies after the timeout, delayed responses after 2 s, and replies
 *   that a delayed response has overtaken. They are answers all the same, and the agent decides.
 */
#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vscmi/header.h>
#include <vscmi/host/raw_link.h>
#include <vscmi/port.h>

#include "raw_mode/folder.h"

/* How long the kernel waits for a delayed response. */
#define DELAYED_US UINT64_C(2000000)

/* Reads, of what does not fit into a message, before it counts as endless. */
#define REST_READS_MAX 1024

/* A command of which the buffer is out. */
struct command {
	uint64_t due_us; /* when the kernel has let go of it; 0: the buffer is not out */
	uint16_t token;
};

struct queue {
	struct vscmi_raw_link *link;
	struct vscmi_watch watch;
};

struct vscmi_raw_link {
	struct vscmi_link link;
	struct vscmi_connection connection;
	const struct vscmi_raw_calls *calls;
	struct vscmi_raw_folder folder;
	bool open; /* the folder */
	struct queue queues[VSCMI_RAW_QUEUES];
	/* Armed, if a command is in flight: for when the first of them is due, or before. */
	struct vscmi_timer timer;
	bool up;
	struct command commands[VSCMI_TOKENS]; /* by buffer */
	uint16_t buffers[VSCMI_TOKENS];        /* by token, the last that had it */
	uint8_t *message;                      /* [message_bytes + 1]; NULL if not open */
};

static void down(struct vscmi_raw_link *raw)
{
	if (!raw->up)
		return;
	raw->up = false;
	vscmi_timer_cancel(raw->connection.loop, &raw->timer);
	for (int i = 0; i < VSCMI_RAW_QUEUES; i++) {
		if (raw->folder.queues[i] >= 0)
			vscmi_loop_remove(raw->connection.loop, &raw->queues[i].watch);
	}
	memset(raw->commands, 0, sizeof(raw->commands));
	vscmi_agent_link_down(raw->link.agent);
	vscmi_connection_lost(&raw->connection);
}

/*
 * ---- Commands ----
 */

static enum vscmi_error refused(struct vscmi_raw_link *raw)
{
	switch (errno) {
	case ENOMEM: /* no place for it until the kernel lets go of others */
	case EBUSY:  /* nor for its token, or in the transport */
	case EAGAIN:
		return VSCMI_E_BUSY;
	case EINVAL: /* no such channel, or the transport cannot poll */
		return VSCMI_E_UNSUPPORTED;
	default:
		down(raw);
		return VSCMI_E_NOT_READY;
	}
}

static struct vscmi_header header_of(const void *message)
{
	uint32_t word;

	memcpy(&word, message, sizeof(word));
	return vscmi_header_unpack(le32toh(word));
}

static enum vscmi_error send(struct vscmi_link *link, const void *message, size_t count,
			     size_t reply_room, uint16_t buffer, uint32_t epoch)
{
	struct vscmi_raw_link *raw = (struct vscmi_raw_link *)link;
	bool async = vscmi_agent_wants_delayed(link->agent, buffer);
	uint64_t kept_us = raw->folder.timeout_us + (async ? DELAYED_US : 0);
	uint16_t token;

	if (!raw->up)
		return VSCMI_E_NOT_READY;
	if (raw->calls->write(async ? raw->folder.async : raw->folder.sync, message,
			      count) < 0)
		return refused(raw);
	token = header_of(message).token;
	raw->buffers[token] = buffer;
	raw->commands[buffer] = (struct command){
		.due_us = vscmi_monotonic_us() + kept_us,
		.token = token,
	};
	if (!raw->timer.armed || raw->commands[buffer].due_us < raw->timer.due_us)
		vscmi_timer_arm(raw->connection.loop, &raw->timer,
				raw->commands[buffer].due_us);
	return VSCMI_OK;
}

/* Give back the buffers of commands that the kernel has let go of without a reply. */
static void let_go(void *context)
{
	struct vscmi_raw_link *raw = context;
	uint64_t now_us = vscmi_monotonic_us(), next_us = VSCMI_NEVER;

	for (uint16_t i = 0; i < VSCMI_TOKENS; i++) {
		uint64_t due_us = raw->commands[i].due_us;

		if (due_us > now_us && due_us < next_us)
			next_us = due_us;
		if (due_us == 0 || due_us > now_us)
			continue;
		raw->commands[i].due_us = 0;
		vscmi_agent_receive(raw->link.agent, VSCMI_CHANNEL_COMMANDS, NULL, 0, i);
	}
	if (next_us != VSCMI_NEVER)
		vscmi_timer_arm(raw->connection.loop, &raw->timer, next_us);
}

/*
 * ---- What arrives ----
 */

/* With a reply, the buffer of its command is back. */
static uint16_t take_buffer(struct vscmi_raw_link *raw, uint16_t token)
{
	uint16_t buffer = raw->buffers[token];
	struct command *command = &raw->commands[buffer];

	if (command->due_us == 0 || command->token != token)
		return VSCMI_NO_BUFFER;
	command->due_us = 0;
	return buffer;
}

static void receive(struct vscmi_raw_link *raw, size_t count)
{
	enum vscmi_channel channel = VSCMI_CHANNEL_EVENTS;
	uint16_t buffer = VSCMI_NO_BUFFER;
	struct vscmi_header header;

	if (count >= VSCMI_HEADER_BYTES) {
		header = header_of(raw->message);
		if (header.type == VSCMI_COMMAND) {
			channel = VSCMI_CHANNEL_COMMANDS;
			buffer = take_buffer(raw, header.token);
		}
	}
	vscmi_agent_receive(raw->link.agent, channel, raw->message, count, buffer);
}

/*
 * Take one message, if there is one: it comes with one read, and the next one says that it ends
 * there. Returns whether there was one.
 */
static bool take(struct vscmi_raw_link *raw, int fd)
{
	/* Of a longer message one byte more, so that the agent counts it. */
	ssize_t count = raw->calls->read(fd, raw->message, raw->folder.message_bytes + 1);
	uint8_t rest[64];

	if (count < 0 && errno != EAGAIN && errno != EINTR)
		down(raw);
	if (count <= 0)
		return false;
	for (int i = 0; i < REST_READS_MAX; i++) {
		if (raw->calls->read(fd, rest, sizeof(rest)) <= 0)
			break;
	}
	receive(raw, (size_t)count);
	return true;
}

static void queue_ready(void *context, uint32_t events)
{
	struct queue *queue = context;

	if (events & EPOLLIN)
		take(queue->link, queue->watch.fd);
	else
		down(queue->link);
}

static bool poll(struct vscmi_link *link)
{
	struct vscmi_raw_link *raw = (struct vscmi_raw_link *)link;
	bool any = false;

	for (int i = 0; i < VSCMI_RAW_QUEUES && raw->up; i++) {
		if (raw->folder.queues[i] >= 0)
			any |= take(raw, raw->folder.queues[i]);
	}
	return any;
}

/*
 * ---- The connection ----
 */

static struct vscmi_raw_link *link_of(struct vscmi_connection *connection)
{
	return (void *)((char *)connection - offsetof(struct vscmi_raw_link, connection));
}

/* The kernel does not have to be asked. */
static enum vscmi_error open_folder(struct vscmi_connection *connection, int *ret_fd,
				    struct vscmi_problem *problem)
{
	struct vscmi_raw_link *raw = link_of(connection);
	enum vscmi_error error = vscmi_raw_folder_open(raw->calls, connection->path,
						       &raw->folder, problem);

	if (error)
		return error;
	raw->open = true;
	*ret_fd = -1;
	return VSCMI_OK;
}

static enum vscmi_error watch(struct vscmi_raw_link *raw)
{
	enum vscmi_error error = VSCMI_OK;

	for (int i = 0; i < VSCMI_RAW_QUEUES && !error; i++) {
		struct queue *queue = &raw->queues[i];

		*queue = (struct queue){ raw,
					 { raw->folder.queues[i], queue_ready, queue } };
		if (queue->watch.fd >= 0)
			error = vscmi_loop_add(raw->connection.loop, &queue->watch,
					       EPOLLIN);
	}
	return error;
}

static enum vscmi_error start(struct vscmi_connection *connection,
			      struct vscmi_problem *problem)
{
	struct vscmi_raw_link *raw = link_of(connection);

	raw->message = malloc(raw->folder.message_bytes + 1);
	if (!raw->message)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "%s: no memory",
					 connection->path);
	if (raw->calls->write(raw->folder.reset, "1", 1) < 0)
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "reset: %m");
	raw->up = true;
	if (watch(raw))
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM,
					 "watching raw mode: %m");
	raw->link.max_messages = raw->folder.messages;
	raw->link.max_message_bytes = raw->folder.message_bytes;
	raw->link.timeout_us = raw->folder.timeout_us;
	raw->link.has_events = raw->folder.has_events;
	return vscmi_agent_link_up(raw->link.agent);
}

static void close_folder(struct vscmi_connection *connection)
{
	struct vscmi_raw_link *raw = link_of(connection);

	down(raw);
	if (raw->open)
		vscmi_raw_folder_close(&raw->folder);
	raw->open = false;
	free(raw->message);
	raw->message = NULL;
}

static void free_link(struct vscmi_connection *connection)
{
	free(link_of(connection));
}

static const struct vscmi_connection_ops connection_ops = {
	.ops_size = sizeof(connection_ops),
	.open = open_folder,
	.start = start,
	.close = close_folder,
	.free = free_link,
};

/*
 * ---- The link ----
 */

static const struct vscmi_link_ops ops = {
	.ops_size = sizeof(ops),
	.send = send,
	.poll = poll,
};

enum vscmi_error vscmi_raw_link_new_with(const struct vscmi_raw_calls *calls,
					 struct vscmi_loop *loop, const char *path,
					 struct vscmi_connection **ret_connection,
					 struct vscmi_problem *problem)
{
	struct vscmi_raw_link *raw = calloc(1, sizeof(*raw));

	if (!raw)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "%s: no memory",
					 path);
	raw->calls = calls;
	raw->timer = (struct vscmi_timer){ .fire = let_go, .context = raw };
	/* Limits that are sound until there is a folder to tell them. */
	raw->link = (struct vscmi_link){
		.ops = &ops,
		.name = "raw",
		.max_messages = 1,
		.max_message_bytes = VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES,
		/* A program that ended may have left commands in flight. */
		.first_token = (uint16_t)(vscmi_monotonic_us() % VSCMI_TOKENS),
	};
	raw->connection = (struct vscmi_connection){
		.ops = &connection_ops,
		.link = &raw->link,
		.loop = loop,
		.path = path,
	};
	vscmi_connection_init(&raw->connection);
	*ret_connection = &raw->connection;
	return VSCMI_OK;
}

enum vscmi_error vscmi_raw_link_new(struct vscmi_loop *loop, const char *path,
				    struct vscmi_connection **ret_connection,
				    struct vscmi_problem *problem)
{
	return vscmi_raw_link_new_with(&vscmi_raw_system, loop, path, ret_connection,
				       problem);
}
