/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers as people write them: 48MHz, 1.5s, -12.25. Decimal, exact, in any locale. */
#ifndef VSCMI_HOST_QUANTITY_H
#define VSCMI_HOST_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A rate: a number alone is in hertz, else with Hz, kHz, MHz or GHz, letter case and a
 * space before the unit do not matter. False if text is something else, is not a whole
 * number of hertz, or does not fit.
 */
bool vscmi_rate_parse(const char *text, uint64_t *ret_rate_hz);

/* A duration with its unit, us, ms, s, min or h, as a whole number of microseconds. */
bool vscmi_duration_parse(const char *text, uint64_t *ret_duration_us);

/* A percentage with its %, as a whole number of millionths: 25% is 250000. */
bool vscmi_percentage_parse(const char *text, uint64_t *ret_millionths);

/* digits / 10^places, with a sign. */
struct vscmi_decimal {
	bool negative;
	uint8_t places;
	uint64_t digits; /* at most 18 of them */
};

/* A number, with or without a sign and a decimal point. */
bool vscmi_decimal_parse(const char *text, struct vscmi_decimal *ret_decimal);

double vscmi_decimal_value(struct vscmi_decimal decimal);

#endif
