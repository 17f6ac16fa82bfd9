# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# The first boot: what the guest sees and does is what the platform says to the host.

# What the guest's init is asked to do: change two rates, and let go of a clock.
agree_changes=(uart=96000000 gpu=650000000 uart=off)

agree_count()
{
	jq ".agents.guest.$1" counts
}

guest_agrees()
{
	local change fact want
	platform_start agree
	ask_platform platform.before
	guest_boot "quiet -- ${agree_changes[*]}"
	ask_platform platform.after
	control counters >counts
	guest_end

	# What the guest had asked for has gone with it, though a rate takes its time to go back.
	for _ in {1..200}; do
		ask_platform platform.gone
		! cmp -s platform.before platform.gone || break
	done
	platform_end

	# Before its consumers were there, the guest's kernel did not know what is enabled.
	sed -n /rate_hz/p platform.before >platform.rates
	guest_clocks before <console | sed -n /rate_hz/p >guest.rates
	check_same before platform.rates guest.rates
	cat <(guest_clocks after <console) <(guest_sensors <console) >guest.after
	check_same after platform.after guest.after
	for change in "${agree_changes[@]}"; do
		case $change in
		*=off) fact=clock/${change%=*}/enabled want=false ;;
		*) fact=clock/${change%=*}/rate_hz want=${change#*=} ;;
		esac
		check "the guest's change of $fact" "$want" "$(sed -n "s,^$fact ,,p" platform.after)"
	done
	check_same gone platform.before platform.gone

	check "delayed responses: two rates and the slow sensor" 3 "$(agree_count delayed_responses)"
	check "malformed chains" 0 "$(agree_count malformed_chains)"
	check "commands that could not be answered" 0 "$(agree_count unanswerable)"
}
