/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * simulation [--seed N] [--transactions N] [--seconds S] [--trace STEPS] [--lie L]
 *
 * Runs the worlds of the seeds from N on: one, or until so many commands have ended and so
 * many seconds have passed. When one fails, the last line says how to run it again. With
 * --self-test it lets itself be lied to, and sees that it objects. Speaks TAP.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "model.h"
#include "scheduler.h"
#include "world.h"

#define PROGRESS_S 10

static const char *program;
static uint64_t first_seed = 1, seed;

/* By link. */
static struct {
	const char *link;
	uint64_t commands, worlds;
} share[4];

static void on_failure(void)
{
	printf("not ok 1 - seed %" PRIu64 ": %s\n", seed, world_description());
	printf("1..1\n# again: %s --seed %" PRIu64 " --trace 300", program, seed);
	printf(model_lie ? " --lie %d\n" : "\n", (int)model_lie);
}

static void show_outcomes(void)
{
	const struct model_totals *totals = &model_totals;

	printf("# %" PRIu64 " transactions, seeds %" PRIu64 " to %" PRIu64 ": %" PRIu64
	       " answered, %" PRIu64 " refused, %" PRIu64 " malformed, %" PRIu64
	       " timed out, %" PRIu64 " lost with the link, %" PRIu64 " cancelled\n",
	       totals->commands, first_seed, seed - 1, totals->answers, totals->refusals,
	       totals->malformed, totals->timeouts, totals->lost, totals->cancelled);
	fflush(stdout);
}

static void show_all(void)
{
	const struct model_totals *totals = &model_totals;

	show_outcomes();
	printf("# %" PRIu64 " messages, %" PRIu64 " notifications among them, %" PRIu64
	       " callbacks, %" PRIu64 " times link down\n# dropped or odd:",
	       totals->arrivals, totals->notifications, totals->callbacks, totals->downs);
	for (enum vscmi_anomaly i = 0; i < VSCMI_ANOMALIES; i++)
		if (totals->anomalies[i])
			printf(" %s %" PRIu64 ",", vscmi_anomaly_name(i),
			       totals->anomalies[i]);
	printf("\n# faults done:");
	for (enum vscmi_fault i = 0; i < VSCMI_FAULT_COUNT; i++)
		printf(" %s %" PRIu64 ",", vscmi_fault_name(i), world_faults_done[i]);
	printf("\n# answers that matched in every bit and were meant for an older "
	       "command: "
	       "%" PRIu64 "; commands with too many events to judge: %" PRIu64 "\n",
	       totals->ghosts, totals->undecided);
}

static void add_share(const char *link, uint64_t commands)
{
	int i = 0;

	while (share[i].link && share[i].link != link)
		i++;
	share[i].link = link;
	share[i].commands += commands;
	share[i].worlds++;
}

static void run_worlds(uint64_t transactions, time_t seconds)
{
	time_t begin = time(NULL), shown = begin;
	int count = 0;

	seed = first_seed;
	do {
		uint64_t before = model_totals.commands;

		world_run(seed);
		seed++;
		add_share(world_link(), model_totals.commands - before);
		if (time(NULL) - shown >= PROGRESS_S) {
			shown = time(NULL);
			show_outcomes();
		}
	} while (model_totals.commands < transactions || time(NULL) - begin < seconds);
	for (; count < 4 && share[count].link; count++)
		printf("ok %d - over %s, %" PRIu64 " transactions in %" PRIu64
		       " worlds are explained\n",
		       count + 1, share[count].link, share[count].commands,
		       share[count].worlds);
	printf("1..%d\n", count);
	show_all();
}

/* In a process of its own, for a failure ends it. */
static bool objects_to(enum model_lie lie)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(2);
		model_lie = lie;
		run_worlds(10000, 0);
		_exit(0);
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	       WEXITSTATUS(status) == (lie == LIE_NONE ? 0 : 1);
}

static int self_test(void)
{
	static const char *const texts[] = {
#define LIE(NAME, text) text,
		MODEL_LIES(LIE)
#undef LIE
	};
	int failed = 0;

	printf("1..%d\n", LIES);
	for (enum model_lie lie = 0; lie < LIES; lie++) {
		bool objects = objects_to(lie);

		printf("%s %u - %s\n", objects ? "ok" : "not ok", lie + 1u, texts[lie]);
		failed |= !objects;
	}
	return failed;
}

static uint64_t number(const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = text ? strtoull(text, &end, 0) : 0;
	if (!text || end == text || *end || errno || text[0] == '-') {
		fprintf(stderr,
			"usage: %s [--seed N] [--transactions N] [--seconds S] "
			"[--trace STEPS] [--lie L]\n       %s --self-test\n",
			program, program);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	uint64_t transactions = 0;
	time_t seconds = 0;

	program = argv[0];
	sim_on_failure = on_failure;
	if (argc == 2 && strcmp(argv[1], "--self-test") == 0)
		return self_test();
	for (int i = 1; i < argc; i += 2) {
		uint64_t value = number(argv[i + 1]);

		if (strcmp(argv[i], "--seed") == 0)
			first_seed = value;
		else if (strcmp(argv[i], "--transactions") == 0)
			transactions = value;
		else if (strcmp(argv[i], "--seconds") == 0)
			seconds = (time_t)value;
		else if (strcmp(argv[i], "--trace") == 0)
			sim_trace((uint32_t)value);
		else if (strcmp(argv[i], "--lie") == 0 && value < LIES)
			model_lie = (enum model_lie)value;
		else
			number(NULL);
	}
	run_worlds(transactions, seconds);
	return 0;
}
