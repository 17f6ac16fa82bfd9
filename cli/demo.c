/* SPDX-License-Identifier: BSD-3-Clause */
#include "demo.h"

#include <stdlib.h>

#include <vscmi/host/board.h>
#include <vscmi/host/port.h>
#include <vscmi/link/loop.h>

#define IN_FLIGHT 16u

struct cli_demo {
	struct vscmi_port port;
	struct vscmi_loop_port loop_port; /* does the waiting */
	struct vscmi_loop *loop;
	struct vscmi_timer due; /* the platform has something to do */
	struct vscmi_board *board;
	struct vscmi_platform *platform;
	struct vscmi_loop_link link;
};

static void platform_advance(void *context)
{
	struct cli_demo *demo = context;
	uint64_t next_us;

	vscmi_platform_advance(demo->platform, vscmi_monotonic_us());
	next_us = vscmi_platform_next_us(demo->platform);
	if (next_us != VSCMI_NEVER)
		vscmi_timer_arm(demo->loop, &demo->due, next_us);
	else
		vscmi_timer_cancel(demo->loop, &demo->due);
}

static uint64_t demo_now_us(struct vscmi_port *port)
{
	return vscmi_monotonic_us();
}

static void demo_wait(struct vscmi_port *port, const _Atomic uint32_t *word,
		      uint32_t seen, uint64_t deadline_us)
{
	struct cli_demo *demo = (struct cli_demo *)port; /* its first member */

	/* The command that is waited for may have given the platform something to do. */
	platform_advance(demo);
	demo->loop_port.port.ops->wait(&demo->loop_port.port, word, seen, deadline_us);
}

static void demo_wake(struct vscmi_port *port, const _Atomic uint32_t *word)
{
	/* Who waits runs the loop, on this one thread, and looks again. */
}

static const struct vscmi_port_ops demo_port_ops = {
	.ops_size = sizeof(demo_port_ops),
	.now_us = demo_now_us,
	.wait = demo_wait,
	.wake = demo_wake,
};

enum vscmi_error cli_demo_new(struct vscmi_loop *loop, struct cli_demo **ret_demo,
			      struct vscmi_problem *problem)
{
	struct cli_demo *demo = calloc(1, sizeof(*demo));
	enum vscmi_error error;

	if (!demo)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "out of memory");
	*demo = (struct cli_demo){
		.port.ops = &demo_port_ops,
		.loop = loop,
		.due = { .fire = platform_advance, .context = demo },
	};
	vscmi_loop_port_init(&demo->loop_port, loop);
	error = vscmi_board_load_demo(&demo->board, problem);
	if (error == VSCMI_OK) {
		error = vscmi_board_start(demo->board, vscmi_monotonic_us(),
					  &demo->platform);
		if (error != VSCMI_OK)
			vscmi_problem_set(problem, error, "%s", vscmi_error_text(error));
	}
	if (error != VSCMI_OK) {
		cli_demo_free(demo);
		return error;
	}
	vscmi_loop_link_init(&demo->link, vscmi_platform_service(demo->platform), 1,
			     IN_FLIGHT, true);
	*ret_demo = demo;
	return VSCMI_OK;
}

void cli_demo_free(struct cli_demo *demo)
{
	if (!demo)
		return;
	vscmi_timer_cancel(demo->loop, &demo->due);
	vscmi_board_free(demo->board);
	free(demo);
}

struct vscmi_port *cli_demo_port(struct cli_demo *demo)
{
	return &demo->port;
}

struct vscmi_link *cli_demo_link(struct cli_demo *demo)
{
	return &demo->link.link;
}

enum vscmi_error cli_demo_start(struct cli_demo *demo)
{
	return vscmi_loop_link_start(&demo->link);
}
