/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the handlers of a protocol see of the platform engine, and what the engine sees of a
 * protocol: one struct vscmi_server each. lib/protocols/<name>/platform.c has it.
 */
#ifndef VSCMI_PLATFORM_HANDLER_H
#define VSCMI_PLATFORM_HANDLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/cursor.h"
#include "platform/agent_set.h"
#include "platform/alarm.h"
#include "protocols/places.h"
#include "vscmi/platform.h"

struct vscmi_agent_state;
struct vscmi_sensor;

/* The engine's, and here so that what is asked for with each command is no call. */
struct vscmi_platform {
	struct vscmi_service service;
	const struct vscmi_platform_config *config;
	void *states[VSCMI_PLACES];
	struct vscmi_agent_state *agents; /* [agent_count] */
	size_t op_count;                  /* for each agent */
	struct vscmi_alarms alarms;
	uint64_t now_us;
	unsigned depth;   /* public functions that are being executed */
	uint32_t serving; /* the agent whose command is being handled; 0: none */
	struct vscmi_agent_set news; /* whose channels have not been told of events */
	bool any_news;
};

/*
 * ---- A command ----
 */

/* A status that a handler returns and no platform sends: the answer comes later. */
#define VSCMI_HELD VSCMI_OP_LATER

/* A command on its way through the platform. */
struct vscmi_call {
	struct vscmi_platform *platform;
	struct vscmi_agent_state *agent;
	const struct vscmi_server *server;
	uint32_t agent_id;
	uint32_t version; /* that the agent speaks */
	uint32_t header;
	const uint8_t *request; /* what follows the header word */
	size_t request_bytes;
	uint32_t reserved;      /* bits that were set in it, and are not to be */
	struct vscmi_out reply; /* what follows the status word */
	size_t room;            /* of the reply, from its header word on */
	void *cookie;           /* the link's */
};

/* The last word on a request, once it is clear that the caller may send it at all. */
static inline int32_t vscmi_call_check(const struct vscmi_call *call)
{
	return call->reserved ? VSCMI_INVALID_PARAMETERS : VSCMI_SUCCESS;
}

/* Fill a NAME or LONG_NAME of a reply. */
#define VSCMI_SET_TEXT(field, text) vscmi_set_text(field, sizeof(field), text)

static inline void vscmi_set_text(char *field, size_t field_bytes, const char *text)
{
	struct vscmi_out out = vscmi_out(field, field_bytes);

	vscmi_out_text(&out, text, field_bytes);
}

/* One row of messages.def, as protocols/handler_rows.h makes it; serve is NULL in a hole. */
struct vscmi_command {
	uint32_t since;
	int32_t (*serve)(struct vscmi_call *call);
};

/*
 * ---- Operations ----
 */

enum vscmi_op_kind {
	VSCMI_OP_SYNCHRONOUS,  /* its end is the reply */
	VSCMI_OP_ASYNCHRONOUS, /* its end is a delayed response */
	VSCMI_OP_SILENT,       /* asynchronous, but nobody wants to know */
	VSCMI_OP_BACKGROUND,   /* the platform's own, or its agent has gone */
};

struct vscmi_op {
	struct vscmi_platform *platform;
	struct vscmi_agent_state *agent; /* NULL: it is the platform's own */
	const struct vscmi_server *server;
	enum vscmi_op_kind kind;
	enum {
		VSCMI_OP_FREE,
		VSCMI_OP_BEGUN,   /* the resource's op has not returned */
		VSCMI_OP_RUNNING, /* it returned VSCMI_OP_LATER */
		VSCMI_OP_ENDED,   /* the delayed response waits to be fetched */
	} state;
	uint32_t agent_id;
	uint32_t version;
	uint32_t header;
	size_t room; /* of the reply, from its header word on */
	void *cookie;
	struct vscmi_op *next;    /* in the list of its state */
	struct vscmi_alarm alarm; /* when it ends by itself */
	int32_t status;           /* how it ends */

	/* The protocol's. */
	uint16_t resource;           /* index of the clock */
	struct vscmi_sensor *sensor; /* the sensor */
	uint32_t resource_id;        /* what the agent calls it */
	struct vscmi_sensor_reading readings[VSCMI_SENSOR_AXES_MAX];
	uint64_t rate_hz;
};

/* An operation for a command; NULL if the agent has too many under way. */
struct vscmi_op *vscmi_op_begin(const struct vscmi_call *call, enum vscmi_op_kind kind);

/* One for the platform itself, in memory of the protocol's state. */
void vscmi_op_begin_background(struct vscmi_op *op, struct vscmi_platform *platform,
			       const struct vscmi_server *server);

/*
 * What the resource's op returned. Ends the operation, if that was not VSCMI_OP_LATER: a
 * synchronous one by putting the reply. Returns what the handler has to return; call is NULL for a background operation.
 */
int32_t vscmi_op_settle(struct vscmi_op *op, struct vscmi_call *call, int32_t returned);

/* Whether the operation is under way. */
static inline bool vscmi_op_is_busy(const struct vscmi_op *op)
{
	return op->state == VSCMI_OP_BEGUN || op->state == VSCMI_OP_RUNNING;
}

/*
 * ---- A protocol ----
 */

/* Memory for state. With base NULL it only counts; else what it gives is zeroed. */
struct vscmi_arena {
	uint8_t *base;
	size_t used;
};

void *vscmi_arena_take(struct vscmi_arena *arena, size_t count, size_t bytes,
		       size_t align);

#define VSCMI_ARENA_ARRAY(arena, count, type) \
	((type *)vscmi_arena_take(arena, count, sizeof(type), _Alignof(type)))

/* What is NULL has nothing to do, or no condition; commands and provides are never. */
struct vscmi_server {
	uint8_t place;                        /* VSCMI_PLACE_... */
	const struct vscmi_command *commands; /* by message id */
	size_t command_count;
	/* The version that brought a notification. Not NULL if there are any. */
	uint32_t (*notification_since)(uint8_t event_id);

	/* The configuration keeps the rules of its header. */
	bool (*is_valid)(const struct vscmi_platform_config *config);
	/* Take the state from the arena, and return it; NULL while it only counts. */
	void *(*lay_out)(const struct vscmi_platform_config *config,
			 struct vscmi_arena *arena);
	/* Set up the state; agents come later, by agent_arrives. */
	void (*start)(struct vscmi_platform *platform);

	/* Whether the protocol exists for an agent. */
	bool (*is_visible)(const struct vscmi_platform_config *config, uint32_t agent_id);
	/*
	 * Whether a command of the rows is provided to the caller, as
	 * PROTOCOL_MESSAGE_ATTRIBUTES says it: VSCMI_SUCCESS and its attributes, which are 0
	 * before, or the status to say so.
	 */
	int32_t (*provides)(const struct vscmi_call *call, uint8_t message_id,
			    uint32_t *attributes);

	/* The agent's part of the state becomes that of one that was just reset. */
	void (*agent_arrives)(struct vscmi_platform *platform, uint32_t agent_id);
	/* What the agent configured returns to the default. */
	void (*agent_releases)(struct vscmi_platform *platform, uint32_t agent_id);

	/* An operation ended, with op->status; it may change that. */
	void (*op_ended)(struct vscmi_op *op);
	/* The reply of a synchronous operation that succeeded, after the status word. */
	void (*put_reply)(const struct vscmi_op *op, struct vscmi_out *out);
	/* The delayed response of an asynchronous one, likewise. Not NULL if there are
	 * operations. */
	void (*put_delayed)(const struct vscmi_op *op, struct vscmi_out *out);

	/* An asynchronous command of whatever protocol failed. */
	void (*command_failed)(struct vscmi_platform *platform, uint32_t agent_id,
			       uint32_t header, int32_t status);
};

#define PROTOCOL(NAME, name, id, negotiates, ...) \
	extern const struct vscmi_server vscmi_##name##_server;
#include "protocols/protocols.def"
#undef PROTOCOL

/*
 * ---- What a protocol asks of the engine ----
 */

/*
 * Every public function that can make events lies between these two. The outermost leave tells
 * the channels, when the platform is at rest and they may call it.
 */
static inline void vscmi_serve_enter(struct vscmi_platform *platform)
{
	platform->depth++;
}

void vscmi_serve_tell(struct vscmi_platform *platform);

static inline void vscmi_serve_leave(struct vscmi_platform *platform)
{
	if (--platform->depth == 0 && platform->any_news)
		vscmi_serve_tell(platform);
}

static inline const struct vscmi_platform_config *vscmi_serve_config(
	const struct vscmi_platform *platform)
{
	return platform->config;
}

/* What lay_out of the protocol at a place returned. */
static inline void *vscmi_serve_state(const struct vscmi_platform *platform, int place)
{
	return platform->states[place];
}

static inline uint64_t vscmi_serve_now_us(const struct vscmi_platform *platform)
{
	return platform->now_us;
}

/* Let alarm->ring be called once, when it is due_us; UINT64_MAX: not any more. */
void vscmi_serve_alarm(struct vscmi_platform *platform, struct vscmi_alarm *alarm,
		       uint64_t due_us);

/* The description of an agent; NULL if there is no such id. */
const struct vscmi_platform_agent *vscmi_serve_agent(
	const struct vscmi_platform *platform, uint32_t agent_id);

/* Whether the agent is there and can get notifications and delayed responses. */
bool vscmi_serve_has_events(const struct vscmi_platform *platform, uint32_t agent_id);

uint32_t vscmi_serve_version(const struct vscmi_platform *platform, uint32_t agent_id,
			     const struct vscmi_server *server);

/* Whether the agent may use a device, which is not 0, by a protocol. */
bool vscmi_serve_may_use(const struct vscmi_platform *platform, uint32_t agent_id,
			 uint16_t device_id, const struct vscmi_server *server);

/* The same for a resource of a device, or of none. */
static inline bool vscmi_serve_is_allowed(const struct vscmi_platform *platform,
					  uint32_t agent_id, uint16_t device_id,
					  const struct vscmi_server *server)
{
	return device_id == 0 ||
	       vscmi_serve_may_use(platform, agent_id, device_id, server);
}

/* Whether a protocol exists for an agent. */
bool vscmi_serve_has_protocol(const struct vscmi_platform *platform, uint32_t agent_id,
			      uint8_t protocol);

/* Allow or deny a device by one protocol, or by all with 0. */
void vscmi_serve_allow(struct vscmi_platform *platform, uint32_t agent_id,
		       uint16_t device_id, uint8_t protocol, bool allow);

/* What the agent configured returns to the default, and its permissions do if wanted. */
void vscmi_serve_reset_agent(struct vscmi_platform *platform, uint32_t agent_id,
			     bool permissions);

/*
 * A notification for an agent: where to put its payload, as version says. It replaces one of the same
 * event and resource that waits. NULL: the agent's queue is full, which is counted, or it cannot get this one.
 */
struct vscmi_out *vscmi_serve_notify(struct vscmi_platform *platform, uint32_t agent_id,
				     const struct vscmi_server *server, uint8_t event_id,
				     uint32_t resource);

#endif
