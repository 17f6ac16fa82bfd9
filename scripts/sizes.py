#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The size of lib/, in bytes, for three machines and some choices of what is built.

usage: scripts/sizes.py [--json | --tap]

Counted is all that a choice compiles, at -Os, each function and table in a section of its own. A
program that does not call everything gets less of it from a linker with --gc-sections. Fails if
what has a budget is above it on the microcontroller.
"""
import json
import subprocess
import sys
import tempfile

import firmware

FLAGS = ["-Os", "-ffunction-sections", "-fdata-sections", "-fno-pic",
         "-fno-asynchronous-unwind-tables"]
CORTEX_M = "Cortex-M4"
# Each machine's compiler and flags, and how the helpers that come with the compiler are called.
TARGETS = {
    "x86-64": (["gcc", *FLAGS], []),
    "aarch64": (["aarch64-linux-gnu-gcc", "-mno-outline-atomics", *FLAGS], []),
    CORTEX_M: (["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", *FLAGS], ["__aeabi_"]),
}

PROTOCOLS = ["clock", "sensor", "system"]
SETS = {
    "smallest": ["agent", "loop"],
    "sensor agent": ["agent", "virtio", "clock", "sensor"],
    "agent only": ["agent", "virtio", *PROTOCOLS],
    "platform only": ["platform", "virtio", *PROTOCOLS],
    "both": ["agent", "platform", "virtio", "loop", *PROTOCOLS],
    "everything": firmware.all_words(),
}
# Text and read-only data on the microcontroller.
BUDGETS = {"sensor agent": 24 * 1024}

SECTIONS = {"text": (".text",), "rodata": (".rodata",), "data": (".data",), "bss": (".bss",)}


def measure(objects):
    """The sum of the sections of each kind."""
    sizes = dict.fromkeys(SECTIONS, 0)
    output = subprocess.run(["size", "-A", *objects], check=True, capture_output=True, text=True)
    for line in output.stdout.splitlines():
        fields = line.split()
        for kind, starts in SECTIONS.items():
            if fields and fields[0].startswith(starts):
                sizes[kind] += int(fields[1])
    return sizes


def measure_all():
    """Sizes by machine and set, and what they need that a machine without libc does not have."""
    sizes, foreign = {}, []
    for target, (compiler, helpers) in TARGETS.items():
        sizes[target] = {}
        for name, chosen in SETS.items():
            with tempfile.TemporaryDirectory() as folder:
                objects = firmware.compile_library(compiler, chosen, folder).values()
                sizes[target][name] = measure(objects)
                foreign += [f"{target}, {name}: {symbol}"
                            for symbol in firmware.foreign(objects, helpers)]
    return sizes, foreign


def budget_lines(sizes):
    for name, budget in BUDGETS.items():
        size = sizes[CORTEX_M][name]
        used = size["text"] + size["rodata"]
        yield used <= budget, f"{name} on {CORTEX_M}: {used} of {budget} bytes of text and rodata"


def table(sizes):
    yield f"{'':10}{'':15}" + "".join(f"{kind:>8}" for kind in SECTIONS)
    for target, by_set in sizes.items():
        for name, size in by_set.items():
            yield f"{target:10}{name:15}" + "".join(f"{size[kind]:8}" for kind in SECTIONS)
    for name, chosen in SETS.items():
        yield f"{name} is {' '.join(chosen)}"


def main():
    arguments = sys.argv[1:]
    if arguments not in ([], ["--json"], ["--tap"]):
        sys.exit(f"usage: {sys.argv[0]} [--json | --tap]")
    sizes, foreign = measure_all()
    results = list(budget_lines(sizes))
    results.append((not foreign, "lib/ refers to nothing but four memory functions and the compiler's"))
    if arguments == ["--json"]:
        print(json.dumps({"sets": SETS, "budgets": BUDGETS, "sizes": sizes}, indent=2))
    elif arguments == ["--tap"]:
        print(f"1..{len(results)}")
        for line in table(sizes):
            print("#", line)
        for number, (good, what) in enumerate(results, 1):
            print("ok" if good else "not ok", number, "-", what)
    else:
        print("\n".join(table(sizes)), *(what for _, what in results[:-1]), sep="\n")
    for symbol in foreign:
        print(f"# {symbol}", file=sys.stderr)
    sys.exit(not all(good for good, _ in results))


main()
