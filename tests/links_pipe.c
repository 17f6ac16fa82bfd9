/* SPDX-License-Identifier: BSD-3-Clause */
/* The example of a link that is to be added, over a pipe in memory. */
#include "links.h"

#include <stdlib.h>
#include <string.h>

#include "pipe_link.h"
#include "pipe_server.h"
#include "vscmi/agent.h"

/* As many commands as an agent can have in flight, and what comes without one. */
#define PACKETS 2048u

struct queue {
	struct packet {
		uint8_t bytes[PIPE_PACKET_BYTES];
		size_t count;
	} packets[PACKETS];
	size_t sent, received;
};

struct end {
	struct pipe_end end;
	struct queue *in, *out;
};

struct pipe {
	struct test_link link;
	struct pipe_link agent_end;
	struct pipe_server platform_end;
	struct end ends[2]; /* the agent's, the platform's */
	struct queue queues[2];
	bool reset; /* by the service */
};

static size_t room(struct pipe_end *pipe)
{
	const struct queue *out = ((struct end *)pipe)->out;

	return PACKETS - (out->sent - out->received);
}

static void send(struct pipe_end *pipe, const uint8_t *bytes, size_t count)
{
	struct queue *out = ((struct end *)pipe)->out;
	struct packet *packet = &out->packets[out->sent++ % PACKETS];

	assert_true(out->sent - out->received <= PACKETS);
	memcpy(packet->bytes, bytes, count);
	packet->count = count;
}

static size_t receive(struct pipe_end *pipe, uint8_t *bytes, size_t most)
{
	struct queue *in = ((struct end *)pipe)->in;
	const struct packet *packet;

	if (in->received == in->sent)
		return 0;
	packet = &in->packets[in->received++ % PACKETS];
	memcpy(bytes, packet->bytes, packet->count < most ? packet->count : most);
	return packet->count;
}

static void reset(void *context)
{
	struct pipe_server *server = context;

	((struct pipe *)((uint8_t *)server - offsetof(struct pipe, platform_end)))
		->reset = true;
}

/* Its limits are those of the setup, also at each start. */
static void init(struct pipe *pipe)
{
	const struct link_setup *setup = &pipe->link.setup;
	struct vscmi_agent *agent = pipe->agent_end.link.agent;

	for (int i = 0; i < 2; i++) {
		pipe->queues[i].sent = pipe->queues[i].received = 0;
		pipe->ends[i] = (struct end){ { room, send, receive },
					      &pipe->queues[i],
					      &pipe->queues[!i] };
	}
	pipe_link_init(&pipe->agent_end, &pipe->ends[0].end);
	pipe->agent_end.link.agent = agent;
	pipe->agent_end.link.max_messages = setup->in_flight;
	pipe->agent_end.link.has_events = !setup->no_events;
	pipe->platform_end = (struct pipe_server){
		.channel.reset = reset,
		.service = setup->service,
		.agent_id = setup->agent_id,
		.pipe = &pipe->ends[1].end,
	};
	pipe_server_init(&pipe->platform_end);
	if (setup->no_events)
		pipe->platform_end.channel.events_ready = NULL;
	pipe->reset = false;
}

static struct test_link *open_pipe(const struct link_setup *setup)
{
	struct pipe *pipe = calloc(1, sizeof(*pipe));

	assert_non_null(pipe);
	pipe->link = (struct test_link){ &link_pipe, *setup, &pipe->agent_end.link };
	init(pipe);
	return &pipe->link;
}

static void close_pipe(struct test_link *link)
{
	free(link);
}

static enum vscmi_error start(struct test_link *link)
{
	struct pipe *pipe = (struct pipe *)link;
	struct vscmi_service *service = link->setup.service;
	enum vscmi_error error;

	init(pipe);
	error = service->ops->connect(service, link->setup.agent_id,
				      &pipe->platform_end.channel);
	if (error)
		return error;
	return vscmi_agent_link_up(pipe->agent_end.link.agent);
}

static void stop(struct test_link *link)
{
	struct vscmi_service *service = link->setup.service;

	service->ops->disconnect(service, link->setup.agent_id);
	vscmi_agent_link_down(link->link->agent);
}

static void serve(struct test_link *link)
{
	while (pipe_server_process(&((struct pipe *)link)->platform_end))
		;
}

static void interrupt(struct test_link *link)
{
	if (((struct pipe *)link)->reset)
		stop(link);
	while (vscmi_agent_poll(link->link->agent))
		;
}

const struct link_kind link_pipe = {
	.timeout_us = 60000000,
	.in_flight_max = VSCMI_TOKENS,
	.resizes = true,
	.restarts = true,
	.tells_room = true,
	.open = open_pipe,
	.close = close_pipe,
	.start = start,
	.stop = stop,
	.serve = serve,
	.interrupt = interrupt,
};
