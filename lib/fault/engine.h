/* SPDX-License-Identifier: BSD-3-Clause */
/* The state of a fault layer, shared by the files of this folder. */
#ifndef VSCMI_FAULT_ENGINE_H
#define VSCMI_FAULT_ENGINE_H

#include "message/cursor.h"
#include "vscmi/fault.h"
#include "vscmi/header.h"

enum vscmi_fault_way {
	VSCMI_FAULT_REPLY, /* with the buffer of its command */
	VSCMI_FAULT_STRAY, /* a reply too, but without one */
	VSCMI_FAULT_EVENT,
};

/* A message on its way through the rules; and one that is kept, until it leaves. */
struct vscmi_fault_message {
	struct vscmi_fault_message *next;
	enum vscmi_fault_way way;
	uint32_t on;       /* what it is, a set of one */
	uint32_t word;     /* its header, as it came */
	void *cookie;      /* of a reply */
	uint32_t added_by; /* the rule that has made one more of it; 0: none */

	bool is_kept;     /* or will be, by who called vscmi_faults_apply */
	bool is_told;     /* an event: the link knows that something waits */
	bool is_early;    /* waits for the delayed response of its command */
	uint64_t lead_us; /* and so much longer */
	uint32_t behind;  /* waits for so many messages of its channel */
	uint64_t due_us;
	uint64_t ready_us; /* when it is due if it waits for none of these */
	/*
	 * Who goes first of those that are due at the same time: twice the number of the
	 * message, and one more for its duplicate. Of equals it is who was kept first.
	 */
	uint64_t order;

	size_t needs; /* what must fit the room of an event: count, without lies */
	size_t count;
	uint8_t bytes[VSCMI_SERVICE_REPLY_MAX];
};

struct vscmi_fault_agent {
	struct vscmi_faults *faults;
	uint32_t id;
	const struct vscmi_service_channel
		*channel;                 /* the link's, while it is connected */
	struct vscmi_service_channel own; /* what who is behind it gets */
	uint32_t connections;             /* ever made or ended */

	struct vscmi_fault_message *kept, *free; /* messages_max and one more */
	/* The last of the free ones are those that were never used, one behind the other. */
	struct vscmi_fault_message *unused, *end;
	uint32_t kept_count;
	uint64_t messages; /* ever seen */
	uint64_t notifications_dropped;

	bool is_to_reset;
	bool is_stalled;
	uint64_t stalled_until_us;
	uint32_t stalled_by; /* id of the rule */
};

struct vscmi_faults {
	struct vscmi_service service;
	struct vscmi_faults_config config;
	struct vscmi_fault_agent *agents;  /* [agent_count] */
	struct vscmi_fault_entry *entries; /* [rules_max], by id */
	uint32_t rule_count;
	uint32_t last_id;
	uint64_t random;
	uint64_t now_us;
	uint64_t pending; /* kept messages, resets to come and stalls, of all agents */
};

/* Whether it is in the way of messages at all. */
static inline bool vscmi_faults_act(const struct vscmi_faults *faults)
{
	return faults->rule_count > 0 || faults->pending > 0;
}

static inline struct vscmi_faults *vscmi_faults_of(struct vscmi_service *service)
{
	return (void *)((uint8_t *)service - offsetof(struct vscmi_faults, service));
}

/* service.c */
extern const struct vscmi_service_ops vscmi_faults_service_ops;

/* The first event of an agent that is due and fits, from those behind it if none is kept; NULL:
 * there is none. A notification that does not fit is dropped. */
struct vscmi_fault_message *vscmi_faults_next_event(struct vscmi_fault_agent *agent,
						    size_t room);

/* fault.c: the rule with this id; NULL: there is none. */
struct vscmi_fault_entry *vscmi_faults_find(struct vscmi_faults *faults, uint32_t id);

/* effect.c */
enum vscmi_fault_fate {
	VSCMI_FAULT_PASSES,
	VSCMI_FAULT_KEPT, /* the caller keeps it: there is a place */
	VSCMI_FAULT_GONE,
};

/* Do to a message, of which way, cookie, count and bytes are set, what the rules say. */
enum vscmi_fault_fate vscmi_faults_apply(struct vscmi_fault_agent *agent,
					 struct vscmi_fault_message *message);

/* keep.c */
/*
 * Keep a copy of a message. Faults find messages_max places; the last one is for an event that
 * passes.
 */
struct vscmi_fault_message *vscmi_faults_keep(struct vscmi_fault_agent *agent,
					      const struct vscmi_fault_message *message);

/* It is not kept any more. */
void vscmi_faults_let_go(struct vscmi_fault_agent *agent,
			 struct vscmi_fault_message *message);

/* Of two that are due. */
bool vscmi_faults_is_before(const struct vscmi_fault_message *a,
			    const struct vscmi_fault_message *b);

bool vscmi_faults_is_due(const struct vscmi_fault_agent *agent,
			 const struct vscmi_fault_message *message);

/* A message leaves for the link: others may have waited for that. */
void vscmi_faults_leaves(struct vscmi_fault_agent *agent,
			 const struct vscmi_fault_message *message);

/* The agent was reset or is gone. */
void vscmi_faults_forget(struct vscmi_fault_agent *agent);

/* Nothing of the agent waits any longer: it comes with the next advance. */
void vscmi_faults_release(struct vscmi_fault_agent *agent);

/* Do what is due of what the layer itself keeps, and when there is more; UINT64_MAX: never. */
void vscmi_faults_advance(struct vscmi_faults *faults);
uint64_t vscmi_faults_next_us(const struct vscmi_faults *faults);

/* The header of the delayed response to the command with this header. */
static inline uint32_t vscmi_faults_delayed_of(uint32_t word)
{
	struct vscmi_header header = vscmi_header_unpack(word);

	header.type = VSCMI_DELAYED_RESPONSE;
	return vscmi_header_pack(header);
}

/* us more, as far as time goes: UINT64_MAX is never. */
static inline uint64_t vscmi_faults_later(uint64_t moment_us, uint64_t us)
{
	return us < UINT64_MAX - moment_us ? moment_us + us : UINT64_MAX - 1;
}

#endif
