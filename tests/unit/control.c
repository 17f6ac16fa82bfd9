/* SPDX-License-Identifier: BSD-3-Clause */
/* The control socket, with the daemon's server in the same thread. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vscmi/host/socket.h>

#include "bench.h"
#include "control.h"
#include "test.h"

static const char board_text[] =
	"agents: [{ name: a }, { name: b }]\n"
	"system_power: [shutdown]\n"
	"clocks: [{ name: c, rates: [1, 2] }]\n"
	"sensors: [{ name: s, type: celsius, source: 25, trip_points: 1 }]\n";

/* More than any line of the tests; replies to counters are the longest. */
#define REPLY_BYTES 4096

static char folder[] = "/tmp/vscmi-test-XXXXXX";
static char path[64];
static struct vscmid_server server;
static struct vscmid_control *control;
static struct bench bench; /* asks as an agent would */

static void ignore(void *context)
{
	(void)context;
}

static int set_up(void **state)
{
	static const struct vscmi_service_channel channel = { .events_ready = ignore };
	struct vscmi_problem problem;
	struct vscmi_board *board;

	(void)state;
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/control", folder);
	assert_int_equal(vscmi_board_load_text(board_text, strlen(board_text), "b.yaml",
					       &board, &problem),
			 VSCMI_OK);
	assert_int_equal(vscmid_server_init(&server, board, 1, &problem), VSCMI_OK);
	assert_int_equal(vscmid_control_new(&server, path, &control, &problem), VSCMI_OK);
	bench = (struct bench){ .platform = server.platform };
	return vscmi_platform_connect(server.platform, 1, &channel);
}

static int tear_down(void **state)
{
	struct vscmi_board *board = server.board;

	(void)state;
	vscmid_control_free(control);
	vscmid_server_fini(&server);
	vscmi_board_free(board);
	return rmdir(folder); /* only an empty one goes: the socket is no more */
}

/*
 * ---- A client ----
 */

static int connect_client(void)
{
	struct vscmi_problem problem;
	int fd;

	assert_int_equal(vscmi_socket_connect(path, &fd, &problem), VSCMI_OK);
	return fd;
}

/* What comes next, until a newline, without it; false: the daemon hung up. */
static bool hear(int fd, char reply[REPLY_BYTES])
{
	unsigned rounds = 0;
	size_t length = 0;

	for (;;) {
		ssize_t count = recv(fd, reply + length, 1, 0);

		if (count < 0 && errno == EAGAIN) {
			assert_true(rounds++ < 10); /* it has nothing to say */
			assert_int_equal(vscmi_loop_run_once(server.loop, 1000000),
					 VSCMI_OK);
			continue;
		}
		if (count <= 0)
			return false;
		if (reply[length] == '\n') {
			reply[length] = '\0';
			return true;
		}
		assert_true(++length < REPLY_BYTES);
		rounds = 0;
	}
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void assert_reply(int fd, const char *request, const char *want)
{
	char reply[REPLY_BYTES];

	say(fd, request);
	say(fd, "\n");
	assert_true(hear(fd, reply));
	assert_string_equal(reply, want);
}

/*
 * ---- Requests ----
 */

static void every_request_has_a_reply(void **state)
{
	static const struct {
		const char *request, *reply;
	} dialogue[] = {
		{ "{\"command\":\"set\",\"sensor\":\"s\",\"value\":92.5}",
		  "{\"ok\":true}" },
		{ "{\"command\":\"set\",\"sensor\":\"s\",\"value\":92,\"axis\":0}",
		  "{\"ok\":true}" },
		{ "{\"command\":\"release\",\"sensor\":\"s\"}", "{\"ok\":true}" },
		{ "{\"command\":\"fail\",\"sensor\":\"s\"}", "{\"ok\":true}" },
		{ "{\"command\":\"fail\",\"clock\":\"c\",\"status\":\"BUSY\"}",
		  "{\"ok\":true}" },
		{ "{\"command\":\"repair\",\"sensor\":\"s\"}", "{\"ok\":true}" },
		{ "{\"command\":\"repair\",\"clock\":\"c\"}", "{\"ok\":true}" },
		{ "{\"command\":\"agents\"}",
		  "{\"ok\":true,\"agents\":[{\"id\":1,\"name\":\"a\",\"connected\":false}"
		  ","
		  "{\"id\":2,\"name\":\"b\",\"connected\":false}]}" },

		/* what is no request */
		{ "", "{\"ok\":false,\"error\":\"no JSON: '[' or '{' expected near end "
		      "of file\"}" },
		{ "set", "{\"ok\":false,\"error\":\"no JSON: '[' or '{' expected near "
			 "'set'\"}" },
		{ "{} {}",
		  "{\"ok\":false,\"error\":\"no JSON: end of file expected near '{'\"}" },
		{ "[]", "{\"ok\":false,\"error\":\"Expected object, got array\"}" },
		{ "{}", "{\"ok\":false,\"error\":\"Object item not found: command\"}" },
		{ "{\"command\":1}",
		  "{\"ok\":false,\"error\":\"Expected string, got integer\"}" },
		{ "{\"command\":\"halt\"}",
		  "{\"ok\":false,\"error\":\"there is no command 'halt'\"}" },

		/* what does not fit the command */
		{ "{\"command\":\"set\",\"sensor\":\"s\"}",
		  "{\"ok\":false,\"error\":\"Object item not found: value\"}" },
		{ "{\"command\":\"set\",\"sensor\":\"s\",\"value\":1,\"unit\":\"C\"}",
		  "{\"ok\":false,\"error\":\"1 object item(s) left unpacked: unit\"}" },
		{ "{\"command\":\"set\",\"sensor\":\"s\",\"value\":\"hot\"}",
		  "{\"ok\":false,\"error\":\"Expected real or integer, got string\"}" },
		{ "{\"command\":\"set\",\"sensor\":\"t\",\"value\":1}",
		  "{\"ok\":false,\"error\":\"there is no such sensor or axis: 't'\"}" },
		{ "{\"command\":\"set\",\"sensor\":\"s\",\"value\":1,\"axis\":1}",
		  "{\"ok\":false,\"error\":\"there is no such sensor or axis: 's'\"}" },
		{ "{\"command\":\"set\",\"sensor\":\"s\",\"value\":1,\"axis\":-1}",
		  "{\"ok\":false,\"error\":\"there is no such sensor or axis: 's'\"}" },
		{ "{\"command\":\"release\",\"sensor\":\"t\"}",
		  "{\"ok\":false,\"error\":\"there is no sensor 't'\"}" },
		{ "{\"command\":\"fail\"}",
		  "{\"ok\":false,\"error\":\"expected either a sensor or a clock\"}" },
		{ "{\"command\":\"fail\",\"sensor\":\"s\",\"clock\":\"c\"}",
		  "{\"ok\":false,\"error\":\"expected either a sensor or a clock\"}" },
		{ "{\"command\":\"fail\",\"clock\":\"s\"}",
		  "{\"ok\":false,\"error\":\"there is no clock 's'\"}" },
		{ "{\"command\":\"fail\",\"clock\":\"c\",\"status\":\"SUCCESS\"}",
		  "{\"ok\":false,\"error\":\"there is no status to fail with "
		  "'SUCCESS'\"}" },
		{ "{\"command\":\"shutdown\",\"agent\":\"x\"}",
		  "{\"ok\":false,\"error\":\"there is no agent 'x'\"}" },
		{ "{\"command\":\"shutdown\",\"agent\":\"a\",\"timeout_ms\":-1}",
		  "{\"ok\":false,\"error\":\"timeout_ms is out of range\"}" },
		{ "{\"command\":\"shutdown\",\"agent\":\"b\"}",
		  "{\"ok\":false,\"error\":\"nobody listens for system power "
		  "notifications in "
		  "'b'\"}" },
		{ "{\"command\":\"agents\",\"command\":\"agents\"}",
		  "{\"ok\":false,\"error\":\"no JSON: duplicate object key near "
		  "'\\\"command\\\"'\"}" },
		{ "{\"command\":\"agents\",\"agent\":\"a\"}",
		  "{\"ok\":false,\"error\":\"1 object item(s) left unpacked: agent\"}" },
	};
	int fd = connect_client();

	(void)state;
	for (size_t i = 0; i < sizeof(dialogue) / sizeof(dialogue[0]); i++)
		assert_reply(fd, dialogue[i].request, dialogue[i].reply);
	close(fd);
}

static void what_is_set_is_what_an_agent_reads(void **state)
{
	struct bench_answer answer;
	int fd = connect_client();

	(void)state;
	assert_reply(fd, "{\"command\":\"set\",\"sensor\":\"s\",\"value\":-1.5}",
		     "{\"ok\":true}");
	answer = ask(&bench, 1, SENSOR, 0x6, 0, 0);
	assert_words(answer, (uint32_t)-1500, UINT32_MAX, 0, 0);
	assert_reply(fd, "{\"command\":\"fail\",\"sensor\":\"s\"}", "{\"ok\":true}");
	assert_int_equal(status_of(&bench, 1, SENSOR, 0x6, 0, 0), VSCMI_HARDWARE_ERROR);
	close(fd);
}

static void a_guest_is_asked_to_shut_down(void **state)
{
	int fd = connect_client();

	(void)state;
	assert_int_equal(status_of(&bench, 1, SYSTEM, 0x5, 1), VSCMI_SUCCESS);
	assert_reply(fd, "{\"command\":\"shutdown\",\"agent\":\"a\",\"timeout_ms\":5000}",
		     "{\"ok\":true}");
	assert_event(&bench, 1, VSCMI_NOTIFICATION, SYSTEM, 0x0, 0, 1,
		     VSCMI_SYSTEM_SHUTDOWN, 5000);
	assert_reply(fd, "{\"command\":\"reboot\",\"agent\":\"a\"}", "{\"ok\":true}");
	assert_event(&bench, 1, VSCMI_NOTIFICATION, SYSTEM, 0x0, 0, 1,
		     VSCMI_SYSTEM_COLD_RESET, 0);
	close(fd);
}

static void count_device(const struct vscmid_device *device, json_t *object)
{
	json_object_set_new(object, "malformed_chains", json_integer(3));
}

static const struct vscmid_device_ops device_ops = { .count = count_device };

static void counters_count_by_protocol_and_status(void **state)
{
	struct vscmid_device device = { &device_ops, &server };
	int fd = connect_client();

	(void)state;
	(void)status_of(&bench, 1, BASE, 0x1);
	(void)status_of(&bench, 1, CLOCK, 0x6, 0);
	(void)status_of(&bench, 1, CLOCK, 0x6, 7);
	/* protocols that have no name */
	(void)bench_ask_with_room(&bench, 1, 0x1b, 0x0, NULL, 0, 8);
	(void)bench_ask_with_room(&bench, 1, 0x80, 0x0, NULL, 0, 8);
	/* no room for a status */
	(void)bench_ask_with_room(&bench, 1, 0x10, 0x0, NULL, 0, 7);
	server.devices[1] = &device;
	assert_reply(
		fd, "{\"command\":\"counters\"}",
		"{\"ok\":true,\"agents\":{"
		"\"a\":{\"messages\":{\"base\":1,\"clock\":2,\"other\":2},"
		"\"answers\":{\"SUCCESS\":2,\"NOT_SUPPORTED\":2,\"NOT_FOUND\":1},"
		"\"unanswerable\":1,\"delayed_responses\":0,\"notifications\":0,"
		"\"notifications_merged\":0,\"notifications_dropped\":0},"
		"\"b\":{\"messages\":{},\"answers\":{},\"unanswerable\":0,"
		"\"delayed_responses\":0,\"notifications\":0,\"notifications_merged\":0,"
		"\"notifications_dropped\":0,\"malformed_chains\":3}}"
		"}");
	server.devices[1] = NULL;
	close(fd);
}

/*
 * ---- Clients ----
 */

static void nobody_else_may_connect(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
}

static void requests_may_come_in_pieces_and_together(void **state)
{
	char reply[REPLY_BYTES];
	int fd = connect_client();

	(void)state;
	say(fd, "{\"command\":\"rel");
	assert_int_equal(vscmi_loop_run_once(server.loop, 1000000),
			 VSCMI_OK); /* accepts */
	assert_int_equal(vscmi_loop_run_once(server.loop, 1000000), VSCMI_OK); /* reads */
	say(fd, "ease\",\"sensor\":\"s\"}\n{}\n[]");
	assert_true(hear(fd, reply));
	assert_string_equal(reply, "{\"ok\":true}");
	assert_true(hear(fd, reply));
	assert_string_equal(
		reply, "{\"ok\":false,\"error\":\"Object item not found: command\"}");
	say(fd, "\n");
	assert_true(hear(fd, reply));
	assert_string_equal(reply,
			    "{\"ok\":false,\"error\":\"Expected object, got array\"}");
	close(fd);
}

static void hostile_bytes_get_an_answer(void **state)
{
	static const char bytes[] = "\0\xff\x7f{\0}\n";
	char reply[REPLY_BYTES];
	int fd = connect_client();

	(void)state;
	assert_int_equal(send(fd, bytes, sizeof(bytes) - 1, MSG_NOSIGNAL),
			 sizeof(bytes) - 1);
	assert_true(hear(fd, reply));
	assert_non_null(strstr(reply, "\"ok\":false"));
	close(fd);
}

static void deep_nesting_is_refused(void **state)
{
	char line[4001], reply[REPLY_BYTES];
	int fd = connect_client();

	(void)state;
	memset(line, '[', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	say(fd, line);
	say(fd, "\n");
	assert_true(hear(fd, reply));
	assert_non_null(strstr(reply, "maximum parsing depth"));
	close(fd);
}

static void a_name_that_is_too_long_to_repeat_is_refused(void **state)
{
	char line[1200] = "{\"command\":\"", reply[REPLY_BYTES];
	int fd = connect_client();

	(void)state;
	while (strlen(line) < sizeof(line) - 8)
		strcat(line, "é");
	strcat(line, "\"}\n");
	say(fd, line);
	assert_true(hear(fd, reply));
	assert_non_null(strstr(reply, "{\"ok\":false,\"error\":\""));
	close(fd);
}

static void a_line_without_an_end_is_hung_up_on(void **state)
{
	char line[4097], reply[REPLY_BYTES];
	int fd = connect_client();

	(void)state;
	memset(line, ' ', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	say(fd, line);
	assert_false(hear(fd, reply));
	close(fd);
}

static void a_client_that_does_not_read_holds_up_nobody(void **state)
{
	static const char request[] = "{\"command\":\"counters\"}\n";
	int slow = connect_client(), fd = connect_client(), waiting;
	char reply[REPLY_BYTES];
	size_t length, requests = 0;

	(void)state;
	say(slow, request);
	assert_true(hear(slow, reply));
	length = strlen(reply) + 1;
	/* Until a reply is stuck, in part or whole, and no request is left to read. */
	do {
		say(slow, request);
		requests++;
		assert_int_equal(vscmi_loop_run_once(server.loop, 1000000), VSCMI_OK);
		assert_int_equal(ioctl(slow, FIONREAD, &waiting), 0);
	} while ((size_t)waiting == requests * length);
	assert_reply(fd, "{\"command\":\"release\",\"sensor\":\"s\"}", "{\"ok\":true}");
	while (requests--) {
		assert_true(hear(slow, reply));
		assert_int_equal(strlen(reply) + 1, length);
	}
	close(slow);
	close(fd);
}

static void as_many_as_there_are_places_are_served_and_then_the_next(void **state)
{
	char reply[REPLY_BYTES];
	int fds[9];

	(void)state;
	for (int i = 0; i < 8; i++) {
		fds[i] = connect_client();
		assert_reply(fds[i], "{\"command\":\"release\",\"sensor\":\"s\"}",
			     "{\"ok\":true}");
	}
	fds[8] = connect_client();
	say(fds[8], "{\"command\":\"release\",\"sensor\":\"s\"}\n");
	assert_int_equal(vscmi_loop_run_once(server.loop, 0), VSCMI_OK);
	assert_int_equal(recv(fds[8], &(char){ 0 }, 1, 0), -1);
	close(fds[0]);
	assert_true(hear(fds[8], reply));
	assert_string_equal(reply, "{\"ok\":true}");
	for (int i = 1; i < 9; i++)
		close(fds[i]);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(every_request_has_a_reply),
		TEST(what_is_set_is_what_an_agent_reads),
		TEST(a_guest_is_asked_to_shut_down),
		TEST(counters_count_by_protocol_and_status),
		TEST(nobody_else_may_connect),
		TEST(requests_may_come_in_pieces_and_together),
		TEST(hostile_bytes_get_an_answer),
		TEST(deep_nesting_is_refused),
		TEST(a_name_that_is_too_long_to_repeat_is_refused),
		TEST(a_line_without_an_end_is_hung_up_on),
		TEST(a_client_that_does_not_read_holds_up_nobody),
		TEST(as_many_as_there_are_places_are_served_and_then_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
