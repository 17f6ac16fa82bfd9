/* SPDX-License-Identifier: BSD-3-Clause */
#include <vscmi/agent.h>

#include "pipe_link.h"

/* The buffer is lent to nobody: its number goes along, and comes back with the reply. */
static enum vscmi_error send(struct vscmi_link *link, const void *message, size_t count,
			     size_t reply_room, uint16_t buffer, uint32_t epoch)
{
	struct pipe_end *pipe = ((struct pipe_link *)link)->pipe;

	if (pipe->room(pipe) == 0)
		return VSCMI_E_BUSY;
	pipe_put(pipe, message, count, buffer, reply_room);
	return VSCMI_OK;
}

/* Nothing comes back after the link has gone down, whatever is still in the pipe. */
static bool poll(struct vscmi_link *link)
{
	uint8_t packet[PIPE_PACKET_BYTES];
	enum vscmi_channel channel = VSCMI_CHANNEL_COMMANDS;
	size_t count;

	if (!vscmi_agent_is_up(link->agent) ||
	    !pipe_get(((struct pipe_link *)link)->pipe, packet, &count))
		return false;
	if (pipe_le16(packet + 2) == VSCMI_CHANNEL_EVENTS)
		channel = VSCMI_CHANNEL_EVENTS;
	vscmi_agent_receive(link->agent, channel, packet + PIPE_HEAD_BYTES, count,
			    pipe_le16(packet));
	return true;
}

void pipe_link_init(struct pipe_link *end, struct pipe_end *pipe)
{
	static const struct vscmi_link_ops ops = { sizeof(ops), send, poll };
	const struct vscmi_link link = {
		.ops = &ops,
		.name = "pipe",
		.max_messages = VSCMI_TOKENS,
		.max_message_bytes = VSCMI_SERVICE_REPLY_MAX,
		.timeout_us = VSCMI_VIRTIO_TIMEOUT_US,
		.has_events = true,
	};

	*end = (struct pipe_link){ link, pipe };
}
