/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

#include "vhost_user/guard.h"

/*
 * The lock is held for a few instructions that touch no guarded memory, so the thread that
 * faults never waits for itself.
 */
static atomic_flag guards_lock = ATOMIC_FLAG_INIT;
static struct vscmi_vhost_guard *guards;
static struct sigaction previous;

static void lock_guards(void)
{
	while (atomic_flag_test_and_set_explicit(&guards_lock, memory_order_acquire))
		;
}

static void unlock_guards(void)
{
	atomic_flag_clear_explicit(&guards_lock, memory_order_release);
}

static bool replace_with_zeros(const uint8_t *address)
{
	struct vscmi_vhost_guard *guard;
	bool replaced = false;

	lock_guards();
	for (guard = guards; guard; guard = guard->next) {
		if (address >= guard->base && address < guard->base + guard->length)
			break;
	}
	if (guard) {
		replaced = mmap(guard->base, guard->length, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE,
				-1, 0) != MAP_FAILED;
		atomic_store(guard->lost, true);
	}
	unlock_guards();
	return replaced;
}

static void handle_sigbus(int number, siginfo_t *info, void *context)
{
	int saved_errno = errno;

	/* A positive code is a fault; others were sent by a process and have no address. */
	if (info->si_code > 0 && replace_with_zeros(info->si_addr)) {
		errno = saved_errno;
		return;
	}
	if (previous.sa_flags & SA_SIGINFO) {
		previous.sa_sigaction(number, info, context);
	} else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
		previous.sa_handler(number);
	} else {
		/* The instruction, run again, or the signal, sent again, has its old effect. */
		sigaction(number, &previous, NULL);
		if (info->si_code <= 0)
			raise(number);
	}
}

/* Others may have put their own handler over ours since: then ours goes in front again. */
static void install_handler(void)
{
	struct sigaction ours = { .sa_sigaction = handle_sigbus, .sa_flags = SA_SIGINFO };
	struct sigaction current;

	if (sigaction(SIGBUS, NULL, &current) < 0 ||
	    ((current.sa_flags & SA_SIGINFO) && current.sa_sigaction == handle_sigbus))
		return;
	previous = current;
	sigaction(SIGBUS, &ours, NULL);
}

void vscmi_vhost_guard_add(struct vscmi_vhost_guard *guard, uint8_t *base, size_t length,
			   atomic_bool *lost)
{
	guard->base = base;
	guard->length = length;
	guard->lost = lost;
	lock_guards();
	install_handler();
	guard->next = guards;
	guards = guard;
	unlock_guards();
}

void vscmi_vhost_guard_remove(struct vscmi_vhost_guard *guard)
{
	lock_guards();
	for (struct vscmi_vhost_guard **link = &guards; *link; link = &(*link)->next) {
		if (*link == guard) {
			*link = guard->next;
			break;
		}
	}
	unlock_guards();
}
