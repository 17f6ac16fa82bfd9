# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# vscmi inside, through the kernel's raw mode.

# shellcheck disable=SC2154,SC2016 # from the caller: build; and dollars are for the guest's shell

# guest_vscmi ARGUMENT...: prints what vscmi says inside. The console goes to standard error.
guest_vscmi()
{
	guest_do "vscmi $*" >&2
	cat answer
}

# outside FACT: what the platform says to the host.
outside()
{
	ask_platform facts
	sed -n "s,^$1 ,,p" facts
}

raw_agrees()
{
	echo "# vscmi inside reads what vscmi outside reads"
	ask_platform platform
	platform_facts guest_vscmi >raw
	check_same "vscmi through raw mode" platform raw
	guest_do 'vscmi --json discover'
	check "discover" "$(jq -cS .protocols tree.json)" "$(jq -cS .protocols answer)"
	guest_do 'vscmi --json -l $VSCMI_LINK/raw/message_poll discover'
	check "discover, replies polled for" "$(jq -cS .protocols tree.json)" "$(jq -cS .protocols answer)"
	guest_do 'vscmi --json raw 0x10 0'
	check "a raw command" '[0,131073]' "$(jq -c .words answer)"
	guest_do 'vscmi --json ping --count 300 2>/dev/null'
	check "round trips" 300 "$(jq .round_trips answer)"
	guest_do 'vscmi dtb add /files/machine /tree && vscmi dtb check /tree && sha256sum </tree'
	"$build/cli/vscmi" --link vhost-user:host.sock dtb add ../machine tree.outside >/dev/null
	check "a device tree from the live link" "$(sha256sum <tree.outside)" "$(tail -n 1 answer)"
}

raw_changes()
{
	echo "# vscmi inside changes what vscmi outside and the kernel then see"
	guest_do 'vscmi clock set uart 96MHz >/dev/null; clocks now'
	check "uart, outside" 96000000 "$(outside clock/uart/rate_hz)"
	check "uart, the kernel's" 96000000 "$(guest_clocks now <answer | sed -n 's,^clock/uart/rate_hz ,,p')"

	guest_do 'vscmi --json stats clock set gpu 650MHz --async 2>&1 >/dev/null'
	check "gpu, outside" 650000000 "$(outside clock/gpu/rate_hz)"
	check "its delayed response" 1 "$(jq .delayed_responses answer)"
	guest_do 'vscmi --json -l $VSCMI_LINK/raw/message_poll stats clock set gpu 600MHz --async 2>&1 >/dev/null'
	check "gpu, its reply polled for" 600000000 "$(outside clock/gpu/rate_hz)"
	check "its delayed response, not polled for" 1 "$(jq .delayed_responses answer)"
	guest_do 'vscmi --json sensor read --async core-supply-voltage'
	check "a slow reading" 850 "$(jq '.[0].readings[0].value * 1000' answer)"

	guest_do 'vscmi --trace --json sensor watch --count 1 --above 50 soc >/watch 2>&1 & until grep -q "TRIP_POINT_NOTIFY reply" /watch; do :; done'
	guest_do 'try vscmi clock list'
	check "a second vscmi meanwhile" "raw: another program uses it" "$(sed -n 's,.*/scmi/0/,,p' answer)"
	control set soc 60 >/dev/null
	guest_do 'wait; grep ^{ /watch'
	check "a notification" '"rising"' "$(jq .edge answer)"
	control release soc >/dev/null
}

raw_errors()
{
	echo "# what goes wrong on the way"
	# The command has some more to ask, which takes long enough.
	fault add early message=CLOCK_RATE_SET times=1 >/dev/null
	fault add delay message=CLOCK_DESCRIBE_RATES time=100ms >/dev/null
	guest_do 'vscmi --json stats clock set gpu 400MHz --async 2>&1 >/dev/null'
	check "a delayed response before its reply" 1 "$(jq .delayed_responses answer)"
	check "that reply, among the kernel's errors" 1 "$(jq .dropped.overtaken_reply answer)"

	fault add duplicate message=CLOCK_RATE_GET times=1 >/dev/null
	guest_do 'vscmi --json stats clock get uart 2>&1 >/dev/null'
	check "a second reply, among the kernel's errors" 1 "$(jq '.dropped | .second_reply + .unknown_token' answer)"

	fault add drop message=CLOCK_RATE_GET times=1 >/dev/null
	guest_do 'try vscmi clock get uart'
	check "a lost reply" "status 3" "$(tail -n 1 answer)"
	guest_do 'until [ "$(in_flight)" = 0 ]; do :; done; try vscmi clock get uart >/dev/null; echo "status $status"'
	check "and after it" "status 0" "$(tail -n 1 answer)"

	guest_do 'try vscmi -l $VSCMI_LINK/7 clock list'
	check "no such instance" "status 3" "$(tail -n 1 answer)"
	guest_do 'umount /sys/kernel/debug; try vscmi clock list; mount -t debugfs none /sys/kernel/debug'
	check "debugfs is not mounted" "mount -t debugfs none /sys/kernel/debug" \
		"$(sed -n 's/.*debugfs is not mounted: //p' answer)"
	guest_do 'try su nobody -c "vscmi clock list"'
	check "a user like others" "the kernel's debugfs is for root alone" \
		"$(sed -n 's/.*Permission denied: //p' answer)"
}
