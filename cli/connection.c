/* SPDX-License-Identifier: BSD-3-Clause */
#include "connection.h"

#include <stdlib.h>
#include <string.h>

#include <vscmi/host/port.h>
#include <vscmi/host/problem.h>
#include <vscmi/host/vhost_link.h>

#include "board.h"
#include "stats.h"
#include "trace.h"

/* Commands in flight: one program, one command at a time, and some for callbacks. */
#define SLOTS         16u
#define SUBSCRIPTIONS 64u
#define MESSAGE_BYTES 512u

struct cli_connection {
	struct vscmi_loop_port loop_port;
	struct vscmi_vhost_link *vhost; /* or */
	struct cli_board *board;
	struct vscmi_agent agent;
	struct vscmi_slot slots[SLOTS];
	uint8_t replies[SLOTS * MESSAGE_BYTES];
	struct vscmi_subscription subscriptions[SUBSCRIPTIONS];
};

static void observe(void *context, const struct vscmi_trace *trace)
{
	const struct cli *cli = context;

	if (cli->trace)
		cli_trace(cli, trace);
	if (cli->stats)
		cli_stats_observe(cli->stats, trace);
}

static enum vscmi_error agent_init(struct cli *cli, struct vscmi_link *link)
{
	struct cli_connection *connection = cli->connection;
	const struct vscmi_agent_config config = {
		.port = cli->port,
		.link = link,
		.slots = connection->slots,
		.slot_count = SLOTS,
		.replies = connection->replies,
		.message_bytes = MESSAGE_BYTES,
		.subscriptions = connection->subscriptions,
		.subscription_count = SUBSCRIPTIONS,
		.observer = { cli->trace || cli->stats ? observe : NULL, cli },
	};

	cli->agent = &connection->agent;
	return vscmi_agent_init(&connection->agent, &config);
}

static enum vscmi_error connect_board(struct cli *cli, const char *path,
				      const char *agent, struct vscmi_problem *problem)
{
	struct cli_connection *connection = cli->connection;
	enum vscmi_error error =
		cli_board_new(cli->loop, path, agent, &connection->board, problem);

	if (error != VSCMI_OK)
		return error;
	cli->port = cli_board_port(connection->board);
	error = agent_init(cli, cli_board_link(connection->board));
	if (error == VSCMI_OK)
		error = cli_board_start(connection->board);
	return error == VSCMI_OK
		       ? error
		       : vscmi_problem_set(problem, error, "%s", vscmi_error_text(error));
}

static enum vscmi_error connect_vhost_user(struct cli *cli, const char *path,
					   struct vscmi_problem *problem)
{
	struct cli_connection *connection = cli->connection;
	enum vscmi_error error =
		vscmi_vhost_link_new(cli->loop, path, &connection->vhost, problem);

	if (error != VSCMI_OK)
		return error;
	vscmi_loop_port_init(&connection->loop_port, cli->loop);
	cli->port = &connection->loop_port.port;
	error = agent_init(cli, vscmi_vhost_link(connection->vhost));
	if (error != VSCMI_OK)
		return vscmi_problem_set(problem, error, "%s", vscmi_error_text(error));
	return vscmi_vhost_link_start(connection->vhost, problem);
}

static enum vscmi_error connection_new(struct cli *cli, struct vscmi_problem *problem)
{
	cli->connection = calloc(1, sizeof(*cli->connection));
	if (!cli->connection)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "out of memory");
	return vscmi_loop_new(&cli->loop, problem);
}

static enum vscmi_error connect_link(struct cli *cli, struct vscmi_problem *problem)
{
	static const char vhost_user[] = "vhost-user:";

	if (strcmp(cli->link, "demo") == 0)
		return connect_board(cli, NULL, NULL, problem);
	if (strncmp(cli->link, vhost_user, sizeof(vhost_user) - 1) == 0)
		return connect_vhost_user(cli, cli->link + sizeof(vhost_user) - 1,
					  problem);
	return vscmi_problem_set(problem, VSCMI_E_INVALID,
				 "no such link, expected demo or vhost-user:PATH");
}

int cli_connect(struct cli *cli)
{
	struct vscmi_problem problem;
	enum vscmi_error error = connection_new(cli, &problem);

	if (error == VSCMI_OK)
		error = connect_link(cli, &problem);
	if (error == VSCMI_E_INVALID)
		return cli_misused(cli, "--link %s: %s", cli->link, problem.text);
	return error == VSCMI_OK ? CLI_DONE : cli_disconnected(cli, "%s", problem.text);
}

int cli_connect_board(struct cli *cli, const char *path, const char *agent)
{
	struct vscmi_problem problem;
	enum vscmi_error error = connection_new(cli, &problem);

	if (error == VSCMI_OK)
		error = connect_board(cli, path, agent, &problem);
	return error == VSCMI_OK ? CLI_DONE : cli_misused(cli, "%s", problem.text);
}

void cli_disconnect(struct cli *cli)
{
	if (cli->connection) {
		vscmi_vhost_link_free(cli->connection->vhost);
		cli_board_free(cli->connection->board);
		free(cli->connection);
	}
	vscmi_loop_free(cli->loop);
	cli->connection = NULL;
	cli->loop = NULL;
}
