#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks slot.pml with Spin: the model as it is finds nothing, and each broken one what it should.

Speaks TAP. The word of the model changes by lib/agent/slot.c, which is compiled into the verifier.
"""
import pathlib
import re
import resource
import tempfile

from common import INCLUDES, Tap, build, changed, in_parallel, run, source

MODEL, TABLE, CODE = "tests/proof/slot.pml", "lib/agent/transitions.def", "lib/agent/slot.c"

# How much may happen in each: commands one after the other, replies, delayed responses, restarts.
WHOLE = {
    "two commands, a reply, the link restarts": (2, 1, 0, 1),
    "two commands, a delayed response, the link restarts": (2, 0, 1, 1),
    "two commands, a reply and a delayed response": (2, 1, 1, 0),
    "a command, a reply and two delayed responses": (1, 1, 2, 0),
    "a command, a reply and a delayed response, the link restarts": (1, 1, 1, 1),
    "a command, two replies and a delayed response": (1, 2, 1, 0),
}

USED_AGAIN = "lives==life"
STILL_LENT = "out=="
LEFT_ASLEEP = r"asleep\)\|\|"
NOT_FREE = "word==0"

# What is broken: the bounds, what Spin must complain of, and the change.
BROKEN = {
    "no user while a message is looked at and copied": (
        (2, 1, 1, 0), "legal",
        (MODEL, "STEP(receiver, USE)", "legal = word != 0"),
        (MODEL, "AGENT_STEP(receiver, UNUSE, legal)", "skip"),
        (MODEL, "STEP(receiver, RETURN, legal)", "STEP(receiver, BUFFER_BACK, legal)")),
    "a slot is used again while a message for it is copied": (
        (2, 1, 1, 0), USED_AGAIN,
        (MODEL, "atomic { STEP(receiver, USE); life = lives };",
         "atomic { about = header; life = lives }; STEP(receiver, USE);"),
        (MODEL, "atomic { STILL_HELD; about = header }; deliver()", "deliver()"),
        (MODEL, ":: STILL_HELD /* not its header */", "")),
    "an answer to another command is delivered": (
        (2, 1, 1, 0), "reply_to==header",
        (MODEL, "atomic { STEP(receiver, USE); life = lives };",
         "about = header; atomic { STEP(receiver, USE); life = lives };"),
        (MODEL, "atomic { STILL_HELD; about = header }; deliver()", "deliver()")),
    "a slot in use becomes free": (
        (1, 1, 1, 0), "legal",
        (CODE, " | ~(VSCMI_SLOT_USER - 1)", "")),
    "a slot whose buffer is lent becomes free": (
        (1, 1, 1, 0), STILL_LENT,
        (CODE, "VSCMI_SLOT_OWNED | VSCMI_SLOT_LENT | ~", "VSCMI_SLOT_OWNED | ~")),
    "a slot that its owner has becomes free": (
        (1, 1, 0, 0), "legal|invalid end state",
        (CODE, "VSCMI_SLOT_OWNED | VSCMI_SLOT_LENT | ~", "VSCMI_SLOT_LENT | ~")),
    "the slot is given back before its token": (
        (2, 1, 0, 0), "token_taken",
        (MODEL, "\t:: freed ->\n\t\tatomic {",
         "\t:: freed ->\n\t\tslot_taken = false;\n\t\tatomic {"),
        (MODEL, "assert(slot_taken && token_taken[header]);", "assert(token_taken[header]);"),
        (MODEL, "\t\t};\n\t\tslot_taken = false\n", "\t\t}\n")),
    "nobody is woken for a reply or delayed response": (
        (1, 1, 1, 0), LEFT_ASLEEP,
        (MODEL, ":: else -> fill()\n\t\tfi;\n\t\twake()",
         ":: else -> fill()\n\t\tfi;\n\t\tif :: says == ACCEPTANCE -> wake() :: else fi")),
    "nobody is woken for an acceptance": (
        (1, 1, 0, 0), LEFT_ASLEEP,
        (MODEL, ":: else -> fill()\n\t\tfi;\n\t\twake()",
         ":: else -> fill()\n\t\tfi;\n\t\tif :: says != ACCEPTANCE -> wake() :: else fi")),
    "nobody is woken when the link goes down": (
        (1, 0, 0, 0), "invalid end state",
        (MODEL, "true);\n\t\t\twake()", "true)")),
    "who goes to sleep does not compare": (
        (1, 1, 0, 0), LEFT_ASLEEP,
        (MODEL, "asleep = (word == seen)", "asleep = true")),
    "who goes to sleep compares first": (
        (1, 1, 0, 0), LEFT_ASLEEP,
        (MODEL, "atomic { asleep = (word == seen); seen = 0 };",
         "legal = (word == seen); asleep = legal; legal = false; seen = 0;")),
    "a waiter is counted when it sleeps already": (
        (1, 1, 0, 0), LEFT_ASLEEP,
        (MODEL, "waiters++;\n\t\tatomic { asleep = (word == seen); seen = 0 };",
         "atomic { asleep = (word == seen); seen = 0 };\n\t\twaiters++;")),
    "who waits may give up while a reply is copied": (
        (1, 1, 0, 0), "legal|gave_up",
        (TABLE, "MOVE(BOTH, SENT, GIVE_UP, EXPIRED)\n",
         "MOVE(BOTH, SENT, GIVE_UP, EXPIRED)\nMOVE(BOTH, REPLYING, GIVE_UP, EXPIRED)\n")),
    "a second reply is delivered": (
        (1, 2, 0, 0), "replied|filled",
        (TABLE, "DROP(BOTH, ANSWERED, REPLY, SECOND_REPLY)\n",
         "MOVE(BOTH, ANSWERED, REPLY, REPLYING)\n")),
    "a delayed response follows a refusal": (
        (1, 1, 1, 0), "refused",
        (TABLE, "DROP(BOTH, ANSWERED, DELAYED, UNEXPECTED_DELAYED)\n",
         "DROP(SYNC, ANSWERED, DELAYED, UNEXPECTED_DELAYED)\n"
         "MOVE(ASYNC, ANSWERED, DELAYED, DELAYING)\n")),
    "an early delayed response does not count as a reply": (
        (1, 1, 1, 0), "delayed|replied|filled",
        (TABLE, "MOVE(ASYNC, EARLY, COPIED, AHEAD)\n", "MOVE(ASYNC, EARLY, COPIED, SENT)\n")),
    "an arrival has no name": (
        (1, 0, 2, 0), r"assertion violated 0",
        (TABLE, "DROP(ASYNC, EARLY, DELAYED, SECOND_DELAYED)\n", "")),
    "an arrival has a wrong name": (
        (1, 1, 1, 0), "replied",
        (TABLE, "DROP(ASYNC, EXPIRED, ACCEPT, LATE_REPLY)\n",
         "DROP(ASYNC, EXPIRED, ACCEPT, SECOND_REPLY)\n")),
    "a lost link keeps its buffers": (
        (1, 0, 0, 0), NOT_FREE,
        (MODEL, "AGENT_STEP(loser, BUFFER_BACK, true);", "skip;")),
    "a receiver stays a user": (
        (1, 1, 0, 0), NOT_FREE + "|slot_taken",
        (MODEL, "AGENT_STEP(receiver, UNUSE, legal)", "skip")),
    "a receiver that brings a buffer stays a user": (
        (1, 1, 0, 0), NOT_FREE + "|slot_taken",
        (MODEL, "STEP(receiver, RETURN, legal)", "STEP(receiver, BUFFER_BACK, legal)")),
    "a buffer that comes with its reply stays lent": (
        (1, 1, 0, 0), NOT_FREE + "|slot_taken",
        (MODEL, "STEP(receiver, RETURN, legal)", "STEP(receiver, UNUSE, legal)")),
    "a buffer comes with a reply though it was lost with the link": (
        (1, 1, 0, 1), "legal",
        (MODEL, ":: atomic {\n\t\t\tbrings && IS_LENT ->", ":: atomic {\n\t\t\tbrings ->")),
    "an owner does not let go": (
        (1, 1, 0, 0), NOT_FREE + "|slot_taken",
        (MODEL, "AGENT_STEP(owner, LET_GO, legal);", "skip;")),
    "the link going down ends commands of the next start": (
        (2, 1, 0, 1), STILL_LENT + "|lost",
        (MODEL, "atomic { slot_epoch == was_epoch -> STILL_HELD }",
         "atomic { true -> STILL_HELD }")),
    "the link sends a command of the start before": (
        (2, 0, 0, 1), STILL_LENT + "|legal",
        (MODEL, "atomic { running && epoch == my_epoch -> out", "atomic { running -> out")),
    "the link starts with a buffer of the start before in hand": (
        (2, 1, 0, 1), "missed|" + STILL_LENT,
        (MODEL, "atomic { in_hand == 0 -> missed", "atomic { missed")),
}


def verify(folder, bounds, changes, optimize, limit_s):
    """What Spin says of the model with the changes."""
    texts = {path: source(path) for path in (MODEL, TABLE, CODE)}
    for path, old, new in changes:
        texts[path] = changed(texts[path], old, new)
    folder = pathlib.Path(folder)
    (folder / "agent").mkdir()
    (folder / "agent/transitions.def").write_text(texts[TABLE], encoding="utf-8")
    (folder / "slot.c").write_text(texts[CODE], encoding="utf-8")
    (folder / "slot.pml").write_text(texts[MODEL], encoding="utf-8")
    names = "SUBMISSIONS", "REPLIES", "DELAYS", "RESTARTS"
    build(["spin", *(f"-D{name}={bound}" for name, bound in zip(names, bounds)), "-a", "slot.pml"],
          folder)
    build(["cc", optimize, "-w", "-DSAFETY", "-DCOLLAPSE", "-I", folder, *INCLUDES,
           "pan.c", "slot.c", "-o", "pan"], folder)
    _, output = run(["./pan", "-n", "-m100000", "-w22"], folder, limit_s)
    return output


def whole(bounds):
    with tempfile.TemporaryDirectory(prefix="vscmi-model.") as folder:
        return verify(folder, bounds, (), "-O2", 300)


def broken(variant):
    bounds, _, *changes = variant
    with tempfile.TemporaryDirectory(prefix="vscmi-model.") as folder:
        return verify(folder, bounds, changes, "-O0", 120)


def main():
    tap = Tap(len(WHOLE) + len(BROKEN))
    states = 0
    for name, output in zip(WHOLE, in_parallel(whole, WHOLE.values())):
        # Spin has looked everywhere only if it says nothing of a search that ended early.
        complete = "errors: 0" in output and not re.search("max search depth|not completed", output)
        tap.line(complete, name, output)
        stored = re.search(r"(\d+) states, stored", output)
        states += int(stored[1]) if stored else 0
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    print(f"# {states} states visited, all there are, in {seconds:.0f} s of processor time",
          flush=True)
    for (name, variant), output in zip(BROKEN.items(), in_parallel(broken, BROKEN.values())):
        complaint = re.search(r"^pan:1: (.*?)(?: \(at depth \d+\))?$", output, re.MULTILINE)
        found = complaint and re.search(variant[1], complaint[1])
        tap.line(bool(found), f"broken, and found: {name}", output)
    tap.end()


if __name__ == "__main__":
    main()
