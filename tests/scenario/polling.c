/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both ends of vhost-user on two threads, each looking before it sleeps: nobody sleeps through
 * a message, and nobody is woken who looks.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vscmi/agent.h>
#include <vscmi/host/port.h>
#include <vscmi/host/vhost_backend.h>
#include <vscmi/host/vhost_link.h>
#include <vscmi/link/virtio_device.h>

#include "message/cursor.h"
#include "service.h"

#define NEVER_SLEEP_US 60000000u
#define HELD_MAX       1u

/* Every wake-up is a write. */
ssize_t __real_write(int fd, const void *bytes, size_t count);
ssize_t __wrap_write(int fd, const void *bytes, size_t count);
static atomic_uint writes;

ssize_t __wrap_write(int fd, const void *bytes, size_t count)
{
	atomic_fetch_add(&writes, 1);
	return __real_write(fd, bytes, count);
}

static struct fixture {
	char folder[sizeof("/tmp/vscmi-test-XXXXXX")];
	char path[sizeof("/tmp/vscmi-test-XXXXXX/socket")];

	pthread_t thread;
	struct vscmi_loop *device_loop;
	struct vscmi_vhost_backend *backend;
	struct service *service;
	struct vscmi_virtio_device device;
	struct vscmi_virtio_device_command held[HELD_MAX + 1];

	struct vscmi_loop *loop;
	struct vscmi_loop_port port;
	struct vscmi_connection *connection;
	struct vscmi_agent agent;
	struct vscmi_slot slots[1];
	uint8_t replies[VSCMI_AGENT_MESSAGE_BYTES];
} f;

/*
 * ---- The device ----
 */

/* PROTOCOL_VERSION, of any protocol; the test counts what comes, and keeps none of it. */
static bool answer(struct service *service, const struct service_command *command,
		   struct service_message *ret_reply)
{
	memset(ret_reply->bytes, 0, 12);
	memcpy(ret_reply->bytes, command->bytes, VSCMI_HEADER_BYTES);
	ret_reply->bytes[10] = 3;
	ret_reply->count = 12;
	service->command_count = 0;
	return true;
}

static void publish(void *context, enum vscmi_virtio_queue queue)
{
	vscmi_vhost_backend_publish(f.backend, queue);
}

static void reset_wanted(void *context)
{
}

static void started(void *context, uint32_t index, struct vscmi_virtq_device *queue)
{
	vscmi_virtio_device_start(&f.device, index, queue,
				  vscmi_vhost_backend_features(f.backend));
}

static bool kicked(void *context, uint32_t index)
{
	return vscmi_virtio_device_process(&f.device);
}

static void stopping(void *context, uint32_t index)
{
	vscmi_virtio_device_stop(&f.device, index);
}

static void reset(void *context)
{
	vscmi_virtio_device_reset(&f.device);
}

static void disconnected(void *context)
{
}

static void *run_device(void *context)
{
	vscmi_loop_run(f.device_loop);
	return NULL;
}

static void device_open(uint32_t poll_us)
{
	static const struct vscmi_vhost_device_ops ops = {
		started, kicked, stopping, reset, disconnected,
	};
	const struct vscmi_vhost_backend_config backend = {
		.ops = &ops,
		.name = "device",
		.features = VSCMI_VIRTIO_DEVICE_FEATURES,
		.queue_count = VSCMI_VIRTIO_QUEUES,
		.polled_queues = 1u << VSCMI_VIRTIO_CMDQ,
		.loop = f.device_loop,
	};
	const struct vscmi_virtio_device_config device = {
		.service = &f.service->service,
		.agent_id = 1,
		.commands = f.held,
		.command_count = HELD_MAX + 1,
		.publish = publish,
		.reset = reset_wanted,
	};

	vscmi_loop_set_poll_us(f.device_loop, poll_us);
	assert_int_equal(vscmi_virtio_device_init(&f.device, &device), VSCMI_OK);
	assert_int_equal(vscmi_vhost_backend_new(&backend, &f.backend, NULL), VSCMI_OK);
	assert_int_equal(vscmi_vhost_backend_listen(f.backend, f.path, NULL), VSCMI_OK);
	assert_int_equal(pthread_create(&f.thread, NULL, run_device, NULL), 0);
}

static void device_close(void)
{
	vscmi_loop_stop(f.device_loop);
	pthread_join(f.thread, NULL);
	vscmi_vhost_backend_free(f.backend);
}

/*
 * ---- The driver ----
 */

static void driver_open(uint32_t poll_us)
{
	struct vscmi_agent_config config = {
		.port = &f.port.port,
		.slots = f.slots,
		.slot_count = 1,
		.replies = f.replies,
		.message_bytes = sizeof(f.replies),
	};

	vscmi_loop_set_poll_us(f.loop, poll_us);
	assert_int_equal(vscmi_vhost_link_new(f.loop, f.path, &f.connection, NULL),
			 VSCMI_OK);
	config.link = f.connection->link;
	assert_int_equal(vscmi_agent_init(&f.agent, &config), VSCMI_OK);
	assert_int_equal(vscmi_connection_open(f.connection, NULL), VSCMI_OK);
}

static void driver_close(void)
{
	vscmi_connection_free(f.connection);
}

static void ask(void)
{
	uint32_t version;

	assert_int_equal(vscmi_agent_protocol_version(&f.agent, 0x10, &version).error,
			 VSCMI_OK);
}

static int set_up(void **state)
{
	f = (struct fixture){ .folder = "/tmp/vscmi-test-XXXXXX" };
	assert_non_null(mkdtemp(f.folder));
	strcpy(f.path, f.folder);
	strcat(f.path, "/socket");
	f.service = service_new(HELD_MAX);
	f.service->answer = answer;
	assert_int_equal(vscmi_loop_new(&f.device_loop, NULL), VSCMI_OK);
	assert_int_equal(vscmi_loop_new(&f.loop, NULL), VSCMI_OK);
	vscmi_loop_port_init(&f.port, f.loop);
	return 0;
}

static int tear_down(void **state)
{
	vscmi_loop_free(f.loop);
	vscmi_loop_free(f.device_loop);
	free(f.service);
	return rmdir(f.folder);
}

/*
 * ---- The tests ----
 */

/* Some time, up to what it takes both ends to fall asleep. */
static void dawdle(void)
{
	static uint32_t random = 1;
	uint64_t start_us = vscmi_monotonic_us();

	random = random * 1103515245 + 12345;
	while (vscmi_monotonic_us() - start_us < (random >> 16) % 64)
		;
}

static void nobody_sleeps_through_a_message(void **state)
{
	static const uint32_t times_us[] = { 0, 8, 40, NEVER_SLEEP_US };

	for (size_t i = 0; i < 16; i++) {
		device_open(times_us[i / 4]);
		driver_open(times_us[i % 4]);
		for (int commands = 0; commands < 500; commands++) {
			ask();
			dawdle();
		}
		driver_close();
		device_close();
	}
}

static bool alone(void)
{
	cpu_set_t processors;

	return sched_getaffinity(0, sizeof(processors), &processors) == 0 &&
	       CPU_COUNT(&processors) == 1;
}

/*
 * Sooner or later both ends look, and many commands in a row wake nobody; when, is for the
 * scheduler to say. Where there is a single processor nobody looks, and each wakes both ends.
 */
static void nobody_is_woken_who_looks(void **state)
{
	unsigned before;

	device_open(NEVER_SLEEP_US);
	driver_open(NEVER_SLEEP_US);
	do {
		before = atomic_load(&writes);
		for (int commands = 0; commands < 20; commands++)
			ask();
	} while (!alone() && atomic_load(&writes) != before);
	if (alone())
		assert_int_equal(atomic_load(&writes) - before, 40);
	driver_close();
	device_close();
}

static void who_does_not_look_is_woken(void **state)
{
	unsigned before;

	device_open(0);
	driver_open(0);
	before = atomic_load(&writes);
	for (int commands = 0; commands < 100; commands++)
		ask();
	assert_int_equal(atomic_load(&writes) - before, 200);
	driver_close();
	device_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nobody_sleeps_through_a_message, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(nobody_is_woken_who_looks, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(who_does_not_look_is_woken, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
