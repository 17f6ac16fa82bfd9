/* SPDX-License-Identifier: BSD-3-Clause */
/* What a board file says is what its agents find, and how the simulation behaves in time. */
#include <string.h>

#include <vscmi/host/board.h>

#include "bench.h"
#include "test.h"

#define MS UINT64_C(1000)
#define S  UINT64_C(1000000)

/* Simulated time starts at a moment that is not 0. */
#define START (77 * S)

/* Message ids. */
enum {
	CLOCK_ATTRIBUTES = 0x3,
	CLOCK_DESCRIBE_RATES = 0x4,
	CLOCK_RATE_SET = 0x5,
	CLOCK_RATE_GET = 0x6,
	CLOCK_CONFIG_SET = 0x7,
	CLOCK_NAME_GET = 0x8,
	CLOCK_CONFIG_GET = 0xb,
	CLOCK_POSSIBLE_PARENTS_GET = 0xc,
	CLOCK_PARENT_SET = 0xd,
	CLOCK_PARENT_GET = 0xe,
	CLOCK_GET_PERMISSIONS = 0xf,
	SENSOR_DESCRIPTION_GET = 0x3,
	SENSOR_TRIP_POINT_NOTIFY = 0x4,
	SENSOR_TRIP_POINT_CONFIG = 0x5,
	SENSOR_READING_GET = 0x6,
	SENSOR_AXIS_DESCRIPTION_GET = 0x7,
	SENSOR_LIST_UPDATE_INTERVALS = 0x8,
	SENSOR_CONFIG_GET = 0x9,
	SENSOR_CONFIG_SET = 0xa,
	SYSTEM_POWER_STATE_SET = 0x3,
	SYSTEM_POWER_STATE_NOTIFY = 0x5,
};

/* A board with its platform on the bench; agents 1 and 2, if it has two, are connected. */
struct given {
	struct vscmi_board *board;
	struct bench bench;
	unsigned replies; /* to held commands */
};

static void count_reply(void *context, void *cookie, const void *bytes, size_t count)
{
	struct given *given = context;

	(void)cookie;
	(void)bytes;
	(void)count;
	given->replies++;
}

static void ignore(void *context)
{
	(void)context;
}

static void start(struct given *given)
{
	struct bench *bench = &given->bench;

	assert_int_equal(vscmi_board_start(given->board, START, &bench->platform),
			 VSCMI_OK);
	bench->now_us = START;
	for (uint32_t id = 1; id <= vscmi_board_agent_count(given->board); id++) {
		bench->agent[id].channel = (struct vscmi_service_channel){
			.reply = count_reply,
			.events_ready = ignore,
			.context = given,
		};
		assert_int_equal(vscmi_platform_connect(bench->platform, id,
							&bench->agent[id].channel),
				 VSCMI_OK);
	}
}

static void given(struct given *given, const char *text)
{
	struct vscmi_problem problem = { "" };

	*given = (struct given){ 0 };
	vscmi_board_load_text(text, strlen(text), "b.yaml", &given->board, &problem);
	assert_string_equal(problem.text, "");
	start(given);
}

static void gone(struct given *given)
{
	vscmi_board_free(given->board);
}

/* A name as the words of a reply hold it. */
static void assert_name(const struct bench_answer *answer, size_t word, const char *name)
{
	assert_string_equal((const char *)answer->message.bytes + 8 + 4 * word, name);
}

static int64_t reading(struct given *given, uint32_t sensor)
{
	struct bench_answer answer =
		ask(&given->bench, 1, SENSOR, SENSOR_READING_GET, sensor, 0);

	assert_int_equal(answer.status, VSCMI_SUCCESS);
	return (int64_t)((uint64_t)answer.words[1] << 32 | answer.words[0]);
}

/*
 * ---- What is there ----
 */

static void the_platform_is_named_as_the_board_says(void **state)
{
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board, "vendor: Acme\nsub_vendor: Lab\nimplementation_version: 0x10203\n"
		      "agents: [{ name: a }, { name: b }]\n");
	answer = ask(&board.bench, 1, BASE, 0x3);
	assert_name(&answer, 0, "Acme");
	answer = ask(&board.bench, 1, BASE, 0x4);
	assert_name(&answer, 0, "Lab");
	answer = ask(&board.bench, 1, BASE, 0x5);
	assert_int_equal(answer.words[0], 0x10203);
	answer = ask(&board.bench, 1, BASE, 0x7, 2);
	assert_name(&answer, 1, "b");
	gone(&board);
}

static void what_the_file_leaves_out_is_no_protocol(void **state)
{
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board, "agents: [{ name: a }]\n");
	answer = ask(&board.bench, 1, BASE, 0x1);
	assert_int_equal(answer.words[0] & 0xff, 0);
	answer = ask(&board.bench, 1, BASE, 0x3);
	assert_name(&answer, 0, "vscmi");
	gone(&board);
}

static void a_trusted_agent_resets_others(void **state)
{
	struct given board;

	(void)state;
	given(&board, "agents: [{ name: a }, { name: b, trusted: true }]\n");
	assert_int_equal(status_of(&board.bench, 1, BASE, 0xb, 2, 0), VSCMI_DENIED);
	assert_int_equal(status_of(&board.bench, 2, BASE, 0xb, 1, 0), VSCMI_SUCCESS);
	gone(&board);
}

static void a_list_of_rates_is_described(void **state)
{
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board,
	      "agents: [{ name: a }]\n"
	      "clocks: [{ name: c, rates: [1MHz, 2.5MHz, 5GHz], rate: 2.5MHz }]\n");
	answer = ask(&board.bench, 1, CLOCK, CLOCK_DESCRIBE_RATES, 0, 0);
	assert_words(answer, 3, 1000000, 0, 2500000, 0, 705032704, 1);
	answer = ask(&board.bench, 1, CLOCK, CLOCK_RATE_GET, 0);
	assert_words(answer, 2500000, 0);
	gone(&board);
}

static void a_range_of_rates_is_described(void **state)
{
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board,
	      "agents: [{ name: a }]\n"
	      "clocks: [{ name: c, range: { min: 1kHz, max: 9kHz, step: 2kHz } }]\n");
	answer = ask(&board.bench, 1, CLOCK, CLOCK_DESCRIBE_RATES, 0, 0);
	assert_words(answer, 1 << 12 | 3, 1000, 0, 9000, 0, 2000, 0);
	answer = ask(&board.bench, 1, CLOCK, CLOCK_RATE_GET, 0);
	assert_words(answer, 1000, 0);
	gone(&board);
}

static void a_clock_is_described(void **state)
{
	static const uint32_t notifies = 1u << 31 | 1u << 30;
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board,
	      "agents: [{ name: a }]\n"
	      "clocks:\n"
	      "  - { name: c, rates: [1, 2], enabled: true, enable_delay: 50us }\n"
	      "  - { name: d, rates: [1, 2] }\n");
	answer = ask(&board.bench, 1, CLOCK, CLOCK_ATTRIBUTES, 0);
	assert_int_equal(answer.words[0], notifies | 1);
	assert_name(&answer, 1, "c");
	assert_int_equal(answer.words[5], 50);
	answer = ask(&board.bench, 1, CLOCK, CLOCK_ATTRIBUTES, 1);
	assert_int_equal(answer.words[0], notifies);
	assert_int_equal(answer.words[5], 0);
	gone(&board);
}

/* Permissions: state, parent, rate. */
static void what_has_no_alternative_cannot_be_changed(void **state)
{
	static const uint32_t all = 7u << 29;
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board, "agents: [{ name: a }]\n"
		      "clocks:\n"
		      "  - { name: c, rates: [1], parents: [d, e] }\n"
		      "  - { name: d, rates: [1, 2], parents: [c] }\n"
		      "  - { name: e, rates: [1, 2], parents: [c, d] }\n");
	answer = ask(&board.bench, 1, CLOCK, CLOCK_GET_PERMISSIONS, 0);
	assert_words(answer, all & ~(1u << 29));
	answer = ask(&board.bench, 1, CLOCK, CLOCK_GET_PERMISSIONS, 1);
	assert_words(answer, all & ~(1u << 30));
	answer = ask(&board.bench, 1, CLOCK, CLOCK_GET_PERMISSIONS, 2);
	assert_words(answer, all);
	gone(&board);
}

static void changes_are_asynchronous_only_if_one_takes_time(void **state)
{
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board, "agents: [{ name: a }]\nclocks: [{ name: c, rates: [1, 2] }]\n");
	answer = ask(&board.bench, 1, CLOCK, 0x1);
	assert_words(answer, 1);
	gone(&board);
	given(&board, "agents: [{ name: a }]\n"
		      "clocks: [{ name: c, rates: [1, 2], changes_take: 1us }]\n");
	answer = ask(&board.bench, 1, CLOCK, 0x1);
	assert_words(answer, 16 << 16 | 1);
	gone(&board);
}

static void a_long_name_is_cut_in_one_place_and_whole_in_the_other(void **state)
{
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board, "agents: [{ name: a }]\n"
		      "clocks: [{ name: fan-pulse-width-modulator, rates: [25kHz] }]\n");
	answer = ask(&board.bench, 1, CLOCK, CLOCK_ATTRIBUTES, 0);
	assert_true(answer.words[0] & 1u << 29);
	assert_name(&answer, 1, "fan-pulse-width");
	answer = ask(&board.bench, 1, CLOCK, CLOCK_NAME_GET, 0);
	assert_name(&answer, 1, "fan-pulse-width-modulator");
	gone(&board);
}

static void parents_and_the_duty_cycle_can_be_changed(void **state)
{
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board,
	      "agents: [{ name: a }]\n"
	      "clocks:\n"
	      "  - { name: c, rates: [1], parents: [d, e], parent: e, duty_cycle: 40 }\n"
	      "  - { name: d, rates: [1] }\n"
	      "  - { name: e, rates: [1] }\n");
	answer = ask(&board.bench, 1, CLOCK, CLOCK_POSSIBLE_PARENTS_GET, 0, 0);
	assert_words(answer, 2, 1, 2);
	answer = ask(&board.bench, 1, CLOCK, CLOCK_PARENT_GET, 0);
	assert_words(answer, 2);
	assert_int_equal(status_of(&board.bench, 1, CLOCK, CLOCK_PARENT_SET, 0, 1),
			 VSCMI_SUCCESS);
	answer = ask(&board.bench, 1, CLOCK, CLOCK_PARENT_GET, 0);
	assert_words(answer, 1);
	answer = ask(&board.bench, 1, CLOCK, CLOCK_CONFIG_GET, 0, 1);
	assert_int_equal(answer.words[2], 40);
	assert_int_equal(
		status_of(&board.bench, 1, CLOCK, CLOCK_CONFIG_SET, 0, 1 << 16 | 3, 60),
		VSCMI_SUCCESS);
	answer = ask(&board.bench, 1, CLOCK, CLOCK_CONFIG_GET, 0, 1);
	assert_int_equal(answer.words[2], 60);
	gone(&board);
}

static void a_sensor_is_described_in_units_of_its_exponent(void **state)
{
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board, "agents: [{ name: a }]\n"
		      "sensors:\n"
		      "  - name: s\n"
		      "    type: volts\n"
		      "    exponent: -2\n"
		      "    source: 1.25\n"
		      "    range: { min: -0.5, max: 3.3 }\n"
		      "    resolution: 0.050\n"
		      "    trip_points: 3\n");
	answer = ask(&board.bench, 1, SENSOR, SENSOR_DESCRIPTION_GET, 0);
	assert_int_equal(answer.words[2] & 0xff, 3);
	assert_true(answer.words[2] & 1 << 8);
	assert_int_equal(answer.words[3], (uint32_t)(-2 & 0x1f) << 11 | 5);
	/* power; 5 * 10^-2; -50 to 330 */
	assert_int_equal(answer.words[8], 0);
	assert_int_equal(answer.words[9], (uint32_t)(-2 & 0x1f) << 27 | 5);
	assert_int_equal(answer.words[10], (uint32_t)-50);
	assert_int_equal(answer.words[12], 330);
	assert_int_equal(reading(&board, 0), 125);
	gone(&board);
}

static void a_sensor_has_what_the_file_gives_it(void **state)
{
	enum { UPDATES = 1 << 30, TIMESTAMPS = 1 << 9 };
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board, "agents: [{ name: a }]\n"
		      "sensors:\n"
		      "  - { name: s, type: volts, source: 1 }\n"
		      "  - name: t\n"
		      "    type: volts\n"
		      "    source: 1\n"
		      "    enabled: false\n"
		      "    timestamps: true\n"
		      "    update_intervals: [2s, 5s]\n");
	answer = ask(&board.bench, 1, SENSOR, SENSOR_DESCRIPTION_GET, 0);
	assert_int_equal(answer.words[2] & (UPDATES | TIMESTAMPS), 0);
	answer = ask(&board.bench, 1, SENSOR, SENSOR_DESCRIPTION_GET, 1);
	assert_int_equal(answer.words[2] & (UPDATES | TIMESTAMPS), UPDATES | TIMESTAMPS);
	/* The first interval counts, 2 s, and the sensor is off. */
	answer = ask(&board.bench, 1, SENSOR, SENSOR_CONFIG_GET, 1);
	assert_words(answer, 2 << 16);
	assert_int_equal(status_of(&board.bench, 1, SENSOR, SENSOR_CONFIG_SET, 1, 3),
			 VSCMI_SUCCESS);
	answer = ask(&board.bench, 1, SENSOR, SENSOR_READING_GET, 1, 0);
	assert_words(answer, 1000, 0, (uint32_t)START, 0);
	gone(&board);
}

static void a_value_that_does_not_fit_is_the_largest_that_does(void **state)
{
	struct given board;

	(void)state;
	given(&board, "agents: [{ name: a }]\n"
		      "sensors:\n"
		      "  - { name: s, type: volts, exponent: -16, source: 1200 }\n"
		      "  - { name: t, type: volts, exponent: -16, source: -1200 }\n");
	assert_true(reading(&board, 0) == INT64_MAX);
	assert_true(reading(&board, 1) == INT64_MIN);
	gone(&board);
}

static void axes_are_read_together(void **state)
{
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board, "agents: [{ name: a }]\n"
		      "sensors:\n"
		      "  - name: s\n"
		      "    type: meters/s2\n"
		      "    axes: [{ name: x, source: 1 }, { name: y, source: -2 }]\n");
	answer = ask(&board.bench, 1, SENSOR, SENSOR_READING_GET, 0, 0);
	assert_words(answer, 1000, 0, 0, 0, (uint32_t)-2000, UINT32_MAX, 0, 0);
	answer = ask(&board.bench, 1, SENSOR, SENSOR_AXIS_DESCRIPTION_GET, 0, 0);
	assert_int_equal(answer.words[0], 2);
	assert_name(&answer, 4, "x");
	gone(&board);
}

static void update_intervals_are_told_as_they_are_written(void **state)
{
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board,
	      "agents: [{ name: a }]\n"
	      "sensors:\n"
	      "  - { name: s, type: volts, source: 1, update_intervals: [100ms, 1.5s] }\n"
	      "  - name: t\n"
	      "    type: volts\n"
	      "    source: 1\n"
	      "    update_intervals: { min: 10ms, max: 1s, step: 10ms }\n");
	answer = ask(&board.bench, 1, SENSOR, SENSOR_LIST_UPDATE_INTERVALS, 0, 0);
	assert_words(answer, 2, 1 << 5 | (-1 & 0x1f), 15 << 5 | (-1 & 0x1f));
	answer = ask(&board.bench, 1, SENSOR, SENSOR_LIST_UPDATE_INTERVALS, 1, 0);
	assert_words(answer, 1 << 12 | 3, 1 << 5 | (-2 & 0x1f), 100 << 5 | (-2 & 0x1f),
		     1 << 5 | (-2 & 0x1f));
	gone(&board);
}

static void an_agent_sees_and_changes_what_the_file_lets_it(void **state)
{
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board, "agents:\n"
		      "  - name: a\n"
		      "  - name: b\n"
		      "    sees: { clocks: [e, c] }\n"
		      "    changes: { clocks: [c] }\n"
		      "clocks:\n"
		      "  - { name: c, rates: [1, 2] }\n"
		      "  - { name: d, rates: [1, 2] }\n"
		      "  - { name: e, rates: [1, 2] }\n"
		      "sensors: [{ name: s, type: volts, source: 1 }]\n");
	answer = ask(&board.bench, 2, BASE, 0x1);
	assert_int_equal(answer.words[0] & 0xff, 1);
	answer = ask(&board.bench, 2, CLOCK, 0x1);
	assert_int_equal(answer.words[0] & 0xffff, 2);
	answer = ask(&board.bench, 2, CLOCK, CLOCK_ATTRIBUTES, 0);
	assert_name(&answer, 1, "e");
	assert_int_equal(status_of(&board.bench, 2, CLOCK, CLOCK_RATE_SET, 0, 0, 2, 0),
			 VSCMI_DENIED);
	assert_int_equal(status_of(&board.bench, 2, CLOCK, CLOCK_RATE_SET, 0, 1, 2, 0),
			 VSCMI_SUCCESS);
	assert_int_equal(status_of(&board.bench, 1, CLOCK, CLOCK_RATE_SET, 0, 2, 2, 0),
			 VSCMI_SUCCESS);
	gone(&board);
}

/*
 * ---- In time ----
 */

static const char slow_clock[] =
	"agents: [{ name: a }]\n"
	"clocks: [{ name: c, rates: [1MHz, 2MHz], changes_take: 200ms }]\n";

static void a_change_that_takes_time_ends_with_a_delayed_response(void **state)
{
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board, slow_clock);
	assert_int_equal(
		status_of(&board.bench, 1, CLOCK, CLOCK_RATE_SET, 1, 0, 2000000, 0),
		VSCMI_SUCCESS);
	bench_advance(&board.bench, 200 * MS - 1);
	bench_assert_no_event(&board.bench, 1);
	answer = ask(&board.bench, 1, CLOCK, CLOCK_RATE_GET, 0);
	assert_words(answer, 1000000, 0);
	bench_advance(&board.bench, 1);
	assert_event(&board.bench, 1, VSCMI_DELAYED_RESPONSE, CLOCK, CLOCK_RATE_SET, 0, 0,
		     2000000, 0);
	answer = ask(&board.bench, 1, CLOCK, CLOCK_RATE_GET, 0);
	assert_words(answer, 2000000, 0);
	gone(&board);
}

static void who_does_not_ask_for_that_waits_for_the_answer(void **state)
{
	struct given board;
	struct bench_answer answer;

	(void)state;
	given(&board, slow_clock);
	answer = ask(&board.bench, 1, CLOCK, CLOCK_RATE_SET, 0, 0, 2000000, 0);
	assert_int_equal(answer.outcome, VSCMI_SERVICE_HELD);
	bench_advance(&board.bench, 200 * MS - 1);
	assert_int_equal(board.replies, 0);
	bench_advance(&board.bench, 1);
	assert_int_equal(board.replies, 1);
	gone(&board);
}

static void a_reading_follows_its_source_from_the_start_on(void **state)
{
	struct given board;

	(void)state;
	given(&board, "agents: [{ name: a }]\n"
		      "sensors:\n"
		      "  - { name: s, type: celsius,\n"
		      "      source: { ramp: { from: 10, to: 20, duration: 10s } } }\n");
	assert_int_equal(reading(&board, 0), 10000);
	bench_advance(&board.bench, 2500 * MS);
	assert_int_equal(reading(&board, 0), 12500);
	bench_advance(&board.bench, 60 * S);
	assert_int_equal(reading(&board, 0), 20000);
	gone(&board);
}

static void a_reading_that_takes_time_comes_later(void **state)
{
	struct given board;

	(void)state;
	given(&board,
	      "agents: [{ name: a }]\n"
	      "sensors: [{ name: s, type: volts, source: 1.5, reads_take: 100ms }]\n");
	assert_int_equal(status_of(&board.bench, 1, SENSOR, SENSOR_READING_GET, 0, 1),
			 VSCMI_SUCCESS);
	bench_advance(&board.bench, 100 * MS - 1);
	bench_assert_no_event(&board.bench, 1);
	bench_advance(&board.bench, 1);
	assert_event(&board.bench, 1, VSCMI_DELAYED_RESPONSE, SENSOR, SENSOR_READING_GET,
		     0, 0, 1500, 0, 0, 0);
	gone(&board);
}

/*
 * ---- By hand ----
 */

static const char warm_board[] =
	"agents: [{ name: a }]\n"
	"system_power: [shutdown]\n"
	"clocks: [{ name: c, rates: [1, 2] }]\n"
	"sensors: [{ name: s, type: celsius, source: 25, trip_points: 1 }]\n";

static void a_sensor_that_is_set_fires_its_trip_point_at_once(void **state)
{
	struct given board;

	(void)state;
	given(&board, warm_board);
	assert_int_equal(status_of(&board.bench, 1, SENSOR, SENSOR_TRIP_POINT_CONFIG, 0,
				   3, 90000, 0),
			 VSCMI_SUCCESS);
	assert_int_equal(
		status_of(&board.bench, 1, SENSOR, SENSOR_TRIP_POINT_NOTIFY, 0, 1),
		VSCMI_SUCCESS);
	assert_int_equal(vscmi_board_sensor_hold(board.board, "s", 0, 90.5), VSCMI_OK);
	assert_event(&board.bench, 1, VSCMI_NOTIFICATION, SENSOR, 0x0, 0, 0, 1 << 16);
	assert_int_equal(reading(&board, 0), 90500);
	bench_advance(&board.bench, 60 * S);
	assert_int_equal(reading(&board, 0), 90500);
	bench_assert_no_event(&board.bench, 1);
	assert_int_equal(vscmi_board_sensor_release(board.board, "s"), VSCMI_OK);
	assert_event(&board.bench, 1, VSCMI_NOTIFICATION, SENSOR, 0x0, 0, 0, 0);
	assert_int_equal(reading(&board, 0), 25000);
	gone(&board);
}

static void only_what_exists_can_be_set(void **state)
{
	struct given board;

	(void)state;
	given(&board, warm_board);
	assert_int_equal(vscmi_board_sensor_hold(board.board, "t", 0, 1),
			 VSCMI_E_INVALID);
	assert_int_equal(vscmi_board_sensor_hold(board.board, "s", 1, 1),
			 VSCMI_E_INVALID);
	assert_int_equal(vscmi_board_sensor_release(board.board, "t"), VSCMI_E_INVALID);
	assert_int_equal(vscmi_board_sensor_fail(board.board, "c", -9), VSCMI_E_INVALID);
	assert_int_equal(vscmi_board_clock_fail(board.board, "s", -9), VSCMI_E_INVALID);
	gone(&board);
}

static void what_fails_says_so_until_it_is_repaired(void **state)
{
	struct given board;

	(void)state;
	given(&board, warm_board);
	vscmi_board_sensor_fail(board.board, "s", VSCMI_HARDWARE_ERROR);
	assert_int_equal(status_of(&board.bench, 1, SENSOR, SENSOR_READING_GET, 0, 0),
			 VSCMI_HARDWARE_ERROR);
	vscmi_board_sensor_fail(board.board, "s", VSCMI_SUCCESS);
	assert_int_equal(reading(&board, 0), 25000);
	vscmi_board_clock_fail(board.board, "c", VSCMI_BUSY);
	assert_int_equal(status_of(&board.bench, 1, CLOCK, CLOCK_RATE_GET, 0),
			 VSCMI_BUSY);
	assert_int_equal(status_of(&board.bench, 1, CLOCK, CLOCK_RATE_SET, 0, 0, 2, 0),
			 VSCMI_BUSY);
	vscmi_board_clock_fail(board.board, "c", VSCMI_SUCCESS);
	assert_int_equal(status_of(&board.bench, 1, CLOCK, CLOCK_RATE_SET, 0, 0, 2, 0),
			 VSCMI_SUCCESS);
	gone(&board);
}

static void an_agent_that_asks_for_shutdown_is_asked_to_do_it(void **state)
{
	struct given board;

	(void)state;
	given(&board, warm_board);
	assert_int_equal(status_of(&board.bench, 1, SYSTEM, SYSTEM_POWER_STATE_NOTIFY, 1),
			 VSCMI_SUCCESS);
	assert_int_equal(status_of(&board.bench, 1, SYSTEM, SYSTEM_POWER_STATE_SET, 1,
				   VSCMI_SYSTEM_SHUTDOWN),
			 VSCMI_SUCCESS);
	assert_event(&board.bench, 1, VSCMI_NOTIFICATION, SYSTEM, 0x0, 1, 1,
		     VSCMI_SYSTEM_SHUTDOWN, 0);
	assert_int_equal(status_of(&board.bench, 1, SYSTEM, SYSTEM_POWER_STATE_SET, 1,
				   VSCMI_SYSTEM_SUSPEND),
			 VSCMI_NOT_SUPPORTED);
	gone(&board);
}

static void the_demo_board_is_inside(void **state)
{
	struct given board = { 0 };
	struct vscmi_problem problem;
	struct bench_answer answer;

	(void)state;
	assert_int_equal(vscmi_board_load_demo(&board.board, &problem), VSCMI_OK);
	start(&board);
	assert_string_equal(vscmi_board_agent_name(board.board, 1), "linux");
	assert_int_equal(vscmi_board_agent_find(board.board, "rtos"), 2);
	assert_int_equal(vscmi_board_agent_find(board.board, "windows"), 0);
	answer = ask(&board.bench, 1, BASE, 0x6, 0);
	assert_words(answer, 3, 0x151412);
	gone(&board);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_platform_is_named_as_the_board_says),
		cmocka_unit_test(what_the_file_leaves_out_is_no_protocol),
		cmocka_unit_test(a_trusted_agent_resets_others),
		cmocka_unit_test(a_clock_is_described),
		cmocka_unit_test(what_has_no_alternative_cannot_be_changed),
		cmocka_unit_test(changes_are_asynchronous_only_if_one_takes_time),
		cmocka_unit_test(a_sensor_has_what_the_file_gives_it),
		cmocka_unit_test(a_value_that_does_not_fit_is_the_largest_that_does),
		cmocka_unit_test(a_list_of_rates_is_described),
		cmocka_unit_test(a_range_of_rates_is_described),
		cmocka_unit_test(a_long_name_is_cut_in_one_place_and_whole_in_the_other),
		cmocka_unit_test(parents_and_the_duty_cycle_can_be_changed),
		cmocka_unit_test(a_sensor_is_described_in_units_of_its_exponent),
		cmocka_unit_test(axes_are_read_together),
		cmocka_unit_test(update_intervals_are_told_as_they_are_written),
		cmocka_unit_test(an_agent_sees_and_changes_what_the_file_lets_it),
		cmocka_unit_test(a_change_that_takes_time_ends_with_a_delayed_response),
		cmocka_unit_test(who_does_not_ask_for_that_waits_for_the_answer),
		cmocka_unit_test(a_reading_follows_its_source_from_the_start_on),
		cmocka_unit_test(a_reading_that_takes_time_comes_later),
		cmocka_unit_test(a_sensor_that_is_set_fires_its_trip_point_at_once),
		cmocka_unit_test(only_what_exists_can_be_set),
		cmocka_unit_test(what_fails_says_so_until_it_is_repaired),
		cmocka_unit_test(an_agent_that_asks_for_shutdown_is_asked_to_do_it),
		cmocka_unit_test(the_demo_board_is_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
