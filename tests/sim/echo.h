/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A service for one agent whose every answer can be known beforehand: what it says to a value
 * is sim_echo() of it. It answers at once or later, refuses at times, sends delayed responses
 * and notifications, and does nothing wrong.
 */
#ifndef VSCMI_TESTS_SIM_ECHO_H
#define VSCMI_TESTS_SIM_ECHO_H

#include "vscmi/service.h"

/* Commands: this protocol, any message; two words, the value and whether a delayed response
 * is wanted. */
#define ECHO_PROTOCOL 0x80u

/* Who subscribes to clock rates finds so many clocks. */
#define ECHO_CLOCKS 2u

static inline uint32_t sim_echo(uint32_t value)
{
	return value * 2654435761u + 1;
}

/* Refusals say so. */
#define ECHO_REFUSAL (-8)

/* The one there is, forgotten and ready. later: per thousand, answers that are not given at
 * once. */
struct vscmi_service *echo_start(uint32_t later, uint32_t refuse);

/* Whether notifications of a clock are switched on. */
bool echo_watches(uint32_t clock_id);

#endif
