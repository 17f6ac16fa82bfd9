/* SPDX-License-Identifier: BSD-3-Clause */
/* One agent's commands, always so many in flight, answered in any order and waited for in turn. */
#ifndef VSCMI_BENCH_WORK_H
#define VSCMI_BENCH_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/agent.h>

#include "histogram.h"

/* Which command: SENSOR_READING_GET of sensor 0 or 1, PROTOCOL_VERSION of base, or a
 * CLOCK_RATE_SET of clock 0, which starts at 1 MHz, to 2 and 1 MHz by turns. */
enum work_kind { WORK_READING, WORK_SLOW_READING, WORK_VERSION, WORK_CLOCK, WORK_KINDS };

/* WORK_KINDS: there is no such command. */
enum work_kind work_find(const char *name);

struct work {
	struct vscmi_agent *agent;
	enum work_kind kind;
	uint32_t in_flight; /* 1..VSCMI_TOKENS */
	uint64_t sent, ended;
	struct {
		struct vscmi_slot *slot;
		uint64_t sent_ns;
	} commands[VSCMI_TOKENS]; /* a command has place number % in_flight */
};

void work_init(struct work *work, struct vscmi_agent *agent, enum work_kind kind,
	       uint32_t in_flight);

/* Send one more, which is to fit; now_ns is when. */
struct vscmi_result work_send(struct work *work, uint64_t at_ns);

/*
 * Wait for the oldest, and let go of it. *ret_ns is when it ended; how long it took is added
 * to the histogram, unless that is NULL.
 */
struct vscmi_result work_wait(struct work *work, struct histogram *histogram,
			      uint64_t *ret_ns);

#endif
