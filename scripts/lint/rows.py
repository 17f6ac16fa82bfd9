# SPDX-License-Identifier: BSD-3-Clause
"""docs/virtio.md names the tests of each row of its checklist, and no others."""
import re

import files

PAGE = "docs/virtio.md"
TEST = re.compile(r"^static void ((?:[DR]\d+_)+\w+)\(", re.MULTILINE)


def check():
    with open(PAGE, encoding="utf-8") as page:
        named = set(re.findall(r"`((?:[DR]\d+_)+\w+)`", page.read()))
    tests = set()
    for path in files.c_files():
        tests.update(TEST.findall(path.read_text(encoding="utf-8")))
    if not tests:
        return [f"{PAGE}:1: found no test of any row"]
    return ([f"{PAGE}:1: `{name}` is no test" for name in sorted(named - tests)] +
            [f"{PAGE}:1: expected `{name}` in its row" for name in sorted(tests - named)])
