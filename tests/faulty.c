/* SPDX-License-Identifier: BSD-3-Clause */
#include "faulty.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message/cursor.h"

/*
 * ---- The platform ----
 */

static struct faulty *faulty_of(struct vscmi_service *service)
{
	return (void *)((uint8_t *)service - offsetof(struct faulty, platform));
}

/* Header, status, and the place of each byte. */
static void put_message(uint8_t *bytes, struct vscmi_header header, size_t count)
{
	for (size_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)i;
	vscmi_le32_put(bytes, vscmi_header_pack(header));
	vscmi_le32_put(bytes + VSCMI_HEADER_BYTES, (uint32_t)VSCMI_SUCCESS);
}

static enum vscmi_error connect(struct vscmi_service *service, uint32_t agent_id,
				const struct vscmi_service_channel *channel)
{
	if (agent_id == 0 || agent_id > FAULTY_AGENTS)
		return VSCMI_E_INVALID;
	faulty_of(service)->agents[agent_id].behind = channel;
	return VSCMI_OK;
}

static void disconnect(struct vscmi_service *service, uint32_t agent_id)
{
	struct faulty *faulty = faulty_of(service);

	faulty->disconnected++;
	faulty->agents[agent_id].behind = NULL;
	faulty->agents[agent_id].event_count = 0;
}

static enum vscmi_service_outcome handle(struct vscmi_service *service, uint32_t agent_id,
					 const void *request, size_t count, void *reply,
					 size_t room, void *cookie, size_t *ret_count)
{
	struct faulty *faulty = faulty_of(service);

	if (count < VSCMI_HEADER_BYTES || room < VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES)
		return VSCMI_SERVICE_UNANSWERABLE;
	if (faulty->on_handle)
		faulty->on_handle(faulty);
	if (faulty->holds)
		return VSCMI_SERVICE_HELD;
	*ret_count = faulty->reply_count < room ? faulty->reply_count : room;
	put_message(reply, vscmi_header_unpack(vscmi_le32_get(request)), *ret_count);
	return VSCMI_SERVICE_ANSWERED;
}

static bool event(struct vscmi_service *service, uint32_t agent_id, void *bytes,
		  size_t room, size_t *ret_count)
{
	struct faulty_agent *agent = &faulty_of(service)->agents[agent_id];
	struct faulty_message *first = agent->events;

	if (agent->event_count == 0 || first->count > room)
		return false;
	memcpy(bytes, first->bytes, first->count);
	*ret_count = first->count;
	memmove(first, first + 1, --agent->event_count * sizeof(*first));
	return true;
}

static bool event_waits(struct vscmi_service *service, uint32_t agent_id)
{
	return faulty_of(service)->agents[agent_id].event_count > 0;
}

static size_t held_max(struct vscmi_service *service)
{
	return 5;
}

static void advance(struct vscmi_service *service, uint64_t now_us)
{
	struct faulty *faulty = faulty_of(service);

	if (faulty->on_advance)
		faulty->on_advance(faulty);
}

static uint64_t next_us(struct vscmi_service *service)
{
	return UINT64_MAX;
}

static const struct vscmi_service_ops platform_ops = {
	.ops_size = sizeof(platform_ops),
	.connect = connect,
	.disconnect = disconnect,
	.handle = handle,
	.event = event,
	.event_waits = event_waits,
	.held_max = held_max,
	.advance = advance,
	.next_us = next_us,
};

void faulty_event(struct faulty *faulty, uint32_t agent_id, struct vscmi_header header,
		  size_t count)
{
	struct faulty_agent *agent = &faulty->agents[agent_id];
	struct faulty_message *message = &agent->events[agent->event_count++];

	assert_true(agent->event_count < FAULTY_MESSAGES);
	message->count = count;
	put_message(message->bytes, header, count);
	agent->behind->events_ready(agent->behind->context);
}

/*
 * ---- The link ----
 */

static void *cookie_of(uint16_t token)
{
	return (void *)(uintptr_t)(token + 1u);
}

static uint16_t token_of(void *cookie)
{
	return (uint16_t)((uintptr_t)cookie - 1);
}

static void write_down(struct faulty *faulty, const char *what)
{
	size_t used = strlen(faulty->log);

	assert_true(used + strlen(what) + 2 < sizeof(faulty->log));
	snprintf(faulty->log + used, sizeof(faulty->log) - used, "%s%s", used ? " " : "",
		 what);
}

static void arrives(struct faulty *faulty, char what, uint16_t token, const void *bytes,
		    size_t count)
{
	char word[16];

	assert_true(count <= sizeof(faulty->last.bytes));
	faulty->last.count = count;
	memcpy(faulty->last.bytes, bytes, count);
	snprintf(word, sizeof(word), "%c%u", what, token);
	write_down(faulty, word);
}

static uint16_t token_in(const uint8_t *bytes, size_t count)
{
	return count < VSCMI_HEADER_BYTES
		       ? 0
		       : vscmi_header_unpack(vscmi_le32_get(bytes)).token;
}

static void fetch_events(struct faulty_agent *agent)
{
	struct vscmi_service *service = agent->faulty->service;
	/* As long as a service may write. */
	uint8_t bytes[VSCMI_SERVICE_EVENT_MAX];
	size_t count;

	while (agent->takes_events && service->ops->event_waits(service, agent->id)) {
		if (!service->ops->event(service, agent->id, bytes, agent->event_room,
					 &count)) {
			assert_true(agent->event_room < VSCMI_SERVICE_EVENT_MAX);
			return;
		}
		arrives(agent->faulty,
			count >= VSCMI_HEADER_BYTES &&
					(bytes[1] & 3) == VSCMI_NOTIFICATION
				? 'n'
				: 'd',
			token_in(bytes, count), bytes, count);
	}
}

static void comes_back(struct faulty_agent *agent, void *cookie)
{
	assert_true(agent->is_out[token_of(cookie)]);
	agent->is_out[token_of(cookie)] = false;
}

static void on_reply(void *context, void *cookie, const void *bytes, size_t count)
{
	struct faulty_agent *agent = context;

	comes_back(agent, cookie);
	arrives(agent->faulty, 'r', token_of(cookie), bytes, count);
	if (agent->faulty->on_reply)
		agent->faulty->on_reply(agent);
}

static void on_lose(void *context, void *cookie)
{
	struct faulty_agent *agent = context;

	comes_back(agent, cookie);
	arrives(agent->faulty, 'l', token_of(cookie), "", 0);
}

static bool on_stray(void *context, const void *bytes, size_t count)
{
	struct faulty_agent *agent = context;

	if (agent->has_no_room)
		return false;
	arrives(agent->faulty, 's', token_in(bytes, count), bytes, count);
	return true;
}

static void on_events_ready(void *context)
{
	struct faulty_agent *agent = context;

	assert_int_not_equal(agent->id, agent->faulty->serving);
	fetch_events(agent);
}

static void on_reset(void *context)
{
	struct faulty_agent *agent = context;

	write_down(agent->faulty, "!");
	if (agent->faulty->on_reset)
		agent->faulty->on_reset(agent);
}

static void reconnect(struct faulty_agent *agent)
{
	struct vscmi_service *service = agent->faulty->service;

	service->ops->disconnect(service, agent->id);
	memset(agent->is_out, 0, sizeof(agent->is_out));
	assert_int_equal(service->ops->connect(service, agent->id, &agent->channel),
			 VSCMI_OK);
}

enum vscmi_service_outcome faulty_command(struct faulty *faulty, uint32_t agent_id,
					  struct vscmi_header header, size_t room)
{
	struct vscmi_service *service = faulty->service;
	struct faulty_agent *agent = &faulty->agents[agent_id];
	uint32_t serving = faulty->serving;
	/* As long as a service may write. */
	uint8_t request[VSCMI_HEADER_BYTES], reply[VSCMI_SERVICE_REPLY_MAX];
	enum vscmi_service_outcome outcome;
	size_t count;

	assert_false(agent->is_out[header.token]);
	vscmi_le32_put(request, vscmi_header_pack(header));
	faulty->serving = agent_id;
	outcome = service->ops->handle(service, agent_id, request, sizeof(request), reply,
				       room, cookie_of(header.token), &count);
	faulty->serving = serving;
	switch (outcome) {
	case VSCMI_SERVICE_ANSWERED:
		arrives(faulty, 'r', header.token, reply, count);
		break;
	case VSCMI_SERVICE_HELD:
		agent->is_out[header.token] = true;
		break;
	case VSCMI_SERVICE_LOST:
		arrives(faulty, 'l', header.token, "", 0);
		break;
	case VSCMI_SERVICE_UNANSWERABLE:
		break;
	}
	fetch_events(agent);
	return outcome;
}

/*
 * ---- Stories ----
 */

void faulty_advance(struct faulty *faulty, uint64_t now_us)
{
	faulty->service->ops->advance(faulty->service, now_us);
}

uint64_t faulty_next_us(struct faulty *faulty)
{
	return faulty->service->ops->next_us(faulty->service);
}

static void let_time_pass(struct faulty *faulty)
{
	for (unsigned turns = 0;; turns++) {
		uint64_t next_us = faulty_next_us(faulty);
		char word[16];

		if (next_us == UINT64_MAX)
			return;
		assert_true(turns < 1000);
		if (next_us > faulty->now_us) {
			faulty->now_us = next_us;
			snprintf(word, sizeof(word), "@%u", (unsigned)next_us);
			write_down(faulty, word);
		}
		faulty_advance(faulty, faulty->now_us);
	}
}

static struct vscmi_header header_of(uint8_t type, unsigned long token)
{
	return (struct vscmi_header){
		.message_id = 5,
		.type = type,
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.token = (uint16_t)token,
	};
}

static void answer(struct faulty_agent *agent, uint16_t token)
{
	uint8_t reply[VSCMI_SERVICE_REPLY_MAX];

	put_message(reply, header_of(VSCMI_COMMAND, token), agent->faulty->reply_count);
	agent->behind->reply(agent->behind->context, cookie_of(token), reply,
			     agent->faulty->reply_count);
}

static void play_word(struct faulty_agent *agent, char what, const char *rest)
{
	struct faulty *faulty = agent->faulty;
	unsigned long number = strtoul(rest, NULL, 10);

	switch (what) {
	case 'c':
	case 'h':
		faulty->holds = what == 'h';
		faulty_command(faulty, agent->id, header_of(VSCMI_COMMAND, number),
			       VSCMI_SERVICE_REPLY_MAX);
		break;
	case 'a':
		answer(agent, (uint16_t)number);
		break;
	case 'l':
		agent->behind->lose(agent->behind->context, cookie_of((uint16_t)number));
		break;
	case 'd':
		faulty_event(faulty, agent->id, header_of(VSCMI_DELAYED_RESPONSE, number),
			     12);
		break;
	case 'n':
		faulty_event(faulty, agent->id, header_of(VSCMI_NOTIFICATION, number),
			     12);
		break;
	case '+':
		faulty->now_us += number;
		faulty_advance(faulty, faulty->now_us);
		break;
	case '.':
		let_time_pass(faulty);
		break;
	case 'x':
		reconnect(agent);
		break;
	case 'e':
		agent->takes_events = *rest == '+';
		fetch_events(agent);
		break;
	default:
		fail_msg("expected a word of a story, got %c%s", what, rest);
	}
}

void faulty_play(struct faulty *faulty, const char *story)
{
	struct faulty_agent *agent = &faulty->agents[1];

	while (*story) {
		size_t length = strcspn(story, " ");

		if (story[length - 1] == ':')
			agent = &faulty->agents[story[0] - '0'];
		else
			play_word(agent, story[0], story + 1);
		story += length + strspn(story + length, " ");
	}
}

void faulty_expect_at(struct faulty *faulty, const char *expected, const char *file,
		      int line)
{
	if (strcmp(faulty->log, expected) != 0)
		print_error("expected \"%s\", got \"%s\"\n", expected, faulty->log);
	_assert_string_equal(faulty->log, expected, file, line);
	faulty->log[0] = '\0';
}

uint32_t faulty_add_rule(struct faulty *faulty, struct vscmi_fault_rule rule)
{
	uint32_t id = 0;

	if (rule.protocol == 0)
		rule.protocol = VSCMI_FAULT_ANY;
	if (rule.message_id == 0)
		rule.message_id = VSCMI_FAULT_ANY;
	if (rule.probability == 0)
		rule.probability = VSCMI_FAULT_CERTAIN;
	assert_int_equal(vscmi_faults_add(faulty->faults, &rule, &id), VSCMI_OK);
	return id;
}

const struct vscmi_fault_entry *faulty_rule(struct faulty *faulty, uint32_t id)
{
	const struct vscmi_fault_entry *entry =
		vscmi_faults_next_rule(faulty->faults, id - 1);

	assert_non_null(entry);
	assert_int_equal(entry->id, id);
	return entry;
}

struct faulty *faulty_new(uint32_t rules_max, uint32_t messages_max, bool events)
{
	struct faulty *faulty = calloc(1, sizeof(*faulty));
	const struct vscmi_faults_config config = {
		.service = &faulty->platform,
		.agent_count = FAULTY_AGENTS,
		.rules_max = rules_max,
		.messages_max = messages_max,
		.seed = 1,
	};
	size_t bytes = vscmi_faults_bytes(&config);

	faulty->platform.ops = &platform_ops;
	faulty->reply_count = 12;
	faulty->memory = malloc(bytes);
	assert_int_equal(
		vscmi_faults_init(&config, faulty->memory, bytes, &faulty->faults),
		VSCMI_OK);
	faulty->service = vscmi_faults_service(faulty->faults);
	for (uint32_t id = 1; id <= FAULTY_AGENTS; id++) {
		struct faulty_agent *agent = &faulty->agents[id];

		*agent = (struct faulty_agent){
			.faulty = faulty,
			.id = id,
			.takes_events = events,
			.event_room = VSCMI_SERVICE_EVENT_MAX,
			.channel = {
				.reply = on_reply,
				.lose = on_lose,
				.stray = on_stray,
				.events_ready = events ? on_events_ready : NULL,
				.reset = on_reset,
				.context = agent,
			},
		};
		reconnect(agent);
	}
	return faulty;
}

void faulty_free(struct faulty *faulty)
{
	free(faulty->memory);
	free(faulty);
}
