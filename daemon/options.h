/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of vscmid. */
#ifndef VSCMID_OPTIONS_H
#define VSCMID_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/host/log.h>

#define VSCMID_SOCKETS_MAX 255

struct vscmid_socket_option {
	const char *agent; /* NULL: the first one */
	const char *path;
	bool shmem; /* --shmem, not --socket-path */
};

struct vscmid_options {
	const char *board;
	const char *control; /* NULL: none */
	long fd;             /* -1: none */
	long poll_us;
	long threads;
	bool check;
	enum vscmi_log_level log_level;
	struct vscmid_socket_option sockets[VSCMID_SOCKETS_MAX];
	uint32_t socket_count;
};

enum vscmid_next {
	VSCMID_RUN,
	VSCMID_DONE,  /* everything that was asked for has been printed */
	VSCMID_WRONG, /* why has been printed */
};

/* The strings are argv's, which is changed. */
enum vscmid_next vscmid_options_parse(int argc, char **argv,
				      struct vscmid_options *ret_options);

#endif
