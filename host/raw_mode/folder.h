/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The files of the kernel's SCMI raw mode, and what the kernel says about its transport: in the
 * kernel's sources, Documentation/ABI/testing/debugfs-scmi-raw and
 * drivers/firmware/arm_scmi/raw_mode.c.
 */
#ifndef VSCMI_RAW_MODE_FOLDER_H
#define VSCMI_RAW_MODE_FOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <vscmi/host/problem.h>

struct vscmi_loop;
struct vscmi_connection;

/* The system calls that reach the files, so that a test can be the kernel. */
struct vscmi_raw_calls {
	int (*open)(const char *path, int flags);
	ssize_t (*read)(int fd, void *bytes, size_t room);
	ssize_t (*write)(int fd, const void *bytes, size_t count);
};

/* Those of the system. */
extern const struct vscmi_raw_calls vscmi_raw_system;

/*
 * Each is read one message at a time. All commands of an instance share one queue of replies and
 * delayed responses, and each channel has one for the commands that were sent through its folder;
 * but a delayed response stands with the channel on which it came, which may be the base
 * protocol's.
 */
enum vscmi_raw_queue {
	VSCMI_RAW_REPLIES,
	VSCMI_RAW_BASE_REPLIES, /* only of a channel's folder */
	VSCMI_RAW_NOTIFICATIONS,
	VSCMI_RAW_ERRORS, /* answers that came when the kernel did not expect them */
	VSCMI_RAW_QUEUES
};

/* Descriptors are close-on-exec and non-blocking; one that is not open is -1. */
struct vscmi_raw_folder {
	int sync, async; /* each write is one command, of this kind */
	int reset;       /* a write empties the queues of the instance */
	int queues[VSCMI_RAW_QUEUES];
	bool polled; /* the kernel polls for replies */

	uint32_t message_bytes; /* of any message, header word included */
	uint32_t messages;      /* commands in flight, 1..1024 */
	uint64_t timeout_us;    /* when the kernel lets go of a command without a reply */
	bool has_events;
};

/* As vscmi_raw_link_new(). */
enum vscmi_error vscmi_raw_folder_open(const struct vscmi_raw_calls *calls,
				       const char *path,
				       struct vscmi_raw_folder *ret_folder,
				       struct vscmi_problem *problem);

void vscmi_raw_folder_close(struct vscmi_raw_folder *folder);

/* vscmi_raw_link_new() with these calls, which outlive the link. */
enum vscmi_error vscmi_raw_link_new_with(const struct vscmi_raw_calls *calls,
					 struct vscmi_loop *loop, const char *path,
					 struct vscmi_connection **ret_connection,
					 struct vscmi_problem *problem);

#endif
