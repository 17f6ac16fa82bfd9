/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi control: steer a running vscmid over its control socket, docs/control.md. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <vscmi/host/quantity.h>

#include "ask.h"
#include "output.h"
#include "stats.h"

/* What a command's arguments are called in a request. */
struct parameter {
	const char *key; /* NULL: the argument before is the key, sensor or clock */
	bool number;
	bool optional;
};

struct command {
	const char *name;
	struct parameter parameters[3]; /* those that have a key or are a pair */
	size_t count;
	void (*show)(const struct cli *cli, const json_t *reply);
};

/*
 * ---- Requests ----
 */

static bool add_argument(json_t *request, const struct parameter *parameter,
			 const char *key, const char *text)
{
	struct vscmi_decimal decimal;
	double value;

	if (!parameter->number)
		return json_object_set_new(request, key, json_string(text)) == 0;
	if (!vscmi_decimal_parse(text, &decimal))
		return false;
	value = vscmi_decimal_value(decimal);
	return json_object_set_new(request, key,
				   fabs(value) < 1e15 && trunc(value) == value
					   ? json_integer((json_int_t)value)
					   : json_real(value)) == 0;
}

static int make_request(const struct cli *cli, const struct command *command, int argc,
			char **argv, json_t *request)
{
	int at = 1;

	json_object_set_new(request, "command", json_string(command->name));
	for (size_t i = 0; i < command->count; i++) {
		const struct parameter *parameter = &command->parameters[i];
		const char *key = parameter->key;

		if (at == argc && parameter->optional)
			break;
		if (!key && at < argc) {
			key = argv[at++];
			if (strcmp(key, "sensor") != 0 && strcmp(key, "clock") != 0)
				return cli_misused(cli, "%s %s, expected sensor or clock",
						   command->name, key);
		}
		if (at >= argc)
			return cli_misused(cli, "%s: no %s; vscmi control --help",
					   command->name, key ? key : "sensor or clock");
		if (!add_argument(request, parameter, key, argv[at]))
			return cli_misused(cli, "%s: %s %s, expected a decimal number",
					   command->name, key, argv[at]);
		at++;
	}
	if (at < argc)
		return cli_misused(cli, "%s: %s is one argument too many", command->name,
				   argv[at]);
	return CLI_DONE;
}

/*
 * ---- Replies ----
 */

static void connected_cell(const struct cli *cli, const json_t *row,
			   char text[CLI_CELL_BYTES])
{
	snprintf(text, CLI_CELL_BYTES, "%s",
		 json_is_true(json_object_get(row, "connected")) ? "yes" : "no");
}

static void show_agents(const struct cli *cli, const json_t *reply)
{
	static const struct cli_column columns[] = {
		{ .title = "ID", .key = "id", .right = true },
		{ .title = "NAME", .key = "name" },
		{ .title = "CONNECTED", .cell = connected_cell },
	};

	cli_table(cli, json_object_get(reply, "agents"), columns,
		  sizeof(columns) / sizeof(columns[0]));
}

/* NULL for a key: the argument before it, "sensor" or "clock". */
#define TEXT(name)            \
	{                     \
		.key = (name) \
	}
#define NUMBER(name)                          \
	{                                     \
		.key = (name), .number = true \
	}
#define OPTIONAL(name)                          \
	{                                       \
		.key = (name), .optional = true \
	}
#define OPTIONAL_NUMBER(name)                                   \
	{                                                       \
		.key = (name), .number = true, .optional = true \
	}

static const struct command commands[] = {
	{ .name = "set",
	  .parameters = { TEXT("sensor"), NUMBER("value"), OPTIONAL_NUMBER("axis") },
	  .count = 3 },
	{ .name = "release", .parameters = { TEXT("sensor") }, .count = 1 },
	{ .name = "fail", .parameters = { TEXT(NULL), OPTIONAL("status") }, .count = 2 },
	{ .name = "repair", .parameters = { TEXT(NULL) }, .count = 1 },
	{ .name = "shutdown",
	  .parameters = { TEXT("agent"), OPTIONAL_NUMBER("timeout_ms") },
	  .count = 2 },
	{ .name = "reboot",
	  .parameters = { TEXT("agent"), OPTIONAL_NUMBER("timeout_ms") },
	  .count = 2 },
	{ .name = "agents", .show = show_agents },
	{ .name = "counters", .show = cli_show_counters },
};

/*
 * ---- The command ----
 */

static int ask(const struct cli *cli, const char *path, const struct command *command,
	       json_t *request)
{
	json_t *reply;
	int status = cli_ask_daemon(cli, path, request, &reply);

	if (status != CLI_DONE)
		return status;
	if (cli->json)
		cli_json(reply, false);
	else if (command->show)
		command->show(cli, reply);
	json_decref(reply);
	return CLI_DONE;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

/* The path may be left out where --control or VSCMI_CONTROL names it. */
static int run(struct cli *cli, int argc, char **argv)
{
	bool named = *cli->control && argc > 1 && find_command(argv[1]);
	int at = named ? 1 : 2;
	const char *path = named ? cli->control : argv[1];
	const struct command *command;
	json_t *request;
	int status;

	if (argc <= at)
		return cli_misused(cli,
				   "control takes the path of a socket, and a command");
	command = find_command(argv[at]);
	if (!command)
		return cli_misused(cli, "no command %s; vscmi control --help lists them",
				   argv[at]);
	request = json_object();
	status = make_request(cli, command, argc - at, argv + at, request);
	if (status == CLI_DONE)
		status = ask(cli, path, command, request);
	else
		json_decref(request);
	return status;
}

const struct cli_command cli_control = {
	.name = "control",
	.summary = "steer a running vscmid",
	.help = "vscmi control PATH set SENSOR VALUE [AXIS]       hold a simulated "
		"sensor at a value\n"
		"vscmi control PATH release SENSOR                let it move again\n"
		"vscmi control PATH fail sensor|clock NAME [STATUS]\n"
		"vscmi control PATH repair sensor|clock NAME\n"
		"vscmi control PATH shutdown AGENT [TIMEOUT_MS]   ask a guest to shut "
		"down\n"
		"vscmi control PATH reboot AGENT [TIMEOUT_MS]\n"
		"vscmi control PATH agents                        who is there\n"
		"vscmi control PATH counters                      what they asked, and "
		"how it went\n"
		"\n"
		"PATH is vscmid's --control socket; it may be left out if --control or\n"
		"VSCMI_CONTROL names it.\n",
	.needs_link = false,
	.run = run,
};
