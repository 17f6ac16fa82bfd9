/* SPDX-License-Identifier: BSD-3-Clause */
#include "connection.h"

#include <stdlib.h>
#include <string.h>

#include <vscmi/host/port.h>
#include <vscmi/host/vhost_link.h>

#include "demo.h"
#include "trace.h"

/* Commands in flight: one program, one command at a time, and some for callbacks. */
#define SLOTS         16u
#define SUBSCRIPTIONS 64u
#define MESSAGE_BYTES 512u

struct cli_connection {
	struct vscmi_loop_port loop_port;
	struct vscmi_vhost_link *vhost; /* or */
	struct cli_demo *demo;
	struct vscmi_agent agent;
	struct vscmi_slot slots[SLOTS];
	uint8_t replies[SLOTS * MESSAGE_BYTES];
	struct vscmi_subscription subscriptions[SUBSCRIPTIONS];
};

static void observe(void *context, const struct vscmi_trace *trace)
{
	cli_trace(context, trace);
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
		.observer = { cli->trace ? observe : NULL, cli },
	};

	cli->agent = &connection->agent;
	return vscmi_agent_init(&connection->agent, &config);
}

static enum vscmi_error connect_demo(struct cli *cli, struct vscmi_problem *problem)
{
	struct cli_connection *connection = cli->connection;
	enum vscmi_error error = cli_demo_new(cli->loop, &connection->demo, problem);

	if (error != VSCMI_OK)
		return error;
	cli->port = cli_demo_port(connection->demo);
	error = agent_init(cli, cli_demo_link(connection->demo));
	if (error == VSCMI_OK)
		error = cli_demo_start(connection->demo);
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

enum vscmi_error cli_connect(struct cli *cli, struct vscmi_problem *problem)
{
	static const char vhost_user[] = "vhost-user:";
	enum vscmi_error error;

	cli->connection = calloc(1, sizeof(*cli->connection));
	if (!cli->connection)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "out of memory");
	error = vscmi_loop_new(&cli->loop, problem);
	if (error != VSCMI_OK)
		return error;
	if (strcmp(cli->link, "demo") == 0)
		return connect_demo(cli, problem);
	if (strncmp(cli->link, vhost_user, sizeof(vhost_user) - 1) == 0)
		return connect_vhost_user(cli, cli->link + sizeof(vhost_user) - 1,
					  problem);
	return vscmi_problem_set(problem, VSCMI_E_INVALID,
				 "no such link, expected demo or vhost-user:PATH");
}

void cli_disconnect(struct cli *cli)
{
	if (cli->connection) {
		vscmi_vhost_link_free(cli->connection->vhost);
		cli_demo_free(cli->connection->demo);
		free(cli->connection);
	}
	vscmi_loop_free(cli->loop);
	cli->connection = NULL;
	cli->loop = NULL;
}
