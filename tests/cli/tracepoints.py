#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The static tracepoints in vscmi: the notes that debuggers and tracers read, and what a debugger
that attaches to them is shown."""
import os
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



def gdb_script():
    """Show each point as it fires: name, header word, message, what else there is."""
    yield 'set print repeats unlimited'
    yield 'set print elements unlimited'
    for name, sizes in SIZES.items():
        yield from ('break -probe-stap vscmi:' + name, 'commands', 'silent',
                    'printf "@ %s %%#x ", $_probe_arg0' % name,
                    'output/x *(unsigned char *)$_probe_arg1@$_probe_arg2')
        if name == 'completion':
            yield 'printf " %d %d", $_probe_arg3, $_probe_arg4'
        if name == 'drop':
            yield 'printf " %d %s", $_probe_arg3, (char *)$_probe_arg4'
        yield from ('printf "\\n"', 'continue', 'end')
    yield 'run'


def shown_to_gdb(p, *arguments):
    """The points that fire while vscmi runs with these arguments."""
    with open(p.path('points.gdb'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(gdb_script()) + '\n')
    # Where leaks are looked for, that is not possible under a debugger.
    environment = {**os.environ, 'LSAN_OPTIONS': 'detect_leaks=0',
                   'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0'}
    done = subprocess.run(['gdb', '-nx', '-batch', '-iex', 'set debuginfod enabled off',
                           '-x', p.path('points.gdb'), '--args', p.vscmi, *arguments],
                          env=environment, text=True, timeout=60, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return re.findall('^@ (.*)$', done.stdout, re.MULTILINE)


def message(*numbers):
    """Bytes as gdb shows them, of 32-bit words."""
    return '{%s}' % ', '.join('%#x' % byte for number in numbers
                              for byte in number.to_bytes(4, 'little', signed=number < 0))


def each_point_fires_with_its_arguments_for_who_attaches(p):
    p.serve(p.board('agents: [{name: one}]\nclocks: [{name: pll, rates: [800MHz]}]\n'
                    'faults: { rules: [{ fault: type, message: CLOCK_RATE_GET, type: 1, '
                    'copy: true }] }\n'),
            '--socket-path', p.path('points'))
    shown = shown_to_gdb(p, '--link', 'vhost-user:' + p.path('points'), 'raw', 'clock',
                         'rate_get', '7')
    # CLOCK_RATE_GET of a clock that is not there, and a forged copy of its reply.
    rate_get, forged = 0x5006, 0x5106
    equal(sorted(line for line in shown if int(line.split()[1], 16) in (rate_get, forged)), [
        'completion 0x5006 %s -1 -4' % message(rate_get, -4),
        'drop 0x5106 %s 2 wrong message type' % message(forged, -4),
        'receive 0x5006 ' + message(rate_get, -4),
        'submit 0x5006 ' + message(rate_get, 7),
        'wait 0x5006 ' + message(rate_get),
    ])


main([each_point_is_there_once_with_its_arguments, each_point_has_a_semaphore_of_its_own,
      each_point_fires_with_its_arguments_for_who_attaches])
