/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipe that keeps messages whole and in order, such as RPMsg, and what a message looks like
 * in it: the number of the agent's buffer, the room for the reply or on the way back the channel,
 * 2 bytes each, then the message.
 */
#ifndef PIPE_H
#define PIPE_H

#include <stdbool.h>
#include <string.h>

#include <vscmi/link.h>
#include <vscmi/service.h>

#define PIPE_HEAD_BYTES   4u
#define PIPE_PACKET_BYTES (PIPE_HEAD_BYTES + VSCMI_SERVICE_REPLY_MAX)

/* One end, which the user provides. No function blocks. */
struct pipe_end {
	size_t (*room)(struct pipe_end *pipe); /* packets that send takes now */
	void (*send)(struct pipe_end *pipe, const uint8_t *packet, size_t count);
	/* Take the next packet, cut to room bytes, and return its length; 0: there is none. */
	size_t (*receive)(struct pipe_end *pipe, uint8_t *packet, size_t room);
};

/* A service may lie about how long its reply is. */
static inline void pipe_put(struct pipe_end *pipe, const void *message, size_t count,
			    size_t buffer, size_t room_or_channel)
{
	uint8_t packet[PIPE_PACKET_BYTES] = { buffer & 0xff, buffer >> 8 & 0xff,
					      room_or_channel & 0xff,
					      room_or_channel >> 8 & 0xff };

	if (count > VSCMI_SERVICE_REPLY_MAX)
		count = VSCMI_SERVICE_REPLY_MAX;
	memcpy(packet + PIPE_HEAD_BYTES, message, count);
	pipe->send(pipe, packet, PIPE_HEAD_BYTES + count);
}

/* The next packet and the length of its message. One without a whole head is an empty message
 * that belongs to no buffer: it is counted where it ends up. */
static inline bool pipe_get(struct pipe_end *pipe, uint8_t packet[PIPE_PACKET_BYTES],
			    size_t *ret_count)
{
	size_t count = pipe->receive(pipe, packet, PIPE_PACKET_BYTES);

	if (count == 0)
		return false;
	if (count < PIPE_HEAD_BYTES) {
		memset(packet, 0xff, PIPE_HEAD_BYTES);
		count = PIPE_HEAD_BYTES;
	}
	*ret_count =
		(count < PIPE_PACKET_BYTES ? count : PIPE_PACKET_BYTES) - PIPE_HEAD_BYTES;
	return true;
}

static inline uint16_t pipe_le16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

#endif
