/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One slot of the agent, in every order in which its owner, those who feed in replies and
 * delayed responses, the clock and the link can meet. model.py runs it.
 *
 * The word changes by lib/agent/slot.c itself, which is compiled into the verifier, so
 * transitions.def is here the same as there. What is written down again is who steps when: a
 * statement here is one access there to what others see, an atomic operation, a plain field, or
 * the link. A copy takes two, and between them the bytes are torn.
 *
 * Tokens are the numbers of submissions: 1024 are so many that none comes back while anything
 * still knows it. The platform may say anything about any token, also one that nobody has yet.
 */
c_decl {
\#include "agent/slot.h"
	/* vscmi_slot_class(): an expression may not call it. */
	static uint8_t classes[VSCMI_SLOT_STATES];
}

/* How much may happen; model.py says for each run. */
#ifndef SUBMISSIONS
#define SUBMISSIONS 2
#define REPLIES	    1 /* threads that feed in one message each of the command channel */
#define DELAYS	    1 /* the same, of the event channel */
#define RESTARTS    1 /* 0 or 1: the link may go down and come up again */
#endif
#define NOBODY SUBMISSIONS

/* What a message says, and so what stands in the slot's reply. */
mtype = { TORN, SUCCESS, REFUSAL, ACCEPTANCE, DELAYED };

/* ---- The slot, the pools, the agent ---- */

int word;
byte header; /* whose token */
byte slot_epoch;
mtype reply;
byte reply_to; /* whose token the message had */

bool slot_taken;
bool token_taken[SUBMISSIONS];
byte next_token;
byte epoch = 1; /* odd: up */

/* ---- The port, as host/loop/port_futex.c has it ---- */

byte waiters;
bool asleep;

/* ---- The link ---- */

bool running = true;
byte out = NOBODY; /* whose buffer the link has */
byte in_hand;	   /* buffers on their way to the agent */
bool missed;	   /* the link went down meanwhile */

/* ---- What nobody but this model knows, to judge by ---- */

byte lives; /* how often the slot became free */
bool async; /* the command that was submitted last, and since then: */
bool replied, refused; /* a reply was taken; it ended an asynchronous command */
bool delayed;	       /* a delayed response was taken */
bool gave_up, lost;    /* its owner; with the link */
bool filled;	       /* a message was copied */

byte processes; /* but for the link's */
byte begun[2];	/* receivers, of replies and of the events */
bool closing;	/* the link will not come back */

#define STATE	       now.word & VSCMI_SLOT_STATE_MASK
#define STATE_IS(name) c_expr { (STATE) == VSCMI_SLOT_##name }
#define CLASS_IS(name) c_expr { classes[STATE] == VSCMI_SLOT_##name }
#define OVER	       (gave_up || lost)
#define IS_LENT	       c_expr { (now.word & VSCMI_SLOT_LENT) != 0 }
#define IS_ASYNC       c_expr { (now.word & VSCMI_SLOT_ASYNC) != 0 }

/* vscmi_slot_step(): a compare-and-swap that succeeds, or a look that finds it illegal. */
#define RESULTS bool legal, freed, was_waiting
#define STEP(proc, event) \
	c_code { \
		uint32_t from = (uint32_t)now.word; \
		uint32_t to = vscmi_slot_next(from, VSCMI_SLOT_EVENT_##event); \
		P##proc->legal = to != VSCMI_SLOT_ILLEGAL; \
		P##proc->freed = to == 0; \
		P##proc->was_waiting = vscmi_slot_class(from) == VSCMI_SLOT_WAITING; \
		if (P##proc->legal) \
			now.word = (int)to; \
	}

/* The same for an arrival, with what it is called if it is illegal. */
#define ARRIVAL_STEP(event) \
	c_code { \
		Preceiver->anomaly = (uchar)vscmi_slot_drop((uint32_t)now.word, \
							    VSCMI_SLOT_EVENT_##event); \
	}; \
	STEP(receiver, event)
#define CALLED(name) c_expr { Preceiver->anomaly == VSCMI_ANOMALY_##name }

/* Who frees the slot gives back the token, which it reads in the slot, and then the slot. */
inline give_back()
{
	if
	:: freed ->
		atomic {
			assert(slot_taken && token_taken[header]);
			token_taken[header] = false;
			freed = false
		};
		slot_taken = false
	:: else
	fi
}

inline forget()
{
	slot_epoch = 0;
	async = false;
	replied = false;
	refused = false;
	delayed = false;
	gave_up = false;
	lost = false;
	filled = false;
	reply = 0;
	reply_to = 0
}

/* The link has no buffer of a slot that becomes free. */
#define FREEING_STEP(proc, event, expected) \
	STEP(proc, event); \
	assert(expected); \
	legal = false; \
	was_waiting = false; \
	if \
	:: freed -> \
		assert(out == NOBODY); \
		lives++; \
		forget() \
	:: else \
	fi

/* vscmi_agent_step() */
#define AGENT_STEP(proc, event, expected) \
	atomic { FREEING_STEP(proc, event, expected) }; \
	give_back()

/* Goes with an access to the slot's fields: it is the command's still. */
#define STILL_HELD assert(lives == life)

/* The port's. */
inline wake()
{
	if
	:: waiters > 0 -> asleep = false
	:: else
	fi
}

/* ---- Who submits, waits, gives up and releases ---- */

/* The link may fail, and one that is down says so or forgets the command. */
inline send()
{
	if
	:: epoch != my_epoch -> sent = false
	:: else ->
		if
		:: atomic { running && epoch == my_epoch -> out = header; sent = true }
		:: atomic { !running || epoch != my_epoch -> sent = true }
		:: sent = false
		fi
	fi
}

inline give_up()
{
	atomic {
		STEP(owner, GIVE_UP);
		gave_up = gave_up || legal;
		legal = false;
		was_waiting = false
	}
}

/* To let go is tried first; who waits gives up, and then it is legal. */
inline release()
{
	if
	:: CLASS_IS(WAITING) -> give_up()
	:: else
	fi;
	AGENT_STEP(owner, LET_GO, legal);
	life = 0
}

/* With a slot in hand. */
inline submit()
{
	d_step {
		assert(word == 0 && !token_taken[next_token]);
		token_taken[next_token] = true;
		header = next_token;
		slot_epoch = my_epoch;
		next_token++
	};
	atomic {
		if
		:: STEP(owner, SUBMIT_SYNC)
		:: STEP(owner, SUBMIT_ASYNC); async = true
		fi;
		assert(legal);
		legal = false;
		life = lives
	};
	send();
	my_epoch = 0;
	if
	:: sent
	:: else ->
		AGENT_STEP(owner, BUFFER_BACK, true); /* or the link going down has said so */
		release()
	fi
}

/*
 * vscmi_wait(), with a deadline for the reply or without. Others feed the link. Who gives up
 * does so only from the word that it saw.
 */
inline wait()
{
	if
	:: has_deadline = false
	:: has_deadline = true
	fi;
	do
	:: atomic {
		seen = word;
		may_give_up = false;
		if
		:: CLASS_IS(ENDED) -> break
		:: STATE_IS(ACCEPTED) -> has_deadline = true; may_give_up = true
		:: else -> may_give_up = has_deadline && CLASS_IS(WAITING)
		fi
	   };
	   if
	   :: may_give_up ->
		if
		:: atomic { word == seen -> give_up() }
		:: atomic { word != seen -> skip }
		fi
	   :: waiters++;
		atomic { asleep = (word == seen); seen = 0 };
		if
		:: !asleep
		:: may_give_up -> asleep = false
		fi;
		waiters--
	   fi
	od;
	atomic { seen = 0; may_give_up = false; has_deadline = false }
}

/* It belongs to this command, and it is true. */
inline take_outcome()
{
	atomic {
		STILL_HELD;
		if
		:: STATE_IS(EXPIRED) -> assert(gave_up && !filled)
		:: STATE_IS(LOST) -> assert(lost && !filled)
		:: else ->
			assert(CLASS_IS(ENDED) && !OVER && filled && reply_to == header);
			if
			:: async -> assert(reply == (refused -> REFUSAL : DELAYED))
			:: else -> assert(reply == SUCCESS || reply == REFUSAL)
			fi
		fi
	}
}

proctype owner()
{
	RESULTS;
	byte my_epoch, life;
	bool sent, may_give_up, has_deadline;
	int seen;

	do
	:: next_token < SUBMISSIONS ->
		atomic { epoch & 1 || closing -> my_epoch = epoch };
		if
		:: my_epoch & 1
		:: else -> break
		fi;
		atomic { !slot_taken -> slot_taken = true };
		submit();
		if
		:: sent ->
			sent = false;
			if
			:: wait();
				take_outcome();
				take_outcome() /* is still the same after a while */
			:: skip /* cancels at once */
			fi;
			release()
		:: else
		fi
	:: else -> break
	od;
	processes--
}

/* ---- Who feeds in what has arrived ---- */

/* What a message is counted as is true. */
inline judge_reply()
{
	if
	:: legal ->
		assert(!OVER && !replied && (was_waiting || delayed));
		replied = true
	:: else ->
		if
		:: CALLED(SECOND_REPLY) -> assert(replied && !OVER)
		:: CALLED(LATE_REPLY) -> assert(OVER)
		:: else -> assert(false)
		fi
	fi
}

inline judge_delayed()
{
	if
	:: legal ->
		assert(!OVER && async && !delayed && !refused);
		delayed = true
	:: else ->
		if
		:: CALLED(SECOND_DELAYED) -> assert(!OVER && async && delayed)
		:: CALLED(LATE_DELAYED) -> assert(OVER && async)
		:: CALLED(UNEXPECTED_DELAYED) -> assert(!async || refused)
		:: else -> assert(false)
		fi
	fi
}

inline fill()
{
	atomic {
		STILL_HELD;
		assert(!filled);
		filled = true;
		reply = TORN;
		legal = false;
		was_waiting = false
	};
	atomic {
		STILL_HELD;
		reply = says;
		reply_to = about
	};
	AGENT_STEP(receiver, COPIED, legal)
}

inline deliver()
{
	if
	:: events -> says = DELAYED
	:: !events -> says = REFUSAL
	:: !events -> says = (IS_ASYNC -> ACCEPTANCE : SUCCESS) /* the kind is looked at */
	fi;
	if
	:: says == DELAYED ->
		atomic { ARRIVAL_STEP(DELAYED); judge_delayed() }
	:: says == ACCEPTANCE ->
		atomic { ARRIVAL_STEP(ACCEPT); judge_reply() }
	:: else ->
		atomic {
			ARRIVAL_STEP(REPLY);
			judge_reply();
			refused = refused || (async && legal && was_waiting)
		}
	fi;
	if
	:: legal && was_waiting ->
		if
		:: says == ACCEPTANCE
		:: else -> fill()
		fi;
		wake()
	:: else
	fi
}

inline receive()
{
	atomic { STEP(receiver, USE); life = lives };
	if
	:: legal ->
		if
		:: atomic { STILL_HELD; about = header }; deliver()
		:: STILL_HELD /* not its header */
		fi;
		atomic {
			says = 0;
			about = 0;
			anomaly = 0;
			life = 0;
			legal = false;
			was_waiting = false
		};
		if
		:: atomic {
			brings && IS_LENT ->
			FREEING_STEP(receiver, RETURN, legal)
		   };
			give_back();
			atomic { brings = false; in_hand-- }
		:: atomic { !(brings && IS_LENT) -> skip };
			AGENT_STEP(receiver, UNUSE, legal)
		fi
	:: else
	fi
}

/* It is called one that was not out only if it was lost with the link meanwhile. */
inline take_back()
{
	AGENT_STEP(receiver, BUFFER_BACK, legal || missed);
	in_hand--
}

/*
 * One message of any content about any token; with a reply, a buffer may come. Whether the token
 * is the slot's, and what the message says, is decided when that is looked at.
 */
proctype receiver(bool events; byte turn)
{
	RESULTS;
	byte anomaly, about, life;
	mtype says;
	bool brings;

	/* All of a channel are alike, so they begin in turn. */
	atomic {
		begun[events] == turn -> begun[events]++;
		if
		:: !events && out != NOBODY -> brings = true; out = NOBODY; in_hand++
		:: skip
		fi
	};
	receive();
	if
	:: brings -> take_back()
	:: else
	fi;
	d_step {
		brings = false;
		processes--
	}
}

/* ---- The link, which also starts and ends the story ---- */

/* lose(), of the one slot that there is. Who is slow may meet the next start of the link. */
proctype loser(byte was_epoch)
{
	RESULTS;
	byte life;

	atomic { STEP(loser, USE); life = lives };
	if
	:: legal ->
		if
		:: atomic { slot_epoch == was_epoch -> STILL_HELD };
			atomic {
				STEP(loser, LINK_DOWN);
				lost = lost || legal
			};
			AGENT_STEP(loser, BUFFER_BACK, true);
			wake()
		:: atomic { slot_epoch != was_epoch -> STILL_HELD }
		fi;
		life = 0;
		AGENT_STEP(loser, UNUSE, legal)
	:: else
	fi;
	d_step { was_epoch = 0; was_waiting = false; processes-- }
}

inline link_down()
{
	atomic { running = false; out = NOBODY; missed = in_hand > 0 };
	atomic { epoch++; processes++; run loser(epoch - 1) }
}

/* Who sleeps has no deadline, and nothing has arrived; a slot that is not free is needed. */
inline all_is_quiet()
{
	assert(!asleep || STATE_IS(SENT));
	assert(!slot_taken || asleep || out != NOBODY)
}

inline all_is_free()
{
	assert(word == 0 && !slot_taken && !in_hand);
	turn = 0;
	do
	:: turn < SUBMISSIONS -> assert(!token_taken[turn]); turn++
	:: else -> break
	od
}

active proctype link()
{
	byte turn;

	c_code {
		for (uint32_t state = 0; state < VSCMI_SLOT_STATES; state++)
			classes[state] = (uint8_t)vscmi_slot_class(state);
	};
	atomic {
		run owner();
		do
		:: turn < REPLIES -> run receiver(false, turn); turn++
		:: else -> break
		od;
		turn = 0;
		do
		:: turn < DELAYS -> run receiver(true, turn); turn++
		:: else -> break
		od;
		turn = 0;
		processes = 1 + REPLIES + DELAYS
	};
	if
	:: RESTARTS -> link_down();
		/* what was taken from a ring is with the agent before the next start */
		atomic { in_hand == 0 -> missed = false; running = true; epoch++ }
	:: skip
	fi;
	atomic { timeout -> all_is_quiet(); closing = true };
	link_down();
	d_step { processes == 0 -> all_is_free() }
}
