/* SPDX-License-Identifier: BSD-3-Clause */
/* The platform end of the shared memory link, with the agent end written by hand. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "message/cursor.h"
#include "vscmi/link/shmem_platform.h"

#define ROOM 136u /* of a message */
#define ME   PEER

enum { FREE = 1, ERROR = 2 };
enum { STATUS = 0x4, FLAGS = 0x10, LENGTH = 0x14, MESSAGE = 0x18 };

static struct {
	struct bench bench;
	struct vscmi_shmem_platform shmem;
	uint8_t *commands, *events; /* as long as they are said to be */
	unsigned interrupts[2], resets;
} rig;

static uint32_t word(const uint8_t *area, size_t offset)
{
	return vscmi_le32_get(area + offset);
}

static void set_word(uint8_t *area, size_t offset, uint32_t value)
{
	vscmi_le32_put(area + offset, value);
}

static void interrupt(void *context, enum vscmi_channel channel)
{
	rig.interrupts[channel]++;
}

static void reset(void *context)
{
	rig.resets++;
}

static void start(bool events)
{
	const struct vscmi_shmem_platform_config config = {
		.service = vscmi_platform_service(rig.bench.platform),
		.agent_id = ME,
		.commands = { rig.commands, VSCMI_SHMEM_AREA_BYTES(ROOM) },
		.events = { events ? rig.events : NULL, VSCMI_SHMEM_AREA_BYTES(ROOM) },
		.interrupt = interrupt,
		.reset = reset,
	};

	assert_int_equal(vscmi_shmem_platform_init(&rig.shmem, &config), VSCMI_OK);
	assert_int_equal(vscmi_shmem_platform_start(&rig.shmem), VSCMI_OK);
}

static int set_up(void **state)
{
	memset(&rig, 0, sizeof(rig));
	bench_describe(&rig.bench);
	bench_start(&rig.bench, true);
	rig.commands = malloc(VSCMI_SHMEM_AREA_BYTES(ROOM));
	rig.events = malloc(VSCMI_SHMEM_AREA_BYTES(ROOM));
	memset(rig.commands, 0x5a, VSCMI_SHMEM_AREA_BYTES(ROOM));
	start(true);
	return 0;
}

static int tear_down(void **state)
{
	vscmi_shmem_platform_stop(&rig.shmem);
	free(rig.commands);
	free(rig.events);
	bench_end(&rig.bench);
	return 0;
}

/* The agent's turn: a command of the clock protocol with these words, and the doorbell. */
static void send(uint32_t header, const uint32_t *words, uint32_t count)
{
	assert_int_equal(word(rig.commands, STATUS) & FREE, FREE);
	set_word(rig.commands, STATUS, 0);
	set_word(rig.commands, FLAGS, 1);
	set_word(rig.commands, LENGTH, 4 + 4 * count);
	set_word(rig.commands, MESSAGE, header);
	for (uint32_t i = 0; i < count; i++)
		set_word(rig.commands, MESSAGE + 4 + 4 * i, words[i]);
	vscmi_shmem_platform_rung(&rig.shmem, VSCMI_CHANNEL_COMMANDS);
}

#define SEND(message_id, ...)                                      \
	send(VSCMI_PROTOCOL_CLOCK << 10 | 99 << 18 | (message_id), \
	     (const uint32_t[]){ __VA_ARGS__ }, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4)

static void expect_reply(int32_t status, uint32_t length)
{
	assert_int_equal(word(rig.commands, STATUS), FREE);
	assert_int_equal(word(rig.commands, LENGTH), length);
	assert_int_equal(word(rig.commands, MESSAGE + 4), (uint32_t)status);
}

static void a_start_makes_both_areas_free(void **state)
{
	for (size_t i = 0; i < MESSAGE; i += 4) {
		assert_int_equal(word(rig.commands, i), i == STATUS ? FREE : 0);
		assert_int_equal(word(rig.events, i), i == STATUS ? FREE : 0);
	}
}

static void a_command_is_answered_in_its_area(void **state)
{
	SEND(0x6, CLOCK_LIST); /* CLOCK_RATE_GET */
	expect_reply(VSCMI_SUCCESS, 16);
	assert_int_equal(word(rig.commands, MESSAGE),
			 VSCMI_PROTOCOL_CLOCK << 10 | 99 << 18 | 0x6);
	assert_int_equal(rig.interrupts[VSCMI_CHANNEL_COMMANDS], 1);
}

static void who_polls_is_not_interrupted(void **state)
{
	set_word(rig.commands, STATUS, 0);
	set_word(rig.commands, FLAGS, 0);
	set_word(rig.commands, LENGTH, 4);
	set_word(rig.commands, MESSAGE, VSCMI_PROTOCOL_CLOCK << 10);
	vscmi_shmem_platform_rung(&rig.shmem, VSCMI_CHANNEL_COMMANDS);
	expect_reply(VSCMI_SUCCESS, 12);
	assert_int_equal(rig.interrupts[VSCMI_CHANNEL_COMMANDS], 0);
}

static void a_list_is_paged_to_the_area(void **state)
{
	SEND(0x4, CLOCK_LIST, 0); /* CLOCK_DESCRIBE_RATES */
	assert_true(word(rig.commands, LENGTH) <= ROOM);
	assert_int_equal(word(rig.commands, MESSAGE + 4), VSCMI_SUCCESS);
}

static void a_length_that_is_a_lie_gets_the_error_bit(void **state)
{
	static const uint32_t lies[] = { 0, 3, ROOM + 1, UINT32_MAX };

	for (uint32_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		set_word(rig.commands, STATUS, 0);
		set_word(rig.commands, LENGTH, lies[i]);
		vscmi_shmem_platform_rung(&rig.shmem, VSCMI_CHANNEL_COMMANDS);
		assert_int_equal(word(rig.commands, STATUS), FREE | ERROR);
		assert_int_equal(rig.shmem.counters.malformed, i + 1);
	}
	SEND(0x6, CLOCK_LIST);
	expect_reply(VSCMI_SUCCESS, 16);
}

static void rings_without_a_command_are_counted(void **state)
{
	vscmi_shmem_platform_rung(&rig.shmem, VSCMI_CHANNEL_COMMANDS);
	assert_int_equal(rig.shmem.counters.unexpected, 1);
	assert_int_equal(word(rig.commands, LENGTH), 0);
}

static void a_held_command_is_answered_later_whatever_the_agent_writes(void **state)
{
	rig.bench.clock[CLOCK_LIST].is_later = true;
	SEND(0x5, 0, CLOCK_LIST, 20000000, 0); /* CLOCK_RATE_SET */
	assert_int_equal(word(rig.commands, STATUS), 0);
	/* It rings again, and rewrites the header. */
	set_word(rig.commands, MESSAGE, 0x12345678);
	vscmi_shmem_platform_rung(&rig.shmem, VSCMI_CHANNEL_COMMANDS);
	assert_int_equal(rig.shmem.counters.unexpected, 1);
	bench_complete_rate(&rig.bench, CLOCK_LIST, VSCMI_SUCCESS);
	expect_reply(VSCMI_SUCCESS, 8);
	assert_int_equal(word(rig.commands, MESSAGE),
			 VSCMI_PROTOCOL_CLOCK << 10 | 99 << 18 | 0x5);
}

static void the_next_event_waits_until_the_last_is_taken(void **state)
{
	static const uint32_t rates_hz[] = { 10000000, 40000000 };

	SEND(0x9, CLOCK_LIST, 1); /* CLOCK_RATE_NOTIFY */
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(status_of(&rig.bench, TRUSTED, CLOCK, 0x5, 0, CLOCK_LIST,
					   rates_hz[i], 0),
				 VSCMI_SUCCESS);
	for (unsigned i = 1; i <= 2; i++) {
		assert_int_equal(rig.interrupts[VSCMI_CHANNEL_EVENTS], i);
		assert_int_equal(word(rig.events, STATUS), 0);
		assert_int_equal(word(rig.events, FLAGS), 1);
		assert_int_equal(word(rig.events, MESSAGE + 12), rates_hz[i - 1]);
		/* Not taken yet. */
		vscmi_shmem_platform_rung(&rig.shmem, VSCMI_CHANNEL_EVENTS);
		assert_int_equal(rig.interrupts[VSCMI_CHANNEL_EVENTS], i);
		set_word(rig.events, STATUS, FREE);
		vscmi_shmem_platform_rung(&rig.shmem, VSCMI_CHANNEL_EVENTS);
	}
	assert_int_equal(rig.interrupts[VSCMI_CHANNEL_EVENTS], 2);
}

static void without_an_area_for_events_none_are_offered(void **state)
{
	vscmi_shmem_platform_stop(&rig.shmem);
	start(false);
	SEND(0x9, CLOCK_LIST, 1);
	expect_reply(VSCMI_NOT_SUPPORTED, 8);
}

static void a_new_start_forgets_what_was_held(void **state)
{
	rig.bench.clock[CLOCK_LIST].is_later = true;
	SEND(0x5, 0, CLOCK_LIST, 20000000, 0);
	vscmi_shmem_platform_stop(&rig.shmem);
	start(true);
	bench_complete_rate(&rig.bench, CLOCK_LIST, VSCMI_SUCCESS);
	assert_int_equal(word(rig.commands, STATUS), FREE);
	assert_int_equal(word(rig.commands, LENGTH), 0);
	SEND(0x6, CLOCK_FIXED);
	expect_reply(VSCMI_SUCCESS, 16);
}

static void impossible_areas_are_refused(void **state)
{
	struct vscmi_shmem_platform_config config = rig.shmem.config;
	struct vscmi_shmem_platform shmem;

	config.commands.bytes = VSCMI_SHMEM_AREA_BYTES(7);
	assert_int_equal(vscmi_shmem_platform_init(&shmem, &config), VSCMI_E_INVALID);
	config = rig.shmem.config;
	config.events.area = rig.events + 1;
	assert_int_equal(vscmi_shmem_platform_init(&shmem, &config), VSCMI_E_INVALID);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_start_makes_both_areas_free),
		TEST(a_command_is_answered_in_its_area),
		TEST(who_polls_is_not_interrupted),
		TEST(a_list_is_paged_to_the_area),
		TEST(a_length_that_is_a_lie_gets_the_error_bit),
		TEST(rings_without_a_command_are_counted),
		TEST(a_held_command_is_answered_later_whatever_the_agent_writes),
		TEST(the_next_event_waits_until_the_last_is_taken),
		TEST(without_an_area_for_events_none_are_offered),
		TEST(a_new_start_forgets_what_was_held),
		TEST(impossible_areas_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
