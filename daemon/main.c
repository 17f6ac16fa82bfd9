/* SPDX-License-Identifier: BSD-3-Clause */
#include <signal.h>
#include <stdio.h>

#include "control.h"
#include "options.h"
#include "server.h"

enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_WRONG = 2 };

static void on_signal(void *context, uint32_t events)
{
	(void)events;
	vscmi_loop_stop(context);
}

/* Where each agent is served: as the options say, else as the board file says. */
static enum vscmi_error choose_places(const struct vscmid_options *options,
				      const struct vscmi_board *board,
				      struct vscmid_place places[VSCMID_SOCKETS_MAX],
				      struct vscmi_problem *problem)
{
	uint32_t count = vscmi_board_agent_count(board);
	enum vscmi_error error = VSCMI_OK;
	bool any = false, chosen[VSCMID_SOCKETS_MAX] = { false };

	for (uint32_t i = 0; i < count; i++)
		places[i] = (struct vscmid_place){ .path = vscmi_board_agent_socket(
							   board, i + 1) };
	for (uint32_t i = 0; i < options->socket_count; i++) {
		const struct vscmid_socket_option *option = &options->sockets[i];
		const char *what = option->shmem ? "--shmem" : "--socket-path";
		const char *name = option->agent;
		uint32_t agent_id = name ? vscmi_board_agent_find(board, name) : 1;

		if (agent_id == 0)
			return vscmi_problem_set(problem, VSCMI_E_INVALID,
						 "%s: the board has no agent '%s'", what,
						 name);
		if (agent_id == 1 && options->fd >= 0)
			return vscmi_problem_set(problem, VSCMI_E_INVALID,
						 "--fd and %s for the same agent", what);
		if (chosen[agent_id - 1])
			return vscmi_problem_set(
				problem, VSCMI_E_INVALID,
				"%s %s: agent '%s' has another socket already", what,
				option->path, vscmi_board_agent_name(board, agent_id));
		chosen[agent_id - 1] = true;
		places[agent_id - 1] =
			(struct vscmid_place){ option->path, option->shmem };
	}
	for (uint32_t i = 0; i < count && !error; i++) {
		bool served = places[i].path || (i == 0 && options->fd >= 0);

		any = any || served;
		if (served)
			error = vscmid_place_check(&places[i], problem);
	}
	if (error)
		return error;
	if (!any)
		return vscmi_problem_set(
			problem, VSCMI_E_INVALID,
			"no agent has a socket: give --socket-path PATH");
	return VSCMI_OK;
}

static enum vscmi_error serve_agents(struct vscmid_server *server, int fd,
				     const struct vscmid_place places[VSCMID_SOCKETS_MAX],
				     struct vscmi_problem *problem)
{
	enum vscmi_error error = VSCMI_OK;

	for (uint32_t i = 0; i < vscmi_board_agent_count(server->board) && !error; i++) {
		if (i == 0 && fd >= 0)
			error = vscmid_server_adopt(server, 1, fd, problem);
		else if (places[i].path)
			error = vscmid_server_listen(server, i + 1, &places[i], problem);
	}
	return error;
}

/* What this platform does wrong is then no surprise. */
static void tell_of_faults(const struct vscmi_board *board)
{
	uint32_t rules = vscmi_board_fault_rule_count(board);

	if (rules > 0)
		vscmi_log(VSCMI_LOG_INFO, "%u fault rules are in force", rules);
}

static enum vscmi_error run(const struct vscmid_options *options,
			    struct vscmi_board *board,
			    const struct vscmid_place places[VSCMID_SOCKETS_MAX],
			    struct vscmi_problem *problem)
{
	struct vscmid_control *control = NULL;
	struct vscmi_watch signals = { .fd = -1, .ready = on_signal };
	struct vscmid_server server;
	enum vscmi_error error;

	error = vscmid_server_init(&server, board, (uint32_t)options->threads, problem);
	if (error) {
		vscmid_server_fini(&server);
		return error;
	}
	signal(SIGPIPE, SIG_IGN);
	vscmid_threads_set_poll_us(&server.threads, (uint32_t)options->poll_us);
	signals.context = server.loop;
	/* From the first socket on, since a signal is to leave none behind. */
	if (vscmi_loop_add_signals(server.loop, &signals))
		error = vscmi_problem_set(problem, VSCMI_E_SYSTEM, "signals: %m");
	if (!error)
		error = serve_agents(&server, (int)options->fd, places, problem);
	if (!error && options->control)
		error = vscmid_control_new(&server, options->control, &control, problem);
	if (!error) {
		tell_of_faults(board);
		vscmi_log(VSCMI_LOG_INFO, "ready");
		error = vscmid_threads_run(&server.threads, problem);
		if (!error)
			vscmi_log(VSCMI_LOG_INFO, "stopped");
	}
	vscmid_control_free(control);
	vscmi_loop_remove_signals(server.loop, &signals);
	vscmid_server_fini(&server);
	return error;
}

static void print_summary(const char *path, const struct vscmi_board *board)
{
	uint32_t rules = vscmi_board_fault_rule_count(board);

	printf("%s: good: %u agents, %u clocks, %u sensors", path,
	       vscmi_board_agent_count(board), vscmi_board_clock_count(board),
	       vscmi_board_sensor_count(board));
	if (rules > 0)
		printf(", %u fault rules", rules);
	putchar('\n');
}

static int with_board(const struct vscmid_options *options, struct vscmi_board *board)
{
	struct vscmid_place places[VSCMID_SOCKETS_MAX];
	struct vscmi_problem problem;

	if (options->check) {
		print_summary(options->board, board);
		return STATUS_DONE;
	}
	if (choose_places(options, board, places, &problem)) {
		vscmi_log(VSCMI_LOG_ERROR, "%s", problem.text);
		return STATUS_WRONG;
	}
	if (run(options, board, places, &problem)) {
		vscmi_log(VSCMI_LOG_ERROR, "%s", problem.text);
		return STATUS_FAILED;
	}
	return STATUS_DONE;
}

int main(int argc, char **argv)
{
	struct vscmid_options options;
	struct vscmi_problem problem;
	struct vscmi_board *board;
	int status;

	switch (vscmid_options_parse(argc, argv, &options)) {
	case VSCMID_DONE:
		return STATUS_DONE;
	case VSCMID_WRONG:
		return STATUS_WRONG;
	case VSCMID_RUN:
		break;
	}
	vscmi_log_set_level(options.log_level);
	if (vscmi_board_load(options.board, &board, &problem)) {
		/* FILE:LINE:COLUMN comes first, where editors look for it. */
		fprintf(stderr, "%s\n", problem.text);
		return STATUS_WRONG;
	}
	status = with_board(&options, board);
	vscmi_board_free(board);
	return status;
}
