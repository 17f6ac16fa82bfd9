/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"

#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "loop/window.h"

#define LONG_US 60000000u /* longer than a test takes */

/* An end that something comes to, as the test says. */
struct end {
	struct vscmi_poller poller;
	struct vscmi_loop *loop;
	bool waits;    /* there is something to do */
	bool stays;    /* and there always is */
	bool slips;    /* it comes just before the end sleeps */
	bool wake_ups; /* it is woken when something comes */
	unsigned works;
	struct vscmi_poller *stops; /* what its work stops */
};

static struct fixture {
	struct vscmi_loop *loop;
	struct end ends[2];
	struct vscmi_watch watch;
	unsigned told;
} fixture;

static bool waits(void *context)
{
	return ((struct end *)context)->waits;
}

static void work(void *context)
{
	struct end *end = context;

	end->works++;
	end->waits = end->stays;
	if (end->stops)
		vscmi_poller_stop(end->loop, end->stops);
}

static bool wake_ups(void *context, bool wanted)
{
	struct end *end = context;
	bool slips = end->slips && wanted;

	end->wake_ups = wanted;
	end->slips = end->slips && !wanted;
	end->waits = end->waits || slips;
	return slips;
}

static void told(void *context, uint32_t events)
{
	((struct fixture *)context)->told++;
}

static int set_up(void **state)
{
	fixture = (struct fixture){ 0 };
	assert_int_equal(vscmi_loop_new(&fixture.loop, NULL), VSCMI_OK);
	vscmi_loop_set_poll_us(fixture.loop, LONG_US);
	for (int i = 0; i < 2; i++) {
		fixture.ends[i] = (struct end){ .loop = fixture.loop, .wake_ups = true };
		fixture.ends[i].poller = (struct vscmi_poller){
			.waits = waits,
			.work = work,
			.wake_ups = wake_ups,
			.context = &fixture.ends[i],
		};
	}
	fixture.watch = (struct vscmi_watch){ eventfd(1, EFD_CLOEXEC), told, &fixture };
	assert_true(fixture.watch.fd >= 0);
	return 0;
}

static int tear_down(void **state)
{
	close(fixture.watch.fd);
	vscmi_loop_free(fixture.loop);
	return 0;
}

/* It looks, and goes on for longer than a test takes. */
static struct end *looking(unsigned index)
{
	struct end *end = &fixture.ends[index];

	end->poller.window.length_ns = LONG_US * UINT64_C(1000);
	vscmi_poller_expect(fixture.loop, &end->poller);
	assert_false(end->wake_ups);
	return end;
}

static void watch(void)
{
	assert_int_equal(vscmi_loop_add(fixture.loop, &fixture.watch, EPOLLIN), VSCMI_OK);
}

static void turn(void)
{
	assert_int_equal(vscmi_loop_run_once(fixture.loop, -1), VSCMI_OK);
}

/*
 * ---- How long ----
 */

static void the_window_follows_what_comes(void **state)
{
	static const struct {
		uint64_t max_ns, length_ns, gap_ns, expected_ns;
	} rows[] = {
		{ 50000, 0, 5000, 10000 }, /* twice the time that it took */
		{ 50000, 0, 1, 1000 },
		{ 50000, 20000, 5000, 20000 },  /* enough already */
		{ 50000, 20000, 30000, 50000 }, /* not more than is allowed */
		{ 50000, 20000, 50000, 50000 },
		{ 50000, 20000, 50001, 10000 }, /* in vain: half as long */
		{ 50000, 2000, 1000000, 1000 },
		{ 50000, 1999, 1000000, 0 }, /* and in the end not at all */
		{ 50000, 0, 1000000, 0 },
		{ 0, 0, 0, 0 }, /* never */
		{ 0, 0, 1, 0 },
		{ 0, 50000, 10, 25000 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vscmi_window window = {
			.max_ns = rows[i].max_ns,
			.since_ns = 7000,
			.length_ns = rows[i].length_ns,
		};

		vscmi_window_missed(&window, 7000 + rows[i].gap_ns);
		assert_int_equal(window.length_ns, rows[i].expected_ns);
		assert_int_equal(window.since_ns, 7000 + rows[i].gap_ns);
	}
}

/* Fewer processors than ends: each look keeps the other end from what is looked for. */
static void looking_in_vain_is_tried_less_and_less(void **state)
{
	struct vscmi_window window = { .max_ns = 50000 };
	uint64_t now_ns = 1000000;
	unsigned looks = 0;

	for (unsigned message = 0; message < 1000; message++) {
		if (window.length_ns > 0) {
			looks++;
			now_ns += window.length_ns;
			assert_false(vscmi_window_is_open(&window, now_ns));
			vscmi_window_close(&window);
		}
		now_ns += 5000;
		vscmi_window_missed(&window, now_ns);
	}
	assert_in_range(looks, 6, 1000 / 64 + 6);
	/* One success, and it is looked as before. */
	while (window.length_ns == 0)
		vscmi_window_missed(&window, now_ns += 5000);
	vscmi_window_seen(&window, now_ns += 5000);
	vscmi_window_close(&window);
	vscmi_window_missed(&window, now_ns += 20000);
	assert_int_equal(window.pause, 2);
}

/* It looked, but nothing was to be seen for long: that is no reason not to look again. */
static void the_end_of_the_traffic_is_not_in_vain(void **state)
{
	struct vscmi_window window = { .max_ns = 50000, .length_ns = 20000 };

	vscmi_window_close(&window);
	vscmi_window_missed(&window, 100001);
	assert_int_equal(window.length_ns, 10000);
	assert_int_equal(window.pause, 0);
}

static void the_window_closes_its_length_after_something_came(void **state)
{
	struct vscmi_window window = { .length_ns = 1000 };

	vscmi_window_begin(&window, 5000);
	assert_true(vscmi_window_is_open(&window, 5999));
	assert_false(vscmi_window_is_open(&window, 6000));
	window.length_ns = 0;
	assert_false(vscmi_window_is_open(&window, 5000));
}

/*
 * ---- Who looks ----
 */

static void who_is_told_twice_in_short_time_looks(void **state)
{
	struct end *end = &fixture.ends[0];

	vscmi_poller_came(fixture.loop,
			  &end->poller); /* the first time ever: who knows */
	assert_true(end->wake_ups);
	vscmi_poller_came(fixture.loop, &end->poller);
	assert_false(end->wake_ups);
}

static void without_poll_time_nobody_looks(void **state)
{
	struct end *end = &fixture.ends[0];

	vscmi_loop_set_poll_us(fixture.loop, 0);
	for (int i = 0; i < 5; i++)
		vscmi_poller_came(fixture.loop, &end->poller);
	vscmi_poller_expect(fixture.loop, &end->poller);
	assert_true(end->wake_ups);
}

static void with_one_processor_nobody_looks(void **state)
{
	struct end *end = &fixture.ends[0];
	cpu_set_t all, one;
	unsigned processor = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	while (!CPU_ISSET(processor, &all))
		processor++;
	CPU_ZERO(&one);
	CPU_SET(processor, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	vscmi_loop_set_poll_us(fixture.loop, LONG_US);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	for (int i = 0; i < 5; i++)
		vscmi_poller_came(fixture.loop, &end->poller);
	assert_true(end->wake_ups);
}

/*
 * ---- The loop ----
 */

static void what_is_looked_at_is_done_without_a_descriptor(void **state)
{
	struct end *end = looking(0);

	for (unsigned i = 1; i < 4; i++) {
		end->waits = true;
		turn();
		assert_int_equal(end->works, i);
		assert_false(end->wake_ups);
	}
}

static void who_finds_nothing_sleeps(void **state)
{
	struct end *end = looking(0);

	end->poller.window.length_ns = 1;
	watch();
	turn();
	assert_int_equal(fixture.told, 1);
	assert_true(end->wake_ups);
	assert_int_equal(end->works, 0);
}

static void what_comes_just_before_the_sleep_is_done(void **state)
{
	struct end *end = looking(0);

	end->poller.window.length_ns = 1;
	end->slips = true;
	turn();
	assert_int_equal(end->works, 1);
}

static void descriptors_have_their_turn_beside_who_is_always_busy(void **state)
{
	struct end *end = looking(0);

	end->waits = end->stays = true;
	watch();
	while (!fixture.told)
		turn();
	assert_true(end->works > 0);
}

static void stop_loop(void *context)
{
	vscmi_loop_stop(context);
}

static void timers_have_their_turn_beside_who_looks_in_vain(void **state)
{
	struct vscmi_timer timer = { .fire = stop_loop, .context = fixture.loop };

	looking(0);
	vscmi_timer_arm(fixture.loop, &timer, 0);
	assert_int_equal(vscmi_loop_run(fixture.loop), VSCMI_OK);
}

static void everyone_who_is_looked_at_has_a_turn(void **state)
{
	struct end *first = looking(0), *second = looking(1);

	first->waits = second->waits = true;
	turn();
	assert_int_equal(first->works, 1);
	assert_int_equal(second->works, 1);
}

static void who_works_may_stop_any_poller(void **state)
{
	for (unsigned victim = 0; victim < 2; victim++) {
		struct end *first = looking(0), *second = looking(1);

		/* The one that is looked at first. */
		second->waits = true;
		second->stops = &fixture.ends[victim].poller;
		first->works = second->works = 0;
		first->waits = victim == 0;
		turn();
		assert_int_equal(second->works, 1);
		assert_int_equal(first->works, 0);
		first->waits = false;
		vscmi_poller_stop(fixture.loop, &first->poller);
		vscmi_poller_stop(fixture.loop, &second->poller);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_window_follows_what_comes),
		TEST(looking_in_vain_is_tried_less_and_less),
		TEST(the_end_of_the_traffic_is_not_in_vain),
		TEST(the_window_closes_its_length_after_something_came),
		TEST(who_is_told_twice_in_short_time_looks),
		TEST(without_poll_time_nobody_looks),
		TEST(with_one_processor_nobody_looks),
		TEST(what_is_looked_at_is_done_without_a_descriptor),
		TEST(who_finds_nothing_sleeps),
		TEST(what_comes_just_before_the_sleep_is_done),
		TEST(descriptors_have_their_turn_beside_who_is_always_busy),
		TEST(timers_have_their_turn_beside_who_looks_in_vain),
		TEST(everyone_who_is_looked_at_has_a_turn),
		TEST(who_works_may_stop_any_poller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
