/* SPDX-License-Identifier: BSD-3-Clause */
/* UNIX stream sockets by path. Descriptors are close-on-exec and non-blocking. */
#ifndef VSCMI_HOST_SOCKET_H
#define VSCMI_HOST_SOCKET_H

#include <vscmi/host/problem.h>

/*
 * Listen at path, created with the permissions mode as the umask leaves them. A socket that a
 * program left behind is replaced; one that still answers is not, and the caller gets
 * VSCMI_E_BUSY. Other errors: VSCMI_E_INVALID (the path is too long, or is no socket),
 * VSCMI_E_SYSTEM. *ret_fd is the caller's, who unlinks the path in the end.
 */
enum vscmi_error vscmi_socket_listen(const char *path, unsigned mode, int *ret_fd,
				     struct vscmi_problem *problem);

/*
 * Connect to the socket at path. VSCMI_E_LINK_LOST: nobody listens there. VSCMI_E_BUSY: its
 * queue of connections is full. VSCMI_E_INVALID, VSCMI_E_SYSTEM as above.
 */
enum vscmi_error vscmi_socket_connect(const char *path, int *ret_fd,
				      struct vscmi_problem *problem);

#endif
