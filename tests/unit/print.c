/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages as lines of text, and the table behind them. */
#include "test.h"

#include <string.h>

#include "vscmi/message.h"
#include "message/cursor.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A message: its header word, then words, as a reader of the specification has them. */
struct sample {
	const char *line;
	enum vscmi_part part;
	uint32_t version;
	uint32_t header;
	size_t words;
	uint32_t payload[20];
};

#define REQUEST                      VSCMI_PART_REQUEST
#define REPLY                        VSCMI_PART_REPLY
#define COMMAND(protocol, id, token) ((protocol) << 10 | (id) | (uint32_t)(token) << 18)
#define DELAYED(protocol, id, token) (COMMAND(protocol, id, token) | 2 << 8)
#define EVENT(protocol, id)          (COMMAND(protocol, id, 0) | 3 << 8)

static size_t encode(const struct sample *sample, uint8_t *bytes, size_t room)
{
	struct vscmi_out out = vscmi_out(bytes, room);

	vscmi_out_u32(&out, sample->header);
	for (size_t i = 0; i < sample->words; i++)
		vscmi_out_u32(&out, sample->payload[i]);
	assert_false(out.overflow);
	return room - out.left;
}

static const struct sample samples[] = {
	{ "CLOCK_RATE_SET request token 7: async clock_id 2 rate_hz 48000000",
	  REQUEST,
	  0x30000,
	  COMMAND(0x14, 5, 7),
	  4,
	  { 1, 2, 48000000, 0 } },
	{ "CLOCK_RATE_SET request token 1023: clock_id 0 rate_hz 18446744073709551615",
	  REQUEST,
	  0x10000,
	  COMMAND(0x14, 5, 1023),
	  4,
	  { 0, 0, 0xffffffff, 0xffffffff } },
	{ "CLOCK_RATE_SET reply token 7: status SUCCESS",
	  REPLY,
	  0x30000,
	  COMMAND(0x14, 5, 7),
	  1,
	  { 0 } },
	{ "CLOCK_RATE_SET reply token 7: status NOT_FOUND",
	  REPLY,
	  0x30000,
	  COMMAND(0x14, 5, 7),
	  1,
	  { (uint32_t)-4 } },
	{ "CLOCK_RATE_GET reply token 7: status -200",
	  REPLY,
	  0x30000,
	  COMMAND(0x14, 6, 7),
	  1,
	  { (uint32_t)-200 } },
	{ "CLOCK_RATE_GET reply token 7: status 1",
	  REPLY,
	  0x30000,
	  COMMAND(0x14, 6, 7),
	  1,
	  { 1 } },
	{ "CLOCK_RATE_SET_COMPLETE delayed response token 9: status SUCCESS clock_id 2 "
	  "rate_hz 4294967296",
	  REPLY,
	  0x30000,
	  DELAYED(0x14, 5, 9),
	  4,
	  { 0, 2, 0, 1 } },
	{ "CLOCK_RATE_SET_COMPLETE delayed response token 9: status HARDWARE_ERROR",
	  REPLY,
	  0x30000,
	  DELAYED(0x14, 5, 9),
	  1,
	  { (uint32_t)-9 } },
	{ "CLOCK_RATE_CHANGED notification: agent_id 1 clock_id 2 rate_hz 3",
	  REPLY,
	  0x20000,
	  EVENT(0x14, 0),
	  4,
	  { 1, 2, 3, 0 } },
	{ "BASE_DISCOVER_VENDOR request token 0",
	  REQUEST,
	  0x20001,
	  COMMAND(0x10, 3, 0),
	  0,
	  { 0 } },
	{ "BASE_DISCOVER_VENDOR reply token 0: status SUCCESS vendor \"acme\"",
	  REPLY,
	  0x20001,
	  COMMAND(0x10, 3, 0),
	  5,
	  { 0, 0x656d6361, 0, 0, 0 } },
	{ "BASE_DISCOVER_VENDOR reply token 0: status SUCCESS vendor \"a??? ~?b\"",
	  REPLY,
	  0x20001,
	  COMMAND(0x10, 3, 0),
	  5,
	  { 0, 0x9b0a1b61, 0x627f7e20, 0, 0 } },
	{ "BASE_DISCOVER_LIST_PROTOCOLS reply token 0: status SUCCESS returned 5 [0] "
	  "protocol_id 17 [1] protocol_id 18 [2] protocol_id 19 [3] protocol_id 20 [4] "
	  "protocol_id 21",
	  REPLY,
	  0x20001,
	  COMMAND(0x10, 6, 0),
	  4,
	  { 0, 5, 0x14131211, 0x15 } },
	{ "BASE_DISCOVER_LIST_PROTOCOLS reply token 0: status SUCCESS returned 0",
	  REPLY,
	  0x20001,
	  COMMAND(0x10, 6, 0),
	  2,
	  { 0, 0 } },
	{ "BASE_ERROR_EVENT notification: agent_id 1 fatal count 2 [0] header 16388 "
	  "status "
	  "DENIED [1] header 0 status -128",
	  REPLY,
	  0x20001,
	  EVENT(0x10, 0),
	  6,
	  { 1, 0x80000002, 0x4004, (uint32_t)-3, 0, (uint32_t)-128 } },
	{ "SYSTEM_POWER_STATE_NOTIFIER notification: agent_id 0 graceful system_state 0 "
	  "timeout_ms 5000",
	  REPLY,
	  0x20001,
	  EVENT(0x12, 0),
	  4,
	  { 0, 1, 0, 5000 } },
	{ "SYSTEM_POWER_STATE_NOTIFIER notification: agent_id 0 system_state 1",
	  REPLY,
	  0x10000,
	  EVENT(0x12, 0),
	  3,
	  { 0, 0, 1 } },
	{ "SENSOR_READING_GET reply token 3: status SUCCESS [0] value -1 timestamp 7 [1] "
	  "value -9223372036854775808 timestamp 0",
	  REPLY,
	  0x30000,
	  COMMAND(0x15, 6, 3),
	  9,
	  { 0, 0xffffffff, 0xffffffff, 7, 0, 0, 0x80000000, 0, 0 } },
	{ "SENSOR_READING_GET reply token 3: status SUCCESS [0] value 2",
	  REPLY,
	  0x10000,
	  COMMAND(0x15, 6, 3),
	  3,
	  { 0, 2, 0 } },
	{ "SENSOR_LIST_UPDATE_INTERVALS reply token 3: status SUCCESS remaining 1 "
	  "returned 1 "
	  "[0] seconds 1 exponent -3",
	  REPLY,
	  0x30000,
	  COMMAND(0x15, 8, 3),
	  3,
	  { 0, 0x00010001, 1 << 5 | 0x1d } },
	{ "SENSOR_PROTOCOL_VERSION reply token 3: status SUCCESS major 3 minor 1",
	  REPLY,
	  0x30001,
	  COMMAND(0x15, 0, 3),
	  2,
	  { 0, 0x30001 } },

	/* No row. */
	{ "reset message 0x03 request token 11: 04030201",
	  REQUEST,
	  0,
	  COMMAND(0x16, 3, 11),
	  1,
	  { 0x01020304 } },
	{ "protocol 0x80 message 0xff reply token 0",
	  REPLY,
	  0,
	  COMMAND(0x80, 0xff, 0),
	  0,
	  { 0 } },
	{ "clock message 0x05 of reserved type token 2: 01000000",
	  REPLY,
	  0x30000,
	  COMMAND(0x14, 5, 2) | 1 << 8,
	  1,
	  { 1 } },
	{ "CLOCK_RATE_SET_COMPLETE delayed response token 2: 01000000",
	  REQUEST,
	  0x30000,
	  DELAYED(0x14, 5, 2),
	  1,
	  { 1 } },

	/* Not what the row says. */
	{ "CLOCK_RATE_SET request token 7: clock_id 2, cut short",
	  REQUEST,
	  0x30000,
	  COMMAND(0x14, 5, 7),
	  3,
	  { 0, 2, 48000000 } },
	{ "CLOCK_RATE_GET reply token 7, cut short",
	  REPLY,
	  0x30000,
	  COMMAND(0x14, 6, 7),
	  0,
	  { 0 } },
	{ "CLOCK_RATE_GET request token 7: clock_id 2, too long: ffffffff",
	  REQUEST,
	  0x30000,
	  COMMAND(0x14, 6, 7),
	  2,
	  { 2, 0xffffffff } },
	{ "CLOCK_RATE_GET reply token 7: status DENIED, too long: 0100000000000000",
	  REPLY,
	  0x30000,
	  COMMAND(0x14, 6, 7),
	  3,
	  { (uint32_t)-3, 1, 0 } },
	{ "CLOCK_DESCRIBE_RATES reply token 7: status SUCCESS remaining 0 returned 2 [0] "
	  "rate_hz 1, cut short",
	  REPLY,
	  0x30000,
	  COMMAND(0x14, 4, 7),
	  4,
	  { 0, 2, 1, 0 } },
	{ "CLOCK_DESCRIBE_RATES reply token 7: status SUCCESS remaining 0 returned 1 [0] "
	  "rate_hz 1, too long: 0200000000000000",
	  REPLY,
	  0x30000,
	  COMMAND(0x14, 4, 7),
	  6,
	  { 0, 1, 1, 0, 2, 0 } },
};

static void each_sample_reads_as_it_should(void **state)
{
	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		uint8_t bytes[128];
		char line[512];
		size_t count = encode(&samples[i], bytes, sizeof(bytes));
		size_t length =
			vscmi_message_print(bytes, count, samples[i].part,
					    samples[i].version, line, sizeof(line));

		assert_string_equal(line, samples[i].line);
		assert_int_equal(length, strlen(samples[i].line));
	}
}

static void less_than_a_header_word_is_shown_in_hexadecimal(void **state)
{
	char line[64];

	vscmi_message_print("\x01\xf2\x03", 3, REPLY, 0, line, sizeof(line));
	assert_string_equal(line, "no header word: 01f203");
	vscmi_message_print(NULL, 0, REPLY, 0, line, sizeof(line));
	assert_string_equal(line, "no header word");
}

static void a_line_is_cut_to_its_room_and_says_how_long_it_is(void **state)
{
	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		uint8_t bytes[128];
		size_t count = encode(&samples[i], bytes, sizeof(bytes));
		size_t whole = strlen(samples[i].line);

		for (size_t room = 0; room <= whole + 1; room++) {
			char line[513];

			memset(line, 'x', sizeof(line));
			assert_int_equal(
				vscmi_message_print(bytes, count, samples[i].part,
						    samples[i].version, line, room),
				whole);
			assert_int_equal(line[room], 'x');
			if (room == 0)
				continue;
			assert_int_equal(strlen(line), room - 1);
			assert_memory_equal(line, samples[i].line, room - 1);
		}
	}
}

static void a_message_is_found_by_its_name_in_any_letter_case(void **state)
{
	static const struct {
		uint8_t protocol;
		const char *name;
		const char *found; /* NULL: not found */
	} cases[] = {
		{ 0x14, "CLOCK_RATE_SET", "CLOCK_RATE_SET" },
		{ 0x14, "Rate_Set", "CLOCK_RATE_SET" },
		{ 0x14, "rate_set_complete", "CLOCK_RATE_SET_COMPLETE" },
		{ 0x14, "clock_attributes", "CLOCK_ATTRIBUTES" },
		{ 0x14, "attributes", "CLOCK_ATTRIBUTES" },
		{ 0x14, "protocol_attributes", "CLOCK_PROTOCOL_ATTRIBUTES" },
		{ 0x15, "protocol_attributes", "SENSOR_PROTOCOL_ATTRIBUTES" },
		{ 0x10, "protocol_version", "BASE_PROTOCOL_VERSION" },
		{ 0x12, "SYSTEM_NEGOTIATE_PROTOCOL_VERSION",
		  "SYSTEM_NEGOTIATE_PROTOCOL_VERSION" },
		{ 0x12, "power_state_set", "SYSTEM_POWER_STATE_SET" },
		{ 0x14, "", NULL },
		{ 0x14, "clock_", NULL },
		{ 0x14, "rate_se", NULL },
		{ 0x14, "rate_set_", NULL },
		{ 0x14, "reading_get", NULL },
		{ 0x14, "sensor_protocol_version", NULL },
		{ 0x11, "protocol_version", NULL },
		{ 0xff, "protocol_version", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct vscmi_message *message =
			vscmi_message_find_name(cases[i].protocol, cases[i].name);

		if (!cases[i].found) {
			assert_null(message);
			continue;
		}
		assert_non_null(message);
		assert_string_equal(vscmi_message_name(message), cases[i].found);
		assert_int_equal(vscmi_message_header(message).protocol,
				 cases[i].protocol);
	}
}

static void every_message_is_found_by_its_ids_and_by_its_own_name(void **state)
{
	size_t messages = 0;

	for (unsigned int key = 0; key < 256 * 4 * 256; key++) {
		uint8_t protocol = (uint8_t)(key >> 10), id = (uint8_t)key;
		enum vscmi_message_type type = key >> 8 & 3;
		const struct vscmi_message *message =
			vscmi_message_find(protocol, type, id);
		struct vscmi_header header;

		if (!message)
			continue;
		messages++;
		header = vscmi_message_header(message);
		assert_int_equal(vscmi_header_pack(header), key);
		assert_ptr_equal(
			vscmi_message_find_name(protocol, vscmi_message_name(message)),
			message);
	}
	assert_int_equal(messages, 11 + 5 + 17 + 15 + 4 * 3);
}

static void each_message_knows_the_version_that_brought_it(void **state)
{
	static const struct {
		uint8_t protocol;
		const char *name;
		uint32_t since;
	} cases[] = {
		{ 0x10, "discover_vendor", 0x10000 },
		{ 0x10, "set_device_permissions", 0x20000 },
		{ 0x10, "negotiate_protocol_version", 0x20001 },
		{ 0x14, "negotiate_protocol_version", 0x30000 },
		{ 0x15, "negotiate_protocol_version", 0x30001 },
		{ 0x14, "protocol_version", 0x10000 },
		{ 0x14, "name_get", 0x20000 },
		{ 0x14, "config_get", 0x30000 },
		{ 0x15, "update", 0x20000 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct vscmi_message *message =
			vscmi_message_find_name(cases[i].protocol, cases[i].name);

		assert_non_null(message);
		assert_int_equal(vscmi_message_since(message), cases[i].since);
	}
}

static void the_ten_standard_protocols_have_names(void **state)
{
	static const char *const names[] = { "base",        "power",   "system",
					     "performance", "clock",   "sensor",
					     "reset",       "voltage", "powercap",
					     "pinctrl" };

	for (unsigned int id = 0; id < 256; id++) {
		const char *name = vscmi_protocol_name((uint8_t)id);

		if (id < 0x10 || id > 0x19) {
			assert_null(name);
			continue;
		}
		assert_string_equal(name, names[id - 0x10]);
		assert_int_equal(vscmi_protocol_find_name(name), id);
	}
	assert_int_equal(vscmi_protocol_find_name("Clock"), 0x14);
	assert_int_equal(vscmi_protocol_find_name("cloc"), 0);
	assert_int_equal(vscmi_protocol_find_name("clocks"), 0);
	assert_int_equal(vscmi_protocol_find_name(""), 0);
}

static void the_newest_version_is_that_of_scmi_3_2(void **state)
{
	assert_int_equal(vscmi_protocol_newest_version(0x10), 0x20001);
	assert_int_equal(vscmi_protocol_newest_version(0x12), 0x20001);
	assert_int_equal(vscmi_protocol_newest_version(0x14), 0x30000);
	assert_int_equal(vscmi_protocol_newest_version(0x15), 0x30001);
	assert_int_equal(vscmi_protocol_newest_version(0x11), 0);
	assert_int_equal(vscmi_protocol_newest_version(0x80), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sample_reads_as_it_should),
		cmocka_unit_test(less_than_a_header_word_is_shown_in_hexadecimal),
		cmocka_unit_test(a_line_is_cut_to_its_room_and_says_how_long_it_is),
		cmocka_unit_test(a_message_is_found_by_its_name_in_any_letter_case),
		cmocka_unit_test(every_message_is_found_by_its_ids_and_by_its_own_name),
		cmocka_unit_test(each_message_knows_the_version_that_brought_it),
		cmocka_unit_test(the_ten_standard_protocols_have_names),
		cmocka_unit_test(the_newest_version_is_that_of_scmi_3_2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
