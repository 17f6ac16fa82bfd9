/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A service that does what the test says. It keeps each command that comes and holds it,
 * until the test answers: with any bytes, in any order, in any command's buffer. Events are
 * what the test queues.
 */
#ifndef VSCMI_TESTS_SERVICE_H
#define VSCMI_TESTS_SERVICE_H

#include "test.h"

#include <stdbool.h>

#include "vscmi/service.h"

#define SERVICE_COMMANDS      16384u
#define SERVICE_COMMAND_BYTES 64u
#define SERVICE_EVENTS        256u

/* A command as it came. */
struct service_command {
	uint8_t bytes[SERVICE_COMMAND_BYTES];
	size_t count;
	size_t room; /* for the reply */
	void *cookie;
	bool held; /* its buffer is with the service */
};

/* Bytes that are ready: a reply or an event. */
struct service_message {
	uint8_t bytes[VSCMI_SERVICE_EVENT_MAX];
	size_t count;
};

struct service {
	struct vscmi_service service;
	uint32_t held_max;
	bool loses; /* every command that comes, at once */
	const struct vscmi_service_channel *channel; /* NULL: no agent is connected */
	uint32_t connects;

	struct service_command commands[SERVICE_COMMANDS]; /* all of them, in order */
	uint32_t command_count;
	/* Fill *ret_reply and return true to answer a command at once. NULL: all are held. */
	bool (*answer)(struct service *service, const struct service_command *command,
		       struct service_message *ret_reply);

	struct service_message events[SERVICE_EVENTS];
	uint32_t events_queued, events_taken;
};

/* A service for one agent, which holds up to held_max commands. Free it with free(). */
struct service *service_new(uint32_t held_max);

/* The command that came last. */
struct service_command *service_last(struct service *service);

/* Send bytes in the buffer of a command that is held. More than its room is a lie that the
 * link passes on. */
void service_reply(struct service *service, struct service_command *command,
		   const void *bytes, size_t count);

/* Never give a buffer back. */
void service_lose(struct service *service, struct service_command *command);

/* Queue an event, a delayed response or a notification or whatever else. */
void service_event(struct service *service, const void *bytes, size_t count);

/* Let the agent find its device reset. */
void service_reset(struct service *service);

#endif
