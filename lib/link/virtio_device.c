/* SPDX-License-Identifier: BSD-3-Clause */
/* The device end of the virtio link: virtio 1.2, "SCMI Device", "Device Operation". */
#include <string.h>

#include "message/cursor.h"
#include "vscmi/link/virtio_device.h"

#define HEAD_BYTES (VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES)

/*
 * What a queue's turn may cost, since a driver decides how long its chains are: when so many
 * descriptors were read the turn ends.
 */
#define DESCRIPTORS_A_TURN 1024u

/* A count beyond the room is a service's lie, and becomes the used length. */
static void give_back(struct vscmi_virtio_device *device, enum vscmi_virtio_queue queue,
		      const struct vscmi_virtq_chain *chain, const void *bytes,
		      size_t count)
{
	const struct vscmi_virtq_part *part = &chain->writable;

	/* Nearly all are in one piece. */
	if (count > 0 && part->count > 0 && count <= part->segments[0].length)
		memcpy(part->segments[0].bytes, bytes, count);
	else
		vscmi_virtq_write(part, bytes, (uint32_t)count);
	vscmi_virtq_device_give_back(device->queues[queue], chain, (uint32_t)count);
}

/* For a command that the service does not answer: as much of header and status as fits. */
static void give_back_status(struct vscmi_virtio_device *device,
			     const struct vscmi_virtq_chain *chain, const uint8_t *header,
			     int32_t status)
{
	uint32_t room = chain->writable.bytes;
	uint8_t head[HEAD_BYTES];

	memcpy(head, header, VSCMI_HEADER_BYTES);
	vscmi_le32_put(head + VSCMI_HEADER_BYTES, (uint32_t)status);
	if (room >= HEAD_BYTES)
		room = HEAD_BYTES;
	else
		room = room < VSCMI_HEADER_BYTES ? 0 : VSCMI_HEADER_BYTES;
	give_back(device, VSCMI_VIRTIO_CMDQ, chain, head, room);
}

static void set_free(struct vscmi_virtio_device *device,
		     struct vscmi_virtio_device_command *command)
{
	command->state = VSCMI_VIRTIO_COMMAND_FREE;
	command->next_free = device->free;
	device->free = command;
}

/*
 * There is always one: the service holds less than there are. The one that was free last comes
 * first, and memory of those that were never needed is not touched.
 */
static struct vscmi_virtio_device_command *free_command(
	struct vscmi_virtio_device *device)
{
	struct vscmi_virtio_device_command *command = device->free;

	if (command)
		return command;
	command = &device->config.commands[device->used++];
	command->chain.readable = (struct vscmi_virtq_part){
		.segments = device->readable,
		.capacity = VSCMI_VIRTIO_DEVICE_REQUEST_MAX,
	};
	command->chain.writable = (struct vscmi_virtq_part){
		.segments = command->writable,
		.capacity = VSCMI_VIRTIO_DEVICE_SEGMENTS,
	};
	set_free(device, command);
	return command;
}

/* It is read once; what the driver does to its memory after that changes nothing. */
static uint32_t read_request(struct vscmi_virtio_device *device,
			     const struct vscmi_virtq_part *part)
{
	const struct vscmi_virtq_segment *first = part->segments;

	if (part->count != 1 || first->length > sizeof(device->request))
		return vscmi_virtq_read(part, device->request, sizeof(device->request));
	memcpy(device->request, first->bytes, first->length);
	return first->length;
}

static void serve(struct vscmi_virtio_device *device,
		  struct vscmi_virtio_device_command *command)
{
	const struct vscmi_virtq_chain *chain = &command->chain;
	uint32_t count = read_request(device, &chain->readable);
	size_t room = chain->writable.bytes, reply_count = 0;
	enum vscmi_service_outcome outcome = VSCMI_SERVICE_UNANSWERABLE;
	struct vscmi_service *service = device->config.service;

	if (room > sizeof(device->reply))
		room = sizeof(device->reply);
	if (chain->defect)
		device->counters.malformed_chains++;
	else
		outcome = service->ops->handle(service, device->config.agent_id,
					       device->request, count, device->reply,
					       room, command, &reply_count);
	switch (outcome) {
	case VSCMI_SERVICE_ANSWERED:
		give_back(device, VSCMI_VIRTIO_CMDQ, chain, device->reply, reply_count);
		break;
	case VSCMI_SERVICE_HELD:
		memcpy(command->header, device->request, VSCMI_HEADER_BYTES);
		command->state = VSCMI_VIRTIO_COMMAND_HELD;
		break;
	case VSCMI_SERVICE_LOST:
		vscmi_virtq_device_lose(device->queues[VSCMI_VIRTIO_CMDQ], chain);
		break;
	case VSCMI_SERVICE_UNANSWERABLE:
		if (count >= VSCMI_HEADER_BYTES)
			give_back_status(device, chain, device->request,
					 VSCMI_COMMS_ERROR);
		else
			give_back(device, VSCMI_VIRTIO_CMDQ, chain, NULL, 0);
		break;
	}
}

/* Returns whether it stopped because others should have their turn. */
static bool serve_commands(struct vscmi_virtio_device *device)
{
	struct vscmi_virtq_device *ring = device->queues[VSCMI_VIRTIO_CMDQ];
	uint32_t descriptors = 0;
	bool any = false;

	while (ring && descriptors < DESCRIPTORS_A_TURN) {
		struct vscmi_virtio_device_command *command = free_command(device);

		if (!vscmi_virtq_device_take(ring, &command->chain))
			break;
		any = true;
		descriptors += command->chain.descriptors;
		device->free = command->next_free;
		serve(device, command);
		if (command->state == VSCMI_VIRTIO_COMMAND_FREE)
			set_free(device, command);
	}
	if (any)
		device->config.publish(device->config.context, VSCMI_VIRTIO_CMDQ);
	return descriptors >= DESCRIPTORS_A_TURN;
}

/* To take an eventq buffer into. */
static struct vscmi_virtq_chain event_chain(
	struct vscmi_virtq_segment writable[VSCMI_SERVICE_EVENT_MAX])
{
	return (struct vscmi_virtq_chain){
		.writable = { .segments = writable, .capacity = VSCMI_SERVICE_EVENT_MAX },
	};
}

/* Fill an eventq buffer; one in which nothing fits goes back empty. */
static void send_event(struct vscmi_virtio_device *device,
		       const struct vscmi_virtq_chain *chain)
{
	struct vscmi_service *service = device->config.service;
	uint8_t event[VSCMI_SERVICE_EVENT_MAX];
	size_t room = chain->writable.bytes, count = 0;

	if (room > sizeof(event))
		room = sizeof(event);
	if (chain->defect)
		device->counters.malformed_chains++;
	else if (!service->ops->event(service, device->config.agent_id, event, room,
				      &count))
		device->counters.small_buffers++;
	give_back(device, VSCMI_VIRTIO_EVENTQ, chain, event, count);
}

static bool events_wait(const struct vscmi_virtio_device *device)
{
	struct vscmi_service *service = device->config.service;

	return device->queues[VSCMI_VIRTIO_EVENTQ] &&
	       service->ops->event_waits(service, device->config.agent_id);
}

/* For events that wait. Returns the same. */
static bool send_events(struct vscmi_virtio_device *device)
{
	struct vscmi_virtq_segment writable[VSCMI_SERVICE_EVENT_MAX];
	uint32_t descriptors = 0;
	bool any = false;

	do {
		struct vscmi_virtq_chain chain = event_chain(writable);

		if (!vscmi_virtq_device_take(device->queues[VSCMI_VIRTIO_EVENTQ], &chain))
			break;
		any = true;
		descriptors += chain.descriptors;
		send_event(device, &chain);
	} while (descriptors < DESCRIPTORS_A_TURN && events_wait(device));
	if (any)
		device->config.publish(device->config.context, VSCMI_VIRTIO_EVENTQ);
	return descriptors >= DESCRIPTORS_A_TURN;
}

/* The service answers a command that it held. */
static void on_reply(void *context, void *cookie, const void *bytes, size_t count)
{
	struct vscmi_virtio_device *device = context;
	struct vscmi_virtio_device_command *command = cookie;

	if (command->state == VSCMI_VIRTIO_COMMAND_HELD) {
		give_back(device, VSCMI_VIRTIO_CMDQ, &command->chain, bytes, count);
		device->config.publish(device->config.context, VSCMI_VIRTIO_CMDQ);
	}
	if (command->state != VSCMI_VIRTIO_COMMAND_FREE)
		set_free(device, command);
}

static void on_lose(void *context, void *cookie)
{
	struct vscmi_virtio_device *device = context;
	struct vscmi_virtio_device_command *command = cookie;

	if (command->state == VSCMI_VIRTIO_COMMAND_HELD) {
		vscmi_virtq_device_lose(device->queues[VSCMI_VIRTIO_CMDQ],
					&command->chain);
		/* With IN_ORDER it goes back, and so does what has waited behind it. */
		device->config.publish(device->config.context, VSCMI_VIRTIO_CMDQ);
	}
	if (command->state != VSCMI_VIRTIO_COMMAND_FREE)
		set_free(device, command);
}

/* A cmdq buffer belongs to a command, so it takes one of the eventq. */
static bool on_stray(void *context, const void *bytes, size_t count)
{
	struct vscmi_virtio_device *device = context;
	struct vscmi_virtq_device *ring = device->queues[VSCMI_VIRTIO_EVENTQ];
	struct vscmi_virtq_segment writable[VSCMI_SERVICE_EVENT_MAX];
	struct vscmi_virtq_chain chain = event_chain(writable);
	bool fits;

	if (!ring || !vscmi_virtq_device_take(ring, &chain))
		return false;
	if (chain.defect)
		device->counters.malformed_chains++;
	fits = !chain.defect && count <= chain.writable.bytes;
	give_back(device, VSCMI_VIRTIO_EVENTQ, &chain, bytes, fits ? count : 0);
	device->config.publish(device->config.context, VSCMI_VIRTIO_EVENTQ);
	return fits;
}

static void on_events_ready(void *context)
{
	struct vscmi_virtio_device *device = context;

	if (!device->resetting && events_wait(device))
		send_events(device);
}

/* A device that is gone answers nothing. */
static void on_reset(void *context)
{
	struct vscmi_virtio_device *device = context;

	device->resetting = true;
	device->config.reset(device->config.context);
}

enum vscmi_error vscmi_virtio_device_init(struct vscmi_virtio_device *device,
					  const struct vscmi_virtio_device_config *config)
{
	if (config->command_count <= config->service->ops->held_max(config->service))
		return VSCMI_E_INVALID;
	memset(device, 0, sizeof(*device));
	device->config = *config;
	return VSCMI_OK;
}

void vscmi_virtio_device_start(struct vscmi_virtio_device *device,
			       enum vscmi_virtio_queue queue,
			       struct vscmi_virtq_device *ring, uint64_t features)
{
	struct vscmi_service *service = device->config.service;

	device->queues[queue] = ring;
	if (queue != VSCMI_VIRTIO_CMDQ || device->connected)
		return;
	device->channel = (struct vscmi_service_channel){
		.reply = on_reply,
		.lose = on_lose,
		.stray = on_stray,
		.events_ready =
			features & VSCMI_VIRTIO_F_P2A_CHANNELS ? on_events_ready : NULL,
		.reset = on_reset,
		.context = device,
	};
	service->ops->connect(service, device->config.agent_id, &device->channel);
	device->connected = true;
}

/* The service may still answer them. */
static void forget_held_commands(struct vscmi_virtio_device *device)
{
	bool any = false;

	for (size_t i = 0; i < device->used; i++) {
		struct vscmi_virtio_device_command *command = &device->config.commands[i];

		if (command->state != VSCMI_VIRTIO_COMMAND_HELD)
			continue;
		give_back_status(device, &command->chain, command->header, VSCMI_BUSY);
		command->state = VSCMI_VIRTIO_COMMAND_FORGOTTEN;
		any = true;
	}
	if (any)
		device->config.publish(device->config.context, VSCMI_VIRTIO_CMDQ);
}

void vscmi_virtio_device_stop(struct vscmi_virtio_device *device,
			      enum vscmi_virtio_queue queue)
{
	if (queue == VSCMI_VIRTIO_CMDQ && device->queues[queue])
		forget_held_commands(device);
	device->queues[queue] = NULL;
}

void vscmi_virtio_device_reset(struct vscmi_virtio_device *device)
{
	struct vscmi_service *service = device->config.service;

	memset(device->queues, 0, sizeof(device->queues));
	service->ops->disconnect(service, device->config.agent_id);
	device->connected = false;
	device->resetting = false;
	device->free = NULL;
	device->used = 0;
}

bool vscmi_virtio_device_process(struct vscmi_virtio_device *device)
{
	bool more_commands, more_events;

	if (device->resetting)
		return false;
	more_commands = serve_commands(device);
	more_events = events_wait(device) && send_events(device);
	return more_commands || more_events;
}
