#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Counts the tests in what a program says in TAP. Run as a program, it tests that."""
import re


class Count:
    """What a suite came to."""

    def __init__(self):
        self.passed = self.failed = 0
        self.seconds = 0.0

    def add_tap(self, output, ended_well):
        """Counts the tests in a program's output. Returns whether all of it went well.

        A test that was skipped has failed. So has a program, once, that announces no tests or
        others than it runs, or that ends badly after tests that went well.
        """
        passed = failed = 0
        for line in output.splitlines():
            if re.match(r"ok\b(?!.*# *skip)", line, re.IGNORECASE):
                passed += 1
            elif re.match(r"(not )?ok\b", line, re.IGNORECASE):
                failed += 1
        plan = re.search(r"^1\.\.(\d+)", output, re.MULTILINE)
        complete = plan and int(plan[1]) == passed > 0
        if not failed and not (complete and ended_well):
            failed = 1
        self.passed += passed
        self.failed += failed
        return not failed


# What was said, whether the program ended well, and what has passed and failed then.
CASES = {
    "tests that pass": ("1..2\nok 1 - a\nok 2 - b\n", True, 2, 0),
    "a plan at the end": ("ok 1 - a\nok 2 - b\n1..2\n", True, 2, 0),
    "a test that fails": ("1..2\nok 1 - a\nnot ok 2 - b\n# 1 != 2\n", False, 1, 1),
    "a failure that the exit status hides": ("1..1\nnot ok 1 - a\n", True, 0, 1),
    "a test that is skipped": ("1..2\nok 1 - a\nok 2 # SKIP b\n", True, 1, 1),
    "a test that is skipped, as cmocka says it": ("1..1\nnot ok 1 # SKIP a\n", False, 0, 1),
    "a crash": ("1..3\nok 1 - a\n", False, 1, 1),
    "an early end without a crash": ("1..3\nok 1 - a\n", True, 1, 1),
    "a leak after the last test": ("1..1\nok 1 - a\n", False, 1, 1),
    "no plan": ("ok 1 - a\n", True, 1, 1),
    "no test": ("1..0\n", True, 0, 1),
    "nothing": ("", True, 0, 1),
    "words that only begin like a result": ("1..1\nokay\nok 1 - a\n# ok - tests\n", True, 1, 0),
}


def main():
    print(f"1..{len(CASES)}")
    for number, (what, (output, ended_well, passed, failed)) in enumerate(CASES.items(), 1):
        count = Count()
        content = count.add_tap(output, ended_well)
        right = (count.passed, count.failed, content) == (passed, failed, not failed)
        print("ok" if right else "not ok", number, "-", what)


if __name__ == "__main__":
    main()
