/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vscmid as a process, and guests that speak vhost-user to it. What the test waits for is a
 * line of the log, a reply or an exit; none of it takes a fixed time.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vscmi/agent/clock.h>
#include <vscmi/agent/event.h>
#include <vscmi/agent/sensor.h>
#include <vscmi/host/port.h>
#include <vscmi/host/socket.h>
#include <vscmi/host/vhost_frontend.h>
#include <vscmi/host/vhost_link.h>
#include <vscmi/link/virtio_scmi.h>

#define LONG_US  INT64_C(20000000) /* more than any step takes */
#define LOG_SIZE 8192

static const char board_text[] =
	"agents:\n"
	"  - name: one\n"
	"  - name: two\n"
	"    sees: { clocks: [uart], sensors: [soc] }\n"
	"system_power: [shutdown]\n"
	"clocks:\n"
	"  - { name: pll, rates: [400MHz, 800MHz], changes_take: 20ms }\n"
	"  - { name: uart, rates: [24MHz, 48MHz] }\n"
	"sensors:\n"
	"  - { name: soc, type: celsius, source: 42.5, trip_points: 1 }\n";

static char folder[] = "/tmp/vscmi-test-XXXXXX";
static char board_path[64], one_path[64], two_path[64], control_path[64];

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(board_path, sizeof(board_path), "%s/board.yaml", folder);
	snprintf(one_path, sizeof(one_path), "%s/one", folder);
	snprintf(two_path, sizeof(two_path), "%s/two", folder);
	snprintf(control_path, sizeof(control_path), "%s/control", folder);
	write_file(board_path, board_text);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(board_path);
	return rmdir(folder); /* only an empty one goes: no socket is left behind */
}

/*
 * ---- The daemon ----
 */

struct daemon {
	pid_t pid;
	int output; /* its standard output and error, mixed */
	char log[LOG_SIZE];
	size_t length;
};

/* Arguments end with NULL; fd, if it is not -1, is its descriptor 3. */
static void start(struct daemon *daemon, const char *const *arguments, int fd)
{
	const char *argv[16] = { VSCMID };
	int ends[2];

	for (int i = 0; arguments[i]; i++)
		argv[i + 1] = arguments[i];
	*daemon = (struct daemon){ 0 };
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	daemon->output = ends[0];
	daemon->pid = fork();
	assert_true(daemon->pid >= 0);
	if (daemon->pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		if (fd >= 0)
			dup2(dup(fd), 3); /* the copy of a copy is open in the daemon */
		execv(VSCMID, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(ends[1]);
}

/* Read on until the text is there, or the end. */
static bool wait_for(struct daemon *daemon, const char *text)
{
	while (!strstr(daemon->log, text)) {
		struct pollfd ready = { .fd = daemon->output, .events = POLLIN };
		ssize_t count;

		assert_int_equal(poll(&ready, 1, (int)(LONG_US / 1000)), 1);
		count = read(daemon->output, daemon->log + daemon->length,
			     LOG_SIZE - 1 - daemon->length);
		if (count <= 0)
			return false;
		daemon->length += (size_t)count;
		daemon->log[daemon->length] = '\0';
	}
	return true;
}

/* Its exit status, once it has ended. */
static int ended(struct daemon *daemon)
{
	int status;

	assert_false(wait_for(daemon, "\n\n never \n\n"));
	close(daemon->output);
	assert_int_equal(waitpid(daemon->pid, &status, 0), daemon->pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int stopped(struct daemon *daemon)
{
	assert_int_equal(kill(daemon->pid, SIGTERM), 0);
	return ended(daemon);
}

#define ARGUMENTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Both agents are served, and there is a control socket. */
static void start_serving(struct daemon *daemon)
{
	char two[80];

	snprintf(two, sizeof(two), "two=%s", two_path);
	start(daemon,
	      ARGUMENTS("--board", board_path, "--socket-path", one_path, "--socket-path",
			two, "--control", control_path),
	      -1);
	assert_true(wait_for(daemon, "info: ready\n"));
}

static void control(const char *request, char reply[4096])
{
	struct vscmi_problem problem;
	size_t length = 0;
	int fd;

	assert_int_equal(vscmi_socket_connect(control_path, &fd, &problem), VSCMI_OK);
	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	assert_int_equal(send(fd, "\n", 1, 0), 1);
	do {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		ssize_t count;

		assert_int_equal(poll(&ready, 1, (int)(LONG_US / 1000)), 1);
		count = recv(fd, reply + length, 4095 - length, 0);
		assert_true(count > 0);
		length += (size_t)count;
	} while (reply[length - 1] != '\n');
	reply[length] = '\0';
	close(fd);
}

/*
 * ---- A guest ----
 */

#define SLOTS         4u
#define MESSAGE_BYTES 256u

struct guest {
	struct vscmi_loop *loop;
	struct vscmi_loop_port port;
	struct vscmi_connection *connection;
	struct vscmi_agent agent;
	struct vscmi_slot slots[SLOTS];
	uint8_t replies[SLOTS * MESSAGE_BYTES];
	struct vscmi_subscription subscriptions[2];
	struct vscmi_event event; /* the last one */
	unsigned events;
};

static void guest_boot(struct guest *guest, const char *path)
{
	struct vscmi_agent_config config = {
		.port = &guest->port.port,
		.slots = guest->slots,
		.slot_count = SLOTS,
		.replies = guest->replies,
		.message_bytes = MESSAGE_BYTES,
		.subscriptions = guest->subscriptions,
		.subscription_count = 2,
	};
	struct vscmi_problem problem = { "" };

	*guest = (struct guest){ 0 };
	assert_int_equal(vscmi_loop_new(&guest->loop, &problem), VSCMI_OK);
	if (vscmi_vhost_link_new(guest->loop, path, &guest->connection, &problem))
		fail_msg("%s", problem.text);
	vscmi_loop_port_init(&guest->port, guest->loop);
	config.link = guest->connection->link;
	assert_int_equal(vscmi_agent_init(&guest->agent, &config), VSCMI_OK);
	if (vscmi_connection_open(guest->connection, &problem))
		fail_msg("%s", problem.text);
}

static void guest_end(struct guest *guest)
{
	vscmi_connection_free(guest->connection);
	vscmi_loop_free(guest->loop);
}

static void remember(void *context, const struct vscmi_event *event)
{
	struct guest *guest = context;

	guest->event = *event;
	guest->events++;
}

static void guest_await_event(struct guest *guest)
{
	unsigned events = guest->events;

	while (guest->events == events)
		assert_int_equal(vscmi_loop_run_once(guest->loop, LONG_US), VSCMI_OK);
}

static uint32_t clock_count(struct guest *guest)
{
	struct vscmi_clock_protocol protocol;

	assert_int_equal(vscmi_clock_protocol_get(&guest->agent, &protocol).error,
			 VSCMI_OK);
	return protocol.clocks;
}

/*
 * ---- Guests are served ----
 */

static void two_guests_share_a_platform_and_see_their_own(void **state)
{
	struct guest one, two;
	struct daemon daemon;
	uint64_t rate_hz;

	(void)state;
	start_serving(&daemon);
	guest_boot(&one, one_path);
	guest_boot(&two, two_path);
	assert_int_equal(clock_count(&one), 2);
	assert_int_equal(clock_count(&two), 1);
	assert_int_equal(
		vscmi_clock_rate_set(&two.agent, 0, 48000000, VSCMI_CLOCK_ROUND_DOWN)
			.error,
		VSCMI_OK);
	assert_int_equal(vscmi_clock_rate_get(&one.agent, 1, &rate_hz).error, VSCMI_OK);
	assert_int_equal(rate_hz, 48000000);
	guest_end(&one);
	guest_end(&two);
	assert_int_equal(stopped(&daemon), 0);
}

static void D1_D2_events_are_offered_and_shared_memory_is_not(void **state)
{
	const struct vscmi_vhost_frontend_config config = {
		.path = one_path,
		.features = VSCMI_VIRTIO_F_P2A_CHANNELS | VSCMI_VIRTIO_F_SHARED_MEMORY,
		.queue_count = VSCMI_VIRTIO_QUEUES,
		.queue_size = 64,
		.timeout_us = LONG_US,
	};
	struct vscmi_vhost_frontend *frontend;
	struct vscmi_problem problem;
	struct daemon daemon;

	start_serving(&daemon);
	if (vscmi_vhost_frontend_new(&config, &frontend, &problem))
		fail_msg("%s", problem.text);
	if (vscmi_vhost_frontend_start(frontend, &problem))
		fail_msg("%s", problem.text);
	assert_int_equal(vscmi_vhost_frontend_features(frontend),
			 VSCMI_VIRTIO_F_P2A_CHANNELS | VSCMI_VIRTQ_FEATURES);
	vscmi_vhost_frontend_free(frontend);
	assert_int_equal(stopped(&daemon), 0);
}

static void a_change_that_takes_time_ends_in_real_time(void **state)
{
	struct daemon daemon;
	struct guest guest;
	uint64_t rate_hz;

	(void)state;
	start_serving(&daemon);
	guest_boot(&guest, one_path);
	assert_int_equal(vscmi_clock_rate_set_async(&guest.agent, 0, 800000000,
						    VSCMI_CLOCK_ROUND_DOWN, &rate_hz)
				 .error,
			 VSCMI_OK);
	assert_int_equal(rate_hz, 800000000);
	assert_int_equal(
		vscmi_clock_rate_set(&guest.agent, 0, 400000000, VSCMI_CLOCK_ROUND_DOWN)
			.error,
		VSCMI_OK);
	guest_end(&guest);
	assert_int_equal(stopped(&daemon), 0);
}

static void a_sensor_that_is_driven_over_a_trip_point_fires(void **state)
{
	struct vscmi_subscription *subscription;
	struct vscmi_sensor_reading reading;
	struct daemon daemon;
	struct guest guest;
	char reply[4096];
	uint32_t count;

	(void)state;
	start_serving(&daemon);
	guest_boot(&guest, two_path);
	assert_int_equal(vscmi_sensor_trip_point_set(&guest.agent, 0, 0,
						     VSCMI_SENSOR_EDGE_RISING, 90000)
				 .error,
			 VSCMI_OK);
	assert_int_equal(vscmi_subscribe(&guest.agent, VSCMI_EVENT_SENSOR_TRIP_POINT, 0,
					 remember, &guest, &subscription)
				 .error,
			 VSCMI_OK);
	control("{\"command\": \"set\", \"sensor\": \"soc\", \"value\": 95}", reply);
	assert_string_equal(reply, "{\"ok\":true}\n");
	guest_await_event(&guest);
	assert_true(guest.event.trip_point.rising);
	assert_int_equal(
		vscmi_sensor_reading_get(&guest.agent, 0, &reading, 1, &count).error,
		VSCMI_OK);
	assert_int_equal(reading.value, 95000);
	guest_end(&guest);
	assert_int_equal(stopped(&daemon), 0);
}

static void a_guest_is_asked_to_shut_down(void **state)
{
	struct vscmi_subscription *subscription;
	struct daemon daemon;
	struct guest guest;
	char reply[4096];

	(void)state;
	start_serving(&daemon);
	guest_boot(&guest, one_path);
	assert_int_equal(vscmi_subscribe(&guest.agent, VSCMI_EVENT_SYSTEM_POWER_STATE, 0,
					 remember, &guest, &subscription)
				 .error,
			 VSCMI_OK);
	control("{\"command\": \"shutdown\", \"agent\": \"one\", \"timeout_ms\": 3000}",
		reply);
	assert_string_equal(reply, "{\"ok\":true}\n");
	guest_await_event(&guest);
	assert_int_equal(guest.event.system.state, VSCMI_SYSTEM_SHUTDOWN);
	assert_true(guest.event.system.graceful);
	assert_int_equal(guest.event.system.timeout_ms, 3000);
	guest_end(&guest);
	assert_int_equal(stopped(&daemon), 0);
}

static void a_guest_that_goes_away_takes_its_votes_along(void **state)
{
	struct guest one, two;
	struct daemon daemon;
	struct vscmi_clock clock;
	char reply[4096];

	(void)state;
	start_serving(&daemon);
	guest_boot(&one, one_path);
	guest_boot(&two, two_path);
	assert_int_equal(vscmi_clock_enable(&two.agent, 0).error, VSCMI_OK);
	assert_int_equal(vscmi_clock_get(&one.agent, 1, &clock).error, VSCMI_OK);
	assert_true(clock.enabled);
	guest_end(&two);
	guest_boot(&two, two_path); /* served only once the first one is gone */
	assert_int_equal(vscmi_clock_get(&one.agent, 1, &clock).error, VSCMI_OK);
	assert_false(clock.enabled);
	control("{\"command\": \"agents\"}", reply);
	assert_non_null(strstr(reply, "\"name\":\"two\",\"connected\":true"));
	guest_end(&two);
	guest_end(&one);
	assert_int_equal(stopped(&daemon), 0);
}

static void a_front_end_that_talks_nonsense_loses_its_device_alone(void **state)
{
	static const char nonsense[64] = { 1, 2, 3 };
	struct vscmi_problem problem;
	struct pollfd ready = { .events = POLLIN };
	struct daemon daemon;
	struct guest one, two;

	(void)state;
	start_serving(&daemon);
	guest_boot(&one, one_path);
	assert_int_equal(vscmi_socket_connect(two_path, &ready.fd, &problem), VSCMI_OK);
	assert_int_equal(send(ready.fd, nonsense, sizeof(nonsense), MSG_NOSIGNAL),
			 sizeof(nonsense));
	assert_int_equal(poll(&ready, 1, (int)(LONG_US / 1000)), 1);
	assert_true(recv(ready.fd, &(char){ 0 }, 1, 0) <= 0); /* hung up on */
	close(ready.fd);
	assert_true(wait_for(&daemon, "warning: two: front end disconnected"));
	assert_int_equal(clock_count(&one), 2);
	guest_boot(&two, two_path);
	assert_int_equal(clock_count(&two), 1);
	guest_end(&two);
	guest_end(&one);
	assert_int_equal(stopped(&daemon), 0);
}

static void the_counters_tell_what_a_guest_did(void **state)
{
	struct daemon daemon;
	struct guest guest;
	uint64_t rate_hz;
	char reply[4096];

	(void)state;
	start_serving(&daemon);
	guest_boot(&guest, one_path);
	assert_int_equal(vscmi_clock_rate_get(&guest.agent, 7, &rate_hz).status,
			 VSCMI_NOT_FOUND);
	control("{\"command\": \"counters\"}", reply);
	/* PROTOCOL_VERSION, and CLOCK_RATE_GET of a clock that is not there */
	assert_non_null(strstr(reply, "\"one\":{\"messages\":{\"clock\":2},"
				      "\"answers\":{\"SUCCESS\":1,\"NOT_FOUND\":1},"));
	guest_end(&guest);
	assert_int_equal(stopped(&daemon), 0);
}

/*
 * ---- The command line ----
 */

static void a_connection_that_is_handed_over_is_served_until_it_ends(void **state)
{
	struct daemon daemon;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	start(&daemon, ARGUMENTS("--board", board_path, "--fd", "3"), ends[1]);
	close(ends[1]);
	assert_true(wait_for(&daemon, "info: ready\n"));
	close(ends[0]);
	assert_int_equal(ended(&daemon), 0);
}

static void another_agent_is_served_on_when_that_connection_ends(void **state)
{
	struct daemon daemon;
	struct guest guest;
	char two[80];
	int ends[2];

	(void)state;
	snprintf(two, sizeof(two), "two=%s", two_path);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	start(&daemon,
	      ARGUMENTS("--board", board_path, "--fd", "3", "--socket-path", two),
	      ends[1]);
	close(ends[1]);
	close(ends[0]);
	assert_true(wait_for(&daemon, "one: the front end left"));
	guest_boot(&guest, two_path);
	assert_int_equal(clock_count(&guest), 1);
	guest_end(&guest);
	assert_int_equal(stopped(&daemon), 0);
}

static void a_socket_path_may_contain_an_equals_sign(void **state)
{
	char path[80];
	struct daemon daemon;
	struct guest guest;

	(void)state;
	snprintf(path, sizeof(path), "%s/one=1", folder);
	start(&daemon, ARGUMENTS("--board", board_path, "--socket-path", path), -1);
	assert_true(wait_for(&daemon, "info: ready\n"));
	guest_boot(&guest, path);
	guest_end(&guest);
	assert_int_equal(stopped(&daemon), 0);
}

static void a_listening_socket_that_is_handed_over_is_served(void **state)
{
	struct vscmi_problem problem;
	struct daemon daemon;
	struct guest guest;
	int fd;

	(void)state;
	assert_int_equal(vscmi_socket_listen(one_path, 0600, &fd, &problem), VSCMI_OK);
	start(&daemon, ARGUMENTS("--board", board_path, "--fd", "3"), fd);
	close(fd);
	guest_boot(&guest, one_path);
	assert_int_equal(clock_count(&guest), 2);
	guest_end(&guest);
	guest_boot(&guest, one_path);
	guest_end(&guest);
	assert_int_equal(stopped(&daemon), 0);
	unlink(one_path);
}

static void what_it_prints_and_how_it_ends(void **state)
{
	static const struct {
		const char *arguments[6]; /* BOARD is the board's path */
		int status;
		const char *output; /* a part of it */
	} rows[] = {
		{ { "--print-capabilities" }, 0, "{\n  \"type\": \"scmi\"\n}\n" },
		{ { "--version" }, 0, "vscmid " },
		{ { "--help" }, 0, "usage: vscmid --board FILE" },
		{ { "--board", "BOARD", "--check" },
		  0,
		  "board.yaml: good: 2 agents, 2 clocks, 1 sensors\n" },
		{ { "--board", "none.yaml", "--check" },
		  2,
		  "none.yaml: No such file or directory\n" },
		{ { NULL },
		  2,
		  "vscmid: no board: give --board FILE; see vscmid --help\n" },
		{ { "--boards" }, 2, "unrecognized option '--boards'" },
		{ { "board.yaml" }, 2, "vscmid: unexpected argument: board.yaml; " },
		{ { "--log-level", "loud" }, 2, "vscmid: no such log level: loud; " },
		{ { "--fd", "x" }, 2, "vscmid: not a file descriptor: x; " },
		{ { "--threads", "0" }, 2, "vscmid: not 1 to 64 threads: 0; " },
		{ { "--threads", "65" }, 2, "vscmid: not 1 to 64 threads: 65; " },
		{ { "--board", "BOARD" },
		  2,
		  "error: no agent has a socket: give --socket-path PATH\n" },
		{ { "--board", "BOARD", "--socket-path", "three=x" },
		  2,
		  "error: --socket-path: the board has no agent 'three'\n" },
		{ { "--board", "BOARD", "--socket-path", "one=" },
		  2,
		  "vscmid: --socket-path without a path; " },
		{ { "--board", "BOARD", "--fd", "3", "--socket-path=x" },
		  2,
		  "error: --fd and --socket-path for the same agent\n" },
		{ { "--board", "BOARD", "--shmem", "x", "--socket-path=one=y" },
		  2,
		  "error: --socket-path y: agent 'one' has another socket already\n" },
		{ { "--board", "BOARD", "--fd", "99" }, 1, "error: " },
		{ { "--board", "BOARD", "--socket-path", "/nowhere/x" },
		  1,
		  "error: /nowhere/x: No such file or directory\n" },
		{ { "--board", "BOARD", "--socket-path", "BOARD" },
		  1,
		  "exists and is no socket\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *arguments[7] = { NULL };
		struct daemon daemon;

		for (int j = 0; rows[i].arguments[j]; j++)
			arguments[j] = strcmp(rows[i].arguments[j], "BOARD")
					       ? rows[i].arguments[j]
					       : board_path;
		start(&daemon, arguments, -1);
		assert_int_equal(ended(&daemon), rows[i].status);
		if (!strstr(daemon.log, rows[i].output))
			fail_msg("expected %s in %s", rows[i].output, daemon.log);
	}
}

static void a_debug_log_tells_what_the_driver_does(void **state)
{
	static const char *const lines[] = {
		"debug: one: features 0x",
		"debug: one: ring 0 of 1024 descriptors starts at 0x80008000",
		"debug: one: ring 0 stops at 0x",
	};
	struct daemon daemon;
	struct guest guest;

	start(&daemon,
	      ARGUMENTS("--board", board_path, "--socket-path", one_path, "--log-level",
			"debug"),
	      -1);
	assert_true(wait_for(&daemon, "info: ready\n"));
	guest_boot(&guest, one_path);
	guest_end(&guest);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_true(wait_for(&daemon, lines[i]));
	assert_int_equal(stopped(&daemon), 0);
}

static void a_wrong_board_is_told_with_its_place(void **state)
{
	char want[128];
	struct daemon daemon;

	(void)state;
	write_file(board_path,
		   "agents: [{ name: a }]\nclocks: [{ name: c, rates: [1ms] }]\n");
	snprintf(want, sizeof(want), "%s:2:29: '1ms', expected a rate such as 48MHz\n",
		 board_path);
	start(&daemon, ARGUMENTS("--board", board_path, "--check"), -1);
	assert_int_equal(ended(&daemon), 2);
	assert_string_equal(daemon.log, want);
}

static void a_socket_that_is_in_use_is_not_taken_over(void **state)
{
	struct daemon daemon, second;

	(void)state;
	start_serving(&daemon);
	start(&second, ARGUMENTS("--board", board_path, "--socket-path", one_path), -1);
	assert_int_equal(ended(&second), 1);
	assert_non_null(strstr(second.log, "another program listens there"));
	assert_int_equal(access(one_path, F_OK), 0);
	assert_int_equal(stopped(&daemon), 0);
}

/* The log says where an agent is served before the socket is there. */
static void a_signal_while_it_starts_leaves_no_socket_behind(void **state)
{
	struct daemon daemon;

	start(&daemon, ARGUMENTS("--board", board_path, "--socket-path", one_path), -1);
	assert_true(wait_for(&daemon, "info: agent one at "));
	assert_int_equal(stopped(&daemon), 0);
	assert_int_equal(access(one_path, F_OK), -1);
}

static void a_socket_that_was_left_behind_is_replaced(void **state)
{
	struct daemon daemon;

	(void)state;
	start_serving(&daemon);
	assert_int_equal(kill(daemon.pid, SIGKILL), 0);
	assert_int_equal(waitpid(daemon.pid, NULL, 0), daemon.pid);
	close(daemon.output);
	assert_int_equal(access(one_path, F_OK), 0);
	start_serving(&daemon);
	assert_int_equal(stopped(&daemon), 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(two_guests_share_a_platform_and_see_their_own),
		TEST(D1_D2_events_are_offered_and_shared_memory_is_not),
		TEST(a_change_that_takes_time_ends_in_real_time),
		TEST(a_sensor_that_is_driven_over_a_trip_point_fires),
		TEST(a_guest_is_asked_to_shut_down),
		TEST(a_guest_that_goes_away_takes_its_votes_along),
		TEST(a_front_end_that_talks_nonsense_loses_its_device_alone),
		TEST(the_counters_tell_what_a_guest_did),
		TEST(a_connection_that_is_handed_over_is_served_until_it_ends),
		TEST(another_agent_is_served_on_when_that_connection_ends),
		TEST(a_socket_path_may_contain_an_equals_sign),
		TEST(a_listening_socket_that_is_handed_over_is_served),
		TEST(what_it_prints_and_how_it_ends),
		TEST(a_debug_log_tells_what_the_driver_does),
		TEST(a_wrong_board_is_told_with_its_place),
		TEST(a_socket_that_is_in_use_is_not_taken_over),
		TEST(a_signal_while_it_starts_leaves_no_socket_behind),
		TEST(a_socket_that_was_left_behind_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
