/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device end of vhost-user: "Vhost-user Protocol" of QEMU's interoperability documents.
 * It serves one virtio device to one front end after the other (QEMU, User Mode Linux, the
 * front end of vhost_frontend.h) and knows nothing of what the device is. Front ends that
 * come while one is served wait in the socket's backlog.
 *
 * A front end that breaks the protocol is disconnected, with the reason in the log. What it
 * does reaches no other backend and never ends the process:
 * - Nothing blocks. A message may arrive in any pieces; a call that does not fit its
 *   descriptor has been made already, one that does not fit the backend channel is made
 *   later. Eventfds to write to are made non-blocking, which the front end sees too, since
 *   it shares them. One that undoes this, and fills one just between the look at it and the
 *   write, can hold up the loop: front ends that must not be trusted so far need a process
 *   each.
 * - Memory that vanishes under its mapping, because the front end cut the file short, reads
 *   as zeros, and the connection ends soon after. This takes a handler for SIGBUS, which
 *   passes on what is not its own.
 *
 * One thread runs the loop, and calls every function here. Nothing is allocated after
 * vscmi_vhost_backend_new().
 */
#ifndef VSCMI_HOST_VHOST_BACKEND_H
#define VSCMI_HOST_VHOST_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/host/loop.h>
#include <vscmi/host/problem.h>
#include <vscmi/virtqueue.h>

#define VSCMI_VHOST_QUEUES_MAX 8u

struct vscmi_vhost_backend;

/*
 * What the device implements; all are required. They are called by the loop, or by
 * vscmi_vhost_backend_free(), never from inside vscmi_vhost_backend_publish().
 */
struct vscmi_vhost_device_ops {
	/*
	 * Queue index runs: queue is its device end, the backend's memory, good until
	 * queue_stopping returns. queue_kicked follows at once.
	 */
	void (*queue_started)(void *context, uint32_t index,
			      struct vscmi_virtq_device *queue);

	/*
	 * There may be chains to take. To be fair to others take a bounded number, and return
	 * true if there may be more: then it is called again after others had their turn.
	 */
	bool (*queue_kicked)(void *context, uint32_t index);

	/*
	 * The queue is about to stop, as for a paused or rebooting guest. This is the last
	 * moment to give back and publish chains that are out; forget all others, for their
	 * memory goes.
	 */
	void (*queue_stopping)(void *context, uint32_t index);

	/*
	 * No queue runs, or none is to run on after vscmi_vhost_backend_hang_up(), and what the
	 * driver had set up is void: it reset the device, another driver took over (it wants other features, or starts its rings elsewhere than the last
	 * one stopped), or the front end is gone.
	 */
	void (*reset)(void *context);

	/* The front end is gone, after reset. With no socket to listen on none will follow. */
	void (*disconnected)(void *context);
};

struct vscmi_vhost_backend_config {
	struct vscmi_loop *loop; /* outlives the backend */
	const struct vscmi_vhost_device_ops *ops;
	void *context;    /* for ops */
	const char *name; /* who this is for, in the log; kept */
	/* The device's own, and RING_PACKED and IN_ORDER if wanted; the backend adds
	 * VSCMI_VIRTQ_FEATURES. */
	uint64_t features;
	uint32_t queue_count; /* 1..VSCMI_VHOST_QUEUES_MAX */
	/* Bit i: the chains of queue i are taken as they come, so that the loop may look at it
	 * instead of waiting for a kick; see vscmi_loop_set_poll_us(). */
	uint32_t polled_queues;
};

/* Errors: VSCMI_E_INVALID, VSCMI_E_NO_MEMORY. The config is copied. */
enum vscmi_error vscmi_vhost_backend_new(const struct vscmi_vhost_backend_config *config,
					 struct vscmi_vhost_backend **ret_backend,
					 struct vscmi_problem *problem);

/* Disconnect, tell the device so, and stop listening. Not from inside ops. NULL is fine. */
void vscmi_vhost_backend_free(struct vscmi_vhost_backend *backend);

/*
 * Serve front ends that connect to the socket at path, which is created, as
 * vscmi_socket_listen() does and with its errors, and removed by vscmi_vhost_backend_free().
 */
enum vscmi_error vscmi_vhost_backend_listen(struct vscmi_vhost_backend *backend,
					    const char *path,
					    struct vscmi_problem *problem);

/*
 * Serve the front end at the other end of fd, or those that connect to it if it listens: a
 * UNIX stream socket, the backend's own from a successful return on. Errors: VSCMI_E_INVALID:
 * it is something else. VSCMI_E_SYSTEM.
 */
enum vscmi_error vscmi_vhost_backend_adopt(struct vscmi_vhost_backend *backend, int fd,
					   struct vscmi_problem *problem);

/*
 * Let go of the front end soon, as if its device had died: the device is reset before its
 * queues stop, so that nothing more comes out of them, and the front end may connect again. Also from inside ops. Does nothing without a front end.
 */
void vscmi_vhost_backend_hang_up(struct vscmi_vhost_backend *backend);

/* What was negotiated, of config.features and the rings'. Good while a queue runs. */
uint64_t vscmi_vhost_backend_features(const struct vscmi_vhost_backend *backend);

/*
 * Show the driver what was given back to queue index, and call it if it wants to be called.
 * Does nothing for a queue that does not run.
 */
void vscmi_vhost_backend_publish(struct vscmi_vhost_backend *backend, uint32_t index);

#endif
