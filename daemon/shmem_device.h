/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared memory for one agent. */
#ifndef VSCMID_SHMEM_DEVICE_H
#define VSCMID_SHMEM_DEVICE_H

#include <vscmi/host/problem.h>

#include "device.h"

/* Serve an agent at path. Errors: those of vscmi_shmem_backend_new(). */
enum vscmi_error vscmid_shmem_device_listen(struct vscmid_server *server,
					    uint32_t agent_id, const char *path,
					    struct vscmid_device **ret_device,
					    struct vscmi_problem *problem);

#endif
