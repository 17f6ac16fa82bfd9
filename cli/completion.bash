# SPDX-License-Identifier: BSD-3-Clause
# Bash completion for vscmi: commands, options, and the names that the link's platform has.

_vscmi_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

# The names of clocks or sensors, $1, on the link that the command line names.
_vscmi_names() {
	timeout 5 vscmi "${link[@]}" --json "$1" list 2>/dev/null |
		sed -n 's/^    "name": "\(.*\)",\{0,1\}$/\1/p'
}

_vscmi() {
	local words current previous='' command='' action='' link=() i

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
		--control) ((++i)) ;;
		-*) ;;
		*) if [ -z "$command" ]; then command=${words[i]}; else action=${action:-${words[i]}}; fi ;;
		esac
	done
	case $previous in
	-l | --link)
		_vscmi_words "demo vhost-user:"
		return
		;;
	--control)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	--round)
		_vscmi_words "down up nearest"
		return
		;;
	esac
	case $command/$action in
	/) _vscmi_words "discover sensor clock raw ping control --link --control --json --trace --help --version" ;;
	sensor/) _vscmi_words "list read watch --help" ;;
	clock/) _vscmi_words "list get set enable disable --help" ;;
	sensor/read) _vscmi_words "--async $(_vscmi_names sensor)" ;;
	sensor/watch) _vscmi_words "--count --for --interval --above --below $(_vscmi_names sensor)" ;;
	clock/get) _vscmi_words "$(_vscmi_names clock)" ;;
	clock/set) _vscmi_words "--async --hold --round $(_vscmi_names clock)" ;;
	clock/enable | clock/disable) _vscmi_words "--hold $(_vscmi_names clock)" ;;
	raw/) _vscmi_words "--async base system clock sensor" ;;
	ping/*) _vscmi_words "--count" ;;
	control/) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
	control/*) _vscmi_words "set release fail repair shutdown reboot agents counters sensor clock" ;;
	esac
}

complete -F _vscmi vscmi
