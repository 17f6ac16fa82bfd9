/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdatomic.h>

#include "cpu.h"
#include "gic.h"
#include "port.h"

#define TIMER_ON 1u

static bool poll;
static _Atomic bool awake;

uint64_t port_us(uint64_t ticks)
{
	uint64_t hz = cpu_read("cntfrq_el0");

	return ticks / hz * 1000000 + ticks % hz * 1000000 / hz;
}

static uint64_t ticks(uint64_t us)
{
	uint64_t hz = cpu_read("cntfrq_el0");

	return us / 1000000 * hz + us % 1000000 * hz / 1000000;
}

static uint64_t now_us(struct vscmi_port *self)
{
	__asm__ volatile("isb"
			 :
			 :
			 : "memory"); /* the counter may be read ahead of time */
	return port_us(cpu_read("cntvct_el0"));
}

/*
 * Interrupts are off from the look at the word until the CPU sleeps, so that none slips in
 * between; one that comes then still wakes the CPU, and its handler runs when they are on again.
 */
static void wait(struct vscmi_port *self, const _Atomic uint32_t *word, uint32_t seen,
		 uint64_t deadline_us)
{
	if (poll)
		return;
	cpu_interrupts_off();
	if (atomic_load((_Atomic uint32_t *)word) == seen &&
	    !atomic_exchange(&awake, false)) {
		if (deadline_us != VSCMI_NEVER) {
			cpu_write("cntv_cval_el0", ticks(deadline_us) + 1);
			cpu_write("cntv_ctl_el0", TIMER_ON);
		}
		cpu_wait();
	}
	cpu_interrupts_on();
}

/* Who sleeps is woken by the very interrupt that this is called from. */
static void wake(struct vscmi_port *self, const _Atomic uint32_t *word)
{
}

static const struct vscmi_port_ops ops = {
	.ops_size = sizeof(ops),
	.now_us = now_us,
	.wait = wait,
	.wake = wake,
};
struct vscmi_port port = { .ops = &ops };

void port_open(uint32_t timer_interrupt)
{
	cpu_write("cntv_ctl_el0", 0);
	gic_enable(timer_interrupt, false);
}

void port_poll(bool polling)
{
	poll = polling;
}

void port_stay_awake(void)
{
	atomic_store(&awake, true);
}

void port_timer(void)
{
	cpu_write("cntv_ctl_el0", 0);
}
