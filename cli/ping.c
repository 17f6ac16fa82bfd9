/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi ping */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include <vscmi/host/loop.h>

#include "catalog.h"
#include "connection.h"
#include "output.h"
#include "round_trips.h"

#define COUNT_DEFAULT 1000u
#define COUNT_MAX     1000000u

static int measure(struct cli *cli, struct cli_round_trips *trips, size_t count)
{
	bool progress = isatty(STDERR_FILENO) && !cli->trace;
	uint64_t shown_us = vscmi_monotonic_us();
	uint32_t version;

	cli_keep(cli);
	for (size_t i = 0; i < count;) {
		uint64_t start_ns = cli_now_ns();
		struct vscmi_result result = vscmi_agent_protocol_version(
			cli->agent, VSCMI_PROTOCOL_BASE, &version);

		if (cli_link_returns(cli, result))
			continue;
		if (!vscmi_failed(result) && !cli_round_trips_add(trips, start_ns))
			result = vscmi_local(VSCMI_E_NO_MEMORY);
		if (vscmi_failed(result))
			return cli_failed(cli, result, "round trip %zu", i + 1);
		i++;
		if (progress && vscmi_monotonic_us() - shown_us > 500000) {
			shown_us = vscmi_monotonic_us();
			fprintf(stderr, "\r%zu of %zu", i, count);
		}
	}
	if (progress)
		fputs("\r\033[K", stderr);
	return CLI_DONE;
}

static int run(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'c' }, { 0 }
	};
	struct cli_round_trips trips = { 0 };
	uint64_t count = COUNT_DEFAULT;
	json_t *model;
	int option, status;

	while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (option != 'c')
			return cli_bad_option(cli, argv);
		if (!cli_parse_number(optarg, COUNT_MAX, &count) || count == 0)
			return cli_misused(cli, "--count %s, expected 1 to %u", optarg,
					   COUNT_MAX);
	}
	if (optind < argc)
		return cli_misused(cli, "ping takes no argument but options");
	status = measure(cli, &trips, count);
	if (status == CLI_DONE) {
		model = cli_round_trips_model(&trips);
		if (cli->json) {
			cli_json(model, false);
		} else {
			printf("%zu round trips: ", trips.count);
			cli_round_trips_print(stdout, model);
		}
		json_decref(model);
	}
	cli_round_trips_free(&trips);
	return status;
}

const struct cli_command cli_ping = {
	.name = "ping",
	.summary = "measure round trips",
	.help = "vscmi ping [--count N]\n"
		"\n"
		"Asks for the version of the base protocol N times (1000), one after the "
		"other, and\n"
		"shows how long the answers took.\n",
	.needs_link = true,
	.run = run,
};
