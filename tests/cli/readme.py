#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What README.md and docs/building.md say of the library, tried as it stands there."""
import os
import re
import subprocess

from harness import equal, main

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))


def session(document, start):
    """The commands and the output of a document's block that begins with a command."""
    with open(os.path.join(ROOT, document), encoding='utf-8') as file:
        block = re.search(r'^```\n(\$ %s.*?)^```$' % re.escape(start), file.read(), re.M | re.S)
    lines = block.group(1).splitlines(keepends=True)
    return ([line[2:] for line in lines if line.startswith('$ ')],
            ''.join(line for line in lines if not line.startswith('$ ')))


def expect_as_written(p, document):
    commands, output = session(document, 'cc ')
    folder = p.path(document.replace('/', '-'))
    os.mkdir(folder)
    for name in ('examples', 'include', 'lib', 'scripts'):
        os.symlink(os.path.join(ROOT, name), os.path.join(folder, name))
    done = subprocess.run(''.join(commands), shell=True, cwd=folder, text=True, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    equal((done.returncode, done.stderr, done.stdout), (0, '', output))


def the_loopback_example_builds_without_meson_and_prints_what_it_should(p):
    expect_as_written(p, 'README.md')


def and_so_it_does_with_no_more_of_the_library_than_it_needs(p):
    expect_as_written(p, 'docs/building.md')


main([the_loopback_example_builds_without_meson_and_prints_what_it_should,
      and_so_it_does_with_no_more_of_the_library_than_it_needs])
