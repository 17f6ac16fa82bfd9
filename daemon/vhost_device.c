/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include <vscmi/host/log.h>

#include "server.h"
#include "vhost_device.h"

static void publish(void *context, enum vscmi_virtio_queue queue)
{
	struct vscmid_vhost_device *device = context;

	vscmi_vhost_backend_publish(device->backend, queue);
}

static void reset_wanted(void *context)
{
	struct vscmid_vhost_device *device = context;

	vscmi_vhost_backend_hang_up(device->backend);
}

static void queue_started(void *context, uint32_t index, struct vscmi_virtq_device *queue)
{
	struct vscmid_vhost_device *device = context;

	vscmi_virtio_device_start(&device->scmi, index, queue,
				  vscmi_vhost_backend_features(device->backend));
}

static bool queue_kicked(void *context, uint32_t index)
{
	struct vscmid_vhost_device *device = context;
	bool more;

	(void)index;
	vscmid_server_enter(device->device.server);
	more = vscmi_virtio_device_process(&device->scmi);
	vscmid_server_leave(device->device.server);
	return more;
}

static void queue_stopping(void *context, uint32_t index)
{
	struct vscmid_vhost_device *device = context;

	vscmi_virtio_device_stop(&device->scmi, index);
}

/* The agent's votes go, which others may have to be told. */
static void reset(void *context)
{
	struct vscmid_vhost_device *device = context;

	vscmid_server_enter(device->device.server);
	vscmi_virtio_device_reset(&device->scmi);
	vscmid_server_leave(device->device.server);
}

static void disconnected(void *context)
{
	struct vscmid_vhost_device *device = context;

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
	struct vscmid_vhost_device *device = (struct vscmid_vhost_device *)base;

	vscmi_vhost_backend_free(device->backend);
	free(device);
}

static bool is_connected(const struct vscmid_device *base)
{
	return ((const struct vscmid_vhost_device *)base)->scmi.connected;
}

static void count(const struct vscmid_device *base, json_t *object)
{
	const struct vscmi_virtio_device_counters *counters =
		&((const struct vscmid_vhost_device *)base)->scmi.counters;

	json_object_set_new(object, "malformed_chains",
			    json_integer((json_int_t)counters->malformed_chains));
	json_object_set_new(object, "small_buffers",
			    json_integer((json_int_t)counters->small_buffers));
}

static const struct vscmid_device_ops device_ops = { free_device, is_connected, count };

static enum vscmi_error init(struct vscmid_vhost_device *device, uint32_t agent_id,
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
		.features = VSCMI_VIRTIO_DEVICE_FEATURES | VSCMI_VIRTIO_F_RING_PACKED,
		.queue_count = VSCMI_VIRTIO_QUEUES,
		.polled_queues = 1u << VSCMI_VIRTIO_CMDQ,
	};
	enum vscmi_error error = vscmi_virtio_device_init(&device->scmi, &scmi);

	if (error)
		return vscmi_problem_set(problem, error, "agent %s: %s", name,
					 vscmi_error_text(error));
	return vscmi_vhost_backend_new(&backend, &device->backend, problem);
}

enum vscmi_error vscmid_vhost_device_new(struct vscmid_server *server, uint32_t agent_id,
					 struct vscmid_vhost_device **ret_device,
					 struct vscmi_problem *problem)
{
	struct vscmi_service *service = vscmi_faults_service(server->faults);
	size_t commands = service->ops->held_max(service) + 1;
	struct vscmid_vhost_device *device =
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
