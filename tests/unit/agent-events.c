/* SPDX-License-Identifier: BSD-3-Clause */
/* Subscriptions, what the platform is told of them, and what they are told. */
#include "script.h"

#include <string.h>

static struct script *script;

/* What the callbacks saw. */
static struct vscmi_event seen;
static uint32_t calls[4];
static struct vscmi_base_error seen_error;
static struct vscmi_sensor_reading seen_reading;

static int start(void **state)
{
	script = script_new(2, 3);
	script->version = 0x30001;
	memset(&seen, 0, sizeof(seen));
	memset(calls, 0, sizeof(calls));
	return 0;
}

static int end(void **state)
{
	script->on_send = NULL;
	script_expect_all_slots_free(script);
	script_free(script);
	return 0;
}

/* Answers all: versions, counts of resources (3), and SUCCESS; but NOT_SUPPORTED when asked to
 * watch what refused is. */
static uint32_t refused = UINT32_MAX;

static void serve(struct script *s, const struct sent *sent)
{
	uint8_t protocol = vscmi_header_unpack(script_header(sent)).protocol;
	uint8_t message = vscmi_header_unpack(script_header(sent)).message_id;

	if (message == 0)
		script_reply(s, sent, VSCMI_SUCCESS, SCRIPT_WORDS(s->version));
	else if (message == 1)
		script_reply(s, sent, VSCMI_SUCCESS, (uint32_t[]){ 3, 0, 0, 0 },
			     protocol == VSCMI_PROTOCOL_SENSOR ? 4 : 1);
	else if (script_word(sent, 0) == refused)
		script_reply(s, sent, VSCMI_NOT_SUPPORTED, SCRIPT_NOTHING);
	else
		script_reply(s, sent, VSCMI_SUCCESS, SCRIPT_NOTHING);
}

static void keep(void *context, const struct vscmi_event *event)
{
	seen = *event;
	calls[(uintptr_t)context]++;
	if (event->kind == VSCMI_EVENT_BASE_ERROR && event->base_error.count > 0)
		seen_error = event->base_error.errors[event->base_error.count - 1];
	if (event->kind == VSCMI_EVENT_SENSOR_UPDATE && event->update.count > 0)
		seen_reading = event->update.readings[event->update.count - 1];
}

static struct vscmi_subscription *subscribe(enum vscmi_event_kind kind,
					    uint32_t resource_id, uintptr_t context)
{
	struct vscmi_subscription *subscription = NULL;

	script->on_send = serve;
	assert_int_equal(vscmi_subscribe(&script->agent, kind, resource_id, keep,
					 (void *)context, &subscription)
				 .error,
			 VSCMI_OK);
	return subscription;
}

static void expect_last(uint8_t message_id, uint32_t first, uint32_t second)
{
	const struct sent *sent = script_last(script);

	assert_int_equal(vscmi_header_unpack(script_header(sent)).message_id, message_id);
	assert_int_equal(script_word(sent, 0), first);
	if (sent->count > 8)
		assert_int_equal(script_word(sent, 1), second);
}

static void each_kind_is_switched_on_decoded_and_switched_off(void **state)
{
	static const struct {
		enum vscmi_event_kind kind;
		uint32_t resource;
		uint8_t notify; /* the command */
		uint32_t on, off;
		uint32_t payload[8];
		size_t payload_words;
	} cases[] = {
		{ VSCMI_EVENT_BASE_ERROR,
		  0,
		  8,
		  1,
		  0,
		  { 5, 2, 0x5006, 0, 0x5407, 0xfffffffe },
		  6 },
		{ VSCMI_EVENT_SYSTEM_POWER_STATE, 0, 5, 1, 0, { 5, 1, 2, 3000 }, 4 },
		{ VSCMI_EVENT_CLOCK_RATE_CHANGED, 2, 9, 2, 2, { 5, 2, 8, 1 }, 4 },
		{ VSCMI_EVENT_CLOCK_RATE_CHANGE_REQUESTED,
		  2,
		  10,
		  2,
		  2,
		  { 5, 2, 9, 1 },
		  4 },
		{ VSCMI_EVENT_SENSOR_TRIP_POINT, 2, 4, 2, 2, { 5, 2, 0x10007 }, 3 },
		{ VSCMI_EVENT_SENSOR_UPDATE, 2, 11, 2, 2, { 5, 2, 1, 0, 2, 0, 0, 0 }, 6 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vscmi_subscription *subscription;

		memset(calls, 0, sizeof(calls));
		subscription = subscribe(cases[i].kind, cases[i].resource, 1);
		expect_last(cases[i].notify, cases[i].on, 1);
		script_notify(script, cases[i].kind, cases[i].payload,
			      cases[i].payload_words);
		assert_int_equal(calls[1], 1);
		assert_int_equal(seen.kind, cases[i].kind);
		assert_int_equal(seen.agent_id, 5);
		assert_int_equal(seen.resource_id, cases[i].resource);
		switch (cases[i].kind) {
		case VSCMI_EVENT_RENEWED:
			fail_msg("nobody subscribes to it");
			break;
		case VSCMI_EVENT_BASE_ERROR:
			assert_false(seen.base_error.fatal);
			assert_int_equal(seen.base_error.count, 2);
			assert_int_equal(seen_error.header.protocol,
					 VSCMI_PROTOCOL_SENSOR);
			assert_int_equal(seen_error.header.message_id, 7);
			assert_int_equal(seen_error.status, -2);
			break;
		case VSCMI_EVENT_SYSTEM_POWER_STATE:
			assert_true(seen.system.graceful);
			assert_int_equal(seen.system.state, VSCMI_SYSTEM_WARM_RESET);
			assert_int_equal(seen.system.timeout_ms, 3000);
			break;
		case VSCMI_EVENT_CLOCK_RATE_CHANGED:
			assert_int_equal(seen.clock.rate_hz, 0x100000008);
			break;
		case VSCMI_EVENT_CLOCK_RATE_CHANGE_REQUESTED:
			assert_int_equal(seen.clock.rate_hz, 0x100000009);
			break;
		case VSCMI_EVENT_SENSOR_TRIP_POINT:
			assert_true(seen.trip_point.rising);
			assert_int_equal(seen.trip_point.trip_point_id, 7);
			break;
		case VSCMI_EVENT_SENSOR_UPDATE:
			assert_int_equal(seen.update.count, 1);
			assert_int_equal(seen_reading.value, 1);
			assert_int_equal(seen_reading.timestamp, 2);
			break;
		}
		assert_int_equal(vscmi_unsubscribe(&script->agent, subscription).error,
				 VSCMI_OK);
		expect_last(cases[i].notify, cases[i].off, 0);
		script_notify(script, cases[i].kind, cases[i].payload,
			      cases[i].payload_words);
		assert_int_equal(calls[1], 1);
	}
	script_expect_anomalies(script, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT, 6,
				VSCMI_ANOMALIES);
}

static void old_versions_say_less(void **state)
{
	script->version = 0x10000;
	subscribe(VSCMI_EVENT_SYSTEM_POWER_STATE, 0, 1);
	script_notify(script, VSCMI_EVENT_SYSTEM_POWER_STATE, SCRIPT_WORDS(5, 0, 0));
	assert_int_equal(calls[1], 1);
	assert_int_equal(seen.system.timeout_ms, 0);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void a_kind_that_the_version_lacks_is_not_asked_for(void **state)
{
	struct vscmi_subscription *subscription;

	script->version = 0x10000;
	script->on_send = serve;
	assert_int_equal(vscmi_subscribe(&script->agent, VSCMI_EVENT_SENSOR_UPDATE, 0,
					 keep, NULL, &subscription)
				 .error,
			 VSCMI_E_UNSUPPORTED);
	assert_int_equal(script->sent_count, 1);
	/* Nor is it taken when it comes. */
	script_notify(script, VSCMI_EVENT_SENSOR_UPDATE, SCRIPT_WORDS(0, 0));
	script_expect_anomalies(script, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT, 1,
				VSCMI_ANOMALIES);
}

static void without_events_nothing_is_subscribed(void **state)
{
	struct vscmi_subscription *subscription;

	script->on_send = serve;
	script->version = 0x10000;
	vscmi_agent_link_down(&script->agent);
	script->link.has_events = false;
	vscmi_agent_link_up(&script->agent);
	assert_int_equal(vscmi_subscribe(&script->agent, VSCMI_EVENT_BASE_ERROR, 0, keep,
					 NULL, &subscription)
				 .error,
			 VSCMI_E_UNSUPPORTED);
	assert_int_equal(script->sent_count, 1); /* PROTOCOL_VERSION */
}

static void a_kind_that_does_not_exist_is_invalid(void **state)
{
	static const unsigned kinds[] = { 0x1001, 0x1100, 0x1402, 0x1502, 0xff00, 0 };
	struct vscmi_subscription *subscription;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		assert_int_equal(vscmi_subscribe(&script->agent,
						 (enum vscmi_event_kind)kinds[i], 0, keep,
						 NULL, &subscription)
					 .error,
				 VSCMI_E_INVALID);
}

static void a_refusal_subscribes_nothing(void **state)
{
	struct vscmi_subscription *subscription;
	struct vscmi_result result;

	refused = 1;
	script->on_send = serve;
	result = vscmi_subscribe(&script->agent, VSCMI_EVENT_CLOCK_RATE_CHANGED, 1, keep,
				 NULL, &subscription);
	refused = UINT32_MAX;
	assert_int_equal(result.error, VSCMI_E_REFUSED);
	assert_int_equal(result.status, VSCMI_NOT_SUPPORTED);
	script_notify(script, VSCMI_EVENT_CLOCK_RATE_CHANGED, SCRIPT_WORDS(0, 1, 0, 0));
	assert_int_equal(calls[0], 0);
	/* And its place is free. */
	for (uint32_t i = 0; i < 3; i++)
		subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 0, 0);
}

static void as_many_as_there_is_memory_for(void **state)
{
	struct vscmi_subscription *last = NULL, *none = NULL;

	for (uint32_t i = 0; i < 3; i++)
		last = subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, i, 0);
	assert_int_equal(vscmi_subscribe(&script->agent, VSCMI_EVENT_CLOCK_RATE_CHANGED,
					 0, keep, NULL, &none)
				 .error,
			 VSCMI_E_BUSY);
	vscmi_unsubscribe(&script->agent, last);
	subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 0, 0);
}

static void only_who_asked_for_the_resource_is_called(void **state)
{
	subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 0, 0);
	subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 1, 1);
	subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, VSCMI_ANY_RESOURCE, 2);
	script_notify(script, VSCMI_EVENT_CLOCK_RATE_CHANGED, SCRIPT_WORDS(0, 1, 0, 0));
	script_notify(script, VSCMI_EVENT_CLOCK_RATE_CHANGED, SCRIPT_WORDS(0, 2, 0, 0));
	script_notify(script, VSCMI_EVENT_CLOCK_RATE_CHANGE_REQUESTED,
		      SCRIPT_WORDS(0, 1, 0, 0));
	assert_int_equal(calls[0], 0);
	assert_int_equal(calls[1], 1);
	assert_int_equal(calls[2], 2);
	script_expect_anomalies(script, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT, 1,
				VSCMI_ANOMALIES);
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

static void the_platform_is_told_when_the_last_one_goes(void **state)
{
	struct vscmi_subscription *one = subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 1, 0);
	struct vscmi_subscription *two = subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 1, 0);
	struct vscmi_subscription *other =
		subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 2, 0);

	vscmi_unsubscribe(&script->agent, one);
	assert_int_equal(count_commands(9, 1, 0), 0);
	vscmi_unsubscribe(&script->agent, two);
	assert_int_equal(count_commands(9, 1, 0), 1);
	assert_int_equal(count_commands(9, 2, 0), 0);
	vscmi_unsubscribe(&script->agent, other);
	assert_int_equal(count_commands(9, 2, 0), 1);
}

static void any_resource_is_one_command_for_each(void **state)
{
	struct vscmi_subscription *any, *one;

	refused = 1;
	any = subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, VSCMI_ANY_RESOURCE, 0);
	refused = UINT32_MAX;
	for (uint32_t clock = 0; clock < 3; clock++)
		assert_int_equal(count_commands(9, clock, 1), 1);
	one = subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 2, 0);
	vscmi_unsubscribe(&script->agent, any);
	assert_int_equal(count_commands(9, 0, 0), 1);
	assert_int_equal(count_commands(9, 2, 0), 0);
	vscmi_unsubscribe(&script->agent, one);
	assert_int_equal(count_commands(9, 2, 0), 1);
}

static void refuse_all(struct script *s, const struct sent *sent)
{
	uint8_t message = vscmi_header_unpack(script_header(sent)).message_id;

	if (message <= 1)
		serve(s, sent);
	else
		script_reply(s, sent, VSCMI_DENIED, SCRIPT_NOTHING);
}

static void any_resource_fails_when_every_one_refuses(void **state)
{
	struct vscmi_subscription *subscription;
	struct vscmi_result result;

	script->on_send = refuse_all;
	result = vscmi_subscribe(&script->agent, VSCMI_EVENT_SENSOR_TRIP_POINT,
				 VSCMI_ANY_RESOURCE, keep, NULL, &subscription);
	assert_int_equal(result.status, VSCMI_DENIED);
}

/* Callbacks that unsubscribe. */
static struct vscmi_subscription *victims[3];

static void unsubscribe_all(void *context, const struct vscmi_event *event)
{
	keep(context, event);
	for (uint32_t i = 0; i < 3; i++)
		if (victims[i])
			assert_int_equal(
				vscmi_unsubscribe_in_callback(&script->agent, victims[i])
					.error,
				VSCMI_OK);
	memset(victims, 0, sizeof(victims));
}

static void a_callback_may_unsubscribe_itself_and_others(void **state)
{
	victims[0] = subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 1, 0);
	assert_int_equal(vscmi_subscribe(&script->agent, VSCMI_EVENT_CLOCK_RATE_CHANGED,
					 1, unsubscribe_all, (void *)1, &victims[1])
				 .error,
			 VSCMI_OK);
	victims[2] = subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 1, 2);
	script_notify(script, VSCMI_EVENT_CLOCK_RATE_CHANGED, SCRIPT_WORDS(0, 1, 0, 0));
	assert_int_equal(calls[0], 1);
	assert_int_equal(calls[1], 1);
	assert_int_equal(calls[2], 0);
	assert_int_equal(count_commands(9, 1, 0), 1);
	script_notify(script, VSCMI_EVENT_CLOCK_RATE_CHANGED, SCRIPT_WORDS(0, 1, 0, 0));
	assert_int_equal(calls[0] + calls[1] + calls[2], 2);
	/* All three places are free again. */
	for (uint32_t i = 0; i < 3; i++)
		subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 1, 0);
}

/* While the platform is told to stop, somebody comes who wants it after all. */
static void subscribe_inside(struct script *s, const struct sent *sent)
{
	s->on_send = serve;
	if (vscmi_header_unpack(script_header(sent)).message_id == 9 &&
	    script_word(sent, 1) == 0)
		subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 1, 3);
	serve(s, sent);
}

static void who_comes_while_the_last_one_goes_is_heard(void **state)
{
	struct vscmi_subscription *one = subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 1, 0);

	script->on_send = subscribe_inside;
	assert_int_equal(vscmi_unsubscribe(&script->agent, one).error, VSCMI_OK);
	/* Its "on" may have gone before the "off", so another one ends it. */
	assert_int_equal(count_commands(9, 1, 0), 1);
	assert_int_equal(count_commands(9, 1, 1), 3);
	expect_last(9, 1, 1);
}

static void what_is_not_known_is_counted(void **state)
{
	subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 1, 0);
	script_notify(script, (enum vscmi_event_kind)0x1402, SCRIPT_WORDS(0, 1, 0, 0));
	script_notify(script, (enum vscmi_event_kind)0x8000, SCRIPT_WORDS(0, 1, 0, 0));
	script_notify(script, VSCMI_EVENT_BASE_ERROR, SCRIPT_WORDS(0, 0));
	script_expect_anomalies(script, VSCMI_ANOMALY_UNKNOWN_EVENT, 2,
				VSCMI_ANOMALY_UNSUBSCRIBED_EVENT, 1, VSCMI_ANOMALIES);
	assert_int_equal(calls[0], 0);
}

static void what_does_not_decode_is_not_delivered(void **state)
{
	static const uint32_t words[8];
	static const struct {
		enum vscmi_event_kind kind;
		size_t words;
	} cases[] = {
		{ VSCMI_EVENT_BASE_ERROR, 1 },
		{ VSCMI_EVENT_SYSTEM_POWER_STATE, 3 },
		{ VSCMI_EVENT_CLOCK_RATE_CHANGED, 3 },
		{ VSCMI_EVENT_CLOCK_RATE_CHANGE_REQUESTED, 0 },
		{ VSCMI_EVENT_SENSOR_TRIP_POINT, 2 },
		{ VSCMI_EVENT_SENSOR_UPDATE, 3 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vscmi_subscription *subscription = subscribe(cases[i].kind, 0, 0);

		script_notify(script, cases[i].kind, words, cases[i].words);
		assert_int_equal(vscmi_agent_anomalies(&script->agent,
						       VSCMI_ANOMALY_MALFORMED_EVENT),
				 i + 1);
		vscmi_unsubscribe(&script->agent, subscription);
	}
	assert_int_equal(calls[0], 0);
}

static void errors_that_are_announced_and_missing_are_malformed(void **state)
{
	static const uint32_t words[258] = { [1] = 1023 };

	subscribe(VSCMI_EVENT_BASE_ERROR, 0, 0);
	script_notify(script, VSCMI_EVENT_BASE_ERROR, words, 258);
	script_notify(script, VSCMI_EVENT_BASE_ERROR, words, 2);
	assert_int_equal(calls[0], 0);
	script_expect_anomalies(script, VSCMI_ANOMALY_OVERSIZE, 1,
				VSCMI_ANOMALY_MALFORMED_EVENT, 2, VSCMI_ANOMALIES);
}

static void as_many_readings_as_there_are_axes(void **state)
{
	static uint32_t words[2 + 4 * 63];

	words[2 + 4 * 62] = 4711;
	subscribe(VSCMI_EVENT_SENSOR_UPDATE, 0, 0);
	script_notify(script, VSCMI_EVENT_SENSOR_UPDATE, words, 2 + 4 * 63);
	assert_int_equal(seen.update.count, 63);
	assert_int_equal(seen_reading.value, 4711);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void trailing_bytes_are_counted_and_ignored(void **state)
{
	subscribe(VSCMI_EVENT_CLOCK_RATE_CHANGED, 1, 0);
	script_notify(script, VSCMI_EVENT_CLOCK_RATE_CHANGED,
		      SCRIPT_WORDS(0, 1, 2, 0, 77));
	assert_int_equal(seen.clock.rate_hz, 2);
	script_expect_anomalies(script, VSCMI_ANOMALY_TRAILING, 1, VSCMI_ANOMALIES);
}

#define EVENT_TEST(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EVENT_TEST(each_kind_is_switched_on_decoded_and_switched_off),
		EVENT_TEST(old_versions_say_less),
		EVENT_TEST(a_kind_that_the_version_lacks_is_not_asked_for),
		EVENT_TEST(without_events_nothing_is_subscribed),
		EVENT_TEST(a_kind_that_does_not_exist_is_invalid),
		EVENT_TEST(a_refusal_subscribes_nothing),
		EVENT_TEST(as_many_as_there_is_memory_for),
		EVENT_TEST(only_who_asked_for_the_resource_is_called),
		EVENT_TEST(the_platform_is_told_when_the_last_one_goes),
		EVENT_TEST(any_resource_is_one_command_for_each),
		EVENT_TEST(any_resource_fails_when_every_one_refuses),
		EVENT_TEST(a_callback_may_unsubscribe_itself_and_others),
		EVENT_TEST(who_comes_while_the_last_one_goes_is_heard),
		EVENT_TEST(what_is_not_known_is_counted),
		EVENT_TEST(what_does_not_decode_is_not_delivered),
		EVENT_TEST(errors_that_are_announced_and_missing_are_malformed),
		EVENT_TEST(as_many_readings_as_there_are_axes),
		EVENT_TEST(trailing_bytes_are_counted_and_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
