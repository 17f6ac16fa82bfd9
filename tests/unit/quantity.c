/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"

#include <vscmi/host/quantity.h>

#define BAD UINT64_MAX

struct row {
	const char *text;
	uint64_t want; /* BAD: not accepted */
};

static void rates_are_read_exactly(void **state)
{
	static const struct row rows[] = {
		{ "0", 0 },
		{ "48000000", 48000000 },
		{ "48MHz", 48000000 },
		{ "48 MHz", 48000000 },
		{ "48mhz", 48000000 },
		{ "19.2MHz", 19200000 },
		{ "1.2GHz", 1200000000 },
		{ "32.768kHz", 32768 },
		{ "1.50", BAD },
		{ "1.0", 1 },
		{ "0.0000001GHz", 100 },
		{ "0.0000000001GHz", BAD },
		{ "18.446744073GHz", 18446744073 },
		{ "999999999999999999", 999999999999999999 },
		{ "1000000000000000000", BAD },
		{ "99999999999GHz", BAD },
		{ "", BAD },
		{ "MHz", BAD },
		{ "-1", BAD },
		{ "1.", BAD },
		{ ".5kHz", BAD },
		{ "1.5.2kHz", BAD },
		{ "48  MHz", BAD },
		{ "48MHz ", BAD },
		{ "48ms", BAD },
		{ "0x10", BAD },
		{ "1e6", BAD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t rate_hz = BAD;

		assert_int_equal(vscmi_rate_parse(rows[i].text, &rate_hz),
				 rows[i].want != BAD);
		assert_int_equal(rate_hz, rows[i].want);
	}
}

static void durations_need_a_unit(void **state)
{
	static const struct row rows[] = {
		{ "200ms", 200000 },   { "1.5s", 1500000 },  { "7us", 7 },
		{ "2min", 120000000 }, { "1h", 3600000000 }, { "0s", 0 },
		{ "0.5us", BAD },      { "200", BAD },       { "200Hz", BAD },
		{ "0", BAD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t duration_us = BAD;

		assert_int_equal(vscmi_duration_parse(rows[i].text, &duration_us),
				 rows[i].want != BAD);
		assert_int_equal(duration_us, rows[i].want);
	}
}

static void percentages_are_whole_millionths(void **state)
{
	static const struct row rows[] = {
		{ "25%", 250000 },   { "0.5 %", 5000 },   { "0.0001%", 1 },
		{ "0.00001%", BAD }, { "200%", 2000000 }, { "0%", 0 },
		{ "25", BAD },       { "-1%", BAD },      { "%", BAD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t millionths = BAD;

		assert_int_equal(vscmi_percentage_parse(rows[i].text, &millionths),
				 rows[i].want != BAD);
		assert_int_equal(millionths, rows[i].want);
	}
}

static void decimals_have_a_sign_and_a_point(void **state)
{
	static const struct {
		const char *text;
		double want;
	} good[] = {
		{ "25.5", 25.5 },
		{ "-40", -40 },
		{ "+0.125", 0.125 },
		{ "-0.85", -0.85 },
	};
	static const char *const bad[] = { "",    "-",   "1,5", "1 ",
					   "nan", "1e3", "- 1", "--1" };
	struct vscmi_decimal decimal;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(vscmi_decimal_parse(good[i].text, &decimal));
		assert_true(vscmi_decimal_value(decimal) == good[i].want);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(vscmi_decimal_parse(bad[i], &decimal));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_read_exactly),
		cmocka_unit_test(durations_need_a_unit),
		cmocka_unit_test(percentages_are_whole_millionths),
		cmocka_unit_test(decimals_have_a_sign_and_a_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
