/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every list that the platform sends, read page by page with every room from 0 to 140 bytes:
 * all elements arrive once and in order, and each page says how many are behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "message/cursor.h"
#include "test.h"

#define RATES      40
#define PARENTS    40
#define INTERVALS  40
#define MANY       40 /* sensors */
#define ROOM_MAX   140
#define HEAD_BYTES 12 /* header, status, and the word that counts */

static const struct list {
	uint8_t protocol, message_id;
	bool has_id; /* the request starts with an id, which is 0 */
	uint8_t returned_bits, remaining_shift;
	uint32_t total;
	uint32_t element_bytes;                                    /* of the longest */
	uint32_t (*check)(const uint8_t *element, uint32_t index); /* its length */
} lists[];

static uint32_t check_rate(const uint8_t *element, uint32_t index)
{
	assert_int_equal(vscmi_le32_get(element), 1000 + index);
	assert_int_equal(vscmi_le32_get(element + 4), index);
	return 8;
}

static uint32_t check_parent(const uint8_t *element, uint32_t index)
{
	assert_int_equal(vscmi_le32_get(element), index + 1);
	return 4;
}

static uint32_t check_interval(const uint8_t *element, uint32_t index)
{
	assert_int_equal(vscmi_le32_get(element), (index + 1) << 5 | (-3 & 0x1f));
	return 4;
}

static uint32_t check_sensor(const uint8_t *element, uint32_t index)
{
	bool extended = vscmi_le32_get(element + 4) & 1 << 8;
	bool has_axes = vscmi_le32_get(element + 8) & 1 << 8;

	assert_int_equal(vscmi_le32_get(element), index);
	assert_int_equal(extended, index % 3 == 0);
	if (!extended)
		return 28;
	return has_axes ? 32 : 52;
}

static uint32_t check_axis(const uint8_t *element, uint32_t index)
{
	assert_int_equal(vscmi_le32_get(element), index);
	return vscmi_le32_get(element + 4) & 1 << 8 ? 48 : 28;
}

static uint32_t check_axis_name(const uint8_t *element, uint32_t index)
{
	/* The one between has no long name. */
	assert_int_equal(vscmi_le32_get(element), 2 * index);
	assert_memory_equal(element + 4, index ? "long z" : "long x", 7);
	return 68;
}

static const struct list lists[] = {
	{ VSCMI_PROTOCOL_CLOCK, 0x4 /* rates */, true, 12, 16, RATES, 8, check_rate },
	{ VSCMI_PROTOCOL_CLOCK, 0xc /* parents */, true, 8, 24, PARENTS, 4,
	  check_parent },
	{ VSCMI_PROTOCOL_SENSOR, 0x3 /* sensors */, false, 12, 16, MANY, 52,
	  check_sensor },
	{ VSCMI_PROTOCOL_SENSOR, 0x7 /* axes */, true, 6, 26, 3, 48, check_axis },
	{ VSCMI_PROTOCOL_SENSOR, 0xd /* axis names */, true, 6, 26, 2, 68,
	  check_axis_name },
	{ VSCMI_PROTOCOL_SENSOR, 0x8 /* intervals */, true, 12, 16, INTERVALS, 4,
	  check_interval },
};

static struct {
	struct bench bench;
	uint64_t rates_hz[RATES];
	uint16_t parents[PARENTS];
	struct vscmi_sensor_interval intervals[INTERVALS];
	struct vscmi_platform_clock clocks[1 + PARENTS];
	struct vscmi_platform_sensor sensors[MANY];
} big;

static int set_up(void **state)
{
	const struct vscmi_sensor_range *range;
	struct bench *bench = &big.bench;

	bench_describe(bench);
	range = bench->axes[0].range;
	for (uint32_t i = 0; i < RATES; i++)
		big.rates_hz[i] = (uint64_t)i << 32 | (1000 + i);
	for (uint16_t i = 0; i < INTERVALS; i++)
		big.intervals[i] =
			(struct vscmi_sensor_interval){ (uint16_t)(i + 1), -3 };
	for (uint16_t i = 0; i < PARENTS; i++) {
		big.parents[i] = i + 1;
		big.clocks[i + 1] = bench->clocks[CLOCK_FIXED];
	}
	big.clocks[0] = bench->clocks[CLOCK_LIST];
	big.clocks[0].rates_hz = big.rates_hz;
	big.clocks[0].rate_count = RATES;
	big.clocks[0].parents = big.parents;
	big.clocks[0].parent_count = PARENTS;
	/* Of all kinds; sensor 0 has axes and intervals. */
	for (uint32_t i = 0; i < MANY; i++) {
		big.sensors[i] = bench->sensors[SENSOR_PLAIN];
		if (i % 3 == 0)
			big.sensors[i].range = range;
	}
	big.sensors[0] = bench->sensors[SENSOR_AXES];
	big.sensors[0].power_uw = 1;
	big.sensors[0].intervals = big.intervals;
	big.sensors[0].interval_count = INTERVALS;
	bench->axes[0].long_name = "long x";
	bench->axes[2].long_name = "long z";
	bench->config.clocks = big.clocks;
	bench->config.clock_count = 1 + PARENTS;
	bench->config.sensors = big.sensors;
	bench->config.sensor_count = MANY;
	bench->agents[GUEST - 1].clocks = NULL;
	bench->agents[GUEST - 1].sensors = NULL;
	bench_start(bench, true);
	return 0;
}

static int tear_down(void **state)
{
	bench_end(&big.bench);
	return 0;
}

static struct bench_answer page(const struct list *list, uint32_t index, size_t room)
{
	uint32_t words[2] = { 0, index };

	return bench_ask_with_room(&big.bench, PEER, list->protocol, list->message_id,
				   list->has_id ? words : words + 1, list->has_id ? 2 : 1,
				   room);
}

/* Read one page from index on; how many elements it had. */
static uint32_t read_page(const struct list *list, uint32_t index, size_t room)
{
	struct bench_answer answer = page(list, index, room);
	uint32_t returned = answer.words[0] & ((1u << list->returned_bits) - 1);
	size_t offset = HEAD_BYTES;

	assert_int_equal(answer.status, VSCMI_SUCCESS);
	assert_int_equal(answer.words[0] >> list->remaining_shift,
			 list->total - index - returned);
	for (uint32_t i = 0; i < returned; i++)
		offset += list->check(answer.message.bytes + offset, index + i);
	assert_int_equal(offset, answer.message.count);
	/* As many as fit: one more would not have. */
	if (index + returned < list->total)
		assert_true(offset + list->element_bytes > room);
	return returned;
}

static void every_list_arrives_whole_in_pages_of_any_size(void **state)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const struct list *list = &lists[i];

		for (size_t room = HEAD_BYTES + list->element_bytes; room <= ROOM_MAX;
		     room++) {
			uint32_t index = 0;

			while (index < list->total) {
				uint32_t returned = read_page(list, index, room);

				assert_true(returned > 0);
				index += returned;
			}
		}
	}
}

static void a_page_without_room_for_an_element_is_a_transport_error(void **state)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		/* 28 bytes are the shortest descriptor; index 1 of the sensors and the axes has it. */
		uint32_t shortest =
			lists[i].element_bytes < 28 || lists[i].element_bytes == 68
				? lists[i].element_bytes
				: 28;

		for (size_t room = 0; room < HEAD_BYTES + shortest; room++) {
			struct bench_answer answer = page(&lists[i], 1, room);

			if (room < 8)
				assert_int_equal(answer.outcome,
						 VSCMI_SERVICE_UNANSWERABLE);
			else
				assert_int_equal(answer.status, VSCMI_COMMS_ERROR);
		}
		assert_int_equal(page(&lists[i], 1, HEAD_BYTES + shortest).status,
				 VSCMI_SUCCESS);
	}
}

static void pages_have_no_memory(void **state)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (uint32_t index = lists[i].total; index-- > 0;)
			read_page(&lists[i], index, ROOM_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_list_arrives_whole_in_pages_of_any_size),
		cmocka_unit_test(a_page_without_room_for_an_element_is_a_transport_error),
		cmocka_unit_test(pages_have_no_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
