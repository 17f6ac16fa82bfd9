/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * simulation [--seed N] [--transactions N] [--seconds S] [--trace STEPS]
 *
 * Runs the worlds of the seeds from N on: one, or until so many commands have ended, or so
 * many seconds have passed. Speaks TAP. When a world fails, the last line says how to run it
 * again.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model.h"
#include "scheduler.h"
#include "world.h"

static const char *program;
static uint64_t seed = 1;

static void on_failure(void)
{
	printf("not ok 1 - seed %" PRIu64 ": %s\n", seed, world_description());
	printf("1..1\n# again: %s --seed %" PRIu64 " --trace 200\n", program, seed);
}

static void show_totals(uint64_t first_seed)
{
	const struct model_totals *totals = &model_totals;

	printf("# %" PRIu64 " transactions in %" PRIu64 " worlds, seeds %" PRIu64
	       " to %" PRIu64 "\n",
	       totals->commands, seed - first_seed, first_seed, seed - 1);
	printf("# outcomes: %" PRIu64 " answered, %" PRIu64 " refused, %" PRIu64
	       " malformed, %" PRIu64 " timed out, %" PRIu64 " lost, %" PRIu64
	       " cancelled; %" PRIu64 " not sent\n",
	       totals->answers, totals->refusals, totals->malformed, totals->timeouts,
	       totals->lost, totals->cancelled, totals->failed_submits);
	printf("# %" PRIu64 " messages arrived, %" PRIu64
	       " notifications among them, in %" PRIu64
	       " callbacks; the link went down %" PRIu64 " times\n",
	       totals->arrivals, totals->notifications, totals->callbacks, totals->downs);
	printf("# dropped or odd:");
	for (int i = 0; i < VSCMI_ANOMALIES; i++)
		if (totals->anomalies[i])
			printf(" %s %" PRIu64 ",", vscmi_anomaly_name(i),
			       totals->anomalies[i]);
	printf(" ghosts %" PRIu64 ", undecided %" PRIu64 "\n", totals->ghosts,
	       totals->undecided);
}

static uint64_t number(const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = text ? strtoull(text, &end, 0) : 0;
	if (!text || *end || errno || text[0] == '-') {
		fprintf(stderr,
			"usage: %s [--seed N] [--transactions N] [--seconds S] "
			"[--trace STEPS]\n",
			program);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	uint64_t transactions = 0, seconds = 0, first_seed;
	time_t begin = time(NULL);

	program = argv[0];
	for (int i = 1; i < argc; i += 2) {
		uint64_t value = number(argv[i + 1]);

		if (strcmp(argv[i], "--seed") == 0)
			seed = value;
		else if (strcmp(argv[i], "--transactions") == 0)
			transactions = value;
		else if (strcmp(argv[i], "--seconds") == 0)
			seconds = value;
		else if (strcmp(argv[i], "--trace") == 0)
			sim_trace((uint32_t)value);
		else
			number(NULL);
	}
	first_seed = seed;
	sim_on_failure = on_failure;
	do {
		world_run(seed);
		seed++;
	} while (model_totals.commands < transactions ||
		 (uint64_t)(time(NULL) - begin) < seconds);
	printf("ok 1 - every outcome is explained, and everything is free again\n1..1\n");
	show_totals(first_seed);
	return 0;
}
