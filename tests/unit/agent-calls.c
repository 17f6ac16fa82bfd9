/* SPDX-License-Identifier: BSD-3-Clause */
/* The typed calls: what each sends, and what it makes of the answer, in old versions too. */
#include "script.h"

#include <string.h>

#include "vscmi/agent/base.h"
#include "vscmi/agent/clock.h"
#include "vscmi/agent/sensor.h"
#include "vscmi/agent/system.h"

/* What a call returned by its ret_ parameters, as the tests compare it. */
static uint64_t returned[8];
static char returned_name[64];

static struct vscmi_agent *agent;

static struct vscmi_result base_attributes(void)
{
	struct vscmi_base_attributes attributes = { 0 };
	struct vscmi_result result = vscmi_base_attributes_get(agent, &attributes);

	returned[0] = attributes.protocols;
	returned[1] = attributes.agents;
	return result;
}

static struct vscmi_result base_vendor(void)
{
	return vscmi_base_vendor(agent, returned_name);
}

static struct vscmi_result base_sub_vendor(void)
{
	return vscmi_base_sub_vendor(agent, returned_name);
}

static struct vscmi_result base_implementation_version(void)
{
	uint32_t version = 0;
	struct vscmi_result result = vscmi_base_implementation_version(agent, &version);

	returned[0] = version;
	return result;
}

static struct vscmi_result base_agent(void)
{
	struct vscmi_base_agent found = { 0 };
	struct vscmi_result result = vscmi_base_agent_get(agent, 9, &found);

	returned[0] = found.agent_id;
	memcpy(returned_name, found.name, sizeof(found.name));
	return result;
}

static struct vscmi_result base_device_permission(void)
{
	return vscmi_base_device_permission_set(agent, 2, 3, true);
}

static struct vscmi_result base_protocol_permission(void)
{
	return vscmi_base_protocol_permission_set(agent, 2, 3, 0x14, false);
}

static struct vscmi_result base_reset(void)
{
	return vscmi_base_agent_reset(agent, 2, true);
}

static struct vscmi_result system_attributes(void)
{
	uint32_t attributes = 0;
	struct vscmi_result result = vscmi_system_attributes_get(agent, &attributes);

	returned[0] = attributes;
	return result;
}

static struct vscmi_result system_set(void)
{
	return vscmi_system_state_set(agent, VSCMI_SYSTEM_WARM_RESET, true);
}

static struct vscmi_result system_get(void)
{
	uint32_t state = 0;
	struct vscmi_result result = vscmi_system_state_get(agent, &state);

	returned[0] = state;
	return result;
}

static struct vscmi_result clock_protocol(void)
{
	struct vscmi_clock_protocol protocol = { 0 };
	struct vscmi_result result = vscmi_clock_protocol_get(agent, &protocol);

	returned[0] = protocol.clocks;
	returned[1] = protocol.max_pending;
	return result;
}

static struct vscmi_result clock_get(void)
{
	struct vscmi_clock clock = { 0 };
	struct vscmi_result result = vscmi_clock_get(agent, 4, &clock);

	memcpy(returned_name, clock.name, sizeof(clock.name));
	returned[0] = clock.enabled;
	returned[1] = clock.notifies_changed;
	returned[2] = clock.notifies_change_requested;
	returned[3] = clock.enable_delay_us;
	returned[4] = clock.parents;
	returned[5] = clock.extended_config;
	returned[6] = clock.restricted;
	return result;
}

static struct vscmi_result clock_rate_get(void)
{
	return vscmi_clock_rate_get(agent, 4, &returned[0]);
}

static struct vscmi_result clock_rate_set_down(void)
{
	return vscmi_clock_rate_set(agent, 4, 0x123456789, VSCMI_CLOCK_ROUND_DOWN);
}

static struct vscmi_result clock_rate_set_up(void)
{
	return vscmi_clock_rate_set(agent, 4, 5, VSCMI_CLOCK_ROUND_UP);
}

static struct vscmi_result clock_rate_set_nearest(void)
{
	return vscmi_clock_rate_set(agent, 4, 5, VSCMI_CLOCK_ROUND_NEAREST);
}

static struct vscmi_result clock_rate_set_async(void)
{
	return vscmi_clock_rate_set_async(agent, 4, 5, VSCMI_CLOCK_ROUND_DOWN,
					  &returned[0]);
}

static struct vscmi_result clock_enable(void)
{
	return vscmi_clock_enable(agent, 4);
}

static struct vscmi_result clock_disable(void)
{
	return vscmi_clock_disable(agent, 4);
}

static struct vscmi_result clock_duty_cycle_set(void)
{
	return vscmi_clock_extended_config_set(agent, 4, VSCMI_CLOCK_DUTY_CYCLE, 75);
}

static struct vscmi_result clock_config_get(void)
{
	struct vscmi_clock_config config = { 0 };
	struct vscmi_result result =
		vscmi_clock_config_get(agent, 4, VSCMI_CLOCK_PHASE, &config);

	returned[0] = config.enabled;
	returned[1] = config.extended_value;
	return result;
}

static struct vscmi_result clock_parent_set(void)
{
	return vscmi_clock_parent_set(agent, 4, 2);
}

static struct vscmi_result clock_parent_get(void)
{
	uint32_t parent = 0;
	struct vscmi_result result = vscmi_clock_parent_get(agent, 4, &parent);

	returned[0] = parent;
	return result;
}

static struct vscmi_result clock_permissions(void)
{
	struct vscmi_clock_permissions permissions = { 0 };
	struct vscmi_result result = vscmi_clock_permissions_get(agent, 4, &permissions);

	returned[0] = permissions.state;
	returned[1] = permissions.parent;
	returned[2] = permissions.rate;
	return result;
}

static struct vscmi_result sensor_protocol(void)
{
	struct vscmi_sensor_protocol protocol = { 0 };
	struct vscmi_result result = vscmi_sensor_protocol_get(agent, &protocol);

	returned[0] = protocol.sensors;
	returned[1] = protocol.max_pending;
	returned[2] = protocol.registers_address;
	returned[3] = protocol.registers_bytes;
	return result;
}

static struct vscmi_result keep_readings(struct vscmi_result result,
					 const struct vscmi_sensor_reading *readings,
					 uint32_t count)
{
	returned[0] = count;
	for (uint32_t i = 0; i < count; i++) {
		returned[1 + 2 * i] = (uint64_t)readings[i].value;
		returned[2 + 2 * i] = readings[i].timestamp;
	}
	return result;
}

static struct vscmi_result sensor_reading(void)
{
	struct vscmi_sensor_reading readings[2];
	uint32_t count = 0;
	struct vscmi_result result =
		vscmi_sensor_reading_get(agent, 6, readings, 2, &count);

	return keep_readings(result, readings, count);
}

static struct vscmi_result sensor_reading_async(void)
{
	struct vscmi_sensor_reading readings[2];
	uint32_t count = 0;
	struct vscmi_result result =
		vscmi_sensor_reading_get_async(agent, 6, readings, 2, &count);

	return keep_readings(result, readings, count);
}

static struct vscmi_result sensor_trip_point(void)
{
	return vscmi_sensor_trip_point_set(agent, 6, 2, VSCMI_SENSOR_EDGE_FALLING, -2);
}

static struct vscmi_result sensor_name(void)
{
	return vscmi_sensor_name_get(agent, 6, returned_name);
}

static struct vscmi_result sensor_config(void)
{
	struct vscmi_sensor_config config = { 0 };
	struct vscmi_result result = vscmi_sensor_config_get(agent, 6, &config);

	returned[0] = config.enabled;
	returned[1] = config.timestamps;
	returned[2] = config.update_interval.seconds;
	returned[3] = (uint64_t)config.update_interval.exponent;
	return result;
}

static struct vscmi_result sensor_config_set(void)
{
	const struct vscmi_sensor_config config = {
		.enabled = true,
		.timestamps = true,
		.update_interval = { .seconds = 0xffff, .exponent = -3 },
	};

	return vscmi_sensor_config_set(agent, 6, &config, VSCMI_SENSOR_ROUND_NEAREST);
}

static struct vscmi_result message_attributes(void)
{
	uint32_t attributes = 0;
	struct vscmi_result result =
		vscmi_agent_message_attributes(agent, 0x80, 4, &attributes);

	returned[0] = attributes;
	return result;
}

#define COUNT(...)    (sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))
#define SENDS(...)    .request = { __VA_ARGS__ }, .request_words = COUNT(__VA_ARGS__)
#define GETS(...)     .reply = { __VA_ARGS__ }, .reply_words = COUNT(__VA_ARGS__)
#define SENDS_NOTHING .request_words = 0
#define GETS_NOTHING  .reply_words = 0
/* "name" and 12 NULs. */
#define NAME_WORDS 0x656d616e, 0, 0, 0

static const struct {
	const char *what;
	struct vscmi_result (*call)(void);
	uint32_t version;
	uint32_t header; /* token 0 */
	uint32_t request[8];
	size_t request_words;
	uint32_t reply[24];
	size_t reply_words;
	bool delayed;
	uint64_t expected[8];
	const char *name;
} cases[] = {
	{ "protocol attributes of base", base_attributes, 0x20001, 0x4001, SENDS_NOTHING,
	  GETS(0x0203), .expected = { 3, 2 } },
	{ "vendor", base_vendor, 0x20001, 0x4003, SENDS_NOTHING, GETS(NAME_WORDS),
	  .name = "name" },
	{ "sub-vendor", base_sub_vendor, 0x20001, 0x4004, SENDS_NOTHING, GETS(NAME_WORDS),
	  .name = "name" },
	{ "implementation version", base_implementation_version, 0x20001, 0x4005,
	  SENDS_NOTHING, GETS(0x12345678), .expected = { 0x12345678 } },
	{ "agent", base_agent, 0x20001, 0x4007, SENDS(9), GETS(5, NAME_WORDS),
	  .expected = { 5 }, .name = "name" },
	{ "agent in 1.0", base_agent, 0x10000, 0x4007, SENDS(9), GETS(NAME_WORDS),
	  .expected = { 9 }, .name = "name" },
	{ "device permission", base_device_permission, 0x20001, 0x4009, SENDS(2, 3, 1),
	  GETS_NOTHING },
	{ "protocol permission", base_protocol_permission, 0x20001, 0x400a,
	  SENDS(2, 3, 0x14, 0), GETS_NOTHING },
	{ "reset of an agent", base_reset, 0x20001, 0x400b, SENDS(2, 1), GETS_NOTHING },

	{ "protocol attributes of system", system_attributes, 0x20001, 0x4801,
	  SENDS_NOTHING, GETS(1), .expected = { 1 } },
	{ "system state to set", system_set, 0x20001, 0x4803, SENDS(1, 2), GETS_NOTHING },
	{ "system state", system_get, 0x20001, 0x4804, SENDS_NOTHING, GETS(0x80000001),
	  .expected = { 0x80000001 } },

	{ "protocol attributes of clock", clock_protocol, 0x30000, 0x5001, SENDS_NOTHING,
	  GETS(0x00050007), .expected = { 7, 5 } },
	{ "clock in 3.0", clock_get, 0x30000, 0x5003, SENDS(4),
	  GETS(0xd8000003, NAME_WORDS, 33), .expected = { 1, 1, 1, 33, 1, 1, 1 },
	  .name = "name" },
	{ "clock in 2.0", clock_get, 0x20000, 0x5003, SENDS(4),
	  GETS(0xd8000003, NAME_WORDS, 33), .expected = { 1, 1, 1, 33 }, .name = "name" },
	{ "clock in 1.0", clock_get, 0x10000, 0x5003, SENDS(4),
	  GETS(0xf8000001, NAME_WORDS), .expected = { 1 }, .name = "name" },
	{ "rate", clock_rate_get, 0x30000, 0x5006, SENDS(4), GETS(0x9abcdef0, 0x1),
	  .expected = { 0x19abcdef0 } },
	{ "rate to set, down", clock_rate_set_down, 0x30000, 0x5005,
	  SENDS(0, 4, 0x23456789, 1), GETS_NOTHING },
	{ "rate to set, up", clock_rate_set_up, 0x30000, 0x5005, SENDS(4, 4, 5, 0),
	  GETS_NOTHING },
	{ "rate to set, nearest", clock_rate_set_nearest, 0x30000, 0x5005,
	  SENDS(8, 4, 5, 0), GETS_NOTHING },
	{ "rate to set asynchronously", clock_rate_set_async, 0x30000, 0x5005,
	  SENDS(1, 4, 5, 0), GETS(4, 6, 1), .delayed = true,
	  .expected = { 0x100000006 } },
	{ "clock to enable in 3.0", clock_enable, 0x30000, 0x5007, SENDS(4, 1, 0),
	  GETS_NOTHING },
	{ "clock to enable in 2.0", clock_enable, 0x20000, 0x5007, SENDS(4, 1),
	  GETS_NOTHING },
	{ "clock to disable", clock_disable, 0x30000, 0x5007, SENDS(4, 0, 0),
	  GETS_NOTHING },
	{ "duty cycle to set", clock_duty_cycle_set, 0x30000, 0x5007,
	  SENDS(4, 0x10003, 75), GETS_NOTHING },
	{ "clock configuration", clock_config_get, 0x30000, 0x500b, SENDS(4, 2),
	  GETS(0, 1, 90), .expected = { 1, 90 } },
	{ "parent to set", clock_parent_set, 0x30000, 0x500d, SENDS(4, 2), GETS_NOTHING },
	{ "parent", clock_parent_get, 0x30000, 0x500e, SENDS(4), GETS(2),
	  .expected = { 2 } },
	{ "permissions", clock_permissions, 0x30000, 0x500f, SENDS(4), GETS(0xa0000000),
	  .expected = { 1, 0, 1 } },

	{ "protocol attributes of sensor", sensor_protocol, 0x30001, 0x5401,
	  SENDS_NOTHING, GETS(0x00020011, 0x1000, 0x1, 64),
	  .expected = { 17, 2, 0x100001000, 64 } },
	{ "reading", sensor_reading, 0x30001, 0x5406, SENDS(6, 0),
	  GETS(0xfffffffe, 0xffffffff, 7, 1),
	  .expected = { 1, (uint64_t)-2, 0x100000007 } },
	{ "reading of two axes", sensor_reading, 0x30001, 0x5406, SENDS(6, 0),
	  GETS(1, 0, 2, 0, 3, 0, 4, 0), .expected = { 2, 1, 2, 3, 4 } },
	{ "reading in 1.0", sensor_reading, 0x10000, 0x5406, SENDS(6, 0), GETS(5, 0),
	  .expected = { 1, 5, 0 } },
	{ "reading, asynchronous", sensor_reading_async, 0x30001, 0x5406, SENDS(6, 1),
	  GETS(6, 1, 0, 2, 0), .delayed = true, .expected = { 1, 1, 2 } },
	{ "reading, asynchronous, in 1.0", sensor_reading_async, 0x10000, 0x5406,
	  SENDS(6, 1), GETS(6, 1, 0), .delayed = true, .expected = { 1, 1 } },
	{ "trip point", sensor_trip_point, 0x30001, 0x5405,
	  SENDS(6, 0x22, 0xfffffffe, 0xffffffff), GETS_NOTHING },
	{ "sensor name", sensor_name, 0x30001, 0x540c, SENDS(6),
	  GETS(0, NAME_WORDS, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), .name = "name" },
	{ "sensor configuration", sensor_config, 0x30001, 0x5409, SENDS(6),
	  GETS(0x000ae803), .expected = { 1, 1, 10, (uint64_t)-3 } },
	{ "sensor configuration to set", sensor_config_set, 0x30001, 0x540a,
	  SENDS(6, 0xffffec03), GETS_NOTHING },

	{ "message attributes", message_attributes, 0, 0x20002, SENDS(4), GETS(1),
	  .expected = { 1 } },
};

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static struct script *script;

static void start(size_t i, const struct script_answer *answer)
{
	script = script_new(2, 0);
	agent = &script->agent;
	script->on_send = script_answer;
	script->version = cases[i].version;
	script->answers = answer;
	script->answer_count = 1;
	memset(returned, 0, sizeof(returned));
	memset(returned_name, 0, sizeof(returned_name));
}

static void each_call_sends_and_returns_what_it_should(void **state)
{
	for (size_t i = 0; i < CASES; i++) {
		const struct script_answer answer = {
			.words = cases[i].reply,
			.word_count = cases[i].reply_words,
			.delayed = cases[i].delayed,
		};
		const struct sent *sent;

		start(i, &answer);
		assert_int_equal(cases[i].call().error, VSCMI_OK);
		sent = script_last(script);
		if ((script_header(sent) & 0xf003ffff) != cases[i].header)
			fail_msg("%s: header %#x", cases[i].what, script_header(sent));
		assert_int_equal(sent->count, 4 + 4 * cases[i].request_words);
		for (size_t k = 0; k < cases[i].request_words; k++)
			if (script_word(sent, k) != cases[i].request[k])
				fail_msg("%s: word %zu is %#x", cases[i].what, k,
					 script_word(sent, k));
		for (size_t k = 0; k < 8; k++)
			if (returned[k] != cases[i].expected[k])
				fail_msg("%s: value %zu is %#llx", cases[i].what, k,
					 (unsigned long long)returned[k]);
		assert_string_equal(returned_name, cases[i].name ? cases[i].name : "");
		script_expect_anomalies(script, VSCMI_ANOMALIES);
		script->on_send = NULL;
		script_expect_all_slots_free(script);
		script_free(script);
	}
}

static bool nothing_was_returned(void)
{
	static const uint64_t zeroes[8];

	return memcmp(returned, zeroes, sizeof(zeroes)) == 0 && returned_name[0] == '\0';
}

static void each_call_hands_on_a_refusal(void **state)
{
	for (size_t i = 0; i < CASES; i++) {
		const struct script_answer answer = { .status = VSCMI_DENIED };
		struct vscmi_result result;

		start(i, &answer);
		result = cases[i].call();
		assert_int_equal(result.error, VSCMI_E_REFUSED);
		assert_int_equal(result.status, VSCMI_DENIED);
		assert_true(nothing_was_returned());
		script->on_send = NULL;
		script_expect_all_slots_free(script);
		script_free(script);
	}
}

/* A list of readings is what is there; all others miss a field. */
static void each_call_finds_a_short_answer_malformed(void **state)
{
	for (size_t i = 0; i < CASES; i++) {
		const struct script_answer answer = {
			.words = cases[i].reply,
			.word_count = cases[i].reply_words - 1,
			.delayed = cases[i].delayed,
		};

		if (cases[i].reply_words == 0)
			continue;
		start(i, &answer);
		if (cases[i].call().error != VSCMI_E_MALFORMED)
			fail_msg("%s: not malformed", cases[i].what);
		assert_true(nothing_was_returned());
		script->on_send = NULL;
		script_expect_all_slots_free(script);
		script_free(script);
	}
}

static void each_call_counts_what_follows_the_answer(void **state)
{
	for (size_t i = 0; i < CASES; i++) {
		struct script_answer answer = { .delayed = cases[i].delayed };
		uint32_t words[26] = { 0 };

		memcpy(words, cases[i].reply, 4 * cases[i].reply_words);
		answer.words = words;
		answer.word_count = cases[i].reply_words + 1;
		/* Of readings there may be more, but not a part of one. */
		if (cases[i].call == sensor_reading ||
		    cases[i].call == sensor_reading_async)
			continue;
		start(i, &answer);
		assert_int_equal(cases[i].call().error, VSCMI_OK);
		if (cases[i].name)
			assert_string_equal(returned_name, cases[i].name);
		assert_true(vscmi_agent_anomalies(agent, VSCMI_ANOMALY_TRAILING) == 1);
		script_free(script);
	}
}

static void each_call_times_out_without_an_answer(void **state)
{
	for (size_t i = 0; i < CASES; i++) {
		start(i, NULL);
		script->answer_count = 0;
		assert_int_equal(cases[i].call().error, VSCMI_E_TIMEOUT);
		assert_true(nothing_was_returned());
		script_free(script);
	}
}

static void readings_beyond_the_callers_room_are_too_big(void **state)
{
	static const uint32_t words[12];
	const struct script_answer answers[] = {
		{ .words = words, .word_count = 12 },
		{ .words = words, .word_count = 12, .delayed = true }
	};

	start(0, answers);
	script->version = 0x30001;
	script->answer_count = 2;
	/* The words are three readings, and a sensor id would be one of them. */
	assert_int_equal(sensor_reading().error, VSCMI_E_TOO_BIG);
	assert_int_equal(sensor_reading_async().error, VSCMI_E_TOO_BIG);
	assert_true(nothing_was_returned());
	script_free(script);
}

static void a_long_name_replaces_the_short_one(void **state)
{
	static const uint32_t attributes[] = { 0x20000000, NAME_WORDS, 0 };
	static const uint32_t name[17] = { 0, 0x676e6f6c, 0x00000072 };
	const struct script_answer answers[] = {
		{ .words = attributes, .word_count = 6 },
		{ .words = name, .word_count = 17 },
		{ .words = attributes, .word_count = 6 },
		{ .status = VSCMI_NOT_SUPPORTED },
	};

	start(0, answers);
	script->version = 0x30000;
	script->answer_count = 4;
	assert_int_equal(clock_get().error, VSCMI_OK);
	assert_string_equal(returned_name, "longr");
	assert_int_equal(script_word(script_last(script), 0), 4);
	assert_int_equal(clock_get().error, VSCMI_OK);
	assert_string_equal(returned_name, "name");
	script_free(script);
}

static void what_a_version_lacks_is_not_asked_for(void **state)
{
	static struct vscmi_result (*const calls[])(void) = {
		base_device_permission,
		clock_duty_cycle_set,
		clock_config_get,
		clock_parent_set,
		clock_parent_get,
		clock_permissions,
		sensor_name,
		sensor_config,
		sensor_config_set,
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		start(0, NULL);
		script->version = 0x10000;
		assert_int_equal(calls[i]().error, VSCMI_E_UNSUPPORTED);
		assert_int_equal(script->sent_count, 1);
		script_free(script);
	}
}

static void without_events_the_asynchronous_calls_fail(void **state)
{
	start(0, NULL);
	vscmi_agent_link_down(agent);
	script->link.has_events = false;
	vscmi_agent_link_up(agent);
	script->version = 0x30000;
	assert_int_equal(clock_rate_set_async().error, VSCMI_E_UNSUPPORTED);
	assert_int_equal(sensor_reading_async().error, VSCMI_E_UNSUPPORTED);
	assert_int_equal(script->sent_count, 2); /* PROTOCOL_VERSION */
	script_free(script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_sends_and_returns_what_it_should),
		cmocka_unit_test(each_call_hands_on_a_refusal),
		cmocka_unit_test(each_call_finds_a_short_answer_malformed),
		cmocka_unit_test(each_call_counts_what_follows_the_answer),
		cmocka_unit_test(each_call_times_out_without_an_answer),
		cmocka_unit_test(readings_beyond_the_callers_room_are_too_big),
		cmocka_unit_test(a_long_name_replaces_the_short_one),
		cmocka_unit_test(what_a_version_lacks_is_not_asked_for),
		cmocka_unit_test(without_events_the_asynchronous_calls_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
