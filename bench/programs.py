# SPDX-License-Identifier: BSD-3-Clause
"""The programs that measure and those that are measured."""
import contextlib
import dataclasses
import json
import os
import pathlib
import shlex
import signal
import subprocess
import tempfile
import time

import machine

PATIENCE_S = 60
# As many agents as SCMI has ids for.
AGENTS_MAX = 255

BOARD_RESOURCES = """
clocks:
  - name: clock
    rates: [1MHz, 2MHz]
sensors:
  - name: quick
    type: celsius
    source: 25.5
  - name: slow
    type: celsius
    source: 25.5
    reads_take: 100ms
"""


class Failed(Exception):
    """A program said why it cannot do what it was asked."""


@dataclasses.dataclass(frozen=True)
class Mode:
    """How both ends wait for each other."""
    device: tuple = ()  # options of vscmid
    load: tuple = ()    # options of bench-load


# The one place that says what the programs are told. An end that polls so long does not sleep.
SPINNING = Mode(device=("--poll-us", "1000000"), load=("--poll-us", "1000000"))
SLEEPING = Mode(device=("--poll-us", "0"), load=("--poll-us", "0"))
DEFAULT = Mode()


def run(command, env=None, patience_s=PATIENCE_S):
    """What a program prints; Failed with what it complains of."""
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=patience_s, check=False,
                          env=env)
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    return done.stdout


def pin(process, cpu):
    """Not before it runs: nobody polls who has one processor."""
    for thread in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {cpu})


@contextlib.contextmanager
def started(command, **options):
    """A program that runs while the block does; then it is asked to end, and waited for."""
    try:
        process = subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True,
                                   **options)
    except OSError as error:
        raise Failed(f"{command[0]}: {error.strerror}") from error
    with process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclasses.dataclass
class Device:
    """A vhost-user device that runs."""
    pid: int
    sockets: list  # of its agents


class Bench:
    """What a row needs to be measured."""

    def __init__(self, build, folder, peer=None, rounds=7, seconds=0.3):
        self.build = pathlib.Path(build).resolve()
        self.folder = pathlib.Path(folder)
        self.peer_command = peer
        self.peer_work = "reading"
        self.rounds, self.seconds = rounds, seconds
        self.load_cpu, self.device_cpu = machine.two_cpus()
        self.vscmid, self.vscmi = self.build / "daemon/vscmid", self.build / "cli/vscmi"

    def program(self, name):
        return self.build / "bench" / name

    # ---- Devices ----

    def board(self, agents, name="agent"):
        """A board file for so many agents, and their sockets."""
        path = self.folder / f"{name}-{agents}.yaml"
        sockets = [self.folder / f"{name}{i}.sock" for i in range(agents)]
        lines = [f"  - {{ name: {name}{i}, socket: {socket} }}" for i, socket in enumerate(sockets)]
        path.write_text("\n".join(["agents:", *lines]) + BOARD_RESOURCES, encoding="utf-8")
        return path, sockets

    def vscmid_command(self, agents=1, mode=DEFAULT, name="agent"):
        path, sockets = self.board(agents, name)
        return [self.vscmid, "--board", path, "--log-level", "error", *mode.device], sockets

    @contextlib.contextmanager
    def vscmid_running(self, agents=1, mode=DEFAULT, before=(), env=None):
        """vscmid with a board of so many agents. before: a program that starts it."""
        command, sockets = self.vscmid_command(agents, mode)
        with started([*before, *command], env=env) as process:
            await_sockets(process, sockets)
            pin(process, self.device_cpu)
            yield Device(process.pid, sockets)

    def peer_device_command(self):
        socket = self.folder / "peer.sock"
        return shlex.split(self.peer_command.replace("{socket}", str(socket))), socket

    @contextlib.contextmanager
    def peer_running(self):
        command, socket = self.peer_device_command()
        socket.unlink(missing_ok=True)
        # A pipe: vhost-device-scmi watches its standard output, which /dev/null cannot be.
        with started(command, stdout=subprocess.PIPE) as process:
            await_sockets(process, [socket])
            pin(process, self.device_cpu)
            yield Device(process.pid, [socket])
        socket.unlink(missing_ok=True)

    # ---- What measures ----

    def load(self, sockets, *options, before=(), env=None, seconds=None):
        command = [*before, *self.load_command(seconds or self.seconds, *options), *sockets]
        return json.loads(run(command, env))

    def load_command(self, seconds, *options):
        return [self.program("bench-load"), "--cpu", self.load_cpu, "--seconds", seconds, *options]

    @contextlib.contextmanager
    def load_held(self, sockets, *options):
        """Guests that have done their work and stay connected."""
        command = [*self.load_command(0.01, "--hold", *options), *sockets]
        with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            if not process.stdout.readline():
                raise Failed(process.stderr.read().strip())
            yield

    def load_beside(self, sockets, *options, measured):
        """What measured() returns, and what these guests did meanwhile, always at work."""
        command = [*self.load_command(self.seconds, "--keep-on", *options), *sockets]
        with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            if not process.stdout.readline():
                raise Failed(process.stderr.read().strip())
            result = measured()
            found, complaint = process.communicate(timeout=PATIENCE_S)
            if process.returncode:
                raise Failed(complaint.strip())
            return result, json.loads(found)

    def peer_load(self, *options, seconds=None):
        """The same work for the peer, which is started anew, as some serve one guest and end."""
        with self.peer_running() as device:
            return self.load(device.sockets, "--command", self.peer_work, *options, seconds=seconds)

    def limit(self, name):
        return json.loads(run([self.program("bench-limits"), name, self.seconds, self.load_cpu,
                               self.device_cpu]))

    def in_process(self, in_flight):
        path, _ = self.board(1)
        return json.loads(run([self.program("bench-in-process"), path, in_flight, self.seconds]))

    def start(self, count, *arguments):
        return json.loads(run([self.program("bench-start"), count, *arguments]))

    def choose_peer_work(self):
        """Another platform may have no sensors: then it is asked for the version of base."""
        try:
            self.peer_load(seconds=0.01)
        except Failed:
            self.peer_work = "version"
            self.peer_load(seconds=0.01)


def listening():
    """The paths of the UNIX sockets that somebody listens on: unix(7), __SO_ACCEPTCON."""
    lines = pathlib.Path("/proc/net/unix").read_text(encoding="utf-8").splitlines()[1:]
    return {fields[7] for fields in map(str.split, lines)
            if len(fields) > 7 and int(fields[3], 16) & 0x10000}


def await_sockets(process, sockets):
    end = time.monotonic() + PATIENCE_S
    while not set(map(str, sockets)) <= listening():
        if process.poll() is not None:
            raise Failed(process.stderr.read().strip() or "the device has ended")
        if time.monotonic() > end:
            raise Failed("the device does not listen")
        time.sleep(0.001)


@contextlib.contextmanager
def bench(build, **options):
    with tempfile.TemporaryDirectory(prefix="vscmi-bench-") as folder:
        yield Bench(build, folder, **options)
