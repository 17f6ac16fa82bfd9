/* SPDX-License-Identifier: BSD-3-Clause */
/* Rates of the platform's clocks as they change: slowly, on behalf of whom, and who is told. */
#include "bench.h"
#include "message/cursor.h"
#include "test.h"

#define MHZ 1000000u

enum {
	RATE_SET = 0x5,
	RATE_GET = 0x6,
	NOTIFY = 0x9,
	NOTIFY_REQUESTED = 0xa,
};

enum { ASYNC = 1 << 0, SILENT = 1 << 1 };

static void a_slow_synchronous_change_is_answered_when_it_ends(void **state)
{
	struct bench *bench = *state;
	struct bench_agent *peer = &bench->agent[PEER];

	bench->clock[CLOCK_LIST].is_later = true;
	assert_int_equal(
		ask(bench, PEER, CLOCK, RATE_SET, 0, CLOCK_LIST, 10 * MHZ, 0).outcome,
		VSCMI_SERVICE_HELD);
	/* Meanwhile others are served, and the rate is the old one. */
	assert_words(ask(bench, PEER, CLOCK, RATE_GET, CLOCK_LIST), 20 * MHZ, 0);
	assert_int_equal(
		status_of(bench, TRUSTED, CLOCK, RATE_SET, 0, CLOCK_LIST, 40 * MHZ, 0),
		VSCMI_BUSY);
	assert_int_equal(peer->replies, 0);
	bench_complete_rate(bench, CLOCK_LIST, VSCMI_SUCCESS);
	assert_int_equal(peer->replies, 1);
	assert_ptr_equal(peer->cookie, peer);
	assert_int_equal(peer->reply.count, 8);
	assert_int_equal(vscmi_le32_get(peer->reply.bytes) & 0x3ffff,
			 0x14 << 10 | RATE_SET);
	assert_int_equal(vscmi_le32_get(peer->reply.bytes + 4), VSCMI_SUCCESS);
	bench_assert_no_event(bench, PEER);
	/* And one that fails says so. */
	ask(bench, PEER, CLOCK, RATE_SET, 0, CLOCK_LIST, 10 * MHZ, 0);
	bench_complete_rate(bench, CLOCK_LIST, VSCMI_HARDWARE_ERROR);
	assert_int_equal(peer->replies, 2);
	assert_int_equal(vscmi_le32_get(peer->reply.bytes + 4),
			 (uint32_t)VSCMI_HARDWARE_ERROR);
}

static void an_asynchronous_change_ends_with_a_delayed_response(void **state)
{
	struct bench *bench = *state;

	bench->clock[CLOCK_LIST].is_later = true;
	assert_words(ask(bench, PEER, CLOCK, RATE_SET, ASYNC, CLOCK_LIST, 10 * MHZ, 0));
	bench_assert_no_event(bench, PEER);
	bench_complete_rate(bench, CLOCK_LIST, VSCMI_SUCCESS);
	assert_true(bench->agent[PEER].ready);
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, CLOCK, RATE_SET, VSCMI_SUCCESS,
		     CLOCK_LIST, 10 * MHZ, 0);
	bench_assert_no_event(bench, PEER);
	/* The failed one carries the status alone. */
	assert_words(ask(bench, PEER, CLOCK, RATE_SET, ASYNC, CLOCK_LIST, 40 * MHZ, 0));
	bench_complete_rate(bench, CLOCK_LIST, VSCMI_HARDWARE_ERROR);
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, CLOCK, RATE_SET,
		     (uint32_t)VSCMI_HARDWARE_ERROR);
	/* One that is quick has it too. */
	bench->clock[CLOCK_LIST].is_later = false;
	assert_words(ask(bench, PEER, CLOCK, RATE_SET, ASYNC, CLOCK_LIST, 40 * MHZ, 0));
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, CLOCK, RATE_SET, VSCMI_SUCCESS,
		     CLOCK_LIST, 40 * MHZ, 0);
}

static void asynchronous_changes_are_offered_for_every_clock_or_for_none(void **state)
{
	struct bench *bench = *state;

	assert_words(ask(bench, PEER, CLOCK, RATE_SET, ASYNC, CLOCK_RANGE, 2 * MHZ, 0));
	assert_event(bench, PEER, VSCMI_DELAYED_RESPONSE, CLOCK, RATE_SET, VSCMI_SUCCESS,
		     CLOCK_RANGE, 2 * MHZ, 0);
}

static void a_silent_change_has_no_delayed_response(void **state)
{
	struct bench *bench = *state;

	bench->clock[CLOCK_LIST].is_later = true;
	assert_words(ask(bench, PEER, CLOCK, RATE_SET, ASYNC | SILENT, CLOCK_LIST,
			 10 * MHZ, 0));
	bench_complete_rate(bench, CLOCK_LIST, VSCMI_SUCCESS);
	assert_int_equal(bench->clock[CLOCK_LIST].rate_hz, 10 * MHZ);
	bench_assert_no_event(bench, PEER);
}

static void a_change_that_outlives_its_agent_is_undone(void **state)
{
	struct bench *bench = *state;

	bench->clock[CLOCK_LIST].is_later = true;
	ask(bench, PEER, CLOCK, RATE_SET, 0, CLOCK_LIST, 10 * MHZ, 0);
	vscmi_platform_disconnect(bench->platform, PEER);
	bench_complete_rate(bench, CLOCK_LIST, VSCMI_SUCCESS);
	assert_int_equal(bench->agent[PEER].replies, 0);
	/* The platform sets the initial rate, which takes its time as well. */
	assert_int_equal(bench->clock[CLOCK_LIST].wanted_hz, 20 * MHZ);
	bench_complete_rate(bench, CLOCK_LIST, VSCMI_SUCCESS);
	assert_int_equal(bench->clock[CLOCK_LIST].rate_hz, 20 * MHZ);
	bench_assert_no_event(bench, TRUSTED);
}

static void a_change_waits_for_a_restore_that_is_under_way(void **state)
{
	struct bench *bench = *state;
	struct bench_agent *trusted = &bench->agent[TRUSTED];

	bench->clock[CLOCK_LIST].is_later = true;
	ask(bench, PEER, CLOCK, RATE_SET, 0, CLOCK_LIST, 10 * MHZ, 0);
	bench_complete_rate(bench, CLOCK_LIST, VSCMI_SUCCESS);
	vscmi_platform_disconnect(bench->platform, PEER);
	assert_int_equal(
		ask(bench, TRUSTED, CLOCK, RATE_SET, 0, CLOCK_LIST, 40 * MHZ, 0).outcome,
		VSCMI_SERVICE_HELD);
	assert_int_equal(
		status_of(bench, TRUSTED, CLOCK, RATE_SET, 0, CLOCK_LIST, 10 * MHZ, 0),
		VSCMI_BUSY);
	assert_int_equal(bench->clock[CLOCK_LIST].wanted_hz, 20 * MHZ);
	bench_complete_rate(bench, CLOCK_LIST, VSCMI_SUCCESS);
	assert_int_equal(bench->clock[CLOCK_LIST].wanted_hz, 40 * MHZ);
	assert_int_equal(trusted->replies, 0);
	bench_complete_rate(bench, CLOCK_LIST, VSCMI_SUCCESS);
	assert_int_equal(trusted->replies, 1);
	assert_int_equal(bench->clock[CLOCK_LIST].rate_hz, 40 * MHZ);
}

/* One that the source does at once, or refuses, is answered at the next moment. */
static void a_change_that_waited_may_end_at_once(void **state)
{
	static const int32_t statuses[] = { VSCMI_SUCCESS, VSCMI_HARDWARE_ERROR };
	struct bench *bench = *state;
	struct bench_agent *trusted = &bench->agent[TRUSTED];

	for (size_t i = 0; i < 2; i++) {
		bench->clock[CLOCK_LIST].is_later = true;
		ask(bench, PEER, CLOCK, RATE_SET, 0, CLOCK_LIST, 10 * MHZ, 0);
		bench_complete_rate(bench, CLOCK_LIST, VSCMI_SUCCESS);
		vscmi_platform_disconnect(bench->platform, PEER);
		ask(bench, TRUSTED, CLOCK, RATE_SET, 0, CLOCK_LIST, 40 * MHZ, 0);
		bench->clock[CLOCK_LIST].is_later = false;
		bench->clock[CLOCK_LIST].status = statuses[i];
		bench_complete_rate(bench, CLOCK_LIST, VSCMI_SUCCESS);
		bench->clock[CLOCK_LIST].status = VSCMI_SUCCESS;
		assert_int_equal(vscmi_platform_next_us(bench->platform), bench->now_us);
		bench_advance(bench, 0);
		assert_int_equal(trusted->replies, i + 1);
		assert_int_equal(vscmi_le32_get(trusted->reply.bytes + 4),
				 (uint32_t)statuses[i]);
		vscmi_platform_connect(bench->platform, PEER,
				       &bench->agent[PEER].channel);
	}
}

static void a_change_that_waited_for_an_agent_that_goes_is_undone(void **state)
{
	struct bench *bench = *state;

	bench->clock[CLOCK_LIST].is_later = true;
	ask(bench, PEER, CLOCK, RATE_SET, 0, CLOCK_LIST, 10 * MHZ, 0);
	bench_complete_rate(bench, CLOCK_LIST, VSCMI_SUCCESS);
	vscmi_platform_disconnect(bench->platform, PEER);
	ask(bench, TRUSTED, CLOCK, RATE_SET, 0, CLOCK_LIST, 40 * MHZ, 0);
	vscmi_platform_disconnect(bench->platform, TRUSTED);
	/* The restore, the change, the restore. */
	for (size_t i = 0; i < 3; i++)
		bench_complete_rate(bench, CLOCK_LIST, VSCMI_SUCCESS);
	assert_int_equal(bench->clock[CLOCK_LIST].rate_hz, 20 * MHZ);
	assert_null(bench->clock[CLOCK_LIST].op);
	assert_int_equal(bench->agent[TRUSTED].replies, 0);
}

/*
 * ---- Notifications ----
 */

static void those_who_asked_are_told_of_rates(void **state)
{
	struct bench *bench = *state;

	for (uint8_t id = NOTIFY; id <= NOTIFY_REQUESTED; id++) {
		assert_int_equal(status_of(bench, PEER, CLOCK, id, CLOCK_LIST, 1),
				 VSCMI_SUCCESS);
		assert_int_equal(status_of(bench, GUEST, CLOCK, id, 1, 1), VSCMI_SUCCESS);
	}
	ask(bench, PEER, CLOCK, RATE_SET, 0, CLOCK_LIST, 10 * MHZ, 0);
	/* Who asked for the change need not be told that it was asked for. */
	assert_event(bench, PEER, VSCMI_NOTIFICATION, CLOCK, 0, PEER, CLOCK_LIST,
		     10 * MHZ, 0);
	bench_assert_no_event(bench, PEER);
	assert_true(bench->agent[GUEST].ready);
	assert_event(bench, GUEST, VSCMI_NOTIFICATION, CLOCK, 1, PEER, 1, 10 * MHZ, 0);
	assert_event(bench, GUEST, VSCMI_NOTIFICATION, CLOCK, 0, PEER, 1, 10 * MHZ, 0);
	bench_assert_no_event(bench, TRUSTED);
	/* The platform changes it. */
	bench->clock[CLOCK_LIST].rate_hz = 40 * MHZ;
	vscmi_platform_clock_changed(bench->platform, CLOCK_LIST);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, CLOCK, 0, 0, CLOCK_LIST, 40 * MHZ,
		     0);
	assert_event(bench, GUEST, VSCMI_NOTIFICATION, CLOCK, 0, 0, 1, 40 * MHZ, 0);
	/* What is as it was is not news. */
	ask(bench, PEER, CLOCK, RATE_SET, 0, CLOCK_LIST, 40 * MHZ, 0);
	bench_assert_no_event(bench, PEER);
	/* Nor is anything to those who have had enough. */
	assert_int_equal(status_of(bench, PEER, CLOCK, NOTIFY, CLOCK_LIST, 0),
			 VSCMI_SUCCESS);
	ask(bench, TRUSTED, CLOCK, RATE_SET, 0, CLOCK_LIST, 20 * MHZ, 0);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, CLOCK, 1, TRUSTED, CLOCK_LIST,
		     20 * MHZ, 0);
	bench_assert_no_event(bench, PEER);
}

static void an_agent_of_version_1_is_told_nothing_that_it_does_not_know(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(status_of(bench, PEER, CLOCK, NOTIFY, CLOCK_LIST, 1),
			 VSCMI_SUCCESS);
	bench_negotiate(bench, PEER, VSCMI_PROTOCOL_CLOCK, 0x10000);
	ask(bench, TRUSTED, CLOCK, RATE_SET, 0, CLOCK_LIST, 10 * MHZ, 0);
	bench_assert_no_event(bench, PEER);
}

static void an_agent_that_was_reset_has_no_subscriptions(void **state)
{
	struct bench *bench = *state;

	ask(bench, PEER, CLOCK, NOTIFY, CLOCK_LIST, 1);
	ask(bench, TRUSTED, CLOCK, RATE_SET, 0, CLOCK_LIST, 10 * MHZ, 0);
	vscmi_platform_connect(bench->platform, PEER, &bench->agent[PEER].channel);
	bench_assert_no_event(bench, PEER);
	ask(bench, TRUSTED, CLOCK, RATE_SET, 0, CLOCK_LIST, 20 * MHZ, 0);
	bench_assert_no_event(bench, PEER);
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BENCH(a_slow_synchronous_change_is_answered_when_it_ends),
		ON_BENCH(an_asynchronous_change_ends_with_a_delayed_response),
		ON_BENCH(asynchronous_changes_are_offered_for_every_clock_or_for_none),
		ON_BENCH(a_silent_change_has_no_delayed_response),
		ON_BENCH(a_change_that_outlives_its_agent_is_undone),
		ON_BENCH(a_change_waits_for_a_restore_that_is_under_way),
		ON_BENCH(a_change_that_waited_may_end_at_once),
		ON_BENCH(a_change_that_waited_for_an_agent_that_goes_is_undone),
		ON_BENCH(those_who_asked_are_told_of_rates),
		ON_BENCH(an_agent_of_version_1_is_told_nothing_that_it_does_not_know),
		ON_BENCH(an_agent_that_was_reset_has_no_subscriptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
