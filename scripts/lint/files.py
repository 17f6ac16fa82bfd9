# SPDX-License-Identifier: BSD-3-Clause
"""The project's files, and the checks that look at nothing but their text.

A check returns a list of findings, "path:line: what was expected".
"""
import os
import pathlib
import re

import firmware

LICENCE = "SPDX-License-Identifier: BSD-3-Clause"
LONGEST = 800
C_SUFFIXES = {".c", ".h"}
SCRIPT_SUFFIXES = {".py", ".sh", ".build", ".cross", ".native"}


def walk():
    """Every file of the source tree, without builds and what starts with a dot (but .ci)."""
    for folder, subfolders, names in os.walk("."):
        top = folder == "."
        subfolders[:] = sorted(
            s for s in subfolders
            if s == ".ci" or not (s.startswith((".", "__")) or top and s.startswith("build")))
        for name in sorted(names):
            if (path := pathlib.Path(folder, name)).is_file():
                yield path


def c_files():
    return [path for path in walk() if path.suffix in C_SUFFIXES]


def first_line(path):
    with open(path, "rb") as file:
        return file.readline().decode(errors="replace").rstrip("\n")


def shell_scripts():
    return [path for path in walk()
            if path.suffix == ".sh" or not path.suffix and first_line(path).startswith("#!/bin/")]


def is_source(path):
    return (path.suffix in C_SUFFIXES | SCRIPT_SUFFIXES | {".def", ".S"}
            or first_line(path).startswith("#!"))


def spdx():
    findings = []
    for path in filter(is_source, walk()):
        comment = f"/* {LICENCE} */" if path.suffix in C_SUFFIXES | {".def", ".S"} else f"# {LICENCE}"
        with open(path, encoding="utf-8") as file:
            lines = [file.readline().rstrip("\n") for _ in range(2)]
        # A script names its shell before that, one that is sourced too.
        line = 1 if lines[0].startswith(("#!", "# shellcheck shell=")) else 0
        if lines[line] != comment:
            findings.append(f"{path}:{line + 1}: expected '{comment}'")
    return findings


def length():
    findings = []
    for path in filter(is_source, walk()):
        with open(path, "rb") as file:
            lines = sum(1 for _ in file)
        if lines > LONGEST:
            findings.append(f"{path}:{LONGEST}: expected the end: {lines} lines are more than one subject")
    return findings


def sources_list():
    """lib/sources.txt lists each file once, under words that can be chosen."""
    options = pathlib.Path("meson_options.txt").read_text(encoding="utf-8")
    choices = {choice for choices in re.findall(r"choices: \[(.*?)\]", options)
               for choice in re.findall(r"'(\w+)'", choices)}
    present = {str(path.relative_to("lib")) for path in c_files()
               if path.parts[0] == "lib" and path.suffix == ".c"}
    listed = list(firmware.listed())
    names = [name for _, _, name in listed]
    findings = [f"lib/sources.txt:{number}: expected a file: there is no lib/{name}"
                for number, _, name in listed if name not in present]
    findings += [f"lib/sources.txt:{number}: expected '{word}' among the choices in meson_options.txt"
                 for number, words, _ in listed for word in words if word not in choices]
    findings += [f"lib/{name}:1: expected in lib/sources.txt"
                 for name in sorted(present.difference(names))]
    findings += [f"lib/sources.txt:{number}: expected once: {name}"
                 for index, (number, _, name) in enumerate(listed) if name in names[:index]]
    return findings
