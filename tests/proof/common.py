# SPDX-License-Identifier: BSD-3-Clause
"""What the proofs share: sources with something changed, TAP, and two things at a time."""
import concurrent.futures
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
INCLUDES = ["-I", TOP / "lib", "-I", TOP / "include"]
AT_ONCE = 2


def source(path):
    return (TOP / path).read_text(encoding="utf-8")


def changed(text, old, new):
    """The text with a passage replaced that must stand there once, or the change means nothing."""
    if text.count(old) != 1:
        raise ValueError(f"expected once, found {text.count(old)} times: {old!r}")
    return text.replace(old, new)


def run(command, folder, limit_s=60, **options):
    """Runs a command; its exit status, or None after the limit, and its output."""
    try:
        result = subprocess.run(list(map(str, command)), cwd=folder, timeout=limit_s, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, errors="replace", check=False, **options)
    except subprocess.TimeoutExpired:
        return None, f"stopped after {limit_s} s"
    return result.returncode, result.stdout


def build(command, folder):
    """Runs a command that must succeed."""
    status, output = run(command, folder, 300)
    if status != 0:
        raise RuntimeError(" ".join(map(str, command)) + "\n" + output)


def in_parallel(function, items):
    """The function's results, in order, as they come."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(function, items)


class Tap:
    """Lines of TAP, and whether all went well."""

    def __init__(self, count):
        self.number, self.failed = 0, False
        print(f"1..{count}", flush=True)

    def line(self, passed, name, details=""):
        self.number += 1
        self.failed |= not passed
        print("ok" if passed else "not ok", self.number, "-", name, flush=True)
        if not passed and details:
            print("".join(f"# {line}\n" for line in details.rstrip().splitlines()), end="")

    def end(self):
        sys.exit(self.failed)
