/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device end of the virtio link: it takes one agent's commands from the cmdq to a
 * service, and replies and events back. What carries the rings and the kicks, vhost-user
 * or a hypervisor, drives it.
 *
 * No function blocks or allocates. All of it runs on the thread that is inside the
 * service. The driver can write anything anywhere in its memory: a chain that is wrong
 * is returned and counted, the ones behind it are served.
 */
#ifndef VSCMI_LINK_VIRTIO_DEVICE_H
#define VSCMI_LINK_VIRTIO_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vscmi/error.h>
#include <vscmi/link/virtio_scmi.h>
#include <vscmi/header.h>
#include <vscmi/service.h>
#include <vscmi/virtqueue.h>

/* What to offer. No region of shared memory exists, so SHARED_MEMORY is not in it. */
#define VSCMI_VIRTIO_DEVICE_FEATURES (VSCMI_VIRTQ_FEATURES | VSCMI_VIRTIO_F_P2A_CHANNELS)

/* Messages longer than these do not occur: longer requests are refused, and longer lists
 * come in more pages. */
#define VSCMI_VIRTIO_DEVICE_REQUEST_MAX 136u
#define VSCMI_VIRTIO_DEVICE_REPLY_MAX   VSCMI_SERVICE_REPLY_MAX

/* Enough for every way to cut up 136 bytes of room. */
#define VSCMI_VIRTIO_DEVICE_SEGMENTS 136u

struct vscmi_virtio_device;

/* A command on its way, until it is answered. The caller's memory; nothing to set. */
struct vscmi_virtio_device_command {
	enum {
		VSCMI_VIRTIO_COMMAND_FREE,
		VSCMI_VIRTIO_COMMAND_HELD,      /* the service answers later */
		VSCMI_VIRTIO_COMMAND_FORGOTTEN, /* it was answered without the service */
	} state;
	uint8_t header[VSCMI_HEADER_BYTES];
	struct vscmi_virtio_device_command *next_free;
	struct vscmi_virtq_chain chain;
	struct vscmi_virtq_segment writable[VSCMI_VIRTIO_DEVICE_SEGMENTS];
};

struct vscmi_virtio_device_config {
	struct vscmi_service *service;
	uint32_t agent_id;                            /* of the service's */
	struct vscmi_virtio_device_command *commands; /* [command_count] */
	size_t command_count; /* at least the service's held_max() + 1 */
	/* Buffers of this queue were given back: vscmi_virtq_device_publish() it, and
	 * call the driver if that says so. */
	void (*publish)(void *context, enum vscmi_virtio_queue queue);
	/* The driver is to find its device gone: soon, and not from inside this, take it away
	 * and call vscmi_virtio_device_reset(). */
	void (*reset)(void *context);
	void *context;
};

struct vscmi_virtio_device_counters {
	uint64_t malformed_chains; /* chains with a defect, on both queues */
	uint64_t small_buffers;    /* eventq buffers returned because nothing fitted */
};

/* Open so that it needs no allocation; read only counters. */
struct vscmi_virtio_device {
	struct vscmi_virtio_device_config config;
	struct vscmi_service_channel channel;
	struct vscmi_virtq_device *queues[VSCMI_VIRTIO_QUEUES]; /* NULL: not started */
	struct vscmi_virtio_device_command *free; /* of the first that were used */
	size_t used;
	bool connected;
	bool resetting; /* the service wants a reset, which is to come */
	struct vscmi_virtio_device_counters counters;
	struct vscmi_virtq_segment readable[VSCMI_VIRTIO_DEVICE_REQUEST_MAX];
	uint8_t request[VSCMI_VIRTIO_DEVICE_REQUEST_MAX];
	uint8_t reply[VSCMI_VIRTIO_DEVICE_REPLY_MAX];
};

/*
 * Ready a device with no driver. The config is copied. VSCMI_E_INVALID: too few commands.
 */
enum vscmi_error vscmi_virtio_device_init(
	struct vscmi_virtio_device *device,
	const struct vscmi_virtio_device_config *config);

/*
 * Start a queue whose device end the transport has just readied: its memory, to be left
 * alone until _stop or _reset. features are the negotiated ones, the device's and the
 * ring's. After a reset the first cmdq connects the agent, with events if P2A_CHANNELS is
 * in them. Then call _process.
 */
void vscmi_virtio_device_start(struct vscmi_virtio_device *device,
			       enum vscmi_virtio_queue queue,
			       struct vscmi_virtq_device *ring, uint64_t features);

/*
 * Stop a queue, if it was started: nothing in its rings is touched after this. A command
 * that is held is answered with BUSY first, so that none is out and the transport may ask
 * for the base. The agent stays as it is: a virtual machine may only be pausing.
 */
void vscmi_virtio_device_stop(struct vscmi_virtio_device *device,
			      enum vscmi_virtio_queue queue);

/*
 * The driver reset the device, or it is gone and so is its memory: stop both queues
 * without touching their rings, and disconnect the agent.
 */
void vscmi_virtio_device_reset(struct vscmi_virtio_device *device);

/*
 * After a kick of any queue, or without one: serve the commands that are there and send
 * waiting events, but read no more than a bounded number of descriptors. True: there may
 * be more to do, call again, after others had their turn. A queue may be broken afterwards.
 */
bool vscmi_virtio_device_process(struct vscmi_virtio_device *device);

#endif
