/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vscmi/host/socket.h>

#include "listener.h"

#define NO_LIMIT (-1)

static struct fixture {
	struct vscmi_loop *loop;
	struct vscmi_listener listener;
	char folder[sizeof("/tmp/vscmi-listener-XXXXXX")];
	char path[sizeof("/tmp/vscmi-listener-XXXXXX/socket")];
	int served;      /* the peer's socket; -1: none */
	unsigned offers; /* how often serve was called */
	unsigned refuse; /* so many of the next offers */
	bool leave;      /* a peer is gone before serve returns */
} fixture;

static enum vscmi_error serve(void *context, int fd, struct vscmi_problem *problem)
{
	struct fixture *f = context;

	f->offers++;
	if (f->refuse > 0) {
		f->refuse--;
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "no memory");
	}
	if (f->leave) {
		close(fd);
		vscmi_listener_next(&f->listener);
	} else {
		f->served = fd;
	}
	return VSCMI_OK;
}

static int set_up(void **state)
{
	fixture = (struct fixture){
		.listener = { .name = "agent", .peer = "a peer", .serve = serve },
		.folder = "/tmp/vscmi-listener-XXXXXX",
		.served = -1,
	};
	assert_non_null(mkdtemp(fixture.folder));
	strcpy(fixture.path, fixture.folder);
	strcat(fixture.path, "/socket");
	assert_int_equal(vscmi_loop_new(&fixture.loop, NULL), VSCMI_OK);
	fixture.listener.loop = fixture.loop;
	fixture.listener.context = &fixture;
	vscmi_listener_init(&fixture.listener);
	assert_int_equal(vscmi_listener_listen(&fixture.listener, fixture.path, NULL),
			 VSCMI_OK);
	return 0;
}

static int tear_down(void **state)
{
	if (fixture.served >= 0)
		close(fixture.served);
	vscmi_listener_fini(&fixture.listener);
	vscmi_loop_free(fixture.loop);
	assert_int_equal(rmdir(fixture.folder), 0); /* the path is gone */
	return 0;
}

static int connect_peer(void)
{
	int fd;

	assert_int_equal(vscmi_socket_connect(fixture.path, &fd, NULL), VSCMI_OK);
	return fd;
}

static void turn(int64_t timeout_us)
{
	assert_int_equal(vscmi_loop_run_once(fixture.loop, timeout_us), VSCMI_OK);
}

static void one_peer_is_served_at_a_time(void **state)
{
	int first = connect_peer(), second = connect_peer();

	turn(NO_LIMIT);
	turn(0);
	assert_int_equal(fixture.offers, 1);
	close(fixture.served);
	vscmi_listener_next(&fixture.listener);
	turn(NO_LIMIT);
	assert_int_equal(fixture.offers, 2);
	close(first);
	close(second);
}

static void a_peer_that_is_gone_at_once_leaves_the_place_to_the_next(void **state)
{
	int first = connect_peer(), second = connect_peer();

	fixture.leave = true;
	turn(NO_LIMIT);
	fixture.leave = false;
	turn(NO_LIMIT);
	assert_int_equal(fixture.offers, 2);
	assert_true(fixture.served >= 0);
	close(first);
	close(second);
}

/* By the clock, since what is missing does not say when it is back; the test waits for it. */
static void who_comes_after_one_that_could_not_be_served_is_served(void **state)
{
	int first = connect_peer(), second = connect_peer();
	char byte;

	fixture.refuse = 1;
	turn(NO_LIMIT);
	assert_int_equal(read(first, &byte, 1), 0);
	turn(0);
	assert_int_equal(fixture.offers, 1); /* it does not spin */
	while (fixture.served < 0)
		turn(NO_LIMIT);
	assert_int_equal(fixture.offers, 2);
	close(first);
	close(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_peer_is_served_at_a_time, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			a_peer_that_is_gone_at_once_leaves_the_place_to_the_next, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			who_comes_after_one_that_could_not_be_served_is_served, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
