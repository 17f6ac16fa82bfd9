# SPDX-License-Identifier: BSD-3-Clause
"""The pages with tables of tests name tests that there are, and docs/virtio.md all of its rows."""
import pathlib
import re

import files

VIRTIO = "docs/virtio.md"
AGENT = "docs/agent.md"
TEST = re.compile(r"^(?:static void (?=\w+\(\s*void \*\*state\))|def (?=\w+\(p\):))(\w+)", re.MULTILINE)
ROW = re.compile(r"(?:[DR]\d+_)+\w+")
PLACES = ["tests/unit/{}.c", "tests/scenario/{}.c", "tests/cli/{}.py"]


def tests_of(path):
    return TEST.findall(path.read_text(encoding="utf-8"))


def virtio():
    """Each test that is named after a row is in the table, and no other."""
    named = set(re.findall(rf"`({ROW.pattern})`", pathlib.Path(VIRTIO).read_text(encoding="utf-8")))
    tests = {test for path in files.c_files() for test in tests_of(path) if ROW.match(test)}
    if not tests:
        return [f"{VIRTIO}:1: found no test of any row"]
    return ([f"{VIRTIO}:1: `{name}` is no test" for name in sorted(named - tests)] +
            [f"{VIRTIO}:1: expected `{name}` in its row" for name in sorted(tests - named)])


def agent():
    """`program` and, behind it, `test`s of that program, in the last column of the promises."""
    findings, names = [], 0
    section = False
    for number, line in enumerate(pathlib.Path(AGENT).read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#"):
            section = line == "## What the engine promises"
        if not section or not line.startswith("|"):
            continue
        tests = []
        for name in re.findall(r"`([^`]+)`", line.split("|")[-2]):
            sources = [path for place in PLACES
                       if (path := pathlib.Path(place.format(name))).is_file()]
            if sources:
                tests = tests_of(sources[0])
            elif name not in tests:
                findings.append(f"{AGENT}:{number}: `{name}` is no test of the program before it")
            names += 1
    return findings if names else [f"{AGENT}:1: found no test of any promise"]


def check():
    return virtio() + agent()
