/* SPDX-License-Identifier: BSD-3-Clause */
/* A vhost-user device for one agent. */
#ifndef VSCMID_VHOST_DEVICE_H
#define VSCMID_VHOST_DEVICE_H

#include <vscmi/host/vhost_backend.h>
#include <vscmi/link/virtio_device.h>

#include "device.h"

struct vscmid_vhost_device {
	struct vscmid_device device;
	struct vscmi_vhost_backend *backend;
	struct vscmi_virtio_device scmi;
	bool one_connection; /* the front end it has is its last */
	struct vscmi_virtio_device_command commands[];
};

/* Errors: VSCMI_E_NO_MEMORY, VSCMI_E_INVALID. */
enum vscmi_error vscmid_vhost_device_new(struct vscmid_server *server, uint32_t agent_id,
					 struct vscmid_vhost_device **ret_device,
					 struct vscmi_problem *problem);

#endif
