#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What bash offers behind an unfinished command line of vscmi."""
import os
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
    equal(complete(p, 'vscmi s'), ['sensor'])
    equal(complete(p, 'vscmi --json clock '), ['list', 'get', 'set', 'enable', 'disable', '--help'])
    equal(complete(p, 'vscmi --link '), ['demo', 'vhost-user:'])
    equal(complete(p, 'vscmi clock set --round n'), ['nearest'])


def names_are_those_of_the_platform(p):
    equal(complete(p, 'vscmi clock get '),
          ['crystal', 'pll', 'uart', 'bus', 'fan-pulse-width-modulator'])
    equal(complete(p, 'vscmi sensor read soc am'), ['ambient'])


def names_are_those_of_the_link_that_stands_there(p):
    path = p.path('completed')
    p.serve(os.path.join(BOARDS, 'guest.yaml'), '--socket-path', path, '--socket-path',
            'host=' + p.path('host'))
    equal(complete(p, 'vscmi --link vhost-user:%s clock get g' % path), ['gpu'])


main([commands_and_actions_are_offered, names_are_those_of_the_platform,
      names_are_those_of_the_link_that_stands_there])
