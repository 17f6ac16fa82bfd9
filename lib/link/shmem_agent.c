/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The agent end of the shared memory link. Each channel has a word that says who may touch
 * its area, and nobody waits for another: whoever finds it taken leaves, and whoever gives
 * it up looks once more for what may have come meanwhile.
 */
#include "link/shmem_area.h"
#include "vscmi/agent.h"
#include "vscmi/link/shmem_agent.h"

/* Of vscmi_shmem_agent.command and .event. */
enum {
	CLOSED,
	IDLE,
	TAKEN, /* somebody writes or reads the area */
	/* Plus a number: this command is with the platform, and not another one that was sent
	 * while somebody was looking at its answer. Not for events. */
	OUT,
};

/* Commands have numbers below this, over and over. */
#define NUMBERS (UINT32_C(1) << 31)

static bool claim(_Atomic uint32_t *word, uint32_t state)
{
	return atomic_compare_exchange_strong(word, &state, TAKEN);
}

static void wake_stop(struct vscmi_shmem_agent *shmem, _Atomic uint32_t *word)
{
	struct vscmi_port *port = shmem->link.agent->config.port;

	if (!atomic_load(&shmem->running))
		port->ops->wake(port, word);
}

static void give_up(struct vscmi_shmem_agent *shmem, _Atomic uint32_t *word,
		    uint32_t state)
{
	atomic_store(word, state);
	wake_stop(shmem, word);
}

static uint32_t status_of(const struct vscmi_shmem_channel *channel)
{
	struct vscmi_shmem_area *area = channel->area;

	return vscmi_shmem_load(&area->status);
}

/*
 * ---- Commands ----
 */

static struct vscmi_shmem_agent *shmem_of(struct vscmi_link *link)
{
	return (void *)((uint8_t *)link - offsetof(struct vscmi_shmem_agent, link));
}

/* With the area claimed. */
static enum vscmi_error put(struct vscmi_shmem_agent *shmem, const void *message,
			    size_t count, uint16_t buffer, uint32_t epoch)
{
	const struct vscmi_shmem_channel *channel = &shmem->config.commands;
	struct vscmi_shmem_area *area = channel->area;

	if (epoch != vscmi_agent_epoch(shmem->link.agent))
		return VSCMI_E_NOT_READY;
	if (count > vscmi_shmem_room(channel))
		return VSCMI_E_TOO_BIG;
	/* A command of an earlier start may still be with the platform. */
	if (!(status_of(channel) & VSCMI_SHMEM_FREE))
		return VSCMI_E_BUSY;
	shmem->number = (shmem->number + 1) % NUMBERS;
	shmem->buffer = buffer;
	shmem->header = vscmi_le32_get(message);
	vscmi_shmem_store(&area->flags,
			  shmem->config.interrupts ? VSCMI_SHMEM_INTERRUPT : 0);
	vscmi_shmem_put(channel, message, count, 0);
	return VSCMI_OK;
}

static enum vscmi_error send(struct vscmi_link *link, const void *message, size_t count,
			     size_t reply_room, uint16_t buffer, uint32_t epoch)
{
	struct vscmi_shmem_agent *shmem = shmem_of(link);
	enum vscmi_error error;

	if (!claim(&shmem->command, IDLE))
		return atomic_load(&shmem->command) == CLOSED ? VSCMI_E_NOT_READY
							      : VSCMI_E_BUSY;
	error = put(shmem, message, count, buffer, epoch);
	give_up(shmem, &shmem->command, error ? IDLE : OUT + shmem->number);
	if (!error)
		shmem->config.ring(shmem->config.context, VSCMI_CHANNEL_COMMANDS);
	return error;
}

static bool is_answered(const struct vscmi_shmem_agent *shmem)
{
	return status_of(&shmem->config.commands) &
	       (VSCMI_SHMEM_FREE | VSCMI_SHMEM_ERROR);
}

/* Have the area with the answer in it, unless somebody else has it already. */
static bool claim_answer(struct vscmi_shmem_agent *shmem)
{
	uint32_t state = atomic_load(&shmem->command);

	return state >= OUT && is_answered(shmem) && claim(&shmem->command, state);
}

/* What a command gets that the channel did not carry. */
static size_t put_comms_error(uint8_t *message, uint32_t header)
{
	vscmi_le32_put(message, header);
	vscmi_le32_put(message + VSCMI_HEADER_BYTES, (uint32_t)VSCMI_COMMS_ERROR);
	return VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES;
}

static void process_reply(struct vscmi_shmem_agent *shmem)
{
	uint8_t message[VSCMI_EVENT_BYTES_MAX];
	uint16_t buffer;
	size_t count;

	if (!claim_answer(shmem))
		return;
	buffer = shmem->buffer;
	if (status_of(&shmem->config.commands) & VSCMI_SHMEM_ERROR)
		count = put_comms_error(message, shmem->header);
	else
		count = vscmi_shmem_get(&shmem->config.commands, message,
					sizeof(message));
	/* The next command may be sent while this one is delivered. */
	atomic_fetch_add(&shmem->delivering, 1);
	give_up(shmem, &shmem->command, IDLE);
	vscmi_agent_receive(shmem->link.agent, VSCMI_CHANNEL_COMMANDS, message, count,
			    buffer);
	atomic_fetch_sub(&shmem->delivering, 1);
	wake_stop(shmem, &shmem->delivering);
}

/*
 * ---- Events ----
 */

static bool event_is_there(const struct vscmi_shmem_agent *shmem)
{
	return atomic_load(&shmem->event) == IDLE &&
	       !(status_of(&shmem->config.events) & VSCMI_SHMEM_FREE);
}

/* Take the event, if there is one, and let the platform send the next. */
static bool take_event(struct vscmi_shmem_agent *shmem, uint8_t *ret_message, size_t room,
		       size_t *ret_count)
{
	const struct vscmi_shmem_channel *channel = &shmem->config.events;
	struct vscmi_shmem_area *area = channel->area;
	bool tell = false, there;

	if (!event_is_there(shmem) || !claim(&shmem->event, IDLE))
		return false;
	/* Others may have taken it meanwhile. */
	there = !(status_of(channel) & VSCMI_SHMEM_FREE);
	if (there) {
		*ret_count = vscmi_shmem_get(channel, ret_message, room);
		tell = vscmi_shmem_load(&area->flags) & VSCMI_SHMEM_INTERRUPT;
		vscmi_shmem_store(&area->status, VSCMI_SHMEM_FREE);
	}
	give_up(shmem, &shmem->event, IDLE);
	if (tell)
		shmem->config.ring(shmem->config.context, VSCMI_CHANNEL_EVENTS);
	return there;
}

/* Returns whether there is another one: who came for it meanwhile has found the area taken. */
static bool process_event(struct vscmi_shmem_agent *shmem)
{
	uint8_t message[VSCMI_EVENT_BYTES_MAX];
	size_t count;

	if (!shmem->config.events.area)
		return false;
	if (take_event(shmem, message, sizeof(message), &count))
		vscmi_agent_receive(shmem->link.agent, VSCMI_CHANNEL_EVENTS, message,
				    count, VSCMI_NO_BUFFER);
	return event_is_there(shmem);
}

bool vscmi_shmem_agent_process(struct vscmi_shmem_agent *shmem)
{
	process_reply(shmem);
	return process_event(shmem);
}

/*
 * ---- The link ----
 */

static bool poll(struct vscmi_link *link)
{
	return vscmi_shmem_agent_process(shmem_of(link));
}

static const struct vscmi_link_ops ops = {
	.ops_size = sizeof(ops),
	.send = send,
	.poll = poll,
};

enum vscmi_error vscmi_shmem_agent_init(struct vscmi_shmem_agent *shmem,
					const struct vscmi_shmem_agent_config *config)
{
	if (config->command_count < 1 || config->command_count > VSCMI_TOKENS)
		return VSCMI_E_INVALID;
	memset(shmem, 0, sizeof(*shmem));
	shmem->config = *config;
	shmem->link = (struct vscmi_link){
		.ops = &ops,
		.name = "shmem",
		.max_messages = config->command_count,
		.max_message_bytes = VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES,
		.timeout_us = VSCMI_SHMEM_TIMEOUT_US,
	};
	return config->commands.area
		       ? vscmi_shmem_agent_move(shmem, &config->commands, &config->events)
		       : VSCMI_OK;
}

enum vscmi_error vscmi_shmem_agent_move(struct vscmi_shmem_agent *shmem,
					const struct vscmi_shmem_channel *commands,
					const struct vscmi_shmem_channel *events)
{
	if (!vscmi_shmem_is_sound(commands) ||
	    (events->area && !vscmi_shmem_is_sound(events)))
		return VSCMI_E_INVALID;
	shmem->config.commands = *commands;
	shmem->config.events = *events;
	shmem->link.max_message_bytes = vscmi_shmem_room(commands);
	shmem->link.has_events = events->area;
	return VSCMI_OK;
}

enum vscmi_error vscmi_shmem_agent_start(struct vscmi_shmem_agent *shmem)
{
	enum vscmi_error error;

	if (atomic_load(&shmem->command) != CLOSED)
		return VSCMI_E_BUSY;
	if (!shmem->config.commands.area)
		return VSCMI_E_INVALID;
	atomic_store(&shmem->running, 1);
	atomic_store(&shmem->command, IDLE);
	atomic_store(&shmem->event, IDLE);
	error = vscmi_agent_link_up(shmem->link.agent);
	if (error)
		vscmi_shmem_agent_stop(shmem);
	return error;
}

/* Wait until nobody touches the area, and let nobody do so. */
static void close_channel(struct vscmi_shmem_agent *shmem, _Atomic uint32_t *word)
{
	struct vscmi_port *port = shmem->link.agent->config.port;
	uint32_t state = atomic_load(word);

	while (state == TAKEN || !atomic_compare_exchange_weak(word, &state, CLOSED)) {
		if (state == TAKEN)
			port->ops->wait(port, word, TAKEN, VSCMI_NEVER);
		state = atomic_load(word);
	}
}

void vscmi_shmem_agent_stop(struct vscmi_shmem_agent *shmem)
{
	struct vscmi_port *port;
	uint32_t delivering;

	if (atomic_load(&shmem->command) == CLOSED)
		return;
	port = shmem->link.agent->config.port;
	atomic_store(&shmem->running, 0);
	close_channel(shmem, &shmem->command);
	close_channel(shmem, &shmem->event);
	while ((delivering = atomic_load(&shmem->delivering)) != 0)
		port->ops->wait(port, &shmem->delivering, delivering, VSCMI_NEVER);
	vscmi_agent_link_down(shmem->link.agent);
}
