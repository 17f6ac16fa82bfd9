#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Faults that a user adds to a running vscmid, and what vscmi meets then."""
import json
import os
import re
import signal
import subprocess
import time

from harness import BOARDS, contains, equal, finish, main, wait_for_line

DEMO = os.path.join(BOARDS, 'demo.yaml')


class Daemon:
    """A vscmid on a board, and vscmi on it."""

    def __init__(self, p, name, board=DEMO):
        self.p = p
        self.link = 'vhost-user:' + p.path(name)
        self.control = p.path(name + '.control')
        self.process = p.serve(board, '--socket-path', p.path(name), '--control', self.control)

    def run(self, *arguments):
        return self.p.run('--control', self.control, *arguments, link=self.link)

    def ok(self, *arguments):
        done = self.run(*arguments)
        equal((arguments, done.returncode, done.stderr), (arguments, 0, ''))
        return done.stdout

    def add(self, *words):
        """The id of a new rule."""
        return json.loads(self.ok('--json', 'fault', 'add', *words))['id']

    def rules(self):
        return json.loads(self.ok('--json', 'fault', 'list'))


def rules_are_added_listed_and_cleared(p):
    daemon = Daemon(p, 'list')
    equal(daemon.ok('fault', 'add', 'delay', 'protocol=sensor', 'message=reading_get',
                    'time=20ms..1s', 'probability=0.5%', 'copy=true'), 'rule 1\n')
    equal(daemon.ok('fault', 'add', 'drop', 'agent=linux', 'on=reply,notification', 'skip=3',
                    'times=5'), 'rule 2\n')
    equal(daemon.ok('fault', 'list').split('\n'), [
        'ID  MATCHED  DONE  MISSED  RULE',
        ' 1        0     0       0  delay message=SENSOR_READING_GET time=20ms..1s '
        'probability=0.5% copy=true',
        ' 2        0     0       0  drop agent=linux on=reply,notification skip=3 times=5',
        ''])
    equal(daemon.rules()[0], {
        'id': 1, 'matched': 0, 'done': 0, 'missed': 0,
        'rule': {'fault': 'delay', 'message': 'SENSOR_READING_GET',
                 'time': {'min': '20ms', 'max': '1s'}, 'probability': '0.5%', 'copy': True}})
    daemon.ok('fault', 'clear', '1')
    equal([rule['id'] for rule in daemon.rules()], [2])
    daemon.ok('fault', 'clear', '--seed', '9')
    equal(daemon.rules(), [])
    equal(daemon.ok('fault', 'list'), 'ID  MATCHED  DONE  MISSED  RULE\n')


def a_line_of_the_list_adds_the_same_rule(p):
    daemon = Daemon(p, 'same', os.path.join(BOARDS, 'misbehave.yaml'))
    lines = daemon.ok('fault', 'list').split('\n')[1:-1]
    before = [rule['rule'] for rule in daemon.rules()]
    daemon.ok('fault', 'clear')
    for line in lines:
        daemon.add(*line.split()[4:])
    equal([rule['rule'] for rule in daemon.rules()], before)


def what_is_refused_names_its_key(p):
    daemon = Daemon(p, 'refused')
    for words, part in ((['dealy'], "fault: 'dealy', expected one of: delay, drop"),
                        (['delay', 'time=20'], "time: '20', expected a duration"),
                        (['delay', 'time=20ms..10ms'], 'time: min is above max'),
                        (['drop', 'bytes=4'], "a drop has no key 'bytes', expected one of"),
                        (['drop', 'on=reply,event'], "on: 'event', expected one of: reply"),
                        (['drop', 'on='], 'on: 0 items, expected 1 to 3'),
                        (['drop', 'agent=nobody'], "agent: 'nobody', expected the name"),
                        (['drop', 'agent='], "agent: '', expected the name"),
                        (['truncate'], "a truncate needs the key 'bytes'")):
        done = daemon.run('fault', 'add', *words)
        equal((words, done.returncode, done.stdout), (words, 1, ''))
        contains(done.stderr, part)
        error = json.loads(daemon.run('--json', 'fault', 'add', *words).stdout)
        contains(error['error'], part)
    done = daemon.run('fault', 'clear', '3')
    equal(done.returncode, 1)
    contains(done.stderr, 'there is no rule 3')
    equal(daemon.rules(), [])


def the_environment_names_the_control_socket(p):
    daemon = Daemon(p, 'environment')
    done = p.run('fault', 'list', environment={'VSCMI_CONTROL': daemon.control})
    equal((done.returncode, done.stderr), (0, ''))
    done = p.run('--control', daemon.control, 'fault', 'list',
                 environment={'VSCMI_CONTROL': '/nonexistent'})
    equal((done.returncode, done.stderr), (0, ''))
    done = p.run('control', 'agents', environment={'VSCMI_CONTROL': daemon.control})
    equal((done.returncode, done.stderr), (0, ''))
    done = p.run('control', daemon.control, 'agents', environment={'VSCMI_CONTROL': '/nonexistent'})
    equal((done.returncode, done.stderr), (0, ''))


def a_delayed_reply_takes_its_time(p):
    daemon = Daemon(p, 'delay')
    daemon.add('delay', 'protocol=base', 'on=reply', 'time=150ms')
    equal(json.loads(daemon.ok('--json', 'ping', '--count', '2'))['min_us'] >= 150000, True)
    daemon.ok('fault', 'clear')
    daemon.ok('ping', '--count', '2')


def a_dropped_reply_never_comes(p):
    daemon = Daemon(p, 'drop')
    daemon.add('drop', 'message=SENSOR_READING_GET')
    read = p.start('--trace', '--link', daemon.link, 'sensor', 'read', 'soc')
    wait_for_line(read.stderr, '-> SENSOR_READING_GET')
    deadline = time.monotonic() + 30
    while daemon.rules()[0]['done'] == 0:
        equal(time.monotonic() < deadline, True)
    daemon.process.send_signal(signal.SIGTERM)
    output, errors = finish(read)
    equal((read.returncode, output), (3, ''))
    equal('<- SENSOR_READING_GET' in errors, False)
    contains(errors, 'the link was lost with the command in flight')


def dropped_updates_leave_a_gap(p):
    daemon = Daemon(p, 'gap')
    daemon.add('drop', 'message=SENSOR_UPDATE', 'times=3')
    events = daemon.run('--json', 'sensor', 'watch', '--interval', '20ms', '--count', '2',
                        'accelerometer')
    equal(events.returncode, 0)
    equal(len(events.stdout.strip().split('\n')), 2)
    equal(daemon.rules()[0]['done'], 3)


def a_status_is_the_platform_s_answer(p):
    daemon = Daemon(p, 'status')
    daemon.add('status', 'message=CLOCK_RATE_GET', 'status=BUSY', 'times=1')
    done = daemon.run('raw', 'clock', 'rate_get', '1')
    equal(done.returncode, 1)
    contains(done.stdout, 'status BUSY')
    equal(daemon.run('raw', 'clock', 'rate_get', '1').returncode, 0)
    daemon.add('status', 'message=CLOCK_RATE_GET', 'status=-200', 'times=1')
    contains(daemon.run('raw', 'clock', 'rate_get', '1').stderr, 'VENDOR -200')


def what_nobody_waits_for_is_told_as_dropped(p):
    daemon = Daemon(p, 'dropped')
    set_rate = ('--trace', 'clock', 'set', '--async', 'pll', '1.2GHz')
    # Something that is not the last thing that vscmi asks, so that it is there before its end.
    for words in (['unsolicited', 'message=CLOCK_RATE_GET'],
                  ['duplicate', 'message=CLOCK_RATE_SET_COMPLETE'],
                  ['duplicate', 'message=CLOCK_RATE_GET'],
                  ['token', 'message=CLOCK_RATE_GET', 'copy=true'],
                  ['type', 'message=CLOCK_RATE_GET', 'copy=true', 'type=1'],
                  ['message', 'message=CLOCK_RATE_GET', 'copy=true']):
        rule = daemon.add(*words)
        done = daemon.run(*set_rate)
        equal((words, done.returncode), (words, 0))
        equal((words, [rule['done'] > 0 for rule in daemon.rules()]), (words, [True]))
        contains(done.stderr, '!!')
        daemon.ok('fault', 'clear', str(rule))
    equal('!!' in daemon.run(*set_rate).stderr, False)


def a_delayed_response_before_its_reply_will_do(p):
    daemon = Daemon(p, 'early')
    daemon.add('early', 'message=CLOCK_RATE_SET')
    contains(daemon.ok('clock', 'set', '--async', 'pll', '1.2GHz'), '1.2 GHz')
    equal(daemon.rules()[0]['done'], 1)


def a_truncated_reply_is_malformed(p):
    daemon = Daemon(p, 'truncate')
    daemon.add('truncate', 'message=SENSOR_READING_GET', 'bytes=10')
    done = daemon.run('sensor', 'read', 'soc')
    equal(done.returncode, 3)
    contains(done.stderr, 'malformed')


def a_reset_ends_the_connection_and_the_next_one_works(p):
    daemon = Daemon(p, 'reset')
    daemon.add('reset', 'message=SENSOR_READING_GET', 'times=1')
    done = daemon.run('sensor', 'read', 'soc')
    equal(done.returncode, 3)
    contains(done.stderr, 'the link was lost with the command in flight')
    daemon.ok('sensor', 'read', 'soc')


def one_agent_s_faults_are_not_another_s(p):
    daemon = Daemon(p, 'agents', p.board('agents: [{name: one}, {name: two}]\nfaults: { rules: ['
                                         '{ fault: status, agent: two, status: BUSY }] }\n'))
    daemon.ok('ping', '--count', '3')
    equal([rule['matched'] for rule in daemon.rules()], [0])


def misbehave_yaml_has_each_kind_of_fault_once(p):
    daemon = Daemon(p, 'misbehave', os.path.join(BOARDS, 'misbehave.yaml'))
    kinds = re.search('FAULT is one of (.*)\\.', daemon.ok('fault', '--help')).group(1).split()
    equal(sorted(rule['rule']['fault'] for rule in daemon.rules()), sorted(kinds))


def a_check_of_a_board_counts_its_rules(p):
    for board, end in (('misbehave.yaml', ' 2 sensors, 15 fault rules\n'),
                       ('demo.yaml', ' sensors\n')):
        done = subprocess.run([p.vscmid, '--board', os.path.join(BOARDS, board), '--check'],
                              text=True, stdout=subprocess.PIPE, timeout=60, check=True)
        equal((board, done.stdout[-len(end):]), (board, end))


def the_log_says_how_many_rules_are_in_force(p):
    for board, said in (('misbehave.yaml', ['info: 15 fault rules are in force\n']),
                        ('demo.yaml', [])):
        daemon = Daemon(p, board, os.path.join(BOARDS, board))
        equal((board, [line for line in daemon.process.beginning if 'fault' in line]),
              (board, said))


def misbehave_yaml_can_be_looked_at(p):
    daemon = Daemon(p, 'look', os.path.join(BOARDS, 'misbehave.yaml'))
    for protocol in ('base (0x10)', 'system (0x12)', 'clock (0x14)', 'sensor (0x15)'):
        contains(daemon.ok('discover'), protocol)
    contains(daemon.ok('clock', 'set', '--async', 'pll', '1.2GHz'), '1.2 GHz')
    reads = [daemon.run('sensor', 'read') for _ in range(5)]
    equal([read.returncode for read in reads], [0, 3, 0, 1, 0])
    contains(reads[1].stderr, 'malformed')
    contains(reads[3].stdout, 'BUSY')


main([
    rules_are_added_listed_and_cleared, a_line_of_the_list_adds_the_same_rule,
    what_is_refused_names_its_key, the_environment_names_the_control_socket,
    a_delayed_reply_takes_its_time, a_dropped_reply_never_comes, dropped_updates_leave_a_gap,
    a_status_is_the_platform_s_answer, what_nobody_waits_for_is_told_as_dropped,
    a_delayed_response_before_its_reply_will_do, a_truncated_reply_is_malformed,
    a_reset_ends_the_connection_and_the_next_one_works,
    one_agent_s_faults_are_not_another_s, misbehave_yaml_has_each_kind_of_fault_once,
    a_check_of_a_board_counts_its_rules, the_log_says_how_many_rules_are_in_force,
    misbehave_yaml_can_be_looked_at,
])
