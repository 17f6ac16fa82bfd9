/* SPDX-License-Identifier: BSD-3-Clause */
/* The agent's port: the generic timer is the clock, and waiting is sleeping until an interrupt. */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/port.h>

extern struct vscmi_port port;

/* timer_interrupt is the virtual timer's. */
void port_open(uint32_t timer_interrupt);

/* Whether to sleep, or to look again and again. */
void port_poll(bool polling);

/* In the interrupt handler: the moment for which somebody sleeps has come. */
void port_timer(void);

/* In the interrupt handler: who waits, or is about to, is to look for itself once more. */
void port_stay_awake(void);

/* Microseconds that a time of the counter is. */
uint64_t port_us(uint64_t ticks);

#endif
