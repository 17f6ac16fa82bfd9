/* SPDX-License-Identifier: BSD-3-Clause */
#include "connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vscmi/host/port.h>
#include <vscmi/host/problem.h>
#include <vscmi/host/raw_link.h>
#include <vscmi/host/shmem_link.h>
#include <vscmi/host/vhost_link.h>

#include "board.h"
#include "output.h"
#include "stats.h"
#include "trace.h"

/* Commands in flight: one program, one command at a time, and some for callbacks. */
#define SLOTS         16u
#define SUBSCRIPTIONS 64u
#define MESSAGE_BYTES 512u

struct cli_connection {
	struct vscmi_loop_port loop_port;
	struct vscmi_connection *other_end;
	uint64_t lost_us; /* when the link went down last */
	bool kept;
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

/* The link went or came: for people, and for programs. */
static void say(const struct cli *cli, const char *text, json_t *model)
{
	fprintf(stderr, "vscmi: %s: %s\n", cli->command->name, text);
	if (cli->json)
		cli_json(model, true);
	json_decref(model);
}

static void link_changes(void *context, bool up)
{
	struct cli *cli = context;

	if (up || !cli->connection->kept)
		return;
	cli->connection->lost_us = vscmi_monotonic_us();
	if (cli->again_us > 0)
		say(cli, "the link is lost, waiting for it",
		    json_pack("{s:s}", "link", "lost"));
}

static void link_is_back(void *context, uint32_t renewed)
{
	struct cli *cli = context;
	char text[80];

	if (cli->connection->lost_us == 0)
		return; /* it is there for the first time */
	snprintf(text, sizeof(text), "the link is back, %u subscription%s renewed",
		 renewed, renewed == 1 ? "" : "s");
	say(cli, text,
	    json_pack("{s:s, s:I}", "link", "back", "renewed", (json_int_t)renewed));
}

static enum vscmi_error agent_init(struct cli *cli, struct vscmi_problem *problem)
{
	struct cli_connection *connection = cli->connection;
	const struct vscmi_agent_config config = {
		.port = cli->port,
		.link = connection->other_end->link,
		.slots = connection->slots,
		.slot_count = SLOTS,
		.replies = connection->replies,
		.message_bytes = MESSAGE_BYTES,
		.subscriptions = connection->subscriptions,
		.subscription_count = SUBSCRIPTIONS,
		.reply_timeout_us = cli->timeout_us,
		.observer = { cli->trace || cli->stats ? observe : NULL, cli,
			      link_changes },
	};

	enum vscmi_error error = vscmi_agent_init(&connection->agent, &config);

	cli->agent = &connection->agent;
	return error == VSCMI_OK
		       ? error
		       : vscmi_problem_set(problem, error, "%s", vscmi_error_text(error));
}

/* An agent of a board's, in this process. */
static enum vscmi_error connect_board(struct cli *cli, const char *path,
				      const char *agent, struct vscmi_problem *problem)
{
	struct cli_connection *connection = cli->connection;
	enum vscmi_error error = cli_board_new(
		cli->loop, path, agent, &connection->other_end, &cli->port, problem);

	return error == VSCMI_OK ? agent_init(cli, problem) : error;
}

static enum vscmi_error connection_new(struct cli *cli, struct vscmi_problem *problem)
{
	enum vscmi_error error;

	cli->connection = calloc(1, sizeof(*cli->connection));
	if (!cli->connection)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "out of memory");
	error = vscmi_loop_new(&cli->loop, problem);
	if (error == VSCMI_OK)
		vscmi_loop_set_poll_us(cli->loop, cli->poll_us);
	return error;
}

static const struct link {
	const char *name;
	const char *word; /* that brings it, of -Dlinks */
	/* NULL: this build is without it. */
	enum vscmi_error (*new)(struct vscmi_loop *loop, const char *path,
				struct vscmi_connection **ret_connection,
				struct vscmi_problem *problem);
} links[] = {
	{ .name = "vhost-user",
	  .word = "virtio",
#ifndef VSCMI_WITHOUT_VIRTIO
	  .new = vscmi_vhost_link_new
#endif
	},
	{ .name = "shmem",
	  .word = "shmem",
#ifndef VSCMI_WITHOUT_SHMEM
	  .new = vscmi_shmem_link_new
#endif
	},
	{ .name = "raw",
	  .word = "raw",
#ifndef VSCMI_WITHOUT_RAW
	  .new = vscmi_raw_link_new
#endif
	},
};

static const struct link *find_link(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (strlen(links[i].name) == length &&
		    memcmp(links[i].name, name, length) == 0)
			return &links[i];
	}
	return NULL;
}

static enum vscmi_error connect_link(struct cli *cli, struct vscmi_problem *problem)
{
	struct cli_connection *connection = cli->connection;
	size_t length = strcspn(cli->link, ":");
	const struct link *link = find_link(cli->link, length);
	enum vscmi_error error;

	if (strcmp(cli->link, "demo") == 0)
		return connect_board(cli, NULL, NULL, problem);
	if (!link || !cli->link[length])
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "no such link, expected " CLI_LINKS);
	if (!link->new)
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "this build has no %s link (-Dlinks=%s)",
					 link->name, link->word);
	error = link->new (cli->loop, cli->link + length + 1, &connection->other_end,
			   problem);
	if (error != VSCMI_OK)
		return error;
	vscmi_loop_port_init(&connection->loop_port, cli->loop);
	cli->port = &connection->loop_port.port;
	return agent_init(cli, problem);
}

/* Get to the other end: now, or as soon as it is there. */
static enum vscmi_error reach(struct cli *cli, struct vscmi_problem *problem)
{
	struct vscmi_connection *other_end = cli->connection->other_end;
	enum vscmi_error error;

	if (cli->wait_us == 0)
		return vscmi_connection_open(other_end, problem);
	error = vscmi_connection_keep(other_end, problem);
	if (error != VSCMI_OK)
		return error;
	if (!vscmi_agent_is_up(cli->agent))
		fprintf(stderr, "vscmi: %s: waiting for %s\n", cli->command->name,
			cli->link);
	error = vscmi_agent_wait_up(cli->agent, cli->wait_us);
	return error == VSCMI_OK
		       ? error
		       : vscmi_problem_set(problem, error, "%s", other_end->problem.text);
}

void cli_keep(struct cli *cli)
{
	struct vscmi_connection *other_end = cli->connection->other_end;

	cli->connection->kept = true;
	if (cli->again_us == 0)
		return;
	/* It has been there: it is no wrong path. */
	vscmi_connection_keep(other_end, NULL);
	other_end->up = link_is_back;
	other_end->context = cli;
}

uint64_t cli_away_until_us(const struct cli *cli)
{
	uint64_t lost_us = cli->connection->lost_us;

	return vscmi_agent_is_up(cli->agent) || cli->again_us >= VSCMI_NEVER - lost_us
		       ? VSCMI_NEVER
		       : lost_us + cli->again_us;
}

bool cli_link_returns(struct cli *cli, struct vscmi_result result)
{
	return (result.error == VSCMI_E_LINK_LOST || result.error == VSCMI_E_NOT_READY) &&
	       vscmi_agent_wait_up(cli->agent, cli->again_us) == VSCMI_OK;
}

int cli_connect(struct cli *cli)
{
	struct vscmi_problem problem;
	enum vscmi_error error = connection_new(cli, &problem);

	if (error == VSCMI_OK)
		error = connect_link(cli, &problem);
	if (error == VSCMI_OK)
		error = reach(cli, &problem);
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
	if (error == VSCMI_OK)
		error = reach(cli, &problem);
	return error == VSCMI_OK ? CLI_DONE : cli_misused(cli, "%s", problem.text);
}

void cli_disconnect(struct cli *cli)
{
	if (cli->connection) {
		cli->connection->kept = false;
		vscmi_connection_free(cli->connection->other_end);
		free(cli->connection);
	}
	vscmi_loop_free(cli->loop);
	cli->connection = NULL;
	cli->loop = NULL;
}
