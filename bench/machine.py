# SPDX-License-Identifier: BSD-3-Clause
"""The machine, as far as it matters to what is measured."""
import os
import pathlib
import platform
import re
import subprocess


def read(path, otherwise=""):
    try:
        return pathlib.Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return otherwise


def processor():
    match = re.search(r"^(?:model name|Model|CPU part)\s*:\s*(.+)$", read("/proc/cpuinfo"), re.MULTILINE)
    return match[1] if match else platform.machine()


def virtualisation():
    """What systemd says, or what the processor does."""
    try:
        found = subprocess.run(["systemd-detect-virt", "--vm"], stdout=subprocess.PIPE, text=True, check=False)
        if found.stdout.strip():
            return found.stdout.strip()
    except OSError:
        pass
    hypervisor = re.search(r"^flags\s*:.*\bhypervisor\b", read("/proc/cpuinfo"), re.MULTILINE)
    return "a virtual machine" if hypervisor else "none"


def compiler(build):
    """Of what is measured: the first line that Meson's log has about it."""
    log = read(build / "meson-logs/meson-log.txt")
    match = re.search(r'^C compiler for the host machine: .*"(.+)"\)', log, re.MULTILINE)
    return match[1] if match else "unknown"


def core_of(cpu):
    return read(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list", str(cpu))


def two_cpus():
    """Two that are not threads of one core, or the same one twice."""
    cpus = sorted(os.sched_getaffinity(0))
    others = [cpu for cpu in cpus if core_of(cpu) != core_of(cpus[0])]
    return cpus[0], (others or cpus)[0]


def describe(build):
    governor = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"
    return {
        "processor": processor(),
        "processors": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "compiler": compiler(build),
        "governor": read(governor, "unknown"),
        "virtualisation": virtualisation(),
        "load": round(os.getloadavg()[0], 2),
        "pinned": list(two_cpus()),
    }


def sentence(described):
    return ("{processor}, {processors} processors, Linux {kernel} {architecture}, {compiler}, "
            "governor {governor}, virtualisation {virtualisation}, load average {load} before; "
            "agents on processor {pinned[0]}, the device on {pinned[1]}".format(**described))
