/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi: an SCMI agent for the shell. */
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vscmi/host/loop.h>
#include <vscmi/host/quantity.h>

#include "connection.h"

/* One row, one file. */
static const struct cli_command *const commands[] = {
	&cli_discover, &cli_sensor, &cli_clock,   &cli_raw,   &cli_ping,
	&cli_stats,    &cli_dtb,    &cli_control, &cli_fault,
};

#define POLL_US_MAX   1000000u
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *to)
{
	fputs("usage: vscmi [OPTION...] COMMAND [ARGUMENT...]\n\n", to);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(to, "  %-10s%s\n", commands[i]->name, commands[i]->summary);
	fputs("\n"
	      "  -l, --link LINK   demo, a board in this process (default);\n"
	      "                    vhost-user:PATH, a device's socket;\n"
	      "                    shmem:PATH, vscmid's shared memory;\n"
	      "                    raw:PATH, the kernel's SCMI raw mode, as\n"
	      "                    /sys/kernel/debug/scmi/0; VSCMI_LINK sets it too\n"
	      "      --control PATH\n"
	      "                    vscmid's control socket; VSCMI_CONTROL sets it too\n"
	      "      --wait[=TIME]  wait for the platform if it is not there yet: 10s; "
	      "without\n"
	      "                    a time for ever\n"
	      "      --timeout TIME\n"
	      "                    how long a reply may take: 500ms (default: 60s)\n"
	      "      --poll-us N   how long to look for a reply before sleeping, 0 to\n"
	      "                    1000000 microseconds (default: 50)\n"
	      "  -j, --json        results and errors as JSON\n"
	      "  -t, --trace       show every message, decoded, on standard error;\n"
	      "                    --trace=full shows the words, waits and completions "
	      "too\n"
	      "  -h, --help        this, or behind a command its own\n"
	      "      --version\n"
	      "\n"
	      "Exit status: 0 done, 1 the platform refused, 2 usage, 3 no connection or "
	      "timeout\n",
	      to);
}

static void print_help(const struct cli_command *command)
{
	printf("%s\n\n%s", command->summary, command->help);
}

static const struct cli_command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

/* What the command line says besides the command and what is its own. */
struct options {
	bool version;
	const char *wait, *timeout; /* durations; NULL: not said */
	const char *poll_us;        /* a number, or NULL */
	const char *trace;          /* what stands behind --trace=, or NULL */
};

static bool is_option(const char *argument, const char *brief, const char *name)
{
	return strcmp(argument, brief) == 0 || strcmp(argument, name) == 0;
}

/* What stands behind "NAME=", or NULL. */
static const char *value_behind(const char *argument, const char *name)
{
	size_t length = strlen(name);

	return strncmp(argument, name, length) == 0 && argument[length] == '='
		       ? argument + length + 1
		       : NULL;
}

/*
 * Take the options of vscmi itself, which may stand anywhere, out of argv. Returns how many
 * arguments are left. An option that ends the line has the NULL behind it for its value.
 */
static int take_options(struct cli *cli, int argc, char **argv,
			struct options *ret_options)
{
	const char *value;
	int left = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			while (i < argc)
				argv[left++] = argv[i++];
		} else if (is_option(argv[i], "-j", "--json")) {
			cli->json = true;
		} else if (is_option(argv[i], "-t", "--trace")) {
			cli->trace = CLI_TRACE_MESSAGES;
		} else if ((value = value_behind(argv[i], "--trace"))) {
			ret_options->trace = value;
			cli->trace = CLI_TRACE_FULL;
		} else if (is_option(argv[i], "-h", "--help")) {
			cli->help = true;
		} else if (strcmp(argv[i], "--version") == 0) {
			ret_options->version = true;
		} else if (is_option(argv[i], "-l", "--link")) {
			cli->link = argv[++i];
		} else if ((value = value_behind(argv[i], "--link"))) {
			cli->link = value;
		} else if (strcmp(argv[i], "--wait") == 0) {
			cli->wait_us = cli->again_us = VSCMI_NEVER;
		} else if ((value = value_behind(argv[i], "--wait"))) {
			ret_options->wait = value;
		} else if (strcmp(argv[i], "--timeout") == 0) {
			ret_options->timeout = argv[++i] ? argv[i] : "";
		} else if ((value = value_behind(argv[i], "--timeout"))) {
			ret_options->timeout = value;
		} else if (strcmp(argv[i], "--poll-us") == 0) {
			ret_options->poll_us = argv[++i] ? argv[i] : "";
		} else if ((value = value_behind(argv[i], "--poll-us"))) {
			ret_options->poll_us = value;
		} else if (strcmp(argv[i], "--control") == 0) {
			cli->control = argv[++i];
		} else if ((value = value_behind(argv[i], "--control"))) {
			cli->control = value;
		} else {
			argv[left++] = argv[i];
		}
	}
	argv[left] = NULL;
	return left;
}

static bool parse_poll_us(const char *text, uint32_t *ret_poll_us)
{
	char *end;
	unsigned long poll_us = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || poll_us > POLL_US_MAX)
		return false;
	*ret_poll_us = (uint32_t)poll_us;
	return true;
}

int cli_run_command(struct cli *cli, int argc, char **argv)
{
	int status;

	cli->command = find_command(argv[0]);
	if (!cli->command) {
		status = cli_misused(cli, "no %s %s",
				     argv[0][0] == '-' ? "option" : "command", argv[0]);
		if (!cli->json)
			print_usage(stderr);
		return status;
	}
	if (cli->help) {
		print_help(cli->command);
		return CLI_DONE;
	}
	if (cli->stats && !cli->command->needs_link)
		return cli_misused(cli,
				   "it has no link on which something could be counted");
	if (cli->command->needs_link) {
		status = cli_connect(cli);
		if (status != CLI_DONE)
			return status;
	}
	/* Each command reads its own options, and says itself what is wrong with them. */
	optind = 0;
	opterr = 0;
	return cli->command->run(cli, argc, argv);
}

int main(int argc, char **argv)
{
	struct cli cli = { .link = getenv("VSCMI_LINK"),
			   .control = getenv("VSCMI_CONTROL"),
			   .again_us = VSCMI_NEVER,
			   .poll_us = VSCMI_LOOP_POLL_US };
	struct options options = { 0 };
	int status;

	setlocale(LC_CTYPE, "");
	cli.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (!cli.link || !*cli.link)
		cli.link = "demo";
	if (!cli.control)
		cli.control = "";
	argc = take_options(&cli, argc, argv, &options);
	if (!cli.link)
		return cli_misused(&cli, "--link, expected " CLI_LINKS);
	if (!cli.control)
		return cli_misused(&cli, "--control, expected the path of a socket");
	if (options.trace && strcmp(options.trace, "full") != 0)
		return cli_misused(&cli, "--trace=%s, expected full", options.trace);
	if (options.wait && !vscmi_duration_parse(options.wait, &cli.wait_us))
		return cli_misused(&cli, "--wait=%s, expected a duration such as 10s",
				   options.wait);
	if (options.wait)
		cli.again_us = cli.wait_us;
	if (options.timeout && (!vscmi_duration_parse(options.timeout, &cli.timeout_us) ||
				cli.timeout_us == 0))
		return cli_misused(&cli,
				   "--timeout %s, expected a duration such as 500ms",
				   options.timeout);
	if (options.poll_us && !parse_poll_us(options.poll_us, &cli.poll_us))
		return cli_misused(&cli, "--poll-us %s, expected 0 to 1000000",
				   options.poll_us);
	if (options.version) {
		puts("vscmi " VSCMI_VERSION);
		return CLI_DONE;
	}
	if (argc == 0) {
		print_usage(cli.help ? stdout : stderr);
		return cli.help ? CLI_DONE : CLI_USAGE;
	}
	status = cli_run_command(&cli, argc, argv);
	cli_disconnect(&cli);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("vscmi: standard output");
		return status == CLI_DONE ? CLI_NO_CONNECTION : status;
	}
	return status;
}
