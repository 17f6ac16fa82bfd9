# SPDX-License-Identifier: BSD-3-Clause
"""The distributions of the round trips, by gnuplot: which share takes longer than a time."""
import subprocess

import measure

# Shares of the times that are longer, from half of them to one in 10,000, evenly on a log scale.
SHARES = [0.5 * 0.0002 ** (step / 60) for step in range(61)]
TERMINALS = {".svg": "svg size 800,480 background 'white'", ".png": "pngcairo size 800,480"}

SCRIPT = """
set terminal {terminal}
set output '{path}'
set logscale xy
set xlabel 'time of a round trip, microseconds'
set ylabel 'share of round trips that take longer'
set format y '%g'
set grid
set key outside bottom center horizontal maxcols 2
plot {curves}
"""


def curves(rows):
    """By title: points (microseconds, share)."""
    found = {}
    for row in rows:
        for key, summary in row.details.get("latency", {}).items():
            if key == "limit" and "default" in row.name:
                continue  # its limit is another row
            found[f"{row.name}: {key}"] = [
                (measure.percentile(summary["distribution"], 1 - share) / 1000, share)
                for share in SHARES]
    return found


def draw(rows, path):
    """Draws what has distributions, and returns the path; None if nothing has."""
    found = curves(rows)
    if not found:
        return None
    blocks, plots = [], []
    for place, (title, points) in enumerate(found.items()):
        lines = "\n".join(f"{x:.5g} {y:.5g}" for x, y in points)
        blocks.append(f"$curve{place} << EOD\n{lines}\nEOD\n")
        plots.append(f"$curve{place} with lines linewidth 2 title '{title}'")
    script = "".join(blocks) + SCRIPT.format(terminal=TERMINALS[path.suffix], path=path,
                                             curves=", ".join(plots))
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    return path
