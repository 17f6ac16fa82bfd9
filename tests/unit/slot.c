/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/slot.h"

enum { USERS_MAX = 2, WORDS = (USERS_MAX + 1) << 8 };

static const char *const state_names[] = {
#define STATE(name, class) #name,
#define EVENT(name)
#define MOVE(kinds, from, event, to)
#define DROP(kinds, state, event, anomaly)
#include "agent/transitions.def"
#undef STATE
#undef EVENT
};

static const char *const event_names[] = {
#define STATE(name, class)
#define EVENT(name) #name,
#include "agent/transitions.def"
#undef STATE
#undef EVENT
#undef MOVE
#undef DROP
	"USE", "UNUSE", "BUFFER_BACK", "RETURN", "LET_GO",
};

static bool is_arrival(enum vscmi_slot_event event)
{
	return event == VSCMI_SLOT_EVENT_REPLY || event == VSCMI_SLOT_EVENT_ACCEPT ||
	       event == VSCMI_SLOT_EVENT_DELAYED;
}

static uint32_t users_of(uint32_t word)
{
	return word / VSCMI_SLOT_USER;
}

/* Who feeds a message in is a user of the slot, and who copies one stays so. */
static bool is_possible(uint32_t word, enum vscmi_slot_event event)
{
	bool copying = vscmi_slot_class(word) == VSCMI_SLOT_COPYING;

	if (event == VSCMI_SLOT_EVENT_UNUSE || event == VSCMI_SLOT_EVENT_RETURN)
		return users_of(word) > (copying ? 1 : 0);
	return users_of(word) >= (is_arrival(event) ? (copying ? 2 : 1) : 0);
}

/* Every word that events lead to from a free slot, with at most USERS_MAX users. */
static bool reached[WORDS];

static void reach(uint32_t word)
{
	if (reached[word])
		return;
	reached[word] = true;
	for (enum vscmi_slot_event event = 0; event < VSCMI_SLOT_EVENTS; event++) {
		uint32_t next = vscmi_slot_next(word, event);

		if (next < WORDS && is_possible(word, event))
			reach(next);
	}
}

static int reach_all(void **state)
{
	memset(reached, 0, sizeof(reached));
	reach(0);
	return 0;
}

/*
 * The whole machine once more, as a person would say it: a row for each state, what can
 * happen in it and where that leads, for both kinds of command and for one
 * kind. What is not said is illegal.
 */
static const struct {
	const char *state;
	const char *moves; /* events and where they lead, of both kinds */
	const char *sync;  /* the same, of one kind only */
	const char *async;
} machine[] = {
	{ "FREE", "SUBMIT_SYNC>SENT SUBMIT_ASYNC>SENT ", "", "" },
	{ "SENT", "REPLY>REPLYING GIVE_UP>EXPIRED LINK_DOWN>LOST ", "",
	  "ACCEPT>ACCEPTED DELAYED>EARLY " },
	{ "ACCEPTED", "", "", "DELAYED>DELAYING GIVE_UP>EXPIRED LINK_DOWN>LOST " },
	{ "REPLYING", "COPIED>ANSWERED ", "", "" },
	{ "EARLY", "", "", "COPIED>AHEAD REPLY>DELAYING ACCEPT>DELAYING " },
	{ "DELAYING", "", "", "COPIED>DONE " },
	{ "AHEAD", "", "", "REPLY>DONE ACCEPT>DONE " },
	{ "ANSWERED", "", "", "" },
	{ "DONE", "", "", "" },
	{ "EXPIRED", "", "", "" },
	{ "LOST", "", "", "" },
};

static bool says(const char *moves, const char *event, const char *to)
{
	char move[64];

	snprintf(move, sizeof(move), "%s>%s ", event, to);
	for (const char *at = moves; (at = strstr(at, move)); at++)
		if (at == moves || at[-1] == ' ')
			return true;
	return false;
}

static void every_move_is_as_it_was_meant(void **state)
{
	assert_int_equal(sizeof(machine) / sizeof(machine[0]), VSCMI_SLOT_STATES);
	for (uint32_t from = 0; from < VSCMI_SLOT_STATES; from++)
		for (enum vscmi_slot_event event = 0; event < VSCMI_SLOT_TABLE_EVENTS;
		     event++)
			for (int async = 0; async < 2; async++) {
				/* A user keeps the slot where it is. */
				uint32_t word = from | (async ? VSCMI_SLOT_ASYNC : 0) |
						VSCMI_SLOT_USER | VSCMI_SLOT_OWNED;
				uint32_t next = vscmi_slot_next(word, event);
				const char *kind =
					async ? machine[from].async : machine[from].sync;

				assert_string_equal(machine[from].state,
						    state_names[from]);
				for (uint32_t to = 0; to < VSCMI_SLOT_STATES; to++) {
					bool meant = says(machine[from].moves,
							  event_names[event],
							  state_names[to]) ||
						     says(kind, event_names[event],
							  state_names[to]);
					bool done = next != VSCMI_SLOT_ILLEGAL &&
						    vscmi_slot_state(next) == to;

					if (meant != done)
						fail_msg("%s, %s: to %s %s",
							 state_names[from],
							 event_names[event],
							 state_names[to],
							 meant ? "is missing"
							       : "is not meant");
				}
			}
}

static void an_arrival_moves_the_slot_or_has_a_name(void **state)
{
	/* A synchronous command is never accepted; EMPTY stands for no name. */
	for (uint32_t word = 1; word < WORDS; word++)
		for (enum vscmi_slot_event event = 0;
		     event < VSCMI_SLOT_TABLE_EVENTS && reached[word]; event++) {
			bool never = !(word & VSCMI_SLOT_ASYNC) &&
				     event == VSCMI_SLOT_EVENT_ACCEPT;
			bool moves = vscmi_slot_next(word, event) != VSCMI_SLOT_ILLEGAL;
			bool named = vscmi_slot_drop(word, event) != VSCMI_ANOMALY_EMPTY;

			if (vscmi_slot_state(word) != VSCMI_SLOT_FREE &&
			    is_arrival(event) && !never && moves == named)
				fail_msg("%s, %s: a move and a name, or neither",
					 state_names[vscmi_slot_state(word)],
					 event_names[event]);
		}
}

static void a_slot_is_free_exactly_when_nobody_holds_it(void **state)
{
	for (uint32_t word = 1; word < WORDS; word++) {
		bool held = word & (VSCMI_SLOT_OWNED | VSCMI_SLOT_LENT) || users_of(word);

		if (reached[word] && (!held || vscmi_slot_state(word) == VSCMI_SLOT_FREE))
			fail_msg("%#x: not free, and not held", word);
	}
}

static void a_command_that_waits_has_an_owner(void **state)
{
	for (uint32_t word = 1; word < WORDS; word++)
		if (reached[word] && vscmi_slot_class(word) == VSCMI_SLOT_WAITING)
			assert_true(word & VSCMI_SLOT_OWNED);
}

static void only_who_waits_can_give_up(void **state)
{
	for (uint32_t word = 0; word < WORDS; word++)
		if (reached[word])
			assert_int_equal(
				vscmi_slot_next(word, VSCMI_SLOT_EVENT_GIVE_UP) !=
					VSCMI_SLOT_ILLEGAL,
				vscmi_slot_class(word) == VSCMI_SLOT_WAITING);
}

static void an_owner_lets_go_once_and_not_while_it_waits(void **state)
{
	for (uint32_t word = 0; word < WORDS; word++)
		if (reached[word])
			assert_int_equal(vscmi_slot_next(word, VSCMI_SLOT_EVENT_LET_GO) !=
						 VSCMI_SLOT_ILLEGAL,
					 word & VSCMI_SLOT_OWNED &&
						 vscmi_slot_class(word) !=
							 VSCMI_SLOT_WAITING);
}

static void a_buffer_comes_back_once(void **state)
{
	for (uint32_t word = 0; word < WORDS; word++)
		if (reached[word])
			assert_int_equal(
				vscmi_slot_next(word, VSCMI_SLOT_EVENT_BUFFER_BACK) !=
					VSCMI_SLOT_ILLEGAL,
				(word & VSCMI_SLOT_LENT) != 0);
}

static void who_brings_a_buffer_is_a_user_and_both_go(void **state)
{
	for (uint32_t word = 0; word < WORDS; word++) {
		uint32_t back = vscmi_slot_next(word, VSCMI_SLOT_EVENT_BUFFER_BACK);
		uint32_t both = back == VSCMI_SLOT_ILLEGAL
					? VSCMI_SLOT_ILLEGAL
					: vscmi_slot_next(back, VSCMI_SLOT_EVENT_UNUSE);

		if (reached[word])
			assert_int_equal(vscmi_slot_next(word, VSCMI_SLOT_EVENT_RETURN),
					 both);
	}
}

static void a_free_slot_only_takes_a_command(void **state)
{
	for (enum vscmi_slot_event event = 0; event < VSCMI_SLOT_EVENTS; event++)
		assert_int_equal(vscmi_slot_next(0, event) != VSCMI_SLOT_ILLEGAL,
				 event == VSCMI_SLOT_EVENT_SUBMIT_SYNC ||
					 event == VSCMI_SLOT_EVENT_SUBMIT_ASYNC);
}

/* Owner gives up, copier ends, buffer and users come back: nothing leaks. */
static void every_slot_becomes_free_again(void **state)
{
	static const enum vscmi_slot_event ends[] = {
		VSCMI_SLOT_EVENT_COPIED,      VSCMI_SLOT_EVENT_GIVE_UP,
		VSCMI_SLOT_EVENT_LET_GO,      VSCMI_SLOT_EVENT_UNUSE,
		VSCMI_SLOT_EVENT_BUFFER_BACK,
	};

	for (uint32_t start = 1; start < WORDS; start++) {
		uint32_t word = start;

		if (!reached[start])
			continue;
		for (unsigned round = 0; round < 8; round++)
			for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
				uint32_t next = vscmi_slot_next(word, ends[i]);

				if (next != VSCMI_SLOT_ILLEGAL &&
				    is_possible(word, ends[i]))
					word = next;
			}
		if (word != 0)
			fail_msg("%#x ends as %#x", start, word);
	}
}

static void the_word_changes_only_when_the_event_is_legal(void **state)
{
	struct vscmi_slot slot = { .word = 0 };
	struct vscmi_slot_step step = vscmi_slot_step(&slot, VSCMI_SLOT_EVENT_REPLY);

	assert_int_equal(step.from, 0);
	assert_int_equal(step.to, VSCMI_SLOT_ILLEGAL);
	assert_int_equal(atomic_load(&slot.word), 0);
	step = vscmi_slot_step(&slot, VSCMI_SLOT_EVENT_SUBMIT_ASYNC);
	assert_int_equal(step.to, VSCMI_SLOT_SENT | VSCMI_SLOT_ASYNC | VSCMI_SLOT_OWNED |
					  VSCMI_SLOT_LENT);
	assert_int_equal(atomic_load(&slot.word), step.to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_move_is_as_it_was_meant),
		cmocka_unit_test(an_arrival_moves_the_slot_or_has_a_name),
		cmocka_unit_test(a_slot_is_free_exactly_when_nobody_holds_it),
		cmocka_unit_test(a_command_that_waits_has_an_owner),
		cmocka_unit_test(only_who_waits_can_give_up),
		cmocka_unit_test(an_owner_lets_go_once_and_not_while_it_waits),
		cmocka_unit_test(a_buffer_comes_back_once),
		cmocka_unit_test(who_brings_a_buffer_is_a_user_and_both_go),
		cmocka_unit_test(a_free_slot_only_takes_a_command),
		cmocka_unit_test(every_slot_becomes_free_again),
		cmocka_unit_test(the_word_changes_only_when_the_event_is_legal),
	};

	return cmocka_run_group_tests(tests, reach_all, NULL);
}
