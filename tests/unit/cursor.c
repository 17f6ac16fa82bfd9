/* SPDX-License-Identifier: BSD-3-Clause */
/* The header word, and reading and writing bytes. */
#include "test.h"

#include <string.h>

#include "vscmi/header.h"
#include "message/cursor.h"

static void the_header_word_has_its_fields_where_the_specification_says(void **state)
{
	static const struct {
		struct vscmi_header header;
		uint32_t word;
	} cases[] = {
		{ { 0, 0, 0, 0 }, 0 },
		{ { 0xff, 0, 0, 0 }, 0x000000ff },
		{ { 0, 3, 0, 0 }, 0x00000300 },
		{ { 0, 0, 0xff, 0 }, 0x0003fc00 },
		{ { 0, 0, 0, 0x3ff }, 0x0ffc0000 },
		{ { 0x05, VSCMI_COMMAND, VSCMI_PROTOCOL_CLOCK, 26 }, 0x00685005 },
		{ { 0x05, VSCMI_DELAYED_RESPONSE, VSCMI_PROTOCOL_CLOCK, 1 }, 0x00045205 },
		{ { 0x00, VSCMI_NOTIFICATION, VSCMI_PROTOCOL_SENSOR, 0 }, 0x00005700 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vscmi_header header = vscmi_header_unpack(cases[i].word);

		assert_int_equal(vscmi_header_pack(cases[i].header), cases[i].word);
		assert_int_equal(header.message_id, cases[i].header.message_id);
		assert_int_equal(header.type, cases[i].header.type);
		assert_int_equal(header.protocol, cases[i].header.protocol);
		assert_int_equal(header.token, cases[i].header.token);
	}
}

static void the_header_word_drops_reserved_bits_and_values_too_wide(void **state)
{
	struct vscmi_header wide = { 0, 0xff, 0, 0xffff };

	assert_int_equal(vscmi_header_pack(vscmi_header_unpack(0xf0000000)), 0);
	assert_int_equal(vscmi_header_pack(wide), 0x0ffc0300);
}

static void integers_travel_low_byte_and_low_word_first(void **state)
{
	static const uint8_t wire[] = { 0x11, 0x01, 0x02, 0x03, 0x84, 0x01, 0x02,
					0x03, 0x04, 0x05, 0x06, 0x07, 0x88 };
	uint8_t bytes[sizeof(wire)];
	struct vscmi_out out = vscmi_out(bytes, sizeof(bytes));
	struct vscmi_in in = vscmi_in(wire, sizeof(wire));

	vscmi_out_u8(&out, 0x11);
	vscmi_out_u32(&out, 0x84030201);
	vscmi_out_u64(&out, 0x8807060504030201);
	assert_false(out.overflow);
	assert_int_equal(out.left, 0);
	assert_memory_equal(bytes, wire, sizeof(wire));

	assert_int_equal(vscmi_in_u8(&in), 0x11);
	assert_int_equal(vscmi_in_u32(&in), 0x84030201);
	assert_true(vscmi_in_u64(&in) == 0x8807060504030201);
	assert_false(in.short_read);
	assert_int_equal(in.left, 0);
}

static void a_short_read_is_zero_takes_the_rest_and_is_remembered(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7 };
	struct vscmi_in in = vscmi_in(bytes, sizeof(bytes));
	char text[VSCMI_NAME_BYTES];

	assert_int_equal(vscmi_in_u32(&in), 0x04030201);
	assert_int_equal(vscmi_in_u32(&in), 0);
	assert_true(in.short_read);
	assert_int_equal(vscmi_in_u8(&in), 0);
	assert_true(vscmi_in_u64(&in) == 0);
	memset(text, 'x', sizeof(text));
	vscmi_in_text(&in, text, sizeof(text));
	for (size_t i = 0; i < sizeof(text); i++)
		assert_int_equal(text[i], '\0');
	assert_true(in.short_read);
}

static void nothing_can_be_read_from_nothing(void **state)
{
	struct vscmi_in in = vscmi_in(NULL, 0);

	assert_int_equal(vscmi_in_u8(&in), 0);
	assert_true(in.short_read);
}

static void what_does_not_fit_is_left_out_whole_and_remembered(void **state)
{
	uint8_t bytes[8] = { 0 };
	struct vscmi_out out = vscmi_out(bytes, 6);

	vscmi_out_u32(&out, 0xffffffff);
	vscmi_out_u32(&out, 0xffffffff);
	assert_true(out.overflow);
	vscmi_out_u8(&out, 0xff);
	vscmi_out_text(&out, "text", VSCMI_NAME_BYTES);
	assert_true(out.overflow);
	assert_memory_equal(bytes, "\xff\xff\xff\xff\0\0\0\0", 8);
}

static void a_text_ends_at_its_first_nul_or_before_its_last_byte(void **state)
{
	static const struct {
		const char wire[VSCMI_NAME_BYTES + 1];
		const char text[VSCMI_NAME_BYTES];
	} cases[] = {
		{ "", "" },
		{ "uart", "uart" },
		{ "uart\0garbage", "uart" },
		{ "fifteen_letters", "fifteen_letters" },
		{ "sixteen__letters", "sixteen__letter" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[VSCMI_NAME_BYTES];
		struct vscmi_in in = vscmi_in(cases[i].wire, VSCMI_NAME_BYTES);

		memset(text, 'x', sizeof(text));
		vscmi_in_text(&in, text, sizeof(text));
		assert_memory_equal(text, cases[i].text, VSCMI_NAME_BYTES);
		assert_int_equal(in.left, 0);
	}
}

static void a_written_text_is_cut_to_its_field_and_padded_with_nuls(void **state)
{
	uint8_t bytes[VSCMI_NAME_BYTES];
	struct vscmi_out out = vscmi_out(bytes, sizeof(bytes));

	vscmi_out_text(&out, "longer than sixteen bytes", sizeof(bytes));
	assert_memory_equal(bytes, "longer than six", 16);
	memset(bytes, 'x', sizeof(bytes));
	out = vscmi_out(bytes, sizeof(bytes));
	vscmi_out_text(&out, "uart", sizeof(bytes));
	assert_memory_equal(bytes, "uart\0\0\0\0\0\0\0\0\0\0\0", 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_header_word_has_its_fields_where_the_specification_says),
		cmocka_unit_test(the_header_word_drops_reserved_bits_and_values_too_wide),
		cmocka_unit_test(integers_travel_low_byte_and_low_word_first),
		cmocka_unit_test(a_short_read_is_zero_takes_the_rest_and_is_remembered),
		cmocka_unit_test(nothing_can_be_read_from_nothing),
		cmocka_unit_test(what_does_not_fit_is_left_out_whole_and_remembered),
		cmocka_unit_test(a_text_ends_at_its_first_nul_or_before_its_last_byte),
		cmocka_unit_test(a_written_text_is_cut_to_its_field_and_padded_with_nuls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
