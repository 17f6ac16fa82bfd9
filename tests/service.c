/* SPDX-License-Identifier: BSD-3-Clause */
#include "service.h"

#include <stdlib.h>
#include <string.h>

static struct service *service_of(struct vscmi_service *service)
{
	return (void *)((char *)service - offsetof(struct service, service));
}

static enum vscmi_error connect(struct vscmi_service *of, uint32_t agent_id,
				const struct vscmi_service_channel *channel)
{
	struct service *service = service_of(of);

	assert_null(service->channel);
	service->channel = channel;
	service->connects++;
	return VSCMI_OK;
}

/* What was held and what was queued is forgotten. */
static void disconnect(struct vscmi_service *of, uint32_t agent_id)
{
	struct service *service = service_of(of);

	service->channel = NULL;
	for (uint32_t i = 0; i < service->command_count; i++)
		service->commands[i].held = false;
	service->events_taken = service->events_queued;
}

static enum vscmi_service_outcome handle(struct vscmi_service *of, uint32_t agent_id,
					 const void *request, size_t count, void *reply,
					 size_t room, void *cookie, size_t *ret_count)
{
	struct service *service = service_of(of);
	struct service_command *command = &service->commands[service->command_count];
	struct service_message answer = { .count = 0 };

	assert_non_null(service->channel);
	assert_true(service->command_count < SERVICE_COMMANDS);
	assert_true(count <= sizeof(command->bytes));
	service->command_count++;
	memcpy(command->bytes, request, count);
	command->count = count;
	command->room = room;
	command->cookie = cookie;
	if (service->loses)
		return VSCMI_SERVICE_LOST;
	command->held = !service->answer || !service->answer(service, command, &answer);
	if (command->held)
		return VSCMI_SERVICE_HELD;
	memcpy(reply, answer.bytes, answer.count);
	*ret_count = answer.count;
	return VSCMI_SERVICE_ANSWERED;
}

static bool event_waits(struct vscmi_service *of, uint32_t agent_id)
{
	struct service *service = service_of(of);

	return service->events_taken < service->events_queued;
}

static bool event(struct vscmi_service *of, uint32_t agent_id, void *bytes, size_t room,
		  size_t *ret_count)
{
	struct service *service = service_of(of);
	const struct service_message *next;

	if (!event_waits(of, agent_id))
		return false;
	next = &service->events[service->events_taken++ % SERVICE_EVENTS];
	assert_true(next->count <= room);
	memcpy(bytes, next->bytes, next->count);
	*ret_count = next->count;
	return true;
}

static size_t held_max(struct vscmi_service *of)
{
	return service_of(of)->held_max;
}

/* It does what the test says, when the test says it. */
static void advance(struct vscmi_service *of, uint64_t now_us)
{
}

static uint64_t next_us(struct vscmi_service *of)
{
	return UINT64_MAX;
}

static const struct vscmi_service_ops ops = {
	.ops_size = sizeof(ops),
	.connect = connect,
	.disconnect = disconnect,
	.handle = handle,
	.event = event,
	.event_waits = event_waits,
	.held_max = held_max,
	.advance = advance,
	.next_us = next_us,
};

struct service *service_new(uint32_t held_max)
{
	struct service *service = calloc(1, sizeof(*service));

	assert_non_null(service);
	service->service.ops = &ops;
	service->held_max = held_max;
	return service;
}

struct service_command *service_last(struct service *service)
{
	assert_true(service->command_count > 0);
	return &service->commands[service->command_count - 1];
}

void service_reply(struct service *service, struct service_command *command,
		   const void *bytes, size_t count)
{
	assert_true(command->held);
	command->held = false;
	service->channel->reply(service->channel->context, command->cookie, bytes, count);
}

void service_lose(struct service *service, struct service_command *command)
{
	assert_true(command->held);
	command->held = false;
	service->channel->lose(service->channel->context, command->cookie);
}

void service_event(struct service *service, const void *bytes, size_t count)
{
	struct service_message *message =
		&service->events[service->events_queued % SERVICE_EVENTS];

	assert_true(service->events_queued - service->events_taken < SERVICE_EVENTS);
	assert_true(count <= sizeof(message->bytes));
	memcpy(message->bytes, bytes, count);
	message->count = count;
	service->events_queued++;
	service->channel->events_ready(service->channel->context);
}

void service_reset(struct service *service)
{
	service->channel->reset(service->channel->context);
}
