/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Subscriptions. Each is one entry of the caller's array, with one word: its state, and how
 * many look at it, its owner being one of them. Nobody looks at an entry without being
 * counted, so it does not change hands under anyone, and no list has to be locked.
 */
#include "agent/call.h"
#include "agent/engine.h"

enum {
	FREE,    /* nobody counts */
	FILLING, /* its owner writes it */
	ACTIVE,
	CLOSING, /* free when the last one has gone */
	STATE_MASK = 3,
	USER = 4,
};

/* By protocols.def: a protocol that is listed there has these in its agent.c. */
#define PROTOCOL(NAME, name, id, ...) \
	extern const struct vscmi_notifications vscmi_##name##_notifications;
#include "protocols/protocols.def"
#undef PROTOCOL

static const struct vscmi_notification *find(uint8_t protocol, uint32_t id)
{
	const struct vscmi_notifications *notifications = NULL;

	switch (protocol) {
#define PROTOCOL(NAME, name, number, ...)                      \
	case number:                                           \
		notifications = &vscmi_##name##_notifications; \
		break;
#include "protocols/protocols.def"
#undef PROTOCOL
	default:
		return NULL;
	}
	return id < notifications->count ? &notifications->table[id] : NULL;
}

static uint8_t protocol_of(enum vscmi_event_kind kind)
{
	return (uint8_t)((uint32_t)kind >> 8);
}

static const struct vscmi_notification *find_kind(enum vscmi_event_kind kind)
{
	return find(protocol_of(kind), (uint32_t)kind & 0xff);
}

/*
 * ---- Entries ----
 */

void vscmi_agent_subscriptions_init(struct vscmi_agent *agent)
{
	for (uint32_t i = 0; i < agent->config.subscription_count; i++)
		atomic_init(&agent->config.subscriptions[i].word, FREE);
}

/* Look at an entry: false if it is not active. */
static bool enter(struct vscmi_subscription *entry)
{
	uint32_t word = atomic_load(&entry->word);

	while ((word & STATE_MASK) == ACTIVE)
		if (atomic_compare_exchange_weak(&entry->word, &word, word + USER))
			return true;
	return false;
}

static void leave(struct vscmi_agent *agent, struct vscmi_subscription *entry)
{
	uint32_t word = atomic_load(&entry->word), next;

	do
		next = word - USER == CLOSING ? FREE : word - USER;
	while (!atomic_compare_exchange_weak(&entry->word, &word, next));
	if ((word & STATE_MASK) == CLOSING)
		vscmi_agent_wake(agent, &entry->word);
}

static struct vscmi_subscription *take_entry(struct vscmi_agent *agent)
{
	for (uint32_t i = 0; i < agent->config.subscription_count; i++) {
		uint32_t word = FREE;

		if (atomic_compare_exchange_strong(&agent->config.subscriptions[i].word,
						   &word, FILLING))
			return &agent->config.subscriptions[i];
	}
	return NULL;
}

/* No callback starts any more; wait for those that run if asked to. */
static void close_entry(struct vscmi_agent *agent, struct vscmi_subscription *entry,
			bool wait_for_callbacks)
{
	struct vscmi_port *port = agent->config.port;
	uint32_t word = atomic_load(&entry->word);

	while (!atomic_compare_exchange_weak(&entry->word, &word,
					     (word & ~(uint32_t)STATE_MASK) | CLOSING))
		;
	if (!wait_for_callbacks)
		return;
	while ((word = atomic_load(&entry->word)) != (USER | CLOSING))
		port->ops->wait(port, &entry->word, word, VSCMI_NEVER);
}

static bool concerns(const struct vscmi_subscription *entry, enum vscmi_event_kind kind,
		     uint32_t resource_id)
{
	return entry->kind == kind && (entry->resource_id == VSCMI_ANY_RESOURCE ||
				       entry->resource_id == resource_id);
}

static bool is_wanted(struct vscmi_agent *agent, enum vscmi_event_kind kind,
		      uint32_t resource_id)
{
	bool wanted = false;

	for (uint32_t i = 0; i < agent->config.subscription_count && !wanted; i++) {
		struct vscmi_subscription *entry = &agent->config.subscriptions[i];

		if (enter(entry)) {
			wanted = concerns(entry, kind, resource_id);
			leave(agent, entry);
		}
	}
	return wanted;
}

/*
 * ---- The platform's side of it ----
 */

/* Whoever comes or goes sets the switch as it should be afterwards. Two at once: the last
 * to send looks again, so it ends as it should. */
static struct vscmi_result switch_one(struct vscmi_agent *agent,
				      enum vscmi_event_kind kind, uint32_t resource_id,
				      bool enable)
{
	const struct vscmi_notification *notification = find_kind(kind);
	struct vscmi_result result;

	if (!enable && is_wanted(agent, kind, resource_id))
		return vscmi_local(VSCMI_OK);
	result = notification->notify(agent, resource_id, enable);
	if (!enable && is_wanted(agent, kind, resource_id))
		result = notification->notify(agent, resource_id, true);
	return result;
}

static struct vscmi_result switch_all(struct vscmi_agent *agent,
				      enum vscmi_event_kind kind, bool enable)
{
	struct vscmi_result result, last = vscmi_local(VSCMI_E_UNSUPPORTED);
	uint32_t count;
	bool any = false;

	result = find_kind(kind)->resources(agent, &count);
	if (vscmi_failed(result))
		return result;
	for (uint32_t i = 0; i < count; i++) {
		last = switch_one(agent, kind, i, enable);
		any = any || !vscmi_failed(last);
		if (vscmi_failed(last) && last.error != VSCMI_E_REFUSED)
			return last;
	}
	return any ? vscmi_local(VSCMI_OK) : last;
}

static struct vscmi_result switch_platform(struct vscmi_agent *agent,
					   enum vscmi_event_kind kind,
					   uint32_t resource_id, bool enable)
{
	if (resource_id == VSCMI_ANY_RESOURCE && find_kind(kind)->resources)
		return switch_all(agent, kind, enable);
	return switch_one(agent, kind, resource_id, enable);
}

/*
 * ---- The caller's side ----
 */

struct vscmi_result vscmi_subscribe(
	struct vscmi_agent *agent, enum vscmi_event_kind kind, uint32_t resource_id,
	void (*callback)(void *context, const struct vscmi_event *event), void *context,
	struct vscmi_subscription **ret_subscription)
{
	const struct vscmi_notification *notification = find_kind(kind);
	struct vscmi_subscription *entry;
	struct vscmi_result result;

	if (!notification)
		return vscmi_local(VSCMI_E_INVALID);
	result = vscmi_agent_open(agent, protocol_of(kind), NULL);
	if (vscmi_failed(result))
		return result;
	if (!atomic_load(&agent->has_events))
		return vscmi_local(VSCMI_E_UNSUPPORTED);

	entry = take_entry(agent);
	if (!entry)
		return vscmi_local(VSCMI_E_BUSY);
	entry->kind = (uint16_t)kind;
	entry->resource_id = notification->resources ? resource_id : VSCMI_ANY_RESOURCE;
	entry->callback = callback;
	entry->context = context;
	atomic_store(&entry->word, USER | ACTIVE);

	result = switch_platform(agent, kind, entry->resource_id, true);
	if (vscmi_failed(result)) {
		close_entry(agent, entry, true);
		leave(agent, entry);
		return result;
	}
	*ret_subscription = entry;
	return result;
}

static struct vscmi_result unsubscribe(struct vscmi_agent *agent,
				       struct vscmi_subscription *entry,
				       bool wait_for_callbacks)
{
	struct vscmi_result result;

	close_entry(agent, entry, wait_for_callbacks);
	result = switch_platform(agent, entry->kind, entry->resource_id, false);
	leave(agent, entry);
	return result;
}

struct vscmi_result vscmi_unsubscribe(struct vscmi_agent *agent,
				      struct vscmi_subscription *subscription)
{
	return unsubscribe(agent, subscription, true);
}

struct vscmi_result vscmi_unsubscribe_in_callback(struct vscmi_agent *agent,
						  struct vscmi_subscription *subscription)
{
	return unsubscribe(agent, subscription, false);
}

/*
 * ---- What arrives ----
 */

bool vscmi_event_deliver(struct vscmi_agent *agent, const struct vscmi_event *event,
			 const struct vscmi_in *in)
{
	bool delivered = false;

	if (in->short_read)
		return false;
	for (uint32_t i = 0; i < agent->config.subscription_count; i++) {
		struct vscmi_subscription *entry = &agent->config.subscriptions[i];

		if (!enter(entry))
			continue;
		if (concerns(entry, event->kind, event->resource_id)) {
			entry->callback(entry->context, event);
			delivered = true;
		}
		leave(agent, entry);
	}
	return delivered;
}

void vscmi_agent_notified(struct vscmi_agent *agent, const uint8_t *message, size_t count)
{
	struct vscmi_header header = vscmi_header_unpack(vscmi_le32_get(message));
	const struct vscmi_notification *notification =
		find(header.protocol, header.message_id);
	uint32_t version = vscmi_agent_version(agent, header.protocol);
	struct vscmi_in in = vscmi_in(message, count);
	bool delivered = false;

	if (!notification) {
		vscmi_agent_drop(agent, VSCMI_ANOMALY_UNKNOWN_EVENT, message, count);
		return;
	}
	vscmi_in_take(&in, VSCMI_HEADER_BYTES);
	/* A protocol that was not opened has no version, and nobody subscribed to it. */
	if (version >= notification->since) {
		delivered = notification->decode(agent, &in, version);
		if (in.short_read) {
			vscmi_agent_drop(agent, VSCMI_ANOMALY_MALFORMED_EVENT, message,
					 count);
			return;
		}
		if (in.left > 0)
			vscmi_agent_drop(agent, VSCMI_ANOMALY_TRAILING, message, count);
	}
	if (delivered)
		vscmi_agent_count(agent, VSCMI_COUNTER_NOTIFICATIONS);
	else
		vscmi_agent_drop(agent, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT, message, count);
}
