/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi stats */
#include "stats.h"

#include <ctype.h>
#include <string.h>

#include "ask.h"
#include "output.h"
#include "round_trips.h"

struct cli_stats {
	struct cli_round_trips trips;
	uint64_t start_ns[VSCMI_TOKENS]; /* of the command that had the token last */
};

void cli_stats_observe(struct cli_stats *stats, const struct vscmi_trace *trace)
{
	uint16_t token;

	if (trace->point != VSCMI_TRACE_SUBMIT && trace->point != VSCMI_TRACE_COMPLETION)
		return;
	token = vscmi_header_unpack(cli_word(trace->message)).token;
	if (trace->point == VSCMI_TRACE_SUBMIT)
		stats->start_ns[token] = cli_now_ns();
	else if (!vscmi_failed(trace->result) || trace->result.error == VSCMI_E_REFUSED)
		/* Without memory it is not among those that are shown. */
		cli_round_trips_add(&stats->trips, stats->start_ns[token]);
}

/*
 * ---- Counts as text ----
 */

/* "delayed_responses" as "delayed responses"; the specification's names stay: "NOT_FOUND". */
static void put_name(const char *key, char *text, size_t room)
{
	size_t i;

	for (i = 0; i + 1 < room && key[i]; i++)
		text[i] = key[i] == '_' && islower((unsigned char)key[i + 1]) ? ' '
									      : key[i];
	text[i] = '\0';
}

static bool print_count(FILE *to, const char *group, const char *key, const json_t *value)
{
	char group_name[CLI_CELL_BYTES], name[CLI_CELL_BYTES];

	if (json_integer_value(value) == 0)
		return false;
	put_name(group, group_name, sizeof(group_name));
	put_name(key, name, sizeof(name));
	fprintf(to, "%10" JSON_INTEGER_FORMAT "  %s%s%s\n", json_integer_value(value),
		group_name, *group_name ? ": " : "", name);
	return true;
}

/* Every count of an object, and of the objects in it, that is not 0. */
static void print_counts(FILE *to, const json_t *counts)
{
	const char *key, *inner;
	json_t *value, *count;
	bool any = false;

	json_object_foreach((json_t *)counts, key, value)
	{
		any |= print_count(to, "", key, value);
		json_object_foreach(value, inner, count) any |=
			print_count(to, key, inner, count);
	}
	if (!any)
		fprintf(to, "%10s\n", "nothing");
}

void cli_show_counters(const struct cli *cli, const json_t *reply)
{
	bool bold = cli_wants_colour(stdout);
	const char *name;
	json_t *agent;

	json_object_foreach(json_object_get(reply, "agents"), name, agent)
	{
		printf("%s%s%s\n", bold ? CLI_BOLD : "", name, bold ? CLI_PLAIN : "");
		print_counts(stdout, agent);
	}
}

/*
 * ---- The command ----
 */

static void set_count(json_t *object, const char *name, uint32_t count)
{
	char key[CLI_CELL_BYTES];
	size_t i;

	for (i = 0; i + 1 < sizeof(key) && name[i]; i++)
		key[i] = name[i] == ' ' ? '_' : name[i];
	key[i] = '\0';
	json_object_set_new(object, key, json_integer(count));
}

/* {"commands", "replies", ..., "dropped": {"late_reply", ...}}; only those that were dropped. */
static json_t *model_of(const struct vscmi_agent *agent)
{
	json_t *model = json_object(), *dropped = json_object();

	for (enum vscmi_counter i = 0; i < VSCMI_COUNTERS; i++)
		set_count(model, vscmi_counter_name(i), vscmi_agent_counter(agent, i));
	for (enum vscmi_anomaly i = 0; i < VSCMI_ANOMALIES; i++) {
		if (vscmi_agent_anomalies(agent, i) != 0)
			set_count(dropped, vscmi_anomaly_name(i),
				  vscmi_agent_anomalies(agent, i));
	}
	json_object_set_new(model, "dropped", dropped);
	return model;
}

/* Behind what the command printed, and not in its way: standard output is the command's. */
static void show(const struct cli *cli, struct cli_stats *stats)
{
	json_t *model = model_of(cli->agent),
	       *trips = cli_round_trips_model(&stats->trips);

	fflush(stdout);
	if (cli->json) {
		json_object_update(model, trips);
		json_dumpf(model, stderr, JSON_REAL_PRECISION(15) | JSON_COMPACT);
		fputc('\n', stderr);
	} else {
		fputc('\n', stderr);
		print_counts(stderr, model);
		if (stats->trips.count > 0) {
			fprintf(stderr, "%10zu  round trips: ", stats->trips.count);
			cli_round_trips_print(stderr, trips);
		}
	}
	json_decref(model);
	json_decref(trips);
}

static int show_daemon(const struct cli *cli)
{
	json_t *reply;
	int status;

	if (!*cli->control)
		return cli_misused(cli, "stats takes a command, or --control");
	status = cli_ask_daemon(cli, cli->control,
				json_pack("{s:s}", "command", "counters"), &reply);
	if (status != CLI_DONE)
		return status;
	if (cli->json)
		cli_json(reply, false);
	else
		cli_show_counters(cli, reply);
	json_decref(reply);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct cli_stats stats = { 0 };
	int status;

	if (argc == 1)
		return show_daemon(cli);
	cli->stats = &stats;
	status = cli_run_command(cli, argc - 1, argv + 1);
	if (cli->agent)
		show(cli, &stats);
	cli->stats = NULL;
	cli_round_trips_free(&stats.trips);
	return status;
}

const struct cli_command cli_stats = {
	.name = "stats",
	.summary = "count what happens during a command, or at a vscmid",
	.help = "vscmi stats COMMAND [ARGUMENT...]\n"
		"vscmi --control PATH stats\n"
		"\n"
		"Runs another command, and then shows, on standard error, what passed "
		"between vscmi and\n"
		"the platform meanwhile: commands, their answers and how long they "
		"took, and what was\n"
		"dropped, and why. The exit status is the command's.\n"
		"\n"
		"Without a command: what vscmid has counted for each of its agents since "
		"it started.\n",
	.needs_link = false,
	.run = run,
};
