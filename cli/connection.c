/* SPDX-License-Identifier: BSD-3-Clause */
#include "connection.h"

#include <stdlib.h>
#include <string.h>

#include <vscmi/host/port.h>
#include <vscmi/host/problem.h>
#include <vscmi/host/raw_link.h>
#include <vscmi/host/shmem_link.h>
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
	struct vscmi_shmem_link *shmem; /* or */
	struct vscmi_raw_link *raw;     /* or */
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

/* An agent on a link that the loop feeds. */
static enum vscmi_error agent_on_loop(struct cli *cli, struct vscmi_link *link,
				      struct vscmi_problem *problem)
{
	struct cli_connection *connection = cli->connection;
	enum vscmi_error error;

	vscmi_loop_port_init(&connection->loop_port, cli->loop);
	cli->port = &connection->loop_port.port;
	error = agent_init(cli, link);
	return error == VSCMI_OK
		       ? error
		       : vscmi_problem_set(problem, error, "%s", vscmi_error_text(error));
}

static enum vscmi_error connect_vhost_user(struct cli *cli, const char *path,
					   struct vscmi_problem *problem)
{
	struct vscmi_vhost_link **link = &cli->connection->vhost;
	enum vscmi_error error = vscmi_vhost_link_new(cli->loop, path, link, problem);

	if (error == VSCMI_OK)
		error = agent_on_loop(cli, vscmi_vhost_link(*link), problem);
	return error == VSCMI_OK ? vscmi_vhost_link_start(*link, problem) : error;
}

static enum vscmi_error connect_shmem(struct cli *cli, const char *path,
				      struct vscmi_problem *problem)
{
	struct vscmi_shmem_link **link = &cli->connection->shmem;
	enum vscmi_error error = vscmi_shmem_link_new(cli->loop, path, link, problem);

	if (error == VSCMI_OK)
		error = agent_on_loop(cli, vscmi_shmem_link(*link), problem);
	return error == VSCMI_OK ? vscmi_shmem_link_start(*link, problem) : error;
}

static enum vscmi_error connect_raw(struct cli *cli, const char *path,
				    struct vscmi_problem *problem)
{
	struct vscmi_raw_link **link = &cli->connection->raw;
	enum vscmi_error error = vscmi_raw_link_new(cli->loop, path, link, problem);

	if (error == VSCMI_OK)
		error = agent_on_loop(cli, vscmi_raw_link(*link), problem);
	return error == VSCMI_OK ? vscmi_raw_link_start(*link, problem) : error;
}

static enum vscmi_error connection_new(struct cli *cli, struct vscmi_problem *problem)
{
	cli->connection = calloc(1, sizeof(*cli->connection));
	if (!cli->connection)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "out of memory");
	return vscmi_loop_new(&cli->loop, problem);
}

static enum vscmi_error connect_demo(struct cli *cli, const char *path,
				     struct vscmi_problem *problem)
{
	return connect_board(cli, NULL, NULL, problem);
}

static const struct {
	const char *name; /* one that ends with ':' is followed by a path */
	enum vscmi_error (*connect)(struct cli *cli, const char *path,
				    struct vscmi_problem *problem);
} links[] = {
	{ "demo", connect_demo },
	{ "vhost-user:", connect_vhost_user },
	{ "shmem:", connect_shmem },
	{ "raw:", connect_raw },
};

static enum vscmi_error connect_link(struct cli *cli, struct vscmi_problem *problem)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		size_t length = strlen(links[i].name);
		const char *path = cli->link + length;

		if (strncmp(cli->link, links[i].name, length) == 0 &&
		    (links[i].name[length - 1] == ':' || !*path))
			return links[i].connect(cli, path, problem);
	}
	return vscmi_problem_set(problem, VSCMI_E_INVALID,
				 "no such link, expected " CLI_LINKS);
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
		vscmi_shmem_link_free(cli->connection->shmem);
		vscmi_raw_link_free(cli->connection->raw);
		cli_board_free(cli->connection->board);
		free(cli->connection);
	}
	vscmi_loop_free(cli->loop);
	cli->connection = NULL;
	cli->loop = NULL;
}
