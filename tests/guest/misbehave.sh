# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# The second boot: the platform misbehaves, by rules that come and go while the guest runs. No check
# depends on which of two messages Linux sees first when both are on their way.
# docs/testing-a-driver.md says the same in words.

# For a reply. For a delayed response Linux always waits 2 s.
timeout_ms=2000

# QEMU's ring has 256 entries, and Linux uses two for a command.
commands_max=128

reading=message=SENSOR_READING_GET
right=(curr1=1250 in0=850 power1=2750000)
timed_out="Connection timed out"
busy="Device or resource busy"

# step NAME
step()
{
	step_name=$1
	step_done=()
	: >log
	echo "# --- $1"
}

# rule DONE FAULT KEY=VALUE...: for the guest; so often it will have been done when the step is over.
rule()
{
	step_done+=("$1")
	shift
	echo "# rule: $*"
	fault add "$@" agent=guest >/dev/null
}

# tells NAME=TEXT...: these lines are in the guest's last answer.
tells()
{
	local fact got=()
	for fact; do
		got+=("${fact%%=*}=$(sed -n "s/^${fact%%=*} //p" answer)")
	done
	check "$step_name, the guest tells" "$*" "${got[*]}"
}

# reads INPUT=TEXT...: the guest reads these at once.
reads()
{
	guest_do "inputs ${*%%=*}"
	tells "$@"
}

# order: of the commands that the tokens in the guest's last answer stand for.
order()
{
	sed -n 's/^token //p' answer | awk '
		{ token[NR] = $1 "" }
		END {
			for (i = 1; i <= NR; i++) {
				place = 1
				for (j = 1; j <= NR; j++)
					place += token[j] < token[i]
				print place
			}
		}' | paste -s -d " "
}

# joined <LINES: as one.
joined()
{
	paste -s -d , | sed 's/,/, /g'
}

# bits NUMBER: how many of them are 1.
bits()
{
	local left=$1 count=0
	while [ "$left" -ne 0 ]; do
		left=$((left & (left - 1)))
		count=$((count + 1))
	done
	echo "$count"
}

# kernel_said <LOG: how many lines there are of each kind. A message that nobody waits for is dropped
# in one of two ways: its command is still there, or no more.
kernel_said()
{
	sed -E \
		-e 's/(arm-scmi|scmi_protocol) [^:]*: //' \
		-e 's/Message for [0-9]+ type ([0-9]) is not expected!$/type \1 dropped/' \
		-e 's/Invalid message type:([0-9]) for [0-9]+ - HDR:0x[0-9A-F]+  state:[0-9]$/type \1 dropped/' \
		-e '/Delayed Response for [0-9]+ not expected! Buggy F\/W \?$/d' \
		-e 's/Received valid OoO Delayed Response for [0-9]+$/early delayed response/' \
		-e 's/timed out in resp\(caller: do_xfer.*\)$/no reply/' \
		-e 's/timed out in delayed resp\(caller: .*\)$/no delayed response/' |
		awk '{ count = $1; sub(/^ *[0-9]+ /, ""); sum[$0] += count }
			END { for (kind in sum) print sum[kind], kind }' | sort -k 2 | joined
}

# says WHAT: in this step the kernel has logged so much, as kernel_said tells it. What is on its way
# is waited for.
says()
{
	local said
	for _ in {1..200}; do
		guest_do log
		cat answer >>log
		said=$(kernel_said <log)
		[ "$said" != "$1" ] || break
	done
	check "$step_name, the kernel says" "$1" "${said:-nothing}"
}

# step_over: the rules have done what they should, without them all is well, and the kernel has not
# logged anything else.
step_over()
{
	check "$step_name, faults done" "${step_done[*]}" \
		"$(fault list | jq -r 'map(.done) | join(" ")')"
	fault clear >/dev/null
	guest_do "inputs ${right[*]%%=*}; log"
	check "$step_name, and then" "$(printf '%s\n' "${right[@]/=/ }" | joined)" \
		"$(sort answer | joined)"
}

# From its first command on.
guest_probes()
{
	step "all replies come twice"
	rule 0 duplicate on=reply
	rule 2 delay on=delayed_response time=300ms
	guest_boot "loglevel=1 -- gpu=650000000" --max-rx-timeout-ms "$timeout_ms"
	cat <(guest_clocks after <console) <(guest_sensors <console) >guest.after
	ask_platform platform.after
	check_same "$step_name" platform.after guest.after
	step_done[0]=$(fault list | jq '.[0].done')
	says "${step_done[0]} type 0 dropped"
	step_over
}

guest_waits()
{
	step "replies are late, within the timeout"
	rule 3 delay "$reading" time=200ms
	reads "${right[@]}"
	step_over

	step "all waits for a while"
	rule 1 stall "$reading" time=200ms times=1
	reads "${right[@]}"
	step_over

	step "the first of three replies comes last"
	rule 1 reorder "$reading" behind=2 at_most=1h times=1
	guest_do "tokens inputs ${right[*]%%=*}"
	tells "${right[@]}"
	check "$step_name, the order of commands" "2 3 1" "$(order)"
	step_over

	# It comes with the reply to the next command, whenever that is.
	step "a reply is late, after the timeout"
	rule 1 reorder "$reading" behind=1 at_most=1h times=1
	reads in0="$timed_out"
	reads curr1=1250
	says "1 no reply, 1 type 0 dropped"
	step_over

	step "what comes is not the reply"
	rule 1 token "$reading" by=512 times=1
	rule 1 truncate "$reading" bytes=0 skip=1 times=1
	rule 1 type "$reading" type=1 skip=2 times=1
	rule 1 drop message=CLOCK_RATE_SET on=delayed_response
	guest_do "change gpu 300000000 & inputs in0 curr1 power1; wait"
	tells in0="$timed_out" curr1="$timed_out" power1="$timed_out" gpu="from 650000000 to 300000000 Hz"
	says "1 no delayed response, 3 no reply, 1 received unknown msg_type:1, 2 type 0 dropped"
	step_over
}

guest_drops()
{
	step "delayed responses come before their replies"
	rule 1 early "$reading" after=300ms at_most=1h
	rule 1 early message=CLOCK_RATE_SET after=300ms at_most=1h
	guest_do "change gpu 500000000 & inputs temp1; wait"
	tells temp1=42500 gpu="from 300000000 to 500000000 Hz"
	says "2 early delayed response, 2 type 0 dropped"
	step_over

	step "a reply is lost, its delayed response comes"
	rule 1 drop "$reading" on=reply
	reads temp1=42500
	says "1 early delayed response"
	step_over

	step "a delayed response that nobody asked for"
	rule 1 unsolicited "$reading" time=200ms
	reads in0=850
	says "1 type 2 dropped"
	step_over

	step "replies and delayed responses come twice"
	rule 3 duplicate "$reading"
	rule 1 delay "$reading" on=delayed_response time=300ms
	reads in0=850 temp1=42500
	says "2 type 0 dropped, 1 type 2 dropped"
	step_over

	step "notifications that are none"
	rule 2 type "$reading" type=3 copy=true
	reads in0=850 curr1=1250
	step_over

	step "a notification that ends early"
	rule 1 truncate message=SYSTEM_POWER_STATE_NOTIFIER bytes=12
	control shutdown guest >/dev/null
	says "1 SCMI Notifications - report not available - proto:12  evt:0"
	step_over
}

guest_believes()
{
	local value
	# The second reply goes ahead once more with the token of the first, which is kept meanwhile.
	step "a reply with the token of another command"
	rule 1 reorder "$reading" behind=3 at_most=1h times=1
	rule 1 token "$reading" by=1023 copy=true skip=1 times=1
	guest_do "inputs in0 curr1"
	check "$step_name, the guest tells for both" "850 or 1250" \
		"$(cut -d ' ' -f 2- answer | sort -u | joined | sed -E 's/^(850|1250)$/850 or 1250/')"
	reads power1=2750000
	says "1 type 0 dropped"
	step_over

	step "replies to another message"
	rule 2 message "$reading"
	reads in0=850 curr1=1250
	step_over

	# Linux takes what it finds in its buffer: the sensor's number, from the request.
	step "replies end after the status"
	rule 2 truncate "$reading" bytes=8
	reads in0=1 power1=3000
	step_over

	step "replies are too long, or say so"
	rule 3 oversize "$reading" bytes=512
	reads "${right[@]}"
	step_over

	# With this seed it is a bit of the value.
	step "one bit is wrong"
	fault clear --seed 4 >/dev/null
	rule 1 flip "$reading"
	guest_do "inputs in0"
	value=$(sed -n 's/^in0 \([-0-9]*\)$/\1/p' answer)
	check "$step_name, wrong bits in what the guest tells" 1 "$(bits $((${value:-850} ^ 850)))"
	step_over

	step "commands are refused"
	rule 1 status "$reading" status=BUSY times=1
	rule 1 status "$reading" status=-128 skip=1 times=1
	reads in0="$busy"
	reads in0="Input/output error"
	rule 1 status "$reading" status=BUSY on=delayed_response
	reads temp1="$busy"
	step_over
}

# A buffer that does not come back is never used again, so that this is the end. One is out already.
guest_runs_out()
{
	local left=$((commands_max - 1))
	step "no replies"
	rule "$left" drop "$reading"
	guest_do "inputs $(printf 'in0 %.0s' $(seq "$left")) | sort | uniq -c"
	check "$step_name, the guest tells" "$left in0 $timed_out" "$(sed 's/^ *//' answer | joined)"
	says "$left no reply"
	check "$step_name, faults done" "$left" "$(fault list | jq '.[0].done')"
	fault clear >/dev/null
	reads in0="$busy"
}

guest_meets_faults()
{
	platform_start misbehave
	guest_probes
	guest_waits
	guest_drops
	guest_believes
	guest_runs_out
	guest_end
	platform_end
}
