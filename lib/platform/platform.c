/* SPDX-License-Identifier: BSD-3-Clause */
/* A platform's memory, and its agents as they come and go. */
#include "platform/engine.h"
#include "rare.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const struct vscmi_place vscmi_places[VSCMI_PLACES] = {
#define PROTOCOL(NAME, name, id, negotiates, ...)                               \
	[VSCMI_PLACE_##NAME] = {                                                \
		.server = &vscmi_##name##_server,                               \
		.versions = (const uint32_t[]){ __VA_ARGS__ },                  \
		.version_count = COUNT_OF(((const uint32_t[]){ __VA_ARGS__ })), \
		.protocol = id,                                                 \
	},
#include "protocols/protocols.def"
#undef PROTOCOL
};

const uint8_t vscmi_place_numbers[VSCMI_PLATFORM_PROTOCOLS] = {
#define PROTOCOL(NAME, name, id, ...) [id - VSCMI_PROTOCOL_BASE] = VSCMI_PLACE_##NAME + 1,
#include "protocols/protocols.def"
#undef PROTOCOL
};

void *vscmi_arena_take(struct vscmi_arena *arena, size_t count, size_t bytes,
		       size_t align)
{
	size_t start = (arena->used + align - 1) / align * align;

	arena->used = start + count * bytes;
	if (!arena->base)
		return NULL;
	memset(arena->base + start, 0, count * bytes);
	return arena->base + start;
}

/* Synchronous and asynchronous operations of one agent, each in the protocols that have any. */
static size_t held_max(const struct vscmi_platform_config *config)
{
	size_t protocols = 0;

	for (size_t i = 0; i < VSCMI_PLACES; i++)
		protocols += vscmi_places[i].server->put_delayed != NULL;
	return protocols * config->pending_max;
}

/* Everything in the order in which it lies; the same with and without memory. */
static struct vscmi_platform *lay_out(const struct vscmi_platform_config *config,
				      struct vscmi_arena *arena)
{
	struct vscmi_platform *platform =
		VSCMI_ARENA_ARRAY(arena, 1, struct vscmi_platform);
	struct vscmi_agent_state *agents =
		VSCMI_ARENA_ARRAY(arena, config->agent_count, struct vscmi_agent_state);
	size_t op_count = 2 * held_max(config);

	for (size_t i = 0; i < config->agent_count; i++) {
		struct vscmi_agent_state parts = {
			.denied = VSCMI_ARENA_ARRAY(arena, config->base->device_count,
						    uint16_t),
			.ops = VSCMI_ARENA_ARRAY(arena, op_count, struct vscmi_op),
			.notices = VSCMI_ARENA_ARRAY(arena, config->notifications_max,
						     struct vscmi_notice),
		};

		if (agents)
			agents[i] = parts;
	}
	if (platform) {
		platform->service.ops = &vscmi_platform_service_ops;
		platform->config = config;
		platform->agents = agents;
		platform->op_count = op_count;
	}
	for (size_t i = 0; i < VSCMI_PLACES; i++) {
		const struct vscmi_server *server = vscmi_places[i].server;
		void *state = server->lay_out ? server->lay_out(config, arena) : NULL;

		if (platform)
			platform->states[i] = state;
	}
	return platform;
}

size_t vscmi_platform_bytes(const struct vscmi_platform_config *config)
{
	struct vscmi_arena arena = { 0 };

	lay_out(config, &arena);
	return arena.used + _Alignof(max_align_t) - 1;
}

static bool is_valid(const struct vscmi_platform_config *config)
{
	if (!config->base || !config->agents || config->agent_count == 0 ||
	    config->pending_max == 0)
		return false;
	for (size_t i = 0; i < config->agent_count; i++) {
		if (!config->agents[i].name)
			return false;
	}
	for (size_t i = 0; i < VSCMI_PLACES; i++) {
		const struct vscmi_server *server = vscmi_places[i].server;

		if (server->is_valid && !server->is_valid(config))
			return false;
	}
	return true;
}

/* What does not change for an agent. */
static void start_agent(struct vscmi_platform *platform, uint32_t agent_id)
{
	struct vscmi_agent_state *agent = vscmi_agent_state(platform, agent_id);

	for (size_t i = 0; i < VSCMI_PLACES; i++) {
		const struct vscmi_server *server = vscmi_places[i].server;

		if (!server->is_visible || server->is_visible(platform->config, agent_id))
			agent->visible = (uint16_t)(agent->visible | 1u << i);
	}
	vscmi_ops_start(platform, agent_id);
}

static void agent_arrives(struct vscmi_platform *platform, uint32_t agent_id)
{
	struct vscmi_agent_state *agent = vscmi_agent_state(platform, agent_id);

	for (size_t i = 0; i < VSCMI_PLACES; i++) {
		const struct vscmi_place *place = &vscmi_places[i];

		agent->versions[i] = place->versions[place->version_count - 1];
		if (place->server->agent_arrives)
			place->server->agent_arrives(platform, agent_id);
	}
}

enum vscmi_error vscmi_platform_init(const struct vscmi_platform_config *config,
				     void *memory, size_t bytes,
				     struct vscmi_platform **ret_platform)
{
	size_t over = (uintptr_t)memory % _Alignof(max_align_t);
	struct vscmi_arena arena = { .base = memory };
	struct vscmi_platform *platform;

	if (!is_valid(config))
		return VSCMI_E_INVALID;
	if (bytes < vscmi_platform_bytes(config))
		return VSCMI_E_TOO_BIG;
	if (over)
		arena.base += _Alignof(max_align_t) - over;
	platform = lay_out(config, &arena);
	for (size_t i = 0; i < VSCMI_PLACES; i++) {
		if (vscmi_places[i].server->start)
			vscmi_places[i].server->start(platform);
	}
	for (uint32_t id = 1; id <= config->agent_count; id++) {
		start_agent(platform, id);
		agent_arrives(platform, id);
	}
	*ret_platform = platform;
	return VSCMI_OK;
}

static void release(struct vscmi_platform *platform, uint32_t agent_id)
{
	for (size_t i = 0; i < VSCMI_PLACES; i++) {
		if (vscmi_places[i].server->agent_releases)
			vscmi_places[i].server->agent_releases(platform, agent_id);
	}
}

enum vscmi_error vscmi_platform_connect(struct vscmi_platform *platform,
					uint32_t agent_id,
					const struct vscmi_service_channel *channel)
{
	struct vscmi_agent_state *agent = vscmi_agent_state(platform, agent_id);

	if (!agent)
		return VSCMI_E_INVALID;
	vscmi_platform_disconnect(platform, agent_id);
	agent_arrives(platform, agent_id);
	agent->channel = channel;
	return VSCMI_OK;
}

void vscmi_platform_disconnect(struct vscmi_platform *platform, uint32_t agent_id)
{
	struct vscmi_agent_state *agent = vscmi_agent_state(platform, agent_id);

	if (!agent || !agent->channel)
		return;
	vscmi_serve_enter(platform);
	agent->channel = NULL;
	agent->notice_count = 0;
	vscmi_agent_set_put(&platform->news, agent_id, false);
	vscmi_ops_abandon(platform, agent);
	release(platform, agent_id);
	agent_arrives(platform, agent_id);
	vscmi_serve_leave(platform);
}

static VSCMI_RARE void ring(struct vscmi_platform *platform)
{
	struct vscmi_alarm *alarm;

	vscmi_serve_enter(platform);
	while ((alarm = vscmi_alarm_take(&platform->alarms, platform->now_us)) != NULL)
		alarm->ring(platform, alarm);
	vscmi_serve_leave(platform);
}

void vscmi_platform_advance(struct vscmi_platform *platform, uint64_t now_us)
{
	if (now_us > platform->now_us)
		platform->now_us = now_us;
	if (vscmi_alarms_next_us(&platform->alarms) <= platform->now_us)
		ring(platform);
}

uint64_t vscmi_platform_next_us(const struct vscmi_platform *platform)
{
	return vscmi_alarms_next_us(&platform->alarms);
}

size_t vscmi_platform_held_max(const struct vscmi_platform *platform)
{
	return held_max(platform->config);
}

enum vscmi_error vscmi_platform_counters(const struct vscmi_platform *platform,
					 uint32_t agent_id,
					 struct vscmi_platform_counters *ret_counters)
{
	const struct vscmi_agent_state *agent = vscmi_agent_state(platform, agent_id);

	if (!agent)
		return VSCMI_E_INVALID;
	*ret_counters = agent->counters;
	return VSCMI_OK;
}

/*
 * ---- What the protocols ask ----
 */

void vscmi_serve_alarm(struct vscmi_platform *platform, struct vscmi_alarm *alarm,
		       uint64_t due_us)
{
	if (due_us == UINT64_MAX)
		vscmi_alarm_clear(&platform->alarms, alarm);
	else
		vscmi_alarm_set(&platform->alarms, alarm, due_us);
}

const struct vscmi_platform_agent *vscmi_serve_agent(
	const struct vscmi_platform *platform, uint32_t agent_id)
{
	if (agent_id == 0 || agent_id > platform->config->agent_count)
		return NULL;
	return &platform->config->agents[agent_id - 1];
}

bool vscmi_serve_has_events(const struct vscmi_platform *platform, uint32_t agent_id)
{
	const struct vscmi_agent_state *agent = vscmi_agent_state(platform, agent_id);

	return agent->channel && agent->channel->events_ready;
}

uint32_t vscmi_serve_version(const struct vscmi_platform *platform, uint32_t agent_id,
			     const struct vscmi_server *server)
{
	return vscmi_agent_state(platform, agent_id)->versions[server->place];
}

bool vscmi_serve_has_protocol(const struct vscmi_platform *platform, uint32_t agent_id,
			      uint8_t protocol)
{
	const struct vscmi_place *place = vscmi_place_find(protocol);

	return place && vscmi_is_visible(vscmi_agent_state(platform, agent_id), place);
}

bool vscmi_serve_may_use(const struct vscmi_platform *platform, uint32_t agent_id,
			 uint16_t device_id, const struct vscmi_server *server)
{
	const struct vscmi_agent_state *agent = vscmi_agent_state(platform, agent_id);

	return !(agent->denied[device_id - 1] >> server->place & 1);
}

void vscmi_serve_allow(struct vscmi_platform *platform, uint32_t agent_id,
		       uint16_t device_id, uint8_t protocol, bool allow)
{
	uint16_t *denied = &vscmi_agent_state(platform, agent_id)->denied[device_id - 1];
	uint16_t places = UINT16_MAX;

	if (protocol)
		places = (uint16_t)(1u << (vscmi_place_find(protocol) - vscmi_places));
	*denied = (uint16_t)(allow ? *denied & ~places : *denied | places);
}

void vscmi_serve_reset_agent(struct vscmi_platform *platform, uint32_t agent_id,
			     bool permissions)
{
	release(platform, agent_id);
	if (permissions)
		memset(vscmi_agent_state(platform, agent_id)->denied, 0,
		       platform->config->base->device_count * sizeof(uint16_t));
}
