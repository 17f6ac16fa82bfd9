/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages of every length, at every address. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "message/cursor.h"
#include "vscmi/agent/event.h"
#include "vscmi/agent/sensor.h"

#define ROOM 16u

static struct flight send_with_room(struct engine *engine, enum vscmi_command_kind kind)
{
	uint8_t message[VSCMI_HEADER_BYTES];
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.message_id = 5,
		.kind = kind,
		.message = message,
		.count = sizeof(message),
		.reply_room = ROOM,
	};
	struct flight flight;

	assert_int_equal(vscmi_submit(engine->agent, &request, &flight.slot), VSCMI_OK);
	engine->kind->serve(engine->link);
	flight.command = service_last(engine->service);
	engine_expect_room(engine, flight.command, ROOM);
	return flight;
}

/* The first count bytes of a long reply, from memory that is exactly as long. */
static void reply_of_length(struct engine *engine, struct flight flight, size_t count)
{
	uint8_t *bytes = malloc(count), head[8] = { 0 };

	vscmi_le32_put(head, engine_header(flight.command));
	for (size_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)(i < sizeof(head) ? head[i] : i);
	service_reply(engine->service, flight.command, bytes, count);
	engine->kind->interrupt(engine->link);
	free(bytes);
}

static void a_reply_without_a_header_is_dropped_and_the_true_one_accepted(void **state)
{
	struct engine *engine = *state;

	for (size_t count = 0; count < VSCMI_HEADER_BYTES; count++) {
		struct flight flight = send_with_room(engine, VSCMI_SYNC);

		reply_of_length(engine, flight, count);
		assert_false(vscmi_done(engine->agent, flight.slot));
		engine_stray(engine, SCRIPT_WORDS(engine_header(flight.command), 0, 42));
		engine_expect_answer(engine, flight, 42);
	}
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_EMPTY, 1,
				VSCMI_ANOMALY_SHORT, 3, VSCMI_ANOMALIES);
	engine_expect_nothing_held(engine);
}

static void a_buffer_that_comes_back_empty_leaves_its_command_to_its_timeout(void **state)
{
	struct engine *engine = *state;
	struct flight flight = send_with_room(engine, VSCMI_SYNC);
	uint64_t start_us = engine->script->now_us;

	reply_of_length(engine, flight, 0);
	assert_int_equal(engine_end(engine, flight).error, VSCMI_E_TIMEOUT);
	assert_int_equal(engine->script->now_us - start_us, engine->kind->timeout_us);
	engine_expect_nothing_held(engine);
}

static void a_reply_without_a_status_is_malformed(void **state)
{
	struct engine *engine = *state;

	for (enum vscmi_command_kind kind = VSCMI_SYNC; kind <= VSCMI_ASYNC; kind++)
		for (size_t count = VSCMI_HEADER_BYTES; count < 8; count++) {
			struct flight flight = send_with_room(engine, kind);

			reply_of_length(engine, flight, count);
			assert_int_equal(engine_end(engine, flight).error,
					 VSCMI_E_MALFORMED);
		}
	assert_int_equal(engine->script->waits, 0);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_NO_STATUS, 8,
				VSCMI_ANOMALIES);
	engine_expect_nothing_held(engine);
}

static void a_delayed_response_without_a_status_is_malformed(void **state)
{
	struct engine *engine = *state;
	struct flight flight = engine_send(engine, VSCMI_ASYNC);
	uint32_t header = engine_header(flight.command);

	engine_reply(engine, flight.command, VSCMI_SUCCESS, SCRIPT_NOTHING);
	engine_event(engine, SCRIPT_WORDS(header | VSCMI_DELAYED_RESPONSE << 8));
	assert_int_equal(engine_end(engine, flight).error, VSCMI_E_MALFORMED);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_NO_STATUS, 1,
				VSCMI_ANOMALIES);
	engine_expect_nothing_held(engine);
}

static void an_event_without_a_header_is_dropped(void **state)
{
	struct engine *engine = *state;

	for (size_t count = 0; count < VSCMI_HEADER_BYTES; count++) {
		engine->kind->serve(engine->link);
		service_event(engine->service, "\xff\xff\xff", count);
		engine->kind->interrupt(engine->link);
	}
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_EMPTY, 1,
				VSCMI_ANOMALY_SHORT, 3, VSCMI_ANOMALIES);
}

/* Longer than the room that its command gave, and than all that the agent has. */
static void a_reply_longer_than_its_buffer_is_cut(void **state)
{
	static const size_t counts[] = { ROOM + 1, 200, SCRIPT_MESSAGE_BYTES + 1, 5000 };
	struct engine *engine = *state;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct flight flight = send_with_room(engine, VSCMI_SYNC);
		const uint8_t *answer;
		size_t count;

		reply_of_length(engine, flight, counts[i]);
		assert_int_equal(vscmi_wait(engine->agent, flight.slot).error, VSCMI_OK);
		answer = vscmi_answer(flight.slot, &count);
		assert_int_equal(count, ROOM);
		assert_memory_equal(answer + 8, "\x8\x9\xa\xb\xc\xd\xe\xf", 8);
		vscmi_release(engine->agent, flight.slot);
	}
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_OVERSIZE,
				engine->kind->cuts ? 0 : 4, VSCMI_ANOMALIES);
	engine_expect_nothing_held(engine);
}

static void a_refusal_in_too_many_bytes_is_a_refusal(void **state)
{
	struct engine *engine = *state;
	struct flight flight = engine_send(engine, VSCMI_ASYNC);

	engine_reply(engine, flight.command, VSCMI_DENIED, SCRIPT_WORDS(1, 2, 3));
	assert_int_equal(engine_end(engine, flight).status, VSCMI_DENIED);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_TRAILING, 1,
				VSCMI_ANOMALIES);
}

/*
 * ---- Addresses ----
 */

#define VALUE     UINT64_C(0x123456789abcdef0)
#define TIMESTAMP UINT64_C(0xfedcba9876543210)

static const uint32_t reading_words[] = { 0x9abcdef0, 0x12345678, 0x76543210,
					  0xfedcba98 };

static void expect_reading(const struct vscmi_sensor_reading *reading)
{
	assert_true((uint64_t)reading->value == VALUE);
	assert_true(reading->timestamp == TIMESTAMP);
}

/* Everything but SENSOR_READING_GET. */
static bool answer_at_once(struct service *service, const struct service_command *command,
			   struct service_message *ret_reply)
{
	return engine_message_id(command) != 6 &&
	       engine_answer(service, command, ret_reply);
}

/* From an address that is as far off as the link's buffers. */
static void answer_with_reading(struct script *script)
{
	struct engine *engine = script->context;
	uint32_t skew = engine->link->setup.skew;
	struct service_command *command;
	uint8_t *bytes = malloc(skew + 24);

	engine_turn(engine);
	command = service_last(engine->service);
	memcpy(bytes + skew, command->bytes, VSCMI_HEADER_BYTES);
	vscmi_le32_put(bytes + skew + 4, VSCMI_SUCCESS);
	for (uint32_t i = 0; i < 4; i++)
		vscmi_le32_put(bytes + skew + 8 + 4 * i, reading_words[i]);
	if (command->held)
		service_reply(engine->service, command, bytes + skew, 24);
	free(bytes);
	engine_turn(engine);
}

static void keep_reading(void *context, const struct vscmi_event *event)
{
	assert_int_equal(event->update.count, 1);
	*(struct vscmi_sensor_reading *)context = event->update.readings[0];
}

static void expect_readings_are_right(struct engine *engine)
{
	struct vscmi_sensor_reading reading = { 0 };
	struct vscmi_subscription *subscription;
	uint32_t count = 0;

	assert_int_equal(
		vscmi_sensor_reading_get(engine->agent, 0, &reading, 1, &count).error,
		VSCMI_OK);
	assert_int_equal(count, 1);
	expect_reading(&reading);

	memset(&reading, 0, sizeof(reading));
	assert_int_equal(vscmi_subscribe(engine->agent, VSCMI_EVENT_SENSOR_UPDATE, 0,
					 keep_reading, &reading, &subscription)
				 .error,
			 VSCMI_OK);
	engine_event(engine,
		     SCRIPT_WORDS(vscmi_header_pack((struct vscmi_header){
					  .protocol = VSCMI_PROTOCOL_SENSOR,
					  .message_id = 1,
					  .type = VSCMI_NOTIFICATION,
				  }),
				  0, 0, 0x9abcdef0, 0x12345678, 0x76543210, 0xfedcba98));
	expect_reading(&reading);
	assert_int_equal(vscmi_unsubscribe(engine->agent, subscription).error, VSCMI_OK);
}

/* Where the agent keeps what arrives, and, as far as the link lets choose, where it arrives. */
static void readings_are_right_at_any_address(void **state)
{
	struct engine *engine = *state;
	uint8_t *replies = malloc((size_t)VSCMI_TOKENS * SCRIPT_MESSAGE_BYTES + 8);

	engine->service->answer = answer_at_once;
	engine->script->on_wait = answer_with_reading;
	for (uint32_t skew = 0; skew <= 8; skew++) {
		engine->agent->config.replies = replies + skew;
		engine->link->setup.skew = skew;
		engine_reopen(engine);
		expect_readings_are_right(engine);
	}
	free(replies);
}

#define EVERY(test)   OVER_EVERY_LINK(ENGINE_OVER, test)
#define CARRIED(test) OVER_LINKS_THAT_ONLY_CARRY(ENGINE_OVER, test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CARRIED(a_reply_without_a_header_is_dropped_and_the_true_one_accepted),
		CARRIED(a_buffer_that_comes_back_empty_leaves_its_command_to_its_timeout),
		CARRIED(a_reply_without_a_status_is_malformed),
		EVERY(a_delayed_response_without_a_status_is_malformed),
		CARRIED(an_event_without_a_header_is_dropped),
		CARRIED(a_reply_longer_than_its_buffer_is_cut),
		EVERY(a_refusal_in_too_many_bytes_is_a_refusal),
		EVERY(readings_are_right_at_any_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
