/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the machine itself needs for a round trip between two processes, each on its core:
 *
 *	bench-limits cache-line SECONDS CPU CPU   one cache line, both spinning
 *	bench-limits eventfd SECONDS CPU CPU      an eventfd each way, both asleep in epoll
 *	bench-limits clock SECONDS CPU CPU        reading the clock, which each round trip does once
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "histogram.h"

#define WARM_UP_NS UINT64_C(20000000)
#define NS_PER_S   1e9
#define THE_END    UINT32_MAX
#define CACHE_LINE 64

/* The two processes. What they share has a cache line of its own. */
struct pair {
	struct {
		_Alignas(CACHE_LINE) _Atomic uint32_t word;
	} * shared;
	int epolls[2], events[2]; /* of the parent and of the child */
};

static void give_up(const char *what)
{
	perror(what);
	exit(1);
}

static void run_on(unsigned int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		give_up("sched_setaffinity");
}

/*
 * ---- One cache line: the parent writes odd numbers, the child the even ones behind them ----
 */

static void bounce(struct pair *pair)
{
	uint32_t next = atomic_load_explicit(&pair->shared->word, memory_order_relaxed);

	atomic_store_explicit(&pair->shared->word, next + 1, memory_order_release);
	while (atomic_load_explicit(&pair->shared->word, memory_order_acquire) !=
	       next + 2)
		relax();
}

static void bounce_back(struct pair *pair)
{
	for (;;) {
		uint32_t word =
			atomic_load_explicit(&pair->shared->word, memory_order_acquire);

		if (word == THE_END)
			return;
		if (word % 2)
			atomic_store_explicit(&pair->shared->word, word + 1,
					      memory_order_release);
		else
			relax();
	}
}

static void end_bounce(struct pair *pair)
{
	atomic_store(&pair->shared->word, THE_END);
}

/*
 * ---- Two eventfds, watched for edges, so that they need not be read ----
 */

static void wake(int event)
{
	uint64_t one = 1;

	if (write(event, &one, sizeof(one)) != sizeof(one))
		give_up("write");
}

static void sleep_until_woken(int epoll)
{
	struct epoll_event event;

	if (epoll_wait(epoll, &event, 1, -1) != 1)
		give_up("epoll_wait");
}

static void wake_and_sleep(struct pair *pair)
{
	wake(pair->events[1]);
	sleep_until_woken(pair->epolls[0]);
}

static void sleep_and_wake(struct pair *pair)
{
	for (;;) {
		sleep_until_woken(pair->epolls[1]);
		if (atomic_load(&pair->shared->word) == THE_END)
			return;
		wake(pair->events[0]);
	}
}

static void end_sleep(struct pair *pair)
{
	atomic_store(&pair->shared->word, THE_END);
	wake(pair->events[1]);
}

/*
 * ---- The clock ----
 */

static void nothing(struct pair *pair)
{
}

static const struct limit {
	const char *name;
	void (*round_trip)(struct pair *pair);
	void (*other_end)(struct pair *pair);
	void (*end)(struct pair *pair);
} limits[] = {
	{ "cache-line", bounce, bounce_back, end_bounce },
	{ "eventfd", wake_and_sleep, sleep_and_wake, end_sleep },
	{ "clock", nothing, nothing, nothing },
};

static void make_pair(struct pair *pair)
{
	struct epoll_event edges = { .events = EPOLLIN | EPOLLET };

	pair->shared = mmap(NULL, sizeof(*pair->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pair->shared == MAP_FAILED)
		give_up("mmap");
	for (int i = 0; i < 2; i++) {
		pair->epolls[i] = epoll_create1(0);
		pair->events[i] = eventfd(0, 0);
		if (epoll_ctl(pair->epolls[i], EPOLL_CTL_ADD, pair->events[i], &edges) <
		    0)
			give_up("epoll");
	}
}

static void measure(const struct limit *limit, struct pair *pair, uint64_t time_ns)
{
	static struct histogram histogram;
	uint64_t start_ns = now_ns(), before_ns = start_ns, after_ns;

	do {
		limit->round_trip(pair);
		after_ns = now_ns();
		if (after_ns - start_ns > WARM_UP_NS)
			histogram_add(&histogram, after_ns - before_ns);
		before_ns = after_ns;
	} while (after_ns - start_ns < WARM_UP_NS + time_ns);
	printf("{\"latency\": ");
	histogram_print(stdout, &histogram);
	printf("}\n");
}

int main(int argc, char **argv)
{
	const struct limit *limit = limits;
	struct pair pair;
	pid_t child;

	if (argc != 5) {
		fprintf(stderr, "usage: %s cache-line|eventfd|clock SECONDS CPU CPU\n",
			argv[0]);
		return 2;
	}
	while (strcmp(limit->name, argv[1]) != 0) {
		if (++limit == limits + sizeof(limits) / sizeof(limits[0])) {
			fprintf(stderr, "%s: no such limit: %s\n", argv[0], argv[1]);
			return 2;
		}
	}
	make_pair(&pair);
	child = fork();
	if (child < 0)
		give_up("fork");
	run_on((unsigned int)strtoul(argv[child ? 3 : 4], NULL, 10));
	if (child == 0) {
		limit->other_end(&pair);
		return 0;
	}
	measure(limit, &pair, (uint64_t)(atof(argv[2]) * NS_PER_S));
	limit->end(&pair);
	waitpid(child, NULL, 0);
	return 0;
}
