/* SPDX-License-Identifier: BSD-3-Clause */
/* Both ends of the shared memory link. The platform's end is on the platform's task. */
#include "joint.h"

#include <string.h>

#include "link/shmem_area.h"
#include "vscmi/link/shmem_agent.h"
#include "vscmi/link/shmem_platform.h"

#define AREA_BYTES VSCMI_SHMEM_AREA_BYTES(136)

static struct {
	struct joint_config config;
	_Alignas(4) uint8_t areas[2][AREA_BYTES]; /* by channel */
	struct vscmi_shmem_agent agent_end;
	struct vscmi_shmem_platform platform_end;
	bool rung[2]; /* and not heard yet */
	bool up;
} shmem;

static void ring(void *context, enum vscmi_channel channel)
{
	shmem.rung[channel] = true;
	sim_ring(&platform_bell);
}

static void interrupt(void *context, enum vscmi_channel channel)
{
	sim_ring(&feeder_bell);
}

static void on_reset(void *context)
{
	sim_ring(&reset_bell);
}

static struct vscmi_link *init(const struct joint_config *config)
{
	const struct vscmi_shmem_agent_config agent_end = {
		.commands = { shmem.areas[VSCMI_CHANNEL_COMMANDS], AREA_BYTES },
		.events = { config->events ? shmem.areas[VSCMI_CHANNEL_EVENTS] : NULL,
			    AREA_BYTES },
		.command_count = config->max_messages,
		.interrupts = true,
		.ring = ring,
	};
	const struct vscmi_shmem_platform_config platform_end = {
		.service = config->service,
		.agent_id = 1,
		.commands = agent_end.commands,
		.events = agent_end.events,
		.interrupt = interrupt,
		.reset = on_reset,
	};

	memset(&shmem, 0, sizeof(shmem));
	shmem.config = *config;
	if (vscmi_shmem_agent_init(&shmem.agent_end, &agent_end) != VSCMI_OK ||
	    vscmi_shmem_platform_init(&shmem.platform_end, &platform_end) != VSCMI_OK)
		sim_fail("shared memory cannot be readied");
	return &shmem.agent_end.link;
}

static void start_platform(void)
{
	memset(shmem.rung, 0, sizeof(shmem.rung));
	if (vscmi_shmem_platform_start(&shmem.platform_end) != VSCMI_OK)
		sim_fail("the service has no such agent");
}

static void stop_platform(void)
{
	vscmi_shmem_platform_stop(&shmem.platform_end);
}

static void start(void)
{
	joint_on_platform(start_platform);
	shmem.up = true;
	if (vscmi_shmem_agent_start(&shmem.agent_end) != VSCMI_OK)
		sim_fail("shared memory does not go up");
}

/* The two ends find out in any order that it is over. */
static void stop(void)
{
	bool agent_first = sim_chance(500);

	shmem.up = false;
	if (agent_first)
		vscmi_shmem_agent_stop(&shmem.agent_end);
	joint_on_platform(stop_platform);
	if (!agent_first)
		vscmi_shmem_agent_stop(&shmem.agent_end);
}

static void serve(void)
{
	joint_obey();
	for (enum vscmi_channel i = 0; i < 2; i++) {
		bool rung = shmem.rung[i];

		shmem.rung[i] = false;
		if (shmem.up && rung)
			vscmi_shmem_platform_rung(&shmem.platform_end, i);
	}
}

static bool feed(void)
{
	return vscmi_shmem_agent_process(&shmem.agent_end);
}

static bool is_free(enum vscmi_channel channel)
{
	const struct vscmi_shmem_area *area = (const void *)shmem.areas[channel];

	return vscmi_shmem_le32(area->status) & VSCMI_SHMEM_FREE;
}

/* No doorbell and no interrupt was lost. */
static void check_idle(void)
{
	bool is_out = shmem.agent_end.command >= 3; /* OUT of shmem_agent.c */

	if (!shmem.up)
		return;
	if (is_out && is_free(VSCMI_CHANNEL_COMMANDS))
		sim_fail("everybody sleeps, and there is an answer to take");
	if (!is_free(VSCMI_CHANNEL_COMMANDS) && !shmem.platform_end.serving)
		sim_fail("everybody sleeps, and there is a command to serve");
	if (shmem.config.events && !is_free(VSCMI_CHANNEL_EVENTS))
		sim_fail("everybody sleeps, and there is an event to take");
}

const struct joint shmem_joint = {
	.name = "shared memory",
	.init = init,
	.start = start,
	.stop = stop,
	.serve = serve,
	.feed = feed,
	.check_idle = check_idle,
};
