/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages of vhost-user on a socket, and the descriptors beside them. */
#include "test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost.h"

static struct vscmi_vhost_message message;
static struct vscmi_problem problem;
static int here, there;

static int set_up(void **state)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	here = ends[0];
	there = ends[1];
	message = (struct vscmi_vhost_message){ 0 };
	return 0;
}

static int tear_down(void **state)
{
	vscmi_vhost_message_clear(&message);
	close(here);
	return close(there);
}

static enum vscmi_error receive(void)
{
	return vscmi_vhost_receive(here, VSCMI_VHOST_TO_BACKEND, &message, &problem);
}

/* SET_VRING_CALL of ring 1, with that many descriptors lent. */
static struct vscmi_vhost_message call_message(uint32_t fd_count)
{
	struct vscmi_vhost_message out = {
		.header = { VSCMI_VHOST_SET_VRING_CALL, VSCMI_VHOST_VERSION, 8 },
		.payload.u64 = 1,
		.fd_count = fd_count,
	};

	for (uint32_t i = 0; i < fd_count; i++)
		out.fds[i] = there;
	return out;
}

static void what_is_sent_is_received(void **state)
{
	struct vscmi_vhost_message out = call_message(1);
	int fd;

	assert_int_equal(receive(), VSCMI_E_NOT_READY);
	assert_int_equal(vscmi_vhost_send(there, &out), VSCMI_OK);
	assert_int_equal(receive(), VSCMI_OK);
	assert_memory_equal(&message.header, &out.header, sizeof(out.header));
	assert_int_equal(message.payload.u64, 1);
	fd = vscmi_vhost_message_take_fd(&message, 0);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(vscmi_vhost_message_take_fd(&message, 1), -1);
	close(fd);
}

static void a_descriptor_that_nobody_takes_is_closed(void **state)
{
	struct vscmi_vhost_message out = call_message(1);
	unsigned fds = count_fds();

	assert_int_equal(vscmi_vhost_send(there, &out), VSCMI_OK);
	assert_int_equal(receive(), VSCMI_OK);
	assert_int_equal(count_fds(), fds + 1);
	vscmi_vhost_message_clear(&message);
	assert_int_equal(count_fds(), fds);
}

/* Two lots of descriptors: one with the header, one with the payload. */
static void descriptors_count_wherever_in_a_message_they_come(void **state)
{
	struct vscmi_vhost_message out = call_message(1);
	struct guest guest = { .socket = there };
	unsigned fds = count_fds();

	guest_say_bytes(&guest, &out.header, sizeof(out.header), &there, 1);
	assert_int_equal(receive(), VSCMI_E_NOT_READY);
	guest_say_bytes(&guest, &out.payload, 8, &there, 1);
	assert_int_equal(receive(), VSCMI_E_MALFORMED);
	assert_int_equal(count_fds(), fds + 2);
	vscmi_vhost_message_clear(&message);
	assert_int_equal(count_fds(), fds);
}

/* More than a message can have, in one lot and in two. */
static void surplus_descriptors_are_closed(void **state)
{
	static const uint32_t lots[][2] = {
		{ 9, 0 }, { 16, 0 }, { 8, 1 }, { 1, 8 }, { 8, 8 }
	};
	struct vscmi_vhost_header header = { VSCMI_VHOST_SET_MEM_TABLE,
					     VSCMI_VHOST_VERSION, 8 };
	unsigned fds = count_fds();

	for (size_t i = 0; i < sizeof(lots) / sizeof(lots[0]); i++) {
		struct guest guest = { .socket = there };
		int many[16];

		for (uint32_t k = 0; k < 16; k++)
			many[k] = there;
		guest_say_bytes(&guest, &header, sizeof(header), many, lots[i][0]);
		guest_say_bytes(&guest, "12345678", 8, many, lots[i][1]);
		assert_int_equal(receive(), VSCMI_E_MALFORMED);
		/* What was not read would be in the way of the next. */
		tear_down(state);
		set_up(state);
		assert_int_equal(count_fds(), fds);
	}
}

static void a_length_is_checked_before_the_payload_is_there(void **state)
{
	static const uint32_t lengths[] = { 0, 7, 9, UINT32_MAX };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct vscmi_vhost_header header = { VSCMI_VHOST_SET_FEATURES,
						     VSCMI_VHOST_VERSION, lengths[i] };

		assert_int_equal(send(there, &header, sizeof(header), 0), sizeof(header));
		assert_int_equal(receive(), VSCMI_E_MALFORMED);
		vscmi_vhost_message_clear(&message);
	}
}

static void an_end_is_told_from_an_end_inside_a_message(void **state)
{
	assert_int_equal(send(there, "abc", 3, 0), 3);
	assert_int_equal(receive(), VSCMI_E_NOT_READY);
	shutdown(there, SHUT_WR);
	assert_int_equal(receive(), VSCMI_E_LINK_LOST);
	assert_string_equal(problem.text, "closed after 3 bytes of a message");
	vscmi_vhost_message_clear(&message);
	assert_int_equal(receive(), VSCMI_E_LINK_LOST);
	assert_string_equal(problem.text, "closed");
}

static void a_full_socket_is_not_an_error(void **state)
{
	struct vscmi_vhost_message out = call_message(0);
	unsigned sent = 0, received = 0;

	while (vscmi_vhost_send(there, &out) == VSCMI_OK) {
		out.done = 0;
		sent++;
	}
	while (receive() == VSCMI_OK) {
		vscmi_vhost_message_clear(&message);
		if (++received == 1)
			assert_int_equal(vscmi_vhost_send(there, &out), VSCMI_OK);
	}
	assert_int_equal(received, sent + 1);
}

static void a_reader_that_is_gone_is_no_signal(void **state)
{
	struct vscmi_vhost_message out = call_message(0);

	shutdown(here, SHUT_RDWR);
	assert_int_equal(vscmi_vhost_send(there, &out), VSCMI_E_LINK_LOST);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_is_sent_is_received),
		TEST(a_descriptor_that_nobody_takes_is_closed),
		TEST(descriptors_count_wherever_in_a_message_they_come),
		TEST(surplus_descriptors_are_closed),
		TEST(a_length_is_checked_before_the_payload_is_there),
		TEST(an_end_is_told_from_an_end_inside_a_message),
		TEST(a_full_socket_is_not_an_error),
		TEST(a_reader_that_is_gone_is_no_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
