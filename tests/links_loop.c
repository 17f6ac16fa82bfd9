/* SPDX-License-Identifier: BSD-3-Clause */
/* The link within one process. */
#include "links.h"

#include <stdlib.h>

#include "vscmi/agent.h"
#include "vscmi/link/loop.h"

struct loop {
	struct test_link link;
	struct vscmi_loop_link loop;
};

/* Its limits are those of the setup, also at each start. */
static void loop_init(struct loop *loop)
{
	const struct link_setup *setup = &loop->link.setup;
	struct vscmi_agent *agent = loop->loop.link.agent;

	vscmi_loop_link_init(&loop->loop, setup->service, setup->agent_id,
			     setup->in_flight, !setup->no_events);
	loop->loop.link.agent = agent;
}

static struct test_link *loop_open(const struct link_setup *setup)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	assert_non_null(loop);
	loop->link = (struct test_link){ &link_loop, *setup, &loop->loop.link };
	loop_init(loop);
	return &loop->link;
}

static void loop_close(struct test_link *link)
{
	free(link);
}

static enum vscmi_error loop_start(struct test_link *link)
{
	struct loop *loop = (struct loop *)link;

	loop_init(loop);
	return vscmi_loop_link_start(&loop->loop);
}

static void loop_stop(struct test_link *link)
{
	vscmi_loop_link_stop(&((struct loop *)link)->loop);
}

/* What is sent has arrived. */
static void loop_serve(struct test_link *link)
{
}

static void loop_interrupt(struct test_link *link)
{
}

const struct link_kind link_loop = {
	.timeout_us = 60000000,
	.in_flight_max = VSCMI_TOKENS,
	.resizes = true,
	.restarts = true,
	.tells_room = true,
	.open = loop_open,
	.close = loop_close,
	.start = loop_start,
	.stop = loop_stop,
	.serve = loop_serve,
	.interrupt = loop_interrupt,
};
