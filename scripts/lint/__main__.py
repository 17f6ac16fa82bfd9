# SPDX-License-Identifier: BSD-3-Clause
"""Runs every check of the source and prints the findings, then a TAP line for each check."""
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parent.parent))  # firmware.py

import files
import freestanding
import layers
import rows
import tools

CHECKS = [
    ("the layers' check sees a violation", layers.self_test),
    ("who includes whom", layers.check),
    ("an SPDX line stands first", files.spdx),
    ("files stay short", files.length),
    ("lib/sources.txt lists lib/", files.sources_list),
    ("lib/ is freestanding", freestanding.check),
    ("the docs name tests that there are", rows.check),
    ("formatting", tools.formatting),
    ("shell scripts", tools.shell),
]


def main():
    failed = False
    print(f"1..{len(CHECKS)}")
    for number, (name, check) in enumerate(CHECKS, 1):
        findings = check()
        for finding in findings:
            print(finding)
        print("not ok" if findings else "ok", number, "-", name, flush=True)
        failed = failed or bool(findings)
    sys.exit(failed)


main()
