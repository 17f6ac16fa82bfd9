/* SPDX-License-Identifier: BSD-3-Clause */
/* The driver end and an honest device: layout, limits, events and flags. */
#include "driver_end.h"

static void check_descriptor(size_t table, unsigned index, uint64_t address,
			     uint32_t length, uint16_t flags)
{
	assert_int_equal(get(table + 16 * index, 8), address);
	assert_int_equal(get(table + 16 * index + 8, 4), length);
	assert_int_equal(get(table + 16 * index + 12, 2), flags);
}

static uint16_t next_of(unsigned index)
{
	return (uint16_t)get(16 * index + 14, 2);
}

static void the_areas_are_where_the_specification_says(void **state)
{
	for (uint32_t size = 1; size <= VSCMI_VIRTQ_SIZE_MAX; size *= 2) {
		start((uint16_t)size, 0);
		assert_int_equal(areas.descriptor_area, RING_BASE);
		assert_int_equal(areas.driver_area, RING_BASE + ring.available);
		assert_int_equal(areas.device_area, RING_BASE + ring.used);
		assert_true(ring.used + 6 + 8 * size <= VSCMI_VIRTQ_RING_BYTES(size));
		assert_int_equal(driver.free_count, size);
	}
}

static void only_possible_rings_are_accepted(void **state)
{
	const uint16_t sizes[] = { 0, 3, 6, 0x7fff, 0x8001, 0xffff };
	struct vscmi_virtq_driver_config config;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		config = config_of(4, 0);
		config.queue_size = sizes[i];
		assert_int_equal(init(&config), VSCMI_E_INVALID);
	}
	config = config_of(4, 0);
	config.features = VSCMI_VIRTIO_F_EVENT_IDX;
	assert_int_equal(init(&config), VSCMI_E_UNSUPPORTED);

	config = config_of(4, VSCMI_VIRTIO_F_INDIRECT_DESC);
	config.ring = ring.bytes + 8;
	assert_int_equal(init(&config), VSCMI_E_INVALID);
	config.ring = ring.bytes + GUEST_BYTES - 112;
	assert_int_equal(init(&config), VSCMI_E_INVALID);
	config.ring = ring.bytes + GUEST_BYTES - 128;
	assert_int_equal(init(&config), VSCMI_OK);
	config.tables = ring.bytes + GUEST_BYTES - 255;
	assert_int_equal(init(&config), VSCMI_E_INVALID);
	config.tables = ring.bytes + GUEST_BYTES - 256;
	assert_int_equal(init(&config), VSCMI_OK);
}

static void a_direct_chain_is_laid_out_as_the_specification_says(void **state)
{
	const struct vscmi_virtq_segment segments[] = {
		{ ring.bytes + DATA_OFFSET, 3 },
		{ ring.bytes + DATA_OFFSET + 100, 4 },
		{ ring.bytes + DATA_OFFSET + 200, 0x8000 },
	};
	uint16_t head, second, third;

	start(4, 0);
	assert_int_equal(vscmi_virtq_driver_add(&driver, segments, 2, 1, cookie(1)),
			 VSCMI_OK);
	assert_int_equal(driver.free_count, 1);
	assert_int_equal(get(available_index(), 2), 0);
	assert_true(vscmi_virtq_driver_publish(&driver));
	assert_int_equal(get(available_index(), 2), 1);
	head = head_at(0);
	second = next_of(head);
	third = next_of(second);
	assert_true(head < 4 && second < 4 && third < 4);
	assert_true(head != second && second != third && head != third);
	check_descriptor(0, head, RING_BASE + DATA_OFFSET, 3, NEXT);
	check_descriptor(0, second, RING_BASE + DATA_OFFSET + 100, 4, NEXT);
	check_descriptor(0, third, RING_BASE + DATA_OFFSET + 200, 0x8000, WRITE);
}

static void an_indirect_chain_is_laid_out_as_the_specification_says(void **state)
{
	size_t table;
	uint16_t head;

	start(4, VSCMI_VIRTIO_F_INDIRECT_DESC);
	assert_int_equal(add(1, 1, 0), VSCMI_OK);
	assert_int_equal(add(1, 3, 1), VSCMI_OK);
	assert_int_equal(driver.free_count, 2);
	assert_true(vscmi_virtq_driver_publish(&driver));
	head = head_at(1);
	table = (size_t)(get(16u * head, 8) - RING_BASE);
	assert_in_range(table, TABLE_OFFSET, TABLE_OFFSET + 4 * 16 * TABLE_ENTRIES - 64);
	check_descriptor(0, head, RING_BASE + table, 64, INDIRECT);
	for (unsigned i = 0; i < 4; i++) {
		check_descriptor(table, i, RING_BASE + DATA_OFFSET + i, 1,
				 (uint16_t)((i ? WRITE : 0) | (i < 3 ? NEXT : 0)));
		assert_int_equal(get(table + 16 * i + 14, 2), i < 3 ? i + 1 : 0);
	}
	/* Tables of chains that are out at the same time do not overlap. */
	assert_true(get(16u * head_at(0), 8) + 64 <= RING_BASE + table ||
		    RING_BASE + table + 64 <= get(16u * head_at(0), 8));
}

static void R7_a_command_needs_two_descriptors_or_one_with_a_table(void **state)
{
	const struct {
		uint64_t features;
		uint16_t size, readable, writable, descriptors;
	} cases[] = {
		{ 0, 8, 1, 1, 2 },
		{ 0, 8, 0, 1, 1 },
		{ VSCMI_VIRTIO_F_INDIRECT_DESC, 8, 1, 1, 1 },
		{ VSCMI_VIRTIO_F_INDIRECT_DESC, 8, 2, 2, 1 },
		/* One segment needs no table, and five do not fit one of four. */
		{ VSCMI_VIRTIO_F_INDIRECT_DESC, 8, 0, 1, 1 },
		{ VSCMI_VIRTIO_F_INDIRECT_DESC, 16, 2, 3, 5 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint16_t in_flight = 0;

		start(cases[i].size, cases[i].features);
		while (add(cases[i].readable, cases[i].writable, in_flight) == VSCMI_OK)
			in_flight++;
		assert_int_equal(in_flight, cases[i].size / cases[i].descriptors);
		assert_int_equal(driver.free_count, cases[i].size % cases[i].descriptors);
		assert_int_equal(add(cases[i].readable, cases[i].writable, 0),
				 VSCMI_E_BUSY);
	}
}

static void R5_a_writable_buffer_is_one_writable_descriptor(void **state)
{
	start(4, VSCMI_VIRTIO_F_INDIRECT_DESC);
	for (uintptr_t i = 0; i < 4; i++)
		assert_int_equal(add(0, 1, i), VSCMI_OK);
	vscmi_virtq_driver_publish(&driver);
	for (uint16_t i = 0; i < 4; i++)
		check_descriptor(0, head_at(i), RING_BASE + DATA_OFFSET, 1, WRITE);
}

static void R4_a_buffer_goes_out_again_as_soon_as_it_is_back(void **state)
{
	start(4, 0);
	for (uintptr_t i = 0; i < 4; i++)
		assert_int_equal(add(0, 1, i), VSCMI_OK);
	vscmi_virtq_driver_publish(&driver);
	for (uint32_t i = 0; i < 0x10100; i++) {
		make_used(head_at((uint16_t)i), 1);
		assert_true(take());
		assert_ptr_equal(back.cookie, cookie(i % 4));
		assert_int_equal(add(0, 1, i % 4), VSCMI_OK);
		assert_int_equal(driver.free_count, 0);
		vscmi_virtq_driver_publish(&driver);
		assert_int_equal(get(available_index(), 2), (uint16_t)(i + 5));
	}
}

static void what_cannot_be_lent_is_refused_and_changes_nothing(void **state)
{
	uint8_t elsewhere[4];
	const struct {
		const char *what;
		struct vscmi_virtq_segment segments[3];
		uint16_t readable, writable;
	} cases[] = {
		{ "nothing", { { 0 } }, 0, 0 },
		{ "an empty segment",
		  { { ring.bytes, 4 }, { ring.bytes + 8, 0 } },
		  1,
		  1 },
		{ "our own memory", { { ring.bytes, 4 }, { elsewhere, 4 } }, 1, 1 },
		{ "beyond the end", { { ring.bytes + GUEST_BYTES - 3, 4 } }, 0, 1 },
		{ "more than the queue has",
		  { { ring.bytes, 1 }, { ring.bytes, 1 }, { ring.bytes, 1 } },
		  2,
		  1 },
	};
	const uint64_t features[] = { 0, VSCMI_VIRTIO_F_INDIRECT_DESC };

	for (size_t f = 0; f < 2; f++)
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			start(2, features[f]);
			if (vscmi_virtq_driver_add(&driver, cases[i].segments,
						   cases[i].readable, cases[i].writable,
						   NULL) != VSCMI_E_INVALID)
				fail_msg("%s", cases[i].what);
			assert_int_equal(driver.free_count, 2);
			assert_false(vscmi_virtq_driver_publish(&driver));
			assert_int_equal(get(available_index(), 2), 0);
			assert_int_equal(add(1, 1, 0), VSCMI_OK);
		}
}

static void a_chain_is_shorter_than_four_gigabytes(void **state)
{
	const struct vscmi_memory_region vast = { RING_BASE, UINT64_C(1) << 34,
						  ring.bytes };
	const struct vscmi_memory memory = { &vast, 1 };
	struct vscmi_virtq_segment segments[] = { { ring.bytes, 1 },
						  { ring.bytes, UINT32_MAX } };

	start(2, 0);
	driver.memory = &memory;
	assert_int_equal(vscmi_virtq_driver_add(&driver, segments, 1, 1, NULL),
			 VSCMI_E_INVALID);
	segments[1].length--;
	assert_int_equal(vscmi_virtq_driver_add(&driver, segments, 1, 1, NULL), VSCMI_OK);
}

static void every_queue_size_works_round_and_round(void **state)
{
	for (uint32_t size = 1; size <= VSCMI_VIRTQ_SIZE_MAX; size *= 2) {
		uint32_t total = 0;

		start((uint16_t)size, VSCMI_VIRTIO_F_EVENT_IDX);
		while (total < 0x10000 + 2 * size) {
			uint32_t sum = 0;

			for (uint32_t i = 0; i < size; i++)
				assert_int_equal(add(0, 1, i), VSCMI_OK);
			assert_int_equal(add(0, 1, 0), VSCMI_E_BUSY);
			vscmi_virtq_driver_publish(&driver);
			/* In another order than they came. */
			for (uint32_t i = 0; i < size; i++)
				make_used(head_at((uint16_t)(total + (i ^ (size - 1)))),
					  1);
			for (uint32_t i = 0; i < size; i++) {
				assert_true(take());
				sum += (uint32_t)(uintptr_t)back.cookie;
			}
			assert_false(take());
			assert_int_equal(sum,
					 (uint32_t)((uint64_t)size * (size - 1) / 2));
			assert_int_equal(driver.free_count, size);
			total += size;
		}
		assert_int_equal(driver.counters.added, total);
		assert_int_equal(driver.counters.taken, total);
		assert_int_equal(driver.counters.lies, 0);
	}
}

/* A driver whose indexes have come as far as index, with nothing out. */
static void start_at(uint16_t size, uint64_t features, uint16_t index)
{
	start(size, features);
	for (uint16_t i = 0; i != index; i++) {
		assert_int_equal(add(0, 1, 0), VSCMI_OK);
		vscmi_virtq_driver_publish(&driver);
		make_used(head_at(i), 0);
		assert_true(take());
	}
}

static void EVENT_IDX_kicks_exactly_when_the_available_index_passes_the_event(
	void **state)
{
	const uint16_t starts[] = { 0, 1, 5, 0x7fff, 0x8000, 65530, 65533, 65534, 65535 };

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		start_at(8, VSCMI_VIRTIO_F_EVENT_IDX, starts[i]);
		for (uint16_t n = 0; n < 4 * 16; n++) {
			uint16_t batch = (uint16_t)(1 + n / 16),
				 old_index = driver.next_available;
			uint16_t event = (uint16_t)(old_index - 8 + n % 16);

			put(available_event(), 2, event);
			for (uint16_t added = 0; added < batch; added++)
				assert_int_equal(add(0, 1, 0), VSCMI_OK);
			assert_int_equal(
				vscmi_virtq_driver_publish(&driver),
				passes(event, old_index, (uint16_t)(old_index + batch)));
			assert_false(vscmi_virtq_driver_publish(&driver));
			for (uint16_t added = 0; added < batch; added++) {
				make_used(head_at((uint16_t)(old_index + added)), 0);
				assert_true(take());
			}
		}
	}
}

static void EVENT_IDX_asks_for_a_call_with_the_next_buffer_only_once_there_is_none(
	void **state)
{
	start_at(4, VSCMI_VIRTIO_F_EVENT_IDX, 65534);
	assert_false(take());
	assert_int_equal(get(used_event(), 2), 65534);
	for (uintptr_t n = 0; n < 4; n++)
		assert_int_equal(add(0, 1, n), VSCMI_OK);
	vscmi_virtq_driver_publish(&driver);
	for (uint16_t n = 0; n < 3; n++)
		make_used(head_at((uint16_t)(65534 + n)), 1);
	for (uint16_t n = 0; n < 3; n++) {
		assert_true(take());
		assert_int_equal(get(used_event(), 2), 65534);
	}
	assert_false(take());
	assert_int_equal(get(used_event(), 2), 1);

	vscmi_virtq_driver_disable_calls(&driver);
	for (uint16_t batch = 1; batch <= 4; batch++)
		assert_false(
			passes((uint16_t)get(used_event(), 2), 1, (uint16_t)(1 + batch)));
	assert_false(take());
	assert_int_equal(get(used_event(), 2), 0);
	assert_false(vscmi_virtq_driver_enable_calls(&driver));
	assert_int_equal(get(used_event(), 2), 1);
	assert_int_equal(get(available_flags(), 2), 0);
}

static void a_buffer_that_comes_back_while_calls_are_off_is_found_when_they_go_on(
	void **state)
{
	const uint64_t features[] = { 0, VSCMI_VIRTIO_F_EVENT_IDX };

	for (size_t i = 0; i < 2; i++) {
		start(4, features[i]);
		assert_int_equal(add(0, 1, 3), VSCMI_OK);
		vscmi_virtq_driver_publish(&driver);
		vscmi_virtq_driver_disable_calls(&driver);
		make_used(head_at(0), 1);
		assert_true(vscmi_virtq_driver_enable_calls(&driver));
		assert_true(take());
		assert_ptr_equal(back.cookie, cookie(3));
		assert_false(vscmi_virtq_driver_enable_calls(&driver));
	}
}

static void without_EVENT_IDX_flags_say_who_wants_to_be_told(void **state)
{
	start(4, 0);
	assert_int_equal(get(available_flags(), 2), 0);
	vscmi_virtq_driver_disable_calls(&driver);
	assert_int_equal(get(available_flags(), 2), 1);
	vscmi_virtq_driver_enable_calls(&driver);
	assert_int_equal(get(available_flags(), 2), 0);
	assert_int_equal(get(used_event(), 2), 0);

	assert_int_equal(add(0, 1, 0), VSCMI_OK);
	assert_true(vscmi_virtq_driver_publish(&driver));
	put(used_flags(), 2, 1);
	assert_int_equal(add(0, 1, 0), VSCMI_OK);
	assert_false(vscmi_virtq_driver_publish(&driver));
	assert_int_equal(get(available_index(), 2), 2);
}

static void addresses_may_be_the_pointers_themselves(void **state)
{
	const struct vscmi_memory_region all = { (uintptr_t)ring.bytes, GUEST_BYTES,
						 ring.bytes };
	const struct vscmi_memory identity = { &all, 1 };
	struct vscmi_virtq_driver_config config = config_of(4, 0);

	config.memory = &identity;
	assert_int_equal(init(&config), VSCMI_OK);
	assert_int_equal(areas.descriptor_area, (uintptr_t)ring.bytes);
	assert_int_equal(add(0, 1, 0), VSCMI_OK);
	check_descriptor(0, head_at(0), (uintptr_t)ring.bytes + DATA_OFFSET, 1, WRITE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_areas_are_where_the_specification_says),
		cmocka_unit_test(only_possible_rings_are_accepted),
		cmocka_unit_test(a_direct_chain_is_laid_out_as_the_specification_says),
		cmocka_unit_test(an_indirect_chain_is_laid_out_as_the_specification_says),
		cmocka_unit_test(R7_a_command_needs_two_descriptors_or_one_with_a_table),
		cmocka_unit_test(R5_a_writable_buffer_is_one_writable_descriptor),
		cmocka_unit_test(R4_a_buffer_goes_out_again_as_soon_as_it_is_back),
		cmocka_unit_test(what_cannot_be_lent_is_refused_and_changes_nothing),
		cmocka_unit_test(a_chain_is_shorter_than_four_gigabytes),
		cmocka_unit_test(every_queue_size_works_round_and_round),
		cmocka_unit_test(
			EVENT_IDX_kicks_exactly_when_the_available_index_passes_the_event),
		cmocka_unit_test(
			EVENT_IDX_asks_for_a_call_with_the_next_buffer_only_once_there_is_none),
		cmocka_unit_test(
			a_buffer_that_comes_back_while_calls_are_off_is_found_when_they_go_on),
		cmocka_unit_test(without_EVENT_IDX_flags_say_who_wants_to_be_told),
		cmocka_unit_test(addresses_may_be_the_pointers_themselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
