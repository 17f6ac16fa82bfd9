/* SPDX-License-Identifier: BSD-3-Clause */
/* The driver end of a packed ring, before a device by hand that is honest or not. */
#include "test.h"

#include <vscmi/virtqueue.h>

#include "packed_by_hand.h"

#define PACKED        VSCMI_VIRTIO_F_RING_PACKED
#define EVENTS        VSCMI_VIRTIO_F_EVENT_IDX
#define TABLES        VSCMI_VIRTIO_F_INDIRECT_DESC
#define TABLE_ENTRIES 4u
#define SIZE_LIMIT    16u

static struct vscmi_virtq_driver driver;
static struct vscmi_virtq_slot slots[VSCMI_VIRTQ_SIZE_MAX];
static struct vscmi_virtq_returned back;
static struct place added; /* where the driver writes next */

static void start(uint16_t size, uint64_t features)
{
	struct vscmi_virtq_areas areas;

	packed_lay_out(size);
	added = there;
	assert_int_equal(
		vscmi_virtq_driver_init(
			&driver,
			&(struct vscmi_virtq_driver_config){
				.memory = &ring_memory,
				.ring = ring.bytes,
				.tables = ring.bytes + TABLE_OFFSET,
				.slots = slots + VSCMI_VIRTQ_SIZE_MAX - size,
				.features = features | PACKED | VSCMI_VIRTIO_F_VERSION_1,
				.queue_size = size,
				.table_entries = TABLE_ENTRIES,
			},
			&areas),
		VSCMI_OK);
	assert_int_equal(areas.descriptor_area, RING_BASE);
	assert_int_equal(areas.driver_area, RING_BASE + driver_event());
	assert_int_equal(areas.device_area, RING_BASE + device_event());
}

/* Segments of a byte each, one behind the other. */
static enum vscmi_error add(uint16_t reads, uint16_t writes, uintptr_t number)
{
	struct vscmi_virtq_segment segments[SIZE_LIMIT];

	for (uint16_t i = 0; i < reads + writes; i++)
		segments[i] =
			(struct vscmi_virtq_segment){ ring.bytes + DATA_OFFSET + i, 1 };
	return vscmi_virtq_driver_add(&driver, segments, reads, writes, (void *)number);
}

static bool take(void)
{
	return vscmi_virtq_driver_take(&driver, &back);
}

static uint16_t id_at(uint16_t position)
{
	return (uint16_t)get((size_t)16 * position + 12, 2);
}

/* Return the next chain as an honest device does. */
static void use_next(uint16_t count)
{
	uint16_t last = after(there, (uint16_t)(count - 1)).position;

	packed_use(id_at(last), 1, WRITE, count);
}

static void chains_of_every_length_are_laid_out_at_every_position(void **state)
{
	for (uint16_t size = 1; size <= 9; size++)
		for (uint16_t length = 1; length <= size; length++) {
			start(size, EVENTS);
			for (uint16_t n = 0; n < 4 * size; n++) {
				uint16_t reads = (uint16_t)(n % (length + 1u));
				struct place place = added;

				assert_int_equal(
					add(reads, (uint16_t)(length - reads), n),
					VSCMI_OK);
				assert_false(is_available_at(added));
				vscmi_virtq_driver_publish(&driver);
				for (uint16_t i = 0; i < length; i++) {
					uint16_t flags = packed_flags(place.position);

					assert_true(is_available_at(place));
					assert_int_equal(!!(flags & NEXT),
							 i + 1 < length);
					assert_int_equal(!!(flags & WRITE), i >= reads);
					assert_int_equal(get(16u * place.position, 8),
							 RING_BASE + DATA_OFFSET + i);
					assert_int_equal(get(16u * place.position + 8, 4),
							 1);
					place = after(place, 1);
				}
				added = place;
				assert_false(take());
				use_next(length);
				assert_true(take());
				assert_ptr_equal(back.cookie, (void *)(uintptr_t)n);
				assert_int_equal(driver.free_count, size);
			}
		}
}

static void R7_a_packed_command_needs_two_descriptors_or_one_with_a_table(void **state)
{
	start(3, TABLES);
	for (uintptr_t i = 0; i < 3; i++)
		assert_int_equal(add(1, 1, i), VSCMI_OK);
	assert_int_equal(add(1, 1, 3), VSCMI_E_BUSY);
	vscmi_virtq_driver_publish(&driver);
	for (uint16_t i = 0; i < 3; i++) {
		size_t table = (size_t)(get(16u * i, 8) - RING_BASE);

		assert_int_equal(packed_flags(i) & (NEXT | WRITE | INDIRECT), INDIRECT);
		assert_int_equal(get(16u * i + 8, 4), 32);
		assert_int_equal(get(table + 14, 2), 0);
		assert_int_equal(get(table + 16 + 14, 2), WRITE);
	}
	start(3, 0);
	assert_int_equal(add(1, 1, 0), VSCMI_OK);
	assert_int_equal(add(1, 1, 1), VSCMI_E_BUSY);
	assert_int_equal(add(0, 1, 1), VSCMI_OK);
}

/* In the order of their return, whatever they are long. */
static void chains_come_back_in_any_order(void **state)
{
	start(7, 0);
	for (unsigned lap = 0; lap < 20; lap++) {
		uint16_t ids[3];

		for (uint16_t i = 0; i < 3; i++) {
			assert_int_equal(add(i + 1u == 3 ? 3 : 1, (uint16_t)(i == 1), i),
					 VSCMI_OK);
			added = after(added, (uint16_t)(i + 1));
			vscmi_virtq_driver_publish(&driver);
			ids[i] = id_at(
				after(added, (uint16_t)(2u * ring.size - 1)).position);
		}
		packed_use(ids[2], 0, 0, 3);
		packed_use(ids[0], 0, 0, 1);
		packed_use(ids[1], 1, WRITE, 2);
		for (uintptr_t i = 0; i < 3; i++) {
			assert_true(take());
			assert_ptr_equal(back.cookie, (void *)((i + 2) % 3));
		}
		assert_false(take());
		assert_int_equal(driver.free_count, 7);
	}
}

static void R9_a_packed_id_that_is_not_out_breaks_the_queue(void **state)
{
	/* Of a ring of 8: chains of two have ids 0, 1 and 2; 2 is back, and 0 was not shown. */
	const struct {
		const char *what;
		uint16_t id;
		bool broken;
	} cases[] = {
		{ "one that is out", 0, false },    { "another", 1, false },
		{ "one that is back", 2, true },    { "one that never was", 5, true },
		{ "one behind the ring", 8, true }, { "all ones", 0xffff, true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		void *lost;

		start(8, 0);
		for (uintptr_t n = 0; n < 3; n++)
			assert_int_equal(add(1, 1, n), VSCMI_OK);
		vscmi_virtq_driver_publish(&driver);
		packed_use(2, 1, WRITE, 2);
		assert_true(take());
		packed_use(cases[i].id, 1, WRITE, 2);
		if (take() == cases[i].broken || driver.broken != cases[i].broken ||
		    driver.counters.lies != cases[i].broken)
			fail_msg("%s", cases[i].what);
		if (!cases[i].broken)
			continue;
		assert_false(take());
		assert_int_equal(add(1, 1, 9), VSCMI_E_BROKEN);
		assert_true(vscmi_virtq_driver_detach(&driver, &lost));
		assert_true(vscmi_virtq_driver_detach(&driver, &lost));
		assert_false(vscmi_virtq_driver_detach(&driver, &lost));
		assert_int_equal(driver.free_count, 8);
	}
}

static void R9_what_was_not_shown_does_not_come_back_from_a_packed_ring(void **state)
{
	start(8, 0);
	assert_int_equal(add(1, 1, 0), VSCMI_OK);
	packed_use(0, 1, WRITE, 2);
	assert_false(take());
	assert_true(driver.broken);

	/* One that is longer than all that was shown. */
	start(8, 0);
	assert_int_equal(add(0, 1, 0), VSCMI_OK);
	vscmi_virtq_driver_publish(&driver);
	assert_int_equal(add(1, 1, 1), VSCMI_OK);
	packed_use(1, 1, WRITE, 2);
	assert_false(take());
	assert_true(driver.broken);
}

static void R9_the_written_length_of_a_packed_ring_is_clamped_to_what_was_lent(
	void **state)
{
	const struct {
		uint32_t said;
		uint16_t flags;
		uint32_t want;
		uint64_t lies;
	} cases[] = {
		{ 0, 0, 0, 0 },
		{ 3, WRITE, 3, 0 },
		{ 4, WRITE, 3, 1 },
		/* Without WRITE it has no meaning. */
		{ UINT32_MAX, 0, 0, 0 },
		{ UINT32_MAX, WRITE, 3, 1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start(8, TABLES);
		assert_int_equal(add(1, 3, 5), VSCMI_OK);
		vscmi_virtq_driver_publish(&driver);
		packed_use(id_at(0), cases[i].said, cases[i].flags, 1);
		assert_true(take());
		assert_int_equal(back.written, cases[i].want);
		assert_int_equal(driver.counters.lies, cases[i].lies);
	}
}

static void R9_what_the_device_writes_over_a_packed_ring_is_not_believed(void **state)
{
	start(8, 0);
	assert_int_equal(add(2, 3, 4), VSCMI_OK);
	assert_int_equal(add(1, 1, 5), VSCMI_OK);
	vscmi_virtq_driver_publish(&driver);
	memset(ring.bytes, 0x7f, 16u * 8); /* neither available nor used */
	packed_use(1, 1, WRITE, 2);
	packed_use(0, 3, WRITE, 5);
	assert_true(take());
	assert_ptr_equal(back.cookie, (void *)5);
	assert_true(take());
	assert_ptr_equal(back.cookie, (void *)4);
	assert_int_equal(driver.free_count, 8);
}

/* Nothing of it may look available when what is behind it is shown. */
static void what_is_refused_leaves_nothing_in_a_packed_ring(void **state)
{
	uint8_t elsewhere[4];
	const struct vscmi_virtq_segment segments[] = {
		{ ring.bytes, 1 }, { ring.bytes, 1 }, { ring.bytes, 1 }, { elsewhere, 1 }
	};

	for (uint16_t laps = 0; laps < 3; laps++)
		for (uint16_t shown = 0; shown < 2; shown++) {
			start(4, 0);
			for (uint16_t n = 0; n < 4 * laps; n++) {
				assert_int_equal(add(1, 0, 0), VSCMI_OK);
				vscmi_virtq_driver_publish(&driver);
				added = after(added, 1);
				use_next(1);
				assert_true(take());
			}
			assert_int_equal(
				vscmi_virtq_driver_add(&driver, segments, 2, 2, NULL),
				VSCMI_E_INVALID);
			assert_int_equal(driver.free_count, 4);
			assert_false(vscmi_virtq_driver_publish(&driver));
			assert_int_equal(add(1, 0, 0), VSCMI_OK);
			vscmi_virtq_driver_publish(&driver);
			assert_true(is_available_at(added));
			for (uint16_t n = 1; n < 4; n++)
				assert_false(is_available_at(after(added, n)));
		}
}

static bool batch_passes(struct place event, struct place from, uint16_t count)
{
	for (; count; count--, from = after(from, 1))
		if (from.position == event.position && from.wrap == event.wrap)
			return true;
	return false;
}

static void EVENT_IDX_kicks_exactly_when_an_available_descriptor_passes_the_event(
	void **state)
{
	for (uint16_t size = 1; size <= 5; size++)
		for (uint16_t from = 0; from < 2 * size; from++)
			for (uint16_t batch = 1; batch <= size; batch++)
				for (uint16_t event = 0; event < 2 * size; event++) {
					struct place at =
						after((struct place){ 0, true }, event);

					start(size, EVENTS);
					for (uint16_t n = 0; n < from; n++) {
						assert_int_equal(add(1, 0, 0), VSCMI_OK);
						vscmi_virtq_driver_publish(&driver);
						added = after(added, 1);
						use_next(1);
						assert_true(take());
					}
					put(device_event(), 2, index_of(at));
					put(device_event() + 2, 2, 2);
					for (uint16_t n = 0; n < batch; n++)
						assert_int_equal(add(1, 0, n), VSCMI_OK);
					assert_int_equal(
						vscmi_virtq_driver_publish(&driver),
						batch_passes(at, added, batch));
				}
}

static void EVENT_IDX_asks_for_a_call_with_the_next_packed_buffer_once_there_is_none(
	void **state)
{
	start(3, EVENTS);
	assert_int_equal(add(1, 1, 0), VSCMI_OK);
	vscmi_virtq_driver_publish(&driver);
	assert_false(take());
	assert_int_equal(get(driver_event(), 4), 0x28000);
	use_next(2);
	assert_true(take());
	assert_int_equal(get(driver_event(), 4), 0x28000);
	assert_false(take());
	assert_int_equal(get(driver_event(), 4), 0x28002);
	vscmi_virtq_driver_disable_calls(&driver);
	assert_int_equal(get(driver_event() + 2, 2), 1);
	assert_false(take());
	assert_int_equal(get(driver_event() + 2, 2), 1);
	assert_false(vscmi_virtq_driver_enable_calls(&driver));
	assert_int_equal(get(driver_event(), 4), 0x28002);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_of_every_length_are_laid_out_at_every_position),
		cmocka_unit_test(
			R7_a_packed_command_needs_two_descriptors_or_one_with_a_table),
		cmocka_unit_test(chains_come_back_in_any_order),
		cmocka_unit_test(R9_a_packed_id_that_is_not_out_breaks_the_queue),
		cmocka_unit_test(
			R9_what_was_not_shown_does_not_come_back_from_a_packed_ring),
		cmocka_unit_test(
			R9_the_written_length_of_a_packed_ring_is_clamped_to_what_was_lent),
		cmocka_unit_test(
			R9_what_the_device_writes_over_a_packed_ring_is_not_believed),
		cmocka_unit_test(what_is_refused_leaves_nothing_in_a_packed_ring),
		cmocka_unit_test(
			EVENT_IDX_kicks_exactly_when_an_available_descriptor_passes_the_event),
		cmocka_unit_test(
			EVENT_IDX_asks_for_a_call_with_the_next_packed_buffer_once_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
