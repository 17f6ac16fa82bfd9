/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For scenarios of the agent's engine: an agent whose clock is the test, a link of any kind, and
 * a service that does what the test says. Nothing arrives but in the functions here, and while
 * the agent waits.
 */
#ifndef VSCMI_TESTS_ENGINE_H
#define VSCMI_TESTS_ENGINE_H

#include "test.h"

#include "links.h"
#include "script.h"
#include "service.h"

#define ENGINE_IN_FLIGHT     8u
#define ENGINE_EVENT_BUFFERS 8u

struct engine {
	const struct link_kind *kind;
	struct script *script; /* the agent, with 1024 slots, and its clock */
	struct vscmi_agent *agent;
	struct service *service;
	struct test_link
		*link; /* up; ENGINE_IN_FLIGHT and ENGINE_EVENT_BUFFERS, if it resizes */
};

/* A command in flight, as both ends see it. */
struct flight {
	struct vscmi_slot *slot;
	struct service_command *command;
};

/* From a struct link_kind to a struct engine, and its end. */
int engine_set_up(void **state);
int engine_tear_down(void **state);
#define ENGINE_OVER(link, test)                                              \
	{                                                                    \
#test " over " #link, test, engine_set_up, engine_tear_down, \
			(void *)(uintptr_t)&link_##link                      \
	}

/*
 * ---- The link ----
 */

/* What is on its way arrives: commands and buffers at the service, then all else at the agent. */
void engine_turn(struct engine *engine);

/* Start the link again after a stop; where it cannot, open another one. */
void engine_restart(struct engine *engine);

/* Begin anew: another link, as engine->link->setup says, and the agent as its config says. */
void engine_reopen(struct engine *engine);

/* Stop, and start with other limits, as far as the link resizes. */
void engine_resize(struct engine *engine, uint32_t in_flight, uint32_t event_buffers);

/* How many of so many events can be on their way at once: the others wait for buffers. */
uint32_t engine_events_at_once(const struct engine *engine, uint32_t events);

/*
 * ---- Messages; those that the service sends have arrived on return ----
 */

/* Submit a command, which arrives at the service. */
struct flight engine_send(struct engine *engine, enum vscmi_command_kind kind);

/* A command that stays in flight, whatever else is sent: one that the link need not carry any
 * more if it carries one at a time. engine_answer_held ends it with that word. */
struct flight engine_hold(struct engine *engine);
void engine_answer_held(struct engine *engine, struct flight flight, uint32_t word);

uint32_t engine_header(const struct service_command *command);
uint32_t engine_token(const struct service_command *command);

/* Any words in the buffer of a command. */
void engine_say_in(struct engine *engine, struct service_command *command,
		   const uint32_t *words, size_t word_count);

/* A reply in its command's own buffer: status, then words. */
void engine_reply(struct engine *engine, struct service_command *command, int32_t status,
		  const uint32_t *words, size_t word_count);

/* Any words on the channel of replies, in the buffer of a command that nobody waits for. */
void engine_stray(struct engine *engine, const uint32_t *words, size_t word_count);

/* Any words on the channel of events. */
void engine_event(struct engine *engine, const uint32_t *words, size_t word_count);

/* A delayed response: status, then words. */
void engine_delayed(struct engine *engine, const struct service_command *command,
		    int32_t status, const uint32_t *words, size_t word_count);

/* For service->answer: PROTOCOL_VERSION says 3.0, all else succeeds and says nothing. */
bool engine_answer(struct service *service, const struct service_command *command,
		   struct service_message *ret_reply);

/* A command's message id. */
uint8_t engine_message_id(const struct service_command *command);

/*
 * ---- Expectations ----
 */

/* It ended with SUCCESS and that word; let go of it. */
void engine_expect_answer(struct engine *engine, struct flight flight, uint32_t word);

/* It has ended with the link, without an answer of the service; let go of it. */
void engine_expect_lost(struct engine *engine, struct flight flight);

/* It says how long its reply may be, if the link does. */
void engine_expect_room(struct engine *engine, const struct service_command *command,
			size_t room);

/* How it ends, after whatever wait; let go of it. */
struct vscmi_result engine_end(struct engine *engine, struct flight flight);

/* No slot is in use or lent. */
void engine_expect_no_slot_in_use(struct engine *engine);

/* The same, and as many commands as the link holds can be sent, and no more. */
void engine_expect_nothing_held(struct engine *engine);

#endif
