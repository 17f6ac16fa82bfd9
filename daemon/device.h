/* SPDX-License-Identifier: BSD-3-Clause */
/* What an agent is served by, whatever its messages travel over. */
#ifndef VSCMID_DEVICE_H
#define VSCMID_DEVICE_H

#include <stdbool.h>

#include <jansson.h>

struct vscmid_device;

struct vscmid_device_ops {
	/* Disconnect and forget it. */
	void (*free)(struct vscmid_device *device);
	bool (*is_connected)(const struct vscmid_device *device);
	/* Add its counters to an object. */
	void (*count)(const struct vscmid_device *device, json_t *object);
};

/* Embedded in the struct of each kind. */
struct vscmid_device {
	const struct vscmid_device_ops *ops;
	struct vscmid_server *server;
};

#endif
