/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi clock */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vscmi/host/quantity.h>

#include "catalog.h"
#include "interrupt.h"
#include "model.h"
#include "output.h"

static void state_cell(const struct cli *cli, const json_t *row,
		       char text[CLI_CELL_BYTES])
{
	snprintf(text, CLI_CELL_BYTES, "%s",
		 json_is_true(json_object_get(row, "enabled")) ? "on" : "off");
}

static void rate_cell(const struct cli *cli, const json_t *row, char text[CLI_CELL_BYTES])
{
	cli_rate(cli_number(row, "rate_hz"), text);
}

static void rates_cell(const struct cli *cli, const json_t *row,
		       char text[CLI_CELL_BYTES])
{
	cli_clock_rates_text(row, text);
}

static const struct cli_column columns[] = {
	{ .title = "ID", .key = "id", .right = true },
	{ .title = "NAME", .key = "name" },
	{ .title = "STATE", .cell = state_cell },
	{ .title = "RATE", .cell = rate_cell, .right = true },
	{ .title = "RATES", .cell = rates_cell },
	{ .title = "PARENT", .key = "parent" },
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

static int list(struct cli *cli, int argc, char **argv)
{
	struct vscmi_result result;
	json_t *clocks;

	if (argc != 1)
		return cli_misused(cli, "list takes no argument");
	clocks = json_array();
	result = cli_add_clock_models(cli, clocks);
	if (!vscmi_failed(result) && cli->json)
		cli_json(clocks, false);
	else if (!vscmi_failed(result))
		cli_table(cli, clocks, columns, COLUMN_COUNT);
	json_decref(clocks);
	return vscmi_failed(result) ? cli_failed(cli, result, "clocks") : CLI_DONE;
}

/* Show one clock as it is now. */
static int show(struct cli *cli, uint32_t clock_id)
{
	json_t *clocks = json_array();
	struct vscmi_result result = cli_add_clock_model(cli, clock_id, clocks);

	if (!vscmi_failed(result) && cli->json)
		cli_json(json_array_get(clocks, 0), false);
	else if (!vscmi_failed(result))
		cli_table(cli, clocks, columns, COLUMN_COUNT);
	json_decref(clocks);
	return vscmi_failed(result) ? cli_failed(cli, result, "clock %u", clock_id)
				    : CLI_DONE;
}

/* The same after a change, which may last only as long as the connection. */
static int show_changed(struct cli *cli, uint32_t clock_id, bool hold)
{
	int status = show(cli, clock_id);

	return status == CLI_DONE && hold ? cli_hold(cli) : status;
}

static int get(struct cli *cli, int argc, char **argv)
{
	struct vscmi_clock clock;
	uint32_t clock_id;
	int status;

	if (argc != 2)
		return cli_misused(cli, "get takes one clock, its name or id");
	status = cli_find_clock(cli, argv[1], &clock_id, &clock);
	return status == CLI_DONE ? show(cli, clock_id) : status;
}

static bool parse_rounding(const char *text, enum vscmi_clock_rounding *ret_rounding)
{
	static const char *const names[] = {
		[VSCMI_CLOCK_ROUND_DOWN] = "down",
		[VSCMI_CLOCK_ROUND_UP] = "up",
		[VSCMI_CLOCK_ROUND_NEAREST] = "nearest",
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret_rounding = (enum vscmi_clock_rounding)i;
			return true;
		}
	}
	return false;
}

static int set(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "async", no_argument, NULL, 'a' },
		{ "hold", no_argument, NULL, 'H' },
		{ "round", required_argument, NULL, 'r' },
		{ 0 },
	};
	enum vscmi_clock_rounding rounding = VSCMI_CLOCK_ROUND_NEAREST;
	struct vscmi_clock clock;
	struct vscmi_result result;
	uint32_t clock_id;
	uint64_t rate_hz;
	bool async = false, hold = false;
	int option, status;

	while ((option = getopt_long(argc, argv, "ar:H", options, NULL)) != -1) {
		if (option == 'a')
			async = true;
		else if (option == 'H')
			hold = true;
		else if (option != 'r')
			return cli_bad_option(cli, argv);
		else if (!parse_rounding(optarg, &rounding))
			return cli_misused(
				cli, "--round %s, expected down, up or nearest", optarg);
	}
	if (argc - optind != 2)
		return cli_misused(cli, "set takes a clock and a rate");
	if (!vscmi_rate_parse(argv[optind + 1], &rate_hz))
		return cli_misused(
			cli, "rate %s, expected a number, such as 48000000 or 48MHz",
			argv[optind + 1]);
	status = cli_find_clock(cli, argv[optind], &clock_id, &clock);
	if (status != CLI_DONE)
		return status;
	result = async ? vscmi_clock_rate_set_async(cli->agent, clock_id, rate_hz,
						    rounding, &rate_hz)
		       : vscmi_clock_rate_set(cli->agent, clock_id, rate_hz, rounding);
	if (vscmi_failed(result))
		return cli_failed(cli, result, "set %s to %s", argv[optind],
				  argv[optind + 1]);
	return show_changed(cli, clock_id, hold);
}

static int enable(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "hold", no_argument, NULL, 'H' },
						 { 0 } };
	bool on = strcmp(argv[0], "enable") == 0, hold = false;
	struct vscmi_clock clock;
	struct vscmi_result result;
	uint32_t clock_id;
	int option, status;

	while ((option = getopt_long(argc, argv, "H", options, NULL)) != -1) {
		if (option != 'H')
			return cli_bad_option(cli, argv);
		hold = true;
	}
	if (argc - optind != 1)
		return cli_misused(cli, "%s takes one clock, its name or id", argv[0]);
	status = cli_find_clock(cli, argv[optind], &clock_id, &clock);
	if (status != CLI_DONE)
		return status;
	result = on ? vscmi_clock_enable(cli->agent, clock_id)
		    : vscmi_clock_disable(cli->agent, clock_id);
	if (vscmi_failed(result))
		return cli_failed(cli, result, "%s %s", argv[0], argv[optind]);
	return show_changed(cli, clock_id, hold);
}

static const struct cli_action actions[] = {
	{ "list", list },     { "get", get },        { "set", set },
	{ "enable", enable }, { "disable", enable }, { 0 },
};

static int run(struct cli *cli, int argc, char **argv)
{
	return cli_run_action(cli, actions, argc, argv);
}

const struct cli_command cli_clock = {
	.name = "clock",
	.summary = "list, read and change clocks",
	.help = "vscmi clock list\n"
		"vscmi clock get NAME|ID\n"
		"vscmi clock set NAME|ID RATE [--round down|up|nearest] [--async] "
		"[--hold]\n"
		"vscmi clock enable|disable NAME|ID [--hold]\n"
		"\n"
		"RATE is in hertz, or has a unit: 48000000, 48MHz. Where the clock does "
		"not have it,\n"
		"--round says which it gets (nearest). --async asks for a delayed "
		"response and waits\n"
		"for it.\n"
		"\n"
		"A platform such as vscmid takes back what an agent did when the agent "
		"is gone, which\n"
		"vscmi is when it ends. --hold stays until Ctrl-C.\n",
	.needs_link = true,
	.run = run,
};
