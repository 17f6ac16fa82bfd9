/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What arrives in every state of a command, or is done to it there: a row for each state, and in
 * it what becomes of each message and how the command ends.
 */
#include "script.h"

#include <string.h>

#define NOTHING   VSCMI_ANOMALIES /* not counted as anything */
#define OVERTAKEN VSCMI_ANOMALY_OVERTAKEN
#define SECOND    VSCMI_ANOMALY_SECOND_REPLY
#define SECOND_D  VSCMI_ANOMALY_SECOND_DELAYED
#define LATE      VSCMI_ANOMALY_LATE_REPLY
#define LATE_D    VSCMI_ANOMALY_LATE_DELAYED
#define SURPRISE  VSCMI_ANOMALY_UNEXPECTED_DELAYED

/* What can happen to a command. */
enum happening {
	ACCEPTED_BY = 's', /* a reply: SUCCESS */
	REFUSED_BY = 'r',  /* a reply: DENIED */
	DELAYED_BY = 'd',  /* a delayed response */
	TIMED_OUT = 't',
	LINK_LOST = 'l',
	/* What stands behind it happens while the message before it is copied. */
	INSIDE = '(',
};

static const char happenings[] = { ACCEPTED_BY, REFUSED_BY, DELAYED_BY, LINK_LOST };

/*
 * A way into each state; what a reply, a refusal, a delayed response and the loss of the link
 * are counted as there; and what the command has ended by after each of them. '.': it has not.
 */
static const struct row {
	const char *state;
	enum vscmi_command_kind kind;
	const char *way;
	enum vscmi_anomaly counted[sizeof(happenings)];
	char ended_by[sizeof(happenings) + 1];
} rows[] = {
	{ "sent", VSCMI_SYNC, "", { NOTHING, NOTHING, SURPRISE, NOTHING }, "sr.l" },
	{ "sent", VSCMI_ASYNC, "", { NOTHING, NOTHING, NOTHING, NOTHING }, ".rdl" },
	{ "accepted", VSCMI_ASYNC, "s", { SECOND, SECOND, NOTHING, NOTHING }, "..dl" },
	{ "replying", VSCMI_SYNC, "s(", { SECOND, SECOND, SURPRISE, NOTHING }, "ssss" },
	{ "replying", VSCMI_ASYNC, "r(", { SECOND, SECOND, SURPRISE, NOTHING }, "rrrr" },
	{ "early",
	  VSCMI_ASYNC,
	  "d(",
	  { OVERTAKEN, OVERTAKEN, SECOND_D, NOTHING },
	  "dddd" },
	{ "delaying", VSCMI_ASYNC, "sd(", { SECOND, SECOND, SECOND_D, NOTHING }, "dddd" },
	{ "delaying", VSCMI_ASYNC, "d(s", { SECOND, SECOND, SECOND_D, NOTHING }, "dddd" },
	{ "delaying", VSCMI_ASYNC, "d(r", { SECOND, SECOND, SECOND_D, NOTHING }, "dddd" },
	{ "ahead",
	  VSCMI_ASYNC,
	  "d",
	  { OVERTAKEN, OVERTAKEN, SECOND_D, NOTHING },
	  "dddd" },
	{ "answered", VSCMI_SYNC, "s", { SECOND, SECOND, SURPRISE, NOTHING }, "ssss" },
	{ "answered", VSCMI_SYNC, "r", { SECOND, SECOND, SURPRISE, NOTHING }, "rrrr" },
	{ "answered", VSCMI_ASYNC, "r", { SECOND, SECOND, SURPRISE, NOTHING }, "rrrr" },
	{ "done", VSCMI_ASYNC, "sd", { SECOND, SECOND, SECOND_D, NOTHING }, "dddd" },
	{ "done", VSCMI_ASYNC, "ds", { SECOND, SECOND, SECOND_D, NOTHING }, "dddd" },
	{ "done", VSCMI_ASYNC, "dr", { SECOND, SECOND, SECOND_D, NOTHING }, "dddd" },
	{ "expired", VSCMI_SYNC, "t", { LATE, LATE, SURPRISE, NOTHING }, "tttt" },
	{ "expired", VSCMI_ASYNC, "t", { LATE, LATE, LATE_D, NOTHING }, "tttt" },
	{ "expired", VSCMI_ASYNC, "st", { LATE, LATE, LATE_D, NOTHING }, "tttt" },
	{ "lost", VSCMI_SYNC, "l", { LATE, LATE, SURPRISE, NOTHING }, "llll" },
	{ "lost", VSCMI_ASYNC, "l", { LATE, LATE, LATE_D, NOTHING }, "llll" },
	{ "lost", VSCMI_ASYNC, "sl", { LATE, LATE, LATE_D, NOTHING }, "llll" },
};

static struct script *script;
static struct vscmi_slot *command;
static struct sent sent;
static const char *inside;       /* the rest of the way, while a message is copied */
static void (*at_the_end)(void); /* of the way */

static void happen(enum happening what)
{
	uint32_t header = script_header(&sent);

	switch (what) {
	case ACCEPTED_BY:
		script_receive(script, VSCMI_CHANNEL_COMMANDS,
			       SCRIPT_WORDS(header, 0, what), VSCMI_NO_BUFFER);
		break;
	case REFUSED_BY:
		script_receive(script, VSCMI_CHANNEL_COMMANDS,
			       SCRIPT_WORDS(header, (uint32_t)VSCMI_DENIED),
			       VSCMI_NO_BUFFER);
		break;
	case DELAYED_BY:
		script_receive(script, VSCMI_CHANNEL_EVENTS,
			       SCRIPT_WORDS(header | 2u << 8, 0, what), VSCMI_NO_BUFFER);
		break;
	case TIMED_OUT:
		assert_int_equal(vscmi_wait(&script->agent, command).error,
				 VSCMI_E_TIMEOUT);
		break;
	case LINK_LOST:
		vscmi_agent_link_down(&script->agent);
		break;
	case INSIDE:
		fail_msg("nothing is copied");
	}
}

static void go(const char *way)
{
	for (; *way; way++) {
		if (way[1] == INSIDE) {
			inside = way + 2;
			happen((enum happening) * way);
			assert_null(inside);
			return;
		}
		happen((enum happening) * way);
	}
	at_the_end();
}

static void traced(void *context, const struct vscmi_trace *trace)
{
	const char *way = inside;

	if (way && trace->point == VSCMI_TRACE_RECEIVE) {
		inside = NULL;
		/* Who polls does not see half a message. */
		assert_false(vscmi_done(&script->agent, command));
		go(way);
	}
}

static void expect_ended_by(char what)
{
	struct vscmi_result result;

	if (what == '.') {
		assert_false(vscmi_done(&script->agent, command));
		return;
	}
	if (what == ACCEPTED_BY || what == DELAYED_BY) {
		script_expect_answer(script, command, (uint32_t)what);
		return;
	}
	result = script_ended(script, command);
	assert_int_equal(result.error, what == REFUSED_BY  ? VSCMI_E_REFUSED
				       : what == TIMED_OUT ? VSCMI_E_TIMEOUT
							   : VSCMI_E_LINK_LOST);
	if (what == REFUSED_BY)
		assert_int_equal(result.status, VSCMI_DENIED);
}

static void start(const struct row *row)
{
	script = script_new(1, 0);
	script->agent.config.observer.trace = traced;
	command = script_submit(script, row->kind);
	sent = *script_last(script);
}

static void bring_buffer(void)
{
	vscmi_agent_receive(&script->agent, VSCMI_CHANNEL_COMMANDS, NULL, 0, sent.buffer);
}

static void end(void)
{
	vscmi_agent_link_up(&script->agent);
	script_expect_all_slots_free(script);
	script_free(script);
}

static const struct row *row;
static size_t column;

static void one_more_thing_happens(void)
{
	uint32_t before[VSCMI_ANOMALIES];

	for (enum vscmi_anomaly i = 0; i < VSCMI_ANOMALIES; i++)
		before[i] = vscmi_agent_anomalies(&script->agent, i);
	happen((enum happening)happenings[column]);
	for (enum vscmi_anomaly i = 0; i < VSCMI_ANOMALIES; i++)
		if (vscmi_agent_anomalies(&script->agent, i) !=
		    before[i] + (i == row->counted[column]))
			fail_msg("%s, by way of '%s', then '%c': %s", row->state,
				 row->way, happenings[column], vscmi_anomaly_name(i));
}

static void whatever_happens_in_any_state_has_one_meaning(void **state)
{
	at_the_end = one_more_thing_happens;
	for (row = rows; row < rows + sizeof(rows) / sizeof(rows[0]); row++)
		for (column = 0; column < sizeof(happenings); column++) {
			start(row);
			go(row->way);
			expect_ended_by(row->ended_by[column]);
			vscmi_release(&script->agent, command);
			bring_buffer();
			end();
		}
}

static void let_go(void)
{
	vscmi_release(&script->agent, command);
	/* The command is over, but its buffer is out, or it is in use here and now. */
	if (vscmi_agent_is_up(&script->agent))
		script_expect_busy(script);
}

static void an_owner_may_let_go_in_any_state(void **state)
{
	at_the_end = let_go;
	for (row = rows; row < rows + sizeof(rows) / sizeof(rows[0]); row++) {
		start(row);
		go(row->way);
		bring_buffer();
		end();
	}
}

static void let_go_of_everything(void *context, const struct vscmi_trace *trace)
{
	script->agent.config.observer.trace = NULL;
	vscmi_release(&script->agent, command);
	bring_buffer();
	script_expect_busy(script);
}

/* While somebody looks at a slot it is not another command's, though nobody else has it. */
static void a_slot_in_use_is_not_free(void **state)
{
	start(&rows[0]);
	happen(ACCEPTED_BY);
	/* A second reply is dropped, and shown. */
	script->agent.config.observer.trace = let_go_of_everything;
	happen(ACCEPTED_BY);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_happens_in_any_state_has_one_meaning),
		cmocka_unit_test(an_owner_may_let_go_in_any_state),
		cmocka_unit_test(a_slot_in_use_is_not_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
