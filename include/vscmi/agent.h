/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The agent: asks a platform, over one link. It lives in the caller's memory, never
 * allocates, and waits only through the port. Every function here may be called by any
 * number of threads at once unless it says otherwise; functions that wait are not for
 * interrupt handlers.
 *
 * The calls of the protocols are in <vscmi/agent/base.h>, system.h, clock.h and sensor.h,
 * notifications in <vscmi/agent/event.h>.
 *
 * What a typed call returns, besides what its comment says:
 *
 *	VSCMI_E_REFUSED      the platform's answer; .status is what it said
 *	VSCMI_E_TIMEOUT      no answer in time; it may be repeated
 *	VSCMI_E_BUSY         every slot is in use, or the link carries no other command before
 *	                     the reply to the one that it has, as shared memory does; try
 *	                     again after a completion
 *	VSCMI_E_NOT_READY    the link is not up
 *	VSCMI_E_LINK_LOST    the link went down with the command in flight
 *	VSCMI_E_TOO_BIG      the link's largest message is too small for the request
 *	VSCMI_E_MALFORMED    the platform's answer does not have the form of one
 *	VSCMI_E_UNSUPPORTED  the protocol's version at the platform lacks the message, or a
 *	                     delayed response or notification was asked for and the link
 *	                     cannot bring one
 */
#ifndef VSCMI_AGENT_H
#define VSCMI_AGENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vscmi/error.h>
#include <vscmi/header.h>
#include <vscmi/link.h>
#include <vscmi/port.h>

/* What a peer can do wrong, or late. Each is counted; no count ever affects another. */
enum vscmi_anomaly {
	/* Dropped: nothing of the message was used. */
	VSCMI_ANOMALY_EMPTY,          /* a buffer came back without a message */
	VSCMI_ANOMALY_SHORT,          /* shorter than a header */
	VSCMI_ANOMALY_TYPE,           /* type 1, or a type that is not this channel's */
	VSCMI_ANOMALY_TOKEN,          /* no command has this token */
	VSCMI_ANOMALY_MESSAGE,        /* another protocol or message than its command's */
	VSCMI_ANOMALY_LATE_REPLY,     /* its caller had given up */
	VSCMI_ANOMALY_LATE_DELAYED,   /* the same, a delayed response */
	VSCMI_ANOMALY_SECOND_REPLY,   /* the command had one already */
	VSCMI_ANOMALY_SECOND_DELAYED, /* the same, a delayed response */
	VSCMI_ANOMALY_UNEXPECTED_DELAYED, /* the command is synchronous, or was refused */
	VSCMI_ANOMALY_OVERTAKEN,          /* a reply after its delayed response */
	VSCMI_ANOMALY_UNKNOWN_EVENT,      /* a notification that no row describes */
	VSCMI_ANOMALY_UNSUBSCRIBED_EVENT, /* a notification that nobody wants */
	VSCMI_ANOMALY_MALFORMED_EVENT,    /* a notification that does not decode */
	/* Not dropped, or not a message. */
	VSCMI_ANOMALY_NO_STATUS, /* a reply shorter than its status: VSCMI_E_MALFORMED */
	VSCMI_ANOMALY_OVERSIZE,  /* longer than there was room; the rest is cut off */
	VSCMI_ANOMALY_TRAILING,  /* bytes behind what the message needs; ignored */
	VSCMI_ANOMALY_BUFFER,    /* the link gave back a buffer that was not out */
	VSCMI_ANOMALIES
};

/* "late reply". Static. */
const char *vscmi_anomaly_name(enum vscmi_anomaly anomaly);

/*
 * What goes as it should, and ends of commands that do not. What arrives whole is one of
 * REPLIES, DELAYED_RESPONSES and NOTIFICATIONS, or an anomaly that is dropped. Anomalies that
 * are not dropped come on top: a reply that is cut is one of REPLIES and one of OVERSIZE.
 */
enum vscmi_counter {
	VSCMI_COUNTER_COMMANDS,          /* that the link took */
	VSCMI_COUNTER_REPLIES,           /* that their commands took */
	VSCMI_COUNTER_DELAYED_RESPONSES, /* the same */
	VSCMI_COUNTER_NOTIFICATIONS,     /* for which somebody was called */
	VSCMI_COUNTER_TIMEOUTS,          /* commands that got no answer in time */
	VSCMI_COUNTER_LOST, /* commands that were in flight when the link went down */
	VSCMI_COUNTERS
};

/* "delayed responses". Static. */
const char *vscmi_counter_name(enum vscmi_counter counter);

/* Where the agent shows what it does, in the order in which a command comes by. */
enum vscmi_trace_point {
	/* A command, before the link has it. */
	VSCMI_TRACE_SUBMIT,
	/* vscmi_wait has begun. The request is gone: the message is its header word alone. */
	VSCMI_TRACE_WAIT,
	/*
	 * vscmi_wait has ended, and the message is the one that ended the command; or the
	 * link did not take the command. Without an answer, its header word alone. Nothing
	 * else shows one: a command that is released without a wait has no COMPLETION.
	 */
	VSCMI_TRACE_COMPLETION,
	/*
	 * A message was taken: a reply or delayed response by its command, a notification
	 * before anybody is called. It is all that there was room for.
	 */
	VSCMI_TRACE_RECEIVE,
	/*
	 * What arrived was not used, or a part of it was not, and counted as an anomaly: as
	 * many of these as anomalies in all. What was taken first, as notifications that
	 * nobody wants are, was a RECEIVE before; what found no command was not.
	 *
	 * The message is the whole of it up to VSCMI_EVENT_BYTES_MAX, or up to what had been
	 * taken if the rest is known only later. It is the header word alone for trailing
	 * bytes of a list, less than that for SHORT, and nothing for EMPTY and BUFFER.
	 */
	VSCMI_TRACE_DROP,
};

struct vscmi_trace {
	enum vscmi_trace_point point;
	/* [count], header word first; a private copy, gone after the call. NULL: count is 0. */
	const uint8_t *message;
	size_t count;
	struct vscmi_result result; /* of a COMPLETION */
	enum vscmi_anomaly anomaly; /* of a DROP */
};

/*
 * For tracers. trace may be NULL; it runs in the context of who submits, waits or feeds,
 * and no lock is held. It must not block: a RECEIVE is shown before the owner of the command
 * can be woken, and in an interrupt handler where that feeds. Static tracepoints show the same:
 * docs/agent.md.
 */
struct vscmi_agent_observer {
	void (*trace)(void *context, const struct vscmi_trace *trace);
	void *context;
	/*
	 * The link went up, or down, after who waited was woken. May be NULL; in the context of
	 * who says so, which need not be able to wait. Of changes on many threads the calls may
	 * overlap: vscmi_agent_is_up() says what is so now.
	 */
	void (*link)(void *context, bool up);
};

/* The number of protocols that have typed calls, also where a build leaves some out. */
#define VSCMI_AGENT_PROTOCOLS 4u

/* Room that fits every message of the typed calls without lists, and pages of lists. */
#define VSCMI_AGENT_MESSAGE_BYTES 136u

/* The longest notification that is decoded: 63 axes. A longer one is cut and counted. */
#define VSCMI_EVENT_BYTES_MAX 1024u

/*
 * A command in flight; its address is the caller's handle on it. Open so that it needs no
 * allocation: touch no member.
 */
struct vscmi_slot {
	_Atomic uint32_t word; /* the whole state: lib/agent/transitions.h */
	uint32_t epoch;        /* of the link, when it was submitted */
	uint32_t header;       /* the command's header word */
	uint32_t reply_room;   /* bytes lent for the reply */
	uint32_t reply_bytes;  /* of the message below that arrived */
	uint8_t *reply;        /* header word first */
	uint64_t reply_timeout_us;
};

struct vscmi_event;

/* Who wants which notification: <vscmi/agent/event.h>. Touch no member. */
struct vscmi_subscription {
	_Atomic uint32_t word;
	_Atomic uint32_t told; /* epoch of the link in which the platform was told last */
	uint32_t number;       /* of all subscriptions so far; another one's is another */
	uint16_t kind;
	uint32_t resource_id;
	void (*callback)(void *context, const struct vscmi_event *event);
	void *context;
};

struct vscmi_agent_config {
	struct vscmi_port *port;
	struct vscmi_link *link; /* up or not */

	struct vscmi_slot *slots; /* [slot_count], the caller's; not initialised */
	uint32_t slot_count;      /* commands in flight at once, 1..1024 */
	uint8_t *replies;         /* [slot_count * message_bytes], the caller's */
	/* The longest reply, header word included: VSCMI_AGENT_MESSAGE_BYTES or more. */
	uint32_t message_bytes;

	struct vscmi_subscription *subscriptions; /* [subscription_count], the caller's */
	uint32_t subscription_count;              /* at once; may be 0 */

	uint64_t reply_timeout_us;   /* 0: the link's */
	uint64_t delayed_timeout_us; /* of a delayed response, after the reply; 0: 2 s */

	struct vscmi_agent_observer observer;
};

/* Numbers 0..1023 that are taken and given back: tokens, slots. */
struct vscmi_id_pool {
	_Atomic uint32_t used[VSCMI_TOKENS / 32];
	_Atomic uint32_t full; /* a bit for each word that is thought to have none free */
	_Atomic uint32_t next; /* in order: where to look next, modulo 1024; only grows */
	/* In any order: given back last, and 1, but used by the above; 0: it is taken again. */
	_Atomic uint32_t last;
};

/* Open so that it needs no allocation: touch no member. */
struct vscmi_agent {
	struct vscmi_agent_config config;
	_Atomic uint32_t epoch; /* one more each time the link goes up or down; odd: up */
	_Atomic uint32_t
		slot_limit; /* min(slot_count, link->max_messages), of this epoch */
	_Atomic uint32_t request_room; /* link->max_message_bytes */
	_Atomic uint32_t reply_room;   /* min(message_bytes, link->max_message_bytes) */
	_Atomic uint32_t has_events;   /* link->has_events */
	_Atomic uint32_t renewed;      /* epoch for which vscmi_agent_renew has begun */
	_Atomic uint32_t subscribed;   /* how often, modulo 2^32 */
	struct vscmi_id_pool tokens;
	struct vscmi_id_pool slots;
	_Atomic uint16_t token_slot[VSCMI_TOKENS];        /* which slot had it last */
	_Atomic uint32_t versions[VSCMI_AGENT_PROTOCOLS]; /* with the start they are of */
	_Atomic uint32_t counters[VSCMI_COUNTERS];
	_Atomic uint32_t anomalies[VSCMI_ANOMALIES];
};

/*
 * Ready an agent on a link, and be its link->agent. The agent and all memory that the
 * config names stay in place until nothing feeds or calls it any more; there is nothing
 * else to undo. A link that is up already is for its owner to tell:
 * vscmi_agent_link_up(); the links of this library do so in their start function, which
 * is called after this one.
 *
 * VSCMI_E_INVALID: a count or size out of its range, or a link that announces 0 or more
 * than 1024 messages.
 */
enum vscmi_error vscmi_agent_init(struct vscmi_agent *agent,
				  const struct vscmi_agent_config *config);

/*
 * Learn the platform's version of a protocol, unless it is known, and agree on one: where
 * the platform is newer than this library, NEGOTIATE_PROTOCOL_VERSION asks it to come down;
 * where it will not, the newest version that this library knows is used as far as it
 * carries. *ret_version is what both ends use from now on; it may be NULL. Every typed
 * call does this by itself; it is worth calling to learn whether a protocol is there
 * (VSCMI_E_REFUSED with NOT_SUPPORTED if not). Forgotten when the link goes down. Waits.
 *
 * VSCMI_E_UNSUPPORTED: this library has no calls for that protocol.
 */
struct vscmi_result vscmi_agent_open(struct vscmi_agent *agent, uint8_t protocol,
				     uint32_t *ret_version);

/* What vscmi_agent_open found, 0 if it has not yet. For tracers, which must not wait. */
uint32_t vscmi_agent_version(const struct vscmi_agent *agent, uint8_t protocol);

/* Whether the link is up. */
bool vscmi_agent_is_up(const struct vscmi_agent *agent);

/*
 * Wait until the link is up, timeout_us at most; VSCMI_NEVER: without limit. The link comes up
 * by whoever brings it up: another thread, an interrupt handler, or what the port's wait runs.
 * VSCMI_E_NOT_READY: it did not in time.
 */
enum vscmi_error vscmi_agent_wait_up(struct vscmi_agent *agent, uint64_t timeout_us);

/* PROTOCOL_VERSION as the platform reports it, negotiated or not. Waits. */
struct vscmi_result vscmi_agent_protocol_version(struct vscmi_agent *agent,
						 uint8_t protocol, uint32_t *ret_version);

/*
 * PROTOCOL_MESSAGE_ATTRIBUTES: whether the platform has a message (VSCMI_E_REFUSED with
 * NOT_FOUND if not), and its attribute bits. Any protocol. Waits.
 */
struct vscmi_result vscmi_agent_message_attributes(struct vscmi_agent *agent,
						   uint8_t protocol, uint8_t message_id,
						   uint32_t *ret_attributes);

/* How often it happened since init, modulo 2^32. */
uint32_t vscmi_agent_counter(const struct vscmi_agent *agent, enum vscmi_counter counter);
uint32_t vscmi_agent_anomalies(const struct vscmi_agent *agent,
			       enum vscmi_anomaly anomaly);

/*
 * Feed in what the link has, where the link can be polled, without blocking: true if there
 * may be more. For programs without a thread or an interrupt handler that does it, when they
 * wait for notifications.
 */
bool vscmi_agent_poll(struct vscmi_agent *agent);

/*
 * ---- Commands, below the typed calls ----
 */

enum vscmi_command_kind {
	VSCMI_SYNC,  /* done with the reply */
	VSCMI_ASYNC, /* done with the delayed response, or with a reply that refuses */
};

struct vscmi_request {
	uint8_t protocol;
	uint8_t message_id;
	enum vscmi_command_kind kind;
	/* [count]; vscmi_submit writes the header word into the first 4 bytes. */
	uint8_t *message;
	size_t count;              /* header word included, 4 or more */
	size_t reply_room;         /* header word included; 0: as much as there is */
	uint64_t reply_timeout_us; /* 0: the agent's */
};

/*
 * Send a command and keep a slot for its answer, which vscmi_release gives back. Does not
 * block; for interrupt handlers too, where the link's send is. request and its message
 * are the caller's again on return.
 *
 * VSCMI_E_BUSY, VSCMI_E_NOT_READY, VSCMI_E_TOO_BIG, VSCMI_E_UNSUPPORTED, VSCMI_E_BROKEN as
 * above. VSCMI_E_INVALID: count below 4, or a reply_room below 8.
 */
enum vscmi_error vscmi_submit(struct vscmi_agent *agent,
			      const struct vscmi_request *request,
			      struct vscmi_slot **ret_command);

/*
 * Poll the link, if it can, and say whether the command has ended. Does not block. The
 * command may be ended by its answer or by a link that went down; a timeout only comes
 * to who waits.
 */
bool vscmi_done(struct vscmi_agent *agent, const struct vscmi_slot *command);

/*
 * Wait until the command has ended: until its reply, at most its reply timeout from this
 * call on, then, if asynchronous, until its delayed response, at most the agent's delayed
 * timeout. After a timeout the command is ended and cannot be waited for again.
 *
 * .error VSCMI_OK or VSCMI_E_REFUSED: the answer is in vscmi_answer().
 * VSCMI_E_TIMEOUT, VSCMI_E_LINK_LOST, VSCMI_E_MALFORMED: it has none.
 */
struct vscmi_result vscmi_wait(struct vscmi_agent *agent, struct vscmi_slot *command);

/*
 * The message that ended a command, reply or delayed response: header word, status,
 * payload. After a vscmi_wait() that said VSCMI_OK or VSCMI_E_REFUSED, until vscmi_release.
 */
const uint8_t *vscmi_answer(const struct vscmi_slot *command, size_t *ret_count);

/*
 * Let go of a command; once for each submit. One that has not ended is cancelled: its
 * answer is dropped when it comes. Does not block.
 */
void vscmi_release(struct vscmi_agent *agent, struct vscmi_slot *command);

/* Words of the longest request of vscmi_agent_raw, its header not counted. */
#define VSCMI_RAW_WORDS_MAX 64u

/*
 * Any command of any protocol: submit, wait, release. reply gets the message that ended it,
 * header word first, also when the platform refused; as much of it as room can hold.
 * *ret_count is the length of the whole message. Waits.
 *
 * VSCMI_E_TOO_BIG: more words than VSCMI_RAW_WORDS_MAX, or than the link can carry.
 */
struct vscmi_result vscmi_agent_raw(struct vscmi_agent *agent, uint8_t protocol,
				    uint8_t message_id, enum vscmi_command_kind kind,
				    const uint32_t *words, uint32_t word_count,
				    uint8_t *reply, size_t room, size_t *ret_count);

/*
 * ---- Lists ----
 *
 * Every list of every protocol is walked in the same way:
 *
 *	struct vscmi_list list;
 *	struct vscmi_sensor sensor;
 *
 *	vscmi_sensors(&list, agent);
 *	while (vscmi_sensors_next(&list, &sensor))
 *		...
 *	if (vscmi_failed(list.result))
 *		...
 *
 * A list is the caller's memory, for one thread, and holds nothing: a walk may end
 * anywhere. Pages are asked for as the walk goes, so the next functions wait. Whatever the
 * platform says, a walk ends: after the total that the first page announced, after an
 * empty page, or with VSCMI_E_MALFORMED when a page holds less than it says.
 */
#define VSCMI_LIST_PAGE_BYTES 256u

struct vscmi_list {
	struct vscmi_result result; /* how the walk ended; VSCMI_OK until then */
	/* Touch no member below. */
	const struct vscmi_list_kind *kind;
	struct vscmi_agent *agent;
	uint32_t resource_id; /* whose list */
	uint32_t version;
	uint32_t index;  /* of the next element to ask for */
	uint32_t total;  /* elements in all */
	uint32_t here;   /* elements of the page not yet seen */
	uint32_t stride; /* bytes of each of them; 0: as it announces */
	bool started;
	bool triplet;  /* the page is one range */
	uint32_t left; /* bytes of the page not yet decoded, at its end */
	uint32_t page_bytes;
	uint32_t header; /* word of the command that brought the page */
	uint8_t page[VSCMI_LIST_PAGE_BYTES];
};

#endif
