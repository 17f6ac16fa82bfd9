/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is there an order that explains it? Each command is a small machine, as <vscmi/agent.h>
 * describes it. What concerned it - the submit, the messages with its token, the link going
 * down, the look at the outcome, the release - happened at one moment each, somewhere between
 * its begin and its end. The judge looks for moments with which the machine says of every
 * message what the engine did with it, and of the outcome what the caller was told.
 */
#include <stdio.h>
#include <string.h>

#include "message/cursor.h"
#include "model.h"
#include "scheduler.h"

#define EVENTS_MAX 64u
#define TRIES_MAX  200000u
#define NONE       UINT32_MAX

enum what { SUBMIT, REPLY, DELAYED, STRANGER, DOWN, LOOK, RELEASE, FREE };

struct event {
	struct span span;
	enum what what;
	const struct arrival *arrival;
	const struct down *down;
};

enum state {
	NOT_YET,
	SENT,
	ACCEPTED,
	REFUSED, /* asynchronous, ended by its reply */
	EARLY,   /* ended by a delayed response, and its reply is yet to come */
	ENDED,
	GAVE_UP,
	LOST,
	FREED,
};

struct progress {
	enum state state;
	const struct arrival *accepted_by, *ended_by;
	const struct down *lost_by;
};

/* The command before the court. */
static const struct command *command;
static struct event events[EVENTS_MAX];
static uint32_t event_count, tries;

/*
 * ---- What a message is to the command ----
 */

static int32_t status_of(const struct arrival *arrival)
{
	return (int32_t)vscmi_le32_get(model.bytes + arrival->bytes + 4);
}

static bool is_acceptance(const struct arrival *arrival)
{
	return command->async && arrival->count >= 8 && status_of(arrival) == 0;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* How much of it is the answer. */
static uint32_t answer_room(const struct arrival *arrival)
{
	const struct vscmi_link *link = model.config.link;
	uint32_t room = smaller(model.config.message_bytes, link->max_message_bytes);

	if (arrival->channel == VSCMI_CHANNEL_EVENTS)
		return model.config.message_bytes;
	if (command->async)
		return 8;
	return command->reply_room ? smaller(room, command->reply_room) : room;
}

static bool notes_are_right(const struct arrival *arrival)
{
	bool cut = arrival->count > answer_room(arrival);
	bool verdict = command->async && arrival->channel == VSCMI_CHANNEL_COMMANDS;
	uint32_t notes = 0;

	if (cut)
		notes |= UINT32_C(1)
			 << (verdict ? VSCMI_ANOMALY_TRAILING : VSCMI_ANOMALY_OVERSIZE);
	if (arrival->count < 8)
		notes |= UINT32_C(1) << VSCMI_ANOMALY_NO_STATUS;
	return arrival->notes == notes;
}

static bool meet(struct span a, struct span b)
{
	return a.begin <= b.end && b.begin <= a.end;
}

/* From the submit to the last moment at which the slot becomes free. */
static struct span life_of(const struct command *of)
{
	return (struct span){ of->submit.begin, of->free.end };
}

/* Another command that may have had the message's token when it came. One whose submit
 * failed early did not say which token it had for a moment. */
static bool is_shared(const struct arrival *arrival)
{
	uint32_t token = model_token(arrival->word);

	for (uint32_t i = model.commands_of[token]; i != NONE; i = model.commands[i].next)
		if (&model.commands[i] != command &&
		    meet(life_of(&model.commands[i]), arrival->span))
			return true;
	for (uint32_t i = 0; i < model.command_count; i++)
		if (model.commands[i].header == UINT32_MAX &&
		    meet(model.commands[i].submit, arrival->span))
			return true;
	return false;
}

/*
 * ---- The machine ----
 */

static bool end_with(struct progress *progress, enum state state,
		     const struct arrival *arrival)
{
	if (arrival->fate != FATE_TAKEN || !notes_are_right(arrival))
		return false;
	progress->state = state;
	progress->ended_by = arrival;
	return true;
}

static bool on_reply(struct progress *progress, const struct arrival *arrival)
{
	switch (progress->state) {
	case SENT:
		if (!command->async)
			return end_with(progress, ENDED, arrival);
		if (!is_acceptance(arrival))
			return end_with(progress, REFUSED, arrival);
		progress->state = ACCEPTED;
		progress->accepted_by = arrival;
		return arrival->fate == FATE_TAKEN;
	case EARLY:
		progress->state = ENDED;
		return arrival->fate == VSCMI_ANOMALY_OVERTAKEN;
	case GAVE_UP:
	case LOST:
		return arrival->fate == VSCMI_ANOMALY_LATE_REPLY;
	default:
		return arrival->fate == VSCMI_ANOMALY_SECOND_REPLY;
	}
}

static bool on_delayed(struct progress *progress, const struct arrival *arrival)
{
	if (!command->async)
		return arrival->fate == VSCMI_ANOMALY_UNEXPECTED_DELAYED;
	switch (progress->state) {
	case SENT:
		return end_with(progress, EARLY, arrival);
	case ACCEPTED:
		return end_with(progress, ENDED, arrival);
	case REFUSED:
		return arrival->fate == VSCMI_ANOMALY_UNEXPECTED_DELAYED;
	case GAVE_UP:
	case LOST:
		return arrival->fate == VSCMI_ANOMALY_LATE_DELAYED;
	default:
		return arrival->fate == VSCMI_ANOMALY_SECOND_DELAYED;
	}
}

static bool on_message(struct progress *progress, const struct event *event)
{
	const struct arrival *arrival = event->arrival;

	if (progress->state == NOT_YET || progress->state == FREED)
		return arrival->fate == VSCMI_ANOMALY_TOKEN || is_shared(arrival);
	if (event->what == STRANGER)
		return arrival->fate == VSCMI_ANOMALY_MESSAGE;
	return event->what == REPLY ? on_reply(progress, arrival)
				    : on_delayed(progress, arrival);
}

/* A caller that waits is told at once: the clock stands still meanwhile. */
static bool is_prompt(uint64_t end_us)
{
	return !model.punctual || command->outcome_us <= command->wait_us ||
	       command->outcome_us <= end_us;
}

static bool is_answer(const struct progress *progress)
{
	const struct arrival *arrival = progress->ended_by;
	uint32_t count;
	int32_t status;

	if (!arrival || !is_prompt(arrival->end_us))
		return false;
	count = smaller(arrival->count, answer_room(arrival));
	if (count < 8)
		return command->result.error == VSCMI_E_MALFORMED;
	status = status_of(arrival);
	return command->result.error == (status ? VSCMI_E_REFUSED : VSCMI_OK) &&
	       (status == 0 || command->result.status == status) &&
	       command->count == count &&
	       memcmp(model.bytes + command->bytes, model.bytes + arrival->bytes,
		      count) == 0;
}

static bool is_timeout(const struct progress *progress)
{
	uint64_t due_us = command->wait_us + command->timeout_us;

	if (progress->state != SENT && progress->state != ACCEPTED)
		return false;
	if (progress->state == ACCEPTED) {
		due_us = command->wait_us;
		if (model.punctual && progress->accepted_by->end_us > due_us)
			due_us = progress->accepted_by->end_us;
		due_us += model.config.delayed_timeout_us;
	}
	return !model.punctual ? command->outcome_us >= due_us
			       : command->outcome_us == due_us;
}

static bool on_look(struct progress *progress)
{
	switch (command->result.error) {
	case VSCMI_E_TIMEOUT:
		if (!is_timeout(progress))
			return false;
		progress->state = GAVE_UP;
		return true;
	case VSCMI_E_LINK_LOST:
		return progress->state == LOST && is_prompt(progress->lost_by->end_us);
	default:
		return is_answer(progress);
	}
}

static bool happen(struct progress *progress, const struct event *event)
{
	bool waiting = progress->state == SENT || progress->state == ACCEPTED;

	switch (event->what) {
	case SUBMIT:
		progress->state = SENT;
		return true;
	case DOWN:
		if (waiting) {
			progress->state = LOST;
			progress->lost_by = event->down;
		}
		return true;
	case LOOK:
		return on_look(progress);
	case RELEASE:
		if (waiting)
			progress->state = GAVE_UP;
		return true;
	case FREE:
		progress->state = FREED;
		return true;
	default:
		return on_message(progress, event);
	}
}

/*
 * ---- The search ----
 */

static bool explain(uint64_t done, struct progress progress)
{
	uint64_t first_end = UINT64_MAX;

	if (done == (event_count == 64 ? UINT64_MAX : (UINT64_C(1) << event_count) - 1))
		return true;
	if (++tries > TRIES_MAX)
		return true;
	for (uint32_t i = 0; i < event_count; i++)
		if (!(done >> i & 1) && events[i].span.end < first_end)
			first_end = events[i].span.end;
	for (uint32_t i = 0; i < event_count; i++) {
		struct progress next = progress;

		if (!(done >> i & 1) && events[i].span.begin <= first_end &&
		    happen(&next, &events[i]) && explain(done | UINT64_C(1) << i, next))
			return true;
	}
	return false;
}

/* In the order of their begins, so that the first try is mostly right. */
static void add(struct event event)
{
	uint32_t place = event_count;

	if (event_count == EVENTS_MAX)
		return;
	for (; place > 0 && events[place - 1].span.begin > event.span.begin; place--)
		events[place] = events[place - 1];
	events[place] = event;
	event_count++;
}

static const char *what_is(const struct event *event)
{
	static const char *const names[] = { "submit",   "reply", "delayed response",
					     "stranger", "down",  "outcome",
					     "release",  "free" };

	return names[event->what];
}

static void fail(void)
{
	printf("# command %u, header %08x, %s, slot %u: error %d, status %d, waited from "
	       "%llu to %llu us, timeout %llu us\n",
	       (unsigned)(command - model.commands), command->header,
	       command->async ? "asynchronous" : "synchronous", command->slot,
	       command->result.error, command->result.status,
	       (unsigned long long)command->wait_us,
	       (unsigned long long)command->outcome_us,
	       (unsigned long long)command->timeout_us);
	for (uint32_t i = 0; i < event_count; i++) {
		const struct arrival *arrival = events[i].arrival;

		printf("#   steps %llu..%llu: %s",
		       (unsigned long long)events[i].span.begin,
		       (unsigned long long)events[i].span.end, what_is(&events[i]));
		if (arrival)
			printf(" %u, %08x, %u bytes: %s",
			       (unsigned)(arrival - model.arrivals), arrival->word,
			       arrival->count, fate_name(arrival));
		printf("\n");
	}
	sim_fail("no order of these explains the outcome and what was dropped");
}

/*
 * ---- The commands and messages of one token ----
 */

/* A message that no state of a command can matter to. */
static bool is_of_no_command(const struct arrival *arrival)
{
	uint32_t type = arrival->word >> 8 & 3;
	bool on_events = arrival->channel == VSCMI_CHANNEL_EVENTS;

	return type != (on_events ? VSCMI_DELAYED_RESPONSE : VSCMI_COMMAND);
}

static enum what kind_of(const struct arrival *arrival)
{
	uint32_t type = arrival->word & 3u << 8;

	if (arrival->word != (command->header | type))
		return STRANGER;
	return arrival->channel == VSCMI_CHANNEL_EVENTS ? DELAYED : REPLY;
}

static void judge(void)
{
	uint32_t token = model_token(command->header);

	event_count = tries = 0;
	add((struct event){ .what = SUBMIT, .span = command->submit });
	if (command->waited)
		add((struct event){ .what = LOOK, .span = command->wait });
	add((struct event){ .what = RELEASE, .span = command->release });
	add((struct event){ .what = FREE, .span = command->free });
	for (uint32_t i = 0; i < model.down_count; i++)
		if (meet(model.downs[i].span,
			 (struct span){ command->submit.begin, command->release.end }))
			add((struct event){ .what = DOWN,
					    .span = model.downs[i].span,
					    .down = &model.downs[i] });
	for (uint32_t i = model.arrivals_of[token]; i != NONE;
	     i = model.arrivals[i].next) {
		const struct arrival *arrival = &model.arrivals[i];

		if (!is_of_no_command(arrival) && meet(arrival->span, life_of(command)))
			add((struct event){
				.what = kind_of(arrival),
				.span = arrival->span,
				.arrival = arrival,
			});
	}
	if (!explain(0, (struct progress){ NOT_YET, NULL, NULL, NULL }))
		fail();
	if (tries > TRIES_MAX || event_count == EVENTS_MAX)
		model_totals.undecided++;
}

/* Messages that came when no command had their token. */
static void judge_strays(uint32_t token)
{
	command = NULL;
	for (uint32_t i = model.arrivals_of[token]; i != NONE;
	     i = model.arrivals[i].next) {
		const struct arrival *arrival = &model.arrivals[i];
		bool on_events = arrival->channel == VSCMI_CHANNEL_EVENTS;
		bool notification =
			on_events && (arrival->word >> 8 & 3) == VSCMI_NOTIFICATION;
		int16_t fate = is_of_no_command(arrival) ? VSCMI_ANOMALY_TYPE
							 : VSCMI_ANOMALY_TOKEN;

		if (!notification && arrival->fate != fate &&
		    (is_of_no_command(arrival) || !is_shared(arrival)))
			sim_fail("message %u, %08x, is for nobody; its fate: %s", i,
				 arrival->word, fate_name(arrival));
	}
}

void judge_token(uint32_t token)
{
	for (uint32_t i = model.commands_of[token]; i != NONE;
	     i = model.commands[i].next) {
		command = &model.commands[i];
		if (command->sent)
			judge();
	}
	judge_strays(token);
}
