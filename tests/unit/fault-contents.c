/* SPDX-License-Identifier: BSD-3-Clause */
/* What each fault does to the bytes of a message, and what fits the room of an event. */
#include "faulty.h"

#include <string.h>

#include "message/cursor.h"

/* CLOCK, message 5, token 7, with each type. */
#define HEADER(type) (5u | (type) << 8 | 0x14u << 10 | 7u << 18)
#define REPLY        HEADER(0u)
#define DELAYED      HEADER(2u)
#define NOTIFICATION HEADER(3u)

#define TOKENS(count)   ((uint32_t)(count) << 18)
#define TYPES(count)    ((uint32_t)(count) << 8)
#define MESSAGES(count) ((uint32_t)(count))

#define BYTES 12u

/* Of 12 bytes: the header that comes and how many bytes, all others being as they were. */
static const struct content {
	const char *what;
	struct vscmi_fault_rule rules[2];
	const char *story;
	uint32_t word;
	int32_t status;
	size_t count;
} contents[] = {
	{ "a_reply_bears_another_token",
	  { { .fault = VSCMI_FAULT_TOKEN, .amount = 3 } },
	  "c7",
	  REPLY + TOKENS(3),
	  0,
	  BYTES },
	{ "a_held_reply_bears_another_token",
	  { { .fault = VSCMI_FAULT_TOKEN, .amount = 3 } },
	  "h7 a7",
	  REPLY + TOKENS(3),
	  0,
	  BYTES },
	{ "tokens_begin_again_behind_the_last",
	  { { .fault = VSCMI_FAULT_TOKEN, .amount = 1023 } },
	  "d7",
	  DELAYED - TOKENS(1),
	  0,
	  BYTES },
	{ "a_reply_bears_another_type",
	  { { .fault = VSCMI_FAULT_TYPE, .amount = 1 } },
	  "c7",
	  REPLY + TYPES(1),
	  0,
	  BYTES },
	{ "a_notification_bears_another_type",
	  { { .fault = VSCMI_FAULT_TYPE, .amount = 0 } },
	  "n7",
	  REPLY,
	  0,
	  BYTES },
	{ "a_reply_bears_another_message_id",
	  { { .fault = VSCMI_FAULT_MESSAGE, .amount = 2 } },
	  "c7",
	  REPLY + MESSAGES(2),
	  0,
	  BYTES },
	{ "message_ids_begin_again_behind_the_last",
	  { { .fault = VSCMI_FAULT_MESSAGE, .amount = 255 } },
	  "n7",
	  NOTIFICATION - MESSAGES(1),
	  0,
	  BYTES },
	{ "a_reply_is_cut",
	  { { .fault = VSCMI_FAULT_TRUNCATE, .amount = 9 } },
	  "c7",
	  REPLY,
	  0,
	  9 },
	{ "a_delayed_response_is_cut",
	  { { .fault = VSCMI_FAULT_TRUNCATE, .amount = 8 } },
	  "d7",
	  DELAYED,
	  0,
	  8 },
	{ "what_is_shorter_is_not_cut",
	  { { .fault = VSCMI_FAULT_TRUNCATE, .amount = 13 } },
	  "c7",
	  REPLY,
	  0,
	  BYTES },
	{ "a_reply_has_another_status_and_no_payload",
	  { { .fault = VSCMI_FAULT_STATUS, .status = -300 } },
	  "c7",
	  REPLY,
	  -300,
	  8 },
	{ "a_delayed_response_has_another_status",
	  { { .fault = VSCMI_FAULT_STATUS, .status = VSCMI_BUSY } },
	  "d7",
	  DELAYED,
	  VSCMI_BUSY,
	  8 },
	{ "rules_are_done_one_after_the_other",
	  { { .fault = VSCMI_FAULT_TRUNCATE, .amount = 4 },
	    { .fault = VSCMI_FAULT_STATUS, .status = VSCMI_DENIED } },
	  "c7",
	  REPLY,
	  VSCMI_DENIED,
	  8 },
	{ "two_tokens_add_up",
	  { { .fault = VSCMI_FAULT_TOKEN, .amount = 3 },
	    { .fault = VSCMI_FAULT_TOKEN, .amount = 4 } },
	  "c7",
	  REPLY + TOKENS(7),
	  0,
	  BYTES },
	{ "an_unsolicited_response_has_the_replys_content",
	  { { .fault = VSCMI_FAULT_UNSOLICITED, .min_us = 9, .max_us = 9 } },
	  "c7",
	  DELAYED,
	  0,
	  BYTES },
	{ "an_unsolicited_response_has_what_rules_did_before",
	  { { .fault = VSCMI_FAULT_TOKEN, .amount = 3 },
	    { .fault = VSCMI_FAULT_UNSOLICITED, .min_us = 9, .max_us = 9 } },
	  "c7",
	  DELAYED + TOKENS(3),
	  0,
	  BYTES },
	{ "a_copy_has_the_fault",
	  { { .fault = VSCMI_FAULT_TOKEN, .amount = 3, .copy = true },
	    { .fault = VSCMI_FAULT_DROP } },
	  "d7",
	  DELAYED + TOKENS(3),
	  0,
	  BYTES },
	{ "a_message_that_had_a_copy_is_as_it_was",
	  { { .fault = VSCMI_FAULT_TOKEN, .amount = 3, .copy = true } },
	  "c7 .",
	  REPLY,
	  0,
	  BYTES },
};

static struct faulty *faulty;

static void start(uint32_t messages_max)
{
	faulty = faulty_new(4, messages_max, true);
}

static int end(void **state)
{
	faulty_free(faulty);
	return 0;
}

static void the_message_has_this_content(void **state)
{
	const struct content *content = *state;
	uint8_t expected[BYTES] = { 0, 0, 0, 0, 0, 0, 0, 0, 8, 9, 10, 11 };

	start(8);
	for (int i = 0; i < 2; i++) {
		if (content->rules[i].fault || content->rules[i].amount)
			faulty_add_rule(faulty, content->rules[i]);
	}
	faulty_play(faulty, content->story);
	vscmi_le32_put(expected, content->word);
	vscmi_le32_put(expected + 4, (uint32_t)content->status);
	assert_int_equal(faulty->last.count, content->count);
	assert_memory_equal(faulty->last.bytes, expected, content->count);
}

/*
 * ---- Lengths ----
 */

static void what_is_cut_to_less_than_a_header_keeps_its_bytes(void **state)
{
	for (uint32_t count = 0; count < VSCMI_HEADER_BYTES; count++) {
		start(8);
		faulty_add(faulty, .fault = VSCMI_FAULT_TRUNCATE, .amount = count);
		faulty_add(faulty, .fault = VSCMI_FAULT_TOKEN, .amount = 3);
		faulty_play(faulty, "c7");
		assert_int_equal(faulty->last.count, count);
		assert_memory_equal(faulty->last.bytes, ((uint8_t[]){ 5, 0x50, 0x1c }),
				    count);
		if (count < 3)
			faulty_free(faulty);
	}
}

static const struct {
	const char *story;
	uint32_t amount;
	size_t count;
} stretches[] = {
	{ "c7", 1, 13 }, { "c7", 512, VSCMI_SERVICE_REPLY_MAX }, { "h7 a7", 100, 112 },
	{ "d7", 4, 16 }, { "n7", 512, VSCMI_SERVICE_EVENT_MAX },
};

static void a_message_that_is_too_long_ends_in_filler(void **state)
{
	for (size_t i = 0; i < sizeof(stretches) / sizeof(stretches[0]); i++) {
		if (i > 0)
			faulty_free(faulty);
		start(8);
		faulty_add(faulty, .fault = VSCMI_FAULT_OVERSIZE,
			   .amount = stretches[i].amount);
		faulty_play(faulty, stretches[i].story);
		assert_int_equal(faulty->last.count, stretches[i].count);
		assert_int_equal(faulty->last.bytes[11], 11);
		for (size_t at = BYTES; at < faulty->last.count; at++)
			assert_int_equal(faulty->last.bytes[at], 0xa5);
	}
}

static void a_long_reply_is_forged_into_the_longest_event(void **state)
{
	start(8);
	faulty->reply_count = 300;
	faulty_add(faulty, .fault = VSCMI_FAULT_UNSOLICITED, .min_us = 9, .max_us = 9);
	faulty_play(faulty, "c7");
	faulty_expect(faulty, "d7");
	assert_int_equal(faulty->last.count, VSCMI_SERVICE_EVENT_MAX);
	faulty_play(faulty, ".");
	assert_int_equal(faulty->last.count, 300);
}

static unsigned bits_that_differ(const uint8_t *a, const uint8_t *b, size_t count)
{
	unsigned bits = 0;

	for (size_t i = 0; i < 8 * count; i++)
		bits += (a[i / 8] ^ b[i / 8]) >> i % 8 & 1;
	return bits;
}

static void as_many_bits_are_flipped_as_the_rule_says(void **state)
{
	static const struct {
		uint32_t amount;
		unsigned flipped;
	} cases[] = { { 1, 1 }, { 2, 2 }, { 50, 50 }, { 96, 96 }, { 4096, 96 } };
	struct faulty_message clean, first;
	uint32_t id;

	start(8);
	faulty_play(faulty, "c7");
	clean = faulty->last;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		id = faulty_add(faulty, .fault = VSCMI_FAULT_FLIP,
				.amount = cases[i].amount);
		faulty_play(faulty, "c7");
		assert_int_equal(faulty->last.count, BYTES);
		assert_int_equal(bits_that_differ(faulty->last.bytes, clean.bytes, BYTES),
				 cases[i].flipped);
		first = faulty->last;
		faulty_play(faulty, "c7");
		if (cases[i].flipped == 50)
			assert_memory_not_equal(faulty->last.bytes, first.bytes, BYTES);
		vscmi_faults_clear(faulty->faults, id);
	}
}

static void every_bit_is_flipped_some_time(void **state)
{
	uint8_t flipped[BYTES] = { 0 };
	struct faulty_message clean;

	start(8);
	faulty_play(faulty, "c7");
	clean = faulty->last;
	faulty_add(faulty, .fault = VSCMI_FAULT_FLIP, .amount = 4);
	for (unsigned turns = 0; turns < 400; turns++) {
		faulty->log[0] = '\0';
		faulty_play(faulty, "c7");
		for (size_t i = 0; i < BYTES; i++)
			flipped[i] |= faulty->last.bytes[i] ^ clean.bytes[i];
	}
	for (size_t i = 0; i < BYTES; i++)
		assert_int_equal(flipped[i], 0xff);
}

/*
 * ---- The room of an event ----
 */

static void a_notification_that_does_not_fit_is_dropped(void **state)
{
	start(8);
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY, .min_us = 5, .max_us = 5);
	faulty->agents[1].event_room = 11;
	faulty_play(faulty, "n1 n2 .");
	faulty->agents[1].event_room = 12;
	faulty_play(faulty, "n3 .");
	faulty_expect(faulty, "@5 @10 n3");
}

static void a_delayed_response_that_does_not_fit_waits_for_more_room(void **state)
{
	start(8);
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY, .min_us = 5, .max_us = 5);
	faulty->agents[1].event_room = 11;
	faulty_play(faulty, "d1 .");
	faulty_expect(faulty, "@5");
	faulty->agents[1].event_room = 12;
	faulty_play(faulty, "c2 .");
	faulty_expect(faulty, "d1 @10 r2");
}

static void events_that_fit_overtake_a_delayed_response_that_does_not(void **state)
{
	struct vscmi_header short_one = { .protocol = VSCMI_PROTOCOL_CLOCK,
					  .type = VSCMI_NOTIFICATION,
					  .token = 2 };

	start(8);
	faulty_add(faulty, .fault = VSCMI_FAULT_DROP, .message_id = 77);
	faulty->agents[1].event_room = 11;
	faulty_play(faulty, "d1");
	faulty_event(faulty, 1, short_one, 8);
	faulty_expect(faulty, "n2");
	faulty->agents[1].event_room = 12;
	faulty_play(faulty, "e+");
	faulty_expect(faulty, "d1");
}

static void an_event_lies_about_its_length(void **state)
{
	start(8);
	faulty_add(faulty, .fault = VSCMI_FAULT_OVERSIZE, .amount = 20);
	faulty->agents[1].event_room = 12;
	faulty_play(faulty, "d1");
	faulty_expect(faulty, "d1");
	assert_int_equal(faulty->last.count, 32);
}

#define CONTENTS (sizeof(contents) / sizeof(contents[0]))

static const struct CMUnitTest others[] = {
	cmocka_unit_test_teardown(what_is_cut_to_less_than_a_header_keeps_its_bytes, end),
	cmocka_unit_test_teardown(a_message_that_is_too_long_ends_in_filler, end),
	cmocka_unit_test_teardown(a_long_reply_is_forged_into_the_longest_event, end),
	cmocka_unit_test_teardown(as_many_bits_are_flipped_as_the_rule_says, end),
	cmocka_unit_test_teardown(every_bit_is_flipped_some_time, end),
	cmocka_unit_test_teardown(a_notification_that_does_not_fit_is_dropped, end),
	cmocka_unit_test_teardown(
		a_delayed_response_that_does_not_fit_waits_for_more_room, end),
	cmocka_unit_test_teardown(
		events_that_fit_overtake_a_delayed_response_that_does_not, end),
	cmocka_unit_test_teardown(an_event_lies_about_its_length, end),
};

int main(void)
{
	struct CMUnitTest tests[CONTENTS + sizeof(others) / sizeof(others[0])];

	for (size_t i = 0; i < CONTENTS; i++)
		tests[i] = (struct CMUnitTest){
			.name = contents[i].what,
			.test_func = the_message_has_this_content,
			.teardown_func = end,
			.initial_state = (void *)(uintptr_t)&contents[i],
		};
	memcpy(tests + CONTENTS, others, sizeof(others));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
