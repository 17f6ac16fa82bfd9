/* SPDX-License-Identifier: BSD-3-Clause */
/* IN_ORDER at both ends of one ring, of either format. */
#include "test.h"

#include <vscmi/virtqueue.h>

#include "packed_by_hand.h"

#define SIZE 8u

static struct vscmi_virtq_driver driver;
static struct vscmi_virtq_device device;
static struct vscmi_virtq_slot slots[SIZE];
static struct vscmi_virtq_device_slot device_slots[SIZE];
static struct vscmi_virtq_segment segments[SIZE];
static struct vscmi_virtq_chain chains[SIZE];
static struct vscmi_virtq_returned back;

static const struct format {
	const char *name;
	uint64_t feature;
	uint32_t base;
} formats[] = {
	{ "split", 0, 0 },
	{ "packed", VSCMI_VIRTIO_F_RING_PACKED, VSCMI_VIRTQ_PACKED_BASE },
};

static enum vscmi_error init_device(const struct format *format, uint32_t base,
				    const struct vscmi_virtq_areas *areas)
{
	return vscmi_virtq_device_init(
		&device, &(struct vscmi_virtq_device_config){
				 .memory = &ring_memory,
				 .areas = *areas,
				 .slots = device_slots,
				 .features = format->feature | VSCMI_VIRTIO_F_VERSION_1 |
					     VSCMI_VIRTIO_F_IN_ORDER,
				 .queue_size = SIZE,
				 .base = base,
			 });
}

/* Both ends, with count buffers of four bytes taken by the device. */
static struct vscmi_virtq_areas start(const struct format *format, uint16_t count)
{
	struct vscmi_virtq_areas areas;

	packed_lay_out(SIZE);
	ring_lay_out(SIZE);
	assert_int_equal(
		vscmi_virtq_driver_init(&driver,
					&(struct vscmi_virtq_driver_config){
						.memory = &ring_memory,
						.ring = ring.bytes,
						.slots = slots,
						.features = format->feature |
							    VSCMI_VIRTIO_F_VERSION_1 |
							    VSCMI_VIRTIO_F_IN_ORDER,
						.queue_size = SIZE,
					},
					&areas),
		VSCMI_OK);
	assert_int_equal(init_device(format, format->base, &areas), VSCMI_OK);
	for (uintptr_t i = 0; i < count; i++) {
		const struct vscmi_virtq_segment segment = { ring.bytes + DATA_OFFSET,
							     4 };

		assert_int_equal(
			vscmi_virtq_driver_add(&driver, &segment, 0, 1, (void *)i),
			VSCMI_OK);
		vscmi_virtq_driver_publish(&driver);
		chains[i].writable = (struct vscmi_virtq_part){ &segments[i], 1, 0, 0 };
		assert_true(vscmi_virtq_device_take(&device, &chains[i]));
	}
	return areas;
}

static void assert_back(uintptr_t number, uint32_t written)
{
	assert_true(vscmi_virtq_driver_take(&driver, &back));
	assert_ptr_equal(back.cookie, (void *)number);
	assert_int_equal(back.written, written);
}

static void give_back(uint16_t number)
{
	vscmi_virtq_device_give_back(&device, &chains[number], number);
	vscmi_virtq_device_publish(&device);
}

static void what_is_done_waits_for_what_was_taken_before_it(void **state)
{
	for (size_t f = 0; f < 2; f++) {
		start(&formats[f], 4);
		give_back(2);
		give_back(1);
		assert_false(vscmi_virtq_driver_take(&driver, &back));
		assert_int_equal(device.in_flight, 2);
		give_back(0);
		for (uint16_t i = 0; i < 3; i++)
			assert_back(i, i);
		assert_false(vscmi_virtq_driver_take(&driver, &back));
		give_back(3);
		assert_back(3, 3);
		assert_int_equal(driver.free_count, SIZE);
	}
}

static void a_chain_that_is_lost_comes_back_empty_in_its_turn(void **state)
{
	for (size_t f = 0; f < 2; f++) {
		start(&formats[f], 3);
		give_back(2);
		vscmi_virtq_device_lose(&device, &chains[1]);
		give_back(0);
		assert_back(0, 0);
		assert_back(1, 0);
		assert_back(2, 2);
		assert_int_equal(device.in_flight, 0);
	}
}

/* A device that says it once for all: those before the last one are full. */
static void one_used_entry_may_stand_for_several_chains(void **state)
{
	start(&formats[0], 4);
	put(used_entry(0), 4, 2);
	put(used_entry(0) + 4, 4, 1);
	put(used_index(), 2, 3);
	assert_back(0, 4);
	assert_back(1, 4);
	assert_back(2, 1);
	assert_false(vscmi_virtq_driver_take(&driver, &back));
	put(used_entry(3), 4, 3);
	put(used_entry(3) + 4, 4, 2);
	put(used_index(), 2, 4);
	assert_back(3, 2);

	start(&formats[1], 4);
	packed_use(2, 1, WRITE, 3);
	assert_back(0, 4);
	assert_back(1, 4);
	assert_back(2, 1);
	assert_false(vscmi_virtq_driver_take(&driver, &back));
	packed_use(3, 2, WRITE, 1);
	assert_back(3, 2);
	assert_int_equal(driver.free_count, SIZE);
}

static void R9_an_entry_for_more_chains_than_are_used_breaks_the_queue(void **state)
{
	start(&formats[0], 4);
	put(used_entry(0), 4, 2);
	put(used_index(), 2, 2);
	assert_back(0, 4);
	assert_back(1, 4);
	assert_false(vscmi_virtq_driver_take(&driver, &back));
	assert_true(driver.broken);

	/* A chain that is not out, and one that goes back in time. */
	for (uint16_t id = 4; id < SIZE + 2; id++) {
		start(&formats[1], 4);
		packed_use(id, 1, WRITE, 1);
		assert_false(vscmi_virtq_driver_take(&driver, &back));
		assert_true(driver.broken);
	}
}

static void a_device_does_not_go_on_where_chains_are_missing(void **state)
{
	for (size_t f = 0; f < 2; f++) {
		struct vscmi_virtq_areas areas = start(&formats[f], 2);

		assert_int_equal(init_device(&formats[f],
					     vscmi_virtq_device_base(&device), &areas),
				 VSCMI_E_INVALID);
		give_back(0);
		give_back(1);
		assert_int_equal(init_device(&formats[f],
					     vscmi_virtq_device_base(&device), &areas),
				 VSCMI_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_done_waits_for_what_was_taken_before_it),
		cmocka_unit_test(a_chain_that_is_lost_comes_back_empty_in_its_turn),
		cmocka_unit_test(one_used_entry_may_stand_for_several_chains),
		cmocka_unit_test(
			R9_an_entry_for_more_chains_than_are_used_breaks_the_queue),
		cmocka_unit_test(a_device_does_not_go_on_where_chains_are_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
