/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A link that is only a pair of queues. Any number of feeders may take any message from it, so
 * the engine sees more orders than a real link would give it.
 */
#include "joint.h"

#include <stdlib.h>
#include <string.h>

#include "vscmi/link.h"

#define REQUEST_BYTES 136u
#define WAITING_MAX   8192u

struct request {
	uint8_t bytes[REQUEST_BYTES];
	size_t count, room;
	uint16_t buffer;
};

struct message {
	enum vscmi_channel channel;
	uint8_t *bytes; /* exactly count of them: ASan sees a step too far */
	size_t count;
	uint16_t buffer;
};

static struct {
	struct vscmi_link link;
	struct joint_config config;
	struct vscmi_service_channel channel;
	bool up;
	struct request requests[VSCMI_TOKENS];
	uint32_t first_request, request_count;
	struct message messages[WAITING_MAX];
	uint32_t message_count;
	uint32_t feeding; /* messages that bring buffers back, just now */
	sim_bell fed;
} wire;

/*
 * ---- From the service ----
 */

static bool push(enum vscmi_channel channel, const void *bytes, size_t count,
		 uint16_t buffer)
{
	struct message *message = &wire.messages[wire.message_count];

	if (wire.message_count == WAITING_MAX)
		return false;
	wire.message_count++;
	if (count > VSCMI_SERVICE_REPLY_MAX)
		count = VSCMI_SERVICE_REPLY_MAX;
	*message = (struct message){ channel, malloc(count + !count), count, buffer };
	memcpy(message->bytes, bytes, count);
	sim_ring(&feeder_bell);
	return true;
}

static void drain(void *context)
{
	struct vscmi_service *service = wire.config.service;
	uint8_t event[VSCMI_SERVICE_EVENT_MAX];
	size_t count;

	while (wire.message_count < WAITING_MAX / 2 &&
	       service->ops->event(service, 1, event, sizeof(event), &count))
		push(VSCMI_CHANNEL_EVENTS, event, count, VSCMI_NO_BUFFER);
}

static void on_reply(void *context, void *cookie, const void *bytes, size_t count)
{
	push(VSCMI_CHANNEL_COMMANDS, bytes, count, (uint16_t)(uintptr_t)cookie);
}

static void on_lose(void *context, void *cookie)
{
}

static bool on_stray(void *context, const void *bytes, size_t count)
{
	return wire.message_count < WAITING_MAX / 2 &&
	       push(VSCMI_CHANNEL_COMMANDS, bytes, count, VSCMI_NO_BUFFER);
}

static void on_reset(void *context)
{
	sim_ring(&reset_bell);
}

static void serve(void)
{
	struct vscmi_service *service = wire.config.service;
	uint8_t reply[VSCMI_SERVICE_REPLY_MAX];
	size_t count = 0;

	while (wire.request_count > 0) {
		struct request *request =
			&wire.requests[wire.first_request++ % VSCMI_TOKENS];

		wire.request_count--;
		switch (service->ops->handle(
			service, 1, request->bytes, request->count, reply, request->room,
			(void *)(uintptr_t)request->buffer, &count)) {
		case VSCMI_SERVICE_ANSWERED:
			push(VSCMI_CHANNEL_COMMANDS, reply, count, request->buffer);
			break;
		case VSCMI_SERVICE_UNANSWERABLE:
			push(VSCMI_CHANNEL_COMMANDS, NULL, 0, request->buffer);
			break;
		case VSCMI_SERVICE_HELD:
		case VSCMI_SERVICE_LOST:
			break;
		}
		if (wire.config.events)
			drain(NULL);
		sim_step("wire: served");
	}
}

/*
 * ---- To the agent ----
 */

static bool feed(void)
{
	uint32_t number;
	struct message message;

	if (wire.message_count == 0)
		return false;
	number = wire.config.in_order ? 0 : sim_draw(wire.message_count);
	message = wire.messages[number];
	wire.message_count--;
	memmove(&wire.messages[number], &wire.messages[number + 1],
		(wire.message_count - number) * sizeof(message));
	if (message.buffer != VSCMI_NO_BUFFER)
		wire.feeding++;
	vscmi_agent_receive(wire.config.agent, message.channel, message.bytes,
			    message.count, message.buffer);
	if (message.buffer != VSCMI_NO_BUFFER)
		wire.feeding--;
	free(message.bytes);
	sim_ring(&wire.fed);
	return true;
}

static enum vscmi_error send(struct vscmi_link *link, const void *bytes, size_t count,
			     size_t reply_room, uint16_t buffer, uint32_t epoch)
{
	bool same = vscmi_agent_epoch(wire.config.agent) == epoch;
	struct request *request;

	if (!same || !wire.up)
		return VSCMI_E_NOT_READY;
	if (sim_chance(2))
		return VSCMI_E_BROKEN;
	if (wire.request_count == VSCMI_TOKENS)
		sim_fail("the agent sends more commands than there are tokens");
	request = &wire.requests[(wire.first_request + wire.request_count++) %
				 VSCMI_TOKENS];
	request->count = count;
	request->room = reply_room;
	request->buffer = buffer;
	memcpy(request->bytes, bytes, count);
	sim_ring(&platform_bell);
	return VSCMI_OK;
}

static bool poll(struct vscmi_link *link)
{
	feed();
	return wire.message_count > 0;
}

static const struct vscmi_link_ops ops = { sizeof(ops), send, NULL };
static const struct vscmi_link_ops ops_with_poll = { sizeof(ops), send, poll };

static struct vscmi_link *init(const struct joint_config *config)
{
	wire.config = *config;
	wire.link = (struct vscmi_link){
		.ops = config->poll ? &ops_with_poll : &ops,
		.name = "wire",
		.max_messages = config->max_messages,
		.max_message_bytes = REQUEST_BYTES,
		.timeout_us = VSCMI_VIRTIO_TIMEOUT_US,
		.has_events = config->events,
	};
	wire.channel = (struct vscmi_service_channel){
		.reply = on_reply,
		.lose = on_lose,
		.stray = on_stray,
		.events_ready = config->events ? drain : NULL,
		.reset = on_reset,
	};
	return &wire.link;
}

static void start(void)
{
	struct vscmi_service *service = wire.config.service;

	service->ops->connect(service, 1, &wire.channel);
	wire.up = true;
	is_going_down = false;
	if (vscmi_agent_link_up(wire.config.agent) != VSCMI_OK)
		sim_fail("the wire does not go up");
}

static void stop(void)
{
	struct vscmi_service *service = wire.config.service;

	wire.up = false;
	service->ops->disconnect(service, 1);
	wire.request_count = 0;
	while (wire.message_count > 0)
		free(wire.messages[--wire.message_count].bytes);
	while (wire.feeding > 0)
		sim_wait(&wire.fed, wire.fed, VSCMI_NEVER);
	/* Others may find out at the same time, and be slower. */
	is_going_down = true;
	sim_ring(&witness_bell);
	if (sim_chance(500))
		sim_step("wire: stops");
	vscmi_agent_link_down(wire.config.agent);
}

const struct joint wire_joint = {
	.name = "wire",
	.init = init,
	.start = start,
	.stop = stop,
	.serve = serve,
	.feed = feed,
};
