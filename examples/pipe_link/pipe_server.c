/* SPDX-License-Identifier: BSD-3-Clause */
#include "pipe_server.h"

/* A held command's cookie is its buffer's number. */
static void reply(void *context, void *cookie, const void *bytes, size_t count)
{
	struct pipe_server *end = context;

	end->held--;
	pipe_put(end->pipe, bytes, count, (uintptr_t)cookie, VSCMI_CHANNEL_COMMANDS);
}

static void lose(void *context, void *cookie)
{
	((struct pipe_server *)context)->held--;
}

/* Room that no held command will need for its reply. */
static bool has_room(const struct pipe_server *end)
{
	return end->pipe->room(end->pipe) > end->held;
}

static bool stray(void *context, const void *bytes, size_t count)
{
	struct pipe_server *end = context;

	if (!has_room(end))
		return false;
	pipe_put(end->pipe, bytes, count, VSCMI_NO_BUFFER, VSCMI_CHANNEL_COMMANDS);
	return true;
}

static void send_events(void *context)
{
	struct pipe_server *end = context;
	uint8_t event[VSCMI_SERVICE_EVENT_MAX];
	size_t count;

	while (has_room(end) && end->service->ops->event(end->service, end->agent_id,
							 event, sizeof(event), &count))
		pipe_put(end->pipe, event, count, VSCMI_NO_BUFFER, VSCMI_CHANNEL_EVENTS);
}

void pipe_server_init(struct pipe_server *end)
{
	end->channel.reply = reply;
	end->channel.lose = lose;
	end->channel.stray = stray;
	end->channel.events_ready = send_events;
	end->channel.context = end;
	end->held = 0;
}

/* What cannot be answered gets an empty packet: the buffer is back. */
static void serve(struct pipe_server *end, const uint8_t *packet, size_t count)
{
	uint8_t answer[VSCMI_SERVICE_REPLY_MAX];
	size_t room = pipe_le16(packet + 2), answer_count = 0;
	uint16_t buffer = pipe_le16(packet);

	if (room > sizeof(answer))
		room = sizeof(answer);
	switch (end->service->ops->handle(end->service, end->agent_id,
					  packet + PIPE_HEAD_BYTES, count, answer, room,
					  (void *)(uintptr_t)buffer, &answer_count)) {
	case VSCMI_SERVICE_ANSWERED:
	case VSCMI_SERVICE_UNANSWERABLE:
		pipe_put(end->pipe, answer, answer_count, buffer, VSCMI_CHANNEL_COMMANDS);
		break;
	case VSCMI_SERVICE_HELD:
		end->held++;
		break;
	case VSCMI_SERVICE_LOST:
		break;
	}
}

bool pipe_server_process(struct pipe_server *end)
{
	uint8_t packet[PIPE_PACKET_BYTES];
	size_t count;
	bool any = has_room(end) && pipe_get(end->pipe, packet, &count);

	if (any)
		serve(end, packet, count);
	send_events(end);
	return any;
}
