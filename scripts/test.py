#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs every suite, prints a line for each, and ends with the sum: N passed, N failed.

usage: scripts/test.py [--quick]

All suites speak TAP, and each of its lines is one test. What is skipped, crashes, leaks, does not
build or runs no test has failed. --quick leaves the guests out. Builds and logs are in build/check/.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

from tap import Count

BUILDS = pathlib.Path("build/check")
MINUTE_S = 60


class Report:
    """The suites so far."""

    def __init__(self):
        self.passed = self.failed = 0

    def suite(self, name, count):
        if not count.passed + count.failed:
            print(f"{name}: no test ran")
            count.failed = 1
        self.passed += count.passed
        self.failed += count.failed
        print(f"{count.passed:6} ok {count.failed:4} failed {count.seconds:7.1f} s  {name}", flush=True)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)


def run(command, limit_s):
    """Runs a command to its end, or until the limit. Returns whether it ended well, and its output."""
    with subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace",
                          start_new_session=True) as process:
        try:
            output, _ = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            output += f"\nstopped after {limit_s} s\n"
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGTERM)
            raise
        return process.returncode == 0, output


def show(title, output):
    print(f"---- {title}\n{output.rstrip()}\n----")


def tap_suite(report, name, command, limit_s):
    """A suite that is one program. What it says in TAP's comments is always shown."""
    print(f"{name} ...", flush=True)
    count = Count()
    start = time.monotonic()
    ended_well, output = run(command, limit_s)
    count.seconds = time.monotonic() - start
    if not count.add_tap(output, ended_well):
        show(name, output)
    else:
        print("".join(re.findall(r"^# .*\n", output, re.MULTILINE)), end="")
    report.suite(name, count)


def build_suite(report, name, folder, options, prepare=("true",), targets=()):
    """A suite of one test: everything compiles, or the targets do. Returns whether it did."""
    print(f"{name} ...", flush=True)
    count = Count()
    start = time.monotonic()
    built, output = run(prepare, 5 * MINUTE_S)
    if built and not (folder / "build.ninja").exists():
        shutil.rmtree(folder, ignore_errors=True)
        built, output = run(["meson", "setup", folder, *options], 5 * MINUTE_S)
    if built:
        built, output = run(["ninja", "--quiet", "-k", "0", "-C", folder, *targets], 15 * MINUTE_S)
    if not built:
        show(name, output)
    count.seconds = time.monotonic() - start
    count.passed, count.failed = int(built), int(not built)
    report.suite(name, count)
    return built


def meson_suite(report, suite, where, folder, slowness):
    """One suite of a build. Meson's log has the output of each of its programs."""
    count = Count()
    log = folder / "meson-logs/testlog.json"
    log.unlink(missing_ok=True)
    start = time.monotonic()
    _, output = run(["meson", "test", "-C", folder, "--no-rebuild", "--suite", suite,
                     "--timeout-multiplier", slowness], 15 * MINUTE_S)
    count.seconds = time.monotonic() - start
    if not log.exists():
        show(f"{suite}, {where}", output)
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else []:
        test = json.loads(line)
        if not count.add_tap(test.get("stdout", ""), test["result"] == "OK"):
            show(f"{test['name']}, {where}: {test['result']}",
                 test.get("stdout", "") + test.get("stderr", ""))
    report.suite(f"{suite}, {where}", count)


def known_suites(folder):
    """The suites that a build has."""
    _, output = run(["meson", "introspect", "--tests", folder], MINUTE_S)
    return {suite.split(":")[-1] for test in json.loads(output) for suite in test["suite"]}


def sanitized(report):
    """Everything, with what watches memory and undefined behaviour."""
    where, folder = "gcc with ASan and UBSan", BUILDS / "sanitized"
    if build_suite(report, f"build, {where}", folder, ["-Db_sanitize=address,undefined"]):
        for suite in sorted({"unit", "scenario", "fuzz", "cli"} | known_suites(folder)):
            meson_suite(report, suite, where, folder, 4)


def races(report):
    """What has threads, with what watches them."""
    where, folder = "gcc with TSan", BUILDS / "threads"
    options = ["-Db_sanitize=thread", "-Db_lundef=false"]
    if build_suite(report, f"build, {where}", folder, options):
        for suite in "unit", "scenario":
            meson_suite(report, suite, where, folder, 10)


def second_compiler(report):
    """Everything compiles with clang, and the fuzz targets link with libFuzzer."""
    clang = shutil.which("clang-14") or "clang"
    os.environ["CC"] = clang
    build_suite(report, "build, clang with libFuzzer", BUILDS / "fuzz",
                ["--native-file", "scripts/fuzz.native"])
    del os.environ["CC"]


def smallest(report):
    """As little of lib/ as can be built, and what tests there are of that."""
    where, folder = "the smallest build", BUILDS / "smallest"
    options = ["-Dhost=false", "-Dparts=agent", "-Dprotocols=", "-Dlinks=loop"]
    if build_suite(report, f"build, {where}", folder, options):
        for suite in "unit", "scenario":
            meson_suite(report, suite, where, folder, 1)


def simulation(report):
    """A million commands, each of them explained; the seeds are always the same."""
    folder, target = BUILDS / "simulation", "tests/sim/simulation"
    if build_suite(report, "build, simulation", folder, [], targets=[target]):
        tap_suite(report, "simulation", [folder / target, "--transactions", "1000000"],
                  10 * MINUTE_S)


def big_endian(report):
    """lib/ and its tests, compiled for s390x and run under qemu-user."""
    root = BUILDS / "s390x-root"
    options = ["--cross-file", root / "root.cross", "--cross-file", "scripts/s390x.cross",
               "-Dhost=false"]
    folder = BUILDS / "s390x"
    if build_suite(report, "build, s390x", folder, options, ["scripts/s390x-root.sh", root]):
        for suite in "unit", "scenario", "fuzz":
            meson_suite(report, suite, "s390x", folder, 10)


def costs(report):
    """What is counted by ./run bench, but for the sizes, which have a suite of their own."""
    folder = BUILDS / "bench"
    programs = ["tests/cost/cost-agent", "tests/cost/cost-platform"]
    targets = ["bench-programs", "daemon/vscmid", "cli/vscmi", *programs]
    tap_suite(report, "bench, its arithmetic", ["python3", "-B", "bench/check.py"], MINUTE_S)
    if build_suite(report, "build, bench", folder, [], targets=targets):
        tap_suite(report, "instructions of a command",
                  ["tests/cost/count.py", *(folder / program for program in programs)], 10 * MINUTE_S)
        tap_suite(report, "bench, short", ["python3", "-B", "bench", "--short", "--build", folder,
                                           "--row=system-calls", "--row=allocations"], 5 * MINUTE_S)


def main():
    quick = sys.argv[1:] == ["--quick"]
    if sys.argv[1:] and not quick:
        sys.exit(f"usage: {sys.argv[0]} [--quick]")
    report = Report()
    tap_suite(report, "counting", ["scripts/tap.py"], MINUTE_S)
    sanitized(report)
    races(report)
    smallest(report)
    simulation(report)
    second_compiler(report)
    big_endian(report)
    tap_suite(report, "schema", ["tests/schema/run", BUILDS / "sanitized/cli/vscmi"], 10 * MINUTE_S)
    tap_suite(report, "the slot's model", ["tests/proof/model.py"], 10 * MINUTE_S)
    tap_suite(report, "mutants", ["tests/proof/mutants.py", BUILDS / "mutants"], 10 * MINUTE_S)
    costs(report)
    tap_suite(report, "choices", ["tests/choices/choices.py", BUILDS / "choices"], 10 * MINUTE_S)
    tap_suite(report, "sizes", ["scripts/sizes.py", "--tap"], 10 * MINUTE_S)
    tap_suite(report, "lint", ["./run", "lint"], 10 * MINUTE_S)
    if quick:
        print("The guests are left out: --quick.")
    else:
        tap_suite(report, "guest", ["./run", "guest"], 20 * MINUTE_S)
        tap_suite(report, "guest, bare metal", ["./run", "guest", "--baremetal"], 10 * MINUTE_S)
        tap_suite(report, "guest, User Mode Linux", ["./run", "guest", "--uml"], 30 * MINUTE_S)
    report.end()


main()
