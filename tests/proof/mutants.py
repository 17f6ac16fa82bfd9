#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Breaks each rule of a slot's life on purpose and looks which test sees it.

usage: mutants.py [FOLDER]

The rules are the rows of transitions.def and what slot.c adds to them. The tests are those of what
the agent does; the one that has the table in other words does not count for the rows. They are
built once, and run with a slot.c of each mutant as a shared library, the first that fails being the
one that saw it. FOLDER, which is kept, has what they are built of and the log. Speaks TAP.
"""
import os
import pathlib
import re
import resource
import sys
import tempfile

from common import INCLUDES, TOP, Tap, build, changed, in_parallel, run, source

TABLE, CODE = "lib/agent/transitions.def", "lib/agent/slot.c"
BEHAVIOUR = ["agent-states", "agent-arrivals", "agent-commands"]
# For what the agent itself never asks of a slot.
RULES = BEHAVIOUR + ["slot"]
LIMIT_S = 20
CFLAGS = ["-std=c11", "-O0", "-w"]

# Changes of slot.c: what is broken, a passage that stands there once, and what it becomes.
CODE_CHANGES = [
    ("a slot is free though its owner has it",
     "VSCMI_SLOT_OWNED | VSCMI_SLOT_LENT | ~", "VSCMI_SLOT_LENT | ~"),
    ("a slot is free though its buffer is lent",
     "VSCMI_SLOT_OWNED | VSCMI_SLOT_LENT | ~", "VSCMI_SLOT_OWNED | ~"),
    ("a slot is free though it is in use", " | ~(VSCMI_SLOT_USER - 1)", ""),
    ("a slot is never free", "return word & held ? word : 0;", "return word;"),
    ("a synchronous command has no owner",
     "SUBMIT_SYNC)\n\t\treturn to | VSCMI_SLOT_OWNED", "SUBMIT_SYNC)\n\t\treturn to"),
    ("a synchronous command lends no buffer",
     "VSCMI_SLOT_OWNED | VSCMI_SLOT_LENT;", "VSCMI_SLOT_OWNED;"),
    ("an asynchronous command has no owner",
     "SUBMIT_ASYNC)\n\t\treturn to | VSCMI_SLOT_OWNED", "SUBMIT_ASYNC)\n\t\treturn to"),
    ("an asynchronous command lends no buffer",
     "VSCMI_SLOT_LENT | VSCMI_SLOT_ASYNC;", "VSCMI_SLOT_ASYNC;"),
    ("an asynchronous command is synchronous",
     "VSCMI_SLOT_LENT | VSCMI_SLOT_ASYNC;", "VSCMI_SLOT_LENT;"),
    ("a synchronous command is asynchronous",
     "VSCMI_SLOT_OWNED | VSCMI_SLOT_LENT;",
     "VSCMI_SLOT_OWNED | VSCMI_SLOT_LENT | VSCMI_SLOT_ASYNC;"),
    ("what is illegal leads to a free slot",
     "if (to == VSCMI_SLOT_FREE)\n\t\treturn VSCMI_SLOT_ILLEGAL;", ""),
    ("a move forgets who holds the slot",
     "return (word & ~VSCMI_SLOT_STATE_MASK) | to;", "return to;"),
    ("a free slot can be used", "is_in(word, VSCMI_SLOT_IDLE) ? VSCMI_SLOT_ILLEGAL",
     "false ? 0"),
    ("users are not counted", ": word + VSCMI_SLOT_USER;", ": word;"),
    ("who was no user can go", "word < VSCMI_SLOT_USER ? VSCMI_SLOT_ILLEGAL", "false ? 0"),
    ("a user stays", "settle(word - VSCMI_SLOT_USER)", "settle(word)"),
    ("the last user does not free the slot",
     "settle(word - VSCMI_SLOT_USER)", "word - VSCMI_SLOT_USER"),
    ("a buffer comes back that was not lent", "word & VSCMI_SLOT_LENT ? settle", "true ? settle"),
    ("a buffer stays lent", "settle(word & ~VSCMI_SLOT_LENT)", "settle(word)"),
    ("the buffer does not free the slot",
     "settle(word & ~VSCMI_SLOT_LENT)", "word & ~VSCMI_SLOT_LENT"),
    ("a buffer is brought by who was no user",
     "word & VSCMI_SLOT_LENT && word >= VSCMI_SLOT_USER", "word & VSCMI_SLOT_LENT"),
    ("a buffer is brought that was not lent",
     "word & VSCMI_SLOT_LENT && word >= VSCMI_SLOT_USER", "word >= VSCMI_SLOT_USER"),
    ("a buffer that was brought stays lent",
     "settle((word & ~VSCMI_SLOT_LENT) - VSCMI_SLOT_USER)", "settle(word - VSCMI_SLOT_USER)"),
    ("who brought a buffer stays a user",
     "settle((word & ~VSCMI_SLOT_LENT) - VSCMI_SLOT_USER)", "settle(word & ~VSCMI_SLOT_LENT)"),
    ("who brings a buffer does not free the slot",
     "settle((word & ~VSCMI_SLOT_LENT) - VSCMI_SLOT_USER)",
     "(word & ~VSCMI_SLOT_LENT) - VSCMI_SLOT_USER"),
    ("an owner lets go twice", "word & VSCMI_SLOT_OWNED && !is_in", "!is_in"),
    ("an owner lets go while it waits",
     "word & VSCMI_SLOT_OWNED && !is_in(word, VSCMI_SLOT_WAITING)", "word & VSCMI_SLOT_OWNED"),
    ("an owner stays", "settle(word & ~VSCMI_SLOT_OWNED)", "settle(word)"),
    ("the owner does not free the slot",
     "settle(word & ~VSCMI_SLOT_OWNED)", "word & ~VSCMI_SLOT_OWNED"),
    ("an illegal step is taken",
     "while (to != VSCMI_SLOT_ILLEGAL &&\n\t       !atomic", "while (!atomic"),
    ("a step is taken from a word that has changed",
     "return to != VSCMI_SLOT_ILLEGAL &&\n\t       "
     "atomic_compare_exchange_strong(&slot->word, &seen, to);",
     "return to != VSCMI_SLOT_ILLEGAL &&\n\t       (atomic_store(&slot->word, to), true);"),
]

ROW = re.compile(r"^(STATE|MOVE|DROP)\(([^)]*)\)", re.MULTILINE)
KINDS = {"SYNC": ["SYNC"], "ASYNC": ["ASYNC"], "BOTH": ["SYNC", "ASYNC"]}
CLASSES = ["IDLE", "WAITING", "COPYING", "ENDED"]


def rows(table):
    """The rows of a table: where each stands, its macro and its fields."""
    for match in ROW.finditer(table):
        yield match.span(), match[1], re.split(r",\s*", match[2])


def cells(table):
    """What the table says, by kind, state and event, as the code reads it: moves come first."""
    moves, drops = {}, {}
    for _, macro, fields in rows(table):
        if macro != "STATE":
            kinds, state, event, result = fields
            for kind in KINDS[kinds]:
                (moves if macro == "MOVE" else drops)[kind, state, event] = macro, result
    return {**drops, **moves}


def can_be_met(table):
    """Those cells that commands come by.

    A free slot has no kind, and counts as synchronous. The reply to a synchronous command is
    never called ACCEPT.
    """
    met = {("SYNC", "FREE", "SUBMIT_SYNC"), ("SYNC", "FREE", "SUBMIT_ASYNC")}
    says = cells(table)
    for kind, submit in ("SYNC", "SUBMIT_SYNC"), ("ASYNC", "SUBMIT_ASYNC"):
        states, new = set(), {says["SYNC", "FREE", submit][1]}
        while new:
            states |= new
            here = {cell for cell in says if cell[0] == kind and cell[1] in states
                    and (kind, cell[2]) != ("SYNC", "ACCEPT")}
            met |= here
            new = {says[cell][1] for cell in here if says[cell][0] == "MOVE"} - states
        met |= {(kind, state, event) for state in states for _, _, event in says
                if (kind, event) != ("SYNC", "ACCEPT")}
    return met


def table_mutants(table):
    """Each row broken in every way that makes a difference: what was done, and the table then."""
    classes = {fields[0]: fields[1] for _, macro, fields in rows(table) if macro == "STATE"}
    anomalies = sorted({fields[3] for _, macro, fields in rows(table) if macro == "DROP"})
    met, says = can_be_met(table), cells(table)
    for (start, end), macro, fields in rows(table):
        def instead(*new, at=(start, end), macro=macro):
            text = f"{macro}({', '.join(new)})" if new else ""
            return text or "gone", table[:at[0]] + text + table[at[1]:]

        if macro == "STATE":
            yield from (("rule", table[start:end], *instead(fields[0], other))
                        for other in CLASSES if other != fields[1])
            continue
        kinds, state, event, result = fields
        if macro == "MOVE":
            others = [name for name in classes
                      if classes[name] == classes[result] and name != result]
        else:
            others = [anomalies[anomalies.index(result) - 1]]
        candidates = [instead(), *(instead(kinds, state, event, other) for other in others),
                      *(instead(other, state, event, result) for other in KINDS if other != kinds)]
        for text, mutant in candidates:
            new = cells(mutant)
            if any(new.get(cell) != says.get(cell) for cell in met):
                yield "row", table[start:end], text, mutant


class Mutant:
    """The table and the code with one thing broken, and who may see it."""

    def __init__(self, name, tests, table, code):
        self.name, self.tests, self.table, self.code = name, tests, table, code


def mutants():
    table, code = source(TABLE), source(CODE)
    for what, old, new, mutant in table_mutants(table):
        yield Mutant(f"{old} -> {new}", RULES if what == "rule" else BEHAVIOUR, mutant, code)
    for what, old, new in CODE_CHANGES:
        yield Mutant(what, RULES, table, changed(code, old, new))


def make_library(folder, table, code):
    (folder / "agent").mkdir(parents=True, exist_ok=True)
    (folder / "agent/transitions.def").write_text(table, encoding="utf-8")
    (folder / "slot.c").write_text(code, encoding="utf-8")
    build(["cc", *CFLAGS, "-shared", "-fPIC", "-I", ".", *INCLUDES, "slot.c", "-o", "libslot.so"],
          folder)


def build_tests(folder):
    """The tests, and all of lib/ that they need but slot.c, which they find when they start."""
    needed = "agent/", "message/", "protocols/"
    paths = [f"lib/{name}" for name in source("lib/sources.txt").split() if name.startswith(needed)]
    paths.remove(CODE)
    paths += ["tests/script.c", *(f"tests/unit/{name}.c" for name in RULES)]

    def compile_one(path):
        target = folder / (path.replace("/", "-") + ".o")
        build(["cc", *CFLAGS, *INCLUDES, "-I", TOP / "tests", "-c", TOP / path, "-o", target],
              folder)
        return target

    objects = dict(zip(paths, in_parallel(compile_one, paths)))
    library = [target for path, target in objects.items() if path.startswith("lib/")]
    build(["ar", "rcs", "rest.a", *library], folder)
    for name in RULES:
        build(["cc", objects[f"tests/unit/{name}.c"], objects["tests/script.c"], "rest.a",
               "-L.", "-lslot", "-lcmocka", "-o", name], folder)


def who_sees(folder, library, tests):
    """The first test function that fails, or None."""
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library), "CMOCKA_MESSAGE_OUTPUT": "TAP"}
    for name in tests:
        status, output = run([folder / name], folder, LIMIT_S, env=environment)
        failed = re.search(r"^not ok \d+ - (\w+)", output, re.MULTILINE)
        if failed:
            return f"{name}: {failed[1]}"
        if status != 0:
            return f"{name}: {'never ends' if status is None else 'crashes'}"
    return None


def check_all(folder):
    make_library(folder / "whole", source(TABLE), source(CODE))
    (folder / "libslot.so").write_bytes((folder / "whole/libslot.so").read_bytes())
    build_tests(folder)
    everyone = list(mutants())
    tap = Tap(len(everyone) + 1)
    seen = who_sees(folder, folder / "whole", RULES)
    tap.line(not seen, "the tests pass when nothing is broken", seen or "")

    def try_one(mutant):
        with tempfile.TemporaryDirectory(dir=folder) as library:
            make_library(pathlib.Path(library), mutant.table, mutant.code)
            return who_sees(folder, library, mutant.tests)

    tally = {}
    with open(folder / "log", "w", encoding="utf-8") as log:
        for mutant, seen in zip(everyone, in_parallel(try_one, everyone)):
            tap.line(bool(seen), mutant.name, "no test sees it")
            log.write(f"{mutant.name}: {seen or 'SURVIVES'}\n")
            test = seen.split(":")[0] if seen else "nobody"
            tally[test] = tally.get(test, 0) + 1
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    print(f"# {len(everyone)} mutants in {seconds:.0f} s of processor time, seen by " +
          ", ".join(f"{test} {count}" for test, count in tally.items()))
    tap.end()


def main():
    if len(sys.argv) > 1:
        folder = pathlib.Path(sys.argv[1]).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        check_all(folder)
    with tempfile.TemporaryDirectory(prefix="vscmi-mutants.") as folder:
        check_all(pathlib.Path(folder))


if __name__ == "__main__":
    main()
