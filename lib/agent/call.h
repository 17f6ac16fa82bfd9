/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the protocols' agent.c see of the agent: how to ask one thing, how to walk a list, and
 * how to turn a notification into an event.
 */
#ifndef VSCMI_AGENT_CALL_H
#define VSCMI_AGENT_CALL_H

#include "message/cursor.h"
#include "vscmi/agent.h"
#include "vscmi/agent/event.h"

/* Bytes of the longest request of the typed calls, header word included. */
#define VSCMI_ASK_BYTES 32u

/*
 * One command, asked and answered. On the stack of who asks:
 *
 *	vscmi_ask_begin(&ask, ..);
 *	put the request's fields to ask.out
 *	if (vscmi_ask_run(&ask))
 *		get the reply's fields from ask.in
 *	return vscmi_ask_end(&ask);
 *
 * protocols/call_rows.h makes the first two, and whole calls, of each row. Nothing has to be
 * checked in between: after a failure the puts and gets do nothing that counts.
 */
struct vscmi_ask {
	struct vscmi_result result; /* may be set after vscmi_ask_run to fail the call */
	uint32_t version;           /* of the protocol, as both ends speak it */
	struct vscmi_out out;
	struct vscmi_in in; /* what follows the status word */
	struct vscmi_agent *agent;
	struct vscmi_request request;
	struct vscmi_slot *command; /* NULL: nothing is in flight */
	uint8_t message[VSCMI_ASK_BYTES];
};

/* Opens the protocol unless since is 0: the message is there in every version. */
void vscmi_ask_begin(struct vscmi_ask *ask, struct vscmi_agent *agent, uint8_t protocol,
		     uint8_t message_id, uint32_t since, enum vscmi_command_kind kind);

/* True: the platform said SUCCESS, and in is at what follows. */
bool vscmi_ask_run(struct vscmi_ask *ask);

/* VSCMI_E_MALFORMED if the answer was shorter than what was read of it. */
struct vscmi_result vscmi_ask_end(struct vscmi_ask *ask);

/*
 * ---- Lists ----
 */

struct vscmi_list_page {
	uint32_t returned;
	uint32_t remaining;
	bool triplet; /* the three elements of the page are one range */
};

struct vscmi_list_kind {
	uint8_t protocol;
	uint8_t message_id;
	uint32_t since;
	/*
	 * Of an element with all that it may announce; 0 if its length is fixed. A page whose
	 * elements can only all be so long is read so, whatever they announce: SCP-firmware sends
	 * such pages.
	 */
	uint32_t longest_bytes;
	void (*put)(struct vscmi_out *out, uint32_t version, uint32_t resource_id,
		    uint32_t index);
	void (*get)(struct vscmi_in *in, uint32_t version,
		    struct vscmi_list_page *ret_page);
	/* For a list whose pages do not say what remains; NULL for the others. */
	struct vscmi_result (*total)(struct vscmi_agent *agent, uint32_t *ret_total);
};

void vscmi_list_begin(struct vscmi_list *list, struct vscmi_agent *agent,
		      const struct vscmi_list_kind *kind, uint32_t resource_id);

/*
 * Whether there is an element to decode from *ret_in, or, if list->triplet, all three
 * of them. Asks for a page where one is needed. A list of another kind ends with
 * VSCMI_E_INVALID.
 */
bool vscmi_list_next(struct vscmi_list *list, const struct vscmi_list_kind *kind,
		     struct vscmi_in *ret_in);

/* It has been decoded; false if the page was too short for it, which ends the walk. */
bool vscmi_list_decoded(struct vscmi_list *list, const struct vscmi_in *in);

/*
 * ---- Notifications ----
 */

/* A protocol's notifications by id. */
struct vscmi_notification {
	uint32_t since;
	/* The command that switches it on and off. */
	struct vscmi_result (*notify)(struct vscmi_agent *agent, uint32_t resource_id,
				      bool enable);
	/* Of how many resources it can come; NULL: it has none. */
	struct vscmi_result (*resources)(struct vscmi_agent *agent, uint32_t *ret_count);
	/* Decode the payload and return what vscmi_event_deliver does. */
	bool (*decode)(struct vscmi_agent *agent, struct vscmi_in *in, uint32_t version);
};

struct vscmi_notifications {
	const struct vscmi_notification *table; /* [count] */
	uint32_t count;
};

/* Call who subscribed to it, if in has not been read beyond its end; whether anybody was called. */
bool vscmi_event_deliver(struct vscmi_agent *agent, const struct vscmi_event *event,
			 const struct vscmi_in *in);

#endif
