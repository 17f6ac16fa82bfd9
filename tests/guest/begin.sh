# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# What every test with a guest begins with, given its arguments: [--keep] [BUILD]
#   --keep  leave the working folder, with the console and the logs
#   BUILD   the folder where Meson built vscmid and vscmi; without it $BUILD

# shellcheck disable=SC2034 # board is for the caller

begin_here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=tests/guest/console.sh
. "$begin_here/console.sh"
# shellcheck source=tests/guest/facts.sh
. "$begin_here/facts.sh"
# shellcheck source=tests/guest/checks.sh
. "$begin_here/checks.sh"
# shellcheck source=tests/guest/boot.sh
. "$begin_here/boot.sh"

keep=
if [ "${1-}" = --keep ]; then
	keep=1
	shift
fi
build=$(readlink -f "${1:-${BUILD:?the build folder}}")
board=$(readlink -f "$begin_here/../../boards/guest.yaml")

work=$(mktemp -d)
finish()
{
	trap - EXIT INT TERM
	# Some machines do not hear SIGTERM while their device is silent.
	[ -z "${console_pid-}" ] || kill -KILL "$console_pid" 2>/dev/null || :
	[ -z "${daemon_pid-}" ] || kill "$daemon_pid" 2>/dev/null || :
	wait
	if [ -n "$keep" ]; then
		echo "# kept: $work"
	else
		rm -rf "$work"
	fi
	exit "$1"
}
trap 'finish $?' EXIT
trap 'finish 130' INT
trap 'finish 143' TERM
