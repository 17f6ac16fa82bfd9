/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loops of a server, on as many threads, and the lock that they share: whatever is done
 * with the platform is done with the lock. A device, its socket and its guest's memory belong
 * to one loop; of other loops' devices a thread touches what the platform has for them, their
 * rings, and their timers. One loop is alone, and has no lock.
 */
#ifndef VSCMID_THREADS_H
#define VSCMID_THREADS_H

#include <pthread.h>

#include <vscmi/host/loop.h>

#define VSCMID_THREADS_MAX 64u

struct vscmid_thread {
	struct vscmi_loop *loop;
	struct vscmid_threads *threads;
	pthread_t id; /* not of the first, which is its caller's */
	enum vscmi_error error;
};

struct vscmid_threads {
	struct vscmid_thread each[VSCMID_THREADS_MAX];
	uint32_t count;
	struct vscmi_loop_lock lock;
};

/* Make 1 to VSCMID_THREADS_MAX loops, whose threads do not run yet. Errors: vscmi_loop_new(). */
enum vscmi_error vscmid_threads_init(struct vscmid_threads *threads, uint32_t count,
				     struct vscmi_problem *problem);

/* Also after a failed init. */
void vscmid_threads_fini(struct vscmid_threads *threads);

/* vscmi_loop_set_poll_us() for all of them. */
void vscmid_threads_set_poll_us(struct vscmid_threads *threads, uint32_t poll_us);

/* The loop of the first thread, and of an agent. */
struct vscmi_loop *vscmid_threads_first(const struct vscmid_threads *threads);
struct vscmi_loop *vscmid_threads_loop(const struct vscmid_threads *threads,
				       uint32_t agent_id);

/*
 * Run all loops until the first one is stopped, that one here. Before and after it no other
 * thread runs. Errors: VSCMI_E_SYSTEM.
 */
enum vscmi_error vscmid_threads_run(struct vscmid_threads *threads,
				    struct vscmi_problem *problem);

#endif
