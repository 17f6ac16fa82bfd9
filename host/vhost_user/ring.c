/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vscmi/host/log.h>

#include "vhost_user/backend.h"

static uint32_t index_of(const struct vscmi_vhost_ring *ring)
{
	return (uint32_t)(ring - ring->backend->rings);
}

/* While it runs. */
static bool may_be_polled(const struct vscmi_vhost_ring *ring)
{
	return ring->backend->polled_queues >> index_of(ring) & 1;
}

static bool is_polled(const struct vscmi_vhost_ring *ring)
{
	return ring->running && may_be_polled(ring);
}

static bool is_newly_broken(const struct vscmi_vhost_ring *ring)
{
	return ring->device.broken && !ring->told_broken;
}

/* Whether there is a chain for the device, or something to tell the front end. */
static bool has_next(struct vscmi_vhost_ring *ring)
{
	return vscmi_virtq_device_has_next(&ring->device) || is_newly_broken(ring);
}

/*
 * ---- Descriptors that kick and call ----
 */

/*
 * Only what can be polled and written without waiting: an eventfd, which stat() gives no type,
 * or a socket. A pipe, a terminal or a file would leave that to the front end.
 */
static enum vscmi_error check_notifier(int fd, bool *ret_is_socket,
				       struct vscmi_problem *problem)
{
	struct stat file;

	if (fstat(fd, &file) < 0)
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "notifier: %m");
	if ((file.st_mode & S_IFMT) != 0 && !S_ISSOCK(file.st_mode))
		return vscmi_problem_set(
			problem, VSCMI_E_INVALID,
			"notifier is a file of type 0%o, expected an eventfd",
			file.st_mode & S_IFMT);
	*ret_is_socket = S_ISSOCK(file.st_mode);
	return VSCMI_OK;
}

static void kick_ready(void *context, uint32_t events)
{
	vscmi_vhost_ring_kicked(context);
}

static void close_kick(struct vscmi_vhost_ring *ring)
{
	if (ring->kick.fd < 0)
		return;
	vscmi_loop_remove(ring->backend->loop, &ring->kick);
	close(ring->kick.fd);
	ring->kick.fd = -1;
}

/*
 * The kick is watched for edges and never read: each write is an edge, the count says nothing,
 * and a read could block, since the front end can read first. A socket that nobody reads would
 * be full one day, and block who kicks.
 */
enum vscmi_error vscmi_vhost_ring_set_kick(struct vscmi_vhost_ring *ring, int fd,
					   struct vscmi_problem *problem)
{
	enum vscmi_error error;
	bool is_socket;

	close_kick(ring);
	if (fd < 0)
		return VSCMI_OK;
	error = check_notifier(fd, &is_socket, problem);
	if (!error && is_socket)
		error = vscmi_problem_set(
			problem, VSCMI_E_INVALID,
			"kick descriptor is a socket, expected an eventfd");
	ring->kick =
		(struct vscmi_watch){ .fd = fd, .ready = kick_ready, .context = ring };
	if (!error && vscmi_loop_add(ring->backend->loop, &ring->kick, EPOLLIN | EPOLLET))
		error = vscmi_problem_set(problem, VSCMI_E_INVALID,
					  "kick descriptor: %m");
	if (error) {
		close(fd);
		ring->kick.fd = -1;
	}
	return error;
}

enum vscmi_error vscmi_vhost_notifier_set(struct vscmi_vhost_notifier *notifier, int fd,
					  struct vscmi_problem *problem)
{
	enum vscmi_error error;
	int flags;

	if (notifier->fd >= 0)
		close(notifier->fd);
	notifier->fd = -1;
	if (fd < 0)
		return VSCMI_OK;
	error = check_notifier(fd, &notifier->is_socket, problem);
	/* A socket is told with each send; the flag of an eventfd is all there is. */
	if (!error && !notifier->is_socket) {
		flags = fcntl(fd, F_GETFL);
		if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
			error = vscmi_problem_set(problem, VSCMI_E_SYSTEM,
						  "notifier: %m");
	}
	if (error)
		close(fd);
	else
		notifier->fd = fd;
	return error;
}

/*
 * A full descriptor has a notification in it that was not yet seen: one more says the same.
 * An eventfd is looked at first, since the front end can have made it blocking again.
 */
static void notify(const struct vscmi_vhost_notifier *notifier)
{
	struct pollfd room = { .fd = notifier->fd, .events = POLLOUT };
	uint64_t one = 1;

	if (notifier->is_socket)
		(void)!send(notifier->fd, &one, sizeof(one), MSG_DONTWAIT | MSG_NOSIGNAL);
	else if (poll(&room, 1, 0) == 1 && room.revents & POLLOUT)
		(void)!write(notifier->fd, &one, sizeof(one));
}

/*
 * False if it has to be sent again when there is room. No answer is asked for: to wait for it
 * while the front end waits for ours would be a deadlock.
 */
static bool send_on_channel(const struct vscmi_vhost_ring *ring, uint32_t request)
{
	const struct vscmi_vhost_backend *backend = ring->backend;
	struct vscmi_vhost_message message = {
		.header = { .request = request,
			    .flags = VSCMI_VHOST_VERSION,
			    .bytes = sizeof(struct vscmi_vhost_vring_state) },
		.payload.state.index = (uint32_t)(ring - backend->rings),
	};

	return vscmi_vhost_send(backend->channel.fd, &message) != VSCMI_E_NOT_READY;
}

static bool notifies_in_band(const struct vscmi_vhost_backend *backend)
{
	return backend->channel.fd >= 0 &&
	       vscmi_vhost_negotiated(backend, VSCMI_VHOST_PF_INBAND_NOTIFICATIONS);
}

static void call(struct vscmi_vhost_ring *ring)
{
	if (ring->call.fd >= 0)
		notify(&ring->call);
	else if (notifies_in_band(ring->backend))
		ring->call_due = !send_on_channel(ring, VSCMI_VHOST_BACKEND_VRING_CALL);
}

/* While the device has its turn nobody is called yet: see call_all(). */
static void publish(struct vscmi_vhost_ring *ring)
{
	if (!vscmi_virtq_device_publish(&ring->device))
		return;
	if (ring->backend->in_turn)
		ring->call_wanted = true;
	else
		call(ring);
}

/*
 * To call is two system calls and a wake-up, most of what a command of a guest that sleeps
 * takes, so others may have the lock meanwhile. They publish on these rings, and call too, but
 * leave descriptors alone.
 */
static void call_all(struct vscmi_vhost_backend *backend)
{
	for (uint32_t i = 0; i < backend->queue_count; i++) {
		struct vscmi_vhost_ring *ring = &backend->rings[i];

		if (!ring->call_wanted)
			continue;
		ring->call_wanted = false;
		if (ring->call.fd < 0) {
			call(ring);
			continue;
		}
		vscmi_loop_release(backend->loop);
		notify(&ring->call);
		vscmi_loop_hold(backend->loop);
	}
}

/* A channel that nobody reads any more takes no call either; the socket will say the rest. */
void vscmi_vhost_channel_ready(void *context, uint32_t events)
{
	struct vscmi_vhost_backend *backend = context;

	for (uint32_t i = 0; i < backend->queue_count; i++) {
		if (backend->rings[i].call_due)
			call(&backend->rings[i]);
	}
}

void vscmi_vhost_channel_close(struct vscmi_vhost_backend *backend)
{
	if (backend->channel.fd < 0)
		return;
	vscmi_loop_remove(backend->loop, &backend->channel);
	close(backend->channel.fd);
	backend->channel.fd = -1;
}

/*
 * ---- Starting and stopping ----
 */

/* Ready the device end where the ring is now and goes on. */
static enum vscmi_error init_device(struct vscmi_vhost_ring *ring)
{
	const struct vscmi_vhost_backend *backend = ring->backend;
	const struct vscmi_vhost_memory *memory = &backend->memory;
	struct vscmi_virtq_device_config config = {
		.memory = &memory->map,
		.features = backend->features,
		.queue_size = (uint16_t)ring->size,
		.base = ring->base,
	};
	enum vscmi_error error;

	if (backend->features & VSCMI_VIRTIO_F_IN_ORDER) {
		config.slots = realloc(ring->slots, ring->size * sizeof(*ring->slots));
		if (!config.slots)
			return VSCMI_E_NO_MEMORY;
		ring->slots = config.slots;
	}
	if (vscmi_vhost_memory_guest_address(memory, ring->addr.descriptor,
					     &config.areas.descriptor_area) ||
	    vscmi_vhost_memory_guest_address(memory, ring->addr.available,
					     &config.areas.driver_area) ||
	    vscmi_vhost_memory_guest_address(memory, ring->addr.used,
					     &config.areas.device_area))
		return VSCMI_E_INVALID;
	error = vscmi_virtq_device_init(&ring->device, &config);
	if (!error && may_be_polled(ring) && backend->poller.looks)
		vscmi_virtq_device_disable_kicks(&ring->device);
	return error;
}

bool vscmi_vhost_any_ring_runs(const struct vscmi_vhost_backend *backend)
{
	for (uint32_t i = 0; i < backend->queue_count; i++) {
		if (backend->rings[i].running)
			return true;
	}
	return false;
}

enum vscmi_error vscmi_vhost_ring_update(struct vscmi_vhost_ring *ring,
					 struct vscmi_problem *problem)
{
	struct vscmi_vhost_backend *backend = ring->backend;
	enum vscmi_error error;

	if (ring->running || !ring->enabled || !ring->kickable || !ring->has_addr ||
	    !ring->size)
		return VSCMI_OK;
	error = init_device(ring);
	if (error == VSCMI_E_UNSUPPORTED)
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "ring %u starts without VERSION_1",
					 index_of(ring));
	if (error)
		return vscmi_problem_set(
			problem, error,
			"ring %u of %u descriptors at base 0x%x is not in the memory "
			"map, not aligned, or goes on where it cannot be",
			index_of(ring), ring->size, ring->base);
	if (backend->new_driver) {
		backend->new_driver = false;
		vscmi_log(VSCMI_LOG_DEBUG, "%s: another driver, so a reset",
			  backend->name);
		backend->ops->reset(backend->context);
	}
	vscmi_log(VSCMI_LOG_DEBUG, "%s: ring %u of %u descriptors starts at 0x%x",
		  backend->name, index_of(ring), ring->size, ring->base);
	ring->running = true;
	ring->told_broken = false;
	backend->ops->queue_started(backend->context, index_of(ring), &ring->device);
	vscmi_vhost_ring_kick(ring);
	return VSCMI_OK;
}

void vscmi_vhost_ring_stop(struct vscmi_vhost_ring *ring)
{
	struct vscmi_vhost_backend *backend = ring->backend;

	if (!ring->running)
		return;
	backend->ops->queue_stopping(backend->context, index_of(ring));
	publish(ring);
	ring->running = false;
	ring->base = vscmi_virtq_device_base(&ring->device);
	vscmi_log(VSCMI_LOG_DEBUG, "%s: ring %u stops at 0x%x", backend->name,
		  index_of(ring), ring->base);
	if (backend->remap)
		vscmi_vhost_memory_changed(backend);
}

void vscmi_vhost_ring_init(struct vscmi_vhost_ring *ring,
			   struct vscmi_vhost_backend *backend)
{
	*ring = (struct vscmi_vhost_ring){
		.backend = backend,
		.kick.fd = -1,
		.call.fd = -1,
		.error.fd = -1,
	};
}

void vscmi_vhost_ring_clear(struct vscmi_vhost_ring *ring)
{
	ring->kickable = false;
	vscmi_vhost_ring_stop(ring);
	close_kick(ring);
	(void)vscmi_vhost_notifier_set(&ring->call, -1, NULL);
	(void)vscmi_vhost_notifier_set(&ring->error, -1, NULL);
	free(ring->slots);
	vscmi_vhost_ring_init(ring, ring->backend);
}

void vscmi_vhost_memory_changed(struct vscmi_vhost_backend *backend)
{
	for (uint32_t i = 0; i < backend->queue_count; i++) {
		backend->remap =
			backend->rings[i].running && backend->rings[i].device.in_flight;
		if (backend->remap)
			return;
	}
	for (uint32_t i = 0; i < backend->queue_count; i++) {
		struct vscmi_vhost_ring *ring = &backend->rings[i];

		if (!ring->running)
			continue;
		publish(ring);
		ring->base = vscmi_virtq_device_base(&ring->device);
		/* Its memory may come back with the next region that is added. */
		if (init_device(ring))
			vscmi_vhost_ring_stop(ring);
	}
	vscmi_vhost_memory_unmap_retired(&backend->memory);
	for (uint32_t i = 0; i < backend->queue_count; i++)
		(void)vscmi_vhost_ring_update(&backend->rings[i], NULL);
}

/*
 * ---- From kick to call ----
 */

/* After the device had its turn: what it must not see happen inside its own functions. */
static void settle(struct vscmi_vhost_ring *ring)
{
	struct vscmi_vhost_backend *backend = ring->backend;

	if (is_newly_broken(ring)) {
		ring->told_broken = true;
		vscmi_log(VSCMI_LOG_WARNING, "%s: ring %u is corrupt and stands still",
			  backend->name, index_of(ring));
		if (ring->error.fd >= 0)
			notify(&ring->error);
		else if (notifies_in_band(backend))
			(void)send_on_channel(ring, VSCMI_VHOST_BACKEND_VRING_ERR);
	}
	if (ring->kick_again || backend->remap ||
	    vscmi_vhost_memory_is_lost(&backend->memory))
		vscmi_timer_arm(backend->loop, &backend->soon, 0);
}

void vscmi_vhost_ring_kick(struct vscmi_vhost_ring *ring)
{
	struct vscmi_vhost_backend *backend = ring->backend;

	if (!ring->running)
		return;
	backend->in_turn = true;
	ring->kick_again = backend->ops->queue_kicked(backend->context, index_of(ring));
	backend->in_turn = false;
	settle(ring);
	call_all(backend);
}

void vscmi_vhost_ring_kicked(struct vscmi_vhost_ring *ring)
{
	if (is_polled(ring) && has_next(ring))
		vscmi_poller_came(ring->backend->loop, &ring->backend->poller);
	vscmi_vhost_ring_kick(ring);
}

void vscmi_vhost_backend_publish(struct vscmi_vhost_backend *backend, uint32_t index)
{
	struct vscmi_vhost_ring *ring;

	if (index >= backend->queue_count || !backend->rings[index].running)
		return;
	ring = &backend->rings[index];
	publish(ring);
	settle(ring);
}

/*
 * ---- Without kicks and calls ----
 */

static bool waits(void *context)
{
	struct vscmi_vhost_backend *backend = context;

	for (uint32_t i = 0; i < backend->queue_count; i++) {
		struct vscmi_vhost_ring *ring = &backend->rings[i];

		if (is_polled(ring) && has_next(ring))
			return true;
	}
	return false;
}

static void work(void *context)
{
	struct vscmi_vhost_backend *backend = context;

	for (uint32_t i = 0; i < backend->queue_count; i++) {
		struct vscmi_vhost_ring *ring = &backend->rings[i];

		if (is_polled(ring) && has_next(ring))
			vscmi_vhost_ring_kick(ring);
	}
}

static bool wake_ups(void *context, bool wanted)
{
	struct vscmi_vhost_backend *backend = context;
	bool any = false;

	for (uint32_t i = 0; i < backend->queue_count; i++) {
		struct vscmi_vhost_ring *ring = &backend->rings[i];

		if (!is_polled(ring))
			continue;
		if (!wanted)
			vscmi_virtq_device_disable_kicks(&ring->device);
		else if (vscmi_virtq_device_enable_kicks(&ring->device) ||
			 is_newly_broken(ring))
			any = true;
	}
	return any;
}

void vscmi_vhost_poller_init(struct vscmi_vhost_backend *backend)
{
	backend->poller = (struct vscmi_poller){
		.waits = waits,
		.work = work,
		.wake_ups = wake_ups,
		.context = backend,
	};
}
