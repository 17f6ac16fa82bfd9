/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of vhost-user: a device that echoes, behind a real backend, and a front end that
 * says each message by hand. Both run in the test's thread, so that what one does is done when
 * the other goes on.
 */
#ifndef VSCMI_TESTS_VHOST_H
#define VSCMI_TESTS_VHOST_H

#include <vscmi/host/loop.h>
#include <vscmi/host/vhost_backend.h>
#include <vscmi/virtqueue.h>

#include "vhost_user/message.h"

#define ECHO_QUEUES 2u
#define ECHO_F_WANT UINT64_C(1) /* the device's one feature of its own */
#define ECHO_FEATURES \
	(ECHO_F_WANT | VSCMI_VIRTQ_FEATURES | VSCMI_VHOST_F_PROTOCOL_FEATURES)
#define PF(name) (UINT64_C(1) << VSCMI_VHOST_PF_##name)
#define ECHO_PROTOCOL_FEATURES                                         \
	(PF(MQ) | PF(REPLY_ACK) | PF(BACKEND_REQ) | PF(RESET_DEVICE) | \
	 PF(INBAND_NOTIFICATIONS) | PF(CONFIGURE_MEM_SLOTS))

/*
 * The device. In log it writes what it is told, a letter and a queue: "S0 " started, "K0 "
 * kicked, "X0 " stopping, "R " reset, "D " disconnected.
 */
struct echo {
	struct vscmi_loop *loop;
	bool owns_loop;
	struct vscmi_vhost_backend *backend;
	struct vscmi_virtq_device *queues[ECHO_QUEUES]; /* NULL: does not run */
	char log[128];
	bool one_at_a_time; /* take one chain a kick, and say that there may be more */
	bool hold_next;     /* keep the next chain until echo_let_go() */
	bool hang_up_next;  /* hang up on the next chain */
	struct vscmi_virtq_chain held;
	uint32_t held_in; /* queue */
	struct vscmi_virtq_segment segments[ECHO_QUEUES][2][4];
};

/* A backend with a device, in that loop, or in one of its own for NULL. */
void echo_open(struct echo *echo, struct vscmi_loop *loop);
void echo_close(struct echo *echo);

/* Let the loop do all that it can do now. */
void echo_run(struct echo *echo);

/* Echo the chain that is held. */
void echo_let_go(struct echo *echo);

/* What the device was told since the last look. */
const char *echo_log(struct echo *echo);

/*
 * A front end by hand. Its guest addresses, its user addresses and the offset in its file all
 * differ. The memory has a ring for each queue, and a buffer.
 */
#define GUEST_BASE   UINT64_C(0x40000000)
#define USER_BASE    UINT64_C(0x7f0000001000)
#define GUEST_BYTES  UINT64_C(0x8000)
#define GUEST_OFFSET UINT64_C(0x2010) /* not a multiple of a page */
#define QUEUE_SIZE   8u

struct guest {
	struct echo *echo; /* to run after each message; NULL: do not */
	int socket;
	int memory_fd;
	uint8_t *memory; /* GUEST_BYTES, mapped at GUEST_OFFSET */
	struct vscmi_memory_region region;
	struct vscmi_memory map;
	struct vscmi_virtq_driver queues[ECHO_QUEUES];
	struct vscmi_virtq_areas areas[ECHO_QUEUES];
	struct vscmi_virtq_slot slots[ECHO_QUEUES][QUEUE_SIZE];
	int kicks[ECHO_QUEUES]; /* eventfds */
	int calls[ECHO_QUEUES]; /* where calls are read: an eventfd, or a socket's end */
	int call_targets
		[ECHO_QUEUES]; /* what the backend gets: the same, or the other end */
	int errors[ECHO_QUEUES];
	int channel, channel_target; /* both ends of the backend's own channel */
	bool in_band;                /* kick by message */
	bool need_reply; /* ask for an acknowledgement of what is not answered */
};

/* A guest whose backend is echo's. calls_by_socket as User Mode Linux has them. */
void guest_open(struct guest *guest, struct echo *echo, bool calls_by_socket);
void guest_close(struct guest *guest);

/*
 * The same for both as cmocka's setup and teardown, of tests on struct echo echo and struct
 * guest guest of their file, which are in struct pair pair.
 */
struct pair {
	struct echo *echo;
	struct guest *guest;
};
int pair_set_up(void **state);
int pair_tear_down(void **state);
#define ON_PAIR(test) \
	cmocka_unit_test_prestate_setup_teardown(test, pair_set_up, pair_tear_down, &pair)

/* Lay out the rings anew, as a driver that starts. */
void guest_boot(struct guest *guest);

/*
 * Say a message whose payload and descriptors follow from the request: of a ring index, with a
 * value where the request has one. NO_FD instead of a descriptor with value NO_FD.
 */
void guest_say(struct guest *guest, enum vscmi_vhost_request request, uint32_t index,
	       uint64_t value);

/* SET_PROTOCOL_FEATURES. */
void guest_say_protocol(struct guest *guest, uint64_t features);

/*
 * Say any bytes with up to 16 descriptors, which stay the caller's; try: false if the backend
 * takes no more.
 */
bool guest_try_bytes(struct guest *guest, const void *bytes, size_t count, const int *fds,
		     uint32_t fd_count);
void guest_say_bytes(struct guest *guest, const void *bytes, size_t count, const int *fds,
		     uint32_t fd_count);

/* The next reply, which must be one to that request, and the u64 in it. */
uint64_t guest_hear(struct guest *guest, enum vscmi_vhost_request request);

/* Whether the backend has closed the connection. Replies that wait are skipped. */
bool guest_is_refused(struct guest *guest);

struct play {
	enum vscmi_vhost_request request;
	uint32_t index;
	uint64_t value;
};

/* Say one message after the other, and hear each reply that is due. */
void guest_play(struct guest *guest, const struct play *plays, size_t count);

/* The shortest way to two queues that run. */
void guest_start(struct guest *guest);

/* Lend "hello" on a queue and kick as it is asked for; the device is not run. */
void guest_send(struct guest *guest, uint32_t queue);

/* How often the device has called for a queue since the last look. */
uint64_t guest_calls(struct guest *guest, uint32_t queue);

/* Whether "hello" has come back. */
bool guest_got_echo(struct guest *guest, uint32_t queue);

/* A message there and back, with a call for it. */
void guest_assert_echoes(struct guest *guest, uint32_t queue);

/* The next message on the channel: that request, about that queue. */
void guest_assert_called_in_band(struct guest *guest, uint32_t queue, uint32_t request);

/* What this process has open, and how often it has guests' memory mapped. */
unsigned count_fds(void);
unsigned count_mappings(void);

#endif
