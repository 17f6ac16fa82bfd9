/* SPDX-License-Identifier: BSD-3-Clause */
/* Loops on several threads that share a lock. Run it in a build with -Db_sanitize=thread, too. */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "loop/loop.h"

#define LOOPS  4u
#define ROUNDS 2000u

struct looper {
	struct vscmi_loop *loop;
	struct vscmi_timer timer;
	pthread_t thread;
	unsigned left;
};

static struct vscmi_loop_lock lock;
static struct looper loopers[LOOPS];
static unsigned shared; /* by all of them, under the lock */

static int set_up(void **state)
{
	lock = (struct vscmi_loop_lock){ 0 };
	shared = 0;
	for (unsigned i = 0; i < LOOPS; i++) {
		loopers[i] = (struct looper){ .timer.context = &loopers[i] };
		assert_int_equal(vscmi_loop_new(&loopers[i].loop, NULL), VSCMI_OK);
		vscmi_loop_share(loopers[i].loop, &lock);
	}
	return 0;
}

static int tear_down(void **state)
{
	for (unsigned i = 0; i < LOOPS; i++)
		vscmi_loop_free(loopers[i].loop);
	return 0;
}

static void *run(void *context)
{
	struct looper *looper = context;

	vscmi_loop_hold(looper->loop);
	vscmi_loop_run(looper->loop);
	vscmi_loop_release(looper->loop);
	return NULL;
}

static void start(struct looper *looper)
{
	assert_int_equal(pthread_create(&looper->thread, NULL, run, looper), 0);
}

static void join(struct looper *looper)
{
	assert_int_equal(pthread_join(looper->thread, NULL), 0);
}

static void stop(void *context)
{
	struct looper *looper = context;

	vscmi_loop_stop(looper->loop);
}

static void count(void *context)
{
	struct looper *looper = context;

	shared++;
	vscmi_loop_release(looper->loop);
	sched_yield();
	vscmi_loop_hold(looper->loop);
	shared++;
	if (--looper->left)
		vscmi_timer_arm(looper->loop, &looper->timer, 0);
	else
		vscmi_loop_stop(looper->loop);
}

static void one_callback_runs_at_a_time(void **state)
{
	for (unsigned i = 0; i < LOOPS; i++) {
		loopers[i].timer.fire = count;
		loopers[i].left = ROUNDS;
		vscmi_timer_arm(loopers[i].loop, &loopers[i].timer, 0);
		start(&loopers[i]);
	}
	for (unsigned i = 0; i < LOOPS; i++)
		join(&loopers[i]);
	assert_int_equal(shared, 2 * LOOPS * ROUNDS);
}

static void a_loop_that_sleeps_wakes_for_a_timer_of_another_thread(void **state)
{
	static const uint64_t before_us[] = { 0,
					      UINT64_MAX - 1 }; /* it slept until then */

	for (unsigned i = 0; i < 2; i++) {
		struct vscmi_loop *mine = loopers[2].loop;
		struct vscmi_timer *other = &loopers[3].timer;
		struct looper *looper = &loopers[i];
		bool asleep;

		looper->timer.fire = stop;
		if (before_us[i])
			vscmi_timer_arm(looper->loop, other, before_us[i]);
		start(looper);
		do {
			vscmi_loop_hold(mine);
			asleep = looper->loop->asleep;
			if (asleep)
				vscmi_timer_arm(looper->loop, &looper->timer, 0);
			vscmi_loop_release(mine);
		} while (!asleep);
		join(looper);
		vscmi_timer_cancel(looper->loop, other);
	}
}

static void *take_a_turn(void *context)
{
	struct looper *looper = context;

	vscmi_loop_hold(looper->loop);
	shared = 1;
	vscmi_loop_release(looper->loop);
	return NULL;
}

static void who_waits_is_before_who_comes_again(void **state)
{
	for (unsigned i = 0; i < 100; i++) {
		uint32_t waiting;

		shared = 0;
		vscmi_loop_hold(loopers[0].loop);
		assert_int_equal(pthread_create(&loopers[1].thread, NULL, take_a_turn,
						&loopers[1]),
				 0);
		waiting = atomic_load(&lock.served) + 2;
		while (atomic_load(&lock.next) != waiting)
			sched_yield();
		vscmi_loop_release(loopers[0].loop);
		vscmi_loop_hold(loopers[0].loop);
		assert_int_equal(shared, 1);
		vscmi_loop_release(loopers[0].loop);
		join(&loopers[1]);
	}
}

static void a_loop_that_shares_nothing_has_no_lock(void **state)
{
	vscmi_loop_share(loopers[0].loop, NULL);
	vscmi_loop_hold(loopers[0].loop);
	vscmi_loop_release(loopers[0].loop);
	assert_int_equal(vscmi_loop_run_once(loopers[0].loop, 0), VSCMI_OK);
	assert_int_equal(atomic_load(&lock.next), 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(one_callback_runs_at_a_time),
		TEST(a_loop_that_sleeps_wakes_for_a_timer_of_another_thread),
		TEST(who_waits_is_before_who_comes_again),
		TEST(a_loop_that_shares_nothing_has_no_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
