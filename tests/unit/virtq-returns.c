/* SPDX-License-Identifier: BSD-3-Clause */
/* The driver end and what a device returns, or does not, or should not. */
#include "driver_end.h"

static void R9_an_id_that_is_no_head_that_is_out_breaks_the_queue(void **state)
{
	/* Of a queue of 8 with direct chains of two: at 0, 2 and 4, and the one at 4 is back. */
	const struct {
		const char *what;
		uint32_t id;
		bool broken;
	} cases[] = {
		{ "a head that is out", 2, false },  { "the middle of a chain", 1, true },
		{ "a head that is back", 4, true },  { "a free descriptor", 7, true },
		{ "one behind the queue", 8, true }, { "a head and 2^16", 0x10002, true },
		{ "all ones", UINT32_MAX, true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		void *lost;

		start(8, 0);
		for (uintptr_t n = 0; n < 3; n++)
			assert_int_equal(add(1, 1, n), VSCMI_OK);
		vscmi_virtq_driver_publish(&driver);
		assert_int_equal(head_at(1), 2);
		make_used(head_at(2), 1);
		assert_true(take());
		assert_ptr_equal(back.cookie, cookie(2));

		make_used(cases[i].id, 1);
		make_used(0, 1);
		if (take() == cases[i].broken || driver.broken != cases[i].broken ||
		    driver.counters.lies != cases[i].broken)
			fail_msg("%s", cases[i].what);
		if (cases[i].broken) {
			put(used_entry(1), 4, 2);
			assert_false(take());
			assert_int_equal(add(1, 1, 9), VSCMI_E_BROKEN);
			assert_false(vscmi_virtq_driver_enable_calls(&driver));
			/* What is out is not lost. */
			assert_true(vscmi_virtq_driver_detach(&driver, &lost));
			assert_ptr_equal(lost, cookie(0));
			assert_true(vscmi_virtq_driver_detach(&driver, &lost));
			assert_ptr_equal(lost, cookie(1));
			assert_false(vscmi_virtq_driver_detach(&driver, &lost));
		}
	}
}

static void R9_the_written_length_is_clamped_to_what_was_lent(void **state)
{
	const struct {
		uint16_t readable, writable;
		uint32_t said, want;
		uint64_t lies;
	} cases[] = {
		{ 1, 3, 0, 0, 0 },          { 1, 3, 3, 3, 0 }, { 1, 3, 4, 3, 1 },
		{ 1, 3, 0x80000000, 3, 1 }, { 2, 0, 1, 0, 1 }, { 0, 2, UINT32_MAX, 2, 1 },
	};
	const uint64_t features[] = { 0, VSCMI_VIRTIO_F_INDIRECT_DESC };

	for (size_t f = 0; f < 2; f++)
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			start(8, features[f]);
			assert_int_equal(add(cases[i].readable, cases[i].writable, 5),
					 VSCMI_OK);
			vscmi_virtq_driver_publish(&driver);
			make_used(head_at(0), cases[i].said);
			assert_true(take());
			assert_ptr_equal(back.cookie, cookie(5));
			assert_int_equal(back.written, cases[i].want);
			assert_int_equal(driver.counters.lies, cases[i].lies);
			assert_false(driver.broken);
		}
}

static void R9_a_used_index_that_runs_ahead_or_back_breaks_the_queue(void **state)
{
	const struct {
		const char *what;
		uint16_t index;
		bool broken;
	} cases[] = {
		{ "all that is out", 3, false },
		{ "one more", 4, true },
		{ "as many as the queue has", 8, true },
		{ "back", 0, true },
		{ "far away", 0x8000, true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start(8, 0);
		for (uintptr_t n = 0; n < 4; n++) {
			assert_int_equal(add(0, 1, n), VSCMI_OK);
			/* The last one is added but not shown. */
			if (n < 3)
				vscmi_virtq_driver_publish(&driver);
		}
		make_used(head_at(0), 1);
		assert_true(take());
		for (uint16_t n = 1; n < 8; n++)
			put(used_entry(n), 4, n);
		put(used_index(), 2, cases[i].index);
		if (take() == cases[i].broken || driver.broken != cases[i].broken)
			fail_msg("%s", cases[i].what);
	}
}

static void R9_what_the_device_writes_over_the_ring_is_not_believed(void **state)
{
	uint16_t long_head, short_head;

	start(8, VSCMI_VIRTIO_F_INDIRECT_DESC);
	/* Five segments do not fit a table of four, so that there is a chain to follow back. */
	assert_int_equal(add(2, 3, 4), VSCMI_OK);
	assert_int_equal(add(1, 1, 5), VSCMI_OK);
	vscmi_virtq_driver_publish(&driver);
	long_head = head_at(0);
	short_head = head_at(1);
	memset(ring.bytes, 0xff, ring.used);
	memset(ring.bytes + TABLE_OFFSET, 0xff, 8 * 16 * TABLE_ENTRIES);
	make_used(short_head, 1);
	make_used(long_head, 3);
	assert_true(take());
	assert_ptr_equal(back.cookie, cookie(5));
	assert_int_equal(back.written, 1);
	assert_true(take());
	assert_ptr_equal(back.cookie, cookie(4));
	assert_int_equal(back.written, 3);
	assert_int_equal(driver.free_count, 8);
	for (uintptr_t n = 0; n < 4; n++)
		assert_int_equal(add(1, 1, n), VSCMI_OK);
	vscmi_virtq_driver_publish(&driver);
	assert_int_equal(get(available_index(), 2), 6);
}

static void R8_a_buffer_is_out_until_it_is_returned_or_detached(void **state)
{
	void *lost = NULL;
	uint32_t seen = 0;

	start(8, 0);
	for (uintptr_t n = 0; n < 4; n++)
		assert_int_equal(add(1, 1, n), VSCMI_OK);
	vscmi_virtq_driver_publish(&driver);
	assert_false(take());
	assert_int_equal(add(1, 1, 4), VSCMI_E_BUSY);
	make_used(head_at(2), 1);
	assert_true(take());
	assert_ptr_equal(back.cookie, cookie(2));

	/* The device is reset: the other three come home, each once. */
	while (vscmi_virtq_driver_detach(&driver, &lost))
		seen = seen * 16 + 1 + (uint32_t)(uintptr_t)lost;
	assert_int_equal(seen, 0x124);
	assert_int_equal(driver.free_count, 8);
	assert_false(vscmi_virtq_driver_detach(&driver, &lost));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R9_an_id_that_is_no_head_that_is_out_breaks_the_queue),
		cmocka_unit_test(R9_the_written_length_is_clamped_to_what_was_lent),
		cmocka_unit_test(
			R9_a_used_index_that_runs_ahead_or_back_breaks_the_queue),
		cmocka_unit_test(R9_what_the_device_writes_over_the_ring_is_not_believed),
		cmocka_unit_test(R8_a_buffer_is_out_until_it_is_returned_or_detached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
