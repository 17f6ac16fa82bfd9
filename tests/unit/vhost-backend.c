/* SPDX-License-Identifier: BSD-3-Clause */
/* The device end of vhost-user against front ends that say each message by hand. */
#include "test.h"

#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost.h"

#define ALL_FEATURES \
	(ECHO_F_WANT | VSCMI_VIRTQ_FEATURES | VSCMI_VHOST_F_PROTOCOL_FEATURES)
#define BIT(name) (UINT64_C(1) << VSCMI_VHOST_PF_##name)
#define ALL_PROTOCOL_FEATURES                                              \
	(BIT(MQ) | BIT(REPLY_ACK) | BIT(BACKEND_REQ) | BIT(RESET_DEVICE) | \
	 BIT(INBAND_NOTIFICATIONS) | BIT(CONFIGURE_MEM_SLOTS))
#define PLAY(plays) guest_play(&guest, plays, sizeof(plays) / sizeof((plays)[0]))

static struct echo echo;
static struct guest guest;

static int set_up(void **state)
{
	echo_open(&echo, NULL);
	guest_open(&guest, &echo, false);
	return 0;
}

static int tear_down(void **state)
{
	guest_close(&guest);
	echo_close(&echo);
	return 0;
}

static void protocol(uint64_t features)
{
	guest_say(&guest, VSCMI_VHOST_SET_PROTOCOL_FEATURES, 0, features);
}

/* A message there and back, with a call for it. */
static void assert_echoes(struct guest *who, uint32_t queue)
{
	guest_send(who, queue);
	echo_run(&echo);
	assert_int_equal(guest_calls(who, queue), 1);
	assert_true(guest_got_echo(who, queue));
	assert_false(guest_got_echo(who, queue));
}

/*
 * ---- Front ends that exist, as they were seen ----
 */

/* QEMU 10 when it starts, before its guest does. */
static const struct play qemu_init[] = {
	{ VSCMI_VHOST_GET_FEATURES, 0, 0 },
	{ VSCMI_VHOST_GET_PROTOCOL_FEATURES, 0, 0 },
	{ VSCMI_VHOST_SET_PROTOCOL_FEATURES, 0, ALL_PROTOCOL_FEATURES },
	{ VSCMI_VHOST_GET_QUEUE_NUM, 0, 0 },
	{ VSCMI_VHOST_GET_MAX_MEM_SLOTS, 0, 0 },
	{ VSCMI_VHOST_SET_BACKEND_REQ_FD, 0, 0 },
	{ VSCMI_VHOST_SET_OWNER, 0, 0 },
	{ VSCMI_VHOST_GET_FEATURES, 0, 0 },
	{ VSCMI_VHOST_SET_VRING_CALL, 0, 0 },
	{ VSCMI_VHOST_SET_VRING_ERR, 0, 0 },
	{ VSCMI_VHOST_SET_VRING_CALL, 1, 0 },
	{ VSCMI_VHOST_SET_VRING_ERR, 1, 0 },
};

/* When the guest's driver starts; the memory comes the first time only. */
static const struct play qemu_driver[] = {
	{ VSCMI_VHOST_SET_VRING_CALL, 0, 0 },
	{ VSCMI_VHOST_SET_VRING_CALL, 1, 0 },
	{ VSCMI_VHOST_SET_FEATURES, 0, ALL_FEATURES },
};
static const struct play qemu_memory[] = { { VSCMI_VHOST_ADD_MEM_REG, 0, 0 } };
static const struct play qemu_rings[] = {
	{ VSCMI_VHOST_SET_VRING_NUM, 0, QUEUE_SIZE },
	{ VSCMI_VHOST_SET_VRING_BASE, 0, 0 },
	{ VSCMI_VHOST_SET_VRING_ADDR, 0, 0 },
	{ VSCMI_VHOST_SET_VRING_KICK, 0, 0 },
	{ VSCMI_VHOST_SET_VRING_NUM, 1, QUEUE_SIZE },
	{ VSCMI_VHOST_SET_VRING_BASE, 1, 0 },
	{ VSCMI_VHOST_SET_VRING_ADDR, 1, 0 },
	{ VSCMI_VHOST_SET_VRING_KICK, 1, 0 },
};
static const struct play qemu_enable[] = {
	{ VSCMI_VHOST_SET_VRING_ENABLE, 0, 1 },
	{ VSCMI_VHOST_SET_VRING_ENABLE, 1, 1 },
	{ VSCMI_VHOST_SET_VRING_CALL, 0, 0 },
	{ VSCMI_VHOST_SET_VRING_CALL, 1, 0 },
};
static const struct play qemu_disable[] = {
	{ VSCMI_VHOST_SET_VRING_ENABLE, 0, 0 },
	{ VSCMI_VHOST_SET_VRING_ENABLE, 1, 0 },
};

static void qemu_starts(void **state)
{
	PLAY(qemu_init);
	PLAY(qemu_driver);
	PLAY(qemu_memory);
	PLAY(qemu_rings);
	assert_string_equal(echo_log(&echo), "");
	PLAY(qemu_enable);
	assert_string_equal(echo_log(&echo), "S0 K0 S1 K1 ");
	assert_int_equal(vscmi_vhost_backend_features(echo.backend),
			 ALL_FEATURES & ~VSCMI_VHOST_F_PROTOCOL_FEATURES);
	assert_echoes(&guest, 0);
	assert_echoes(&guest, 1);
}

/* Without P2A the second queue gets no address and no kick, but is enabled. */
static void qemu_starts_one_queue_and_enables_both(void **state)
{
	PLAY(qemu_init);
	PLAY(qemu_driver);
	PLAY(qemu_memory);
	guest_play(&guest, qemu_rings, 4);
	PLAY(qemu_enable);
	assert_string_equal(echo_log(&echo), "S0 K0 ");
	assert_echoes(&guest, 0);
}

static void qemu_pauses_its_guest_and_goes_on(void **state)
{
	qemu_starts(state);
	echo_log(&echo);
	PLAY(qemu_disable);
	assert_string_equal(echo_log(&echo), "X0 X1 ");
	for (uint32_t i = 0; i < ECHO_QUEUES; i++) {
		guest_say(&guest, VSCMI_VHOST_GET_VRING_BASE, i, 0);
		assert_int_equal(guest_hear(&guest, VSCMI_VHOST_GET_VRING_BASE),
				 UINT64_C(1) << 32 | i);
	}
	PLAY(qemu_driver);
	guest_send(&guest, 0);
	for (uint32_t i = 0; i < ECHO_QUEUES; i++) {
		guest_say(&guest, VSCMI_VHOST_SET_VRING_BASE, i, 1);
		guest_say(&guest, VSCMI_VHOST_SET_VRING_KICK, i, 0);
	}
	PLAY(qemu_enable);
	assert_string_equal(echo_log(&echo), "S0 K0 S1 K1 ");
	assert_int_equal(guest_calls(&guest, 0), 1);
	assert_true(guest_got_echo(&guest, 0));
	assert_echoes(&guest, 1);
}

static void qemu_reboots_its_guest(void **state)
{
	qemu_starts(state);
	PLAY(qemu_disable);
	guest_say(&guest, VSCMI_VHOST_GET_VRING_BASE, 0, 0);
	guest_say(&guest, VSCMI_VHOST_GET_VRING_BASE, 1, 0);
	guest_hear(&guest, VSCMI_VHOST_GET_VRING_BASE);
	guest_hear(&guest, VSCMI_VHOST_GET_VRING_BASE);
	echo_log(&echo);

	guest_boot(&guest);
	PLAY(qemu_driver);
	PLAY(qemu_rings);
	PLAY(qemu_enable);
	assert_string_equal(echo_log(&echo), "R S0 K0 S1 K1 ");
	assert_echoes(&guest, 0);
	assert_echoes(&guest, 1);
}

/* User Mode Linux; of the last member of each name there is the table for. */
static const struct play uml_init[] = {
	{ VSCMI_VHOST_SET_OWNER, 0, 0 },
	{ VSCMI_VHOST_GET_FEATURES, 0, 0 },
	{ VSCMI_VHOST_GET_PROTOCOL_FEATURES, 0, 0 },
};
static const struct play uml_rings[] = {
	{ VSCMI_VHOST_SET_FEATURES, 0, ALL_FEATURES },
	{ VSCMI_VHOST_SET_MEM_TABLE, 0, 2 },
	{ VSCMI_VHOST_SET_VRING_NUM, 0, QUEUE_SIZE },
	{ VSCMI_VHOST_SET_VRING_BASE, 0, 0 },
	{ VSCMI_VHOST_SET_VRING_ADDR, 0, 0 },
	{ VSCMI_VHOST_SET_VRING_NUM, 1, QUEUE_SIZE },
	{ VSCMI_VHOST_SET_VRING_BASE, 1, 0 },
	{ VSCMI_VHOST_SET_VRING_ADDR, 1, 0 },
};
static const struct play uml_calls[] = {
	{ VSCMI_VHOST_SET_VRING_CALL, 0, 0 },
	{ VSCMI_VHOST_SET_VRING_CALL, 1, 0 },
};
static const struct play uml_enable_with_kicks[] = {
	{ VSCMI_VHOST_SET_VRING_KICK, 0, 0 },
	{ VSCMI_VHOST_SET_VRING_ENABLE, 0, 1 },
	{ VSCMI_VHOST_SET_VRING_KICK, 1, 0 },
	{ VSCMI_VHOST_SET_VRING_ENABLE, 1, 1 },
};
static const struct play uml_stop[] = {
	{ VSCMI_VHOST_SET_VRING_ENABLE, 1, 0 },
	{ VSCMI_VHOST_SET_VRING_ENABLE, 0, 0 },
	{ VSCMI_VHOST_GET_FEATURES, 0, 0 },
};

static void user_mode_linux_comes_and_goes(void **state)
{
	guest_close(&guest);
	guest_open(&guest, &echo, true);
	echo_log(&echo);
	PLAY(uml_init);
	protocol(BIT(REPLY_ACK) | BIT(MQ));
	guest.need_reply = true;
	PLAY(uml_rings);
	PLAY(uml_calls);
	PLAY(uml_enable_with_kicks);
	assert_string_equal(echo_log(&echo), "S0 K0 S1 K1 ");
	assert_echoes(&guest, 0);
	assert_echoes(&guest, 1);
	echo_log(&echo);
	PLAY(uml_stop);
	assert_string_equal(echo_log(&echo), "X1 X0 ");
	shutdown(guest.socket, SHUT_RDWR);
	echo_run(&echo);
	assert_string_equal(echo_log(&echo), "R D ");
}

/* The driver is bound again on the same connection: no GET_VRING_BASE came. */
static void user_mode_linux_reloads_its_driver(void **state)
{
	user_mode_linux_comes_and_goes(state);
	guest_close(&guest);
	guest_open(&guest, &echo, true);
	PLAY(uml_rings);
	PLAY(uml_calls);
	PLAY(uml_enable_with_kicks);
	assert_echoes(&guest, 0);
	PLAY(uml_stop);
	echo_log(&echo);

	guest_boot(&guest);
	PLAY(uml_rings);
	PLAY(uml_calls);
	PLAY(uml_enable_with_kicks);
	assert_string_equal(echo_log(&echo), "R S0 K0 S1 K1 ");
	assert_echoes(&guest, 0);
}

static void assert_called_in_band(uint32_t queue, uint32_t request)
{
	struct {
		struct vscmi_vhost_header header;
		struct vscmi_vhost_vring_state state;
	} call;

	assert_int_equal(recv(guest.channel, &call, sizeof(call), MSG_DONTWAIT),
			 sizeof(call));
	assert_int_equal(call.header.request, request);
	assert_int_equal(call.header.flags, VSCMI_VHOST_VERSION);
	assert_int_equal(call.header.bytes, sizeof(call.state));
	assert_int_equal(call.state.index, queue);
}

/* A kick is acknowledged although nobody answers, or even reads, the call it leads to. */
static void user_mode_linux_kicks_and_is_called_in_band(void **state)
{
	PLAY(uml_init);
	protocol(BIT(REPLY_ACK) | BIT(MQ) | BIT(INBAND_NOTIFICATIONS) | BIT(BACKEND_REQ));
	guest.need_reply = true;
	guest_play(&guest, &(struct play){ VSCMI_VHOST_SET_BACKEND_REQ_FD, 0, 0 }, 1);
	PLAY(uml_rings);
	guest_play(&guest, &(struct play){ VSCMI_VHOST_SET_VRING_ENABLE, 0, 1 }, 1);
	guest_play(&guest, &(struct play){ VSCMI_VHOST_SET_VRING_ENABLE, 1, 1 }, 1);

	guest.in_band = true;
	for (uint32_t i = 0; i < ECHO_QUEUES; i++) {
		guest_send(&guest, i);
		echo_run(&echo);
		assert_int_equal(guest_hear(&guest, VSCMI_VHOST_VRING_KICK), 0);
		assert_called_in_band(i, VSCMI_VHOST_BACKEND_VRING_CALL);
		assert_true(guest_got_echo(&guest, i));
	}
	assert_string_equal(echo_log(&echo), "S0 K0 S1 K1 ");
}

static void a_call_waits_for_room_on_the_channel(void **state)
{
	uint8_t filler[512] = { 0 };

	user_mode_linux_kicks_and_is_called_in_band(state);
	while (send(guest.channel_target, filler, sizeof(filler), MSG_DONTWAIT) > 0)
		;
	guest_send(&guest, 1);
	echo_run(&echo);
	assert_int_equal(guest_hear(&guest, VSCMI_VHOST_VRING_KICK), 0);
	assert_true(guest_got_echo(&guest, 1));

	while (recv(guest.channel, filler, sizeof(filler), MSG_DONTWAIT) ==
	       sizeof(filler))
		;
	echo_run(&echo);
	assert_called_in_band(1, VSCMI_VHOST_BACKEND_VRING_CALL);
}

/*
 * ---- Rings ----
 */

static void a_kick_before_the_ring_is_enabled_is_not_lost(void **state)
{
	PLAY(qemu_init);
	PLAY(qemu_driver);
	PLAY(qemu_memory);
	PLAY(qemu_rings);
	guest_send(&guest, 0);
	echo_run(&echo);
	assert_int_equal(guest_calls(&guest, 0), 0);
	PLAY(qemu_enable);
	assert_int_equal(guest_calls(&guest, 0), 1);
	assert_true(guest_got_echo(&guest, 0));
}

/* A front end that does not know protocol features knows no SET_VRING_ENABLE either. */
static void rings_start_enabled_without_protocol_features(void **state)
{
	guest_say(&guest, VSCMI_VHOST_SET_FEATURES, 0, VSCMI_VIRTQ_FEATURES);
	guest_say(&guest, VSCMI_VHOST_SET_MEM_TABLE, 0, 1);
	PLAY(uml_calls);
	PLAY(qemu_rings);
	assert_string_equal(echo_log(&echo), "S0 K0 S1 K1 ");
	assert_echoes(&guest, 0);
}

static void many_kicks_are_all_seen(void **state)
{
	guest_start(&guest);
	for (unsigned i = 0; i < 3 * QUEUE_SIZE; i++)
		assert_echoes(&guest, i % ECHO_QUEUES);
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
	assert_echoes(&guest, 1);
}

static void a_corrupt_ring_is_told_in_band(void **state)
{
	protocol(BIT(INBAND_NOTIFICATIONS) | BIT(BACKEND_REQ));
	guest_say(&guest, VSCMI_VHOST_SET_BACKEND_REQ_FD, 0, 0);
	guest_start(&guest);
	corrupt_ring(1);
	assert_called_in_band(1, VSCMI_VHOST_BACKEND_VRING_ERR);
}

static void reset_device_stops_and_forgets(void **state)
{
	protocol(BIT(RESET_DEVICE));
	guest_start(&guest);
	assert_echoes(&guest, 0);
	echo_log(&echo);
	guest_say(&guest, VSCMI_VHOST_RESET_DEVICE, 0, 0);
	assert_string_equal(echo_log(&echo), "X0 X1 R ");
	guest_boot(&guest);
	guest_start(&guest);
	assert_string_equal(echo_log(&echo), "S0 K0 S1 K1 ");
	assert_echoes(&guest, 0);
}

/*
 * ---- Memory ----
 */

static void memory_is_replaced_while_rings_run(void **state)
{
	unsigned mappings;

	guest_start(&guest);
	assert_echoes(&guest, 0);
	mappings = count_mappings();
	for (unsigned i = 0; i < 100; i++)
		guest_say(&guest, VSCMI_VHOST_SET_MEM_TABLE, 0, 1);
	assert_echoes(&guest, 0);
	assert_echoes(&guest, 1);
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
	assert_echoes(&guest, 1);
	echo_let_go(&echo);
	assert_int_equal(guest_calls(&guest, 0), 1);
	assert_true(guest_got_echo(&guest, 0));
	assert_int_equal(count_mappings(), mappings);
	assert_echoes(&guest, 0);
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
	protocol(BIT(CONFIGURE_MEM_SLOTS));
	guest_start(&guest);
	assert_echoes(&guest, 0);
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
	protocol(BIT(
		REPLY_ACK)); /* negotiated from here on, so this one is acknowledged */
	assert_int_equal(guest_hear(&guest, VSCMI_VHOST_SET_PROTOCOL_FEATURES), 0);
	guest_say(&guest, VSCMI_VHOST_SET_OWNER, 0, 0);
	assert_int_equal(guest_hear(&guest, VSCMI_VHOST_SET_OWNER), 0);
	guest_say(&guest, VSCMI_VHOST_GET_FEATURES, 0, 0);
	assert_int_equal(guest_hear(&guest, VSCMI_VHOST_GET_FEATURES), ALL_FEATURES);
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
	assert_int_equal(guest_hear(&guest, VSCMI_VHOST_GET_FEATURES), ALL_FEATURES);
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
	assert_echoes(&guest, 0);
	echo_log(&echo);
	guest_close(&guest);
	assert_string_equal(echo_log(&echo), "X0 X1 R D ");
	guest_open(&next, &echo, false);
	assert_int_equal(count_fds(), fds);
	assert_int_equal(count_mappings(), mappings);
	guest_start(&next);
	assert_string_equal(echo_log(&echo), "S0 K0 S1 K1 ");
	assert_echoes(&next, 0);
	guest = next;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(qemu_starts),
		TEST(qemu_starts_one_queue_and_enables_both),
		TEST(qemu_pauses_its_guest_and_goes_on),
		TEST(qemu_reboots_its_guest),
		TEST(user_mode_linux_comes_and_goes),
		TEST(user_mode_linux_reloads_its_driver),
		TEST(user_mode_linux_kicks_and_is_called_in_band),
		TEST(a_call_waits_for_room_on_the_channel),
		TEST(a_kick_before_the_ring_is_enabled_is_not_lost),
		TEST(rings_start_enabled_without_protocol_features),
		TEST(many_kicks_are_all_seen),
		TEST(a_device_that_leaves_chains_is_asked_again),
		TEST(a_full_call_descriptor_blocks_nobody),
		TEST(a_full_call_descriptor_that_blocks_its_owner_blocks_nobody_else),
		TEST(a_ring_without_a_call_descriptor_calls_nobody),
		TEST(a_corrupt_ring_is_told_by_its_error_descriptor_once),
		TEST(a_corrupt_ring_is_told_in_band),
		TEST(reset_device_stops_and_forgets),
		TEST(memory_is_replaced_while_rings_run),
		TEST(memory_is_replaced_while_a_request_holds_it),
		TEST(memory_replaced_too_often_while_a_request_holds_it_is_refused),
		TEST(a_ring_pauses_while_its_region_is_removed),
		TEST(a_front_end_that_cuts_its_memory_short_loses_its_connection),
		TEST(acknowledgements_come_only_when_negotiated_and_asked_for),
		TEST(a_message_may_come_byte_by_byte),
		TEST(a_front_end_that_reads_no_replies_is_served_when_it_does),
		TEST(the_next_front_end_is_served_when_one_has_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
