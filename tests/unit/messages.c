/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rows against the specification: which there are, and in every version their sizes and
 * their reserved bits. print.c has the fields.
 */
#include "test.h"

#include <string.h>

#include "vscmi/message.h"
#include "protocols/base/messages.h"
#include "protocols/clock/messages.h"
#include "protocols/common.h"
#include "protocols/sensor/messages.h"
#include "protocols/system/messages.h"
#include "reencode.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * DEN0056 for SCMI 3.2, in bytes of payload; what replies and delayed responses have
 * includes the status word. An element without its optional part.
 */
static const struct specified {
	const char *name;
	uint8_t protocol, type, id; /* protocol 0: all of them */
	uint32_t since;
	size_t request, reply, element;
	/* The constants that are made from the rows. */
	size_t request_max, reply_max, element_max;
} specified[] = {
/* clang-format off */
#define COMMAND(protocol, id, NAME, request, reply, element, since) \
	{ #NAME, protocol, VSCMI_COMMAND, id, since, request, reply, element, \
	  VSCMI_##NAME##_REQUEST_MAX, VSCMI_##NAME##_REPLY_MAX, VSCMI_##NAME##_ELEMENT_MAX }
#define PAYLOAD(protocol, type, id, NAME, payload, element, since) \
	{ #NAME, protocol, type, id, since, 0, payload, element, \
	  VSCMI_HEADER_BYTES, VSCMI_##NAME##_PAYLOAD_MAX, VSCMI_##NAME##_ELEMENT_MAX }
#define DELAYED(protocol, id, ...) PAYLOAD(protocol, VSCMI_DELAYED_RESPONSE, id, __VA_ARGS__)
#define EVENT(protocol, id, ...)   PAYLOAD(protocol, VSCMI_NOTIFICATION, id, __VA_ARGS__)
	COMMAND(0, 0x00, PROTOCOL_VERSION, 0, 8, 0, 0x10000),
	COMMAND(0, 0x02, PROTOCOL_MESSAGE_ATTRIBUTES, 4, 8, 0, 0x10000),
	COMMAND(0, 0x10, NEGOTIATE_PROTOCOL_VERSION, 4, 4, 0, 0x10000),
	COMMAND(0x10, 0x01, BASE_PROTOCOL_ATTRIBUTES, 0, 8, 0, 0x10000),
	COMMAND(0x10, 0x03, BASE_DISCOVER_VENDOR, 0, 20, 0, 0x10000),
	COMMAND(0x10, 0x04, BASE_DISCOVER_SUB_VENDOR, 0, 20, 0, 0x10000),
	COMMAND(0x10, 0x05, BASE_DISCOVER_IMPLEMENTATION_VERSION, 0, 8, 0, 0x10000),
	COMMAND(0x10, 0x06, BASE_DISCOVER_LIST_PROTOCOLS, 4, 8, 1, 0x10000),
	COMMAND(0x10, 0x07, BASE_DISCOVER_AGENT, 4, 24, 0, 0x10000),
	COMMAND(0x10, 0x08, BASE_NOTIFY_ERRORS, 4, 4, 0, 0x10000),
	COMMAND(0x10, 0x09, BASE_SET_DEVICE_PERMISSIONS, 12, 4, 0, 0x20000),
	COMMAND(0x10, 0x0a, BASE_SET_PROTOCOL_PERMISSIONS, 16, 4, 0, 0x20000),
	COMMAND(0x10, 0x0b, BASE_RESET_AGENT_CONFIGURATION, 8, 4, 0, 0x20000),
	EVENT(0x10, 0x00, BASE_ERROR_EVENT, 8, 8, 0x10000),
	COMMAND(0x12, 0x01, SYSTEM_PROTOCOL_ATTRIBUTES, 0, 8, 0, 0x10000),
	COMMAND(0x12, 0x03, SYSTEM_POWER_STATE_SET, 8, 4, 0, 0x10000),
	COMMAND(0x12, 0x04, SYSTEM_POWER_STATE_GET, 0, 8, 0, 0x10000),
	COMMAND(0x12, 0x05, SYSTEM_POWER_STATE_NOTIFY, 4, 4, 0, 0x10000),
	EVENT(0x12, 0x00, SYSTEM_POWER_STATE_NOTIFIER, 16, 0, 0x10000),
	COMMAND(0x14, 0x01, CLOCK_PROTOCOL_ATTRIBUTES, 0, 8, 0, 0x10000),
	COMMAND(0x14, 0x03, CLOCK_ATTRIBUTES, 4, 28, 0, 0x10000),
	COMMAND(0x14, 0x04, CLOCK_DESCRIBE_RATES, 8, 8, 8, 0x10000),
	COMMAND(0x14, 0x05, CLOCK_RATE_SET, 16, 4, 0, 0x10000),
	COMMAND(0x14, 0x06, CLOCK_RATE_GET, 4, 12, 0, 0x10000),
	COMMAND(0x14, 0x07, CLOCK_CONFIG_SET, 12, 4, 0, 0x10000),
	COMMAND(0x14, 0x08, CLOCK_NAME_GET, 4, 72, 0, 0x20000),
	COMMAND(0x14, 0x09, CLOCK_RATE_NOTIFY, 8, 4, 0, 0x20000),
	COMMAND(0x14, 0x0a, CLOCK_RATE_CHANGE_REQUESTED_NOTIFY, 8, 4, 0, 0x20000),
	COMMAND(0x14, 0x0b, CLOCK_CONFIG_GET, 8, 16, 0, 0x30000),
	COMMAND(0x14, 0x0c, CLOCK_POSSIBLE_PARENTS_GET, 8, 8, 4, 0x30000),
	COMMAND(0x14, 0x0d, CLOCK_PARENT_SET, 8, 4, 0, 0x30000),
	COMMAND(0x14, 0x0e, CLOCK_PARENT_GET, 4, 8, 0, 0x30000),
	COMMAND(0x14, 0x0f, CLOCK_GET_PERMISSIONS, 4, 8, 0, 0x30000),
	DELAYED(0x14, 0x05, CLOCK_RATE_SET_COMPLETE, 16, 0, 0x10000),
	EVENT(0x14, 0x00, CLOCK_RATE_CHANGED, 16, 0, 0x20000),
	EVENT(0x14, 0x01, CLOCK_RATE_CHANGE_REQUESTED, 16, 0, 0x20000),
	COMMAND(0x15, 0x01, SENSOR_PROTOCOL_ATTRIBUTES, 0, 20, 0, 0x10000),
	COMMAND(0x15, 0x03, SENSOR_DESCRIPTION_GET, 4, 8, 28, 0x10000),
	COMMAND(0x15, 0x04, SENSOR_TRIP_POINT_NOTIFY, 8, 4, 0, 0x10000),
	COMMAND(0x15, 0x05, SENSOR_TRIP_POINT_CONFIG, 16, 4, 0, 0x10000),
	COMMAND(0x15, 0x06, SENSOR_READING_GET, 8, 4, 16, 0x10000),
	COMMAND(0x15, 0x07, SENSOR_AXIS_DESCRIPTION_GET, 8, 8, 28, 0x20000),
	COMMAND(0x15, 0x08, SENSOR_LIST_UPDATE_INTERVALS, 8, 8, 4, 0x20000),
	COMMAND(0x15, 0x09, SENSOR_CONFIG_GET, 4, 8, 0, 0x20000),
	COMMAND(0x15, 0x0a, SENSOR_CONFIG_SET, 8, 4, 0, 0x20000),
	COMMAND(0x15, 0x0b, SENSOR_CONTINUOUS_UPDATE_NOTIFY, 8, 4, 0, 0x20000),
	COMMAND(0x15, 0x0c, SENSOR_NAME_GET, 4, 72, 0, 0x30000),
	COMMAND(0x15, 0x0d, SENSOR_AXIS_NAME_GET, 8, 8, 68, 0x30000),
	DELAYED(0x15, 0x06, SENSOR_READING_COMPLETE, 8, 16, 0x10000),
	EVENT(0x15, 0x00, SENSOR_TRIP_POINT_EVENT, 12, 0, 0x10000),
	EVENT(0x15, 0x01, SENSOR_UPDATE, 8, 16, 0x20000),
/* clang-format on */
#undef COMMAND
#undef PAYLOAD
#undef DELAYED
#undef EVENT
};

/* Larger than any message here with one element. */
#define MESSAGE_BYTES 256

static const struct specified *specification_of(struct vscmi_header header)
{
	for (size_t i = 0; i < COUNT_OF(specified); i++) {
		if ((specified[i].protocol == header.protocol ||
		     !specified[i].protocol) &&
		    specified[i].type == header.type &&
		    specified[i].id == header.message_id)
			return &specified[i];
	}
	fail_msg("no such message in the specification");
	return NULL;
}

/*
 * What the encoder makes of a structure full of zeros and, if it is asked for, of a list
 * element. Return: bytes, with the header word.
 */
static size_t encode_zeros(struct vscmi_header header, enum vscmi_part part,
			   uint32_t version, bool element, uint8_t *ret_bytes)
{
	uint8_t zeros[MESSAGE_BYTES] = { 0 };
	struct reencoded reencoded;

	vscmi_le32_put(zeros, vscmi_header_pack(header));
	assert_true(reencode(zeros, VSCMI_HEADER_BYTES, part, version, ret_bytes,
			     MESSAGE_BYTES, &reencoded));
	if (element)
		assert_true(reencode(zeros, reencoded.count + 1, part, version, ret_bytes,
				     MESSAGE_BYTES, &reencoded));
	return reencoded.count;
}

static unsigned int forms;

static void check_specified(struct vscmi_header header, enum vscmi_part part,
			    uint32_t version)
{
	assert_non_null(specification_of(header));
	forms++;
}

static void every_message_of_the_specification_has_a_row_and_no_other_has(void **state)
{
	for (size_t i = 0; i < COUNT_OF(specified); i++) {
		const struct vscmi_message *message = vscmi_message_find(
			specified[i].protocol, specified[i].type, specified[i].id);

		if (!specified[i].protocol)
			continue;
		assert_non_null(message);
		assert_string_equal(vscmi_message_name(message), specified[i].name);
		assert_int_equal(vscmi_message_since(message), specified[i].since);
	}
	for_each_form(check_specified);
	assert_true(forms > COUNT_OF(specified));
}

static void the_newest_forms_are_the_longest(void **state)
{
	for (size_t i = 0; i < COUNT_OF(specified); i++) {
		const struct specified *message = &specified[i];

		assert_int_equal(message->request_max, 4 + message->request);
		assert_int_equal(message->reply_max, 4 + message->reply);
		assert_true(message->element_max >= message->element);
	}
	assert_int_equal(VSCMI_SENSOR_DESCRIPTION_GET_ELEMENT_MAX, 52);
	assert_int_equal(VSCMI_SENSOR_AXIS_DESCRIPTION_GET_ELEMENT_MAX, 48);
}

/* What differs from the newest form before a version. */
static const struct {
	const char *name;
	enum vscmi_part part;
	uint32_t before;
	size_t fixed, element;
} older[] = {
	{ "BASE_DISCOVER_AGENT", VSCMI_PART_REPLY, 0x20000, 20, 0 },
	{ "SYSTEM_POWER_STATE_NOTIFIER", VSCMI_PART_REPLY, 0x20000, 12, 0 },
	{ "CLOCK_ATTRIBUTES", VSCMI_PART_REPLY, 0x20000, 24, 0 },
	{ "CLOCK_CONFIG_SET", VSCMI_PART_REQUEST, 0x30000, 8, 0 },
	{ "SENSOR_READING_GET", VSCMI_PART_REPLY, 0x20000, 4, 8 },
	{ "SENSOR_READING_COMPLETE", VSCMI_PART_REPLY, 0x20000, 8, 8 },
};

static void check_size(struct vscmi_header header, enum vscmi_part part, uint32_t version)
{
	const struct specified *message = specification_of(header);
	size_t fixed = part == VSCMI_PART_REQUEST ? message->request : message->reply;
	size_t element = part == VSCMI_PART_REQUEST ? 0 : message->element;
	uint8_t bytes[MESSAGE_BYTES];

	for (size_t i = 0; i < COUNT_OF(older); i++) {
		if (!strcmp(older[i].name, message->name) && older[i].part == part &&
		    version < older[i].before) {
			fixed = older[i].fixed;
			element = older[i].element;
		}
	}
	assert_int_equal(encode_zeros(header, part, version, false, bytes), 4 + fixed);
	assert_int_equal(encode_zeros(header, part, version, true, bytes),
			 4 + fixed + element);
}

static void every_form_has_the_size_of_the_specification(void **state)
{
	for_each_form(check_size);
}

/* Readings: all others say how long their list is. */
static bool is_uncounted(const char *name)
{
	return !strcmp(name, "SENSOR_READING_GET") ||
	       !strcmp(name, "SENSOR_READING_COMPLETE") || !strcmp(name, "SENSOR_UPDATE");
}

static void ignore_field(struct vscmi_visitor *visitor, const struct vscmi_field *field)
{
}

static void check_list(struct vscmi_header header, enum vscmi_part part, uint32_t version)
{
	const struct specified *message = specification_of(header);
	struct vscmi_visitor visitor = { .field = ignore_field };
	uint8_t bytes[MESSAGE_BYTES];
	size_t count = encode_zeros(header, part, version, true, bytes);

	if (part == VSCMI_PART_REPLY && message->element)
		assert_int_equal(
			vscmi_message_visit(bytes, count, part, version, &visitor),
			is_uncounted(message->name) ? VSCMI_OK : VSCMI_E_MALFORMED);
}

static void every_list_but_that_of_readings_is_counted(void **state)
{
	for_each_form(check_list);
}

static void descriptors_grow_by_what_their_flags_announce(void **state)
{
	static const struct {
		uint32_t version;
		bool extended, has_axes;
		size_t sensor_bytes, axis_bytes;
	} cases[] = {
		{ 0x10000, false, false, 28, 0 },  { 0x10000, true, false, 28, 0 },
		{ 0x20000, false, false, 28, 28 }, { 0x20000, true, false, 52, 48 },
		{ 0x20000, true, true, 32, 48 },   { 0x30001, false, true, 28, 28 },
		{ 0x30001, true, false, 52, 48 },  { 0x30001, true, true, 32, 48 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct vscmi_sensor_description_get_element sensor = {
			.extended = cases[i].extended,
			.has_axes = cases[i].has_axes,
			.power_uw = 7,
			.resolution = 8,
			.resolution_exponent = -9,
			.min_range = -10,
			.max_range = 11,
		}, sensor_back;
		struct vscmi_sensor_axis_description_get_element axis = {
			.extended = cases[i].extended,
			.resolution = 8,
			.min_range = INT64_MIN,
			.max_range = INT64_MAX,
		}, axis_back;
		uint8_t bytes[64];
		struct vscmi_out out = vscmi_out(bytes, sizeof(bytes));
		struct vscmi_in in;
		size_t count;

		vscmi_sensor_description_get_element_put(&out, cases[i].version, &sensor);
		count = sizeof(bytes) - out.left;
		assert_int_equal(count, cases[i].sensor_bytes);
		in = vscmi_in(bytes, count);
		vscmi_sensor_description_get_element_get(&in, cases[i].version,
							 &sensor_back);
		assert_false(in.short_read);
		assert_int_equal(in.left, 0);
		assert_int_equal(sensor_back.power_uw, count > 28 ? 7 : 0);
		assert_int_equal(sensor_back.resolution, count > 32 ? 8 : 0);
		assert_int_equal(sensor_back.resolution_exponent, count > 32 ? -9 : 0);
		assert_true(sensor_back.min_range == (count > 32 ? -10 : 0));
		assert_true(sensor_back.max_range == (count > 32 ? 11 : 0));

		if (!cases[i].axis_bytes)
			continue;
		out = vscmi_out(bytes, sizeof(bytes));
		vscmi_sensor_axis_description_get_element_put(&out, cases[i].version,
							      &axis);
		count = sizeof(bytes) - out.left;
		assert_int_equal(count, cases[i].axis_bytes);
		in = vscmi_in(bytes, count);
		vscmi_sensor_axis_description_get_element_get(&in, cases[i].version,
							      &axis_back);
		assert_int_equal(in.left, 0);
		assert_true(axis_back.min_range == (count > 28 ? INT64_MIN : 0));
		assert_true(axis_back.max_range == (count > 28 ? INT64_MAX : 0));
	}
}

/*
 * The reserved bits of each word that has some, from a version on: its offset in the
 * payload, the status word counted, the first element too.
 */
static const struct {
	const char *name;
	enum vscmi_part part;
	uint32_t since;
	size_t offset;
	uint32_t bits;
} reserved[] = {
	{ "BASE_PROTOCOL_ATTRIBUTES", VSCMI_PART_REPLY, 0x10000, 4, 0xffff0000 },
	{ "BASE_NOTIFY_ERRORS", VSCMI_PART_REQUEST, 0x10000, 0, 0xfffffffe },
	{ "BASE_SET_DEVICE_PERMISSIONS", VSCMI_PART_REQUEST, 0x10000, 8, 0xfffffffe },
	{ "BASE_SET_PROTOCOL_PERMISSIONS", VSCMI_PART_REQUEST, 0x10000, 8, 0xffffff00 },
	{ "BASE_SET_PROTOCOL_PERMISSIONS", VSCMI_PART_REQUEST, 0x10000, 12, 0xfffffffe },
	{ "BASE_RESET_AGENT_CONFIGURATION", VSCMI_PART_REQUEST, 0x10000, 4, 0xfffffffe },
	{ "BASE_ERROR_EVENT", VSCMI_PART_REPLY, 0x10000, 4, 0x7ffffc00 },
	{ "SYSTEM_POWER_STATE_SET", VSCMI_PART_REQUEST, 0x10000, 0, 0xfffffffe },
	{ "SYSTEM_POWER_STATE_NOTIFY", VSCMI_PART_REQUEST, 0x10000, 0, 0xfffffffe },
	{ "SYSTEM_POWER_STATE_NOTIFIER", VSCMI_PART_REPLY, 0x10000, 4, 0xfffffffe },
	{ "CLOCK_PROTOCOL_ATTRIBUTES", VSCMI_PART_REPLY, 0x10000, 4, 0xff000000 },
	{ "CLOCK_ATTRIBUTES", VSCMI_PART_REPLY, 0x10000, 4, 0xfffffffe },
	{ "CLOCK_ATTRIBUTES", VSCMI_PART_REPLY, 0x20000, 4, 0x1ffffffe },
	{ "CLOCK_ATTRIBUTES", VSCMI_PART_REPLY, 0x30000, 4, 0x07fffffc },
	{ "CLOCK_DESCRIBE_RATES", VSCMI_PART_REPLY, 0x10000, 4, 0x0000e000 },
	{ "CLOCK_RATE_SET", VSCMI_PART_REQUEST, 0x10000, 0, 0xfffffff0 },
	{ "CLOCK_CONFIG_SET", VSCMI_PART_REQUEST, 0x10000, 4, 0xfffffffe },
	{ "CLOCK_CONFIG_SET", VSCMI_PART_REQUEST, 0x30000, 4, 0xff00fffc },
	{ "CLOCK_RATE_NOTIFY", VSCMI_PART_REQUEST, 0x10000, 4, 0xfffffffe },
	{ "CLOCK_RATE_CHANGE_REQUESTED_NOTIFY", VSCMI_PART_REQUEST, 0x10000, 4,
	  0xfffffffe },
	{ "CLOCK_CONFIG_GET", VSCMI_PART_REQUEST, 0x10000, 4, 0xffffff00 },
	{ "CLOCK_CONFIG_GET", VSCMI_PART_REPLY, 0x10000, 8, 0xfffffffe },
	{ "CLOCK_POSSIBLE_PARENTS_GET", VSCMI_PART_REPLY, 0x10000, 4, 0x00ffff00 },
	{ "CLOCK_GET_PERMISSIONS", VSCMI_PART_REPLY, 0x10000, 4, 0x1fffffff },
	{ "SENSOR_PROTOCOL_ATTRIBUTES", VSCMI_PART_REPLY, 0x10000, 4, 0xff000000 },
	{ "SENSOR_DESCRIPTION_GET", VSCMI_PART_REPLY, 0x10000, 4, 0x0000f000 },
	{ "SENSOR_DESCRIPTION_GET", VSCMI_PART_REPLY, 0x10000, 12, 0x7fffff00 },
	{ "SENSOR_DESCRIPTION_GET", VSCMI_PART_REPLY, 0x20000, 12, 0x3fff8000 },
	{ "SENSOR_DESCRIPTION_GET", VSCMI_PART_REPLY, 0x30000, 12, 0x1fff8000 },
	{ "SENSOR_DESCRIPTION_GET", VSCMI_PART_REPLY, 0x10000, 16, 0x003f0700 },
	{ "SENSOR_DESCRIPTION_GET", VSCMI_PART_REPLY, 0x20000, 16, 0xffc00600 },
	{ "SENSOR_TRIP_POINT_NOTIFY", VSCMI_PART_REQUEST, 0x10000, 4, 0xfffffffe },
	{ "SENSOR_TRIP_POINT_CONFIG", VSCMI_PART_REQUEST, 0x10000, 4, 0xfffff00c },
	{ "SENSOR_READING_GET", VSCMI_PART_REQUEST, 0x10000, 4, 0xfffffffe },
	{ "SENSOR_AXIS_DESCRIPTION_GET", VSCMI_PART_REPLY, 0x10000, 4, 0x03ffffc0 },
	{ "SENSOR_AXIS_DESCRIPTION_GET", VSCMI_PART_REPLY, 0x10000, 12, 0xfffffeff },
	{ "SENSOR_AXIS_DESCRIPTION_GET", VSCMI_PART_REPLY, 0x30000, 12, 0xfffffcff },
	{ "SENSOR_AXIS_DESCRIPTION_GET", VSCMI_PART_REPLY, 0x10000, 16, 0xffff0700 },
	{ "SENSOR_LIST_UPDATE_INTERVALS", VSCMI_PART_REPLY, 0x10000, 4, 0x0000e000 },
	{ "SENSOR_LIST_UPDATE_INTERVALS", VSCMI_PART_REPLY, 0x10000, 8, 0xffe00000 },
	{ "SENSOR_CONFIG_GET", VSCMI_PART_REPLY, 0x10000, 4, 0x000007fc },
	{ "SENSOR_CONFIG_SET", VSCMI_PART_REQUEST, 0x10000, 4, 0x000001fc },
	{ "SENSOR_CONTINUOUS_UPDATE_NOTIFY", VSCMI_PART_REQUEST, 0x10000, 4, 0xfffffffe },
	{ "SENSOR_AXIS_NAME_GET", VSCMI_PART_REPLY, 0x10000, 4, 0x03ffffc0 },
	{ "SENSOR_TRIP_POINT_EVENT", VSCMI_PART_REPLY, 0x10000, 8, 0xfffeff00 },
};

static uint32_t specified_reserved(const char *name, enum vscmi_part part,
				   uint32_t version, size_t offset)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < COUNT_OF(reserved); i++) {
		if (!strcmp(reserved[i].name, name) && reserved[i].part == part &&
		    reserved[i].offset == offset && version >= reserved[i].since)
			bits = reserved[i].bits;
	}
	return bits;
}

struct counter {
	struct vscmi_visitor visitor;
	unsigned int not_zero;
};

static void count_field(struct vscmi_visitor *visitor, const struct vscmi_field *field)
{
	struct counter *counter = (struct counter *)visitor;

	counter->not_zero += field->number || (field->text && field->text[0]);
}

static void check_bits(struct vscmi_header header, enum vscmi_part part, uint32_t version)
{
	const struct specified *message = specification_of(header);
	uint8_t bytes[MESSAGE_BYTES], out[MESSAGE_BYTES];
	size_t fixed = encode_zeros(header, part, version, false, bytes);
	size_t count = encode_zeros(header, part, version, true, bytes);
	bool counted = message->element && !is_uncounted(message->name);
	bool has_status = part == VSCMI_PART_REPLY && header.type != VSCMI_NOTIFICATION;

	for (size_t offset = has_status ? 8 : 4; offset + 4 <= count; offset += 4) {
		unsigned int elements = counted && offset >= fixed;
		uint32_t bits = 0;

		/* Every list has its COUNT there. */
		if (elements)
			bytes[8] = 1;
		for (unsigned int bit = 0; bit < 32; bit++) {
			struct counter counter = { .visitor = { .field = count_field } };
			struct reencoded reencoded;

			vscmi_le32_put(bytes + offset, 1u << bit);
			assert_true(reencode(bytes, count, part, version, out,
					     sizeof(out), &reencoded));
			assert_int_equal(reencoded.reserved & ~(1u << bit), 0);
			vscmi_message_visit(bytes, count, part, version,
					    &counter.visitor);
			assert_true(counter.not_zero <= elements + !reencoded.reserved);
			bits |= reencoded.reserved;
		}
		vscmi_le32_put(bytes + offset, 0);
		assert_int_equal(bits, specified_reserved(message->name, part, version,
							  offset - 4));
	}
}

static void every_bit_is_in_one_field_or_reserved_as_specified(void **state)
{
	for_each_form(check_bits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_message_of_the_specification_has_a_row_and_no_other_has),
		cmocka_unit_test(the_newest_forms_are_the_longest),
		cmocka_unit_test(every_form_has_the_size_of_the_specification),
		cmocka_unit_test(every_list_but_that_of_readings_is_counted),
		cmocka_unit_test(descriptors_grow_by_what_their_flags_announce),
		cmocka_unit_test(every_bit_is_in_one_field_or_reserved_as_specified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
