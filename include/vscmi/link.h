/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How an agent's messages travel. A link takes requests and feeds in what arrives; the
 * agent never looks at what is behind it. This header is for who writes a link; who uses
 * one needs its own header in vscmi/link/ and <vscmi/agent.h>.
 */
#ifndef VSCMI_LINK_H
#define VSCMI_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vscmi/error.h>

struct vscmi_agent;
struct vscmi_link;

/* ops_size is sizeof() as the implementer compiled it. */
struct vscmi_link_ops {
	size_t ops_size;

	/*
	 * Send count bytes, header word first, which are the caller's again on return. The
	 * reply may be up to reply_room bytes long, header word included.
	 *
	 * buffer, 0..max_messages - 1, is what the agent lends to the link with this
	 * command: the room for one request and one reply that the link keeps under this
	 * number, if it needs any. It is back with the vscmi_agent_receive() that names it,
	 * which may come before this function returns, or with vscmi_agent_link_down().
	 *
	 * epoch is vscmi_agent_epoch() as it was when the command was let in. A link that has
	 * gone down and up since then must not send it, however late it finds out; nobody
	 * waits for it and its buffer counts as back. A link that only starts and stops on
	 * the thread that sends need not look.
	 *
	 * Many threads may call it at once. It does not block.
	 * VSCMI_E_NOT_READY, VSCMI_E_TOO_BIG, VSCMI_E_BROKEN, and VSCMI_E_BUSY when the
	 * buffer is still out from before a reset, or the link has to have a reply before it
	 * carries the next command: nothing was sent, nothing is lent.
	 */
	enum vscmi_error (*send)(struct vscmi_link *link, const void *message,
				 size_t count, size_t reply_room, uint16_t buffer,
				 uint32_t epoch);

	/*
	 * Optional: feed in what has arrived on both channels, without blocking, and not
	 * more than a bounded number of messages: true if there may be more. Many threads
	 * may call it at once, also inside an event's callback; a call that finds another
	 * one at work may leave everything to it.
	 */
	bool (*poll)(struct vscmi_link *link);
};

/*
 * Embedded in the implementer's own struct, which fills it in, except agent, before the
 * agent is told of it. The limits may change while the link is down.
 */
struct vscmi_link {
	const struct vscmi_link_ops *ops;
	const char *name;           /* "loop"; for people */
	uint32_t max_messages;      /* commands in flight, 1..1024 */
	uint32_t max_message_bytes; /* of any message, header word included, 8 or more */
	uint64_t timeout_us;        /* how long a reply may take where nobody says */
	bool has_events;            /* delayed responses and notifications can arrive */
	/* 0..1023: where tokens begin, if the other end may still have commands of an agent that
	 * was here before, whose tokens began elsewhere. */
	uint16_t first_token;

	struct vscmi_agent *agent; /* the agent sets it; NULL until then */
};

/* virtio's reply timeout: 60 s. */
#define VSCMI_VIRTIO_TIMEOUT_US UINT64_C(60000000)

enum vscmi_channel {
	VSCMI_CHANNEL_COMMANDS, /* replies */
	VSCMI_CHANNEL_EVENTS,   /* delayed responses and notifications */
};

/* Nothing comes back with this message. */
#define VSCMI_NO_BUFFER UINT16_MAX

/*
 * ---- What a link calls, all of it from any thread or interrupt handler ----
 */

/*
 * A message of count bytes has arrived, and with it buffer is back with the agent
 * (VSCMI_NO_BUFFER on the event channel). count 0: the buffer is back and brought
 * nothing. The bytes may lie in memory that the peer can write: they are read once. They
 * are the link's again on return.
 *
 * Calls the subscribers of a notification. Does not block, unless they do. Any number may
 * run at once, for any channel; one may interrupt another on the same core.
 */
void vscmi_agent_receive(struct vscmi_agent *agent, enum vscmi_channel channel,
			 const void *bytes, size_t count, uint16_t buffer);

/*
 * The other end is there: commands may be sent from now on. To be called once for each
 * start, not from an interrupt handler, and when every vscmi_agent_receive() that brought a
 * buffer of the start before has returned: the number may be lent again from now on.
 * VSCMI_E_INVALID: max_messages is 0 or above 1024, or max_message_bytes below 8; the link
 * then stays down.
 */
enum vscmi_error vscmi_agent_link_up(struct vscmi_agent *agent);

/*
 * The other end is gone, or was reset: no buffer is out any more, none will come back, and
 * send refuses. Everyone who waits wakes with VSCMI_E_LINK_LOST. A link that is down
 * already stays so.
 */
void vscmi_agent_link_down(struct vscmi_agent *agent);

/*
 * Whether the command that the link is about to send, with this buffer, asks for a delayed
 * response. For links that have to say so to whoever carries it. From send only.
 */
bool vscmi_agent_wants_delayed(const struct vscmi_agent *agent, uint16_t buffer);

/* Which start of the link this is: changes whenever the link goes up or down. */
uint32_t vscmi_agent_epoch(const struct vscmi_agent *agent);

#endif
