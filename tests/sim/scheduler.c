/* SPDX-License-Identifier: BSD-3-Clause */
#include "scheduler.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

#define STACK_BYTES      (size_t)(256 * 1024)
#define STEPS_A_PROGRESS UINT64_C(20000000)
#define NOTE_BYTES       160u

struct sim_task {
	const char *name;
	void (*run)(void *context);
	void *context;
	void *slot;
	ucontext_t at;
	void *fake_stack;             /* ASan's */
	const _Atomic uint32_t *word; /* parked until a wake for it */
	uint64_t deadline_us;         /* or until this moment */
	uint64_t frozen_until;        /* step */
	uint64_t looked;
	uint32_t
		place; /* among those that can run; SIM_TASKS_MAX: it waits, or has ended */
	bool ended, exclusive;
};

static struct {
	struct sim_habits habits;
	uint64_t random, steps, progress, now_us;
	uint32_t stay;
	struct sim_task tasks[SIM_TASKS_MAX], *current, *ready[SIM_TASKS_MAX];
	uint32_t task_count, ready_count;
	ucontext_t outside;
	void *outside_fake_stack;
	const void *outside_stack;
	size_t outside_bytes;
	char (*notes)[NOTE_BYTES]; /* a ring */
	uint32_t note_count, next_note;
} sim;

static uint8_t (*stacks)[STACK_BYTES];
void (*sim_on_failure)(void);
void (*sim_on_idle)(void);
uint32_t sim_deaf;
void (*sim_instead_of_waiting)(uint64_t deadline_us);

/*
 * ---- Chance ----
 */

static uint32_t dice(void)
{
	/* xorshift64* */
	sim.random ^= sim.random >> 12;
	sim.random ^= sim.random << 25;
	sim.random ^= sim.random >> 27;
	return (uint32_t)(sim.random * UINT64_C(0x2545f4914f6cdd1d) >> 32);
}

uint32_t sim_draw(uint32_t below)
{
	return (uint32_t)((uint64_t)dice() * below >> 32);
}

bool sim_chance(uint32_t per_thousand)
{
	return sim_draw(1000) < per_thousand;
}

bool sim_weakness(void)
{
	return sim_draw(64) == 0;
}

/*
 * ---- Traces and failures ----
 */

void sim_trace(uint32_t steps)
{
	sim.notes = steps ? calloc(steps, sizeof(*sim.notes)) : NULL;
	sim.note_count = steps;
	sim.next_note = 0;
}

static void note(const char *format, va_list arguments)
{
	char *line = sim.notes[sim.next_note++ % sim.note_count];
	int count = snprintf(line, NOTE_BYTES, "%10llu %8llu us  %-14s ",
			     (unsigned long long)sim.steps,
			     (unsigned long long)sim.now_us, sim_name());

	vsnprintf(line + count, NOTE_BYTES - (size_t)count, format, arguments);
}

void sim_note(const char *format, ...)
{
	va_list arguments;

	if (!sim.notes)
		return;
	va_start(arguments, format);
	note(format, arguments);
	va_end(arguments);
}

_Noreturn void sim_fail(const char *format, ...)
{
	va_list arguments;

	for (uint32_t i = 0; i < sim.note_count; i++)
		if (sim.notes[(sim.next_note + i) % sim.note_count][0])
			printf("# %s\n", sim.notes[(sim.next_note + i) % sim.note_count]);
	printf("# ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	sim_on_failure();
	fflush(stdout);
	_Exit(1);
}

/*
 * ---- Tasks ----
 */

struct sim_task *sim_current(void)
{
	return sim.current;
}

const char *sim_name(void)
{
	return sim.current ? sim.current->name : "-";
}

uint64_t sim_steps(void)
{
	return ++sim.steps;
}

uint64_t sim_now_us(void)
{
	return sim.now_us;
}

uint64_t sim_looked(void)
{
	return sim.current ? sim.current->looked : 0;
}

void **sim_slot(void)
{
	static void *outside;

	return sim.current ? &sim.current->slot : &outside;
}

void sim_progress(void)
{
	sim.progress = sim.steps;
}

void sim_hold(uint32_t steps)
{
	sim.stay = steps + 1;
}

void sim_exclusive(bool on)
{
	sim.current->exclusive = on;
}

static void make_ready(struct sim_task *task)
{
	task->word = NULL;
	task->place = sim.ready_count;
	sim.ready[sim.ready_count++] = task;
}

static void make_unready(struct sim_task *task)
{
	struct sim_task *last = sim.ready[--sim.ready_count];

	sim.ready[task->place] = last;
	last->place = task->place;
	task->place = SIM_TASKS_MAX;
}

void sim_start(uint64_t seed, const struct sim_habits *habits)
{
	if (!stacks)
		stacks = malloc(SIM_TASKS_MAX * sizeof(*stacks));
	sim.habits = *habits;
	sim.random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	sim.steps = sim.progress = sim.now_us = 0;
	sim.stay = 1;
	sim.current = NULL;
	sim.task_count = sim.ready_count = 0;
	sim_instead_of_waiting = NULL;
	for (int i = 0; i < 8; i++)
		dice();
}

/* Everyone who waits until now, or longer ago, can run. */
static void wake_the_late(void)
{
	for (uint32_t i = 0; i < sim.task_count; i++) {
		struct sim_task *task = &sim.tasks[i];

		if (!task->ended && task->place == SIM_TASKS_MAX &&
		    task->deadline_us <= sim.now_us)
			make_ready(task);
	}
}

static uint64_t next_deadline_us(void)
{
	uint64_t next_us = VSCMI_NEVER;

	for (uint32_t i = 0; i < sim.task_count; i++) {
		const struct sim_task *task = &sim.tasks[i];

		if (!task->ended && task->place == SIM_TASKS_MAX &&
		    task->deadline_us < next_us)
			next_us = task->deadline_us;
	}
	return next_us;
}

void sim_clock(uint64_t now_us)
{
	sim.now_us = now_us;
	wake_the_late();
}

static void fail_of_deadlock(void)
{
	sim_trace(0);
	for (uint32_t i = 0; i < sim.task_count; i++)
		if (!sim.tasks[i].ended)
			printf("# %s waits for %p\n", sim.tasks[i].name,
			       (const void *)sim.tasks[i].word);
	sim_fail("everybody waits, and nothing will happen");
}

/* Who is next; NULL: every task has ended. */
static struct sim_task *choose(void)
{
	struct sim_task *chosen = NULL;
	uint32_t first;

	while (sim.ready_count == 0) {
		uint64_t next_us = next_deadline_us();
		bool any = false;

		for (uint32_t i = 0; i < sim.task_count && !any; i++)
			any = !sim.tasks[i].ended;
		if (!any)
			return NULL;
		if (sim_on_idle)
			sim_on_idle();
		if (next_us == VSCMI_NEVER)
			fail_of_deadlock();
		sim_clock(next_us);
	}
	first = sim_draw(sim.ready_count);
	for (uint32_t i = 0; i < sim.ready_count && !chosen; i++) {
		struct sim_task *task = sim.ready[(first + i) % sim.ready_count];

		if (task->frozen_until <= sim.steps)
			chosen = task;
	}
	/* If all are left behind, none is. */
	return chosen ? chosen : sim.ready[first];
}

#ifdef __SANITIZE_ADDRESS__
static void leave_stack(struct sim_task *from, struct sim_task *to)
{
	void **keep = from ? &from->fake_stack : &sim.outside_fake_stack;
	const void *stack = to ? stacks[to - sim.tasks] : sim.outside_stack;

	__sanitizer_start_switch_fiber(from && from->ended ? NULL : keep, stack,
				       to ? STACK_BYTES : sim.outside_bytes);
}

static void enter_stack(void *fake_stack, bool from_outside)
{
	const void *stack;
	size_t bytes;

	__sanitizer_finish_switch_fiber(fake_stack, &stack, &bytes);
	if (from_outside) {
		sim.outside_stack = stack;
		sim.outside_bytes = bytes;
	}
}
#else
static void leave_stack(struct sim_task *from, struct sim_task *to)
{
}

static void enter_stack(void *fake_stack, bool from_outside)
{
}
#endif

/* Let somebody run, who may be the one who runs. NULL: go outside. */
static void go_to(struct sim_task *next)
{
	struct sim_task *before = sim.current;
	bool from_outside = !before;

	sim.stay = 1 + sim_draw(sim.habits.stay_max);
	if (next == before)
		return;
	sim.current = next;
	leave_stack(before, next);
	swapcontext(before ? &before->at : &sim.outside, next ? &next->at : &sim.outside);
	enter_stack(before ? before->fake_stack : sim.outside_fake_stack, false);
	(void)from_outside;
}

static void begin_task(void)
{
	struct sim_task *task = sim.current;

	/* The first of all tasks comes from outside. */
	enter_stack(NULL, !sim.outside_stack);
	task->run(task->context);
	task->ended = true;
	make_unready(task);
	go_to(choose());
}

void sim_spawn(const char *name, void (*run)(void *context), void *context)
{
	struct sim_task *task = &sim.tasks[sim.task_count++];

	if (sim.task_count > SIM_TASKS_MAX)
		sim_fail("too many tasks");
	memset(task, 0, sizeof(*task));
	task->name = name;
	task->run = run;
	task->context = context;
	getcontext(&task->at);
	task->at.uc_stack.ss_sp = stacks[task - sim.tasks];
	task->at.uc_stack.ss_size = STACK_BYTES;
	task->at.uc_link = NULL;
	makecontext(&task->at, begin_task, 0);
	make_ready(task);
}

void sim_run(void)
{
	struct sim_task *first = choose();

	if (first)
		go_to(first);
}

void sim_step(const char *where)
{
	struct sim_task *task = sim.current;

	sim.steps++;
	if (sim.notes)
		sim_note("%s", where);
	if (--sim.stay > 0)
		return;
	sim.stay = 1;
	if (sim.steps - sim.progress > STEPS_A_PROGRESS)
		sim_fail("no command has been sent or has ended for very long");
	if (!task || task->exclusive)
		return;
	if (sim.habits.restless && sim_chance(2)) {
		uint64_t next_us = next_deadline_us();

		if (next_us != VSCMI_NEVER && next_us > sim.now_us)
			sim_clock(next_us);
	}
	if (sim_chance(sim.habits.freeze_chance))
		task->frozen_until = sim.steps + sim_draw(sim.habits.freeze_max);
	go_to(choose());
}

/*
 * ---- Waiting ----
 */

static void park(const _Atomic uint32_t *word, uint64_t deadline_us)
{
	struct sim_task *task = sim.current;

	if (task->exclusive)
		sim_fail("an interrupt handler waits");
	if (deadline_us <= sim.now_us)
		return;
	task->word = word;
	task->deadline_us = deadline_us;
	make_unready(task);
	go_to(choose());
}

static void wake_all(const _Atomic uint32_t *word)
{
	for (uint32_t i = 0; i < sim.task_count; i++)
		if (sim.tasks[i].place == SIM_TASKS_MAX && !sim.tasks[i].ended &&
		    sim.tasks[i].word == word)
			make_ready(&sim.tasks[i]);
}

void sim_wait(const sim_bell *bell, uint32_t seen, uint64_t deadline_us)
{
	if (*bell == seen)
		park(bell, deadline_us);
}

void sim_ring(sim_bell *bell)
{
	++*bell;
	wake_all(bell);
}

void sim_sleep(uint64_t us)
{
	park(NULL, sim.now_us + us);
}

static uint64_t port_now_us(struct vscmi_port *port)
{
	sim_step("port: now_us");
	if (sim.current)
		sim.current->looked = sim.steps;
	return sim.now_us;
}

static void port_wait(struct vscmi_port *port, const _Atomic uint32_t *word,
		      uint32_t seen, uint64_t deadline_us)
{
	sim_step("port: wait");
	if (sim_instead_of_waiting) {
		sim_instead_of_waiting(deadline_us);
	} else if (*word == seen && !sim_chance(10)) {
		sim_note("sleeps");
		park(word, deadline_us);
	}
	sim.current->looked = sim.steps;
}

static void port_wake(struct vscmi_port *port, const _Atomic uint32_t *word)
{
	sim_step("port: wake");
	if (!sim_deaf || !sim_chance(sim_deaf))
		wake_all(word);
}

static const struct vscmi_port_ops port_ops = {
	.ops_size = sizeof(port_ops),
	.now_us = port_now_us,
	.wait = port_wait,
	.wake = port_wake,
};

struct vscmi_port sim_port = { .ops = &port_ops };
