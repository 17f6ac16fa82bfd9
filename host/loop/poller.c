/* SPDX-License-Identifier: BSD-3-Clause */
#include <sched.h>
#include <time.h>

#include "loop/loop.h"
#include "loop/window.h"

#define NS_PER_US UINT64_C(1000)
#define NS_PER_S  UINT64_C(1000000000)

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Whoever looks keeps the other end from its work if they share a processor. */
static bool is_alone(void)
{
	cpu_set_t processors;

	return sched_getaffinity(0, sizeof(processors), &processors) == 0 &&
	       CPU_COUNT(&processors) == 1;
}

void vscmi_loop_set_poll_us(struct vscmi_loop *loop, uint32_t poll_us)
{
	loop->poll_us = is_alone() ? 0 : poll_us;
}

static void leave_list(struct vscmi_loop *loop, struct vscmi_poller *poller)
{
	struct vscmi_poller **link = &loop->looking;

	while (*link != poller)
		link = &(*link)->next;
	*link = poller->next;
	if (loop->next == poller)
		loop->next = poller->next;
	poller->looks = false;
}

static void begin_to_look(struct vscmi_loop *loop, struct vscmi_poller *poller)
{
	if (poller->looks || poller->window.length_ns == 0)
		return;
	if (!loop->looking)
		loop->asked_ns = poller->window.since_ns;
	poller->looks = true;
	poller->came = false;
	poller->next = loop->looking;
	loop->looking = poller;
	poller->wake_ups(poller->context, false);
}

void vscmi_poller_came(struct vscmi_loop *loop, struct vscmi_poller *poller)
{
	poller->window.max_ns = loop->poll_us * NS_PER_US;
	if (poller->looks)
		vscmi_window_seen(&poller->window, now_ns());
	else
		vscmi_window_missed(&poller->window, now_ns());
	begin_to_look(loop, poller);
}

void vscmi_poller_expect(struct vscmi_loop *loop, struct vscmi_poller *poller)
{
	vscmi_window_begin(&poller->window, now_ns());
	begin_to_look(loop, poller);
}

void vscmi_poller_stop(struct vscmi_loop *loop, struct vscmi_poller *poller)
{
	if (poller->looks)
		leave_list(loop, poller);
	poller->window = (struct vscmi_window){ 0 };
}

/* True: somebody had something to do. Who works may stop any poller, and be gone. */
static bool see_who_waits(struct vscmi_loop *loop)
{
	bool seen = false;

	for (struct vscmi_poller *poller = loop->looking; poller; poller = loop->next) {
		loop->next = poller->next;
		if (!poller->waits(poller->context))
			continue;
		poller->came = true;
		vscmi_loop_hold(loop);
		poller->work(poller->context);
		vscmi_loop_release(loop);
		seen = true;
	}
	return seen;
}

/* What came before the other end was asked to wake this one did not: true. */
static bool go_to_sleep(struct vscmi_loop *loop, struct vscmi_poller *poller)
{
	bool seen;

	leave_list(loop, poller);
	vscmi_window_close(&poller->window);
	vscmi_loop_hold(loop);
	seen = poller->wake_ups(poller->context, true);
	if (seen) {
		vscmi_poller_came(loop, poller);
		poller->work(poller->context);
	}
	vscmi_loop_release(loop);
	return seen;
}

static bool see_whose_time_is_over(struct vscmi_loop *loop, uint64_t at_ns)
{
	bool seen = false;

	for (struct vscmi_poller *poller = loop->looking; poller; poller = loop->next) {
		loop->next = poller->next;
		if (poller->came) {
			poller->came = false;
			vscmi_window_seen(&poller->window, at_ns);
		} else if (!vscmi_window_is_open(&poller->window, at_ns)) {
			seen = go_to_sleep(loop, poller) || seen;
		}
	}
	return seen;
}

/* The clock is read in vain, where something comes in each round: so only in every so many. */
#define ROUNDS_A_READING 16u

bool vscmi_loop_look(struct vscmi_loop *loop)
{
	while (loop->looking) {
		bool seen;

		if (loop->ask) {
			loop->ask = false;
			return false;
		}
		seen = see_who_waits(loop);
		if (!seen || ++loop->rounds == ROUNDS_A_READING) {
			uint64_t at_ns = now_ns();

			loop->rounds = 0;
			loop->ask = at_ns - loop->asked_ns >= VSCMI_LOOP_TURN_NS;
			if (loop->ask)
				loop->asked_ns = at_ns;
			seen = see_whose_time_is_over(loop, at_ns) || seen;
		}
		if (seen)
			return true;
		vscmi_relax();
	}
	return false;
}
