/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "loop/loop.h"

#define US_PER_S UINT64_C(1000000)

uint64_t vscmi_monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / 1000;
}

/* Both descriptors only wake the loop; what woke it is looked up elsewhere. */
static void drain(void *context, uint32_t events)
{
	const struct vscmi_watch *watch = context;
	uint64_t count;

	(void)!read(watch->fd, &count, sizeof(count));
}

enum vscmi_error vscmi_loop_new(struct vscmi_loop **ret_loop,
				struct vscmi_problem *problem)
{
	struct vscmi_loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY,
					 "event loop: no memory");
	loop->timerfd_due_us = UINT64_MAX;
	loop->stop_watch.ready = drain;
	loop->stop_watch.context = &loop->stop_watch;
	loop->timer_watch.ready = drain;
	loop->timer_watch.context = &loop->timer_watch;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->stop_watch.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loop->timer_watch.fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (loop->epoll_fd < 0 || loop->stop_watch.fd < 0 || loop->timer_watch.fd < 0 ||
	    vscmi_loop_add(loop, &loop->stop_watch, EPOLLIN) ||
	    vscmi_loop_add(loop, &loop->timer_watch, EPOLLIN)) {
		vscmi_problem_set(problem, VSCMI_E_SYSTEM, "event loop: %m");
		vscmi_loop_free(loop);
		return VSCMI_E_SYSTEM;
	}
	*ret_loop = loop;
	return VSCMI_OK;
}

void vscmi_loop_free(struct vscmi_loop *loop)
{
	if (!loop)
		return;
	if (loop->timer_watch.fd >= 0)
		close(loop->timer_watch.fd);
	if (loop->stop_watch.fd >= 0)
		close(loop->stop_watch.fd);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	free(loop);
}

static enum vscmi_error control(struct vscmi_loop *loop, int operation,
				struct vscmi_watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	return epoll_ctl(loop->epoll_fd, operation, watch->fd, &event) < 0
		       ? VSCMI_E_SYSTEM
		       : VSCMI_OK;
}

enum vscmi_error vscmi_loop_add(struct vscmi_loop *loop, struct vscmi_watch *watch,
				uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, watch, events);
}

enum vscmi_error vscmi_loop_change(struct vscmi_loop *loop, struct vscmi_watch *watch,
				   uint32_t events)
{
	return control(loop, EPOLL_CTL_MOD, watch, events);
}

void vscmi_loop_remove(struct vscmi_loop *loop, struct vscmi_watch *watch)
{
	(void)control(loop, EPOLL_CTL_DEL, watch, 0);
	for (int i = loop->batch_next; i < loop->batch_count; i++) {
		if (loop->batch[i].data.ptr == watch)
			loop->batch[i].data.ptr = NULL;
	}
}

/* A stop must not lose its wake-up to a drain, so the flag is set first and read last. */
void vscmi_loop_stop(struct vscmi_loop *loop)
{
	int saved_errno = errno;
	uint64_t one = 1;

	atomic_store(&loop->stopping, true);
	(void)!write(loop->stop_watch.fd, &one, sizeof(one));
	errno = saved_errno;
}

void vscmi_timer_cancel(struct vscmi_loop *loop, struct vscmi_timer *timer)
{
	if (!timer->armed)
		return;
	for (struct vscmi_timer **link = &loop->timers; *link; link = &(*link)->next) {
		if (*link == timer) {
			*link = timer->next;
			break;
		}
	}
	timer->armed = false;
}

static enum vscmi_error set_timerfd(struct vscmi_loop *loop)
{
	uint64_t due_us = loop->timers ? loop->timers->due_us : UINT64_MAX;
	struct itimerspec moment = { 0 };

	if (due_us == loop->timerfd_due_us)
		return VSCMI_OK;
	if (due_us != UINT64_MAX) {
		moment.it_value.tv_sec = (time_t)(due_us / US_PER_S);
		/* 0 would switch it off: a moment of 0 is as long past as 1 ns is. */
		moment.it_value.tv_nsec = (long)(due_us % US_PER_S) * 1000 + 1;
	}
	if (timerfd_settime(loop->timer_watch.fd, TFD_TIMER_ABSTIME, &moment, NULL) < 0)
		return VSCMI_E_SYSTEM;
	loop->timerfd_due_us = due_us;
	return VSCMI_OK;
}

void vscmi_timer_arm(struct vscmi_loop *loop, struct vscmi_timer *timer, uint64_t due_us)
{
	struct vscmi_timer **link = &loop->timers;

	vscmi_timer_cancel(loop, timer);
	while (*link && (*link)->due_us <= due_us)
		link = &(*link)->next;
	timer->due_us = due_us;
	timer->next = *link;
	timer->armed = true;
	*link = timer;
	if (loop->asleep && due_us < loop->timerfd_due_us)
		(void)set_timerfd(loop);
}

/* Those that are due now, not those that a callback arms for now: a loop must come round.
 */
static void fire_timers(struct vscmi_loop *loop)
{
	uint64_t now_us = loop->timers ? vscmi_monotonic_us() : 0;
	unsigned due = 0;

	for (struct vscmi_timer *t = loop->timers; t && t->due_us <= now_us; t = t->next)
		due++;
	while (due-- && loop->timers && loop->timers->due_us <= now_us) {
		struct vscmi_timer *timer = loop->timers;

		vscmi_timer_cancel(loop, timer);
		timer->fire(timer->context);
	}
}

static int timeout_ms(int64_t timeout_us)
{
	if (timeout_us < 0)
		return -1;
	if (timeout_us > (int64_t)INT_MAX * 1000)
		return INT_MAX;
	return (int)((timeout_us + 999) / 1000);
}

static enum vscmi_error collect(struct vscmi_loop *loop, int timeout_ms)
{
	int count, saved_errno;

	vscmi_loop_release(loop);
	count = epoll_wait(loop->epoll_fd, loop->batch, VSCMI_LOOP_BATCH, timeout_ms);
	saved_errno = errno;
	vscmi_loop_hold(loop);
	errno = saved_errno;
	if (count < 0 && errno != EINTR)
		return VSCMI_E_SYSTEM;
	loop->batch_next = 0;
	loop->batch_count = count < 0 ? 0 : count;
	return VSCMI_OK;
}

/* Sleep until something is ready. */
static enum vscmi_error sleep_until(struct vscmi_loop *loop, uint64_t deadline_us)
{
	uint64_t now_us;
	enum vscmi_error error;
	int64_t left_us = -1;

	if (set_timerfd(loop))
		return VSCMI_E_SYSTEM;
	if (deadline_us != UINT64_MAX) {
		now_us = vscmi_monotonic_us();
		left_us = deadline_us > now_us ? (int64_t)(deadline_us - now_us) : 0;
	}
	loop->asleep = true;
	error = collect(loop, timeout_ms(left_us));
	loop->asleep = false;
	return error;
}

/*
 * Find something to do: what pollers see is done then already, what descriptors say is in the
 * batch. While pollers look nothing sleeps, and the descriptors are asked now and then.
 */
static enum vscmi_error find(struct vscmi_loop *loop, uint64_t deadline_us)
{
	while (loop->looking) {
		uint64_t now_us;

		bool seen;

		vscmi_loop_release(loop);
		seen = vscmi_loop_look(loop);
		vscmi_loop_hold(loop);
		if (seen)
			return VSCMI_OK;
		if (collect(loop, 0))
			return VSCMI_E_SYSTEM;
		now_us = vscmi_monotonic_us();
		if (loop->batch_count || now_us >= deadline_us ||
		    (loop->timers && loop->timers->due_us <= now_us))
			return VSCMI_OK;
	}
	return sleep_until(loop, deadline_us);
}

/* A call from inside a callback goes on with the batch, in which it may find what it wants. */
enum vscmi_error vscmi_loop_run_until(struct vscmi_loop *loop, uint64_t deadline_us)
{
	if (loop->batch_next == loop->batch_count && find(loop, deadline_us))
		return VSCMI_E_SYSTEM;
	while (loop->batch_next < loop->batch_count) {
		const struct epoll_event *event = &loop->batch[loop->batch_next++];
		struct vscmi_watch *watch = event->data.ptr;

		if (watch == &loop->timer_watch)
			loop->timerfd_due_us = UINT64_MAX;
		if (watch)
			watch->ready(watch->context, event->events);
	}
	fire_timers(loop);
	return VSCMI_OK;
}

enum vscmi_error vscmi_loop_run_once(struct vscmi_loop *loop, int64_t timeout_us)
{
	uint64_t deadline_us = UINT64_MAX;

	if (timeout_us >= 0)
		deadline_us = vscmi_monotonic_us() + (uint64_t)timeout_us;
	return vscmi_loop_run_until(loop, deadline_us);
}

enum vscmi_error vscmi_loop_run(struct vscmi_loop *loop)
{
	enum vscmi_error error = VSCMI_OK;

	while (!error && !atomic_exchange(&loop->stopping, false))
		error = vscmi_loop_run_until(loop, UINT64_MAX);
	return error;
}
