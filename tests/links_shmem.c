/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The link over shared memory, with the doorbell and the interrupt in the hands of the test. The
 * areas are exactly as long as they are said to be, so that ASan sees a step too far.
 */
#include "links.h"

#include <stdlib.h>

#include "vscmi/agent.h"
#include "vscmi/link/shmem_agent.h"
#include "vscmi/link/shmem_platform.h"

#define CHANNELS   2
#define AREA_BYTES VSCMI_SHMEM_AREA_BYTES(256)

struct shmem {
	struct test_link link;
	struct vscmi_shmem_agent agent_end;
	struct vscmi_shmem_platform platform_end;
	void *areas[CHANNELS];
	bool rung[CHANNELS]; /* and not heard yet */
	bool interrupted;    /* the same */
	bool reset;          /* by the service */
};

static void ring(void *context, enum vscmi_channel channel)
{
	((struct shmem *)context)->rung[channel] = true;
}

static void interrupt(void *context, enum vscmi_channel channel)
{
	((struct shmem *)context)->interrupted = true;
}

static void reset(void *context)
{
	((struct shmem *)context)->reset = true;
}

static struct vscmi_shmem_channel channel(struct shmem *shmem, enum vscmi_channel channel)
{
	bool is_there = channel == VSCMI_CHANNEL_COMMANDS || !shmem->link.setup.no_events;

	return (struct vscmi_shmem_channel){ is_there ? shmem->areas[channel] : NULL,
					     AREA_BYTES };
}

/* Its limits are those of the setup, also at each start. */
static void init(struct shmem *shmem)
{
	struct vscmi_agent *agent = shmem->agent_end.link.agent;
	const struct vscmi_shmem_agent_config agent_end = {
		.commands = channel(shmem, VSCMI_CHANNEL_COMMANDS),
		.events = channel(shmem, VSCMI_CHANNEL_EVENTS),
		.command_count = shmem->link.setup.in_flight,
		.interrupts = true,
		.ring = ring,
		.context = shmem,
	};
	const struct vscmi_shmem_platform_config platform_end = {
		.service = shmem->link.setup.service,
		.agent_id = shmem->link.setup.agent_id,
		.commands = agent_end.commands,
		.events = agent_end.events,
		.interrupt = interrupt,
		.reset = reset,
		.context = shmem,
	};

	assert_int_equal(vscmi_shmem_agent_init(&shmem->agent_end, &agent_end), VSCMI_OK);
	assert_int_equal(vscmi_shmem_platform_init(&shmem->platform_end, &platform_end),
			 VSCMI_OK);
	shmem->agent_end.link.agent = agent;
	for (int i = 0; i < CHANNELS; i++)
		shmem->rung[i] = false;
	shmem->interrupted = shmem->reset = false;
}

static struct test_link *open_shmem(const struct link_setup *setup)
{
	struct shmem *shmem = calloc(1, sizeof(*shmem));

	assert_non_null(shmem);
	for (int i = 0; i < CHANNELS; i++) {
		shmem->areas[i] = malloc(AREA_BYTES);
		assert_non_null(shmem->areas[i]);
	}
	shmem->link = (struct test_link){ &link_shmem, *setup, &shmem->agent_end.link };
	init(shmem);
	return &shmem->link;
}

static void close_shmem(struct test_link *link)
{
	struct shmem *shmem = (struct shmem *)link;

	for (int i = 0; i < CHANNELS; i++)
		free(shmem->areas[i]);
	free(shmem);
}

static enum vscmi_error start(struct test_link *link)
{
	struct shmem *shmem = (struct shmem *)link;
	enum vscmi_error error;

	init(shmem);
	error = vscmi_shmem_platform_start(&shmem->platform_end);
	if (error)
		return error;
	return vscmi_shmem_agent_start(&shmem->agent_end);
}

static void stop(struct test_link *link)
{
	struct shmem *shmem = (struct shmem *)link;

	vscmi_shmem_platform_stop(&shmem->platform_end);
	vscmi_shmem_agent_stop(&shmem->agent_end);
}

static void serve(struct test_link *link)
{
	struct shmem *shmem = (struct shmem *)link;

	for (enum vscmi_channel i = 0; i < CHANNELS; i++) {
		bool rung = shmem->rung[i];

		shmem->rung[i] = false;
		if (rung)
			vscmi_shmem_platform_rung(&shmem->platform_end, i);
	}
}

/* Nobody looks without one. */
static void hear_interrupt(struct test_link *link)
{
	struct shmem *shmem = (struct shmem *)link;
	bool interrupted = shmem->interrupted;

	if (shmem->reset)
		stop(link);
	shmem->interrupted = false;
	while (interrupted && vscmi_shmem_agent_process(&shmem->agent_end))
		;
}

const struct link_kind link_shmem = {
	.timeout_us = 30000,
	.in_flight_max = VSCMI_TOKENS,
	.event_buffers_max = 1,
	.one_at_a_time = true,
	.resizes = true,
	.restarts = true,
	.open = open_shmem,
	.close = close_shmem,
	.start = start,
	.stop = stop,
	.serve = serve,
	.interrupt = hear_interrupt,
};
