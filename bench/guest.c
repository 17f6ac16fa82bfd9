/* SPDX-License-Identifier: BSD-3-Clause */
#include "guest.h"

#include <stdlib.h>

#include "clock.h"

/* A device that is gone is to end a measurement that spins. */
#define TIMEOUT_US UINT64_C(10000000)

static uint64_t now_us(struct vscmi_port *port)
{
	return now_ns() / 1000;
}

static void spin(struct vscmi_port *port, const _Atomic uint32_t *word, uint32_t seen,
		 uint64_t deadline_us)
{
	relax();
}

static void wake(struct vscmi_port *port, const _Atomic uint32_t *word)
{
}

static const struct vscmi_port_ops spinning_ops = {
	.ops_size = sizeof(spinning_ops),
	.now_us = now_us,
	.wait = spin,
	.wake = wake,
};
static struct vscmi_port spinning = { &spinning_ops };

enum vscmi_error guests_init(struct guests *guests, bool spins,
			     struct vscmi_problem *problem)
{
	enum vscmi_error error = vscmi_loop_new(&guests->loop, problem);

	if (error)
		return error;
	vscmi_loop_port_init(&guests->sleeping, guests->loop);
	guests->spin = spins;
	guests->port = spins ? &spinning : &guests->sleeping.port;
	return VSCMI_OK;
}

void guests_fini(struct guests *guests)
{
	vscmi_loop_free(guests->loop);
}

enum vscmi_error guests_run(struct guests *guests, struct guest *guest, size_t count)
{
	if (!guests->spin)
		return vscmi_loop_run_once(guests->loop, -1);
	for (size_t i = 0; i < count; i++)
		vscmi_agent_poll(&guest[i].agent);
	return VSCMI_OK;
}

static enum vscmi_error start(struct guest *guest, struct guests *guests,
			      uint32_t in_flight, struct vscmi_problem *problem)
{
	struct vscmi_link *link = vscmi_vhost_link(guest->link);
	const struct vscmi_agent_config config = {
		.port = guests->port,
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
		error = vscmi_vhost_link_start(guest->link, problem);
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
		error = vscmi_vhost_link_new(guests->loop, path, &guest->link, problem);
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
	vscmi_vhost_link_free(guest->link);
	free(guest->slots);
	free(guest->replies);
}
