/* SPDX-License-Identifier: BSD-3-Clause */
/* One platform, its devices, and the loops that run them. */
#ifndef VSCMID_SERVER_H
#define VSCMID_SERVER_H

#include <vscmi/fault.h>
#include <vscmi/host/board.h>
#include <vscmi/host/loop.h>

#include "device.h"
#include "threads.h"

struct vscmid_server {
	struct vscmid_threads threads;
	struct vscmi_loop *loop; /* the first, for what belongs to no agent */
	struct vscmi_board *board;
	struct vscmi_platform *platform;
	struct vscmi_faults *faults; /* in front of it, whether there are rules or not */
	void *faults_memory;
	struct vscmi_timer timer; /* when one of the two has something to do */
	struct vscmid_device *
		*devices; /* [agent count], by agent id - 1; NULL: not served */
	uint32_t
		served; /* devices that have a front end or may get one; at 0 the loops stop */
};

/*
 * Make the platform of a board, which the caller keeps alive, its faults, and 1 to
 * VSCMID_THREADS_MAX loops.
 */
enum vscmi_error vscmid_server_init(struct vscmid_server *server,
				    struct vscmi_board *board, uint32_t thread_count,
				    struct vscmi_problem *problem);

/* Disconnect and remove all devices. Also after a failed init. */
void vscmid_server_fini(struct vscmid_server *server);

/* Where an agent is served. */
struct vscmid_place {
	const char *path; /* of a socket; NULL: nowhere */
	bool shmem;       /* at which shared memory is handed out, not vhost-user */
};

/* VSCMI_E_UNSUPPORTED: this build does not serve there, whatever its path. */
enum vscmi_error vscmid_place_check(const struct vscmid_place *place,
				    struct vscmi_problem *problem);

/*
 * Serve an agent, once: at a place that passes the check, with the errors of
 * vscmi_vhost_backend_listen() or vscmi_shmem_backend_new(); or as vscmi_vhost_backend_adopt()
 * does, where a place without a path passes.
 */
enum vscmi_error vscmid_server_listen(struct vscmid_server *server, uint32_t agent_id,
				      const struct vscmid_place *place,
				      struct vscmi_problem *problem);
enum vscmi_error vscmid_server_adopt(struct vscmid_server *server, uint32_t agent_id,
				     int fd, struct vscmi_problem *problem);

/*
 * Around whatever is done with the platform or its faults: before, they are told the time,
 * after it the timer is set for what they have to do next.
 */
void vscmid_server_enter(struct vscmid_server *server);
void vscmid_server_leave(struct vscmid_server *server);

#endif
