/* SPDX-License-Identifier: BSD-3-Clause */
/* The device end of a packed ring, before a driver by hand that is honest or not. */
#include "test.h"

#include <vscmi/virtqueue.h>

#include "packed_by_hand.h"

#define FEATURES   (VSCMI_VIRTIO_F_RING_PACKED | VSCMI_VIRTQ_FEATURES)
#define FLAGS_ONLY (VSCMI_VIRTIO_F_RING_PACKED | VSCMI_VIRTIO_F_VERSION_1)
#define SEGMENTS   64u
#define DATA       (RING_BASE + DATA_OFFSET)

static struct vscmi_virtq_device device;
static struct vscmi_virtq_segment readable[SEGMENTS], writable[SEGMENTS];
static struct vscmi_virtq_chain chain;
static struct place used; /* where the device writes what is used */

static enum vscmi_error init(uint64_t features, uint32_t base)
{
	const struct vscmi_virtq_device_config config = {
		.memory = &ring_memory,
		.areas = { RING_BASE, RING_BASE + driver_event(),
			   RING_BASE + device_event() },
		.features = features,
		.queue_size = ring.size,
		.base = base,
	};

	chain.readable = (struct vscmi_virtq_part){ readable, SEGMENTS, 0, 0 };
	chain.writable = (struct vscmi_virtq_part){ writable, SEGMENTS, 0, 0 };
	return vscmi_virtq_device_init(&device, &config);
}

static void start(uint16_t size, uint64_t features)
{
	packed_lay_out(size);
	used = there;
	assert_int_equal(init(features, VSCMI_VIRTQ_PACKED_BASE), VSCMI_OK);
}

static bool take(void)
{
	return vscmi_virtq_device_take(&device, &chain);
}

/* Return the chain, and see that it is where the driver looks, once it is published. */
static void return_chain(uint16_t id, uint32_t written, uint16_t entries)
{
	vscmi_virtq_device_give_back(&device, &chain, written);
	assert_false(is_used_at(used));
	vscmi_virtq_device_publish(&device);
	assert_true(is_used_at(used));
	assert_int_equal(get((size_t)16 * used.position + 12, 2), id);
	assert_int_equal(get((size_t)16 * used.position + 8, 4), written);
	assert_int_equal(!!(packed_flags(used.position) & WRITE), written != 0);
	used = after(used, entries);
}

/* Offer so many readable and then writable descriptors of two bytes. */
static void offer_chain(uint16_t id, uint16_t reads, uint16_t writes)
{
	for (uint16_t i = 0; i < reads + writes; i++)
		packed_offer(DATA + 4u * i, 2, id,
			     (uint16_t)((i < reads ? 0 : WRITE) |
					(i + 1 < reads + writes ? NEXT : 0)));
}

static void chains_of_every_length_start_at_every_position_of_every_ring(void **state)
{
	for (uint16_t size = 1; size <= 9; size++)
		for (uint16_t length = 1; length <= size; length++) {
			start(size, FEATURES);
			for (uint16_t n = 0; n < 4 * size; n++) {
				uint16_t id = n % size,
					 reads = (uint16_t)(n % (length + 1u));

				assert_false(take());
				offer_chain(id, reads, (uint16_t)(length - reads));
				assert_true(take());
				assert_int_equal(chain.defect, VSCMI_VIRTQ_SOUND);
				assert_int_equal(chain.head, id);
				assert_int_equal(chain.readable.count, reads);
				assert_int_equal(chain.writable.count, length - reads);
				assert_int_equal(chain.descriptors, length);
				return_chain(id, n, length);
			}
		}
}

static void the_largest_ring_is_taken_whole(void **state)
{
	start(VSCMI_VIRTQ_SIZE_MAX, FEATURES);
	for (unsigned lap = 0; lap < 3; lap++) {
		for (uint32_t i = 0; i < VSCMI_VIRTQ_SIZE_MAX; i++)
			offer_chain((uint16_t)i, 1, 0);
		for (uint32_t i = 0; i < VSCMI_VIRTQ_SIZE_MAX; i++) {
			assert_true(take());
			assert_int_equal(chain.head, i);
			vscmi_virtq_device_give_back(&device, &chain, 0);
		}
		assert_false(take());
		assert_false(device.broken);
		vscmi_virtq_device_publish(&device);
	}
}

static void D16_a_malformed_packed_chain_is_followed_to_its_end_and_returned(void **state)
{
	const struct {
		const char *what;
		uint64_t features, address;
		uint32_t length;
		uint16_t flags;
		enum vscmi_virtq_defect want;
	} cases[] = {
		{ "an address nowhere", FEATURES, 4, 2, 0, VSCMI_VIRTQ_BAD_ADDRESS },
		{ "2^32 bytes", FEATURES, DATA, UINT32_MAX, 0, VSCMI_VIRTQ_BAD_LENGTH },
		{ "nothing", FEATURES, DATA, 2, 0, VSCMI_VIRTQ_SOUND },
		{ "a table and a next", FEATURES, RING_BASE + TABLE_OFFSET, 16, INDIRECT,
		  VSCMI_VIRTQ_BAD_INDIRECT },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start(5, cases[i].features);
		offer_chain(4, 1, 0);
		assert_true(take());
		return_chain(4, 0, 1);
		/* The second of three is wrong. */
		packed_offer(DATA, 2, 9, NEXT);
		packed_offer(cases[i].address, cases[i].length, 9,
			     (uint16_t)(cases[i].flags | NEXT));
		packed_offer(DATA, 2, 3, WRITE);
		offer_chain(2, 0, 1);
		assert_true(take());
		if (chain.defect != cases[i].want || chain.head != 3)
			fail_msg("%s", cases[i].what);
		return_chain(3, 1, 3);
		assert_true(take());
		assert_int_equal(chain.head, 2);
		assert_int_equal(chain.defect, VSCMI_VIRTQ_SOUND);
		return_chain(2, 2, 1);
	}
}

static void D16_a_packed_chain_may_not_be_readable_after_writable(void **state)
{
	start(4, FEATURES);
	packed_offer(DATA, 2, 0, WRITE | NEXT);
	packed_offer(DATA, 2, 1, 0);
	assert_true(take());
	assert_int_equal(chain.defect, VSCMI_VIRTQ_BAD_ORDER);
	return_chain(1, 0, 2);
}

/* All entries are the chain, without NEXT, at any address. */
static void D14_a_packed_table_is_read_from_its_first_entry_to_its_last(void **state)
{
	for (size_t shift = 0; shift < 16; shift++) {
		size_t table = TABLE_OFFSET + shift;

		start(4, FEATURES);
		put_descriptor(table, 0, DATA, 1, 7, 0);
		put_descriptor(table, 1, DATA + 1, 2, 7, NEXT);
		put_descriptor(table, 2, DATA + 3, 4, 7, WRITE);
		packed_offer(RING_BASE + table, 48, 3, INDIRECT | WRITE);
		assert_true(take());
		assert_int_equal(chain.defect, VSCMI_VIRTQ_SOUND);
		assert_int_equal(chain.readable.bytes, 3);
		assert_int_equal(chain.writable.bytes, 4);
		assert_int_equal(chain.descriptors, 4);
		return_chain(3, 4, 1);
	}
}

static void D16_a_packed_table_is_bounded_and_not_nested(void **state)
{
	const struct {
		const char *what;
		uint64_t features, address;
		uint32_t length;
		uint16_t flags; /* of each entry */
		enum vscmi_virtq_defect want;
	} cases[] = {
		{ "as long as the queue", FEATURES, TABLE_OFFSET, 64, 0,
		  VSCMI_VIRTQ_SOUND },
		{ "longer", FEATURES, TABLE_OFFSET, 80, 0, VSCMI_VIRTQ_TOO_LONG },
		{ "much longer", FEATURES, TABLE_OFFSET, 0x8000, 0,
		  VSCMI_VIRTQ_TOO_LONG },
		{ "empty", FEATURES, TABLE_OFFSET, 0, 0, VSCMI_VIRTQ_BAD_INDIRECT },
		{ "half an entry", FEATURES, TABLE_OFFSET, 24, 0,
		  VSCMI_VIRTQ_BAD_INDIRECT },
		{ "nested", FEATURES, TABLE_OFFSET, 32, INDIRECT,
		  VSCMI_VIRTQ_BAD_INDIRECT },
		{ "not negotiated", FLAGS_ONLY, TABLE_OFFSET, 32, 0,
		  VSCMI_VIRTQ_BAD_INDIRECT },
		{ "outside", FEATURES, GUEST_BYTES - 16, 32, 0, VSCMI_VIRTQ_BAD_ADDRESS },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start(4, cases[i].features);
		for (unsigned n = 0; n < 0x8000 / 16; n++)
			put_descriptor(TABLE_OFFSET, n, DATA, 1, 0, cases[i].flags);
		packed_offer(RING_BASE + cases[i].address, cases[i].length, 1, INDIRECT);
		assert_true(take());
		if (chain.defect != cases[i].want)
			fail_msg("%s: %d", cases[i].what, chain.defect);
		assert_true(chain.descriptors <= 5);
		return_chain(1, 0, 1);
	}
}

/* What is direct counts too, as in a split ring; the descriptor of the table does not. */
static void D16_a_packed_chain_is_no_longer_than_its_queue_in_all(void **state)
{
	for (uint16_t direct = 0; direct < 4; direct++)
		for (uint16_t entries = 1; entries <= 5; entries++) {
			bool fits = direct + entries <= 4;

			start(4, FEATURES);
			for (unsigned n = 0; n < entries; n++)
				put_descriptor(TABLE_OFFSET, n, DATA, 1, 0, 0);
			for (uint16_t n = 0; n < direct; n++)
				packed_offer(DATA, 1, 0, NEXT);
			packed_offer(RING_BASE + TABLE_OFFSET, 16u * entries, 1,
				     INDIRECT);
			assert_true(take());
			assert_int_equal(chain.defect,
					 fits ? VSCMI_VIRTQ_SOUND : VSCMI_VIRTQ_TOO_LONG);
			assert_in_range(chain.descriptors, direct + 1, 5);
			return_chain(1, 0, (uint16_t)(direct + 1));
		}
}

static void D16_a_broken_packed_ring_stops_for_good(void **state)
{
	/* Of a ring of four: so many are out, then the descriptors from there on. */
	const struct {
		const char *what;
		uint16_t out, offered, flags, id;
		bool broken;
	} cases[] = {
		{ "a sound chain", 3, 1, 0, 3, false },
		{ "an id outside", 0, 1, 0, 4, true },
		{ "an id far outside", 0, 1, 0, 0xffff, true },
		{ "a chain without end", 0, 4, NEXT, 0, true },
		{ "a chain into what is out", 2, 2, NEXT, 0, true },
		{ "a chain where all is out", 4, 1, 0, 0, true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start(4, FEATURES);
		for (uint16_t n = 0; n < cases[i].out; n++) {
			offer_chain(n, 1, 0);
			assert_true(take());
		}
		for (uint16_t n = 0; n < cases[i].offered; n++)
			packed_offer(DATA, 1, cases[i].id, cases[i].flags);
		if (take() == cases[i].broken || device.broken != cases[i].broken)
			fail_msg("%s", cases[i].what);
		if (!cases[i].broken)
			continue;
		offer_chain(0, 1, 0);
		assert_false(take());
		assert_false(vscmi_virtq_device_enable_kicks(&device));
	}
}

/* What the driver writes over a chain that is out changes nothing. */
static void a_chain_is_read_once_and_its_place_forgotten(void **state)
{
	start(3, FEATURES);
	offer_chain(2, 1, 1);
	assert_true(take());
	memset(ring.bytes, 0xff, 48);
	assert_int_equal(chain.head, 2);
	vscmi_virtq_device_give_back(&device, &chain, 2);
	vscmi_virtq_device_publish(&device);
	assert_true(is_used_at(used));
	assert_int_equal(get(12, 2), 2);
	assert_false(take());
}

static void a_packed_queue_goes_on_from_its_base_at_any_position(void **state)
{
	for (uint16_t size = 1; size <= 5; size++) {
		start(size, FEATURES);
		for (unsigned n = 0; n < 4u * size; n++) {
			uint32_t base = vscmi_virtq_device_base(&device);

			assert_int_equal(base, index_of(there) | (uint32_t)index_of(used)
									 << 16);
			/* One that comes while the device is away is there after it. */
			offer_chain(0, 0, 1);
			assert_int_equal(init(FEATURES, base), VSCMI_OK);
			assert_true(take());
			return_chain(0, 2, 1);
		}
	}
}

static void a_base_that_cannot_be_is_refused(void **state)
{
	const struct {
		uint32_t base;
		enum vscmi_error want;
	} cases[] = {
		{ 0x80008000, VSCMI_OK },        { 0x80028002, VSCMI_OK },
		{ 0x80008003, VSCMI_OK },        { 0x80020001, VSCMI_OK },
		{ 0x80000000, VSCMI_OK },        { 0x80008004, VSCMI_E_INVALID },
		{ 0x80048000, VSCMI_E_INVALID }, { 0x80028001, VSCMI_E_INVALID },
		{ 0x80000001, VSCMI_E_INVALID }, { 0xffffffff, VSCMI_E_INVALID },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		packed_lay_out(4);
		if (init(FEATURES, cases[i].base) != cases[i].want)
			fail_msg("0x%x", cases[i].base);
	}
}

/* Linux's virtio_uml says 0; a ring that was used and has come round to 0 is another thing. */
static void a_base_of_0_is_that_of_a_fresh_ring_or_of_one_that_came_round(void **state)
{
	packed_lay_out(4);
	used = there;
	assert_int_equal(init(FEATURES, 0), VSCMI_OK);
	offer_chain(1, 1, 0);
	assert_true(take());
	return_chain(1, 0, 1);
	for (uint16_t i = 0; i < 3; i++) {
		offer_chain(1, 1, 0);
		assert_true(take());
		return_chain(1, 0, 1);
	}
	assert_int_equal(vscmi_virtq_device_base(&device), 0);
	assert_int_equal(init(FEATURES, 0), VSCMI_OK);
	assert_false(take());
	offer_chain(2, 1, 0);
	assert_true(take());
	return_chain(2, 0, 1);
}

/* Whether a batch from a place on passes another one: by walking there. */
static bool batch_passes(struct place event, struct place from, uint16_t count)
{
	for (; count; count--, from = after(from, 1))
		if (from.position == event.position && from.wrap == event.wrap)
			return true;
	return false;
}

static void EVENT_IDX_calls_exactly_when_a_used_descriptor_passes_the_event(void **state)
{
	for (uint16_t size = 1; size <= 5; size++)
		for (uint16_t from = 0; from < 2 * size; from++)
			for (uint16_t batch = 1; batch <= size; batch++)
				for (uint16_t event = 0; event < 2 * size; event++) {
					struct place at =
						after((struct place){ 0, true }, event);
					struct place begin;

					start(size, FEATURES);
					for (uint16_t n = 0; n < from; n++) {
						offer_chain(0, 1, 0);
						assert_true(take());
						return_chain(0, 0, 1);
					}
					begin = used;
					put(driver_event(), 2, index_of(at));
					put(driver_event() + 2, 2, 2);
					for (uint16_t n = 0; n < batch; n++) {
						offer_chain(n, 1, 0);
						assert_true(take());
						vscmi_virtq_device_give_back(&device,
									     &chain, 0);
					}
					assert_int_equal(
						vscmi_virtq_device_publish(&device),
						batch_passes(at, begin, batch));
				}
}

static void flags_say_who_wants_to_be_told_of_a_packed_ring(void **state)
{
	const struct {
		uint64_t features;
		uint16_t flags, index;
		bool call;
	} cases[] = {
		{ FLAGS_ONLY, 0, 0, true },    { FLAGS_ONLY, 1, 0, false },
		{ FLAGS_ONLY, 2, 3, true },    { FEATURES, 0, 0, true },
		{ FEATURES, 1, 0, false },     { FEATURES, 3, 0, true },
		{ FEATURES, 2, 0x7fff, true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start(4, cases[i].features);
		put(driver_event(), 2, cases[i].index);
		put(driver_event() + 2, 2, cases[i].flags);
		offer_chain(0, 1, 0);
		assert_true(take());
		vscmi_virtq_device_give_back(&device, &chain, 0);
		assert_int_equal(vscmi_virtq_device_publish(&device), cases[i].call);
		assert_false(vscmi_virtq_device_publish(&device));
	}
	start(4, FLAGS_ONLY);
	assert_int_equal(get(device_event() + 2, 2), 0);
	vscmi_virtq_device_disable_kicks(&device);
	assert_int_equal(get(device_event() + 2, 2), 1);
	offer_chain(0, 1, 0);
	assert_true(vscmi_virtq_device_enable_kicks(&device));
	assert_int_equal(get(device_event() + 2, 2), 0);
}

static void EVENT_IDX_asks_for_a_kick_with_the_next_packed_chain_once_there_is_none(
	void **state)
{
	start(3, FEATURES);
	assert_int_equal(get(device_event(), 4), 0x20000u | index_of(there));
	offer_chain(0, 1, 1);
	assert_true(take());
	assert_int_equal(get(device_event(), 4), 0x28000);
	assert_false(take());
	assert_int_equal(get(device_event(), 4), 0x20000u | index_of(there));
	vscmi_virtq_device_disable_kicks(&device);
	assert_int_equal(get(device_event() + 2, 2), 1);
	assert_false(take());
	assert_int_equal(get(device_event() + 2, 2), 1);
	assert_false(vscmi_virtq_device_enable_kicks(&device));
	assert_int_equal(get(device_event(), 4), 0x20000u | index_of(there));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			chains_of_every_length_start_at_every_position_of_every_ring),
		cmocka_unit_test(the_largest_ring_is_taken_whole),
		cmocka_unit_test(
			D16_a_malformed_packed_chain_is_followed_to_its_end_and_returned),
		cmocka_unit_test(D16_a_packed_chain_may_not_be_readable_after_writable),
		cmocka_unit_test(
			D14_a_packed_table_is_read_from_its_first_entry_to_its_last),
		cmocka_unit_test(D16_a_packed_table_is_bounded_and_not_nested),
		cmocka_unit_test(D16_a_packed_chain_is_no_longer_than_its_queue_in_all),
		cmocka_unit_test(D16_a_broken_packed_ring_stops_for_good),
		cmocka_unit_test(a_chain_is_read_once_and_its_place_forgotten),
		cmocka_unit_test(a_packed_queue_goes_on_from_its_base_at_any_position),
		cmocka_unit_test(a_base_that_cannot_be_is_refused),
		cmocka_unit_test(
			a_base_of_0_is_that_of_a_fresh_ring_or_of_one_that_came_round),
		cmocka_unit_test(
			EVENT_IDX_calls_exactly_when_a_used_descriptor_passes_the_event),
		cmocka_unit_test(flags_say_who_wants_to_be_told_of_a_packed_ring),
		cmocka_unit_test(
			EVENT_IDX_asks_for_a_kick_with_the_next_packed_chain_once_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
