/* SPDX-License-Identifier: BSD-3-Clause */
/* One run: everything about it is drawn from its seed. */
#ifndef VSCMI_TESTS_SIM_WORLD_H
#define VSCMI_TESTS_SIM_WORLD_H

#include <stdint.h>

#include "vscmi/fault.h"

/* Run the world of a seed to its end. What is wrong ends the program: sim_fail(). */
void world_run(uint64_t seed);

/* What it was like, for people: link, slots, tasks, faults. */
const char *world_description(void);

/* Its link. */
const char *world_link(void);

/* Faults done, by kind, over all runs. */
extern uint64_t world_faults_done[VSCMI_FAULT_COUNT];

#endif
