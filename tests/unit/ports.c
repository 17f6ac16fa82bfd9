/* SPDX-License-Identifier: BSD-3-Clause */
/* The ports of a Linux program. */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <vscmi/host/port.h>

#define SOON_US 2000u

static _Atomic uint32_t word;

static void change(void *context)
{
	atomic_fetch_add(&word, 1);
}

static void a_wait_runs_the_loop_until_the_word_changes(void **state)
{
	struct vscmi_timer timer = { .fire = change };
	struct vscmi_loop_port port;
	struct vscmi_loop *loop;
	uint64_t start_us;

	assert_int_equal(vscmi_loop_new(&loop, NULL), VSCMI_OK);
	vscmi_loop_port_init(&port, loop);
	atomic_store(&word, 0);
	start_us = port.port.ops->now_us(&port.port);
	vscmi_timer_arm(loop, &timer, start_us + SOON_US);
	while (atomic_load(&word) == 0)
		port.port.ops->wait(&port.port, &word, 0, VSCMI_NEVER);
	assert_true(port.port.ops->now_us(&port.port) >= start_us + SOON_US);
	/* Not the value that was seen: no wait at all, though nothing would end it. */
	port.port.ops->wait(&port.port, &word, 0, VSCMI_NEVER);
	vscmi_loop_free(loop);
}

static void a_wait_in_the_loop_ends_at_its_deadline(void **state)
{
	struct vscmi_loop_port port;
	struct vscmi_loop *loop;
	uint64_t deadline_us;

	assert_int_equal(vscmi_loop_new(&loop, NULL), VSCMI_OK);
	vscmi_loop_port_init(&port, loop);
	deadline_us = port.port.ops->now_us(&port.port) + SOON_US;
	while (port.port.ops->now_us(&port.port) < deadline_us)
		port.port.ops->wait(&port.port, &word, atomic_load(&word), deadline_us);
	/* A deadline that is over does not hold anyone up. */
	port.port.ops->wait(&port.port, &word, atomic_load(&word), 0);
	vscmi_loop_free(loop);
}

static void *change_and_wake(void *context)
{
	atomic_fetch_add(&word, 1);
	vscmi_futex_port.ops->wake(&vscmi_futex_port, &word);
	return NULL;
}

static void a_futex_wait_ends_with_a_wake_from_another_thread(void **state)
{
	for (unsigned round = 0; round < 200; round++) {
		pthread_t thread;

		atomic_store(&word, 0);
		assert_int_equal(pthread_create(&thread, NULL, change_and_wake, NULL), 0);
		while (atomic_load(&word) == 0)
			vscmi_futex_port.ops->wait(&vscmi_futex_port, &word, 0,
						   VSCMI_NEVER);
		pthread_join(thread, NULL);
	}
}

static void a_futex_wait_ends_at_its_deadline(void **state)
{
	uint64_t deadline_us = vscmi_futex_port.ops->now_us(&vscmi_futex_port) + SOON_US;

	while (vscmi_futex_port.ops->now_us(&vscmi_futex_port) < deadline_us)
		vscmi_futex_port.ops->wait(&vscmi_futex_port, &word, atomic_load(&word),
					   deadline_us);
	vscmi_futex_port.ops->wait(&vscmi_futex_port, &word, atomic_load(&word) + 1,
				   VSCMI_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_runs_the_loop_until_the_word_changes),
		cmocka_unit_test(a_wait_in_the_loop_ends_at_its_deadline),
		cmocka_unit_test(a_futex_wait_ends_with_a_wake_from_another_thread),
		cmocka_unit_test(a_futex_wait_ends_at_its_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
