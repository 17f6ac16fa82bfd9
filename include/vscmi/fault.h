/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fault layer: a service in front of a platform that does to its messages, on purpose,
 * what a driver has to survive: late, lost, duplicate, reordered, forged and malformed
 * replies, resets. Rules say what is done to which messages; one seed makes a run
 * repeatable, as all chances are drawn in the order of the messages.
 *
 * Like a platform it lives in the caller's memory, never waits, reads a clock or
 * allocates, and one thread at a time may be inside it and its platform. Without rules it
 * passes everything through.
 */
#ifndef VSCMI_FAULT_H
#define VSCMI_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vscmi/error.h>
#include <vscmi/service.h>

/*
 * FAULT(NAME, name, on): what can be done, and to which messages when the rule does not say.
 *
 *	delay        the message comes later, by a time from min_us to max_us
 *	drop         it never comes; a reply's buffer stays out until the link is reset
 *	duplicate    it comes, and min_us to max_us later it comes once more
 *	reorder      it comes behind the next `amount` of the agent's messages that leave on
 *	             its channel, or after max_us, whichever is first
 *	early        a reply comes min_us behind the delayed response of its command, or after
 *	             max_us
 *	unsolicited  a delayed response with the reply's content comes, and min_us to max_us
 *	             later the reply
 *	token        it bears another token: `amount` more, 1..1023, modulo 1024
 *	type         it bears message type `amount`, 0..3
 *	message      it bears another message id: `amount` more, 1..255, modulo 256
 *	truncate     it ends after `amount` bytes, 0..511
 *	oversize     it is `amount` bytes longer, 1..512, of 0xa5, as far as a service goes;
 *	             more than its room: only in what the link claims
 *	flip         `amount` of its bits, 1..4096, drawn anew each time, are the other way
 *	             round
 *	status       its status is `status`, and no payload follows; not for notifications
 *	stall        from this message on all of the agent's wait for min_us to max_us; what
 *	             is left below of its events waits there
 *	reset        it does not come, and the agent finds its device reset
 *
 * Second copies of a reply have no buffer: the channel's stray takes them, or they are lost.
 * An unsolicited response needs a link with events.
 */
#define VSCMI_FAULTS(FAULT)                      \
	FAULT(DELAY, delay, ALL)                 \
	FAULT(DROP, drop, ALL)                   \
	FAULT(DUPLICATE, duplicate, ALL)         \
	FAULT(REORDER, reorder, ALL)             \
	FAULT(EARLY, early, REPLIES)             \
	FAULT(UNSOLICITED, unsolicited, REPLIES) \
	FAULT(TOKEN, token, REPLIES | DELAYED)   \
	FAULT(TYPE, type, ALL)                   \
	FAULT(MESSAGE, message, ALL)             \
	FAULT(TRUNCATE, truncate, ALL)           \
	FAULT(OVERSIZE, oversize, ALL)           \
	FAULT(FLIP, flip, ALL)                   \
	FAULT(STATUS, status, REPLIES | DELAYED) \
	FAULT(STALL, stall, ALL)                 \
	FAULT(RESET, reset, ALL)

enum vscmi_fault {
#define FAULT(NAME, name, on) VSCMI_FAULT_##NAME,
	VSCMI_FAULTS(FAULT)
#undef FAULT
		VSCMI_FAULT_COUNT
};

/* Sets of messages. */
enum {
	VSCMI_FAULT_ON_REPLIES = 1 << 0,
	VSCMI_FAULT_ON_DELAYED = 1 << 1, /* responses */
	VSCMI_FAULT_ON_NOTIFICATIONS = 1 << 2,
	VSCMI_FAULT_ON_ALL = 7,
};

#define VSCMI_FAULT_ANY     UINT32_MAX
#define VSCMI_FAULT_CERTAIN 1000000u

/*
 * What is done to which messages. They are looked up by the header that they came with,
 * whatever other rules did to it. Of min_us, max_us, amount and status those count that the
 * fault speaks of; reorder, early and stall need a max_us that is not 0.
 */
struct vscmi_fault_rule {
	enum vscmi_fault fault;

	uint32_t agent_id;   /* 0: of any agent */
	uint32_t protocol;   /* VSCMI_FAULT_ANY: of any */
	uint32_t message_id; /* VSCMI_FAULT_ANY: any */
	uint32_t on;         /* a set of messages; 0: all that the fault can be done to */

	uint32_t probability; /* in a million, 1..VSCMI_FAULT_CERTAIN */
	uint64_t skip;        /* pass so many first */
	uint64_t times;       /* then do it to so many; 0: to all */

	/*
	 * The message comes as it is, and the fault is done to a copy that comes just before
	 * it. Not for drop, duplicate, early, unsolicited, stall and reset.
	 */
	bool copy;

	uint64_t min_us, max_us;
	uint32_t amount;
	int32_t status;
};

/* A rule that is in force. Open so that it needs no allocation; read only. */
struct vscmi_fault_entry {
	uint32_t id;
	struct vscmi_fault_rule rule;
	uint64_t matched; /* messages it was looked up for, chance not counted */
	uint64_t done;
	uint64_t
		missed; /* it should have been, but there was no place to keep a message, or
			   the link had none for a stray */
};

struct vscmi_faults;

struct vscmi_faults_config {
	struct vscmi_service *service; /* who is behind it */
	uint8_t agent_count;           /* its agents have the ids 1..agent_count */
	uint32_t rules_max;            /* in force at once */
	uint32_t messages_max;         /* kept for each agent at once */
	uint64_t seed;
};

/* How much memory a fault layer with this configuration needs. */
size_t vscmi_faults_bytes(const struct vscmi_faults_config *config);

/*
 * Make a fault layer in memory, bytes long, at any alignment. The config is copied. It has
 * no fini: forget it. VSCMI_E_INVALID: a count is 0. VSCMI_E_TOO_BIG: bytes is less than
 * vscmi_faults_bytes says.
 */
enum vscmi_error vscmi_faults_init(const struct vscmi_faults_config *config, void *memory,
				   size_t bytes, struct vscmi_faults **ret_faults);

/*
 * What a link gets instead of the platform. Its advance and next_us are for both, so that who
 * keeps the time going calls them and not the platform's.
 */
struct vscmi_service *vscmi_faults_service(struct vscmi_faults *faults);

/*
 * ---- Rules: all that match a message are done to it, in the order in which they came ----
 */

/*
 * VSCMI_E_INVALID: the rule has a value out of its range, or a fault and a set of messages
 * that do not go together. VSCMI_E_BUSY: rules_max are in force.
 */
enum vscmi_error vscmi_faults_add(struct vscmi_faults *faults,
				  const struct vscmi_fault_rule *rule, uint32_t *ret_id);

/*
 * End a rule, or with id 0 all of them. Messages that are kept come when they are due; but when
 * all rules end, or the one that stalls an agent, what is kept comes with the next advance.
 * VSCMI_E_INVALID: there is no such rule.
 */
enum vscmi_error vscmi_faults_clear(struct vscmi_faults *faults, uint32_t id);

/* The first rule in force whose id is greater than id, good until rules change; NULL: there
 * is none. */
const struct vscmi_fault_entry *vscmi_faults_next_rule(const struct vscmi_faults *faults,
						       uint32_t id);

/*
 * Notifications that were longer than the room for them, of those that the platform counts as
 * fetched. agent_id is one of the config's.
 */
uint64_t vscmi_faults_notifications_dropped(const struct vscmi_faults *faults,
					    uint32_t agent_id);

/* Draw chances from this seed from now on. */
void vscmi_faults_seed(struct vscmi_faults *faults, uint64_t seed);

/* "unsolicited". Static. */
const char *vscmi_fault_name(enum vscmi_fault fault);

#endif
