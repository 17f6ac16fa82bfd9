/* SPDX-License-Identifier: BSD-3-Clause */
#include "joint.h"
#include "vscmi/link/loop.h"

static struct vscmi_loop_link loop;

static struct vscmi_link *init(const struct joint_config *config)
{
	vscmi_loop_link_init(&loop, config->service, 1, config->max_messages,
			     config->events);
	return &loop.link;
}

static void start(void)
{
	if (vscmi_loop_link_start(&loop) != VSCMI_OK)
		sim_fail("the loop does not go up");
}

static void stop(void)
{
	vscmi_loop_link_stop(&loop);
}

const struct joint loop_joint = {
	.name = "loop",
	.init = init,
	.start = start,
	.stop = stop,
	.alone = true,
};
