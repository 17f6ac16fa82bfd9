# SPDX-License-Identifier: BSD-3-Clause
"""./run bench: what SCMI over virtio costs, against what the machine itself needs."""
import argparse
import json
import pathlib
import sys

import counted
import document
import machine
import plot
import programs
import table
import timed

ROWS = {**timed.ROWS, **counted.ROWS}


def parse():
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__, epilog=
        f"Rows: {', '.join(ROWS)}. A peer's command is run by no shell; {{socket}} in it is the path at "
        "which it is to listen.")
    parser.add_argument("--build", default="build/bench", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--row", action="append", choices=ROWS, help="only this one; may be repeated")
    parser.add_argument("--peer", metavar="COMMAND", help="put another vhost-user SCMI device on the same work")
    parser.add_argument("--short", action="store_true",
                        help="only what is counted, as TAP; fails if one is not reached")
    parser.add_argument("--json", action="store_true", help="one object, percentiles and distributions in it")
    parser.add_argument("--markdown", action="store_true", help="also put the table and plot into docs/")
    parser.add_argument("--plot", metavar="FILE", type=pathlib.Path,
                        help="the latencies, .svg or .png (build/bench/latency.svg)")
    return parser.parse_args()


def measure(bench, names):
    """All rows. One that cannot be measured says why, and has not reached anything."""
    rows = []
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            rows += ROWS[name](bench)
        except programs.Failed as failure:
            rows.append(table.Row(name, reach=table.at_most(0), note=str(failure)))
    return rows


def main():
    arguments = parse()
    names = arguments.row or list(counted.EXACT if arguments.short else ROWS)
    described = machine.describe(arguments.build)
    with programs.bench(arguments.build, peer=arguments.peer) as bench:
        if arguments.peer:
            try:
                bench.choose_peer_work()
            except programs.Failed as failure:
                sys.exit(f"--peer: {failure}")
        rows = measure(bench, names)
    if arguments.short:
        print(table.tap(rows), end="")
        sys.exit(not table.all_reached(rows))
    drawn = plot.draw(rows, arguments.plot or arguments.build / "latency.svg")
    if arguments.json:
        print(json.dumps({"machine": described, "rows": table.as_json(rows)}))
    else:
        print(machine.sentence(described) + "\n\n" + table.text(rows), end="")
        print(f"\nplot: {drawn}" if drawn else "")
    if arguments.markdown:
        document.write(machine.sentence(described), rows)


main()
