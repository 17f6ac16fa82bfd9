/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "echo.h"
#include "joint.h"
#include "message/cursor.h"
#include "model.h"
#include "scheduler.h"
#include "vscmi/agent/event.h"
#include "vscmi/fault.h"

#define SUBMITTERS_MAX    12u
#define FEEDERS_MAX       4u
#define SUBSCRIBERS_MAX   3u
#define SUBSCRIPTIONS_MAX 4u
#define OUT_MAX           1024u /* commands of one submitter */
#define REQUEST_BYTES     12u
#define LAST_WAIT_US      UINT64_C(100000)

sim_bell platform_bell, feeder_bell, reset_bell, witness_bell;
bool is_going_down;
uint64_t world_faults_done[VSCMI_FAULT_COUNT];

static struct {
	const struct joint *joint;
	struct joint_config joint_config;
	uint32_t slots, submitters, commands, burst, feeders, subscribers;
	uint32_t cancel, impatience; /* per thousand: commands */
	uint64_t reset_us;           /* mean time between resets; 0: none */
	uint32_t later, refuse;      /* per thousand: the service's answers */
	uint32_t polls;              /* of a command before the wait, at most */
	bool handlers;               /* feeders are interrupt handlers */
	bool calm;           /* what is sent is answered, and nobody is impatient */
	bool leave;          /* subscribers may unsubscribe in callbacks */
	uint64_t timeout_us; /* the agent's; 0: the link's */
	uint32_t faults;     /* a set of enum vscmi_fault */
	struct sim_habits habits;
} config;

static struct vscmi_agent agent;
static struct vscmi_slot slots[VSCMI_TOKENS];
static uint8_t replies[VSCMI_TOKENS * VSCMI_AGENT_MESSAGE_BYTES];
static struct vscmi_subscription subscriptions[SUBSCRIPTIONS_MAX];
static uint32_t submitting, subscribing; /* tasks */
static sim_bell done;
static bool submitters_have_gone, all_have_gone, over;
static uint32_t listening;         /* subscribed */
static uint32_t switching;         /* subscribes and unsubscribes under way */
static bool switches_are_known;    /* none of them has failed, and there was no reset */
static struct listener *listeners; /* ever */
static struct vscmi_faults *faults;
static struct vscmi_service *service; /* as the link sees it */
static uint32_t *headers;             /* of the command that had this value */
static uint32_t header_room, last_value;

/* Faults that make a message look like the answer to another command. */
#define FORGERIES                                                                \
	(UINT32_C(1) << VSCMI_FAULT_TOKEN | UINT32_C(1) << VSCMI_FAULT_MESSAGE | \
	 UINT32_C(1) << VSCMI_FAULT_FLIP | UINT32_C(1) << VSCMI_FAULT_OVERSIZE)

/*
 * ---- The world ----
 */

static uint32_t one_of(const uint32_t *choices, uint32_t count)
{
	return choices[sim_draw(count)];
}

#define ONE_OF(...)                               \
	one_of((const uint32_t[]){ __VA_ARGS__ }, \
	       sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

/* None, one, some or all of them. */
static uint32_t draw_faults(void)
{
	uint32_t all = (UINT32_C(1) << VSCMI_FAULT_COUNT) - 1;

	switch (sim_draw(4)) {
	case 0:
		return 0;
	case 1:
		return UINT32_C(1) << sim_draw(VSCMI_FAULT_COUNT);
	case 2:
		return sim_draw(all + 1);
	default:
		return all;
	}
}

static void draw_config(void)
{
	uint32_t link = sim_draw(100);

	memset(&config, 0, sizeof(config));
	config.joint = link < 30   ? &wire_joint
		       : link < 60 ? &virtio_joint
		       : link < 90 ? &shmem_joint
				   : &loop_joint;
	config.slots = ONE_OF(1, 2, 3, 4, 8, 16, 40, 100, 1024);
	config.submitters = config.joint->alone ? 1 : 1 + sim_draw(SUBMITTERS_MAX);
	config.commands = ONE_OF(300, 600, 1200, 2400);
	config.burst = ONE_OF(1, 1, 2, 4, 16, 200, OUT_MAX);
	config.feeders = 1 + sim_draw(FEEDERS_MAX);
	config.subscribers = config.joint->alone ? 0 : sim_draw(SUBSCRIBERS_MAX + 1);
	config.cancel = ONE_OF(0, 20, 200);
	config.impatience = ONE_OF(0, 20, 200);
	config.reset_us = ONE_OF(0, 0, 0, 300, 3000);
	config.later = ONE_OF(0, 100, 700);
	config.refuse = ONE_OF(0, 50);
	config.polls = ONE_OF(0, 4, 100);
	config.handlers = sim_chance(300);
	config.habits = (struct sim_habits){
		.stay_max = ONE_OF(1, 2, 4, 16, 64),
		.freeze_chance = ONE_OF(0, 2, 20),
		.freeze_max = ONE_OF(100, 1000, 20000),
		.restless = sim_chance(200),
	};
	config.joint_config = (struct joint_config){
		.agent = &agent,
		.max_messages = config.joint == &virtio_joint
					? ONE_OF(2, 4, 8, 32, 128, 1024)
					: ONE_OF(1, 2, 7, 32, 1024),
		.events = sim_chance(850),
		.poll = sim_chance(300),
		.in_order = sim_chance(500),
		.event_idx = sim_chance(500),
		.indirect = sim_chance(500),
		.corruption = ONE_OF(0, 0, 0, 5),
	};
	if (!config.joint_config.events)
		config.subscribers = 0;
	config.timeout_us = ONE_OF(0, 0, 5000, 20000);
	/* A callback that waits for what only its own feeder could bring waits for long. */
	config.leave = sim_chance(300) && config.subscribers > 0 && !config.handlers &&
		       (config.timeout_us > 0 || config.joint != &wire_joint ||
			config.joint_config.poll);
	config.faults = draw_faults();
	config.calm = sim_chance(250);
	if (config.calm) {
		config.impatience = 0;
		config.timeout_us = 0;
		config.leave = false;
		config.faults = 0;
		config.joint_config.corruption = 0;
		config.habits.restless = false;
	}
}

const char *world_description(void)
{
	static char text[200];

	snprintf(text, sizeof(text),
		 "%s of %u, %u slots, %u submitters of %u out of %u, %u feeders%s, %u "
		 "subscribers, resets %llu us, faults %#x, stay %u, freeze %u/%u%s",
		 config.joint->name, config.joint_config.max_messages, config.slots,
		 config.submitters, config.burst, config.commands, config.feeders,
		 config.handlers ? " that are handlers" : "", config.subscribers,
		 (unsigned long long)config.reset_us, config.faults,
		 config.habits.stay_max, config.habits.freeze_chance,
		 config.habits.freeze_max, config.habits.restless ? ", restless" : "");
	return text;
}

const char *world_link(void)
{
	return config.joint->name;
}

/*
 * ---- Who submits ----
 */

/* A command under way. */
struct out {
	struct vscmi_slot *command;
	uint32_t value, header;
	bool async;
};

/* A command's own value, or that of an older one which had the same header: a message that
 * matches in every bit is an answer, whoever it was meant for. */
static void check_answer(const struct out *out)
{
	size_t count;
	const uint8_t *bytes = vscmi_answer(out->command, &count);
	uint32_t value;

	if (count < 12)
		return;
	value = (vscmi_le32_get(bytes + 8) - 1) * 244002641u; /* sim_echo() back */
	if (value == out->value)
		return;
	/* Forged messages may be anything. */
	if (!(config.faults & FORGERIES) &&
	    (value == 0 || value > last_value || headers[value] != out->header))
		sim_fail("the command %08x with value %u got the answer to %u, of %08x",
			 out->header, out->value, value,
			 value <= last_value ? headers[value] : 0);
	model_totals.ghosts++;
}

static bool submit(struct out *out)
{
	bool async = config.joint_config.events && sim_chance(500);
	uint8_t message[REQUEST_BYTES];
	const struct vscmi_request request = {
		.protocol = ECHO_PROTOCOL,
		.message_id = (uint8_t)sim_draw(3),
		.kind = async ? VSCMI_ASYNC : VSCMI_SYNC,
		.message = message,
		.count = sizeof(message),
		.reply_room = sim_chance(100) ? 8 + sim_draw(20) : 0,
		.reply_timeout_us = sim_chance(config.impatience) ? 1 + sim_draw(400) : 0,
	};
	enum vscmi_error error;

	*out = (struct out){ .value = ++last_value, .async = async };
	if (last_value >= header_room) {
		header_room = 2 * header_room + 4096;
		headers = realloc(headers, header_room * sizeof(*headers));
	}
	headers[out->value] = UINT32_MAX;
	vscmi_le32_put(message + 4, out->value);
	vscmi_le32_put(message + 8, async);
	error = vscmi_submit(&agent, &request, &out->command);
	out->header = vscmi_le32_get(message);
	headers[out->value] = out->header;
	if (error == VSCMI_OK)
		return true;
	if (error != VSCMI_E_BUSY && error != VSCMI_E_NOT_READY &&
	    error != VSCMI_E_BROKEN)
		sim_fail("submit: error %d", error);
	return false;
}

static void finish(const struct out *out)
{
	struct vscmi_result result;

	if (!sim_chance(config.cancel)) {
		for (uint32_t i = sim_draw(config.polls + 1); i > 0; i--)
			vscmi_done(&agent, out->command);
		result = vscmi_wait(&agent, out->command);
		if (result.error == VSCMI_E_TIMEOUT && config.calm)
			sim_fail("the answer to %08x was lost", out->header);
		if (result.error == VSCMI_OK)
			check_answer(out);
	} else {
		model_totals.cancelled++;
	}
	vscmi_release(&agent, out->command);
}

/* There is nothing to submit with: wait, longer each time, and then reset the device, which
 * may have lost buffers. */
static void pause(uint32_t *us)
{
	bool patient = *us < 10000 || config.calm;

	if (patient)
		*us = *us < 10000 ? 2 * *us : *us;
	else if (config.joint->alone)
		config.joint->stop();
	else
		sim_ring(&reset_bell);
	if (!config.joint->alone)
		sim_sleep(1 + sim_draw(*us));
	else if (vscmi_agent_is_up(&agent))
		sim_instead_of_waiting(sim_now_us() + *us);
	else
		config.joint->start();
}

static void run_submitter(void *context)
{
	static struct out outs[SUBMITTERS_MAX][OUT_MAX];
	struct out *mine = outs[(uintptr_t)context];
	uint32_t count = 0, pause_us = 10;

	for (uint32_t i = config.commands / config.submitters; i > 0 || count > 0;) {
		bool full = count == config.burst || i == 0;
		uint32_t left = count;

		if (!full && submit(&mine[count])) {
			count++;
			i--;
			pause_us = 10;
			left = sim_chance(100) ? sim_draw(count + 1) : count;
		} else if (count > 0) {
			left = sim_draw(count);
		} else {
			pause(&pause_us);
		}
		/* In any order, until so many are left. */
		while (count > left) {
			uint32_t number = sim_draw(count);

			finish(&mine[number]);
			mine[number] = mine[--count];
		}
	}
	submitting--;
	sim_ring(&done);
}

/*
 * ---- Who subscribes ----
 */

/* Lives as long as the world: a callback in which it leaves may still run in others. */
struct listener {
	struct listener *next;
	uint32_t number;                         /* the model's */
	struct vscmi_subscription *subscription; /* NULL: not yet, or not any more */
	uint32_t clock;
	bool alive, is_to_leave;
};

static struct listener *new_listener(void)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	listener->next = listeners;
	listeners = listener;
	listener->clock = ONE_OF(0, 1, VSCMI_ANY_RESOURCE);
	listener->alive = true;
	listener->number = model_listener(listener->clock);
	listener->is_to_leave = config.leave && sim_chance(300);
	return listener;
}

static bool switched(struct vscmi_result result)
{
	switching--;
	switches_are_known = switches_are_known && !vscmi_failed(result);
	return !vscmi_failed(result);
}

static void see(void *context, const struct vscmi_event *event)
{
	struct listener *listener = context;
	struct vscmi_subscription *subscription;

	if (!listener->alive)
		sim_fail("a callback after vscmi_unsubscribe");
	if (event->kind == VSCMI_EVENT_RENEWED)
		return;
	model_callback(listener->number);
	if (event->kind != VSCMI_EVENT_CLOCK_RATE_CHANGED ||
	    (listener->clock != VSCMI_ANY_RESOURCE &&
	     event->resource_id != listener->clock) ||
	    (!(config.faults & FORGERIES) &&
	     event->clock.rate_hz != (UINT64_C(3) << 32 | 2)))
		sim_fail("a notification that nobody sent");
	for (uint32_t i = sim_draw(4); i > 0; i--)
		sim_step("callback");
	subscription = listener->subscription;
	if (listener->is_to_leave && subscription) {
		model_unsubscribing(listener->number);
		listener->is_to_leave = false;
		listener->subscription = NULL;
		switching++;
		switched(vscmi_unsubscribe_in_callback(&agent, subscription));
		listening--;
	}
}

/* When nobody comes or goes, the platform's switches are as the subscribers want them. */
static void check_switches(const struct listener *listener)
{
	for (uint32_t i = 0; i < ECHO_CLOCKS; i++)
		if (switching == 0 && switches_are_known && listener->subscription &&
		    (listener->clock == VSCMI_ANY_RESOURCE || listener->clock == i) &&
		    !echo_watches(i))
			sim_fail("clock %u has a subscriber and is switched off", i);
}

static void run_subscriber(void *context)
{
	uint32_t pause_us = 100;

	while (!submitters_have_gone) {
		struct listener *listener = new_listener();
		struct vscmi_subscription *subscription;

		if (listening == 0 && switching == 0)
			switches_are_known = config.faults == 0;
		switching++;
		if (!switched(vscmi_subscribe(&agent, VSCMI_EVENT_CLOCK_RATE_CHANGED,
					      listener->clock, see, listener,
					      &subscription))) {
			listener->alive = false;
			pause(&pause_us);
			continue;
		}
		pause_us = 100;
		listening++;
		model_subscribed(listener->number);
		listener->subscription = subscription;
		sim_sleep(500 * sim_draw(4)); /* often together with others */
		check_switches(listener);
		/* Unless a callback has done so. */
		if (listener->subscription) {
			listener->subscription = NULL;
			model_unsubscribing(listener->number);
			switching++;
			switched(vscmi_unsubscribe(&agent, subscription));
			listening--;
			listener->alive = false;
		}
	}
	subscribing--;
	sim_ring(&done);
}

/*
 * ---- The link and the platform ----
 */

static struct vscmi_fault_rule draw_rule(enum vscmi_fault fault)
{
	struct vscmi_fault_rule rule = {
		.fault = fault,
		.protocol = VSCMI_FAULT_ANY,
		.message_id = VSCMI_FAULT_ANY,
		.probability = ONE_OF(2000, 20000, 100000),
		.min_us = sim_draw(100),
		.status = -(int32_t)sim_draw(12),
	};

	rule.max_us = rule.min_us + 1 + sim_draw(800);
	rule.amount = 1 + sim_draw(fault == VSCMI_FAULT_OVERSIZE ? 200 : 12);
	if (fault == VSCMI_FAULT_TYPE)
		rule.amount = sim_draw(4);
	if (fault == VSCMI_FAULT_RESET)
		rule.probability = 1000;
	if (fault == VSCMI_FAULT_DELAY ||
	    (fault >= VSCMI_FAULT_TOKEN && fault <= VSCMI_FAULT_STATUS))
		rule.copy = sim_chance(300);
	return rule;
}

static struct vscmi_service *with_faults(struct vscmi_service *echo, uint64_t seed)
{
	static uint8_t memory[512 * 1024];
	const struct vscmi_faults_config layer = {
		.service = echo,
		.agent_count = 1,
		.rules_max = VSCMI_FAULT_COUNT,
		.messages_max = ONE_OF(4, 64),
		.seed = seed,
	};

	faults = NULL;
	if (!config.faults)
		return echo;
	if (vscmi_faults_init(&layer, memory, sizeof(memory), &faults) != VSCMI_OK)
		sim_fail("the fault layer cannot be readied");
	for (enum vscmi_fault i = 0; i < VSCMI_FAULT_COUNT; i++) {
		const struct vscmi_fault_rule rule = draw_rule(i);
		uint32_t id;

		if (config.faults >> i & 1 &&
		    vscmi_faults_add(faults, &rule, &id) != VSCMI_OK)
			sim_fail("there is no fault '%s'", vscmi_fault_name(i));
	}
	return vscmi_faults_service(faults);
}

static void run_platform(void *context)
{
	while (!over) {
		uint32_t seen = platform_bell;

		service->ops->advance(service, sim_now_us());
		config.joint->serve();
		if (platform_bell == seen)
			sim_wait(&platform_bell, seen, service->ops->next_us(service));
	}
}

static void run_feeder(void *context)
{
	while (!over) {
		uint32_t seen = feeder_bell;
		bool more;

		do {
			if (config.handlers && sim_chance(500))
				sim_exclusive(true);
			more = config.joint->feed();
			sim_exclusive(false);
		} while (more);
		sim_wait(&feeder_bell, seen, VSCMI_NEVER);
	}
}

static void run_witness(void *context)
{
	while (!over) {
		uint32_t seen = witness_bell;

		sim_wait(&witness_bell, seen, VSCMI_NEVER);
		if (is_going_down)
			vscmi_agent_link_down(&agent);
	}
}

/* Resets by chance, and those that the platform asks for. */
static void run_resetter(void *context)
{
	uint32_t seen = reset_bell;

	config.joint->start();
	for (;;) {
		uint64_t in_us = config.reset_us
					 ? sim_draw((uint32_t)(2 * config.reset_us))
					 : VSCMI_NEVER - sim_now_us();

		sim_wait(&reset_bell, seen, sim_now_us() + in_us);
		seen = reset_bell;
		if (all_have_gone)
			break;
		switches_are_known = false;
		config.joint->stop();
		if (sim_chance(500))
			sim_sleep(sim_draw(100));
		config.joint->start();
	}
	/* What is still under way comes, then all ends. */
	sim_sleep(LAST_WAIT_US);
	config.joint->stop();
	over = true;
	sim_ring(&platform_bell);
	sim_ring(&feeder_bell);
	sim_ring(&witness_bell);
}

static void run_end(void *context)
{
	while (submitting > 0)
		sim_wait(&done, done, VSCMI_NEVER);
	submitters_have_gone = true;
	while (subscribing > 0)
		sim_wait(&done, done, VSCMI_NEVER);
	all_have_gone = true;
	sim_ring(&reset_bell);
}

/* The one task of a loop waits: time passes, for the platform too. */
static void pass_time(uint64_t deadline_us)
{
	uint64_t when_us = service->ops->next_us(service) < deadline_us
				   ? service->ops->next_us(service)
				   : deadline_us;

	if (when_us == VSCMI_NEVER)
		sim_fail("the only task waits, and nothing will happen");
	if (when_us > sim_now_us())
		sim_clock(when_us);
	service->ops->advance(service, sim_now_us());
}

static void run_alone(void *context)
{
	config.joint->start();
	run_submitter(context);
	config.joint->stop();
}

static void count_faults(void)
{
	const struct vscmi_fault_entry *entry = NULL;

	while (faults && (entry = vscmi_faults_next_rule(faults, entry ? entry->id : 0)))
		world_faults_done[entry->rule.fault] += entry->done;
}

static void spawn(uint32_t count, const char *name, void (*run)(void *context))
{
	static char names[SIM_TASKS_MAX][24];
	static uint32_t next;

	for (uint32_t i = 0; i < count; i++) {
		char *own = names[next++ % SIM_TASKS_MAX];

		snprintf(own, sizeof(names[0]), "%s %u", name, i);
		sim_spawn(own, run, (void *)(uintptr_t)i);
	}
}

static void spawn_all(void)
{
	if (config.joint->alone) {
		sim_instead_of_waiting = pass_time;
		spawn(1, "all", run_alone);
		return;
	}
	submitting = config.submitters;
	subscribing = config.subscribers;
	submitters_have_gone = all_have_gone = over = false;
	switching = listening = 0;
	is_going_down = false;
	switches_are_known = config.faults == 0;
	spawn(config.submitters, "submitter", run_submitter);
	spawn(config.subscribers, "subscriber", run_subscriber);
	spawn(config.feeders, "feeder", run_feeder);
	spawn(1, "platform", run_platform);
	spawn(1, "resetter", run_resetter);
	spawn(1, "witness", run_witness);
	spawn(1, "end", run_end);
}

void world_run(uint64_t seed)
{
	struct vscmi_agent_config agent_config = {
		.port = &sim_port,
		.slots = slots,
		.replies = replies,
		.message_bytes = VSCMI_AGENT_MESSAGE_BYTES,
		.subscriptions = subscriptions,
		.subscription_count = SUBSCRIPTIONS_MAX,
		.observer = { .trace = model_trace },
	};

	/* The habits are drawn from the seed, too. */
	sim_start(seed, &(struct sim_habits){ .stay_max = 1 });
	draw_config();
	sim_start(seed, &config.habits);
	last_value = 0;
	service = with_faults(echo_start(config.later, config.refuse), seed);
	config.joint_config.service = service;
	agent_config.link = config.joint->init(&config.joint_config);
	agent_config.slot_count = config.slots;
	agent_config.reply_timeout_us = config.timeout_us;
	if (vscmi_agent_init(&agent, &agent_config) != VSCMI_OK)
		sim_fail("the agent cannot be readied");
	/* A waiter that polls may be in a callback that waits. */
	model_begin(&agent_config, !config.habits.restless && !config.leave);
	/* A feeder whose callback waits leaves things where they are. */
	sim_on_idle = config.leave ? NULL : config.joint->check_idle;
	spawn_all();
	sim_run();
	model_end(&agent);
	count_faults();
	while (listeners) {
		struct listener *next = listeners->next;

		free(listeners);
		listeners = next;
	}
}
