/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <vscmi/header.h>

#include "raw_mode/folder.h"

#define DEBUGFS           "/sys/kernel/debug"
#define MESSAGE_BYTES_MAX 65536u
#define US_PER_MS         UINT64_C(1000)

static int open_file(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC);
}

const struct vscmi_raw_calls vscmi_raw_system = { open_file, read, write };

/* While the files are being found. */
struct search {
	const struct vscmi_raw_calls *calls;
	struct vscmi_raw_folder folder;
	char messages[PATH_MAX]; /* the folder with message and message_async */
	char raw[PATH_MAX];      /* the folder with reset, errors and notification */
	struct vscmi_problem *problem;
};

static int open_in(const struct search *search, const char *folder, const char *name,
		   int flags)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return search->calls->open(path, flags | O_NONBLOCK);
}

/* Why there is no raw mode at path. */
static enum vscmi_error explain(const struct search *search, const char *path)
{
	struct statfs debugfs;
	int why = errno;

	if (why == EACCES || why == EPERM)
		return vscmi_problem_set(search->problem, VSCMI_E_SYSTEM,
					 "%s: %m: the kernel's debugfs is for root alone",
					 path);
	if (why != ENOENT && why != ENOTDIR)
		return vscmi_problem_set(search->problem, VSCMI_E_SYSTEM, "%s: %m", path);
	if (access(path, F_OK) == 0)
		return vscmi_problem_set(
			search->problem, VSCMI_E_LINK_LOST,
			"%s: no raw mode in there, expected an SCMI instance as " DEBUGFS
			"/scmi/0 of a kernel with CONFIG_ARM_SCMI_RAW_MODE_SUPPORT",
			path);
	if (strncmp(path, DEBUGFS, strlen(DEBUGFS)) == 0 &&
	    statfs(DEBUGFS, &debugfs) == 0 && debugfs.f_type != DEBUGFS_MAGIC)
		return vscmi_problem_set(
			search->problem, VSCMI_E_LINK_LOST,
			"%s: debugfs is not mounted: mount -t debugfs none " DEBUGFS,
			path);
	errno = why;
	return vscmi_problem_set(search->problem, VSCMI_E_LINK_LOST, "%s: %m", path);
}

/* Find the folder of the messages and open the queue of their replies. */
static enum vscmi_error find_messages(struct search *search, const char *path)
{
	static const char polled[] = "/message_poll";
	int *replies = &search->folder.queues[VSCMI_RAW_REPLIES];
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	if (length + sizeof("/raw") > sizeof(search->messages))
		return vscmi_problem_set(search->problem, VSCMI_E_INVALID,
					 "a path has less than %d characters", PATH_MAX);
	memcpy(search->messages, path, length);
	search->messages[length] = '\0';
	if (length >= strlen(polled) &&
	    strcmp(search->messages + length - strlen(polled), polled) == 0) {
		search->folder.polled = true;
		length -= strlen(polled);
	} else {
		strcpy(search->messages + length, "/raw");
		*replies = open_in(search, search->messages, "message", O_RDONLY);
	}
	if (*replies < 0 && (search->folder.polled || errno == ENOENT)) {
		search->messages[length] = '\0';
		*replies = open_in(search, search->messages, "message", O_RDONLY);
	}
	return *replies < 0 ? explain(search, path) : VSCMI_OK;
}

/* In the folder of a channel there are messages only; the raw folder is two steps up. */
static enum vscmi_error find_raw(struct search *search)
{
	struct vscmi_raw_folder *folder = &search->folder;
	int *errors = &folder->queues[VSCMI_RAW_ERRORS];
	bool is_base = strstr(search->messages, "/channels/0x10") != NULL;

	strcpy(search->raw, search->messages);
	*errors = open_in(search, search->raw, "errors", O_RDONLY);
	if (*errors >= 0)
		return VSCMI_OK;
	if (strlen(search->raw) + sizeof("/../..") > sizeof(search->raw))
		return vscmi_problem_set(search->problem, VSCMI_E_INVALID,
					 "a path has less than %d characters", PATH_MAX);
	strcat(search->raw, "/../..");
	*errors = open_in(search, search->raw, "errors", O_RDONLY);
	if (*errors < 0)
		return explain(search, search->messages);
	/* Without it, the channel has its delayed responses to itself. */
	if (!is_base)
		folder->queues[VSCMI_RAW_BASE_REPLIES] =
			open_in(search, search->raw, "channels/0x10/message", O_RDONLY);
	return VSCMI_OK;
}

/*
 * What is written goes through descriptors of its own: a write sets the position from which the
 * same descriptor is read back to the start, and the message that had been read comes again.
 */
static enum vscmi_error open_rest(struct search *search)
{
	struct vscmi_raw_folder *folder = &search->folder;
	const char *sync = folder->polled ? "message_poll" : "message";
	const char *async = folder->polled ? "message_poll_async" : "message_async";

	folder->sync = open_in(search, search->messages, sync, O_WRONLY);
	folder->async = open_in(search, search->messages, async, O_WRONLY);
	if (folder->polled && (folder->sync < 0 || folder->async < 0) && errno == ENOENT)
		return vscmi_problem_set(
			search->problem, VSCMI_E_UNSUPPORTED,
			"%s: no message_poll: kernels before Linux 6.16 lack it",
			search->messages);
	folder->queues[VSCMI_RAW_NOTIFICATIONS] =
		open_in(search, search->raw, "notification", O_RDONLY);
	folder->reset = open_in(search, search->raw, "reset", O_WRONLY);
	if (folder->sync < 0 || folder->async < 0 || folder->reset < 0 ||
	    folder->queues[VSCMI_RAW_NOTIFICATIONS] < 0)
		return explain(search, search->messages);
	return VSCMI_OK;
}

/* One of the transport's numbers, in decimal. */
static enum vscmi_error read_limit(const struct search *search, const char *name,
				   uint32_t min, uint32_t max, uint32_t *ret_limit)
{
	char path[PATH_MAX], text[16] = "", *end = text;
	unsigned long limit;
	ssize_t count = -1;
	int fd;

	snprintf(path, sizeof(path), "../transport/%s", name);
	fd = open_in(search, search->raw, path, O_RDONLY);
	if (fd >= 0) {
		count = search->calls->read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (count < 0)
		return vscmi_problem_set(search->problem, VSCMI_E_UNSUPPORTED,
					 "%s/../transport/%s: %m", search->raw, name);
	limit = strtoul(text, &end, 10);
	if (end == text || limit < min || limit > max)
		return vscmi_problem_set(
			search->problem, VSCMI_E_UNSUPPORTED,
			"%s/../transport/%s: expected a number from %u to %u",
			search->raw, name, min, max);
	*ret_limit = (uint32_t)limit;
	return VSCMI_OK;
}

static enum vscmi_error read_limits(struct search *search)
{
	struct vscmi_raw_folder *folder = &search->folder;
	uint32_t payload_bytes, timeout_ms, events;
	enum vscmi_error error;

	error = read_limit(search, "max_msg_size", VSCMI_STATUS_BYTES,
			   MESSAGE_BYTES_MAX - VSCMI_HEADER_BYTES, &payload_bytes);
	if (!error)
		error = read_limit(search, "tx_max_msg", 1, INT32_MAX, &folder->messages);
	if (!error)
		error = read_limit(search, "rx_max_msg", 0, INT32_MAX, &events);
	if (!error)
		error = read_limit(search, "max_rx_timeout_ms", 1, INT32_MAX,
				   &timeout_ms);
	if (error)
		return error;
	/* Also of a reply, though the kernel's transport takes one that is 4 bytes longer: there
	 * is no room for that in the queue. */
	folder->message_bytes = payload_bytes + VSCMI_HEADER_BYTES;
	if (folder->messages > VSCMI_TOKENS)
		folder->messages = VSCMI_TOKENS;
	folder->timeout_us = timeout_ms * US_PER_MS;
	folder->has_events = events > 0;
	return VSCMI_OK;
}

/* Two that read one queue would take each other's replies. */
static enum vscmi_error lock(const struct search *search)
{
	if (flock(search->folder.queues[VSCMI_RAW_ERRORS], LOCK_EX | LOCK_NB) == 0)
		return VSCMI_OK;
	if (errno == EWOULDBLOCK)
		return vscmi_problem_set(search->problem, VSCMI_E_BUSY,
					 "%s: another program uses it", search->messages);
	return vscmi_problem_set(search->problem, VSCMI_E_SYSTEM, "%s: %m",
				 search->messages);
}

enum vscmi_error vscmi_raw_folder_open(const struct vscmi_raw_calls *calls,
				       const char *path,
				       struct vscmi_raw_folder *ret_folder,
				       struct vscmi_problem *problem)
{
	struct search search = {
		.calls = calls,
		.folder = { -1, -1, -1, { -1, -1, -1, -1 }, .messages = 0 },
		.problem = problem,
	};
	enum vscmi_error error = find_messages(&search, path);

	if (!error)
		error = find_raw(&search);
	if (!error)
		error = lock(&search);
	if (!error)
		error = open_rest(&search);
	if (!error)
		error = read_limits(&search);
	if (error) {
		vscmi_raw_folder_close(&search.folder);
		return error;
	}
	*ret_folder = search.folder;
	return VSCMI_OK;
}

static void close_file(int fd)
{
	if (fd >= 0)
		close(fd);
}

void vscmi_raw_folder_close(struct vscmi_raw_folder *folder)
{
	close_file(folder->sync);
	close_file(folder->async);
	close_file(folder->reset);
	for (int i = 0; i < VSCMI_RAW_QUEUES; i++)
		close_file(folder->queues[i]);
}
