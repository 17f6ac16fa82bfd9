# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# The guest's console: the output of its machine, read line by line as it comes, and its input.

# shellcheck disable=SC2034 # console_pid and console_why are for the caller

console_silence_s=120

# console_open FILE COMMAND...: starts the machine; what it prints is also kept in FILE. Sets console_pid.
console_open()
{
	console_file=$1
	shift
	mkfifo "$console_file.input"
	exec {console_input}<>"$console_file.input"
	exec {console_output}< <(exec "$@" <&"$console_input" 2>&1)
	console_pid=$!
}

# console_close: after the end of the output.
console_close()
{
	exec {console_input}>&- {console_output}<&-
}

# console_say LINE: types it.
console_say()
{
	echo "$1" >&"$console_input"
}

# console_until [LINE]: shows what comes up to this line, or up to the end. Fails, and tells why in
# console_why, at an early end and after a long silence.
console_until()
{
	local line status=0
	while IFS= read -r -t "$console_silence_s" -u "$console_output" line || { status=$?; false; }; do
		line=${line%$'\r'}
		echo "# $line"
		echo "$line" >>"$console_file"
		if [ $# -eq 1 ] && [ "$line" = "$1" ]; then
			return 0
		fi
	done
	if [ "$status" -gt 128 ]; then
		console_why="nothing more for $console_silence_s s, waiting for '${1-the end}'"
		return 1
	fi
	console_why="the machine ended before '${1-}'"
	[ $# -eq 0 ]
}
