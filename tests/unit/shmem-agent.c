/* SPDX-License-Identifier: BSD-3-Clause */
/* The agent end of the shared memory link, with the platform end written by hand. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "message/cursor.h"
#include "script.h"
#include "vscmi/link/shmem_agent.h"

#define ROOM     136u /* of a message */
#define COMMANDS 4u

enum { FREE = 1, ERROR = 2 };
enum { STATUS = 0x4, FLAGS = 0x10, LENGTH = 0x14, MESSAGE = 0x18 };

static struct {
	struct script *script;
	struct vscmi_shmem_agent shmem;
	uint8_t *commands, *events; /* as long as they are said to be */
	unsigned rings[2];
} rig;

static uint32_t word(const uint8_t *area, size_t offset)
{
	return vscmi_le32_get(area + offset);
}

static void set_word(uint8_t *area, size_t offset, uint32_t value)
{
	vscmi_le32_put(area + offset, value);
}

static void ring(void *context, enum vscmi_channel channel)
{
	rig.rings[channel]++;
}

static uint8_t *new_area(void)
{
	uint8_t *area = calloc(1, VSCMI_SHMEM_AREA_BYTES(ROOM));

	set_word(area, STATUS, FREE);
	return area;
}

static void start(bool interrupts, bool events)
{
	const struct vscmi_shmem_agent_config config = {
		.commands = { rig.commands, VSCMI_SHMEM_AREA_BYTES(ROOM) },
		.events = { events ? rig.events : NULL, VSCMI_SHMEM_AREA_BYTES(ROOM) },
		.command_count = COMMANDS,
		.interrupts = interrupts,
		.ring = ring,
	};
	struct vscmi_agent_config agent = rig.script->agent.config;

	assert_int_equal(vscmi_shmem_agent_init(&rig.shmem, &config), VSCMI_OK);
	agent.link = &rig.shmem.link;
	assert_int_equal(vscmi_agent_init(&rig.script->agent, &agent), VSCMI_OK);
	assert_int_equal(vscmi_shmem_agent_start(&rig.shmem), VSCMI_OK);
}

static int set_up(void **state)
{
	memset(&rig, 0, sizeof(rig));
	rig.script = script_new(COMMANDS, 1);
	rig.commands = new_area();
	rig.events = new_area();
	start(true, true);
	return 0;
}

static int tear_down(void **state)
{
	vscmi_shmem_agent_stop(&rig.shmem);
	free(rig.commands);
	free(rig.events);
	script_free(rig.script);
	return 0;
}

/* The platform's turn: answer what is in the area. */
static void answer(int32_t status, uint32_t payload)
{
	assert_int_equal(word(rig.commands, STATUS), 0);
	set_word(rig.commands, MESSAGE + 4, (uint32_t)status);
	set_word(rig.commands, MESSAGE + 8, payload);
	set_word(rig.commands, LENGTH, 12);
	set_word(rig.commands, STATUS, FREE);
}

static void send_event(uint32_t header, uint32_t status, uint32_t payload)
{
	assert_int_equal(word(rig.events, STATUS), FREE);
	set_word(rig.events, FLAGS, 1);
	set_word(rig.events, LENGTH, 12);
	set_word(rig.events, MESSAGE, header);
	set_word(rig.events, MESSAGE + 4, status);
	set_word(rig.events, MESSAGE + 8, payload);
	set_word(rig.events, STATUS, 0);
}

static enum vscmi_error try_to_submit(void)
{
	uint8_t message[4];
	const struct vscmi_request request = { .protocol = VSCMI_PROTOCOL_CLOCK,
					       .message_id = 5,
					       .message = message,
					       .count = sizeof(message) };
	struct vscmi_slot *command;
	enum vscmi_error error = vscmi_submit(&rig.script->agent, &request, &command);

	if (!error)
		vscmi_release(&rig.script->agent, command);
	return error;
}

static void expect(struct vscmi_slot *command, uint32_t payload)
{
	script_expect_answer(rig.script, command, payload);
	vscmi_release(&rig.script->agent, command);
}

static void a_command_lies_in_the_area_as_specified(void **state)
{
	struct vscmi_slot *command = script_submit(rig.script, VSCMI_SYNC);

	assert_int_equal(word(rig.commands, 0), 0);
	assert_int_equal(word(rig.commands, STATUS), 0);
	assert_int_equal(word(rig.commands, FLAGS), 1);
	assert_int_equal(word(rig.commands, LENGTH), 4);
	assert_int_equal(word(rig.commands, MESSAGE) & 0x3ffff, 0x14 << 10 | 5);
	assert_int_equal(rig.rings[VSCMI_CHANNEL_COMMANDS], 1);
	assert_false(vscmi_done(&rig.script->agent, command));
	answer(VSCMI_SUCCESS, 77);
	expect(command, 77);
	/* It is the platform that frees it, and nobody is told of that. */
	assert_int_equal(word(rig.commands, STATUS), FREE);
	assert_int_equal(rig.rings[VSCMI_CHANNEL_COMMANDS], 1);
}

static void who_polls_wants_no_interrupt(void **state)
{
	vscmi_shmem_agent_stop(&rig.shmem);
	start(false, true);
	script_submit(rig.script, VSCMI_SYNC);
	assert_int_equal(word(rig.commands, FLAGS), 0);
}

static void one_command_is_on_the_channel_at_a_time(void **state)
{
	struct vscmi_slot *first = script_submit(rig.script, VSCMI_SYNC), *second;

	assert_int_equal(try_to_submit(), VSCMI_E_BUSY);
	assert_int_equal(rig.rings[VSCMI_CHANNEL_COMMANDS], 1);
	answer(VSCMI_SUCCESS, 1);
	expect(first, 1);
	second = script_submit(rig.script, VSCMI_SYNC);
	answer(VSCMI_SUCCESS, 2);
	expect(second, 2);
	script_expect_anomalies(rig.script, VSCMI_ANOMALIES);
}

static void an_accepted_command_leaves_the_channel_to_others(void **state)
{
	struct vscmi_slot *slow = script_submit(rig.script, VSCMI_ASYNC), *quick;
	uint32_t header = word(rig.commands, MESSAGE);

	set_word(rig.commands, LENGTH, 8);
	set_word(rig.commands, STATUS, FREE);
	assert_false(vscmi_done(&rig.script->agent, slow));
	quick = script_submit(rig.script, VSCMI_SYNC);
	answer(VSCMI_SUCCESS, 1);
	expect(quick, 1);
	send_event(header | VSCMI_DELAYED_RESPONSE << 8, VSCMI_SUCCESS, 2);
	expect(slow, 2);
	assert_int_equal(word(rig.events, STATUS), FREE);
	assert_int_equal(rig.rings[VSCMI_CHANNEL_EVENTS], 1);
	script_expect_anomalies(rig.script, VSCMI_ANOMALIES);
}

static void a_command_that_timed_out_keeps_the_channel(void **state)
{
	struct vscmi_slot *late = script_submit(rig.script, VSCMI_SYNC), *next;
	uint64_t start_us = rig.script->now_us;

	assert_int_equal(vscmi_wait(&rig.script->agent, late).error, VSCMI_E_TIMEOUT);
	assert_int_equal(rig.script->now_us - start_us, 30000);
	vscmi_release(&rig.script->agent, late);
	assert_int_equal(try_to_submit(), VSCMI_E_BUSY);
	answer(VSCMI_SUCCESS, 1);
	vscmi_shmem_agent_process(&rig.shmem);
	next = script_submit(rig.script, VSCMI_SYNC);
	answer(VSCMI_SUCCESS, 2);
	expect(next, 2);
	script_expect_anomalies(rig.script, VSCMI_ANOMALY_LATE_REPLY, 1, VSCMI_ANOMALIES);
}

static void a_platform_that_frees_twice_or_for_nothing_is_not_heard(void **state)
{
	struct vscmi_slot *command;

	set_word(rig.commands, STATUS, FREE);
	assert_false(vscmi_shmem_agent_process(&rig.shmem));
	command = script_submit(rig.script, VSCMI_SYNC);
	answer(VSCMI_SUCCESS, 1);
	vscmi_shmem_agent_process(&rig.shmem);
	set_word(rig.commands, STATUS, FREE);
	vscmi_shmem_agent_process(&rig.shmem);
	expect(command, 1);
	script_expect_anomalies(rig.script, VSCMI_ANOMALIES);
}

static void a_reply_with_another_header_is_dropped(void **state)
{
	struct vscmi_slot *command = script_submit(rig.script, VSCMI_SYNC), *next;

	set_word(rig.commands, MESSAGE, word(rig.commands, MESSAGE) ^ 1);
	answer(VSCMI_SUCCESS, 1);
	assert_int_equal(vscmi_wait(&rig.script->agent, command).error, VSCMI_E_TIMEOUT);
	vscmi_release(&rig.script->agent, command);
	script_expect_anomalies(rig.script, VSCMI_ANOMALY_MESSAGE, 1, VSCMI_ANOMALIES);
	next = script_submit(rig.script, VSCMI_SYNC);
	answer(VSCMI_SUCCESS, 2);
	expect(next, 2);
}

static void lengths_are_not_believed(void **state)
{
	static const struct {
		uint32_t length;
		enum vscmi_error error;
		enum vscmi_anomaly anomaly;
		size_t count;
	} cases[] = {
		{ 0, VSCMI_E_TIMEOUT, VSCMI_ANOMALY_EMPTY, 0 },
		{ 3, VSCMI_E_TIMEOUT, VSCMI_ANOMALY_SHORT, 0 },
		{ 7, VSCMI_E_MALFORMED, VSCMI_ANOMALY_NO_STATUS, 0 },
		{ ROOM, VSCMI_OK, VSCMI_ANOMALIES, ROOM },
		{ ROOM + 1, VSCMI_OK, VSCMI_ANOMALIES, ROOM },
		{ UINT32_MAX, VSCMI_OK, VSCMI_ANOMALIES, ROOM },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vscmi_slot *command = script_submit(rig.script, VSCMI_SYNC);
		size_t count = 0;

		answer(VSCMI_SUCCESS, 1);
		set_word(rig.commands, LENGTH, cases[i].length);
		assert_int_equal(vscmi_wait(&rig.script->agent, command).error,
				 cases[i].error);
		if (cases[i].anomaly != VSCMI_ANOMALIES)
			assert_int_equal(vscmi_agent_anomalies(&rig.script->agent,
							       cases[i].anomaly),
					 1);
		if (cases[i].count)
			vscmi_answer(command, &count);
		assert_int_equal(count, cases[i].count);
		vscmi_release(&rig.script->agent, command);
	}
}

static void the_error_bit_is_a_communication_error(void **state)
{
	static const uint32_t statuses[] = { ERROR, FREE | ERROR };

	for (size_t i = 0; i < 2; i++) {
		struct vscmi_slot *command = script_submit(rig.script, VSCMI_SYNC);
		struct vscmi_result result;

		set_word(rig.commands, STATUS, statuses[i]);
		result = script_ended(rig.script, command);
		assert_int_equal(result.error, VSCMI_E_REFUSED);
		assert_int_equal(result.status, VSCMI_COMMS_ERROR);
		vscmi_release(&rig.script->agent, command);
		set_word(rig.commands, STATUS, FREE);
	}
	script_expect_anomalies(rig.script, VSCMI_ANOMALIES);
}

static void an_event_is_taken_once_and_its_area_freed(void **state)
{
	struct vscmi_slot *command = script_submit(rig.script, VSCMI_SYNC);
	send_event(VSCMI_NOTIFICATION << 8 | 0x14 << 10, 1, 2);
	vscmi_shmem_agent_process(&rig.shmem);
	vscmi_shmem_agent_process(&rig.shmem);
	script_expect_anomalies(rig.script, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT, 1,
				VSCMI_ANOMALIES);
	assert_int_equal(word(rig.events, STATUS), FREE);
	assert_int_equal(rig.rings[VSCMI_CHANNEL_EVENTS], 1);
	/* A platform that does not want to be told is not. */
	send_event(VSCMI_NOTIFICATION << 8 | 0x14 << 10, 1, 2);
	set_word(rig.events, FLAGS, 0);
	vscmi_shmem_agent_process(&rig.shmem);
	assert_int_equal(rig.rings[VSCMI_CHANNEL_EVENTS], 1);
	answer(VSCMI_SUCCESS, 1);
	expect(command, 1);
}

static void without_an_area_for_events_there_are_none(void **state)
{
	vscmi_shmem_agent_stop(&rig.shmem);
	start(true, false);
	set_word(rig.events, STATUS, 0);
	assert_false(rig.shmem.link.has_events);
	assert_false(vscmi_shmem_agent_process(&rig.shmem));
}

static void a_stop_wakes_who_waits_and_a_new_start_works(void **state)
{
	struct vscmi_slot *lost = script_submit(rig.script, VSCMI_SYNC), *command;

	vscmi_shmem_agent_stop(&rig.shmem);
	assert_int_equal(script_ended(rig.script, lost).error, VSCMI_E_LINK_LOST);
	vscmi_release(&rig.script->agent, lost);
	assert_int_equal(try_to_submit(), VSCMI_E_NOT_READY);
	assert_int_equal(vscmi_shmem_agent_start(&rig.shmem), VSCMI_OK);
	assert_int_equal(vscmi_shmem_agent_start(&rig.shmem), VSCMI_E_BUSY);
	/* The platform has not noticed. */
	assert_int_equal(try_to_submit(), VSCMI_E_BUSY);
	answer(VSCMI_SUCCESS, 1);
	vscmi_shmem_agent_process(&rig.shmem);
	command = script_submit(rig.script, VSCMI_SYNC);
	answer(VSCMI_SUCCESS, 2);
	expect(command, 2);
	script_expect_anomalies(rig.script, VSCMI_ANOMALIES);
}

static void a_start_that_fails_may_be_tried_again(void **state)
{
	vscmi_shmem_agent_stop(&rig.shmem);
	rig.shmem.link.max_messages = 0;
	assert_int_equal(vscmi_shmem_agent_start(&rig.shmem), VSCMI_E_INVALID);
	rig.shmem.link.max_messages = COMMANDS;
	assert_int_equal(vscmi_shmem_agent_start(&rig.shmem), VSCMI_OK);
	script_submit(rig.script, VSCMI_SYNC);
}

static void impossible_areas_are_refused_and_a_stop_is_harmless(void **state)
{
	const struct vscmi_shmem_agent_config good = rig.shmem.config;
	struct vscmi_shmem_agent_config config = good;
	struct vscmi_shmem_agent shmem;

	config.commands.bytes = VSCMI_SHMEM_AREA_BYTES(7);
	assert_int_equal(vscmi_shmem_agent_init(&shmem, &config), VSCMI_E_INVALID);
	config = good;
	config.events.area = rig.events + 2;
	assert_int_equal(vscmi_shmem_agent_init(&shmem, &config), VSCMI_E_INVALID);
	assert_int_equal(vscmi_shmem_agent_init(&shmem, &good), VSCMI_OK);
	vscmi_shmem_agent_stop(&shmem); /* that nobody has started, with no agent */
	config = good;
	config.command_count = 1025;
	assert_int_equal(vscmi_shmem_agent_init(&shmem, &config), VSCMI_E_INVALID);
	config.command_count = 0;
	assert_int_equal(vscmi_shmem_agent_init(&shmem, &config), VSCMI_E_INVALID);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_command_lies_in_the_area_as_specified),
		TEST(who_polls_wants_no_interrupt),
		TEST(one_command_is_on_the_channel_at_a_time),
		TEST(an_accepted_command_leaves_the_channel_to_others),
		TEST(a_command_that_timed_out_keeps_the_channel),
		TEST(a_platform_that_frees_twice_or_for_nothing_is_not_heard),
		TEST(a_reply_with_another_header_is_dropped),
		TEST(lengths_are_not_believed),
		TEST(the_error_bit_is_a_communication_error),
		TEST(an_event_is_taken_once_and_its_area_freed),
		TEST(without_an_area_for_events_there_are_none),
		TEST(a_stop_wakes_who_waits_and_a_new_start_works),
		TEST(a_start_that_fails_may_be_tried_again),
		TEST(impossible_areas_are_refused_and_a_stop_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
