/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An agent's link to a vhost-user SCMI device, on an event loop: the front end that carries
 * the rings, and the driver end of the virtio link that uses them. One thread.
 */
#ifndef VSCMI_HOST_VHOST_LINK_H
#define VSCMI_HOST_VHOST_LINK_H

#include <vscmi/host/connection.h>
#include <vscmi/host/loop.h>
#include <vscmi/host/problem.h>

/*
 * Ready a link, down, to the device that listens at path, or will: it goes up when the device
 * runs, and down when the device goes away or breaks its rings. Its limits are those of the
 * device that is there. The loop outlives the link, and so does the path. Errors:
 * VSCMI_E_NO_MEMORY.
 */
enum vscmi_error vscmi_vhost_link_new(struct vscmi_loop *loop, const char *path,
				      struct vscmi_connection **ret_connection,
				      struct vscmi_problem *problem);

#endif
