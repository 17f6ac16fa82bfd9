# SPDX-License-Identifier: BSD-3-Clause
"""The rows that are times. Each is measured in turns with its limit, in the same minute."""
import contextlib

import measure
import programs
from table import Row, at_least, at_most, number

SPREAD = 0.05  # of repeated measurements of the same rate
GUEST_COUNTS = (1, 16, programs.AGENTS_MAX)
GUEST_IN_FLIGHT = 8
STARTS = 30
# Readings of the sensor that takes 100 ms: so many at a time, and none quicker than this.
SLOW_IN_FLIGHT = 4
SLOW_NS = 90_000_000


def us(time_ns):
    return f"{number(time_ns / 1000)} us"


def latency(results):
    found = measure.summary(results)
    return f"p50 {us(found['p50_ns'])}, p99 {us(found['p99_ns'])}, p99.9 {us(found['p999_ns'])}"


def per_second(results):
    return f"{measure.best(results, measure.rate) / 1000:.0f} k/s"


def peer_of(bench, found, text, *against):
    """What the peer's cell says: its figure, and what that comes to."""
    if "peer" not in found:
        return ""
    name, figure = against
    ratio = measure.ratio(found["peer"], found[name], figure)
    asked = "" if bench.peer_work == "reading" else f" ({bench.peer_work})"
    return f"{text(found['peer'])}, {ratio:.3g} x{asked}"


def with_peer(bench, subjects, *options):
    if bench.peer_command:
        subjects["peer"] = lambda: bench.peer_load(*options)
    return subjects


# ---- One command after the other ----

def round_trip(bench, name, mode, limit, reach):
    with bench.vscmid_running(mode=mode) as device:
        found = measure.alternate(bench.rounds, with_peer(bench, {
            "limit": lambda: bench.limit(limit),
            "vscmi": lambda: bench.load(device.sockets, *mode.load),
        }, *mode.load))
    return [Row(name, latency(found["vscmi"]), latency(found["limit"]),
                measure.ratio(found["vscmi"], found["limit"], measure.p50), reach,
                peer=peer_of(bench, found, latency, "limit", measure.p50),
                details={"latency": {key: measure.summary(results) for key, results in found.items()}})]


def spinning(bench):
    return round_trip(bench, "round trip, both ends spinning", programs.SPINNING, "cache-line",
                      at_most(3, "x"))


def sleeping(bench):
    return round_trip(bench, "round trip, both ends sleeping", programs.SLEEPING, "eventfd",
                      at_most(1.15, "x"))


def default(bench):
    modes = {"limit": programs.SPINNING, "vscmi": programs.DEFAULT}
    with contextlib.ExitStack() as stack:
        found = measure.alternate(bench.rounds, with_peer(bench, {
            name: load_in_turn(bench, stack, mode) for name, mode in modes.items()}))
    return [Row("round trip, default settings", latency(found["vscmi"]), latency(found["limit"]),
                measure.ratio(found["vscmi"], found["limit"], measure.p50), at_most(1.3, "x"),
                peer=peer_of(bench, found, latency, "limit", measure.p50),
                details={"latency": {key: measure.summary(results) for key, results in found.items()}})]


def load_in_turn(bench, stack, mode, *options):
    """Starts a vscmid of its own, and returns what puts a guest to work on it."""
    device = stack.enter_context(bench.vscmid_running(mode=mode))
    return lambda: bench.load(device.sockets, *mode.load, *options)


# ---- Many commands ----

def pipelined(bench):
    rows = []
    with bench.vscmid_running() as device:
        for depth in (1, 8, 64, 512):
            try:
                found = measure.alternate(bench.rounds, with_peer(bench, {
                    "limit": lambda depth=depth: bench.in_process(depth),
                    "vscmi": lambda depth=depth: bench.load(device.sockets, "--in-flight", depth),
                }, "--in-flight", depth))
                rows.append(pipelined_row(bench, depth, found))
            except programs.Failed as failure:
                rows.append(Row(f"pipelined, {depth} in flight", note=str(failure)))
    return rows


def pipelined_row(bench, depth, found):
    return Row(f"pipelined, {depth} in flight", per_second(found["vscmi"]), per_second(found["limit"]),
               measure.ratio(found["vscmi"], found["limit"], measure.rate),
               at_least(0.7, "x") if depth == 64 else None,
               peer=peer_of(bench, found, per_second, "limit", measure.rate),
               details={"commands_per_s": {key: measure.best(results, measure.rate)
                                           for key, results in found.items()}})


def guests(bench):
    busy = ("--in-flight", GUEST_IN_FLIGHT)
    with bench.vscmid_running(agents=programs.AGENTS_MAX) as device:
        found = measure.alternate(bench.rounds, {
            count: lambda count=count: bench.load(device.sockets[:count], *busy)
            for count in GUEST_COUNTS})
        idle = measure.alternate(bench.rounds, {
            "alone": lambda: bench.load(device.sockets[:1], *busy),
            "one": lambda: beside_idle_guests(bench, device, *busy),
        })
    one = found[GUEST_COUNTS[0]]
    rows = [Row(f"{count} guests, all busy", per_second(found[count]), per_second(one),
                measure.ratio(found[count], one, measure.rate), at_least(1 - SPREAD, "x"))
            for count in GUEST_COUNTS[1:]]
    rows.append(Row(f"a busy guest beside {programs.AGENTS_MAX - 1} idle ones", per_second(idle["one"]),
                    per_second(idle["alone"]), measure.ratio(idle["one"], idle["alone"], measure.rate),
                    at_least(1 - SPREAD, "x")))
    for row in rows:
        row.peer = "-" * bool(bench.peer_command)
    return rows


def beside_idle_guests(bench, device, *options):
    with bench.load_held(device.sockets[1:]):
        return bench.load(device.sockets[:1], *options)


def notifications(bench):
    counts = (1, 64)
    with bench.vscmid_running(agents=1 + max(counts)) as device:
        found = measure.alternate(bench.rounds, {
            "limit": lambda: bench.load(device.sockets[:1], "--in-flight", 64),
            **{count: lambda count=count: bench.load(device.sockets[:1 + count], "--notify",
                                                     "--in-flight", GUEST_IN_FLIGHT)
               for count in counts}})
    return [Row(f"notifications, {count} subscriber{'s' * (count > 1)}", per_second(found[count]),
                per_second(found["limit"]),
                measure.ratio(found[count], found["limit"], measure.rate), at_least(0.5, "x"),
                peer="-" * bool(bench.peer_command)) for count in counts]


def slow(bench):
    with bench.vscmid_running(agents=2) as device:
        def beside():
            result, readings = bench.load_beside(
                device.sockets[1:], "--command", "slow", "--in-flight", SLOW_IN_FLIGHT,
                measured=lambda: bench.load(device.sockets[:1]))
            if readings["count"] < 2 * SLOW_IN_FLIGHT or measure.p50(readings) < SLOW_NS:
                raise programs.Failed(f"only {readings['count']} slow readings meanwhile, "
                                      f"{latency([readings])}")
            return result

        found = measure.alternate(bench.rounds, {
            "limit": lambda: bench.load(device.sockets[:1]), "vscmi": beside})
    return [Row("a reading beside ones that take 100 ms", latency(found["vscmi"]), latency(found["limit"]),
                measure.ratio(found["vscmi"], found["limit"], measure.p99), at_most(1.1, "x p99"),
                peer="-" * bool(bench.peer_command))]


# ---- Start ----

def start(bench):
    with bench.vscmid_running() as device:
        ping = [bench.vscmi, "--link", f"vhost-user:{device.sockets[0]}", "ping", "--count", 1]
        command, sockets = bench.vscmid_command(name="another")
        subjects = {
            "limit": lambda: bench.start(STARTS, bench.program("bench-empty")),
            "vscmi": lambda: bench.start(STARTS, *ping),
            "vscmid": lambda: bench.start(STARTS, "--device", sockets[0], *command),
        }
        if bench.peer_command:
            arguments, socket = bench.peer_device_command()
            subjects["peer"] = lambda: bench.start(STARTS, "--device", socket, *arguments)
        found = measure.alternate(3, subjects)
    return [start_row(name, found) for name in ("vscmi", "vscmid")]


def start_row(name, found):
    def more_ms(results):
        return (measure.best(results, measure.p50) - measure.best(found["limit"], measure.p50)) / 1e6

    peer = f"{more_ms(found['peer']):.3g} ms more" if name == "vscmid" and "peer" in found else ""
    return Row(f"start of {name}", latency(found[name]), latency(found["limit"]),
               more_ms(found[name]), at_most(10, "ms more"), peer=peer)


ROWS = {
    "spinning": spinning,
    "sleeping": sleeping,
    "default": default,
    "pipelined": pipelined,
    "guests": guests,
    "notifications": notifications,
    "slow": slow,
    "start": start,
}
