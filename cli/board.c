/* SPDX-License-Identifier: BSD-3-Clause */
#include "board.h"

#include <stddef.h>
#include <stdlib.h>

#include <vscmi/host/board.h>
#include <vscmi/host/port.h>
#include <vscmi/link/loop.h>

#define IN_FLIGHT 16u

struct cli_board {
	struct vscmi_connection connection;
	struct vscmi_port port;
	struct vscmi_loop_port loop_port; /* does the waiting */
	struct vscmi_timer due;           /* the platform has something to do */
	struct vscmi_board *description;
	struct vscmi_platform *platform;
	struct vscmi_loop_link link;
};

/* The board of which this is a member. */
#define BOARD_OF(address, member) \
	((struct cli_board *)((char *)(address)-offsetof(struct cli_board, member)))

static void platform_advance(void *context)
{
	struct cli_board *board = context;
	uint64_t next_us;

	vscmi_platform_advance(board->platform, vscmi_monotonic_us());
	next_us = vscmi_platform_next_us(board->platform);
	if (next_us != VSCMI_NEVER)
		vscmi_timer_arm(board->connection.loop, &board->due, next_us);
	else
		vscmi_timer_cancel(board->connection.loop, &board->due);
}

static uint64_t board_now_us(struct vscmi_port *port)
{
	return vscmi_monotonic_us();
}

static void board_wait(struct vscmi_port *port, const _Atomic uint32_t *word,
		       uint32_t seen, uint64_t deadline_us)
{
	struct cli_board *board = BOARD_OF(port, port);

	/* The command that is waited for may have given the platform something to do. */
	platform_advance(board);
	board->loop_port.port.ops->wait(&board->loop_port.port, word, seen, deadline_us);
}

static void board_wake(struct vscmi_port *port, const _Atomic uint32_t *word)
{
	/* Who waits runs the loop, on this one thread, and looks again. */
}

static const struct vscmi_port_ops board_port_ops = {
	.ops_size = sizeof(board_port_ops),
	.now_us = board_now_us,
	.wait = board_wait,
	.wake = board_wake,
};

static enum vscmi_error load(struct cli_board *board, const char *path, const char *agent,
			     uint32_t *ret_agent_id, struct vscmi_problem *problem)
{
	enum vscmi_error error =
		path ? vscmi_board_load(path, &board->description, problem)
		     : vscmi_board_load_demo(&board->description, problem);

	if (error != VSCMI_OK)
		return error;
	*ret_agent_id = agent ? vscmi_board_agent_find(board->description, agent) : 1;
	if (*ret_agent_id == 0)
		return vscmi_problem_set(problem, VSCMI_E_INVALID, "no agent %s", agent);
	error = vscmi_board_start(board->description, vscmi_monotonic_us(),
				  &board->platform);
	return error == VSCMI_OK
		       ? error
		       : vscmi_problem_set(problem, error, "%s", vscmi_error_text(error));
}

/*
 * ---- The connection: it is there ----
 */

static enum vscmi_error open_board(struct vscmi_connection *connection, int *ret_fd,
				   struct vscmi_problem *problem)
{
	return VSCMI_OK;
}

static enum vscmi_error start(struct vscmi_connection *connection,
			      struct vscmi_problem *problem)
{
	struct cli_board *board = BOARD_OF(connection, connection);
	enum vscmi_error error = vscmi_loop_link_start(&board->link);

	return error == VSCMI_OK
		       ? error
		       : vscmi_problem_set(problem, error, "%s", vscmi_error_text(error));
}

static void close_board(struct vscmi_connection *connection)
{
	vscmi_loop_link_stop(&BOARD_OF(connection, connection)->link);
}

static void free_board(struct vscmi_connection *connection)
{
	struct cli_board *board = BOARD_OF(connection, connection);

	vscmi_timer_cancel(connection->loop, &board->due);
	vscmi_board_free(board->description);
	free(board);
}

static const struct vscmi_connection_ops ops = {
	.ops_size = sizeof(ops),
	.open = open_board,
	.start = start,
	.close = close_board,
	.free = free_board,
};

enum vscmi_error cli_board_new(struct vscmi_loop *loop, const char *path,
			       const char *agent,
			       struct vscmi_connection **ret_connection,
			       struct vscmi_port **ret_port,
			       struct vscmi_problem *problem)
{
	struct cli_board *board = calloc(1, sizeof(*board));
	enum vscmi_error error;
	uint32_t agent_id;

	if (!board)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "out of memory");
	*board = (struct cli_board){
		.connection = {
			.ops = &ops,
			.link = &board->link.link,
			.loop = loop,
			.path = path ? path : "",
		},
		.port.ops = &board_port_ops,
		.due = { .fire = platform_advance, .context = board },
	};
	vscmi_loop_port_init(&board->loop_port, loop);
	error = load(board, path, agent, &agent_id, problem);
	if (error != VSCMI_OK) {
		free_board(&board->connection);
		return error;
	}
	vscmi_loop_link_init(&board->link, vscmi_platform_service(board->platform),
			     agent_id, IN_FLIGHT, true);
	vscmi_connection_init(&board->connection);
	*ret_connection = &board->connection;
	*ret_port = &board->port;
	return VSCMI_OK;
}
