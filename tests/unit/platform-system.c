/* SPDX-License-Identifier: BSD-3-Clause */
/* System power, as the platform serves it. */
#include "bench.h"
#include "test.h"

enum { ATTRIBUTES = 0x1, MESSAGE_ATTRIBUTES = 0x2, SET = 0x3, GET = 0x4, NOTIFY = 0x5 };

static void states_that_are_not_offered_are_refused(void **state)
{
	static const struct {
		const char *what;
		uint32_t agent_id, word_count;
		int32_t status;
		uint32_t words[3];
	} cases[] = {
		{ "short", PEER, 1, VSCMI_PROTOCOL_ERROR, { 0 } },
		{ "flags",
		  PEER,
		  2,
		  VSCMI_INVALID_PARAMETERS,
		  { 2, VSCMI_SYSTEM_SHUTDOWN } },
		{ "reserved", PEER, 2, VSCMI_INVALID_PARAMETERS, { 0, 5 } },
		{ "last reserved", PEER, 2, VSCMI_INVALID_PARAMETERS, { 0, 0x7fffffff } },
		{ "a vendor's", PEER, 2, VSCMI_NOT_SUPPORTED, { 0, 0x80000000 } },
		{ "suspend", PEER, 2, VSCMI_NOT_SUPPORTED, { 0, VSCMI_SYSTEM_SUSPEND } },
		{ "power up",
		  PEER,
		  2,
		  VSCMI_NOT_SUPPORTED,
		  { 0, VSCMI_SYSTEM_POWER_UP } },
		{ "warm reset", PEER, 2, VSCMI_SUCCESS, { 0, VSCMI_SYSTEM_WARM_RESET } },
		{ "not the guest's",
		  GUEST,
		  2,
		  VSCMI_NOT_SUPPORTED,
		  { 0, VSCMI_SYSTEM_WARM_RESET } },
		{ "the guest's", GUEST, 2, VSCMI_SUCCESS, { 0, VSCMI_SYSTEM_SHUTDOWN } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int32_t status = bench_ask_with_room(
					 *state, cases[i].agent_id, VSCMI_PROTOCOL_SYSTEM,
					 SET, cases[i].words, cases[i].word_count, 8)
					 .status;

		if (status != cases[i].status)
			print_error("%s\n", cases[i].what);
		assert_int_equal(status, cases[i].status);
	}
}

static void the_resource_hears_who_wants_what(void **state)
{
	struct bench *bench = *state;

	assert_words(ask(bench, PEER, SYSTEM, SET, 1, VSCMI_SYSTEM_COLD_RESET));
	assert_int_equal(bench->asked_by, PEER);
	assert_int_equal(bench->asked_state, VSCMI_SYSTEM_COLD_RESET);
	assert_true(bench->asked_graceful);
	bench->system_status = VSCMI_DENIED;
	assert_int_equal(status_of(bench, GUEST, SYSTEM, SET, 0, VSCMI_SYSTEM_SHUTDOWN),
			 VSCMI_DENIED);
	assert_int_equal(bench->asked_by, GUEST);
	assert_false(bench->asked_graceful);
}

static void message_attributes_say_which_states_there_are(void **state)
{
	struct bench *bench = *state;

	assert_words(ask(bench, PEER, SYSTEM, MESSAGE_ATTRIBUTES, SET), 1u << 31);
	assert_words(ask(bench, GUEST, SYSTEM, MESSAGE_ATTRIBUTES, SET), 0);
	assert_words(ask(bench, PEER, SYSTEM, MESSAGE_ATTRIBUTES, GET), 0);
	assert_words(ask(bench, PEER, SYSTEM, ATTRIBUTES), 0);
	assert_words(ask(bench, PEER, SYSTEM, GET), VSCMI_SYSTEM_POWER_UP);
}

static void without_events_there_are_no_notifications(void **state)
{
	struct bench bench;

	bench_describe(&bench);
	bench_start(&bench, false);
	assert_int_equal(status_of(&bench, PEER, SYSTEM, MESSAGE_ATTRIBUTES, NOTIFY),
			 VSCMI_NOT_SUPPORTED);
	assert_int_equal(status_of(&bench, PEER, SYSTEM, NOTIFY, 1), VSCMI_NOT_SUPPORTED);
	bench_end(&bench);
}

static void a_subscriber_is_asked_to_shut_down(void **state)
{
	const struct vscmi_system_request shutdown = {
		.by_agent = TRUSTED,
		.state = VSCMI_SYSTEM_SHUTDOWN,
		.graceful = true,
		.timeout_ms = 5000,
	};
	const struct vscmi_system_request forced = { .state = VSCMI_SYSTEM_COLD_RESET };
	struct bench *bench = *state;

	assert_int_equal(vscmi_platform_system_request(bench->platform, PEER, &shutdown),
			 VSCMI_E_NOT_READY);
	assert_int_equal(vscmi_platform_system_request(bench->platform, 4, &shutdown),
			 VSCMI_E_INVALID);
	assert_int_equal(status_of(bench, PEER, SYSTEM, NOTIFY, 2),
			 VSCMI_INVALID_PARAMETERS);
	assert_int_equal(status_of(bench, PEER, SYSTEM, NOTIFY, 1), VSCMI_SUCCESS);
	assert_int_equal(vscmi_platform_system_request(bench->platform, PEER, &shutdown),
			 VSCMI_OK);
	assert_true(bench->agent[PEER].ready);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, SYSTEM, 0, TRUSTED, 1,
		     VSCMI_SYSTEM_SHUTDOWN, 5000);
	/* The last word replaces one that was not fetched. */
	vscmi_platform_system_request(bench->platform, PEER, &shutdown);
	vscmi_platform_system_request(bench->platform, PEER, &forced);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, SYSTEM, 0, 0, 0,
		     VSCMI_SYSTEM_COLD_RESET, 0);
	bench_assert_no_event(bench, PEER);
	/* In version 1.0 there is no timeout. */
	bench_negotiate(bench, PEER, VSCMI_PROTOCOL_SYSTEM, 0x10000);
	vscmi_platform_system_request(bench->platform, PEER, &shutdown);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, SYSTEM, 0, TRUSTED, 1,
		     VSCMI_SYSTEM_SHUTDOWN);
	assert_int_equal(status_of(bench, PEER, SYSTEM, NOTIFY, 0), VSCMI_SUCCESS);
	assert_int_equal(vscmi_platform_system_request(bench->platform, PEER, &shutdown),
			 VSCMI_E_NOT_READY);
}

static void a_full_queue_is_said_to_be_busy(void **state)
{
	const struct vscmi_system_request shutdown = { .state = VSCMI_SYSTEM_SHUTDOWN };
	struct bench bench;

	bench_describe(&bench);
	bench.config.notifications_max = 0;
	bench_start(&bench, true);
	assert_int_equal(status_of(&bench, PEER, SYSTEM, NOTIFY, 1), VSCMI_SUCCESS);
	assert_int_equal(vscmi_platform_system_request(bench.platform, PEER, &shutdown),
			 VSCMI_E_BUSY);
	bench_end(&bench);
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BENCH(states_that_are_not_offered_are_refused),
		ON_BENCH(the_resource_hears_who_wants_what),
		ON_BENCH(message_attributes_say_which_states_there_are),
		cmocka_unit_test(without_events_there_are_no_notifications),
		ON_BENCH(a_subscriber_is_asked_to_shut_down),
		cmocka_unit_test(a_full_queue_is_said_to_be_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
