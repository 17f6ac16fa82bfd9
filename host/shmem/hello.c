/* SPDX-License-Identifier: BSD-3-Clause */
#include "shmem/hello.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vscmi/host/loop.h>

#define VERSION 1u
#define ALIGN   64u

static const char magic[8] = "vscmishm";

/* In the byte order of the machine, which both ends are on. */
struct hello {
	char magic[8];
	uint32_t version;
	uint32_t bytes; /* of the memory */
	uint32_t commands_offset, commands_bytes;
	uint32_t events_offset, events_bytes;
};

static enum vscmi_error map(int fd, uint32_t bytes, struct vscmi_shmem_memory *memory,
			    struct vscmi_problem *problem)
{
	memory->address = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memory->bytes = bytes;
	if (memory->address != MAP_FAILED)
		return VSCMI_OK;
	memory->address = NULL;
	return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "shared memory: %m");
}

static void *at(const struct vscmi_shmem_memory *memory, uint32_t offset)
{
	return (uint8_t *)memory->address + offset;
}

enum vscmi_error vscmi_shmem_memory_new(uint32_t message_bytes,
					struct vscmi_shmem_memory *ret_memory,
					int *ret_fd, struct vscmi_problem *problem)
{
	uint32_t area = VSCMI_SHMEM_AREA_BYTES(message_bytes);
	uint32_t events = (area + ALIGN - 1) / ALIGN * ALIGN;
	struct vscmi_shmem_memory memory = { 0 };
	int fd = memfd_create("vscmi", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, events + area) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		vscmi_problem_set(problem, VSCMI_E_SYSTEM, "shared memory: %m");
		if (fd >= 0)
			close(fd);
		return VSCMI_E_SYSTEM;
	}
	if (map(fd, events + area, &memory, problem)) {
		close(fd);
		return VSCMI_E_SYSTEM;
	}
	memory.commands = (struct vscmi_shmem_channel){ at(&memory, 0), area };
	memory.events = (struct vscmi_shmem_channel){ at(&memory, events), area };
	*ret_memory = memory;
	*ret_fd = fd;
	return VSCMI_OK;
}

void vscmi_shmem_memory_free(struct vscmi_shmem_memory *memory)
{
	if (memory->address)
		munmap(memory->address, memory->bytes);
	memory->address = NULL;
}

static uint32_t offset_of(const struct vscmi_shmem_memory *memory, const void *area)
{
	return (uint32_t)((const uint8_t *)area - (const uint8_t *)memory->address);
}

enum vscmi_error vscmi_shmem_hello_send(int socket,
					const struct vscmi_shmem_memory *memory, int fd,
					struct vscmi_problem *problem)
{
	struct hello hello = {
		.version = VERSION,
		.bytes = memory->bytes,
		.commands_offset = offset_of(memory, memory->commands.area),
		.commands_bytes = memory->commands.bytes,
		.events_offset = offset_of(memory, memory->events.area),
		.events_bytes = memory->events.bytes,
	};
	struct iovec part = { &hello, sizeof(hello) };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(fd))];
	} control = { .header = { .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS,
				  .cmsg_len = CMSG_LEN(sizeof(fd)) } };
	const struct msghdr message = { .msg_iov = &part,
					.msg_iovlen = 1,
					.msg_control = &control,
					.msg_controllen = sizeof(control) };

	memcpy(hello.magic, magic, sizeof(magic));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	if (sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) != sizeof(hello))
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "saying hello: %m");
	return VSCMI_OK;
}

/* The bytes and the first descriptor, or -1. There is room for no other, so it stays outside. */
static ssize_t receive(int socket, struct hello *ret_hello, int *ret_fd)
{
	struct iovec part = { ret_hello, sizeof(*ret_hello) };
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = CMSG_LEN(sizeof(int)) };
	ssize_t count = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *header = count < 0 ? NULL : CMSG_FIRSTHDR(&message);

	*ret_fd = -1;
	if (header && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(header), sizeof(*ret_fd));
	return count;
}

static bool is_inside(const struct hello *hello, uint32_t offset, uint32_t bytes)
{
	return offset % _Alignof(uint32_t) == 0 && offset <= hello->bytes &&
	       bytes <= hello->bytes - offset && bytes >= VSCMI_SHMEM_AREA_BYTES(8);
}

/* Memory that could be cut short would be a trap. */
static bool is_sound(const struct hello *hello, int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat file;

	return memcmp(hello->magic, magic, sizeof(magic)) == 0 &&
	       hello->version == VERSION && seals >= 0 && seals & F_SEAL_SHRINK &&
	       fstat(fd, &file) == 0 && file.st_size >= (off_t)hello->bytes &&
	       is_inside(hello, hello->commands_offset, hello->commands_bytes) &&
	       is_inside(hello, hello->events_offset, hello->events_bytes);
}

enum vscmi_error vscmi_shmem_hello_receive(int socket,
					   struct vscmi_shmem_memory *ret_memory,
					   struct vscmi_problem *problem)
{
	struct vscmi_shmem_memory memory = { 0 };
	enum vscmi_error error;
	struct hello hello;
	ssize_t count;
	int fd;

	count = receive(socket, &hello, &fd);
	if (count <= 0)
		return vscmi_problem_set(problem, VSCMI_E_LINK_LOST,
					 "the platform ended the connection");
	if (count != sizeof(hello) || fd < 0 || !is_sound(&hello, fd))
		error = vscmi_problem_set(
			problem, VSCMI_E_MALFORMED,
			"this is not how a platform on shared memory says hello");
	else
		error = map(fd, hello.bytes, &memory, problem);
	if (fd >= 0)
		close(fd);
	if (error)
		return error;
	memory.commands =
		(struct vscmi_shmem_channel){ at(&memory, hello.commands_offset),
					      hello.commands_bytes };
	memory.events = (struct vscmi_shmem_channel){ at(&memory, hello.events_offset),
						      hello.events_bytes };
	*ret_memory = memory;
	return VSCMI_OK;
}

void vscmi_shmem_ring(int socket, enum vscmi_channel channel)
{
	uint8_t ring = (uint8_t)channel;

	(void)!send(socket, &ring, sizeof(ring), MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool vscmi_shmem_rings(int socket, bool ret_rung[2])
{
	uint8_t rings[16];
	ssize_t count = recv(socket, rings, sizeof(rings), MSG_DONTWAIT);

	/* Behind so many others a ring of either kind may have been left out. */
	ret_rung[0] = ret_rung[1] = count == sizeof(rings);
	for (ssize_t i = 0; i < count; i++) {
		if (rings[i] > 1)
			return false;
		ret_rung[rings[i]] = true;
	}
	return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}
