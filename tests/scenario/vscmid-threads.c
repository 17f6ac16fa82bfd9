/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vscmid's server on several threads, and a thread for each guest: they change a clock that all
 * share, ask for what takes time, hear of each other's changes, come, go, and are reset by
 * faults, while the control socket is asked. Run it in a build with -Db_sanitize=thread, too.
 */
#include "test.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vscmi/agent/clock.h>
#include <vscmi/agent/event.h>
#include <vscmi/agent/sensor.h>
#include <vscmi/host/port.h>
#include <vscmi/host/shmem_link.h>
#include <vscmi/host/socket.h>
#include <vscmi/host/vhost_link.h>

#include "control.h"

#define GUESTS   7u
#define SHMEM    6u /* the guest that comes over shared memory */
#define ROUNDS   12u
#define COMMANDS 20u
#define REQUESTS 100u
#define LONG_US  UINT64_C(20000000) /* more than any step takes */
#define LOOK_US  5000u /* longer than what they ask for takes, also where all is slow */

#define SLOTS         2u
#define MESSAGE_BYTES 256u
#define MHZ           UINT64_C(1000000)
#define LAST_RATE_HZ  (9 * MHZ) /* nobody sets it before the end */

enum { SHARED, SLOW };

static const char board_text[] =
	"agents: [{ name: g0 }, { name: g1 }, { name: g2 }, { name: g3 }, { name: g4 },\n"
	"  { name: g5 }, { name: g6 }]\n"
	"clocks:\n"
	"  - { name: shared, range: { min: 1MHz, max: 9MHz, step: 1MHz } }\n"
	"  - { name: slow, rates: [1MHz, 2MHz], changes_take: 50us }\n"
	"sensors:\n"
	"  - { name: s, type: celsius, source: 25, reads_take: 50us }\n";

struct guest {
	uint32_t number;
	pthread_t thread;
	char path[64];
	struct vscmi_loop *loop;
	struct vscmi_loop_port port;
	struct vscmi_connection *connection;
	struct vscmi_agent agent;
	struct vscmi_slot slots[SLOTS];
	uint8_t replies[SLOTS * MESSAGE_BYTES];
	struct vscmi_subscription subscriptions[1];
	uint32_t seed;
	bool told; /* that the shared clock has the last rate */
};

static char folder[] = "/tmp/vscmi-test-XXXXXX";
static char control_path[64];
static struct vscmid_server server;
static struct vscmi_board *board;
static struct vscmid_control *control;
static struct guest guests[GUESTS];
static uint32_t poll_us;
static pthread_barrier_t settled, watching; /* all guests and the test */
static atomic_uint wrong, resets;

/* cmocka can fail in its own thread only. */
static bool expect(bool right, const char *what)
{
	if (!right) {
		fprintf(stderr, "not so: %s\n", what);
		atomic_fetch_add(&wrong, 1);
	}
	return right;
}

#define EXPECT(condition) expect(condition, #condition)

static uint32_t dice(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/*
 * ---- Guests ----
 */

static void on_event(void *context, const struct vscmi_event *event)
{
	struct guest *guest = context;

	if (event->kind == VSCMI_EVENT_CLOCK_RATE_CHANGED &&
	    event->clock.rate_hz == LAST_RATE_HZ)
		guest->told = true;
}

/* One end in two looks before it sleeps, so that all four pairs of ends are there. */
static void come(struct guest *guest)
{
	struct vscmi_agent_config config = {
		.port = &guest->port.port,
		.slots = guest->slots,
		.slot_count = SLOTS,
		.replies = guest->replies,
		.message_bytes = MESSAGE_BYTES,
		.subscriptions = guest->subscriptions,
		.subscription_count = 1,
		.reply_timeout_us = LONG_US,
	};
	enum vscmi_error (*new_link)(struct vscmi_loop *, const char *,
				     struct vscmi_connection **, struct vscmi_problem *) =
		guest->number == SHMEM ? vscmi_shmem_link_new : vscmi_vhost_link_new;
	struct vscmi_problem problem = { "" };

	EXPECT(!vscmi_loop_new(&guest->loop, &problem));
	vscmi_loop_set_poll_us(guest->loop, guest->number % 2 ? poll_us : 0);
	vscmi_loop_port_init(&guest->port, guest->loop);
	EXPECT(!new_link(guest->loop, guest->path, &guest->connection, &problem));
	config.link = guest->connection->link;
	EXPECT(!vscmi_agent_init(&guest->agent, &config));
	expect(!vscmi_connection_open(guest->connection, &problem), problem.text);
}

static void leave(struct guest *guest)
{
	vscmi_connection_free(guest->connection);
	vscmi_loop_free(guest->loop);
}

/* Refused is answered too, as a clock that changes refuses. False: the device was reset. */
static bool is_answered(struct vscmi_result result)
{
	if (result.error == VSCMI_E_LINK_LOST || result.error == VSCMI_E_NOT_READY) {
		atomic_fetch_add(&resets, 1);
		return false;
	}
	return expect(result.error == VSCMI_OK || result.error == VSCMI_E_REFUSED,
		      vscmi_error_text(result.error));
}

static bool set_shared(struct guest *guest, uint64_t rate_hz)
{
	return is_answered(vscmi_clock_rate_set(&guest->agent, SHARED, rate_hz,
						VSCMI_CLOCK_ROUND_DOWN));
}

static bool subscribe(struct guest *guest)
{
	struct vscmi_subscription *subscription;

	return is_answered(vscmi_subscribe(&guest->agent, VSCMI_EVENT_CLOCK_RATE_CHANGED,
					   SHARED, on_event, guest, &subscription));
}

/* In shared memory the area may still hold the reply when the delayed response has come. */
static bool command(struct guest *guest)
{
	struct vscmi_sensor_reading reading;
	uint32_t count, what = dice(&guest->seed);
	uint64_t rate_hz;

	switch (what % (guest->number == SHMEM ? 3 : 4)) {
	case 0:
		return is_answered(
			vscmi_sensor_reading_get(&guest->agent, 0, &reading, 1, &count));
	case 3:
		return is_answered(vscmi_clock_rate_set_async(
			&guest->agent, SLOW, (1 + what / 4 % 2) * MHZ,
			VSCMI_CLOCK_ROUND_DOWN, &rate_hz));
	default:
		return set_shared(guest, (1 + what / 4 % 8) * MHZ);
	}
}

static void *run_guest(void *context)
{
	struct guest *guest = context;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		bool goes_on;

		come(guest);
		goes_on = subscribe(guest);
		for (uint32_t i = 0; i < COMMANDS && goes_on; i++)
			goes_on = command(guest);
		leave(guest);
	}
	pthread_barrier_wait(&settled); /* and no faults any more */
	come(guest);
	EXPECT(subscribe(guest));
	pthread_barrier_wait(&watching);
	if (guest->number == 0)
		EXPECT(set_shared(guest, LAST_RATE_HZ));
	while (guest->number != 0 && !guest->told &&
	       EXPECT(!vscmi_loop_run_once(guest->loop, (int64_t)LONG_US)))
		;
	/* Who leaves takes its rate along, of which they would be told instead. */
	pthread_barrier_wait(&watching);
	leave(guest);
	return NULL;
}

/*
 * ---- The control socket ----
 */

static void ask(int fd, const char *request)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char reply[8192];
	ssize_t length = 0;

	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	do {
		ssize_t count;

		assert_int_equal(poll(&ready, 1, (int)(LONG_US / 1000)), 1);
		count = recv(fd, reply + length, sizeof(reply) - (size_t)length, 0);
		assert_true(count > 0);
		length += count;
	} while (reply[length - 1] != '\n');
	assert_memory_equal(reply, "{\"ok\":true", 10);
}

static void ask_for_all(void)
{
	static const char *const requests[] = {
		"{\"command\":\"counters\"}\n",
		"{\"command\":\"agents\"}\n",
		"{\"command\":\"set\",\"sensor\":\"s\",\"value\":30}\n",
		("{\"command\":\"fault_add\",\"rule\":{\"fault\":\"reset\",\"times\":1,"
		 "\"message\":\"CLOCK_RATE_SET\"}}\n"),
		"{\"command\":\"fault_list\"}\n",
	};
	struct vscmi_problem problem;
	int fd;

	assert_int_equal(vscmi_socket_connect(control_path, &fd, &problem), VSCMI_OK);
	for (unsigned i = 0; i < REQUESTS; i++) {
		ask(fd, requests[i % (sizeof(requests) / sizeof(requests[0]))]);
		if (i % 50 == 49)
			ask(fd, "{\"command\":\"fault_clear\"}\n");
	}
	close(fd);
}

/*
 * ---- The server ----
 */

static void set_up(uint32_t threads)
{
	struct vscmi_problem problem;

	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(control_path, sizeof(control_path), "%s/control", folder);
	assert_int_equal(vscmi_board_load_text(board_text, strlen(board_text), "b.yaml",
					       &board, &problem),
			 VSCMI_OK);
	assert_int_equal(vscmid_server_init(&server, board, threads, &problem), VSCMI_OK);
	vscmid_threads_set_poll_us(&server.threads, poll_us);
	for (uint32_t i = 0; i < GUESTS; i++) {
		struct guest *guest = &guests[i];
		struct vscmid_place place = { guest->path, i == SHMEM };

		*guest = (struct guest){ .number = i, .seed = i + 1 };
		snprintf(guest->path, sizeof(guest->path), "%s/g%u", folder, i);
		assert_int_equal(vscmid_server_listen(&server, i + 1, &place, &problem),
				 VSCMI_OK);
	}
	assert_int_equal(vscmid_control_new(&server, control_path, &control, &problem),
			 VSCMI_OK);
	atomic_store(&wrong, 0);
	atomic_store(&resets, 0);
	pthread_barrier_init(&settled, NULL, GUESTS + 1);
	pthread_barrier_init(&watching, NULL, GUESTS);
}

static void tear_down(void)
{
	pthread_barrier_destroy(&settled);
	pthread_barrier_destroy(&watching);
	vscmid_control_free(control);
	vscmid_server_fini(&server);
	vscmi_board_free(board);
	assert_int_equal(rmdir(folder), 0);
}

static void *run_server(void *context)
{
	struct vscmi_problem problem;

	expect(!vscmid_threads_run(&server.threads, &problem),
	       "the server runs to its end");
	return NULL;
}

static void run_all(uint32_t threads, uint32_t poll_us_wanted)
{
	pthread_t server_thread;

	poll_us = poll_us_wanted;
	set_up(threads);
	assert_int_equal(pthread_create(&server_thread, NULL, run_server, NULL), 0);
	for (uint32_t i = 0; i < GUESTS; i++)
		assert_int_equal(
			pthread_create(&guests[i].thread, NULL, run_guest, &guests[i]),
			0);
	ask_for_all();
	pthread_barrier_wait(&settled);
	for (uint32_t i = 0; i < GUESTS; i++)
		pthread_join(guests[i].thread, NULL);
	vscmi_loop_stop(vscmid_threads_first(&server.threads));
	pthread_join(server_thread, NULL);
	assert_int_equal(atomic_load(&wrong), 0);
	assert_true(atomic_load(&resets) > 0);
	tear_down();
}

static void all_are_served_and_told_by_threads_that_sleep(void **state)
{
	run_all(3, 0);
}

static void all_are_served_and_told_by_threads_that_look(void **state)
{
	run_all(2, LOOK_US);
}

static void all_are_served_and_told_by_more_threads_than_guests(void **state)
{
	run_all(VSCMID_THREADS_MAX, LOOK_US);
}

static void all_are_served_and_told_by_one_thread(void **state)
{
	run_all(1, LOOK_US);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_served_and_told_by_threads_that_sleep),
		cmocka_unit_test(all_are_served_and_told_by_threads_that_look),
		cmocka_unit_test(all_are_served_and_told_by_more_threads_than_guests),
		cmocka_unit_test(all_are_served_and_told_by_one_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
