/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>
#include <string.h>

#include <vscmi/host/sensor_type.h>

/* id, name, symbol */
#define ROWS(ROW)                         \
	ROW(0x00, "none", "")             \
	ROW(0x01, "unspecified", "")      \
	ROW(0x02, "celsius", "°C")        \
	ROW(0x03, "fahrenheit", "°F")     \
	ROW(0x04, "kelvin", "K")          \
	ROW(0x05, "volts", "V")           \
	ROW(0x06, "amps", "A")            \
	ROW(0x07, "watts", "W")           \
	ROW(0x08, "joules", "J")          \
	ROW(0x09, "coulombs", "C")        \
	ROW(0x0d, "lux", "lx")            \
	ROW(0x12, "cfm", "ft³/min")       \
	ROW(0x13, "rpm", "rpm")           \
	ROW(0x14, "hertz", "Hz")          \
	ROW(0x15, "seconds", "s")         \
	ROW(0x1f, "meters", "m")          \
	ROW(0x24, "radians", "rad")       \
	ROW(0x2d, "gauss", "G")           \
	ROW(0x41, "percent", "%")         \
	ROW(0x42, "pascals", "Pa")        \
	ROW(0x57, "radians/s", "rad/s")   \
	ROW(0x59, "meters/s2", "m/s²")    \
	ROW(0x5a, "meters/s", "m/s")      \
	ROW(0x5d, "radians/s2", "rad/s²") \
	ROW(0xff, "oem", "")

#define TYPE(number, text, sign) { .id = (number), .name = (text), .symbol = (sign) },
static const struct vscmi_sensor_type types[] = { ROWS(TYPE) };

#define COMMA_NAME(number, text, sign) ", " text
static const char comma_names[] = ROWS(COMMA_NAME);

#define TYPES (sizeof(types) / sizeof(types[0]))

const struct vscmi_sensor_type *vscmi_sensor_type_find(uint8_t id)
{
	for (size_t i = 0; i < TYPES; i++) {
		if (types[i].id == id)
			return &types[i];
	}
	return NULL;
}

const struct vscmi_sensor_type *vscmi_sensor_type_find_name(const char *name)
{
	for (size_t i = 0; i < TYPES; i++) {
		if (!strcmp(types[i].name, name))
			return &types[i];
	}
	return NULL;
}

const char *vscmi_sensor_type_names(void)
{
	return comma_names + 2;
}
