/* SPDX-License-Identifier: BSD-3-Clause */
/* Both ends of the shared memory link as two programs have them: over a socket, on a loop. */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "shmem/hello.h"
#include "vscmi/agent.h"
#include "vscmi/agent/clock.h"
#include "vscmi/agent/event.h"
#include "vscmi/host/port.h"
#include "vscmi/host/shmem_backend.h"
#include "vscmi/host/shmem_link.h"
#include "vscmi/host/socket.h"
#include "vscmi/link/shmem_platform.h"

#define SLOTS         4u
#define MESSAGE_BYTES 256u
#define LONG_US       INT64_C(20000000) /* more than any step takes */
#define ME            PEER

static struct {
	char folder[32], path[48];
	struct vscmi_loop *loop;
	struct vscmi_loop_port port;
	struct bench bench;
	struct vscmi_shmem_backend *backend;
	struct vscmi_shmem_platform platform;
	unsigned came, gone;

	struct vscmi_connection *connection;
	struct vscmi_agent agent;
	struct vscmi_slot slots[SLOTS];
	uint8_t replies[SLOTS * MESSAGE_BYTES];
	struct vscmi_subscription subscriptions[1];
	unsigned events;
	uint64_t rate_hz;
} rig;

/*
 * ---- The platform's program ----
 */

static void interrupt(void *context, enum vscmi_channel channel)
{
	vscmi_shmem_backend_interrupt(rig.backend, channel);
}

static void reset(void *context)
{
	vscmi_shmem_backend_hang_up(rig.backend);
}

static void came(void *context, const struct vscmi_shmem_channel *commands,
		 const struct vscmi_shmem_channel *events)
{
	const struct vscmi_shmem_platform_config config = {
		.service = vscmi_platform_service(rig.bench.platform),
		.agent_id = ME,
		.commands = *commands,
		.events = *events,
		.interrupt = interrupt,
		.reset = reset,
	};

	rig.came++;
	assert_int_equal(vscmi_shmem_platform_init(&rig.platform, &config), VSCMI_OK);
	assert_int_equal(vscmi_shmem_platform_start(&rig.platform), VSCMI_OK);
}

static void rung(void *context, enum vscmi_channel channel)
{
	vscmi_shmem_platform_rung(&rig.platform, channel);
}

static void gone(void *context)
{
	rig.gone++;
	vscmi_shmem_platform_stop(&rig.platform);
}

static const struct vscmi_shmem_backend_ops ops = { came, rung, gone };

/*
 * ---- The agent's program ----
 */

static void agent_starts(void)
{
	const struct vscmi_agent_config config = {
		.port = &rig.port.port,
		.slots = rig.slots,
		.slot_count = SLOTS,
		.replies = rig.replies,
		.message_bytes = MESSAGE_BYTES,
		.subscriptions = rig.subscriptions,
		.subscription_count = 1,
	};
	struct vscmi_agent_config with_link = config;
	struct vscmi_problem problem;

	assert_int_equal(
		vscmi_shmem_link_new(rig.loop, rig.path, &rig.connection, &problem),
		VSCMI_OK);
	with_link.link = rig.connection->link;
	assert_int_equal(vscmi_agent_init(&rig.agent, &with_link), VSCMI_OK);
	assert_int_equal(vscmi_connection_keep(rig.connection, &problem), VSCMI_OK);
	assert_int_equal(vscmi_agent_wait_up(&rig.agent, LONG_US), VSCMI_OK);
}

static void agent_ends(void)
{
	unsigned before = rig.gone;

	vscmi_connection_free(rig.connection);
	while (rig.gone == before)
		assert_int_equal(vscmi_loop_run_once(rig.loop, LONG_US), VSCMI_OK);
}

static int set_up(void **state)
{
	const struct vscmi_shmem_backend_config config = {
		.ops = &ops,
		.name = "me",
		.message_bytes = MESSAGE_BYTES,
	};
	struct vscmi_shmem_backend_config with_loop = config;
	struct vscmi_problem problem;

	memset(&rig, 0, sizeof(rig));
	strcpy(rig.folder, "/tmp/vscmi-test-XXXXXX");
	assert_non_null(mkdtemp(rig.folder));
	snprintf(rig.path, sizeof(rig.path), "%s/shmem", rig.folder);
	assert_int_equal(vscmi_loop_new(&rig.loop, &problem), VSCMI_OK);
	vscmi_loop_port_init(&rig.port, rig.loop);
	bench_describe(&rig.bench);
	bench_start(&rig.bench, true);
	with_loop.loop = rig.loop;
	assert_int_equal(
		vscmi_shmem_backend_new(&with_loop, rig.path, &rig.backend, &problem),
		VSCMI_OK);
	return 0;
}

static int tear_down(void **state)
{
	vscmi_shmem_backend_free(rig.backend);
	bench_end(&rig.bench);
	vscmi_loop_free(rig.loop);
	return rmdir(rig.folder);
}

static void commands_are_answered_across_the_socket(void **state)
{
	uint64_t rate_hz;

	agent_starts();
	for (uint32_t i = 1; i <= 100; i++) {
		assert_int_equal(vscmi_clock_rate_set(&rig.agent, CLOCK_RANGE,
						      i % 8 * 1000000 + 1000000,
						      VSCMI_CLOCK_ROUND_DOWN)
					 .error,
				 VSCMI_OK);
		assert_int_equal(
			vscmi_clock_rate_get(&rig.agent, CLOCK_RANGE, &rate_hz).error,
			VSCMI_OK);
		assert_int_equal(rate_hz, i % 8 * 1000000 + 1000000);
	}
	agent_ends();
}

static void see(void *context, const struct vscmi_event *event)
{
	rig.events++;
	rig.rate_hz = event->clock.rate_hz;
}

static void events_come_one_after_the_other(void **state)
{
	struct vscmi_subscription *subscription;

	agent_starts();
	assert_int_equal(vscmi_subscribe(&rig.agent, VSCMI_EVENT_CLOCK_RATE_CHANGED,
					 CLOCK_LIST, see, NULL, &subscription)
				 .error,
			 VSCMI_OK);
	for (uint32_t i = 1; i <= 50; i++) {
		uint32_t rate_hz = i % 2 ? 10000000 : 40000000;

		assert_int_equal(status_of(&rig.bench, TRUSTED, CLOCK, 0x5, 0, CLOCK_LIST,
					   rate_hz, 0),
				 VSCMI_SUCCESS);
		while (rig.events < i)
			assert_int_equal(vscmi_loop_run_once(rig.loop, LONG_US),
					 VSCMI_OK);
		assert_int_equal(rig.rate_hz, rate_hz);
	}
	vscmi_unsubscribe(&rig.agent, subscription);
	agent_ends();
}

static void a_platform_that_goes_away_wakes_who_waits(void **state)
{
	uint64_t rate_hz;

	agent_starts();
	rig.bench.clock[CLOCK_LIST].is_later = true;
	vscmi_shmem_backend_hang_up(rig.backend);
	assert_int_equal(vscmi_clock_rate_set(&rig.agent, CLOCK_LIST, 20000000,
					      VSCMI_CLOCK_ROUND_DOWN)
				 .error,
			 VSCMI_E_LINK_LOST);
	assert_int_equal(rig.gone, 1);
	assert_int_equal(vscmi_clock_rate_get(&rig.agent, CLOCK_LIST, &rate_hz).error,
			 VSCMI_E_NOT_READY);
	vscmi_connection_free(rig.connection);
	/* And the next one is served. */
	agent_starts();
	assert_int_equal(vscmi_clock_rate_get(&rig.agent, CLOCK_FIXED, &rate_hz).error,
			 VSCMI_OK);
	agent_ends();
}

static void see_renewal(void *context, const struct vscmi_event *event)
{
	if (event->kind == VSCMI_EVENT_RENEWED && !vscmi_failed(event->renewed.result))
		++*(uint32_t *)context;
	else
		see(context, event);
}

static uint32_t count_fds(void)
{
	uint32_t count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void lose_it_and_wait(bool close)
{
	struct vscmi_connection *connection = rig.connection;

	vscmi_shmem_backend_hang_up(rig.backend);
	while (vscmi_agent_is_up(&rig.agent))
		assert_int_equal(vscmi_loop_run_once(rig.loop, LONG_US), VSCMI_OK);
	if (close) {
		vscmi_connection_close(connection);
		assert_int_equal(vscmi_connection_keep(connection, NULL), VSCMI_OK);
	}
	assert_int_equal(vscmi_agent_wait_up(&rig.agent, LONG_US), VSCMI_OK);
}

static void a_link_comes_back_a_hundred_times_with_what_is_subscribed(void **state)
{
	uint32_t renewals = 0, fds = 0;
	struct vscmi_subscription *subscription;

	agent_starts();
	assert_int_equal(vscmi_subscribe(&rig.agent, VSCMI_EVENT_CLOCK_RATE_CHANGED,
					 CLOCK_LIST, see_renewal, &renewals,
					 &subscription)
				 .error,
			 VSCMI_OK);
	for (uint32_t i = 1; i <= 100; i++) {
		/* By itself only a few times: it is tried less often if it does not stay up. */
		lose_it_and_wait(i > 4);
		while (renewals < i)
			assert_int_equal(vscmi_loop_run_once(rig.loop, LONG_US),
					 VSCMI_OK);
		if (i == 1)
			fds = count_fds();
	}
	assert_int_equal(renewals, 100);
	assert_int_equal(count_fds(), fds);
	rig.events = 0;
	assert_int_equal(
		status_of(&rig.bench, TRUSTED, CLOCK, 0x5, 0, CLOCK_LIST, 40000000, 0),
		VSCMI_SUCCESS);
	while (rig.events == 0)
		assert_int_equal(vscmi_loop_run_once(rig.loop, LONG_US), VSCMI_OK);
	assert_int_equal(rig.rate_hz, 40000000);
	agent_ends();
}

static void an_agent_that_talks_nonsense_is_disconnected(void **state)
{
	const uint8_t no_channel = 2;
	struct vscmi_problem problem;
	int fd;

	assert_int_equal(vscmi_socket_connect(rig.path, &fd, &problem), VSCMI_OK);
	assert_int_equal(send(fd, &no_channel, 1, 0), 1);
	while (rig.gone == 0)
		assert_int_equal(vscmi_loop_run_once(rig.loop, LONG_US), VSCMI_OK);
	close(fd);
}

/*
 * ---- The hello ----
 */

#define FDS_MAX 4u

/* With so many of the same descriptor. */
static void say(int socket, const void *hello, size_t count, int fd, size_t fds)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control = { .header = { CMSG_LEN(fds * sizeof(fd)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec part = { (void *)(uintptr_t)hello, count };
	const struct msghdr message = { .msg_iov = &part,
					.msg_iovlen = 1,
					.msg_control = fds ? &control : NULL,
					.msg_controllen =
						fds ? CMSG_SPACE(fds * sizeof(fd)) : 0 };

	for (size_t i = 0; i < fds; i++)
		memcpy(CMSG_DATA(&control.header) + i * sizeof(fd), &fd, sizeof(fd));
	assert_int_equal(sendmsg(socket, &message, 0), count);
}

static void expect_malformed(int fd, const void *hello, size_t count)
{
	struct vscmi_shmem_memory memory;
	struct vscmi_problem problem;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	say(ends[0], hello, count, fd, fd < 0 ? 0 : 1);
	assert_int_equal(vscmi_shmem_hello_receive(ends[1], &memory, &problem),
			 VSCMI_E_MALFORMED);
	close(ends[0]);
	close(ends[1]);
}

static void what_is_no_hello_is_refused(void **state)
{
	struct vscmi_shmem_memory memory, got;
	struct vscmi_problem problem;
	uint8_t good[32], bad[32];
	int ends[2], fd, unsealed = memfd_create("test", MFD_ALLOW_SEALING);

	assert_int_equal(ftruncate(unsealed, 4096), 0);
	assert_int_equal(vscmi_shmem_memory_new(MESSAGE_BYTES, &memory, &fd, &problem),
			 VSCMI_OK);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(vscmi_shmem_hello_send(ends[0], &memory, fd, &problem),
			 VSCMI_OK);
	assert_int_equal(recv(ends[1], good, sizeof(good), MSG_PEEK), sizeof(good));
	assert_int_equal(vscmi_shmem_hello_receive(ends[1], &got, &problem), VSCMI_OK);
	assert_int_equal(got.commands.bytes, memory.commands.bytes);
	*(uint8_t *)memory.events.area = 77;
	assert_int_equal(*(uint8_t *)got.events.area, 77);
	vscmi_shmem_memory_free(&got);

	/* Each byte of it matters but for those that make a smaller area of another. */
	for (size_t i = 0; i < sizeof(good); i++) {
		memcpy(bad, good, sizeof(bad));
		bad[i] = 0xff;
		if (i != 20 && i != 28)
			expect_malformed(fd, bad, sizeof(bad));
	}
	expect_malformed(fd, good, sizeof(good) - 1);
	expect_malformed(-1, good, sizeof(good));
	expect_malformed(unsealed, good, sizeof(good));
	close(ends[0]);
	assert_int_equal(vscmi_shmem_hello_receive(ends[1], &got, &problem),
			 VSCMI_E_LINK_LOST);
	close(ends[1]);
	close(unsealed);
	close(fd);
	vscmi_shmem_memory_free(&memory);
}

static int lowest_free_fd(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static void more_descriptors_than_one_are_not_taken(void **state)
{
	struct vscmi_shmem_memory memory, got;
	struct vscmi_problem problem;
	uint8_t hello[32];
	int ends[2], fd, free_fd;

	assert_int_equal(vscmi_shmem_memory_new(MESSAGE_BYTES, &memory, &fd, &problem),
			 VSCMI_OK);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(vscmi_shmem_hello_send(ends[0], &memory, fd, &problem),
			 VSCMI_OK);
	assert_int_equal(recv(ends[1], hello, sizeof(hello), 0), sizeof(hello));
	free_fd = lowest_free_fd();
	for (size_t fds = 1; fds <= FDS_MAX; fds++) {
		say(ends[0], hello, sizeof(hello), fd, fds);
		assert_int_equal(vscmi_shmem_hello_receive(ends[1], &got, &problem),
				 VSCMI_OK);
		vscmi_shmem_memory_free(&got);
		assert_int_equal(lowest_free_fd(), free_fd);
	}
	close(ends[0]);
	close(ends[1]);
	close(fd);
	vscmi_shmem_memory_free(&memory);
}

static void expect_rung(int socket, bool commands, bool events)
{
	bool rung[2];

	assert_true(vscmi_shmem_rings(socket, rung));
	assert_int_equal(rung[VSCMI_CHANNEL_COMMANDS], commands);
	assert_int_equal(rung[VSCMI_CHANNEL_EVENTS], events);
}

static void a_ring_that_finds_no_room_is_heard_all_the_same(void **state)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	expect_rung(ends[1], false, false);
	for (int i = 0; i < 3; i++)
		vscmi_shmem_ring(ends[0], VSCMI_CHANNEL_EVENTS);
	expect_rung(ends[1], false, true);
	while (send(ends[0], "\1", 1, MSG_DONTWAIT) == 1)
		;
	vscmi_shmem_ring(ends[0], VSCMI_CHANNEL_COMMANDS);
	expect_rung(ends[1], true, true);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(commands_are_answered_across_the_socket),
		TEST(events_come_one_after_the_other),
		TEST(a_platform_that_goes_away_wakes_who_waits),
		TEST(a_link_comes_back_a_hundred_times_with_what_is_subscribed),
		TEST(an_agent_that_talks_nonsense_is_disconnected),
		cmocka_unit_test(what_is_no_hello_is_refused),
		cmocka_unit_test(more_descriptors_than_one_are_not_taken),
		cmocka_unit_test(a_ring_that_finds_no_room_is_heard_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
