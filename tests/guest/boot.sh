# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# A platform for two agents, the guest and the host, and the guest's kernel on it. Each boot has a
# folder of its own, which is the working folder from platform_start on.

# The caller has a function `machine_open PARAMETERS [OPTION...]`: opens the console of a machine with
# these on its kernel's command line. The options are for `vscmi dtb add`.

# shellcheck disable=SC2154 # from the caller: build, board, work

# give_up WHY: the guest did not come so far that its words could be checked.
give_up()
{
	sed 's/^/# vscmid: /' daemon.log
	check "the guest runs to its end" "power off" "$1"
	checks_end
	exit 1
}

# platform_start FOLDER
platform_start()
{
	mkdir "$work/$1"
	cd "$work/$1" || exit # the board's sockets are relative
	touch daemon.log
	"$build/daemon/vscmid" --board "$board" --control control.sock 2>>daemon.log &
	daemon_pid=$!
	grep -qx 'info: ready' < <(tail -n +1 -f --pid="$daemon_pid" daemon.log) ||
		give_up "vscmid ended at its start"
}

platform_end()
{
	local status=0
	kill "$daemon_pid"
	wait "$daemon_pid" || status=$?
	daemon_pid=
	check "vscmid ends by SIGTERM with status" 0 "$status"
}

# control COMMAND...: steers vscmid.
control()
{
	"$build/cli/vscmi" --json control control.sock "$@" || give_up "vscmid does not do: $*"
}

# fault COMMAND...: its rules.
fault()
{
	"$build/cli/vscmi" --json --control control.sock fault "$@" ||
		give_up "vscmid does not do: fault $*"
}

# ask_platform FILE: what it says to the host, its second agent.
ask_platform()
{
	platform_facts "$build/cli/vscmi" --link vhost-user:host.sock >"$1" ||
		give_up "the platform does not answer the host"
}

# guest_boot PARAMETERS [OPTION...]: up to the point where it waits for commands.
guest_boot()
{
	machine_open "$@"
	console_until '== ready' || give_up "$console_why"
}

# guest_do COMMAND: in the guest's shell. Leaves what it prints in the file `answer`.
guest_do()
{
	local lines
	lines=$(wc -l <console)
	console_say "$1"
	console_until '== done' || give_up "$console_why"
	sed -e "1,${lines}d" -e '/^== done$/d' console >answer
}

# guest_end: as the platform asks.
guest_end()
{
	local status=0
	echo "# the host asks for a graceful shutdown"
	control shutdown guest >/dev/null
	console_until '== poweroff' || give_up "$console_why"
	console_until || give_up "$console_why"
	wait "$console_pid" || status=$?
	console_pid=
	console_close
	check "the machine ends by itself with status" 0 "$status"
}
