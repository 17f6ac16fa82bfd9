/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages as lines of text; and, since a line shows every field, that each field stands
 * where the specification puts it.
 */
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
	const uint32_t *payload;
};

#define REQUEST                      VSCMI_PART_REQUEST
#define REPLY                        VSCMI_PART_REPLY
#define COMMAND(protocol, id, token) ((protocol) << 10 | (id) | (uint32_t)(token) << 18)
#define DELAYED(protocol, id, token) (COMMAND(protocol, id, token) | 2 << 8)
#define EVENT(protocol, id)          (COMMAND(protocol, id, 0) | 3 << 8)

#define WORDS(...)                                                        \
	sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4, (const uint32_t[]) \
	{                                                                 \
		__VA_ARGS__                                               \
	}
#define NO_WORDS 0, NULL

static size_t encode(const struct sample *sample, uint8_t *bytes, size_t room)
{
	struct vscmi_out out = vscmi_out(bytes, room);

	vscmi_out_u32(&out, sample->header);
	for (size_t i = 0; i < sample->words; i++)
		vscmi_out_u32(&out, sample->payload[i]);
	assert_false(out.overflow);
	return room - out.left;
}

/* clang-format off */
static const struct sample samples[] = {
	{ "BASE_PROTOCOL_VERSION request token 0",
	  REQUEST, 0x20001, COMMAND(0x10, 0x0, 0), NO_WORDS },
	{ "BASE_PROTOCOL_VERSION reply token 0: status SUCCESS major 2 minor 1",
	  REPLY, 0x20001, COMMAND(0x10, 0x0, 0), WORDS(0, 0x00020001) },
	{ "BASE_PROTOCOL_ATTRIBUTES reply token 0: status SUCCESS agents 2 protocols 3",
	  REPLY, 0x20001, COMMAND(0x10, 0x1, 0), WORDS(0, 0x0203) },
	{ "BASE_PROTOCOL_MESSAGE_ATTRIBUTES request token 0: message_id 5",
	  REQUEST, 0x20001, COMMAND(0x10, 0x2, 0), WORDS(5) },
	{ "BASE_PROTOCOL_MESSAGE_ATTRIBUTES reply token 0: status SUCCESS attributes 1",
	  REPLY, 0x20001, COMMAND(0x10, 0x2, 0), WORDS(0, 1) },
	{ "BASE_DISCOVER_VENDOR request token 0",
	  REQUEST, 0x20001, COMMAND(0x10, 0x3, 0), NO_WORDS },
	{ "BASE_DISCOVER_VENDOR reply token 0: status SUCCESS vendor \"acme\"",
	  REPLY, 0x20001, COMMAND(0x10, 0x3, 0), WORDS(0, 0x656d6361, 0, 0, 0) },
	{ "BASE_DISCOVER_VENDOR reply token 0: status SUCCESS vendor \"a??? ~?b\"",
	  REPLY, 0x20001, COMMAND(0x10, 0x3, 0), WORDS(0, 0x9b0a1b61, 0x627f7e20, 0, 0) },
	{ "BASE_DISCOVER_SUB_VENDOR reply token 0: status SUCCESS sub_vendor \"acme\"",
	  REPLY, 0x20001, COMMAND(0x10, 0x4, 0), WORDS(0, 0x656d6361, 0, 0, 0) },
	{ "BASE_DISCOVER_IMPLEMENTATION_VERSION reply token 0: status SUCCESS "
	  "implementation_version 4294967295",
	  REPLY, 0x20001, COMMAND(0x10, 0x5, 0), WORDS(0, 0xffffffff) },
	{ "BASE_DISCOVER_LIST_PROTOCOLS request token 0: skip 3",
	  REQUEST, 0x20001, COMMAND(0x10, 0x6, 0), WORDS(3) },
	{ "BASE_DISCOVER_LIST_PROTOCOLS reply token 0: status SUCCESS returned 5 "
	  "[0] protocol_id 17 [1] protocol_id 18 [2] protocol_id 19 [3] protocol_id 20 "
	  "[4] protocol_id 21",
	  REPLY, 0x20001, COMMAND(0x10, 0x6, 0), WORDS(0, 5, 0x14131211, 0x15) },
	{ "BASE_DISCOVER_LIST_PROTOCOLS reply token 0: status SUCCESS returned 0",
	  REPLY, 0x20001, COMMAND(0x10, 0x6, 0), WORDS(0, 0) },
	{ "BASE_DISCOVER_AGENT request token 0: agent_id 4294967295",
	  REQUEST, 0x20001, COMMAND(0x10, 0x7, 0), WORDS(0xffffffff) },
	{ "BASE_DISCOVER_AGENT reply token 0: status SUCCESS agent_id 2 name \"a\"",
	  REPLY, 0x20000, COMMAND(0x10, 0x7, 0), WORDS(0, 2, 'a', 0, 0, 0) },
	{ "BASE_DISCOVER_AGENT reply token 0: status SUCCESS name \"a\"",
	  REPLY, 0x10000, COMMAND(0x10, 0x7, 0), WORDS(0, 'a', 0, 0, 0) },
	{ "BASE_NOTIFY_ERRORS request token 0: enable",
	  REQUEST, 0x20001, COMMAND(0x10, 0x8, 0), WORDS(1) },
	{ "BASE_SET_DEVICE_PERMISSIONS request token 0: agent_id 1 device_id 2 allow",
	  REQUEST, 0x20001, COMMAND(0x10, 0x9, 0), WORDS(1, 2, 1) },
	{ "BASE_SET_PROTOCOL_PERMISSIONS request token 0: agent_id 1 device_id 2 "
	  "protocol_id 20 allow",
	  REQUEST, 0x20001, COMMAND(0x10, 0xa, 0), WORDS(1, 2, 0x14, 1) },
	{ "BASE_RESET_AGENT_CONFIGURATION request token 0: agent_id 1 reset_permissions",
	  REQUEST, 0x20001, COMMAND(0x10, 0xb, 0), WORDS(1, 1) },
	{ "BASE_NEGOTIATE_PROTOCOL_VERSION request token 0: version 131072",
	  REQUEST, 0x20001, COMMAND(0x10, 0x10, 0), WORDS(0x20000) },
	{ "BASE_ERROR_EVENT notification: agent_id 1 fatal count 2 "
	  "[0] header 16388 status DENIED [1] header 0 status -128",
	  REPLY, 0x20001, EVENT(0x10, 0x0),
	  WORDS(1, 0x80000002, 0x4004, (uint32_t)-3, 0, (uint32_t)-128) },

	{ "SYSTEM_PROTOCOL_ATTRIBUTES reply token 0: status SUCCESS attributes 0",
	  REPLY, 0x20001, COMMAND(0x12, 0x1, 0), WORDS(0, 0) },
	{ "SYSTEM_POWER_STATE_SET request token 0: graceful system_state 2",
	  REQUEST, 0x20001, COMMAND(0x12, 0x3, 0), WORDS(1, 2) },
	{ "SYSTEM_POWER_STATE_GET reply token 0: status SUCCESS system_state 2147483648",
	  REPLY, 0x20001, COMMAND(0x12, 0x4, 0), WORDS(0, 0x80000000) },
	{ "SYSTEM_POWER_STATE_NOTIFY request token 0: enable",
	  REQUEST, 0x20001, COMMAND(0x12, 0x5, 0), WORDS(1) },
	{ "SYSTEM_POWER_STATE_NOTIFIER notification: agent_id 3 graceful system_state 4 "
	  "timeout_ms 5000",
	  REPLY, 0x20001, EVENT(0x12, 0x0), WORDS(3, 1, 4, 5000) },
	{ "SYSTEM_POWER_STATE_NOTIFIER notification: agent_id 3 system_state 1",
	  REPLY, 0x10000, EVENT(0x12, 0x0), WORDS(3, 0, 1) },

	{ "CLOCK_PROTOCOL_ATTRIBUTES reply token 0: status SUCCESS max_pending 4 clocks 515",
	  REPLY, 0x30000, COMMAND(0x14, 0x1, 0), WORDS(0, 0x00040203) },
	{ "CLOCK_ATTRIBUTES request token 0: clock_id 3",
	  REQUEST, 0x30000, COMMAND(0x14, 0x3, 0), WORDS(3) },
	{ "CLOCK_ATTRIBUTES reply token 0: status SUCCESS notifies_changed "
	  "notifies_change_requested extended_name parents extended_config restricted "
	  "enabled name \"a\" enable_delay_us 9",
	  REPLY, 0x30000, COMMAND(0x14, 0x3, 0), WORDS(0, 0xf8000003, 'a', 0, 0, 0, 9) },
	{ "CLOCK_ATTRIBUTES reply token 0: status SUCCESS notifies_changed parents restricted "
	  "name \"a\" enable_delay_us 9",
	  REPLY, 0x30000, COMMAND(0x14, 0x3, 0), WORDS(0, 0x90000002, 'a', 0, 0, 0, 9) },
	{ "CLOCK_ATTRIBUTES reply token 0: status SUCCESS notifies_change_requested "
	  "extended_config enabled name \"a\" enable_delay_us 9",
	  REPLY, 0x30000, COMMAND(0x14, 0x3, 0), WORDS(0, 0x48000001, 'a', 0, 0, 0, 9) },
	{ "CLOCK_ATTRIBUTES reply token 0: status SUCCESS notifies_changed "
	  "notifies_change_requested extended_name enabled name \"a\" enable_delay_us 9",
	  REPLY, 0x20000, COMMAND(0x14, 0x3, 0), WORDS(0, 0xf8000003, 'a', 0, 0, 0, 9) },
	{ "CLOCK_ATTRIBUTES reply token 0: status SUCCESS enabled name \"a\"",
	  REPLY, 0x10000, COMMAND(0x14, 0x3, 0), WORDS(0, 0xf8000003, 'a', 0, 0, 0) },
	{ "CLOCK_DESCRIBE_RATES request token 0: clock_id 1 rate_index 2",
	  REQUEST, 0x30000, COMMAND(0x14, 0x4, 0), WORDS(1, 2) },
	{ "CLOCK_DESCRIBE_RATES reply token 0: status SUCCESS remaining 0 triplet returned 3 "
	  "[0] rate_hz 1 [1] rate_hz 4294967298 [2] rate_hz 3",
	  REPLY, 0x30000, COMMAND(0x14, 0x4, 0), WORDS(0, 0x1003, 1, 0, 2, 1, 3, 0) },
	{ "CLOCK_DESCRIBE_RATES reply token 0: status SUCCESS remaining 5 returned 1 "
	  "[0] rate_hz 9223372036854775815",
	  REPLY, 0x30000, COMMAND(0x14, 0x4, 0), WORDS(0, 0x50001, 7, 0x80000000) },
	{ "CLOCK_RATE_SET request token 7: async clock_id 2 rate_hz 48000000",
	  REQUEST, 0x30000, COMMAND(0x14, 0x5, 7), WORDS(1, 2, 48000000, 0) },
	{ "CLOCK_RATE_SET request token 7: no_delayed_response clock_id 2 rate_hz 1",
	  REQUEST, 0x30000, COMMAND(0x14, 0x5, 7), WORDS(2, 2, 1, 0) },
	{ "CLOCK_RATE_SET request token 7: round_up clock_id 2 rate_hz 1",
	  REQUEST, 0x30000, COMMAND(0x14, 0x5, 7), WORDS(4, 2, 1, 0) },
	{ "CLOCK_RATE_SET request token 1023: round_nearest clock_id 0 "
	  "rate_hz 18446744073709551615",
	  REQUEST, 0x10000, COMMAND(0x14, 0x5, 1023), WORDS(8, 0, 0xffffffff, 0xffffffff) },
	{ "CLOCK_RATE_SET reply token 7: status SUCCESS",
	  REPLY, 0x30000, COMMAND(0x14, 0x5, 7), WORDS(0) },
	{ "CLOCK_RATE_SET reply token 7: status NOT_FOUND",
	  REPLY, 0x30000, COMMAND(0x14, 0x5, 7), WORDS((uint32_t)-4) },
	{ "CLOCK_RATE_SET_COMPLETE delayed response token 9: status SUCCESS clock_id 2 "
	  "rate_hz 9223372036854775808",
	  REPLY, 0x30000, DELAYED(0x14, 0x5, 9), WORDS(0, 2, 0, 0x80000000) },
	{ "CLOCK_RATE_SET_COMPLETE delayed response token 9: status HARDWARE_ERROR",
	  REPLY, 0x30000, DELAYED(0x14, 0x5, 9), WORDS((uint32_t)-9) },
	{ "CLOCK_RATE_GET reply token 0: status SUCCESS rate_hz 9223372036854775809",
	  REPLY, 0x30000, COMMAND(0x14, 0x6, 0), WORDS(0, 1, 0x80000000) },
	{ "CLOCK_RATE_GET reply token 0: status -200",
	  REPLY, 0x30000, COMMAND(0x14, 0x6, 0), WORDS((uint32_t)-200) },
	{ "CLOCK_RATE_GET reply token 0: status 1",
	  REPLY, 0x30000, COMMAND(0x14, 0x6, 0), WORDS(1) },
	{ "CLOCK_CONFIG_SET request token 0: clock_id 1 extended_type 2 state 3 "
	  "extended_value 50",
	  REQUEST, 0x30000, COMMAND(0x14, 0x7, 0), WORDS(1, 0x20003, 50) },
	{ "CLOCK_CONFIG_SET request token 0: clock_id 1 state 1",
	  REQUEST, 0x20000, COMMAND(0x14, 0x7, 0), WORDS(1, 1) },
	{ "CLOCK_NAME_GET reply token 0: status SUCCESS flags 0 name \"abcdefgh\"",
	  REPLY, 0x30000, COMMAND(0x14, 0x8, 0),
	  WORDS(0, 0, 0x64636261, 0x68676665, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) },
	{ "CLOCK_RATE_NOTIFY request token 0: clock_id 2 enable",
	  REQUEST, 0x30000, COMMAND(0x14, 0x9, 0), WORDS(2, 1) },
	{ "CLOCK_RATE_CHANGE_REQUESTED_NOTIFY request token 0: clock_id 2",
	  REQUEST, 0x30000, COMMAND(0x14, 0xa, 0), WORDS(2, 0) },
	{ "CLOCK_CONFIG_GET request token 0: clock_id 2 extended_type 1",
	  REQUEST, 0x30000, COMMAND(0x14, 0xb, 0), WORDS(2, 1) },
	{ "CLOCK_CONFIG_GET reply token 0: status SUCCESS attributes 0 enabled extended_value 50",
	  REPLY, 0x30000, COMMAND(0x14, 0xb, 0), WORDS(0, 0, 1, 50) },
	{ "CLOCK_POSSIBLE_PARENTS_GET request token 0: clock_id 1 skip_parents 2",
	  REQUEST, 0x30000, COMMAND(0x14, 0xc, 0), WORDS(1, 2) },
	{ "CLOCK_POSSIBLE_PARENTS_GET reply token 0: status SUCCESS remaining 3 returned 2 "
	  "[0] parent_id 7 [1] parent_id 8",
	  REPLY, 0x30000, COMMAND(0x14, 0xc, 0), WORDS(0, 0x03000002, 7, 8) },
	{ "CLOCK_PARENT_SET request token 0: clock_id 1 parent_id 2",
	  REQUEST, 0x30000, COMMAND(0x14, 0xd, 0), WORDS(1, 2) },
	{ "CLOCK_PARENT_GET reply token 0: status SUCCESS parent_id 2",
	  REPLY, 0x30000, COMMAND(0x14, 0xe, 0), WORDS(0, 2) },
	{ "CLOCK_GET_PERMISSIONS reply token 0: status SUCCESS state",
	  REPLY, 0x30000, COMMAND(0x14, 0xf, 0), WORDS(0, 0x80000000) },
	{ "CLOCK_GET_PERMISSIONS reply token 0: status SUCCESS parent",
	  REPLY, 0x30000, COMMAND(0x14, 0xf, 0), WORDS(0, 0x40000000) },
	{ "CLOCK_GET_PERMISSIONS reply token 0: status SUCCESS rate",
	  REPLY, 0x30000, COMMAND(0x14, 0xf, 0), WORDS(0, 0x20000000) },
	{ "CLOCK_RATE_CHANGED notification: agent_id 1 clock_id 2 rate_hz 9223372054034644995",
	  REPLY, 0x20000, EVENT(0x14, 0x0), WORDS(1, 2, 3, 0x80000004) },
	{ "CLOCK_RATE_CHANGE_REQUESTED notification: agent_id 1 clock_id 2 rate_hz 9223372036854775811",
	  REPLY, 0x20000, EVENT(0x14, 0x1), WORDS(1, 2, 3, 0x80000000) },

	{ "SENSOR_PROTOCOL_ATTRIBUTES reply token 0: status SUCCESS max_pending 4 sensors 515 "
	  "registers_address 9223372045444710401 registers_bytes 3",
	  REPLY, 0x30001, COMMAND(0x15, 0x1, 0), WORDS(0, 0x00040203, 1, 0x80000002, 3) },
	{ "SENSOR_DESCRIPTION_GET request token 0: desc_index 1",
	  REQUEST, 0x30001, COMMAND(0x15, 0x3, 0), WORDS(1) },
	{ "SENSOR_DESCRIPTION_GET reply token 0: status SUCCESS remaining 2 returned 1 "
	  "[0] sensor_id 5 async trip_points 3 update_interval 17 update_interval_exponent -3 "
	  "exponent -2 type 2 name \"a\"",
	  REPLY, 0x10000, COMMAND(0x15, 0x3, 0),
	  WORDS(0, 0x20001, 5, 0x80000003, 17u << 27 | 0x1d << 22 | 0x1e << 11 | 2, 'a', 0, 0, 0) },
	{ "SENSOR_DESCRIPTION_GET reply token 0: status SUCCESS remaining 0 returned 1 "
	  "[0] sensor_id 5 continuous_update timestamp_exponent -6 timestamps extended "
	  "extended_name trip_points 3 axes 0 exponent 1 type 7 name \"a\" power_uw 8 "
	  "resolution_exponent -15 resolution 67108869 min_range -1 max_range -2",
	  REPLY, 0x30001, COMMAND(0x15, 0x3, 0),
	  WORDS(0, 1, 5, 0x60000303 | 0x1a << 10, 1 << 11 | 7, 'a', 0, 0, 0, 8, 0x8c000005,
		0xffffffff, 0xffffffff, 0xfffffffe, 0xffffffff) },
	{ "SENSOR_DESCRIPTION_GET reply token 0: status SUCCESS remaining 0 returned 1 "
	  "[0] sensor_id 5 async timestamp_exponent 0 extended trip_points 0 axes 3 has_axes "
	  "exponent 0 type 0 name \"a\" power_uw 8",
	  REPLY, 0x20000, COMMAND(0x15, 0x3, 0),
	  WORDS(0, 1, 5, 0x80000100, 0x30100, 'a', 0, 0, 0, 8) },
	{ "SENSOR_TRIP_POINT_NOTIFY request token 0: sensor_id 2 enable",
	  REQUEST, 0x30001, COMMAND(0x15, 0x4, 0), WORDS(2, 1) },
	{ "SENSOR_TRIP_POINT_CONFIG request token 0: sensor_id 1 trip_point_id 171 edge 3 "
	  "value -2",
	  REQUEST, 0x30001, COMMAND(0x15, 0x5, 0), WORDS(1, 0xab3, 0xfffffffe, 0xffffffff) },
	{ "SENSOR_READING_GET request token 0: sensor_id 1 async",
	  REQUEST, 0x30001, COMMAND(0x15, 0x6, 0), WORDS(1, 1) },
	{ "SENSOR_READING_GET reply token 0: status SUCCESS [0] value -1 timestamp 9223372036854775815 "
	  "[1] value -9223372036854775808 timestamp 0",
	  REPLY, 0x30001, COMMAND(0x15, 0x6, 0),
	  WORDS(0, 0xffffffff, 0xffffffff, 7, 0x80000000, 0, 0x80000000, 0, 0) },
	{ "SENSOR_READING_GET reply token 0: status SUCCESS [0] value 2",
	  REPLY, 0x10000, COMMAND(0x15, 0x6, 0), WORDS(0, 2, 0) },
	{ "SENSOR_AXIS_DESCRIPTION_GET request token 0: sensor_id 1 axis_desc_index 2",
	  REQUEST, 0x30001, COMMAND(0x15, 0x7, 0), WORDS(1, 2) },
	{ "SENSOR_AXIS_DESCRIPTION_GET reply token 0: status SUCCESS remaining 2 returned 1 "
	  "[0] axis_id 3 extended_name extended exponent -1 type 89 name \"x\" "
	  "resolution_exponent -15 resolution 67108869 min_range -1 max_range -2",
	  REPLY, 0x30001, COMMAND(0x15, 0x7, 0),
	  WORDS(0, 2 << 26 | 1, 3, 0x300, 0x1f << 11 | 0x59, 'x', 0, 0, 0, 0x8c000005,
		0xffffffff, 0xffffffff, 0xfffffffe, 0xffffffff) },
	{ "SENSOR_AXIS_DESCRIPTION_GET reply token 0: status SUCCESS remaining 0 returned 1 "
	  "[0] axis_id 3 extended exponent 0 type 89 name \"x\" resolution_exponent 0 "
	  "resolution 0 min_range 0 max_range 9223372036854775807",
	  REPLY, 0x20000, COMMAND(0x15, 0x7, 0),
	  WORDS(0, 1, 3, 0x100, 0x59, 'x', 0, 0, 0, 0, 0, 0, 0xffffffff, 0x7fffffff) },
	{ "SENSOR_LIST_UPDATE_INTERVALS request token 0: sensor_id 1 interval_index 2",
	  REQUEST, 0x30001, COMMAND(0x15, 0x8, 0), WORDS(1, 2) },
	{ "SENSOR_LIST_UPDATE_INTERVALS reply token 0: status SUCCESS remaining 0 triplet "
	  "returned 3 [0] seconds 1 exponent -3 [1] seconds 65535 exponent 0 "
	  "[2] seconds 0 exponent 15",
	  REPLY, 0x30001, COMMAND(0x15, 0x8, 0),
	  WORDS(0, 0x1003, 1 << 5 | 0x1d, 0xffff << 5, 15) },
	{ "SENSOR_CONFIG_GET reply token 0: status SUCCESS seconds 3 exponent -2 timestamps",
	  REPLY, 0x30001, COMMAND(0x15, 0x9, 0), WORDS(0, 3 << 16 | 0x1e << 11 | 2) },
	{ "SENSOR_CONFIG_GET reply token 0: status SUCCESS seconds 0 exponent 0 enabled",
	  REPLY, 0x30001, COMMAND(0x15, 0x9, 0), WORDS(0, 1) },
	{ "SENSOR_CONFIG_SET request token 0: sensor_id 1 seconds 3 exponent -2 "
	  "round_nearest enabled",
	  REQUEST, 0x30001, COMMAND(0x15, 0xa, 0), WORDS(1, 3 << 16 | 0x1e << 11 | 0x401) },
	{ "SENSOR_CONFIG_SET request token 0: sensor_id 1 seconds 0 exponent 0 round_up "
	  "timestamps",
	  REQUEST, 0x30001, COMMAND(0x15, 0xa, 0), WORDS(1, 0x202) },
	{ "SENSOR_CONTINUOUS_UPDATE_NOTIFY request token 0: sensor_id 2 enable",
	  REQUEST, 0x30001, COMMAND(0x15, 0xb, 0), WORDS(2, 1) },
	{ "SENSOR_NAME_GET reply token 0: status SUCCESS flags 0 name \"abcd\"",
	  REPLY, 0x30001, COMMAND(0x15, 0xc, 0),
	  WORDS(0, 0, 0x64636261, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) },
	{ "SENSOR_AXIS_NAME_GET request token 0: sensor_id 1 axis_desc_index 2",
	  REQUEST, 0x30001, COMMAND(0x15, 0xd, 0), WORDS(1, 2) },
	{ "SENSOR_AXIS_NAME_GET reply token 0: status SUCCESS remaining 1 returned 1 "
	  "[0] axis_id 2 name \"abcd\"",
	  REPLY, 0x30001, COMMAND(0x15, 0xd, 0),
	  WORDS(0, 1 << 26 | 1, 2, 0x64636261, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) },
	{ "SENSOR_READING_COMPLETE delayed response token 4: status SUCCESS sensor_id 1 "
	  "[0] value -2 timestamp 9223372036854775811",
	  REPLY, 0x30001, DELAYED(0x15, 0x6, 4), WORDS(0, 1, 0xfffffffe, 0xffffffff, 3, 0x80000000) },
	{ "SENSOR_TRIP_POINT_EVENT notification: agent_id 0 sensor_id 1 rising trip_point_id 171",
	  REPLY, 0x30001, EVENT(0x15, 0x0), WORDS(0, 1, 0x100ab) },
	{ "SENSOR_UPDATE notification: agent_id 0 sensor_id 1 [0] value -2 timestamp 9223372036854775811",
	  REPLY, 0x30001, EVENT(0x15, 0x1), WORDS(0, 1, 0xfffffffe, 0xffffffff, 3, 0x80000000) },

	/* No row. */
	{ "reset message 0x03 request token 11: 04030201",
	  REQUEST, 0, COMMAND(0x16, 0x3, 11), WORDS(0x01020304) },
	{ "protocol 0x80 message 0xff reply token 0",
	  REPLY, 0, COMMAND(0x80, 0xff, 0), NO_WORDS },
	{ "clock message 0x05 of reserved type token 2: 01000000",
	  REPLY, 0x30000, COMMAND(0x14, 0x5, 2) | 1 << 8, WORDS(1) },
	{ "CLOCK_RATE_SET_COMPLETE delayed response token 2: 01000000",
	  REQUEST, 0x30000, DELAYED(0x14, 0x5, 2), WORDS(1) },

	/* Not what the row says. */
	{ "CLOCK_RATE_SET request token 7: clock_id 2, cut short",
	  REQUEST, 0x30000, COMMAND(0x14, 0x5, 7), WORDS(0, 2, 48000000) },
	{ "CLOCK_RATE_GET reply token 7, cut short",
	  REPLY, 0x30000, COMMAND(0x14, 0x6, 7), NO_WORDS },
	{ "CLOCK_RATE_GET request token 7: clock_id 2, too long: ffffffff",
	  REQUEST, 0x30000, COMMAND(0x14, 0x6, 7), WORDS(2, 0xffffffff) },
	{ "CLOCK_RATE_GET reply token 7: status DENIED, too long: 0100000000000000",
	  REPLY, 0x30000, COMMAND(0x14, 0x6, 7), WORDS((uint32_t)-3, 1, 0) },
	{ "CLOCK_DESCRIBE_RATES reply token 7: status SUCCESS remaining 0 returned 2 "
	  "[0] rate_hz 1, cut short",
	  REPLY, 0x30000, COMMAND(0x14, 0x4, 7), WORDS(0, 2, 1, 0) },
	{ "CLOCK_DESCRIBE_RATES reply token 7: status SUCCESS remaining 0 returned 1 "
	  "[0] rate_hz 1, too long: 0200000000000000",
	  REPLY, 0x30000, COMMAND(0x14, 0x4, 7), WORDS(0, 1, 1, 0, 2, 0) },
};
/* clang-format on */

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sample_reads_as_it_should),
		cmocka_unit_test(less_than_a_header_word_is_shown_in_hexadecimal),
		cmocka_unit_test(a_line_is_cut_to_its_room_and_says_how_long_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
