/* SPDX-License-Identifier: BSD-3-Clause */
/* The SCMI device of this machine, and the link and the agent on it. */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/agent.h>

#include "machine.h"

extern struct vscmi_agent agent;

/* Find the device, and tell where. What it says last tells why, if it fails. */
bool device_find(const struct machine *machine);

/* Ready link and agent; once. */
enum vscmi_error device_open(void);

/* Start the device, afresh if it ran; with interrupts, or without. */
enum vscmi_error device_start(bool polling);

void device_stop(void);

/* In the interrupt handler. */
void device_interrupt(uint32_t interrupt);

/* How often the device had something to say. */
uint32_t device_interrupts(void);

#endif
