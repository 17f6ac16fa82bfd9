/* SPDX-License-Identifier: BSD-3-Clause */
/* What the rules do to a message. */
#include "fault/engine.h"

#define FILLER 0xa5

/*
 * ---- Chance ----
 */

/* splitmix64: every seed is a good one. */
static uint64_t draw(struct vscmi_faults *faults)
{
	uint64_t z = faults->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t draw_us(struct vscmi_faults *faults, const struct vscmi_fault_rule *rule)
{
	uint64_t span_us = rule->max_us - rule->min_us;

	if (span_us == 0)
		return rule->min_us;
	if (span_us == UINT64_MAX)
		return draw(faults);
	return rule->min_us + draw(faults) % (span_us + 1);
}

/*
 * ---- Content ----
 */

static bool has_header(const struct vscmi_fault_message *message)
{
	return message->count >= VSCMI_HEADER_BYTES;
}

static size_t bytes_max(const struct vscmi_fault_message *message)
{
	return message->way == VSCMI_FAULT_EVENT ? VSCMI_SERVICE_EVENT_MAX
						 : VSCMI_SERVICE_REPLY_MAX;
}

static void cut(struct vscmi_fault_message *message, size_t count)
{
	if (message->count > count)
		message->count = count;
	if (message->needs > count)
		message->needs = count;
}

static void stretch(struct vscmi_fault_message *message, size_t by)
{
	size_t room = bytes_max(message) - message->count;
	size_t more = by < room ? by : room;

	memset(message->bytes + message->count, FILLER, more);
	message->count += more;
}

/* So many bits of those that there are, each with the same chance. */
static void flip(struct vscmi_faults *faults, struct vscmi_fault_message *message,
		 uint32_t wanted)
{
	for (size_t left = 8 * message->count; left > 0 && wanted > 0; left--) {
		if (draw(faults) % left >= wanted)
			continue;
		message->bytes[(left - 1) / 8] ^= (uint8_t)(1u << (left - 1) % 8);
		wanted--;
	}
}

static void answer(struct vscmi_fault_message *message, int32_t status)
{
	message->count = message->needs = VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES;
	vscmi_le32_put(message->bytes + VSCMI_HEADER_BYTES, (uint32_t)status);
}

static void change_header(struct vscmi_fault_message *message, enum vscmi_fault fault,
			  uint32_t amount)
{
	struct vscmi_header header;

	if (!has_header(message))
		return;
	header = vscmi_header_unpack(vscmi_le32_get(message->bytes));
	switch (fault) {
	case VSCMI_FAULT_TOKEN:
		header.token =
			(uint16_t)(header.token + amount); /* packed: modulo 1024 */
		break;
	case VSCMI_FAULT_TYPE:
		header.type = (uint8_t)amount;
		break;
	default:
		header.message_id = (uint8_t)(header.message_id + amount);
		break;
	}
	vscmi_le32_put(message->bytes, vscmi_header_pack(header));
}

/*
 * ---- One fault ----
 */

static bool has_places(const struct vscmi_fault_agent *agent,
		       const struct vscmi_fault_message *message, uint32_t more)
{
	return agent->kept_count + message->is_kept + more <=
	       agent->faults->config.messages_max;
}

/* Whether there is a place for the message itself. */
static bool hold(const struct vscmi_fault_agent *agent,
		 struct vscmi_fault_message *message)
{
	if (!message->is_kept && has_places(agent, message, 1))
		message->is_kept = true;
	return message->is_kept;
}

static void delay(struct vscmi_fault_message *message, uint64_t us)
{
	message->due_us = vscmi_faults_later(message->due_us, us);
	message->ready_us = vscmi_faults_later(message->ready_us, us);
}

/* The condition is the caller's to set. */
static void wait(struct vscmi_fault_message *message, uint64_t at_most_us)
{
	uint64_t limit_us = vscmi_faults_later(message->ready_us, at_most_us);

	if (message->due_us < limit_us)
		message->due_us = limit_us;
}

/* One more of what the message is now, which comes without a buffer. */
static struct vscmi_fault_message *add(struct vscmi_fault_agent *agent,
				       const struct vscmi_fault_message *message)
{
	struct vscmi_fault_message *added = vscmi_faults_keep(agent, message);

	if (added->way == VSCMI_FAULT_REPLY)
		added->way = VSCMI_FAULT_STRAY;
	return added;
}

/* A copy that comes just before the message; a reply waits for that. */
static struct vscmi_fault_message *add_before(struct vscmi_fault_agent *agent,
					      struct vscmi_fault_message *message)
{
	bool waits = message->way == VSCMI_FAULT_REPLY;

	if (!has_places(agent, message, waits && !message->is_kept ? 2 : 1))
		return NULL;
	if (waits)
		hold(agent, message);
	return add(agent, message);
}

static bool duplicate(struct vscmi_fault_agent *agent,
		      const struct vscmi_fault_message *message, uint32_t rule_id,
		      uint64_t after_us)
{
	struct vscmi_fault_message *added;

	if (!has_places(agent, message, 1))
		return false;
	added = add(agent, message);
	added->added_by = rule_id;
	added->order++;
	delay(added, after_us);
	return true;
}

/* A delayed response before a reply. */
static bool forge(struct vscmi_fault_agent *agent, struct vscmi_fault_message *message)
{
	struct vscmi_fault_message *added;

	if (!agent->channel->events_ready)
		return false;
	added = add_before(agent, message);
	if (!added)
		return false;
	added->way = VSCMI_FAULT_EVENT;
	added->on = VSCMI_FAULT_ON_DELAYED;
	added->word = vscmi_faults_delayed_of(message->word);
	added->behind = 0;
	added->is_early = false;
	added->due_us = added->ready_us;
	cut(added, VSCMI_SERVICE_EVENT_MAX);
	change_header(added, VSCMI_FAULT_TYPE, VSCMI_DELAYED_RESPONSE);
	return true;
}

static void stall(struct vscmi_fault_agent *agent, uint32_t rule_id, uint64_t us)
{
	uint64_t until_us = vscmi_faults_later(agent->faults->now_us, us);

	if (!agent->is_stalled) {
		agent->is_stalled = true;
		agent->stalled_until_us = 0;
		agent->faults->pending++;
	}
	if (agent->stalled_until_us < until_us)
		agent->stalled_until_us = until_us;
	agent->stalled_by = rule_id;
}

static void reset(struct vscmi_fault_agent *agent)
{
	if (agent->is_to_reset)
		return;
	agent->is_to_reset = true;
	agent->faults->pending++;
}

enum result { DONE, MISSED, GONE };

static enum result perform(struct vscmi_fault_agent *agent,
			   const struct vscmi_fault_entry *entry,
			   struct vscmi_fault_message *message)
{
	const struct vscmi_fault_rule *rule = &entry->rule;
	struct vscmi_faults *faults = agent->faults;

	switch (rule->fault) {
	case VSCMI_FAULT_DELAY:
		if (!hold(agent, message))
			return MISSED;
		delay(message, draw_us(faults, rule));
		return DONE;
	case VSCMI_FAULT_DROP:
		return GONE;
	case VSCMI_FAULT_DUPLICATE:
		return duplicate(agent, message, entry->id, draw_us(faults, rule))
			       ? DONE
			       : MISSED;
	case VSCMI_FAULT_REORDER:
		if (!hold(agent, message))
			return MISSED;
		message->behind = rule->amount;
		wait(message, rule->max_us);
		return DONE;
	case VSCMI_FAULT_EARLY:
		if (!hold(agent, message))
			return MISSED;
		message->is_early = true;
		message->lead_us = rule->min_us;
		wait(message, rule->max_us);
		return DONE;
	case VSCMI_FAULT_UNSOLICITED:
		if (!forge(agent, message))
			return MISSED;
		delay(message, draw_us(faults, rule));
		return DONE;
	case VSCMI_FAULT_TOKEN:
	case VSCMI_FAULT_TYPE:
	case VSCMI_FAULT_MESSAGE:
		change_header(message, rule->fault, rule->amount);
		return DONE;
	case VSCMI_FAULT_TRUNCATE:
		cut(message, rule->amount);
		return DONE;
	case VSCMI_FAULT_OVERSIZE:
		stretch(message, rule->amount);
		return DONE;
	case VSCMI_FAULT_FLIP:
		flip(faults, message, rule->amount);
		return DONE;
	case VSCMI_FAULT_STATUS:
		answer(message, rule->status);
		return DONE;
	case VSCMI_FAULT_STALL:
		if (!hold(agent, message))
			return MISSED;
		stall(agent, entry->id, draw_us(faults, rule));
		return DONE;
	case VSCMI_FAULT_RESET:
		reset(agent);
		return GONE;
	case VSCMI_FAULT_COUNT:
		break;
	}
	return DONE;
}

/*
 * ---- All rules ----
 */

static bool matches(const struct vscmi_fault_rule *rule, uint32_t agent_id,
		    const struct vscmi_fault_message *message)
{
	struct vscmi_header header = vscmi_header_unpack(message->word);

	return (rule->on & message->on) &&
	       (rule->agent_id == 0 || rule->agent_id == agent_id) &&
	       (rule->protocol == VSCMI_FAULT_ANY || rule->protocol == header.protocol) &&
	       (rule->message_id == VSCMI_FAULT_ANY ||
		rule->message_id == header.message_id);
}

/* Whether it is the rule's turn, with a message that it matches. */
static bool is_wanted(struct vscmi_faults *faults, struct vscmi_fault_entry *entry)
{
	const struct vscmi_fault_rule *rule = &entry->rule;

	if (++entry->matched <= rule->skip)
		return false;
	if (rule->times > 0 && entry->done >= rule->times)
		return false;
	return draw(faults) % VSCMI_FAULT_CERTAIN < rule->probability;
}

static enum result follow(struct vscmi_fault_agent *agent,
			  struct vscmi_fault_entry *entry,
			  struct vscmi_fault_message *message)
{
	enum result result = MISSED;

	if (entry->rule.copy) {
		struct vscmi_fault_message *copy = add_before(agent, message);

		if (copy) {
			copy->added_by = entry->id;
			result = perform(agent, entry, copy);
		}
	} else {
		result = perform(agent, entry, message);
	}
	if (result == MISSED)
		entry->missed++;
	else
		entry->done++;
	return result;
}

static uint32_t kind_of(const struct vscmi_fault_message *message)
{
	if (message->way == VSCMI_FAULT_REPLY)
		return VSCMI_FAULT_ON_REPLIES;
	return vscmi_header_unpack(message->word).type == VSCMI_DELAYED_RESPONSE
		       ? VSCMI_FAULT_ON_DELAYED
		       : VSCMI_FAULT_ON_NOTIFICATIONS;
}

/* In a stall a message waits with all others. */
static void stand_still(struct vscmi_fault_agent *agent,
			struct vscmi_fault_message *message)
{
	struct vscmi_fault_entry *entry;

	if (!agent->is_stalled || hold(agent, message))
		return;
	entry = vscmi_faults_find(agent->faults, agent->stalled_by);
	if (entry)
		entry->missed++;
}

/* Whether it still comes. */
static bool follow_all(struct vscmi_fault_agent *agent,
		       struct vscmi_fault_message *message)
{
	struct vscmi_faults *faults = agent->faults;

	message->word = vscmi_le32_get(message->bytes);
	message->on = kind_of(message);
	for (uint32_t i = 0; i < faults->rule_count; i++) {
		struct vscmi_fault_entry *entry = &faults->entries[i];

		if (matches(&entry->rule, agent->id, message) &&
		    is_wanted(faults, entry) && follow(agent, entry, message) == GONE)
			return false;
	}
	return true;
}

enum vscmi_fault_fate vscmi_faults_apply(struct vscmi_fault_agent *agent,
					 struct vscmi_fault_message *message)
{
	message->due_us = message->ready_us = agent->faults->now_us;
	message->order = 2 * ++agent->messages;
	message->needs = message->count;
	/* Without a header it is nothing that a rule could match. */
	if (has_header(message) && !follow_all(agent, message))
		return VSCMI_FAULT_GONE;
	stand_still(agent, message);
	return message->is_kept ? VSCMI_FAULT_KEPT : VSCMI_FAULT_PASSES;
}
