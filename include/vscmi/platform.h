/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The platform: serves SCMI to its agents, over resources that the caller describes.
 *
 * It is a function from (agent, request bytes) to reply bytes and events. It never waits,
 * reads a clock, allocates or opens anything, and no function here blocks. One thread at
 * a time may be inside one platform. Ops are called from inside it and may call only
 * vscmi_op_complete_after and vscmi_platform_system_request. Whatever an agent sends gets
 * an answer or is counted.
 */
#ifndef VSCMI_PLATFORM_H
#define VSCMI_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vscmi/error.h>
#include <vscmi/header.h>
#include <vscmi/platform/base.h>
#include <vscmi/platform/clock.h>
#include <vscmi/platform/sensor.h>
#include <vscmi/platform/system.h>
#include <vscmi/service.h>

struct vscmi_platform;

/* An agent, without regard to whether it is there. */
struct vscmi_platform_agent {
	const char *name; /* sent cut to 15 characters */
	/* It may set the permissions and reset the configuration of others, and is told
	 * of their errors. */
	bool trusted;
	/* What exists for it. NULL: everything, and it may change everything. */
	const struct vscmi_platform_system_view *system;
	const struct vscmi_platform_clock_view *clocks;
	const struct vscmi_platform_sensor_view *sensors;
};

/* All of it is the caller's, is kept, and does not change while the platform lives. */
struct vscmi_platform_config {
	const struct vscmi_platform_base *base;
	const struct vscmi_platform_agent
		*agents;     /* [agent_count]; agent id - 1 is the index */
	uint8_t agent_count; /* 1..255 */

	/* What is absent, or 0, is a protocol that the platform does not have. */
	const struct vscmi_platform_system *system;
	const struct vscmi_platform_clock *clocks; /* [clock_count] */
	uint16_t clock_count;
	const struct vscmi_platform_sensor *sensors; /* [sensor_count] */
	uint16_t sensor_count;

	/* Asynchronous operations under way for each agent in each protocol, announced to
	 * it; and as many synchronous ones that an op finishes later. 1..255. */
	uint8_t pending_max;
	/* Notifications that can wait for each agent. */
	uint16_t notifications_max;
};

/* How much memory a platform with this configuration needs. */
size_t vscmi_platform_bytes(const struct vscmi_platform_config *config);

/*
 * Make a platform in memory, bytes long, at any alignment. It has no fini: forget it, and
 * with it every struct vscmi_op.
 *
 * VSCMI_E_INVALID: the configuration breaks a rule of its header. VSCMI_E_TOO_BIG: bytes
 * is less than vscmi_platform_bytes says.
 */
enum vscmi_error vscmi_platform_init(const struct vscmi_platform_config *config,
				     void *memory, size_t bytes,
				     struct vscmi_platform **ret_platform);

/*
 * What a link gets. The functions that follow are the same for who has no link.
 */
struct vscmi_service *vscmi_platform_service(struct vscmi_platform *platform);

/*
 * ---- Agents come and go ----
 */

/*
 * An agent is there, freshly reset: it has no votes, no subscriptions and the newest
 * version of each protocol, as after vscmi_platform_disconnect. The channel is the
 * caller's and is kept. VSCMI_E_INVALID: no such agent.
 */
enum vscmi_error vscmi_platform_connect(struct vscmi_platform *platform,
					uint32_t agent_id,
					const struct vscmi_service_channel *channel);

/*
 * An agent was reset or is gone: its votes, subscriptions, waiting events and pending
 * operations go, held commands are not answered any more, and what it configured returns
 * to the default. Harmless if it was not connected.
 */
void vscmi_platform_disconnect(struct vscmi_platform *platform, uint32_t agent_id);

/*
 * ---- Messages ----
 */

/*
 * Serve one command of an agent: request, count bytes long, header word first. The reply
 * is written to reply, never beyond room, and lists are cut to fit it. The two must not
 * overlap, and neither may be memory that someone else changes. cookie is for
 * vscmi_service_channel.reply, if the command is held. ret_count is set if ANSWERED.
 */
enum vscmi_service_outcome vscmi_platform_handle(struct vscmi_platform *platform,
						 uint32_t agent_id, const void *request,
						 size_t count, void *reply, size_t room,
						 void *cookie, size_t *ret_count);

/* How many commands of one agent can be held at a time. */
size_t vscmi_platform_held_max(const struct vscmi_platform *platform);

/* Bytes of the longest event. */
#define VSCMI_PLATFORM_EVENT_MAX 64u

/*
 * Fetch the next event of an agent, a delayed response or a notification, header word
 * first. False if nothing waits that fits. A notification that is longer than room is
 * dropped and counted; a delayed response waits for more room.
 */
bool vscmi_platform_event(struct vscmi_platform *platform, uint32_t agent_id, void *bytes,
			  size_t room, size_t *ret_count);

/* Whether anything waits for the agent. */
bool vscmi_platform_event_waits(const struct vscmi_platform *platform, uint32_t agent_id);

/*
 * ---- Time ----
 */

/*
 * It is now_us, microseconds since any fixed moment, not going back: do what is due. Call
 * it when a thread that serves the platform wakes up, before anything else, so that ops
 * and intervals see the right time.
 */
void vscmi_platform_advance(struct vscmi_platform *platform, uint64_t now_us);

/* When vscmi_platform_advance has something to do; UINT64_MAX: not before something else
 * happens. */
uint64_t vscmi_platform_next_us(const struct vscmi_platform *platform);

/*
 * ---- For ops that finish later ----
 */

/* What an op returns instead of a status, which is never positive. */
#define VSCMI_OP_LATER 1

/* An operation that an op was given and has not finished. */
struct vscmi_op;

/*
 * The operation ended with this SCMI status: the agent gets its answer. Exactly once for
 * every VSCMI_OP_LATER, even if the agent has gone, and not before the op has returned.
 */
void vscmi_op_complete(struct vscmi_op *op, int32_t status);

/* The same in delay_us, when vscmi_platform_advance gets there. The op itself may call it
 * before it returns VSCMI_OP_LATER. */
void vscmi_op_complete_after(struct vscmi_op *op, uint64_t delay_us, int32_t status);

/*
 * ---- Counters ----
 */

#define VSCMI_PLATFORM_PROTOCOLS 16u /* 0x10..0x1f */
#define VSCMI_PLATFORM_STATUSES  12u /* SUCCESS..IN_USE */

struct vscmi_platform_counters {
	uint64_t messages[VSCMI_PLATFORM_PROTOCOLS]; /* commands, by protocol - 0x10 */
	uint64_t messages_unknown;                   /* of protocols beyond these */
	uint64_t answers[VSCMI_PLATFORM_STATUSES]; /* by -status; held ones once they end
						    */
	uint64_t answers_vendor;                   /* other statuses */
	uint64_t unanswerable;
	uint64_t delayed_responses;     /* fetched */
	uint64_t notifications;         /* fetched */
	uint64_t notifications_merged;  /* replaced by fresher ones before that */
	uint64_t notifications_dropped; /* queue full, or buffer too small */
};

/* Of one agent since init. VSCMI_E_INVALID: no such agent. */
enum vscmi_error vscmi_platform_counters(const struct vscmi_platform *platform,
					 uint32_t agent_id,
					 struct vscmi_platform_counters *ret_counters);

#endif
