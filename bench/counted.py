# SPDX-License-Identifier: BSD-3-Clause
"""The rows that are counts: instructions, system calls, allocations, bytes, CPU time at rest."""
import json
import os
import pathlib
import re

import programs
from table import Row, at_most

KIB = 1024
# An event loop that looks at its rings asks its descriptors now and then: by time, not by command.
BY_TIME = re.compile("epoll_p?wait of")
# A count at the end of a long run less that of a short one leaves out starting and ending.
SHORT, LONG = 2000, 22000
IDLE_S = 5
MEMORY_GUESTS = 64
SIZES_SHOWN = ("agent only", "platform only", "both")
SOURCE = pathlib.Path(__file__).resolve().parent.parent


# ---- Instructions and code size, by the scripts that count them ----

def instructions(bench, program):
    command = [SOURCE / "tests/cost/count.py", "--json", bench.build / "tests/cost" / program]
    return json.loads(programs.run(command))[program]


def cost_rows(title, costs, flat):
    """One for the dearest case, and one for how much more that is than the cheapest."""
    cases = {case: cost for case, cost in costs.items() if re.match(flat, case)}
    if len(cases) < 2:
        raise programs.Failed(f"no cases to compare: {flat}")
    dearest, cheapest = max(cases.values()), min(cases.values())
    return [
        Row(f"{title} cost", f"{cheapest:.0f} to {dearest:.0f} instructions", "", dearest,
            at_most(600), details={"instructions": costs}),
        Row(f"{title} cost, dearest by cheapest case", f"{len(cases)} cases", "", dearest / cheapest,
            at_most(1.05, "x")),
    ]


def agent_cost(bench):
    return cost_rows("agent", instructions(bench, "cost-agent"), r"\d+ in flight")


def platform_cost(bench):
    return cost_rows("platform", instructions(bench, "cost-platform"), r"\d+ sensors, 1 at once")


def sizes(bench):
    found = json.loads(programs.run([SOURCE / "scripts/sizes.py", "--json"], patience_s=600))
    kib = {machine: {name: (size["text"] + size["rodata"]) / KIB for name, size in sets.items()}
           for machine, sets in found["sizes"].items()}
    rows = [Row(f"code of lib/, {machine}", ", ".join(f"{name} {size:.1f} KiB" for name, size in sets.items()
                                                      if name in SIZES_SHOWN), details={"kib": sets})
            for machine, sets in kib.items()]
    for name, budget in found["budgets"].items():
        size = next(sets[name] for machine, sets in kib.items() if machine.startswith("Cortex"))
        rows.append(Row(f"code of {name}, Cortex-M", f"{size:.1f} KiB", "", size,
                        at_most(budget / KIB, "KiB")))
    return rows


# ---- System calls and allocations ----

def for_each_command(count_both):
    """What one more command costs both ends, by name; count_both runs so many commands."""
    few, many = count_both(SHORT), count_both(LONG)
    return {name: (many[name] - few.get(name, 0)) / (LONG - SHORT)
            for name in sorted(many) if many[name] != few.get(name, 0)}


def traced(path):
    """The counts of strace -c -U calls,name."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {match[2]: int(match[1]) for line in lines
            if (match := re.fullmatch(r"\s*(\d+)\s+(\w+)", line)) and match[2] != "total"}


def system_calls(bench):
    def count_both(commands):
        reports = [bench.folder / f"strace-{end}" for end in ("device", "agent")]
        # The tracer is not to come between a program and who ends it: -D.
        before = [["strace", "-D", "-f", "-c", "-U", "calls,name", "-o", report]
                  for report in reports]
        mode = programs.SPINNING
        with bench.vscmid_running(mode=mode, before=before[0]) as device:
            bench.load(device.sockets, "--count", commands, *mode.load, before=before[1])
        return {f"{call} of the {end}": calls for end, report in zip(("device", "agent"), reports)
                for call, calls in traced(report).items()}

    found = for_each_command(count_both)
    measured = ", ".join(f"{calls:.2g} {name}" for name, calls in found.items() if calls > 0.001)
    by_command = sum(calls for name, calls in found.items() if not BY_TIME.match(name))
    return [Row("system calls for a command, both ends awake", measured or "none", "", by_command,
                at_most(0.01), details={"system_calls": found})]


def allocations(bench):
    shim = str(bench.build / "bench/libbench-allocations.so")

    def count_both(commands):
        reports = {end: bench.folder / f"allocations-{end}" for end in ("device", "agent")}
        env = {end: {**os.environ, "LD_PRELOAD": shim, "ALLOCATIONS": str(report)}
               for end, report in reports.items()}
        with bench.vscmid_running(env=env["device"]) as device:
            bench.load(device.sockets, "--count", commands, env=env["agent"])
        return {end: int(report.read_text(encoding="utf-8")) for end, report in reports.items()}

    found = for_each_command(count_both)
    measured = ", ".join(f"{count:.2g} of the {end}" for end, count in found.items())
    return [Row("allocations for a command", measured or "none", "", sum(found.values()), at_most(0))]


# ---- At rest ----

def idle(bench):
    with bench.vscmid_running() as device:
        share = idle_share(bench, device)
    peer = ""
    if bench.peer_command:
        with bench.peer_running() as device:
            peer = f"{idle_share(bench, device, '--command', bench.peer_work):.3g} % of a core"
    return [Row("idle, default settings", f"{share:.3g} % of a core", "0", share, at_most(0.1, "%"),
                peer=peer)]


def idle_share(bench, device, *options):
    found = bench.load(device.sockets, "--idle", device.pid, *options, seconds=IDLE_S)
    return 100 * (found["agent_ns"] + found["device_ns"]) / (IDLE_S * 1e9)


def pss_kib(pid):
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    return int(re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)[1])


def memory_of(bench, device, *options):
    with bench.load_held(device.sockets, *options):
        return pss_kib(device.pid)


def memory(bench):
    def vscmid(agents):
        with bench.vscmid_running(agents=agents) as device:
            return memory_of(bench, device)

    peer = ""
    if bench.peer_command:
        with bench.peer_running() as device:
            peer = f"{memory_of(bench, device, '--command', bench.peer_work) / KIB:.3g} MiB"
    one = vscmid(1)
    each = (vscmid(1 + MEMORY_GUESTS) - one) / MEMORY_GUESTS
    return [
        Row("memory of vscmid, 1 guest", f"{one / KIB:.3g} MiB", "", one / KIB, at_most(6, "MiB"),
            peer=peer),
        Row("memory of each further guest", f"{each:.3g} KiB", "", each, at_most(128, "KiB"),
            peer="-" * bool(peer)),
    ]


# What does not depend on how fast or busy the machine is.
EXACT = {
    "agent-cost": agent_cost,
    "platform-cost": platform_cost,
    "system-calls": system_calls,
    "allocations": allocations,
    "sizes": sizes,
}
ROWS = {"idle": idle, "memory": memory, **EXACT}
