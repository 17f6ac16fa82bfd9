# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# What the platform and the guest say about clocks and sensors, brought into one form so that they
# can be compared: one line `NAME VALUE` for each fact, units as in Linux's clk and hwmon.

# platform_facts COMMAND...: asks the platform through this command, which is vscmi with a link.
platform_facts()
{
	"$@" --json clock list | jq -r '.[] |
		"clock/\(.name)/enabled \(.enabled)", "clock/\(.name)/rate_hz \(.rate_hz)"'
	# The kind of hwmon input, and the power of ten of its unit below the sensor's. Others are left out.
	"$@" --json sensor read | jq -r '
		{celsius: ["temp", 3], volts: ["in", 3], amps: ["curr", 3], watts: ["power", 6]} as $hwmon |
		.[] | .readings[0] as $reading | select($reading and $hwmon[$reading.unit]) |
		$hwmon[$reading.unit] as [$kind, $digits] |
		"sensor/\($kind)/\(.name) \($reading.raw * pow(10; $reading.exponent + $digits))"'
}

# guest_clocks PART <CONSOLE: the kernel's clk_summary under `== clocks PART`. clk24mhz is the
# virtual machine's own.
guest_clocks()
{
	awk -v part="$1" '
		/^== / { inside = $2 == "clocks" && $3 == part }
		inside && $2 ~ /^[0-9]+$/ && $5 ~ /^[0-9]+$/ && $1 != "clk24mhz" {
			print "clock/" $1 "/rate_hz", $5
			print "clock/" $1 "/enabled", ($2 > 0 ? "true" : "false")
		}'
}

# guest_sensors <CONSOLE: the hwmon inputs by kind and label.
guest_sensors()
{
	awk '
		/^== / { inside = $2 == "hwmon" }
		inside && sub(/[0-9]+_input$/, "", $1) { print "sensor/" $1 "/" $2, $3 }'
}
