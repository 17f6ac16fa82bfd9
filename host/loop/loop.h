/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts of an event loop: loop.c has descriptors and timers, poller.c what is looked at,
 * lock.c what loops on several threads share.
 */
#ifndef VSCMI_LOOP_LOOP_H
#define VSCMI_LOOP_LOOP_H

#include <stdatomic.h>

#include <vscmi/host/loop.h>

#define VSCMI_LOOP_BATCH 16

struct vscmi_loop {
	int epoll_fd;
	struct vscmi_watch stop_watch;  /* an eventfd */
	struct vscmi_watch timer_watch; /* a timerfd, for microseconds where epoll has
					   milliseconds */
	atomic_bool stopping;
	struct vscmi_loop_lock *lock; /* NULL: nothing is shared */
	struct vscmi_timer *timers;   /* the earliest first */
	uint64_t timerfd_due_us;      /* what the timerfd is set to; UINT64_MAX: off */
	bool asleep; /* until the timerfd's moment, unless a descriptor is ready before */
	struct epoll_event batch[VSCMI_LOOP_BATCH];
	int batch_next, batch_count; /* those from next on have not been called yet */

	uint32_t poll_us;             /* 0: nothing is looked at */
	struct vscmi_poller *looking; /* pollers that are looked at */
	struct vscmi_poller *next;    /* whose turn it is in this round */
	uint64_t asked_ns;            /* when the descriptors were last asked */
	bool ask;                     /* it is their turn */
	unsigned rounds;              /* since the clock was last read */
};

/* The time for which no descriptor is asked while something is looked at. */
#define VSCMI_LOOP_TURN_NS UINT64_C(50000)

/* What to do between two looks at memory that another processor writes. */
static inline void vscmi_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/*
 * Look until something was seen, and done: true. False: it is time to ask the descriptors, or
 * nothing is looked at any more.
 */
bool vscmi_loop_look(struct vscmi_loop *loop);

#endif
