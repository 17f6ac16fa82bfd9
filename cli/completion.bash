# SPDX-License-Identifier: BSD-3-Clause
# Bash completion for vscmi: commands, options, and the names that the link's platform has.

# The names of clocks or sensors, $1, as the link that stands on the command line has them.
_vscmi_names() {
	local i link=()

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-l | --link) link=(--link "${COMP_WORDS[i + 1]}") ;;
		esac
	done
	timeout 2 vscmi "${link[@]}" --json "$1" list 2>/dev/null |
		sed -n 's/^    "name": "\(.*\)",\{0,1\}$/\1/p'
}

_vscmi_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

_vscmi() {
	local current previous command='' action='' i

	# "vhost-user:PATH" is one word.
	_get_comp_words_by_ref -n : current previous 2>/dev/null || {
		current=${COMP_WORDS[COMP_CWORD]}
		previous=${COMP_WORDS[COMP_CWORD - 1]}
	}
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-l | --link) ((i++)) ;;
		-*) ;;
		discover | sensor | clock | raw | ping | control)
			command=${COMP_WORDS[i]} action=${COMP_WORDS[i + 1]}
			[ $((i + 1)) -lt "$COMP_CWORD" ] || action=''
			break
			;;
		esac
	done
	case $previous in
	-l | --link)
		_vscmi_words "demo vhost-user:"
		return
		;;
	--round)
		_vscmi_words "down up nearest"
		return
		;;
	esac
	case $command/$action in
	/) _vscmi_words "discover sensor clock raw ping control --link --json --trace --help --version" ;;
	sensor/) _vscmi_words "list read watch --help" ;;
	clock/) _vscmi_words "list get set enable disable --help" ;;
	sensor/read) _vscmi_words "--async $(_vscmi_names sensor)" ;;
	sensor/watch) _vscmi_words "--count --for --interval --above --below $(_vscmi_names sensor)" ;;
	clock/set) _vscmi_words "--async --round --hold $(_vscmi_names clock)" ;;
	clock/get) _vscmi_words "$(_vscmi_names clock)" ;;
	clock/enable | clock/disable) _vscmi_words "--hold $(_vscmi_names clock)" ;;
	raw/) _vscmi_words "--async base system clock sensor" ;;
	ping/*) _vscmi_words "--count" ;;
	control/) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
	control/*) _vscmi_words "set release fail repair shutdown reboot agents counters sensor clock" ;;
	esac
}

complete -F _vscmi vscmi
