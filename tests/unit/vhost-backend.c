/* SPDX-License-Identifier: BSD-3-Clause */
/* The device end of vhost-user: rings, memory, connections. */
#include "test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost.h"

static struct echo echo;
static struct guest guest;
static struct pair pair = { &echo, &guest };

/*
 * ---- Rings ----
 */

static void many_kicks_are_all_seen(void **state)
{
	guest_start(&guest);
	for (unsigned i = 0; i < 3 * QUEUE_SIZE; i++)
		guest_assert_echoes(&guest, i % ECHO_QUEUES);
}

static void a_device_that_leaves_chains_is_asked_again(void **state)
{
	echo.one_at_a_time = true;
	guest_start(&guest);
	echo_log(&echo);
	guest_send(&guest, 0);
	guest_send(&guest, 0);
	echo_run(&echo);
	assert_string_equal(echo_log(&echo), "K0 K0 K0 ");
	assert_true(guest_got_echo(&guest, 0));
	assert_true(guest_got_echo(&guest, 0));
}

static void a_full_call_descriptor_blocks_nobody(void **state)
{
	uint64_t most = UINT64_MAX - 1;

	guest_start(&guest);
	assert_int_equal(write(guest.calls[0], &most, sizeof(most)), sizeof(most));
	guest_send(&guest, 0);
	echo_run(&echo);
	assert_true(guest_got_echo(&guest, 0));
}

/* An eventfd that its owner would block on must not block the device. */
static void a_full_call_descriptor_that_blocks_its_owner_blocks_nobody_else(void **state)
{
	close(guest.calls[0]);
	guest.calls[0] = guest.call_targets[0] = eventfd(0, EFD_CLOEXEC);
	a_full_call_descriptor_blocks_nobody(state);
}

static void a_call_descriptor_that_is_made_blocking_again_blocks_nobody(void **state)
{
	uint64_t most = UINT64_MAX - 1;

	guest_start(&guest);
	assert_int_equal(fcntl(guest.calls[0], F_SETFL, 0), 0);
	assert_int_equal(write(guest.calls[0], &most, sizeof(most)), sizeof(most));
	guest_send(&guest, 0);
	echo_run(&echo);
	assert_true(guest_got_echo(&guest, 0));
}

static void a_full_call_socket_that_blocks_its_owner_blocks_nobody_else(void **state)
{
	uint64_t one = 1;
	int target;

	guest_close(&guest);
	guest_open(&guest, &echo, true);
	target = guest.call_targets[0];
	while (send(target, &one, sizeof(one), MSG_DONTWAIT) == sizeof(one))
		;
	assert_int_equal(fcntl(target, F_SETFL, 0), 0);
	guest_start(&guest);
	guest_send(&guest, 0);
	echo_run(&echo);
	assert_true(guest_got_echo(&guest, 0));
}

static void a_ring_without_a_call_descriptor_calls_nobody(void **state)
{
	guest_start(&guest);
	guest_say(&guest, VSCMI_VHOST_SET_VRING_CALL, 0, VSCMI_VHOST_NO_FD);
	guest_send(&guest, 0);
	echo_run(&echo);
	assert_int_equal(guest_calls(&guest, 0), 0);
	assert_true(guest_got_echo(&guest, 0));
}

static void corrupt_ring(uint32_t index)
{
	uint16_t far = 0x4000;
	uint64_t one = 1;

	memcpy(guest.memory + (guest.areas[index].driver_area - GUEST_BASE) + 2, &far,
	       sizeof(far));
	assert_int_equal(write(guest.kicks[index], &one, sizeof(one)), sizeof(one));
	echo_run(&echo);
}

static void a_corrupt_ring_is_told_by_its_error_descriptor_once(void **state)
{
	uint64_t told;

	guest_start(&guest);
	corrupt_ring(0);
	corrupt_ring(0);
	assert_int_equal(read(guest.errors[0], &told, sizeof(told)), sizeof(told));
	assert_int_equal(told, 1);
	guest_assert_echoes(&guest, 1);

	/* And once again after it was laid out anew. */
	guest_say(&guest, VSCMI_VHOST_SET_VRING_ENABLE, 0, 0);
	guest_boot(&guest);
	guest_say(&guest, VSCMI_VHOST_SET_VRING_BASE, 0, 0);
	guest_say(&guest, VSCMI_VHOST_SET_VRING_ENABLE, 0, 1);
	assert_int_equal(read(guest.errors[0], &told, sizeof(told)), -1);
	corrupt_ring(0);
	assert_int_equal(read(guest.errors[0], &told, sizeof(told)), sizeof(told));
}

static void a_corrupt_ring_is_told_in_band(void **state)
{
	guest_say_protocol(&guest, PF(INBAND_NOTIFICATIONS) | PF(BACKEND_REQ));
	guest_say(&guest, VSCMI_VHOST_SET_BACKEND_REQ_FD, 0, 0);
	guest_start(&guest);
	corrupt_ring(1);
	guest_assert_called_in_band(&guest, 1, VSCMI_VHOST_BACKEND_VRING_ERR);
}

static void reset_device_stops_and_forgets(void **state)
{
	guest_say_protocol(&guest, PF(RESET_DEVICE));
	guest_start(&guest);
	guest_assert_echoes(&guest, 0);
	echo_log(&echo);
	guest_say(&guest, VSCMI_VHOST_RESET_DEVICE, 0, 0);
	assert_string_equal(echo_log(&echo), "X0 X1 R ");
	guest_boot(&guest);
	guest_start(&guest);
	assert_string_equal(echo_log(&echo), "S0 K0 S1 K1 ");
	guest_assert_echoes(&guest, 0);
}

/*
 * ---- Memory ----
 */

static void memory_is_replaced_while_rings_run(void **state)
{
	unsigned mappings;

	guest_start(&guest);
	guest_assert_echoes(&guest, 0);
	mappings = count_mappings();
	for (unsigned i = 0; i < 100; i++)
		guest_say(&guest, VSCMI_VHOST_SET_MEM_TABLE, 0, 1);
	guest_assert_echoes(&guest, 0);
	guest_assert_echoes(&guest, 1);
	assert_int_equal(count_mappings(), mappings);
}

/* The chain's memory stays, and nobody is kept waiting; afterwards it goes. */
static void memory_is_replaced_while_a_request_holds_it(void **state)
{
	unsigned mappings;

	guest_start(&guest);
	mappings = count_mappings();
	echo.hold_next = true;
	guest_send(&guest, 0);
	echo_run(&echo);
	guest_say(&guest, VSCMI_VHOST_SET_MEM_TABLE, 0, 1);
	assert_int_equal(count_mappings(), mappings + 1);
	guest_assert_echoes(&guest, 1);
	echo_let_go(&echo);
	assert_int_equal(guest_calls(&guest, 0), 1);
	assert_true(guest_got_echo(&guest, 0));
	assert_int_equal(count_mappings(), mappings);
	guest_assert_echoes(&guest, 0);
}

/* A reply that is lost keeps the memory no longer than the next message. */
static void the_memory_of_a_request_that_is_lost_goes(void **state)
{
	unsigned mappings;

	guest_start(&guest);
	mappings = count_mappings();
	for (int i = 0; i < 2; i++) {
		echo.hold_next = true;
		guest_send(&guest, 0);
		echo_run(&echo);
		/* Lost before its memory is replaced, and after. */
		if (i == 0)
			vscmi_virtq_device_lose(echo.queues[0], &echo.held);
		guest_say(&guest, VSCMI_VHOST_SET_MEM_TABLE, 0, 1);
		assert_int_equal(count_mappings(), mappings + (unsigned)i);
		if (i == 1)
			vscmi_virtq_device_lose(echo.queues[0], &echo.held);
		guest_assert_echoes(&guest, 1);
		assert_int_equal(count_mappings(), mappings);
		assert_false(guest_got_echo(&guest, 0));
		guest_assert_echoes(&guest, 0);
	}
}

/* A chain that is out when its queue stops is forgotten, and the queue stands. */
static void the_memory_that_a_request_holds_goes_with_its_queue(void **state)
{
	static const struct {
		enum vscmi_vhost_request request;
		const char *log;
		bool other_queue_runs;
	} cases[] = {
		{ VSCMI_VHOST_SET_VRING_ENABLE, "X0 ", true },
		{ VSCMI_VHOST_GET_VRING_BASE, "X0 ", true },
		{ VSCMI_VHOST_RESET_DEVICE, "X0 X1 R ", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned mappings;

		guest_say_protocol(&guest, PF(RESET_DEVICE));
		guest_start(&guest);
		mappings = count_mappings();
		echo.hold_next = true;
		guest_send(&guest, 0);
		echo_run(&echo);
		guest_say(&guest, VSCMI_VHOST_SET_MEM_TABLE, 0, 1);
		assert_int_equal(count_mappings(), mappings + 1);
		echo_log(&echo);
		guest_say(&guest, cases[i].request, 0, 0);
		assert_string_equal(echo_log(&echo), cases[i].log);
		assert_int_equal(count_mappings(), mappings);
		if (cases[i].other_queue_runs)
			guest_assert_echoes(&guest, 1);
		guest_close(&guest);
		guest_open(&guest, &echo, false);
	}
}

static void memory_replaced_too_often_while_a_request_holds_it_is_refused(void **state)
{
	guest_start(&guest);
	echo.hold_next = true;
	guest_send(&guest, 0);
	echo_run(&echo);
	for (unsigned i = 0; i < 63; i++)
		guest_say(&guest, VSCMI_VHOST_SET_MEM_TABLE, 0, 1);
	assert_false(guest_is_refused(&guest));
	guest_say(&guest, VSCMI_VHOST_SET_MEM_TABLE, 0, 1);
	assert_true(guest_is_refused(&guest));
}

/* As QEMU does when a region changes its shape. */
static void a_ring_pauses_while_its_region_is_removed(void **state)
{
	guest_say_protocol(&guest, PF(CONFIGURE_MEM_SLOTS));
	guest_start(&guest);
	guest_assert_echoes(&guest, 0);
	echo_log(&echo);
	guest_say(&guest, VSCMI_VHOST_REM_MEM_REG, 0, 0);
	assert_string_equal(echo_log(&echo), "X0 X1 ");
	guest_send(&guest, 0);
	echo_run(&echo);
	guest_say(&guest, VSCMI_VHOST_ADD_MEM_REG, 0, 0);
	assert_string_equal(echo_log(&echo), "S0 K0 S1 K1 ");
	assert_int_equal(guest_calls(&guest, 0), 1);
	assert_true(guest_got_echo(&guest, 0));
}

static void a_front_end_that_cuts_its_memory_short_loses_its_connection(void **state)
{
	guest_start(&guest);
	echo_log(&echo);
	guest_send(&guest, 0);
	/* The rings stay. */
	assert_int_equal(ftruncate(guest.memory_fd, GUEST_OFFSET + 0x2000), 0);
	echo_run(&echo);
	assert_string_equal(echo_log(&echo), "K0 X0 X1 R D ");
	assert_true(guest_is_refused(&guest));
}

/*
 * ---- Connections ----
 */

static void acknowledgements_come_only_when_negotiated_and_asked_for(void **state)
{
	uint8_t byte;

	guest.need_reply = true;
	guest_say(&guest, VSCMI_VHOST_SET_OWNER, 0, 0);
	guest_say_protocol(
		&guest,
		PF(REPLY_ACK)); /* negotiated from here on, so this one is acknowledged */
	assert_int_equal(guest_hear(&guest, VSCMI_VHOST_SET_PROTOCOL_FEATURES), 0);
	guest_say(&guest, VSCMI_VHOST_SET_OWNER, 0, 0);
	assert_int_equal(guest_hear(&guest, VSCMI_VHOST_SET_OWNER), 0);
	guest_say(&guest, VSCMI_VHOST_GET_FEATURES, 0, 0);
	assert_int_equal(guest_hear(&guest, VSCMI_VHOST_GET_FEATURES), ECHO_FEATURES);
	guest.need_reply = false;
	guest_say(&guest, VSCMI_VHOST_SET_OWNER, 0, 0);
	assert_int_equal(recv(guest.socket, &byte, 1, MSG_DONTWAIT), -1);
}

static void a_message_may_come_byte_by_byte(void **state)
{
	struct vscmi_vhost_header header = { VSCMI_VHOST_GET_FEATURES,
					     VSCMI_VHOST_VERSION, 0 };
	struct {
		struct vscmi_vhost_header header;
		uint8_t features[8];
	} set = { { VSCMI_VHOST_SET_FEATURES, VSCMI_VHOST_VERSION, 8 }, { 0 } };

	for (size_t i = 0; i < sizeof(set); i++)
		guest_say_bytes(&guest, (uint8_t *)&set + i, 1, NULL, 0);
	for (size_t i = 0; i < sizeof(header); i++)
		guest_say_bytes(&guest, (uint8_t *)&header + i, 1, NULL, 0);
	assert_int_equal(guest_hear(&guest, VSCMI_VHOST_GET_FEATURES), ECHO_FEATURES);
}

static void a_front_end_that_reads_no_replies_is_served_when_it_does(void **state)
{
	struct vscmi_vhost_header header = { VSCMI_VHOST_GET_FEATURES,
					     VSCMI_VHOST_VERSION, 0 };
	int small = 1;
	unsigned said = 0, heard = 0;
	uint8_t reply[20];

	setsockopt(guest.socket, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	while (send(guest.socket, &header, sizeof(header), MSG_DONTWAIT) ==
	       sizeof(header)) {
		said++;
		echo_run(&echo);
	}
	assert_int_equal(vscmi_loop_run_once(echo.loop, 0), VSCMI_OK);
	while (recv(guest.socket, reply, sizeof(reply), MSG_DONTWAIT) == sizeof(reply)) {
		heard++;
		echo_run(&echo);
	}
	assert_int_equal(heard, said);
}

static void the_next_front_end_is_served_when_one_has_left(void **state)
{
	struct guest next;
	unsigned fds = count_fds(), mappings = count_mappings();

	guest_start(&guest);
	guest_assert_echoes(&guest, 0);
	echo_log(&echo);
	guest_close(&guest);
	assert_string_equal(echo_log(&echo), "X0 X1 R D ");
	guest_open(&next, &echo, false);
	assert_int_equal(count_fds(), fds);
	assert_int_equal(count_mappings(), mappings);
	guest_start(&next);
	assert_string_equal(echo_log(&echo), "S0 K0 S1 K1 ");
	guest_assert_echoes(&next, 0);
	guest = next;
}

/* A front end that had much on its way: a message, a reply, a new driver, memory, a channel. */
static void leave_in_a_muddle(void)
{
	struct vscmi_vhost_header header = { VSCMI_VHOST_GET_FEATURES,
					     VSCMI_VHOST_VERSION, 0 };

	guest_say_protocol(&guest, ECHO_PROTOCOL_FEATURES);
	guest_say(&guest, VSCMI_VHOST_SET_BACKEND_REQ_FD, 0, 0);
	guest_start(&guest);
	echo.hold_next = true;
	guest_send(&guest, 0);
	echo_run(&echo);
	guest_say(&guest, VSCMI_VHOST_SET_MEM_TABLE, 0, 1);
	while (send(guest.socket, &header, sizeof(header), MSG_DONTWAIT) ==
	       sizeof(header))
		echo_run(&echo);
	echo_log(&echo);
}

static void leave_in_a_message(void)
{
	guest_say(&guest, VSCMI_VHOST_SET_VRING_BASE, 0, 5);
	guest_say_bytes(&guest, "abcde", 5, &guest.memory_fd, 1);
	echo_log(&echo);
}

static void nothing_of_a_front_end_is_left_for_the_next(void **state)
{
	unsigned fds = count_fds(), mappings = count_mappings();
	uint8_t byte;

	leave_in_a_muddle();
	guest_close(&guest);
	assert_string_equal(echo_log(&echo), "X0 X1 R D ");
	guest_open(&guest, &echo, false);
	assert_int_equal(count_fds(), fds);
	assert_int_equal(count_mappings(), mappings);

	guest.need_reply = true;
	guest_say(&guest, VSCMI_VHOST_SET_OWNER, 0, 0);
	assert_int_equal(recv(guest.socket, &byte, 1, MSG_DONTWAIT), -1);
	guest.need_reply = false;

	leave_in_a_message();
	guest_close(&guest);
	guest_open(&guest, &echo, false);
	assert_int_equal(count_fds(), fds);
	echo_log(&echo);
	guest_start(&guest);
	assert_string_equal(echo_log(&echo), "S0 K0 S1 K1 ");
	guest_assert_echoes(&guest, 0);
	guest_close(&guest);
	guest_open(&guest, &echo, false);

	/* Features are not left either: without its own it has no VERSION_1. */
	guest_say(&guest, VSCMI_VHOST_SET_MEM_TABLE, 0, 1);
	guest_say(&guest, VSCMI_VHOST_SET_VRING_NUM, 0, QUEUE_SIZE);
	guest_say(&guest, VSCMI_VHOST_SET_VRING_ADDR, 0, 0);
	guest_say(&guest, VSCMI_VHOST_SET_VRING_KICK, 0, 0);
	guest_say(&guest, VSCMI_VHOST_SET_VRING_ENABLE, 0, 1);
	assert_true(guest_is_refused(&guest));
}

/* It goes in the middle of something that it has put off. */
static void nothing_of_a_backend_is_left_in_its_loop(void **state)
{
	unsigned fds = count_fds();
	struct echo other;
	struct guest others;

	echo_open(&other, echo.loop);
	guest_open(&others, &other, false);
	other.one_at_a_time = true;
	guest_start(&others);
	for (unsigned i = 0; i < 3; i++)
		guest_send(&others, 0);
	assert_int_equal(vscmi_loop_run_once(echo.loop, 0), VSCMI_OK);
	others.echo = NULL;
	guest_say_bytes(&others, "abcde", 5, &guest.memory_fd, 1);
	assert_int_equal(vscmi_loop_run_once(echo.loop, 0), VSCMI_OK);
	echo_close(&other);
	guest_close(&others);
	echo_run(&echo);
	assert_int_equal(count_fds(), fds);
	guest_start(&guest);
	guest_assert_echoes(&guest, 0);
}

/* The connection ends when the loop has its turn, not inside the call. */
static void a_device_may_hang_up_and_the_next_front_end_is_served(void **state)
{
	unsigned fds = count_fds(), mappings = count_mappings();

	guest_start(&guest);
	echo.hold_next = true;
	guest_send(&guest, 0);
	echo_run(&echo);
	echo_log(&echo);
	vscmi_vhost_backend_hang_up(echo.backend);
	vscmi_vhost_backend_hang_up(echo.backend);
	assert_string_equal(echo_log(&echo), "");
	assert_false(guest_is_refused(&guest));
	echo_run(&echo);
	assert_string_equal(echo_log(&echo), "R X0 X1 R D ");
	assert_true(guest_is_refused(&guest));
	guest_close(&guest);
	guest_open(&guest, &echo, false);
	assert_int_equal(count_fds(), fds);
	assert_int_equal(count_mappings(), mappings);
	guest_start(&guest);
	assert_string_equal(echo_log(&echo), "S0 K0 S1 K1 ");
	guest_assert_echoes(&guest, 0);
}

/* As when what it serves with resets it while it handles a command. */
static void a_device_may_hang_up_from_inside(void **state)
{
	guest_start(&guest);
	echo.hang_up_next = true;
	guest_send(&guest, 0);
	guest_send(&guest, 1);
	echo_log(&echo);
	echo_run(&echo);
	assert_true(guest_is_refused(&guest));
	guest_close(&guest);
	guest_open(&guest, &echo, false);
	guest_start(&guest);
	guest_assert_echoes(&guest, 1);
}

static void a_device_without_a_front_end_hangs_up_on_nobody(void **state)
{
	guest_close(&guest);
	vscmi_vhost_backend_hang_up(echo.backend);
	guest_open(&guest, &echo, false);
	guest_start(&guest);
	guest_assert_echoes(&guest, 0);
	assert_false(guest_is_refused(&guest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_PAIR(many_kicks_are_all_seen),
		ON_PAIR(a_device_that_leaves_chains_is_asked_again),
		ON_PAIR(a_full_call_descriptor_blocks_nobody),
		ON_PAIR(a_full_call_descriptor_that_blocks_its_owner_blocks_nobody_else),
		ON_PAIR(a_call_descriptor_that_is_made_blocking_again_blocks_nobody),
		ON_PAIR(a_full_call_socket_that_blocks_its_owner_blocks_nobody_else),
		ON_PAIR(a_ring_without_a_call_descriptor_calls_nobody),
		ON_PAIR(a_corrupt_ring_is_told_by_its_error_descriptor_once),
		ON_PAIR(a_corrupt_ring_is_told_in_band),
		ON_PAIR(reset_device_stops_and_forgets),
		ON_PAIR(memory_is_replaced_while_rings_run),
		ON_PAIR(memory_is_replaced_while_a_request_holds_it),
		ON_PAIR(the_memory_of_a_request_that_is_lost_goes),
		ON_PAIR(the_memory_that_a_request_holds_goes_with_its_queue),
		ON_PAIR(memory_replaced_too_often_while_a_request_holds_it_is_refused),
		ON_PAIR(a_ring_pauses_while_its_region_is_removed),
		ON_PAIR(a_front_end_that_cuts_its_memory_short_loses_its_connection),
		ON_PAIR(acknowledgements_come_only_when_negotiated_and_asked_for),
		ON_PAIR(a_message_may_come_byte_by_byte),
		ON_PAIR(a_front_end_that_reads_no_replies_is_served_when_it_does),
		ON_PAIR(the_next_front_end_is_served_when_one_has_left),
		ON_PAIR(nothing_of_a_front_end_is_left_for_the_next),
		ON_PAIR(nothing_of_a_backend_is_left_in_its_loop),
		ON_PAIR(a_device_may_hang_up_and_the_next_front_end_is_served),
		ON_PAIR(a_device_may_hang_up_from_inside),
		ON_PAIR(a_device_without_a_front_end_hangs_up_on_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
