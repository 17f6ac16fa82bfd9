#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a build leaves out is not in it, and what cannot be built is refused.

Speaks TAP. usage: tests/choices/choices.py FOLDER, which is for builds.
"""
import pathlib
import re
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(TOP / "scripts"), str(TOP / "tests/proof")]

import firmware  # noqa: E402
from common import Tap, build, run  # noqa: E402

# How the symbols of each protocol, link and part are called, and of nothing else.
SYMBOLS = {
    "clock": r"clock",
    "sensor": r"sensor",
    "system": r"system",
    "loop": r"loop_link",
    "virtio": r"virtq|virtio_dr|virtio_dev|memory_at|vhost",
    "packed": r"packed",
    "guest": r"guest|mmio|pci",
    "shmem": r"shmem",
    "raw": r"raw_link|raw_folder|raw_calls",
    "print": r"vscmi_message_|_show$",
    "fault": r"fault",
    "agent": r"vscmi_submit|vscmi_slot_|vscmi_ask_",
    "platform": r"vscmi_platform_|vscmi_serve_|_server$",
}
NO_PROGRAMS = ["-Dhost=false", "-Dtests=false"]

# Options of Meson, and what it has to say to them.
REFUSED = {
    "a build without a link": (["-Dlinks="], "-Dlinks is empty, expected at least one of"),
    "a library without a link": (["-Dlinks=", "-Dhost=false"], "expected at least one of"),
    "a guest's link without virtio": (["-Dlinks=guest", "-Dhost=false"], "expected virtio too"),
    "raw mode without Linux": (["-Dlinks=raw", "-Dhost=false"], "expected at least one of"),
    "vscmi without the clock protocol": (["-Dprotocols=sensor,system"], "vscmi need clock"),
    "vscmi without the platform": (["-Dparts=agent,fault,print"], "vscmi need platform"),
}
# Choices for Meson, and its options.
CORTEX_M = ["--cross-file", TOP / "scripts/cortex-m4.cross"]
BUILT = {
    "an agent on virtio": (["agent", "clock", "sensor", "virtio"], []),
    "the same on a Cortex-M": (["agent", "clock", "sensor", "virtio"], CORTEX_M),
    "a platform in shared memory": (["platform", "sensor", "shmem"], []),
}
# Links of the programs: what is not in them then, and what each says of it.
PROGRAMS = {
    "virtio": (["loop", "shmem", "raw"], {
        "cli/vscmi --link raw:/ discover": "this build has no raw link (-Dlinks=raw)",
        "cli/vscmi discover": "this build has no boards (-Dlinks=loop)",
        "daemon/vscmid --board demo.yaml --shmem /": "this build has no shared memory (-Dlinks=shmem)",
    }),
    "shmem": (["loop", "virtio", "packed", "raw"], {
        "cli/vscmi --link vhost-user:/ discover": "this build has no vhost-user link (-Dlinks=virtio)",
        "daemon/vscmid --board demo.yaml --fd 0": "this build has no vhost-user devices (-Dlinks=virtio)",
    }),
}


def names(objects, word):
    """The symbols in the objects that are a word's."""
    defined, used = firmware.symbols(objects)
    return sorted(symbol for symbol in defined | used if re.search(SYMBOLS[word], symbol))


def refuse(tap, folder):
    for what, (options, reason) in REFUSED.items():
        shutil.rmtree(folder, ignore_errors=True)
        status, output = run(["meson", "setup", folder, *options], TOP, 300)
        tap.line(status not in (0, None) and reason in output, f"{what} is refused", output[-500:])


def leave_out(tap, folder):
    """Each word alone is left out of everything, as firmware is built."""
    compiler = ["gcc", "-O1"]
    words = firmware.all_words()
    whole = firmware.compile_library(compiler, words, folder / "whole").values()
    for word in words:
        try:
            chosen = [other for other in words if other != word]
            objects = firmware.compile_library(compiler, chosen, folder / word).values()
            left, missing = names(objects, word), firmware.foreign(objects)
        except firmware.DoesNotCompile as problem:
            left, missing = [str(problem)], []
        tap.line(names(whole, word) and not left and not missing,
                 f"without {word} nothing is left of it, and nothing misses it",
                 "\n".join([*left, *missing]))


def option(name, chosen):
    """-Dname=, with those of the chosen words that are choices of it."""
    text = (TOP / "meson_options.txt").read_text("utf-8")
    choices = re.search(rf"option\('{name}'.*choices: \[(.*?)\]", text)[1]
    return f"-D{name}=" + ",".join(word for word in chosen if f"'{word}'" in choices)


def choose(tap, folder):
    """Meson takes the same files, and nothing of the other words is in the library."""
    for what, (chosen, options) in BUILT.items():
        shutil.rmtree(folder, ignore_errors=True)
        choices = [option(name, chosen) for name in ("parts", "protocols", "links")]
        build(["meson", "setup", folder, *NO_PROGRAMS, *options, *choices], TOP)
        build(["ninja", "-C", folder], TOP)
        library = folder / "lib/libvscmi.a"
        members = subprocess.run(["nm", "-g", library], check=True, capture_output=True,
                                 text=True).stdout
        members = sorted(re.findall(r"^(\S+)\.c\.o:$", members, re.MULTILINE))
        wanted = sorted(path[:-2].replace("/", "_") for path in firmware.sources(chosen))
        left = [symbol for word in firmware.all_words() if word not in chosen
                for symbol in names([library], word)]
        tap.line(members == wanted and not left, f"{what} has its files and no others",
                 f"{members}\n{wanted}\n{left}")


def choose_programs(tap, folder):
    """The Linux library and both programs are without the links that were not chosen."""
    for link, (absent, refusals) in PROGRAMS.items():
        shutil.rmtree(folder, ignore_errors=True)
        build(["meson", "setup", folder, "-Dtests=false", "-Doptimization=1", f"-Dlinks={link}"], TOP)
        made = ["host/libvscmi_host.a", "cli/vscmi", "daemon/vscmid"]
        build(["ninja", "-C", folder, *made], TOP)
        for path in made:
            left = [symbol for word in absent for symbol in names([folder / path], word)]
            tap.line(names([folder / path], link) and not left,
                     f"with {link} alone, {path} has nothing of {', '.join(absent)}", "\n".join(left))
        for command, reason in refusals.items():
            status, output = run([folder / command.split()[0], *command.split()[1:]], TOP / "boards")
            tap.line(status == 2 and reason in output, f"with {link} alone: {command}: {reason}", output)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    said = sum(3 + len(refusals) for _, refusals in PROGRAMS.values())
    tap = Tap(len(REFUSED) + len(firmware.all_words()) + len(BUILT) + said)
    refuse(tap, folder / "refused")
    leave_out(tap, folder)
    choose(tap, folder / "meson")
    choose_programs(tap, folder / "meson")
    sys.exit(tap.failed)


main()
