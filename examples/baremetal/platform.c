/* SPDX-License-Identifier: BSD-3-Clause */
#include <vscmi/agent/base.h>
#include <vscmi/agent/clock.h>
#include <vscmi/agent/sensor.h>

#include "device.h"
#include "platform.h"
#include "uart.h"

/* The platform may refuse, or the command may not get that far. */
bool succeeded(const char *what, struct vscmi_result result)
{
	if (vscmi_failed(result))
		print("%s: %s\n", what,
		      result.error == VSCMI_E_REFUSED ? vscmi_status_name(result.status)
						      : vscmi_error_text(result.error));
	return !vscmi_failed(result);
}

static void print_base(void)
{
	char vendor[VSCMI_BASE_NAME_BYTES], sub_vendor[VSCMI_BASE_NAME_BYTES];
	struct vscmi_list list;
	uint8_t protocol;

	if (succeeded("vendor", vscmi_base_vendor(&agent, vendor)) &&
	    succeeded("sub-vendor", vscmi_base_sub_vendor(&agent, sub_vendor)))
		print("platform: %s %s\n", vendor, sub_vendor);
	vscmi_base_protocols(&list, &agent);
	while (vscmi_base_protocols_next(&list, &protocol))
		print("protocol: %x\n", (uint64_t)protocol);
	succeeded("protocols", list.result);
}

static uint32_t clock_count(void)
{
	struct vscmi_clock_protocol protocol = { 0 };

	succeeded("clocks", vscmi_clock_protocol_get(&agent, &protocol));
	return protocol.clocks;
}

static void print_clock(uint32_t clock_id)
{
	struct vscmi_clock clock;
	uint64_t rate_hz;

	if (succeeded("clock", vscmi_clock_get(&agent, clock_id, &clock)) &&
	    succeeded("rate", vscmi_clock_rate_get(&agent, clock_id, &rate_hz)))
		print("clock: %s, %s, %U Hz\n", clock.name, clock.enabled ? "on" : "off",
		      rate_hz);
}

/* DMTF DSP0249 has many more. */
static const char *unit(uint8_t type)
{
	switch (type) {
	case 2:
		return "celsius";
	case 5:
		return "volts";
	case 6:
		return "amps";
	case 7:
		return "watts";
	default:
		return "units";
	}
}

static void print_sensors(void)
{
	struct vscmi_sensor_reading reading;
	struct vscmi_sensor sensor;
	struct vscmi_list list;
	uint32_t count;

	vscmi_sensors(&list, &agent);
	while (vscmi_sensors_next(&list, &sensor))
		if (succeeded(sensor.name,
			      vscmi_sensor_reading_get(&agent, sensor.sensor_id, &reading,
						       1, &count)))
			print("sensor: %s, %f %s\n", sensor.name, reading.value,
			      sensor.exponent, unit(sensor.type));
	succeeded("sensors", list.result);
}

void platform_print(void)
{
	uint32_t clocks;

	print_base();
	clocks = clock_count();
	for (uint32_t i = 0; i < clocks; i++)
		print_clock(i);
	print_sensors();
}

bool platform_find_clock(uint32_t *ret_clock_id, uint64_t *ret_lowest_hz,
			 uint64_t *ret_highest_hz)
{
	uint32_t clocks = clock_count();

	for (uint32_t i = 0; i < clocks; i++) {
		uint64_t lowest_hz = UINT64_MAX, highest_hz = 0;
		struct vscmi_clock_rates rates;
		struct vscmi_list list;

		vscmi_clock_rates(&list, &agent, i);
		while (vscmi_clock_rates_next(&list, &rates)) {
			if (rates.min_hz < lowest_hz)
				lowest_hz = rates.min_hz;
			if (rates.max_hz > highest_hz)
				highest_hz = rates.max_hz;
		}
		if (!succeeded("rates", list.result) || lowest_hz >= highest_hz)
			continue;
		*ret_clock_id = i;
		*ret_lowest_hz = lowest_hz;
		*ret_highest_hz = highest_hz;
		return true;
	}
	return false;
}
