/* SPDX-License-Identifier: BSD-3-Clause */
/* The model's memory: what was seen. judge.c thinks about it. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "agent/id_pool.h"
#include "message/cursor.h"
#include "scheduler.h"
#include "vscmi/agent/event.h"

struct model model;
enum model_lie model_lie;
struct model_totals model_totals;

/* Where the lists end that model.arrivals_of and model.commands_of begin. */
static uint32_t last_arrival_of[1024], last_command_of[1024];
/* The same by slot: commands, and the messages that brought its buffer back. */
static uint32_t first_command_in[1024], command_in_slot[1024];
static uint32_t first_back_of[1024], last_back_of[1024];
static uint32_t anomalies[VSCMI_ANOMALIES];
static uint32_t arrival_room, command_room, down_room, listener_room, byte_room;

#define NONE UINT32_MAX

/* From the look at the epoch to its change, with weak compare-and-swaps. */
#define STEPS_OF_A_CHANGE 12u

/* Whether to lie now. */
static bool lie(enum model_lie which)
{
	return model_lie == which && sim_chance(50);
}

/* One more of an array of a kind. */
#define ONE_MORE(array, count, room)                                           \
	do {                                                                   \
		if ((count) == (room)) {                                       \
			(room) = (room) ? 2 * (room) : 1024;                   \
			(array) = realloc((array), (room) * sizeof(*(array))); \
		}                                                              \
	} while (0)

static uint32_t keep_bytes(const void *bytes, size_t count)
{
	uint32_t place = model.byte_count;

	if (byte_room - model.byte_count < count) {
		byte_room = 2 * byte_room + 4096 + (uint32_t)count;
		model.bytes = realloc(model.bytes, byte_room);
	}
	memcpy(model.bytes + place, bytes, count);
	model.byte_count += (uint32_t)count;
	return place;
}

void model_begin(const struct vscmi_agent_config *config, bool punctual)
{
	model.config = *config;
	if (model.config.delayed_timeout_us == 0)
		model.config.delayed_timeout_us = UINT64_C(2000000);
	model.punctual = punctual;
	model.arrival_count = model.command_count = model.down_count = 0;
	model.listener_count = model.byte_count = 0;
	memset(model.arrivals_of, 0xff, sizeof(model.arrivals_of));
	memset(model.commands_of, 0xff, sizeof(model.commands_of));
	memset(first_command_in, 0xff, sizeof(first_command_in));
	memset(first_back_of, 0xff, sizeof(first_back_of));
	memset(anomalies, 0, sizeof(anomalies));
	sim_deaf = model_lie == LIE_DEAF ? 50 : 0;
}

/*
 * ---- Commands ----
 */

static void append_to_token(uint32_t number)
{
	uint32_t token = model_token(model.commands[number].header);

	if (model.commands_of[token] == NONE)
		model.commands_of[token] = number;
	else
		model.commands[last_command_of[token]].next = number;
	last_command_of[token] = number;
}

static void append_to_slot(uint32_t number)
{
	uint32_t slot = model.commands[number].slot;

	if (slot >= model.config.slot_count)
		sim_fail("a command has a slot that is none");
	if (first_command_in[slot] == NONE)
		first_command_in[slot] = number;
	else if (!model.commands[command_in_slot[slot]].released)
		sim_fail("slot %u is given to two owners", slot);
	else
		model.commands[command_in_slot[slot]].next_in_slot = number;
	command_in_slot[slot] = number;
}

static uint64_t timeout_of(const struct vscmi_request *request)
{
	if (request->reply_timeout_us)
		return request->reply_timeout_us;
	if (model.config.reply_timeout_us)
		return model.config.reply_timeout_us;
	return model.config.link->timeout_us;
}

enum vscmi_error __real_vscmi_submit(struct vscmi_agent *agent,
				     const struct vscmi_request *request,
				     struct vscmi_slot **ret_command);
enum vscmi_error __wrap_vscmi_submit(struct vscmi_agent *agent,
				     const struct vscmi_request *request,
				     struct vscmi_slot **ret_command);

enum vscmi_error __wrap_vscmi_submit(struct vscmi_agent *agent,
				     const struct vscmi_request *request,
				     struct vscmi_slot **ret_command)
{
	uint32_t number = model.command_count;
	struct command *command;
	enum vscmi_error error;

	ONE_MORE(model.commands, model.command_count, command_room);
	model.commands[number] = (struct command){
		.async = request->kind == VSCMI_ASYNC,
		.epoch = agent->epoch,
		.submit = { sim_steps(), UINT64_MAX },
		.release = { UINT64_MAX, UINT64_MAX },
		.wait = { UINT64_MAX, UINT64_MAX },
		.timeout_us = timeout_of(request),
		.reply_room = (uint32_t)request->reply_room,
		.next = NONE,
		.next_in_slot = NONE,
	};
	model.command_count++;
	vscmi_le32_put(request->message, UINT32_MAX);
	error = __real_vscmi_submit(agent, request, ret_command);
	command = &model.commands[number];
	command->submit.end = sim_steps();
	command->header = vscmi_le32_get(request->message);
	command->sent = error == VSCMI_OK;
	if (command->header != UINT32_MAX)
		append_to_token(number);
	if (!command->sent) {
		model_totals.failed_submits++;
		/* Most are refused before they have a slot. */
		if (command->header == UINT32_MAX && error != VSCMI_E_NOT_READY &&
		    number == model.command_count - 1)
			model.command_count--;
		return error;
	}
	sim_progress();
	model_totals.commands++;
	command->slot = (uint32_t)(*ret_command - model.config.slots);
	append_to_slot(number);
	sim_note("submitted: command %u, header %08x, slot %u", number, command->header,
		 command->slot);
	return VSCMI_OK;
}

static void count_outcome(struct vscmi_result result)
{
	model_totals.answers += result.error == VSCMI_OK;
	model_totals.refusals += result.error == VSCMI_E_REFUSED;
	model_totals.malformed += result.error == VSCMI_E_MALFORMED;
	model_totals.timeouts += result.error == VSCMI_E_TIMEOUT;
	model_totals.lost += result.error == VSCMI_E_LINK_LOST;
}

struct vscmi_result __real_vscmi_wait(struct vscmi_agent *agent, struct vscmi_slot *slot);
struct vscmi_result __wrap_vscmi_wait(struct vscmi_agent *agent, struct vscmi_slot *slot);

struct vscmi_result __wrap_vscmi_wait(struct vscmi_agent *agent, struct vscmi_slot *slot)
{
	uint32_t number = command_in_slot[slot - model.config.slots];
	uint64_t began = sim_steps(), began_us = sim_now_us();
	struct vscmi_result result = __real_vscmi_wait(agent, slot);
	struct command *command = &model.commands[number];

	command->waited = true;
	command->wait.begin = sim_looked() > began ? sim_looked() : began;
	command->wait.end = sim_steps();
	command->wait_us = began_us;
	command->outcome_us = sim_now_us();
	if (lie(LIE_OUTCOME))
		result.error = result.error ? VSCMI_OK : VSCMI_E_TIMEOUT;
	command->result = result;
	sim_progress();
	count_outcome(result);
	sim_note("command %u has ended: error %d, status %d", number, result.error,
		 result.status);
	if (result.error == VSCMI_OK || result.error == VSCMI_E_REFUSED) {
		size_t count;
		const uint8_t *bytes = vscmi_answer(slot, &count);

		command->bytes = lie(LIE_EXCHANGED) ? 0 : keep_bytes(bytes, count);
		command->count = (uint32_t)count;
	}
	return result;
}

void __real_vscmi_release(struct vscmi_agent *agent, struct vscmi_slot *slot);
void __wrap_vscmi_release(struct vscmi_agent *agent, struct vscmi_slot *slot);

void __wrap_vscmi_release(struct vscmi_agent *agent, struct vscmi_slot *slot)
{
	uint32_t number = command_in_slot[slot - model.config.slots];

	/* From here on the slot may be anybody's. */
	model.commands[number].release.begin = sim_steps();
	model.commands[number].released = true;
	__real_vscmi_release(agent, slot);
	model.commands[number].release.end = sim_steps();
	sim_note("command %u is released", number);
}

/*
 * ---- The link ----
 */

static bool is_notification(const struct arrival *arrival)
{
	return arrival->count >= 4 && arrival->channel == VSCMI_CHANNEL_EVENTS &&
	       (arrival->word >> 8 & 3) == VSCMI_NOTIFICATION;
}

uint32_t model_listener(uint32_t clock_id)
{
	ONE_MORE(model.listeners, model.listener_count, listener_room);
	model.listeners[model.listener_count] =
		(struct listening){ clock_id, sim_steps(), { UINT64_MAX, UINT64_MAX } };
	return model.listener_count++;
}

void model_subscribed(uint32_t number)
{
	model.listeners[number].span.begin = sim_steps();
}

void model_unsubscribing(uint32_t number)
{
	model.listeners[number].span.end = sim_steps();
}

static bool was_called(const struct arrival *arrival, uint32_t listener)
{
	for (uint32_t i = 0; i < arrival->delivered && i < 4; i++)
		if (arrival->listeners[i] == listener)
			return true;
	return false;
}

/* Whoever was subscribed before the link went down is not any more. */
static bool was_down_since(uint64_t step)
{
	return model.down_count > 0 && model.downs[model.down_count - 1].span.end > step;
}

/* A notification reaches all who want it, or is counted under one name. */
static void check_notification(const struct arrival *arrival)
{
	bool unwanted = arrival->fate == VSCMI_ANOMALY_UNSUBSCRIBED_EVENT;
	bool counted = unwanted || arrival->fate == VSCMI_ANOMALY_UNKNOWN_EVENT ||
		       arrival->fate == VSCMI_ANOMALY_MALFORMED_EVENT;
	uint32_t clock_id = UINT32_MAX;

	model_totals.notifications++;
	if (arrival->delivered == 0 && !counted)
		sim_fail("a notification (%08x) was lost", arrival->word);
	if (arrival->delivered > 0 && arrival->fate != FATE_TAKEN)
		sim_fail("a notification (%08x) was delivered and dropped as %s",
			 arrival->word, fate_name(arrival));
	if ((arrival->word & 0x3ffff) != (VSCMI_NOTIFICATION << 8 | 0x14u << 10))
		return;
	if (arrival->count >= 12)
		clock_id = vscmi_le32_get(model.bytes + arrival->bytes + 8);
	for (uint32_t i = 0; i < model.listener_count; i++) {
		const struct listening *listening = &model.listeners[i];
		bool wants = listening->clock_id == VSCMI_ANY_RESOURCE ||
			     listening->clock_id == clock_id;

		if (wants && (unwanted || arrival->fate == FATE_TAKEN) &&
		    listening->span.begin < arrival->span.begin &&
		    listening->span.end > arrival->span.end && arrival->delivered < 4 &&
		    !was_called(arrival, i) && !was_down_since(listening->created))
			sim_fail("subscriber %u was not told of %08x", i, arrival->word);
	}
}

void __real_vscmi_agent_receive(struct vscmi_agent *agent, enum vscmi_channel channel,
				const void *bytes, size_t count, uint16_t buffer);
void __wrap_vscmi_agent_receive(struct vscmi_agent *agent, enum vscmi_channel channel,
				const void *bytes, size_t count, uint16_t buffer);

/* Into the engine, or nearly. */
static void receive(struct vscmi_agent *agent, enum vscmi_channel channel,
		    const void *bytes, size_t count, uint16_t buffer)
{
	uint8_t altered[VSCMI_EVENT_BYTES_MAX];

	if (lie(LIE_ALTERED) && count >= 8 && count <= sizeof(altered)) {
		memcpy(altered, bytes, count);
		altered[sim_draw((uint32_t)count)] ^= 1;
		bytes = altered;
	}
	if (lie(LIE_LOST))
		count = 0;
	__real_vscmi_agent_receive(agent, channel, bytes, count, buffer);
	if (lie(LIE_TWICE))
		__real_vscmi_agent_receive(agent, channel, bytes, count, VSCMI_NO_BUFFER);
	if (lie(LIE_RETURNED) && buffer != VSCMI_NO_BUFFER)
		__real_vscmi_agent_receive(agent, channel, NULL, 0, buffer);
}

void __wrap_vscmi_agent_receive(struct vscmi_agent *agent, enum vscmi_channel channel,
				const void *bytes, size_t count, uint16_t buffer)
{
	uint32_t number = model.arrival_count, token;
	void **current = sim_slot(), *before = *current;
	struct arrival *arrival;

	ONE_MORE(model.arrivals, model.arrival_count, arrival_room);
	arrival = &model.arrivals[number];
	*arrival = (struct arrival){
		.span = { sim_steps(), UINT64_MAX },
		.channel = channel,
		.word = count >= 4 ? vscmi_le32_get(bytes) : 0,
		.count = (uint32_t)count,
		.buffer = buffer,
		.fate = FATE_TAKEN,
		.bytes = keep_bytes(bytes, count),
		.next = NONE,
		.next_back = NONE,
	};
	model.arrival_count++;
	if (count >= 4) {
		token = model_token(arrival->word);
		if (model.arrivals_of[token] == NONE)
			model.arrivals_of[token] = number;
		else
			model.arrivals[last_arrival_of[token]].next = number;
		last_arrival_of[token] = number;
	}
	if (buffer < model.config.slot_count) {
		if (first_back_of[buffer] == NONE)
			first_back_of[buffer] = number;
		else
			model.arrivals[last_back_of[buffer]].next_back = number;
		last_back_of[buffer] = number;
	}
	sim_note("arrival %u: %zu bytes, header %08x, channel %d, buffer %d", number,
		 count, arrival->word, (int)channel, (int)(int16_t)buffer);
	*current = (void *)(uintptr_t)(number + 1);
	receive(agent, channel, bytes, count, buffer);
	*current = before;
	arrival = &model.arrivals[number];
	arrival->span.end = sim_steps();
	arrival->end_us = sim_now_us();
	sim_note("arrival %u: %s", number, fate_name(arrival));
	if (is_notification(arrival))
		check_notification(arrival);
}

static struct arrival *arrival_of_task(void)
{
	uintptr_t number = (uintptr_t)*sim_slot();

	return number ? &model.arrivals[number - 1] : NULL;
}

void model_callback(uint32_t number)
{
	struct arrival *arrival = arrival_of_task();

	if (lie(LIE_CALLBACK) && arrival && arrival->delivered < 4)
		arrival->listeners[arrival->delivered++] = number;
	if (!arrival || !is_notification(arrival))
		sim_fail("a subscriber is called, and no notification has come");
	if (was_called(arrival, number))
		sim_fail("subscriber %u is told of %08x twice", number, arrival->word);
	if (arrival->delivered < 4)
		arrival->listeners[arrival->delivered] = number;
	arrival->delivered++;
	model_totals.callbacks++;
}

void model_trace(void *context, const struct vscmi_trace *trace)
{
	struct arrival *arrival = arrival_of_task();
	enum vscmi_anomaly anomaly = trace->anomaly;

	if (trace->point != VSCMI_TRACE_DROP)
		return;
	anomalies[anomaly]++;
	model_totals.anomalies[anomaly]++;
	sim_note("anomaly: %s", vscmi_anomaly_name(anomaly));
	if (anomaly == VSCMI_ANOMALY_BUFFER)
		sim_fail("a buffer came back that was not out");
	if (!arrival)
		return; /* a typed call finds trailing bytes when it decodes */
	if (anomaly >= VSCMI_ANOMALY_NO_STATUS) {
		arrival->notes |= UINT32_C(1) << anomaly;
		return;
	}
	if (arrival->fate != FATE_TAKEN)
		sim_fail("a message (%08x) was dropped twice", arrival->word);
	arrival->fate = (int16_t)anomaly;
}

void __real_vscmi_agent_link_down(struct vscmi_agent *agent);
void __wrap_vscmi_agent_link_down(struct vscmi_agent *agent);

/* Of many at once one does it: who begins while the link is up, for nobody comes between. */
void __wrap_vscmi_agent_link_down(struct vscmi_agent *agent)
{
	uint32_t number = model.down_count, epoch = agent->epoch;

	if (epoch & 1) {
		ONE_MORE(model.downs, model.down_count, down_room);
		model.downs[number] = (struct down){
			.span = { sim_steps(), UINT64_MAX },
			.epoch = epoch,
		};
		model.down_count++;
		model_totals.downs++;
	}
	sim_note("the link goes down");
	sim_hold(STEPS_OF_A_CHANGE);
	__real_vscmi_agent_link_down(agent);
	if (epoch & 1) {
		model.downs[number].span.end = sim_steps();
		model.downs[number].end_us = sim_now_us();
	}
	sim_note("the link is down");
}

/*
 * ---- The end ----
 */

static void check_all_is_free(struct vscmi_agent *agent)
{
	/* The slot that was given back last is free by that alone. */
	if (agent->slots.last)
		vscmi_id_put_next(&agent->slots, agent->slots.last - 1);
	for (uint32_t i = 0; i < model.config.slot_count; i++)
		if (model.config.slots[i].word != 0)
			sim_fail("slot %u is never free again: %08x", i,
				 model.config.slots[i].word);
	for (uint32_t i = 0; i < VSCMI_TOKENS / 32; i++)
		if (agent->tokens.used[i] != 0 || agent->slots.used[i] != 0)
			sim_fail("tokens or slots from %u on are never free again",
				 32 * i);
	for (uint32_t i = 0; i < model.config.subscription_count; i++)
		if (model.config.subscriptions[i].word != 0)
			sim_fail("subscription %u is never free again", i);
}

/* The first time that the link went down and may have found the command there. */
static const struct down *down_during(const struct command *command)
{
	for (uint32_t i = 0; i < model.down_count; i++)
		if (model.downs[i].epoch >= command->epoch)
			return &model.downs[i];
	return NULL;
}

/*
 * A slot and its token are free when the owner has let go and the buffer is back, not before.
 * Until somebody has them again it does not matter when exactly.
 */
static void find_when_free(uint32_t slot)
{
	uint32_t back = first_back_of[slot];

	for (uint32_t i = first_command_in[slot]; i != NONE;
	     i = model.commands[i].next_in_slot) {
		struct command *command = &model.commands[i];
		const struct down *down = down_during(command);
		const struct command *in_slot =
			command->next_in_slot == NONE
				? NULL
				: &model.commands[command->next_in_slot];
		const struct command *of_token =
			command->next == NONE ? NULL : &model.commands[command->next];
		uint64_t back_begin;

		while (back != NONE &&
		       model.arrivals[back].span.end < command->submit.begin)
			back = model.arrivals[back].next_back;
		back_begin = back == NONE ? UINT64_MAX : model.arrivals[back].span.begin;
		if (down && down->span.begin < back_begin)
			back_begin = down->span.begin;
		else if (back != NONE)
			back = model.arrivals[back].next_back;
		command->free.begin = command->release.begin > back_begin
					      ? command->release.begin
					      : back_begin;
		command->free.end = UINT64_MAX;
		if (in_slot)
			command->free.end = in_slot->submit.end;
		if (of_token && of_token->submit.end < command->free.end)
			command->free.end = of_token->submit.end;
		if (command->free.end < command->free.begin)
			sim_fail("slot %u or token %u was used again before it was free",
				 slot, model_token(command->header));
	}
}

void model_end(struct vscmi_agent *agent)
{
	check_all_is_free(agent);
	for (uint32_t i = 0; i < model.config.slot_count; i++)
		find_when_free(i);
	for (uint32_t i = 0; i < model.command_count; i++)
		if (!model.commands[i].sent)
			model.commands[i].free = (struct span){
				0,
				model.commands[i].next == NONE
					? UINT64_MAX
					: model.commands[model.commands[i].next]
						  .submit.end,
			};
	for (enum vscmi_anomaly i = 0; i < VSCMI_ANOMALIES; i++)
		if (anomalies[i] != vscmi_agent_anomalies(agent, i))
			sim_fail("%s: counted %u, told %u", vscmi_anomaly_name(i),
				 vscmi_agent_anomalies(agent, i), anomalies[i]);
	for (uint32_t token = 0; token < VSCMI_TOKENS; token++)
		judge_token(token);
	for (uint32_t i = 0; i < model.arrival_count; i++) {
		const struct arrival *arrival = &model.arrivals[i];
		int16_t fate =
			arrival->count == 0 ? VSCMI_ANOMALY_EMPTY : VSCMI_ANOMALY_SHORT;

		if (arrival->count < 4 && arrival->fate != fate)
			sim_fail("a message of %u bytes is not counted as one",
				 arrival->count);
	}
	model_totals.arrivals += model.arrival_count;
}
