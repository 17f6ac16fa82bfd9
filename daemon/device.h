/* SPDX-License-Identifier: BSD-3-Clause */
/* The vhost-user device of one agent. */
#ifndef VSCMID_DEVICE_H
#define VSCMID_DEVICE_H

#include <vscmi/host/vhost_backend.h>
#include <vscmi/link/virtio_device.h>

struct vscmid_server;

struct vscmid_device {
	struct vscmid_server *server;
	struct vscmi_vhost_backend *backend;
	struct vscmi_virtio_device scmi;
	bool one_connection; /* the front end it has is its last */
	struct vscmi_virtio_device_command commands[];
};

/* Errors: VSCMI_E_NO_MEMORY, VSCMI_E_INVALID. */
enum vscmi_error vscmid_device_new(struct vscmid_server *server, uint32_t agent_id,
				   struct vscmid_device **ret_device,
				   struct vscmi_problem *problem);
void vscmid_device_free(struct vscmid_device *device);

#endif
