/* SPDX-License-Identifier: BSD-3-Clause */
#include <vscmi/host/port.h>

#include "loop/loop.h"

/* About as long as it takes to fall asleep and be woken. */
#define SPINS 100u

void vscmi_loop_share(struct vscmi_loop *loop, struct vscmi_loop_lock *lock)
{
	loop->lock = lock;
}

/* Tickets, for a thread whose guest never rests would get the lock again and again. */
void vscmi_loop_hold(struct vscmi_loop *loop)
{
	struct vscmi_loop_lock *lock = loop->lock;
	struct vscmi_port *port = &vscmi_futex_port;
	uint32_t mine, now;

	if (!lock)
		return;
	mine = atomic_fetch_add(&lock->next, 1);
	for (unsigned spins = 0; (now = atomic_load(&lock->served)) != mine; spins++) {
		if (spins < SPINS)
			vscmi_relax();
		else
			port->ops->wait(port, &lock->served, now, VSCMI_NEVER);
	}
}

void vscmi_loop_release(struct vscmi_loop *loop)
{
	struct vscmi_loop_lock *lock = loop->lock;
	struct vscmi_port *port = &vscmi_futex_port;

	if (!lock)
		return;
	atomic_fetch_add(&lock->served, 1);
	port->ops->wake(port, &lock->served);
}
