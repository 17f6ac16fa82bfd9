#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Counts the instructions of one command, by callgrind, and compares with what it may cost.

usage: count.py [--json] PROGRAM...

Counted is what functions named counted_* do, except what uncounted_* do below them. The last of a
program's arguments is how often: what it does so many times, less what it does half as often, has no
beginning and no end in it. Speaks TAP; --json prints what each row costs.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

# By program and row: the arguments, and what it may cost. None: it is only told.
IN_FLIGHT = (1, 8, 64, 512, 1024)
SENSORS = (1, 10, 1000, 65535)
# 600 is the aim everywhere: these hold what was reached.
AGENT_LIMIT = 1500
PLATFORM_LIMITS = {1: 980, 64: 740}  # by how many are served in one turn
ROWS = {
    "cost-agent": {
        **{f"{count} in flight, answered in any order": (("any", count), AGENT_LIMIT)
           for count in IN_FLIGHT},
        "1024 in flight, answered in order": (("ordered", 1024), AGENT_LIMIT),
        "64 sent at once, then answered at once": (("batch", 64), AGENT_LIMIT),
        "the typed call SENSOR_READING_GET, which waits once": (("call", 1), None),
    },
    "cost-platform": {
        **{f"{count} sensors, {batch} at once": (("faults", count, batch), limit)
           for batch, limit in PLATFORM_LIMITS.items() for count in SENSORS},
        "without the fault layer, 1 at once": (("bare", 10, 1), PLATFORM_LIMITS[1]),
        "without indirect tables, 1 at once": (("direct", 10, 1), PLATFORM_LIMITS[1]),
        "255 agents are there, 1 at once": (("agents", 10, 1), PLATFORM_LIMITS[1]),
        "255 agents, each with 15 readings that take an hour, 1 at once":
            (("held", 10, 1), PLATFORM_LIMITS[1]),
    },
}
# The rows of a program that end so cost the same but for this share.
FLAT = {
    "cost-agent": [r"in flight.*"],
    "cost-platform": [r"\d+ sensors, 64 at once", r"(sensors|agents).*, 1 at once"],
}
SHARE = 0.05
TIMES = 8192


def count(program, arguments, times):
    """What all of the commands cost."""
    with tempfile.TemporaryDirectory(prefix="vscmi-cost.") as folder:
        counts = pathlib.Path(folder) / "counts"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}",
                   "--toggle-collect=counted_*", "--toggle-collect=uncounted_*",
                   program, *arguments, times]
        result = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if result.returncode != 0:
            raise RuntimeError(result.stdout)
        total = re.search(r"^totals: (\d+)", counts.read_text(encoding="utf-8"), re.MULTILINE)
    return int(total[1])


def instructions(program, arguments):
    """What one of the commands costs on average."""
    whole, half = (count(program, arguments, times) for times in (TIMES, TIMES // 2))
    return round((whole - half) / (TIMES - TIMES // 2), 1)


def main():
    programs = [pathlib.Path(name) for name in sys.argv[1:] if name != "--json"]
    costs = {program.name: {row: instructions(program, arguments)
                            for row, (arguments, _) in ROWS[program.name].items()}
             for program in programs}
    if "--json" in sys.argv[1:]:
        print(json.dumps(costs, indent=1))
        return
    results = []
    for name, rows in costs.items():
        for row, cost in rows.items():
            limit = ROWS[name][row][1]
            results.append((limit is None or cost <= limit, f"{name}: {row}: {cost}" +
                            ("" if limit is None else f", at most {limit}")))
        for ending in FLAT[name]:
            flat = [cost for row, cost in rows.items() if re.search(ending + "$", row)]
            results.append((max(flat) <= min(flat) * (1 + SHARE),
                            f"{name}: it is the same within {SHARE:.0%}: {min(flat)} to {max(flat)}"))
    print(f"1..{len(results)}")
    for number, (passed, what) in enumerate(results, 1):
        print("ok" if passed else "not ok", number, "-", what)
    sys.exit(not all(passed for passed, _ in results))


if __name__ == "__main__":
    main()
