# SPDX-License-Identifier: BSD-3-Clause
"""lib/ compiles with the six freestanding headers and a string.h of four functions, and refers to
nothing but those four.

It is compiled straight from lib/sources.txt, without Meson, as a firmware tree would do it: for this
machine and, with clang, for a 32-bit microcontroller. Some headers of the compilers are left out.
"""
import concurrent.futures
import os
import pathlib
import subprocess
import tempfile

import files
import tools

MEMORY_FUNCTIONS = {"memcpy", "memmove", "memset", "memcmp"}
STRING_H = """\
#include <stddef.h>
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
"""
FLAGS = ["-std=c11", "-ffreestanding", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror",
         "-Iinclude", "-Ilib", "-nostdinc"]


def builds():
    """Name, compiler and flags of each build, and the prefix of its arithmetic helpers."""
    clang = tools.find("clang-14", "clang")
    for optimise in "-O2", "-Os":
        yield f"gcc {optimise}", ["gcc", optimise], ()
        yield f"clang {optimise}", [clang, optimise], ()
    yield "clang for thumbv7m", [clang, "-Os", "--target=thumbv7m-none-eabi"], ("__aeabi_",)


def own_headers(compiler):
    """The folder of the headers that come with the compiler."""
    command = [compiler, "-print-file-name=include"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def symbols(objects):
    """The sets of symbols that the objects define, and that they refer to."""
    defined, used = set(), set()
    output = subprocess.run(["nm", "-g", "-P", *objects], check=True, capture_output=True, text=True)
    for line in output.stdout.splitlines():
        fields = line.split()
        if len(fields) >= 2:
            (used if fields[1] in "Uwv" else defined).add(fields[0])
    return defined, used


def check_build(name, compiler, helpers, folder):
    headers = ["-isystem", str(folder), "-isystem", own_headers(compiler[0])]
    objects, commands = [], []
    for number, (_, source) in enumerate(files.listed_sources()):
        objects.append(str(folder / f"{number}.o"))
        commands.append([*compiler, *FLAGS, *headers, "-c", f"lib/{source}", "-o", objects[-1]])
    if not objects:
        return ["lib/sources.txt:1: expected sources"]

    def compile_one(command):
        return subprocess.run(command, capture_output=True, text=True, check=False)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(compile_one, commands))
    findings = [f"{name}: {result.stderr.strip()}" for result in results if result.returncode]
    if findings:
        return findings

    defined, used = symbols(objects)
    for symbol in sorted(used - defined - MEMORY_FUNCTIONS):
        if not symbol.startswith(helpers or "\0"):
            users = [f"lib/{source}" for (_, source), path in zip(files.listed_sources(), objects)
                     if symbol in symbols([path])[1]]
            findings.append(f"{users[0]}:1: expected no reference to {symbol} ({name})")
    return findings


def check():
    findings = []
    for name, compiler, helpers in builds():
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "string.h").write_text(STRING_H, encoding="utf-8")
            findings += check_build(name, compiler, helpers, folder)
    return findings
