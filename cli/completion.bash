# SPDX-License-Identifier: BSD-3-Clause
# Bash completion for vscmi: commands, options, and the names that the link's platform has.

_vscmi_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

_vscmi_files() {
	mapfile -t COMPREPLY < <(compgen -f -- "$current")
	# Only inside a completion: folders get their slash.
	compopt -o filenames 2>/dev/null || true
}

# The names of clocks or sensors, $1, on the link that the command line names.
_vscmi_names() {
	timeout 5 vscmi "${link[@]}" --json "$1" list 2>/dev/null |
		sed -n 's/^    "name": "\(.*\)",\{0,1\}$/\1/p'
}

# The whole names of all messages.
_vscmi_messages="
	BASE_PROTOCOL_VERSION BASE_PROTOCOL_MESSAGE_ATTRIBUTES BASE_NEGOTIATE_PROTOCOL_VERSION
	BASE_PROTOCOL_ATTRIBUTES BASE_DISCOVER_VENDOR BASE_DISCOVER_SUB_VENDOR
	BASE_DISCOVER_IMPLEMENTATION_VERSION BASE_DISCOVER_LIST_PROTOCOLS BASE_DISCOVER_AGENT
	BASE_NOTIFY_ERRORS BASE_SET_DEVICE_PERMISSIONS BASE_SET_PROTOCOL_PERMISSIONS
	BASE_RESET_AGENT_CONFIGURATION BASE_ERROR_EVENT SYSTEM_PROTOCOL_VERSION
	SYSTEM_PROTOCOL_MESSAGE_ATTRIBUTES SYSTEM_NEGOTIATE_PROTOCOL_VERSION
	SYSTEM_PROTOCOL_ATTRIBUTES SYSTEM_POWER_STATE_SET SYSTEM_POWER_STATE_GET
	SYSTEM_POWER_STATE_NOTIFY SYSTEM_POWER_STATE_NOTIFIER CLOCK_PROTOCOL_VERSION
	CLOCK_PROTOCOL_MESSAGE_ATTRIBUTES CLOCK_NEGOTIATE_PROTOCOL_VERSION
	CLOCK_PROTOCOL_ATTRIBUTES CLOCK_ATTRIBUTES CLOCK_DESCRIBE_RATES CLOCK_RATE_SET
	CLOCK_RATE_GET CLOCK_CONFIG_SET CLOCK_NAME_GET CLOCK_RATE_NOTIFY
	CLOCK_RATE_CHANGE_REQUESTED_NOTIFY CLOCK_CONFIG_GET CLOCK_POSSIBLE_PARENTS_GET
	CLOCK_PARENT_SET CLOCK_PARENT_GET CLOCK_GET_PERMISSIONS CLOCK_RATE_SET_COMPLETE
	CLOCK_RATE_CHANGED CLOCK_RATE_CHANGE_REQUESTED SENSOR_PROTOCOL_VERSION
	SENSOR_PROTOCOL_MESSAGE_ATTRIBUTES SENSOR_NEGOTIATE_PROTOCOL_VERSION
	SENSOR_PROTOCOL_ATTRIBUTES SENSOR_DESCRIPTION_GET SENSOR_TRIP_POINT_NOTIFY
	SENSOR_TRIP_POINT_CONFIG SENSOR_READING_GET SENSOR_AXIS_DESCRIPTION_GET
	SENSOR_LIST_UPDATE_INTERVALS SENSOR_CONFIG_GET SENSOR_CONFIG_SET
	SENSOR_CONTINUOUS_UPDATE_NOTIFY SENSOR_NAME_GET SENSOR_AXIS_NAME_GET
	SENSOR_READING_COMPLETE SENSOR_TRIP_POINT_EVENT SENSOR_UPDATE
"

# The word behind `vscmi fault add` at the end of the line: a fault, one of its keys, or a value.
_vscmi_rule() { # ACTION WORD...
	local fault=${2-} keys="agent= protocol= message= on= probability= skip= times="

	# Bash's own word begins behind the equals sign.
	case $current in
	protocol=*) current=${current#*=} && _vscmi_words "base system clock sensor" ;;
	message=*) current=${current#*=} && _vscmi_words "$_vscmi_messages" ;;
	on=*) current=${current#*=} && _vscmi_words "reply delayed_response notification" ;;
	copy=*) current=${current#*=} && _vscmi_words "true" ;;
	*=*) ;;
	*)
		case $fault in
		'')
			_vscmi_words "delay drop duplicate reorder early unsolicited token type message \
				truncate oversize flip status stall reset"
			return
			;;
		delay) keys+=" time= copy=" ;;
		duplicate | unsolicited | stall) keys+=" time=" ;;
		reorder) keys+=" behind= at_most= copy=" ;;
		early) keys+=" after= at_most=" ;;
		token | message) keys+=" by= copy=" ;;
		type) keys+=" type= copy=" ;;
		truncate | oversize) keys+=" bytes= copy=" ;;
		flip) keys+=" bits= copy=" ;;
		status) keys+=" status= copy=" ;;
		esac
		_vscmi_words "$keys"
		# The value follows at once.
		compopt -o nospace 2>/dev/null || true
		;;
	esac
}

_vscmi() {
	local words current previous='' stats='' command='' action='' rest=() link=() i

	# Bash's own words end at each colon; "vhost-user:PATH" is one.
	read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
	current=${words[-1]}
	if [ "${COMP_LINE:COMP_POINT-1:1}" = ' ' ]; then
		words+=('')
		current=''
	fi
	previous=${words[-2]}
	for ((i = 1; i + 1 < ${#words[@]}; i++)); do
		case ${words[i]} in
		-l | --link) link=(--link "${words[++i]}") ;;
		--control | --timeout | --poll-us) ((++i)) ;;
		-*) ;;
		*)
			if [ -n "$command" ]; then
				rest+=("${words[i]}")
			elif [ "${words[i]}" = stats ]; then
				stats=yes
			else
				command=${words[i]}
			fi
			;;
		esac
	done
	action=${rest[0]-}
	# Readline takes what is behind the equals sign for the word.
	if [[ $current == --trace=* ]]; then
		current=${current#*=}
		_vscmi_words full
		return
	fi
	case $previous in
	-l | --link)
		_vscmi_words "demo vhost-user: shmem: raw:"
		return
		;;
	--control | --board)
		_vscmi_files
		return
		;;
	--round)
		_vscmi_words "down up nearest"
		return
		;;
	--transport)
		_vscmi_words "virtio mailbox smc"
		return
		;;
	esac
	case $stats$command/$action in
	yes/) _vscmi_words "discover sensor clock raw ping --help" ;;
	/) _vscmi_words "discover sensor clock raw ping stats dtb control fault --link --wait --timeout --poll-us --control --json --trace --trace=full --help --version" ;;
	esac
	case $command/$action in
	sensor/) _vscmi_words "list read watch --help" ;;
	clock/) _vscmi_words "list get set enable disable --help" ;;
	sensor/read) _vscmi_words "--async $(_vscmi_names sensor)" ;;
	sensor/watch) _vscmi_words "--count --for --interval --above --below $(_vscmi_names sensor)" ;;
	clock/get) _vscmi_words "$(_vscmi_names clock)" ;;
	clock/set) _vscmi_words "--async --hold --round $(_vscmi_names clock)" ;;
	clock/enable | clock/disable) _vscmi_words "--hold $(_vscmi_names clock)" ;;
	raw/) _vscmi_words "--async base system clock sensor" ;;
	ping/*) _vscmi_words "--count" ;;
	dtb/) _vscmi_words "add check --help" ;;
	dtb/*)
		if [ "$action" = add ] && [ "${current:0:1}" = - ]; then
			_vscmi_words "--board --agent --transport --mbox --shmem --smc-id --max-rx-timeout-ms --replace"
		else
			_vscmi_files
		fi
		;;
	fault/) _vscmi_words "add list clear --help" ;;
	fault/add) _vscmi_rule "${rest[@]}" ;;
	fault/clear) _vscmi_words "--seed" ;;
	control/) _vscmi_files ;;
	control/*) _vscmi_words "set release fail repair shutdown reboot agents counters sensor clock" ;;
	esac
}

complete -F _vscmi vscmi
