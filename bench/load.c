/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guests at work: an agent for each socket, all on one thread, with commands always in flight.
 * What it found is one line of JSON.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <vscmi/agent/event.h>

#include "clock.h"
#include "guest.h"
#include "work.h"

#define NS_PER_S         1e9
#define WARM_UP_COMMANDS 1000u
#define WARM_UP_NS       UINT64_C(100000000)
/* Sets of the clock that subscribers have not been told of: fewer than event buffers. */
#define AHEAD_MAX 32u

static const char usage[] =
	"usage: bench-load [OPTION...] SOCKET...\n"
	"\n"
	"  --command NAME   reading (the default), slow, version or clock\n"
	"  --in-flight N    commands of each guest at any time (1)\n"
	"  --seconds S      measure for so long (0.3), or\n"
	"  --count N        measure so many commands of all guests together\n"
	"  --poll-us N      how long to look before sleeping, at most\n"
	"  --cpu N          run on this processor\n"
	"  --notify         the first guest changes a clock, and the others are told\n"
	"  --idle S PID     do nothing for so long; what CPU time that takes, here and "
	"in PID\n"
	"  --hold           stay connected until standard input ends\n"
	"  --keep-on        measure until standard input ends; a line says that it has "
	"begun\n";

struct options {
	enum work_kind kind;
	uint32_t in_flight;
	double seconds;
	uint64_t count;
	uint32_t poll_us;
	int cpu; /* -1: any */
	bool notify, hold, keep_on;
	pid_t idle; /* the device's process; 0: not idle */
};

struct load {
	struct options options;
	struct guests shared;
	struct guest *guests;
	struct work *works; /* of each guest */
	size_t guest_count;
	uint64_t *told; /* of each guest: events */
	struct histogram latency;
	uint64_t ended, time_ns;
};

static void give_up(const char *what)
{
	fprintf(stderr, "bench-load: %s\n", what);
	exit(1);
}

static void check(struct vscmi_result result)
{
	if (result.error == VSCMI_E_REFUSED)
		give_up(vscmi_status_name(result.status));
	if (vscmi_failed(result))
		give_up(vscmi_error_text(result.error));
}

static void print(const struct load *load)
{
	printf("{\"count\": %" PRIu64 ", \"time_ns\": %" PRIu64 ", \"latency\": ",
	       load->ended, load->time_ns);
	histogram_print(stdout, &load->latency);
	printf("}\n");
}

/*
 * ---- Commands ----
 */

static uint64_t fill(struct work *works, size_t count)
{
	uint64_t at_ns = now_ns();

	for (size_t i = 0; i < count; i++) {
		while (works[i].sent - works[i].ended < works[i].in_flight)
			check(work_send(&works[i], at_ns));
	}
	return at_ns;
}

static void drain(struct work *works, size_t count)
{
	uint64_t at_ns;

	for (size_t i = 0; i < count; i++) {
		while (works[i].ended < works[i].sent)
			check(work_wait(&works[i], NULL, &at_ns));
	}
}

/* The guests take turns: each waits for its oldest command, and sends another one. */
static uint64_t work_until(struct load *load, size_t count, uint64_t commands,
			   uint64_t end_ns, struct histogram *latency)
{
	struct work *works = load->works;
	uint64_t start_ns = fill(works, count), at_ns = start_ns, ended = 0;

	for (size_t i = 0; ended < commands && at_ns < end_ns;
	     i = i + 1 < count ? i + 1 : 0) {
		check(work_wait(&works[i], latency, &at_ns));
		check(work_send(&works[i], at_ns));
		ended++;
	}
	load->ended = ended;
	load->time_ns = at_ns - start_ns;
	return at_ns;
}

static void warm_up(struct load *load)
{
	work_until(load, load->guest_count, WARM_UP_COMMANDS, now_ns() + WARM_UP_NS,
		   NULL);
	drain(load->works, load->guest_count);
}

static void work(struct load *load)
{
	const struct options *options = &load->options;
	uint64_t time_ns = (uint64_t)(options->seconds * NS_PER_S);

	warm_up(load);
	if (options->count)
		work_until(load, load->guest_count, options->count, UINT64_MAX,
			   &load->latency);
	else
		work_until(load, load->guest_count, UINT64_MAX, now_ns() + time_ns,
			   &load->latency);
	drain(load->works, load->guest_count);
	print(load);
}

static void on_input(void *context, uint32_t events)
{
	char byte;

	if (read(STDIN_FILENO, &byte, 1) <= 0)
		*(bool *)context = true;
}

/* Commands are under way from the first line on. Only what ends before the input does counts. */
static void keep_on(struct load *load)
{
	struct vscmi_loop *loop = load->shared.loop;
	bool input_ended = false;
	struct vscmi_watch input = { STDIN_FILENO, on_input, &input_ended };
	uint64_t start_ns = fill(load->works, load->guest_count), at_ns = start_ns;

	if (vscmi_loop_add(loop, &input, EPOLLIN))
		give_up("standard input cannot be watched");
	puts("begun");
	fflush(stdout);
	for (size_t i = 0;; i = i + 1 < load->guest_count ? i + 1 : 0) {
		if (input_ended)
			break;
		check(work_wait(&load->works[i], &load->latency, &at_ns));
		check(work_send(&load->works[i], at_ns));
		load->ended++;
	}
	vscmi_loop_remove(loop, &input);
	load->time_ns = at_ns - start_ns;
	drain(load->works, load->guest_count);
	print(load);
}

/*
 * ---- Notifications ----
 */

static void on_event(void *context, const struct vscmi_event *event)
{
	++*(uint64_t *)context;
}

static void subscribe(struct load *load)
{
	for (size_t i = 1; i < load->guest_count; i++) {
		struct vscmi_subscription *subscription;

		check(vscmi_subscribe(&load->guests[i].agent,
				      VSCMI_EVENT_CLOCK_RATE_CHANGED, 0, on_event,
				      &load->told[i], &subscription));
	}
}

static uint64_t least_told(const struct load *load)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 1; i < load->guest_count; i++)
		least = load->told[i] < least ? load->told[i] : least;
	return least;
}

/* All have heard of all changes but so many. What waits for a buffer would be merged. */
static void catch_up(struct load *load, uint64_t ahead)
{
	while (least_told(load) + ahead < load->works[0].ended) {
		if (vscmi_loop_run_once(load->shared.loop, -1))
			give_up("the loop");
	}
}

static void notify(struct load *load)
{
	struct work *setter = &load->works[0];
	uint64_t start_ns, end_ns, at_ns, before;

	subscribe(load);
	work_until(load, 1, AHEAD_MAX / 2, UINT64_MAX, NULL);
	drain(setter, 1);
	catch_up(load, 0);
	before = setter->ended;
	start_ns = fill(setter, 1);
	end_ns = start_ns + (uint64_t)(load->options.seconds * NS_PER_S);
	do {
		check(work_wait(setter, &load->latency, &at_ns));
		catch_up(load, AHEAD_MAX / 2);
		check(work_send(setter, at_ns));
	} while (at_ns < end_ns);
	drain(setter, 1);
	catch_up(load, 0);
	load->time_ns = now_ns() - start_ns;
	load->ended = (setter->ended - before) * (load->guest_count - 1);
	print(load);
}

/*
 * ---- The rest ----
 */

static void idle(struct load *load)
{
	uint64_t end_ns, here_ns, there_ns, at_ns;
	clockid_t there;

	warm_up(load);
	end_ns = now_ns() + (uint64_t)(load->options.seconds * NS_PER_S);
	here_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	if (clock_getcpuclockid(load->options.idle, &there))
		give_up("no CPU time of that process");
	there_ns = clock_ns(there);
	while ((at_ns = now_ns()) < end_ns)
		vscmi_loop_run_once(load->shared.loop, (int64_t)(end_ns - at_ns) / 1000);
	printf("{\"agent_ns\": %" PRIu64 ", \"device_ns\": %" PRIu64 "}\n",
	       clock_ns(CLOCK_PROCESS_CPUTIME_ID) - here_ns, clock_ns(there) - there_ns);
}

static void run_on(unsigned int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		give_up("no such processor");
}

/* Sensors may be off until somebody wants them; where there is no such message they are on. */
static void switch_on_sensor(struct vscmi_agent *agent)
{
	const struct vscmi_sensor_config on = { .enabled = true };

	(void)vscmi_sensor_config_set(agent, 0, &on, VSCMI_SENSOR_ROUND_DOWN);
}

static void connect_all(struct load *load, char **sockets)
{
	struct vscmi_problem problem;

	if (guests_init(&load->shared, load->options.poll_us, &problem))
		give_up(problem.text);
	/* Not before: nobody polls who has one processor. */
	if (load->options.cpu >= 0)
		run_on((unsigned int)load->options.cpu);
	for (size_t i = 0; i < load->guest_count; i++) {
		if (guest_start(&load->guests[i], &load->shared, sockets[i],
				load->options.in_flight, &problem))
			give_up(problem.text);
		if (load->options.kind == WORK_READING)
			switch_on_sensor(&load->guests[i].agent);
		work_init(&load->works[i], &load->guests[i].agent, load->options.kind,
			  load->options.in_flight);
	}
}

static void disconnect_all(struct load *load)
{
	for (size_t i = 0; i < load->guest_count; i++)
		guest_end(&load->guests[i]);
	guests_fini(&load->shared);
}

static void hold(void)
{
	char byte;

	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

static int wrong(void)
{
	fputs(usage, stderr);
	return 2;
}

enum { COMMAND, IN_FLIGHT, SECONDS, COUNT, POLL_US, CPU, NOTIFY, IDLE, HOLD, KEEP_ON };

static const struct option long_options[] = {
	{ "command", required_argument, NULL, COMMAND },
	{ "in-flight", required_argument, NULL, IN_FLIGHT },
	{ "seconds", required_argument, NULL, SECONDS },
	{ "count", required_argument, NULL, COUNT },
	{ "poll-us", required_argument, NULL, POLL_US },
	{ "cpu", required_argument, NULL, CPU },
	{ "notify", no_argument, NULL, NOTIFY },
	{ "idle", required_argument, NULL, IDLE },
	{ "hold", no_argument, NULL, HOLD },
	{ "keep-on", no_argument, NULL, KEEP_ON },
	{ 0 },
};

static bool parse(int argc, char **argv, struct options *options)
{
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case COMMAND:
			options->kind = work_find(optarg);
			break;
		case IN_FLIGHT:
			options->in_flight = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case SECONDS:
			options->seconds = strtod(optarg, NULL);
			break;
		case COUNT:
			options->count = strtoull(optarg, NULL, 10);
			break;
		case POLL_US:
			options->poll_us = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case CPU:
			options->cpu = (int)strtol(optarg, NULL, 10);
			break;
		case NOTIFY:
			options->notify = true;
			options->kind = WORK_CLOCK;
			break;
		case IDLE:
			options->idle = (pid_t)strtol(optarg, NULL, 10);
			break;
		case HOLD:
			options->hold = true;
			break;
		case KEEP_ON:
			options->keep_on = true;
			break;
		default:
			return false;
		}
	}
	return options->kind < WORK_KINDS && options->in_flight >= 1 &&
	       options->in_flight <= VSCMI_TOKENS;
}

int main(int argc, char **argv)
{
	static struct load load = {
		.options = { .in_flight = 1,
			     .seconds = 0.3,
			     .poll_us = VSCMI_LOOP_POLL_US,
			     .cpu = -1 },
	};

	if (!parse(argc, argv, &load.options) || optind == argc)
		return wrong();
	load.guest_count = (size_t)(argc - optind);
	load.guests = calloc(load.guest_count, sizeof(*load.guests));
	load.works = calloc(load.guest_count, sizeof(*load.works));
	load.told = calloc(load.guest_count, sizeof(*load.told));
	if (!load.guests || !load.works || !load.told)
		give_up("no memory");
	connect_all(&load, argv + optind);
	if (load.options.notify)
		notify(&load);
	else if (load.options.idle)
		idle(&load);
	else if (load.options.keep_on)
		keep_on(&load);
	else
		work(&load);
	if (load.options.hold)
		hold();
	disconnect_all(&load);
	free(load.told);
	free(load.works);
	free(load.guests);
	return 0;
}
