/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine.h"

#include <stdlib.h>

#include "message/cursor.h"

#define WORDS_MAX 32u

/*
 * ---- The link ----
 */

void engine_turn(struct engine *engine)
{
	engine->kind->serve(engine->link);
	engine->kind->interrupt(engine->link);
}

static void turn_while_waiting(struct script *script)
{
	engine_turn(script->context);
}

static void open_link(struct engine *engine, const struct link_setup *setup)
{
	struct vscmi_agent_config config = engine->agent->config;

	engine->link = engine->kind->open(setup);
	config.link = engine->link->link;
	assert_int_equal(vscmi_agent_init(engine->agent, &config), VSCMI_OK);
	assert_int_equal(engine->kind->start(engine->link), VSCMI_OK);
}

int engine_set_up(void **state)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	struct link_setup setup = {
		.agent_id = 1,
		.in_flight = ENGINE_IN_FLIGHT,
		.event_buffers = ENGINE_EVENT_BUFFERS,
	};

	assert_non_null(engine);
	engine->kind = *state;
	engine->service = service_new(engine->kind->in_flight_max);
	setup.service = &engine->service->service;
	engine->script = script_new(VSCMI_TOKENS, 4);
	engine->script->context = engine;
	engine->script->on_wait = turn_while_waiting;
	engine->agent = &engine->script->agent;
	open_link(engine, &setup);
	*state = engine;
	return 0;
}

int engine_tear_down(void **state)
{
	struct engine *engine = *state;

	engine->kind->stop(engine->link);
	engine->kind->close(engine->link);
	script_free(engine->script);
	free(engine->service);
	free(engine);
	return 0;
}

void engine_restart(struct engine *engine)
{
	if (engine->kind->restarts)
		assert_int_equal(engine->kind->start(engine->link), VSCMI_OK);
	else
		engine_reopen(engine);
}

void engine_reopen(struct engine *engine)
{
	const struct link_setup setup = engine->link->setup;

	engine->kind->stop(engine->link);
	engine->kind->close(engine->link);
	open_link(engine, &setup);
}

void engine_resize(struct engine *engine, uint32_t in_flight, uint32_t event_buffers)
{
	engine->kind->stop(engine->link);
	engine->link->setup.in_flight = in_flight;
	engine->link->setup.event_buffers = event_buffers;
	engine_restart(engine);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

uint32_t engine_events_at_once(const struct engine *engine, uint32_t events)
{
	uint32_t buffers = engine->kind->event_buffers_max;

	if (engine->kind->resizes)
		buffers = smaller(buffers, engine->link->setup.event_buffers);
	return engine->kind->event_buffers_max ? smaller(buffers, events) : events;
}

/*
 * ---- Messages ----
 */

struct flight engine_send(struct engine *engine, enum vscmi_command_kind kind)
{
	uint32_t commands = engine->service->command_count;
	struct flight flight = { .slot = script_submit(engine->script, kind) };

	engine->kind->serve(engine->link);
	assert_int_equal(engine->service->command_count, commands + 1);
	flight.command = service_last(engine->service);
	return flight;
}

struct flight engine_hold(struct engine *engine)
{
	bool must_leave = engine->kind->one_at_a_time;
	struct flight flight = engine_send(engine, must_leave ? VSCMI_ASYNC : VSCMI_SYNC);

	if (must_leave)
		engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	return flight;
}

void engine_answer_held(struct engine *engine, struct flight flight, uint32_t word)
{
	if (engine->kind->one_at_a_time)
		engine_delayed(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(word));
	else
		engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_WORDS(word));
	engine_expect_answer(engine, flight, word);
}

uint32_t engine_header(const struct service_command *command)
{
	return vscmi_le32_get(command->bytes);
}

uint32_t engine_token(const struct service_command *command)
{
	return vscmi_header_unpack(engine_header(command)).token;
}

static size_t pack(uint8_t *bytes, const uint32_t *front, size_t front_count,
		   const uint32_t *words, size_t word_count)
{
	assert_true(front_count + word_count <= WORDS_MAX);
	for (size_t i = 0; i < front_count + word_count; i++)
		vscmi_le32_put(bytes + 4 * i,
			       i < front_count ? front[i] : words[i - front_count]);
	return 4 * (front_count + word_count);
}

uint8_t engine_message_id(const struct service_command *command)
{
	return vscmi_header_unpack(engine_header(command)).message_id;
}

bool engine_answer(struct service *service, const struct service_command *command,
		   struct service_message *ret_reply)
{
	bool asks_version = engine_message_id(command) == 0;
	const uint32_t words[] = { engine_header(command), VSCMI_SUCCESS, 0x30000 };

	ret_reply->count = pack(ret_reply->bytes, words, asks_version ? 3 : 2, NULL, 0);
	return true;
}

static void say_in(struct engine *engine, struct service_command *command,
		   const uint32_t *front, size_t front_count, const uint32_t *words,
		   size_t word_count)
{
	uint8_t bytes[4 * WORDS_MAX];

	service_reply(engine->service, command, bytes,
		      pack(bytes, front, front_count, words, word_count));
	engine->kind->interrupt(engine->link);
}

void engine_say_in(struct engine *engine, struct service_command *command,
		   const uint32_t *words, size_t word_count)
{
	say_in(engine, command, NULL, 0, words, word_count);
}

void engine_reply(struct engine *engine, struct service_command *command, int32_t status,
		  const uint32_t *words, size_t word_count)
{
	const uint32_t front[] = { engine_header(command), (uint32_t)status };

	say_in(engine, command, front, 2, words, word_count);
}

void engine_stray(struct engine *engine, const uint32_t *words, size_t word_count)
{
	struct flight spare = engine_send(engine, VSCMI_SYNC);

	vscmi_release(engine->agent, spare.slot);
	engine_say_in(engine, spare.command, words, word_count);
}

static void event(struct engine *engine, const uint32_t *front, size_t front_count,
		  const uint32_t *words, size_t word_count)
{
	uint8_t bytes[4 * WORDS_MAX];

	engine->kind->serve(engine->link); /* buffers that the agent has returned */
	service_event(engine->service, bytes,
		      pack(bytes, front, front_count, words, word_count));
	engine->kind->interrupt(engine->link);
}

void engine_event(struct engine *engine, const uint32_t *words, size_t word_count)
{
	event(engine, NULL, 0, words, word_count);
}

void engine_delayed(struct engine *engine, const struct service_command *command,
		    int32_t status, const uint32_t *words, size_t word_count)
{
	const uint32_t front[] = { engine_header(command) | VSCMI_DELAYED_RESPONSE << 8,
				   (uint32_t)status };

	event(engine, front, 2, words, word_count);
}

/*
 * ---- Expectations ----
 */

void engine_expect_answer(struct engine *engine, struct flight flight, uint32_t word)
{
	script_expect_answer(engine->script, flight.slot, word);
	vscmi_release(engine->agent, flight.slot);
}

void engine_expect_lost(struct engine *engine, struct flight flight)
{
	struct vscmi_result result = script_ended(engine->script, flight.slot);

	assert_int_equal(result.error, VSCMI_E_LINK_LOST);
	vscmi_release(engine->agent, flight.slot);
}

void engine_expect_room(struct engine *engine, const struct service_command *command,
			size_t room)
{
	assert_int_equal(command->room, engine->kind->tells_room
						? room
						: engine->link->link->max_message_bytes);
}

struct vscmi_result engine_end(struct engine *engine, struct flight flight)
{
	struct vscmi_result result = vscmi_wait(engine->agent, flight.slot);

	vscmi_release(engine->agent, flight.slot);
	return result;
}

void engine_expect_no_slot_in_use(struct engine *engine)
{
	for (uint32_t i = 0; i < VSCMI_TOKENS; i++)
		assert_int_equal(atomic_load(&engine->script->slots[i].word), 0);
}

void engine_expect_nothing_held(struct engine *engine)
{
	uint32_t count = engine->link->link->max_messages;
	struct flight flights[VSCMI_TOKENS];

	engine_expect_no_slot_in_use(engine);
	for (uint32_t i = 0; i < count; i++)
		flights[i] = engine_hold(engine);
	script_expect_busy(engine->script);
	for (uint32_t i = 0; i < count; i++)
		engine_answer_held(engine, flights[i], i);
	engine_expect_no_slot_in_use(engine);
}
