/* SPDX-License-Identifier: BSD-3-Clause */
/* Decoders that meet messages of any length and content. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "vscmi/message.h"
#include "protocols/base/messages.h"
#include "protocols/sensor/messages.h"
#include "reencode.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Larger than any message here. */
#define MESSAGE_BYTES 512

/* What a visitor saw. */
struct seen {
	struct vscmi_visitor visitor;
	unsigned int fields, texts, elements;
};

static void see_field(struct vscmi_visitor *visitor, const struct vscmi_field *field)
{
	struct seen *seen = (struct seen *)visitor;

	seen->fields++;
	if (field->kind == VSCMI_FIELD_TEXT) {
		seen->texts++;
		assert_true(strlen(field->text) < VSCMI_LONG_NAME_BYTES);
	}
}

static void see_element(struct vscmi_visitor *visitor, uint32_t index)
{
	struct seen *seen = (struct seen *)visitor;

	assert_int_equal(index, seen->elements);
	seen->elements++;
}

/* From a copy that ends where the message ends, so that a sanitizer sees what goes beyond. */
static enum vscmi_error visit(const uint8_t *bytes, size_t count, enum vscmi_part part,
			      uint32_t version, struct seen *ret_seen)
{
	uint8_t *copy = malloc(count);
	enum vscmi_error error;

	assert_non_null(copy);
	memcpy(copy, bytes, count);
	*ret_seen = (struct seen){
		.visitor = { .field = see_field, .element = see_element },
	};
	error = vscmi_message_visit(copy, count, part, version, &ret_seen->visitor);
	free(copy);
	return error;
}

static void check_length(struct vscmi_header header, enum vscmi_part part,
			 uint32_t version)
{
	uint8_t word[VSCMI_HEADER_BYTES], bytes[MESSAGE_BYTES] = { 0 };
	struct reencoded whole;
	struct seen seen;

	vscmi_le32_put(word, vscmi_header_pack(header));
	assert_true(reencode(word, sizeof(word), part, version, bytes, sizeof(bytes),
			     &whole));
	for (size_t count = 1; count < whole.count; count++)
		assert_int_equal(visit(bytes, count, part, version, &seen),
				 VSCMI_E_MALFORMED);
	assert_int_equal(visit(bytes, whole.count, part, version, &seen), VSCMI_OK);
	assert_int_equal(seen.elements, 0);
	for (size_t more = 1; more <= 4; more++)
		assert_int_equal(visit(bytes, whole.count + more, part, version, &seen),
				 VSCMI_E_MALFORMED);
}

static void every_form_is_malformed_at_any_other_length(void **state)
{
	for_each_form(check_length);
}

/* Three descriptors of three sizes: 28, 52 and 32 bytes. */
static size_t encode_descriptors(uint8_t *bytes, uint32_t returned)
{
	static const struct vscmi_sensor_description_get_element sensors[] = {
		{ .sensor_id = 0, .name = "plain" },
		{ .sensor_id = 1, .name = "extended", .extended = true },
		{ .sensor_id = 2, .name = "axes", .extended = true, .has_axes = true },
	};
	struct vscmi_sensor_description_get_reply reply = { .returned = returned };
	struct vscmi_header header = { .message_id = VSCMI_SENSOR_DESCRIPTION_GET,
				       .protocol = VSCMI_PROTOCOL_SENSOR };
	struct vscmi_out out = vscmi_out(bytes, MESSAGE_BYTES);

	vscmi_out_u32(&out, vscmi_header_pack(header));
	vscmi_out_u32(&out, VSCMI_SUCCESS);
	vscmi_sensor_description_get_reply_put(&out, 0x30001, &reply);
	for (size_t i = 0; i < COUNT_OF(sensors); i++)
		vscmi_sensor_description_get_element_put(&out, 0x30001, &sensors[i]);
	return MESSAGE_BYTES - out.left;
}

static void a_list_of_descriptors_is_walked_by_their_flags(void **state)
{
	uint8_t bytes[MESSAGE_BYTES];
	size_t whole = encode_descriptors(bytes, 3);
	struct seen seen;

	assert_int_equal(whole, 12 + 28 + 52 + 32);
	assert_int_equal(visit(bytes, whole, VSCMI_PART_REPLY, 0x30001, &seen), VSCMI_OK);
	assert_int_equal(seen.elements, 3);
	assert_int_equal(seen.texts, 3);
	for (size_t count = 1; count < whole; count++) {
		assert_int_equal(visit(bytes, count, VSCMI_PART_REPLY, 0x30001, &seen),
				 VSCMI_E_MALFORMED);
		assert_int_equal(seen.elements, (count > 12) + (count > 12 + 28) +
							(count > 12 + 28 + 52));
	}
}

static void a_list_that_is_not_as_long_as_it_says_is_malformed(void **state)
{
	static const uint32_t wrong[] = { 0, 2, 4, 0xfff };
	uint8_t bytes[MESSAGE_BYTES];
	struct seen seen;

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		size_t whole = encode_descriptors(bytes, wrong[i]);

		assert_int_equal(visit(bytes, whole, VSCMI_PART_REPLY, 0x30001, &seen),
				 VSCMI_E_MALFORMED);
		assert_int_equal(seen.elements, wrong[i] < 3 ? wrong[i] : 3);
	}
}

static void protocol_ids_are_padded_to_a_word(void **state)
{
	struct vscmi_header header = { .message_id = VSCMI_BASE_DISCOVER_LIST_PROTOCOLS,
				       .protocol = VSCMI_PROTOCOL_BASE };
	uint8_t bytes[MESSAGE_BYTES] = { 0 };
	struct seen seen;

	vscmi_le32_put(bytes, vscmi_header_pack(header));
	for (uint32_t ids = 0; ids < 10; ids++) {
		size_t whole = 12 + (ids + 3) / 4 * 4;

		vscmi_le32_put(bytes + 8, ids);
		assert_int_equal(visit(bytes, whole, VSCMI_PART_REPLY, 0x20001, &seen),
				 VSCMI_OK);
		assert_int_equal(seen.elements, ids);
		assert_int_equal(
			visit(bytes, whole + 1, VSCMI_PART_REPLY, 0x20001, &seen),
			VSCMI_E_MALFORMED);
		assert_int_equal(
			visit(bytes, whole - 1, VSCMI_PART_REPLY, 0x20001, &seen),
			VSCMI_E_MALFORMED);
	}
}

static void a_visitor_need_not_care_for_elements(void **state)
{
	uint8_t bytes[MESSAGE_BYTES];
	size_t whole = encode_descriptors(bytes, 3);
	struct seen seen = { .visitor = { .field = see_field } };

	assert_int_equal(vscmi_message_visit(bytes, whole, VSCMI_PART_REPLY, 0x30001,
					     &seen.visitor),
			 VSCMI_OK);
	assert_int_equal(seen.elements, 0);
	assert_int_equal(seen.texts, 3);
}

/* xorshift32: the same numbers in every run, on every machine. */
static uint32_t next_random(void)
{
	static uint32_t x = 2463534242;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

/* Words that are often zero or small, so that many lists and many errors are right. */
static size_t random_message(struct vscmi_header header, uint8_t *ret_bytes)
{
	size_t words = 2 + next_random() % 40;

	vscmi_le32_put(ret_bytes, vscmi_header_pack(header));
	for (size_t i = 1; i < words; i++) {
		uint32_t kind = next_random() % 4;
		uint32_t word = next_random();

		vscmi_le32_put(ret_bytes + 4 * i, kind == 0   ? 0
						  : kind == 1 ? word % 4
							      : word);
	}
	return 4 * words - (next_random() % 8 == 0) * (next_random() % 4);
}

static unsigned int well_formed;

static void check_inverse(struct vscmi_header header, enum vscmi_part part,
			  uint32_t version)
{
	for (unsigned int i = 0; i < 500; i++) {
		uint8_t bytes[MESSAGE_BYTES], once[MESSAGE_BYTES], twice[MESSAGE_BYTES];
		size_t count = random_message(header, bytes);
		struct reencoded first, second;
		struct seen seen;
		char line[4096], line_once[4096];

		assert_true(reencode(bytes, count, part, version, once, sizeof(once),
				     &first));
		assert_true(reencode(once, first.count, part, version, twice,
				     sizeof(twice), &second));
		assert_int_equal(second.reserved, 0);
		assert_false(second.short_read);
		assert_int_equal(second.count, first.count);
		assert_memory_equal(once, twice, first.count);

		if (visit(bytes, count, part, version, &seen) != VSCMI_OK)
			continue;
		well_formed++;
		assert_false(first.short_read);
		assert_int_equal(first.count, count);
		if (!first.reserved && !seen.texts)
			assert_memory_equal(once, bytes, count);
		vscmi_message_print(bytes, count, part, version, line, sizeof(line));
		vscmi_message_print(once, count, part, version, line_once,
				    sizeof(line_once));
		assert_string_equal(line, line_once);
	}
}

static void what_was_decoded_encodes_to_what_decodes_alike(void **state)
{
	for_each_form(check_inverse);
	assert_true(well_formed > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_malformed_at_any_other_length),
		cmocka_unit_test(a_list_of_descriptors_is_walked_by_their_flags),
		cmocka_unit_test(a_list_that_is_not_as_long_as_it_says_is_malformed),
		cmocka_unit_test(protocol_ids_are_padded_to_a_word),
		cmocka_unit_test(a_visitor_need_not_care_for_elements),
		cmocka_unit_test(what_was_decoded_encodes_to_what_decodes_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
