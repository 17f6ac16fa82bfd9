/* SPDX-License-Identifier: BSD-3-Clause */
/* Both ends of vhost-user over a socket: the device in one thread, the front end in another. */
#include "test.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vscmi/host/socket.h>
#include <vscmi/agent.h>
#include <vscmi/host/port.h>
#include <vscmi/host/vhost_frontend.h>
#include <vscmi/host/vhost_link.h>
#include <vscmi/link/virtio_driver.h>

#include "vhost.h"
#include "vhost_user/backend.h"

#define LONG_US UINT32_C(10000000) /* more than any step takes */

static char folder[] = "/tmp/vscmi-test-XXXXXX";
static char path[64];
static struct echo echo;
static pthread_t thread;
static struct vscmi_problem problem;

/*
 * ---- The two ends ----
 */

static void *run_device(void *context)
{
	vscmi_loop_run(echo.loop);
	return NULL;
}

static void device_on(void)
{
	assert_int_equal(pthread_create(&thread, NULL, run_device, NULL), 0);
}

static void device_off(void)
{
	vscmi_loop_stop(echo.loop);
	pthread_join(thread, NULL);
}

static int set_up(void **state)
{
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	echo_open(&echo, NULL);
	problem.text[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	echo_close(&echo);
	return rmdir(folder); /* only an empty one goes */
}

/* What a front end wants of the rings beyond VSCMI_VIRTQ_FEATURES. */
static uint64_t ring_features;

static enum vscmi_error new_frontend(struct vscmi_vhost_frontend **ret_frontend,
				     uint32_t timeout_us)
{
	struct vscmi_vhost_frontend_config config = {
		.path = path,
		.features = ECHO_F_WANT | 0x2 | ring_features,
		.queue_count = ECHO_QUEUES,
		.queue_size = 16,
		.table_entries = 2,
		.buffer_bytes = 4096,
		.timeout_us = timeout_us,
	};

	return vscmi_vhost_frontend_new(&config, ret_frontend, &problem);
}

static struct vscmi_vhost_frontend *start_frontend(void)
{
	struct vscmi_vhost_frontend *frontend = NULL;

	if (new_frontend(&frontend, LONG_US) ||
	    vscmi_vhost_frontend_start(frontend, &problem))
		fail_msg("%s", problem.text);
	return frontend;
}

static void wait_for(int fd, short events)
{
	struct pollfd ready = { .fd = fd, .events = events };

	assert_int_equal(poll(&ready, 1, (int)(LONG_US / 1000)), 1);
}

static void send_text(struct vscmi_vhost_frontend *frontend, uint32_t index,
		      const char *text)
{
	struct vscmi_virtq_driver *queue = vscmi_vhost_frontend_queue(frontend, index);
	uint8_t *buffer = vscmi_vhost_frontend_buffers(frontend) + 64 * index;
	uint32_t length = (uint32_t)strlen(text);
	struct vscmi_virtq_segment segments[] = { { buffer, length },
						  { buffer + 32, 32 } };

	memcpy(buffer, text, length);
	assert_int_equal(vscmi_virtq_driver_add(queue, segments, 1, 1, buffer), VSCMI_OK);
	if (vscmi_virtq_driver_publish(queue))
		vscmi_vhost_frontend_kick(frontend, index);
}

static void assert_text(struct vscmi_vhost_frontend *frontend, uint32_t index,
			const char *text)
{
	struct vscmi_virtq_driver *queue = vscmi_vhost_frontend_queue(frontend, index);
	int call_fd = vscmi_vhost_frontend_call_fd(frontend, index);
	struct vscmi_virtq_returned returned;
	uint64_t calls;

	while (!vscmi_virtq_driver_take(queue, &returned)) {
		wait_for(call_fd, POLLIN);
		assert_int_equal(read(call_fd, &calls, sizeof(calls)), sizeof(calls));
	}
	assert_int_equal(returned.written, strlen(text));
	assert_memory_equal((uint8_t *)returned.cookie + 32, text, strlen(text));
}

/* Both queues at once. */
static void assert_echoes(struct vscmi_vhost_frontend *frontend)
{
	send_text(frontend, 0, "one");
	send_text(frontend, 1, "other");
	assert_text(frontend, 1, "other");
	assert_text(frontend, 0, "one");
}

static void listen_and_run(void)
{
	if (vscmi_vhost_backend_listen(echo.backend, path, &problem))
		fail_msg("%s", problem.text);
	device_on();
}

/*
 * ---- A device that is there ----
 */

static void what_is_sent_comes_back(void **state)
{
	struct vscmi_vhost_frontend *frontend;

	listen_and_run();
	frontend = start_frontend();
	assert_int_equal(vscmi_vhost_frontend_features(frontend),
			 ECHO_F_WANT | VSCMI_VIRTQ_FEATURES);
	for (unsigned i = 0; i < 1000; i++)
		assert_echoes(frontend);
	vscmi_vhost_frontend_free(frontend);
	device_off();
}

/* An agent on the link, in a loop of its own. */
static struct vscmi_loop *agent_loop;
static struct vscmi_loop_port agent_port;
static struct vscmi_agent agent;
static struct vscmi_connection *connection;

static void open_link(void)
{
	static struct vscmi_slot slot;
	static uint8_t reply[VSCMI_AGENT_MESSAGE_BYTES];
	struct vscmi_agent_config config = {
		.port = &agent_port.port,
		.slots = &slot,
		.slot_count = 1,
		.replies = reply,
		.message_bytes = sizeof(reply),
	};

	assert_int_equal(vscmi_loop_new(&agent_loop, NULL), VSCMI_OK);
	vscmi_loop_port_init(&agent_port, agent_loop);
	if (vscmi_vhost_link_new(agent_loop, path, &connection, &problem))
		fail_msg("%s", problem.text);
	config.link = connection->link;
	assert_int_equal(vscmi_agent_init(&agent, &config), VSCMI_OK);
	if (vscmi_connection_open(connection, &problem))
		fail_msg("%s", problem.text);
}

static void close_link(void)
{
	vscmi_connection_free(connection);
	vscmi_loop_free(agent_loop);
}

/* An SCMI device has an eventq only with P2A_CHANNELS. */
static void a_device_without_events_needs_no_queue_for_them(void **state)
{
	echo.backend->offered_features &= ~ECHO_F_WANT;
	echo.backend->queue_count = 1;
	listen_and_run();
	open_link();
	assert_false(connection->link->has_events);
	device_off();
	assert_string_equal(echo_log(&echo), "S0 K0 ");
	close_link();
}

static uint32_t
	flood; /* events that the device still returns, one for each buffer it gets */

static void return_event(void *context, enum vscmi_virtio_queue queue)
{
	struct vscmi_virtq_device *device = echo.queues[1];
	struct vscmi_virtq_segment readable[2], writable[2];
	struct vscmi_virtq_chain chain = {
		.readable = { .segments = readable, .capacity = 2 },
		.writable = { .segments = writable, .capacity = 2 },
	};

	if (flood == 0 || !vscmi_virtq_device_take(device, &chain))
		return;
	flood--;
	vscmi_virtq_write(&chain.writable, "\0S\0\0", 4);
	vscmi_virtq_device_give_back(device, &chain, 4);
	vscmi_virtq_device_publish(device);
}

static void a_device_that_floods_leaves_the_loop_its_turns(void **state)
{
	struct vscmi_virtio_driver *driver;
	const uint32_t all = 100000;
	uint64_t one = 1;

	/* Without it each buffer is a kick. */
	echo.backend->offered_features &= ~VSCMI_VIRTIO_F_EVENT_IDX;
	listen_and_run();
	open_link();
	device_off();
	/* From here on the device is this thread, at each kick. */
	driver = (void *)connection->link;
	driver->config.kick = return_event;
	flood = all;
	return_event(NULL, VSCMI_VIRTIO_EVENTQ);
	assert_int_equal(write(echo.backend->rings[1].call.fd, &one, sizeof(one)),
			 sizeof(one));
	for (uint32_t turn = 1; turn <= 3; turn++) {
		uint32_t before = flood;

		assert_int_equal(vscmi_loop_run_once(agent_loop, 0), VSCMI_OK);
		assert_in_range(before - flood, 1, all / 10);
	}
	/* Nobody comes back to what is left when the link is gone. */
	vscmi_connection_free(connection);
	assert_int_equal(vscmi_loop_run_once(agent_loop, 0), VSCMI_OK);
	vscmi_loop_free(agent_loop);
}

static void a_driver_starts_again_where_it_stopped_the_device(void **state)
{
	struct vscmi_vhost_frontend *frontend;

	listen_and_run();
	frontend = start_frontend();
	for (unsigned i = 0; i < 10; i++) {
		assert_echoes(frontend);
		assert_int_equal(vscmi_vhost_frontend_stop(frontend, &problem), VSCMI_OK);
		assert_int_equal(vscmi_vhost_frontend_start(frontend, &problem),
				 VSCMI_OK);
	}
	assert_echoes(frontend);
	vscmi_vhost_frontend_free(frontend);
	device_off();
	/* Each start is one of a new driver: its rings are fresh. */
	assert_non_null(strstr(echo_log(&echo), "X0 X1 R S0 K0 S1 K1"));
}

static void rings_of_every_format_start_stop_and_start_again(void **state)
{
	const uint64_t packed = VSCMI_VIRTIO_F_RING_PACKED,
		       in_order = VSCMI_VIRTIO_F_IN_ORDER;
	const uint64_t formats[] = { packed, in_order, packed | in_order, 0 };

	echo.backend->offered_features |= packed | in_order;
	listen_and_run();
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		struct vscmi_vhost_frontend *frontend;

		ring_features = formats[i];
		frontend = start_frontend();
		assert_int_equal(vscmi_vhost_frontend_features(frontend) &
					 (packed | in_order),
				 formats[i]);
		/* Round the rings, of which each has 16 descriptors. */
		for (unsigned n = 0; n < 20; n++)
			assert_echoes(frontend);
		assert_int_equal(vscmi_vhost_frontend_stop(frontend, &problem), VSCMI_OK);
		assert_int_equal(vscmi_vhost_frontend_start(frontend, &problem),
				 VSCMI_OK);
		assert_echoes(frontend);
		vscmi_vhost_frontend_free(frontend);
	}
	device_off();
}

static void one_front_end_after_the_other_is_served(void **state)
{
	struct vscmi_vhost_frontend *frontend;
	unsigned fds;

	listen_and_run();
	frontend = start_frontend();
	fds = count_fds();
	for (unsigned i = 0; i < 20; i++) {
		assert_echoes(frontend);
		vscmi_vhost_frontend_free(frontend);
		frontend = start_frontend();
	}
	assert_echoes(frontend);
	assert_int_equal(count_fds(), fds);
	vscmi_vhost_frontend_free(frontend);
	device_off();
}

static void a_second_front_end_waits_for_its_turn(void **state)
{
	struct vscmi_vhost_frontend *first, *second = NULL;

	listen_and_run();
	first = start_frontend();
	assert_int_equal(new_frontend(&second, 1000), VSCMI_OK);
	assert_int_equal(vscmi_vhost_frontend_start(second, &problem), VSCMI_E_TIMEOUT);
	vscmi_vhost_frontend_free(second);
	assert_non_null(strstr(problem.text, "one front end at a time"));
	assert_echoes(first);
	vscmi_vhost_frontend_free(first);
	second = start_frontend();
	assert_echoes(second);
	vscmi_vhost_frontend_free(second);
	device_off();
}

static void a_front_end_sees_that_its_device_is_gone(void **state)
{
	struct vscmi_vhost_frontend *frontend;

	listen_and_run();
	frontend = start_frontend();
	device_off();
	vscmi_vhost_backend_free(echo.backend);
	echo.backend = NULL;
	wait_for(vscmi_vhost_frontend_socket_fd(frontend), POLLIN);
	assert_int_equal(vscmi_vhost_frontend_stop(frontend, &problem),
			 VSCMI_E_LINK_LOST);
	vscmi_vhost_frontend_free(frontend);
}

static void a_listening_socket_can_be_handed_over(void **state)
{
	struct vscmi_vhost_frontend *frontend;
	int fd;

	assert_int_equal(vscmi_socket_listen(path, 0700, &fd, &problem), VSCMI_OK);
	assert_int_equal(vscmi_vhost_backend_adopt(echo.backend, fd, &problem), VSCMI_OK);
	device_on();
	for (unsigned i = 0; i < 2; i++) {
		frontend = start_frontend();
		assert_echoes(frontend);
		vscmi_vhost_frontend_free(frontend);
	}
	device_off();
	unlink(path);
}

static void another_kind_of_socket_cannot_be_handed_over(void **state)
{
	const int others[] = {
		memfd_create("no socket", MFD_CLOEXEC),
		socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0),
		socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
		-1,
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(
			vscmi_vhost_backend_adopt(echo.backend, others[i], &problem),
			VSCMI_E_INVALID);
		close(others[i]);
	}
}

/*
 * ---- A device that is not there ----
 */

static void nobody_listens(void **state)
{
	struct vscmi_vhost_frontend *frontend = NULL;

	assert_int_equal(new_frontend(&frontend, LONG_US), VSCMI_E_LINK_LOST);
	assert_non_null(strstr(problem.text, path));
}

static void a_socket_left_behind_is_replaced(void **state)
{
	struct vscmi_vhost_frontend *frontend;
	int fd;

	assert_int_equal(vscmi_socket_listen(path, 0700, &fd, &problem), VSCMI_OK);
	close(fd);
	listen_and_run();
	frontend = start_frontend();
	assert_echoes(frontend);
	vscmi_vhost_frontend_free(frontend);
	device_off();
}

static void a_socket_that_answers_is_not_replaced(void **state)
{
	int fd, client;

	assert_int_equal(vscmi_socket_listen(path, 0700, &fd, &problem), VSCMI_OK);
	assert_int_equal(vscmi_vhost_backend_listen(echo.backend, path, &problem),
			 VSCMI_E_BUSY);
	assert_int_equal(vscmi_socket_connect(path, &client, &problem), VSCMI_OK);
	close(client);
	close(fd);
	unlink(path);
}

static void a_file_is_not_replaced(void **state)
{
	FILE *file = fopen(path, "w");

	fclose(file);
	assert_int_equal(vscmi_vhost_backend_listen(echo.backend, path, &problem),
			 VSCMI_E_INVALID);
	assert_int_equal(unlink(path), 0);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	char long_path[200];
	int fd;

	memset(long_path, 'a', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(vscmi_socket_listen(long_path, 0700, &fd, &problem),
			 VSCMI_E_INVALID);
	assert_int_equal(vscmi_socket_listen("", 0700, &fd, &problem), VSCMI_E_INVALID);
}

static void a_socket_has_the_mode_it_is_given(void **state)
{
	struct stat file;
	int fd;

	assert_int_equal(vscmi_socket_listen(path, 0600, &fd, &problem), VSCMI_OK);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
	close(fd);
	unlink(path);
}

/*
 * ---- Devices that answer as they should not ----
 */

/* What a device by hand answers; each request not named here with 0, or with nothing. */
static const struct script {
	const char *what;
	uint64_t features, protocol_features, queues;
	uint32_t refuse;        /* the request to acknowledge with 1 */
	uint32_t close_at;      /* the request to answer by leaving */
	uint32_t answer_wrong;  /* the request to answer as another */
	uint32_t silent_at;     /* the request not to answer */
	enum vscmi_error error; /* of start at the latest */
	const char *text;       /* in the problem */
} scripts[] = {
#define RINGS     VSCMI_VIRTQ_FEATURES
#define EXTENDED  (VSCMI_VIRTQ_FEATURES | VSCMI_VHOST_F_PROTOCOL_FEATURES)
#define MQ        (UINT64_C(1) << VSCMI_VHOST_PF_MQ)
#define REPLY_ACK (UINT64_C(1) << VSCMI_VHOST_PF_REPLY_ACK)
	{ .what = "a_device_with_the_least_there_is",
	  .features = VSCMI_VIRTIO_F_VERSION_1 },
	{ .what = "one_without_protocol_features", .features = RINGS },
	{ .what = "one_without_any_of_them", .features = EXTENDED },
	{ .what = "one_that_acknowledges",
	  .features = EXTENDED,
	  .protocol_features = REPLY_ACK },
	{ .what = "one_without_version_1",
	  .features = 1,
	  .error = VSCMI_E_UNSUPPORTED,
	  .text = "expected VERSION_1" },
	{ .what = "one_with_one_queue",
	  .features = EXTENDED,
	  .protocol_features = MQ,
	  .queues = 1,
	  .error = VSCMI_E_UNSUPPORTED,
	  .text = "has 1 queues, expected 2" },
	{ .what = "one_that_refuses",
	  .features = EXTENDED,
	  .protocol_features = REPLY_ACK,
	  .refuse = VSCMI_VHOST_SET_MEM_TABLE,
	  .error = VSCMI_E_REFUSED,
	  .text = "SET_MEM_TABLE: refused with 1" },
	{ .what = "one_that_leaves",
	  .features = EXTENDED,
	  .close_at = VSCMI_VHOST_GET_PROTOCOL_FEATURES,
	  .error = VSCMI_E_LINK_LOST,
	  .text = "GET_PROTOCOL_FEATURES: closed" },
	{ .what = "one_that_leaves_late",
	  .features = EXTENDED,
	  .close_at = VSCMI_VHOST_SET_VRING_ENABLE,
	  .error = VSCMI_E_LINK_LOST,
	  .text = ": " },
	{ .what = "one_that_answers_something_else",
	  .features = EXTENDED,
	  .answer_wrong = VSCMI_VHOST_GET_FEATURES,
	  .error = VSCMI_E_MALFORMED,
	  .text = "GET_FEATURES: answered with a reply to GET_PROTOCOL_FEATURES" },
	{ .what = "one_that_is_silent",
	  .features = EXTENDED,
	  .silent_at = VSCMI_VHOST_GET_PROTOCOL_FEATURES,
	  .error = VSCMI_E_TIMEOUT,
	  .text = "GET_PROTOCOL_FEATURES: no answer in 20 ms" },
};

static bool answer(int socket, const struct script *script,
		   const struct vscmi_vhost_message *in)
{
	uint32_t request = in->header.request;
	bool answered = vscmi_vhost_row(request)->answered;
	struct vscmi_vhost_message out = {
		.header = { request, VSCMI_VHOST_VERSION | VSCMI_VHOST_REPLY, 8 },
	};

	if (request == script->close_at)
		return false;
	if (request == script->silent_at ||
	    (!answered && !(in->header.flags & VSCMI_VHOST_NEED_REPLY)))
		return true;
	if (request == VSCMI_VHOST_GET_FEATURES)
		out.payload.u64 = script->features;
	if (request == VSCMI_VHOST_GET_PROTOCOL_FEATURES)
		out.payload.u64 = script->protocol_features;
	if (request == VSCMI_VHOST_GET_QUEUE_NUM)
		out.payload.u64 = script->queues;
	if (request == script->refuse)
		out.payload.u64 = 1;
	if (request == script->answer_wrong)
		out.header.request = VSCMI_VHOST_GET_PROTOCOL_FEATURES;
	return vscmi_vhost_send(socket, &out) == VSCMI_OK;
}

struct scripted {
	const struct script *script;
	int listener;
	uint64_t seen; /* a bit for each request */
};

static void *run_script(void *context)
{
	struct scripted *scripted = context;
	struct vscmi_vhost_message in = { 0 };
	enum vscmi_error error;
	bool going = true;
	struct pollfd ready = { .fd = scripted->listener, .events = POLLIN };
	int fd;

	poll(&ready, 1, -1);
	fd = accept(scripted->listener, NULL, NULL);
	ready.fd = fd;
	while (going) {
		poll(&ready, 1, -1);
		error = vscmi_vhost_receive(fd, VSCMI_VHOST_TO_BACKEND, &in, NULL);
		if (error == VSCMI_E_NOT_READY)
			continue;
		if (!error)
			scripted->seen |= UINT64_C(1) << in.header.request;
		going = !error && answer(fd, scripted->script, &in);
		vscmi_vhost_message_clear(&in);
	}
	close(fd);
	return NULL;
}

static void devices_that_answer_as_they_should_not_are_named(void **state)
{
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct scripted scripted = { .script = &scripts[i] };
		bool silent = scripts[i].silent_at;
		struct vscmi_vhost_frontend *frontend = NULL;
		unsigned fds = count_fds();
		enum vscmi_error error;

		problem.text[0] = '\0';
		assert_int_equal(
			vscmi_socket_listen(path, 0700, &scripted.listener, NULL),
			VSCMI_OK);
		assert_int_equal(pthread_create(&thread, NULL, run_script, &scripted), 0);
		error = new_frontend(&frontend, silent ? 20000 : LONG_US);
		if (!error)
			error = vscmi_vhost_frontend_start(frontend, &problem);
		if (!error)
			assert_int_equal(vscmi_vhost_frontend_stop(frontend, &problem),
					 VSCMI_OK);
		vscmi_vhost_frontend_free(frontend);
		pthread_join(thread, NULL);
		if (!error)
			assert_true(scripted.seen >> VSCMI_VHOST_GET_VRING_BASE & 1);
		close(scripted.listener);
		unlink(path);
		if (error != scripts[i].error)
			fail_msg("%s: error %d: %s", scripts[i].what, error,
				 problem.text);
		if (scripts[i].text && !strstr(problem.text, scripts[i].text))
			fail_msg("%s: %s", scripts[i].what, problem.text);
		assert_int_equal(count_fds(), fds);
	}
}

/* One link, and one device after another that goes away at the next request. */
static void a_link_survives_devices_that_die_at_any_point(void **state)
{
	static const enum vscmi_vhost_request points[] = {
		VSCMI_VHOST_SET_OWNER,
		VSCMI_VHOST_GET_FEATURES,
		VSCMI_VHOST_GET_PROTOCOL_FEATURES,
		VSCMI_VHOST_SET_PROTOCOL_FEATURES,
		VSCMI_VHOST_GET_QUEUE_NUM,
		VSCMI_VHOST_SET_FEATURES,
		VSCMI_VHOST_SET_MEM_TABLE,
		VSCMI_VHOST_SET_VRING_NUM,
		VSCMI_VHOST_SET_VRING_BASE,
		VSCMI_VHOST_SET_VRING_ADDR,
		VSCMI_VHOST_SET_VRING_CALL,
		VSCMI_VHOST_SET_VRING_KICK,
		VSCMI_VHOST_SET_VRING_ENABLE,
	};
	struct script script = { .features = EXTENDED,
				 .protocol_features = MQ | REPLY_ACK,
				 .queues = 2 };
	struct scripted scripted = { .script = &script };
	struct vscmi_loop *loop;
	unsigned fds;

	assert_int_equal(vscmi_loop_new(&loop, NULL), VSCMI_OK);
	assert_int_equal(vscmi_vhost_link_new(loop, path, &connection, NULL), VSCMI_OK);
	fds = count_fds();
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		script.close_at = points[i];
		assert_int_equal(
			vscmi_socket_listen(path, 0700, &scripted.listener, NULL),
			VSCMI_OK);
		assert_int_equal(pthread_create(&thread, NULL, run_script, &scripted), 0);
		if (vscmi_connection_open(connection, &problem) != VSCMI_E_LINK_LOST)
			fail_msg("%s: %s", vscmi_vhost_row(points[i])->name,
				 problem.text);
		pthread_join(thread, NULL);
		close(scripted.listener);
		unlink(path);
		assert_int_equal(count_fds(), fds);
	}
	vscmi_connection_free(connection);
	vscmi_loop_free(loop);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_link_survives_devices_that_die_at_any_point),
		TEST(what_is_sent_comes_back),
		TEST(a_device_without_events_needs_no_queue_for_them),
		TEST(a_device_that_floods_leaves_the_loop_its_turns),
		TEST(a_driver_starts_again_where_it_stopped_the_device),
		TEST(rings_of_every_format_start_stop_and_start_again),
		TEST(one_front_end_after_the_other_is_served),
		TEST(a_second_front_end_waits_for_its_turn),
		TEST(a_front_end_sees_that_its_device_is_gone),
		TEST(a_listening_socket_can_be_handed_over),
		TEST(another_kind_of_socket_cannot_be_handed_over),
		TEST(nobody_listens),
		TEST(a_socket_left_behind_is_replaced),
		TEST(a_socket_that_answers_is_not_replaced),
		TEST(a_file_is_not_replaced),
		TEST(a_path_that_is_too_long_is_refused),
		TEST(a_socket_has_the_mode_it_is_given),
		TEST(devices_that_answer_as_they_should_not_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
