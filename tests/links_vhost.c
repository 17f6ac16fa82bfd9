/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The link over vhost-user: a backend behind a socket and the agent's link, each with a loop
 * that the test turns. Only while they shake hands, which waits, the device has a thread.
 */
#include "links.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vscmi/host/vhost_backend.h>
#include <vscmi/host/vhost_link.h>
#include <vscmi/link/virtio_device.h>

struct vhost {
	struct test_link link;
	char folder[32], path[48];
	struct vscmi_loop *device_loop, *agent_loop;
	struct vscmi_vhost_backend *backend;
	struct vscmi_virtio_device device;
	struct vscmi_virtio_device_command *commands;
	struct vscmi_connection *agent_end;
};

/*
 * ---- The device ----
 */

static void publish(void *context, enum vscmi_virtio_queue queue)
{
	vscmi_vhost_backend_publish(((struct vhost *)context)->backend, queue);
}

static void reset_wanted(void *context)
{
	vscmi_vhost_backend_hang_up(((struct vhost *)context)->backend);
}

static void queue_started(void *context, uint32_t index, struct vscmi_virtq_device *queue)
{
	struct vhost *vhost = context;

	vscmi_virtio_device_start(&vhost->device, index, queue,
				  vscmi_vhost_backend_features(vhost->backend));
}

static bool queue_kicked(void *context, uint32_t index)
{
	return vscmi_virtio_device_process(&((struct vhost *)context)->device);
}

static void queue_stopping(void *context, uint32_t index)
{
	vscmi_virtio_device_stop(&((struct vhost *)context)->device, index);
}

static void reset(void *context)
{
	vscmi_virtio_device_reset(&((struct vhost *)context)->device);
}

static void disconnected(void *context)
{
}

static void open_device(struct vhost *vhost)
{
	static const struct vscmi_vhost_device_ops ops = {
		.queue_started = queue_started,
		.queue_kicked = queue_kicked,
		.queue_stopping = queue_stopping,
		.reset = reset,
		.disconnected = disconnected,
	};
	const struct vscmi_vhost_backend_config backend = {
		.loop = vhost->device_loop,
		.ops = &ops,
		.context = vhost,
		.name = "test",
		.features = VSCMI_VIRTIO_DEVICE_FEATURES,
		.queue_count = VSCMI_VIRTIO_QUEUES,
	};
	struct vscmi_service *service = vhost->link.setup.service;
	const size_t commands = service->ops->held_max(service) + 1;
	const struct vscmi_virtio_device_config device = {
		.service = service,
		.agent_id = vhost->link.setup.agent_id,
		.commands = calloc(commands, sizeof(*vhost->commands)),
		.command_count = commands,
		.publish = publish,
		.reset = reset_wanted,
		.context = vhost,
	};

	assert_non_null(device.commands);
	vhost->commands = device.commands;
	assert_int_equal(vscmi_virtio_device_init(&vhost->device, &device), VSCMI_OK);
	assert_int_equal(vscmi_vhost_backend_new(&backend, &vhost->backend, NULL),
			 VSCMI_OK);
	assert_int_equal(vscmi_vhost_backend_listen(vhost->backend, vhost->path, NULL),
			 VSCMI_OK);
}

/*
 * ---- Both ends ----
 */

/* All that a loop can do now. A stop takes it several rounds. */
static void turn(struct vscmi_loop *loop)
{
	for (int i = 0; i < 4; i++)
		assert_int_equal(vscmi_loop_run_once(loop, 0), VSCMI_OK);
}

static void *run_device(void *context)
{
	vscmi_loop_run(context);
	return NULL;
}

static pthread_t device_on(struct vhost *vhost)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, run_device, vhost->device_loop),
			 0);
	return thread;
}

static void device_off(struct vhost *vhost, pthread_t thread)
{
	vscmi_loop_stop(vhost->device_loop);
	pthread_join(thread, NULL);
}

static struct test_link *open_vhost(const struct link_setup *setup)
{
	struct vhost *vhost = calloc(1, sizeof(*vhost));

	assert_non_null(vhost);
	strcpy(vhost->folder, "/tmp/vscmi-test-XXXXXX");
	assert_non_null(mkdtemp(vhost->folder));
	snprintf(vhost->path, sizeof(vhost->path), "%s/socket", vhost->folder);
	assert_int_equal(vscmi_loop_new(&vhost->device_loop, NULL), VSCMI_OK);
	assert_int_equal(vscmi_loop_new(&vhost->agent_loop, NULL), VSCMI_OK);
	vhost->link = (struct test_link){ &link_vhost_user, *setup, NULL };
	open_device(vhost);
	assert_int_equal(vscmi_vhost_link_new(vhost->agent_loop, vhost->path,
					      &vhost->agent_end, NULL),
			 VSCMI_OK);
	vhost->link.link = vhost->agent_end->link;
	return &vhost->link;
}

static void close_vhost(struct test_link *link)
{
	struct vhost *vhost = (struct vhost *)link;

	vscmi_connection_free(vhost->agent_end);
	vscmi_vhost_backend_free(vhost->backend);
	vscmi_loop_free(vhost->agent_loop);
	vscmi_loop_free(vhost->device_loop);
	assert_int_equal(rmdir(vhost->folder), 0);
	free(vhost->commands);
	free(vhost);
}

static enum vscmi_error start(struct test_link *link)
{
	struct vhost *vhost = (struct vhost *)link;
	pthread_t thread = device_on(vhost);
	enum vscmi_error error = vscmi_connection_open(vhost->agent_end, NULL);

	device_off(vhost, thread);
	return error;
}

static void serve(struct test_link *link)
{
	turn(((struct vhost *)link)->device_loop);
}

static void interrupt(struct test_link *link)
{
	turn(((struct vhost *)link)->agent_loop);
}

/* The device hangs up. */
static void stop(struct test_link *link)
{
	vscmi_vhost_backend_hang_up(((struct vhost *)link)->backend);
	serve(link);
	interrupt(link);
}

const struct link_kind link_vhost_user = {
	.timeout_us = 60000000,
	.in_flight_max = 512,
	.event_buffers_max = LINK_EVENT_BUFFERS_MAX,
	.cuts = true,
	.tells_room = true,
	.open = open_vhost,
	.close = close_vhost,
	.start = start,
	.stop = stop,
	.serve = serve,
	.interrupt = interrupt,
};
