#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What the first process of every guest starts with: it fills an empty system, and brings functions
# that tell on the console what the kernel sees. Each part starts with a line `== NAME`.
set -eu

clocks() {
	echo "== clocks $1"
	# The columns up to the rate: further right the consumers follow, one line for each.
	sed -n -e 's/^\(.\{72\}\).*/\1/' -e 's/ *$//' -e '/./p' /sys/kernel/debug/clk/clk_summary
}

sensors() {
	echo "== hwmon"
	for input in /sys/class/hwmon/hwmon*/*_input; do
		echo "$(basename "$input") $(cat "${input%_input}_label") $(cat "$input")"
	done
}

# The warnings and errors about SCMI since the last time, each line with how often it came.
log() {
	dmesg -c -r | sed -n 's/^<[0-4]>\[[ 0-9.]*\] \(arm-scmi \|scmi_protocol \|received unknown\)/\1/p' |
		sort | uniq -c
}

# Does what it reads from the console, shell commands that may be functions, until the platform asks for
# power off. Each ends with a line `== done`.
obey() {
	# The kernel answers a graceful shutdown with /sbin/poweroff, and that with a signal to us.
	trap 'echo "== poweroff"; poweroff -f' USR2
	stty -echo
	echo "== ready"
	while :; do
		read -r command || continue
		eval "$command" || :
		echo "== done"
	done
}

/bin/busybox --install -s
mount -t devtmpfs none /dev
mount -t proc none /proc
mount -t sysfs none /sys
mount -t debugfs none /sys/kernel/debug
