/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <vscmi/host/port.h>

#define US_PER_S UINT64_C(1000000)

/* Who waits, for any word: nobody is woken by a system call when nobody does. */
static _Atomic uint32_t waiters;

static uint64_t now_us(struct vscmi_port *port)
{
	return vscmi_monotonic_us();
}

static void wait(struct vscmi_port *port, const _Atomic uint32_t *word, uint32_t seen,
		 uint64_t deadline_us)
{
	const struct timespec deadline = {
		.tv_sec = (time_t)(deadline_us / US_PER_S),
		.tv_nsec = (long)(deadline_us % US_PER_S) * 1000,
	};

	/* The count grows before the kernel compares, the word changes before a waker looks
	 * at the count: one of the two sees the other. */
	atomic_fetch_add(&waiters, 1);
	syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, seen,
		deadline_us == VSCMI_NEVER ? NULL : &deadline, NULL,
		FUTEX_BITSET_MATCH_ANY);
	atomic_fetch_sub(&waiters, 1);
}

static void wake(struct vscmi_port *port, const _Atomic uint32_t *word)
{
	if (atomic_load(&waiters))
		syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static const struct vscmi_port_ops ops = {
	.ops_size = sizeof(ops),
	.now_us = now_us,
	.wait = wait,
	.wake = wake,
};

struct vscmi_port vscmi_futex_port = { .ops = &ops };
