/* SPDX-License-Identifier: BSD-3-Clause */
/* The sensor protocol, as the platform serves it. */

#include "bench.h"
#include "message/cursor.h"
#include "test.h"

enum {
	ATTRIBUTES = 0x1,
	MESSAGE_ATTRIBUTES = 0x2,
	DESCRIBE = 0x3,
	TRIP_NOTIFY = 0x4,
	TRIP_CONFIG = 0x5,
	READ = 0x6,
	DESCRIBE_AXES = 0x7,
	INTERVALS = 0x8,
	CONFIG_GET = 0x9,
	CONFIG_SET = 0xa,
	UPDATE_NOTIFY = 0xb,
	NAME_GET = 0xc,
	AXIS_NAMES = 0xd,
};

/* Of base. */
enum { SET_DEVICE = 0x9 };

enum { RISING = 1, FALLING = 2, BOTH = 3 };

#define MS 1000u

/* The words of a descriptor, and what they are. */
#define ID         0
#define LOW        1
#define HIGH       2
#define NAME       3
#define POWER      7
#define RESOLUTION 8
#define MIN        9
#define MAX        11

/* sensor_config: seconds, exponent, and the low bits. */
#define CONFIG(seconds, exponent, bits) \
	((uint32_t)(seconds) << 16 | ((uint32_t)(exponent)&0x1f) << 11 | (bits))
#define ROUND_UP      (1u << 9)
#define ROUND_NEAREST (1u << 10)
#define TIMESTAMPS    (1u << 1)
#define ENABLED       (1u << 0)

#define SIGNED5(value, shift) (((uint32_t)(value)&0x1f) << (shift))

static void descriptors_are_as_long_as_they_say(void **state)
{
	struct bench *bench = *state;
	struct bench_answer answer = ask(bench, PEER, SENSOR, DESCRIBE, 0);
	const uint32_t *word = answer.words + 1;

	assert_words(ask(bench, PEER, SENSOR, ATTRIBUTES),
		     BENCH_PENDING_MAX << 16 | SENSORS, 0, 0, 0);
	assert_int_equal(answer.status, VSCMI_SUCCESS);
	assert_int_equal(answer.words[0], SENSORS);
	assert_int_equal(answer.word_count, 1 + 13 + 7 + 7 + 7);
	assert_int_equal(word[ID], SENSOR_FULL);
	assert_int_equal(word[LOW], 1u << 31 | 1 << 30 | 1 << 29 | SIGNED5(-6, 10) |
					    1 << 9 | 1 << 8 | 2);
	assert_int_equal(word[HIGH], SIGNED5(-1, 11) | 2);
	assert_int_equal(word[NAME], 'f' | 'u' << 8 | 'l' << 16 | 'l' << 24);
	assert_int_equal(word[POWER], 300);
	assert_int_equal(word[RESOLUTION], SIGNED5(-1, 27) | 5);
	assert_int_equal(word[MIN], (uint32_t)-400);
	assert_int_equal(word[MIN + 1], ~0u);
	assert_int_equal(word[MAX], 1250);
	word += 13;
	assert_int_equal(word[ID], SENSOR_AXES);
	assert_int_equal(word[LOW], 1 << 30);
	assert_int_equal(word[HIGH], 3 << 16 | 1 << 8);
	word += 7;
	assert_int_equal(word[LOW], 0);
	assert_int_equal(word[HIGH], SIGNED5(-3, 11) | 5);
}

static void power_alone_makes_a_descriptor_with_axes_extended(void **state)
{
	struct bench bench;
	struct bench_answer answer;

	bench_describe(&bench);
	bench.sensors[SENSOR_AXES].power_uw = 9;
	bench_start(&bench, true);
	answer = ask(&bench, PEER, SENSOR, DESCRIBE, SENSOR_AXES);
	assert_int_equal(answer.word_count, 1 + 8 + 7 + 7);
	assert_int_equal(answer.words[1 + LOW], 1 << 30 | 1 << 8);
	assert_int_equal(answer.words[1 + POWER], 9);
	bench_end(&bench);
}

/* As of a board, and at each place. */
static void a_page_begins_where_it_is_asked_to_where_nothing_can_be_denied(void **state)
{
	struct bench bench;

	bench_describe(&bench);
	bench.base.device_count = 0;
	bench.clocks[CLOCK_RANGE].device_id = 0;
	bench.sensors[SENSOR_AXES].device_id = 0;
	bench_start(&bench, true);
	for (uint32_t i = 0; i < SENSORS; i++) {
		struct bench_answer answer = ask(&bench, PEER, SENSOR, DESCRIBE, i);

		assert_int_equal(answer.words[0], SENSORS - i);
		assert_int_equal(answer.words[1 + ID], i);
	}
	assert_int_equal(status_of(&bench, PEER, SENSOR, DESCRIBE, SENSORS),
			 VSCMI_INVALID_PARAMETERS);
	bench_end(&bench);
}

static void old_versions_have_old_descriptors(void **state)
{
	struct bench *bench = *state;
	struct bench_answer answer;

	bench_negotiate(bench, PEER, VSCMI_PROTOCOL_SENSOR, 0x20000);
	answer = ask(bench, PEER, SENSOR, DESCRIBE, 0);
	assert_int_equal(answer.words[1 + LOW] >> 29 & 1, 0);
	assert_int_equal(answer.word_count, 1 + 13 + 7 + 7 + 7);
	bench_negotiate(bench, PEER, VSCMI_PROTOCOL_SENSOR, 0x10000);
	answer = ask(bench, PEER, SENSOR, DESCRIBE, 0);
	assert_int_equal(answer.word_count, 1 + 4 * 7);
	assert_int_equal(answer.words[1 + LOW], 1u << 31 | 2);
	/* 500 ms are 5 * 10^-1; 1000 * 10^-3 does not fit 5 bits and is 10 * 10^-1. */
	assert_int_equal(answer.words[1 + HIGH],
			 5u << 27 | SIGNED5(-1, 22) | SIGNED5(-1, 11) | 2);
	assert_int_equal(answer.words[1 + 21 + HIGH] >> 22, 10 << 5 | SIGNED5(-1, 0));
	/* The first axis for all of them. */
	assert_int_equal(answer.words[1 + 7 + HIGH] & 0xffff, SIGNED5(-2, 11) | 0x59);
	assert_words(ask(bench, PEER, SENSOR, READ, SENSOR_AXES, 0), 200, 0);
	assert_words(ask(bench, PEER, SENSOR, READ, SENSOR_OFF, 0), 400, 0);
}

static void axes_have_descriptors_and_long_names(void **state)
{
	struct bench *bench = *state;
	struct bench_answer answer =
		ask(bench, PEER, SENSOR, DESCRIBE_AXES, SENSOR_AXES, 0);

	assert_int_equal(answer.words[0], 3);
	assert_int_equal(answer.word_count, 1 + 12 + 7 + 12);
	assert_int_equal(answer.words[1 + LOW], 1 << 8);
	assert_int_equal(answer.words[1 + HIGH], SIGNED5(-2, 11) | 0x59);
	assert_int_equal(answer.words[1 + 7], SIGNED5(-1, 27) | 5);
	assert_int_equal(answer.words[1 + 12 + ID], 1);
	assert_int_equal(answer.words[1 + 12 + LOW], 0);
	assert_int_equal(answer.words[1 + 19 + ID], 2);
	assert_int_equal(answer.words[1 + 19 + LOW], 1 << 9 | 1 << 8);
	/* Only one has a long name. */
	answer = ask(bench, PEER, SENSOR, AXIS_NAMES, SENSOR_AXES, 0);
	assert_int_equal(answer.words[0], 1);
	assert_int_equal(answer.word_count, 1 + 17);
	assert_int_equal(answer.words[1], 2);
	assert_memory_equal(answer.message.bytes + 16, "the axis that points up\0", 25);
	answer = ask(bench, PEER, SENSOR, NAME_GET, SENSOR_FULL);
	assert_int_equal(answer.word_count, 17);
	assert_memory_equal(answer.message.bytes + 12, "the sensor with everything\0",
			    28);
}

static void requests_are_refused_for_the_right_reason(void **state)
{
	static const struct {
		const char *what;
		uint32_t agent_id;
		uint8_t message_id, word_count;
		int32_t status;
		uint32_t words[4];
	} cases[] = {
		{ "size before id", PEER, READ, 1, VSCMI_PROTOCOL_ERROR, { 9 } },
		{ "describe: end",
		  PEER,
		  DESCRIBE,
		  1,
		  VSCMI_INVALID_PARAMETERS,
		  { SENSORS } },
		{ "describe: far", PEER, DESCRIBE, 1, VSCMI_INVALID_PARAMETERS, { ~0u } },
		{ "read: id", PEER, READ, 2, VSCMI_NOT_FOUND, { SENSORS, 2 } },
		{ "read: hidden", GUEST, READ, 2, VSCMI_NOT_FOUND, { 1, 0 } },
		{ "read: flags", PEER, READ, 2, VSCMI_INVALID_PARAMETERS, { 0, 2 } },
		{ "read: async", PEER, READ, 2, VSCMI_NOT_SUPPORTED, { SENSOR_AXES, 1 } },
		{ "read: disabled",
		  PEER,
		  READ,
		  2,
		  VSCMI_PROTOCOL_ERROR,
		  { SENSOR_OFF, 0 } },
		{ "axes: id", PEER, DESCRIBE_AXES, 2, VSCMI_NOT_FOUND, { 9, 0 } },
		{ "axes: scalar", PEER, DESCRIBE_AXES, 2, VSCMI_NOT_SUPPORTED, { 0, 0 } },
		{ "axes: end",
		  PEER,
		  DESCRIBE_AXES,
		  2,
		  VSCMI_OUT_OF_RANGE,
		  { SENSOR_AXES, 3 } },
		{ "axis names: id", PEER, AXIS_NAMES, 2, VSCMI_NOT_FOUND, { 9, 0 } },
		{ "axis names: scalar",
		  PEER,
		  AXIS_NAMES,
		  2,
		  VSCMI_NOT_SUPPORTED,
		  { 0, 0 } },
		{ "axis names: end",
		  PEER,
		  AXIS_NAMES,
		  2,
		  VSCMI_OUT_OF_RANGE,
		  { SENSOR_AXES, 1 } },
		{ "intervals: id", PEER, INTERVALS, 2, VSCMI_NOT_FOUND, { 9, 0 } },
		{ "intervals: none",
		  PEER,
		  INTERVALS,
		  2,
		  VSCMI_NOT_SUPPORTED,
		  { SENSOR_PLAIN, 0 } },
		{ "intervals: end",
		  PEER,
		  INTERVALS,
		  2,
		  VSCMI_OUT_OF_RANGE,
		  { SENSOR_FULL, 3 } },
		{ "intervals: triplet",
		  PEER,
		  INTERVALS,
		  2,
		  VSCMI_OUT_OF_RANGE,
		  { SENSOR_OFF, 1 } },
		{ "name: id", PEER, NAME_GET, 1, VSCMI_NOT_FOUND, { 9 } },
		{ "name: none", PEER, NAME_GET, 1, VSCMI_NOT_FOUND, { SENSOR_PLAIN } },
		{ "config get: id", PEER, CONFIG_GET, 1, VSCMI_NOT_FOUND, { 9 } },
		{ "config: id", PEER, CONFIG_SET, 2, VSCMI_NOT_FOUND, { 9, 4 } },
		{ "config: denied", GUEST, CONFIG_SET, 2, VSCMI_DENIED, { 0, 4 } },
		{ "config: bits",
		  PEER,
		  CONFIG_SET,
		  2,
		  VSCMI_INVALID_PARAMETERS,
		  { 0, 4 } },
		{ "config: no timestamps",
		  PEER,
		  CONFIG_SET,
		  2,
		  VSCMI_NOT_SUPPORTED,
		  { SENSOR_OFF, TIMESTAMPS } },
		{ "config: no intervals",
		  PEER,
		  CONFIG_SET,
		  2,
		  VSCMI_NOT_SUPPORTED,
		  { SENSOR_PLAIN, CONFIG(1, 0, ENABLED) } },
		{ "config: too short",
		  PEER,
		  CONFIG_SET,
		  2,
		  VSCMI_INVALID_PARAMETERS,
		  { SENSOR_FULL, CONFIG(1, -3, ENABLED) } },
		{ "config: too long",
		  PEER,
		  CONFIG_SET,
		  2,
		  VSCMI_INVALID_PARAMETERS,
		  { SENSOR_FULL, CONFIG(3, 0, ENABLED | ROUND_UP) } },
		{ "trip: id", PEER, TRIP_CONFIG, 4, VSCMI_NOT_FOUND, { 9, 1, 0, 0 } },
		{ "trip: bits",
		  PEER,
		  TRIP_CONFIG,
		  4,
		  VSCMI_INVALID_PARAMETERS,
		  { 0, 1 << 2, 0, 0 } },
		{ "trip: point",
		  PEER,
		  TRIP_CONFIG,
		  4,
		  VSCMI_INVALID_PARAMETERS,
		  { 0, 2 << 4, 0, 0 } },
		{ "trip: none",
		  PEER,
		  TRIP_CONFIG,
		  4,
		  VSCMI_NOT_SUPPORTED,
		  { 1, 1, 0, 0 } },
		{ "trip notify: id", PEER, TRIP_NOTIFY, 2, VSCMI_NOT_FOUND, { 9, 1 } },
		{ "trip notify: bits",
		  PEER,
		  TRIP_NOTIFY,
		  2,
		  VSCMI_INVALID_PARAMETERS,
		  { 0, 2 } },
		{ "trip notify: none",
		  PEER,
		  TRIP_NOTIFY,
		  2,
		  VSCMI_NOT_SUPPORTED,
		  { 1, 1 } },
		{ "update notify: id",
		  PEER,
		  UPDATE_NOTIFY,
		  2,
		  VSCMI_NOT_FOUND,
		  { 9, 1 } },
		{ "update notify: bits",
		  PEER,
		  UPDATE_NOTIFY,
		  2,
		  VSCMI_INVALID_PARAMETERS,
		  { 0, 2 } },
		{ "update notify: none",
		  PEER,
		  UPDATE_NOTIFY,
		  2,
		  VSCMI_NOT_SUPPORTED,
		  { 2, 1 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench_answer answer = bench_ask_with_room(
			*state, cases[i].agent_id, VSCMI_PROTOCOL_SENSOR,
			cases[i].message_id, cases[i].words, cases[i].word_count, 140);

		if (answer.status != cases[i].status)
			print_error("%s\n", cases[i].what);
		assert_int_equal(answer.status, cases[i].status);
	}
}

static void commands_for_what_no_sensor_has_are_not_provided(void **state)
{
	struct bench *bench = *state;

	for (uint8_t id = TRIP_NOTIFY; id <= AXIS_NAMES; id++) {
		bool provided = id == READ || id == CONFIG_GET || id == CONFIG_SET;

		assert_int_equal(status_of(bench, PEER, SENSOR, MESSAGE_ATTRIBUTES, id),
				 VSCMI_SUCCESS);
		assert_int_equal(status_of(bench, GUEST, SENSOR, MESSAGE_ATTRIBUTES, id),
				 provided ? VSCMI_SUCCESS : VSCMI_NOT_FOUND);
		if (!provided)
			assert_int_equal(status_of(bench, GUEST, SENSOR, id, 0),
					 VSCMI_NOT_SUPPORTED);
	}
}

static void without_events_nothing_is_announced_that_needs_them(void **state)
{
	struct bench bench;
	uint32_t low;

	bench_describe(&bench);
	bench_start(&bench, false);
	assert_words(ask(&bench, PEER, SENSOR, ATTRIBUTES), SENSORS, 0, 0, 0);
	low = ask(&bench, PEER, SENSOR, DESCRIBE, 0).words[1 + LOW];
	assert_int_equal(low, 1 << 29 | SIGNED5(-6, 10) | 1 << 9 | 1 << 8);
	assert_int_equal(status_of(&bench, PEER, SENSOR, READ, 0, 1),
			 VSCMI_NOT_SUPPORTED);
	assert_int_equal(status_of(&bench, PEER, SENSOR, TRIP_NOTIFY, 0, 1),
			 VSCMI_NOT_SUPPORTED);
	assert_int_equal(status_of(&bench, PEER, SENSOR, TRIP_CONFIG, 0, 1, 0, 0),
			 VSCMI_NOT_SUPPORTED);
	assert_int_equal(status_of(&bench, PEER, SENSOR, UPDATE_NOTIFY, 0, 1),
			 VSCMI_NOT_SUPPORTED);
	for (uint8_t id = TRIP_NOTIFY; id <= TRIP_CONFIG; id++)
		assert_int_equal(status_of(&bench, PEER, SENSOR, MESSAGE_ATTRIBUTES, id),
				 VSCMI_NOT_FOUND);
	assert_int_equal(
		status_of(&bench, PEER, SENSOR, MESSAGE_ATTRIBUTES, UPDATE_NOTIFY),
		VSCMI_NOT_FOUND);
	bench_end(&bench);
}

/*
 * ---- Readings and configuration ----
 */

static void a_reading_has_one_value_for_each_axis(void **state)
{
	struct bench *bench = *state;

	bench->sensor[SENSOR_PLAIN].readings[0].value = -5;
	assert_words(ask(bench, PEER, SENSOR, READ, SENSOR_PLAIN, 0), (uint32_t)-5, ~0u,
		     0, 0);
	assert_words(ask(bench, GUEST, SENSOR, READ, 0, 0), (uint32_t)-5, ~0u, 0, 0);
	assert_words(ask(bench, PEER, SENSOR, READ, SENSOR_AXES, 0), 200, 0, 0, 0, 201, 0,
		     0, 0, 202, 0, 0, 0);
	assert_int_equal(
		ask_with_room(bench, 55, PEER, SENSOR, READ, SENSOR_AXES, 0).status,
		VSCMI_COMMS_ERROR);
	bench->sensor[SENSOR_AXES].status = VSCMI_HARDWARE_ERROR;
	assert_int_equal(status_of(bench, PEER, SENSOR, READ, SENSOR_AXES, 0),
			 VSCMI_HARDWARE_ERROR);
}

static void timestamps_come_once_they_are_enabled(void **state)
{
	struct bench *bench = *state;

	assert_words(ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 0), 100, 0, 0, 0);
	assert_int_equal(status_of(bench, PEER, SENSOR, CONFIG_SET, SENSOR_FULL,
				   CONFIG(0, 0, ENABLED | TIMESTAMPS)),
			 VSCMI_SUCCESS);
	assert_words(ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 0), 100, 0, 7000, 0);
	assert_words(ask(bench, PEER, SENSOR, CONFIG_GET, SENSOR_FULL),
		     CONFIG(5, -1, ENABLED | TIMESTAMPS));
}

static void a_disabled_sensor_is_enabled_by_its_configuration(void **state)
{
	struct bench *bench = *state;

	assert_words(ask(bench, PEER, SENSOR, CONFIG_GET, SENSOR_OFF),
		     CONFIG(1000, -3, 0));
	assert_words(ask(bench, PEER, SENSOR, CONFIG_SET, SENSOR_OFF, ENABLED));
	assert_words(ask(bench, PEER, SENSOR, READ, SENSOR_OFF, 0), 400, 0, 0, 0);
	assert_words(ask(bench, PEER, SENSOR, CONFIG_GET, SENSOR_OFF),
		     CONFIG(1000, -3, ENABLED));
	/* It goes back with the agent that did it. */
	vscmi_platform_connect(bench->platform, PEER, &bench->agent[PEER].channel);
	assert_int_equal(status_of(bench, PEER, SENSOR, READ, SENSOR_OFF, 0),
			 VSCMI_PROTOCOL_ERROR);
	/* The resource can refuse. */
	bench->sensor[SENSOR_OFF].status = VSCMI_HARDWARE_ERROR;
	assert_int_equal(status_of(bench, PEER, SENSOR, CONFIG_SET, SENSOR_OFF, ENABLED),
			 VSCMI_HARDWARE_ERROR);
	assert_words(ask(bench, PEER, SENSOR, CONFIG_GET, SENSOR_OFF),
		     CONFIG(1000, -3, 0));
}

static void intervals_come_as_a_list_or_as_a_triplet(void **state)
{
	struct bench *bench = *state;

	assert_words(ask(bench, PEER, SENSOR, INTERVALS, SENSOR_FULL, 0), 3,
		     10 << 5 | SIGNED5(-3, 0), 5 << 5 | SIGNED5(-1, 0), 2 << 5);
	assert_words(ask(bench, PEER, SENSOR, INTERVALS, SENSOR_FULL, 2), 1, 2 << 5);
	assert_words(ask(bench, PEER, SENSOR, INTERVALS, SENSOR_OFF, 0), 1 << 12 | 3,
		     1000 << 5 | SIGNED5(-3, 0), 2000 << 5 | SIGNED5(-3, 0),
		     250 << 5 | SIGNED5(-3, 0));
	assert_int_equal(
		ask_with_room(bench, 23, PEER, SENSOR, INTERVALS, SENSOR_OFF, 0).status,
		VSCMI_COMMS_ERROR);
}

static void an_interval_is_rounded_as_the_agent_says(void **state)
{
	static const struct {
		uint32_t sensor_id, wanted, is;
	} cases[] = {
		{ SENSOR_FULL, CONFIG(10, -3, 0), CONFIG(10, -3, 0) },
		{ SENSOR_FULL, CONFIG(500, -3, 0),
		  CONFIG(5, -1, 0) }, /* the same, said otherwise */
		{ SENSOR_FULL, CONFIG(499, -3, 0), CONFIG(10, -3, 0) },
		{ SENSOR_FULL, CONFIG(11, -3, ROUND_UP), CONFIG(5, -1, 0) },
		{ SENSOR_FULL, CONFIG(1, 3, 0), CONFIG(2, 0, 0) },
		{ SENSOR_FULL, CONFIG(1, -3, ROUND_UP), CONFIG(10, -3, 0) },
		{ SENSOR_FULL, CONFIG(1, 15, ROUND_NEAREST), CONFIG(2, 0, 0) },
		{ SENSOR_FULL, CONFIG(1, -16, ROUND_NEAREST), CONFIG(10, -3, 0) },
		{ SENSOR_FULL, CONFIG(300, -3, ROUND_NEAREST), CONFIG(5, -1, 0) },
		{ SENSOR_FULL, CONFIG(200, -3, ROUND_NEAREST | ROUND_UP),
		  CONFIG(10, -3, 0) },
		{ SENSOR_OFF, CONFIG(1, 0, 0), CONFIG(1000, -3, 0) },
		{ SENSOR_OFF, CONFIG(1300, -3, 0), CONFIG(1250, -3, 0) },
		{ SENSOR_OFF, CONFIG(1300, -3, ROUND_UP), CONFIG(1500, -3, 0) },
		{ SENSOR_OFF, CONFIG(2, 0, 0), CONFIG(2000, -3, 0) },
		{ SENSOR_OFF, CONFIG(0, 0, 0), CONFIG(2000, -3, 0) }, /* as it is */
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(status_of(bench, PEER, SENSOR, CONFIG_SET,
					   cases[i].sensor_id, cases[i].wanted),
				 VSCMI_SUCCESS);
		assert_words(ask(bench, PEER, SENSOR, CONFIG_GET, cases[i].sensor_id),
			     cases[i].is);
	}
}

static void an_interval_is_found_at_any_place_of_the_longest_triplet(void **state)
{
	static const struct vscmi_sensor_interval triplet[] = { { 1, -5 },
								{ 65535, -5 },
								{ 1, -5 } };
	static const uint16_t places[] = { 1, 2, 3, 32767, 32768, 65534, 65535 };
	struct bench bench;

	bench_describe(&bench);
	bench.sensors[SENSOR_OFF].intervals = triplet;
	bench_start(&bench, true);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		uint32_t config = CONFIG((uint32_t)places[i], -5, 0);

		assert_int_equal(
			status_of(&bench, PEER, SENSOR, CONFIG_SET, SENSOR_OFF, config),
			VSCMI_SUCCESS);
		assert_words(ask(&bench, PEER, SENSOR, CONFIG_GET, SENSOR_OFF), config);
	}
	bench_end(&bench);
}

/*
 * ---- Later ----
 */

static void a_slow_reading_is_answered_when_it_ends(void **state)
{
	struct bench *bench = *state;
	struct bench_agent *peer = &bench->agent[PEER];

	bench->sensor[SENSOR_AXES].is_later = true;
	assert_int_equal(ask(bench, PEER, SENSOR, READ, SENSOR_AXES, 0).outcome,
			 VSCMI_SERVICE_HELD);
	assert_int_equal(status_of(bench, PEER, SENSOR, READ, SENSOR_FULL, 0),
			 VSCMI_SUCCESS);
	bench_complete_reading(bench, SENSOR_AXES, VSCMI_SUCCESS);
	assert_int_equal(peer->replies, 1);
	assert_int_equal(peer->reply.count, 8 + 48);
	assert_int_equal(vscmi_le32_get(peer->reply.bytes + 8 + 32), 202);
	/* The room that the command gave still counts. */
	assert_int_equal(
		ask_with_room(bench, 40, PEER, SENSOR, READ, SENSOR_AXES, 0).outcome,
		VSCMI_SERVICE_HELD);
	bench_complete_reading(bench, SENSOR_AXES, VSCMI_SUCCESS);
	assert_int_equal(peer->reply.count, 8);
	assert_int_equal(vscmi_le32_get(peer->reply.bytes + 4),
			 (uint32_t)VSCMI_COMMS_ERROR);
	assert_int_equal(ask(bench, PEER, SENSOR, READ, SENSOR_AXES, 0).outcome,
			 VSCMI_SERVICE_HELD);
	bench_complete_reading(bench, SENSOR_AXES, VSCMI_HARDWARE_ERROR);
	assert_int_equal(peer->reply.count, 8);
	assert_int_equal(vscmi_le32_get(peer->reply.bytes + 4),
			 (uint32_t)VSCMI_HARDWARE_ERROR);
}

static void an_asynchronous_reading_ends_with_a_delayed_response(void **state)
{
	struct bench *bench = *state;

	bench->sensor[SENSOR_FULL].is_later = true;
	assert_words(ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 1));
	bench_complete_reading(bench, SENSOR_FULL, VSCMI_SUCCESS);
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, SENSOR, READ, VSCMI_SUCCESS,
		     SENSOR_FULL, 100, 0, 0, 0);
	assert_words(ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 1));
	bench_complete_reading(bench, SENSOR_FULL, VSCMI_HARDWARE_ERROR);
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, SENSOR, READ,
		     (uint32_t)VSCMI_HARDWARE_ERROR);
	/* In version 1.0 values have no timestamp. */
	bench_negotiate(bench, PEER, VSCMI_PROTOCOL_SENSOR, 0x10000);
	assert_words(ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 1));
	bench_complete_reading(bench, SENSOR_FULL, VSCMI_SUCCESS);
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, SENSOR, READ, VSCMI_SUCCESS,
		     SENSOR_FULL, 100, 0);
}

static void a_reading_can_end_by_itself_when_its_time_has_come(void **state)
{
	struct bench *bench = *state;

	bench_advance(bench, 1000);
	bench->sensor[SENSOR_FULL].is_later = true;
	bench->sensor[SENSOR_FULL].delay_us = 300;
	assert_words(ask(bench, PEER, SENSOR, READ, SENSOR_FULL, 1));
	assert_int_equal(vscmi_platform_next_us(bench->platform), 1300);
	bench_advance(bench, 299);
	bench_assert_no_event(bench, PEER);
	bench_advance(bench, 1);
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, SENSOR, READ, VSCMI_SUCCESS,
		     SENSOR_FULL, 100, 0, 0, 0);
	assert_true(vscmi_platform_next_us(bench->platform) == UINT64_MAX);
}

/*
 * ---- Notifications ----
 */

static void set_sensor(struct bench *bench, uint16_t sensor, int64_t value)
{
	bench->sensor[sensor].readings[0].value = value;
	vscmi_platform_sensor_changed(bench->platform, sensor);
}

static void trip_points_fire_when_the_value_crosses_them(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(status_of(bench, PEER, SENSOR, TRIP_NOTIFY, SENSOR_FULL, 1),
			 VSCMI_SUCCESS);
	/* Point 0 rising at 150, point 1 both ways at -20. */
	assert_words(ask(bench, PEER, SENSOR, TRIP_CONFIG, SENSOR_FULL, RISING, 150, 0));
	assert_words(ask(bench, TRUSTED, SENSOR, TRIP_CONFIG, SENSOR_FULL, 1 << 4 | BOTH,
			 (uint32_t)-20, ~0u));
	bench_assert_no_event(bench, PEER);
	set_sensor(bench, SENSOR_FULL, 149);
	bench_assert_no_event(bench, PEER);
	set_sensor(bench, SENSOR_FULL, 150);
	assert_true(bench->agent[PEER].ready);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, SENSOR, 0, 0, SENSOR_FULL, 1 << 16);
	set_sensor(bench, SENSOR_FULL, 400);
	set_sensor(bench, SENSOR_FULL, 10);
	bench_assert_no_event(bench, PEER);
	set_sensor(bench, SENSOR_FULL, -21);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, SENSOR, 0, 0, SENSOR_FULL, 1);
	set_sensor(bench, SENSOR_FULL, 0);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, SENSOR, 0, 0, SENSOR_FULL,
		     1 << 16 | 1);
	bench_assert_no_event(bench, TRUSTED);
	/* Without its agent's interest, and without its setting, it does not fire. */
	assert_words(ask(bench, TRUSTED, SENSOR, TRIP_CONFIG, SENSOR_FULL, 1 << 4, 0, 0));
	set_sensor(bench, SENSOR_FULL, -100);
	bench_assert_no_event(bench, PEER);
	assert_words(ask(bench, PEER, SENSOR, TRIP_NOTIFY, SENSOR_FULL, 0));
	set_sensor(bench, SENSOR_FULL, 200);
	bench_assert_no_event(bench, PEER);
}

static void a_reading_that_was_asked_for_is_compared_too(void **state)
{
	struct bench *bench = *state;

	ask(bench, PEER, SENSOR, TRIP_NOTIFY, SENSOR_FULL, 1);
	ask(bench, PEER, SENSOR, TRIP_CONFIG, SENSOR_FULL, RISING, 150, 0);
	bench->sensor[SENSOR_FULL].readings[0].value = 160;
	ask(bench, GUEST, SENSOR, READ, 0, 0);
	bench_assert_no_event(bench, PEER);
	ask(bench, TRUSTED, SENSOR, READ, SENSOR_FULL, 0);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, SENSOR, 0, 0, SENSOR_FULL, 1 << 16);
}

static void trip_points_are_looked_after_at_each_interval(void **state)
{
	struct bench *bench = *state;

	ask(bench, PEER, SENSOR, TRIP_NOTIFY, SENSOR_FULL, 1);
	assert_true(vscmi_platform_next_us(bench->platform) == UINT64_MAX);
	ask(bench, PEER, SENSOR, TRIP_CONFIG, SENSOR_FULL, RISING, 150, 0);
	bench->sensor[SENSOR_FULL].readings[0].value = 160;
	assert_int_equal(vscmi_platform_next_us(bench->platform), 500 * MS);
	bench_advance(bench, 499 * MS);
	bench_assert_no_event(bench, PEER);
	bench_advance(bench, 1 * MS);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, SENSOR, 0, 0, SENSOR_FULL, 1 << 16);
	/* Which is over when the agent goes. */
	vscmi_platform_disconnect(bench->platform, PEER);
	assert_true(vscmi_platform_next_us(bench->platform) == UINT64_MAX);
}

static void updates_come_at_each_interval(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(status_of(bench, PEER, SENSOR, UPDATE_NOTIFY, SENSOR_AXES, 1),
			 VSCMI_SUCCESS);
	assert_int_equal(vscmi_platform_next_us(bench->platform), 100 * MS);
	bench_advance(bench, 100 * MS);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, SENSOR, 1, 0, SENSOR_AXES, 200, 0,
		     0, 0, 201, 0, 0, 0, 202, 0, 0, 0);
	bench_assert_no_event(bench, TRUSTED);
	/* What was missed is not made up for, and the grid is kept. */
	bench_advance(bench, 350 * MS);
	assert_int_equal(bench->sensor[SENSOR_AXES].reads, 2);
	assert_int_equal(vscmi_platform_next_us(bench->platform), 550 * MS);
	bench->sensor[SENSOR_AXES].readings[0].value = 7;
	bench_advance(bench, 100 * MS);
	/* The one that waited has the fresh values. */
	assert_event(bench, PEER, VSCMI_NOTIFICATION, SENSOR, 1, 0, SENSOR_AXES, 7, 0, 0,
		     0, 201, 0, 0, 0, 202, 0, 0, 0);
	bench_assert_no_event(bench, PEER);
	assert_int_equal(status_of(bench, PEER, SENSOR, UPDATE_NOTIFY, SENSOR_AXES, 0),
			 VSCMI_SUCCESS);
	assert_true(vscmi_platform_next_us(bench->platform) == UINT64_MAX);
}

static void allow_device(struct bench *bench, uint32_t agent_id, bool allow)
{
	assert_int_equal(status_of(bench, TRUSTED, BASE, SET_DEVICE, agent_id, 1, allow),
			 VSCMI_SUCCESS);
}

static void a_sensor_is_not_sampled_for_an_agent_that_is_denied_it(void **state)
{
	struct bench *bench = *state;

	ask(bench, PEER, SENSOR, UPDATE_NOTIFY, SENSOR_AXES, 1);
	allow_device(bench, PEER, false);
	bench_advance(bench, 100 * MS);
	assert_int_equal(bench->sensor[SENSOR_AXES].reads, 0);
	/* For others it is. */
	ask(bench, TRUSTED, SENSOR, UPDATE_NOTIFY, SENSOR_AXES, 1);
	bench_advance(bench, 100 * MS);
	assert_int_equal(bench->sensor[SENSOR_AXES].reads, 1);
	assert_event(bench, TRUSTED, VSCMI_NOTIFICATION, SENSOR, 1, 0, SENSOR_AXES, 200,
		     0, 0, 0, 201, 0, 0, 0, 202, 0, 0, 0);
	ask(bench, TRUSTED, SENSOR, UPDATE_NOTIFY, SENSOR_AXES, 0);
	bench_advance(bench, 100 * MS);
	assert_int_equal(bench->sensor[SENSOR_AXES].reads, 1);
	bench_assert_no_event(bench, PEER);
	/* And it goes on when the agent has it back. */
	allow_device(bench, PEER, true);
	bench_advance(bench, 100 * MS);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, SENSOR, 1, 0, SENSOR_AXES, 200, 0,
		     0, 0, 201, 0, 0, 0, 202, 0, 0, 0);
}

static void a_new_interval_counts_from_now(void **state)
{
	struct bench *bench = *state;

	ask(bench, PEER, SENSOR, UPDATE_NOTIFY, SENSOR_FULL, 1);
	bench_advance(bench, 400 * MS);
	ask(bench, PEER, SENSOR, CONFIG_SET, SENSOR_FULL,
	    CONFIG(2, 0, ENABLED | TIMESTAMPS));
	assert_int_equal(vscmi_platform_next_us(bench->platform), 2400 * MS);
	bench_advance(bench, 2000 * MS);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, SENSOR, 1, 0, SENSOR_FULL, 100, 0,
		     7000, 0);
	/* A disabled sensor sends nothing. */
	ask(bench, PEER, SENSOR, CONFIG_SET, SENSOR_FULL, 0);
	assert_true(vscmi_platform_next_us(bench->platform) == UINT64_MAX);
}

static void a_slow_sample_is_sent_when_it_ends_and_not_taken_twice(void **state)
{
	struct bench *bench = *state;

	bench->sensor[SENSOR_AXES].is_later = true;
	bench->sensor[SENSOR_AXES].delay_us = 150 * MS;
	ask(bench, PEER, SENSOR, UPDATE_NOTIFY, SENSOR_AXES, 1);
	bench_advance(bench, 100 * MS);
	bench_advance(bench, 100 * MS);
	assert_int_equal(bench->sensor[SENSOR_AXES].reads, 1);
	bench_assert_no_event(bench, PEER);
	bench_advance(bench, 50 * MS);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, SENSOR, 1, 0, SENSOR_AXES, 200, 0,
		     0, 0, 201, 0, 0, 0, 202, 0, 0, 0);
	/* One that fails is left out. */
	bench->sensor[SENSOR_AXES].status = VSCMI_HARDWARE_ERROR;
	bench_advance(bench, 100 * MS);
	bench_assert_no_event(bench, PEER);
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BENCH(descriptors_are_as_long_as_they_say),
		cmocka_unit_test(power_alone_makes_a_descriptor_with_axes_extended),
		cmocka_unit_test(
			a_page_begins_where_it_is_asked_to_where_nothing_can_be_denied),
		ON_BENCH(old_versions_have_old_descriptors),
		ON_BENCH(axes_have_descriptors_and_long_names),
		ON_BENCH(requests_are_refused_for_the_right_reason),
		ON_BENCH(commands_for_what_no_sensor_has_are_not_provided),
		cmocka_unit_test(without_events_nothing_is_announced_that_needs_them),
		ON_BENCH(a_reading_has_one_value_for_each_axis),
		ON_BENCH(timestamps_come_once_they_are_enabled),
		ON_BENCH(a_disabled_sensor_is_enabled_by_its_configuration),
		ON_BENCH(intervals_come_as_a_list_or_as_a_triplet),
		ON_BENCH(an_interval_is_rounded_as_the_agent_says),
		cmocka_unit_test(
			an_interval_is_found_at_any_place_of_the_longest_triplet),
		ON_BENCH(a_slow_reading_is_answered_when_it_ends),
		ON_BENCH(an_asynchronous_reading_ends_with_a_delayed_response),
		ON_BENCH(a_reading_can_end_by_itself_when_its_time_has_come),
		ON_BENCH(trip_points_fire_when_the_value_crosses_them),
		ON_BENCH(a_reading_that_was_asked_for_is_compared_too),
		ON_BENCH(trip_points_are_looked_after_at_each_interval),
		ON_BENCH(updates_come_at_each_interval),
		ON_BENCH(a_sensor_is_not_sampled_for_an_agent_that_is_denied_it),
		ON_BENCH(a_new_interval_counts_from_now),
		ON_BENCH(a_slow_sample_is_sent_when_it_ends_and_not_taken_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
