#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""vscmi as a shell user sees it, on the demo board in its own process."""
import json
import os
import re
import signal
import subprocess

from harness import contains, equal, finish, main, wait_for_line


def table(text):
    """The rows of a table as lists of what is in their cells, empty ones left out."""
    return [re.split(r'\s{2,}', line.strip()) for line in text.split('\n') if line]


def ok(programs, *arguments, **keywords):
    """A command that must succeed, with nothing on standard error; what it printed."""
    done = programs.run(*arguments, **keywords)
    equal((done.returncode, done.stderr), (0, ''))
    return done.stdout


def ok_json(programs, *arguments, **keywords):
    return json.loads(ok(programs, '--json', *arguments, **keywords))


def clock_list_is_an_aligned_table(p):
    text = ok(p, 'clock', 'list')
    rows = table(text)
    equal(rows[0], ['ID', 'NAME', 'STATE', 'RATE', 'RATES', 'PARENT'])
    lines = text.split('\n')[:-1]
    for column, align in ((1, str.index), (3, lambda line, cell: line.index(cell) + len(cell)),
                          (4, str.rindex)):
        equal({align(line, row[column]) for line, row in zip(lines, rows)},
              {align(lines[0], rows[0][column])})
    equal(len(rows), 6)
    equal(rows[2][1:], ['pll', 'on', '800 MHz', '400 MHz, 800 MHz, 1.2 GHz', 'crystal'])
    equal(rows[5][1], 'fan-pulse-width-modulator')


def no_line_ends_in_a_blank(p):
    for arguments in (['clock', 'list'], ['sensor', 'list'], ['sensor', 'read'], ['discover']):
        for line in ok(p, *arguments).split('\n'):
            equal(line, line.rstrip())


def clock_list_as_json_has_numbers_with_their_units(p):
    clocks = ok_json(p, 'clock', 'list')
    equal(clocks[1], {'id': 1, 'name': 'pll', 'enabled': True, 'rate_hz': 800000000,
                      'rates_hz': [400000000, 800000000, 1200000000],
                      'parents': ['crystal'], 'parent': 'crystal'})
    equal((clocks[2]['min_hz'], clocks[2]['max_hz'], clocks[2]['step_hz']),
          (1800000, 48000000, 100000))


def a_clock_has_a_name_and_an_id(p):
    equal(ok_json(p, 'clock', 'get', 'uart'), ok_json(p, 'clock', 'get', '2'))
    equal(ok_json(p, 'clock', 'get', '0x2')['name'], 'uart')


def a_rate_may_have_a_unit(p):
    for rate in ('12MHz', '12000000', '12000kHz', '0.012GHz'):
        equal(ok_json(p, 'clock', 'set', 'uart', rate)['rate_hz'], 12000000)


def a_rate_is_rounded_as_asked(p):
    for rounding, rate_hz in ((None, 12000000), ('down', 12000000), ('up', 12100000),
                              ('nearest', 12000000)):
        options = ['--round', rounding] if rounding else []
        equal(ok_json(p, 'clock', 'set', 'uart', '12.04MHz', *options)['rate_hz'], rate_hz)


def an_asynchronous_change_waits_for_its_delayed_response(p):
    done = p.run('--trace', '--json', 'clock', 'set', '--async', 'pll', '1.2GHz')
    equal(done.returncode, 0)
    equal(json.loads(done.stdout)['rate_hz'], 1200000000)
    lines = done.stderr.split('\n')
    sent, accepted, complete = [[line for line in lines if part in line] for part in (
        '-> CLOCK_RATE_SET request', '<- CLOCK_RATE_SET reply',
        '<- CLOCK_RATE_SET_COMPLETE delayed response')]
    contains(sent[0], 'async clock_id 1 rate_hz 1200000000')
    contains(accepted[0], 'status SUCCESS')
    contains(complete[0], 'status SUCCESS clock_id 1 rate_hz 1200000000')


def a_full_trace_shows_every_point_with_its_words(p):
    done = p.run('--trace=full', 'clock', 'get', '99')
    equal(done.returncode, REFUSED)
    lines = [line[14:] for line in done.stderr.split('\n')]
    equal(lines[8:16], ['-> CLOCK_ATTRIBUTES request token 1: clock_id 99',
                        '   00045003 00000063',
                        '<- CLOCK_ATTRIBUTES reply token 1: status NOT_FOUND',
                        '   00045003 fffffffc',
                        '.. CLOCK_ATTRIBUTES token 1',
                        '   00045003',
                        '== CLOCK_ATTRIBUTES token 1: NOT_FOUND',
                        '   00045003 fffffffc'])


def a_clock_is_enabled_and_disabled(p):
    equal(ok_json(p, 'clock', 'enable', 'uart')['enabled'], True)
    equal(ok_json(p, 'clock', 'disable', 'uart')['enabled'], False)


def sensor_list_says_what_is_offered(p):
    rows = table(ok(p, 'sensor', 'list'))
    equal(rows[1], ['0', 'soc', 'celsius', '-40 .. 125', 'updates timestamps 2 trip points'])
    equal(rows[6][3], 'x y z')


def sensor_read_shows_all_in_their_units(p):
    rows = {row[1]: row[2] for row in table(ok(p, 'sensor', 'read'))[1:]}
    equal(len(rows), 6)
    equal(rows['ambient'], '25.500 °C')
    contains(rows['core-supply-voltage'], ' mV')
    contains(rows['accelerometer'], 'z 9.807 m/s²')


def sensor_read_without_utf8_is_ascii(p):
    text = ok(p, 'sensor', 'read', environment={'LC_ALL': 'C'})
    equal(text.isascii(), True)
    contains(text, '25.500 ')
    contains(text, 'z 9.807 m/s2')


def sensor_read_as_json_has_the_raw_number_too(p):
    sensors = ok_json(p, 'sensor', 'read', 'ambient', '5')
    equal(sensors[0], {'id': 1, 'name': 'ambient', 'readings': [
        {'value': 25.5, 'unit': 'celsius', 'type': 2, 'exponent': -3, 'raw': 25500}]})
    equal([r['axis'] for r in sensors[1]['readings']], ['x', 'y', 'z'])


def a_slow_sensor_is_read_asynchronously(p):
    done = p.run('--trace', '--json', 'sensor', 'read', '--async', 'battery')
    equal(done.returncode, 0)
    contains(done.stderr, 'SENSOR_READING_COMPLETE delayed response')
    equal(json.loads(done.stdout)[0]['readings'][0]['unit'], 'joules')


def discover_shows_a_tree_with_everything(p):
    text = ok(p, 'discover')
    for part in ('Example Demo, implementation version 0x00010000', '1 linux (this one), 2 rtos',
                 '├─ base (0x10) version 2.1', 'system (0x12) version 2.1, state: power up',
                 '│  ├─ 1 pll: 800 MHz, on (400 MHz, 800 MHz, 1.2 GHz) from crystal',
                 '└─ sensor (0x15) version 3.1', '   └─ 5 accelerometer: x meters/s2'):
        contains(text, part)
    equal(ok(p, 'discover', environment={'LC_ALL': 'C'}).isascii(), True)


def discover_as_json_holds_what_the_lists_hold(p):
    platform = ok_json(p, 'discover')
    equal(platform['vendor'], 'Example')
    equal(platform['self'], 1)
    by_name = {protocol['name']: protocol for protocol in platform['protocols']}
    equal(by_name['clock']['clocks'], ok_json(p, 'clock', 'list'))
    equal(by_name['sensor']['sensors'], ok_json(p, 'sensor', 'list'))


def watch_counts_its_lines(p):
    done = p.run('--json', 'sensor', 'watch', '--interval', '20ms', '--count', '3', 'accelerometer')
    equal(done.returncode, 0)
    events = [json.loads(line) for line in done.stdout.split('\n') if line]
    equal(len(events), 3)
    equal([len(event['readings']) for event in events], [3, 3, 3])
    equal(sorted(events, key=lambda event: event['time_s']), events)


def watch_undoes_what_it_did_when_it_is_interrupted(p):
    watch = p.start('--trace', 'sensor', 'watch', 'soc')
    wait_for_line(watch.stderr, 'watching soc, now ')
    watch.send_signal(signal.SIGINT)
    _, errors = finish(watch)
    equal(watch.returncode, 0)
    contains(errors, '-> SENSOR_CONTINUOUS_UPDATE_NOTIFY request token')
    # As it was: no update interval of its own, and no notifications.
    contains(errors.split('SENSOR_CONTINUOUS_UPDATE_NOTIFY')[-1], '-> SENSOR_CONFIG_SET')


def raw_takes_names_and_numbers(p):
    by_name = ok(p, 'raw', 'clock', 'rate_get', '1')
    equal(by_name, ok(p, 'raw', '0x14', '0x6', '0x1'))
    equal(by_name.split('\n')[1], '0x00000000 0x2faf0800 0x00000000')
    contains(by_name, 'status SUCCESS rate_hz 800000000')
    equal(ok_json(p, 'raw', 'clock', 'CLOCK_RATE_GET', '1')['words'], [0, 800000000, 0])


def raw_shows_what_the_platform_refused(p):
    done = p.run('--json', 'raw', 'clock', 'rate_get', '99')
    equal(done.returncode, 1)
    equal(json.loads(done.stdout)['words'], [0xfffffffc])


def ping_measures_round_trips(p):
    result = ok_json(p, 'ping', '--count', '50')
    equal(result['round_trips'], 50)
    times = [result[key] for key in ('min_us', 'median_us', 'p99_us', 'max_us')]
    equal(sorted(times), times)
    contains(ok(p, 'ping', '--count', '2'), '2 round trips: min ')


def stats_count_behind_what_the_command_shows(p):
    done = p.run('stats', 'clock', 'set', '--async', 'pll', '1.2GHz')
    equal((done.returncode, done.stdout), (0, ok(p, 'clock', 'set', '--async', 'pll', '1.2GHz')))
    rows = [line.split(None, 1) for line in done.stderr.split('\n') if line]
    equal([name for _, name in rows[:-1]], ['commands', 'replies', 'delayed responses'])
    equal((rows[0][0], rows[2][0]), (rows[1][0], '1'))
    equal(rows[-1][0], rows[0][0])
    contains(rows[-1][1], 'round trips: min ')


def stats_as_json_leave_standard_output_to_the_command(p):
    done = p.run('--json', 'stats', 'clock', 'get', '99')
    equal(done.returncode, REFUSED)
    equal(json.loads(done.stdout)['status'], 'NOT_FOUND')
    counts = json.loads(done.stderr.strip().split('\n')[-1])
    equal((counts['commands'], counts['replies'], counts['timeouts'], counts['dropped']),
          (2, 2, 0, {}))
    equal(counts['round_trips'], 2)
    equal(counts['min_us'] <= counts['median_us'] <= counts['max_us'], True)


REFUSED, USAGE, NO_CONNECTION = 1, 2, 3

FAILURES = [
    # what, exit status, part of the message
    (['clock', 'get', '99'], REFUSED, 'clock: clock 99: the platform refused: NOT_FOUND'),
    (['clock', 'set', 'crystal', '99MHz', '--round', 'x'], USAGE, 'expected down, up or nearest'),
    (['clock', 'get', 'nothing'], USAGE, 'no clock nothing'),
    (['clock', 'set', 'uart', '12MHzz'], USAGE, 'rate 12MHzz, expected'),
    (['clock', 'set', 'uart'], USAGE, 'set takes a clock and a rate'),
    (['clock'], USAGE, 'clock --help'),
    (['clock', 'destroy'], USAGE, 'no action destroy'),
    (['sensor', 'read', 'nothing'], USAGE, 'no sensor nothing'),
    (['sensor', 'watch', '--for', 'ever', 'soc'], USAGE, '--for ever, expected a duration'),
    (['sensor', 'watch', '--above', '1', 'ambient'], USAGE, '0 trip points, 1 wanted'),
    (['raw', 'nothing', '0'], USAGE, 'no protocol nothing'),
    (['raw', 'clock', 'nothing'], USAGE, 'has no command nothing'),
    (['raw', 'clock', '6', '0x100000000'], USAGE, 'word 0x100000000, expected'),
    (['raw', '0x80', '0'], REFUSED, 'NOT_SUPPORTED'),
    (['ping', '--count', '0'], USAGE, '--count 0, expected 1 to'),
    (['nothing'], USAGE, 'no command nothing'),
    (['--nothing', 'discover'], USAGE, 'no option --nothing'),
    (['ping', '--nothing'], USAGE, 'ping: --nothing: no such option'),
    (['ping', '--count'], USAGE, 'ping: --count: no such option, or its value is missing'),
    (['discover', '--link'], USAGE, '--link, expected demo, vhost-user:PATH, shmem:PATH or raw:PATH'),
    (['discover', '--control'], USAGE, '--control, expected the path of a socket'),
    (['stats'], USAGE, 'stats takes a command, or --control'),
    (['stats', 'nothing'], USAGE, 'no command nothing'),
    (['stats', 'stats', 'discover'], USAGE, 'it has no link'),
    (['--control', '/nonexistent/socket', 'stats'], NO_CONNECTION, '/nonexistent/socket'),
    (['--trace=half', 'discover'], USAGE, '--trace=half, expected full'),
    (['--link', 'carrier-pigeon', 'discover'], USAGE, 'expected demo, vhost-user:PATH, shmem:PATH or raw:PATH'),
    (['--link', 'vhost-user:/nonexistent/socket', 'discover'], NO_CONNECTION,
     '/nonexistent/socket'),
    (['--link', 'raw:/nonexistent/0', 'discover'], NO_CONNECTION, '/nonexistent/0: No such file'),
    (['--link', 'raw:/', 'discover'], NO_CONNECTION, '/: no raw mode in there'),
    (['control', '/nonexistent/socket', 'agents'], NO_CONNECTION, '/nonexistent/socket'),
    (['control', '/nonexistent/socket', 'dance'], USAGE, 'no command dance'),
    (['control', '/nonexistent/socket', 'set', 'soc', 'hot'], USAGE, 'expected a decimal number'),
    (['fault', 'list'], USAGE, 'no --control PATH'),
    (['--control=/nonexistent/socket', 'fault', 'list'], NO_CONNECTION, '/nonexistent/socket'),
    (['fault', 'dance'], USAGE, 'no action dance'),
    (['fault', 'list', 'all'], USAGE, 'list takes no all'),
    (['fault', 'add'], USAGE, 'add takes a fault'),
    (['fault', 'add', 'delay', 'time'], USAGE, 'time, expected KEY=VALUE'),
    (['fault', 'add', 'delay', 'time=1s', 'time=1s'], USAGE, 'time is there twice'),
    (['fault', 'add', 'delay', 'fault=drop'], USAGE, 'fault is there twice'),
    (['fault', 'clear', '1x'], USAGE, 'rule 1x, expected a number'),
    (['fault', 'clear', '0'], USAGE, 'rule 0, expected a number'),
    (['fault', 'clear', '--seed', 'x'], USAGE, '--seed x, expected'),
    (['--poll-us', '1000001', 'discover'], USAGE, '--poll-us 1000001, expected 0 to 1000000'),
    (['--poll-us=-1', 'discover'], USAGE, '--poll-us -1, expected'),
    (['--poll-us=', 'discover'], USAGE, '--poll-us , expected'),
    (['--poll-us'], USAGE, '--poll-us , expected'),
    (['raw', 'clock', '6', '-1'], USAGE, 'word -1, expected'),
    (['control', '/nonexistent/socket', 'fail', 'door', 'soc'], USAGE, 'expected sensor or clock'),
]


def a_failure_has_its_message_and_exit_status(p):
    for arguments, status, part in FAILURES:
        done = p.run(*arguments)
        equal((arguments, done.returncode), (arguments, status))
        contains(done.stderr, part)
        if arguments[0] != 'raw':
            equal((arguments, done.stdout), (arguments, ''))


def a_failure_is_json_as_well(p):
    error = json.loads(p.run('--json', 'clock', 'get', '99').stdout)
    equal(error['status'], 'NOT_FOUND')
    contains(error['error'], 'clock 99')
    contains(json.loads(p.run('--json', 'clock', 'get', 'nothing').stdout)['error'], 'nothing')


def options_of_vscmi_itself_stand_anywhere(p):
    first = ok(p, '--json', '--link=demo', 'clock', 'get', 'uart')
    equal(first, ok(p, 'clock', 'get', 'uart', '--json', '--link', 'demo'))
    equal(first, ok(p, 'clock', '-j', 'get', '-l', 'demo', 'uart'))


def every_command_has_help(p):
    for command in ('discover', 'sensor', 'clock', 'raw', 'ping', 'stats', 'dtb', 'control',
                    'fault'):
        contains(ok(p, '--help'), '\n  ' + command)
        contains(ok(p, command, '--help'), 'vscmi ' + command)


def the_version_is_told(p):
    contains(ok(p, '--version'), 'vscmi 0.')


def the_environment_names_the_link(p):
    equal(p.run('discover', environment={'VSCMI_LINK': 'vhost-user:/nonexistent'}).returncode,
          NO_CONNECTION)
    equal(p.run('--link', 'demo', 'discover',
                environment={'VSCMI_LINK': 'vhost-user:/nonexistent'}).returncode, 0)


def colours_are_for_terminals(p):
    equal('\033' in ok(p, 'clock', 'list'), False)
    leader, follower = os.openpty()
    pid = os.fork()
    if pid == 0:
        os.dup2(follower, 1)
        os.execve(p.vscmi, [p.vscmi, 'clock', 'list'], {'ASAN_OPTIONS': 'detect_leaks=0'})
    os.close(follower)
    shown = os.read(leader, 20)
    while True:
        try:
            if not os.read(leader, 4096):
                break
        except OSError:
            break
    os.close(leader)
    equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
    contains(shown, b'\033[1m')


def a_closed_standard_output_is_an_error(p):
    with open('/dev/full', 'w', encoding='utf-8') as full:
        done = subprocess.run([p.vscmi, 'discover'], stdout=full, stderr=subprocess.PIPE,
                              text=True, timeout=60)
    equal(done.returncode, NO_CONNECTION)
    contains(done.stderr, 'standard output')


main([
    clock_list_is_an_aligned_table, no_line_ends_in_a_blank,
    clock_list_as_json_has_numbers_with_their_units, a_clock_has_a_name_and_an_id,
    a_rate_may_have_a_unit, a_rate_is_rounded_as_asked,
    an_asynchronous_change_waits_for_its_delayed_response,
    a_full_trace_shows_every_point_with_its_words, a_clock_is_enabled_and_disabled,
    sensor_list_says_what_is_offered, sensor_read_shows_all_in_their_units,
    sensor_read_without_utf8_is_ascii, sensor_read_as_json_has_the_raw_number_too,
    a_slow_sensor_is_read_asynchronously, discover_shows_a_tree_with_everything,
    discover_as_json_holds_what_the_lists_hold, watch_counts_its_lines,
    watch_undoes_what_it_did_when_it_is_interrupted, raw_takes_names_and_numbers,
    raw_shows_what_the_platform_refused, ping_measures_round_trips,
    stats_count_behind_what_the_command_shows, stats_as_json_leave_standard_output_to_the_command,
    a_failure_has_its_message_and_exit_status, a_failure_is_json_as_well,
    options_of_vscmi_itself_stand_anywhere, every_command_has_help, the_version_is_told, the_environment_names_the_link,
    colours_are_for_terminals, a_closed_standard_output_is_an_error,
])
