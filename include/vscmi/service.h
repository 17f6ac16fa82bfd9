/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a link serves an agent with: a platform (vscmi_platform_service), or something in
 * front of one. This header is for who writes either; who uses them needs
 * <vscmi/platform.h> and a link's own header.
 *
 * A service never waits, and one thread at a time may be inside one.
 */
#ifndef VSCMI_SERVICE_H
#define VSCMI_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vscmi/error.h>

struct vscmi_service;

/* Bytes of the longest reply and of the longest event. */
#define VSCMI_SERVICE_REPLY_MAX 512u
#define VSCMI_SERVICE_EVENT_MAX 128u

/*
 * How a link takes what comes without being asked for. It is the link's, and is kept from
 * connect to disconnect. A platform calls reply and events_ready only.
 */
struct vscmi_service_channel {
	/*
	 * The answer to a command that handle held, with its cookie. bytes are gone after the
	 * call. The next command may be handled from here.
	 */
	void (*reply)(void *context, void *cookie, const void *bytes, size_t count);

	/* A command that handle held is never answered. */
	void (*lose)(void *context, void *cookie);

	/*
	 * A message that belongs to a command and comes without its buffer, like a reply that
	 * is sent once more. False: the link has no room for it now.
	 */
	bool (*stray)(void *context, const void *bytes, size_t count);

	/*
	 * Something waits for event, which may be called from here. This is the last thing
	 * that happens in a function of the service, and it is left out for the agent whose
	 * command handle has just served: its link looks for events after it has sent the
	 * answer. NULL: the link has no P2A channel, and the agent is offered no notification
	 * and no delayed response.
	 */
	void (*events_ready)(void *context);

	/* The agent is to find its device reset or gone: the link disconnects, now or soon. */
	void (*reset)(void *context);

	void *context;
};

enum vscmi_service_outcome {
	VSCMI_SERVICE_ANSWERED,     /* the reply is there */
	VSCMI_SERVICE_HELD,         /* the channel's reply or lose gets it later */
	VSCMI_SERVICE_LOST,         /* it is never answered, and the buffer stays out */
	VSCMI_SERVICE_UNANSWERABLE, /* no header, no room for header and status, or no such
				       agent connected; counted */
};

/* All members are required. */
struct vscmi_service_ops {
	size_t ops_size; /* sizeof() as the implementer compiled it */

	/*
	 * An agent is there, freshly reset: it has no votes, no subscriptions and the newest
	 * version of each protocol. VSCMI_E_INVALID: no such agent.
	 */
	enum vscmi_error (*connect)(struct vscmi_service *service, uint32_t agent_id,
				    const struct vscmi_service_channel *channel);

	/* An agent was reset or is gone, and its channel with it: cookies are forgotten.
	 * Harmless if it was not connected. */
	void (*disconnect)(struct vscmi_service *service, uint32_t agent_id);

	/*
	 * Serve one command: request, count bytes long, header word first. The agent has room
	 * for a reply of room bytes; reply is VSCMI_SERVICE_REPLY_MAX bytes in any case. The
	 * two must not overlap, and neither may be memory that someone else changes. cookie
	 * is for the channel, if the command is held. *ret_count is set if ANSWERED.
	 *
	 * A count beyond room, here or in the channel's reply, is a lie that the link passes
	 * on as well as it can: a platform never tells it.
	 */
	enum vscmi_service_outcome (*handle)(struct vscmi_service *service,
					     uint32_t agent_id, const void *request,
					     size_t count, void *reply, size_t room,
					     void *cookie, size_t *ret_count);

	/*
	 * Fetch the next event of an agent, a delayed response or a notification, header
	 * word first, for an agent that has room bytes; bytes is VSCMI_SERVICE_EVENT_MAX
	 * bytes in any case. False: nothing waits that fits. A notification that is longer
	 * than room is dropped and counted; a delayed response waits for more room.
	 */
	bool (*event)(struct vscmi_service *service, uint32_t agent_id, void *bytes,
		      size_t room, size_t *ret_count);

	/* Whether anything waits for the agent. */
	bool (*event_waits)(struct vscmi_service *service, uint32_t agent_id);

	/* How many commands of one agent can be held at a time. */
	size_t (*held_max)(struct vscmi_service *service);

	/* It is now_us, microseconds since any fixed moment, not going back: do what is due. */
	void (*advance)(struct vscmi_service *service, uint64_t now_us);

	/* When advance has something to do; UINT64_MAX: not before something else happens. */
	uint64_t (*next_us)(struct vscmi_service *service);
};

/* Embedded in the implementer's own struct. */
struct vscmi_service {
	const struct vscmi_service_ops *ops;
};

#endif
