/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost_user/message.h"

_Static_assert(sizeof(struct vscmi_vhost_header) == 12, "header of a vhost-user message");
_Static_assert(sizeof(struct vscmi_vhost_vring_addr) == 40, "vring address description");
_Static_assert(sizeof(struct vscmi_vhost_mem_table) == 264, "memory regions description");
_Static_assert(sizeof(struct vscmi_vhost_mem_reg) == 40,
	       "single memory region description");

#define HEADER_BYTES sizeof(struct vscmi_vhost_header)

static const struct vscmi_vhost_row rows[] = {
#define ROW(id, nm, least, most, fds, is_answered, needs) \
	[id] = { .name = #nm,                             \
		 .least_bytes = (least),                  \
		 .most_bytes = (most),                    \
		 .most_fds = (fds),                       \
		 .answered = (is_answered),               \
		 .feature = VSCMI_VHOST_PF_##needs },
	VSCMI_VHOST_REQUESTS(ROW)
#undef ROW
};

const struct vscmi_vhost_row *vscmi_vhost_row(uint32_t request)
{
	if (request >= sizeof(rows) / sizeof(rows[0]) || !rows[request].name)
		return NULL;
	return &rows[request];
}

void vscmi_vhost_message_clear(struct vscmi_vhost_message *message)
{
	for (uint32_t i = 0; i < message->fd_count; i++) {
		if (message->fds[i] >= 0)
			close(message->fds[i]);
	}
	message->fd_count = 0;
	message->done = 0;
}

int vscmi_vhost_message_take_fd(struct vscmi_vhost_message *message, uint32_t index)
{
	int fd;

	if (index >= message->fd_count)
		return -1;
	fd = message->fds[index];
	message->fds[index] = -1;
	return fd;
}

/* Room for the descriptors of one recvmsg or sendmsg, aligned as a control header. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(VSCMI_VHOST_MESSAGE_FDS * sizeof(int))];
};

/* Every descriptor that came is stored or closed; false if there were more than fit. */
static bool collect_fds(struct vscmi_vhost_message *message, struct msghdr *msg)
{
	bool fit = true;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (message->fd_count < VSCMI_VHOST_MESSAGE_FDS) {
				message->fds[message->fd_count++] = fd;
			} else {
				close(fd);
				fit = false;
			}
		}
	}
	return fit && !(msg->msg_flags & MSG_CTRUNC);
}

/* Receive up to the byte end of the part of the message that starts at its byte begin. */
static enum vscmi_error receive_part(int socket, struct vscmi_vhost_message *message,
				     void *part, size_t begin, size_t end,
				     struct vscmi_problem *problem)
{
	while (message->done < end) {
		union control control;
		struct iovec bytes = {
			.iov_base = (uint8_t *)part + (message->done - begin),
			.iov_len = end - message->done,
		};
		struct msghdr msg = {
			.msg_iov = &bytes,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};
		ssize_t got = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return VSCMI_E_NOT_READY;
		if (got < 0)
			return vscmi_problem_set(problem, VSCMI_E_LINK_LOST,
						 "receiving: %m");
		if (!collect_fds(message, &msg))
			return vscmi_problem_set(
				problem, VSCMI_E_MALFORMED,
				"more than %u file descriptors with one message",
				VSCMI_VHOST_MESSAGE_FDS);
		if (got == 0 && message->done)
			return vscmi_problem_set(problem, VSCMI_E_LINK_LOST,
						 "closed after %u bytes of a message",
						 message->done);
		if (got == 0)
			return vscmi_problem_set(problem, VSCMI_E_LINK_LOST, "closed");
		message->done += (uint32_t)got;
	}
	return VSCMI_OK;
}

static enum vscmi_error check_header(const struct vscmi_vhost_header *header,
				     enum vscmi_vhost_direction direction,
				     struct vscmi_problem *problem)
{
	const struct vscmi_vhost_row *row = vscmi_vhost_row(header->request);
	bool reply = direction == VSCMI_VHOST_TO_FRONTEND;
	uint32_t least, most;

	if ((header->flags & VSCMI_VHOST_VERSION_MASK) != VSCMI_VHOST_VERSION)
		return vscmi_problem_set(problem, VSCMI_E_MALFORMED,
					 "flags 0x%x, expected version %u in bits 1:0",
					 header->flags, VSCMI_VHOST_VERSION);
	if (!row)
		return vscmi_problem_set(problem, VSCMI_E_MALFORMED,
					 "request %u, which was not offered",
					 header->request);
	if (!(header->flags & VSCMI_VHOST_REPLY) == reply)
		return vscmi_problem_set(
			problem, VSCMI_E_MALFORMED, "%s is %s, expected %s", row->name,
			reply ? "a request" : "a reply", reply ? "a reply" : "a request");
	least = reply ? VSCMI_VHOST_REPLY_BYTES : row->least_bytes;
	most = reply ? VSCMI_VHOST_REPLY_BYTES : row->most_bytes;
	if (header->bytes < least || header->bytes > most)
		return vscmi_problem_set(problem, VSCMI_E_MALFORMED,
					 "%s with %u payload bytes, expected %s%u",
					 row->name, header->bytes,
					 least < most ? "at most " : "", most);
	return VSCMI_OK;
}

enum vscmi_error vscmi_vhost_receive(int socket, enum vscmi_vhost_direction direction,
				     struct vscmi_vhost_message *message,
				     struct vscmi_problem *problem)
{
	struct vscmi_vhost_header *header = &message->header;
	uint32_t most_fds;
	enum vscmi_error error;

	error = receive_part(socket, message, header, 0, HEADER_BYTES, problem);
	if (!error)
		error = check_header(header, direction, problem);
	if (!error)
		error = receive_part(socket, message, &message->payload, HEADER_BYTES,
				     HEADER_BYTES + header->bytes, problem);
	if (error)
		return error;

	most_fds = direction == VSCMI_VHOST_TO_FRONTEND
			   ? 0
			   : vscmi_vhost_row(header->request)->most_fds;
	if (message->fd_count > most_fds)
		return vscmi_problem_set(
			problem, VSCMI_E_MALFORMED,
			"%s with %u file descriptors, expected %u at most",
			vscmi_vhost_row(header->request)->name, message->fd_count,
			most_fds);
	return VSCMI_OK;
}

enum vscmi_error vscmi_vhost_send(int socket, struct vscmi_vhost_message *message)
{
	size_t end = HEADER_BYTES + message->header.bytes;
	uint8_t bytes[sizeof(message->header) + sizeof(message->payload)];

	memcpy(bytes, &message->header, HEADER_BYTES);
	memcpy(bytes + HEADER_BYTES, &message->payload, message->header.bytes);
	while (message->done < end) {
		union control control = { 0 };
		struct iovec rest = {
			.iov_base = bytes + message->done,
			.iov_len = end - message->done,
		};
		struct msghdr msg = { .msg_iov = &rest, .msg_iovlen = 1 };
		ssize_t sent;

		if (message->done == 0 && message->fd_count) {
			size_t fd_bytes = message->fd_count * sizeof(int);
			struct cmsghdr *c;

			msg.msg_control = &control;
			msg.msg_controllen = CMSG_SPACE(fd_bytes);
			c = CMSG_FIRSTHDR(&msg);
			c->cmsg_level = SOL_SOCKET;
			c->cmsg_type = SCM_RIGHTS;
			c->cmsg_len = CMSG_LEN(fd_bytes);
			memcpy(CMSG_DATA(c), message->fds, fd_bytes);
		}
		sent = sendmsg(socket, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN ? VSCMI_E_NOT_READY : VSCMI_E_LINK_LOST;
		message->done += (uint32_t)sent;
	}
	return VSCMI_OK;
}
