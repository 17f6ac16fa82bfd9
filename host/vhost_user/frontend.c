/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vscmi/host/loop.h>
#include <vscmi/host/socket.h>
#include <vscmi/host/vhost_frontend.h>

#include "vhost_user/message.h"

#define CACHE_LINE 64u

struct queue {
	struct vscmi_virtq_driver driver;
	struct vscmi_virtq_slot *slots;
	uint8_t *ring;
	uint8_t *tables; /* NULL: chains are direct */
	int kick_fd, call_fd;
};

struct vscmi_vhost_frontend {
	char *path; /* for texts */
	uint32_t timeout_us;
	uint64_t deadline_us; /* of the function that is waiting */
	int socket;
	int memory_fd;
	struct vscmi_memory_region region; /* rings, tables, then buffers */
	size_t buffers_at;                 /* where in the region */
	struct vscmi_memory map;
	uint64_t features; /* wanted; once agreed, negotiated */
	bool agreed;
	bool acknowledges;    /* every request gets an answer */
	uint32_t queue_count; /* that the device has */
	uint64_t queue_features[VSCMI_VHOST_FRONTEND_QUEUES_MAX];
	uint16_t queue_size;
	uint16_t table_entries;
	struct queue queues[VSCMI_VHOST_FRONTEND_QUEUES_MAX];
};

/*
 * ---- Requests ----
 */

static enum vscmi_error send_some(int socket, struct vscmi_vhost_message *message,
				  struct vscmi_problem *problem)
{
	enum vscmi_error error = vscmi_vhost_send(socket, message);

	return error == VSCMI_E_LINK_LOST ? vscmi_problem_set(problem, error, "%m")
					  : error;
}

static enum vscmi_error receive_some(int socket, struct vscmi_vhost_message *message,
				     struct vscmi_problem *problem)
{
	return vscmi_vhost_receive(socket, VSCMI_VHOST_TO_FRONTEND, message, problem);
}

/* Send or receive all of a message before deadline_us, polling for events in between. */
static enum vscmi_error complete(
	const struct vscmi_vhost_frontend *frontend, struct vscmi_vhost_message *message,
	enum vscmi_error (*some)(int socket, struct vscmi_vhost_message *message,
				 struct vscmi_problem *problem),
	short events, struct vscmi_problem *problem)
{
	struct pollfd socket = { .fd = frontend->socket, .events = events };
	enum vscmi_error error;

	while ((error = some(frontend->socket, message, problem)) == VSCMI_E_NOT_READY) {
		uint64_t now_us = vscmi_monotonic_us();

		if (now_us >= frontend->deadline_us)
			return vscmi_problem_set(problem, VSCMI_E_TIMEOUT,
						 "no answer in %u ms; it serves one "
						 "front end at a time, and may have one",
						 frontend->timeout_us / 1000);
		if (poll(&socket, 1,
			 (int)((frontend->deadline_us - now_us + 999) / 1000)) < 0 &&
		    errno != EINTR)
			return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "%m");
	}
	return error;
}

static enum vscmi_error receive_reply(struct vscmi_vhost_frontend *frontend,
				      uint32_t request,
				      struct vscmi_vhost_message *message,
				      struct vscmi_problem *problem)
{
	const struct vscmi_vhost_row *row = vscmi_vhost_row(request);
	enum vscmi_error error =
		complete(frontend, message, receive_some, POLLIN, problem);

	if (error)
		return error;
	if (message->header.request != request)
		return vscmi_problem_set(problem, VSCMI_E_MALFORMED,
					 "answered with a reply to %s",
					 vscmi_vhost_row(message->header.request)->name);
	if (!row->answered && message->payload.u64 != 0)
		return vscmi_problem_set(problem, VSCMI_E_REFUSED,
					 "refused with %" PRIu64, message->payload.u64);
	return VSCMI_OK;
}

/* Send a request, whose payload, its size and descriptors, which are lent, are in message. */
static enum vscmi_error send_request(struct vscmi_vhost_frontend *frontend,
				     enum vscmi_vhost_request request_id,
				     struct vscmi_vhost_message *message,
				     struct vscmi_problem *problem)
{
	bool acknowledged =
		frontend->acknowledges && !vscmi_vhost_row(request_id)->answered;
	enum vscmi_error error;

	message->header.request = request_id;
	message->header.flags =
		VSCMI_VHOST_VERSION | (acknowledged ? VSCMI_VHOST_NEED_REPLY : 0);
	message->done = 0;
	error = complete(frontend, message, send_some, POLLOUT, problem);
	message->fd_count = 0;
	message->done = 0;
	return error;
}

static enum vscmi_error explain(const struct vscmi_vhost_frontend *frontend,
				enum vscmi_vhost_request request_id,
				enum vscmi_error error,
				const struct vscmi_problem *detail,
				struct vscmi_problem *problem)
{
	return error ? vscmi_problem_set(problem, error, "%s: %s: %s", frontend->path,
					 vscmi_vhost_row(request_id)->name, detail->text)
		     : VSCMI_OK;
}

/* A request that is answered in any case leaves the answer's payload in message. */
static enum vscmi_error request(struct vscmi_vhost_frontend *frontend,
				enum vscmi_vhost_request request_id,
				struct vscmi_vhost_message *message,
				struct vscmi_problem *problem)
{
	struct vscmi_problem detail;
	enum vscmi_error error = send_request(frontend, request_id, message, &detail);

	if (!error && (frontend->acknowledges || vscmi_vhost_row(request_id)->answered))
		error = receive_reply(frontend, request_id, message, &detail);
	vscmi_vhost_message_clear(message);
	return explain(frontend, request_id, error, &detail, problem);
}

static enum vscmi_error get_u64(struct vscmi_vhost_frontend *frontend,
				enum vscmi_vhost_request request_id, uint64_t *ret_value,
				struct vscmi_problem *problem)
{
	struct vscmi_vhost_message message = { 0 };
	enum vscmi_error error = request(frontend, request_id, &message, problem);

	if (!error)
		*ret_value = message.payload.u64;
	return error;
}

/* fd: -1 for none. */
static enum vscmi_error set_u64(struct vscmi_vhost_frontend *frontend,
				enum vscmi_vhost_request request_id, uint64_t value,
				int fd, struct vscmi_problem *problem)
{
	struct vscmi_vhost_message message = {
		.header.bytes = sizeof(value),
		.payload.u64 = value,
		.fds = { fd },
		.fd_count = fd < 0 ? 0 : 1,
	};

	return request(frontend, request_id, &message, problem);
}

static enum vscmi_error set_state(struct vscmi_vhost_frontend *frontend,
				  enum vscmi_vhost_request request_id, uint32_t index,
				  uint32_t number, struct vscmi_problem *problem)
{
	struct vscmi_vhost_message message = {
		.header.bytes = sizeof(struct vscmi_vhost_vring_state),
		.payload.state = { .index = index, .number = number },
	};

	return request(frontend, request_id, &message, problem);
}

/*
 * ---- Agreeing, and sharing memory ----
 */

static enum vscmi_error agree_on_protocol(struct vscmi_vhost_frontend *frontend,
					  struct vscmi_problem *problem)
{
	uint64_t wanted = UINT64_C(1) << VSCMI_VHOST_PF_REPLY_ACK |
			  UINT64_C(1) << VSCMI_VHOST_PF_MQ;
	uint64_t features = 0, queues = 0;
	enum vscmi_error error;

	error = get_u64(frontend, VSCMI_VHOST_GET_PROTOCOL_FEATURES, &features, problem);
	features &= wanted;
	if (!error)
		error = set_u64(frontend, VSCMI_VHOST_SET_PROTOCOL_FEATURES, features, -1,
				problem);
	if (error)
		return error;
	frontend->acknowledges = features >> VSCMI_VHOST_PF_REPLY_ACK & 1;
	if (!(features >> VSCMI_VHOST_PF_MQ & 1))
		return VSCMI_OK;
	error = get_u64(frontend, VSCMI_VHOST_GET_QUEUE_NUM, &queues, problem);
	if (!error && queues < frontend->queue_count)
		return vscmi_problem_set(problem, VSCMI_E_UNSUPPORTED,
					 "%s: has %" PRIu64 " queues, expected %u",
					 frontend->path, queues, frontend->queue_count);
	return error;
}

/* A queue whose features the device lacks does not exist, nor do those behind it. */
static void leave_out_queues(struct vscmi_vhost_frontend *frontend)
{
	uint32_t count = 0;

	while (count < frontend->queue_count &&
	       (frontend->queue_features[count] & ~frontend->features) == 0)
		count++;
	frontend->queue_count = count;
}

/* The first question, which a device answers when it has time for this front end. */
static enum vscmi_error ask_for_features(struct vscmi_vhost_frontend *frontend,
					 struct vscmi_problem *problem)
{
	struct vscmi_vhost_message owner = { 0 }, features = { 0 };
	struct vscmi_problem detail;
	enum vscmi_error error;

	error = request(frontend, VSCMI_VHOST_SET_OWNER, &owner, problem);
	if (error)
		return error;
	error = send_request(frontend, VSCMI_VHOST_GET_FEATURES, &features, &detail);
	return explain(frontend, VSCMI_VHOST_GET_FEATURES, error, &detail, problem);
}

static enum vscmi_error agree(struct vscmi_vhost_frontend *frontend,
			      struct vscmi_problem *problem)
{
	struct vscmi_vhost_message message = { 0 };
	struct vscmi_problem detail;
	enum vscmi_error error;
	uint64_t features;

	error = receive_reply(frontend, VSCMI_VHOST_GET_FEATURES, &message, &detail);
	features = message.payload.u64;
	vscmi_vhost_message_clear(&message);
	if (error)
		return explain(frontend, VSCMI_VHOST_GET_FEATURES, error, &detail,
			       problem);
	if (!(features & VSCMI_VIRTIO_F_VERSION_1))
		return vscmi_problem_set(problem, VSCMI_E_UNSUPPORTED,
					 "%s: offers features 0x%" PRIx64
					 ", expected VERSION_1 (bit 32)",
					 frontend->path, features);
	frontend->features &= features;
	leave_out_queues(frontend);
	if (frontend->features & VSCMI_VHOST_F_PROTOCOL_FEATURES)
		error = agree_on_protocol(frontend, problem);
	if (!error)
		error = set_u64(frontend, VSCMI_VHOST_SET_FEATURES, frontend->features,
				-1, problem);
	return error;
}

static enum vscmi_error share_memory(struct vscmi_vhost_frontend *frontend,
				     struct vscmi_problem *problem)
{
	const struct vscmi_memory_region *region = &frontend->region;
	struct vscmi_vhost_message message = {
		.header.bytes = offsetof(struct vscmi_vhost_mem_table, regions[1]),
		.payload.mem_table = { .count = 1,
				       .regions = { { .guest_base = region->guest_base,
						      .size = region->size,
						      .user_base =
							      region->guest_base } } },
		.fds = { frontend->memory_fd },
		.fd_count = 1,
	};

	return request(frontend, VSCMI_VHOST_SET_MEM_TABLE, &message, problem);
}

/*
 * ---- Starting and stopping ----
 */

static enum vscmi_error start_queue(struct vscmi_vhost_frontend *frontend, uint32_t index,
				    struct vscmi_problem *problem)
{
	struct queue *queue = &frontend->queues[index];
	const struct vscmi_virtq_driver_config config = {
		.memory = &frontend->map,
		.ring = queue->ring,
		.tables = queue->tables,
		.slots = queue->slots,
		.features = frontend->features,
		.queue_size = frontend->queue_size,
		.table_entries = frontend->table_entries,
	};
	bool packed = frontend->features & VSCMI_VIRTIO_F_RING_PACKED;
	struct vscmi_vhost_message addr = { .header.bytes = sizeof(addr.payload.addr) };
	struct vscmi_virtq_areas areas;
	enum vscmi_error error = vscmi_virtq_driver_init(&queue->driver, &config, &areas);

	if (error)
		return vscmi_problem_set(problem, error, "%s: queue of %u descriptors",
					 frontend->path, frontend->queue_size);
	addr.payload.addr = (struct vscmi_vhost_vring_addr){
		.index = index,
		.descriptor = areas.descriptor_area,
		.available = areas.driver_area,
		.used = areas.device_area,
	};
	error = set_state(frontend, VSCMI_VHOST_SET_VRING_NUM, index,
			  frontend->queue_size, problem);
	if (!error)
		error = set_state(frontend, VSCMI_VHOST_SET_VRING_BASE, index,
				  packed ? VSCMI_VIRTQ_PACKED_BASE : 0, problem);
	if (!error)
		error = request(frontend, VSCMI_VHOST_SET_VRING_ADDR, &addr, problem);
	if (!error)
		error = set_u64(frontend, VSCMI_VHOST_SET_VRING_CALL, index,
				queue->call_fd, problem);
	if (!error)
		error = set_u64(frontend, VSCMI_VHOST_SET_VRING_KICK, index,
				queue->kick_fd, problem);
	return error;
}

/* Without bit 30 a queue runs as soon as it has a kick, and nothing enables or disables it. */
static enum vscmi_error enable_queues(struct vscmi_vhost_frontend *frontend, bool enable,
				      struct vscmi_problem *problem)
{
	enum vscmi_error error = VSCMI_OK;

	if (!(frontend->features & VSCMI_VHOST_F_PROTOCOL_FEATURES))
		return VSCMI_OK;
	for (uint32_t i = 0; i < frontend->queue_count && !error; i++)
		error = set_state(frontend, VSCMI_VHOST_SET_VRING_ENABLE, i, enable,
				  problem);
	return error;
}

static void set_deadline(struct vscmi_vhost_frontend *frontend)
{
	frontend->deadline_us = vscmi_monotonic_us() + frontend->timeout_us;
}

enum vscmi_error vscmi_vhost_frontend_start(struct vscmi_vhost_frontend *frontend,
					    struct vscmi_problem *problem)
{
	enum vscmi_error error = VSCMI_OK;
	uint64_t features;

	set_deadline(frontend);
	if (!frontend->agreed) {
		error = agree(frontend, problem);
		if (!error)
			error = share_memory(frontend, problem);
		frontend->agreed = !error;
	}
	for (uint32_t i = 0; i < frontend->queue_count && !error; i++)
		error = start_queue(frontend, i, problem);
	if (!error)
		error = enable_queues(frontend, true, problem);
	/* A device that does not acknowledge has done all of it once it answers. */
	if (!error && !frontend->acknowledges)
		error = get_u64(frontend, VSCMI_VHOST_GET_FEATURES, &features, problem);
	return error;
}

enum vscmi_error vscmi_vhost_frontend_stop(struct vscmi_vhost_frontend *frontend,
					   struct vscmi_problem *problem)
{
	enum vscmi_error error;

	set_deadline(frontend);
	error = enable_queues(frontend, false, problem);
	for (uint32_t i = 0; i < frontend->queue_count && !error; i++)
		error = set_state(frontend, VSCMI_VHOST_GET_VRING_BASE, i, 0, problem);
	return error;
}

/*
 * ---- The whole ----
 */

static size_t round_up(size_t bytes, size_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

/* Lay out and map the memory: of each queue ring and tables, then the buffers. */
static enum vscmi_error make_memory(struct vscmi_vhost_frontend *frontend,
				    size_t buffer_bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t ring_bytes =
		round_up(VSCMI_VIRTQ_RING_BYTES(frontend->queue_size), CACHE_LINE);
	size_t tables_bytes = round_up(
		VSCMI_VIRTQ_TABLES_BYTES(frontend->queue_size, frontend->table_entries),
		CACHE_LINE);
	size_t queue_bytes = ring_bytes + tables_bytes;
	size_t all_bytes;
	uint8_t *memory;

	frontend->buffers_at = round_up(frontend->queue_count * queue_bytes, page);
	all_bytes = round_up(frontend->buffers_at + buffer_bytes, page);
	frontend->memory_fd =
		memfd_create("vhost-user frontend", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (frontend->memory_fd < 0 ||
	    ftruncate(frontend->memory_fd, (off_t)all_bytes) < 0 ||
	    fcntl(frontend->memory_fd, F_ADD_SEALS,
		  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return VSCMI_E_SYSTEM;
	memory = mmap(NULL, all_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		      frontend->memory_fd, 0);
	if (memory == MAP_FAILED)
		return VSCMI_E_SYSTEM;
	frontend->region =
		(struct vscmi_memory_region){ (uintptr_t)memory, all_bytes, memory };
	frontend->map = (struct vscmi_memory){ &frontend->region, 1 };
	for (uint32_t i = 0; i < frontend->queue_count; i++) {
		struct queue *queue = &frontend->queues[i];

		queue->ring = memory + i * queue_bytes;
		queue->tables = frontend->table_entries ? queue->ring + ring_bytes : NULL;
	}
	return VSCMI_OK;
}

static enum vscmi_error make_queue(struct vscmi_vhost_frontend *frontend,
				   struct queue *queue)
{
	queue->slots = calloc(frontend->queue_size, sizeof(*queue->slots));
	if (!queue->slots)
		return VSCMI_E_NO_MEMORY;
	queue->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	queue->call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return queue->kick_fd < 0 || queue->call_fd < 0 ? VSCMI_E_SYSTEM : VSCMI_OK;
}

static enum vscmi_error make(struct vscmi_vhost_frontend *frontend,
			     const struct vscmi_vhost_frontend_config *config,
			     struct vscmi_problem *problem)
{
	enum vscmi_error error = make_memory(frontend, config->buffer_bytes);

	for (uint32_t i = 0; i < frontend->queue_count && !error; i++)
		error = make_queue(frontend, &frontend->queues[i]);
	return error ? vscmi_problem_set(problem, error, "%s: memory for the queues: %m",
					 frontend->path)
		     : VSCMI_OK;
}

/* Everything that vscmi_vhost_frontend_free() looks at is valid from here on. */
static struct vscmi_vhost_frontend *allocate(
	const struct vscmi_vhost_frontend_config *config)
{
	struct vscmi_vhost_frontend *frontend = calloc(1, sizeof(*frontend));
	char *path = strdup(config->path);

	if (!frontend || !path) {
		free(frontend);
		free(path);
		return NULL;
	}
	frontend->path = path;
	frontend->timeout_us = config->timeout_us;
	frontend->features =
		config->features | VSCMI_VIRTQ_FEATURES | VSCMI_VHOST_F_PROTOCOL_FEATURES;
	frontend->queue_count = config->queue_count;
	memcpy(frontend->queue_features, config->queue_features,
	       sizeof(frontend->queue_features));
	frontend->queue_size = config->queue_size;
	frontend->table_entries = config->table_entries;
	frontend->socket = -1;
	frontend->memory_fd = -1;
	for (uint32_t i = 0; i < VSCMI_VHOST_FRONTEND_QUEUES_MAX; i++) {
		frontend->queues[i].kick_fd = -1;
		frontend->queues[i].call_fd = -1;
	}
	return frontend;
}

enum vscmi_error vscmi_vhost_frontend_new(
	const struct vscmi_vhost_frontend_config *config,
	struct vscmi_vhost_frontend **ret_frontend, struct vscmi_problem *problem)
{
	struct vscmi_vhost_frontend *frontend;
	enum vscmi_error error;

	if (config->queue_count == 0 ||
	    config->queue_count > VSCMI_VHOST_FRONTEND_QUEUES_MAX)
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "%s: %u queues, expected 1 to %u", config->path,
					 config->queue_count,
					 VSCMI_VHOST_FRONTEND_QUEUES_MAX);
	frontend = allocate(config);
	if (!frontend)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "%s: no memory",
					 config->path);
	set_deadline(frontend);
	error = vscmi_socket_connect(frontend->path, &frontend->socket, problem);
	if (!error)
		error = make(frontend, config, problem);
	if (!error)
		error = ask_for_features(frontend, problem);
	if (error) {
		vscmi_vhost_frontend_free(frontend);
		return error;
	}
	*ret_frontend = frontend;
	return VSCMI_OK;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void vscmi_vhost_frontend_free(struct vscmi_vhost_frontend *frontend)
{
	if (!frontend)
		return;
	close_fd(frontend->socket);
	for (uint32_t i = 0; i < VSCMI_VHOST_FRONTEND_QUEUES_MAX; i++) {
		close_fd(frontend->queues[i].kick_fd);
		close_fd(frontend->queues[i].call_fd);
		free(frontend->queues[i].slots);
	}
	if (frontend->region.host)
		munmap(frontend->region.host, (size_t)frontend->region.size);
	close_fd(frontend->memory_fd);
	free(frontend->path);
	free(frontend);
}

uint64_t vscmi_vhost_frontend_features(const struct vscmi_vhost_frontend *frontend)
{
	return frontend->features & ~VSCMI_VHOST_F_PROTOCOL_FEATURES;
}

uint8_t *vscmi_vhost_frontend_buffers(struct vscmi_vhost_frontend *frontend)
{
	return frontend->region.host + frontend->buffers_at;
}

struct vscmi_virtq_driver *vscmi_vhost_frontend_queue(
	struct vscmi_vhost_frontend *frontend, uint32_t index)
{
	return &frontend->queues[index].driver;
}

/* A counter that is full says as much as one more would. */
void vscmi_vhost_frontend_kick(struct vscmi_vhost_frontend *frontend, uint32_t index)
{
	uint64_t one = 1;

	(void)!write(frontend->queues[index].kick_fd, &one, sizeof(one));
}

int vscmi_vhost_frontend_call_fd(const struct vscmi_vhost_frontend *frontend,
				 uint32_t index)
{
	return frontend->queues[index].call_fd;
}

int vscmi_vhost_frontend_socket_fd(const struct vscmi_vhost_frontend *frontend)
{
	return frontend->socket;
}
