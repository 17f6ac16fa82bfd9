/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>
#include <strings.h>

#include <vscmi/host/quantity.h>

#define MAX_DIGITS 18

struct unit {
	const char *name;
	uint64_t size; /* in the quantity's smallest unit */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Read a decimal number and move *text behind it; the digits cannot overflow. */
static bool take_decimal(const char **text, struct vscmi_decimal *ret_decimal)
{
	const char *c = *text;
	struct vscmi_decimal decimal = { 0 };
	bool point = false;
	int count = 0;

	if (*c == '-' || *c == '+')
		decimal.negative = *c++ == '-';
	if (!is_digit(*c))
		return false;
	for (;; c++) {
		if (*c == '.' && !point && is_digit(c[1])) {
			point = true;
			continue;
		}
		if (!is_digit(*c))
			break;
		if (++count > MAX_DIGITS)
			return false;
		decimal.digits = decimal.digits * 10 + (uint64_t)(*c - '0');
		if (point)
			decimal.places++;
	}
	*text = c;
	*ret_decimal = decimal;
	return true;
}

static uint64_t power_of_ten(unsigned exponent)
{
	uint64_t power = 1;

	while (exponent--)
		power *= 10;
	return power;
}

/* A quantity is never negative. */
static bool parse(const char *text, const struct unit *units, uint64_t *ret_quantity)
{
	struct vscmi_decimal decimal;
	uint64_t product, divisor;

	if (!take_decimal(&text, &decimal) || decimal.negative)
		return false;
	divisor = power_of_ten(decimal.places);
	if (*text == ' ')
		text++;
	for (const struct unit *unit = units; unit->name; unit++) {
		if (strcasecmp(text, unit->name))
			continue;
		if (__builtin_mul_overflow(decimal.digits, unit->size, &product) ||
		    product % divisor)
			return false;
		*ret_quantity = product / divisor;
		return true;
	}
	return false;
}

bool vscmi_rate_parse(const char *text, uint64_t *ret_rate_hz)
{
	static const struct unit units[] = {
		{ "", 1 },          { "Hz", 1 },           { "kHz", 1000 },
		{ "MHz", 1000000 }, { "GHz", 1000000000 }, { NULL, 0 },
	};

	return parse(text, units, ret_rate_hz);
}

bool vscmi_duration_parse(const char *text, uint64_t *ret_duration_us)
{
	static const struct unit units[] = {
		{ "us", 1 },         { "ms", 1000 },      { "s", 1000000 },
		{ "min", 60000000 }, { "h", 3600000000 }, { NULL, 0 },
	};

	return parse(text, units, ret_duration_us);
}

bool vscmi_percentage_parse(const char *text, uint64_t *ret_millionths)
{
	static const struct unit units[] = { { "%", 10000 }, { NULL, 0 } };

	return parse(text, units, ret_millionths);
}

bool vscmi_decimal_parse(const char *text, struct vscmi_decimal *ret_decimal)
{
	struct vscmi_decimal decimal;

	if (!take_decimal(&text, &decimal) || *text)
		return false;
	*ret_decimal = decimal;
	return true;
}

double vscmi_decimal_value(struct vscmi_decimal decimal)
{
	double number = (double)decimal.digits / (double)power_of_ten(decimal.places);

	return decimal.negative ? -number : number;
}
