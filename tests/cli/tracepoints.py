#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The static tracepoints in vscmi, as the notes that debuggers and tracers read."""
import re
import subprocess

from harness import equal, main

# Header word, message and its length; error and SCMI status; anomaly and its name.
SIZES = {
    'submit': [4, 8, 8],
    'wait': [4, 8, 8],
    'completion': [4, 8, 8, -4, -4],
    'receive': [4, 8, 8],
    'drop': [4, 8, 8, 4, 8],
}


def notes(program):
    """The tracepoints of a program: provider, name, semaphore and the sizes of arguments."""
    done = subprocess.run(['readelf', '--wide', '--notes', program], text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    equal((done.returncode, done.stderr), (0, ''))
    return [(provider, name, int(semaphore, 16),
             [int(size) for size in re.findall(r'(-?\d+)@', arguments)])
            for provider, name, semaphore, arguments in re.findall(
                r'Provider: (\S+)\n\s+Name: (\S+)\n\s+Location: .*Semaphore: (\S+)\n'
                r'\s+Arguments: (.*)\n', done.stdout)]


def each_point_is_there_once_with_its_arguments(p):
    equal(sorted((provider, name, sizes) for provider, name, _, sizes in notes(p.vscmi)),
          sorted(('vscmi', name, sizes) for name, sizes in SIZES.items()))


def each_point_has_a_semaphore_of_its_own(p):
    semaphores = {semaphore for _, _, semaphore, _ in notes(p.vscmi)}
    equal((len(semaphores), 0 in semaphores), (len(SIZES), False))


main([each_point_is_there_once_with_its_arguments, each_point_has_a_semaphore_of_its_own])
