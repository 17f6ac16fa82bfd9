# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# The kernel's own drivers: each binds to what the board offers, and reads what the platform says.

# shellcheck disable=SC2154 # from the caller: build

# A driver, its protocol, and whether board.yaml offers it.
drivers=(
	'scmi-power-domain   0x11 no'
	'scmi-system-power   0x12 yes'
	'scmi-perf-domain    0x13 no'
	'scmi-clocks         0x14 yes'
	'scmi-hwmon          0x15 yes'
	'scmi-sensor-iiodev  0x15 yes'
	'scmi-reset          0x16 no'
	'scmi-regulator      0x17 no'
	'scmi-powercap       0x18 no'
	'scmi-pinctrl        0x19 no'
)

# yes_if COMMAND...: whether it ends well, whatever it prints.
yes_if()
{
	if "$@" >/dev/null; then echo yes; else echo no; fi
}

drivers_bind()
{
	local row driver protocol offered
	echo "# what the kernel's drivers find"
	ask_platform platform
	"$build/cli/vscmi" --link vhost-user:host.sock --json discover >tree.json
	guest_do drivers
	cp answer bound
	for row in "${drivers[@]}"; do
		read -r driver protocol offered <<<"$row"
		check "the board offers $protocol" "$offered" \
			"$(yes_if jq -e "any(.protocols[]; .id == $((protocol)))" tree.json)"
		check "$driver is bound" "$offered" "$(yes_if grep "^$driver [1-9]" bound)"
	done

	guest_do 'clocks now; sensors'
	# Nobody has a clock of the kernel's, so it does not know what is enabled.
	cat <(guest_clocks now <answer | sed -n /rate_hz/p) <(guest_sensors <answer) >kernel
	sed /enabled/d platform >platform.readable
	check_same "the kernel's clk and hwmon" platform.readable kernel
}

# The last thing to look at: the kernel switches a sensor off when it has read it.
iio_reads()
{
	"$build/cli/vscmi" --link vhost-user:host.sock --json sensor read accelerometer |
		jq -r '.[].readings[] | "in_\(.axis | ascii_downcase) \(.value)"' |
		awk '{ printf "%s %.3f\n", $1, $2 }' >platform.axes
	guest_do axes
	awk '{ printf "%s %.3f\n", $1, $2 * $3 }' answer >axes
	check_same "the kernel's iio" platform.axes axes
}
