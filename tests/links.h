/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every link there is, with both its ends in this process: an agent on the one, a service on
 * the other. Nothing travels by itself: a test says when what was sent arrives.
 *
 * A link to come is one more struct link_kind, and one more line in the lists at the end.
 */
#ifndef VSCMI_TESTS_LINKS_H
#define VSCMI_TESTS_LINKS_H

#include "test.h"

#include <stdbool.h>

#include "vscmi/link.h"
#include "vscmi/service.h"

#define LINK_EVENT_BUFFERS_MAX 64u

/* How a link is to be. */
struct link_setup {
	struct vscmi_service *service;
	uint32_t agent_id;
	/* If the link resizes; may be changed while it is down. */
	uint32_t in_flight;     /* commands at once: a power of 2, from 2 on */
	uint32_t event_buffers; /* a power of 2, up to LINK_EVENT_BUFFERS_MAX */
	bool no_events;
	/* Bytes, 0..8, by which buffers are moved off their alignment, if it lets choose. */
	uint32_t skew;
};

struct test_link {
	const struct link_kind *kind;
	struct link_setup setup;
	struct vscmi_link *link; /* the agent's */
};

struct link_kind {
	/*
	 * ---- What the link can do ----
	 */
	uint64_t timeout_us;        /* how long a reply may take where nobody says */
	uint32_t in_flight_max;     /* commands at once */
	uint32_t event_buffers_max; /* 0: an event does not wait for a buffer */
	bool one_at_a_time; /* a command is refused until the one before has its reply */
	bool resizes;       /* it is as large as the setup says, up to what it can be */
	bool restarts;      /* it starts again after a stop; otherwise open another one */
	bool cuts;          /* a message ends with its buffer, whatever its length says */
	bool tells_room;    /* the service learns how long this reply may be */

	/*
	 * ---- What is done with it ----
	 */

	/* Ready both ends, down. */
	struct test_link *(*open)(const struct link_setup *setup);
	void (*close)(struct test_link *link);

	/* Up, once an agent has been initialised on it. */
	enum vscmi_error (*start)(struct test_link *link);

	/* The device is reset, or gone: both ends know when this returns. */
	void (*stop)(struct test_link *link);

	/* What was sent arrives at the service, which also finds the buffers for events. */
	void (*serve)(struct test_link *link);

	/* What the service sent arrives at the agent, as by an interrupt; a device that the
	 * service has reset is found to be. */
	void (*interrupt)(struct test_link *link);
};

extern const struct link_kind link_loop;
extern const struct link_kind link_virtio_direct;    /* VERSION_1 and P2A_CHANNELS only */
extern const struct link_kind link_virtio_indirect;  /* and INDIRECT_DESC */
extern const struct link_kind link_virtio_event_idx; /* and EVENT_IDX */
extern const struct link_kind link_virtio_in_order;  /* those and IN_ORDER */
extern const struct link_kind link_virtio_packed;    /* those of event_idx, RING_PACKED */
extern const struct link_kind link_virtio_packed_in_order; /* direct, EVENT_IDX, both */
extern const struct link_kind link_shmem;
extern const struct link_kind link_pipe;       /* examples/pipe_link */
extern const struct link_kind link_vhost_user; /* where there is a host */
extern const struct link_kind link_raw;        /* the same */

/* How many commands can be without a reply at once: the others are refused. */
uint32_t link_unanswered_max(const struct test_link *link);

/*
 * ---- Lists: OVER(link, test) for each link, by what it can do ----
 */

#ifdef LINKS_WITH_PACKED
#define AND_PACKED(OVER, test)          , OVER(virtio_packed, test)
#define AND_PACKED_IN_ORDER(OVER, test) , OVER(virtio_packed_in_order, test)
#else
#define AND_PACKED(OVER, test)
#define AND_PACKED_IN_ORDER(OVER, test)
#endif

#define OVER_VIRTIO_LINKS_IN_ANY_ORDER(OVER, test)              \
	OVER(virtio_direct, test), OVER(virtio_indirect, test), \
		OVER(virtio_event_idx, test) AND_PACKED(OVER, test)

#define OVER_VIRTIO_LINKS(OVER, test)               \
	OVER_VIRTIO_LINKS_IN_ANY_ORDER(OVER, test), \
		OVER(virtio_in_order, test) AND_PACKED_IN_ORDER(OVER, test)

/* What a build may leave out begins with a comma; pipe is always there and stands first. */
#ifdef LINKS_WITH_LOOP
#define AND_LOOP(OVER, test) , OVER(loop, test)
#else
#define AND_LOOP(OVER, test)
#endif
#ifdef LINKS_WITH_VIRTIO
#define AND_VIRTIO(OVER, test)              , OVER_VIRTIO_LINKS(OVER, test)
#define AND_VIRTIO_IN_ANY_ORDER(OVER, test) , OVER_VIRTIO_LINKS_IN_ANY_ORDER(OVER, test)
#else
#define AND_VIRTIO(OVER, test)
#define AND_VIRTIO_IN_ANY_ORDER(OVER, test)
#endif
#ifdef LINKS_WITH_SHMEM
#define AND_SHMEM(OVER, test) , OVER(shmem, test)
#else
#define AND_SHMEM(OVER, test)
#endif
#ifdef LINKS_WITH_VHOST
#define AND_VHOST(OVER, test) , OVER(vhost_user, test)
#else
#define AND_VHOST(OVER, test)
#endif
#ifdef LINKS_WITH_RAW
#define AND_RAW(OVER, test) , OVER(raw, test)
#else
#define AND_RAW(OVER, test)
#endif
#define AND_HOST(OVER, test) AND_VHOST(OVER, test) AND_RAW(OVER, test)

#define OVER_IN_PROCESS_LINKS(OVER, test) \
	OVER(pipe, test) AND_LOOP(OVER, test) AND_VIRTIO(OVER, test) AND_SHMEM(OVER, test)

#define OVER_EVERY_LINK(OVER, test) OVER_IN_PROCESS_LINKS(OVER, test) AND_HOST(OVER, test)

/* What the other end sends arrives as it was sent, and nobody between has a command in mind: the
 * kernel of raw mode matches answers to commands itself, and lets go of them in its own time. */
#define OVER_LINKS_THAT_ONLY_CARRY(OVER, test) \
	OVER_IN_PROCESS_LINKS(OVER, test) AND_VHOST(OVER, test)

/* A reply does not wait for those to other commands. */
#define OVER_IN_PROCESS_LINKS_IN_ANY_ORDER(OVER, test) \
	OVER(pipe, test)                               \
	AND_LOOP(OVER, test) AND_VIRTIO_IN_ANY_ORDER(OVER, test) AND_SHMEM(OVER, test)

#define OVER_LINKS_IN_ANY_ORDER(OVER, test) \
	OVER_IN_PROCESS_LINKS_IN_ANY_ORDER(OVER, test) AND_HOST(OVER, test)

/* The same, and as many commands in flight as there are tokens. */
#define OVER_LINKS_FOR_ALL_TOKENS(OVER, test) \
	OVER_IN_PROCESS_LINKS_IN_ANY_ORDER(OVER, test)

/* As many commands and events at once as the setup says, at each start. */
#define OVER_LINKS_THAT_RESIZE(OVER, test) OVER_IN_PROCESS_LINKS(OVER, test)

/* Any number of commands without a reply, and replies in any order. */
#define OVER_LINKS_WITH_MANY_AT_ONCE(OVER, test) \
	OVER(pipe, test)                         \
	AND_LOOP(OVER, test) AND_VIRTIO_IN_ANY_ORDER(OVER, test) AND_HOST(OVER, test)

/* The same, of those that only carry. */
#define OVER_LINKS_THAT_CARRY_MANY(OVER, test) \
	OVER(pipe, test)                       \
	AND_LOOP(OVER, test) AND_VIRTIO_IN_ANY_ORDER(OVER, test) AND_VHOST(OVER, test)

/* An event waits for a buffer. Needs virtio. */
#define OVER_LINKS_WITH_BUFFERS(OVER, test) \
	OVER_VIRTIO_LINKS(OVER, test) AND_SHMEM(OVER, test) AND_VHOST(OVER, test)

/* Of those in this process: the service learns how long a reply may be. */
#define OVER_IN_PROCESS_LINKS_THAT_TELL_ROOM(OVER, test) \
	OVER(pipe, test) AND_LOOP(OVER, test) AND_VIRTIO(OVER, test)

#endif
