# SPDX-License-Identifier: BSD-3-Clause
"""Puts what was measured into docs/performance.md, between two comments."""
import pathlib

import plot
import table

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"
BEGIN, END = "<!-- ./run bench --markdown -->\n", "<!-- the end of what it wrote -->\n"


def replaced(page, content):
    """The page with other content between the comments."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{content}\n{END}{after}"


def write(machine, rows):
    path = DOCS / "performance.md"
    content = f"{machine}.\n\n{table.markdown(rows)}"
    path.write_text(replaced(path.read_text(encoding="utf-8"), content), encoding="utf-8")
    plot.draw(rows, DOCS / "performance.svg")
