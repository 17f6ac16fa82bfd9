/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include "vscmi/agent.h"
#include "vscmi/link/loop.h"

static struct vscmi_loop_link *loop_of(struct vscmi_link *link)
{
	return (void *)((uint8_t *)link - offsetof(struct vscmi_loop_link, link));
}

/* Until the service has no more: what it can queue is bounded. */
static void drain(struct vscmi_loop_link *loop)
{
	struct vscmi_service *service = loop->service;
	uint8_t event[VSCMI_SERVICE_EVENT_MAX];
	size_t count;

	while (service->ops->event(service, loop->agent_id, event, sizeof(event), &count))
		vscmi_agent_receive(loop->link.agent, VSCMI_CHANNEL_EVENTS, event, count,
				    VSCMI_NO_BUFFER);
}

static void events_ready(void *context)
{
	drain(context);
}

/* The cookie of a held command is the number of its buffer. */
static void reply(void *context, void *cookie, const void *bytes, size_t count)
{
	struct vscmi_loop_link *loop = context;

	vscmi_agent_receive(loop->link.agent, VSCMI_CHANNEL_COMMANDS, bytes, count,
			    (uint16_t)(uintptr_t)cookie);
}

/* The agent has lent a number, which stays out. */
static void lose(void *context, void *cookie)
{
}

static bool stray(void *context, const void *bytes, size_t count)
{
	reply(context, (void *)(uintptr_t)VSCMI_NO_BUFFER, bytes, count);
	return true;
}

static void reset(void *context)
{
	vscmi_loop_link_stop(context);
}

static enum vscmi_error send(struct vscmi_link *link, const void *message, size_t count,
			     size_t reply_room, uint16_t buffer, uint32_t epoch)
{
	struct vscmi_loop_link *loop = loop_of(link);
	struct vscmi_service *service = loop->service;
	uint8_t answer[VSCMI_SERVICE_REPLY_MAX];
	size_t room = reply_room < sizeof(answer) ? reply_room : sizeof(answer);
	size_t answer_count = 0;

	switch (service->ops->handle(service, loop->agent_id, message, count, answer,
				     room, (void *)(uintptr_t)buffer, &answer_count)) {
	case VSCMI_SERVICE_ANSWERED:
	case VSCMI_SERVICE_UNANSWERABLE:
		vscmi_agent_receive(link->agent, VSCMI_CHANNEL_COMMANDS, answer,
				    answer_count, buffer);
		break;
	case VSCMI_SERVICE_HELD:
	case VSCMI_SERVICE_LOST:
		break;
	}
	drain(loop);
	return VSCMI_OK;
}

static const struct vscmi_link_ops ops = {
	.ops_size = sizeof(ops),
	.send = send,
};

void vscmi_loop_link_init(struct vscmi_loop_link *loop, struct vscmi_service *service,
			  uint32_t agent_id, uint32_t max_messages, bool events)
{
	*loop = (struct vscmi_loop_link){
		.link = {
			.ops = &ops,
			.name = "loop",
			.max_messages = max_messages,
			.max_message_bytes = VSCMI_LOOP_MESSAGE_BYTES,
			.timeout_us = VSCMI_VIRTIO_TIMEOUT_US,
			.has_events = events,
		},
		.service = service,
		.agent_id = agent_id,
		.channel = {
			.reply = reply,
			.lose = lose,
			.stray = stray,
			.events_ready = events ? events_ready : NULL,
			.reset = reset,
			.context = loop,
		},
	};
}

enum vscmi_error vscmi_loop_link_start(struct vscmi_loop_link *loop)
{
	enum vscmi_error error = loop->service->ops->connect(
		loop->service, loop->agent_id, &loop->channel);

	if (error)
		return error;
	return vscmi_agent_link_up(loop->link.agent);
}

void vscmi_loop_link_stop(struct vscmi_loop_link *loop)
{
	loop->service->ops->disconnect(loop->service, loop->agent_id);
	vscmi_agent_link_down(loop->link.agent);
}
