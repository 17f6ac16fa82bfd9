/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi: an SCMI agent for the shell. */
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connection.h"

/* One row, one file. */
static const struct cli_command *const commands[] = {
	&cli_discover, &cli_sensor, &cli_clock, &cli_raw, &cli_ping, &cli_control,
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *to)
{
	fputs("usage: vscmi [OPTION...] COMMAND [ARGUMENT...]\n\n", to);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(to, "  %-10s%s\n", commands[i]->name, commands[i]->summary);
	fputs("\n"
	      "  -l, --link LINK   demo, a board in this process (default), or\n"
	      "                    vhost-user:PATH, a device's socket; VSCMI_LINK sets "
	      "it too\n"
	      "  -j, --json        results and errors as JSON\n"
	      "  -t, --trace       show every message, decoded, on standard error\n"
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

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

static int run_command(struct cli *cli, int argc, char **argv)
{
	struct vscmi_problem problem;
	enum vscmi_error error;
	int status;

	cli->command = find_command(argv[0]);
	if (!cli->command) {
		status = cli_misused(cli, "no command %s", argv[0]);
		if (!cli->json)
			print_usage(stderr);
		return status;
	}
	if (wants_help(argc, argv)) {
		print_help(cli->command);
		return CLI_DONE;
	}
	if (cli->command->needs_link) {
		error = cli_connect(cli, &problem);
		if (error == VSCMI_E_INVALID)
			return cli_misused(cli, "--link %s: %s", cli->link, problem.text);
		if (error != VSCMI_OK)
			return cli_disconnected(cli, "%s", problem.text);
	}
	/* Each command reads its own options. */
	optind = 0;
	return cli->command->run(cli, argc, argv);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "link", required_argument, NULL, 'l' },
		{ "json", no_argument, NULL, 'j' },
		{ "trace", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	struct cli cli = { .link = getenv("VSCMI_LINK") };
	int option, status;

	setlocale(LC_CTYPE, "");
	cli.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	cli.colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	if (!cli.link || !*cli.link)
		cli.link = "demo";
	while ((option = getopt_long(argc, argv, "+l:jth", options, NULL)) != -1) {
		switch (option) {
		case 'l':
			cli.link = optarg;
			break;
		case 'j':
			cli.json = true;
			break;
		case 't':
			cli.trace = true;
			break;
		case 'h':
			print_usage(stdout);
			return CLI_DONE;
		case 'V':
			puts("vscmi " VSCMI_VERSION);
			return CLI_DONE;
		default:
			return CLI_USAGE;
		}
	}
	if (optind == argc) {
		print_usage(stderr);
		return CLI_USAGE;
	}
	status = run_command(&cli, argc - optind, argv + optind);
	cli_disconnect(&cli);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("vscmi: standard output");
		return status == CLI_DONE ? CLI_NO_CONNECTION : status;
	}
	return status;
}
