# SPDX-License-Identifier: BSD-3-Clause
"""Rows, their verdicts, and the forms in which a table is shown."""
import dataclasses

REACHED, MISSED, UNKNOWN = "reached", "missed", "-"


@dataclasses.dataclass(frozen=True)
class Reach:
    """What a value is to come to: at most, or at least, so much."""
    sign: str  # "<=" or ">="
    bound: float
    unit: str = ""  # as of the value

    def __str__(self):
        return f"{self.sign} {number(self.bound)} {self.unit}".rstrip()

    def verdict(self, value):
        if value is None:
            return UNKNOWN
        within = value <= self.bound if self.sign == "<=" else value >= self.bound
        return REACHED if within else MISSED


def at_most(bound, unit=""):
    return Reach("<=", bound, unit)


def at_least(bound, unit=""):
    return Reach(">=", bound, unit)


@dataclasses.dataclass
class Row:
    """One line. The verdict is on the value, which came from one run, limit and all."""
    name: str
    measured: str = "-"
    limit: str = ""
    value: float | None = None  # in the unit of reach
    reach: Reach | None = None  # None: only shown
    note: str = ""
    peer: str = ""
    details: dict = dataclasses.field(default_factory=dict)  # for JSON

    @property
    def verdict(self):
        return self.reach.verdict(self.value) if self.reach else ""

    def cells(self):
        value = ""
        if self.value is not None and self.reach:
            value = f"{number(self.value)} {self.reach.unit}".rstrip()
        return [self.name, self.measured, self.limit, value, str(self.reach or ""), self.verdict]


def number(value):
    """Three digits, and all of those before the point."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"


HEADINGS = ["row", "measured", "limit", "comes to", "to reach", "verdict"]


def grid(rows):
    """Headings and rows, as lists of cells; the peer has a column where there is one."""
    peer = any(row.peer for row in rows)
    return [HEADINGS + ["peer"] * peer] + [row.cells() + [row.peer] * peer for row in rows]


def notes(rows):
    return [f"{row.name}: {row.note}" for row in rows if row.note]


def text(rows):
    lines = grid(rows)
    widths = [max(map(len, column)) for column in zip(*lines)]
    lines.insert(1, ["-" * width for width in widths])
    table = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    return "\n".join(table + [""] * bool(notes(rows)) + notes(rows)) + "\n"


def markdown(rows):
    lines = grid(rows)
    lines.insert(1, ["---"] * len(lines[0]))
    table = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join(table + [""] * bool(notes(rows)) + [f"- {n}" for n in notes(rows)]) + "\n"


def tap(rows):
    """A test for each row that has something to reach; without a value it has failed."""
    judged = [row for row in rows if row.reach]
    lines = [f"1..{len(judged)}"]
    for place, row in enumerate(judged, 1):
        result = "ok" if row.verdict == REACHED else "not ok"
        lines.append(f"{result} {place} - {row.name}: {row.measured}, to reach {row.reach}")
        lines += [f"# {row.note}"] if row.note else []
    return "\n".join(lines) + "\n"


def all_reached(rows):
    return all(row.verdict == REACHED for row in rows if row.reach)


def as_json(rows):
    return [{
        "row": row.name, "measured": row.measured, "limit": row.limit, "value": row.value,
        "reach": str(row.reach or ""), "verdict": row.verdict, "note": row.note, "peer": row.peer,
        **row.details,
    } for row in rows]
