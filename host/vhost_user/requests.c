/* SPDX-License-Identifier: BSD-3-Clause */
/* What each request of a front end does: one function a row, named after it. */
#include <inttypes.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vscmi/host/log.h>

#include "vhost_user/backend.h"

/*
 * STATUS is not offered: of its bits front ends only ever set DRIVER_OK, which rings say
 * better by being enabled, and a corrupt ring is told by its error descriptor.
 */
#define PROTOCOL_FEATURES                                                             \
	(UINT64_C(1) << VSCMI_VHOST_PF_MQ | UINT64_C(1) << VSCMI_VHOST_PF_REPLY_ACK | \
	 UINT64_C(1) << VSCMI_VHOST_PF_BACKEND_REQ |                                  \
	 UINT64_C(1) << VSCMI_VHOST_PF_RESET_DEVICE |                                 \
	 UINT64_C(1) << VSCMI_VHOST_PF_INBAND_NOTIFICATIONS |                         \
	 UINT64_C(1) << VSCMI_VHOST_PF_CONFIGURE_MEM_SLOTS)

/*
 * ---- Features ----
 */

static enum vscmi_error answer(struct vscmi_vhost_backend *backend, uint64_t value)
{
	backend->out.payload.u64 = value;
	return VSCMI_OK;
}

static enum vscmi_error handle_GET_FEATURES(struct vscmi_vhost_backend *backend,
					    struct vscmi_problem *problem)
{
	return answer(backend, backend->offered_features);
}

/* A driver that wants other features than the one before it is a new one. */
static enum vscmi_error handle_SET_FEATURES(struct vscmi_vhost_backend *backend,
					    struct vscmi_problem *problem)
{
	uint64_t features = backend->in.payload.u64;

	if (features & ~backend->offered_features)
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "0x%" PRIx64 " of 0x%" PRIx64 " offered",
					 features, backend->offered_features);
	if (features != backend->features && vscmi_vhost_any_ring_runs(backend))
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "other features while a ring runs");
	if (backend->features && features != backend->features)
		backend->new_driver = true;
	vscmi_log(VSCMI_LOG_DEBUG, "%s: features 0x%" PRIx64, backend->name, features);
	backend->features = features;
	if (features & VSCMI_VHOST_F_PROTOCOL_FEATURES)
		return VSCMI_OK;
	/* A front end that knows no SET_VRING_ENABLE. */
	for (uint32_t i = 0; i < backend->queue_count; i++)
		backend->rings[i].enabled = true;
	return VSCMI_OK;
}

static enum vscmi_error handle_GET_PROTOCOL_FEATURES(struct vscmi_vhost_backend *backend,
						     struct vscmi_problem *problem)
{
	return answer(backend, PROTOCOL_FEATURES);
}

static enum vscmi_error handle_SET_PROTOCOL_FEATURES(struct vscmi_vhost_backend *backend,
						     struct vscmi_problem *problem)
{
	uint64_t features = backend->in.payload.u64;

	if (features & ~PROTOCOL_FEATURES)
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "0x%" PRIx64 " of 0x%" PRIx64 " offered",
					 features, (uint64_t)PROTOCOL_FEATURES);
	backend->protocol_features = features;
	return VSCMI_OK;
}

static enum vscmi_error handle_GET_QUEUE_NUM(struct vscmi_vhost_backend *backend,
					     struct vscmi_problem *problem)
{
	return answer(backend, backend->queue_count);
}

static enum vscmi_error handle_SET_OWNER(struct vscmi_vhost_backend *backend,
					 struct vscmi_problem *problem)
{
	return VSCMI_OK;
}

/* Obsolete, and read in two ways: the specification recommends to ignore it. */
static enum vscmi_error handle_RESET_OWNER(struct vscmi_vhost_backend *backend,
					   struct vscmi_problem *problem)
{
	return VSCMI_OK;
}

static enum vscmi_error handle_RESET_DEVICE(struct vscmi_vhost_backend *backend,
					    struct vscmi_problem *problem)
{
	for (uint32_t i = 0; i < backend->queue_count; i++)
		vscmi_vhost_ring_clear(&backend->rings[i]);
	backend->new_driver = false;
	vscmi_log(VSCMI_LOG_DEBUG, "%s: reset", backend->name);
	backend->ops->reset(backend->context);
	return VSCMI_OK;
}

static enum vscmi_error handle_SET_BACKEND_REQ_FD(struct vscmi_vhost_backend *backend,
						  struct vscmi_problem *problem)
{
	struct vscmi_watch *channel = &backend->channel;
	struct stat file;

	vscmi_vhost_channel_close(backend);
	if (backend->in.fd_count != 1 || fstat(backend->in.fds[0], &file) < 0 ||
	    !S_ISSOCK(file.st_mode))
		return vscmi_problem_set(problem, VSCMI_E_INVALID, "expected a socket");
	channel->fd = vscmi_vhost_message_take_fd(&backend->in, 0);
	if (vscmi_loop_add(backend->loop, channel, EPOLLOUT | EPOLLET)) {
		close(channel->fd);
		channel->fd = -1;
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "backend channel: %m");
	}
	return VSCMI_OK;
}

/*
 * ---- Memory ----
 */

static enum vscmi_error add_region(struct vscmi_vhost_backend *backend,
				   const struct vscmi_vhost_region *region,
				   uint32_t fd_index, struct vscmi_problem *problem)
{
	return vscmi_vhost_memory_add(&backend->memory, region, backend->in.fds[fd_index],
				      problem);
}

/* The payload may be longer than its count needs: Linux's virtio_uml 6.12 sends it so. */
static enum vscmi_error handle_SET_MEM_TABLE(struct vscmi_vhost_backend *backend,
					     struct vscmi_problem *problem)
{
	const struct vscmi_vhost_mem_table *table = &backend->in.payload.mem_table;
	enum vscmi_error error = VSCMI_OK;

	if (table->count > (backend->in.header.bytes - 8) / sizeof(table->regions[0]) ||
	    backend->in.fd_count != table->count)
		return vscmi_problem_set(
			problem, VSCMI_E_INVALID,
			"%u regions, %u payload bytes, %u file descriptors", table->count,
			backend->in.header.bytes, backend->in.fd_count);
	vscmi_vhost_memory_retire(&backend->memory);
	for (uint32_t i = 0; i < table->count && !error; i++)
		error = add_region(backend, &table->regions[i], i, problem);
	if (!error)
		vscmi_vhost_memory_changed(backend);
	return error;
}

static enum vscmi_error handle_GET_MAX_MEM_SLOTS(struct vscmi_vhost_backend *backend,
						 struct vscmi_problem *problem)
{
	return answer(backend, VSCMI_VHOST_MEM_SLOTS);
}

static enum vscmi_error handle_ADD_MEM_REG(struct vscmi_vhost_backend *backend,
					   struct vscmi_problem *problem)
{
	enum vscmi_error error;

	if (backend->in.fd_count != 1)
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "without a file descriptor");
	error = add_region(backend, &backend->in.payload.mem_reg.region, 0, problem);
	if (!error)
		vscmi_vhost_memory_changed(backend);
	return error;
}

/* Some front ends send a descriptor with it, which means nothing. */
static enum vscmi_error handle_REM_MEM_REG(struct vscmi_vhost_backend *backend,
					   struct vscmi_problem *problem)
{
	enum vscmi_error error = vscmi_vhost_memory_remove(
		&backend->memory, &backend->in.payload.mem_reg.region, problem);

	if (!error)
		vscmi_vhost_memory_changed(backend);
	return error;
}

/*
 * ---- Rings ----
 */

/* NULL, with the problem set, if there is no such ring. */
static struct vscmi_vhost_ring *find_ring(struct vscmi_vhost_backend *backend,
					  uint64_t index, struct vscmi_problem *problem)
{
	if (index < backend->queue_count)
		return &backend->rings[index];
	vscmi_problem_set(problem, VSCMI_E_INVALID, "ring %" PRIu64 ", expected 0 to %u",
			  index, backend->queue_count - 1);
	return NULL;
}

/* A ring whose layout the front end wants to change, and so must have stopped. */
static struct vscmi_vhost_ring *find_still_ring(struct vscmi_vhost_backend *backend,
						uint64_t index,
						struct vscmi_problem *problem)
{
	struct vscmi_vhost_ring *ring = find_ring(backend, index, problem);

	if (!ring || !ring->running)
		return ring;
	vscmi_problem_set(problem, VSCMI_E_INVALID, "ring %" PRIu64 " is running", index);
	return NULL;
}

static enum vscmi_error handle_SET_VRING_NUM(struct vscmi_vhost_backend *backend,
					     struct vscmi_problem *problem)
{
	const struct vscmi_vhost_vring_state *state = &backend->in.payload.state;
	struct vscmi_vhost_ring *ring = find_still_ring(backend, state->index, problem);

	if (!ring)
		return VSCMI_E_INVALID;
	if (state->number == 0 || state->number > VSCMI_VIRTQ_SIZE_MAX ||
	    (!(backend->features & VSCMI_VIRTIO_F_RING_PACKED) &&
	     (state->number & (state->number - 1)) != 0))
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "%u descriptors, expected a power of 2 up to %u",
					 state->number, VSCMI_VIRTQ_SIZE_MAX);
	ring->size = state->number;
	return VSCMI_OK;
}

static enum vscmi_error handle_SET_VRING_ADDR(struct vscmi_vhost_backend *backend,
					      struct vscmi_problem *problem)
{
	struct vscmi_vhost_ring *ring =
		find_still_ring(backend, backend->in.payload.addr.index, problem);

	if (!ring)
		return VSCMI_E_INVALID;
	ring->addr = backend->in.payload.addr;
	ring->has_addr = true;
	return VSCMI_OK;
}

/*
 * A driver that goes on, after a pause, starts its rings where they stopped. One that does
 * not is a new one too, and the guest behind it has rebooted or reloaded it.
 */
static enum vscmi_error handle_SET_VRING_BASE(struct vscmi_vhost_backend *backend,
					      struct vscmi_problem *problem)
{
	const struct vscmi_vhost_vring_state *state = &backend->in.payload.state;
	struct vscmi_vhost_ring *ring = find_still_ring(backend, state->index, problem);

	if (!ring)
		return VSCMI_E_INVALID;
	if (state->number > UINT16_MAX &&
	    !(backend->features & VSCMI_VIRTIO_F_RING_PACKED))
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "base %u, expected 0 to %u", state->number,
					 UINT16_MAX);
	if (ring->base != state->number && !vscmi_vhost_any_ring_runs(backend))
		backend->new_driver = true;
	ring->base = state->number;
	return VSCMI_OK;
}

static enum vscmi_error handle_GET_VRING_BASE(struct vscmi_vhost_backend *backend,
					      struct vscmi_problem *problem)
{
	struct vscmi_vhost_ring *ring =
		find_ring(backend, backend->in.payload.state.index, problem);

	if (!ring)
		return VSCMI_E_INVALID;
	ring->kickable = false;
	vscmi_vhost_ring_stop(ring);
	(void)vscmi_vhost_ring_set_kick(ring, -1, NULL);
	backend->out.payload.state = (struct vscmi_vhost_vring_state){
		.index = backend->in.payload.state.index,
		.number = ring->base,
	};
	return VSCMI_OK;
}

/* The ring of SET_VRING_KICK, CALL and ERR, NULL with the problem set if there is none. */
static struct vscmi_vhost_ring *take_ring_fd(struct vscmi_vhost_backend *backend,
					     int *ret_fd, struct vscmi_problem *problem)
{
	uint64_t value = backend->in.payload.u64;
	uint32_t expected = value & VSCMI_VHOST_NO_FD ? 0 : 1;
	struct vscmi_vhost_ring *ring =
		find_ring(backend, value & VSCMI_VHOST_INDEX_MASK, problem);

	if (!ring)
		return NULL;
	if (backend->in.fd_count != expected) {
		vscmi_problem_set(problem, VSCMI_E_INVALID,
				  "%u file descriptors, expected %u",
				  backend->in.fd_count, expected);
		return NULL;
	}
	*ret_fd = vscmi_vhost_message_take_fd(&backend->in, 0);
	return ring;
}

static enum vscmi_error handle_SET_VRING_KICK(struct vscmi_vhost_backend *backend,
					      struct vscmi_problem *problem)
{
	int fd = -1;
	struct vscmi_vhost_ring *ring = take_ring_fd(backend, &fd, problem);
	enum vscmi_error error;

	if (!ring)
		return VSCMI_E_INVALID;
	if (fd < 0 &&
	    !vscmi_vhost_negotiated(backend, VSCMI_VHOST_PF_INBAND_NOTIFICATIONS))
		return vscmi_problem_set(problem, VSCMI_E_UNSUPPORTED,
					 "asks for polling, expected a file descriptor");
	error = vscmi_vhost_ring_set_kick(ring, fd, problem);
	if (error)
		return error;
	ring->kickable = true;
	return vscmi_vhost_ring_update(ring, problem);
}

static enum vscmi_error handle_SET_VRING_CALL(struct vscmi_vhost_backend *backend,
					      struct vscmi_problem *problem)
{
	int fd = -1;
	struct vscmi_vhost_ring *ring = take_ring_fd(backend, &fd, problem);

	if (!ring)
		return VSCMI_E_INVALID;
	return vscmi_vhost_notifier_set(&ring->call, fd, problem);
}

static enum vscmi_error handle_SET_VRING_ERR(struct vscmi_vhost_backend *backend,
					     struct vscmi_problem *problem)
{
	int fd = -1;
	struct vscmi_vhost_ring *ring = take_ring_fd(backend, &fd, problem);

	if (!ring)
		return VSCMI_E_INVALID;
	return vscmi_vhost_notifier_set(&ring->error, fd, problem);
}

static enum vscmi_error handle_SET_VRING_ENABLE(struct vscmi_vhost_backend *backend,
						struct vscmi_problem *problem)
{
	const struct vscmi_vhost_vring_state *state = &backend->in.payload.state;
	struct vscmi_vhost_ring *ring = find_ring(backend, state->index, problem);

	if (!ring)
		return VSCMI_E_INVALID;
	if (state->number > 1)
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "state %u, expected 0 or 1", state->number);
	ring->enabled = state->number == 1;
	if (!ring->enabled)
		vscmi_vhost_ring_stop(ring);
	return vscmi_vhost_ring_update(ring, problem);
}

/* Without SET_VRING_KICK this is what says how the front end kicks. */
static enum vscmi_error handle_VRING_KICK(struct vscmi_vhost_backend *backend,
					  struct vscmi_problem *problem)
{
	struct vscmi_vhost_ring *ring =
		find_ring(backend, backend->in.payload.state.index, problem);

	if (!ring)
		return VSCMI_E_INVALID;
	if (ring->running) {
		vscmi_vhost_ring_kicked(ring);
		return VSCMI_OK;
	}
	ring->kickable = true;
	return vscmi_vhost_ring_update(ring, problem);
}

/*
 * ---- All of them ----
 */

static enum vscmi_error (*const handlers[])(struct vscmi_vhost_backend *backend,
					    struct vscmi_problem *problem) = {
#define ROW(id, name, least, most, fds, answered, feature) [id] = handle_##name,
	VSCMI_VHOST_REQUESTS(ROW)
#undef ROW
};

enum vscmi_error vscmi_vhost_handle(struct vscmi_vhost_backend *backend,
				    struct vscmi_problem *problem)
{
	uint32_t request = backend->in.header.request;
	const struct vscmi_vhost_row *row = vscmi_vhost_row(request);
	struct vscmi_problem detail;
	enum vscmi_error error;

	if (row->feature != VSCMI_VHOST_PF_ALWAYS &&
	    !vscmi_vhost_negotiated(backend, row->feature))
		return vscmi_problem_set(problem, VSCMI_E_MALFORMED,
					 "%s without protocol feature %u", row->name,
					 row->feature);
	error = handlers[request](backend, &detail);
	if (error)
		return vscmi_problem_set(problem, error, "%s: %s", row->name,
					 detail.text);
	return VSCMI_OK;
}
