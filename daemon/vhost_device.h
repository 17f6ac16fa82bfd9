/* SPDX-License-Identifier: BSD-3-Clause */
/* A vhost-user device for one agent. */
#ifndef VSCMID_VHOST_DEVICE_H
#define VSCMID_VHOST_DEVICE_H

#include <vscmi/host/problem.h>

#include "device.h"

/* Serve an agent at path. Errors: those of vscmi_vhost_backend_listen(), VSCMI_E_NO_MEMORY. */
enum vscmi_error vscmid_vhost_device_listen(struct vscmid_server *server,
					    uint32_t agent_id, const char *path,
					    struct vscmid_device **ret_device,
					    struct vscmi_problem *problem);

/*
 * Serve an agent on a connection or a listening socket. Errors: those of
 * vscmi_vhost_backend_adopt(), VSCMI_E_NO_MEMORY.
 */
enum vscmi_error vscmid_vhost_device_adopt(struct vscmid_server *server,
					   uint32_t agent_id, int fd,
					   struct vscmid_device **ret_device,
					   struct vscmi_problem *problem);

#endif
