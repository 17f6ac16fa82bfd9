/* SPDX-License-Identifier: BSD-3-Clause */
/* The clock protocol, as the platform serves it. */
#include "bench.h"
#include "test.h"

#define MHZ 1000000u

enum {
	ATTRIBUTES = 0x1,
	MESSAGE_ATTRIBUTES = 0x2,
	CLOCK_ATTRIBUTES = 0x3,
	DESCRIBE = 0x4,
	RATE_SET = 0x5,
	RATE_GET = 0x6,
	CONFIG_SET = 0x7,
	NAME_GET = 0x8,
	NOTIFY = 0x9,
	NOTIFY_REQUESTED = 0xa,
	CONFIG_GET = 0xb,
	PARENTS = 0xc,
	PARENT_SET = 0xd,
	PARENT_GET = 0xe,
	PERMISSIONS = 0xf,
};

enum { ASYNC = 1 << 0, SILENT = 1 << 1, UP = 1 << 2, NEAREST = 1 << 3 };

#define NAME_WORDS 4 /* of a short name */

static void attributes_say_what_the_clock_can_do(void **state)
{
	static const struct {
		uint32_t agent_id, version, clock_id, attributes;
	} cases[] = {
		{ PEER, 0x30000, CLOCK_LIST, 1u << 31 | 1 << 30 | 1 << 29 | 1 << 28 },
		{ PEER, 0x20000, CLOCK_LIST, 1u << 31 | 1 << 30 | 1 << 29 },
		{ PEER, 0x10000, CLOCK_LIST, 0 },
		{ PEER, 0x30000, CLOCK_RANGE, 1 << 27 },
		{ PEER, 0x30000, CLOCK_FIXED, 1 << 1 | 1 << 0 },
		{ PEER, 0x10000, CLOCK_FIXED, 1 << 0 },
		/* In the guest's numbers; it sees one parent of the two. */
		{ GUEST, 0x30000, 0, 1 << 1 | 1 << 0 },
		{ GUEST, 0x30000, 1, 1u << 31 | 1 << 30 | 1 << 29 | 1 << 28 | 1 << 1 },
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench_answer answer;

		bench_negotiate(bench, cases[i].agent_id, VSCMI_PROTOCOL_CLOCK,
				cases[i].version);
		answer = ask(bench, cases[i].agent_id, CLOCK, CLOCK_ATTRIBUTES,
			     cases[i].clock_id);
		assert_int_equal(answer.status, VSCMI_SUCCESS);
		assert_int_equal(answer.words[0], cases[i].attributes);
		assert_int_equal(answer.word_count, cases[i].version < 0x20000 ? 5 : 6);
		if (cases[i].version >= 0x20000 && cases[i].clock_id == CLOCK_LIST &&
		    cases[i].agent_id == PEER)
			assert_int_equal(answer.words[1 + NAME_WORDS], 50);
	}
	assert_words(ask(bench, PEER, CLOCK, ATTRIBUTES),
		     BENCH_PENDING_MAX << 16 | CLOCKS);
	assert_words(ask(bench, GUEST, CLOCK, ATTRIBUTES), BENCH_PENDING_MAX << 16 | 2);
}

static void without_events_nothing_is_announced_that_needs_them(void **state)
{
	struct bench bench;

	bench_describe(&bench);
	bench_start(&bench, false);
	assert_words(ask(&bench, PEER, CLOCK, ATTRIBUTES), CLOCKS);
	assert_int_equal(ask(&bench, PEER, CLOCK, CLOCK_ATTRIBUTES, CLOCK_LIST).words[0],
			 1 << 29 | 1 << 28);
	for (uint8_t id = NOTIFY; id <= NOTIFY_REQUESTED; id++) {
		assert_int_equal(status_of(&bench, PEER, CLOCK, MESSAGE_ATTRIBUTES, id),
				 VSCMI_NOT_FOUND);
		assert_int_equal(status_of(&bench, PEER, CLOCK, id, CLOCK_LIST, 1),
				 VSCMI_NOT_SUPPORTED);
	}
	assert_int_equal(
		status_of(&bench, PEER, CLOCK, RATE_SET, ASYNC, CLOCK_LIST, 10 * MHZ, 0),
		VSCMI_NOT_SUPPORTED);
	assert_int_equal(bench.clock[CLOCK_LIST].rate_hz, 20 * MHZ);
	bench_end(&bench);
}

/* One request for each status that a command has, in the order of refusals. */
static void requests_are_refused_for_the_right_reason(void **state)
{
	static const struct {
		const char *what;
		uint32_t agent_id;
		uint8_t message_id, word_count;
		int32_t status;
		uint32_t words[4];
	} cases[] = {
		{ "short", PEER, CLOCK_ATTRIBUTES, 0, VSCMI_PROTOCOL_ERROR, { 0 } },
		{ "long", PEER, CLOCK_ATTRIBUTES, 2, VSCMI_PROTOCOL_ERROR, { 0 } },
		{ "size before id", PEER, RATE_GET, 2, VSCMI_PROTOCOL_ERROR, { 9 } },
		{ "attributes", PEER, CLOCK_ATTRIBUTES, 1, VSCMI_NOT_FOUND, { CLOCKS } },
		{ "id in 16 bits",
		  PEER,
		  CLOCK_ATTRIBUTES,
		  1,
		  VSCMI_NOT_FOUND,
		  { 0x10000 } },
		{ "hidden", GUEST, CLOCK_ATTRIBUTES, 1, VSCMI_NOT_FOUND, { 2 } },
		{ "rates: id", PEER, DESCRIBE, 2, VSCMI_NOT_FOUND, { 9, 0 } },
		{ "rates: end",
		  PEER,
		  DESCRIBE,
		  2,
		  VSCMI_OUT_OF_RANGE,
		  { CLOCK_LIST, 3 } },
		{ "rates: far",
		  PEER,
		  DESCRIBE,
		  2,
		  VSCMI_OUT_OF_RANGE,
		  { CLOCK_LIST, ~0u } },
		{ "rates: triplet",
		  PEER,
		  DESCRIBE,
		  2,
		  VSCMI_OUT_OF_RANGE,
		  { CLOCK_RANGE, 1 } },
		{ "set: id", PEER, RATE_SET, 4, VSCMI_NOT_FOUND, { 16, 9, MHZ, 0 } },
		{ "set: fixed",
		  PEER,
		  RATE_SET,
		  4,
		  VSCMI_DENIED,
		  { 16, CLOCK_FIXED, 24 * MHZ, 0 } },
		{ "set: denied",
		  GUEST,
		  RATE_SET,
		  4,
		  VSCMI_DENIED,
		  { 16, 1, 10 * MHZ, 0 } },
		{ "set: flags",
		  PEER,
		  RATE_SET,
		  4,
		  VSCMI_INVALID_PARAMETERS,
		  { 16, 0, 0, 0 } },
		{ "set: silent but synchronous",
		  PEER,
		  RATE_SET,
		  4,
		  VSCMI_INVALID_PARAMETERS,
		  { SILENT, CLOCK_LIST, 10 * MHZ, 0 } },
		{ "set: none below",
		  PEER,
		  RATE_SET,
		  4,
		  VSCMI_INVALID_PARAMETERS,
		  { 0, CLOCK_LIST, 9999999, 0 } },
		{ "set: none above",
		  PEER,
		  RATE_SET,
		  4,
		  VSCMI_INVALID_PARAMETERS,
		  { UP, CLOCK_LIST, 40000001, 0 } },
		{ "set: high word",
		  PEER,
		  RATE_SET,
		  4,
		  VSCMI_INVALID_PARAMETERS,
		  { UP, CLOCK_LIST, 10 * MHZ, 1 } },
		{ "get: id", PEER, RATE_GET, 1, VSCMI_NOT_FOUND, { 9 } },
		{ "config: id", PEER, CONFIG_SET, 3, VSCMI_NOT_FOUND, { 9, 1 << 2, 0 } },
		{ "config: fixed",
		  PEER,
		  CONFIG_SET,
		  3,
		  VSCMI_DENIED,
		  { CLOCK_FIXED, 0, 0 } },
		{ "config: no right", GUEST, CONFIG_SET, 3, VSCMI_DENIED, { 0, 1, 0 } },
		{ "config: reserved",
		  PEER,
		  CONFIG_SET,
		  3,
		  VSCMI_INVALID_PARAMETERS,
		  { 0, 4, 0 } },
		{ "config: state 2",
		  PEER,
		  CONFIG_SET,
		  3,
		  VSCMI_INVALID_PARAMETERS,
		  { 0, 2, 0 } },
		{ "config: nothing",
		  PEER,
		  CONFIG_SET,
		  3,
		  VSCMI_INVALID_PARAMETERS,
		  { 0, 3, 0 } },
		{ "config: no duty",
		  PEER,
		  CONFIG_SET,
		  3,
		  VSCMI_INVALID_PARAMETERS,
		  { CLOCK_LIST, 1 << 16 | 3, 10 } },
		{ "config: phase",
		  PEER,
		  CONFIG_SET,
		  3,
		  VSCMI_INVALID_PARAMETERS,
		  { CLOCK_RANGE, 2 << 16 | 3, 10 } },
		{ "config: 101 %",
		  PEER,
		  CONFIG_SET,
		  3,
		  VSCMI_INVALID_PARAMETERS,
		  { CLOCK_RANGE, 1 << 16 | 3, 101 } },
		{ "name: id", PEER, NAME_GET, 1, VSCMI_NOT_FOUND, { 9 } },
		{ "name: none", PEER, NAME_GET, 1, VSCMI_NOT_FOUND, { CLOCK_RANGE } },
		{ "notify: id", PEER, NOTIFY, 2, VSCMI_NOT_FOUND, { 9, 2 } },
		{ "notify: bits",
		  PEER,
		  NOTIFY,
		  2,
		  VSCMI_INVALID_PARAMETERS,
		  { CLOCK_LIST, 2 } },
		{ "notify: none",
		  PEER,
		  NOTIFY,
		  2,
		  VSCMI_NOT_SUPPORTED,
		  { CLOCK_RANGE, 1 } },
		{ "requested: id", PEER, NOTIFY_REQUESTED, 2, VSCMI_NOT_FOUND, { 9, 1 } },
		{ "requested: bits",
		  PEER,
		  NOTIFY_REQUESTED,
		  2,
		  VSCMI_INVALID_PARAMETERS,
		  { 0, 3 } },
		{ "requested: none",
		  PEER,
		  NOTIFY_REQUESTED,
		  2,
		  VSCMI_NOT_SUPPORTED,
		  { 1, 1 } },
		{ "config get: id", PEER, CONFIG_GET, 2, VSCMI_NOT_FOUND, { 9, 0x100 } },
		{ "config get: bits",
		  PEER,
		  CONFIG_GET,
		  2,
		  VSCMI_INVALID_PARAMETERS,
		  { 0, 0x100 } },
		{ "config get: no duty",
		  PEER,
		  CONFIG_GET,
		  2,
		  VSCMI_INVALID_PARAMETERS,
		  { 0, 1 } },
		{ "config get: phase",
		  PEER,
		  CONFIG_GET,
		  2,
		  VSCMI_INVALID_PARAMETERS,
		  { 1, 2 } },
		{ "parents: id", PEER, PARENTS, 2, VSCMI_NOT_FOUND, { 9, 0 } },
		{ "parents: none",
		  PEER,
		  PARENTS,
		  2,
		  VSCMI_NOT_SUPPORTED,
		  { CLOCK_RANGE, 0 } },
		{ "parents: end",
		  PEER,
		  PARENTS,
		  2,
		  VSCMI_OUT_OF_RANGE,
		  { CLOCK_LIST, 2 } },
		{ "parent set: id", PEER, PARENT_SET, 2, VSCMI_NOT_FOUND, { 9, 1 } },
		{ "parent set: none",
		  PEER,
		  PARENT_SET,
		  2,
		  VSCMI_NOT_SUPPORTED,
		  { 1, 0 } },
		{ "parent set: denied", GUEST, PARENT_SET, 2, VSCMI_DENIED, { 1, 9 } },
		{ "parent set: parent",
		  PEER,
		  PARENT_SET,
		  2,
		  VSCMI_NOT_FOUND,
		  { CLOCK_LIST, 9 } },
		{ "parent set: itself",
		  PEER,
		  PARENT_SET,
		  2,
		  VSCMI_INVALID_PARAMETERS,
		  { 0, 0 } },
		{ "parent get: id", PEER, PARENT_GET, 1, VSCMI_NOT_FOUND, { 9 } },
		{ "parent get: none",
		  PEER,
		  PARENT_GET,
		  1,
		  VSCMI_NOT_SUPPORTED,
		  { CLOCK_RANGE } },
		{ "parent get: hidden", GUEST, PARENT_GET, 1, VSCMI_NOT_FOUND, { 1 } },
		{ "permissions: id", PEER, PERMISSIONS, 1, VSCMI_NOT_FOUND, { 9 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench_answer answer = bench_ask_with_room(
			*state, cases[i].agent_id, VSCMI_PROTOCOL_CLOCK,
			cases[i].message_id, cases[i].words, cases[i].word_count, 140);

		if (answer.status != cases[i].status)
			print_error("%s\n", cases[i].what);
		assert_int_equal(answer.status, cases[i].status);
	}
}

static void rates_come_as_a_list_or_as_a_triplet(void **state)
{
	struct bench *bench = *state;

	assert_words(ask(bench, PEER, CLOCK, DESCRIBE, CLOCK_LIST, 0), 3, 10 * MHZ, 0,
		     20 * MHZ, 0, 40 * MHZ, 0);
	assert_words(ask(bench, PEER, CLOCK, DESCRIBE, CLOCK_LIST, 2), 1, 40 * MHZ, 0);
	assert_words(ask(bench, PEER, CLOCK, DESCRIBE, CLOCK_RANGE, 0), 1 << 12 | 3, MHZ,
		     0, 9500000, 0, MHZ, 0);
	/* A triplet is whole or not at all. */
	assert_int_equal(
		ask_with_room(bench, 35, PEER, CLOCK, DESCRIBE, CLOCK_RANGE, 0).status,
		VSCMI_COMMS_ERROR);
}

static void a_rate_is_rounded_as_the_agent_says(void **state)
{
	static const struct {
		uint32_t clock_id, rate_hz, flags, set_hz;
	} cases[] = {
		{ CLOCK_LIST, 20 * MHZ, 0, 20 * MHZ },
		{ CLOCK_LIST, 39999999, 0, 20 * MHZ },
		{ CLOCK_LIST, 99 * MHZ, 0, 40 * MHZ },
		{ CLOCK_LIST, 1, UP, 10 * MHZ },
		{ CLOCK_LIST, 20000001, UP, 40 * MHZ },
		{ CLOCK_LIST, 20 * MHZ, UP, 20 * MHZ },
		{ CLOCK_LIST, 31 * MHZ, NEAREST, 40 * MHZ },
		{ CLOCK_LIST, 29 * MHZ, NEAREST, 20 * MHZ },
		{ CLOCK_LIST, 29 * MHZ, NEAREST | UP, 20 * MHZ },
		{ CLOCK_LIST, 1, NEAREST, 10 * MHZ },
		{ CLOCK_LIST, 99 * MHZ, NEAREST, 40 * MHZ },
		{ CLOCK_RANGE, 3 * MHZ, 0, 3 * MHZ },
		{ CLOCK_RANGE, 3999999, 0, 3 * MHZ },
		{ CLOCK_RANGE, 3000001, UP, 4 * MHZ },
		{ CLOCK_RANGE, 3600000, NEAREST, 4 * MHZ },
		{ CLOCK_RANGE, 3400000, NEAREST, 3 * MHZ },
		{ CLOCK_RANGE, 1, UP, MHZ },
		{ CLOCK_RANGE, 9 * MHZ, 0, 9 * MHZ },
		/* The end is a rate, although no whole number of steps leads there. */
		{ CLOCK_RANGE, 9500000, 0, 9500000 },
		{ CLOCK_RANGE, 9100000, UP, 9500000 },
		{ CLOCK_RANGE, 9499999, 0, 9 * MHZ },
		{ CLOCK_RANGE, 99 * MHZ, 0, 9500000 },
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(status_of(bench, PEER, CLOCK, RATE_SET, cases[i].flags,
					   cases[i].clock_id, cases[i].rate_hz, 0),
				 VSCMI_SUCCESS);
		assert_words(ask(bench, PEER, CLOCK, RATE_GET, cases[i].clock_id),
			     cases[i].set_hz, 0);
	}
}

static void a_failing_clock_says_why(void **state)
{
	struct bench *bench = *state;

	bench->clock[CLOCK_LIST].status = VSCMI_HARDWARE_ERROR;
	assert_int_equal(status_of(bench, PEER, CLOCK, RATE_GET, 0),
			 VSCMI_HARDWARE_ERROR);
	assert_int_equal(status_of(bench, PEER, CLOCK, RATE_SET, 0, 0, 10 * MHZ, 0),
			 VSCMI_HARDWARE_ERROR);
	assert_int_equal(status_of(bench, PEER, CLOCK, RATE_SET, ASYNC, 0, 10 * MHZ, 0),
			 VSCMI_HARDWARE_ERROR);
	assert_int_equal(status_of(bench, PEER, CLOCK, CONFIG_SET, 0, 1, 0),
			 VSCMI_HARDWARE_ERROR);
	assert_int_equal(status_of(bench, PEER, CLOCK, PARENT_SET, 0, 2),
			 VSCMI_HARDWARE_ERROR);
	assert_int_equal(status_of(bench, PEER, CLOCK, PARENT_GET, 0),
			 VSCMI_HARDWARE_ERROR);
	bench_assert_no_event(bench, PEER);
	/* A vote that could not be followed does not count. */
	bench->clock[CLOCK_LIST].status = VSCMI_SUCCESS;
	assert_int_equal(status_of(bench, TRUSTED, CLOCK, CONFIG_SET, 0, 1, 0),
			 VSCMI_SUCCESS);
	assert_int_equal(status_of(bench, TRUSTED, CLOCK, CONFIG_SET, 0, 0, 0),
			 VSCMI_SUCCESS);
	assert_false(bench->clock[CLOCK_LIST].enabled);
}

static void a_clock_runs_while_anybody_wants_it(void **state)
{
	struct bench *bench = *state;
	struct bench_clock *clock = &bench->clock[CLOCK_LIST];

	assert_int_equal(status_of(bench, PEER, CLOCK, CONFIG_SET, CLOCK_LIST, 1, 0),
			 VSCMI_SUCCESS);
	assert_int_equal(status_of(bench, GUEST, CLOCK, CONFIG_SET, 1, 1, 0),
			 VSCMI_SUCCESS);
	assert_true(clock->enabled);
	assert_int_equal(clock->enables, 1);
	assert_int_equal(status_of(bench, PEER, CLOCK, CONFIG_SET, CLOCK_LIST, 0, 0),
			 VSCMI_SUCCESS);
	assert_true(clock->enabled);
	assert_words(ask(bench, PEER, CLOCK, CONFIG_GET, CLOCK_LIST, 0), 0, 1, 0);
	assert_int_equal(status_of(bench, GUEST, CLOCK, CONFIG_SET, 1, 0, 0),
			 VSCMI_SUCCESS);
	assert_false(clock->enabled);
	assert_int_equal(clock->enables, 2);
	assert_words(ask(bench, PEER, CLOCK, CONFIG_GET, CLOCK_LIST, 0), 0, 0, 0);
}

static void before_3_0_the_state_is_a_bit_of_eight_bytes(void **state)
{
	struct bench *bench = *state;

	bench_negotiate(bench, PEER, VSCMI_PROTOCOL_CLOCK, 0x20000);
	assert_int_equal(status_of(bench, PEER, CLOCK, CONFIG_SET, CLOCK_LIST, 1),
			 VSCMI_SUCCESS);
	assert_true(bench->clock[CLOCK_LIST].enabled);
	assert_int_equal(
		ask(bench, PEER, CLOCK, CLOCK_ATTRIBUTES, CLOCK_LIST).words[0] & 1, 1);
	assert_int_equal(status_of(bench, PEER, CLOCK, CONFIG_SET, CLOCK_LIST, 3),
			 VSCMI_INVALID_PARAMETERS);
	assert_int_equal(status_of(bench, PEER, CLOCK, CONFIG_SET, CLOCK_LIST, 1, 0),
			 VSCMI_PROTOCOL_ERROR);
}

static void enabling_what_always_runs_is_fine(void **state)
{
	assert_int_equal(status_of(*state, PEER, CLOCK, CONFIG_SET, CLOCK_FIXED, 1, 0),
			 VSCMI_SUCCESS);
}

static void an_agent_that_goes_takes_its_votes_and_rates_along(void **state)
{
	struct bench *bench = *state;
	struct bench_clock *clock = &bench->clock[CLOCK_LIST];

	ask(bench, PEER, CLOCK, CONFIG_SET, CLOCK_LIST, 1, 0);
	ask(bench, PEER, CLOCK, RATE_SET, 0, CLOCK_LIST, 40 * MHZ, 0);
	ask(bench, PEER, CLOCK, PARENT_SET, CLOCK_LIST, CLOCK_FIXED);
	ask(bench, PEER, CLOCK, CONFIG_SET, CLOCK_RANGE, 1 << 16 | 3, 70);
	assert_int_equal(clock->parent, 1);
	assert_int_equal(bench->clock[CLOCK_RANGE].percent, 70);
	vscmi_platform_disconnect(bench->platform, PEER);
	assert_false(clock->enabled);
	assert_int_equal(clock->rate_hz, 20 * MHZ);
	assert_int_equal(clock->parent, 0);
	assert_int_equal(bench->clock[CLOCK_RANGE].percent, 50);
}

static void what_another_agent_set_since_stays(void **state)
{
	struct bench *bench = *state;

	ask(bench, PEER, CLOCK, CONFIG_SET, CLOCK_LIST, 1, 0);
	ask(bench, PEER, CLOCK, RATE_SET, 0, CLOCK_LIST, 40 * MHZ, 0);
	ask(bench, TRUSTED, CLOCK, CONFIG_SET, CLOCK_LIST, 1, 0);
	ask(bench, TRUSTED, CLOCK, RATE_SET, 0, CLOCK_LIST, 10 * MHZ, 0);
	vscmi_platform_disconnect(bench->platform, PEER);
	assert_true(bench->clock[CLOCK_LIST].enabled);
	assert_int_equal(bench->clock[CLOCK_LIST].rate_hz, 10 * MHZ);
}

static void a_vote_against_goes_with_its_agent_too(void **state)
{
	struct bench bench;

	bench_describe(&bench);
	bench.clocks[CLOCK_LIST].enabled = bench.clock[CLOCK_LIST].enabled = true;
	bench_start(&bench, true);
	ask(&bench, PEER, CLOCK, CONFIG_SET, CLOCK_LIST, 0, 0);
	assert_false(bench.clock[CLOCK_LIST].enabled);
	vscmi_platform_disconnect(bench.platform, PEER);
	assert_true(bench.clock[CLOCK_LIST].enabled);
	bench_end(&bench);
}

static void a_rate_that_was_unknown_at_the_start_is_not_restored(void **state)
{
	struct bench bench;

	bench_describe(&bench);
	bench.clock[CLOCK_LIST].status = VSCMI_HARDWARE_ERROR;
	bench_start(&bench, true);
	bench.clock[CLOCK_LIST].status = VSCMI_SUCCESS;
	ask(&bench, PEER, CLOCK, RATE_SET, 0, CLOCK_LIST, 40 * MHZ, 0);
	vscmi_platform_disconnect(bench.platform, PEER);
	assert_int_equal(bench.clock[CLOCK_LIST].rate_hz, 40 * MHZ);
	bench_end(&bench);
}

static void the_duty_cycle_is_an_extended_configuration(void **state)
{
	struct bench *bench = *state;

	assert_words(ask(bench, PEER, CLOCK, CONFIG_GET, CLOCK_RANGE, 1), 0, 0, 50);
	assert_int_equal(
		status_of(bench, PEER, CLOCK, CONFIG_SET, CLOCK_RANGE, 1 << 16 | 3, 100),
		VSCMI_SUCCESS);
	assert_words(ask(bench, PEER, CLOCK, CONFIG_GET, CLOCK_RANGE, 1), 0, 0, 100);
	/* With the state at once, too. */
	assert_int_equal(
		status_of(bench, PEER, CLOCK, CONFIG_SET, CLOCK_RANGE, 1 << 16 | 1, 0),
		VSCMI_SUCCESS);
	assert_words(ask(bench, PEER, CLOCK, CONFIG_GET, CLOCK_RANGE, 1), 0, 1, 0);
}

static int32_t refuse_to_enable(void *context, bool on)
{
	return VSCMI_HARDWARE_ERROR;
}

static int32_t refuse_the_duty_cycle(void *context, uint32_t percent)
{
	return VSCMI_HARDWARE_ERROR;
}

static void state_and_duty_cycle_change_together_or_not_at_all(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		struct bench bench;
		struct vscmi_platform_clock_ops ops;

		bench_describe(&bench);
		ops = *bench.clocks[CLOCK_RANGE].ops;
		if (i == 0)
			ops.enable = refuse_to_enable;
		else
			ops.duty_cycle_set = refuse_the_duty_cycle;
		bench.clocks[CLOCK_RANGE].ops = &ops;
		bench_start(&bench, true);
		assert_int_equal(status_of(&bench, PEER, CLOCK, CONFIG_SET, CLOCK_RANGE,
					   1 << 16 | 1, 70),
				 VSCMI_HARDWARE_ERROR);
		assert_words(ask(&bench, PEER, CLOCK, CONFIG_GET, CLOCK_RANGE, 1), 0, 0,
			     50);
		assert_false(bench.clock[CLOCK_RANGE].enabled);
		bench_end(&bench);
	}
}

static void parents_are_told_in_the_callers_ids(void **state)
{
	struct bench *bench = *state;

	assert_words(ask(bench, PEER, CLOCK, PARENTS, CLOCK_LIST, 0), 2, CLOCK_RANGE,
		     CLOCK_FIXED);
	assert_words(ask(bench, PEER, CLOCK, PARENTS, CLOCK_LIST, 1), 1, CLOCK_FIXED);
	assert_words(ask(bench, PEER, CLOCK, PARENT_GET, CLOCK_LIST), CLOCK_RANGE);
	assert_words(ask(bench, GUEST, CLOCK, PARENTS, 1, 0), 1, 0);
	assert_int_equal(
		status_of(bench, PEER, CLOCK, PARENT_SET, CLOCK_LIST, CLOCK_FIXED),
		VSCMI_SUCCESS);
	assert_words(ask(bench, PEER, CLOCK, PARENT_GET, CLOCK_LIST), CLOCK_FIXED);
	assert_words(ask(bench, GUEST, CLOCK, PARENT_GET, 1), 0);
}

static void permissions_are_those_of_the_caller(void **state)
{
	struct bench *bench = *state;

	assert_words(ask(bench, PEER, CLOCK, PERMISSIONS, CLOCK_LIST), 7u << 29);
	assert_words(ask(bench, PEER, CLOCK, PERMISSIONS, CLOCK_FIXED), 0);
	assert_words(ask(bench, GUEST, CLOCK, PERMISSIONS, 1), 1u << 31);
}

static void long_names_come_with_sixty_four_bytes(void **state)
{
	struct bench_answer answer = ask(*state, PEER, CLOCK, NAME_GET, CLOCK_LIST);

	assert_int_equal(answer.word_count, 17);
	assert_int_equal(answer.words[0], 0);
	assert_memory_equal(answer.message.bytes + 12, "the clock with a list of rates\0",
			    32);
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BENCH(attributes_say_what_the_clock_can_do),
		cmocka_unit_test(without_events_nothing_is_announced_that_needs_them),
		ON_BENCH(requests_are_refused_for_the_right_reason),
		ON_BENCH(rates_come_as_a_list_or_as_a_triplet),
		ON_BENCH(a_rate_is_rounded_as_the_agent_says),
		ON_BENCH(a_failing_clock_says_why),
		ON_BENCH(a_clock_runs_while_anybody_wants_it),
		ON_BENCH(before_3_0_the_state_is_a_bit_of_eight_bytes),
		ON_BENCH(enabling_what_always_runs_is_fine),
		ON_BENCH(an_agent_that_goes_takes_its_votes_and_rates_along),
		ON_BENCH(what_another_agent_set_since_stays),
		cmocka_unit_test(a_vote_against_goes_with_its_agent_too),
		cmocka_unit_test(a_rate_that_was_unknown_at_the_start_is_not_restored),
		ON_BENCH(the_duty_cycle_is_an_extended_configuration),
		cmocka_unit_test(state_and_duty_cycle_change_together_or_not_at_all),
		ON_BENCH(parents_are_told_in_the_callers_ids),
		ON_BENCH(permissions_are_those_of_the_caller),
		ON_BENCH(long_names_come_with_sixty_four_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
