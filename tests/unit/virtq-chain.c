/* SPDX-License-Identifier: BSD-3-Clause */
/* The device end and chains: any cut of a sound one, every kind of malformed one. */
#include "device_end.h"

/*
 * Splits: bit i of a mask cuts the bytes of a part behind byte i. Each piece lies by
 * itself, with a byte on either side that nobody may touch.
 */
#define PART_BYTES 6u
#define SPLITS     (1u << (PART_BYTES - 1))
#define GUARD      0xee

struct layout {
	size_t offset[2 * PART_BYTES]; /* of each byte, in guest memory */
	struct {
		size_t offset;
		uint16_t length, flags;
	} pieces[2 * PART_BYTES];
	uint16_t count;
};

static void lay_out_part(struct layout *layout, unsigned split, uint16_t flags,
			 size_t *offset)
{
	size_t *byte_offset = layout->offset + (flags & WRITE ? PART_BYTES : 0);

	for (unsigned i = 0; i < PART_BYTES; i++) {
		if (i == 0 || split & 1u << (i - 1)) {
			*offset += 2;
			layout->pieces[layout->count].offset = *offset;
			layout->pieces[layout->count].length = 0;
			layout->pieces[layout->count++].flags = flags;
		}
		layout->pieces[layout->count - 1].length++;
		byte_offset[i] = (*offset)++;
	}
}

/*
 * Write the chain of a layout: the first direct_count pieces into the ring, the rest into
 * an indirect table. The ring's descriptors go backwards.
 */
static void write_chain(const struct layout *layout, uint16_t direct_count)
{
	uint16_t count = layout->count, head = 15, index = head;

	for (uint16_t i = 0; i < direct_count; i++, index--)
		put_descriptor(
			0, index, RING_BASE + layout->pieces[i].offset,
			layout->pieces[i].length,
			(uint16_t)(layout->pieces[i].flags | (i + 1 < count ? NEXT : 0)),
			(uint16_t)(index - 1));
	if (direct_count < count)
		put_descriptor(0, index, RING_BASE + TABLE_OFFSET,
			       (count - direct_count) * 16u, INDIRECT, 0);
	for (uint16_t i = direct_count; i < count; i++)
		put_descriptor(
			TABLE_OFFSET, (uint16_t)(i - direct_count),
			RING_BASE + layout->pieces[i].offset, layout->pieces[i].length,
			(uint16_t)(layout->pieces[i].flags | (i + 1 < count ? NEXT : 0)),
			(uint16_t)(i - direct_count + 1));
	make_available(head);
}

static void check_split(unsigned read_split, unsigned write_split, uint16_t direct_count)
{
	const uint8_t request[PART_BYTES] = "please", reply[PART_BYTES] = "answer";
	uint8_t got[PART_BYTES + 1];
	struct layout layout = { .count = 0 };
	size_t offset = DATA_OFFSET;

	lay_out_part(&layout, read_split, 0, &offset);
	lay_out_part(&layout, write_split, WRITE, &offset);
	memset(ring.bytes + DATA_OFFSET, GUARD, offset + 2 - DATA_OFFSET);
	for (unsigned i = 0; i < PART_BYTES; i++)
		ring.bytes[layout.offset[i]] = request[i];
	if (direct_count > layout.count)
		direct_count = layout.count;
	write_chain(&layout, direct_count);

	assert_true(take());
	assert_int_equal(chain.defect, VSCMI_VIRTQ_SOUND);
	assert_int_equal(chain.readable.count + chain.writable.count, layout.count);
	assert_int_equal(chain.readable.bytes, PART_BYTES);
	assert_int_equal(chain.writable.bytes, PART_BYTES);
	assert_int_equal(vscmi_virtq_read(&chain.readable, got, sizeof got), PART_BYTES);
	assert_memory_equal(got, request, PART_BYTES);
	assert_int_equal(vscmi_virtq_write(&chain.writable, reply, PART_BYTES),
			 PART_BYTES);
	give_back(PART_BYTES);
	vscmi_virtq_device_publish(&device);
	for (unsigned i = 0; i < PART_BYTES; i++) {
		assert_int_equal(ring.bytes[layout.offset[i]], request[i]);
		assert_int_equal(ring.bytes[layout.offset[PART_BYTES + i]], reply[i]);
		ring.bytes[layout.offset[i]] = GUARD;
		ring.bytes[layout.offset[PART_BYTES + i]] = GUARD;
	}
	for (size_t at = DATA_OFFSET; at < offset + 2; at++)
		assert_int_equal(ring.bytes[at], GUARD);
}

/* direct_count: 12 puts every piece into the ring, 0 every piece into a table. */
static void check_all_splits(uint16_t direct_count)
{
	start(16, ALL_FEATURES);
	for (unsigned read_split = 0; read_split < SPLITS; read_split++)
		for (unsigned write_split = 0; write_split < SPLITS; write_split++)
			check_split(read_split, write_split, direct_count);
}

static void D14_any_split_of_readable_and_writable_bytes_works_in_a_direct_chain(
	void **state)
{
	check_all_splits(2 * PART_BYTES);
}

static void D14_any_split_of_readable_and_writable_bytes_works_in_an_indirect_table(
	void **state)
{
	check_all_splits(0);
}

static void D14_any_split_works_across_direct_descriptors_and_a_table_behind_them(
	void **state)
{
	for (uint16_t direct_count = 1; direct_count < 2 * PART_BYTES; direct_count++)
		check_all_splits(direct_count);
}

static void D14_an_indirect_table_may_lie_at_any_address_and_in_any_order(void **state)
{
	for (size_t shift = 0; shift < 16; shift++) {
		size_t table = TABLE_OFFSET + shift;

		start(4, ALL_FEATURES);
		put_descriptor(table, 0, data(0), 1, NEXT, 2);
		put_descriptor(table, 2, data(1), 2, NEXT, 1);
		put_descriptor(table, 1, data(3), 4, WRITE, 0);
		/* WRITE says nothing about a table: virtio 1.2, 2.7.5.3.2. */
		put_descriptor(0, 3, RING_BASE + table, 48, INDIRECT | WRITE, 0);
		make_available(3);
		assert_true(take());
		assert_int_equal(chain.defect, VSCMI_VIRTQ_SOUND);
		assert_int_equal(chain.readable.bytes, 3);
		assert_int_equal(chain.writable.bytes, 4);
	}
}

static void D14_empty_descriptors_change_nothing(void **state)
{
	start(8, ALL_FEATURES);
	put_descriptor(0, 0, 0, 0, NEXT, 1);
	put_descriptor(0, 1, data(0), 2, NEXT, 2);
	put_descriptor(0, 2, UINT64_MAX, 0, NEXT, 3);
	put_descriptor(0, 3, data(2), 2, NEXT, 4);
	put_descriptor(0, 4, UINT64_MAX, 0, WRITE | NEXT, 5);
	put_descriptor(0, 5, data(4), 8, WRITE, 0);
	make_available(0);
	assert_true(take());
	assert_int_equal(chain.defect, VSCMI_VIRTQ_SOUND);
	assert_int_equal(chain.readable.count, 2);
	assert_int_equal(chain.readable.bytes, 4);
	assert_int_equal(chain.writable.count, 1);
	assert_int_equal(chain.writable.bytes, 8);
}

static void D14_a_descriptor_may_lie_across_regions_that_meet(void **state)
{
	/* Three regions that meet; in our memory they are apart and in reverse. */
	static uint8_t bytes[48];
	const struct vscmi_memory_region regions[] = {
		{ 0x1000, 16, bytes + 32 },
		{ 0x1010, 4, bytes + 20 },
		{ 0x1014, 12, bytes },
		{ RING_BASE, GUEST_BYTES, ring.bytes },
	};
	const struct vscmi_memory memory = { regions, 4 };
	uint8_t got[24];

	start(4, ALL_FEATURES);
	device.memory = &memory;
	for (uint8_t i = 0; i < 16; i++)
		bytes[32 + i] = i;
	for (uint8_t i = 0; i < 4; i++)
		bytes[20 + i] = (uint8_t)(16 + i);
	for (uint8_t i = 0; i < 12; i++)
		bytes[i] = (uint8_t)(20 + i);
	put_descriptor(0, 0, 0x1002, 24, NEXT, 1);
	put_descriptor(0, 1, 0x1012, 14, WRITE, 0);
	make_available(0);
	assert_true(take());
	assert_int_equal(chain.defect, VSCMI_VIRTQ_SOUND);
	assert_int_equal(chain.readable.count, 3);
	assert_int_equal(chain.writable.count, 2);
	assert_int_equal(vscmi_virtq_read(&chain.readable, got, 24), 24);
	for (uint8_t i = 0; i < 24; i++)
		assert_int_equal(got[i], i + 2);
	assert_int_equal(vscmi_virtq_write(&chain.writable, "abcdefghijklmn", 14), 14);
	assert_memory_equal(bytes + 22, "ab", 2);
	assert_memory_equal(bytes, "cdefghijklmn", 12);
}

static void D14_a_descriptor_may_end_with_the_address_space_and_not_go_round(void **state)
{
	static uint8_t first[16], last[16];
	const struct vscmi_memory_region regions[] = {
		{ 0, sizeof first, first },
		{ UINT64_MAX - 15, sizeof last, last },
	};
	const struct vscmi_memory memory = { regions, 2 };

	start(4, ALL_FEATURES);
	device.memory = &memory;
	put_descriptor(0, 0, UINT64_MAX - 15, 16, 0, 0);
	put_descriptor(0, 1, UINT64_MAX - 15, 17, 0, 0);
	make_available(0);
	make_available(1);
	assert_true(take());
	assert_int_equal(chain.defect, VSCMI_VIRTQ_SOUND);
	assert_int_equal(chain.readable.bytes, 16);
	assert_true(take());
	assert_int_equal(chain.defect, VSCMI_VIRTQ_BAD_ADDRESS);
}

static void reading_and_writing_stop_at_the_shorter_side(void **state)
{
	uint8_t bytes[8] = { 0 };

	start(4, ALL_FEATURES);
	memcpy(ring.bytes + DATA_OFFSET, "abcd", 4);
	put_descriptor(0, 0, data(0), 1, NEXT, 1);
	put_descriptor(0, 1, data(1), 3, NEXT, 2);
	put_descriptor(0, 2, data(16), 2, WRITE | NEXT, 3);
	put_descriptor(0, 3, data(18), 3, WRITE, 0);
	make_available(0);
	assert_true(take());
	assert_int_equal(vscmi_virtq_read(&chain.readable, bytes, 0), 0);
	assert_int_equal(vscmi_virtq_read(&chain.readable, bytes, 2), 2);
	assert_memory_equal(bytes, "ab\0", 3);
	assert_int_equal(vscmi_virtq_read(&chain.readable, bytes, 8), 4);
	assert_memory_equal(bytes, "abcd\0", 5);
	assert_int_equal(vscmi_virtq_write(&chain.writable, "12345678", 3), 3);
	assert_memory_equal(ring.bytes + DATA_OFFSET + 16, "123\0", 4);
	assert_int_equal(vscmi_virtq_write(&chain.writable, "12345678", 8), 5);
	assert_memory_equal(ring.bytes + DATA_OFFSET + 16, "12345\0", 6);
}

/* One descriptor as a row of a table; in is the table it is in, 0 the ring's own. */
struct row {
	uint8_t in;
	uint16_t index;
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

#define DATA_ADDRESS  (RING_BASE + DATA_OFFSET)
#define TABLE_ADDRESS (RING_BASE + TABLE_OFFSET)
#define OUTSIDE       (RING_BASE + GUEST_BYTES)

/* The head is descriptor 0 of a ring of 8. */
static const struct {
	const char *what;
	enum vscmi_virtq_defect want;
	uint32_t readable_bytes, writable_bytes; /* what came before the defect */
	struct row rows[10];
} malformed[] = {
	{ "an index outside the ring",
	  VSCMI_VIRTQ_BAD_INDEX,
	  4,
	  0,
	  { { 0, 0, DATA_ADDRESS, 4, NEXT, 8 } } },
	{ "an index outside a table",
	  VSCMI_VIRTQ_BAD_INDEX,
	  4,
	  2,
	  { { 0, 0, TABLE_ADDRESS, 32, INDIRECT, 0 },
	    { 1, 0, DATA_ADDRESS, 4, NEXT, 1 },
	    { 1, 1, DATA_ADDRESS, 2, NEXT | WRITE, 2 },
	    { 1, 2, DATA_ADDRESS, 1, WRITE, 0 } } },
	{ "a descriptor that follows itself",
	  VSCMI_VIRTQ_TOO_LONG,
	  32,
	  0,
	  { { 0, 0, DATA_ADDRESS, 4, NEXT, 0 } } },
	{ "a loop of two writable descriptors",
	  VSCMI_VIRTQ_TOO_LONG,
	  2,
	  7,
	  { { 0, 0, DATA_ADDRESS, 2, NEXT, 1 },
	    { 0, 1, DATA_ADDRESS, 1, NEXT | WRITE, 2 },
	    { 0, 2, DATA_ADDRESS, 1, NEXT | WRITE, 1 } } },
	{ "a loop of empty descriptors",
	  VSCMI_VIRTQ_TOO_LONG,
	  0,
	  0,
	  { { 0, 0, DATA_ADDRESS, 0, NEXT, 1 }, { 0, 1, DATA_ADDRESS, 0, NEXT, 0 } } },
	{ "a loop inside a table",
	  VSCMI_VIRTQ_TOO_LONG,
	  8,
	  0,
	  { { 0, 0, TABLE_ADDRESS, 16, INDIRECT, 0 },
	    { 1, 0, DATA_ADDRESS, 1, NEXT, 0 } } },
	{ "more descriptors in a table than the queue has",
	  VSCMI_VIRTQ_TOO_LONG,
	  8,
	  0,
	  { { 0, 0, TABLE_ADDRESS, 144, INDIRECT, 0 },
	    { 1, 0, DATA_ADDRESS, 1, NEXT, 1 },
	    { 1, 1, DATA_ADDRESS, 1, NEXT, 2 },
	    { 1, 2, DATA_ADDRESS, 1, NEXT, 3 },
	    { 1, 3, DATA_ADDRESS, 1, NEXT, 4 },
	    { 1, 4, DATA_ADDRESS, 1, NEXT, 5 },
	    { 1, 5, DATA_ADDRESS, 1, NEXT, 6 },
	    { 1, 6, DATA_ADDRESS, 1, NEXT, 7 },
	    { 1, 7, DATA_ADDRESS, 1, NEXT, 8 },
	    { 1, 8, DATA_ADDRESS, 1, 0, 0 } } },
	{ "a readable address outside",
	  VSCMI_VIRTQ_BAD_ADDRESS,
	  0,
	  0,
	  { { 0, 0, OUTSIDE, 1, 0, 0 } } },
	{ "a writable address outside",
	  VSCMI_VIRTQ_BAD_ADDRESS,
	  4,
	  8,
	  { { 0, 0, DATA_ADDRESS, 4, NEXT, 1 },
	    { 0, 1, DATA_ADDRESS, 8, NEXT | WRITE, 2 },
	    { 0, 2, RING_BASE - 1, 1, WRITE, 0 } } },
	{ "a range that ends outside",
	  VSCMI_VIRTQ_BAD_ADDRESS,
	  1,
	  0,
	  { { 0, 0, OUTSIDE - 1, 2, 0, 0 } } },
	{ "a range that wraps",
	  VSCMI_VIRTQ_BAD_ADDRESS,
	  0,
	  0,
	  { { 0, 0, UINT64_MAX - 1, 4, 0, 0 } } },
	{ "a length that wraps with the ones before it",
	  VSCMI_VIRTQ_BAD_LENGTH,
	  4,
	  0,
	  { { 0, 0, DATA_ADDRESS, 4, NEXT, 1 },
	    { 0, 1, DATA_ADDRESS, UINT32_MAX - 3, WRITE, 0 } } },
	{ "a readable descriptor after a writable one",
	  VSCMI_VIRTQ_BAD_ORDER,
	  4,
	  8,
	  { { 0, 0, DATA_ADDRESS, 4, NEXT, 1 },
	    { 0, 1, DATA_ADDRESS, 8, NEXT | WRITE, 2 },
	    { 0, 2, DATA_ADDRESS, 4, 0, 0 } } },
	{ "a readable descriptor after an empty writable one",
	  VSCMI_VIRTQ_BAD_ORDER,
	  0,
	  0,
	  { { 0, 0, DATA_ADDRESS, 0, NEXT | WRITE, 1 },
	    { 0, 1, DATA_ADDRESS, 4, 0, 0 } } },
	{ "a readable descriptor in a table after a writable one in the ring",
	  VSCMI_VIRTQ_BAD_ORDER,
	  0,
	  8,
	  { { 0, 0, DATA_ADDRESS, 8, NEXT | WRITE, 1 },
	    { 0, 1, TABLE_ADDRESS, 16, INDIRECT, 0 },
	    { 1, 0, DATA_ADDRESS, 4, 0, 0 } } },
	{ "a table in a table",
	  VSCMI_VIRTQ_BAD_INDIRECT,
	  4,
	  0,
	  { { 0, 0, TABLE_ADDRESS, 32, INDIRECT, 0 },
	    { 1, 0, DATA_ADDRESS, 4, NEXT, 1 },
	    { 1, 1, TABLE_ADDRESS, 16, INDIRECT, 0 } } },
	{ "a table that is itself",
	  VSCMI_VIRTQ_BAD_INDIRECT,
	  0,
	  0,
	  { { 0, 0, RING_BASE, 16, INDIRECT, 0 } } },
	{ "a table that is continued",
	  VSCMI_VIRTQ_BAD_INDIRECT,
	  0,
	  0,
	  { { 0, 0, TABLE_ADDRESS, 16, INDIRECT | NEXT, 1 },
	    { 0, 1, DATA_ADDRESS, 4, 0, 0 },
	    { 1, 0, DATA_ADDRESS, 4, 0, 0 } } },
	{ "a table of no entries",
	  VSCMI_VIRTQ_BAD_INDIRECT,
	  0,
	  0,
	  { { 0, 0, TABLE_ADDRESS, 0, INDIRECT, 0 } } },
	{ "a table of one and a half entries",
	  VSCMI_VIRTQ_BAD_INDIRECT,
	  2,
	  0,
	  { { 0, 0, DATA_ADDRESS, 2, NEXT, 1 },
	    { 0, 1, TABLE_ADDRESS, 24, INDIRECT, 0 },
	    { 1, 0, DATA_ADDRESS, 4, 0, 0 } } },
	{ "a table that begins outside",
	  VSCMI_VIRTQ_BAD_ADDRESS,
	  0,
	  0,
	  { { 0, 0, OUTSIDE, 16, INDIRECT, 0 } } },
	{ "a table that ends outside",
	  VSCMI_VIRTQ_BAD_ADDRESS,
	  0,
	  0,
	  { { 0, 0, OUTSIDE - 16, 32, INDIRECT, 0 } } },
	{ "a table of four gigabytes",
	  VSCMI_VIRTQ_BAD_ADDRESS,
	  0,
	  0,
	  { { 0, 0, TABLE_ADDRESS, 0xfffffff0, INDIRECT, 0 } } },
};

#define MALFORMED (sizeof malformed / sizeof *malformed)

/* Where it says so the chain goes on for 8 descriptors: rows that are left out are empty.
 */
static void D16_a_malformed_chain_is_named_bounded_and_returned(void **state)
{
	for (size_t i = 0; i < MALFORMED; i++) {
		start(8, ALL_FEATURES);
		for (size_t r = 0; r < 10; r++) {
			const struct row *row = &malformed[i].rows[r];

			if (row->address)
				put_descriptor(row->in ? TABLE_OFFSET : 0, row->index,
					       row->address, row->length, row->flags,
					       row->next);
		}
		make_available(0);
		make_sound_chain(7);
		assert_true(take());
		if (chain.defect != malformed[i].want ||
		    chain.readable.bytes != malformed[i].readable_bytes ||
		    chain.writable.bytes != malformed[i].writable_bytes)
			fail_msg("%s: defect %d, %u and %u bytes", malformed[i].what,
				 chain.defect, chain.readable.bytes,
				 chain.writable.bytes);
		assert_int_equal(chain.head, 0);
		assert_int_equal(device.counters.malformed, 1);
		assert_false(device.broken);
		for (uint16_t s = 0; s < chain.readable.count; s++)
			assert_ptr_equal(
				vscmi_memory_at(&ring_memory,
						RING_BASE + (uint64_t)(readable[s].bytes -
								       ring.bytes),
						readable[s].length),
				readable[s].bytes);
		give_back(0);
		vscmi_virtq_device_publish(&device);
		assert_int_equal(get(used_index(), 2), 1);
		assert_int_equal(get(used_entry(0), 8), 0);

		assert_true(take());
		assert_int_equal(chain.defect, VSCMI_VIRTQ_SOUND);
		assert_int_equal(chain.head, 7);
		assert_int_equal(device.counters.malformed, 1);
	}
}

static void D16_a_table_is_refused_where_it_was_not_negotiated(void **state)
{
	start(8, ALL_FEATURES & ~VSCMI_VIRTIO_F_INDIRECT_DESC);
	put_descriptor(0, 0, TABLE_ADDRESS, 16, INDIRECT, 0);
	put_descriptor(TABLE_OFFSET, 0, DATA_ADDRESS, 4, 0, 0);
	make_available(0);
	assert_true(take());
	assert_int_equal(chain.defect, VSCMI_VIRTQ_BAD_INDIRECT);
	assert_int_equal(chain.readable.bytes, 0);
}

static void a_chain_may_be_as_long_as_the_queue(void **state)
{
	start(8, ALL_FEATURES);
	for (uint16_t i = 0; i < 8; i++)
		put_descriptor(0, i, data(i), 1, i < 7 ? NEXT : 0, (uint16_t)(i + 1));
	make_available(0);
	assert_true(take());
	assert_int_equal(chain.defect, VSCMI_VIRTQ_SOUND);
	assert_int_equal(chain.readable.bytes, 8);
	give_back(0);
	for (uint16_t i = 0; i < 8; i++)
		put_descriptor(TABLE_OFFSET, i, data(i), 1, i < 7 ? NEXT : 0,
			       (uint16_t)(i + 1));
	put_descriptor(0, 0, TABLE_ADDRESS, 128, INDIRECT, 0);
	make_available(0);
	assert_true(take());
	assert_int_equal(chain.defect, VSCMI_VIRTQ_SOUND);
	assert_int_equal(chain.readable.bytes, 8);
}

static void D16_readable_segments_beyond_the_room_are_a_defect_and_writable_ones_are_not(
	void **state)
{
	start(8, ALL_FEATURES);
	chain.readable.capacity = 2;
	chain.writable.capacity = 1;
	for (uint16_t i = 0; i < 6; i++)
		put_descriptor(0, i, data(i), 1,
			       (uint16_t)((i < 3 ? 0 : WRITE) | (i < 5 ? NEXT : 0)),
			       (uint16_t)(i + 1));
	make_available(0);
	make_available(1);
	assert_true(take());
	assert_int_equal(chain.defect, VSCMI_VIRTQ_TOO_MANY_READ);
	assert_int_equal(chain.readable.bytes, 2);
	assert_int_equal(chain.writable.bytes, 1);
	assert_true(take());
	assert_int_equal(chain.defect, VSCMI_VIRTQ_SOUND);
	assert_int_equal(chain.readable.bytes, 2);
	assert_int_equal(chain.writable.bytes, 1);
}

static void R5_nothing_readable_is_expected_where_there_is_no_room_for_it(void **state)
{
	start(4, ALL_FEATURES);
	chain.readable = (struct vscmi_virtq_part){ 0 };
	put_descriptor(0, 0, data(0), 8, WRITE, 0);
	put_descriptor(0, 1, data(0), 1, NEXT, 0);
	make_available(0);
	make_available(1);
	assert_true(take());
	assert_int_equal(chain.defect, VSCMI_VIRTQ_SOUND);
	assert_int_equal(chain.writable.bytes, 8);
	assert_true(take());
	assert_int_equal(chain.defect, VSCMI_VIRTQ_TOO_MANY_READ);
	assert_int_equal(chain.writable.bytes, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			D14_any_split_of_readable_and_writable_bytes_works_in_a_direct_chain),
		cmocka_unit_test(
			D14_any_split_of_readable_and_writable_bytes_works_in_an_indirect_table),
		cmocka_unit_test(
			D14_any_split_works_across_direct_descriptors_and_a_table_behind_them),
		cmocka_unit_test(
			D14_an_indirect_table_may_lie_at_any_address_and_in_any_order),
		cmocka_unit_test(D14_empty_descriptors_change_nothing),
		cmocka_unit_test(D14_a_descriptor_may_lie_across_regions_that_meet),
		cmocka_unit_test(
			D14_a_descriptor_may_end_with_the_address_space_and_not_go_round),
		cmocka_unit_test(reading_and_writing_stop_at_the_shorter_side),
		cmocka_unit_test(D16_a_malformed_chain_is_named_bounded_and_returned),
		cmocka_unit_test(D16_a_table_is_refused_where_it_was_not_negotiated),
		cmocka_unit_test(a_chain_may_be_as_long_as_the_queue),
		cmocka_unit_test(
			D16_readable_segments_beyond_the_room_are_a_defect_and_writable_ones_are_not),
		cmocka_unit_test(
			R5_nothing_readable_is_expected_where_there_is_no_room_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
