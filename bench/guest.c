/* SPDX-License-Identifier: BSD-3-Clause */
#include "guest.h"

#include <stdlib.h>

/* A device that is gone is to end a measurement. */
#define TIMEOUT_US UINT64_C(10000000)

enum vscmi_error guests_init(struct guests *guests, uint32_t poll_us,
			     struct vscmi_problem *problem)
{
	enum vscmi_error error = vscmi_loop_new(&guests->loop, problem);

	if (error)
		return error;
	vscmi_loop_set_poll_us(guests->loop, poll_us);
	vscmi_loop_port_init(&guests->port, guests->loop);
	return VSCMI_OK;
}

void guests_fini(struct guests *guests)
{
	vscmi_loop_free(guests->loop);
}

static enum vscmi_error start(struct guest *guest, struct guests *guests,
			      uint32_t in_flight, struct vscmi_problem *problem)
{
	struct vscmi_link *link = guest->connection->link;
	const struct vscmi_agent_config config = {
		.port = &guests->port.port,
		.link = link,
		.slots = guest->slots,
		.slot_count = in_flight,
		.replies = guest->replies,
		.message_bytes = VSCMI_AGENT_MESSAGE_BYTES,
		.subscriptions = guest->subscriptions,
		.subscription_count = 1,
		.reply_timeout_us = TIMEOUT_US,
	};
	enum vscmi_error error = vscmi_agent_init(&guest->agent, &config);

	if (!error)
		error = vscmi_connection_open(guest->connection, problem);
	if (!error && link->max_messages < in_flight)
		return vscmi_problem_set(problem, VSCMI_E_TOO_BIG,
					 "the link carries %u commands, not %u",
					 link->max_messages, in_flight);
	return error;
}

enum vscmi_error guest_start(struct guest *guest, struct guests *guests, const char *path,
			     uint32_t in_flight, struct vscmi_problem *problem)
{
	enum vscmi_error error;

	*guest = (struct guest){
		.slots = calloc(in_flight, sizeof(*guest->slots)),
		.replies = calloc(in_flight, VSCMI_AGENT_MESSAGE_BYTES),
	};
	if (guest->slots && guest->replies)
		error = vscmi_vhost_link_new(guests->loop, path, &guest->connection,
					     problem);
	else
		error = vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "no memory");
	if (!error)
		error = start(guest, guests, in_flight, problem);
	if (error)
		guest_end(guest);
	return error;
}

void guest_end(struct guest *guest)
{
	vscmi_connection_free(guest->connection);
	free(guest->slots);
	free(guest->replies);
}
