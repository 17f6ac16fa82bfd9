/* SPDX-License-Identifier: BSD-3-Clause */
/* What each fault does to when and whether messages come, as stories; the words are faulty.h's. */
#include "faulty.h"

#include <string.h>

#include "fault/engine.h"

#define RULES_MAX 3

struct story {
	const char *what;
	struct vscmi_fault_rule rules[RULES_MAX];
	const char *story, *log;
};

#define REPLIES       VSCMI_FAULT_ON_REPLIES
#define DELAYED       VSCMI_FAULT_ON_DELAYED
#define NOTIFICATIONS VSCMI_FAULT_ON_NOTIFICATIONS
#define ONCE          .times = 1
#define DELAY(us)     .fault = VSCMI_FAULT_DELAY, .min_us = us, .max_us = us

static const struct story stories[] = {
	{ "a_reply_is_delayed", { { DELAY(10), ONCE } }, "c1 c2 . c3", "r2 @10 r1 r3" },
	{ "a_reply_that_was_held_is_delayed",
	  { { DELAY(10), ONCE } },
	  "h1 h2 a1 a2 .",
	  "r2 @10 r1" },
	{ "events_are_delayed",
	  { { DELAY(10), .on = DELAYED }, { DELAY(20), .on = NOTIFICATIONS } },
	  "n1 d2 c3 .",
	  "r3 @10 d2 @20 n1" },
	{ "delays_add_up", { { DELAY(10) }, { DELAY(5) } }, "c1 .", "@15 r1" },
	{ "messages_that_are_due_at_once_keep_their_order",
	  { { DELAY(10) } },
	  "c3 d3 n2 c1 .",
	  "@10 r3 d3 n2 r1" },
	{ "what_is_due_first_leaves_first_however_late_it_is",
	  { { DELAY(10), ONCE }, { DELAY(5), .skip = 1 } },
	  "c1 c2 d3 +50",
	  "r2 d3 r1" },
	{ "a_delay_of_nothing_ends_when_time_is_told",
	  { { .fault = VSCMI_FAULT_DELAY } },
	  "c1 c2 .",
	  "r1 r2" },

	{ "a_reply_is_dropped",
	  { { .fault = VSCMI_FAULT_DROP, ONCE } },
	  "c1 c2",
	  "l1 r2" },
	{ "a_reply_that_was_held_is_dropped",
	  { { .fault = VSCMI_FAULT_DROP, ONCE } },
	  "h1 h2 a1 a2",
	  "l1 r2" },
	{ "events_are_dropped",
	  { { .fault = VSCMI_FAULT_DROP, .on = DELAYED } },
	  "d1 n2 d3 .",
	  "n2" },

	{ "a_reply_comes_once_more_without_a_buffer",
	  { { .fault = VSCMI_FAULT_DUPLICATE, .min_us = 10, .max_us = 10 } },
	  "c1 .",
	  "r1 @10 s1" },
	{ "a_delayed_reply_comes_once_more_after_it_has_come",
	  { { DELAY(5) }, { .fault = VSCMI_FAULT_DUPLICATE } },
	  "c1 c2 .",
	  "@5 r1 s1 r2 s2" },
	{ "events_come_once_more",
	  { { .fault = VSCMI_FAULT_DUPLICATE, .min_us = 10, .max_us = 10 } },
	  "d1 n2 .",
	  "d1 n2 @10 d1 n2" },
	{ "an_event_comes_once_more_at_once",
	  { { .fault = VSCMI_FAULT_DUPLICATE } },
	  "d1 n2",
	  "d1 d1 n2 n2" },
	{ "what_comes_once_more_may_come_alone",
	  { { .fault = VSCMI_FAULT_DUPLICATE }, { .fault = VSCMI_FAULT_DROP } },
	  "c1 n2 .",
	  "l1 n2 s1" },

	{ "a_reply_comes_behind_the_next_two",
	  { { .fault = VSCMI_FAULT_REORDER, .amount = 2, .max_us = 50, ONCE } },
	  "c1 c2 . c3 . c4",
	  "r2 @50 r1 r3 r4" },
	{ "a_reply_comes_behind_one_that_was_delayed",
	  { { .fault = VSCMI_FAULT_REORDER, .amount = 1, .max_us = 50, ONCE },
	    { DELAY(5), .skip = 1 } },
	  "c1 c2 .",
	  "@5 r2 r1" },
	{ "a_reply_comes_behind_one_that_was_held",
	  { { .fault = VSCMI_FAULT_REORDER, .amount = 1, .max_us = 50, ONCE } },
	  "h2 c1 a2 .",
	  "r2 r1" },
	{ "a_reply_that_is_reordered_is_delayed_all_the_same",
	  { { .fault = VSCMI_FAULT_REORDER, .amount = 1, .max_us = 50, ONCE },
	    { DELAY(10), ONCE } },
	  "c1 c2 .",
	  "r2 @10 r1" },
	{ "a_reply_comes_behind_the_next",
	  { { .fault = VSCMI_FAULT_REORDER, .amount = 1, .max_us = 50, ONCE } },
	  "c1 n5 d6 c2 . c3",
	  "n5 d6 r2 r1 r3" },
	{ "an_event_comes_behind_the_next_two",
	  { { .fault = VSCMI_FAULT_REORDER, .amount = 2, .max_us = 50, ONCE } },
	  "d1 c2 n3 n4 d5 .",
	  "r2 n3 n4 d1 d5" },
	{ "an_event_that_nothing_follows_comes_in_the_end",
	  { { .fault = VSCMI_FAULT_REORDER, .amount = 2, .max_us = 50, ONCE } },
	  "d1 c2 n3 .",
	  "r2 n3 @50 d1" },

	{ "a_reply_comes_behind_the_delayed_response_of_its_command",
	  { { .fault = VSCMI_FAULT_EARLY, .max_us = 50 } },
	  "c1 d2 . +9 c3 d3 .",
	  "d2 @50 r1 d3 r3" },
	{ "a_reply_comes_so_much_later_than_its_delayed_response",
	  { { .fault = VSCMI_FAULT_EARLY, .min_us = 7, .max_us = 50 } },
	  "c1 +3 d1 .",
	  "d1 @10 r1" },
	{ "a_reply_that_was_held_comes_behind_its_delayed_response",
	  { { .fault = VSCMI_FAULT_EARLY, .max_us = 50 } },
	  "h1 a1 n1 d1 .",
	  "n1 d1 r1" },
	{ "a_delayed_response_that_is_late_and_still_early",
	  { { .fault = VSCMI_FAULT_EARLY, .max_us = 50 }, { DELAY(10), .on = DELAYED } },
	  "c1 d1 .",
	  "@10 d1 r1" },

	{ "a_reply_is_preceded_by_a_delayed_response",
	  { { .fault = VSCMI_FAULT_UNSOLICITED } },
	  "c1 .",
	  "d1 r1" },
	{ "a_reply_that_was_held_is_preceded_by_a_delayed_response",
	  { { .fault = VSCMI_FAULT_UNSOLICITED, .min_us = 5, .max_us = 5 } },
	  "h1 a1 .",
	  "d1 @5 r1" },

	{ "an_unsolicited_response_does_not_wait_with_its_reply",
	  { { .fault = VSCMI_FAULT_REORDER, .amount = 1, .max_us = 50 },
	    { .fault = VSCMI_FAULT_UNSOLICITED } },
	  "c1 .",
	  "d1 @50 r1" },
	{ "an_unsolicited_response_is_the_one_that_an_early_reply_waits_for",
	  { { .fault = VSCMI_FAULT_EARLY, .max_us = 50 },
	    { .fault = VSCMI_FAULT_UNSOLICITED } },
	  "c1 .",
	  "d1 r1" },
	{ "a_reply_that_waits_for_two_things_waits_for_both",
	  { { .fault = VSCMI_FAULT_REORDER, .amount = 1, .max_us = 50, ONCE },
	    { .fault = VSCMI_FAULT_EARLY, .max_us = 10, ONCE } },
	  "c1 c2 +1 d1 .",
	  "r2 d1 r1" },
	{ "in_whatever_order_they_come",
	  { { .fault = VSCMI_FAULT_REORDER, .amount = 1, .max_us = 50, ONCE },
	    { .fault = VSCMI_FAULT_EARLY, .max_us = 10, ONCE } },
	  "c1 d1 +1 c2 .",
	  "d1 r2 r1" },
	{ "or_for_the_longer_time",
	  { { .fault = VSCMI_FAULT_REORDER, .amount = 9, .max_us = 50, ONCE },
	    { .fault = VSCMI_FAULT_EARLY, .max_us = 10, ONCE } },
	  "c1 .",
	  "@50 r1" },

	{ "a_copy_of_a_reply_comes_before_it",
	  { { .fault = VSCMI_FAULT_TOKEN, .amount = 5, .copy = true } },
	  "c1 h2 a2 .",
	  "s6 r1 s7 r2" },
	{ "a_copy_of_an_event_comes_before_it",
	  { { .fault = VSCMI_FAULT_TOKEN, .amount = 5, .copy = true } },
	  "d1",
	  "d6 d1" },
	{ "copies_come_in_the_order_of_their_rules",
	  { { .fault = VSCMI_FAULT_TOKEN, .amount = 5, .copy = true },
	    { .fault = VSCMI_FAULT_TOKEN, .amount = 6, .copy = true },
	    { .fault = VSCMI_FAULT_TOKEN, .amount = 1 } },
	  "d1 c1 .",
	  "d6 d7 d2 s6 s7 r1" },
	{ "a_copy_that_is_delayed_comes_later",
	  { { DELAY(10), .copy = true } },
	  "d1 c2 .",
	  "d1 r2 @10 d1 s2" },

	{ "all_of_an_agents_messages_wait_for_the_end_of_a_stall",
	  { { .fault = VSCMI_FAULT_STALL, .min_us = 50, .max_us = 50, ONCE } },
	  "h4 h5 2: h1 1: c1 n2 c3 a4 d5 2: c9 n8 a1 1: . a5",
	  "r9 n8 r1 @50 r1 r3 r4 n2 d5 r5" },
	{ "a_notification_starts_a_stall",
	  { { .fault = VSCMI_FAULT_STALL,
	      .min_us = 50,
	      .max_us = 50,
	      .on = NOTIFICATIONS,
	      ONCE } },
	  "n1 c2 d3 .",
	  "@50 n1 d3 r2" },
	{ "what_is_due_before_the_end_of_a_stall_waits_for_it",
	  { { DELAY(20), ONCE },
	    { .fault = VSCMI_FAULT_STALL, .min_us = 50, .max_us = 50, .skip = 1, ONCE } },
	  "c1 c2 .",
	  "@50 r2 r1" },
	{ "the_longer_of_two_stalls_counts",
	  { { .fault = VSCMI_FAULT_STALL, .min_us = 50, .max_us = 50, ONCE },
	    { .fault = VSCMI_FAULT_STALL, .min_us = 10, .max_us = 10 } },
	  "c1 .",
	  "@50 r1" },
	{ "nothing_comes_in_the_middle_of_a_stall",
	  { { DELAY(20), ONCE },
	    { .fault = VSCMI_FAULT_STALL, .min_us = 50, .max_us = 50, .skip = 1, ONCE } },
	  "c1 c2 +20 2: c9 1: +30",
	  "r9 r2 r1" },
	{ "a_stall_knows_nothing_of_the_connection_before",
	  { { .fault = VSCMI_FAULT_STALL, .min_us = 50, .max_us = 50, ONCE },
	    { .fault = VSCMI_FAULT_STALL, .min_us = 10, .max_us = 10, .skip = 1 } },
	  "c1 x c2 .",
	  "@10 r2" },
	{ "an_event_that_the_link_had_no_room_for_is_told_again_after_a_stall",
	  { { .fault = VSCMI_FAULT_STALL, .min_us = 50, .max_us = 50, .on = REPLIES } },
	  "e- n1 c2 e+ .",
	  "@50 n1 r2" },

	{ "a_reset_comes_when_time_is_told",
	  { { .fault = VSCMI_FAULT_RESET, ONCE } },
	  "c1 c2 . c3",
	  "l1 r2 ! r3" },
	{ "a_notification_resets",
	  { { .fault = VSCMI_FAULT_RESET, ONCE } },
	  "n1 n2 .",
	  "n2 !" },
	{ "a_reply_that_was_held_resets",
	  { { .fault = VSCMI_FAULT_RESET, .times = 2 } },
	  "h1 h2 a1 a2 .",
	  "l1 l2 !" },

	{ "who_disconnects_gets_nothing_of_what_was_kept",
	  { { DELAY(10) }, { .fault = VSCMI_FAULT_RESET, .on = NOTIFICATIONS } },
	  "2: c9 1: c1 h2 a2 h3 d4 n5 x 2: .",
	  "@10 r9" },
	{ "a_stall_ends_with_the_connection",
	  { { .fault = VSCMI_FAULT_STALL, .max_us = 20, ONCE } },
	  "c1 x c2 n3 .",
	  "r2 n3" },
	{ "what_the_platform_loses_is_lost", { { DELAY(10) } }, "h1 l1 .", "l1" },
	{ "without_rules_all_comes_at_once", { { 0 } }, "c1 h2 d3 n4 a2", "r1 d3 n4 r2" },
};

static void the_story_goes_as_told(void **state)
{
	const struct story *story = *state;
	struct faulty *faulty = faulty_new(RULES_MAX, 16, true);

	for (int i = 0; i < RULES_MAX; i++) {
		if (memcmp(&story->rules[i], &(struct vscmi_fault_rule){ 0 },
			   sizeof(story->rules[i])) != 0)
			faulty_add_rule(faulty, story->rules[i]);
	}
	faulty_play(faulty, story->story);
	faulty_expect(faulty, story->log);
	assert_true(faulty_next_us(faulty) == UINT64_MAX);
	/* And nothing is in the way any more. */
	vscmi_faults_clear(faulty->faults, 0);
	assert_false(vscmi_faults_act(faulty->faults));
	faulty_free(faulty);
}

#define STORIES (sizeof(stories) / sizeof(stories[0]))

int main(void)
{
	struct CMUnitTest tests[STORIES];

	for (size_t i = 0; i < STORIES; i++)
		tests[i] = (struct CMUnitTest){
			.name = stories[i].what,
			.test_func = the_story_goes_as_told,
			.initial_state = (void *)(uintptr_t)&stories[i],
		};
	return _cmocka_run_group_tests("stories", tests, STORIES, NULL, NULL);
}
