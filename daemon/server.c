/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <sys/socket.h>

#include <vscmi/host/log.h>

#include "server.h"

static void timer_fired(void *context)
{
	vscmid_server_enter(context);
	vscmid_server_leave(context);
}

void vscmid_server_enter(struct vscmid_server *server)
{
	vscmi_platform_advance(server->platform, vscmi_monotonic_us());
}

void vscmid_server_leave(struct vscmid_server *server)
{
	uint64_t next_us = vscmi_platform_next_us(server->platform);

	if (next_us == UINT64_MAX)
		vscmi_timer_cancel(server->loop, &server->timer);
	else if (!server->timer.armed || server->timer.due_us != next_us)
		vscmi_timer_arm(server->loop, &server->timer, next_us);
}

enum vscmi_error vscmid_server_init(struct vscmid_server *server,
				    struct vscmi_board *board,
				    struct vscmi_problem *problem)
{
	enum vscmi_error error;

	*server = (struct vscmid_server){
		.board = board,
		.timer = { .fire = timer_fired, .context = server },
		.devices =
			calloc(vscmi_board_agent_count(board), sizeof(*server->devices)),
	};
	error = vscmi_loop_new(&server->loop, problem);
	if (error)
		return error;
	error = server->devices ? vscmi_board_start(board, vscmi_monotonic_us(),
						    &server->platform)
				: VSCMI_E_NO_MEMORY;
	if (error)
		return vscmi_problem_set(problem, error, "%s", vscmi_error_text(error));
	return VSCMI_OK;
}

void vscmid_server_fini(struct vscmid_server *server)
{
	for (uint32_t i = 0;
	     server->devices && i < vscmi_board_agent_count(server->board); i++) {
		vscmid_device_free(server->devices[i]);
	}
	free(server->devices);
	vscmi_loop_free(server->loop);
}

enum vscmi_error vscmid_server_listen(struct vscmid_server *server, uint32_t agent_id,
				      const char *path, struct vscmi_problem *problem)
{
	struct vscmid_device **device = &server->devices[agent_id - 1];
	enum vscmi_error error = vscmid_device_new(server, agent_id, device, problem);

	if (error)
		return error;
	server->served++;
	vscmi_log(VSCMI_LOG_INFO, "agent %s at %s",
		  vscmi_board_agent_name(server->board, agent_id), path);
	return vscmi_vhost_backend_listen((*device)->backend, path, problem);
}

static bool is_listening(int fd)
{
	socklen_t length = sizeof(int);
	int listening = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 &&
	       listening;
}

enum vscmi_error vscmid_server_adopt(struct vscmid_server *server, uint32_t agent_id,
				     int fd, struct vscmi_problem *problem)
{
	struct vscmid_device **device = &server->devices[agent_id - 1];
	enum vscmi_error error = vscmid_device_new(server, agent_id, device, problem);

	if (error)
		return error;
	server->served++;
	(*device)->one_connection = !is_listening(fd);
	return vscmi_vhost_backend_adopt((*device)->backend, fd, problem);
}
