/* SPDX-License-Identifier: BSD-3-Clause */
/* Front ends that break the rules of vhost-user: each loses its connection, and nothing else. */
#include "test.h"

#include <string.h>
#include <unistd.h>

#include "vhost.h"

#define FEATURES (VSCMI_VIRTQ_FEATURES | VSCMI_VHOST_F_PROTOCOL_FEATURES)

static struct echo echo;
static struct guest guest;
static struct pair pair = { &echo, &guest };

/* All of ring 0 except the memory, the features and the enabling. */
static void set_up_ring(void)
{
	guest_say(&guest, VSCMI_VHOST_SET_VRING_NUM, 0, QUEUE_SIZE);
	guest_say(&guest, VSCMI_VHOST_SET_VRING_ADDR, 0, 0);
	guest_say(&guest, VSCMI_VHOST_SET_VRING_KICK, 0, 0);
}

enum fds { NONE, MEMORY, EVENT, PIPE, SOCKET, NINE, TWO };

/* Each follows two queues that run. */
/* clang-format off */
#define REGION(guest_base, size, user_base, mmap_offset) \
	{ .mem_table = { 1, 0, { { guest_base, size, user_base, mmap_offset } } } }
#define V	VSCMI_VHOST_VERSION
#define SAY(id) VSCMI_VHOST_##id, V
static const struct {
	const char *what;
	uint32_t request, flags, bytes;
	union vscmi_vhost_payload payload;
	enum fds fds;
} lies[] = {
	{ "an_unknown_request", 99, V, 0, { 0 }, NONE },
	{ "request_zero", 0, V, 0, { 0 }, NONE },
	{ "a_request_that_was_not_offered", 24, V, 12, { 0 }, NONE },
	{ "another_version", VSCMI_VHOST_GET_FEATURES, 2, 0, { 0 }, NONE },
	{ "a_reply", VSCMI_VHOST_GET_FEATURES, V | VSCMI_VHOST_REPLY, 0, { 0 }, NONE },
	{ "a_payload_too_long", SAY(SET_FEATURES), 9, { 0 }, NONE },
	{ "a_payload_too_short", SAY(SET_VRING_ADDR), 39, { 0 }, NONE },
	{ "a_payload_of_four_gigabytes", SAY(SET_MEM_TABLE), UINT32_MAX, { 0 }, NONE },
	{ "a_descriptor_too_many", SAY(SET_VRING_CALL), 8, { 0 }, NINE },
	{ "a_descriptor_where_none_belongs", SAY(SET_OWNER), 0, { 0 }, EVENT },
	{ "features_not_offered", SAY(SET_FEATURES), 8, { .u64 = 1ull << 34 }, NONE },
	{ "other_features_while_rings_run", SAY(SET_FEATURES), 8, { 0 }, NONE },
	{ "protocol_features_not_offered", SAY(SET_PROTOCOL_FEATURES), 8, { .u64 = 2 }, NONE },
	{ "a_request_of_a_feature_not_negotiated", SAY(VRING_KICK), 8, { 0 }, NONE },
	{ "a_ring_that_is_not_there", SAY(GET_VRING_BASE), 8, { .state = { 2, 0 } }, NONE },
	{ "a_ring_far_away", SAY(SET_VRING_ENABLE), 8, { .state = { UINT32_MAX, 1 } }, NONE },
	{ "a_size_for_a_ring_that_runs", SAY(SET_VRING_NUM), 8, { .state = { 0, 8 } }, NONE },
	{ "an_address_for_a_ring_that_runs", SAY(SET_VRING_ADDR), 40, { 0 }, NONE },
	{ "a_base_for_a_ring_that_runs", SAY(SET_VRING_BASE), 8, { .state = { 1, 0 } }, NONE },
	{ "enable_two", SAY(SET_VRING_ENABLE), 8, { .state = { 0, 2 } }, NONE },
	{ "a_kick_by_polling", SAY(SET_VRING_KICK), 8, { .u64 = VSCMI_VHOST_NO_FD }, NONE },
	{ "a_kick_without_its_descriptor", SAY(SET_VRING_KICK), 8, { 0 }, NONE },
	{ "a_kick_that_is_a_file", SAY(SET_VRING_KICK), 8, { 0 }, MEMORY },
	{ "a_kick_that_is_a_socket", SAY(SET_VRING_KICK), 8, { 0 }, SOCKET },
	{ "a_call_that_is_a_pipe", SAY(SET_VRING_CALL), 8, { 0 }, PIPE },
	{ "a_call_it_denies", SAY(SET_VRING_CALL), 8, { .u64 = VSCMI_VHOST_NO_FD }, EVENT },
	{ "a_region_without_its_descriptor", SAY(SET_MEM_TABLE), 40, REGION(0, 4096, 0, 0), NONE },
	{ "a_region_with_two", SAY(SET_MEM_TABLE), 40, REGION(0, 4096, 0, 0), TWO },
	{ "a_region_beyond_the_payload", SAY(SET_MEM_TABLE), 8, REGION(0, 4096, 0, 0), MEMORY },
	{ "nine_regions", SAY(SET_MEM_TABLE), 264, { .mem_table = { .count = 9 } }, NINE },
	{ "regions_beyond_counting", SAY(SET_MEM_TABLE), 264,
	  { .mem_table = { .count = 0x8000000 } }, NONE },
	{ "an_empty_region", SAY(SET_MEM_TABLE), 40, REGION(0, 0, 0, 0), MEMORY },
	{ "a_region_longer_than_its_file", SAY(SET_MEM_TABLE), 40,
	  REGION(0, GUEST_BYTES + 1, 0, GUEST_OFFSET), MEMORY },
	{ "a_region_that_wraps_around_the_guest", SAY(SET_MEM_TABLE), 40,
	  REGION(UINT64_MAX - 0xffe, 0x1000, 0, 0), MEMORY },
	{ "a_region_in_an_eventfd", SAY(SET_MEM_TABLE), 40, REGION(0, 4096, 0, 0), EVENT },
};
/* clang-format on */

static uint32_t lie_fds(enum fds which, const int *pipe_ends, int fds[9])
{
	static const uint32_t counts[] = { 0, 1, 1, 1, 1, 9, 2 };
	const int sources[] = {
		-1,
		guest.memory_fd,
		guest.errors[1],
		pipe_ends[1],
		guest.channel,
		guest.errors[1],
		guest.memory_fd,
	};

	for (uint32_t i = 0; i < 9; i++)
		fds[i] = sources[which];
	return counts[which];
}

static void tell_lie(size_t index, const int *pipe_ends)
{
	struct {
		struct vscmi_vhost_header header;
		uint8_t payload[sizeof(union vscmi_vhost_payload)];
	} message = { { lies[index].request, lies[index].flags, lies[index].bytes },
		      { 0 } };
	size_t bytes = lies[index].bytes;
	int fds[9];
	uint32_t fd_count = lie_fds(lies[index].fds, pipe_ends, fds);

	if (bytes > sizeof(message.payload))
		bytes = sizeof(message.payload);
	memcpy(message.payload, &lies[index].payload, bytes);
	guest_say_bytes(&guest, &message, sizeof(message.header) + bytes, fds, fd_count);
}

static void a_rule_breaker_loses_its_connection_and_nothing_leaks(void **state)
{
	unsigned fds, mappings;
	int pipe_ends[2];

	assert_int_equal(pipe(pipe_ends), 0);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		fds = count_fds();
		mappings = count_mappings();
		guest_start(&guest);
		echo_log(&echo);
		tell_lie(i, pipe_ends);
		if (!guest_is_refused(&guest))
			fail_msg("%s is let through", lies[i].what);
		assert_string_equal(echo_log(&echo), "X0 X1 R D ");
		guest_close(&guest);
		guest_open(&guest, &echo, false);
		if (count_fds() != fds || count_mappings() != mappings)
			fail_msg("%s leaks", lies[i].what);
	}
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

/* What can only be wrong while the rings do not run. */
static const struct {
	const char *what;
	struct play play;
	const char *log;
} early_lies[] = {
	{ "a_ring_of_no_descriptors", { VSCMI_VHOST_SET_VRING_NUM, 0, 0 }, "R D " },
	{ "a_ring_of_an_odd_size", { VSCMI_VHOST_SET_VRING_NUM, 0, 6 }, "R D " },
	{ "a_ring_too_big", { VSCMI_VHOST_SET_VRING_NUM, 0, 0x10000 }, "R D " },
	{ "a_base_too_big", { VSCMI_VHOST_SET_VRING_BASE, 0, 0x10000 }, "R D " },
	{ "a_region_that_is_not_there", { VSCMI_VHOST_REM_MEM_REG, 0, 0 }, "R D " },
};

static void what_makes_no_ring_is_refused(void **state)
{
	for (size_t i = 0; i < sizeof(early_lies) / sizeof(early_lies[0]); i++) {
		unsigned fds = count_fds();

		guest_say_protocol(&guest, PF(CONFIGURE_MEM_SLOTS));
		echo_log(&echo);
		guest_play(&guest, &early_lies[i].play, 1);
		if (!guest_is_refused(&guest))
			fail_msg("%s is let through", early_lies[i].what);
		assert_string_equal(echo_log(&echo), early_lies[i].log);
		guest_close(&guest);
		guest_open(&guest, &echo, false);
		assert_int_equal(count_fds(), fds);
	}
}

/* The bytes of the message before are none of this one's. */
static void a_region_that_only_the_last_message_had_whole_is_refused(void **state)
{
	static const uint32_t lengths[] = { 8, 39 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct {
			struct vscmi_vhost_header header;
			uint32_t count;
			uint8_t rest[36];
		} again = { { VSCMI_VHOST_SET_MEM_TABLE, VSCMI_VHOST_VERSION,
			      lengths[i] },
			    1,
			    { 0 } };

		guest_say(&guest, VSCMI_VHOST_SET_MEM_TABLE, 0, 1);
		assert_false(guest_is_refused(&guest));
		again.rest[13] = 1; /* its size */
		guest_say_bytes(&guest, &again, sizeof(again.header) + lengths[i],
				&guest.memory_fd, 1);
		assert_true(guest_is_refused(&guest));
		guest_close(&guest);
		guest_open(&guest, &echo, false);
	}
}

static void a_backend_channel_that_is_no_socket_is_refused(void **state)
{
	close(guest.channel_target);
	guest.channel_target = dup(guest.errors[0]);
	guest_say_protocol(&guest, PF(BACKEND_REQ));
	guest_say(&guest, VSCMI_VHOST_SET_BACKEND_REQ_FD, 0, 0);
	assert_true(guest_is_refused(&guest));
}

static void overlapping_regions_are_refused(void **state)
{
	guest_say_protocol(&guest, PF(CONFIGURE_MEM_SLOTS));
	guest_say(&guest, VSCMI_VHOST_ADD_MEM_REG, 0, 0);
	assert_false(guest_is_refused(&guest));
	guest_say(&guest, VSCMI_VHOST_ADD_MEM_REG, 0, 0);
	assert_true(guest_is_refused(&guest));
}

static void a_ring_outside_the_memory_is_refused(void **state)
{
	guest.areas[0].device_area = GUEST_BASE + GUEST_BYTES - 4;
	guest_say(&guest, VSCMI_VHOST_SET_FEATURES, 0, FEATURES);
	guest_say(&guest, VSCMI_VHOST_SET_MEM_TABLE, 0, 1);
	set_up_ring();
	assert_false(guest_is_refused(&guest));
	guest_say(&guest, VSCMI_VHOST_SET_VRING_ENABLE, 0, 1);
	assert_true(guest_is_refused(&guest));
}

static void a_driver_without_version_1_is_refused(void **state)
{
	guest_say(&guest, VSCMI_VHOST_SET_FEATURES, 0, VSCMI_VHOST_F_PROTOCOL_FEATURES);
	guest_say(&guest, VSCMI_VHOST_SET_MEM_TABLE, 0, 1);
	set_up_ring();
	guest_say(&guest, VSCMI_VHOST_SET_VRING_ENABLE, 0, 1);
	assert_true(guest_is_refused(&guest));
}

/*
 * Two devices in one loop. The front end of one tells each lie, and then stops in the middle
 * of a message; the other's does not feel it.
 */
static void a_rule_breaker_harms_no_other_guest(void **state)
{
	struct vscmi_vhost_header half = { VSCMI_VHOST_GET_FEATURES, VSCMI_VHOST_VERSION,
					   0 };
	struct echo other;
	struct guest good;
	int pipe_ends[2];

	assert_int_equal(pipe(pipe_ends), 0);
	echo_open(&other, echo.loop);
	guest_open(&good, &other, false);
	guest_start(&good);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		guest_start(&guest);
		tell_lie(i, pipe_ends);
		guest_close(&guest);
		guest_open(&guest, &echo, false);
		guest_say_bytes(&guest, &half, 5, NULL, 0);
		guest_send(&good, 0);
		echo_run(&other);
		assert_true(guest_got_echo(&good, 0));
		guest_close(&guest);
		guest_open(&guest, &echo, false);
	}
	guest_close(&good);
	echo_close(&other);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_PAIR(a_rule_breaker_loses_its_connection_and_nothing_leaks),
		ON_PAIR(what_makes_no_ring_is_refused),
		ON_PAIR(a_region_that_only_the_last_message_had_whole_is_refused),
		ON_PAIR(a_backend_channel_that_is_no_socket_is_refused),
		ON_PAIR(overlapping_regions_are_refused),
		ON_PAIR(a_ring_outside_the_memory_is_refused),
		ON_PAIR(a_driver_without_version_1_is_refused),
		ON_PAIR(a_rule_breaker_harms_no_other_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
