# SPDX-License-Identifier: BSD-3-Clause
"""lib/ as a firmware tree compiles it: from lib/sources.txt, without Meson and without a libc."""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent
MEMORY_FUNCTIONS = {"memcpy", "memmove", "memset", "memcmp"}
STRING_H = TOP / "examples/baremetal/libc/string.h"  # these and nothing else
FLAGS = ["-std=c11", "-ffreestanding", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror",
         f"-I{TOP / 'include'}", f"-I{TOP / 'lib'}", "-nostdinc"]


class DoesNotCompile(Exception):
    """What the compiler said."""


def listed():
    """lib/sources.txt as (line number, words of the section, path below lib/)."""
    words = []
    for number, line in enumerate((TOP / "lib/sources.txt").read_text("utf-8").splitlines(), 1):
        line = line.strip()
        if line.startswith("["):
            words = line.strip("[]").split()
        elif line and not line.startswith("#"):
            yield number, words, line


def all_words():
    """The parts, protocols and links that there are to choose."""
    return list(dict.fromkeys(word for _, words, _ in listed() for word in words))


def given(chosen):
    """What a compiler is given for these words: macros, and paths below TOP."""
    output = subprocess.run([TOP / "scripts/sources.sh", *chosen], check=True, capture_output=True,
                            text=True).stdout
    return output.split()


def sources(chosen):
    """The paths below lib/ that go with these words."""
    return [item.removeprefix("lib/") for item in given(chosen) if item.endswith(".c")]


def own_headers(compiler):
    """The folder of the headers that come with the compiler."""
    command = [compiler, "-print-file-name=include"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def in_parallel(function, arguments):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(function, arguments))


def compile_library(compiler, chosen, folder):
    """Compiles into a folder; compiler has its own flags behind it. Returns the objects by source."""
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    shutil.copy(STRING_H, folder)
    command = [*compiler, *FLAGS, "-isystem", folder, "-isystem", own_headers(compiler[0])]
    command += [item for item in given(chosen) if item.startswith("-D")]
    objects = {source: folder / (source.replace("/", "-") + ".o") for source in sources(chosen)}

    def compile_one(source):
        result = subprocess.run([*command, "-c", TOP / "lib" / source, "-o", objects[source]],
                                capture_output=True, text=True, check=False)
        return result.stderr.strip() if result.returncode else ""

    if problems := list(filter(None, in_parallel(compile_one, objects))):
        raise DoesNotCompile("\n".join(problems))
    return objects


def symbols(objects, *options):
    """The sets of symbols that objects define, and that they refer to; -g without those of one file."""
    defined, used = set(), set()
    output = subprocess.run(["nm", "-P", *options, *objects], check=True, capture_output=True, text=True)
    for line in output.stdout.splitlines():
        fields = line.split()
        if len(fields) >= 2:
            (used if fields[1] in "Uwv" else defined).add(fields[0])
    return defined, used


def foreign(objects, helpers=()):
    """What the objects together need of others, but for memcpy and the like and the compiler's helpers."""
    defined, used = symbols(objects, "-g")
    return sorted(symbol for symbol in used - defined - MEMORY_FUNCTIONS
                  if not symbol.startswith(tuple(helpers)))
