/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <vscmi/host/loop.h>

/* Two descriptors that are ready, and a loop. What a callback does is each test's. */
struct fixture {
	struct vscmi_loop *loop;
	struct vscmi_watch watches[2];
	struct vscmi_timer timers[3];
	unsigned calls[3];
	char order[8]; /* the timers that fired, by letter */
	unsigned fired;
};

static struct fixture *fixture;

static int set_up(void **state)
{
	static struct fixture memory;

	memory = (struct fixture){ 0 };
	fixture = &memory;
	*state = fixture;
	assert_int_equal(vscmi_loop_new(&fixture->loop, NULL), VSCMI_OK);
	for (int i = 0; i < 2; i++) {
		fixture->watches[i].fd = eventfd(1, EFD_CLOEXEC);
		assert_true(fixture->watches[i].fd >= 0);
		fixture->watches[i].context = &fixture->calls[i];
	}
	return 0;
}

static int tear_down(void **state)
{
	for (int i = 0; i < 2; i++)
		close(fixture->watches[i].fd);
	vscmi_loop_free(fixture->loop);
	return 0;
}

static void watch_both(void (*ready)(void *context, uint32_t events), uint32_t events)
{
	for (int i = 0; i < 2; i++) {
		fixture->watches[i].ready = ready;
		assert_int_equal(
			vscmi_loop_add(fixture->loop, &fixture->watches[i], events),
			VSCMI_OK);
	}
}

static void run_once(void)
{
	assert_int_equal(vscmi_loop_run_once(fixture->loop, 0), VSCMI_OK);
}

static void count(void *context, uint32_t events)
{
	assert_int_equal(events, EPOLLIN);
	++*(unsigned *)context;
}

static void what_is_ready_is_called_once_a_round(void **state)
{
	watch_both(count, EPOLLIN);
	run_once();
	assert_int_equal(fixture->calls[0], 1);
	assert_int_equal(fixture->calls[1], 1);
	run_once();
	assert_int_equal(fixture->calls[0], 2);
}

static void an_edge_is_called_once(void **state)
{
	uint64_t one = 1;

	watch_both(count, EPOLLIN | EPOLLET);
	run_once();
	run_once();
	assert_int_equal(fixture->calls[0], 1);
	assert_int_equal(write(fixture->watches[0].fd, &one, sizeof(one)), sizeof(one));
	run_once();
	assert_int_equal(fixture->calls[0], 2);
	assert_int_equal(fixture->calls[1], 1);
}

static void count_and_remove_both(void *context, uint32_t events)
{
	count(context, events);
	for (int i = 0; i < 2; i++)
		vscmi_loop_remove(fixture->loop, &fixture->watches[i]);
}

static void a_watch_that_is_removed_is_not_called_for_what_was_pending(void **state)
{
	watch_both(count_and_remove_both, EPOLLIN);
	run_once();
	run_once();
	assert_int_equal(fixture->calls[0] + fixture->calls[1], 1);
}

static void count_and_run(void *context, uint32_t events)
{
	count(context, events);
	if (fixture->calls[0] + fixture->calls[1] == 1)
		run_once();
}

static void a_round_inside_a_callback_goes_on_with_the_batch(void **state)
{
	watch_both(count_and_run, EPOLLIN | EPOLLET);
	run_once();
	assert_int_equal(fixture->calls[0], 1);
	assert_int_equal(fixture->calls[1], 1);
}

static void fire(void *context)
{
	struct vscmi_timer *timer = context;

	fixture->order[fixture->fired++] = (char)('a' + (timer - fixture->timers));
}

static void arm(unsigned index, uint64_t due_us)
{
	fixture->timers[index].fire = fire;
	fixture->timers[index].context = &fixture->timers[index];
	vscmi_timer_arm(fixture->loop, &fixture->timers[index], due_us);
}

static void timers_fire_in_the_order_of_their_moments(void **state)
{
	arm(0, 30);
	arm(1, 10);
	arm(2, 20);
	run_once();
	assert_string_equal(fixture->order, "bca");
	run_once();
	assert_int_equal(fixture->fired, 3);
}

static void a_timer_armed_again_is_moved(void **state)
{
	arm(0, 10);
	arm(1, 20);
	arm(0, 30);
	run_once();
	assert_string_equal(fixture->order, "ba");
}

static void a_timer_that_is_cancelled_does_not_fire(void **state)
{
	arm(0, 10);
	arm(1, 20);
	vscmi_timer_cancel(fixture->loop, &fixture->timers[0]);
	vscmi_timer_cancel(fixture->loop, &fixture->timers[0]);
	run_once();
	assert_string_equal(fixture->order, "b");
}

static void cancel_the_next(void *context)
{
	fire(context);
	vscmi_timer_cancel(fixture->loop, &fixture->timers[1]);
}

static void a_timer_cancelled_by_one_that_fires_does_not_fire(void **state)
{
	arm(0, 10);
	arm(1, 20);
	fixture->timers[0].fire = cancel_the_next;
	run_once();
	assert_string_equal(fixture->order, "a");
}

static void fire_and_arm_again(void *context)
{
	fire(context);
	vscmi_timer_arm(fixture->loop, context, 0);
}

static void a_timer_that_is_always_due_fires_once_a_round(void **state)
{
	arm(0, 0);
	fixture->timers[0].fire = fire_and_arm_again;
	run_once();
	assert_string_equal(fixture->order, "a");
	run_once();
	assert_string_equal(fixture->order, "aa");
}

static void fire_and_stop(void *context)
{
	fire(context);
	vscmi_loop_stop(fixture->loop);
}

static void a_loop_sleeps_until_its_first_timer(void **state)
{
	uint64_t due_us = vscmi_monotonic_us() + 1500;

	arm(0, due_us + 1000000);
	arm(1, due_us);
	fixture->timers[1].fire = fire_and_stop;
	assert_int_equal(vscmi_loop_run(fixture->loop), VSCMI_OK);
	assert_true(vscmi_monotonic_us() >= due_us);
	assert_string_equal(fixture->order, "b");
}

static void fire_and_arm_again_or_stop(void *context)
{
	if (fixture->fired == 2)
		vscmi_loop_stop(fixture->loop);
	fire_and_arm_again(context);
}

static void a_timer_armed_again_for_the_same_moment_wakes_the_loop_again(void **state)
{
	arm(0, 0);
	fixture->timers[0].fire = fire_and_arm_again_or_stop;
	assert_int_equal(vscmi_loop_run(fixture->loop), VSCMI_OK);
	assert_string_equal(fixture->order, "aaa");
}

static void stop_from_handler(int number)
{
	vscmi_loop_stop(fixture->loop);
}

static void raise_signal(void *context, uint32_t events)
{
	count(context, events);
	raise(SIGUSR1);
}

static void a_signal_handler_stops_a_loop(void **state)
{
	struct sigaction action = { .sa_handler = stop_from_handler }, previous;

	sigaction(SIGUSR1, &action, &previous);
	watch_both(raise_signal, EPOLLIN | EPOLLET);
	assert_int_equal(vscmi_loop_run(fixture->loop), VSCMI_OK);
	sigaction(SIGUSR1, &previous, NULL);
	assert_int_equal(fixture->calls[0] + fixture->calls[1], 2);
}

static void stop_at_once(void *context, uint32_t events)
{
	vscmi_loop_stop(context);
}

static void a_signal_that_is_watched_ends_the_run_and_not_the_process(void **state)
{
	struct vscmi_watch signals = { .ready = stop_at_once, .context = fixture->loop };

	assert_int_equal(vscmi_loop_add_signals(fixture->loop, &signals), VSCMI_OK);
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(vscmi_loop_run(fixture->loop), VSCMI_OK);
	vscmi_loop_remove_signals(fixture->loop, &signals);
}

static void a_stop_before_the_run_is_not_lost(void **state)
{
	vscmi_loop_stop(fixture->loop);
	assert_int_equal(vscmi_loop_run(fixture->loop), VSCMI_OK);
}

static void a_descriptor_that_cannot_be_watched_is_an_error(void **state)
{
	struct vscmi_watch closed = { .fd = -1 };

	assert_int_equal(vscmi_loop_add(fixture->loop, &closed, EPOLLIN), VSCMI_E_SYSTEM);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_is_ready_is_called_once_a_round),
		TEST(an_edge_is_called_once),
		TEST(a_watch_that_is_removed_is_not_called_for_what_was_pending),
		TEST(a_round_inside_a_callback_goes_on_with_the_batch),
		TEST(timers_fire_in_the_order_of_their_moments),
		TEST(a_timer_armed_again_is_moved),
		TEST(a_timer_that_is_cancelled_does_not_fire),
		TEST(a_timer_cancelled_by_one_that_fires_does_not_fire),
		TEST(a_timer_that_is_always_due_fires_once_a_round),
		TEST(a_loop_sleeps_until_its_first_timer),
		TEST(a_timer_armed_again_for_the_same_moment_wakes_the_loop_again),
		TEST(a_signal_handler_stops_a_loop),
		TEST(a_signal_that_is_watched_ends_the_run_and_not_the_process),
		TEST(a_stop_before_the_run_is_not_lost),
		TEST(a_descriptor_that_cannot_be_watched_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
