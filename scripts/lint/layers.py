# SPDX-License-Identifier: BSD-3-Clause
"""Who includes whom: docs/design.md, "The house"."""
import os
import re

import files

# The layer of a file is that of the longest path here that its own path starts with.
LAYERS = {
    "lib/rare.h": "base",
    "include/vscmi/error.h": "base",
    "include/vscmi/port.h": "base",
    "include/vscmi/service.h": "base",
    "include/vscmi/header.h": "message",
    "include/vscmi/message.h": "message",
    "include/vscmi/fault.h": "fault",
    "include/vscmi/memory.h": "virtio",
    "include/vscmi/virtqueue.h": "virtio",
    "include/vscmi/virtio/": "virtio",
    "include/vscmi/sensor.h": "protocols",
    "include/vscmi/system.h": "protocols",
    # The agent says what it asks of a link; the platform knows of none.
    "include/vscmi/link.h": "agent",
    "include/vscmi/agent": "agent",
    "include/vscmi/platform": "platform",
    "include/vscmi/link/": "link",
    "include/vscmi/host/": "host",
    "lib/message/": "message",
    "lib/protocols/": "protocols",
    "lib/agent/": "agent",
    "lib/platform/": "platform",
    "lib/virtio/": "virtio",
    "lib/fault/": "fault",
    "lib/link/": "link",
    "host/": "host",
    "daemon/": "daemon",
    "cli/": "cli",
    "examples/": "examples",
    "tests/": "tests",
    "bench/": "tests",
}

# A layer may include itself, these, and what these may include.
BELOW = {
    "base": [],
    "message": ["base"],
    "protocols": ["message"],
    "agent": ["protocols"],
    "platform": ["protocols"],
    "virtio": ["base"],
    "fault": ["message"],
    "link": ["agent", "platform", "virtio"],
    "host": ["link", "fault"],
    "daemon": ["host"],
    "cli": ["host"],
    "examples": ["link", "fault"],
    "tests": ["daemon", "cli"],
}

# What a protocol may see of the engines above it: the functions it offers through them, and the
# few that it needs.
DOORS = (
    "include/vscmi/agent",
    "include/vscmi/platform",
    "lib/agent/call.h",
    "lib/platform/handler.h",
)

SEARCH = ["include", "lib", "host", "tests"]
# A .def file is included under the name of a macro.
INCLUDE = re.compile(r'\s*#\s*(?:include|define\s+\w+(?=\s+"[^"]*\.def"))\s+["<]([^">]+)[">]')


def layer_of(path):
    matches = [start for start in LAYERS if path.startswith(start)]
    return LAYERS[max(matches, key=len)] if matches else None


def reach(layer):
    """The layers that a layer may include."""
    return {layer}.union(*map(reach, BELOW[layer]))


def resolve(includer, name, known):
    """The project's file that an include line means; None for a header of the system."""
    folders = [os.path.dirname(includer), *SEARCH]
    candidates = [os.path.normpath(os.path.join(folder, name)) for folder in folders]
    return next((path for path in candidates if path in known), None)


def violations(texts):
    """The findings in a tree, given as a dictionary from path to text."""
    findings = []
    for path, text in texts.items():
        layer = layer_of(path)
        if not layer:
            findings.append(f"{path}:1: expected a layer for it in scripts/lint/layers.py")
            continue
        allowed = reach(layer)
        for number, line in enumerate(text.splitlines(), 1):
            match = INCLUDE.match(line)
            target = match and resolve(path, match[1], texts)
            below = target and layer_of(target)
            door = layer == "protocols" and target and target.startswith(DOORS)
            if below and below not in allowed and not door:
                findings.append(f"{path}:{number}: expected no {target}: "
                                f"{layer} does not see {below}")
    return findings


def check():
    paths = [path for path in files.walk() if path.suffix in files.C_SUFFIXES | {".def"}]
    return violations({str(path): path.read_text(encoding="utf-8") for path in paths})


# A tree in which nothing is wrong, and lines that are wrong in one of its files.
SOUND = {
    "include/vscmi/error.h": "",
    "include/vscmi/link.h": "#include <vscmi/error.h>\n",
    "include/vscmi/agent/clock.h": "#include <vscmi/link.h>\n",
    "include/vscmi/host/loop.h": "#include <stdint.h>\n",
    "lib/message/cursor.h": '#include "vscmi/error.h"\n',
    "lib/protocols/clock/messages.def": "",
    "lib/protocols/clock/platform.c": '#include "message/cursor.h"\n#include "platform/handler.h"\n',
    "lib/protocols/clock/agent.c": "#include <vscmi/agent/clock.h>\n",
    "lib/agent/agent.c": '#include "protocols/clock/messages.def"\n',
    "lib/agent/slots.h": "",
    "lib/platform/handler.h": '#include "message/cursor.h"\n',
    "lib/virtio/ring.h": "#include <vscmi/error.h>\n",
    "include/vscmi/fault.h": "#include <vscmi/error.h>\n",
    "lib/link/virtio.c": '#include "virtio/ring.h"\n#include "agent/slots.h"\n',
    "host/loop/loop.c": "#include <vscmi/host/loop.h>\n#include <vscmi/link.h>\n",
    "cli/main.c": "#include <vscmi/host/loop.h>\n",
    "tests/unit/ring.c": '#include "virtio/ring.h"\n',
}
WRONG = {
    "lib/virtio/ring.h": '#include "message/cursor.h"',
    "lib/message/cursor.h": '#define VSCMI_ROWS "protocols/clock/messages.def"',
    "lib/protocols/clock/platform.c": '  #  include "agent/slots.h"',
    "lib/agent/agent.c": '#include "platform/handler.h"',
    "lib/platform/handler.h": "#include <vscmi/link.h>",
    "lib/link/virtio.c": "#include <vscmi/host/loop.h>",
    "lib/platform/platform.c": "#include <vscmi/fault.h>",
    "lib/fault/keep.c": '#include "platform/handler.h"',
    "host/loop/loop.c": '#include "../../cli/main.c"',
    "lib/newcomer.c": "",
}


def self_test():
    findings = [f"{__file__}:1: expected no finding: {finding}" for finding in violations(SOUND)]
    for path, line in WRONG.items():
        if len(violations({**SOUND, path: SOUND.get(path, "") + line})) != 1:
            findings.append(f"{__file__}:1: expected a finding for '{line}' in {path}")
    return findings
