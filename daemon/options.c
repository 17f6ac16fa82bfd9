/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vscmi/host/loop.h>

#include "options.h"
#include "threads.h"

#define POLL_US_MAX 1000000

static const char usage[] =
	"usage: vscmid --board FILE [OPTION...]\n"
	"\n"
	"Serves the SCMI platform that a board file describes to virtual machines, as a\n"
	"vhost-user device for each agent.\n"
	"\n"
	"  --board FILE               the board file; see vscmi-board(5)\n"
	"  --socket-path [AGENT=]PATH serve an agent on this socket, the first one if "
	"none is\n"
	"                             named; instead of what the board file says\n"
	"  --shmem [AGENT=]PATH       serve an agent through shared memory, which is "
	"handed out\n"
	"                             on this socket\n"
	"  --fd N                     serve the first agent on this file descriptor, a\n"
	"                             connection or a listening socket\n"
	"  --poll-us N                how long to look at a guest's commands, at most, "
	"before\n"
	"                             sleeping until it kicks: 0 to 1000000 "
	"microseconds,\n"
	"                             50 if none is given\n"
	"  --threads N                spread the agents over so many threads, 1 to 64;\n"
	"                             1 if none is given\n"
	"  --control PATH             open a control socket; see vscmi control\n"
	"  --check                    only check the board file\n"
	"  --log-level LEVEL          error, warning, info (the default) or debug\n"
	"  --print-capabilities       print what QEMU asks of a vhost-user backend, and "
	"exit\n"
	"  --version                  print the version, and exit\n"
	"  --help                     print this, and exit\n"
	"\n"
	"Exit status: 0 done, 1 something failed at run time, 2 wrong usage or board "
	"file.\n";

enum {
	OPTION_BOARD = 256,
	OPTION_SOCKET_PATH,
	OPTION_SHMEM,
	OPTION_FD,
	OPTION_POLL_US,
	OPTION_THREADS,
	OPTION_CONTROL,
	OPTION_CHECK,
	OPTION_LOG_LEVEL,
	OPTION_PRINT_CAPABILITIES,
	OPTION_VERSION,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{ "board", required_argument, NULL, OPTION_BOARD },
	{ "socket-path", required_argument, NULL, OPTION_SOCKET_PATH },
	{ "shmem", required_argument, NULL, OPTION_SHMEM },
	{ "fd", required_argument, NULL, OPTION_FD },
	{ "poll-us", required_argument, NULL, OPTION_POLL_US },
	{ "threads", required_argument, NULL, OPTION_THREADS },
	{ "control", required_argument, NULL, OPTION_CONTROL },
	{ "check", no_argument, NULL, OPTION_CHECK },
	{ "log-level", required_argument, NULL, OPTION_LOG_LEVEL },
	{ "print-capabilities", no_argument, NULL, OPTION_PRINT_CAPABILITIES },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

static enum vscmid_next wrong(const char *what, const char *argument)
{
	fprintf(stderr, "vscmid: %s%s; see vscmid --help\n", what, argument);
	return VSCMID_WRONG;
}

/* What is before the first '=' is an agent, unless a '/' comes first. */
static enum vscmid_next add_socket(struct vscmid_options *options, char *argument,
				   bool shmem)
{
	struct vscmid_socket_option option = { .path = argument, .shmem = shmem };
	size_t length = strcspn(argument, "=/");

	if (argument[length] == '=') {
		argument[length] = '\0';
		option.agent = argument;
		option.path = argument + length + 1;
	}
	if (!*option.path)
		return wrong(shmem ? "--shmem" : "--socket-path", " without a path");
	if (options->socket_count == VSCMID_SOCKETS_MAX)
		return wrong("too many sockets: ", option.path);
	options->sockets[options->socket_count++] = option;
	return VSCMID_RUN;
}

/* what: it is not one of these */
static enum vscmid_next set_number(const char *argument, long min, long max,
				   const char *what, long *ret_number)
{
	char *end;
	long number = strtol(argument, &end, 10);

	if (*argument < '0' || *argument > '9' || *end || number < min || number > max)
		return wrong(what, argument);
	*ret_number = number;
	return VSCMID_RUN;
}

static enum vscmid_next take(struct vscmid_options *options, int option)
{
	switch (option) {
	case OPTION_BOARD:
		options->board = optarg;
		return VSCMID_RUN;
	case OPTION_SOCKET_PATH:
		return add_socket(options, optarg, false);
	case OPTION_SHMEM:
		return add_socket(options, optarg, true);
	case OPTION_FD:
		return set_number(optarg, 0, INT_MAX,
				  "not a file descriptor: ", &options->fd);
	case OPTION_POLL_US:
		return set_number(optarg, 0, POLL_US_MAX,
				  "not 0 to 1000000 microseconds: ", &options->poll_us);
	case OPTION_THREADS:
		return set_number(optarg, 1, VSCMID_THREADS_MAX,
				  "not 1 to 64 threads: ", &options->threads);
	case OPTION_CONTROL:
		options->control = optarg;
		return VSCMID_RUN;
	case OPTION_CHECK:
		options->check = true;
		return VSCMID_RUN;
	case OPTION_LOG_LEVEL:
		if (!vscmi_log_level_find(optarg, &options->log_level))
			return wrong("no such log level: ", optarg);
		return VSCMID_RUN;
	case OPTION_PRINT_CAPABILITIES:
		puts("{\n  \"type\": \"scmi\"\n}");
		return VSCMID_DONE;
	case OPTION_VERSION:
		puts("vscmid " VSCMI_VERSION);
		return VSCMID_DONE;
	case OPTION_HELP:
		fputs(usage, stdout);
		return VSCMID_DONE;
	default: /* getopt_long has said what is wrong */
		return VSCMID_WRONG;
	}
}

enum vscmid_next vscmid_options_parse(int argc, char **argv,
				      struct vscmid_options *ret_options)
{
	struct vscmid_options *options = ret_options;
	enum vscmid_next next;
	int option;

	*options = (struct vscmid_options){
		.fd = -1,
		.poll_us = VSCMI_LOOP_POLL_US,
		.threads = 1,
		.log_level = VSCMI_LOG_INFO,
	};
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		next = take(options, option);
		if (next != VSCMID_RUN)
			return next;
	}
	if (optind < argc)
		return wrong("unexpected argument: ", argv[optind]);
	if (!options->board)
		return wrong("no board: give --board FILE", "");
	return VSCMID_RUN;
}
