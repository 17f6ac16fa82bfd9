/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi ping */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <vscmi/host/loop.h>

#include "catalog.h"
#include "output.h"

#define COUNT_DEFAULT 1000u
#define COUNT_MAX     1000000u

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

static double quantile_us(const uint64_t *sorted_ns, size_t count, double share)
{
	return (double)sorted_ns[(size_t)(share * (double)(count - 1) + 0.5)] / 1e3;
}

static void show(const struct cli *cli, uint64_t *round_trips_ns, size_t count)
{
	static const struct {
		const char *key, *name;
		double share;
	} rows[] = {
		{ "min_us", "min", 0 },
		{ "median_us", "median", 0.5 },
		{ "p99_us", "p99", 0.99 },
		{ "max_us", "max", 1 },
	};
	json_t *document = json_pack("{s:I}", "round_trips", (json_int_t)count);

	qsort(round_trips_ns, count, sizeof(*round_trips_ns), compare);
	if (!cli->json)
		printf("%zu round trips:", count);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double value_us = quantile_us(round_trips_ns, count, rows[i].share);

		json_object_set_new(document, rows[i].key, json_real(value_us));
		if (!cli->json)
			printf("%s %s %.1f us", i ? "," : "", rows[i].name, value_us);
	}
	if (cli->json)
		cli_json(document, false);
	else
		putchar('\n');
	json_decref(document);
}

static int measure(struct cli *cli, uint64_t *round_trips_ns, size_t count)
{
	bool progress = isatty(STDERR_FILENO) && !cli->trace;
	uint64_t shown_us = vscmi_monotonic_us();
	uint32_t version;

	for (size_t i = 0; i < count; i++) {
		uint64_t start_ns = now_ns();
		struct vscmi_result result = vscmi_agent_protocol_version(
			cli->agent, VSCMI_PROTOCOL_BASE, &version);

		round_trips_ns[i] = now_ns() - start_ns;
		if (vscmi_failed(result))
			return cli_failed(cli, result, "round trip %zu", i + 1);
		if (progress && vscmi_monotonic_us() - shown_us > 500000) {
			shown_us = vscmi_monotonic_us();
			fprintf(stderr, "\r%zu of %zu", i + 1, count);
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
	uint64_t count = COUNT_DEFAULT, *round_trips_ns;
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
	round_trips_ns = calloc(count, sizeof(*round_trips_ns));
	if (!round_trips_ns)
		return cli_failed(cli, vscmi_local(VSCMI_E_NO_MEMORY), "ping");
	status = measure(cli, round_trips_ns, count);
	if (status == CLI_DONE)
		show(cli, round_trips_ns, count);
	free(round_trips_ns);
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
