#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What vscmid and vscmi do, on boards/demo.yaml: scripts/demo.sh BUILD
set -euo pipefail

build=$(cd "$1" && pwd)
board=$(cd "$(dirname "$0")/.." && pwd)/boards/demo.yaml
PATH=$build/cli:$build/daemon:$PATH
folder=$(mktemp -d "${TMPDIR:-/tmp}/vscmi-demo.XXXXXX")
cd "$folder"

leave() {
	status=$?
	trap - EXIT
	jobs -p | xargs -r kill 2>/dev/null || true
	wait || true
	if [ "$status" -ne 0 ] && [ -s daemon.log ]; then
		echo "The demo failed. vscmid said:" >&2
		cat daemon.log >&2
	fi
	rm -rf "$folder"
	exit "$status"
}
trap leave EXIT
trap 'exit 130' INT TERM

if [ -t 1 ]; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m')
else
	bold='' plain=''
fi

say() {
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

# run COMMAND...: as a user would type it, and its output.
run() {
	printf '$ %s\n' "$*"
	"$@"
}

# await TEXT FILE: a program that is running writes to FILE; wait until it has said TEXT.
await() {
	timeout 10 grep -q -m 1 -- "$1" <(tail -n +1 -s 0.05 -F "$2" 2>/dev/null) ||
		{ echo "waited 10 s for '$1' in vain" >&2; return 1; }
}

say "vscmid serves a board to guests; here it is a process of its own."
printf '$ vscmid --board boards/demo.yaml --socket-path demo.sock --control control.sock &\n'
vscmid --board "$board" --socket-path demo.sock --control control.sock 2>daemon.log &
daemon=$!
await ready daemon.log

export VSCMI_LINK=vhost-user:demo.sock
say "vscmi is a guest without a virtual machine: its commands travel in virtqueues."
printf '$ export VSCMI_LINK=%s\n' "$VSCMI_LINK"
run vscmi discover

say "All sensors."
run vscmi sensor read

say "The pll needs 200 ms to change its rate; the delayed response tells when it has."
run vscmi --trace clock set pll 1.2GHz --async 2>trace.log
grep CLOCK_RATE_SET trace.log

say "Tell when soc rises above 85 degrees, and then drive it there."
printf '$ vscmi sensor watch soc --above 85 --count 1 &\n'
vscmi sensor watch soc --above 85 --count 1 --for 10s >watch.log 2>armed.log &
watch=$!
await watching armed.log
run vscmi control control.sock set soc 90
wait "$watch"
cat watch.log
grep -q "rose above 85" watch.log
run vscmi control control.sock release soc

say "Two seconds of an accelerometer that sends by itself."
run vscmi sensor watch accelerometer --interval 100ms --for 2s 2>/dev/null

say "How long a command takes, there and back, between two processes."
run vscmi ping --count 10000

kill -TERM "$daemon"
wait "$daemon"
say "vscmid has ended, and left nothing behind."
[ ! -e demo.sock ] && [ ! -e control.sock ]
