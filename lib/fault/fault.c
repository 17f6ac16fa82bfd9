/* SPDX-License-Identifier: BSD-3-Clause */
/* A fault layer's memory, and its rules. */
#include "fault/engine.h"

/* All that lies in its memory, so that one follows the other without a gap. */
#define ALIGNMENT _Alignof(struct vscmi_faults)
_Static_assert(_Alignof(struct vscmi_fault_agent) == ALIGNMENT &&
		       _Alignof(struct vscmi_fault_entry) == ALIGNMENT &&
		       _Alignof(struct vscmi_fault_message) == ALIGNMENT,
	       "the parts of a fault layer are aligned alike");

/* For each agent: one for the event that passes. */
static uint64_t place_count(const struct vscmi_faults_config *config)
{
	return (uint64_t)config->messages_max + 1;
}

size_t vscmi_faults_bytes(const struct vscmi_faults_config *config)
{
	uint64_t bytes =
		ALIGNMENT - 1 + sizeof(struct vscmi_faults) +
		(uint64_t)config->rules_max * sizeof(struct vscmi_fault_entry) +
		config->agent_count *
			(sizeof(struct vscmi_fault_agent) +
			 place_count(config) * sizeof(struct vscmi_fault_message));

	return bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;
}

enum vscmi_error vscmi_faults_init(const struct vscmi_faults_config *config, void *memory,
				   size_t bytes, struct vscmi_faults **ret_faults)
{
	size_t over = (uintptr_t)memory % ALIGNMENT;
	struct vscmi_faults *faults;
	struct vscmi_fault_message *places;

	if (!config->service || config->agent_count == 0 || config->rules_max == 0 ||
	    config->messages_max == 0)
		return VSCMI_E_INVALID;
	if (bytes < vscmi_faults_bytes(config))
		return VSCMI_E_TOO_BIG;
	faults = (void *)((uint8_t *)memory + (over ? ALIGNMENT - over : 0));
	*faults = (struct vscmi_faults){
		.service.ops = &vscmi_faults_service_ops,
		.config = *config,
		.random = config->seed,
		.agents = (void *)(faults + 1),
	};
	faults->entries = (void *)(faults->agents + config->agent_count);
	places = (void *)(faults->entries + config->rules_max);
	for (size_t i = 0; i < config->agent_count; i++) {
		/* Places are not touched before they are used: most never are. */
		faults->agents[i] = (struct vscmi_fault_agent){
			.faults = faults,
			.id = (uint32_t)i + 1,
			.free = places,
			.unused = places,
			.end = places + place_count(config),
		};
		places += place_count(config);
	}
	*ret_faults = faults;
	return VSCMI_OK;
}

struct vscmi_service *vscmi_faults_service(struct vscmi_faults *faults)
{
	return &faults->service;
}

/*
 * ---- Rules ----
 */

enum {
	REPLIES = VSCMI_FAULT_ON_REPLIES,
	DELAYED = VSCMI_FAULT_ON_DELAYED,
	ALL = VSCMI_FAULT_ON_ALL,
};

/* To which messages each can be done. */
static const uint32_t possible[VSCMI_FAULT_COUNT] = {
#define FAULT(NAME, name, on) [VSCMI_FAULT_##NAME] = on,
	VSCMI_FAULTS(FAULT)
#undef FAULT
};

/* What a rule has to keep to. */
static const struct {
	uint32_t amount_min, amount_max; /* both 0: not looked at */
	bool takes_time;                 /* max_us is not 0 */
	bool is_for_copies;
} limits[VSCMI_FAULT_COUNT] = {
	[VSCMI_FAULT_DELAY] = { .is_for_copies = true },
	[VSCMI_FAULT_REORDER] = { 1, UINT32_MAX, .takes_time = true,
				  .is_for_copies = true },
	[VSCMI_FAULT_EARLY] = { .takes_time = true },
	[VSCMI_FAULT_TOKEN] = { 1, VSCMI_TOKENS - 1, .is_for_copies = true },
	[VSCMI_FAULT_TYPE] = { 0, VSCMI_NOTIFICATION, .is_for_copies = true },
	[VSCMI_FAULT_MESSAGE] = { 1, UINT8_MAX, .is_for_copies = true },
	[VSCMI_FAULT_TRUNCATE] = { 0, VSCMI_SERVICE_REPLY_MAX - 1,
				   .is_for_copies = true },
	[VSCMI_FAULT_OVERSIZE] = { 1, VSCMI_SERVICE_REPLY_MAX, .is_for_copies = true },
	[VSCMI_FAULT_FLIP] = { 1, 8 * VSCMI_SERVICE_REPLY_MAX, .is_for_copies = true },
	[VSCMI_FAULT_STATUS] = { .is_for_copies = true },
	[VSCMI_FAULT_STALL] = { .takes_time = true },
};

static bool is_byte_or_any(uint32_t id)
{
	return id <= UINT8_MAX || id == VSCMI_FAULT_ANY;
}

static bool is_valid(const struct vscmi_faults *faults,
		     const struct vscmi_fault_rule *rule)
{
	uint32_t fault = rule->fault;

	return fault < VSCMI_FAULT_COUNT &&
	       rule->agent_id <= faults->config.agent_count &&
	       is_byte_or_any(rule->protocol) && is_byte_or_any(rule->message_id) &&
	       (rule->on & ~possible[fault]) == 0 && rule->probability > 0 &&
	       rule->probability <= VSCMI_FAULT_CERTAIN &&
	       (!rule->copy || limits[fault].is_for_copies) &&
	       rule->min_us <= rule->max_us &&
	       (!limits[fault].takes_time || rule->max_us > 0) &&
	       (limits[fault].amount_max == 0 ||
		(rule->amount >= limits[fault].amount_min &&
		 rule->amount <= limits[fault].amount_max));
}

enum vscmi_error vscmi_faults_add(struct vscmi_faults *faults,
				  const struct vscmi_fault_rule *rule, uint32_t *ret_id)
{
	struct vscmi_fault_entry *entry = &faults->entries[faults->rule_count];

	if (!is_valid(faults, rule))
		return VSCMI_E_INVALID;
	if (faults->rule_count == faults->config.rules_max)
		return VSCMI_E_BUSY;
	*entry = (struct vscmi_fault_entry){ .id = ++faults->last_id, .rule = *rule };
	if (rule->on == 0)
		entry->rule.on = possible[rule->fault];
	faults->rule_count++;
	*ret_id = entry->id;
	return VSCMI_OK;
}

struct vscmi_fault_entry *vscmi_faults_find(struct vscmi_faults *faults, uint32_t id)
{
	for (uint32_t i = 0; i < faults->rule_count; i++) {
		if (faults->entries[i].id == id)
			return &faults->entries[i];
	}
	return NULL;
}

enum vscmi_error vscmi_faults_clear(struct vscmi_faults *faults, uint32_t id)
{
	struct vscmi_fault_entry *entry = vscmi_faults_find(faults, id);
	struct vscmi_fault_entry *end = &faults->entries[faults->rule_count];

	if (id != 0 && !entry)
		return VSCMI_E_INVALID;
	for (size_t i = 0; i < faults->config.agent_count; i++) {
		if (id == 0 || id == faults->agents[i].stalled_by)
			vscmi_faults_release(&faults->agents[i]);
	}
	if (id == 0) {
		faults->rule_count = 0;
		return VSCMI_OK;
	}
	memmove(entry, entry + 1, (size_t)(end - (entry + 1)) * sizeof(*entry));
	faults->rule_count--;
	return VSCMI_OK;
}

const struct vscmi_fault_entry *vscmi_faults_next_rule(const struct vscmi_faults *faults,
						       uint32_t id)
{
	for (uint32_t i = 0; i < faults->rule_count; i++) {
		if (faults->entries[i].id > id)
			return &faults->entries[i];
	}
	return NULL;
}

uint64_t vscmi_faults_notifications_dropped(const struct vscmi_faults *faults,
					    uint32_t agent_id)
{
	return faults->agents[agent_id - 1].notifications_dropped;
}

void vscmi_faults_seed(struct vscmi_faults *faults, uint64_t seed)
{
	faults->random = seed;
}

const char *vscmi_fault_name(enum vscmi_fault fault)
{
	static const char *const names[VSCMI_FAULT_COUNT] = {
#define FAULT(NAME, name, on) [VSCMI_FAULT_##NAME] = #name,
		VSCMI_FAULTS(FAULT)
#undef FAULT
	};

	return names[fault];
}
