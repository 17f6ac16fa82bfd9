/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <vscmi/host/socket.h>

#include "ask.h"
#include "output.h"

#define REPLY_SECONDS 5

/* Send a line and get one; NULL, with errno set, if that fails. */
static json_t *converse(int fd, const json_t *request)
{
	FILE *stream = fdopen(dup(fd), "r");
	char *line = NULL, *text = json_dumps(request, JSON_COMPACT);
	json_t *reply = NULL;
	size_t room = 0;

	if (stream && text && dprintf(fd, "%s\n", text) > 0) {
		errno = 0;
		if (getline(&line, &room, stream) > 0)
			reply = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		if (!reply && errno == 0)
			errno = EPROTO;
	}
	free(line);
	free(text);
	if (stream)
		fclose(stream);
	return reply;
}

static int ask(const struct cli *cli, const char *path, const json_t *request,
	       json_t **ret_reply)
{
	const struct timeval limit = { .tv_sec = REPLY_SECONDS };
	struct vscmi_problem problem;
	json_t *reply;
	int fd, status = CLI_DONE;

	if (!*path)
		return cli_misused(cli,
				   "no --control PATH, the control socket of vscmid");
	if (vscmi_socket_connect(path, &fd, &problem) != VSCMI_OK)
		return cli_disconnected(cli, "%s", problem.text);
	/* One question, one answer: waiting is fine, but not for ever. */
	if (fcntl(fd, F_SETFL, 0) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0) {
		close(fd);
		return cli_disconnected(cli, "%s: %s", path, strerror(errno));
	}
	reply = converse(fd, request);
	close(fd);
	if (!reply)
		return cli_disconnected(cli, "%s: no answer: %s", path, strerror(errno));
	if (json_is_true(json_object_get(reply, "ok"))) {
		*ret_reply = reply;
	} else {
		status = cli_refused(cli, "%s", cli_text(reply, "error"));
		json_decref(reply);
	}
	return status;
}

int cli_ask_daemon(const struct cli *cli, const char *path, json_t *request,
		   json_t **ret_reply)
{
	int status = ask(cli, path, request, ret_reply);

	json_decref(request);
	return status;
}
