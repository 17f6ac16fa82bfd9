/* SPDX-License-Identifier: BSD-3-Clause */
/* The state of a platform, shared by the files of this folder. */
#ifndef VSCMI_PLATFORM_ENGINE_H
#define VSCMI_PLATFORM_ENGINE_H

#include "platform/handler.h"
#include "protocols/places.h"

struct vscmi_place {
	const struct vscmi_server *server;
	const uint32_t *versions; /* [version_count], oldest first */
	size_t version_count;
	uint8_t protocol;
};

extern const struct vscmi_place vscmi_places[VSCMI_PLACES];

/* By protocol from base on: its place, counted from 1; 0: there is none. */
extern const uint8_t vscmi_place_numbers[VSCMI_PLATFORM_PROTOCOLS];

static inline unsigned vscmi_place_number(uint8_t protocol)
{
	unsigned from_base = protocol - (unsigned)VSCMI_PROTOCOL_BASE;

	return from_base < VSCMI_PLATFORM_PROTOCOLS ? vscmi_place_numbers[from_base] : 0;
}

/* The place of a protocol; NULL if there is none. */
static inline const struct vscmi_place *vscmi_place_find(uint8_t protocol)
{
	unsigned number = vscmi_place_number(protocol);

	return number ? &vscmi_places[number - 1] : NULL;
}

/* The place of a server. */
static inline const struct vscmi_place *vscmi_place_of(const struct vscmi_server *server)
{
	return &vscmi_places[server->place];
}

/* A notification that waits, with the key by which a fresher one replaces it. */
struct vscmi_notice {
	const struct vscmi_server *server;
	uint8_t event_id;
	uint32_t resource;
	struct vscmi_out rest; /* of bytes */
	uint8_t bytes[VSCMI_PLATFORM_EVENT_MAX];
};

_Static_assert(VSCMI_PLACES <= 16, "visible and denied have a bit for each place");

struct vscmi_agent_state {
	const struct vscmi_service_channel *channel; /* NULL: not connected */
	uint32_t versions[VSCMI_PLACES];
	uint16_t visible;     /* a bit for each place: the protocol exists for it */
	uint16_t *denied;     /* [device_count], by device id - 1: a bit for each place */
	struct vscmi_op *ops; /* [platform->op_count] */
	struct vscmi_op *free_ops;
	uint8_t pending[VSCMI_PLACES][2]; /* of ops: asynchronous, and synchronous ones */
	struct vscmi_op *ended; /* those whose delayed response waits, oldest first */
	struct vscmi_op **ended_end;  /* where the next one is put */
	struct vscmi_notice *notices; /* [notifications_max], a ring */
	uint16_t first_notice, notice_count;
	struct vscmi_platform_counters counters;
};

/* The state of an agent; NULL if there is no such id. */
static inline struct vscmi_agent_state *vscmi_agent_state(
	const struct vscmi_platform *platform, uint32_t agent_id)
{
	if (agent_id - 1 >= platform->config->agent_count)
		return NULL;
	return &platform->agents[agent_id - 1];
}

/* Whether a protocol exists for an agent. */
static inline bool vscmi_is_visible(const struct vscmi_agent_state *agent,
				    const struct vscmi_place *place)
{
	return agent->visible >> (place - vscmi_places) & 1;
}

/* Something waits for the agent, which the channel will be told. */
void vscmi_agent_has_news(struct vscmi_platform *platform,
			  const struct vscmi_agent_state *agent);

/* common.c: the messages that every protocol has. */
extern const struct vscmi_command *const vscmi_common_commands;
extern const size_t vscmi_common_command_count;

/* A command in an array by message id; NULL if the version has none. */
static inline const struct vscmi_command *vscmi_command_at(
	const struct vscmi_command *commands, size_t count, uint32_t version,
	uint32_t message_id)
{
	if (message_id >= count || !commands[message_id].serve ||
	    version < commands[message_id].since)
		return NULL;
	return &commands[message_id];
}

/* A command of a protocol, provided or not. */
static inline const struct vscmi_command *vscmi_command_find(
	const struct vscmi_server *server, uint32_t version, uint32_t message_id)
{
	const struct vscmi_command *command = vscmi_command_at(
		server->commands, server->command_count, version, message_id);

	return command ? command
		       : vscmi_command_at(vscmi_common_commands,
					  vscmi_common_command_count, version,
					  message_id);
}

/* Write header word and status at the start of a message. */
static inline void vscmi_put_head(uint8_t *bytes, uint32_t header, int32_t status)
{
	vscmi_le64_put(bytes, header | (uint64_t)(uint32_t)status << 32);
}

#define VSCMI_HEAD_BYTES (VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES)

/* service.c */
extern const struct vscmi_service_ops vscmi_platform_service_ops;

/* op.c */
/* It has ended, and nothing of it waits any more. */
void vscmi_op_release(struct vscmi_op *op);
/* All of the agent's operations are free. */
void vscmi_ops_start(struct vscmi_platform *platform, uint32_t agent_id);
/* The agent has gone: what waits is dropped, what runs becomes a background operation. */
void vscmi_ops_abandon(struct vscmi_platform *platform, struct vscmi_agent_state *agent);

static inline void vscmi_count_answer(struct vscmi_agent_state *agent, int32_t status)
{
	if (status <= 0 && status > -(int32_t)VSCMI_PLATFORM_STATUSES)
		agent->counters.answers[-status]++;
	else
		agent->counters.answers_vendor++;
}

#endif
