/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules of the fault layer as text: what each key means, what is refused, and out again. */
#include <stdio.h>
#include <string.h>

#include <vscmi/host/board.h>

#include "test.h"

#define RULE_BYTES 512

/* The members that say of which messages, if it is done to all of them. */
#define OF(protocol_id, id) \
	.protocol = (protocol_id), .message_id = (id), .probability = VSCMI_FAULT_CERTAIN
#define ANY_RULE      OF(VSCMI_FAULT_ANY, VSCMI_FAULT_ANY)
#define REPLIES       VSCMI_FAULT_ON_REPLIES
#define DELAYED       VSCMI_FAULT_ON_DELAYED
#define NOTIFICATIONS VSCMI_FAULT_ON_NOTIFICATIONS

#define ALL VSCMI_FAULT_ON_ALL

static struct vscmi_board *board;

/* A fault layer that no message reaches. */
static struct vscmi_faults *faults;
static _Alignas(max_align_t) uint8_t memory[1 << 16];

static int set_up(void **state)
{
	static struct vscmi_service nobody;
	static const struct vscmi_faults_config config = {
		.service = &nobody,
		.agent_count = 2,
		.rules_max = 1,
		.messages_max = 1,
	};
	static const char text[] = "agents: [{ name: a }, { name: 'b \"\\é' }]\n";

	(void)state;
	assert_int_equal(vscmi_faults_init(&config, memory, sizeof(memory), &faults),
			 VSCMI_OK);
	return vscmi_board_load_text(text, strlen(text), "b.yaml", &board, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	vscmi_board_free(board);
	return 0;
}

/* What a fault can be done to. */
static uint32_t possible(enum vscmi_fault fault)
{
#define FAULT(NAME, name, on) [VSCMI_FAULT_##NAME] = on,
	static const uint32_t sets[] = { VSCMI_FAULTS(FAULT) };

	return sets[fault];
}

static struct vscmi_fault_rule read_rule(const char *text)
{
	struct vscmi_problem problem = { "" };
	struct vscmi_fault_rule rule;

	if (vscmi_board_fault_read(board, text, strlen(text), &rule, &problem))
		fail_msg("%s: %s", text, problem.text);
	return rule;
}

static void assert_same_rule(const struct vscmi_fault_rule *found,
			     const struct vscmi_fault_rule *expected)
{
	assert_int_equal(found->fault, expected->fault);
	assert_int_equal(found->agent_id, expected->agent_id);
	assert_int_equal(found->protocol, expected->protocol);
	assert_int_equal(found->message_id, expected->message_id);
	assert_int_equal(found->on,
			 expected->on ? expected->on : possible(expected->fault));
	assert_int_equal(found->probability, expected->probability);
	assert_int_equal(found->skip, expected->skip);
	assert_int_equal(found->times, expected->times);
	assert_int_equal(found->copy, expected->copy);
	assert_int_equal(found->min_us, expected->min_us);
	assert_int_equal(found->max_us, expected->max_us);
	assert_int_equal(found->amount, expected->amount);
	assert_int_equal(found->status, expected->status);
}

/*
 * ---- In, and out again ----
 */

static const struct right {
	const char *what;
	const char *text, *json;
	struct vscmi_fault_rule rule;
} rights[] = {
	/* each fault, with no more keys than it needs, and with all of its own */
	{ "delay",
	  "{ fault: delay, time: 20ms }",
	  "{\"fault\":\"delay\",\"time\":\"20ms\"}",
	  { .fault = VSCMI_FAULT_DELAY, ANY_RULE, .min_us = 20000, .max_us = 20000 } },
	{ "delay_by_a_random_time",
	  "{ fault: delay, time: { max: 1s, min: 50us }, copy: true }",
	  "{\"fault\":\"delay\",\"time\":{\"min\":\"50us\",\"max\":\"1s\"},\"copy\":"
	  "true}",
	  { .fault = VSCMI_FAULT_DELAY,
	    ANY_RULE,
	    .min_us = 50,
	    .max_us = 1000000,
	    .copy = true } },
	{ "delay_by_a_time_from_nothing",
	  "{ fault: delay, time: { min: 0ms, max: 1ms } }",
	  "{\"fault\":\"delay\",\"time\":{\"min\":\"0s\",\"max\":\"1ms\"}}",
	  { .fault = VSCMI_FAULT_DELAY, ANY_RULE, .max_us = 1000 } },
	{ "drop",
	  "{ fault: drop }",
	  "{\"fault\":\"drop\"}",
	  { .fault = VSCMI_FAULT_DROP, ANY_RULE } },
	{ "duplicate_at_once",
	  "{ fault: duplicate }",
	  "{\"fault\":\"duplicate\"}",
	  { .fault = VSCMI_FAULT_DUPLICATE, ANY_RULE } },
	{ "duplicate_later",
	  "{ fault: duplicate, time: 1.5ms }",
	  "{\"fault\":\"duplicate\",\"time\":\"1500us\"}",
	  { .fault = VSCMI_FAULT_DUPLICATE, ANY_RULE, .min_us = 1500, .max_us = 1500 } },
	{ "reorder",
	  "{ fault: reorder }",
	  "{\"fault\":\"reorder\",\"behind\":1}",
	  { .fault = VSCMI_FAULT_REORDER, ANY_RULE, .amount = 1, .max_us = 1000000 } },
	{ "reorder_by_more",
	  "{ fault: reorder, behind: 3, at_most: 100ms, copy: true }",
	  "{\"fault\":\"reorder\",\"behind\":3,\"at_most\":\"100ms\",\"copy\":true}",
	  { .fault = VSCMI_FAULT_REORDER,
	    ANY_RULE,
	    .amount = 3,
	    .max_us = 100000,
	    .copy = true } },
	{ "early",
	  "{ fault: early }",
	  "{\"fault\":\"early\"}",
	  { .fault = VSCMI_FAULT_EARLY, ANY_RULE, .min_us = 1000, .max_us = 1000000 } },
	{ "early_with_a_limit",
	  "{ fault: early, at_most: 2min }",
	  "{\"fault\":\"early\",\"at_most\":\"120s\"}",
	  { .fault = VSCMI_FAULT_EARLY, ANY_RULE, .min_us = 1000, .max_us = 120000000 } },
	{ "early_by_more",
	  "{ fault: early, after: 5ms }",
	  "{\"fault\":\"early\",\"after\":\"5ms\"}",
	  { .fault = VSCMI_FAULT_EARLY, ANY_RULE, .min_us = 5000, .max_us = 1000000 } },
	{ "early_by_all_there_is",
	  "{ fault: early, after: 2ms, at_most: 2ms }",
	  "{\"fault\":\"early\",\"after\":\"2ms\",\"at_most\":\"2ms\"}",
	  { .fault = VSCMI_FAULT_EARLY, ANY_RULE, .min_us = 2000, .max_us = 2000 } },
	{ "early_with_less_time_than_usual",
	  "{ fault: early, at_most: 200us }",
	  "{\"fault\":\"early\",\"at_most\":\"200us\"}",
	  { .fault = VSCMI_FAULT_EARLY, ANY_RULE, .min_us = 200, .max_us = 200 } },
	{ "unsolicited",
	  "{ fault: unsolicited }",
	  "{\"fault\":\"unsolicited\"}",
	  { .fault = VSCMI_FAULT_UNSOLICITED, ANY_RULE } },
	{ "unsolicited_long_before",
	  "{ fault: unsolicited, time: 5ms }",
	  "{\"fault\":\"unsolicited\",\"time\":\"5ms\"}",
	  { .fault = VSCMI_FAULT_UNSOLICITED,
	    ANY_RULE,
	    .min_us = 5000,
	    .max_us = 5000 } },
	{ "token",
	  "{ fault: token }",
	  "{\"fault\":\"token\",\"by\":1}",
	  { .fault = VSCMI_FAULT_TOKEN, ANY_RULE, .amount = 1 } },
	{ "token_far_away",
	  "{ fault: token, by: 0x3ff, copy: true }",
	  "{\"fault\":\"token\",\"by\":1023,\"copy\":true}",
	  { .fault = VSCMI_FAULT_TOKEN, ANY_RULE, .amount = 1023, .copy = true } },
	{ "type",
	  "{ fault: type, type: 0, copy: false }",
	  "{\"fault\":\"type\",\"type\":0}",
	  { .fault = VSCMI_FAULT_TYPE, ANY_RULE } },
	{ "message",
	  "{ fault: message, by: 255, copy: true }",
	  "{\"fault\":\"message\",\"by\":255,\"copy\":true}",
	  { .fault = VSCMI_FAULT_MESSAGE, ANY_RULE, .amount = 255, .copy = true } },
	{ "truncate",
	  "{ fault: truncate, bytes: 0, copy: true }",
	  "{\"fault\":\"truncate\",\"bytes\":0,\"copy\":true}",
	  { .fault = VSCMI_FAULT_TRUNCATE, ANY_RULE, .copy = true } },
	{ "oversize",
	  "{ fault: oversize, bytes: 0x200, copy: true }",
	  "{\"fault\":\"oversize\",\"bytes\":512,\"copy\":true}",
	  { .fault = VSCMI_FAULT_OVERSIZE, ANY_RULE, .amount = 512, .copy = true } },
	{ "truncate_as_little_as_can_be",
	  "{ fault: truncate, bytes: 511 }",
	  "{\"fault\":\"truncate\",\"bytes\":511}",
	  { .fault = VSCMI_FAULT_TRUNCATE, ANY_RULE, .amount = 511 } },
	{ "flip_all",
	  "{ fault: flip, bits: 4096 }",
	  "{\"fault\":\"flip\",\"bits\":4096}",
	  { .fault = VSCMI_FAULT_FLIP, ANY_RULE, .amount = 4096 } },
	{ "flip",
	  "{ fault: flip, bits: 2, copy: true }",
	  "{\"fault\":\"flip\",\"bits\":2,\"copy\":true}",
	  { .fault = VSCMI_FAULT_FLIP, ANY_RULE, .amount = 2, .copy = true } },
	{ "status",
	  "{ fault: status, status: BUSY, copy: true }",
	  "{\"fault\":\"status\",\"status\":\"BUSY\",\"copy\":true}",
	  { .fault = VSCMI_FAULT_STATUS, ANY_RULE, .status = VSCMI_BUSY, .copy = true } },
	{ "status_in_small_letters",
	  "{ fault: status, status: generic_error }",
	  "{\"fault\":\"status\",\"status\":\"GENERIC_ERROR\"}",
	  { .fault = VSCMI_FAULT_STATUS, ANY_RULE, .status = VSCMI_GENERIC_ERROR } },
	{ "status_of_a_vendor",
	  "{ fault: status, status: -128 }",
	  "{\"fault\":\"status\",\"status\":-128}",
	  { .fault = VSCMI_FAULT_STATUS, ANY_RULE, .status = -128 } },
	{ "status_above_success",
	  "{ fault: status, status: 2147483647 }",
	  "{\"fault\":\"status\",\"status\":2147483647}",
	  { .fault = VSCMI_FAULT_STATUS, ANY_RULE, .status = INT32_MAX } },
	{ "stall",
	  "{ fault: stall, time: 2s }",
	  "{\"fault\":\"stall\",\"time\":\"2s\"}",
	  { .fault = VSCMI_FAULT_STALL,
	    ANY_RULE,
	    .min_us = 2000000,
	    .max_us = 2000000 } },
	{ "reset",
	  "{ fault: reset }",
	  "{\"fault\":\"reset\"}",
	  { .fault = VSCMI_FAULT_RESET, ANY_RULE } },

	/* which messages */
	{ "of_one_agent",
	  "{ fault: drop, agent: a }",
	  "{\"fault\":\"drop\",\"agent\":\"a\"}",
	  { .fault = VSCMI_FAULT_DROP, ANY_RULE, .agent_id = 1 } },
	{ "of_an_agent_whose_name_needs_escapes",
	  "{\"fault\":\"drop\",\"agent\":\"b \\\"\\\\\\u00e9\"}",
	  "{\"fault\":\"drop\",\"agent\":\"b \\\"\\\\é\"}",
	  { .fault = VSCMI_FAULT_DROP, ANY_RULE, .agent_id = 2 } },
	{ "of_a_protocol",
	  "{ fault: drop, protocol: Sensor }",
	  "{\"fault\":\"drop\",\"protocol\":\"sensor\"}",
	  { .fault = VSCMI_FAULT_DROP, OF(0x15, VSCMI_FAULT_ANY) } },
	{ "of_a_protocol_without_a_name",
	  "{ fault: drop, protocol: 0x80 }",
	  "{\"fault\":\"drop\",\"protocol\":\"0x80\"}",
	  { .fault = VSCMI_FAULT_DROP, OF(0x80, VSCMI_FAULT_ANY) } },
	{ "message_by_number",
	  "{ fault: drop, protocol: 0x14, message: 7 }",
	  "{\"fault\":\"drop\",\"protocol\":\"clock\",\"message\":\"0x07\"}",
	  { .fault = VSCMI_FAULT_DROP, OF(0x14, 7) } },
	{ "message_by_number_and_kind",
	  "{ fault: drop, protocol: 0x80, message: 7, on: [notification, reply] }",
	  "{\"fault\":\"drop\",\"protocol\":\"0x80\",\"message\":\"0x07\","
	  "\"on\":[\"reply\",\"notification\"]}",
	  { .fault = VSCMI_FAULT_DROP, OF(0x80, 7), .on = REPLIES | NOTIFICATIONS } },
	{ "command_by_its_name",
	  "{ fault: drop, message: clock_rate_set }",
	  "{\"fault\":\"drop\",\"message\":\"CLOCK_RATE_SET\"}",
	  { .fault = VSCMI_FAULT_DROP, OF(0x14, 5), .on = REPLIES | DELAYED } },
	{ "command_by_the_part_of_its_name",
	  "{ fault: drop, protocol: clock, message: rate_set }",
	  "{\"fault\":\"drop\",\"message\":\"CLOCK_RATE_SET\"}",
	  { .fault = VSCMI_FAULT_DROP, OF(0x14, 5), .on = REPLIES | DELAYED } },
	{ "reply_by_name",
	  "{ fault: drop, message: CLOCK_RATE_SET, on: reply }",
	  "{\"fault\":\"drop\",\"message\":\"CLOCK_RATE_SET\",\"on\":[\"reply\"]}",
	  { .fault = VSCMI_FAULT_DROP, OF(0x14, 5), .on = REPLIES } },
	{ "delayed_response_by_name",
	  "{ fault: drop, message: CLOCK_RATE_SET_COMPLETE }",
	  "{\"fault\":\"drop\",\"message\":\"CLOCK_RATE_SET_COMPLETE\"}",
	  { .fault = VSCMI_FAULT_DROP, OF(0x14, 5), .on = DELAYED } },
	{ "notification_by_name",
	  "{ fault: drop, message: SENSOR_TRIP_POINT_EVENT }",
	  "{\"fault\":\"drop\",\"message\":\"SENSOR_TRIP_POINT_EVENT\"}",
	  { .fault = VSCMI_FAULT_DROP, OF(0x15, 0), .on = NOTIFICATIONS } },
	{ "command_by_name_where_only_replies_can_be",
	  "{ fault: early, message: CLOCK_RATE_SET }",
	  "{\"fault\":\"early\",\"message\":\"CLOCK_RATE_SET\"}",
	  { .fault = VSCMI_FAULT_EARLY,
	    OF(0x14, 5),
	    .on = REPLIES,
	    .min_us = 1000,
	    .max_us = 1000000 } },
	{ "one_kind",
	  "{ fault: drop, on: notification }",
	  "{\"fault\":\"drop\",\"on\":[\"notification\"]}",
	  { .fault = VSCMI_FAULT_DROP, ANY_RULE, .on = NOTIFICATIONS } },
	{ "all_kinds",
	  "{ fault: drop, on: [reply, delayed_response, notification] }",
	  "{\"fault\":\"drop\"}",
	  { .fault = VSCMI_FAULT_DROP, ANY_RULE, .on = ALL } },

	/* how many of them */
	{ "some_of_them",
	  "{ fault: drop, skip: 3, times: 5, probability: 25% }",
	  "{\"fault\":\"drop\",\"probability\":\"25%\",\"skip\":3,\"times\":5}",
	  { .fault = VSCMI_FAULT_DROP,
	    .protocol = VSCMI_FAULT_ANY,
	    .message_id = VSCMI_FAULT_ANY,
	    .probability = 250000,
	    .skip = 3,
	    .times = 5 } },
	{ "few_of_them",
	  "{ fault: drop, probability: 0.0001% }",
	  "{\"fault\":\"drop\",\"probability\":\"0.0001%\"}",
	  { .fault = VSCMI_FAULT_DROP,
	    .protocol = VSCMI_FAULT_ANY,
	    .message_id = VSCMI_FAULT_ANY,
	    .probability = 1 } },
	{ "most_of_them",
	  "{ fault: drop, probability: 99.05% }",
	  "{\"fault\":\"drop\",\"probability\":\"99.05%\"}",
	  { .fault = VSCMI_FAULT_DROP,
	    .protocol = VSCMI_FAULT_ANY,
	    .message_id = VSCMI_FAULT_ANY,
	    .probability = 990500 } },
	{ "nearly_all_but_so_many",
	  "{ fault: drop, skip: 4294967295, times: 4294967295, probability: 100% }",
	  "{\"fault\":\"drop\",\"skip\":4294967295,\"times\":4294967295}",
	  { .fault = VSCMI_FAULT_DROP,
	    ANY_RULE,
	    .skip = UINT32_MAX,
	    .times = UINT32_MAX } },
};

static void is_read_and_written(void **state)
{
	const struct right *right = *state;
	struct vscmi_fault_rule rule = read_rule(right->text);
	char json[RULE_BYTES];
	uint32_t id;

	assert_same_rule(&rule, &right->rule);
	assert_int_equal(vscmi_board_fault_write(board, &rule, json, sizeof(json)),
			 strlen(right->json));
	assert_string_equal(json, right->json);
	rule = read_rule(json);
	assert_same_rule(&rule, &right->rule);
	/* What the reader lets pass is in the ranges of the fault layer. */
	assert_int_equal(vscmi_faults_add(faults, &rule, &id), VSCMI_OK);
	assert_int_equal(vscmi_faults_clear(faults, id), VSCMI_OK);
}

static void a_line_that_does_not_fit_is_cut(void **state)
{
	struct vscmi_fault_rule rule = read_rule("{ fault: drop, agent: a }");
	char text[8] = "1234567", whole[RULE_BYTES];
	size_t length = vscmi_board_fault_write(board, &rule, whole, sizeof(whole));

	(void)state;
	assert_int_equal(vscmi_board_fault_write(board, &rule, text, 5), length);
	assert_memory_equal(text,
			    "{\"fa\0"
			    "67",
			    8);
	assert_int_equal(vscmi_board_fault_write(board, &rule, NULL, 0), length);
}

/*
 * ---- What is refused ----
 */

static const struct wrong {
	const char *what;
	const char *text, *problem;
} wrongs[] = {
	{ "no_text", "", "empty, expected a rule" },
	{ "no_mapping", "drop", "expected a rule, a mapping with the key 'fault'" },
	{ "a_list", "[drop]", "expected a rule, a mapping with the key 'fault'" },
	{ "no_fault", "{ time: 20ms }",
	  "expected a rule, a mapping with the key 'fault'" },
	{ "a_key_that_is_a_list", "{ [a]: b, fault: drop }",
	  "expected a key, not a list" },
	{ "two_documents", "{ fault: drop }\n--- {}",
	  "a second document, expected a rule" },
	{ "bytes_that_are_no_text", "{ fault: \x7f }",
	  "the rule: byte 9: control characters are not allowed" },
	{ "no_yaml", "{ fault: drop", "did not find expected ',' or '}'" },

	/* keys */
	{ "a_fault_that_does_not_exist", "{ fault: lag, time: 20ms }",
	  "fault: 'lag', expected one of: delay, drop, duplicate, reorder, early, "
	  "unsolicited, token, type, message, truncate, oversize, flip, status, stall, "
	  "reset" },
	{ "a_fault_that_is_a_list", "{ fault: [delay] }",
	  "fault: expected a fault, not a list" },
	{ "a_key_of_another_fault", "{ fault: delay, bytes: 4 }",
	  "a delay has no key 'bytes', expected one of: fault, agent, protocol, message, "
	  "on, time, probability, skip, times, copy" },
	{ "a_copy_of_nothing", "{ fault: drop, copy: true }",
	  "a drop has no key 'copy', expected one of: fault, agent, protocol, message, "
	  "on, probability, skip, times" },
	{ "a_key_that_is_missing", "{ fault: truncate }",
	  "a truncate needs the key 'bytes'" },
	{ "a_delay_without_a_time", "{ fault: delay }", "a delay needs the key 'time'" },
	{ "a_stall_without_a_time", "{ fault: stall }", "a stall needs the key 'time'" },
	{ "a_type_without_a_type", "{ fault: type }", "a type needs the key 'type'" },
	{ "an_oversize_without_a_size", "{ fault: oversize }",
	  "an oversize needs the key 'bytes'" },
	{ "a_status_without_a_status", "{ fault: status }",
	  "a status needs the key 'status'" },
	{ "a_key_that_is_there_twice", "{ fault: drop, skip: 1, skip: 2 }",
	  "the key 'skip' is there twice" },

	/* values */
	{ "an_agent_that_does_not_exist", "{ fault: drop, agent: c }",
	  "agent: 'c', expected the name of an agent" },
	{ "a_protocol_that_does_not_exist", "{ fault: drop, protocol: sensr }",
	  "protocol: 'sensr', expected a protocol such as sensor, or a number up to "
	  "0xff" },
	{ "a_protocol_that_is_too_large", "{ fault: drop, protocol: 0x100 }",
	  "protocol: '0x100', expected a protocol such as sensor, or a number up to "
	  "0xff" },
	{ "a_message_that_does_not_exist", "{ fault: drop, message: SENSOR_READING }",
	  "message: 'SENSOR_READING', expected a message such as SENSOR_READING_GET" },
	{ "a_part_of_a_name_without_a_protocol", "{ fault: drop, message: reading_get }",
	  "message: 'reading_get', expected a message such as SENSOR_READING_GET" },
	{ "a_message_of_another_protocol",
	  "{ fault: drop, protocol: clock, message: SENSOR_READING_GET }",
	  "message: 'SENSOR_READING_GET', expected a message of the protocol" },
	{ "a_number_without_a_protocol", "{ fault: drop, message: 6 }",
	  "message: '6', expected a name, or the key 'protocol' beside a number" },
	{ "a_message_id_that_is_too_large",
	  "{ fault: drop, protocol: clock, message: 256 }",
	  "message: '256', expected a number up to 0xff" },
	{ "a_status_of_a_notification",
	  "{ fault: status, status: BUSY, message: CLOCK_RATE_CHANGED }",
	  "message: 'CLOCK_RATE_CHANGED', expected one of: reply, delayed_response" },
	{ "a_kind_that_does_not_exist", "{ fault: drop, on: [reply, event] }",
	  "on: 'event', expected one of: reply, delayed_response, notification" },
	{ "a_kind_that_the_fault_is_not_for",
	  "{ fault: token, on: [reply, notification] }",
	  "on: 'notification', expected one of: reply, delayed_response" },
	{ "a_kind_that_the_message_is_not",
	  "{ fault: drop, message: CLOCK_RATE_CHANGED, on: reply }",
	  "on: 'reply', expected one of: notification" },
	{ "no_kinds", "{ fault: drop, on: [] }", "on: 0 items, expected 1 to 3" },
	{ "kinds_in_a_mapping", "{ fault: drop, on: { reply: true } }",
	  "on: expected a list of kinds of messages" },
	{ "a_probability_without_a_unit", "{ fault: drop, probability: 0.25 }",
	  "probability: '0.25', expected a probability such as 25%, from 0.0001% to "
	  "100%" },
	{ "a_probability_of_nothing", "{ fault: drop, probability: 0% }",
	  "probability: '0%', expected a probability such as 25%, from 0.0001% to 100%" },
	{ "more_than_certain", "{ fault: drop, probability: 100.0001% }",
	  "probability: '100.0001%', expected a probability such as 25%, from 0.0001% to "
	  "100%" },
	{ "less_than_a_millionth", "{ fault: drop, probability: 0.00015% }",
	  "probability: '0.00015%', expected a probability such as 25%, from 0.0001% to "
	  "100%" },
	{ "a_skip_that_is_negative", "{ fault: drop, skip: -1 }",
	  "skip: '-1', expected a whole number from 0 to 0xffffffff" },
	{ "not_even_once", "{ fault: drop, times: 0 }",
	  "times: '0', expected at least once" },
	{ "times_that_are_no_number", "{ fault: drop, times: often }",
	  "times: 'often', expected a whole number from 0 to 0xffffffff" },
	{ "a_copy_that_is_neither", "{ fault: delay, time: 1s, copy: maybe }",
	  "copy: 'maybe', expected true or false" },
	{ "a_time_without_a_unit", "{ fault: delay, time: 20 }",
	  "time: '20', expected a duration such as 200ms, at most a year" },
	{ "a_time_of_nothing", "{ fault: delay, time: 0ms }",
	  "time: expected more than nothing" },
	{ "a_time_upside_down", "{ fault: delay, time: { min: 2s, max: 1s } }",
	  "time: min is above max" },
	{ "half_a_range", "{ fault: delay, time: { min: 2s } }",
	  "time: a range of times needs the key 'max'" },
	{ "a_range_with_more", "{ fault: delay, time: { mean: 2s } }",
	  "time: a range of times has no key 'mean', expected one of: min, max" },
	{ "a_limit_of_nothing", "{ fault: early, at_most: 0s }",
	  "at_most: '0s', expected more than nothing" },
	{ "a_lead_of_more_than_there_is", "{ fault: early, after: 2s, at_most: 1s }",
	  "after: above at_most" },
	{ "behind_nothing", "{ fault: reorder, behind: 0 }",
	  "behind: 0, expected 1 to 64" },
	{ "behind_too_many", "{ fault: reorder, behind: 65 }",
	  "behind: 65, expected 1 to 64" },
	{ "the_same_token", "{ fault: token, by: 0 }", "by: 0, expected 1 to 1023" },
	{ "a_token_that_wraps", "{ fault: token, by: 1024 }",
	  "by: 1024, expected 1 to 1023" },
	{ "a_type_of_three_bits", "{ fault: type, type: 4 }",
	  "type: 4, expected 0 to 3" },
	{ "the_same_message", "{ fault: message, by: 0 }", "by: 0, expected 1 to 255" },
	{ "a_message_that_wraps", "{ fault: message, by: 256 }",
	  "by: 256, expected 1 to 255" },
	{ "an_end_behind_the_longest", "{ fault: truncate, bytes: 512 }",
	  "bytes: 512, expected 0 to 511" },
	{ "no_more_than_it_is", "{ fault: oversize, bytes: 0 }",
	  "bytes: 0, expected 1 to 512" },
	{ "no_bits", "{ fault: flip, bits: 0 }", "bits: 0, expected 1 to 4096" },
	{ "bits_that_are_no_number", "{ fault: flip, bits: some }",
	  "bits: 'some', expected a whole number from 0 to 0xffffffff" },
	{ "a_status_that_does_not_exist", "{ fault: status, status: BROKEN }",
	  "status: 'BROKEN', expected a status such as BUSY, or a number such as -128" },
	{ "a_status_with_a_fraction", "{ fault: status, status: -1.5 }",
	  "status: '-1.5', expected a status such as BUSY, or a number such as -128" },
	{ "a_status_of_more_bits", "{ fault: status, status: -2147483648 }",
	  "status: '-2147483648', expected a status such as BUSY, or a number such as "
	  "-128" },
};

static void is_refused(void **state)
{
	const struct wrong *wrong = *state;
	struct vscmi_fault_rule rule = { .skip = 77 };
	struct vscmi_problem problem;

	assert_int_equal(vscmi_board_fault_read(board, wrong->text, strlen(wrong->text),
						&rule, &problem),
			 VSCMI_E_INVALID);
	assert_string_equal(problem.text, wrong->problem);
	assert_int_equal(rule.skip, 77);
}

/*
 * ---- In a board file ----
 */

static struct vscmi_board *load(const char *text)
{
	struct vscmi_problem problem = { "" };
	struct vscmi_board *loaded = NULL;

	if (vscmi_board_load_text(text, strlen(text), "b.yaml", &loaded, &problem))
		fail_msg("%s", problem.text);
	return loaded;
}

static void a_board_keeps_its_seed_and_its_rules_in_order(void **state)
{
	/* The rules stand before the agents that they name. */
	struct vscmi_board *loaded = load("faults:\n"
					  "  rules:\n"
					  "    - { fault: drop, agent: b }\n"
					  "    - { fault: delay, time: 20ms }\n"
					  "  seed: 7\n"
					  "agents: [{ name: a }, { name: b }]\n");
	const struct vscmi_fault_rule *rules = vscmi_board_fault_rules(loaded);

	(void)state;
	assert_int_equal(vscmi_board_fault_seed(loaded), 7);
	assert_int_equal(vscmi_board_fault_rule_count(loaded), 2);
	assert_int_equal(rules[0].fault, VSCMI_FAULT_DROP);
	assert_int_equal(rules[0].agent_id, 2);
	assert_int_equal(rules[1].fault, VSCMI_FAULT_DELAY);
	vscmi_board_free(loaded);
}

static void a_board_without_faults_has_no_rules(void **state)
{
	(void)state;
	assert_int_equal(vscmi_board_fault_seed(board), 0);
	assert_int_equal(vscmi_board_fault_rule_count(board), 0);
}

static struct CMUnitTest one_of(const char *what, CMUnitTestFunction function,
				const void *row)
{
	return (struct CMUnitTest){ .name = what,
				    .test_func = function,
				    .initial_state = (void *)(uintptr_t)row };
}

int main(void)
{
	enum {
		RIGHTS = sizeof(rights) / sizeof(rights[0]),
		WRONGS = sizeof(wrongs) / sizeof(wrongs[0]),
	};
	struct CMUnitTest tests[RIGHTS + WRONGS + 3] = {
		cmocka_unit_test(a_line_that_does_not_fit_is_cut),
		cmocka_unit_test(a_board_keeps_its_seed_and_its_rules_in_order),
		cmocka_unit_test(a_board_without_faults_has_no_rules),
	};

	for (size_t i = 0; i < RIGHTS; i++)
		tests[3 + i] = one_of(rights[i].what, is_read_and_written, &rights[i]);
	for (size_t i = 0; i < WRONGS; i++)
		tests[3 + RIGHTS + i] = one_of(wrongs[i].what, is_refused, &wrongs[i]);
	return cmocka_run_group_tests_name("fault rules", tests, set_up, tear_down);
}
