/* SPDX-License-Identifier: BSD-3-Clause */
/* What the observer sees, every point, in order, with the whole message; and what is counted. */
#include "script.h"

#include <string.h>

#include "message/cursor.h"
#include "vscmi/agent/clock.h"

/* What the observer was shown, and how much of it the test has looked at. */
struct moment {
	struct vscmi_trace trace;
	uint8_t message[VSCMI_EVENT_BYTES_MAX];
};

static struct moment moments[64];
static size_t moment_count, seen_count;
static struct script *script;

static void remember(void *context, const struct vscmi_trace *trace)
{
	struct moment *moment = &moments[moment_count++];

	assert_true(moment_count <= sizeof(moments) / sizeof(moments[0]));
	assert_true(trace->count <= sizeof(moment->message));
	moment->trace = *trace;
	if (trace->count > 0)
		memcpy(moment->message, trace->message, trace->count);
}

static int begin(void **state)
{
	script = script_new(4, 2);
	script->agent.config.observer =
		(struct vscmi_agent_observer){ .trace = remember };
	moment_count = seen_count = 0;
	return 0;
}

static int end(void **state)
{
	script_free(script);
	return 0;
}

/* The next moment is this point with a message of these words. */
static const struct vscmi_trace *expect(enum vscmi_trace_point point,
					const uint32_t *words, size_t word_count)
{
	const struct moment *moment = &moments[seen_count++];

	assert_true(seen_count <= moment_count);
	assert_int_equal(moment->trace.point, point);
	assert_int_equal(moment->trace.count, 4 * word_count);
	for (size_t i = 0; i < word_count; i++)
		assert_int_equal(vscmi_le32_get(moment->message + 4 * i), words[i]);
	return &moment->trace;
}

static void expect_end(const uint32_t *words, size_t word_count,
		       struct vscmi_result result)
{
	const struct vscmi_trace *trace =
		expect(VSCMI_TRACE_COMPLETION, words, word_count);

	assert_int_equal(trace->result.error, result.error);
	assert_int_equal(trace->result.status, result.status);
}

static void expect_drop(enum vscmi_anomaly anomaly, const uint32_t *words,
			size_t word_count)
{
	assert_int_equal(expect(VSCMI_TRACE_DROP, words, word_count)->anomaly, anomaly);
}

/* Nothing else was shown, and this is what was counted. */
static void expect_no_more(const uint32_t counters[VSCMI_COUNTERS])
{
	assert_int_equal(moment_count, seen_count);
	for (enum vscmi_counter i = 0; i < VSCMI_COUNTERS; i++)
		assert_int_equal(vscmi_agent_counter(&script->agent, i), counters[i]);
}

#define COUNTED(...)                     \
	(const uint32_t[VSCMI_COUNTERS]) \
	{                                \
		__VA_ARGS__              \
	}
#define COMMANDS      [VSCMI_COUNTER_COMMANDS]
#define REPLIES       [VSCMI_COUNTER_REPLIES]
#define DELAYED       [VSCMI_COUNTER_DELAYED_RESPONSES]
#define NOTIFICATIONS [VSCMI_COUNTER_NOTIFICATIONS]
#define TIMEOUTS      [VSCMI_COUNTER_TIMEOUTS]
#define LOST          [VSCMI_COUNTER_LOST]

static uint32_t last_header(void)
{
	return script_header(script_last(script));
}

static struct script_answer answer;

/* The next command gets these words; the protocol's version is known. */
static void answer_with(const uint32_t *words, size_t word_count)
{
	answer = (struct script_answer){ .words = words, .word_count = word_count };
	atomic_store(&script->agent.versions[2], 0x30000);
	script->on_send = script_answer;
	script->answers = &answer;
	script->answer_count = 1;
}

/*
 * ---- What goes well ----
 */

static void a_synchronous_command_shows_all_of_it(void **state)
{
	static const uint32_t words[] = { 400000000, 0 };
	uint32_t header;
	uint64_t rate_hz;

	answer_with(words, sizeof(words) / sizeof(words[0]));
	assert_int_equal(vscmi_clock_rate_get(&script->agent, 7, &rate_hz).error,
			 VSCMI_OK);
	header = last_header();
	expect(VSCMI_TRACE_SUBMIT, SCRIPT_WORDS(header, 7));
	expect(VSCMI_TRACE_RECEIVE, SCRIPT_WORDS(header, 0, 400000000, 0));
	expect(VSCMI_TRACE_WAIT, SCRIPT_WORDS(header));
	expect_end(SCRIPT_WORDS(header, 0, 400000000, 0), vscmi_local(VSCMI_OK));
	expect_no_more(COUNTED(COMMANDS = 1, REPLIES = 1));
}

static void a_refusal_completes_with_its_status(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);
	uint32_t denied = (uint32_t)VSCMI_DENIED;

	script_reply(script, script_last(script), VSCMI_DENIED, SCRIPT_NOTHING);
	vscmi_wait(&script->agent, command);
	expect(VSCMI_TRACE_SUBMIT, SCRIPT_WORDS(last_header()));
	expect(VSCMI_TRACE_RECEIVE, SCRIPT_WORDS(last_header(), denied));
	expect(VSCMI_TRACE_WAIT, SCRIPT_WORDS(last_header()));
	expect_end(SCRIPT_WORDS(last_header(), denied), vscmi_answered(VSCMI_DENIED));
	expect_no_more(COUNTED(COMMANDS = 1, REPLIES = 1));
}

static void answer_late(struct script *s)
{
	script_reply(s, script_last(s), VSCMI_SUCCESS, SCRIPT_NOTHING);
	script_delayed(s, script_last(s), VSCMI_SUCCESS, SCRIPT_WORDS(1, 2));
}

static void an_asynchronous_command_shows_its_reply_and_its_delayed_response(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_ASYNC);
	uint32_t header = last_header(), delayed = header | VSCMI_DELAYED_RESPONSE << 8;

	script->on_wait = answer_late;
	vscmi_wait(&script->agent, command);
	expect(VSCMI_TRACE_SUBMIT, SCRIPT_WORDS(header));
	expect(VSCMI_TRACE_WAIT, SCRIPT_WORDS(header));
	expect(VSCMI_TRACE_RECEIVE, SCRIPT_WORDS(header, 0));
	expect(VSCMI_TRACE_RECEIVE, SCRIPT_WORDS(delayed, 0, 1, 2));
	expect_end(SCRIPT_WORDS(delayed, 0, 1, 2), vscmi_local(VSCMI_OK));
	expect_no_more(COUNTED(COMMANDS = 1, REPLIES = 1, DELAYED = 1));
}

/* Nothing is shown between its reception and this. */
static void on_event(void *context, const struct vscmi_event *event)
{
	*(size_t *)context = moment_count;
}

static void a_notification_is_shown_before_anybody_is_called(void **state)
{
	struct vscmi_subscription *subscription;
	size_t shown_by_then = 0;
	uint32_t header = VSCMI_PROTOCOL_CLOCK << 10 | VSCMI_NOTIFICATION << 8;

	answer_with(NULL, 0);
	assert_int_equal(vscmi_subscribe(&script->agent, VSCMI_EVENT_CLOCK_RATE_CHANGED,
					 3, on_event, &shown_by_then, &subscription)
				 .error,
			 VSCMI_OK);
	seen_count = moment_count;
	script_notify(script, VSCMI_EVENT_CLOCK_RATE_CHANGED, SCRIPT_WORDS(0, 3, 4, 5));
	assert_int_equal(shown_by_then, seen_count + 1);
	expect(VSCMI_TRACE_RECEIVE, SCRIPT_WORDS(header, 0, 3, 4, 5));
	expect_no_more(COUNTED(COMMANDS = 1, REPLIES = 1, NOTIFICATIONS = 1));

	script_notify(script, VSCMI_EVENT_CLOCK_RATE_CHANGED, SCRIPT_WORDS(0, 9, 4, 5));
	expect(VSCMI_TRACE_RECEIVE, SCRIPT_WORDS(header, 0, 9, 4, 5));
	expect_drop(VSCMI_ANOMALY_UNSUBSCRIBED_EVENT, SCRIPT_WORDS(header, 0, 9, 4, 5));
	script_notify(script, VSCMI_EVENT_CLOCK_RATE_CHANGED, SCRIPT_WORDS(0, 3));
	expect(VSCMI_TRACE_RECEIVE, SCRIPT_WORDS(header, 0, 3));
	expect_drop(VSCMI_ANOMALY_MALFORMED_EVENT, SCRIPT_WORDS(header, 0, 3));
	script_notify(script, VSCMI_EVENT_CLOCK_RATE_CHANGED,
		      SCRIPT_WORDS(0, 3, 4, 5, 6));
	expect(VSCMI_TRACE_RECEIVE, SCRIPT_WORDS(header, 0, 3, 4, 5, 6));
	expect_drop(VSCMI_ANOMALY_TRAILING, SCRIPT_WORDS(header, 0, 3, 4, 5, 6));
	expect_no_more(COUNTED(COMMANDS = 1, REPLIES = 1, NOTIFICATIONS = 2));
}

/*
 * ---- What does not ----
 */

static void a_reply_without_a_command_is_dropped_whole(void **state)
{
	uint32_t words[300] = { 0x155 << 18 };

	for (uint32_t i = 1; i < 300; i++)
		words[i] = i;
	script_receive(script, VSCMI_CHANNEL_COMMANDS, words, 100, VSCMI_NO_BUFFER);
	expect_drop(VSCMI_ANOMALY_TOKEN, words, 100);
	/* But not without end. */
	script_receive(script, VSCMI_CHANNEL_COMMANDS, words, 300, VSCMI_NO_BUFFER);
	expect_drop(VSCMI_ANOMALY_TOKEN, words, VSCMI_EVENT_BYTES_MAX / 4);
	expect_no_more(COUNTED(0));
}

static void less_than_a_message_is_dropped_as_what_it_is(void **state)
{
	const uint8_t *bytes = (const uint8_t[]){ 1, 2, 3 };

	vscmi_agent_receive(&script->agent, VSCMI_CHANNEL_EVENTS, bytes, 3,
			    VSCMI_NO_BUFFER);
	assert_int_equal(moments[0].trace.point, VSCMI_TRACE_DROP);
	assert_int_equal(moments[0].trace.anomaly, VSCMI_ANOMALY_SHORT);
	assert_int_equal(moments[0].trace.count, 3);
	assert_memory_equal(moments[0].message, bytes, 3);
	seen_count = 1;
	vscmi_agent_receive(&script->agent, VSCMI_CHANNEL_EVENTS, NULL, 0, 3);
	expect_drop(VSCMI_ANOMALY_EMPTY, SCRIPT_NOTHING);
	expect_drop(VSCMI_ANOMALY_BUFFER, SCRIPT_NOTHING);
	expect_no_more(COUNTED(0));
}

static void what_is_cut_off_is_received_and_dropped(void **state)
{
	uint8_t message[VSCMI_HEADER_BYTES];
	const struct vscmi_request request = {
		.message = message,
		.count = sizeof(message),
		.reply_room = 12,
	};
	struct vscmi_slot *command;
	uint32_t header;

	assert_int_equal(vscmi_submit(&script->agent, &request, &command), VSCMI_OK);
	header = last_header();
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(1, 2));
	expect(VSCMI_TRACE_SUBMIT, SCRIPT_WORDS(header));
	expect(VSCMI_TRACE_RECEIVE, SCRIPT_WORDS(header, 0, 1));
	expect_drop(VSCMI_ANOMALY_OVERSIZE, SCRIPT_WORDS(header, 0, 1, 2));
	vscmi_release(&script->agent, command);
	expect_no_more(COUNTED(COMMANDS = 1, REPLIES = 1));
}

static void a_timeout_completes_without_a_message_and_what_is_late_is_dropped(
	void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);
	uint32_t header = last_header();

	vscmi_wait(&script->agent, command);
	script_reply(script, script_last(script), VSCMI_SUCCESS, SCRIPT_WORDS(42));
	expect(VSCMI_TRACE_SUBMIT, SCRIPT_WORDS(header));
	expect(VSCMI_TRACE_WAIT, SCRIPT_WORDS(header));
	expect_end(SCRIPT_WORDS(header), vscmi_local(VSCMI_E_TIMEOUT));
	expect_drop(VSCMI_ANOMALY_LATE_REPLY, SCRIPT_WORDS(header, 0, 42));
	expect_no_more(COUNTED(COMMANDS = 1, TIMEOUTS = 1));
}

static void lose_link(struct script *s)
{
	vscmi_agent_link_down(&s->agent);
}

static void a_lost_link_completes_without_a_message(void **state)
{
	struct vscmi_slot *command = script_submit(script, VSCMI_SYNC);

	script->on_wait = lose_link;
	vscmi_wait(&script->agent, command);
	expect(VSCMI_TRACE_SUBMIT, SCRIPT_WORDS(last_header()));
	expect(VSCMI_TRACE_WAIT, SCRIPT_WORDS(last_header()));
	expect_end(SCRIPT_WORDS(last_header()), vscmi_local(VSCMI_E_LINK_LOST));
	expect_no_more(COUNTED(COMMANDS = 1, LOST = 1));
}

static void a_command_that_the_link_refuses_completes_at_once(void **state)
{
	uint8_t message[VSCMI_HEADER_BYTES];
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_BASE,
		.message = message,
		.count = sizeof(message),
	};
	struct vscmi_slot *command;
	uint32_t header = VSCMI_PROTOCOL_BASE << 10;

	script->send_error = VSCMI_E_BROKEN;
	vscmi_submit(&script->agent, &request, &command);
	expect(VSCMI_TRACE_SUBMIT, SCRIPT_WORDS(header));
	expect_end(SCRIPT_WORDS(header), vscmi_local(VSCMI_E_BROKEN));
	expect_no_more(COUNTED(0));
}

static void trailing_bytes_are_dropped_from_what_was_received(void **state)
{
	static const uint32_t words[] = { 4, 0, 666 };
	uint32_t header;
	uint64_t rate_hz;

	answer_with(words, sizeof(words) / sizeof(words[0]));
	assert_int_equal(vscmi_clock_rate_get(&script->agent, 7, &rate_hz).error,
			 VSCMI_OK);
	header = last_header();
	seen_count = 3;
	expect_end(SCRIPT_WORDS(header, 0, 4, 0, 666), vscmi_local(VSCMI_OK));
	expect_drop(VSCMI_ANOMALY_TRAILING, SCRIPT_WORDS(header, 0, 4, 0, 666));
	expect_no_more(COUNTED(COMMANDS = 1, REPLIES = 1));
}

/* Where the elements of a page have been read, its header word is what is left of it. */
static void trailing_bytes_of_a_list_are_dropped_under_its_header(void **state)
{
	static const uint32_t words[] = { 1, 77, 0, 666 };
	struct vscmi_clock_rates rates;
	struct vscmi_list list;

	/* So that its token is not 0. */
	script_submit(script, VSCMI_SYNC);
	answer_with(words, sizeof(words) / sizeof(words[0]));
	vscmi_clock_rates(&list, &script->agent, 7);
	assert_true(vscmi_clock_rates_next(&list, &rates));
	seen_count = moment_count - 1;
	expect_drop(VSCMI_ANOMALY_TRAILING, SCRIPT_WORDS(last_header()));
	assert_int_not_equal(vscmi_header_unpack(last_header()).token, 0);
}

#define WITH_SCRIPT(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SCRIPT(a_synchronous_command_shows_all_of_it),
		WITH_SCRIPT(a_refusal_completes_with_its_status),
		WITH_SCRIPT(
			an_asynchronous_command_shows_its_reply_and_its_delayed_response),
		WITH_SCRIPT(a_notification_is_shown_before_anybody_is_called),
		WITH_SCRIPT(a_reply_without_a_command_is_dropped_whole),
		WITH_SCRIPT(less_than_a_message_is_dropped_as_what_it_is),
		WITH_SCRIPT(what_is_cut_off_is_received_and_dropped),
		WITH_SCRIPT(
			a_timeout_completes_without_a_message_and_what_is_late_is_dropped),
		WITH_SCRIPT(a_lost_link_completes_without_a_message),
		WITH_SCRIPT(a_command_that_the_link_refuses_completes_at_once),
		WITH_SCRIPT(trailing_bytes_are_dropped_from_what_was_received),
		WITH_SCRIPT(trailing_bytes_of_a_list_are_dropped_under_its_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
