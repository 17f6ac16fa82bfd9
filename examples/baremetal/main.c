/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest without an operating system that uses an SCMI platform: docs/bare-metal.md. It does the
 * same twice, with interrupts and by polling, and powers off.
 */
#include <stdatomic.h>

#include <vscmi/agent/clock.h>
#include <vscmi/agent/event.h>

#include "cpu.h"
#include "device.h"
#include "platform.h"
#include "port.h"
#include "uart.h"

/* From the linker script: what the loader brings, and what the program takes. */
extern const char _start[], _loaded_end[], _end[];

static struct machine machine;

/* start.S calls these. */
void main(const void *device_tree, uint64_t start_ticks);
void interrupt(void);
void fault(uint64_t syndrome, uint64_t at, uint64_t address);

void interrupt(void)
{
	uint32_t number = gic_take();

	if (number >= GIC_NONE)
		return;
	if (number == machine.timer_interrupt)
		port_timer();
	else
		device_interrupt(number);
	gic_end(number);
}

void fault(uint64_t syndrome, uint64_t at, uint64_t address)
{
	print("fault %x at %x, address %x\n", syndrome, at, address);
}

static void first_answer(uint64_t since_ticks)
{
	uint32_t version;

	if (succeeded("PROTOCOL_VERSION", vscmi_agent_protocol_version(
						  &agent, VSCMI_PROTOCOL_BASE, &version)))
		print("first answer: after %U us\n",
		      port_us(cpu_read("cntvct_el0") - since_ticks));
}

/* The platform answers at once that it will, and later that it has. */
static void change_clock(uint32_t clock_id, uint64_t wanted_hz)
{
	uint64_t before_us = port.ops->now_us(&port), rate_hz;

	if (succeeded("CLOCK_RATE_SET",
		      vscmi_clock_rate_set_async(&agent, clock_id, wanted_hz,
						 VSCMI_CLOCK_ROUND_NEAREST, &rate_hz)))
		print("delayed response: clock %u at %U Hz after %U us\n", clock_id,
		      rate_hz, port.ops->now_us(&port) - before_us);
}

/* Written by who feeds the link: the interrupt handler, or vscmi_agent_poll(). */
static struct {
	_Atomic uint32_t came;
	uint32_t agent_id;
	uint64_t rate_hz;
} notification;

static void on_rate_changed(void *context, const struct vscmi_event *event)
{
	if (event->kind != VSCMI_EVENT_CLOCK_RATE_CHANGED)
		return;
	notification.agent_id = event->agent_id;
	notification.rate_hz = event->clock.rate_hz;
	atomic_store(&notification.came, 1);
}

static void await_notification(uint32_t clock_id)
{
	struct vscmi_subscription *subscription;

	atomic_store(&notification.came, 0);
	if (!succeeded("subscribe",
		       vscmi_subscribe(&agent, VSCMI_EVENT_CLOCK_RATE_CHANGED, clock_id,
				       on_rate_changed, NULL, &subscription)))
		return;
	print("waiting until somebody changes clock %u\n", clock_id);
	while (!atomic_load(&notification.came) && vscmi_agent_is_up(&agent)) {
		if (!vscmi_agent_poll(&agent))
			port.ops->wait(&port, &notification.came, 0, VSCMI_NEVER);
	}
	if (atomic_load(&notification.came))
		print("notification: clock %u at %U Hz, by agent %u\n", clock_id,
		      notification.rate_hz, notification.agent_id);
	succeeded("unsubscribe", vscmi_unsubscribe(&agent, subscription));
}

static void print_counters(void)
{
	uint32_t anomalies = 0;

	for (int i = 0; i < VSCMI_ANOMALIES; i++)
		anomalies += vscmi_agent_anomalies(&agent, (enum vscmi_anomaly)i);
	print("so far: %u commands, %u anomalies, %u interrupts\n",
	      vscmi_agent_counter(&agent, VSCMI_COUNTER_COMMANDS), anomalies,
	      device_interrupts());
}

static void use_platform(bool polling, uint64_t since_ticks)
{
	uint64_t lowest_hz, highest_hz;
	uint32_t clock_id;

	print("== %s\n", polling ? "polling" : "interrupts");
	if (!succeeded("start", vscmi_local(device_start(polling))))
		return;
	first_answer(since_ticks);
	platform_print();
	if (platform_find_clock(&clock_id, &lowest_hz, &highest_hz)) {
		change_clock(clock_id, polling ? lowest_hz : highest_hz);
		await_notification(clock_id);
	}
	print_counters();
	device_stop();
}

void main(const void *device_tree, uint64_t start_ticks)
{
	struct tree tree;

	if (!tree_open(&tree, device_tree) || !machine_read(&machine, &tree))
		return; /* there is nothing to print on */
	uart_open(machine.uart);
	print("image: %u bytes, %u in memory; GIC version %u\n",
	      (uint32_t)(_loaded_end - _start), (uint32_t)(_end - _start),
	      machine.gic.version);
	gic_open(&machine.gic);
	port_open(machine.timer_interrupt);
	cpu_interrupts_on();
	if (!device_find(&machine) || !succeeded("open", vscmi_local(device_open())))
		return;
	use_platform(false, start_ticks);
	use_platform(true, cpu_read("cntvct_el0"));
	print("power off\n");
}
