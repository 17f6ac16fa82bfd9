/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <sys/socket.h>

#include <vscmi/host/vhost_backend.h>
#include <vscmi/link/virtio_device.h>

#include "server.h"
#include "vhost_device.h"

/* Of rings, besides the split one. */
#ifdef VSCMI_WITHOUT_PACKED
#define FORMATS 0
#else
#define FORMATS VSCMI_VIRTIO_F_RING_PACKED
#endif

struct vhost_device {
	struct vscmid_device device;
	struct vscmi_vhost_backend *backend;
	struct vscmi_virtio_device scmi;
	bool one_connection; /* the front end it has is its last */
	struct vscmi_virtio_device_command commands[];
};

static void publish(void *context, enum vscmi_virtio_queue queue)
{
	struct vhost_device *device = context;

	vscmi_vhost_backend_publish(device->backend, queue);
}

static void reset_wanted(void *context)
{
	struct vhost_device *device = context;

	vscmi_vhost_backend_hang_up(device->backend);
}

static void queue_started(void *context, uint32_t index, struct vscmi_virtq_device *queue)
{
	struct vhost_device *device = context;

	vscmi_virtio_device_start(&device->scmi, index, queue,
				  vscmi_vhost_backend_features(device->backend));
}

static bool queue_kicked(void *context, uint32_t index)
{
	struct vhost_device *device = context;
	bool more;

	(void)index;
	vscmid_server_enter(device->device.server);
	more = vscmi_virtio_device_process(&device->scmi);
	vscmid_server_leave(device->device.server);
	return more;
}

static void queue_stopping(void *context, uint32_t index)
{
	struct vhost_device *device = context;

	vscmi_virtio_device_stop(&device->scmi, index);
}

/* The agent's votes go, which others may have to be told. */
static void reset(void *context)
{
	struct vhost_device *device = context;

	vscmid_server_enter(device->device.server);
	vscmi_virtio_device_reset(&device->scmi);
	vscmid_server_leave(device->device.server);
}

static void disconnected(void *context)
{
	struct vhost_device *device = context;

	if (device->one_connection && --device->device.server->served == 0)
		vscmi_loop_stop(device->device.server->loop);
}

static const struct vscmi_vhost_device_ops ops = {
	.queue_started = queue_started,
	.queue_kicked = queue_kicked,
	.queue_stopping = queue_stopping,
	.reset = reset,
	.disconnected = disconnected,
};

static void free_device(struct vscmid_device *base)
{
	struct vhost_device *device = (struct vhost_device *)base;

	vscmi_vhost_backend_free(device->backend);
	free(device);
}

static bool is_connected(const struct vscmid_device *base)
{
	return ((const struct vhost_device *)base)->scmi.connected;
}

static void count(const struct vscmid_device *base, json_t *object)
{
	const struct vscmi_virtio_device_counters *counters =
		&((const struct vhost_device *)base)->scmi.counters;

	json_object_set_new(object, "malformed_chains",
			    json_integer((json_int_t)counters->malformed_chains));
	json_object_set_new(object, "small_buffers",
			    json_integer((json_int_t)counters->small_buffers));
}

static const struct vscmid_device_ops device_ops = { free_device, is_connected, count };

static enum vscmi_error init(struct vhost_device *device, uint32_t agent_id,
			     size_t commands, struct vscmi_problem *problem)
{
	const char *name = vscmi_board_agent_name(device->device.server->board, agent_id);
	const struct vscmi_virtio_device_config scmi = {
		.service = vscmi_faults_service(device->device.server->faults),
		.agent_id = agent_id,
		.commands = device->commands,
		.command_count = commands,
		.publish = publish,
		.reset = reset_wanted,
		.context = device,
	};
	const struct vscmi_vhost_backend_config backend = {
		.loop = vscmid_threads_loop(&device->device.server->threads, agent_id),
		.ops = &ops,
		.context = device,
		.name = name,
		.features = VSCMI_VIRTIO_DEVICE_FEATURES | FORMATS,
		.queue_count = VSCMI_VIRTIO_QUEUES,
		.polled_queues = 1u << VSCMI_VIRTIO_CMDQ,
	};
	enum vscmi_error error = vscmi_virtio_device_init(&device->scmi, &scmi);

	if (error)
		return vscmi_problem_set(problem, error, "agent %s: %s", name,
					 vscmi_error_text(error));
	return vscmi_vhost_backend_new(&backend, &device->backend, problem);
}

static enum vscmi_error device_new(struct vscmid_server *server, uint32_t agent_id,
				   struct vhost_device **ret_device,
				   struct vscmi_problem *problem)
{
	struct vscmi_service *service = vscmi_faults_service(server->faults);
	size_t commands = service->ops->held_max(service) + 1;
	struct vhost_device *device =
		calloc(1, sizeof(*device) + commands * sizeof(device->commands[0]));
	enum vscmi_error error;

	if (!device)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "not enough memory");
	device->device = (struct vscmid_device){ &device_ops, server };
	error = init(device, agent_id, commands, problem);
	if (error)
		free(device);
	else
		*ret_device = device;
	return error;
}

enum vscmi_error vscmid_vhost_device_listen(struct vscmid_server *server,
					    uint32_t agent_id, const char *path,
					    struct vscmid_device **ret_device,
					    struct vscmi_problem *problem)
{
	struct vhost_device *device;
	enum vscmi_error error = device_new(server, agent_id, &device, problem);

	if (error)
		return error;
	error = vscmi_vhost_backend_listen(device->backend, path, problem);
	if (error)
		free_device(&device->device);
	else
		*ret_device = &device->device;
	return error;
}

static bool is_listening(int fd)
{
	socklen_t length = sizeof(int);
	int listening = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 &&
	       listening;
}

enum vscmi_error vscmid_vhost_device_adopt(struct vscmid_server *server,
					   uint32_t agent_id, int fd,
					   struct vscmid_device **ret_device,
					   struct vscmi_problem *problem)
{
	struct vhost_device *device;
	enum vscmi_error error = device_new(server, agent_id, &device, problem);

	if (error)
		return error;
	device->one_connection = !is_listening(fd);
	error = vscmi_vhost_backend_adopt(device->backend, fd, problem);
	if (error)
		free_device(&device->device);
	else
		*ret_device = &device->device;
	return error;
}
