# SPDX-License-Identifier: BSD-3-Clause
"""The checks that other programs make."""
import os
import re
import shutil
import subprocess

import files


def find(*names):
    """The first of the programs that is installed."""
    return next(filter(shutil.which, names), names[0])


def formatting():
    # Other versions lay out the same style otherwise, so only one can be the judge.
    if not shutil.which("clang-format-14"):
        print("# The formatting is not checked: this release has no clang-format-14.")
        return []
    command = ["clang-format-14", "--dry-run", *map(str, files.c_files())]
    result = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True)
    lines = re.findall(r"^((\S+):\d+):\d+: warning:", result.stderr, re.MULTILINE)
    return [f"{line}: expected the layout of: clang-format-14 -i {os.path.relpath(path)}"
            for line, path in dict.fromkeys(lines)]


def shell():
    command = ["shellcheck", "-x", "--format=gcc", *map(str, files.shell_scripts())]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return result.stdout.splitlines()
