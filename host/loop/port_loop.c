/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>

#include <vscmi/host/port.h>

static uint64_t now_us(struct vscmi_port *port)
{
	return vscmi_monotonic_us();
}

/* Whatever makes the word change runs in the loop, on this thread. */
static void wait(struct vscmi_port *port, const _Atomic uint32_t *word, uint32_t seen,
		 uint64_t deadline_us)
{
	struct vscmi_loop_port *loop_port =
		(void *)((char *)port - offsetof(struct vscmi_loop_port, port));

	if (atomic_load(word) == seen)
		vscmi_loop_run_until(loop_port->loop, deadline_us);
}

static void wake(struct vscmi_port *port, const _Atomic uint32_t *word)
{
}

static const struct vscmi_port_ops ops = {
	.ops_size = sizeof(ops),
	.now_us = now_us,
	.wait = wait,
	.wake = wake,
};

void vscmi_loop_port_init(struct vscmi_loop_port *port, struct vscmi_loop *loop)
{
	*port = (struct vscmi_loop_port){ .port.ops = &ops, .loop = loop };
}
