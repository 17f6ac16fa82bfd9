/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An event loop over epoll: file descriptors, timers, and a stop that a signal handler
 * may call. One thread runs a loop and calls its functions, also from inside callbacks;
 * vscmi_loop_stop() is the only one for other threads and signal handlers, and where loops
 * share a lock, below, those of timers.
 *
 * Watches and timers lie in the caller's memory and stay there until they are removed or
 * cancelled; after vscmi_loop_new() nothing is allocated.
 */
#ifndef VSCMI_HOST_LOOP_H
#define VSCMI_HOST_LOOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include <vscmi/host/problem.h>

struct vscmi_loop;

/* A file descriptor and who is told when it is ready. The caller fills in every field. */
struct vscmi_watch {
	int fd;
	/* events: what epoll reported, EPOLLIN and others; EPOLLHUP and EPOLLERR always
	 * may */
	void (*ready)(void *context, uint32_t events);
	void *context;
};

/* How long something is worth looking at: host/loop/window.h. Touch no member. */
struct vscmi_window {
	uint64_t max_ns; /* 0: it is not looked at */
	uint64_t since_ns;
	uint64_t length_ns;
	uint32_t vain;  /* looks, one after the other, that ended just too soon */
	uint32_t pause; /* so many messages are not looked for */
	bool closed;    /* it has been looked, since something came */
};

/*
 * What can be looked at, as memory that another processor writes, as well as slept for: for a
 * while after something came, it is looked at, and the other end need not wake this one.
 * The while is found by trial: it is long enough for what came lately, and 0 if nothing comes
 * within the loop's poll time. The caller fills in the functions and context, the rest is 0.
 */
struct vscmi_poller {
	/*
	 * Whether there is anything to do. Cheap: it is asked some million times a second, and
	 * without the loop's lock.
	 */
	bool (*waits)(void *context);
	/* Do it; the poller may be stopped and be gone then. */
	void (*work)(void *context);
	/*
	 * Have the other end make a descriptor ready when something comes, or need not. True, if
	 * it shall: something has come already, and may have made nothing ready.
	 */
	bool (*wake_ups)(void *context, bool wanted);
	void *context;

	struct vscmi_window window;
	struct vscmi_poller *next;
	bool looks;
	bool came; /* something, since the clock was last read */
};

/* A moment and who is told when it has come. The caller fills in fire and context. */
struct vscmi_timer {
	void (*fire)(void *context);
	void *context;
	uint64_t due_us; /* the loop's from here on */
	struct vscmi_timer *next;
	bool armed;
};

/* Microseconds of CLOCK_MONOTONIC: the time of every loop. */
uint64_t vscmi_monotonic_us(void);

/* Errors: VSCMI_E_NO_MEMORY, VSCMI_E_SYSTEM. */
enum vscmi_error vscmi_loop_new(struct vscmi_loop **ret_loop,
				struct vscmi_problem *problem);

/* Watched descriptors stay open; they are the caller's. NULL is fine. */
void vscmi_loop_free(struct vscmi_loop *loop);

/*
 * Watch watch->fd for events, a set of EPOLLIN, EPOLLOUT, EPOLLRDHUP and EPOLLET.
 * Errors: VSCMI_E_SYSTEM, errno says why.
 */
enum vscmi_error vscmi_loop_add(struct vscmi_loop *loop, struct vscmi_watch *watch,
				uint32_t events);

/* Change the events of a watch that was added. Errors as above. */
enum vscmi_error vscmi_loop_change(struct vscmi_loop *loop, struct vscmi_watch *watch,
				   uint32_t events);

/*
 * Stop watching, before the descriptor is closed. From the return on, ready is not
 * called, not even for an event that the loop had collected already; the memory may be
 * freed.
 */
void vscmi_loop_remove(struct vscmi_loop *loop, struct vscmi_watch *watch);

/*
 * Let timer->fire be called once, when vscmi_monotonic_us() has reached due_us. A timer
 * that is armed already is moved. Timers fire in the order of their moments.
 */
void vscmi_timer_arm(struct vscmi_loop *loop, struct vscmi_timer *timer, uint64_t due_us);

/* From the return on, fire is not called. A timer that is not armed is left alone. */
void vscmi_timer_cancel(struct vscmi_loop *loop, struct vscmi_timer *timer);

/* What is good for most: a few times what it takes to wake somebody. */
#define VSCMI_LOOP_POLL_US 50u

/*
 * How long, at most, to look at what has a poller before sleeping; 0, as it is at first: not
 * at all. A process with one processor never looks.
 */
void vscmi_loop_set_poll_us(struct vscmi_loop *loop, uint32_t poll_us);

/* Something came, and its descriptor told; or it is there for another reason. */
void vscmi_poller_came(struct vscmi_loop *loop, struct vscmi_poller *poller);

/* Something is known to come, as an answer to what this end has just sent. */
void vscmi_poller_expect(struct vscmi_loop *loop, struct vscmi_poller *poller);

/* From the return on no function of it is called. Harmless for one that was never used. */
void vscmi_poller_stop(struct vscmi_loop *loop, struct vscmi_poller *poller);

/*
 * Watch for SIGINT and SIGTERM, which no longer end the process from now on: ready is called
 * in each round once one has come. The caller fills in ready and context; fd is the loop's.
 * Call it before other threads are started. Errors: VSCMI_E_SYSTEM, errno says why.
 */
enum vscmi_error vscmi_loop_add_signals(struct vscmi_loop *loop,
					struct vscmi_watch *watch);

/* Stop watching for them. They do not end the process again. */
void vscmi_loop_remove_signals(struct vscmi_loop *loop, struct vscmi_watch *watch);

/*
 * Call what is ready, waiting for it at most timeout_us, or without limit if that is
 * negative. Each watch and each timer is called at most once; if what pollers look at has
 * something, that is all. May be called from inside a
 * callback, which other callbacks then interrupt.
 * Errors: VSCMI_E_SYSTEM.
 */
enum vscmi_error vscmi_loop_run_once(struct vscmi_loop *loop, int64_t timeout_us);

/* The same, waiting until vscmi_monotonic_us() is deadline_us; UINT64_MAX: without limit. */
enum vscmi_error vscmi_loop_run_until(struct vscmi_loop *loop, uint64_t deadline_us);

/* Run until vscmi_loop_stop(), by vscmi_loop_run_until(). Errors: VSCMI_E_SYSTEM. */
enum vscmi_error vscmi_loop_run(struct vscmi_loop *loop);

/*
 * Make the vscmi_loop_run() that runs, or else the next one, return after its round of
 * callbacks. For any thread and any signal handler.
 */
void vscmi_loop_stop(struct vscmi_loop *loop);

/*
 * What several loops on as many threads share, if their callbacks touch the same things: who
 * wants it gets it in turn. All zero: nobody has it. Touch no member.
 */
struct vscmi_loop_lock {
	_Atomic uint32_t next;   /* who comes next gets this turn */
	_Atomic uint32_t served; /* whose turn it is */
};

/*
 * From here on vscmi_loop_run() and vscmi_loop_run_once() are called with the lock, which is
 * the caller's. They are without it while they look or sleep, and every callback has it but
 * waits of pollers. Who has it may arm and cancel the timers of all loops that share it.
 */
void vscmi_loop_share(struct vscmi_loop *loop, struct vscmi_loop_lock *lock);

/*
 * Wait for the lock of a loop; and give it to the next one, as a callback may that has a system
 * call to make meanwhile. Nothing happens for a loop that shares none.
 */
void vscmi_loop_hold(struct vscmi_loop *loop);
void vscmi_loop_release(struct vscmi_loop *loop);

#endif
