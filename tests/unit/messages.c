/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rows against the specification: sizes in every version, reserved bits, lengths, and
 * that decoders and encoders are each other's inverse.
 */
#include "test.h"

#include <stdlib.h>
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
	uint8_t protocol, type, id;
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

/* Larger than any message here with a few elements. */
#define MESSAGE_BYTES 512

/* Those of protocols.def, oldest first. */
static const struct {
	uint8_t protocol;
	uint32_t versions[4];
} protocols[] = {
#define PROTOCOL(NAME, name, id, negotiates, ...) { id, { __VA_ARGS__ } },
#include "protocols/protocols.def"
#undef PROTOCOL
};

/* Calls check for each message in each version and part that it has. */
static void for_each_form(void (*check)(const struct specified *message,
					enum vscmi_part part, uint32_t version))
{
	for (size_t i = 0; i < COUNT_OF(specified); i++) {
		const struct specified *message = &specified[i];
		size_t p = 0;

		while (protocols[p].protocol != message->protocol)
			p++;
		for (size_t v = 0; v < 4 && protocols[p].versions[v]; v++) {
			uint32_t version = protocols[p].versions[v];

			check(message, VSCMI_PART_REPLY, version);
			if (message->type == VSCMI_COMMAND)
				check(message, VSCMI_PART_REQUEST, version);
		}
	}
}

static uint32_t header_word(const struct specified *message)
{
	return vscmi_header_pack((struct vscmi_header){
		.message_id = message->id,
		.type = message->type,
		.protocol = message->protocol,
	});
}

/*
 * What the encoder makes of a structure full of zeros, with one element if it is asked for
 * and there is a list. Return: bytes, with the header word.
 */
static size_t encode_zeros(const struct specified *message, enum vscmi_part part,
			   uint32_t version, bool element, uint8_t *ret_bytes)
{
	uint8_t seed[MESSAGE_BYTES] = { 0 };
	struct reencoded reencoded;

	vscmi_le32_put(seed, header_word(message));
	assert_true(reencode(seed, VSCMI_HEADER_BYTES, part, version, ret_bytes,
			     MESSAGE_BYTES, &reencoded));
	if (element)
		assert_true(reencode(seed, reencoded.count + 1, part, version, ret_bytes,
				     MESSAGE_BYTES, &reencoded));
	return reencoded.count;
}

static void every_row_is_one_of_the_specification_and_the_other_way_round(void **state)
{
	size_t rows = 0;

	for (size_t i = 0; i < COUNT_OF(specified); i++) {
		const struct vscmi_message *message = vscmi_message_find(
			specified[i].protocol, specified[i].type, specified[i].id);

		assert_non_null(message);
		assert_string_equal(vscmi_message_name(message), specified[i].name);
		assert_int_equal(vscmi_message_since(message), specified[i].since);
	}
	for (size_t p = 0; p < COUNT_OF(protocols); p++) {
		for (unsigned int key = 0; key < 4 * 256; key++) {
			if (vscmi_message_find(protocols[p].protocol, key >> 8,
					       (uint8_t)key))
				rows++;
		}
	}
	assert_int_equal(rows, COUNT_OF(specified) + COUNT_OF(protocols) * 3);
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
	assert_int_equal(VSCMI_PROTOCOL_VERSION_REPLY_MAX, 4 + 8);
	assert_int_equal(VSCMI_PROTOCOL_MESSAGE_ATTRIBUTES_REQUEST_MAX, 4 + 4);
	assert_int_equal(VSCMI_PROTOCOL_MESSAGE_ATTRIBUTES_REPLY_MAX, 4 + 8);
	assert_int_equal(VSCMI_NEGOTIATE_PROTOCOL_VERSION_REQUEST_MAX, 4 + 4);
	assert_int_equal(VSCMI_NEGOTIATE_PROTOCOL_VERSION_REPLY_MAX, 4 + 4);
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
	/* It came with 2.0: no such thing was ever sent. */
	{ "SENSOR_UPDATE", VSCMI_PART_REPLY, 0x20000, 8, 8 },
};

static void check_size(const struct specified *message, enum vscmi_part part,
		       uint32_t version)
{
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
	assert_int_equal(encode_zeros(message, part, version, false, bytes), 4 + fixed);
	assert_int_equal(encode_zeros(message, part, version, true, bytes),
			 4 + fixed + element);
}

static void every_form_has_the_size_of_the_specification(void **state)
{
	for_each_form(check_size);
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

static void check_reserved(const struct specified *message, enum vscmi_part part,
			   uint32_t version)
{
	uint8_t bytes[MESSAGE_BYTES], out[MESSAGE_BYTES];
	size_t count = encode_zeros(message, part, version, true, bytes);
	bool has_status = part == VSCMI_PART_REPLY && message->type != VSCMI_NOTIFICATION;

	for (size_t offset = has_status ? 8 : 4; offset + 4 <= count; offset += 4) {
		uint32_t bits = 0;

		for (unsigned int bit = 0; bit < 32; bit++) {
			struct reencoded reencoded;

			vscmi_le32_put(bytes + offset, 1u << bit);
			assert_true(reencode(bytes, count, part, version, out,
					     sizeof(out), &reencoded));
			assert_int_equal(reencoded.reserved & ~(1u << bit), 0);
			bits |= reencoded.reserved;
		}
		vscmi_le32_put(bytes + offset, 0);
		assert_int_equal(bits, specified_reserved(message->name, part, version,
							  offset - 4));
	}
}

static void reserved_bits_are_those_of_the_specification(void **state)
{
	for_each_form(check_reserved);
}

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

static void check_length(const struct specified *message, enum vscmi_part part,
			 uint32_t version)
{
	uint8_t bytes[MESSAGE_BYTES] = { 0 };
	size_t whole = encode_zeros(message, part, version, false, bytes);
	struct seen seen;

	for (size_t count = 1; count < whole; count++)
		assert_int_equal(visit(bytes, count, part, version, &seen),
				 VSCMI_E_MALFORMED);
	assert_int_equal(visit(bytes, whole, part, version, &seen), VSCMI_OK);
	assert_int_equal(seen.elements, 0);
	for (size_t more = 1; more <= 4; more++)
		assert_int_equal(visit(bytes, whole + more, part, version, &seen),
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
static size_t random_message(const struct specified *message, uint8_t *ret_bytes)
{
	size_t words = 2 + next_random() % 40;

	vscmi_le32_put(ret_bytes, header_word(message));
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

static void check_inverse(const struct specified *message, enum vscmi_part part,
			  uint32_t version)
{
	for (unsigned int i = 0; i < 500; i++) {
		uint8_t bytes[MESSAGE_BYTES], once[MESSAGE_BYTES], twice[MESSAGE_BYTES];
		size_t count = random_message(message, bytes);
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
		cmocka_unit_test(
			every_row_is_one_of_the_specification_and_the_other_way_round),
		cmocka_unit_test(the_newest_forms_are_the_longest),
		cmocka_unit_test(every_form_has_the_size_of_the_specification),
		cmocka_unit_test(descriptors_grow_by_what_their_flags_announce),
		cmocka_unit_test(reserved_bits_are_those_of_the_specification),
		cmocka_unit_test(every_form_is_malformed_at_any_other_length),
		cmocka_unit_test(a_list_of_descriptors_is_walked_by_their_flags),
		cmocka_unit_test(a_list_that_is_not_as_long_as_it_says_is_malformed),
		cmocka_unit_test(protocol_ids_are_padded_to_a_word),
		cmocka_unit_test(a_visitor_need_not_care_for_elements),
		cmocka_unit_test(what_was_decoded_encodes_to_what_decodes_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
