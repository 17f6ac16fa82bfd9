/* SPDX-License-Identifier: BSD-3-Clause */
/* The base protocol and what every protocol has, as the platform serves them. */
#include "bench.h"
#include "message/cursor.h"
#include "test.h"

/* A name of a reply as words: "peer" is one word and three of zeros. */
#define WORD(a, b, c, d) \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

enum {
	ATTRIBUTES = 0x1,
	MESSAGE_ATTRIBUTES = 0x2,
	VENDOR = 0x3,
	SUB_VENDOR = 0x4,
	IMPLEMENTATION = 0x5,
	PROTOCOLS = 0x6,
	AGENT = 0x7,
	NOTIFY_ERRORS = 0x8,
	SET_DEVICE = 0x9,
	SET_PROTOCOL = 0xa,
	RESET = 0xb,
	NEGOTIATE = 0x10,
};

static void the_platform_introduces_itself(void **state)
{
	struct bench *bench = *state;

	assert_words(ask(bench, PEER, BASE, ATTRIBUTES), 3 << 8 | 3);
	assert_words(ask(bench, PEER, BASE, VENDOR), WORD('v', 'e', 'n', 'd'),
		     WORD('o', 'r', 0, 0), 0, 0);
	assert_words(ask(bench, PEER, BASE, SUB_VENDOR), WORD('s', 'u', 'b', 0), 0, 0, 0);
	assert_words(ask(bench, PEER, BASE, IMPLEMENTATION), 0x12345678);
}

static void without_a_sub_vendor_there_is_no_such_command(void **state)
{
	struct bench bench;

	bench_describe(&bench);
	bench.base.sub_vendor = NULL;
	bench_start(&bench, true);
	assert_int_equal(status_of(&bench, PEER, BASE, MESSAGE_ATTRIBUTES, SUB_VENDOR),
			 VSCMI_NOT_FOUND);
	assert_int_equal(status_of(&bench, PEER, BASE, SUB_VENDOR), VSCMI_NOT_SUPPORTED);
	bench_end(&bench);
}

static void agents_are_found_by_id_and_each_finds_itself(void **state)
{
	struct bench *bench = *state;

	assert_words(ask(bench, PEER, BASE, AGENT, 0), 0, WORD('p', 'l', 'a', 't'),
		     WORD('f', 'o', 'r', 'm'), 0, 0);
	assert_words(ask(bench, PEER, BASE, AGENT, 3), 3, WORD('g', 'u', 'e', 's'),
		     WORD('t', 0, 0, 0), 0, 0);
	assert_words(ask(bench, PEER, BASE, AGENT, 0xffffffff), PEER,
		     WORD('p', 'e', 'e', 'r'), 0, 0, 0);
	assert_int_equal(status_of(bench, PEER, BASE, AGENT, 4), VSCMI_NOT_FOUND);
	assert_int_equal(status_of(bench, PEER, BASE, AGENT, 0xff), VSCMI_NOT_FOUND);
	bench_negotiate(bench, PEER, VSCMI_PROTOCOL_BASE, 0x10000);
	assert_words(ask(bench, PEER, BASE, AGENT, 3), WORD('g', 'u', 'e', 's'),
		     WORD('t', 0, 0, 0), 0, 0);
	assert_int_equal(status_of(bench, PEER, BASE, AGENT, 0xffffffff),
			 VSCMI_NOT_FOUND);
}

static void protocols_are_listed_in_order_and_skipped(void **state)
{
	struct bench *bench = *state;

	assert_words(ask(bench, PEER, BASE, PROTOCOLS, 0), 3, 0x151412);
	assert_words(ask(bench, PEER, BASE, PROTOCOLS, 1), 2, 0x1514);
	assert_words(ask(bench, PEER, BASE, PROTOCOLS, 3), 0);
	assert_int_equal(status_of(bench, PEER, BASE, PROTOCOLS, 4),
			 VSCMI_INVALID_PARAMETERS);
	assert_words(ask_with_room(bench, 16, PEER, BASE, PROTOCOLS, 0), 3, 0x151412);
	/* Padding counts: less than a word of room has room for no protocol. */
	assert_int_equal(ask_with_room(bench, 15, PEER, BASE, PROTOCOLS, 0).status,
			 VSCMI_COMMS_ERROR);
}

static void a_protocol_that_an_agent_does_not_see_does_not_exist(void **state)
{
	static const struct vscmi_platform_clock_view no_clocks = { NULL, 0 };
	struct bench bench;

	bench_describe(&bench);
	bench.config.system = NULL;
	bench.agents[PEER - 1].clocks = &no_clocks;
	bench_start(&bench, true);
	assert_words(ask(&bench, PEER, BASE, PROTOCOLS, 0), 1, 0x15);
	assert_words(ask(&bench, TRUSTED, BASE, PROTOCOLS, 0), 2, 0x1514);
	assert_words(ask(&bench, PEER, BASE, ATTRIBUTES), 3 << 8 | 1);
	assert_int_equal(status_of(&bench, PEER, CLOCK, 0x0), VSCMI_NOT_SUPPORTED);
	assert_int_equal(status_of(&bench, PEER, SYSTEM, 0x0), VSCMI_NOT_SUPPORTED);
	assert_int_equal(status_of(&bench, PEER, VOLTAGE, 0x0), VSCMI_NOT_SUPPORTED);
	bench_end(&bench);
}

/* Every command of every protocol: the version that brought it, and what the next older says. */
static void message_attributes_follow_the_negotiated_version(void **state)
{
	static const struct {
		uint8_t protocol, message_id;
		uint32_t since; /* 0: there is no such message */
	} cases[] = {
		{ 0x10, 0x01, 0x10000 },
		{ 0x10, 0x08, 0x10000 },
		{ 0x10, 0x09, 0x20000 },
		{ 0x10, 0x0a, 0x20000 },
		{ 0x10, 0x0b, 0x20000 },
		{ 0x10, 0x0c, 0 },
		{ 0x12, 0x03, 0x10000 },
		{ 0x12, 0x05, 0x10000 },
		{ 0x12, 0x06, 0 },
		{ 0x14, 0x06, 0x10000 },
		{ 0x14, 0x08, 0x20000 },
		{ 0x14, 0x0a, 0x20000 },
		{ 0x14, 0x0b, 0x30000 },
		{ 0x14, 0x0e, 0x30000 },
		{ 0x14, 0x0f, 0x30000 },
		{ 0x15, 0x04, 0x10000 },
		{ 0x15, 0x05, 0x10000 },
		{ 0x15, 0x07, 0x20000 },
		{ 0x15, 0x0b, 0x20000 },
		{ 0x15, 0x0c, 0x30000 },
		{ 0x15, 0x0d, 0x30000 },
		{ 0x15, 0x0e, 0 },
		/* What all have. */
		{ 0x14, 0x00, 0x10000 },
		{ 0x14, 0x02, 0x10000 },
		{ 0x14, 0x10, 0x10000 },
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (uint32_t version = 0x10000; version <= 0x30000; version += 0x10000) {
			uint32_t id = cases[i].message_id;
			bool there = cases[i].since && version >= cases[i].since;

			if (version == 0x30000 && cases[i].protocol < 0x14)
				break;
			bench_negotiate(bench, PEER, cases[i].protocol, version);
			assert_int_equal(
				bench_ask_with_room(bench, PEER, cases[i].protocol,
						    MESSAGE_ATTRIBUTES, &id, 1, 12)
					.status,
				there ? VSCMI_SUCCESS : VSCMI_NOT_FOUND);
			/* The command itself exists and wants its request, or does not. */
			if (!there)
				assert_int_equal(bench_ask_with_room(
							 bench, PEER, cases[i].protocol,
							 (uint8_t)id, NULL, 0, 12)
							 .status,
						 VSCMI_NOT_FOUND);
		}
	}
	assert_int_equal(status_of(bench, PEER, CLOCK, MESSAGE_ATTRIBUTES, 0x106),
			 VSCMI_NOT_FOUND);
}

static void versions_are_reported_and_negotiated_for_each_agent(void **state)
{
	static const struct {
		uint8_t protocol;
		uint32_t newest;
	} cases[] = {
		{ 0x10, 0x20001 }, { 0x12, 0x20001 }, { 0x14, 0x30000 }, { 0x15, 0x30001 }
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench_answer answer = bench_ask_with_room(
			bench, PEER, cases[i].protocol, 0, NULL, 0, 12);
		uint32_t wrong = 0x10001;

		assert_words(answer, cases[i].newest);
		assert_int_equal(bench_ask_with_room(bench, PEER, cases[i].protocol,
						     NEGOTIATE, &wrong, 1, 8)
					 .status,
				 VSCMI_NOT_SUPPORTED);
	}
	bench_negotiate(bench, PEER, VSCMI_PROTOCOL_CLOCK, 0x10000);
	assert_int_equal(ask(bench, PEER, CLOCK, 0x3, 0).word_count, 5);
	assert_int_equal(ask(bench, TRUSTED, CLOCK, 0x3, 0).word_count, 6);
	/* As often as the agent likes; and what the platform has does not change. */
	assert_words(ask(bench, PEER, CLOCK, 0x0), 0x30000);
	bench_negotiate(bench, PEER, VSCMI_PROTOCOL_CLOCK, 0x20000);
	assert_int_equal(ask(bench, PEER, CLOCK, 0x3, 0).word_count, 6);
	/* A reset agent speaks the newest. */
	vscmi_platform_connect(bench->platform, PEER, &bench->agent[PEER].channel);
	assert_int_equal(status_of(bench, PEER, CLOCK, 0xb, 0, 0), VSCMI_SUCCESS);
}

/* Also in versions that are older than NEGOTIATE_PROTOCOL_VERSION. */
static void an_agent_that_went_down_may_come_up_again(void **state)
{
	static const struct {
		uint8_t protocol;
		uint32_t newest;
		uint8_t of_the_newest; /* a message that 1.0 does not have; 0: none */
	} cases[] = {
		{ 0x10, 0x20001, 0x0b },
		{ 0x12, 0x20001, 0 },
		{ 0x14, 0x30000, 0x0b },
		{ 0x15, 0x30001, 0x0b },
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t protocol = cases[i].protocol;
		const uint32_t negotiate = NEGOTIATE,
			       of_the_newest = cases[i].of_the_newest;

		for (unsigned round = 0; round < 3; round++) {
			bench_negotiate(bench, PEER, protocol, 0x10000);
			assert_int_equal(bench_ask_with_room(bench, PEER, protocol,
							     MESSAGE_ATTRIBUTES,
							     &negotiate, 1, 12)
						 .status,
					 VSCMI_SUCCESS);
			assert_int_equal(bench_ask_with_room(bench, PEER, protocol,
							     MESSAGE_ATTRIBUTES,
							     &of_the_newest, 1, 12)
						 .status,
					 of_the_newest ? VSCMI_NOT_FOUND : VSCMI_SUCCESS);
			bench_negotiate(bench, PEER, protocol, cases[i].newest);
			assert_int_equal(bench_ask_with_room(bench, PEER, protocol,
							     MESSAGE_ATTRIBUTES,
							     &of_the_newest, 1, 12)
						 .status,
					 VSCMI_SUCCESS);
		}
	}
}

static void a_denied_device_hides_what_belongs_to_it(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(status_of(bench, TRUSTED, BASE, SET_DEVICE, PEER, 1, 0),
			 VSCMI_SUCCESS);
	assert_int_equal(status_of(bench, PEER, CLOCK, 0x3, CLOCK_RANGE),
			 VSCMI_NOT_FOUND);
	assert_int_equal(status_of(bench, PEER, SENSOR, 0x6, SENSOR_AXES, 0),
			 VSCMI_NOT_FOUND);
	assert_int_equal(status_of(bench, PEER, CLOCK, 0x3, CLOCK_LIST), VSCMI_SUCCESS);
	assert_int_equal(status_of(bench, TRUSTED, CLOCK, 0x3, CLOCK_RANGE),
			 VSCMI_SUCCESS);
	/* Not as a parent either. */
	assert_words(ask(bench, PEER, CLOCK, 0xc, CLOCK_LIST, 0), 1, CLOCK_FIXED);
	/* Nor in the list of descriptors. */
	assert_int_equal(ask(bench, PEER, SENSOR, 0x3, 0).words[0] & 0xfff, 3);
	/* Until it is allowed again. */
	assert_int_equal(status_of(bench, TRUSTED, BASE, SET_DEVICE, PEER, 1, 1),
			 VSCMI_SUCCESS);
	assert_int_equal(status_of(bench, PEER, CLOCK, 0x3, CLOCK_RANGE), VSCMI_SUCCESS);
}

static void after_a_reset_the_ids_have_no_hole(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(status_of(bench, TRUSTED, BASE, SET_DEVICE, PEER, 1, 0),
			 VSCMI_SUCCESS);
	assert_int_equal(ask(bench, PEER, CLOCK, 0x1).words[0] & 0xffff, 3);
	vscmi_platform_connect(bench->platform, PEER, &bench->agent[PEER].channel);
	assert_int_equal(ask(bench, PEER, CLOCK, 0x1).words[0] & 0xffff, 2);
	assert_int_equal(ask(bench, PEER, CLOCK, 0x3, 1).words[1],
			 WORD('f', 'i', 'x', 'e'));
	assert_int_equal(status_of(bench, PEER, CLOCK, 0x3, 2), VSCMI_NOT_FOUND);
}

static void a_protocol_can_be_denied_for_a_device(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(status_of(bench, TRUSTED, BASE, SET_PROTOCOL, PEER, 1, 0x14, 0),
			 VSCMI_SUCCESS);
	assert_int_equal(status_of(bench, PEER, CLOCK, 0x3, CLOCK_RANGE),
			 VSCMI_NOT_FOUND);
	assert_int_equal(status_of(bench, PEER, SENSOR, 0x6, SENSOR_AXES, 0),
			 VSCMI_SUCCESS);
}

static void permissions_and_resets_refuse_in_order(void **state)
{
	static const struct {
		const char *what;
		uint8_t agent_id, message_id, word_count;
		int32_t status;
		uint32_t words[4];
	} cases[] = {
		{ "device: not trusted", PEER, SET_DEVICE, 3, VSCMI_DENIED, { 9, 9, 2 } },
		{ "device: flags",
		  TRUSTED,
		  SET_DEVICE,
		  3,
		  VSCMI_INVALID_PARAMETERS,
		  { 9, 9, 2 } },
		{ "device: agent", TRUSTED, SET_DEVICE, 3, VSCMI_NOT_FOUND, { 4, 1, 0 } },
		{ "device: the platform",
		  TRUSTED,
		  SET_DEVICE,
		  3,
		  VSCMI_NOT_FOUND,
		  { 0, 1, 0 } },
		{ "device: none",
		  TRUSTED,
		  SET_DEVICE,
		  3,
		  VSCMI_NOT_FOUND,
		  { PEER, 0, 0 } },
		{ "device: too high",
		  TRUSTED,
		  SET_DEVICE,
		  3,
		  VSCMI_NOT_FOUND,
		  { PEER, 3, 0 } },
		{ "device: very high",
		  TRUSTED,
		  SET_DEVICE,
		  3,
		  VSCMI_NOT_FOUND,
		  { PEER, 0x10001, 0 } },
		{ "protocol: not trusted",
		  PEER,
		  SET_PROTOCOL,
		  4,
		  VSCMI_DENIED,
		  { PEER, 1, 0x14, 0 } },
		{ "protocol: command bits",
		  TRUSTED,
		  SET_PROTOCOL,
		  4,
		  VSCMI_INVALID_PARAMETERS,
		  { PEER, 1, 0x114, 0 } },
		{ "protocol: flags",
		  TRUSTED,
		  SET_PROTOCOL,
		  4,
		  VSCMI_INVALID_PARAMETERS,
		  { PEER, 1, 0x14, 3 } },
		{ "protocol: base",
		  TRUSTED,
		  SET_PROTOCOL,
		  4,
		  VSCMI_NOT_FOUND,
		  { PEER, 1, 0x10, 0 } },
		{ "protocol: unknown",
		  TRUSTED,
		  SET_PROTOCOL,
		  4,
		  VSCMI_NOT_FOUND,
		  { PEER, 1, 0x17, 0 } },
		{ "protocol: device",
		  TRUSTED,
		  SET_PROTOCOL,
		  4,
		  VSCMI_NOT_FOUND,
		  { PEER, 7, 0x14, 0 } },
		{ "reset: another", PEER, RESET, 2, VSCMI_DENIED, { TRUSTED, 0 } },
		{ "reset: own permissions", PEER, RESET, 2, VSCMI_DENIED, { PEER, 1 } },
		{ "reset: flags", PEER, RESET, 2, VSCMI_INVALID_PARAMETERS, { PEER, 2 } },
		{ "reset: itself", PEER, RESET, 2, VSCMI_SUCCESS, { PEER, 0 } },
		{ "reset: nobody", TRUSTED, RESET, 2, VSCMI_NOT_FOUND, { 4, 0 } },
		{ "reset: by the trusted",
		  TRUSTED,
		  RESET,
		  2,
		  VSCMI_SUCCESS,
		  { PEER, 1 } },
		{ "errors: other bits",
		  PEER,
		  NOTIFY_ERRORS,
		  1,
		  VSCMI_INVALID_PARAMETERS,
		  { 2 } },
		{ "errors: size",
		  PEER,
		  NOTIFY_ERRORS,
		  2,
		  VSCMI_PROTOCOL_ERROR,
		  { 2, 0 } },
		{ "attributes: size", PEER, ATTRIBUTES, 1, VSCMI_PROTOCOL_ERROR, { 0 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int32_t status =
			bench_ask_with_room(*state, cases[i].agent_id,
					    VSCMI_PROTOCOL_BASE, cases[i].message_id,
					    cases[i].words, cases[i].word_count, 8)
				.status;

		if (status != cases[i].status)
			print_error("%s\n", cases[i].what);
		assert_int_equal(status, cases[i].status);
	}
}

static void without_devices_there_are_no_permission_commands(void **state)
{
	struct bench bench;

	bench_describe(&bench);
	bench.base.device_count = 0;
	bench.clocks[CLOCK_RANGE].device_id = 0;
	bench.sensors[SENSOR_AXES].device_id = 0;
	bench_start(&bench, true);
	assert_int_equal(status_of(&bench, TRUSTED, BASE, SET_DEVICE, PEER, 1, 0),
			 VSCMI_NOT_SUPPORTED);
	assert_int_equal(
		status_of(&bench, TRUSTED, BASE, MESSAGE_ATTRIBUTES, SET_PROTOCOL),
		VSCMI_NOT_FOUND);
	bench_end(&bench);
}

static void resetting_permissions_brings_everything_back(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(status_of(bench, TRUSTED, BASE, SET_DEVICE, PEER, 1, 0),
			 VSCMI_SUCCESS);
	assert_int_equal(status_of(bench, TRUSTED, BASE, RESET, PEER, 0), VSCMI_SUCCESS);
	assert_int_equal(status_of(bench, PEER, CLOCK, 0x3, CLOCK_RANGE),
			 VSCMI_NOT_FOUND);
	assert_int_equal(status_of(bench, TRUSTED, BASE, RESET, PEER, 1), VSCMI_SUCCESS);
	assert_int_equal(status_of(bench, PEER, CLOCK, 0x3, CLOCK_RANGE), VSCMI_SUCCESS);
}

static void resetting_an_agent_returns_what_it_configured(void **state)
{
	struct bench *bench = *state;

	ask(bench, PEER, CLOCK, 0x7, CLOCK_LIST, 1, 0);
	ask(bench, PEER, CLOCK, 0x5, 0, CLOCK_LIST, 40000000, 0);
	ask(bench, PEER, SENSOR, 0xa, SENSOR_OFF, 1);
	assert_true(bench->clock[CLOCK_LIST].enabled);
	assert_int_equal(status_of(bench, PEER, BASE, RESET, PEER, 0), VSCMI_SUCCESS);
	assert_false(bench->clock[CLOCK_LIST].enabled);
	assert_int_equal(bench->clock[CLOCK_LIST].rate_hz, 20000000);
	assert_int_equal(status_of(bench, PEER, SENSOR, 0x6, SENSOR_OFF, 0),
			 VSCMI_PROTOCOL_ERROR);
}

/* Also with nobody to tell at the time: the failure of a silent change is told by the event. */
static void a_failed_asynchronous_command_is_told_to_its_agent_and_the_trusted(
	void **state)
{
	struct bench *bench = *state;
	uint32_t header;

	bench->clock[CLOCK_LIST].is_later = true;
	for (uint32_t id = 1; id <= AGENTS; id++)
		assert_int_equal(status_of(bench, id, BASE, NOTIFY_ERRORS, 1),
				 VSCMI_SUCCESS);
	header = vscmi_le32_get(
		ask(bench, PEER, CLOCK, 0x5, 3, CLOCK_LIST, 10000000, 0).message.bytes);
	bench_complete_rate(bench, CLOCK_LIST, VSCMI_HARDWARE_ERROR);
	assert_true(bench->agent[PEER].ready);
	assert_event(bench, PEER, VSCMI_NOTIFICATION, BASE, 0, PEER, 1, header,
		     (uint32_t)VSCMI_HARDWARE_ERROR);
	assert_event(bench, TRUSTED, VSCMI_NOTIFICATION, BASE, 0, PEER, 1, header,
		     (uint32_t)VSCMI_HARDWARE_ERROR);
	bench_assert_no_event(bench, PEER);
	bench_assert_no_event(bench, GUEST);
	/* Not any more. */
	assert_int_equal(status_of(bench, PEER, BASE, NOTIFY_ERRORS, 0), VSCMI_SUCCESS);
	ask(bench, PEER, CLOCK, 0x5, 3, CLOCK_LIST, 10000000, 0);
	bench_complete_rate(bench, CLOCK_LIST, VSCMI_HARDWARE_ERROR);
	bench_assert_no_event(bench, PEER);
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BENCH(the_platform_introduces_itself),
		cmocka_unit_test(without_a_sub_vendor_there_is_no_such_command),
		ON_BENCH(agents_are_found_by_id_and_each_finds_itself),
		ON_BENCH(protocols_are_listed_in_order_and_skipped),
		cmocka_unit_test(a_protocol_that_an_agent_does_not_see_does_not_exist),
		ON_BENCH(message_attributes_follow_the_negotiated_version),
		ON_BENCH(versions_are_reported_and_negotiated_for_each_agent),
		ON_BENCH(an_agent_that_went_down_may_come_up_again),
		ON_BENCH(a_denied_device_hides_what_belongs_to_it),
		ON_BENCH(after_a_reset_the_ids_have_no_hole),
		ON_BENCH(a_protocol_can_be_denied_for_a_device),
		ON_BENCH(permissions_and_resets_refuse_in_order),
		cmocka_unit_test(without_devices_there_are_no_permission_commands),
		ON_BENCH(resetting_permissions_brings_everything_back),
		ON_BENCH(resetting_an_agent_returns_what_it_configured),
		ON_BENCH(
			a_failed_asynchronous_command_is_told_to_its_agent_and_the_trusted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
