/* SPDX-License-Identifier: BSD-3-Clause */
/* What a Linux kernel sends and accepts, through the decoders, the encoders and the printer. */
#include "test.h"

#include <string.h>

#include "vscmi/message.h"
#include "message/cursor.h"
#include "reencode.h"
#include "vectors.h"

/* What PROTOCOL_VERSION said in the recording; 0 until then. */
struct replay {
	uint32_t versions[256];
	unsigned int described, unknown, too_long;
};

static void ignore_field(struct vscmi_visitor *visitor, const struct vscmi_field *field)
{
}

static enum vscmi_error visit(const uint8_t *bytes, size_t count, enum vscmi_part part,
			      uint32_t version)
{
	struct vscmi_visitor visitor = { .field = ignore_field };

	return vscmi_message_visit(bytes, count, part, version, &visitor);
}

static struct vscmi_header header_of(const uint8_t *bytes)
{
	return vscmi_header_unpack(vscmi_le32_get(bytes));
}

/* The version of the message's protocol; its PROTOCOL_VERSION reply tells it. */
static uint32_t version_of(struct replay *replay, const struct vector *vector)
{
	struct vscmi_header header = header_of(vector->request);

	if (header.message_id == 0)
		replay->versions[header.protocol] = vscmi_le32_get(vector->reply + 8);
	assert_int_not_equal(replay->versions[header.protocol], 0);
	return replay->versions[header.protocol];
}

static void reencode_alike(const uint8_t *bytes, size_t count, enum vscmi_part part,
			   uint32_t version)
{
	uint8_t out[VECTOR_BYTES];
	struct reencoded reencoded;

	assert_true(reencode(bytes, count, part, version, out, sizeof(out), &reencoded));
	assert_int_equal(reencoded.reserved, 0);
	assert_false(reencoded.short_read);
	assert_int_equal(reencoded.count, count);
	assert_memory_equal(out, bytes, count);
}

static void replay_one(const struct vector *vector, void *context)
{
	struct replay *replay = context;
	uint32_t version = version_of(replay, vector);
	struct vscmi_header header = header_of(vector->request);

	if (!vscmi_protocol_newest_version(header.protocol)) {
		replay->unknown++;
		assert_int_equal(visit(vector->request, vector->request_count,
				       VSCMI_PART_REQUEST, version),
				 VSCMI_E_UNSUPPORTED);
		return;
	}
	replay->described++;
	assert_int_equal(visit(vector->request, vector->request_count, VSCMI_PART_REQUEST,
			       version),
			 VSCMI_OK);
	reencode_alike(vector->request, vector->request_count, VSCMI_PART_REQUEST,
		       version);
	/* The one reply that the recording itself calls too long. */
	if (header.protocol == VSCMI_PROTOCOL_SENSOR && header.message_id == 0x03) {
		replay->too_long++;
		assert_int_equal(visit(vector->reply, vector->reply_count,
				       VSCMI_PART_REPLY, version),
				 VSCMI_E_MALFORMED);
		assert_int_equal(visit(vector->reply, vector->reply_count - 32,
				       VSCMI_PART_REPLY, version),
				 VSCMI_OK);
		return;
	}
	assert_int_equal(
		visit(vector->reply, vector->reply_count, VSCMI_PART_REPLY, version),
		VSCMI_OK);
	reencode_alike(vector->reply, vector->reply_count, VSCMI_PART_REPLY, version);
}

static void what_linux_sends_and_accepts_decodes_and_encodes_to_the_same_bytes(
	void **state)
{
	struct replay replay = { 0 };

	for_each_vector(replay_one, &replay);
	assert_int_equal(replay.described + replay.unknown, 104);
	assert_true(replay.described >= 55);
	assert_int_equal(replay.too_long, 1);
}

static void print_one(const struct vector *vector, void *context)
{
	struct vscmi_header header = header_of(vector->request);
	bool described = vscmi_protocol_newest_version(header.protocol);
	const char *of = described ? NULL : vscmi_protocol_name(header.protocol);
	char line[1024];

	assert_in_range(vscmi_message_print(vector->request, vector->request_count,
					    VSCMI_PART_REQUEST, 0x30000, line,
					    sizeof(line)),
			1, sizeof(line) - 1);
	if (of) {
		assert_memory_equal(line, of, strlen(of));
		assert_memory_equal(line + strlen(of), " message 0x", 11);
	} else {
		const struct vscmi_message *message = vscmi_message_find(
			header.protocol, VSCMI_COMMAND, header.message_id);
		const char *name = vscmi_message_name(message);

		assert_memory_equal(line, name, strlen(name));
		assert_memory_equal(line + strlen(name), " request token ", 15);
	}
}

static void what_linux_sends_prints_with_its_name_where_a_row_has_one(void **state)
{
	for_each_vector(print_one, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_linux_sends_and_accepts_decodes_and_encodes_to_the_same_bytes),
		cmocka_unit_test(
			what_linux_sends_prints_with_its_name_where_a_row_has_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
