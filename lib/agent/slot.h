/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A slot's whole state is one word: where its command stands, of which kind it is, and who
 * still has a hold on the slot. It changes by one compare-and-swap from a legal word to the
 * next, so whoever changes it knows what it was.
 */
#ifndef VSCMI_AGENT_SLOT_H
#define VSCMI_AGENT_SLOT_H

#include "vscmi/agent.h"

enum vscmi_slot_state {
#define STATE(name, class) VSCMI_SLOT_##name,
#define EVENT(name)
#define MOVE(kinds, from, event, to)
#define DROP(kinds, state, event, anomaly)
#include "agent/transitions.def"
#undef STATE
#undef EVENT
	VSCMI_SLOT_STATES
};

enum vscmi_slot_event {
#define STATE(name, class)
#define EVENT(name) VSCMI_SLOT_EVENT_##name,
#include "agent/transitions.def"
#undef STATE
#undef EVENT
#undef MOVE
#undef DROP
	VSCMI_SLOT_TABLE_EVENTS,
	/* These change who holds the slot, not where the command stands. */
	VSCMI_SLOT_EVENT_USE = VSCMI_SLOT_TABLE_EVENTS, /* somebody looks at its fields */
	VSCMI_SLOT_EVENT_UNUSE,
	VSCMI_SLOT_EVENT_BUFFER_BACK, /* what was lent to the link */
	VSCMI_SLOT_EVENT_RETURN,      /* both: who used it brought the buffer */
	VSCMI_SLOT_EVENT_LET_GO,      /* the owner */
	VSCMI_SLOT_EVENTS
};

enum vscmi_slot_class {
	VSCMI_SLOT_IDLE,
	VSCMI_SLOT_WAITING,
	VSCMI_SLOT_COPYING,
	VSCMI_SLOT_ENDED,
};

/* The word. All bits 0 is a free slot. */
#define VSCMI_SLOT_STATE_MASK 0xfu
#define VSCMI_SLOT_ASYNC      (1u << 4)
#define VSCMI_SLOT_OWNED      (1u << 5)
#define VSCMI_SLOT_LENT       (1u << 6)
#define VSCMI_SLOT_USER       (1u << 8) /* the users are counted from here up */
#define VSCMI_SLOT_ILLEGAL    UINT32_MAX

static inline enum vscmi_slot_state vscmi_slot_state(uint32_t word)
{
	return word & VSCMI_SLOT_STATE_MASK;
}

enum vscmi_slot_class vscmi_slot_class(uint32_t word);

/* The word after an event, or VSCMI_SLOT_ILLEGAL. Depends on nothing else. */
uint32_t vscmi_slot_next(uint32_t word, enum vscmi_slot_event event);

/* What to count when REPLY, ACCEPT or DELAYED is illegal. */
enum vscmi_anomaly vscmi_slot_drop(uint32_t word, enum vscmi_slot_event event);

struct vscmi_slot_step {
	uint32_t from;
	uint32_t to; /* VSCMI_SLOT_ILLEGAL: the word stays */
};

/* Change the word. Retried only when somebody else changed it meanwhile. */
struct vscmi_slot_step vscmi_slot_step(struct vscmi_slot *slot,
				       enum vscmi_slot_event event);

/* The same, but only if the word is still the one that was seen. False: it stays as it is.
 * Not for events that may set the slot free. */
bool vscmi_slot_step_from(struct vscmi_slot *slot, uint32_t seen,
			  enum vscmi_slot_event event);

#endif
