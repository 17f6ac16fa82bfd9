/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include <vscmi/host/log.h>

#include "server.h"
#include "shmem_device.h"
#include "vhost_device.h"

/* For each agent: messages that its faults can keep back at once. */
#define KEPT_MAX 64

static void timer_fired(void *context)
{
	vscmid_server_enter(context);
	vscmid_server_leave(context);
}

void vscmid_server_enter(struct vscmid_server *server)
{
	struct vscmi_service *service = vscmi_faults_service(server->faults);

	service->ops->advance(service, vscmi_monotonic_us());
}

void vscmid_server_leave(struct vscmid_server *server)
{
	struct vscmi_service *service = vscmi_faults_service(server->faults);
	uint64_t next_us = service->ops->next_us(service);

	if (next_us == UINT64_MAX)
		vscmi_timer_cancel(server->loop, &server->timer);
	else if (!server->timer.armed || server->timer.due_us != next_us)
		vscmi_timer_arm(server->loop, &server->timer, next_us);
}

static enum vscmi_error add_rules(struct vscmid_server *server)
{
	const struct vscmi_fault_rule *rules = vscmi_board_fault_rules(server->board);
	enum vscmi_error error = VSCMI_OK;
	uint32_t id;

	for (uint32_t i = 0; i < vscmi_board_fault_rule_count(server->board) && !error;
	     i++)
		error = vscmi_faults_add(server->faults, &rules[i], &id);
	return error;
}

static enum vscmi_error start_faults(struct vscmid_server *server)
{
	const struct vscmi_faults_config config = {
		.service = vscmi_platform_service(server->platform),
		.agent_count = (uint8_t)vscmi_board_agent_count(server->board),
		.rules_max = VSCMI_BOARD_RULES_MAX,
		.messages_max = KEPT_MAX,
		.seed = vscmi_board_fault_seed(server->board),
	};
	size_t bytes = vscmi_faults_bytes(&config);
	enum vscmi_error error;

	server->faults_memory = malloc(bytes);
	if (!server->faults_memory)
		return VSCMI_E_NO_MEMORY;
	error = vscmi_faults_init(&config, server->faults_memory, bytes, &server->faults);
	return error ? error : add_rules(server);
}

enum vscmi_error vscmid_server_init(struct vscmid_server *server,
				    struct vscmi_board *board, uint32_t thread_count,
				    struct vscmi_problem *problem)
{
	enum vscmi_error error;

	*server = (struct vscmid_server){
		.board = board,
		.timer = { .fire = timer_fired, .context = server },
		.devices =
			calloc(vscmi_board_agent_count(board), sizeof(*server->devices)),
	};
	error = vscmid_threads_init(&server->threads, thread_count, problem);
	if (error)
		return error;
	server->loop = vscmid_threads_first(&server->threads);
	error = server->devices ? vscmi_board_start(board, vscmi_monotonic_us(),
						    &server->platform)
				: VSCMI_E_NO_MEMORY;
	if (!error)
		error = start_faults(server);
	if (error)
		return vscmi_problem_set(problem, error, "%s", vscmi_error_text(error));
	return VSCMI_OK;
}

void vscmid_server_fini(struct vscmid_server *server)
{
	for (uint32_t i = 0;
	     server->devices && i < vscmi_board_agent_count(server->board); i++) {
		if (server->devices[i])
			server->devices[i]->ops->free(server->devices[i]);
	}
	free(server->devices);
	free(server->faults_memory);
	vscmid_threads_fini(&server->threads);
}

/* How an agent is served, by whether that is through shared memory. */
static const struct kind {
	const char *name;
	const char *word;  /* that brings it, of -Dlinks */
	const char *where; /* before its path */
	/* NULL: this build is without it. */
	enum vscmi_error (*listen)(struct vscmid_server *server, uint32_t agent_id,
				   const char *path, struct vscmid_device **ret_device,
				   struct vscmi_problem *problem);
	/* NULL: it has no connections that others have made. */
	enum vscmi_error (*adopt)(struct vscmid_server *server, uint32_t agent_id, int fd,
				  struct vscmid_device **ret_device,
				  struct vscmi_problem *problem);
} kinds[] = {
	[false] = { .name = "vhost-user devices",
		    .word = "virtio",
		    .where = "",
#ifndef VSCMI_WITHOUT_VIRTIO
		    .listen = vscmid_vhost_device_listen,
		    .adopt = vscmid_vhost_device_adopt
#endif
	},
	[true] = { .name = "shared memory",
		   .word = "shmem",
		   .where = "shared memory, ",
#ifndef VSCMI_WITHOUT_SHMEM
		   .listen = vscmid_shmem_device_listen
#endif
	},
};

enum vscmi_error vscmid_place_check(const struct vscmid_place *place,
				    struct vscmi_problem *problem)
{
	const struct kind *kind = &kinds[place->shmem];

	if (kind->listen)
		return VSCMI_OK;
	return vscmi_problem_set(problem, VSCMI_E_UNSUPPORTED,
				 "this build has no %s (-Dlinks=%s)", kind->name,
				 kind->word);
}

enum vscmi_error vscmid_server_listen(struct vscmid_server *server, uint32_t agent_id,
				      const struct vscmid_place *place,
				      struct vscmi_problem *problem)
{
	const struct kind *kind = &kinds[place->shmem];
	enum vscmi_error error = kind->listen(server, agent_id, place->path,
					      &server->devices[agent_id - 1], problem);

	if (error)
		return error;
	server->served++;
	vscmi_log(VSCMI_LOG_INFO, "agent %s at %s%s",
		  vscmi_board_agent_name(server->board, agent_id), kind->where,
		  place->path);
	return VSCMI_OK;
}

enum vscmi_error vscmid_server_adopt(struct vscmid_server *server, uint32_t agent_id,
				     int fd, struct vscmi_problem *problem)
{
	enum vscmi_error error = kinds[false].adopt(
		server, agent_id, fd, &server->devices[agent_id - 1], problem);

	if (!error)
		server->served++;
	return error;
}
