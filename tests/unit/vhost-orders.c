/* SPDX-License-Identifier: BSD-3-Clause */
/* The message orders of front ends that exist, as they were seen on the wire. */
#include "test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost.h"

#define PLAY(plays) guest_play(&guest, plays, sizeof(plays) / sizeof((plays)[0]))

static struct echo echo;
static struct guest guest;
static struct pair pair = { &echo, &guest };

/*
 * ---- QEMU ----
 */

/* QEMU 10 when it starts, before its guest does. */
static const struct play qemu_init[] = {
	{ VSCMI_VHOST_GET_FEATURES, 0, 0 },
	{ VSCMI_VHOST_GET_PROTOCOL_FEATURES, 0, 0 },
	{ VSCMI_VHOST_SET_PROTOCOL_FEATURES, 0, ECHO_PROTOCOL_FEATURES },
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
	{ VSCMI_VHOST_SET_FEATURES, 0, ECHO_FEATURES },
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
			 ECHO_FEATURES & ~VSCMI_VHOST_F_PROTOCOL_FEATURES);
	guest_assert_echoes(&guest, 0);
	guest_assert_echoes(&guest, 1);
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
	guest_assert_echoes(&guest, 0);
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
	guest_assert_echoes(&guest, 1);
}

/* A kick from before is no start, and its descriptor is not kept. */
static void a_ring_that_was_stopped_waits_for_its_next_kick_descriptor(void **state)
{
	unsigned fds;

	qemu_starts(state);
	fds = count_fds();
	guest_say(&guest, VSCMI_VHOST_GET_VRING_BASE, 0, 0);
	assert_int_equal(count_fds(), fds - 1);
	echo_log(&echo);
	PLAY(qemu_enable);
	assert_string_equal(echo_log(&echo), "");
	guest_say(&guest, VSCMI_VHOST_SET_VRING_KICK, 0, 0);
	assert_memory_equal(echo_log(&echo), "S0 K0 ", 6);
}

/* Only the start of the first ring can be that of a new driver. */
static void one_ring_laid_out_anew_is_no_reset(void **state)
{
	qemu_starts(state);
	guest_assert_echoes(&guest, 1);
	guest_say(&guest, VSCMI_VHOST_SET_VRING_ENABLE, 1, 0);
	echo_log(&echo);
	guest_say(&guest, VSCMI_VHOST_SET_VRING_BASE, 1, 0);
	guest_say(&guest, VSCMI_VHOST_SET_VRING_ENABLE, 1, 1);
	PLAY(qemu_disable);
	PLAY(qemu_enable);
	assert_null(strchr(echo_log(&echo), 'R'));
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
	guest_assert_echoes(&guest, 0);
	guest_assert_echoes(&guest, 1);
}

/* The one before it sent nothing, so that the rings start where they stopped. */
static void a_driver_with_other_features_is_a_new_one(void **state)
{
	PLAY(qemu_init);
	PLAY(qemu_driver);
	PLAY(qemu_memory);
	PLAY(qemu_rings);
	PLAY(qemu_enable);
	PLAY(qemu_disable);
	echo_log(&echo);
	guest_say(&guest, VSCMI_VHOST_SET_FEATURES, 0, ECHO_FEATURES);
	PLAY(qemu_enable);
	assert_string_equal(echo_log(&echo), "S0 K0 S1 K1 ");
	PLAY(qemu_disable);
	echo_log(&echo);
	guest_say(&guest, VSCMI_VHOST_SET_FEATURES, 0, ECHO_FEATURES & ~ECHO_F_WANT);
	PLAY(qemu_enable);
	assert_string_equal(echo_log(&echo), "R S0 K0 S1 K1 ");
}

/*
 * ---- User Mode Linux ----
 */

/* User Mode Linux; of the last member of each name there is the table for. */
static const struct play uml_init[] = {
	{ VSCMI_VHOST_SET_OWNER, 0, 0 },
	{ VSCMI_VHOST_GET_FEATURES, 0, 0 },
	{ VSCMI_VHOST_GET_PROTOCOL_FEATURES, 0, 0 },
};
static const struct play uml_rings[] = {
	{ VSCMI_VHOST_SET_FEATURES, 0, ECHO_FEATURES },
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
	guest_say_protocol(&guest, PF(REPLY_ACK) | PF(MQ));
	guest.need_reply = true;
	PLAY(uml_rings);
	PLAY(uml_calls);
	PLAY(uml_enable_with_kicks);
	assert_string_equal(echo_log(&echo), "S0 K0 S1 K1 ");
	guest_assert_echoes(&guest, 0);
	guest_assert_echoes(&guest, 1);
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
	guest_assert_echoes(&guest, 0);
	PLAY(uml_stop);
	echo_log(&echo);

	guest_boot(&guest);
	PLAY(uml_rings);
	PLAY(uml_calls);
	PLAY(uml_enable_with_kicks);
	assert_string_equal(echo_log(&echo), "R S0 K0 S1 K1 ");
	guest_assert_echoes(&guest, 0);
}

/* A kick is acknowledged although nobody answers, or even reads, the call it leads to. */
static void user_mode_linux_kicks_and_is_called_in_band(void **state)
{
	PLAY(uml_init);
	guest_say_protocol(&guest, PF(REPLY_ACK) | PF(MQ) | PF(INBAND_NOTIFICATIONS) |
					   PF(BACKEND_REQ));
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
		guest_assert_called_in_band(&guest, i, VSCMI_VHOST_BACKEND_VRING_CALL);
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
	guest_assert_called_in_band(&guest, 1, VSCMI_VHOST_BACKEND_VRING_CALL);
}

/*
 * ---- Starts and stops ----
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
	guest_assert_echoes(&guest, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_PAIR(qemu_starts),
		ON_PAIR(qemu_starts_one_queue_and_enables_both),
		ON_PAIR(qemu_pauses_its_guest_and_goes_on),
		ON_PAIR(a_ring_that_was_stopped_waits_for_its_next_kick_descriptor),
		ON_PAIR(one_ring_laid_out_anew_is_no_reset),
		ON_PAIR(qemu_reboots_its_guest),
		ON_PAIR(a_driver_with_other_features_is_a_new_one),
		ON_PAIR(user_mode_linux_comes_and_goes),
		ON_PAIR(user_mode_linux_reloads_its_driver),
		ON_PAIR(user_mode_linux_kicks_and_is_called_in_band),
		ON_PAIR(a_call_waits_for_room_on_the_channel),
		ON_PAIR(a_kick_before_the_ring_is_enabled_is_not_lost),
		ON_PAIR(rings_start_enabled_without_protocol_features),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
