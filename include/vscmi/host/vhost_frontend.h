/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver end of vhost-user: it lends a device memory and queues over a socket, with no
 * virtual machine at all. It knows nothing of what the device is.
 *
 * Starting and stopping wait for the device, each at most the configured time; nothing else
 * does. Errors say what was wrong, where, and what was expected.
 */
#ifndef VSCMI_HOST_VHOST_FRONTEND_H
#define VSCMI_HOST_VHOST_FRONTEND_H

#include <stddef.h>
#include <stdint.h>

#include <vscmi/host/problem.h>
#include <vscmi/virtqueue.h>

#define VSCMI_VHOST_FRONTEND_QUEUES_MAX 8u

struct vscmi_vhost_frontend;

struct vscmi_vhost_frontend_config {
	const char *path; /* the device's socket */
	/* What is wanted if the device offers it: its own, and RING_PACKED and IN_ORDER. */
	uint64_t features;
	uint32_t queue_count; /* 1..VSCMI_VHOST_FRONTEND_QUEUES_MAX */
	/* What each queue takes; 0: it always exists. None is started from the first on that
	 * the device does not offer this for. */
	uint64_t queue_features[VSCMI_VHOST_FRONTEND_QUEUES_MAX];
	uint16_t queue_size; /* a power of 2, 1..VSCMI_VIRTQ_SIZE_MAX */
	uint16_t
		table_entries; /* longest chain that is to fit an indirect table; 0: none */
	size_t buffer_bytes;   /* memory for buffers, shared beside the rings */
	uint32_t timeout_us;   /* for what waits for the device */
};

/*
 * Connect and ask the device for its features, without waiting: the socket becomes readable when
 * it answers. That may take as long as it serves another front end.
 *
 * VSCMI_E_LINK_LOST: nobody listens. VSCMI_E_BUSY: too many wait for the device.
 * VSCMI_E_INVALID: the config. VSCMI_E_NO_MEMORY, VSCMI_E_SYSTEM.
 */
enum vscmi_error vscmi_vhost_frontend_new(
	const struct vscmi_vhost_frontend_config *config,
	struct vscmi_vhost_frontend **ret_frontend, struct vscmi_problem *problem);

/* Close the connection, which stops the device. NULL is fine. */
void vscmi_vhost_frontend_free(struct vscmi_vhost_frontend *frontend);

/* What was negotiated, of config.features and VSCMI_VIRTQ_FEATURES, which are always wanted. Once
 * started. */
uint64_t vscmi_vhost_frontend_features(const struct vscmi_vhost_frontend *frontend);

/* config.buffer_bytes of memory that the queues may lend, aligned to a page. */
uint8_t *vscmi_vhost_frontend_buffers(struct vscmi_vhost_frontend *frontend);

/*
 * Ready the driver ends and let the device run the queues, while it does not run them. The first
 * time, agree on features and share the memory before that.
 *
 * VSCMI_E_LINK_LOST: the device closed the connection. VSCMI_E_TIMEOUT: it did not answer in
 * time; it may be serving another front end. VSCMI_E_UNSUPPORTED: it lacks VERSION_1 or a
 * queue. VSCMI_E_MALFORMED: its answer is none. VSCMI_E_REFUSED: it said no. VSCMI_E_SYSTEM.
 */
enum vscmi_error vscmi_vhost_frontend_start(struct vscmi_vhost_frontend *frontend,
					    struct vscmi_problem *problem);

/*
 * Make the device stop. From a successful return on it uses no buffer any more, and what is
 * out may be detached. Errors as above.
 */
enum vscmi_error vscmi_vhost_frontend_stop(struct vscmi_vhost_frontend *frontend,
					   struct vscmi_problem *problem);

/* The driver end of queue index; ready between start and stop. */
struct vscmi_virtq_driver *vscmi_vhost_frontend_queue(
	struct vscmi_vhost_frontend *frontend, uint32_t index);

/* Tell the device that queue index has something for it. Any thread. */
void vscmi_vhost_frontend_kick(struct vscmi_vhost_frontend *frontend, uint32_t index);

/*
 * An eventfd, non-blocking, that is readable once the device has called for queue index:
 * read it, then take what came back.
 */
int vscmi_vhost_frontend_call_fd(const struct vscmi_vhost_frontend *frontend,
				 uint32_t index);

/*
 * The socket. Between calls the device sends nothing on it: when it becomes readable, or is
 * hung up, the device is gone.
 */
int vscmi_vhost_frontend_socket_fd(const struct vscmi_vhost_frontend *frontend);

#endif
