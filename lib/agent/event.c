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
	for (uint32_t i = 0; i < agent->config.subscription_count; i++) {
		atomic_init(&agent->config.subscriptions[i].word, FREE);
		atomic_init(&agent->config.subscriptions[i].told, 0);
	}
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

/* Call all who are concerned; false: nobody is. */
static bool deliver(struct vscmi_agent *agent, enum vscmi_event_kind kind,
		    const struct vscmi_event *event)
{
	bool delivered = false;

	for (uint32_t i = 0; i < agent->config.subscription_count; i++) {
		struct vscmi_subscription *entry = &agent->config.subscriptions[i];

		if (!enter(entry))
			continue;
		if (concerns(entry, kind, event->resource_id)) {
			entry->callback(entry->context, event);
			delivered = true;
		}
		leave(agent, entry);
	}
	return delivered;
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

/* Until when to insist where others have every slot, or the one command that the link carries. */
#define AT_ONCE             UINT64_C(0)
#define BUSY_FOR_A_WHILE_US UINT64_C(1000)

static uint64_t patience_us(struct vscmi_agent *agent)
{
	uint64_t timeout_us = agent->config.reply_timeout_us;

	return vscmi_agent_deadline(agent, timeout_us ? timeout_us
						      : agent->config.link->timeout_us);
}

/* After a command: whether to send it once more, now that others have had time to end theirs. */
static bool insist(struct vscmi_agent *agent, struct vscmi_result result,
		   uint64_t until_us)
{
	struct vscmi_port *port = agent->config.port;
	uint32_t epoch = vscmi_agent_epoch(agent);
	uint64_t now_us;

	if (result.error != VSCMI_E_BUSY || until_us == AT_ONCE)
		return false;
	now_us = vscmi_agent_now_us(agent);
	if (!vscmi_agent_poll(agent))
		port->ops->wait(port, &agent->epoch, epoch, now_us + BUSY_FOR_A_WHILE_US);
	return now_us < until_us;
}

static struct vscmi_result switch_once(struct vscmi_agent *agent,
				       enum vscmi_event_kind kind, uint32_t resource_id,
				       bool enable, uint64_t until_us)
{
	struct vscmi_result result;

	do
		result = find_kind(kind)->notify(agent, resource_id, enable);
	while (insist(agent, result, until_us));
	return result;
}

/* What is lost with the link is renewed when it is back. */
static bool went_with_the_link(struct vscmi_result result)
{
	return result.error == VSCMI_E_LINK_LOST || result.error == VSCMI_E_NOT_READY;
}

/* Let everyone concerned know what became of a switch that was off for a moment. */
static void tell_renewed(struct vscmi_agent *agent, enum vscmi_event_kind kind,
			 uint32_t resource_id, struct vscmi_result result)
{
	const struct vscmi_event event = {
		.kind = VSCMI_EVENT_RENEWED,
		.resource_id = resource_id,
		.renewed = { .result = result },
	};

	if (!went_with_the_link(result))
		deliver(agent, kind, &event);
}

/*
 * Whoever comes or goes sets the switch as it should be afterwards, and looks once more. Of
 * many at once the last to send finds it so, and all that were there before have been heard.
 */
static struct vscmi_result switch_one(struct vscmi_agent *agent,
				      enum vscmi_event_kind kind, uint32_t resource_id,
				      bool enable, uint64_t until_us)
{
	struct vscmi_result result = vscmi_local(VSCMI_OK), again;
	bool is_on;

	if (!enable && is_wanted(agent, kind, resource_id))
		return result;
	result = switch_once(agent, kind, resource_id, enable, until_us);
	for (is_on = enable; is_wanted(agent, kind, resource_id) != is_on;) {
		is_on = !is_on;
		again = switch_once(agent, kind, resource_id, is_on, patience_us(agent));
		if (is_on)
			tell_renewed(agent, kind, resource_id, again);
	}
	return result;
}

static struct vscmi_result switch_all(struct vscmi_agent *agent,
				      enum vscmi_event_kind kind, bool enable,
				      uint64_t until_us)
{
	struct vscmi_result result, last = vscmi_local(VSCMI_E_UNSUPPORTED);
	uint32_t count;
	bool any = false;

	do
		result = find_kind(kind)->resources(agent, &count);
	while (insist(agent, result, until_us));
	if (vscmi_failed(result))
		return result;
	for (uint32_t i = 0; i < count; i++) {
		last = switch_one(agent, kind, i, enable, until_us);
		any = any || !vscmi_failed(last);
		if (vscmi_failed(last) && last.error != VSCMI_E_REFUSED)
			return last;
	}
	return any ? vscmi_local(VSCMI_OK) : last;
}

static struct vscmi_result switch_platform(struct vscmi_agent *agent,
					   enum vscmi_event_kind kind,
					   uint32_t resource_id, bool enable,
					   uint64_t until_us)
{
	if (resource_id == VSCMI_ANY_RESOURCE && find_kind(kind)->resources)
		return switch_all(agent, kind, enable, until_us);
	return switch_one(agent, kind, resource_id, enable, until_us);
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
	uint32_t epoch = vscmi_agent_epoch(agent);
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
	entry->number = atomic_fetch_add(&agent->subscribed, 1);
	atomic_store(&entry->told, epoch);
	atomic_store(&entry->word, USER | ACTIVE);

	result = switch_platform(agent, kind, entry->resource_id, true, AT_ONCE);
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
	result = switch_platform(agent, entry->kind, entry->resource_id, false, AT_ONCE);
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
 * ---- After the link was away ----
 */

/*
 * One entry, unless the platform has been told of it in this epoch. Nobody looks at it while the
 * platform is asked, so that who unsubscribes meanwhile need not wait; its number tells whether
 * it is another one's afterwards. If the link went and came meanwhile, that is for the renewal
 * of the new epoch to tell, which may have been made inside this one while it waited.
 */
static bool renew(struct vscmi_agent *agent, struct vscmi_subscription *entry,
		  uint32_t epoch)
{
	struct vscmi_event event = { .kind = VSCMI_EVENT_RENEWED };
	enum vscmi_event_kind kind;
	uint32_t number;
	bool due;

	if (!enter(entry))
		return false;
	due = atomic_exchange(&entry->told, epoch) != epoch;
	number = entry->number;
	kind = (enum vscmi_event_kind)entry->kind;
	event.resource_id = entry->resource_id;
	leave(agent, entry);
	if (!due)
		return false;
	event.renewed.result = atomic_load(&agent->has_events)
				       ? switch_platform(agent, kind, event.resource_id,
							 true, patience_us(agent))
				       : vscmi_local(VSCMI_E_UNSUPPORTED);
	if (went_with_the_link(event.renewed.result) ||
	    vscmi_agent_epoch(agent) != epoch || !enter(entry))
		return false;
	if (entry->number == number)
		entry->callback(entry->context, &event);
	leave(agent, entry);
	return !vscmi_failed(event.renewed.result);
}

uint32_t vscmi_agent_renew(struct vscmi_agent *agent)
{
	uint32_t epoch = vscmi_agent_epoch(agent), count = 0;

	if (!(epoch & 1) || atomic_exchange(&agent->renewed, epoch) == epoch)
		return 0;
	for (uint32_t i = 0; i < agent->config.subscription_count; i++) {
		if (vscmi_agent_epoch(agent) != epoch)
			break;
		count += renew(agent, &agent->config.subscriptions[i], epoch);
	}
	return count;
}

/*
 * ---- What arrives ----
 */

bool vscmi_event_deliver(struct vscmi_agent *agent, const struct vscmi_event *event,
			 const struct vscmi_in *in)
{
	return !in->short_read && deliver(agent, event->kind, event);
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
