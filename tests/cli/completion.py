#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What bash offers behind an unfinished command line of vscmi."""
import os
import re
import subprocess

from harness import BOARDS, equal, main

SCRIPT = os.path.join(BOARDS, '..', 'cli', 'completion.bash')


def complete(p, line):
    """The words that are offered at the end of a line."""
    done = subprocess.run(
        ['bash', '-c', '. "$0"; COMP_LINE=$1 COMP_POINT=${#1}; _vscmi; printf "%s\\n" '
         '"${COMPREPLY[@]}"', SCRIPT, line], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=60,
        env=dict(os.environ, PATH=os.path.dirname(p.vscmi) + ':' + os.environ['PATH']))
    equal(done.stderr, '')
    return done.stdout.split()


def commands_and_actions_are_offered(p):
    equal(complete(p, 'vscmi s'), ['sensor', 'stats'])
    equal(complete(p, 'vscmi stats '), ['discover', 'sensor', 'clock', 'raw', 'ping', '--help'])
    equal(complete(p, 'vscmi stats clock e'), ['enable'])
    equal(complete(p, 'vscmi --json clock '), ['list', 'get', 'set', 'enable', 'disable', '--help'])
    equal(complete(p, 'vscmi --link '), ['demo', 'vhost-user:', 'shmem:', 'raw:'])
    equal(complete(p, 'vscmi clock set --round n'), ['nearest'])
    equal(complete(p, 'vscmi --trace=f'), ['full'])
    equal(complete(p, 'vscmi --trace='), ['full'])
    equal(complete(p, 'vscmi dtb '), ['add', 'check', '--help'])
    equal(complete(p, 'vscmi dtb add --transport m'), ['mailbox'])
    equal(complete(p, 'vscmi dtb add --m'), ['--mbox', '--max-rx-timeout-ms'])
    equal(complete(p, 'vscmi dtb check ' + BOARDS + '/gu'), [BOARDS + '/guest.yaml'])


def names_are_those_of_the_platform(p):
    equal(complete(p, 'vscmi clock get '),
          ['crystal', 'pll', 'uart', 'bus', 'fan-pulse-width-modulator'])
    equal(complete(p, 'vscmi sensor read soc am'), ['ambient'])


def names_are_those_of_the_link_that_stands_there(p):
    path = p.path('completed')
    p.serve(os.path.join(BOARDS, 'guest.yaml'), '--socket-path', path, '--socket-path',
            'host=' + p.path('host'))
    equal(complete(p, 'vscmi --link vhost-user:%s clock get g' % path), ['gpu'])


def rules_of_faults_are_offered(p):
    kinds = re.search('FAULT is one of (.*)\\.', p.run('fault', '--help').stdout).group(1).split()
    equal(complete(p, 'vscmi fault '), ['add', 'list', 'clear', '--help'])
    equal(complete(p, 'vscmi fault add '), kinds)
    equal(complete(p, 'vscmi fault add drop o'), ['on='])
    equal(complete(p, 'vscmi --control c fault add delay message=CLOCK_RATE_S'),
          ['CLOCK_RATE_SET', 'CLOCK_RATE_SET_COMPLETE'])
    equal(complete(p, 'vscmi fault add delay on=d'), ['delayed_response'])


def each_fault_is_offered_the_keys_that_it_has(p):
    control = p.path('completed.control')
    p.serve(os.path.join(BOARDS, 'demo.yaml'), '--socket-path', p.path('keys'),
            '--control', control)
    for fault in complete(p, 'vscmi fault add '):
        refusal = p.run('--control', control, 'fault', 'add', fault, 'color=red').stderr
        keys = re.search('expected one of: fault, (.*)', refusal).group(1).split(', ')
        equal((fault, sorted(complete(p, 'vscmi fault add %s ' % fault))),
              (fault, sorted(key + '=' for key in keys)))


def every_message_is_offered(p):
    row = re.compile(r'^\w+\(0x[0-9a-f]+, (\w+)', re.M)
    messages = []

    def read(*path):
        with open(os.path.join(BOARDS, '..', 'lib', 'protocols', *path), encoding='utf-8') as file:
            return file.read()

    for prefix, folder in re.findall(r'^PROTOCOL\((\w+), (\w+)', read('protocols.def'), re.M):
        messages += [prefix + '_' + name for name in row.findall(read('common.def'))]
        messages += row.findall(read(folder, 'messages.def'))
    equal(complete(p, 'vscmi fault add drop message='), messages)


main([commands_and_actions_are_offered, names_are_those_of_the_platform,
      names_are_those_of_the_link_that_stands_there, rules_of_faults_are_offered,
      each_fault_is_offered_the_keys_that_it_has, every_message_is_offered])
