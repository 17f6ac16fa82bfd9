/* SPDX-License-Identifier: BSD-3-Clause */
/* Which messages a rule is done to: what it matches, skips and draws, and what is no rule. */
#include "faulty.h"

#include <string.h>

static struct faulty *faulty;

static int set_up(void **state)
{
	faulty = faulty_new(4, 8, true);
	return 0;
}

static int tear_down(void **state)
{
	faulty_free(faulty);
	return 0;
}

/* The stories' messages are number 5 of the Clock protocol, 0x14. */
static const struct {
	const char *what;
	struct vscmi_fault_rule rule;
	const char *log;
} matches[] = {
	{ "all", { .on = 0 }, "l1 2: l2" },
	{ "another agent", { .agent_id = 2 }, "r1 d3 n4 2: l2" },
	{ "one agent", { .agent_id = 1 }, "l1 2: r2 d5" },
	{ "the protocol", { .protocol = 0x14 }, "l1 2: l2" },
	{ "another protocol", { .protocol = 0x15 }, "r1 d3 n4 2: r2 d5" },
	{ "the message", { .message_id = 5 }, "l1 2: l2" },
	{ "another message", { .message_id = 6 }, "r1 d3 n4 2: r2 d5" },
	{ "replies", { .on = VSCMI_FAULT_ON_REPLIES }, "l1 d3 n4 2: l2 d5" },
	{ "delayed responses", { .on = VSCMI_FAULT_ON_DELAYED }, "r1 n4 2: r2" },
	{ "notifications", { .on = VSCMI_FAULT_ON_NOTIFICATIONS }, "r1 d3 2: r2 d5" },
	{ "events",
	  { .on = VSCMI_FAULT_ON_NOTIFICATIONS | VSCMI_FAULT_ON_DELAYED },
	  "r1 2: r2" },
	{ "the first ones are skipped", { .skip = 2 }, "r1 d3 2: l2" },
	{ "only so many", { .times = 2 }, "l1 n4 2: r2 d5" },
	{ "the one in between", { .skip = 1, .times = 1 }, "r1 n4 2: r2 d5" },
};

static void a_rule_is_done_to_what_it_matches(void **state)
{
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		struct vscmi_fault_rule rule = matches[i].rule;
		uint32_t id;

		rule.fault = VSCMI_FAULT_DROP;
		id = faulty_add_rule(faulty, rule);
		faulty_play(faulty, "c1 d3 n4");
		strcat(faulty->log, " 2:");
		faulty_play(faulty, "2: c2 d5");
		faulty_expect(faulty, matches[i].log);
		assert_int_equal(vscmi_faults_clear(faulty->faults, id), VSCMI_OK);
	}
}

static void what_other_rules_did_to_the_header_changes_no_match(void **state)
{
	faulty_add(faulty, .fault = VSCMI_FAULT_MESSAGE, .amount = 1);
	faulty_add(faulty, .fault = VSCMI_FAULT_DROP, .message_id = 6);
	faulty_play(faulty, "c1 d2");
	faulty_expect(faulty, "r1 d2");
	faulty_add(faulty, .fault = VSCMI_FAULT_DROP, .message_id = 5);
	faulty_play(faulty, "c1 d2");
	faulty_expect(faulty, "l1");
}

static void a_rule_counts_what_it_met(void **state)
{
	uint32_t id = faulty_add(faulty, .fault = VSCMI_FAULT_DROP, .skip = 2, .times = 1,
				 .on = VSCMI_FAULT_ON_REPLIES);

	faulty_play(faulty, "c1 d2 c3 c4 c5");
	faulty_expect(faulty, "r1 d2 r3 l4 r5");
	assert_int_equal(faulty_rule(faulty, id)->matched, 4);
	assert_int_equal(faulty_rule(faulty, id)->done, 1);
	assert_int_equal(faulty_rule(faulty, id)->missed, 0);
}

/*
 * ---- Chance ----
 */

static uint64_t dropped_of_10000(uint32_t probability)
{
	uint32_t id =
		faulty_add(faulty, .fault = VSCMI_FAULT_DROP, .probability = probability);
	uint64_t done;

	for (unsigned i = 0; i < 10000; i++) {
		faulty->log[0] = '\0';
		faulty_play(faulty, "c1");
	}
	done = faulty_rule(faulty, id)->done;
	assert_int_equal(faulty_rule(faulty, id)->matched, 10000);
	vscmi_faults_clear(faulty->faults, id);
	return done;
}

static void a_rule_is_done_as_often_as_it_is_probable(void **state)
{
	/* Six standard deviations wide. */
	assert_in_range(dropped_of_10000(500000), 4700, 5300);
	assert_in_range(dropped_of_10000(10000), 40, 160);
	assert_in_range(dropped_of_10000(1), 0, 2);
	assert_in_range(dropped_of_10000(999999), 9998, 10000);
	assert_int_equal(dropped_of_10000(VSCMI_FAULT_CERTAIN), 10000);
}

static void times_are_drawn_from_the_whole_range(void **state)
{
	bool seen[4] = { false };

	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY, .min_us = 2, .max_us = 5);
	for (unsigned i = 0; i < 100; i++) {
		uint64_t start_us = faulty->now_us;

		faulty->log[0] = '\0';
		faulty_play(faulty, "c1 .");
		assert_in_range(faulty->now_us - start_us, 2, 5);
		seen[faulty->now_us - start_us - 2] = true;
	}
	assert_true(seen[0] && seen[1] && seen[2] && seen[3]);
}

static void the_longest_times_are_not_for_ever(void **state)
{
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY, .max_us = UINT64_MAX);
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY, .min_us = UINT64_MAX,
		   .max_us = UINT64_MAX);
	faulty_play(faulty, "+5 c1");
	assert_true(faulty_next_us(faulty) == UINT64_MAX - 1);
	faulty_advance(faulty, UINT64_MAX - 1);
	faulty_expect(faulty, "r1");
}

static void play_with_chances(uint64_t seed, char *ret_log)
{
	vscmi_faults_seed(faulty->faults, seed);
	faulty->log[0] = '\0';
	for (unsigned i = 0; i < 20; i++)
		faulty_play(faulty, "c1 c2 d3 n4 2: c5 1: x 2: x");
	memcpy(ret_log, faulty->log, sizeof(faulty->log));
}

static void the_same_seed_is_the_same_run(void **state)
{
	char first[sizeof(faulty->log)], second[sizeof(faulty->log)];

	faulty_add(faulty, .fault = VSCMI_FAULT_DROP, .probability = 300000);
	faulty_add(faulty, .fault = VSCMI_FAULT_DUPLICATE, .probability = 300000);
	faulty_add(faulty, .fault = VSCMI_FAULT_UNSOLICITED, .probability = 300000);
	play_with_chances(7, first);
	play_with_chances(7, second);
	assert_string_equal(first, second);
	play_with_chances(8, second);
	assert_string_not_equal(first, second);
}

static void a_chance_is_drawn_only_for_what_is_chosen(void **state)
{
	char first[sizeof(faulty->log)], second[sizeof(faulty->log)];
	uint32_t id;

	faulty_add(faulty, .fault = VSCMI_FAULT_DROP, .probability = 500000);
	play_with_chances(7, first);
	id = faulty_add(faulty, .fault = VSCMI_FAULT_DROP, .probability = 500000,
			.message_id = 6);
	play_with_chances(7, second);
	assert_string_equal(first, second);
	vscmi_faults_clear(faulty->faults, id);
	faulty_add(faulty, .fault = VSCMI_FAULT_DROP, .probability = 500000,
		   .skip = 1000);
	play_with_chances(7, second);
	assert_string_equal(first, second);
}

/*
 * ---- What is no rule ----
 */

#define ANY .protocol = VSCMI_FAULT_ANY, .message_id = VSCMI_FAULT_ANY, .probability = 1

static const struct {
	enum vscmi_error error;
	struct vscmi_fault_rule rule;
} rules[] = {
	{ VSCMI_OK, { ANY, .fault = VSCMI_FAULT_DELAY } },
	{ VSCMI_OK, { ANY, .fault = VSCMI_FAULT_DELAY, .copy = true, .max_us = 1 } },
	{ VSCMI_E_INVALID,
	  { ANY, .fault = VSCMI_FAULT_DELAY, .min_us = 2, .max_us = 1 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_COUNT } },
	{ VSCMI_E_INVALID, { ANY, .fault = (enum vscmi_fault) - 1 } },
	{ VSCMI_OK, { ANY, .fault = VSCMI_FAULT_DROP, .agent_id = 3 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_DROP, .agent_id = 4 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_DROP, .copy = true } },
	{ VSCMI_OK, { .protocol = 255, .message_id = 255, .probability = 1000000 } },
	{ VSCMI_E_INVALID, { .protocol = 256, .message_id = 0, .probability = 1 } },
	{ VSCMI_E_INVALID, { .protocol = 0, .message_id = 256, .probability = 1 } },
	{ VSCMI_E_INVALID, { .protocol = 0, .message_id = 0, .probability = 0 } },
	{ VSCMI_E_INVALID, { .protocol = 0, .message_id = 0, .probability = 1000001 } },
	{ VSCMI_OK, { ANY, .fault = VSCMI_FAULT_DROP, .on = 7 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_DROP, .on = 8 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_DUPLICATE, .copy = true } },
	{ VSCMI_OK, { ANY, .fault = VSCMI_FAULT_REORDER, .amount = 1, .max_us = 1 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_REORDER, .amount = 1 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_REORDER, .max_us = 1 } },
	{ VSCMI_OK, { ANY, .fault = VSCMI_FAULT_EARLY, .max_us = 1, .on = 1 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_EARLY, .max_us = 1, .on = 3 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_EARLY } },
	{ VSCMI_E_INVALID,
	  { ANY, .fault = VSCMI_FAULT_EARLY, .max_us = 1, .copy = true } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_UNSOLICITED, .on = 2 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_UNSOLICITED, .copy = true } },
	{ VSCMI_OK, { ANY, .fault = VSCMI_FAULT_TOKEN, .amount = 1023, .on = 3 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_TOKEN, .amount = 0 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_TOKEN, .amount = 1024 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_TOKEN, .amount = 1, .on = 4 } },
	{ VSCMI_OK, { ANY, .fault = VSCMI_FAULT_TYPE, .amount = 3 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_TYPE, .amount = 4 } },
	{ VSCMI_OK, { ANY, .fault = VSCMI_FAULT_MESSAGE, .amount = 255 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_MESSAGE, .amount = 0 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_MESSAGE, .amount = 256 } },
	{ VSCMI_OK, { ANY, .fault = VSCMI_FAULT_TRUNCATE, .amount = 511 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_TRUNCATE, .amount = 512 } },
	{ VSCMI_OK, { ANY, .fault = VSCMI_FAULT_OVERSIZE, .amount = 512 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_OVERSIZE, .amount = 513 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_OVERSIZE, .amount = 0 } },
	{ VSCMI_OK, { ANY, .fault = VSCMI_FAULT_FLIP, .amount = 4096 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_FLIP, .amount = 4097 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_FLIP, .amount = 0 } },
	{ VSCMI_OK, { ANY, .fault = VSCMI_FAULT_STATUS, .status = INT32_MIN } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_STATUS, .on = 7 } },
	{ VSCMI_OK, { ANY, .fault = VSCMI_FAULT_STALL, .max_us = 1 } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_STALL } },
	{ VSCMI_E_INVALID,
	  { ANY, .fault = VSCMI_FAULT_STALL, .max_us = 1, .copy = true } },
	{ VSCMI_E_INVALID, { ANY, .fault = VSCMI_FAULT_RESET, .copy = true } },
};

static void a_rule_out_of_range_is_refused(void **state)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		uint32_t id = 0;
		enum vscmi_error error =
			vscmi_faults_add(faulty->faults, &rules[i].rule, &id);

		if (error != rules[i].error)
			print_error("rule %zu of the table\n", i);
		assert_int_equal(error, rules[i].error);
		assert_int_equal(id > 0, error == VSCMI_OK);
		vscmi_faults_clear(faulty->faults, 0);
	}
}

static void rules_are_listed_in_the_order_in_which_they_came(void **state)
{
	const struct vscmi_fault_rule rule = { ANY };
	uint32_t ids[4], id = 0;

	assert_null(vscmi_faults_next_rule(faulty->faults, 0));
	for (int i = 0; i < 4; i++)
		ids[i] = faulty_add(faulty, .skip = (uint64_t)i);
	assert_int_equal(vscmi_faults_add(faulty->faults, &rule, &id), VSCMI_E_BUSY);
	assert_int_equal(vscmi_faults_clear(faulty->faults, ids[1]), VSCMI_OK);
	assert_int_equal(vscmi_faults_clear(faulty->faults, ids[1]), VSCMI_E_INVALID);
	assert_int_equal(vscmi_faults_clear(faulty->faults, 77), VSCMI_E_INVALID);
	assert_int_equal(vscmi_faults_next_rule(faulty->faults, 0)->id, ids[0]);
	assert_int_equal(vscmi_faults_next_rule(faulty->faults, ids[0])->id, ids[2]);
	assert_int_equal(vscmi_faults_next_rule(faulty->faults, ids[0])->rule.skip, 2);
	assert_int_equal(vscmi_faults_next_rule(faulty->faults, ids[2])->id, ids[3]);
	assert_null(vscmi_faults_next_rule(faulty->faults, ids[3]));
	assert_true(faulty_add(faulty, .skip = 9) > ids[3]);
	assert_int_equal(vscmi_faults_clear(faulty->faults, 0), VSCMI_OK);
	assert_null(vscmi_faults_next_rule(faulty->faults, 0));
}

static void a_rule_says_to_which_messages_it_is_done(void **state)
{
	uint32_t id = faulty_add(faulty, .fault = VSCMI_FAULT_TOKEN, .amount = 1);

	assert_int_equal(faulty_rule(faulty, id)->rule.on,
			 VSCMI_FAULT_ON_REPLIES | VSCMI_FAULT_ON_DELAYED);
}

static void faults_have_names(void **state)
{
	assert_string_equal(vscmi_fault_name(VSCMI_FAULT_DELAY), "delay");
	assert_string_equal(vscmi_fault_name(VSCMI_FAULT_RESET), "reset");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_rule_is_done_to_what_it_matches),
		TEST(what_other_rules_did_to_the_header_changes_no_match),
		TEST(a_rule_counts_what_it_met),
		TEST(a_rule_is_done_as_often_as_it_is_probable),
		TEST(times_are_drawn_from_the_whole_range),
		TEST(the_longest_times_are_not_for_ever),
		TEST(the_same_seed_is_the_same_run),
		TEST(a_chance_is_drawn_only_for_what_is_chosen),
		TEST(a_rule_out_of_range_is_refused),
		TEST(rules_are_listed_in_the_order_in_which_they_came),
		TEST(a_rule_says_to_which_messages_it_is_done),
		TEST(faults_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
