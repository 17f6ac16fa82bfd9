# SPDX-License-Identifier: BSD-3-Clause
"""lib/ compiles with the six freestanding headers and a string.h of four functions, and refers to
nothing but those four.

It is compiled straight from lib/sources.txt, without Meson, as a firmware tree would do it: for this
machine and, with clang, for a 32-bit microcontroller. Some headers of the compilers are left out.
"""
import tempfile

import firmware
import tools


def builds():
    """Name, compiler and flags of each build, and the prefix of its arithmetic helpers."""
    clang = tools.find("clang-14", "clang")
    for optimise in "-O2", "-Os":
        yield f"gcc {optimise}", ["gcc", optimise], ()
        yield f"clang {optimise}", [clang, optimise], ()
    yield "clang for thumbv7m", [clang, "-Os", "--target=thumbv7m-none-eabi"], ["__aeabi_"]


def check_build(name, compiler, helpers, folder):
    try:
        objects = firmware.compile_library(compiler, firmware.all_words(), folder)
    except firmware.DoesNotCompile as problem:
        return [f"{name}: {problem}"]
    if not objects:
        return ["lib/sources.txt:1: expected sources"]
    findings = []
    for symbol in firmware.foreign(objects.values(), helpers):
        users = [source for source, path in objects.items() if symbol in firmware.symbols([path])[1]]
        findings.append(f"lib/{users[0]}:1: expected no reference to {symbol} ({name})")
    return findings


def check():
    findings = []
    for name, compiler, helpers in builds():
        with tempfile.TemporaryDirectory() as folder:
            findings += check_build(name, compiler, helpers, folder)
    return findings
