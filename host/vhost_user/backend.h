/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts of a vhost-user backend: backend.c has the sockets and the connection, requests.c
 * what each message does, ring.c the rings from kick to call.
 */
#ifndef VSCMI_VHOST_USER_BACKEND_H
#define VSCMI_VHOST_USER_BACKEND_H

#include <vscmi/host/vhost_backend.h>

#include "listener.h"
#include "vhost_user/memory.h"
#include "vhost_user/message.h"

/* A descriptor that is written to tell the front end something. */
struct vscmi_vhost_notifier {
	int fd; /* -1: none */
	bool is_socket;
};

struct vscmi_vhost_ring {
	struct vscmi_vhost_backend *backend;
	struct vscmi_virtq_device device;
	struct vscmi_vhost_vring_addr addr;
	struct vscmi_virtq_device_slot *slots; /* with IN_ORDER */
	uint32_t size;                         /* 0: not set */
	uint32_t base;                         /* where it starts, or stopped */
	bool has_addr;
	bool kickable; /* the front end said how it kicks: the start, once it is enabled */
	bool enabled;
	bool running;
	bool kick_again;  /* the device left chains for later */
	bool call_due;    /* the backend channel was full */
	bool call_wanted; /* when the device has had its turn */
	bool told_broken;
	struct vscmi_watch kick; /* fd -1: none */
	struct vscmi_vhost_notifier call;
	struct vscmi_vhost_notifier error;
};

struct vscmi_vhost_backend {
	struct vscmi_loop *loop;
	const struct vscmi_vhost_device_ops *ops;
	void *context;
	const char *name;
	uint64_t offered_features;
	uint32_t queue_count;
	uint32_t polled_queues;

	struct vscmi_listener listener;

	/* From here on: the connection. */
	struct vscmi_watch socket;  /* fd -1: none */
	struct vscmi_watch channel; /* of the backend's own requests; fd -1: none */
	struct vscmi_vhost_message in, out;
	bool sending;    /* out is on its way, and nothing is received meanwhile */
	bool new_driver; /* other features, or a ring's base is not where it stopped */
	bool hang_up;    /* the device wants the front end to go */
	bool in_turn;    /* the device's queue_kicked runs */
	bool remap;      /* the memory changed, and rings still use what was before */
	uint64_t features;
	uint64_t protocol_features;
	struct vscmi_vhost_memory memory;
	struct vscmi_vhost_ring rings[VSCMI_VHOST_QUEUES_MAX];
	struct vscmi_poller poller; /* of the polled queues */
	struct vscmi_timer
		soon; /* what has to wait for the device's functions to return */
};

static inline bool vscmi_vhost_negotiated(const struct vscmi_vhost_backend *backend,
					  enum vscmi_vhost_protocol_feature feature)
{
	return backend->protocol_features >> feature & 1;
}

/* The channel has room, or is broken. */
void vscmi_vhost_channel_ready(void *backend, uint32_t events);
void vscmi_vhost_channel_close(struct vscmi_vhost_backend *backend);

/*
 * Carry out the request in in. A request that is answered in any case leaves its 8 bytes in
 * out's payload.
 */
enum vscmi_error vscmi_vhost_handle(struct vscmi_vhost_backend *backend,
				    struct vscmi_problem *problem);

/* A ring of which nothing is said yet; and back to that, stopped, its descriptors closed. */
void vscmi_vhost_ring_init(struct vscmi_vhost_ring *ring,
			   struct vscmi_vhost_backend *backend);
void vscmi_vhost_ring_clear(struct vscmi_vhost_ring *ring);

/*
 * Start a ring for which everything is said, and let the device look at it; leave any other
 * alone. VSCMI_E_INVALID: what was said makes no ring.
 */
enum vscmi_error vscmi_vhost_ring_update(struct vscmi_vhost_ring *ring,
					 struct vscmi_problem *problem);

bool vscmi_vhost_any_ring_runs(const struct vscmi_vhost_backend *backend);

/*
 * Stop a ring that runs. This may end the wait for memory to change, and start again what can
 * be started: the caller has cleared enabled or kickable.
 */
void vscmi_vhost_ring_stop(struct vscmi_vhost_ring *ring);

/* Let the device look at a ring, if it runs; and the same after the driver kicked. */
void vscmi_vhost_ring_kick(struct vscmi_vhost_ring *ring);
void vscmi_vhost_ring_kicked(struct vscmi_vhost_ring *ring);

/* Ready the poller of a backend whose other members are set. */
void vscmi_vhost_poller_init(struct vscmi_vhost_backend *backend);

/*
 * Take over a descriptor, or -1, as a ring's kick, or as its call or error. VSCMI_E_INVALID:
 * it is no eventfd, and for a call or error no socket either. It is closed then.
 */
enum vscmi_error vscmi_vhost_ring_set_kick(struct vscmi_vhost_ring *ring, int fd,
					   struct vscmi_problem *problem);
enum vscmi_error vscmi_vhost_notifier_set(struct vscmi_vhost_notifier *notifier, int fd,
					  struct vscmi_problem *problem);

/*
 * The memory changed: move the rings over to it and unmap what was before, or do so later if
 * chains are out that lie in it.
 */
void vscmi_vhost_memory_changed(struct vscmi_vhost_backend *backend);

#endif
