/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A fault layer between a platform that does what the test says and a link that writes down what
 * reaches it. A story is what happens, word by word:
 *
 *	c7   a command with token 7, which the platform answers at once
 *	h7   the same, held by the platform;  a7: now it answers;  l7: now it loses it
 *	d7   the platform has a delayed response with token 7;  n7: a notification
 *	+50  50 us later
 *	.    time goes on until nothing is due any more
 *	x    the link disconnects and connects
 *	e-   the link has no buffers for events;  e+: it has
 *	2:   the words that follow are of agent 2, until there is another
 *
 * and the log what the link sees, in the same way: r7 a reply that came with its buffer, s7 one
 * without, l7 lost, d7 and n7, ! a reset; @50 when time went on by itself. Every command's buffer
 * is out once and comes back once.
 */
#ifndef VSCMI_TESTS_FAULTY_H
#define VSCMI_TESTS_FAULTY_H

#include "test.h"

#include <stdbool.h>

#include "vscmi/fault.h"
#include "vscmi/header.h"

#define FAULTY_AGENTS   3u
#define FAULTY_MESSAGES 64u

struct faulty;

struct faulty_message {
	size_t count;
	uint8_t bytes[VSCMI_SERVICE_REPLY_MAX];
};

struct faulty_agent {
	struct faulty *faulty;
	uint32_t id;
	/* The platform. */
	const struct vscmi_service_channel *behind; /* what it was given */
	struct faulty_message events[FAULTY_MESSAGES];
	uint32_t event_count;
	/* The link. */
	struct vscmi_service_channel channel;
	bool is_out[VSCMI_TOKENS]; /* the buffer of a command that was held */
	bool takes_events;
	bool has_no_room; /* for strays */
	size_t event_room;
};

struct faulty {
	struct vscmi_faults *faults;
	struct vscmi_service *service; /* the layer's */
	void *memory;
	uint64_t now_us;

	struct vscmi_service platform;
	bool holds;
	size_t reply_count;                        /* how long its replies are */
	void (*on_handle)(struct faulty *faulty);  /* NULL: nothing happens meanwhile */
	void (*on_advance)(struct faulty *faulty); /* the same */
	uint32_t serving;      /* the agent whose command it handles */
	uint32_t disconnected; /* agents, ever */

	struct faulty_agent agents[FAULTY_AGENTS + 1]; /* by id */
	void (*on_reset)(struct faulty_agent *agent);  /* NULL: the link does nothing */
	void (*on_reply)(
		struct faulty_agent *agent); /* to a command that was held; the same */
	struct faulty_message last;          /* that came up, whatever it was */
	char log[2048];
};

/* All agents are connected, with events. Places for messages_max messages of each. */
struct faulty *faulty_new(uint32_t rules_max, uint32_t messages_max, bool events);
void faulty_free(struct faulty *faulty);

/* A rule in force; protocol, message_id and probability are all of it if they are 0. Its id. */
#define faulty_add(faulty, ...) \
	faulty_add_rule(faulty, (struct vscmi_fault_rule){ __VA_ARGS__ })
uint32_t faulty_add_rule(struct faulty *faulty, struct vscmi_fault_rule rule);

/* The rule with this id. */
const struct vscmi_fault_entry *faulty_rule(struct faulty *faulty, uint32_t id);

/* The time of the layer and of the platform. */
void faulty_advance(struct faulty *faulty, uint64_t now_us);
uint64_t faulty_next_us(struct faulty *faulty);

void faulty_play(struct faulty *faulty, const char *story);

/* A test fails unless the log is this; it is empty afterwards. */
#define faulty_expect(faulty, expected) \
	faulty_expect_at(faulty, expected, __FILE__, __LINE__)
void faulty_expect_at(struct faulty *faulty, const char *expected, const char *file,
		      int line);

/* One command: its outcome, and then what the link does. */
enum vscmi_service_outcome faulty_command(struct faulty *faulty, uint32_t agent_id,
					  struct vscmi_header header, size_t room);

/* The platform has an event. */
void faulty_event(struct faulty *faulty, uint32_t agent_id, struct vscmi_header header,
		  size_t count);

#endif
