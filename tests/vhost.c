/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost.h"

/*
 * ---- The device ----
 */

static void note(struct echo *echo, char what, uint32_t index)
{
	size_t length = strlen(echo->log);

	snprintf(echo->log + length, sizeof(echo->log) - length,
		 index < ECHO_QUEUES ? "%c%u " : "%c ", what, index);
}

const char *echo_log(struct echo *echo)
{
	static char seen[sizeof(echo->log)];

	strcpy(seen, echo->log);
	echo->log[0] = '\0';
	return seen;
}

static void started(void *context, uint32_t index, struct vscmi_virtq_device *queue)
{
	struct echo *echo = context;

	note(echo, 'S', index);
	echo->queues[index] = queue;
}

static void give_back(struct echo *echo, uint32_t index,
		      const struct vscmi_virtq_chain *chain)
{
	uint8_t bytes[64];
	uint32_t count = vscmi_virtq_read(&chain->readable, bytes, sizeof(bytes));

	vscmi_virtq_device_give_back(echo->queues[index], chain,
				     vscmi_virtq_write(&chain->writable, bytes, count));
	vscmi_vhost_backend_publish(echo->backend, index);
}

static bool kicked(void *context, uint32_t index)
{
	struct echo *echo = context;
	struct vscmi_virtq_chain chain = {
		.readable = { .segments = echo->segments[index][0], .capacity = 4 },
		.writable = { .segments = echo->segments[index][1], .capacity = 4 },
	};

	note(echo, 'K', index);
	while (vscmi_virtq_device_take(echo->queues[index], &chain)) {
		if (echo->hang_up_next)
			vscmi_vhost_backend_hang_up(echo->backend);
		echo->hang_up_next = false;
		if (echo->hold_next) {
			echo->hold_next = false;
			echo->held = chain;
			echo->held_in = index;
			return false;
		}
		give_back(echo, index, &chain);
		if (echo->one_at_a_time)
			return true;
	}
	return false;
}

void echo_let_go(struct echo *echo)
{
	assert_non_null(echo->held.writable.segments);
	give_back(echo, echo->held_in, &echo->held);
	echo->held = (struct vscmi_virtq_chain){ 0 };
	echo_run(echo);
}

static void stopping(void *context, uint32_t index)
{
	struct echo *echo = context;

	note(echo, 'X', index);
	echo->queues[index] = NULL;
	if (echo->held_in == index)
		echo->held = (struct vscmi_virtq_chain){ 0 };
}

static void was_reset(void *context)
{
	note(context, 'R', ECHO_QUEUES);
}

static void disconnected(void *context)
{
	note(context, 'D', ECHO_QUEUES);
}

void echo_open(struct echo *echo, struct vscmi_loop *loop)
{
	static const struct vscmi_vhost_device_ops ops = {
		.queue_started = started,
		.queue_kicked = kicked,
		.queue_stopping = stopping,
		.reset = was_reset,
		.disconnected = disconnected,
	};
	struct vscmi_vhost_backend_config config = {
		.ops = &ops,
		.context = echo,
		.name = "echo",
		.features = ECHO_F_WANT,
		.queue_count = ECHO_QUEUES,
	};

	*echo = (struct echo){ .loop = loop, .owns_loop = !loop };
	if (!loop)
		assert_int_equal(vscmi_loop_new(&echo->loop, NULL), VSCMI_OK);
	config.loop = echo->loop;
	assert_int_equal(vscmi_vhost_backend_new(&config, &echo->backend, NULL),
			 VSCMI_OK);
}

void echo_close(struct echo *echo)
{
	vscmi_vhost_backend_free(echo->backend);
	if (echo->owns_loop)
		vscmi_loop_free(echo->loop);
}

/* More rounds than any message needs: one to receive, one for what was put off. */
void echo_run(struct echo *echo)
{
	for (int i = 0; i < 4; i++)
		assert_int_equal(vscmi_loop_run_once(echo->loop, 0), VSCMI_OK);
}

/*
 * ---- The front end ----
 */

static void make_pair(int ends[2])
{
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends),
		0);
}

static int make_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(fd >= 0);
	return fd;
}

void guest_open(struct guest *guest, struct echo *echo, bool calls_by_socket)
{
	uint64_t lead = GUEST_OFFSET & 0xfff;
	uint8_t *mapping;
	int ends[2];

	*guest = (struct guest){ .echo = echo };
	make_pair(ends);
	guest->socket = ends[0];
	assert_int_equal(vscmi_vhost_backend_adopt(echo->backend, ends[1], NULL),
			 VSCMI_OK);
	make_pair(ends);
	guest->channel = ends[0];
	guest->channel_target = ends[1];

	guest->memory_fd = memfd_create("guest", MFD_CLOEXEC);
	assert_true(guest->memory_fd >= 0);
	assert_int_equal(ftruncate(guest->memory_fd, GUEST_OFFSET + GUEST_BYTES), 0);
	mapping = mmap(NULL, lead + GUEST_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		       guest->memory_fd, (off_t)(GUEST_OFFSET - lead));
	assert_ptr_not_equal(mapping, MAP_FAILED);
	guest->memory = mapping + lead;
	guest->region =
		(struct vscmi_memory_region){ GUEST_BASE, GUEST_BYTES, guest->memory };
	guest->map = (struct vscmi_memory){ &guest->region, 1 };
	for (uint32_t i = 0; i < ECHO_QUEUES; i++) {
		guest->kicks[i] = make_eventfd();
		guest->errors[i] = make_eventfd();
		if (calls_by_socket) {
			make_pair(ends);
			guest->calls[i] = ends[0];
			guest->call_targets[i] = ends[1];
		} else {
			guest->calls[i] = guest->call_targets[i] = make_eventfd();
		}
	}
	guest_boot(guest);
}

void guest_close(struct guest *guest)
{
	uint64_t lead = GUEST_OFFSET & 0xfff;

	close(guest->socket);
	close(guest->channel);
	close(guest->channel_target);
	close(guest->memory_fd);
	munmap(guest->memory - lead, lead + GUEST_BYTES);
	for (uint32_t i = 0; i < ECHO_QUEUES; i++) {
		close(guest->kicks[i]);
		close(guest->errors[i]);
		close(guest->calls[i]);
		if (guest->call_targets[i] != guest->calls[i])
			close(guest->call_targets[i]);
	}
	if (guest->echo)
		echo_run(guest->echo);
}

int pair_set_up(void **state)
{
	struct pair *pair = *state;

	echo_open(pair->echo, NULL);
	guest_open(pair->guest, pair->echo, false);
	return 0;
}

int pair_tear_down(void **state)
{
	struct pair *pair = *state;

	guest_close(pair->guest);
	echo_close(pair->echo);
	return 0;
}

void guest_boot(struct guest *guest)
{
	for (uint32_t i = 0; i < ECHO_QUEUES; i++) {
		struct vscmi_virtq_driver_config config = {
			.memory = &guest->map,
			.ring = guest->memory + i * 0x1000,
			.slots = guest->slots[i],
			.features = VSCMI_VIRTQ_FEATURES,
			.queue_size = QUEUE_SIZE,
		};

		assert_int_equal(vscmi_virtq_driver_init(&guest->queues[i], &config,
							 &guest->areas[i]),
				 VSCMI_OK);
	}
}

bool guest_try_bytes(struct guest *guest, const void *bytes, size_t count, const int *fds,
		     uint32_t fd_count)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = count };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(16 * sizeof(int))] = { 0 };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd_count) {
		struct cmsghdr *c;

		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, fd_count * sizeof(int));
	}
	if (sendmsg(guest->socket, &msg, MSG_NOSIGNAL) != (ssize_t)count)
		return false;
	if (guest->echo)
		echo_run(guest->echo);
	return true;
}

void guest_say_bytes(struct guest *guest, const void *bytes, size_t count, const int *fds,
		     uint32_t fd_count)
{
	assert_true(guest_try_bytes(guest, bytes, count, fds, fd_count));
}

/* A ring's address is a user address to the backend, and a guest address to the driver. */
static uint64_t user_address(uint64_t guest_address)
{
	return guest_address - GUEST_BASE + USER_BASE;
}

void guest_say(struct guest *guest, enum vscmi_vhost_request request, uint32_t index,
	       uint64_t value)
{
	static const struct vscmi_vhost_region region = { GUEST_BASE, GUEST_BYTES,
							  USER_BASE, GUEST_OFFSET };
	const struct vscmi_virtq_areas *areas = &guest->areas[index % ECHO_QUEUES];
	struct vscmi_vhost_message message = { 0 };
	union vscmi_vhost_payload *payload = &message.payload;
	uint8_t bytes[sizeof(message.header) + sizeof(message.payload)];
	int fd = -1;

	message.header.request = request;
	message.header.flags =
		VSCMI_VHOST_VERSION | (guest->need_reply ? VSCMI_VHOST_NEED_REPLY : 0);
	message.header.bytes = vscmi_vhost_row(request)->least_bytes;
	switch (request) {
	case VSCMI_VHOST_SET_MEM_TABLE: /* value: how many regions the payload has room for */
		message.header.bytes = (uint32_t)(8 + value * sizeof(region));
		payload->mem_table.count = 1;
		payload->mem_table.regions[0] = region;
		fd = guest->memory_fd;
		break;
	case VSCMI_VHOST_ADD_MEM_REG:
		payload->mem_reg.region = region;
		fd = guest->memory_fd;
		break;
	case VSCMI_VHOST_REM_MEM_REG:
		payload->mem_reg.region = region;
		break;
	case VSCMI_VHOST_SET_VRING_ADDR:
		payload->addr = (struct vscmi_vhost_vring_addr){
			.index = index,
			.descriptor = user_address(areas->descriptor_area),
			.available = user_address(areas->driver_area),
			.used = user_address(areas->device_area),
			.log = UINT64_MAX,
		};
		break;
	case VSCMI_VHOST_SET_VRING_KICK:
	case VSCMI_VHOST_SET_VRING_CALL:
	case VSCMI_VHOST_SET_VRING_ERR:
		payload->u64 = index | value;
		if (!(value & VSCMI_VHOST_NO_FD))
			fd = request == VSCMI_VHOST_SET_VRING_KICK ? guest->kicks[index]
			     : request == VSCMI_VHOST_SET_VRING_CALL
				     ? guest->call_targets[index]
				     : guest->errors[index];
		break;
	case VSCMI_VHOST_SET_BACKEND_REQ_FD:
		fd = guest->channel_target;
		break;
	case VSCMI_VHOST_SET_FEATURES:
	case VSCMI_VHOST_SET_PROTOCOL_FEATURES:
		payload->u64 = value;
		break;
	default: /* a vring state, or nothing */
		payload->state.index = index;
		payload->state.number = (uint32_t)value;
	}
	memcpy(bytes, &message.header, sizeof(message.header));
	memcpy(bytes + sizeof(message.header), payload, message.header.bytes);
	guest_say_bytes(guest, bytes, sizeof(message.header) + message.header.bytes, &fd,
			fd < 0 ? 0 : 1);
}

void guest_say_protocol(struct guest *guest, uint64_t features)
{
	guest_say(guest, VSCMI_VHOST_SET_PROTOCOL_FEATURES, 0, features);
}

uint64_t guest_hear(struct guest *guest, enum vscmi_vhost_request request)
{
	struct {
		struct vscmi_vhost_header header;
		uint8_t payload[8];
	} reply;
	uint64_t value;

	assert_int_equal(recv(guest->socket, &reply, sizeof(reply), MSG_DONTWAIT),
			 sizeof(reply));
	assert_int_equal(reply.header.request, request);
	assert_int_equal(reply.header.flags, VSCMI_VHOST_VERSION | VSCMI_VHOST_REPLY);
	assert_int_equal(reply.header.bytes, sizeof(value));
	memcpy(&value, reply.payload, sizeof(value));
	return value;
}

bool guest_is_refused(struct guest *guest)
{
	uint8_t bytes[64];
	ssize_t got;

	do
		got = recv(guest->socket, bytes, sizeof(bytes), MSG_DONTWAIT);
	while (got > 0);
	return got == 0 || errno == ECONNRESET;
}

void guest_play(struct guest *guest, const struct play *plays, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		guest_say(guest, plays[i].request, plays[i].index, plays[i].value);
		if (vscmi_vhost_row(plays[i].request)->answered)
			guest_hear(guest, plays[i].request);
		else if (guest->need_reply)
			assert_int_equal(guest_hear(guest, plays[i].request), 0);
	}
}

void guest_start(struct guest *guest)
{
	static const struct play plays[] = {
		{ VSCMI_VHOST_SET_FEATURES, 0,
		  VSCMI_VIRTQ_FEATURES | VSCMI_VHOST_F_PROTOCOL_FEATURES },
		{ VSCMI_VHOST_SET_MEM_TABLE, 0, 1 },
		{ VSCMI_VHOST_SET_VRING_NUM, 0, QUEUE_SIZE },
		{ VSCMI_VHOST_SET_VRING_ADDR, 0, 0 },
		{ VSCMI_VHOST_SET_VRING_CALL, 0, 0 },
		{ VSCMI_VHOST_SET_VRING_ERR, 0, 0 },
		{ VSCMI_VHOST_SET_VRING_KICK, 0, 0 },
		{ VSCMI_VHOST_SET_VRING_ENABLE, 0, 1 },
		{ VSCMI_VHOST_SET_VRING_NUM, 1, QUEUE_SIZE },
		{ VSCMI_VHOST_SET_VRING_ADDR, 1, 0 },
		{ VSCMI_VHOST_SET_VRING_CALL, 1, 0 },
		{ VSCMI_VHOST_SET_VRING_KICK, 1, 0 },
		{ VSCMI_VHOST_SET_VRING_ENABLE, 1, 1 },
	};

	guest_play(guest, plays, sizeof(plays) / sizeof(plays[0]));
}

void guest_send(struct guest *guest, uint32_t queue)
{
	uint8_t *buffer = guest->memory + 0x4000 + queue * 0x100;
	struct vscmi_virtq_segment segments[] = { { buffer, 5 }, { buffer + 0x40, 16 } };
	struct echo *echo = guest->echo;
	uint64_t one = 1;

	memcpy(buffer, "hello", 5);
	memset(buffer + 0x40, 0, 16);
	assert_int_equal(
		vscmi_virtq_driver_add(&guest->queues[queue], segments, 1, 1, buffer),
		VSCMI_OK);
	if (!vscmi_virtq_driver_publish(&guest->queues[queue]))
		return;
	guest->echo = NULL;
	if (guest->in_band)
		guest_say(guest, VSCMI_VHOST_VRING_KICK, queue, 0);
	else
		assert_int_equal(write(guest->kicks[queue], &one, sizeof(one)),
				 sizeof(one));
	guest->echo = echo;
}

uint64_t guest_calls(struct guest *guest, uint32_t queue)
{
	uint64_t calls, count = 0;

	while (read(guest->calls[queue], &calls, sizeof(calls)) == sizeof(calls))
		count += calls;
	return count;
}

bool guest_got_echo(struct guest *guest, uint32_t queue)
{
	struct vscmi_virtq_returned returned;

	if (!vscmi_virtq_driver_take(&guest->queues[queue], &returned))
		return false;
	assert_int_equal(returned.written, 5);
	assert_memory_equal((uint8_t *)returned.cookie + 0x40, "hello", 5);
	vscmi_virtq_driver_enable_calls(&guest->queues[queue]);
	return true;
}

void guest_assert_echoes(struct guest *guest, uint32_t queue)
{
	guest_send(guest, queue);
	echo_run(guest->echo);
	assert_int_equal(guest_calls(guest, queue), 1);
	assert_true(guest_got_echo(guest, queue));
	assert_false(guest_got_echo(guest, queue));
}

void guest_assert_called_in_band(struct guest *guest, uint32_t queue, uint32_t request)
{
	struct {
		struct vscmi_vhost_header header;
		struct vscmi_vhost_vring_state state;
	} call;

	assert_int_equal(recv(guest->channel, &call, sizeof(call), MSG_DONTWAIT),
			 sizeof(call));
	assert_int_equal(call.header.request, request);
	assert_int_equal(call.header.flags, VSCMI_VHOST_VERSION);
	assert_int_equal(call.header.bytes, sizeof(call.state));
	assert_int_equal(call.state.index, queue);
}

unsigned count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

unsigned count_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned count = 0;
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		count += strstr(line, "memfd:guest") != NULL;
	fclose(maps);
	return count;
}
