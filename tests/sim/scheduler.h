/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One thread, many tasks, one seed. A task runs until the scheduler takes its turn away, at
 * an atomic step, or until it waits. Who is next, how long it may stay, who is left behind
 * for thousands of steps, and when a wait returns for no reason, is drawn from the seed. The
 * clock is virtual, and moves when everybody waits.
 */
#ifndef VSCMI_TESTS_SIM_SCHEDULER_H
#define VSCMI_TESTS_SIM_SCHEDULER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "vscmi/port.h"

#define SIM_TASKS_MAX 48u

/* How a run is scheduled. */
struct sim_habits {
	uint32_t stay_max;      /* steps that a task has for itself, at most; 1 or more */
	uint32_t freeze_chance; /* per thousand turns: who loses it is left behind */
	uint32_t freeze_max;    /* steps for which it is */
	bool restless;          /* the clock also moves while tasks could run */
};

/* A new run: no task, time and steps 0. context stands in front of what sim_fail says. */
void sim_start(uint64_t seed, const struct sim_habits *habits);

/* Remember so many of the last steps, and show them when the run fails. 0: none. */
void sim_trace(uint32_t steps);
void sim_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Called when everybody waits, before the clock moves; NULL: nobody wants to know. */
extern void (*sim_on_idle)(void);

/* Called first by sim_fail: says how to repeat the run. */
extern void (*sim_on_failure)(void);

/* The run has failed: say so, show the trace, exit(1). */
_Noreturn void sim_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

void sim_spawn(const char *name, void (*run)(void *context), void *context);

/* Until every task has ended. Fails if all wait for what never comes, and if for millions of
 * steps nobody makes sim_progress. */
void sim_run(void);
void sim_progress(void);

/* ---- For tasks ---- */

struct sim_task;
struct sim_task *sim_current(void); /* NULL: outside of sim_run */
const char *sim_name(void);

uint64_t sim_steps(void);  /* so far; no two events have the same */
uint64_t sim_now_us(void); /* the virtual clock */

/* When this task last asked the port for the time or to wait, in steps. */
uint64_t sim_looked(void);

/* What a model keeps for each task. */
void **sim_slot(void);

/* An atomic step: others may run before it. */
void sim_step(const char *where);
bool sim_weakness(void);

/* Nobody else runs for so many steps. */
void sim_hold(uint32_t steps);

/* Nobody else runs while exclusive: an interrupt handler. Such a task must not wait. */
void sim_exclusive(bool on);

uint32_t sim_draw(uint32_t below);      /* 0..below - 1 */
bool sim_chance(uint32_t per_thousand); /* true so often */

/* Wait until somebody rings; at most until deadline_us. */
typedef _Atomic uint32_t sim_bell;
void sim_wait(const sim_bell *bell, uint32_t seen, uint64_t deadline_us);
void sim_ring(sim_bell *bell);
void sim_sleep(uint64_t us);

/* Move the clock by hand, in runs with one task. */
void sim_clock(uint64_t now_us);

/* The same for the agent: a port on this scheduler. */
extern struct vscmi_port sim_port;

/* Per thousand: wakes of the port that do nothing. For the test that this is noticed. */
extern uint32_t sim_deaf;

/* Who takes the place of waiting, in runs with one task; NULL: nobody. */
extern void (*sim_instead_of_waiting)(uint64_t deadline_us);

#endif
