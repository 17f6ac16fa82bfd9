#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""vscmi dtb as a shell user sees it; tests/schema says whether its trees are right."""
import json
import os
import subprocess
import sys

from harness import BOARDS, contains, equal, main

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..', 'schema'))
import trees  # noqa: E402

GUEST = os.path.join(BOARDS, 'guest.yaml')
REFUSED, USAGE, NO_CONNECTION = 1, 2, 3

TWO_AGENTS = '''
agents:
  - {name: all}
  - {name: blind, sees: {clocks: [c], sensors: []}}
clocks: [{name: c, rates: [1MHz]}]
sensors: [{name: s, type: celsius, source: 1}]
'''

CONSUMER = '/dts-v1/; /plugin/; &{/} { consumer { clocks = <&scmi_clk 1>; }; };'

# Sources of trees without and with a node.
MACHINE = trees.MACHINE % ''
WITH_SCMI = trees.tree(trees.virtio(trees.CLOCK))


def dtc(*arguments, source=None):
    done = subprocess.run(['dtc', '-q', *arguments], input=source, text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    equal((done.returncode, done.stderr), (0, ''))
    return done.stdout


def compile_tree(p, source):
    path = p.path('in.dtb')
    dtc('-@', '-I', 'dts', '-O', 'dtb', '-o', path, source=source)
    return path


def decompile(path):
    return dtc('-I', 'dtb', '-O', 'dts', path)


def add(p, *options, source=MACHINE, link=None):
    """The table that a command prints which must succeed, and the tree that it writes."""
    out = p.path('out.dtb')
    done = p.run('--json', 'dtb', 'add', *options, compile_tree(p, source), out, link=link)
    equal((done.returncode, done.stderr), (0, ''))
    return json.loads(done.stdout), decompile(out)


def a_board_says_what_is_added(p):
    added, text = add(p, '--board', GUEST)
    equal(added, [
        {'id': 0x12, 'label': 'scmi_system', 'node': '/firmware/scmi/protocol@12'},
        {'id': 0x14, 'label': 'scmi_clk', 'node': '/firmware/scmi/protocol@14'},
        {'id': 0x15, 'label': 'scmi_sensors', 'node': '/firmware/scmi/protocol@15'},
    ])
    contains(text, 'compatible = "arm,scmi-virtio"')
    for protocol in added:
        contains(text, 'protocol@%x {' % protocol['id'])
        contains(text, '%s = "%s"' % (protocol['label'], protocol['node']))


def the_table_shows_the_labels(p):
    done = p.run('dtb', 'add', '--board', GUEST, compile_tree(p, MACHINE), p.path('out.dtb'))
    equal([line.split() for line in done.stdout.splitlines()][:2],
          [['PROTOCOL', 'LABEL', 'NODE'], ['0x12', 'scmi_system', '/firmware/scmi/protocol@12']])


def a_live_link_says_the_same_as_its_board(p):
    path = p.path('live')
    p.serve(GUEST, '--socket-path', path, '--socket-path', 'host=' + p.path('host'))
    equal(add(p, link='vhost-user:' + path), add(p, '--board', GUEST))


def an_agent_gets_what_it_sees(p):
    board = p.board(TWO_AGENTS)
    for agent, ids in ((None, [0x14, 0x15]), ('all', [0x14, 0x15]), ('blind', [0x14])):
        options = ['--agent', agent] if agent else []
        added, text = add(p, '--board', board, *options)
        equal((agent, [protocol['id'] for protocol in added]), (agent, ids))
        equal((agent, 'protocol@15' in text), (agent, 0x15 in ids))


def what_the_options_say_is_in_the_tree(p):
    for options, part in (
            (['--max-rx-timeout-ms', '500'], 'arm,max-rx-timeout-ms = <0x1f4>;'),
            (['--transport', 'virtio'], 'compatible = "arm,scmi-virtio";'),
            (['--transport', 'smc', '--smc-id', '0xc3000001', '--shmem', 'tx'],
             'arm,smc-id = <0xc3000001>;'),
            (['--transport', 'mailbox', '--mbox', 'mhu:0:1', '--mbox', 'mhu:1:0',
              '--shmem', 'tx'], 'mbox-names = "tx\\0tx_reply";')):
        contains(add(p, *options)[1], part)


def a_label_serves_an_overlay(p):
    add(p, '--board', GUEST)
    overlay, result = p.path('overlay'), p.path('result')
    dtc('-@', '-I', 'dts', '-O', 'dtb', '-o', overlay, source=CONSUMER)
    subprocess.run(['fdtoverlay', '-i', p.path('out.dtb'), '-o', result, overlay], check=True,
                   timeout=60)
    text = decompile(result)
    clock = text[text.index('protocol@14 {'):]
    phandle = clock[clock.index('phandle = <'):].split('<')[1].split('>')[0]
    contains(text, 'clocks = <%s 0x01>;' % phandle)


def what_is_refused_leaves_the_output_alone(p):
    tree, out = compile_tree(p, WITH_SCMI), p.path('kept')
    done = p.run('dtb', 'add', '--board', GUEST, tree, out)
    equal(done.returncode, USAGE)
    contains(done.stderr, '/firmware/scmi is there already')
    equal(os.path.exists(out), False)
    with open(out, 'w', encoding='utf-8') as file:
        file.write('mine')
    equal(p.run('dtb', 'add', '--board', GUEST, tree, out).returncode, USAGE)
    with open(out, encoding='utf-8') as file:
        equal(file.read(), 'mine')


def a_node_is_replaced_when_asked_for_also_in_place(p):
    tree = compile_tree(p, WITH_SCMI)
    equal(p.run('dtb', 'add', '--board', GUEST, '--replace', tree, tree).returncode, 0)
    contains(decompile(tree), 'protocol@15 {')
    equal([name for name in os.listdir(p.folder) if name.startswith('in.dtb')], ['in.dtb'])


def check_prints_a_line_for_each_finding(p):
    wrong = compile_tree(p, trees.tree(trees.virtio(
        'shmem = <&tx>; protocol@14 { reg = <0x15>; #thermal-sensor-cells = <1>; };')))
    done = p.run('dtb', 'check', wrong)
    equal((done.returncode, done.stderr), (REFUSED, ''))
    equal(done.stdout.splitlines(), [
        '/firmware/scmi: shmem is nothing for arm,scmi-virtio',
        '/firmware/scmi/protocol@14: reg is <0x15>, expected the name protocol@15'])
    done = p.run('--json', 'dtb', 'check', wrong)
    equal((done.returncode, [row['node'] for row in json.loads(done.stdout)]),
          (REFUSED, ['/firmware/scmi', '/firmware/scmi/protocol@14']))


def check_has_nothing_to_say_of_a_sound_tree(p):
    sound = compile_tree(p, WITH_SCMI)
    done = p.run('dtb', 'check', sound)
    equal((done.returncode, done.stdout, done.stderr), (0, '', ''))
    equal(json.loads(p.run('--json', 'dtb', 'check', sound).stdout), [])


def names_in_a_tree_never_reach_the_terminal_raw(p):
    done = p.run('dtb', 'check', hostile(p))
    equal(done.returncode, REFUSED)
    contains(done.stdout, 'bell? is no property')


def hostile(p):
    """A tree with a property whose name rings a bell; dtc would not write it."""
    path = compile_tree(p, trees.tree(trees.virtio('bell_ = <1>;')))
    with open(path, 'r+b') as file:
        tree = file.read()
        file.seek(0)
        file.write(tree.replace(b'bell_\0', b'bell\a\0'))
    return path


# Arguments, of which TREE is a sound one and FIFO no file; the exit status, and a part of the message.
FAILURES = [
    (['dtb'], USAGE, 'vscmi dtb --help'),
    (['dtb', 'remove'], USAGE, 'no action remove'),
    (['dtb', 'add', 'TREE'], USAGE, 'takes a device tree, and a file'),
    (['dtb', 'add', 'TREE', 'OUT', 'more'], USAGE, 'takes a device tree, and a file'),
    (['dtb', 'add', '--bord', 'x', 'TREE', 'OUT'], USAGE, '--bord'),
    (['dtb', 'add', '--board', '/nonexistent', 'TREE', 'OUT'], USAGE, '/nonexistent'),
    (['dtb', 'add', '--board', GUEST, '--agent', 'nobody', 'TREE', 'OUT'], USAGE, 'no agent nobody'),
    (['dtb', 'add', '--agent', 'guest', 'TREE', 'OUT'], USAGE, '--board'),
    (['dtb', 'add', '--transport', 'pigeon', 'TREE', 'OUT'], USAGE, 'expected virtio, mailbox or smc'),
    (['dtb', 'add', '--max-rx-timeout-ms', '0', 'TREE', 'OUT'], USAGE, 'from 1 on'),
    (['dtb', 'add', '--smc-id', '0x100000000', 'TREE', 'OUT'], USAGE, '32 bits'),
    (['dtb', 'add', *['--mbox', 'mhu:0:0'] * 9, 'TREE', 'OUT'], USAGE, 'at most 8 times'),
    (['dtb', 'add', *['--shmem', 'tx'] * 9, 'TREE', 'OUT'], USAGE, 'at most 8 times'),
    (['dtb', 'add', '--shmem', 'tx', 'TREE', 'OUT'], USAGE, 'shmem is nothing for arm,scmi-virtio'),
    (['dtb', 'add', '--transport', 'smc', '--shmem', 'no', 'TREE', 'OUT'], USAGE, 'no node no'),
    (['dtb', 'add', '/nonexistent', 'OUT'], USAGE, '/nonexistent: No such file'),
    (['dtb', 'add', GUEST, 'OUT'], USAGE, 'guest.yaml: no sound flattened device tree'),
    (['dtb', 'add', 'TREE', 'FIFO'], USAGE, '/fifo: not a file'),
    (['dtb', 'add', 'TREE', '/nonexistent/out'], REFUSED, '/nonexistent/out'),
    (['--link', 'vhost-user:/nonexistent', 'dtb', 'add', 'TREE', 'OUT'], NO_CONNECTION, '/nonexistent'),
    (['dtb', 'check'], USAGE, 'takes a device tree'),
    (['dtb', 'check', '/nonexistent'], USAGE, '/nonexistent: No such file'),
    (['dtb', 'check', GUEST], USAGE, 'guest.yaml: no sound flattened device tree'),
]


def a_failure_has_its_message_and_exit_status(p):
    places = {'TREE': compile_tree(p, MACHINE), 'OUT': p.path('never'), 'FIFO': p.path('fifo')}
    os.mkfifo(places['FIFO'])
    for arguments, status, part in FAILURES:
        done = p.run(*[places.get(argument, argument) for argument in arguments])
        equal((arguments, done.returncode, done.stdout), (arguments, status, ''))
        contains(done.stderr, part)
    equal(os.path.exists(places['OUT']), False)


main([
    a_board_says_what_is_added,
    the_table_shows_the_labels,
    a_live_link_says_the_same_as_its_board,
    an_agent_gets_what_it_sees,
    what_the_options_say_is_in_the_tree,
    a_label_serves_an_overlay,
    what_is_refused_leaves_the_output_alone,
    a_node_is_replaced_when_asked_for_also_in_place,
    check_prints_a_line_for_each_finding,
    check_has_nothing_to_say_of_a_sound_tree,
    names_in_a_tree_never_reach_the_terminal_raw,
    a_failure_has_its_message_and_exit_status,
])
