/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The files of the Linux kernel's SCMI raw mode, by a kernel in this process: for a link that does
 * its system calls as raw_kernel_calls. What is written stays here until the test takes it, and
 * what the test sends goes where the kernel would put it.
 */
#ifndef VSCMI_TESTS_RAW_KERNEL_H
#define VSCMI_TESTS_RAW_KERNEL_H

#include "test.h"

#include <stdbool.h>

#include "raw_mode/folder.h"

#define RAW_KERNEL_MESSAGES 1024u
#define RAW_KERNEL_BYTES    600u

struct raw_message {
	uint8_t bytes[RAW_KERNEL_BYTES];
	size_t count;
	bool async, polled; /* a command: by the file into which it was written */
	uint8_t channel;    /* the same; 0: none was named */
};

enum raw_kernel_queue {
	RAW_KERNEL_REPLIES,
	RAW_KERNEL_REPLIES_10, /* of the base protocol's channel */
	RAW_KERNEL_REPLIES_14, /* of the clock protocol's */
	RAW_KERNEL_NOTIFICATIONS,
	RAW_KERNEL_ERRORS,
	RAW_KERNEL_COMMANDS, /* not a file: for the test to take */
	RAW_KERNEL_QUEUES
};

struct raw_kernel {
	char path[32]; /* of the instance */
	/* In the folder of the transport. */
	uint32_t max_msg_size, tx_max_msg, rx_max_msg, max_rx_timeout_ms;
	bool has_channels; /* 0x10 and 0x14 */
	bool lacks_poll;   /* before Linux 6.16 */
	int write_errno;   /* of each write; 0: none fails */
	uint32_t resets;

	/* The test's from here on only through the functions below. */
	struct queue {
		struct raw_message *messages;
		uint32_t put, taken;
		int pipe[2]; /* holds a byte while there are messages */
	} queues[RAW_KERNEL_QUEUES];
	struct xfer {
		bool pending, async, replied;
		uint8_t channel;
	} xfers[1024]; /* by token */
};

extern const struct vscmi_raw_calls raw_kernel_calls;

/* As Linux is over virtio: 128 bytes, 128 commands, events, 60 s. */
struct raw_kernel *raw_kernel_new(void);
void raw_kernel_free(struct raw_kernel *kernel);

/* The next command that was written, if there is one. */
bool raw_kernel_take(struct raw_kernel *kernel, struct raw_message *ret_command);

/* The platform sends this. */
void raw_kernel_send(struct raw_kernel *kernel, const void *bytes, size_t count);

/* The kernel has waited long enough for everything. */
void raw_kernel_let_go(struct raw_kernel *kernel);

/* The driver goes, and its files with it. */
void raw_kernel_unbind(struct raw_kernel *kernel);

#endif
