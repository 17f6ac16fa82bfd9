/* SPDX-License-Identifier: BSD-3-Clause */
/* The agent's end of a link over a pipe: docs/links.md. */
#ifndef PIPE_LINK_H
#define PIPE_LINK_H

#include <vscmi/link.h>

#include "pipe.h"

/* For one thread. */
struct pipe_link {
	struct vscmi_link link;
	struct pipe_end *pipe;
};

/* Down, until the user says vscmi_agent_link_up(); the pipe is empty then. */
void pipe_link_init(struct pipe_link *end, struct pipe_end *pipe);

#endif
