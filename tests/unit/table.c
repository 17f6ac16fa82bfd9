/* SPDX-License-Identifier: BSD-3-Clause */
/* What is known of messages and protocols by id and by name. */
#include "test.h"

#include "agent/engine.h"
#include "platform/engine.h"
#include "vscmi/message.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

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
		{ 0x14, "protocol_message_attributes", 0x10000 },
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

/* Those of SCMI 1.0 to 3.2. */
static void each_protocol_speaks_every_released_version(void **state)
{
	static const struct {
		uint32_t protocol, negotiates, versions[4];
	} released[] = {
		{ 0x10, 0x20001, { 0x10000, 0x20000, 0x20001 } },
		{ 0x12, 0x20001, { 0x10000, 0x20000, 0x20001 } },
		{ 0x14, 0x30000, { 0x10000, 0x20000, 0x30000 } },
		{ 0x15, 0x30001, { 0x10000, 0x20000, 0x30000, 0x30001 } },
	}, spoken[] = {
#define PROTOCOL(NAME, name, id, negotiates, ...) { id, negotiates, { __VA_ARGS__ } },
#include "protocols/protocols.def"
#undef PROTOCOL
	};

	assert_int_equal(sizeof(spoken), sizeof(released));
	assert_memory_equal(spoken, released, sizeof(released));
}

/* Which also says that one file can know both engines. */
static void both_engines_keep_a_version_for_each_protocol(void **state)
{
	static const uint8_t protocols[] = {
#define PROTOCOL(NAME, name, id, ...) [VSCMI_PLACE_##NAME] = (id),
#include "protocols/protocols.def"
#undef PROTOCOL
	};

	assert_int_equal(COUNT_OF(protocols), VSCMI_PLACES);
	assert_int_equal(COUNT_OF(((struct vscmi_agent *)0)->versions), VSCMI_PLACES);
	assert_int_equal(COUNT_OF(((struct vscmi_agent_state *)0)->versions),
			 VSCMI_PLACES);
	for (size_t i = 0; i < VSCMI_PLACES; i++)
		assert_int_equal(vscmi_places[i].protocol, protocols[i]);
}

static void the_newest_version_is_the_last(void **state)
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
		cmocka_unit_test(a_message_is_found_by_its_name_in_any_letter_case),
		cmocka_unit_test(every_message_is_found_by_its_ids_and_by_its_own_name),
		cmocka_unit_test(each_message_knows_the_version_that_brought_it),
		cmocka_unit_test(the_ten_standard_protocols_have_names),
		cmocka_unit_test(each_protocol_speaks_every_released_version),
		cmocka_unit_test(both_engines_keep_a_version_for_each_protocol),
		cmocka_unit_test(the_newest_version_is_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
