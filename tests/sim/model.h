/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What must be delivered, known without the engine. The linker puts the model in front of
 * the functions through which callers and links reach the agent (--wrap), so it sees what
 * was submitted, what arrived, and what the outcomes were, and when each of these began and
 * ended. When a run is over it looks, for each command, for an order of all that concerned
 * it that explains every fate and the outcome; where there is none, the engine is wrong.
 */
#ifndef VSCMI_TESTS_SIM_MODEL_H
#define VSCMI_TESTS_SIM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "vscmi/agent.h"

/* In steps. What overlaps may have happened in either order. */
struct span {
	uint64_t begin, end; /* end: UINT64_MAX as long as it lasts */
};

#define NO_COMMAND UINT32_MAX
#define FATE_TAKEN (-1)

/* What a link has fed in. */
struct arrival {
	struct span span;
	uint64_t end_us;
	enum vscmi_channel channel;
	uint32_t word; /* the header, if count >= 4 */
	uint32_t count;
	uint16_t buffer;
	int16_t fate;       /* FATE_TAKEN, or the anomaly that says why it was dropped */
	uint32_t notes;     /* a bit for each other anomaly */
	uint32_t bytes;     /* where they are: model_bytes() */
	uint32_t next;      /* of the same token */
	uint32_t next_back; /* with the same buffer */
	uint32_t delivered; /* to so many subscribers, these first: */
	uint32_t listeners[4];
};

/* "taken", or the name of the anomaly. */
static inline const char *fate_name(const struct arrival *arrival)
{
	return arrival->fate == FATE_TAKEN
		       ? "taken"
		       : vscmi_anomaly_name((enum vscmi_anomaly)arrival->fate);
}

/* What became of a command. */
struct command {
	uint32_t header;
	bool async, sent, waited, released;
	uint32_t slot;
	uint32_t reply_room;
	uint32_t epoch; /* or a later one */
	struct span submit, release;
	/* Of vscmi_wait: the last look at the slot was not before wait.begin. */
	struct span wait;
	uint64_t wait_us, outcome_us, timeout_us;
	struct vscmi_result result;
	uint32_t bytes, count; /* of the answer */
	struct span free;      /* when the slot and the token were put back */
	uint32_t next;         /* of the same token */
	uint32_t next_in_slot;
};

/* The link went down. */
struct down {
	struct span span;
	uint32_t epoch; /* that ended */
	uint64_t end_us;
};

struct listening {
	uint32_t clock_id;
	uint64_t created; /* before the subscribe */
	struct span span; /* surely subscribed */
};

/* Counted over all runs. */
struct model_totals {
	uint64_t commands, arrivals, notifications, callbacks, answers, refusals,
		malformed, timeouts, lost, cancelled, failed_submits, downs,
		anomalies[VSCMI_ANOMALIES];
	uint64_t ghosts; /* matched in every bit, and were meant for an older command */
	uint64_t undecided; /* commands about which too much happened at once */
};

extern struct model_totals model_totals;

/*
 * For the test that the model objects: what is done behind its back, at times. A lie stands for
 * a class of defects of an engine.
 */
#define MODEL_LIES(LIE)                                                            \
	LIE(NONE, "the model does not object when nobody lies")                    \
	LIE(ALTERED, "it objects to a message altered on its way into the engine") \
	LIE(LOST, "it objects to a message lost on its way into the engine")       \
	LIE(TWICE, "it objects to a message fed in twice")                         \
	LIE(RETURNED, "it objects to a buffer given back twice")                   \
	LIE(OUTCOME, "it objects to another outcome than there was")               \
	LIE(EXCHANGED, "it objects to the answer to an earlier command")           \
	LIE(CALLBACK, "it objects to a callback called twice")                     \
	LIE(DEAF, "it objects to a wake that wakes nobody")

enum model_lie {
#define LIE(NAME, text) LIE_##NAME,
	MODEL_LIES(LIE)
#undef LIE
		LIES
};

extern enum model_lie model_lie;

/* A run begins. punctual: the clock stands still as long as somebody could go on. */
void model_begin(const struct vscmi_agent_config *config, bool punctual);

/* All is over, and the link is down: is everything explained, and everything free again? */
void model_end(struct vscmi_agent *agent);

/* The agent's observer. */
void model_trace(void *context, const struct vscmi_trace *trace);

/*
 * Subscribers of clock rates. A new one has a number; model_subscribed when the subscribe has
 * returned, model_unsubscribing before the unsubscribe, model_callback first in its callback.
 * Whoever is subscribed all the time that a notification takes to be fed in is called once.
 */
uint32_t model_listener(uint32_t clock_id);
void model_subscribed(uint32_t number);
void model_unsubscribing(uint32_t number);
void model_callback(uint32_t number);

/* ---- Between model.c and judge.c ---- */

extern struct model {
	struct vscmi_agent_config config;
	bool punctual;
	struct arrival *arrivals;
	struct command *commands;
	struct down *downs;
	struct listening *listeners;
	uint8_t *bytes;
	uint32_t arrival_count, command_count, down_count, listener_count, byte_count;
	uint32_t arrivals_of[1024], commands_of[1024]; /* the first of each token */
} model;

static inline uint32_t model_token(uint32_t header)
{
	return header >> 18 & 0x3ff;
}

/* From model.c to judge.c: all that is known of the commands of one token. */
void judge_token(uint32_t token);

#endif
