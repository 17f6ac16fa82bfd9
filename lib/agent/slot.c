/* SPDX-License-Identifier: BSD-3-Clause */
#include "agent/slot.h"

/* A pass over the table: what is not defined again below says nothing. */
#define EVENT(name)
#define STATE(name, class) [VSCMI_SLOT_##name] = VSCMI_SLOT_##class,
#define MOVE(kinds, from, event, to)
#define DROP(kinds, state, event, anomaly)
static const uint8_t classes[VSCMI_SLOT_STATES] = {
#include "agent/transitions.def"
};
#undef STATE
#undef MOVE
#undef DROP
#define STATE(name, class)

/* Cells by event, and by state and kind as they stand in the word. */
#define CELLS (VSCMI_SLOT_STATE_MASK + VSCMI_SLOT_ASYNC + 1)
#define CELL(state, event, kind, value) \
	[VSCMI_SLOT_EVENT_##event][VSCMI_SLOT_##state + (kind)] = value,
#define CELLS_SYNC(state, event, value)  CELL(state, event, 0, value)
#define CELLS_ASYNC(state, event, value) CELL(state, event, VSCMI_SLOT_ASYNC, value)
#define CELLS_BOTH(state, event, value) \
	CELLS_SYNC(state, event, value) CELLS_ASYNC(state, event, value)

/* The state that follows. 0, which is FREE and follows nothing here: illegal. */
#define MOVE(kinds, from, event, to) CELLS_##kinds(from, event, VSCMI_SLOT_##to)
#define DROP(kinds, state, event, anomaly)
static const uint8_t moves[VSCMI_SLOT_TABLE_EVENTS][CELLS] = {
#include "agent/transitions.def"
};
#undef MOVE
#undef DROP

#define MOVE(kinds, from, event, to)
#define DROP(kinds, state, event, anomaly) \
	CELLS_##kinds(state, event, VSCMI_ANOMALY_##anomaly)
static const uint8_t drops[VSCMI_SLOT_TABLE_EVENTS][CELLS] = {
#include "agent/transitions.def"
};

static uint32_t cell(uint32_t word)
{
	return word & (VSCMI_SLOT_STATE_MASK | VSCMI_SLOT_ASYNC);
}

enum vscmi_slot_class vscmi_slot_class(uint32_t word)
{
	return classes[vscmi_slot_state(word)];
}

enum vscmi_anomaly vscmi_slot_drop(uint32_t word, enum vscmi_slot_event event)
{
	return drops[event][cell(word)];
}

/* A slot that nobody holds is free. It has ended: who waits owns it, who copies uses it. */
static uint32_t settle(uint32_t word)
{
	const uint32_t held = VSCMI_SLOT_OWNED | VSCMI_SLOT_LENT | ~(VSCMI_SLOT_USER - 1);

	return word & held ? word : 0;
}

static uint32_t move(uint32_t word, enum vscmi_slot_event event)
{
	uint32_t to = moves[event][cell(word)];

	if (to == VSCMI_SLOT_FREE)
		return VSCMI_SLOT_ILLEGAL;
	if (event == VSCMI_SLOT_EVENT_SUBMIT_SYNC)
		return to | VSCMI_SLOT_OWNED | VSCMI_SLOT_LENT;
	if (event == VSCMI_SLOT_EVENT_SUBMIT_ASYNC)
		return to | VSCMI_SLOT_OWNED | VSCMI_SLOT_LENT | VSCMI_SLOT_ASYNC;
	return (word & ~VSCMI_SLOT_STATE_MASK) | to;
}

static bool is_in(uint32_t word, enum vscmi_slot_class class)
{
	return classes[vscmi_slot_state(word)] == class;
}

static inline uint32_t next(uint32_t word, enum vscmi_slot_event event)
{
	switch (event) {
	case VSCMI_SLOT_EVENT_USE:
		return is_in(word, VSCMI_SLOT_IDLE) ? VSCMI_SLOT_ILLEGAL
						    : word + VSCMI_SLOT_USER;
	case VSCMI_SLOT_EVENT_UNUSE:
		return word < VSCMI_SLOT_USER ? VSCMI_SLOT_ILLEGAL
					      : settle(word - VSCMI_SLOT_USER);
	case VSCMI_SLOT_EVENT_BUFFER_BACK:
		return word & VSCMI_SLOT_LENT ? settle(word & ~VSCMI_SLOT_LENT)
					      : VSCMI_SLOT_ILLEGAL;
	case VSCMI_SLOT_EVENT_RETURN:
		return word & VSCMI_SLOT_LENT && word >= VSCMI_SLOT_USER
			       ? settle((word & ~VSCMI_SLOT_LENT) - VSCMI_SLOT_USER)
			       : VSCMI_SLOT_ILLEGAL;
	case VSCMI_SLOT_EVENT_LET_GO:
		/* Whoever waits for a message gives up first. */
		return word & VSCMI_SLOT_OWNED && !is_in(word, VSCMI_SLOT_WAITING)
			       ? settle(word & ~VSCMI_SLOT_OWNED)
			       : VSCMI_SLOT_ILLEGAL;
	default:
		return move(word, event);
	}
}

uint32_t vscmi_slot_next(uint32_t word, enum vscmi_slot_event event)
{
	return next(word, event);
}

struct vscmi_slot_step vscmi_slot_step(struct vscmi_slot *slot,
				       enum vscmi_slot_event event)
{
	uint32_t from = atomic_load(&slot->word), to;

	do
		to = next(from, event);
	while (to != VSCMI_SLOT_ILLEGAL &&
	       !atomic_compare_exchange_weak(&slot->word, &from, to));
	return (struct vscmi_slot_step){ from, to };
}

bool vscmi_slot_step_from(struct vscmi_slot *slot, uint32_t seen,
			  enum vscmi_slot_event event)
{
	uint32_t to = vscmi_slot_next(seen, event);

	return to != VSCMI_SLOT_ILLEGAL &&
	       atomic_compare_exchange_strong(&slot->word, &seen, to);
}
