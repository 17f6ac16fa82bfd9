#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What `meson install` gives to who builds on the libraries: every header stands alone."""
import os
import subprocess

from harness import contains, equal, main


def install(p):
    """Install the build that the programs are from; the folder."""
    folder = p.path('root')
    build = os.path.join(os.path.dirname(p.vscmid), '..')
    done = subprocess.run(['meson', 'install', '-C', build, '--no-rebuild', '--destdir', folder],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    equal((done.returncode, done.stdout if done.returncode else ''), (0, ''))
    return folder


def find(folder, ending):
    return [os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names
            if name.endswith(ending)]


def every_installed_header_stands_alone(p):
    folder = install(p)
    headers = find(folder, '.h')
    include = [h for h in headers if h.endswith('/vscmi/agent.h')][0][:-len('/vscmi/agent.h')]
    equal(sorted(os.path.relpath(h, include) for h in headers),
          sorted(os.path.relpath(h, SOURCE) for h in find(SOURCE, '.h')))
    for header in headers:
        done = subprocess.run(['cc', '-std=c11', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE',
                               '-fsyntax-only', '-I', include, '-x', 'c', '-'], text=True,
                              input='#include "%s"\n#include "%s"\n' % (header, header),
                              stderr=subprocess.PIPE, timeout=60)
        equal((header, done.stderr), (header, ''))


def both_libraries_have_their_pkg_config_files(p):
    files = {os.path.basename(f): f for f in find(install(p), '.pc')}
    equal(sorted(files), ['vscmi-host.pc', 'vscmi.pc'])
    with open(files['vscmi.pc'], encoding='utf-8') as file:
        contains(file.read(), '-lvscmi')
    with open(files['vscmi-host.pc'], encoding='utf-8') as file:
        contains(file.read(), '-lvscmi_host')


SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'include')

main([every_installed_header_stands_alone, both_libraries_have_their_pkg_config_files])
