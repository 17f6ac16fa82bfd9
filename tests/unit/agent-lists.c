/* SPDX-License-Identifier: BSD-3-Clause */
/* Walks through lists: what they bring, and that they end whatever the platform says. */
#include "script.h"

#include <string.h>

#include "message/cursor.h"
#include "vscmi/agent/base.h"
#include "vscmi/agent/clock.h"
#include "vscmi/agent/sensor.h"

static struct script *script;
static struct vscmi_list list;

static int start(void **state)
{
	script = script_new(2, 0);
	script->on_send = script_answer;
	script->version = 0x30000;
	return 0;
}

static int end(void **state)
{
	script->on_send = NULL;
	script_expect_all_slots_free(script);
	script_free(script);
	return 0;
}

#define ANSWER(...)                                                                  \
	{                                                                            \
		.words = (const uint32_t[]){ __VA_ARGS__ },                          \
		.word_count = sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t) \
	}

static void answer_with(const struct script_answer *answers, size_t count)
{
	script->answers = answers;
	script->answer_count = count;
}

/* They last until the end of the function. */
#define ANSWERS(...)                                                  \
	answer_with((const struct script_answer[]){ __VA_ARGS__ },    \
		    sizeof((struct script_answer[]){ __VA_ARGS__ }) / \
			    sizeof(struct script_answer))

/* returned and remaining, where they are 12 and 16 bits. */
#define PAGE(returned, remaining) ((uint32_t)(remaining) << 16 | (returned))
#define TRIPLET                   (1u << 12)
#define NAME_WORDS                0x656d616e, 0, 0, 0

/* Walk through the rates; how many there were. */
static uint32_t walk_rates(uint64_t *ret_first_hz, uint64_t *ret_last_hz)
{
	struct vscmi_clock_rates rates;
	uint32_t count = 0;

	vscmi_clock_rates(&list, &script->agent, 7);
	while (vscmi_clock_rates_next(&list, &rates)) {
		if (count++ == 0)
			*ret_first_hz = rates.min_hz;
		*ret_last_hz = rates.max_hz;
		assert_int_equal(rates.min_hz, rates.max_hz);
		assert_int_equal(rates.step_hz, 0);
		assert_true(count < 100000);
	}
	/* It has ended and stays so. */
	assert_false(vscmi_clock_rates_next(&list, &rates));
	return count;
}

static void pages_are_asked_for_one_after_the_other(void **state)
{
	uint64_t first = 0, last = 0;

	ANSWERS(ANSWER(PAGE(2, 3), 10, 0, 11, 0), ANSWER(PAGE(2, 1), 12, 0, 13, 0),
		ANSWER(PAGE(1, 0), 14, 1));
	assert_int_equal(walk_rates(&first, &last), 5);
	assert_int_equal(list.result.error, VSCMI_OK);
	assert_int_equal(first, 10);
	assert_int_equal(last, 0x10000000e);
	assert_int_equal(script->sent_count, 4); /* and PROTOCOL_VERSION */
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(script_word(&script->sent[1 + i], 0), 7);
		assert_int_equal(script_word(&script->sent[1 + i], 1), 2 * i);
		assert_int_equal(script->sent[1 + i].reply_room, VSCMI_LIST_PAGE_BYTES);
	}
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void a_list_may_be_empty(void **state)
{
	uint64_t ignored;

	ANSWERS(ANSWER(PAGE(0, 0)));
	assert_int_equal(walk_rates(&ignored, &ignored), 0);
	assert_int_equal(list.result.error, VSCMI_OK);
}

static void an_empty_page_is_the_end(void **state)
{
	uint64_t ignored;

	ANSWERS(ANSWER(PAGE(1, 3), 10, 0), ANSWER(PAGE(0, 3)), ANSWER(PAGE(1, 2), 11, 0));
	assert_int_equal(walk_rates(&ignored, &ignored), 1);
	assert_int_equal(list.result.error, VSCMI_OK);
	assert_int_equal(script->answer_count, 1);
}

static void a_page_behind_which_nothing_remains_is_the_end(void **state)
{
	uint64_t ignored;

	ANSWERS(ANSWER(PAGE(1, 3), 10, 0), ANSWER(PAGE(1, 0), 11, 0),
		ANSWER(PAGE(1, 0), 12, 0));
	assert_int_equal(walk_rates(&ignored, &ignored), 2);
	assert_int_equal(list.result.error, VSCMI_OK);
	assert_int_equal(script->answer_count, 1);
}

static void nothing_is_taken_beyond_the_announced_total(void **state)
{
	uint64_t ignored, last = 0;

	ANSWERS(ANSWER(PAGE(1, 1), 10, 0), ANSWER(PAGE(3, 7), 11, 0, 12, 0, 13, 0),
		ANSWER(PAGE(1, 0), 14, 0));
	assert_int_equal(walk_rates(&ignored, &last), 2);
	assert_int_equal(last, 11);
	assert_int_equal(list.result.error, VSCMI_OK);
	assert_int_equal(script->answer_count, 1);
}

static void repeat_a_page(struct script *s, const struct sent *sent)
{
	if (vscmi_header_unpack(script_header(sent)).message_id == 0)
		script_answer(s, sent);
	else
		script_reply(s, sent, VSCMI_SUCCESS, SCRIPT_WORDS(PAGE(1, 20), 10, 0));
	s->sent_count = 0;
}

static void a_platform_that_never_ends_is_ended(void **state)
{
	uint64_t ignored;

	script->on_send = repeat_a_page;
	assert_int_equal(walk_rates(&ignored, &ignored), 21);
	assert_int_equal(list.result.error, VSCMI_OK);
}

static void a_page_with_less_than_it_says_is_malformed(void **state)
{
	uint64_t ignored, last = 0;

	ANSWERS(ANSWER(PAGE(4095, 0xffff), 10, 0, 11, 0, 12));
	assert_int_equal(walk_rates(&ignored, &last), 2);
	assert_int_equal(last, 11);
	assert_int_equal(list.result.error, VSCMI_E_MALFORMED);
}

static void a_page_without_a_count_is_malformed(void **state)
{
	uint64_t ignored;

	ANSWERS({ .status = VSCMI_SUCCESS });
	assert_int_equal(walk_rates(&ignored, &ignored), 0);
	assert_int_equal(list.result.error, VSCMI_E_MALFORMED);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void a_page_with_more_than_it_says_is_counted(void **state)
{
	uint64_t ignored;

	ANSWERS(ANSWER(PAGE(1, 0), 10, 0, 11, 0));
	assert_int_equal(walk_rates(&ignored, &ignored), 1);
	assert_int_equal(list.result.error, VSCMI_OK);
	script_expect_anomalies(script, VSCMI_ANOMALY_TRAILING, 1, VSCMI_ANOMALIES);
}

static void a_refused_page_ends_the_walk_with_its_status(void **state)
{
	uint64_t ignored;

	ANSWERS(ANSWER(PAGE(1, 1), 10, 0), { .status = VSCMI_OUT_OF_RANGE });
	assert_int_equal(walk_rates(&ignored, &ignored), 1);
	assert_int_equal(list.result.error, VSCMI_E_REFUSED);
	assert_int_equal(list.result.status, VSCMI_OUT_OF_RANGE);
}

static void a_lost_page_ends_the_walk(void **state)
{
	uint64_t ignored;

	ANSWERS(ANSWER(PAGE(1, 1), 10, 0));
	assert_int_equal(walk_rates(&ignored, &ignored), 1);
	assert_int_equal(list.result.error, VSCMI_E_TIMEOUT);
	vscmi_agent_link_down(&script->agent);
	vscmi_agent_link_up(&script->agent);
}

static void a_triplet_is_one_range(void **state)
{
	struct vscmi_clock_rates rates;

	ANSWERS(ANSWER(PAGE(3, 0) | TRIPLET, 1, 0, 2, 1, 3, 0));
	vscmi_clock_rates(&list, &script->agent, 7);
	assert_true(vscmi_clock_rates_next(&list, &rates));
	assert_int_equal(rates.min_hz, 1);
	assert_int_equal(rates.max_hz, 0x100000002);
	assert_int_equal(rates.step_hz, 3);
	assert_false(vscmi_clock_rates_next(&list, &rates));
	assert_int_equal(list.result.error, VSCMI_OK);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void a_triplet_of_another_number_is_malformed(void **state)
{
	uint64_t ignored;

	for (uint32_t returned = 0; returned < 7; returned++) {
		const uint32_t words[13] = { PAGE(returned, 0) | TRIPLET };
		const struct script_answer answer = { .words = words, .word_count = 13 };

		if (returned == 3)
			continue;
		script->answers = &answer;
		script->answer_count = 1;
		assert_int_equal(walk_rates(&ignored, &ignored), 0);
		assert_int_equal(list.result.error, VSCMI_E_MALFORMED);
	}
}

static void a_triplet_on_a_later_page_is_malformed(void **state)
{
	uint64_t ignored;

	ANSWERS(ANSWER(PAGE(1, 3), 10, 0),
		ANSWER(PAGE(3, 0) | TRIPLET, 1, 0, 2, 0, 3, 0));
	assert_int_equal(walk_rates(&ignored, &ignored), 1);
	assert_int_equal(list.result.error, VSCMI_E_MALFORMED);
}

static void a_walk_may_end_anywhere(void **state)
{
	struct vscmi_clock_rates rates;

	ANSWERS(ANSWER(PAGE(2, 3), 10, 0, 11, 0));
	vscmi_clock_rates(&list, &script->agent, 7);
	assert_true(vscmi_clock_rates_next(&list, &rates));
	/* The end of the test finds every slot free. */
}

static void a_list_of_another_kind_is_refused(void **state)
{
	uint32_t parent;

	vscmi_clock_rates(&list, &script->agent, 7);
	assert_false(vscmi_clock_parents_next(&list, &parent));
	assert_int_equal(list.result.error, VSCMI_E_INVALID);
	assert_int_equal(script->sent_count, 0);
}

static void protocols_go_on_until_the_total_of_the_attributes(void **state)
{
	uint8_t protocol = 0;
	uint32_t count = 0, sum = 0;

	script->version = 0x20000;
	ANSWERS(ANSWER(5), ANSWER(4, 0x14131211), ANSWER(1, 0x15));
	vscmi_base_protocols(&list, &script->agent);
	while (vscmi_base_protocols_next(&list, &protocol)) {
		count++;
		sum += protocol;
	}
	assert_int_equal(list.result.error, VSCMI_OK);
	assert_int_equal(count, 5);
	assert_int_equal(sum, 0x11 + 0x12 + 0x13 + 0x14 + 0x15);
	assert_int_equal(script_word(script_last(script), 0), 4);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void protocols_of_a_platform_that_repeats_itself_end(void **state)
{
	uint8_t protocol = 0;
	uint32_t count = 0;

	script->version = 0x20000;
	ANSWERS(ANSWER(5), ANSWER(4, 0x14131211), ANSWER(0xffffffff, 0x14131211));
	vscmi_base_protocols(&list, &script->agent);
	while (vscmi_base_protocols_next(&list, &protocol))
		count++;
	assert_int_equal(list.result.error, VSCMI_OK);
	assert_int_equal(count, 5);
	ANSWERS(ANSWER(0));
	vscmi_base_protocols(&list, &script->agent);
	assert_false(vscmi_base_protocols_next(&list, &protocol));
	assert_int_equal(list.result.error, VSCMI_OK);
}

static void parents_have_a_narrow_count(void **state)
{
	uint32_t parent = 0, count = 0;

	ANSWERS(ANSWER(1u << 24 | 2, 8, 9), ANSWER(1, 10));
	vscmi_clock_parents(&list, &script->agent, 7);
	while (vscmi_clock_parents_next(&list, &parent))
		assert_int_equal(parent, 8 + count++);
	assert_int_equal(count, 3);
	assert_int_equal(script_word(script_last(script), 1), 2);
}

/* Descriptors of all lengths in one page, and one with a long name. */
static void sensors_of_all_shapes(void **state)
{
	struct vscmi_sensor sensor;

	ANSWERS(ANSWER(PAGE(3, 1),
		       /* scalar, plain: async, 5 trip points, 10^-3 degrees */
		       0, 0x80000005, 0xe802, NAME_WORDS,
		       /* scalar, extended: continuous, timestamps of 10^-6 s */
		       1, 0x40006b00, 0, NAME_WORDS, 77, 0xf0000004, 0xfffffffe,
		       0xffffffff, 9, 0,
		       /* 3 axes, extended: no range of its own */
		       2, 0x100, 0x30100, NAME_WORDS, 88),
		ANSWER(PAGE(1, 0), 3, 0x20000000, 0, NAME_WORDS),
		ANSWER(0, 0x676e6f6c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
	vscmi_sensors(&list, &script->agent);

	assert_true(vscmi_sensors_next(&list, &sensor));
	assert_int_equal(sensor.sensor_id, 0);
	assert_string_equal(sensor.name, "name");
	assert_true(sensor.async);
	assert_int_equal(sensor.trip_points, 5);
	assert_int_equal(sensor.type, 2);
	assert_int_equal(sensor.exponent, -3);
	assert_false(sensor.extended || sensor.timestamps || sensor.continuous_update);
	assert_int_equal(sensor.axes, 0);

	assert_true(vscmi_sensors_next(&list, &sensor));
	assert_int_equal(sensor.sensor_id, 1);
	assert_true(sensor.extended && sensor.timestamps && sensor.continuous_update);
	assert_int_equal(sensor.timestamp_exponent, -6);
	assert_int_equal(sensor.power_uw, 77);
	assert_int_equal(sensor.range.resolution, 4);
	assert_int_equal(sensor.range.resolution_exponent, -2);
	assert_int_equal(sensor.range.min, -2);
	assert_int_equal(sensor.range.max, 9);

	assert_true(vscmi_sensors_next(&list, &sensor));
	assert_int_equal(sensor.sensor_id, 2);
	assert_int_equal(sensor.axes, 3);
	assert_int_equal(sensor.power_uw, 88);

	assert_true(vscmi_sensors_next(&list, &sensor));
	assert_string_equal(sensor.name, "long");
	assert_false(vscmi_sensors_next(&list, &sensor));
	assert_int_equal(list.result.error, VSCMI_OK);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

/* SCP-firmware: room for all of a descriptor, whatever it announces. */
static void sensors_that_are_all_of_full_length(void **state)
{
	struct vscmi_sensor sensor;

	ANSWERS(ANSWER(PAGE(2, 1),
		       /* neither extended nor with axes, the rest is zero */
		       0, 0, 0xe802, NAME_WORDS, 0, 0, 0, 0, 0, 0,
		       /* with 3 axes, and something behind */
		       1, 0, 0x30100, NAME_WORDS, 7, 7, 7, 7, 7, 7),
		ANSWER(PAGE(1, 0), 2, 0x100, 0, NAME_WORDS, 77, 4, 1, 0, 9, 0));
	vscmi_sensors(&list, &script->agent);
	for (uint32_t id = 0; id < 3; id++) {
		assert_true(vscmi_sensors_next(&list, &sensor));
		assert_int_equal(sensor.sensor_id, id);
		assert_string_equal(sensor.name, "name");
		assert_int_equal(sensor.extended, id == 2);
		assert_int_equal(sensor.axes, id == 1 ? 3 : 0);
		assert_int_equal(sensor.power_uw, id == 2 ? 77 : 0);
		assert_int_equal(sensor.range.max, id == 2 ? 9 : 0);
	}
	assert_false(vscmi_sensors_next(&list, &sensor));
	assert_int_equal(list.result.error, VSCMI_OK);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

static void axes_that_are_all_of_full_length(void **state)
{
	struct vscmi_sensor_axis axis;

	ANSWERS(ANSWER(2, 0, 0, 0x1002, NAME_WORDS, 0, 0, 0, 0, 0, 1, 0x100, 0x1002,
		       NAME_WORDS, 5, 1, 0, 2, 0));
	vscmi_sensor_axes(&list, &script->agent, 6);
	for (uint32_t id = 0; id < 2; id++) {
		assert_true(vscmi_sensor_axes_next(&list, &axis));
		assert_int_equal(axis.axis_id, id);
		assert_int_equal(axis.extended, id == 1);
		assert_int_equal(axis.range.max, id == 1 ? 2 : 0);
	}
	assert_false(vscmi_sensor_axes_next(&list, &axis));
	assert_int_equal(list.result.error, VSCMI_OK);
	script_expect_anomalies(script, VSCMI_ANOMALIES);
}

/* Only whole pages of the full length are read so. */
static void sensors_that_are_longer_than_announced_are_not_guessed_at(void **state)
{
	struct vscmi_sensor sensor;

	ANSWERS(ANSWER(PAGE(2, 0), 0, 0, 0xe802, NAME_WORDS, 9, 9, 9, 9, 9, 9, 1, 0,
		       0xe802, NAME_WORDS));
	vscmi_sensors(&list, &script->agent);
	assert_true(vscmi_sensors_next(&list, &sensor));
	assert_true(vscmi_sensors_next(&list, &sensor));
	assert_int_equal(sensor.sensor_id, 9);
	assert_false(vscmi_sensors_next(&list, &sensor));
	script_expect_anomalies(script, VSCMI_ANOMALY_TRAILING, 1, VSCMI_ANOMALIES);
}

static void a_sensor_of_1_0_has_its_interval(void **state)
{
	struct vscmi_sensor sensor;

	script->version = 0x10000;
	ANSWERS(ANSWER(PAGE(1, 0), 0, 0x7fffff01, 0x17c00005, NAME_WORDS));
	vscmi_sensors(&list, &script->agent);
	assert_true(vscmi_sensors_next(&list, &sensor));
	assert_int_equal(sensor.update_interval.seconds, 2);
	assert_int_equal(sensor.update_interval.exponent, -1);
	assert_int_equal(sensor.trip_points, 1);
	assert_int_equal(sensor.type, 5);
	assert_false(sensor.extended || sensor.timestamps || sensor.continuous_update);
}

static void axes_and_their_long_names(void **state)
{
	struct vscmi_sensor_axis_name name;
	struct vscmi_sensor_axis axis;

	ANSWERS(ANSWER(1u << 26 | 1, 0, 0x300, 0x1002, NAME_WORDS, 5, 1, 0, 2, 0),
		ANSWER(1, 1, 0, 0x0003, NAME_WORDS));
	vscmi_sensor_axes(&list, &script->agent, 6);
	assert_true(vscmi_sensor_axes_next(&list, &axis));
	assert_int_equal(axis.axis_id, 0);
	assert_true(axis.extended && axis.extended_name);
	assert_int_equal(axis.exponent, 2);
	assert_int_equal(axis.type, 2);
	assert_int_equal(axis.range.resolution, 5);
	assert_int_equal(axis.range.max, 2);
	assert_true(vscmi_sensor_axes_next(&list, &axis));
	assert_int_equal(axis.axis_id, 1);
	assert_false(axis.extended || axis.extended_name);
	assert_int_equal(axis.type, 3);
	assert_false(vscmi_sensor_axes_next(&list, &axis));
	assert_int_equal(list.result.error, VSCMI_OK);
	assert_int_equal(script_word(script_last(script), 0), 6);
	assert_int_equal(script_word(script_last(script), 1), 1);

	ANSWERS(ANSWER(1, 1, 0x676e6f6c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
	vscmi_sensor_axis_names(&list, &script->agent, 6);
	assert_true(vscmi_sensor_axis_names_next(&list, &name));
	assert_int_equal(name.axis_id, 1);
	assert_string_equal(name.name, "long");
	assert_false(vscmi_sensor_axis_names_next(&list, &name));
	assert_int_equal(list.result.error, VSCMI_OK);
}

static void intervals_and_a_range_of_them(void **state)
{
	struct vscmi_sensor_intervals intervals;

	ANSWERS(ANSWER(PAGE(1, 1), 10 << 5 | 0x1d), ANSWER(PAGE(1, 0), 2 << 5));
	vscmi_sensor_intervals(&list, &script->agent, 6);
	assert_true(vscmi_sensor_intervals_next(&list, &intervals));
	assert_int_equal(intervals.min.seconds, 10);
	assert_int_equal(intervals.min.exponent, -3);
	assert_int_equal(intervals.max.seconds, 10);
	assert_int_equal(intervals.step.seconds, 0);
	assert_true(vscmi_sensor_intervals_next(&list, &intervals));
	assert_int_equal(intervals.min.seconds, 2);
	assert_false(vscmi_sensor_intervals_next(&list, &intervals));

	ANSWERS(ANSWER(PAGE(3, 0) | TRIPLET, 1 << 5, 9 << 5, 2 << 5 | 0x1f));
	vscmi_sensor_intervals(&list, &script->agent, 6);
	assert_true(vscmi_sensor_intervals_next(&list, &intervals));
	assert_int_equal(intervals.min.seconds, 1);
	assert_int_equal(intervals.max.seconds, 9);
	assert_int_equal(intervals.step.seconds, 2);
	assert_int_equal(intervals.step.exponent, -1);
	assert_false(vscmi_sensor_intervals_next(&list, &intervals));
	assert_int_equal(list.result.error, VSCMI_OK);
}

#define LIST_TEST(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIST_TEST(pages_are_asked_for_one_after_the_other),
		LIST_TEST(a_list_may_be_empty),
		LIST_TEST(an_empty_page_is_the_end),
		LIST_TEST(a_page_behind_which_nothing_remains_is_the_end),
		LIST_TEST(nothing_is_taken_beyond_the_announced_total),
		LIST_TEST(a_platform_that_never_ends_is_ended),
		LIST_TEST(a_page_with_less_than_it_says_is_malformed),
		LIST_TEST(a_page_without_a_count_is_malformed),
		LIST_TEST(a_page_with_more_than_it_says_is_counted),
		LIST_TEST(a_refused_page_ends_the_walk_with_its_status),
		LIST_TEST(a_lost_page_ends_the_walk),
		LIST_TEST(a_triplet_is_one_range),
		LIST_TEST(a_triplet_of_another_number_is_malformed),
		LIST_TEST(a_triplet_on_a_later_page_is_malformed),
		LIST_TEST(a_walk_may_end_anywhere),
		LIST_TEST(a_list_of_another_kind_is_refused),
		LIST_TEST(protocols_go_on_until_the_total_of_the_attributes),
		LIST_TEST(protocols_of_a_platform_that_repeats_itself_end),
		LIST_TEST(parents_have_a_narrow_count),
		LIST_TEST(sensors_of_all_shapes),
		LIST_TEST(sensors_that_are_all_of_full_length),
		LIST_TEST(axes_that_are_all_of_full_length),
		LIST_TEST(sensors_that_are_longer_than_announced_are_not_guessed_at),
		LIST_TEST(a_sensor_of_1_0_has_its_interval),
		LIST_TEST(axes_and_their_long_names),
		LIST_TEST(intervals_and_a_range_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
