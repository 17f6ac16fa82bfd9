/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include <vscmi/host/shmem_backend.h>
#include <vscmi/link/shmem_platform.h>

#include "server.h"
#include "shmem_device.h"

/* As the longest reply over virtio. */
#define MESSAGE_BYTES VSCMI_SERVICE_REPLY_MAX

struct shmem_device {
	struct vscmid_device device;
	uint32_t agent_id;
	struct vscmi_shmem_backend *backend;
	struct vscmi_shmem_platform scmi; /* of the agent that is here */
	bool connected;
	struct vscmi_shmem_platform_counters before; /* of those that were here */
};

static void interrupt(void *context, enum vscmi_channel channel)
{
	struct shmem_device *device = context;

	vscmi_shmem_backend_interrupt(device->backend, channel);
}

static void reset(void *context)
{
	struct shmem_device *device = context;

	vscmi_shmem_backend_hang_up(device->backend);
}

static void came(void *context, const struct vscmi_shmem_channel *commands,
		 const struct vscmi_shmem_channel *events)
{
	struct shmem_device *device = context;
	struct vscmid_server *server = device->device.server;
	const struct vscmi_shmem_platform_config config = {
		.service = vscmi_faults_service(server->faults),
		.agent_id = device->agent_id,
		.commands = *commands,
		.events = *events,
		.interrupt = interrupt,
		.reset = reset,
		.context = device,
	};

	vscmid_server_enter(server);
	/* The backend's areas are sound, and the board has the agent. */
	vscmi_shmem_platform_init(&device->scmi, &config);
	vscmi_shmem_platform_start(&device->scmi);
	device->connected = true;
	vscmid_server_leave(server);
}

static void rung(void *context, enum vscmi_channel channel)
{
	struct shmem_device *device = context;

	vscmid_server_enter(device->device.server);
	vscmi_shmem_platform_rung(&device->scmi, channel);
	vscmid_server_leave(device->device.server);
}

/* The agent's votes go, which others may have to be told. */
static void gone(void *context)
{
	struct shmem_device *device = context;

	vscmid_server_enter(device->device.server);
	vscmi_shmem_platform_stop(&device->scmi);
	device->connected = false;
	device->before.malformed += device->scmi.counters.malformed;
	device->before.unexpected += device->scmi.counters.unexpected;
	device->scmi.counters = (struct vscmi_shmem_platform_counters){ 0 };
	vscmid_server_leave(device->device.server);
}

static const struct vscmi_shmem_backend_ops backend_ops = { came, rung, gone };

static void free_device(struct vscmid_device *base)
{
	struct shmem_device *device = (struct shmem_device *)base;

	vscmi_shmem_backend_free(device->backend);
	free(device);
}

static bool is_connected(const struct vscmid_device *base)
{
	return ((const struct shmem_device *)base)->connected;
}

static void count(const struct vscmid_device *base, json_t *object)
{
	const struct shmem_device *device = (const struct shmem_device *)base;
	uint64_t malformed = device->before.malformed + device->scmi.counters.malformed;
	uint64_t unexpected =
		device->before.unexpected + device->scmi.counters.unexpected;

	json_object_set_new(object, "malformed_lengths",
			    json_integer((json_int_t)malformed));
	json_object_set_new(object, "unexpected_doorbells",
			    json_integer((json_int_t)unexpected));
}

static const struct vscmid_device_ops ops = { free_device, is_connected, count };

enum vscmi_error vscmid_shmem_device_listen(struct vscmid_server *server,
					    uint32_t agent_id, const char *path,
					    struct vscmid_device **ret_device,
					    struct vscmi_problem *problem)
{
	struct shmem_device *device = calloc(1, sizeof(*device));
	const struct vscmi_shmem_backend_config config = {
		.loop = vscmid_threads_loop(&server->threads, agent_id),
		.ops = &backend_ops,
		.context = device,
		.name = vscmi_board_agent_name(server->board, agent_id),
		.message_bytes = MESSAGE_BYTES,
	};
	enum vscmi_error error;

	if (!device)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "not enough memory");
	device->device = (struct vscmid_device){ &ops, server };
	device->agent_id = agent_id;
	error = vscmi_shmem_backend_new(&config, path, &device->backend, problem);
	if (error)
		free(device);
	else
		*ret_device = &device->device;
	return error;
}
