/* SPDX-License-Identifier: BSD-3-Clause */
/* The layer between its neighbours: memory, full places, links that call back and go. */
#include "faulty.h"

#include <stdlib.h>
#include <string.h>

#include "message/cursor.h"

#define PLACES 2

static struct faulty *faulty;

static int set_up(void **state)
{
	faulty = faulty_new(4, PLACES, true);
	return 0;
}

static int set_up_without_events(void **state)
{
	faulty = faulty_new(4, PLACES, false);
	return 0;
}

static int tear_down(void **state)
{
	faulty_free(faulty);
	return 0;
}

/*
 * ---- Memory ----
 */

static void a_configuration_out_of_range_is_refused(void **state)
{
	const struct vscmi_faults_config good = {
		.service = &faulty->platform,
		.agent_count = 1,
		.rules_max = 1,
		.messages_max = 1,
	};
	struct vscmi_faults_config config;
	struct vscmi_faults *faults = NULL;
	size_t bytes = vscmi_faults_bytes(&good);
	void *memory = malloc(bytes);

	for (int member = 0; member < 4; member++) {
		config = good;
		config.service = member == 0 ? NULL : good.service;
		config.agent_count = member != 1;
		config.rules_max = member != 2;
		config.messages_max = member != 3;
		assert_int_equal(vscmi_faults_init(&config, memory, bytes, &faults),
				 VSCMI_E_INVALID);
	}
	assert_int_equal(vscmi_faults_init(&good, memory, bytes - 1, &faults),
			 VSCMI_E_TOO_BIG);
	assert_null(faults);
	assert_int_equal(vscmi_faults_init(&good, memory, bytes, &faults), VSCMI_OK);
	free(memory);
}

static void it_lives_at_any_alignment(void **state)
{
	const struct vscmi_faults_config config = {
		.service = &faulty->platform,
		.agent_count = FAULTY_AGENTS,
		.rules_max = 1,
		.messages_max = 1,
	};
	size_t bytes = vscmi_faults_bytes(&config);

	/* The longest reply, in the last place of the last agent. */
	faulty->reply_count = VSCMI_SERVICE_REPLY_MAX;
	for (size_t by = 0; by < 8; by++) {
		struct faulty_agent *agent = &faulty->agents[FAULTY_AGENTS];
		uint8_t *memory = malloc(by + bytes);

		assert_int_equal(
			vscmi_faults_init(&config, memory + by, bytes, &faulty->faults),
			VSCMI_OK);
		faulty->service = vscmi_faults_service(faulty->faults);
		assert_int_equal(faulty->service->ops->connect(
					 faulty->service, FAULTY_AGENTS, &agent->channel),
				 VSCMI_OK);
		faulty_add(faulty, .fault = VSCMI_FAULT_DELAY);
		faulty_play(faulty, "3: c1");
		faulty_expect(faulty, "");
		faulty_play(faulty, ".");
		faulty_expect(faulty, "r1");
		free(memory);
	}
}

static void it_holds_what_the_platform_holds_and_what_it_keeps(void **state)
{
	assert_int_equal(faulty->platform.ops->held_max(&faulty->platform), 5);
	assert_int_equal(faulty->service->ops->held_max(faulty->service), 5 + PLACES);
}

static void only_its_agents_connect(void **state)
{
	struct vscmi_service *service = faulty->service;
	uint8_t reply[VSCMI_SERVICE_REPLY_MAX];
	size_t count = 0;

	assert_int_equal(service->ops->connect(service, 0, &faulty->agents[1].channel),
			 VSCMI_E_INVALID);
	assert_int_equal(service->ops->connect(service, FAULTY_AGENTS + 1,
					       &faulty->agents[1].channel),
			 VSCMI_E_INVALID);
	faulty_add(faulty, .fault = VSCMI_FAULT_DROP);
	assert_int_equal(service->ops->handle(service, 1, "abc", 3, reply, sizeof(reply),
					      NULL, &count),
			 VSCMI_SERVICE_UNANSWERABLE);
	assert_int_equal(
		service->ops->handle(service, 1, "abcd", 4, reply, 7, NULL, &count),
		VSCMI_SERVICE_UNANSWERABLE);
	assert_int_equal(count, 0);
}

/*
 * ---- Without rules ----
 */

static void without_rules_every_byte_passes(void **state)
{
	struct vscmi_service *services[2] = { &faulty->platform, faulty->service };
	struct faulty_message seen[2][3];

	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < 2; i++) {
		struct vscmi_service *service = services[i];
		uint8_t request[4] = { 1, 0xf0, 0xff, 0xff };

		for (size_t m = 0; m < 3; m++)
			memset(seen[i][m].bytes, 0xee, sizeof(seen[i][m].bytes));
		faulty->agents[1].takes_events = false;
		faulty->reply_count = 300;
		assert_int_equal(service->ops->handle(service, 1, request, 4,
						      seen[i][0].bytes, 200, NULL,
						      &seen[i][0].count),
				 VSCMI_SERVICE_ANSWERED);
		faulty_play(faulty, "d1 n2");
		for (size_t m = 1; m < 3; m++) {
			assert_true(service->ops->event_waits(service, 1));
			assert_true(service->ops->event(service, 1, seen[i][m].bytes, 12,
							&seen[i][m].count));
		}
		assert_false(service->ops->event_waits(service, 1));
	}
	assert_memory_equal(seen[0], seen[1], sizeof(seen[0]));
	assert_int_equal(seen[1][0].count, 200);
	assert_int_equal(seen[1][0].bytes[200], 0xee);
}

static void rules_that_match_nothing_change_nothing(void **state)
{
	faulty_add(faulty, .fault = VSCMI_FAULT_DROP, .message_id = 77);
	faulty->reply_count = VSCMI_SERVICE_REPLY_MAX;
	faulty_play(faulty, "c1");
	assert_int_equal(faulty->last.count, VSCMI_SERVICE_REPLY_MAX);
	assert_int_equal(faulty->last.bytes[511], 511 % 256);
	faulty_play(faulty, "n2 d3 n4 h5 a5");
	faulty_expect(faulty, "r1 n2 d3 n4 r5");
}

static void what_was_kept_comes_when_the_rules_have_gone(void **state)
{
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY, .min_us = 9, .max_us = 9);
	faulty_play(faulty, "c1 d2");
	vscmi_faults_clear(faulty->faults, 1);
	faulty_play(faulty, "c3 d4 .");
	faulty_expect(faulty, "r3 d4 @9 r1 d2");
}

static void when_all_rules_end_nothing_waits_any_longer(void **state)
{
	static const struct vscmi_fault_rule rules[] = {
		{ .fault = VSCMI_FAULT_DELAY, .min_us = 900, .max_us = 900 },
		{ .fault = VSCMI_FAULT_EARLY, .max_us = 900 },
		{ .fault = VSCMI_FAULT_REORDER, .amount = 9, .max_us = 900 },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		faulty_add_rule(faulty, rules[i]);
		faulty_play(faulty, "c1 c2 +5");
		faulty_expect(faulty, "");
		vscmi_faults_clear(faulty->faults, 0);
		assert_true(faulty_next_us(faulty) == faulty->now_us);
		faulty_play(faulty, "+0");
		faulty_expect(faulty, "r1 r2");
	}
}

/* The rule that stalls, or all. */
static void a_stall_ends_with_its_rule(void **state)
{
	for (uint32_t all = 0; all < 2; all++) {
		uint32_t other =
			faulty_add(faulty, .fault = VSCMI_FAULT_DROP, .message_id = 77);
		uint32_t id = faulty_add(faulty, .fault = VSCMI_FAULT_STALL,
					 .min_us = 900, .max_us = 900);

		faulty_play(faulty, "c1 n2 +5");
		vscmi_faults_clear(faulty->faults, other);
		faulty_play(faulty, "+5");
		faulty_expect(faulty, "");
		vscmi_faults_clear(faulty->faults, all ? 0 : id);
		faulty_play(faulty, "+0");
		faulty_expect(faulty, "r1 n2");
	}
}

/* Behind the layer, when its time comes. */
static void platform_sends(struct faulty *of)
{
	of->on_advance = NULL;
	faulty_play(of, "d1 a2");
}

static void what_the_platform_sends_when_its_time_comes_is_late_from_then_on(void **state)
{
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY, .min_us = 50, .max_us = 50);
	faulty_play(faulty, "h2");
	faulty->on_advance = platform_sends;
	faulty_play(faulty, "+200 .");
	faulty_expect(faulty, "@250 d1 r2");
}

static void a_copy_that_the_link_has_no_room_for_was_not_done(void **state)
{
	const uint32_t rules[] = {
		faulty_add(faulty, .fault = VSCMI_FAULT_DUPLICATE),
		faulty_add(faulty, .fault = VSCMI_FAULT_TOKEN, .amount = 1, .copy = true),
	};

	faulty->agents[1].has_no_room = true;
	faulty_play(faulty, "c1 .");
	faulty_expect(faulty, "r1");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(faulty_rule(faulty, rules[i])->done, 0);
		assert_int_equal(faulty_rule(faulty, rules[i])->missed, 1);
	}
	faulty->agents[1].has_no_room = false;
	faulty_play(faulty, "c2 .");
	assert_int_equal(faulty_rule(faulty, rules[0])->done, 1);
	/* Its rule may have gone. */
	faulty->agents[1].has_no_room = true;
	faulty_play(faulty, "c3");
	vscmi_faults_clear(faulty->faults, 0);
	faulty_play(faulty, ".");
}

static void a_notification_without_room_is_counted(void **state)
{
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY, .max_us = 0);
	faulty->agents[1].event_room = 8;
	faulty_play(faulty, "n1 .");
	faulty_expect(faulty, "");
	assert_true(vscmi_faults_notifications_dropped(faulty->faults, 1) == 1);
	assert_true(vscmi_faults_notifications_dropped(faulty->faults, 2) == 0);
}

/*
 * ---- No place ----
 */

static const struct {
	const char *what;
	struct vscmi_fault_rule rule;
	const char *story, *log;
	uint64_t done, missed;
} full[] = {
	{ "delay",
	  { .fault = VSCMI_FAULT_DELAY, .min_us = 9, .max_us = 9 },
	  "c1 d2 c3 n4 d5 2: c6 .",
	  "r3 n4 d5 @9 r1 d2 r6",
	  3,
	  3 },
	{ "duplicate",
	  { .fault = VSCMI_FAULT_DUPLICATE, .min_us = 9, .max_us = 9 },
	  "c1 c2 c3 d4 .",
	  "r1 r2 r3 d4 @9 s1 s2",
	  2,
	  2 },
	{ "a reply and its copy need two",
	  { .fault = VSCMI_FAULT_TOKEN, .amount = 8, .copy = true },
	  "c1 c2 .",
	  "r2 s9 r1",
	  1,
	  1 },
	{ "an event and its copy need one",
	  { .fault = VSCMI_FAULT_TOKEN, .amount = 8, .copy = true },
	  "e- d1 d2 d3 e+",
	  "d9 d1 d10 d2 d11 d3",
	  3,
	  0 },
	{ "unsolicited",
	  { .fault = VSCMI_FAULT_UNSOLICITED, .min_us = 9, .max_us = 9 },
	  "c1 c2 .",
	  "d1 r2 @9 r1",
	  1,
	  1 },
	{ "reorder",
	  { .fault = VSCMI_FAULT_REORDER, .amount = 5, .max_us = 9 },
	  "c1 c2 c3 .",
	  "r3 @9 r1 r2",
	  2,
	  1 },
	{ "early",
	  { .fault = VSCMI_FAULT_EARLY, .max_us = 9 },
	  "c1 c2 c3 .",
	  "r3 @9 r1 r2",
	  2,
	  1 },
	{ "a stall misses what it cannot keep",
	  { .fault = VSCMI_FAULT_STALL, .min_us = 9, .max_us = 9, .times = 1 },
	  "c1 d2 d3 n4 c5 c6 c7 h8 a8 .",
	  "r6 r7 r8 @9 r1 r5 d2 d3 n4",
	  1,
	  3 },
};

static void a_fault_without_a_place_is_not_done(void **state)
{
	for (size_t i = 0; i < sizeof(full) / sizeof(full[0]); i++) {
		uint32_t id;

		if (i > 0)
			set_up(NULL);
		id = faulty_add_rule(faulty, full[i].rule);
		faulty_play(faulty, full[i].story);
		faulty_expect(faulty, full[i].log);
		assert_int_equal(faulty_rule(faulty, id)->done, full[i].done);
		assert_int_equal(faulty_rule(faulty, id)->missed, full[i].missed);
		if (i + 1 < sizeof(full) / sizeof(full[0]))
			tear_down(NULL);
	}
}

static void places_are_there_again(void **state)
{
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY, .min_us = 9, .max_us = 9);
	for (int i = 0; i < 5; i++) {
		faulty_play(faulty, "c1 c2 +9 c3 d4 x d5 n6 .");
		faulty->log[strlen("r1 r2 ")] = '\0';
		faulty_expect(faulty, "r1 r2 ");
	}
}

static void without_an_event_channel_no_response_is_forged(void **state)
{
	uint32_t id = faulty_add(faulty, .fault = VSCMI_FAULT_UNSOLICITED);

	faulty_play(faulty, "c1 .");
	faulty_expect(faulty, "r1");
	assert_int_equal(faulty_rule(faulty, id)->missed, 1);
	assert_null(faulty->agents[1].behind->events_ready);
}

/* The last place is for the event that passes. */
static void an_event_without_room_leaves_others_behind_when_all_places_are_taken(
	void **state)
{
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY, .min_us = 9, .max_us = 9);
	faulty->agents[1].event_room = 11;
	faulty_play(faulty, "c1 c2 d3 n4 +9");
	faulty_expect(faulty, "r1 r2");
	faulty->agents[1].event_room = 12;
	faulty_play(faulty, "e+ .");
	faulty_expect(faulty, "d3 @18 n4");
}

/*
 * ---- Links that do something when they are called ----
 */

static void ask_again(struct faulty_agent *agent)
{
	if (strlen(faulty->log) < 100)
		faulty_play(faulty, "c7");
}

static void a_command_that_a_reply_brings_has_its_turn_the_next_time(void **state)
{
	faulty->on_reply = ask_again;
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY);
	faulty_play(faulty, "c7 +1");
	faulty_expect(faulty, "r7");
	faulty_play(faulty, "+1");
	faulty_expect(faulty, "r7");
	assert_true(faulty_next_us(faulty) <= faulty->now_us);
}

static void a_command_that_a_held_reply_brings_is_handled(void **state)
{
	faulty->on_reply = ask_again;
	faulty_add(faulty, .fault = VSCMI_FAULT_DROP, .skip = 1);
	faulty_play(faulty, "h1 a1");
	faulty_expect(faulty, "r1 l7");
}

static void go(struct faulty_agent *agent)
{
	faulty_play(faulty, "1: x 2: x");
}

static void a_link_may_go_when_it_gets_a_reply(void **state)
{
	faulty->on_reply = go;
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY);
	faulty_play(faulty, "c1 c2 2: c3 .");
	faulty_expect(faulty, "r1");
}

static void a_link_may_go_when_it_is_reset(void **state)
{
	faulty->on_reset = go;
	faulty_add(faulty, .fault = VSCMI_FAULT_RESET,
		   .on = VSCMI_FAULT_ON_NOTIFICATIONS);
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY, .min_us = 1, .max_us = 1);
	faulty_play(faulty, "c1 d2 n3 +1 c4 .");
	faulty_expect(faulty, "! @2 r4");
}

static void leave(struct faulty *handling)
{
	handling->on_handle = NULL;
	faulty_play(handling, "x");
}

static void nothing_is_kept_of_a_connection_that_ended_meanwhile(void **state)
{
	faulty->on_handle = leave;
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY);
	faulty_play(faulty, "c1");
	faulty_expect(faulty, "r1");
	faulty_play(faulty, ".");
	faulty_expect(faulty, "");
}

static void a_disconnect_is_passed_on(void **state)
{
	uint32_t before = faulty->disconnected;

	faulty->service->ops->disconnect(faulty->service, 2);
	assert_int_equal(faulty->disconnected, before + 1);
	assert_null(faulty->agents[2].behind);
	faulty_add(faulty, .fault = VSCMI_FAULT_DROP);
	assert_false(faulty->service->ops->event_waits(faulty->service, 2));
}

static void what_the_platform_does_to_a_channel_is_passed_on(void **state)
{
	const struct vscmi_service_channel *behind = faulty->agents[1].behind;

	faulty_add(faulty, .fault = VSCMI_FAULT_DROP);
	assert_true(behind->stray(behind->context, "\5\0\0\0", 4));
	behind->reset(behind->context);
	faulty_expect(faulty, "s0 !");
}

static void time_does_not_go_back(void **state)
{
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY, .min_us = 9, .max_us = 9);
	faulty_play(faulty, "+100");
	faulty_advance(faulty, 50);
	faulty_play(faulty, "c1");
	assert_true(faulty_next_us(faulty) == 109);
}

static void an_event_is_told_once(void **state)
{
	faulty_add(faulty, .fault = VSCMI_FAULT_DELAY, .min_us = 9, .max_us = 9);
	faulty_play(faulty, "e- d1 c2 +9");
	faulty_expect(faulty, "r2");
	assert_true(faulty_next_us(faulty) == UINT64_MAX);
	faulty_play(faulty, "e+");
	faulty_expect(faulty, "d1");
	vscmi_faults_clear(faulty->faults, 0);
	faulty_add(faulty, .fault = VSCMI_FAULT_DROP, .message_id = 77);
	faulty_play(faulty, "e- n1");
	assert_true(faulty_next_us(faulty) == UINT64_MAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_configuration_out_of_range_is_refused),
		TEST(it_lives_at_any_alignment),
		TEST(it_holds_what_the_platform_holds_and_what_it_keeps),
		TEST(only_its_agents_connect),
		TEST(without_rules_every_byte_passes),
		TEST(rules_that_match_nothing_change_nothing),
		TEST(what_was_kept_comes_when_the_rules_have_gone),
		TEST(when_all_rules_end_nothing_waits_any_longer),
		TEST(a_stall_ends_with_its_rule),
		TEST(what_the_platform_sends_when_its_time_comes_is_late_from_then_on),
		TEST(a_copy_that_the_link_has_no_room_for_was_not_done),
		TEST(a_notification_without_room_is_counted),
		TEST(a_fault_without_a_place_is_not_done),
		TEST(places_are_there_again),
		cmocka_unit_test_setup_teardown(
			without_an_event_channel_no_response_is_forged,
			set_up_without_events, tear_down),
		TEST(an_event_without_room_leaves_others_behind_when_all_places_are_taken),
		TEST(a_command_that_a_reply_brings_has_its_turn_the_next_time),
		TEST(a_command_that_a_held_reply_brings_is_handled),
		TEST(a_link_may_go_when_it_gets_a_reply),
		TEST(a_link_may_go_when_it_is_reset),
		TEST(nothing_is_kept_of_a_connection_that_ended_meanwhile),
		TEST(a_disconnect_is_passed_on),
		TEST(what_the_platform_does_to_a_channel_is_passed_on),
		TEST(time_does_not_go_back),
		TEST(an_event_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
