/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An agent whose link and clock are the test: what it sends is kept, what arrives is what the
 * test says, and time passes only when the agent waits. Memory is exactly as long as asked for,
 * so that ASan sees a step too far.
 */
#ifndef VSCMI_TESTS_SCRIPT_H
#define VSCMI_TESTS_SCRIPT_H

#include "test.h"

#include <stdbool.h>

#include "vscmi/agent.h"
#include "vscmi/agent/event.h"

#define SCRIPT_MESSAGE_BYTES 256u
#define SCRIPT_TIMEOUT_US    UINT64_C(60000000)
#define SCRIPT_DELAYED_US    UINT64_C(2000000)

/* What a platform answers to a command: status and words, in a reply or, after a reply that
 * accepts, in a delayed response. */
struct script_answer {
	int32_t status;
	const uint32_t *words;
	size_t word_count;
	bool delayed;
};

/* A command as it was sent. */
struct sent {
	uint8_t bytes[SCRIPT_MESSAGE_BYTES];
	size_t count;
	size_t reply_room;
	uint16_t buffer;
};

struct script {
	struct vscmi_agent agent;
	struct vscmi_link link;
	struct vscmi_port port;
	struct vscmi_slot *slots;
	uint8_t *replies;
	struct vscmi_subscription *subscriptions;

	uint64_t now_us;
	struct sent sent[2 * VSCMI_TOKENS]; /* all of them, in order */
	uint32_t sent_count;
	uint32_t waits;              /* how often the agent waited */
	enum vscmi_error send_error; /* what send returns; VSCMI_OK: it sends */

	void *context; /* for the functions below; the test's */
	/* Called by send, with the command that was just sent. NULL: nothing answers. */
	void (*on_send)(struct script *script, const struct sent *sent);
	/* Called by the port's wait, before time passes. NULL: nothing happens. */
	void (*on_wait)(struct script *script);
	/* Called by the link's poll. NULL: nothing has arrived. */
	void (*on_poll)(struct script *script);

	/* For script_answer. */
	uint32_t version;                    /* of every protocol */
	const struct script_answer *answers; /* in order; commands beyond them get none */
	size_t answer_count;

	/* What the observer was told. */
	uint32_t shown[VSCMI_TRACE_DROP + 1]; /* by point */
	enum vscmi_anomaly last_anomaly;
	struct vscmi_header last_header; /* of what was dropped; zero if it had none */
};

/* A script with the link up. Free it with script_free. */
struct script *script_new(uint32_t slot_count, uint32_t subscription_count);
void script_free(struct script *script);

/* The command that was sent last. */
const struct sent *script_last(const struct script *script);

/* Let what arrived be a message with this header word, or made of words. */
void script_receive(struct script *script, enum vscmi_channel channel,
		    const uint32_t *words, size_t word_count, uint16_t buffer);

/* A reply to a command: status, then words. Its buffer comes back with it. */
void script_reply(struct script *script, const struct sent *sent, int32_t status,
		  const uint32_t *words, size_t word_count);

/* Its delayed response. */
void script_delayed(struct script *script, const struct sent *sent, int32_t status,
		    const uint32_t *words, size_t word_count);

/* A notification. */
void script_notify(struct script *script, enum vscmi_event_kind kind,
		   const uint32_t *words, size_t word_count);

/* An on_send: PROTOCOL_VERSION gets version, every other command the next of the answers. */
void script_answer(struct script *script, const struct sent *sent);

uint32_t script_header(const struct sent *sent);

/* A word of a command, 0 being the one after the header. */
uint32_t script_word(const struct sent *sent, size_t index);

/* Submit a message of the Clock protocol without a payload; it must succeed. */
struct vscmi_slot *script_submit(struct script *script, enum vscmi_command_kind kind);

/* Every anomaly but these has count 0; ends with VSCMI_ANOMALIES, each followed by its count. */
void script_expect_anomalies(const struct script *script, ...);

/* How a command ended, which it has, without another wait. */
struct vscmi_result script_ended(struct script *script, struct vscmi_slot *command);

/* It has, with SUCCESS and this one word. */
void script_expect_answer(struct script *script, struct vscmi_slot *command,
			  uint32_t word);

/* Nothing is in flight or lent: as many commands as there are slots can be sent. */
void script_expect_all_slots_free(struct script *script);

/* No command can be sent. */
void script_expect_busy(struct script *script);

#define SCRIPT_WORDS(...) \
	(const uint32_t[]){ __VA_ARGS__ }, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4
#define SCRIPT_NOTHING NULL, 0

#endif
