/* SPDX-License-Identifier: BSD-3-Clause */
/* Subscriptions after the link was away, and how an agent learns that it is back. */
#include "script.h"

#include <string.h>

#define KIND VSCMI_EVENT_CLOCK_RATE_CHANGED

enum { RATE_NOTIFY = 9 };

static struct script *script;

/* What the callbacks heard, by context. */
static struct heard {
	uint32_t renewals;
	struct vscmi_event last;
} heard[4];

static int start(void **state)
{
	script = script_new(4, 3);
	script->version = 0x30001;
	memset(heard, 0, sizeof(heard));
	return 0;
}

static int end(void **state)
{
	script->on_send = NULL;
	script_expect_all_slots_free(script);
	script_free(script);
	return 0;
}

/* Answers all; NOT_FOUND to every command about what is gone. */
static uint32_t gone;

static void serve(struct script *s, const struct sent *sent)
{
	struct vscmi_header header = vscmi_header_unpack(script_header(sent));

	if (header.message_id == 0)
		script_reply(s, sent, VSCMI_SUCCESS, SCRIPT_WORDS(s->version));
	else if (header.message_id == 1)
		script_reply(s, sent, VSCMI_SUCCESS, (uint32_t[]){ 3, 0, 0, 0 },
			     header.protocol == VSCMI_PROTOCOL_SENSOR ? 4 : 1);
	else if (script_word(sent, 0) == gone)
		script_reply(s, sent, VSCMI_NOT_FOUND, SCRIPT_NOTHING);
	else
		script_reply(s, sent, VSCMI_SUCCESS, SCRIPT_NOTHING);
}

static void keep(void *context, const struct vscmi_event *event)
{
	struct heard *mine = &heard[(uintptr_t)context];

	mine->last = *event;
	mine->renewals += event->kind == VSCMI_EVENT_RENEWED;
}

static struct vscmi_subscription *subscribe(enum vscmi_event_kind kind,
					    uint32_t resource_id, uintptr_t context)
{
	struct vscmi_subscription *subscription = NULL;

	gone = UINT32_MAX;
	script->on_send = serve;
	assert_int_equal(vscmi_subscribe(&script->agent, kind, resource_id, keep,
					 (void *)context, &subscription)
				 .error,
			 VSCMI_OK);
	return subscription;
}

static void go_away_and_come_back(void)
{
	vscmi_agent_link_down(&script->agent);
	assert_int_equal(vscmi_agent_link_up(&script->agent), VSCMI_OK);
	script->sent_count = 0;
}

static uint32_t count_commands(uint8_t message_id, uint32_t first, uint32_t second)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < script->sent_count; i++) {
		const struct sent *sent = &script->sent[i];

		if (vscmi_header_unpack(script_header(sent)).message_id == message_id &&
		    script_word(sent, 0) == first && script_word(sent, 1) == second)
			count++;
	}
	return count;
}

static void expect_heard(uintptr_t context, uint32_t renewals, struct vscmi_result result)
{
	assert_int_equal(heard[context].renewals, renewals);
	assert_int_equal(heard[context].last.kind, VSCMI_EVENT_RENEWED);
	assert_int_equal(heard[context].last.renewed.result.error, result.error);
	assert_int_equal(heard[context].last.renewed.result.status, result.status);
}

/*
 * ---- What is renewed ----
 */

static void each_kind_is_switched_on_again_once(void **state)
{
	static const struct {
		enum vscmi_event_kind kind;
		uint32_t resource;
		uint8_t notify; /* the command */
		uint32_t on;
	} cases[] = {
		{ VSCMI_EVENT_BASE_ERROR, VSCMI_ANY_RESOURCE, 8, 1 },
		{ VSCMI_EVENT_SYSTEM_POWER_STATE, VSCMI_ANY_RESOURCE, 5, 1 },
		{ VSCMI_EVENT_CLOCK_RATE_CHANGED, 2, 9, 2 },
		{ VSCMI_EVENT_CLOCK_RATE_CHANGE_REQUESTED, 2, 10, 2 },
		{ VSCMI_EVENT_SENSOR_TRIP_POINT, 2, 4, 2 },
		{ VSCMI_EVENT_SENSOR_UPDATE, 2, 11, 2 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vscmi_subscription *subscription =
			subscribe(cases[i].kind, cases[i].resource, 1);
		uint32_t sent;

		assert_int_equal(vscmi_agent_renew(&script->agent), 0);
		go_away_and_come_back();
		assert_int_equal(vscmi_agent_renew(&script->agent), 1);
		/* The version may be another one now. */
		assert_int_equal(
			vscmi_header_unpack(script_header(&script->sent[0])).message_id,
			0);
		sent = script->sent_count;
		assert_int_equal(vscmi_header_unpack(script_header(script_last(script)))
					 .message_id,
				 cases[i].notify);
		assert_int_equal(script_word(script_last(script), 0), cases[i].on);
		expect_heard(1, (uint32_t)i + 1, vscmi_local(VSCMI_OK));
		assert_int_equal(heard[1].last.resource_id, cases[i].resource);
		assert_int_equal(vscmi_agent_renew(&script->agent), 0);
		assert_int_equal(script->sent_count, sent);
		vscmi_unsubscribe(&script->agent, subscription);
	}
}

static void all_resources_are_renewed_for_who_wants_all(void **state)
{
	subscribe(KIND, VSCMI_ANY_RESOURCE, 0);
	subscribe(KIND, 1, 1);
	go_away_and_come_back();
	gone = 2;
	assert_int_equal(vscmi_agent_renew(&script->agent), 2);
	assert_int_equal(count_commands(RATE_NOTIFY, 0, 1), 1);
	assert_int_equal(count_commands(RATE_NOTIFY, 1, 1), 2);
	assert_int_equal(count_commands(RATE_NOTIFY, 2, 1), 1);
	expect_heard(0, 1, vscmi_local(VSCMI_OK));
	expect_heard(1, 1, vscmi_local(VSCMI_OK));
}

static void while_the_link_is_down_nothing_is_renewed(void **state)
{
	subscribe(KIND, 1, 0);
	vscmi_agent_link_down(&script->agent);
	assert_int_equal(vscmi_agent_renew(&script->agent), 0);
	assert_int_equal(heard[0].renewals, 0);
	vscmi_agent_link_up(&script->agent);
	assert_int_equal(vscmi_agent_renew(&script->agent), 1);
}

static void who_subscribes_after_the_link_is_back_is_not_renewed(void **state)
{
	go_away_and_come_back();
	subscribe(KIND, 1, 0);
	script->sent_count = 0;
	assert_int_equal(vscmi_agent_renew(&script->agent), 0);
	assert_int_equal(script->sent_count, 0);
}

/*
 * ---- What cannot be renewed ----
 */

static void who_wants_what_is_gone_hears_so_and_is_tried_again_next_time(void **state)
{
	subscribe(KIND, 1, 0);
	subscribe(KIND, 2, 1);
	go_away_and_come_back();
	gone = 1;
	assert_int_equal(vscmi_agent_renew(&script->agent), 1);
	expect_heard(0, 1, vscmi_answered(VSCMI_NOT_FOUND));
	expect_heard(1, 1, vscmi_local(VSCMI_OK));
	assert_int_equal(vscmi_agent_renew(&script->agent), 0);
	go_away_and_come_back();
	gone = UINT32_MAX;
	assert_int_equal(vscmi_agent_renew(&script->agent), 2);
	expect_heard(0, 2, vscmi_local(VSCMI_OK));
}

static void a_platform_that_came_back_without_events_is_not_asked(void **state)
{
	subscribe(KIND, 1, 0);
	script->link.has_events = false;
	go_away_and_come_back();
	assert_int_equal(vscmi_agent_renew(&script->agent), 0);
	assert_int_equal(script->sent_count, 0);
	expect_heard(0, 1, vscmi_local(VSCMI_E_UNSUPPORTED));
}

static void nobody_answers(struct script *s, const struct sent *sent)
{
	if (vscmi_header_unpack(script_header(sent)).message_id != RATE_NOTIFY)
		serve(s, sent);
}

static void a_renewal_that_gets_no_answer_is_heard_of(void **state)
{
	subscribe(KIND, 1, 0);
	go_away_and_come_back();
	script->on_send = nobody_answers;
	assert_int_equal(vscmi_agent_renew(&script->agent), 0);
	expect_heard(0, 1, vscmi_local(VSCMI_E_TIMEOUT));
	vscmi_agent_link_down(&script->agent);
	vscmi_agent_link_up(&script->agent);
}

/*
 * ---- What happens meanwhile ----
 */

static void lose_the_link(struct script *s, const struct sent *sent)
{
	if (vscmi_header_unpack(script_header(sent)).message_id == RATE_NOTIFY) {
		s->on_send = serve;
		vscmi_agent_link_down(&s->agent);
		vscmi_agent_link_up(&s->agent);
	} else {
		serve(s, sent);
	}
}

static void a_link_that_is_lost_in_between_is_renewed_from_the_start(void **state)
{
	subscribe(KIND, 1, 0);
	subscribe(KIND, 2, 1);
	go_away_and_come_back();
	script->on_send = lose_the_link;
	vscmi_agent_renew(&script->agent);
	assert_int_equal(heard[0].renewals, 0);
	script->sent_count = 0;
	assert_int_equal(vscmi_agent_renew(&script->agent), 2);
	assert_int_equal(count_commands(RATE_NOTIFY, 1, 1), 1);
	assert_int_equal(count_commands(RATE_NOTIFY, 2, 1), 1);
	expect_heard(0, 1, vscmi_local(VSCMI_OK));
}

/* What a timer does that the renewal lets fire while it waits. */
static void renew_inside(struct script *s)
{
	s->on_send = serve;
	s->send_error = VSCMI_OK;
	s->on_wait = NULL;
	go_away_and_come_back();
	assert_int_equal(vscmi_agent_renew(&s->agent), 2);
}

static void lose_the_link_and_renew(struct script *s, const struct sent *sent)
{
	if (vscmi_header_unpack(script_header(sent)).message_id == RATE_NOTIFY)
		renew_inside(s);
	else
		serve(s, sent);
}

static void a_renewal_inside_another_one_is_the_only_one(void **state)
{
	for (uint32_t busy = 0; busy < 2; busy++) {
		struct vscmi_subscription *first = subscribe(KIND, 1, 0);
		struct vscmi_subscription *second = subscribe(KIND, 2, 1);

		memset(heard, 0, sizeof(heard));
		go_away_and_come_back();
		if (busy) {
			script->send_error = VSCMI_E_BUSY;
			script->on_wait = renew_inside;
		} else {
			script->on_send = lose_the_link_and_renew;
		}
		assert_int_equal(vscmi_agent_renew(&script->agent), 0);
		expect_heard(0, 1, vscmi_local(VSCMI_OK));
		expect_heard(1, 1, vscmi_local(VSCMI_OK));
		assert_int_equal(count_commands(RATE_NOTIFY, 2, 1), 1);
		vscmi_unsubscribe(&script->agent, first);
		vscmi_unsubscribe(&script->agent, second);
	}
}

/* While the platform is told to go on, its subscriber goes; another one may take the place. */
static struct vscmi_subscription *leaving;
static bool somebody_comes;

static void leave_meanwhile(struct script *s, const struct sent *sent)
{
	if (vscmi_header_unpack(script_header(sent)).message_id == RATE_NOTIFY) {
		s->on_send = serve;
		assert_int_equal(vscmi_unsubscribe(&s->agent, leaving).error, VSCMI_OK);
		if (somebody_comes)
			subscribe(KIND, 2, 2);
	}
	serve(s, sent);
}

static void who_leaves_meanwhile_leaves_nothing_switched_on(void **state)
{
	leaving = subscribe(KIND, 1, 0);
	somebody_comes = false;
	go_away_and_come_back();
	script->on_send = leave_meanwhile;
	assert_int_equal(vscmi_agent_renew(&script->agent), 0);
	assert_int_equal(heard[0].renewals, 0);
	/* The "on" may have gone after his "off", so another one ends it. */
	assert_int_equal(count_commands(RATE_NOTIFY, 1, 0), 2);
	assert_int_equal(script_word(script_last(script), 1), 0);
}

static void who_takes_the_place_meanwhile_hears_nothing_of_it(void **state)
{
	leaving = subscribe(KIND, 1, 0);
	somebody_comes = true;
	go_away_and_come_back();
	script->on_send = leave_meanwhile;
	vscmi_agent_renew(&script->agent);
	assert_int_equal(heard[0].renewals, 0);
	assert_int_equal(heard[2].renewals, 0);
	assert_int_equal(count_commands(RATE_NOTIFY, 2, 1), 1);
}

static void leave_inside(void *context, const struct vscmi_event *event)
{
	keep(context, event);
	vscmi_unsubscribe_in_callback(&script->agent, leaving);
}

static void a_subscriber_may_leave_when_it_hears_of_it(void **state)
{
	script->on_send = serve;
	vscmi_subscribe(&script->agent, KIND, 1, leave_inside, NULL, &leaving);
	go_away_and_come_back();
	vscmi_agent_renew(&script->agent);
	assert_int_equal(heard[0].renewals, 1);
	assert_int_equal(count_commands(RATE_NOTIFY, 1, 0), 1);
	go_away_and_come_back();
	assert_int_equal(vscmi_agent_renew(&script->agent), 0);
}

/*
 * ---- Where others have the channel ----
 */

static uint32_t busy_waits;

static void others_are_done(struct script *s)
{
	if (busy_waits > 0 && --busy_waits == 0)
		s->send_error = VSCMI_OK;
}

static void a_channel_that_others_have_is_waited_for(void **state)
{
	subscribe(KIND, 1, 0);
	go_away_and_come_back();
	script->send_error = VSCMI_E_BUSY;
	script->on_wait = others_are_done;
	busy_waits = 3;
	assert_int_equal(vscmi_agent_renew(&script->agent), 1);
	expect_heard(0, 1, vscmi_local(VSCMI_OK));
	assert_int_equal(script->waits, 3);
}

static void a_channel_that_others_keep_is_waited_for_as_long_as_for_a_reply(void **state)
{
	uint64_t start_us;

	subscribe(KIND, 1, 0);
	go_away_and_come_back();
	start_us = script->now_us;
	script->send_error = VSCMI_E_BUSY;
	assert_int_equal(vscmi_agent_renew(&script->agent), 0);
	expect_heard(0, 1, vscmi_local(VSCMI_E_BUSY));
	assert_in_range(script->now_us - start_us, SCRIPT_TIMEOUT_US,
			SCRIPT_TIMEOUT_US + 1000);
	script->send_error = VSCMI_OK;
}

/* While the platform is told to stop, somebody comes, and then others have the channel. */
static void come_and_be_kept_off(struct script *s, const struct sent *sent)
{
	s->on_send = serve;
	subscribe(KIND, 1, 3);
	s->send_error = VSCMI_E_BUSY;
	busy_waits = 2;
	serve(s, sent);
}

static void who_comes_while_the_last_one_goes_is_heard_over_a_busy_channel(void **state)
{
	struct vscmi_subscription *one = subscribe(KIND, 1, 0);

	script->on_wait = others_are_done;
	script->on_send = come_and_be_kept_off;
	script->sent_count = 0;
	assert_int_equal(vscmi_unsubscribe(&script->agent, one).error, VSCMI_OK);
	assert_int_equal(busy_waits, 0);
	assert_int_equal(script_word(script_last(script), 1), 1);
	expect_heard(3, 1, vscmi_local(VSCMI_OK));
	assert_int_equal(heard[3].last.resource_id, 1);
}

/*
 * ---- Whether the link is up ----
 */

static void come_back(struct script *s)
{
	if (s->waits == 3)
		vscmi_agent_link_up(&s->agent);
}

static void who_waits_for_the_link_goes_on_when_it_comes(void **state)
{
	assert_int_equal(vscmi_agent_wait_up(&script->agent, 0), VSCMI_OK);
	assert_int_equal(script->waits, 0);
	vscmi_agent_link_down(&script->agent);
	script->on_wait = come_back;
	script->waits = 2;
	assert_int_equal(vscmi_agent_wait_up(&script->agent, VSCMI_NEVER), VSCMI_OK);
	assert_true(vscmi_agent_is_up(&script->agent));
}

static void who_waits_for_the_link_is_told_when_it_does_not_come(void **state)
{
	uint64_t start_us = script->now_us;

	vscmi_agent_link_down(&script->agent);
	assert_int_equal(vscmi_agent_wait_up(&script->agent, 5000), VSCMI_E_NOT_READY);
	assert_int_equal(script->now_us - start_us, 5000);
	assert_int_equal(script->waits, 1);
	vscmi_agent_link_up(&script->agent);
}

static uint32_t ups, downs;

static void count_changes(void *context, bool up)
{
	assert_ptr_equal(context, script);
	assert_int_equal(vscmi_agent_is_up(&script->agent), up);
	*(up ? &ups : &downs) += 1;
}

static void an_observer_sees_the_link_go_and_come(void **state)
{
	ups = downs = 0;
	script->agent.config.observer.link = count_changes;
	vscmi_agent_link_up(&script->agent); /* it is */
	assert_int_equal(ups, 0);
	vscmi_agent_link_down(&script->agent);
	vscmi_agent_link_down(&script->agent);
	assert_int_equal(downs, 1);
	vscmi_agent_link_up(&script->agent);
	assert_int_equal(ups, 1);
	assert_int_equal(downs, 1);
}

#define RENEWAL_TEST(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RENEWAL_TEST(each_kind_is_switched_on_again_once),
		RENEWAL_TEST(all_resources_are_renewed_for_who_wants_all),
		RENEWAL_TEST(while_the_link_is_down_nothing_is_renewed),
		RENEWAL_TEST(who_subscribes_after_the_link_is_back_is_not_renewed),
		RENEWAL_TEST(
			who_wants_what_is_gone_hears_so_and_is_tried_again_next_time),
		RENEWAL_TEST(a_platform_that_came_back_without_events_is_not_asked),
		RENEWAL_TEST(a_renewal_that_gets_no_answer_is_heard_of),
		RENEWAL_TEST(a_link_that_is_lost_in_between_is_renewed_from_the_start),
		RENEWAL_TEST(a_renewal_inside_another_one_is_the_only_one),
		RENEWAL_TEST(who_leaves_meanwhile_leaves_nothing_switched_on),
		RENEWAL_TEST(who_takes_the_place_meanwhile_hears_nothing_of_it),
		RENEWAL_TEST(a_subscriber_may_leave_when_it_hears_of_it),
		RENEWAL_TEST(a_channel_that_others_have_is_waited_for),
		RENEWAL_TEST(
			a_channel_that_others_keep_is_waited_for_as_long_as_for_a_reply),
		RENEWAL_TEST(
			who_comes_while_the_last_one_goes_is_heard_over_a_busy_channel),
		RENEWAL_TEST(who_waits_for_the_link_goes_on_when_it_comes),
		RENEWAL_TEST(who_waits_for_the_link_is_told_when_it_does_not_come),
		RENEWAL_TEST(an_observer_sees_the_link_go_and_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
