/* SPDX-License-Identifier: BSD-3-Clause */
/* The device end of vhost-user while it looks at its rings instead of waiting for kicks. */
#include "test.h"

#include <string.h>
#include <unistd.h>

#include "loop/loop.h"
#include "vhost.h"
#include "vhost_user/backend.h"

#define LONG_NS UINT64_C(60000000000) /* longer than a test takes */

static struct echo echo;
static struct guest guest;
static struct pair pair = { &echo, &guest };

/* Both queues run, and the backend looks at the first. */
static void look(void)
{
	struct vscmi_poller *poller = &echo.backend->poller;

	echo.backend->polled_queues = 1;
	guest_start(&guest);
	poller->window.length_ns = LONG_NS;
	vscmi_poller_expect(echo.loop, poller);
	assert_true(poller->looks);
	echo_log(&echo);
}

static bool wake_ups(bool wanted)
{
	return echo.backend->poller.wake_ups(echo.backend, wanted);
}

static void corrupt_ring(void)
{
	uint16_t far = 0x4000;

	memcpy(guest.memory + (guest.areas[0].driver_area - GUEST_BASE) + 2, &far,
	       sizeof(far));
}

static void assert_told_once(void)
{
	uint64_t told;

	assert_int_equal(read(guest.errors[0], &told, sizeof(told)), sizeof(told));
	assert_int_equal(told, 1);
	echo_run(&echo);
	assert_int_equal(read(guest.errors[0], &told, sizeof(told)), -1);
}

static void a_chain_is_seen_without_a_kick(void **state)
{
	look();
	for (unsigned i = 0; i < 3 * QUEUE_SIZE; i++)
		guest_assert_echoes(&guest, 0);
	assert_false(wake_ups(false));
}

static void a_chain_that_slips_in_before_the_sleep_is_found(void **state)
{
	look();
	guest_send(&guest, 0);
	assert_true(wake_ups(true));
	echo_run(&echo);
	assert_true(guest_got_echo(&guest, 0));
	assert_false(wake_ups(true));
}

static void a_ring_that_is_seen_to_be_corrupt_is_told_of(void **state)
{
	look();
	corrupt_ring();
	echo_run(&echo);
	assert_told_once();
	assert_false(wake_ups(true));
}

static void a_ring_that_is_found_corrupt_before_the_sleep_is_told_of(void **state)
{
	look();
	corrupt_ring();
	assert_true(wake_ups(true));
	echo_run(&echo);
	assert_told_once();
}

static void a_ring_laid_out_anew_while_it_is_looked_at_wants_no_kick(void **state)
{
	static const enum vscmi_vhost_request requests[] = {
		VSCMI_VHOST_SET_MEM_TABLE, /* while it runs */
		VSCMI_VHOST_SET_VRING_ENABLE,
	};
	uint64_t kicks;

	look();
	for (size_t i = 0; i < 2; i++) {
		if (requests[i] == VSCMI_VHOST_SET_VRING_ENABLE)
			guest_say(&guest, VSCMI_VHOST_SET_VRING_ENABLE, 0, 0);
		guest_say(&guest, requests[i], 0, 1);
		while (read(guest.kicks[0], &kicks, sizeof(kicks)) == sizeof(kicks))
			;
		guest_assert_echoes(&guest, 0);
		assert_int_equal(read(guest.kicks[0], &kicks, sizeof(kicks)), -1);
	}
}

static void a_kick_for_nothing_buys_no_look(void **state)
{
	uint64_t one = 1;

	vscmi_loop_set_poll_us(echo.loop, 60000000);
	echo.backend->polled_queues = 1;
	guest_start(&guest);
	echo.backend->poller.window.length_ns = LONG_NS;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(write(guest.kicks[0], &one, sizeof(one)), sizeof(one));
		echo_run(&echo);
		assert_false(echo.backend->poller.looks);
	}
}

static void a_backend_that_looks_may_go(void **state)
{
	struct echo other;
	struct guest others;

	echo_open(&other, echo.loop);
	guest_open(&others, &other, false);
	other.backend->polled_queues = 1;
	guest_start(&others);
	other.backend->poller.window.length_ns = LONG_NS;
	vscmi_poller_expect(other.loop, &other.backend->poller);
	echo_close(&other);
	assert_null(echo.loop->looking);
	others.echo = NULL;
	guest_close(&others);
	echo_run(&echo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_PAIR(a_chain_is_seen_without_a_kick),
		ON_PAIR(a_chain_that_slips_in_before_the_sleep_is_found),
		ON_PAIR(a_ring_that_is_seen_to_be_corrupt_is_told_of),
		ON_PAIR(a_ring_that_is_found_corrupt_before_the_sleep_is_told_of),
		ON_PAIR(a_ring_laid_out_anew_while_it_is_looked_at_wants_no_kick),
		ON_PAIR(a_kick_for_nothing_buys_no_look),
		ON_PAIR(a_backend_that_looks_may_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
