/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A platform with one clock and one sensor, and an agent that uses them, in one program: the
 * least that both ends need, to be copied. It uses the freestanding library, and printf.
 */
#include <inttypes.h>
#include <stdio.h>

#include <vscmi/agent.h>
#include <vscmi/agent/clock.h>
#include <vscmi/agent/sensor.h>
#include <vscmi/link/loop.h>
#include <vscmi/platform.h>

#define MHZ UINT64_C(1000000)

/*
 * ---- The platform: what there is, and what to do with it ----
 */

static uint64_t pll_hz = 400 * MHZ;

static int32_t pll_rate_get(void *context, uint64_t now_us, uint64_t *ret_rate_hz)
{
	*ret_rate_hz = pll_hz;
	return VSCMI_SUCCESS;
}

static int32_t pll_rate_set(void *context, uint64_t now_us, uint64_t rate_hz,
			    struct vscmi_op *op)
{
	pll_hz = rate_hz;
	return VSCMI_SUCCESS;
}

/* A conversion takes 10 ms; the agent has its answer when the operation ends. */
static int32_t soc_read(void *context, uint64_t now_us,
			struct vscmi_sensor_reading *readings, struct vscmi_op *op)
{
	readings[0] = (struct vscmi_sensor_reading){ .value = 42500 };
	vscmi_op_complete_after(op, 10000, VSCMI_SUCCESS);
	return VSCMI_OP_LATER;
}

static const struct vscmi_platform_clock_ops pll_ops = {
	.rate_get = pll_rate_get,
	.rate_set = pll_rate_set,
};
static const struct vscmi_platform_clock clocks[] = { {
	.name = "pll",
	.range = { .min_hz = 100 * MHZ, .max_hz = 800 * MHZ, .step_hz = 100 * MHZ },
	.enabled = true,
	.ops = &pll_ops,
} };
static const struct vscmi_platform_sensor_ops soc_ops = { .read = soc_read };
static const struct vscmi_platform_sensor sensors[] = { {
	.name = "soc",
	.type = 2, /* degrees Celsius, here thousandths */
	.exponent = -3,
	.ops = &soc_ops,
} };
static const struct vscmi_platform_base base = { .vendor = "example" };
static const struct vscmi_platform_agent agents[] = { { .name = "me" } };
static const struct vscmi_platform_config platform_config = {
	.base = &base,
	.agents = agents,
	.agent_count = 1,
	.clocks = clocks,
	.clock_count = 1,
	.sensors = sensors,
	.sensor_count = 1,
	.pending_max = 1,
};
static uint8_t platform_memory[8192];
static struct vscmi_platform *platform;

/*
 * ---- The port: a clock, and how to wait ----
 */

/* Time passes only while the agent waits; on a machine this is a timer. */
static uint64_t time_us;

static uint64_t port_now_us(struct vscmi_port *port)
{
	return time_us;
}

/* With one thread, this is where the platform goes on. */
static void port_wait(struct vscmi_port *port, const _Atomic uint32_t *word,
		      uint32_t seen, uint64_t deadline_us)
{
	uint64_t next_us = vscmi_platform_next_us(platform);

	time_us = next_us < deadline_us ? next_us : deadline_us;
	vscmi_platform_advance(platform, time_us);
}

/* Nobody sleeps. */
static void port_wake(struct vscmi_port *port, const _Atomic uint32_t *word)
{
}

static const struct vscmi_port_ops port_ops = {
	.ops_size = sizeof(port_ops),
	.now_us = port_now_us,
	.wait = port_wait,
	.wake = port_wake,
};
static struct vscmi_port port = { .ops = &port_ops };

/*
 * ---- The agent ----
 */

#define SLOTS 2

static struct vscmi_loop_link link;
static struct vscmi_agent agent;
static struct vscmi_slot slots[SLOTS];
static uint8_t replies[SLOTS * VSCMI_AGENT_MESSAGE_BYTES];
static const struct vscmi_agent_config agent_config = {
	.port = &port,
	.link = &link.link,
	.slots = slots,
	.slot_count = SLOTS,
	.replies = replies,
	.message_bytes = VSCMI_AGENT_MESSAGE_BYTES,
};

/* The platform may refuse, or the command may not get that far. */
static void check(const char *what, struct vscmi_result result)
{
	if (result.error == VSCMI_E_REFUSED)
		printf("%s: %s\n", what, vscmi_status_name(result.status));
	else if (vscmi_failed(result))
		printf("%s: %s\n", what, vscmi_error_text(result.error));
}

static void use_clock(uint32_t clock_id)
{
	struct vscmi_clock clock = { 0 };
	uint64_t hz = 0;

	check("clock", vscmi_clock_get(&agent, clock_id, &clock));
	check("rate", vscmi_clock_rate_get(&agent, clock_id, &hz));
	printf("%s: %" PRIu64 " MHz\n", clock.name, hz / MHZ);
	check("650 MHz",
	      vscmi_clock_rate_set(&agent, clock_id, 650 * MHZ, VSCMI_CLOCK_ROUND_DOWN));
	check("rate", vscmi_clock_rate_get(&agent, clock_id, &hz));
	printf("%s: %" PRIu64 " MHz\n", clock.name, hz / MHZ);
	check("2000 MHz",
	      vscmi_clock_rate_set(&agent, clock_id, 2000 * MHZ, VSCMI_CLOCK_ROUND_UP));
}

static void use_sensors(void)
{
	struct vscmi_sensor_reading reading = { 0 };
	struct vscmi_sensor sensor;
	struct vscmi_list list;
	uint32_t count;

	vscmi_sensors(&list, &agent);
	while (vscmi_sensors_next(&list, &sensor)) {
		check("reading", vscmi_sensor_reading_get(&agent, sensor.sensor_id,
							  &reading, 1, &count));
		printf("%s: %" PRId64 " * 10^%d, at %" PRIu64 " us\n", sensor.name,
		       reading.value, sensor.exponent, time_us);
	}
	check("sensors", list.result);
}

int main(void)
{
	if (vscmi_platform_init(&platform_config, platform_memory,
				sizeof(platform_memory), &platform))
		return 1;
	vscmi_loop_link_init(&link, vscmi_platform_service(platform), 1, SLOTS, false);
	if (vscmi_agent_init(&agent, &agent_config) || vscmi_loop_link_start(&link))
		return 1;
	use_clock(0);
	use_sensors();
	return 0;
}
