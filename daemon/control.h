/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control socket: docs/control.md. Lines of JSON come in, one line goes out for each.
 * A client that does not read its replies is not read from; none holds up the daemon.
 */
#ifndef VSCMID_CONTROL_H
#define VSCMID_CONTROL_H

#include "server.h"

struct vscmid_control;

/*
 * Open the socket at path, which is kept, for the user of the daemon alone. Errors: those of
 * vscmi_socket_listen(), VSCMI_E_NO_MEMORY.
 */
enum vscmi_error vscmid_control_new(struct vscmid_server *server, const char *path,
				    struct vscmid_control **ret_control,
				    struct vscmi_problem *problem);

/* Drop all clients and remove the socket. NULL is fine. */
void vscmid_control_free(struct vscmid_control *control);

#endif
