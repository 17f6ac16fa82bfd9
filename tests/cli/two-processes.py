#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""vscmi and vscmid together, over the link that the third argument names."""
import json
import os
import signal
import socket
import sys

from harness import BOARDS, contains, equal, finish, main, wait_for_line

DEMO = os.path.join(BOARDS, 'demo.yaml')

# U+009B begins an escape sequence on some terminals; board files refuse only ASCII's own.
HOSTILE = '''
vendor: "Ev\\u009Bil"
agents: [{name: guest}]
sensors:
  - name: "bell\\u009B2J"
    type: celsius
    source: 1
'''


TWO_AGENTS = '''
vendor: Example
agents: [{name: one}, {name: two}]
clocks:
  - {name: shared, rates: [10MHz, 20MHz]}
sensors:
  - {name: shared, type: celsius, source: 20, trip_points: 1}
'''


LINK = sys.argv[3]
SERVE = {'vhost-user': '--socket-path', 'shmem': '--shmem'}[LINK]


def link_of(p, board, name, *options):
    path = p.path(name)
    daemon = p.serve(board, SERVE, path, *options)
    return daemon, LINK + ':' + path


def every_list_is_the_same_as_in_one_process(p):
    _, link = link_of(p, DEMO, 'same')
    for arguments in (['clock', 'list'], ['sensor', 'list'], ['discover'],
                      ['--json', 'discover']):
        over_socket = p.run(*arguments, link=link)
        equal(over_socket.returncode, 0)
        equal(over_socket.stdout, p.run(*arguments).stdout)


def what_one_command_changes_goes_when_it_ends(p):
    _, link = link_of(p, DEMO, 'votes')
    equal(json.loads(p.run('--json', 'clock', 'enable', 'uart', link=link).stdout)['enabled'], True)
    equal(json.loads(p.run('--json', 'clock', 'get', 'uart', link=link).stdout)['enabled'], False)


def what_one_command_changes_stays_while_it_holds(p):
    two = p.path('hold.two')
    _, link = link_of(p, p.board(TWO_AGENTS), 'hold', SERVE, 'two=' + two)
    hold = p.start('--link', link, 'clock', 'set', 'shared', '20MHz', '--hold')
    wait_for_line(hold.stderr, 'holding')
    look = ('--json', 'clock', 'get', 'shared', '--link', LINK + ':' + two)
    equal(json.loads(p.run(*look).stdout)['rate_hz'], 20000000)
    hold.send_signal(signal.SIGINT)
    finish(hold)
    equal(hold.returncode, 0)
    equal(json.loads(p.run(*look).stdout)['rate_hz'], 10000000)


def a_trip_point_fires_when_the_sensor_is_driven_over_it(p):
    control = p.path('trip.control')
    _, link = link_of(p, DEMO, 'trip', '--control', control)
    watch = p.start('--link', link, '--json', 'sensor', 'watch', 'soc', '--above', '85',
                    '--count', '1')
    wait_for_line(watch.stderr, 'watching')
    equal(p.run('control', control, 'set', 'soc', '90').returncode, 0)
    output, _ = finish(watch)
    equal(watch.returncode, 0)
    event = json.loads(output)
    equal((event['name'], event['trip_point'], event['edge']), ('soc', 0, 'rising'))


def a_trip_point_that_another_agent_has_set_is_not_shown(p):
    control, two = p.path('shared.control'), p.path('shared.two')
    _, link = link_of(p, p.board(TWO_AGENTS), 'shared', '--control', control,
                      SERVE, 'two=' + two)
    mine = p.start('--link', link, 'sensor', 'watch', 'shared', '--above', '50')
    wait_for_line(mine.stderr, 'watching')
    other = p.start('--link', LINK + ':' + two, 'sensor', 'watch', 'shared', '--below', '15',
                    '--count', '1')
    wait_for_line(other.stderr, 'watching')
    equal(p.run('control', control, 'set', 'shared', '10').returncode, 0)
    contains(finish(other)[0], 'shared fell below 15')
    mine.send_signal(signal.SIGINT)
    equal(finish(mine)[0], '')


def a_failed_sensor_is_a_hardware_error(p):
    control = p.path('fail.control')
    _, link = link_of(p, DEMO, 'fail', '--control', control)
    equal(p.run('control', control, 'fail', 'sensor', 'soc').returncode, 0)
    done = p.run('sensor', 'read', 'soc', link=link)
    equal(done.returncode, 1)
    contains(done.stdout, 'HARDWARE_ERROR')
    # The others are read all the same.
    done = p.run('--json', 'sensor', 'read', link=link)
    equal(done.returncode, 1)
    sensors = json.loads(done.stdout)
    equal((sensors[0]['readings'], sensors[0]['status']), ([], 'HARDWARE_ERROR'))
    equal([len(sensor['readings']) for sensor in sensors[1:]], [1, 1, 1, 1, 3])
    equal(p.run('control', control, 'repair', 'sensor', 'soc').returncode, 0)
    equal(p.run('sensor', 'read', 'soc', link=link).returncode, 0)


def control_shows_agents_and_counters(p):
    control = p.path('count.control')
    _, link = link_of(p, DEMO, 'count', '--control', control)
    p.run('raw', 'clock', 'rate_get', '99', link=link)
    contains(p.run('control', control, 'agents').stdout, ' 1  linux  no')
    text = p.run('control', control, 'counters').stdout
    contains(text, 'linux\n         2  messages: clock\n')
    contains(text, '\n         1  answers: NOT_FOUND\n')
    contains(text, '\nrtos\n   nothing\n')
    equal(p.run('--control', control, 'stats').stdout, text)
    counters = json.loads(p.run('--json', 'control', control, 'counters').stdout)
    equal(counters['agents']['linux']['answers']['NOT_FOUND'], 1)


def what_the_platform_does_wrong_is_traced_and_counted(p):
    control = p.path('wrong.control')
    _, link = link_of(p, DEMO, 'wrong', '--control', control)
    for rule in (['unsolicited', 'message=CLOCK_RATE_GET'],
                 ['truncate', 'bytes=6', 'message=CLOCK_CONFIG_SET']):
        equal(p.run('--control', control, 'fault', 'add', *rule).returncode, 0)
    done = p.run('--trace', 'stats', 'raw', 'clock', 'rate_get', '1', link=link)
    equal(done.returncode, 0)
    contains(done.stderr, ' ms !! unexpected delayed response: clock message 0x06 delayed response')
    contains(done.stderr, '\n         1  dropped: unexpected delayed response\n')
    done = p.run('--json', '--trace', 'stats', 'clock', 'enable', 'uart', link=link)
    equal(done.returncode, 3)
    contains(done.stderr, ' ms !! reply without status: CLOCK_CONFIG_SET reply')
    contains(done.stderr, ' ms !! the peer sent a malformed message: CLOCK_CONFIG_SET token')
    counts = json.loads(done.stderr.strip().split('\n')[-1])
    equal((counts['dropped'], counts['commands'] - counts['round_trips']),
          ({'reply_without_status': 1}, 1))


def control_says_what_was_refused(p):
    control = p.path('refuse.control')
    link_of(p, DEMO, 'refuse', '--control', control)
    done = p.run('control', control, 'set', 'nothing', '1')
    equal(done.returncode, 1)
    contains(done.stderr, 'nothing')
    done = p.run('control', control, 'shutdown', 'linux')
    equal(done.returncode, 1)
    contains(done.stderr, 'nobody listens')


def a_daemon_that_ends_ends_a_watch_that_does_not_wait(p):
    daemon, link = link_of(p, DEMO, 'end')
    watch = p.start('--link', link, '--wait=0s', 'sensor', 'watch', 'soc')
    wait_for_line(watch.stderr, 'watching')
    daemon.send_signal(signal.SIGTERM)
    _, errors = finish(watch)
    equal(watch.returncode, 3)
    contains(errors, 'link')


def stop(daemon):
    daemon.send_signal(signal.SIGTERM)
    daemon.wait(timeout=20)


def a_watch_goes_on_when_the_platform_is_back(p):
    control, name = p.path('again.control'), 'again'
    daemon, link = link_of(p, DEMO, name, '--control', control)
    watch = p.start('--link', link, '--json', 'sensor', 'watch', 'soc', '--above', '85',
                    '--count', '3')
    for round in range(3):
        wait_for_line(watch.stderr, 'watching')
        equal(p.run('control', control, 'set', 'soc', '90').returncode, 0)
        equal(json.loads(wait_for_line(watch.stdout, 'edge')[-1])['edge'], 'rising')
        if round == 2:
            break
        stop(daemon)
        wait_for_line(watch.stderr, 'vscmi: sensor: the link is lost, waiting for it')
        equal(json.loads(wait_for_line(watch.stdout, 'link')[-1]), {'link': 'lost'})
        daemon, _ = link_of(p, DEMO, name, '--control', control)
        wait_for_line(watch.stderr, 'vscmi: sensor: the link is back, 1 subscription renewed')
        equal(json.loads(wait_for_line(watch.stdout, 'link')[-1]), {'link': 'back', 'renewed': 1})
    finish(watch)
    equal(watch.returncode, 0)


def updates_go_on_at_the_interval_of_the_watch(p):
    daemon, link = link_of(p, DEMO, 'updates')
    watch = p.start('--link', link, '--json', 'sensor', 'watch', 'soc', '--interval', '10ms')
    wait_for_line(watch.stdout, 'time_s')
    stop(daemon)
    wait_for_line(watch.stdout, 'lost')
    link_of(p, DEMO, 'updates')
    wait_for_line(watch.stderr, 'watching soc')
    wait_for_line(watch.stderr, 'watching soc')
    times = [json.loads(wait_for_line(watch.stdout, 'time_s')[-1])['time_s'] for _ in range(20)]
    # The board's own interval is 1 s.
    equal(times[-1] - times[0] < 15, True)
    watch.send_signal(signal.SIGINT)
    finish(watch)
    equal(watch.returncode, 0)


def a_watch_ends_when_its_sensor_does_not_come_back(p):
    daemon, link = link_of(p, DEMO, 'other')
    watch = p.start('--link', link, 'sensor', 'watch', 'soc')
    wait_for_line(watch.stderr, 'watching')
    stop(daemon)
    wait_for_line(watch.stderr, 'lost')
    link_of(p, p.board(TWO_AGENTS), 'other')
    _, errors = finish(watch)
    equal(watch.returncode, 1)
    contains(errors, 'refused')


def a_watch_waits_no_longer_than_it_was_told(p):
    daemon, link = link_of(p, DEMO, 'short')
    watch = p.start('--link', link, '--wait=50ms', 'sensor', 'watch', 'soc')
    wait_for_line(watch.stderr, 'watching')
    stop(daemon)
    _, errors = finish(watch)
    equal(watch.returncode, 3)
    contains(errors, 'lost, waiting')


def a_watch_of_a_lost_platform_ends_with_control_c(p):
    daemon, link = link_of(p, DEMO, 'break')
    watch = p.start('--link', link, 'sensor', 'watch', 'soc')
    wait_for_line(watch.stderr, 'watching')
    stop(daemon)
    wait_for_line(watch.stderr, 'lost')
    watch.send_signal(signal.SIGINT)
    finish(watch)
    equal(watch.returncode, 0)


def readings_and_round_trips_go_on_when_the_platform_is_back(p):
    daemon, link = link_of(p, p.board(TWO_AGENTS), 'polled')
    watch = p.start('--link', link, 'sensor', 'watch', 'shared', '--interval', '1ms')
    wait_for_line(watch.stdout, '20')
    stop(daemon)
    wait_for_line(watch.stderr, 'lost')
    daemon, _ = link_of(p, p.board(TWO_AGENTS), 'polled')
    wait_for_line(watch.stderr, 'the link is back, 0 subscriptions renewed')
    wait_for_line(watch.stdout, '20')
    watch.send_signal(signal.SIGINT)
    finish(watch)
    equal(watch.returncode, 0)
    ping = p.start('--link', link, '--trace', 'ping', '--count', '1000000')
    wait_for_line(ping.stderr, '<-')
    stop(daemon)
    wait_for_line(ping.stderr, 'lost')
    link_of(p, p.board(TWO_AGENTS), 'polled')
    wait_for_line(ping.stderr, 'back')
    ping.kill()
    finish(ping)


def a_command_waits_for_a_platform_that_comes_later(p):
    folder = p.path('later')
    commands = [p.start('--link', LINK + ':' + folder + '/socket', *options, 'sensor', 'read', 'soc')
                for options in (['--wait'], ['--wait=1h'])]
    for command in commands:
        wait_for_line(command.stderr, 'waiting for ' + LINK)
        equal(command.poll(), None)
    os.mkdir(folder)
    # A socket that is there before anybody listens.
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(folder + '/socket')
    stale.close()
    link_of(p, DEMO, 'later/socket')
    for command in commands:
        contains(finish(command)[0], 'soc')
        equal(command.returncode, 0)


def a_command_that_waits_says_why_when_the_time_is_over(p):
    done = p.run('--wait=20ms', 'discover', link=LINK + ':' + p.path('never'))
    equal(done.returncode, 3)
    contains(done.stderr, 'nobody listens')
    done = p.run('--wait', 'discover', link=LINK + ':' + 'x' * 200)
    equal(done.returncode, 2)


def a_command_waits_for_its_turn(p):
    _, link = link_of(p, DEMO, 'turn')
    watch = p.start('--link', link, 'sensor', 'watch', 'soc')
    wait_for_line(watch.stderr, 'watching')
    done = p.run('--wait=20ms', 'discover', link=link)
    equal(done.returncode, 3)
    contains(done.stderr, 'one agent at a time')
    command = p.start('--link', link, '--wait', 'sensor', 'read', 'soc')
    wait_for_line(command.stderr, 'waiting')
    watch.send_signal(signal.SIGINT)
    finish(watch)
    finish(command)
    equal(command.returncode, 0)


def who_waits_sleeps(p):
    waits = p.start('--link', LINK + ':' + p.path('nowhere'), '--wait=1s', 'discover')
    _, status, usage = os.wait4(waits.pid, 0)
    waits.returncode = os.waitstatus_to_exitcode(status)
    finish(waits)
    equal(waits.returncode, 3)
    # It looks after 10 ms, 20 ms, 40 ms and so on.
    equal(usage.ru_nvcsw < 50, True)


def a_reply_that_takes_too_long_is_given_up(p):
    control = p.path('timeout.control')
    _, link = link_of(p, DEMO, 'timeout', '--control', control)
    equal(p.run('--control', control, 'fault', 'add', 'drop', 'message=CLOCK_RATE_GET').returncode, 0)
    done = p.run('--timeout', '20ms', 'raw', 'clock', 'rate_get', '1', link=link)
    equal(done.returncode, 3)
    contains(done.stderr, 'no answer in time')


def a_second_agent_is_told_that_the_platform_is_in_use(p):
    _, link = link_of(p, DEMO, 'second')
    watch = p.start('--link', link, 'sensor', 'watch', 'soc')
    wait_for_line(watch.stderr, 'watching')
    done = p.run('discover', link=link)
    equal(done.returncode, 3)
    contains(done.stderr, 'second')
    watch.send_signal(signal.SIGINT)
    finish(watch)
    equal(watch.returncode, 0)


def texts_of_the_platform_never_reach_the_terminal_raw(p):
    _, link = link_of(p, p.board(HOSTILE), 'hostile')
    for arguments in (['discover'], ['sensor', 'list'], ['sensor', 'read'],
                      ['--json', 'sensor', 'list'], ['--trace', 'raw', 'base', 'discover_vendor']):
        done = p.run(*arguments, link=link)
        equal((arguments, done.returncode), (arguments, 0))
        for text in (done.stdout, done.stderr):
            equal((arguments, [c for c in text if not ' ' <= c <= '~' and c not in '\n°├└│─']), (arguments, []))
    contains(p.run('sensor', 'read', link=link).stdout, 'bell??2J')


main([
    every_list_is_the_same_as_in_one_process,
    what_one_command_changes_goes_when_it_ends,
    what_one_command_changes_stays_while_it_holds,
    a_trip_point_fires_when_the_sensor_is_driven_over_it,
    a_trip_point_that_another_agent_has_set_is_not_shown,
    a_failed_sensor_is_a_hardware_error,
    control_shows_agents_and_counters,
    what_the_platform_does_wrong_is_traced_and_counted,
    control_says_what_was_refused,
    a_daemon_that_ends_ends_a_watch_that_does_not_wait,
    a_watch_goes_on_when_the_platform_is_back,
    updates_go_on_at_the_interval_of_the_watch,
    a_watch_ends_when_its_sensor_does_not_come_back,
    a_watch_waits_no_longer_than_it_was_told,
    a_watch_of_a_lost_platform_ends_with_control_c,
    readings_and_round_trips_go_on_when_the_platform_is_back,
    a_command_waits_for_a_platform_that_comes_later,
    a_command_that_waits_says_why_when_the_time_is_over,
    a_command_waits_for_its_turn,
    who_waits_sleeps,
    a_reply_that_takes_too_long_is_given_up,
    a_second_agent_is_told_that_the_platform_is_in_use,
    texts_of_the_platform_never_reach_the_terminal_raw,
])
