/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message/cursor.h"
#include "vscmi/header.h"

#define FDS 1024

/* What was opened, by descriptor. */
struct file {
	struct raw_kernel *kernel;
	enum { FILE_NONE, FILE_QUEUE, FILE_COMMANDS, FILE_RESET, FILE_LIMIT } kind;
	enum raw_kernel_queue queue;
	bool async, polled;
	uint8_t channel;
	uint32_t limit;
	/* Of the message or number that is being read. */
	uint8_t bytes[RAW_KERNEL_BYTES];
	size_t count, position;
	bool reading;
};

static struct file files[FDS];

/*
 * ---- Queues ----
 */

static uint32_t waiting(const struct queue *queue)
{
	return queue->put - queue->taken;
}

/* Replies that nobody reads are dropped when the queue is full, of others the oldest. */
static void put(struct raw_kernel *kernel, enum raw_kernel_queue which,
		const struct raw_message *message)
{
	struct queue *queue = &kernel->queues[which];
	bool full = waiting(queue) == RAW_KERNEL_MESSAGES;

	if (full && which != RAW_KERNEL_NOTIFICATIONS && which != RAW_KERNEL_ERRORS)
		return;
	if (full)
		queue->taken++;
	if (waiting(queue) == 0)
		assert_int_equal(write(queue->pipe[1], "", 1), 1);
	queue->messages[queue->put++ % RAW_KERNEL_MESSAGES] = *message;
}

static bool take(struct raw_kernel *kernel, enum raw_kernel_queue which,
		 struct raw_message *ret_message)
{
	struct queue *queue = &kernel->queues[which];
	char byte;

	if (waiting(queue) == 0)
		return false;
	*ret_message = queue->messages[queue->taken++ % RAW_KERNEL_MESSAGES];
	if (waiting(queue) == 0)
		assert_int_equal(read(queue->pipe[0], &byte, 1), 1);
	return true;
}

/*
 * ---- Files ----
 */

/* "/raw/../transport" is "/transport". */
static void shorten(char *path)
{
	char *up;

	while ((up = strstr(path, "/.."))) {
		char *folder = up;

		while (*--folder != '/')
			;
		memmove(folder, up + 3, strlen(up + 3) + 1);
	}
}

static bool find_queue(struct file *file, const char *name)
{
	static const char *const names[] = {
		[RAW_KERNEL_REPLIES] = "/raw/message",
		[RAW_KERNEL_REPLIES_10] = "/raw/channels/0x10/message",
		[RAW_KERNEL_REPLIES_14] = "/raw/channels/0x14/message",
		[RAW_KERNEL_NOTIFICATIONS] = "/raw/notification",
		[RAW_KERNEL_ERRORS] = "/raw/errors",
	};

	file->kind = FILE_QUEUE;
	for (file->queue = 0; file->queue < RAW_KERNEL_COMMANDS; file->queue++) {
		if (strcmp(names[file->queue], name) == 0)
			return file->kernel->has_channels || !strstr(name, "channels");
	}
	return false;
}

static bool find_commands(struct file *file, const char *name)
{
	const char *base = strrchr(name, '/') + 1;

	if (strcmp(name, "/raw/reset") == 0) {
		file->kind = FILE_RESET;
		return true;
	}
	file->kind = FILE_COMMANDS;
	file->async = strstr(base, "_async") != NULL;
	file->polled = strstr(base, "_poll") != NULL;
	if (strncmp(name, "/raw/channels/0x14/", 19) == 0)
		file->channel = 0x14;
	else if (strncmp(name, "/raw/channels/0x10/", 19) == 0)
		file->channel = 0x10;
	return strncmp(base, "message", 7) == 0 &&
	       !(file->polled && file->kernel->lacks_poll) &&
	       (file->kernel->has_channels || !file->channel);
}

static bool find_limit(struct file *file, const char *name)
{
	const struct raw_kernel *kernel = file->kernel;
	const struct {
		const char *name;
		uint32_t limit;
	} limits[] = {
		{ "/transport/max_msg_size", kernel->max_msg_size },
		{ "/transport/tx_max_msg", kernel->tx_max_msg },
		{ "/transport/rx_max_msg", kernel->rx_max_msg },
		{ "/transport/max_rx_timeout_ms", kernel->max_rx_timeout_ms },
	};

	file->kind = FILE_LIMIT;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (strcmp(limits[i].name, name) != 0)
			continue;
		file->count =
			(size_t)sprintf((char *)file->bytes, "%u\n", limits[i].limit);
		file->reading = true;
		return true;
	}
	return false;
}

static int open_file(const char *path, int flags)
{
	struct file file = { 0 };
	char name[256], queue[32];
	int fd, length = 0;

	if (sscanf(path, "kernel-%p%n", (void **)&file.kernel, &length) != 1 ||
	    strlen(path + length) >= sizeof(name)) {
		errno = ENOENT;
		return -1;
	}
	strcpy(name, path + length);
	shorten(name);
	if (flags & O_WRONLY ? !find_commands(&file, name)
			     : !find_queue(&file, name) && !find_limit(&file, name)) {
		errno = ENOENT;
		return -1;
	}
	/* Another opening of the pipe, which has locks of its own. */
	snprintf(queue, sizeof(queue), "/proc/self/fd/%d",
		 file.kernel->queues[file.queue].pipe[0]);
	fd = open(file.kind == FILE_QUEUE ? queue : "/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && fd < FDS);
	files[fd] = file;
	return fd;
}

static ssize_t read_file(int fd, void *bytes, size_t room)
{
	struct file *file = &files[fd];
	struct raw_message message;
	size_t count;

	if (!file->reading) {
		if (!take(file->kernel, file->queue, &message)) {
			errno = EAGAIN;
			return -1;
		}
		memcpy(file->bytes, message.bytes, message.count);
		file->count = message.count;
		file->position = 0;
		file->reading = true;
	} else if (file->position == file->count) {
		file->reading = false;
		return 0;
	}
	count = file->count - file->position;
	count = count < room ? count : room;
	memcpy(bytes, file->bytes + file->position, count);
	file->position += count;
	return (ssize_t)count;
}

static void reset(struct raw_kernel *kernel)
{
	static const enum raw_kernel_queue of_the_instance[] = { RAW_KERNEL_REPLIES,
								 RAW_KERNEL_NOTIFICATIONS,
								 RAW_KERNEL_ERRORS };
	struct raw_message message;

	kernel->resets++;
	for (int i = 0; i < 3; i++) {
		while (take(kernel, of_the_instance[i], &message))
			;
	}
}

static uint32_t in_flight(const struct raw_kernel *kernel)
{
	uint32_t count = 0;

	for (int i = 0; i < 1024; i++)
		count += kernel->xfers[i].pending;
	return count;
}

static int refuse(const struct raw_kernel *kernel, const void *bytes, size_t count)
{
	uint32_t token = vscmi_header_unpack(vscmi_le32_get(bytes)).token;

	if (kernel->write_errno)
		return kernel->write_errno;
	if (count > kernel->max_msg_size + 4)
		return ENOSPC;
	if (in_flight(kernel) >= kernel->tx_max_msg)
		return ENOMEM;
	return kernel->xfers[token].pending ? EBUSY : 0;
}

static ssize_t write_file(int fd, const void *bytes, size_t count)
{
	const struct file *file = &files[fd];
	struct raw_kernel *kernel = file->kernel;
	struct raw_message command = { .count = count,
				       .async = file->async,
				       .polled = file->polled,
				       .channel = file->channel };

	if (file->kind == FILE_RESET) {
		reset(kernel);
		return (ssize_t)count;
	}
	assert_true(file->kind == FILE_COMMANDS);
	errno = refuse(kernel, bytes, count);
	if (errno)
		return -1;
	memcpy(command.bytes, bytes, count);
	kernel->xfers[vscmi_header_unpack(vscmi_le32_get(bytes)).token] =
		(struct xfer){ true, file->async, false, file->channel };
	put(kernel, RAW_KERNEL_COMMANDS, &command);
	return (ssize_t)count;
}

const struct vscmi_raw_calls raw_kernel_calls = { open_file, read_file, write_file };

/*
 * ---- For the test ----
 */

struct raw_kernel *raw_kernel_new(void)
{
	struct raw_kernel *kernel = calloc(1, sizeof(*kernel));

	assert_non_null(kernel);
	*kernel = (struct raw_kernel){ .max_msg_size = 128,
				       .tx_max_msg = 128,
				       .rx_max_msg = 256,
				       .max_rx_timeout_ms = 60000 };
	snprintf(kernel->path, sizeof(kernel->path), "kernel-%p", (void *)kernel);
	for (int i = 0; i < RAW_KERNEL_QUEUES; i++) {
		kernel->queues[i].messages =
			calloc(RAW_KERNEL_MESSAGES, sizeof(struct raw_message));
		assert_non_null(kernel->queues[i].messages);
		assert_int_equal(pipe2(kernel->queues[i].pipe, O_CLOEXEC), 0);
	}
	return kernel;
}

void raw_kernel_free(struct raw_kernel *kernel)
{
	for (int i = 0; i < RAW_KERNEL_QUEUES; i++) {
		close(kernel->queues[i].pipe[0]);
		if (kernel->queues[i].pipe[1] >= 0)
			close(kernel->queues[i].pipe[1]);
		free(kernel->queues[i].messages);
	}
	free(kernel);
}

bool raw_kernel_take(struct raw_kernel *kernel, struct raw_message *ret_command)
{
	return take(kernel, RAW_KERNEL_COMMANDS, ret_command);
}

/* Where an answer goes, and what it means for its command: scmi_handle_response(). */
static enum raw_kernel_queue route(struct raw_kernel *kernel, struct vscmi_header header)
{
	struct xfer *xfer = &kernel->xfers[header.token];
	bool delayed = header.type == VSCMI_DELAYED_RESPONSE;

	if (header.type == VSCMI_NOTIFICATION)
		return RAW_KERNEL_NOTIFICATIONS;
	if (!xfer->pending || (delayed ? !xfer->async : xfer->replied))
		return RAW_KERNEL_ERRORS;
	xfer->replied = true;
	if (delayed || !xfer->async)
		xfer->pending = false;
	if (!xfer->channel)
		return RAW_KERNEL_REPLIES;
	/* Delayed responses come on the base protocol's channel. */
	return delayed || xfer->channel == 0x10 ? RAW_KERNEL_REPLIES_10
						: RAW_KERNEL_REPLIES_14;
}

void raw_kernel_send(struct raw_kernel *kernel, const void *bytes, size_t count)
{
	struct raw_message message = { .count = count };
	struct vscmi_header header = { 0 };
	enum raw_kernel_queue queue = RAW_KERNEL_ERRORS;

	assert_true(count <= sizeof(message.bytes));
	memcpy(message.bytes, bytes, count);
	if (count >= VSCMI_HEADER_BYTES) {
		header = vscmi_header_unpack(vscmi_le32_get(message.bytes));
		queue = route(kernel, header);
	}
	/* A refusal is not followed by a delayed response. */
	if (header.type == VSCMI_COMMAND && count >= 8 &&
	    vscmi_le32_get(message.bytes + 4) != 0)
		kernel->xfers[header.token].pending = false;
	put(kernel, queue, &message);
}

void raw_kernel_let_go(struct raw_kernel *kernel)
{
	memset(kernel->xfers, 0, sizeof(kernel->xfers));
}

void raw_kernel_unbind(struct raw_kernel *kernel)
{
	for (int i = 0; i < RAW_KERNEL_COMMANDS; i++) {
		close(kernel->queues[i].pipe[1]);
		kernel->queues[i].pipe[1] = -1;
	}
}
