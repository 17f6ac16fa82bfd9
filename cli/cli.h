/* SPDX-License-Identifier: BSD-3-Clause */
/* What every command of vscmi shares. */
#ifndef VSCMI_CLI_H
#define VSCMI_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include <vscmi/agent.h>
#include <vscmi/host/loop.h>

enum cli_exit {
	CLI_DONE = 0,
	CLI_REFUSED = 1, /* the platform said no */
	CLI_USAGE = 2,
	CLI_NO_CONNECTION = 3, /* or no answer in time */
};

struct cli_connection;
struct cli_stats;

struct cli {
	const char *link;    /* as the user named it */
	uint64_t wait_us;    /* for the other end of the link, at the start */
	uint64_t again_us;   /* the same, when it has gone, for commands that go on */
	uint64_t timeout_us; /* of a reply; 0: the link's */
	uint32_t poll_us;    /* how long to look for a reply before sleeping */
	const char *control; /* path of vscmid's control socket; "": none named */
	bool help;           /* tell what the command does, and do nothing */
	bool json;
	enum cli_trace_mode {
		CLI_TRACE_OFF,
		CLI_TRACE_MESSAGES, /* and what went wrong */
		CLI_TRACE_FULL,     /* every point, with the words of its message */
	} trace;
	struct cli_stats *stats; /* NULL: nothing is counted */
	bool utf8;
	const struct cli_command *command; /* that runs */
	struct cli_connection *connection; /* NULL for commands without a link */
	/* Of the connection. */
	struct vscmi_agent *agent;
	struct vscmi_loop *loop;
	struct vscmi_port *port; /* whose wait runs the loop */
};

/* A command: one row in main.c, one file. */
struct cli_command {
	const char *name;
	const char *summary;
	const char *help; /* usage behind the name, one line each, and what it does */
	bool needs_link;
	/* argv[0] is the command's name. Returns an enum cli_exit. */
	int (*run)(struct cli *cli, int argc, char **argv);
};

extern const struct cli_command cli_discover, cli_sensor, cli_clock, cli_raw, cli_ping,
	cli_control, cli_dtb, cli_fault, cli_stats;

/* Find a command, connect if it needs that, and run it. argv[0] is its name. */
int cli_run_command(struct cli *cli, int argc, char **argv);

/* What a command does by its first argument; the last entry is all zero. */
struct cli_action {
	const char *name;
	/* argv[0] is the action's name. */
	int (*run)(struct cli *cli, int argc, char **argv);
};

int cli_run_action(struct cli *cli, const struct cli_action *actions, int argc,
		   char **argv);

/*
 * ---- Failing: each prints "vscmi: COMMAND: ..." to standard error, and with --json an
 * object on standard output, and returns the exit status ----
 */

/* Wrong usage, in printf's way. */
int cli_misused(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* For what getopt_long() does not know. */
int cli_bad_option(const struct cli *cli, char **argv);

/* A call that did not end well; what says what it was about: "clock 9". */
int cli_failed(const struct cli *cli, struct vscmi_result result, const char *what, ...)
	__attribute__((format(printf, 3, 4)));

/* The daemon refused. */
int cli_refused(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* No connection, or it is lost, for this reason. */
int cli_disconnected(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
