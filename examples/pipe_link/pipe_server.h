/* SPDX-License-Identifier: BSD-3-Clause */
/* The platform's end of a link over a pipe: docs/links.md. */
#ifndef PIPE_SERVER_H
#define PIPE_SERVER_H

#include "pipe.h"

struct pipe_server {
	struct vscmi_service_channel channel; /* for connect(); init sets all but reset */
	struct vscmi_service *service;
	uint32_t agent_id;
	struct pipe_end *pipe; /* with room for more packets than the service holds */
	size_t held;           /* commands that the service answers later */
};

/* With service, agent_id, pipe and channel.reset set. */
void pipe_server_init(struct pipe_server *end);

/* Serve one command, when packets have come, or room, and the service is connected. True: there
 * may be more. */
bool pipe_server_process(struct pipe_server *end);

#endif
