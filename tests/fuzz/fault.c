/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Input: what happens to a fault layer: steps of three bytes, a kind and two arguments, and
 * behind a rule its members. Whatever it is, nothing is written beyond a buffer, every command is
 * answered, lost or forgotten once, which faulty.h sees to, and in the end nothing is left.
 */
#include "faulty.h"
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "message/cursor.h"

#define RULES   6u
#define PLACES  5u
#define TOKENS  16u
#define LAST_US (UINT64_MAX - 1)

enum {
	RULE,
	CLEAR,
	COMMAND,
	HELD_COMMAND,
	ANSWER,
	LOSE,
	DELAYED,
	NOTIFY,
	TIME,
	EVENTS,
	ROOM,
	RECONNECT,
	CALLS_BACK,
	STEP_KINDS
};

struct fuzzed {
	struct faulty *faulty;
	bool held[FAULTY_AGENTS + 1][TOKENS]; /* by the platform */
};

static void tell(struct faulty *faulty, uint32_t agent_id, char what, unsigned number)
{
	char story[32];

	snprintf(story, sizeof(story), "%u: %c%u", (unsigned)agent_id, what, number);
	faulty->log[0] = '\0';
	faulty_play(faulty, story);
}

/* As random as can be, and still accepted most of the time. */
static void add_rule(struct faulty *faulty, struct vscmi_in *in)
{
	const uint8_t *b = vscmi_in_take(in, 10);
	struct vscmi_fault_rule rule = {
		.protocol = VSCMI_FAULT_ANY,
		.message_id = VSCMI_FAULT_ANY,
		.probability = VSCMI_FAULT_CERTAIN,
	};
	uint32_t id;

	if (!b)
		return;
	rule.fault = b[0] % (VSCMI_FAULT_COUNT + 1u);
	rule.agent_id = b[1] & 3;
	if (b[1] & 4)
		rule.protocol = VSCMI_PROTOCOL_CLOCK;
	if (b[1] & 8)
		rule.message_id = 5;
	rule.copy = b[1] & 16;
	if (b[1] & 32)
		rule.on = b[2] & 7;
	if (b[1] & 64)
		rule.probability = 1u + b[3] * 4000u;
	rule.skip = b[4] % 4;
	rule.times = b[5] % 8;
	rule.min_us = b[6];
	rule.max_us = rule.min_us + b[7];
	rule.amount = b[8] * (b[1] & 128 ? 8u : 1u);
	rule.status = (int8_t)b[9];
	vscmi_faults_add(faulty->faults, &rule, &id);
}

static void call_back(struct faulty_agent *agent)
{
	if (!agent->is_out[TOKENS])
		tell(agent->faulty, agent->id, 'c', TOKENS);
}

static void command(struct faulty *faulty, uint32_t agent_id, uint16_t token,
		    struct vscmi_in *in)
{
	const struct vscmi_header header = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.message_id = vscmi_in_u8(in) & 5,
		.token = token,
	};

	if (faulty->agents[agent_id].is_out[token])
		return;
	faulty->holds = false;
	faulty->reply_count = 8u + 4u * vscmi_in_u8(in) % 505u;
	faulty->log[0] = '\0';
	faulty_command(faulty, agent_id, header, 8u + 2u * vscmi_in_u8(in) % 505u);
}

static void step(struct fuzzed *fuzzed, struct vscmi_in *in)
{
	struct faulty *faulty = fuzzed->faulty;
	uint8_t kind = vscmi_in_u8(in) % STEP_KINDS, a = vscmi_in_u8(in),
		b = vscmi_in_u8(in);
	uint32_t agent_id = 1u + a % FAULTY_AGENTS;
	struct faulty_agent *agent = &faulty->agents[agent_id];
	uint16_t token = b % TOKENS;
	bool *held = &fuzzed->held[agent_id][token];

	switch (kind) {
	case RULE:
		add_rule(faulty, in);
		break;
	case CLEAR:
		vscmi_faults_clear(faulty->faults, b);
		break;
	case COMMAND:
		command(faulty, agent_id, token, in);
		break;
	case HELD_COMMAND:
		if (agent->is_out[token])
			break;
		tell(faulty, agent_id, 'h', token);
		*held = true;
		break;
	case ANSWER:
	case LOSE:
		if (!*held)
			break;
		*held = false;
		tell(faulty, agent_id, kind == ANSWER ? 'a' : 'l', token);
		break;
	case DELAYED:
	case NOTIFY:
		if (agent->event_count + 1 < FAULTY_MESSAGES)
			tell(faulty, agent_id, kind == DELAYED ? 'd' : 'n', token);
		break;
	case TIME:
		tell(faulty, agent_id, '+', b);
		break;
	case EVENTS:
		agent->takes_events = b & 1;
		break;
	case ROOM:
		agent->event_room = b % (VSCMI_SERVICE_EVENT_MAX + 1u);
		break;
	case RECONNECT:
		memset(fuzzed->held[agent_id], 0, sizeof(fuzzed->held[agent_id]));
		tell(faulty, agent_id, 'x', 0);
		break;
	case CALLS_BACK:
		faulty->on_reply = b & 1 ? call_back : NULL;
		break;
	}
}

/* Without rules all that is out comes. */
static void settle(struct fuzzed *fuzzed)
{
	struct faulty *faulty = fuzzed->faulty;

	faulty->on_reply = NULL;
	vscmi_faults_clear(faulty->faults, 0);
	for (uint32_t id = 1; id <= FAULTY_AGENTS; id++) {
		faulty->agents[id].takes_events = true;
		faulty->agents[id].event_room = VSCMI_SERVICE_EVENT_MAX;
		for (uint16_t token = 0; token < TOKENS; token++) {
			if (fuzzed->held[id][token])
				tell(faulty, id, 'a', token);
		}
	}
	for (unsigned turns = 0; turns < 2; turns++) {
		faulty->log[0] = '\0';
		faulty_advance(faulty, LAST_US);
		faulty_play(faulty, "1: e+ 2: e+ 3: e+");
	}
	assert_true(faulty_next_us(faulty) == UINT64_MAX);
	for (uint32_t id = 1; id <= FAULTY_AGENTS; id++) {
		assert_int_equal(faulty->agents[id].event_count, 0);
		for (uint16_t token = 0; token <= TOKENS; token++)
			assert_false(faulty->agents[id].is_out[token]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vscmi_in in = vscmi_in(data, size);
	struct fuzzed fuzzed = { .faulty = faulty_new(RULES, PLACES, true) };

	vscmi_faults_seed(fuzzed.faulty->faults, vscmi_in_u8(&in));
	while (in.left)
		step(&fuzzed, &in);
	settle(&fuzzed);
	faulty_free(fuzzed.faulty);
	return 0;
}
