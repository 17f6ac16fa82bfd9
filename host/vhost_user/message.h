/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The messages of vhost-user on a stream socket: 12 bytes of header, a payload, and file
 * descriptors beside the bytes. All numbers are in the machine's own byte order.
 *
 * Nothing here blocks. Every descriptor that arrives belongs to the message it came with
 * until a handler takes it out, and is closed with the message.
 */
#ifndef VSCMI_VHOST_USER_MESSAGE_H
#define VSCMI_VHOST_USER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vscmi/host/problem.h>

#define VSCMI_VHOST_TABLE_REGIONS \
	8u /* of SET_MEM_TABLE, and so descriptors of a message */
#define VSCMI_VHOST_MESSAGE_FDS VSCMI_VHOST_TABLE_REGIONS

/* Feature bit: protocol features, and rings that start disabled. */
#define VSCMI_VHOST_F_PROTOCOL_FEATURES (UINT64_C(1) << 30)

/* Numbers of protocol features. */
enum vscmi_vhost_protocol_feature {
	VSCMI_VHOST_PF_MQ = 0,
	VSCMI_VHOST_PF_REPLY_ACK = 3,
	VSCMI_VHOST_PF_BACKEND_REQ = 5,
	VSCMI_VHOST_PF_RESET_DEVICE = 13,
	VSCMI_VHOST_PF_INBAND_NOTIFICATIONS = 14,
	VSCMI_VHOST_PF_CONFIGURE_MEM_SLOTS = 15,
	VSCMI_VHOST_PF_ALWAYS = 63, /* not one of the protocol: what needs none */
};

/*
 * Every request of a front end that this project knows; any other is refused.
 *
 * ROW(id, name, least and most payload bytes, most descriptors, whether it is answered in
 * any case, the protocol feature it needs)
 */
#define VSCMI_VHOST_REQUESTS(ROW)                                      \
	ROW(1, GET_FEATURES, 0, 0, 0, true, ALWAYS)                    \
	ROW(2, SET_FEATURES, 8, 8, 0, false, ALWAYS)                   \
	ROW(3, SET_OWNER, 0, 0, 0, false, ALWAYS)                      \
	ROW(4, RESET_OWNER, 0, 0, 0, false, ALWAYS)                    \
	ROW(5, SET_MEM_TABLE, 8, 264, 8, false, ALWAYS)                \
	ROW(8, SET_VRING_NUM, 8, 8, 0, false, ALWAYS)                  \
	ROW(9, SET_VRING_ADDR, 40, 40, 0, false, ALWAYS)               \
	ROW(10, SET_VRING_BASE, 8, 8, 0, false, ALWAYS)                \
	ROW(11, GET_VRING_BASE, 8, 8, 0, true, ALWAYS)                 \
	ROW(12, SET_VRING_KICK, 8, 8, 1, false, ALWAYS)                \
	ROW(13, SET_VRING_CALL, 8, 8, 1, false, ALWAYS)                \
	ROW(14, SET_VRING_ERR, 8, 8, 1, false, ALWAYS)                 \
	ROW(15, GET_PROTOCOL_FEATURES, 0, 0, 0, true, ALWAYS)          \
	ROW(16, SET_PROTOCOL_FEATURES, 8, 8, 0, false, ALWAYS)         \
	ROW(17, GET_QUEUE_NUM, 0, 0, 0, true, MQ)                      \
	ROW(18, SET_VRING_ENABLE, 8, 8, 0, false, ALWAYS)              \
	ROW(21, SET_BACKEND_REQ_FD, 0, 0, 1, false, BACKEND_REQ)       \
	ROW(34, RESET_DEVICE, 0, 0, 0, false, RESET_DEVICE)            \
	ROW(35, VRING_KICK, 8, 8, 0, false, INBAND_NOTIFICATIONS)      \
	ROW(36, GET_MAX_MEM_SLOTS, 0, 0, 0, true, CONFIGURE_MEM_SLOTS) \
	ROW(37, ADD_MEM_REG, 40, 40, 1, false, CONFIGURE_MEM_SLOTS)    \
	ROW(38, REM_MEM_REG, 40, 40, 1, false, CONFIGURE_MEM_SLOTS)

enum vscmi_vhost_request {
#define ROW(id, name, least, most, fds, answered, feature) VSCMI_VHOST_##name = (id),
	VSCMI_VHOST_REQUESTS(ROW)
#undef ROW
};

/* Requests of the backend, on the channel of SET_BACKEND_REQ_FD. */
#define VSCMI_VHOST_BACKEND_VRING_CALL 4u
#define VSCMI_VHOST_BACKEND_VRING_ERR  5u

/* What is known of a request; NULL if nothing is. */
struct vscmi_vhost_row {
	const char *name;
	uint16_t least_bytes, most_bytes;
	uint8_t most_fds;
	bool answered;
	uint8_t feature; /* enum vscmi_vhost_protocol_feature */
};

const struct vscmi_vhost_row *vscmi_vhost_row(uint32_t request);

struct vscmi_vhost_header {
	uint32_t request;
	uint32_t flags;
	uint32_t bytes; /* of the payload */
};

#define VSCMI_VHOST_VERSION      0x1u
#define VSCMI_VHOST_VERSION_MASK 0x3u
#define VSCMI_VHOST_REPLY        0x4u
#define VSCMI_VHOST_NEED_REPLY   0x8u

/* Where the u64 of SET_VRING_KICK, CALL and ERR has the index, and that no descriptor
 * comes. */
#define VSCMI_VHOST_INDEX_MASK UINT64_C(0xff)
#define VSCMI_VHOST_NO_FD      UINT64_C(0x100)

/* Every reply, and every acknowledgement (0: done), is a u64 or a vring state. */
#define VSCMI_VHOST_REPLY_BYTES 8u

struct vscmi_vhost_vring_state {
	uint32_t index;
	uint32_t number;
};

struct vscmi_vhost_vring_addr {
	uint32_t index;
	uint32_t flags;
	uint64_t descriptor, used, available; /* user addresses */
	uint64_t log;
};

struct vscmi_vhost_region {
	uint64_t guest_base;
	uint64_t size;
	uint64_t user_base;
	uint64_t mmap_offset;
};

struct vscmi_vhost_mem_table {
	uint32_t count;
	uint32_t padding;
	struct vscmi_vhost_region regions[VSCMI_VHOST_TABLE_REGIONS];
};

struct vscmi_vhost_mem_reg {
	uint64_t padding;
	struct vscmi_vhost_region region;
};

/* The layouts are the wire's: every member lies at a multiple of its size, without gaps.
 */
union vscmi_vhost_payload {
	uint64_t u64;
	struct vscmi_vhost_vring_state state;
	struct vscmi_vhost_vring_addr addr;
	struct vscmi_vhost_mem_table mem_table;
	struct vscmi_vhost_mem_reg mem_reg;
	uint8_t bytes[8 + VSCMI_VHOST_TABLE_REGIONS * 32];
};

struct vscmi_vhost_message {
	struct vscmi_vhost_header header;
	union vscmi_vhost_payload payload;
	int fds[VSCMI_VHOST_MESSAGE_FDS];
	uint32_t fd_count;
	uint32_t done; /* bytes received or sent so far */
};

/* Close what descriptors are left in a message and make it ready for the next one. */
void vscmi_vhost_message_clear(struct vscmi_vhost_message *message);

/* Take the descriptor at index out of a message: it is the caller's. -1 if it has none.
 */
int vscmi_vhost_message_take_fd(struct vscmi_vhost_message *message, uint32_t index);

/* Which messages a socket carries towards this end. */
enum vscmi_vhost_direction {
	VSCMI_VHOST_TO_BACKEND,  /* requests, as their rows say */
	VSCMI_VHOST_TO_FRONTEND, /* replies to requests: 8 bytes each, no descriptors */
};

/*
 * Go on receiving a message that was cleared before its first byte. VSCMI_OK: it is
 * whole, and within the bounds of its row. VSCMI_E_NOT_READY: the rest has not arrived.
 * VSCMI_E_LINK_LOST: the other end is gone. VSCMI_E_MALFORMED: it broke the protocol.
 * With either of the last two the socket is of no more use; the message must be cleared.
 */
enum vscmi_error vscmi_vhost_receive(int socket, enum vscmi_vhost_direction direction,
				     struct vscmi_vhost_message *message,
				     struct vscmi_problem *problem);

/*
 * Go on sending a message, from its byte done, which starts at 0. Its descriptors are
 * lent. VSCMI_OK: all of it is sent. VSCMI_E_NOT_READY: the socket is full.
 * VSCMI_E_LINK_LOST.
 */
enum vscmi_error vscmi_vhost_send(int socket, struct vscmi_vhost_message *message);

#endif
