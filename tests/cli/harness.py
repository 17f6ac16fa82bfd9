# SPDX-License-Identifier: BSD-3-Clause
"""TAP for tests that run programs: checks are functions, named as sentences."""
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

BOARDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'boards')


class Programs:
    """The two programs under test, and a folder for their sockets that goes with them."""

    def __init__(self, vscmid, vscmi):
        self.vscmid = vscmid
        self.vscmi = vscmi
        self.folder = tempfile.mkdtemp(prefix='vscmi-test.')
        self.daemons = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *arguments, link=None, environment=None):
        """Run vscmi to its end; what it printed, and its exit status."""
        env = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8'}
        # The sanitizers' own settings, where the tests run under them.
        env.update({k: v for k, v in os.environ.items() if k.endswith('SAN_OPTIONS')})
        env.update(environment or {})
        options = ['--link', link] if link else []
        return subprocess.run([self.vscmi, *options, *arguments], env=env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)

    def start(self, *arguments):
        """A process of vscmi that goes on, for wait_for_line() and finish()."""
        return subprocess.Popen([self.vscmi, *arguments], bufsize=0, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def serve(self, board, *options):
        """Start vscmid and wait until it is ready; it ends with the tests. What it has
        logged until then is in its attribute beginning."""
        daemon = subprocess.Popen([self.vscmid, '--board', board, *options], bufsize=0,
                                  stderr=subprocess.PIPE)
        self.daemons.append(daemon)
        daemon.beginning = wait_for_line(daemon.stderr, 'ready')
        return daemon

    def board(self, text):
        """A board file with this text."""
        path = self.path('board-%d.yaml' % len(os.listdir(self.folder)))
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def close(self):
        for daemon in self.daemons:
            if daemon.poll() is None:
                daemon.send_signal(signal.SIGTERM)
            daemon.wait(timeout=20)
            daemon.stderr.close()
        shutil.rmtree(self.folder)


def wait_for_line(stream, text):
    """Read lines of a pipe without a buffer until one has text in it; the lines."""
    lines = []
    while select.select([stream], [], [], 30)[0]:
        line = stream.readline().decode()
        lines.append(line)
        if text in line:
            return lines
        if not line:
            break
    raise AssertionError("waited for a line with '%s' in vain" % text)


def finish(process):
    """What a process that start() began prints until its end."""
    output, errors = process.communicate(timeout=30)
    return output.decode(), errors.decode()


def equal(found, expected):
    if found != expected:
        raise AssertionError('found %r, expected %r' % (found, expected))


def contains(text, part):
    if part not in text:
        raise AssertionError('expected %r in %r' % (part, text))


def main(tests):
    programs = Programs(*sys.argv[1:3])
    failed = 0
    print('1..%d' % len(tests), flush=True)
    for number, test in enumerate(tests, 1):
        try:
            test(programs)
            print('ok %d - %s' % (number, test.__name__), flush=True)
        except Exception:
            failed += 1
            print('not ok %d - %s' % (number, test.__name__))
            print(''.join('# ' + line + '\n' for line in traceback.format_exc().split('\n')),
                  end='', flush=True)
    programs.close()
    sys.exit(failed != 0)
