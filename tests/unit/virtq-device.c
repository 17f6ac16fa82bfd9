/* SPDX-License-Identifier: BSD-3-Clause */
/* The device end and its ring: indexes, events and flags, honest and not. */
#include "device_end.h"

static void only_rings_that_are_ours_are_accepted(void **state)
{
	const struct {
		const char *what;
		uint64_t features;
		uint16_t size;
		enum vscmi_error want;
	} cases[] = {
		{ "all features", ALL_FEATURES, 4, VSCMI_OK },
		{ "the least", VSCMI_VIRTIO_F_VERSION_1, 1, VSCMI_OK },
		{ "other bits", ALL_FEATURES | UINT64_C(0xff) << 40 | 3, 4, VSCMI_OK },
		{ "no VERSION_1", VSCMI_VIRTIO_F_EVENT_IDX, 4, VSCMI_E_UNSUPPORTED },
		{ "in order, without slots", ALL_FEATURES | VSCMI_VIRTIO_F_IN_ORDER, 4,
		  VSCMI_E_INVALID },
		{ "no descriptors", ALL_FEATURES, 0, VSCMI_E_INVALID },
		{ "three descriptors", ALL_FEATURES, 3, VSCMI_E_INVALID },
		{ "65535 descriptors", ALL_FEATURES, 65535, VSCMI_E_INVALID },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ring_lay_out(4);
		ring.size = cases[i].size;
		if (init(cases[i].features, 0) != cases[i].want)
			fail_msg("%s", cases[i].what);
	}
}

static void areas_are_aligned_and_inside_the_memory(void **state)
{
	/* Offsets of the descriptors, the available and the used ring of four. */
	const struct {
		const char *what;
		uint64_t descriptors, available, used;
		enum vscmi_error want;
	} cases[] = {
		{ "as they should be", 0, 64, 80, VSCMI_OK },
		{ "in any order", 128, 64, 80, VSCMI_OK },
		{ "misaligned descriptors", 8, 80, 96, VSCMI_E_INVALID },
		{ "a misaligned available ring", 0, 65, 80, VSCMI_E_INVALID },
		{ "a misaligned used ring", 0, 64, 82, VSCMI_E_INVALID },
		{ "the last descriptors", GUEST_BYTES - 64, 0, 16, VSCMI_OK },
		{ "half descriptors", GUEST_BYTES - 48, 0, 16, VSCMI_E_INVALID },
		{ "the last available ring", 0, GUEST_BYTES - 14, 80, VSCMI_OK },
		{ "half an available ring", 0, GUEST_BYTES - 12, 80, VSCMI_E_INVALID },
		{ "the last used ring", 0, 64, GUEST_BYTES - 40, VSCMI_OK },
		{ "half a used ring", 0, 64, GUEST_BYTES - 36, VSCMI_E_INVALID },
		{ "an area below", 0u - RING_BASE, 64, 80, VSCMI_E_INVALID },
		{ "an area that wraps", 0, 64, 0u - RING_BASE - 4, VSCMI_E_INVALID },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct vscmi_virtq_device_config config = {
			.memory = &ring_memory,
			.areas = { RING_BASE + cases[i].descriptors,
				   RING_BASE + cases[i].available,
				   RING_BASE + cases[i].used },
			.features = ALL_FEATURES,
			.queue_size = 4,
		};

		ring_lay_out(4);
		if (vscmi_virtq_device_init(&device, &config) != cases[i].want)
			fail_msg("%s", cases[i].what);
	}
}

/* Round every ring until its indexes have wrapped, full at each turn. */
static void every_queue_size_works_round_and_round(void **state)
{
	for (uint32_t size = 1; size <= VSCMI_VIRTQ_SIZE_MAX; size *= 2) {
		uint32_t total = 0;

		start((uint16_t)size, ALL_FEATURES);
		while (total < 0x10000 + 2 * size) {
			for (uint32_t i = 0; i < size; i++)
				make_sound_chain((uint16_t)(size - 1 - i));
			for (uint32_t i = 0; i < size; i++) {
				assert_true(take());
				assert_int_equal(chain.head, size - 1 - i);
				give_back(i);
			}
			assert_false(take());
			vscmi_virtq_device_publish(&device);
			assert_int_equal(get(used_index(), 2), (uint16_t)(total + size));
			for (uint32_t i = 0; i < size; i++) {
				size_t entry = used_entry((uint16_t)(total + i));

				assert_int_equal(get(entry, 4), size - 1 - i);
				assert_int_equal(get(entry + 4, 4), i);
			}
			total += size;
		}
		assert_int_equal(device.counters.taken, total);
		assert_int_equal(device.counters.given_back, total);
		assert_int_equal(device.counters.malformed, 0);
		assert_false(device.broken);
	}
}

static void D3_a_burst_that_fills_the_ring_is_taken_whole_and_returned_in_any_order(
	void **state)
{
	static struct vscmi_virtq_chain taken[256];

	start(256, ALL_FEATURES);
	for (uint16_t i = 0; i < 256; i++)
		make_sound_chain(i);
	for (uint16_t i = 0; i < 256; i++) {
		assert_true(take());
		taken[i] = chain;
	}
	assert_false(take());
	assert_int_equal(device.in_flight, 256);
	for (uint32_t i = 0; i < 256; i++)
		vscmi_virtq_device_give_back(&device, &taken[i * 77 % 256], i);
	assert_int_equal(get(used_index(), 2), 0);
	assert_true(vscmi_virtq_device_publish(&device));
	assert_int_equal(get(used_index(), 2), 256);
	for (uint16_t i = 0; i < 256; i++) {
		assert_int_equal(get(used_entry(i), 4), i * 77 % 256);
		assert_int_equal(get(used_entry(i) + 4, 4), i);
	}
	assert_int_equal(device.in_flight, 0);
}

static void D15_the_written_length_reaches_the_driver_with_its_head(void **state)
{
	const uint32_t written[] = { 0, 1, 4, 8, 136, UINT32_MAX };

	start(8, ALL_FEATURES);
	for (uint16_t i = 0; i < 6; i++) {
		make_sound_chain((uint16_t)(7 - i));
		assert_true(take());
		give_back(written[i]);
		vscmi_virtq_device_publish(&device);
		assert_int_equal(get(used_index(), 2), i + 1);
		assert_int_equal(get(used_entry(i), 4), 7 - i);
		assert_int_equal(get(used_entry(i) + 4, 4), written[i]);
	}
}

static void D16_a_broken_available_ring_stops_the_queue_for_good(void **state)
{
	const struct {
		const char *what;
		uint16_t taken_before, index, entry;
		bool broken;
	} cases[] = {
		{ "a full ring", 0, 8, 7, false },
		{ "more than the queue has", 0, 9, 7, true },
		{ "an index that went back", 2, 1, 7, true },
		{ "an index far away", 0, 0x8000, 7, true },
		{ "all but what is out", 2, 8, 7, false },
		{ "more than all but what is out", 2, 9, 7, true },
		{ "a head outside the queue", 0, 1, 8, true },
		{ "a head far outside", 0, 1, 0xffff, true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct vscmi_virtq_chain out = { 0 };

		start(8, ALL_FEATURES);
		for (uint16_t n = 0; n < cases[i].taken_before; n++) {
			make_sound_chain(n);
			assert_true(take());
			out = chain;
		}
		for (uint16_t n = cases[i].taken_before; n < 8; n++)
			put(available_entry(n), 2, cases[i].entry);
		put(available_index(), 2, cases[i].index);
		if (take() == cases[i].broken || device.broken != cases[i].broken)
			fail_msg("%s", cases[i].what);
		if (!cases[i].broken)
			continue;
		/* The driver repents: what is out still goes home, nothing new is taken. */
		put(available_index(), 2, cases[i].taken_before + 1u);
		put(available_entry(cases[i].taken_before), 2, 7);
		assert_false(take());
		assert_false(vscmi_virtq_device_enable_kicks(&device));
		if (cases[i].taken_before) {
			vscmi_virtq_device_give_back(&device, &out, 4);
			assert_true(vscmi_virtq_device_publish(&device));
			assert_int_equal(get(used_index(), 2), 1);
		}
		assert_int_equal(init(ALL_FEATURES, cases[i].taken_before), VSCMI_OK);
		assert_true(take());
	}
}

static void a_queue_resumes_from_its_base_at_any_index(void **state)
{
	const uint16_t bases[] = { 0, 1, 7, 8, 255, 65534, 65535 };

	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
		uint16_t base = bases[i];

		start_at(8, ALL_FEATURES, base);
		assert_false(take());
		put(used_event(), 2, (uint16_t)(base + 1));
		make_sound_chain(3);
		make_sound_chain(5);
		assert_true(take());
		assert_int_equal(chain.head, 3);
		give_back(1);
		vscmi_virtq_device_publish(&device);
		assert_int_equal(vscmi_virtq_device_base(&device), (uint16_t)(base + 1));

		/* Stopped here, with a chain waiting; what is available stays so. */
		assert_int_equal(init(ALL_FEATURES, vscmi_virtq_device_base(&device)),
				 VSCMI_OK);
		assert_true(take());
		assert_int_equal(chain.head, 5);
		give_back(2);
		assert_true(vscmi_virtq_device_publish(&device));
		assert_int_equal(get(used_index(), 2), (uint16_t)(base + 2));
		assert_int_equal(get(used_entry(base), 4), 3);
		assert_int_equal(get(used_entry((uint16_t)(base + 1)), 4), 5);
		assert_int_equal(vscmi_virtq_device_base(&device), (uint16_t)(base + 2));
	}
}

static void a_device_before_this_one_leaves_no_suppression_behind(void **state)
{
	const uint64_t features[] = { ALL_FEATURES, VSCMI_VIRTIO_F_VERSION_1 };

	for (size_t i = 0; i < 2; i++) {
		start_at(8, features[i], 20);
		vscmi_virtq_device_disable_kicks(&device);
		put(used_flags(), 2, 1);
		assert_int_equal(init(features[i], 20), VSCMI_OK);
		assert_int_equal(get(used_flags(), 2), 0);
	}
	start_at(8, ALL_FEATURES, 20);
	vscmi_virtq_device_disable_kicks(&device);
	assert_int_not_equal(get(available_event(), 2), 20);
	assert_int_equal(init(ALL_FEATURES, 20), VSCMI_OK);
	assert_int_equal(get(available_event(), 2), 20);
}

/* old_index near the wrap and elsewhere; the event anywhere near it; batches of 1 to 4.
 */
static void EVENT_IDX_calls_exactly_when_the_used_index_passes_the_event(void **state)
{
	const uint16_t starts[] = { 0, 1, 5, 0x7fff, 0x8000, 65530, 65533, 65534, 65535 };

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		for (uint16_t batch = 1; batch <= 4; batch++)
			for (uint16_t shift = 0; shift < 16; shift++) {
				uint16_t old_index = starts[i];
				uint16_t event = (uint16_t)(old_index - 8 + shift);

				start_at(8, ALL_FEATURES, old_index);
				put(used_event(), 2, event);
				for (uint16_t n = 0; n < batch; n++) {
					make_sound_chain(n);
					assert_true(take());
					give_back(0);
				}
				assert_int_equal(vscmi_virtq_device_publish(&device),
						 passes(event, old_index,
							(uint16_t)(old_index + batch)));
				assert_false(vscmi_virtq_device_publish(&device));
			}
}

static void EVENT_IDX_asks_for_a_kick_with_the_next_chain_only_once_there_is_none(
	void **state)
{
	start_at(4, ALL_FEATURES, 65534);
	assert_int_equal(get(available_event(), 2), 65534);
	make_sound_chain(0);
	make_sound_chain(1);
	make_sound_chain(2);
	assert_true(take());
	assert_int_equal(get(available_event(), 2), 65534);
	assert_true(take());
	assert_true(take());
	assert_int_equal(get(available_event(), 2), 65534);
	assert_false(take());
	assert_int_equal(get(available_event(), 2), 1);

	vscmi_virtq_device_disable_kicks(&device);
	for (uint16_t batch = 1; batch <= 4; batch++)
		assert_false(passes((uint16_t)get(available_event(), 2), 1,
				    (uint16_t)(1 + batch)));
	assert_false(take());
	assert_int_equal(get(available_event(), 2), 0);

	assert_false(vscmi_virtq_device_enable_kicks(&device));
	assert_int_equal(get(available_event(), 2), 1);
	assert_int_equal(get(used_flags(), 2), 0);
}

static void a_chain_that_comes_while_kicks_are_off_is_found_when_they_go_on(void **state)
{
	const uint64_t features[] = { ALL_FEATURES, VSCMI_VIRTIO_F_VERSION_1 };

	for (size_t i = 0; i < 2; i++) {
		start(4, features[i]);
		vscmi_virtq_device_disable_kicks(&device);
		make_sound_chain(2);
		assert_true(vscmi_virtq_device_enable_kicks(&device));
		assert_true(take());
		assert_int_equal(chain.head, 2);
		assert_false(vscmi_virtq_device_enable_kicks(&device));
	}
}

static void without_EVENT_IDX_flags_say_who_wants_to_be_told(void **state)
{
	start(4, VSCMI_VIRTIO_F_VERSION_1);
	assert_int_equal(get(used_flags(), 2), 0);
	vscmi_virtq_device_disable_kicks(&device);
	assert_int_equal(get(used_flags(), 2), 1);
	vscmi_virtq_device_enable_kicks(&device);
	assert_int_equal(get(used_flags(), 2), 0);

	make_sound_chain(0);
	assert_true(take());
	give_back(0);
	assert_true(vscmi_virtq_device_publish(&device));
	put(available_flags(), 2, 1);
	make_sound_chain(0);
	assert_true(take());
	give_back(0);
	assert_false(vscmi_virtq_device_publish(&device));
	assert_int_equal(get(used_index(), 2), 2);
	/* Neither event field was negotiated, so neither is touched. */
	assert_int_equal(get(available_event(), 2), 0);
}

static void nothing_new_needs_no_call(void **state)
{
	start(4, VSCMI_VIRTIO_F_VERSION_1);
	assert_false(vscmi_virtq_device_publish(&device));
	make_sound_chain(0);
	assert_true(take());
	assert_false(vscmi_virtq_device_publish(&device));
	give_back(0);
	assert_true(vscmi_virtq_device_publish(&device));
	assert_false(vscmi_virtq_device_publish(&device));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_rings_that_are_ours_are_accepted),
		cmocka_unit_test(areas_are_aligned_and_inside_the_memory),
		cmocka_unit_test(every_queue_size_works_round_and_round),
		cmocka_unit_test(
			D3_a_burst_that_fills_the_ring_is_taken_whole_and_returned_in_any_order),
		cmocka_unit_test(D15_the_written_length_reaches_the_driver_with_its_head),
		cmocka_unit_test(D16_a_broken_available_ring_stops_the_queue_for_good),
		cmocka_unit_test(a_queue_resumes_from_its_base_at_any_index),
		cmocka_unit_test(a_device_before_this_one_leaves_no_suppression_behind),
		cmocka_unit_test(
			EVENT_IDX_calls_exactly_when_the_used_index_passes_the_event),
		cmocka_unit_test(
			EVENT_IDX_asks_for_a_kick_with_the_next_chain_only_once_there_is_none),
		cmocka_unit_test(
			a_chain_that_comes_while_kicks_are_off_is_found_when_they_go_on),
		cmocka_unit_test(without_EVENT_IDX_flags_say_who_wants_to_be_told),
		cmocka_unit_test(nothing_new_needs_no_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
