/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"

#include <string.h>

#include "vscmi/error.h"

static void every_status_has_the_name_of_the_specification(void **state)
{
	static const struct {
		int32_t status;
		const char *name;
	} names[] = {
		{ 0, "SUCCESS" },
		{ -1, "NOT_SUPPORTED" },
		{ -2, "INVALID_PARAMETERS" },
		{ -3, "DENIED" },
		{ -4, "NOT_FOUND" },
		{ -5, "OUT_OF_RANGE" },
		{ -6, "BUSY" },
		{ -7, "COMMS_ERROR" },
		{ -8, "GENERIC_ERROR" },
		{ -9, "HARDWARE_ERROR" },
		{ -10, "PROTOCOL_ERROR" },
		{ -11, "IN_USE" },
		{ -12, "RESERVED" },
		{ -127, "RESERVED" },
		{ -128, "VENDOR" },
		{ INT32_MIN, "VENDOR" },
		{ 1, "RESERVED" },
		{ INT32_MAX, "RESERVED" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(vscmi_status_name(names[i].status), names[i].name);
}

static void every_error_has_a_text_of_its_own(void **state)
{
	for (int a = VSCMI_OK; a >= VSCMI_E_SYSTEM; a--) {
		const char *text = vscmi_error_text((enum vscmi_error)a);

		assert_non_null(text);
		assert_string_not_equal(text, "unknown error");
		for (int b = VSCMI_OK; b > a; b--)
			assert_string_not_equal(text,
						vscmi_error_text((enum vscmi_error)b));
	}
}

static void a_number_that_is_no_error_is_unknown(void **state)
{
	assert_string_equal(vscmi_error_text((enum vscmi_error)1), "unknown error");
	assert_string_equal(vscmi_error_text((enum vscmi_error)(VSCMI_E_SYSTEM - 1)),
			    "unknown error");
}

static void a_result_is_refused_exactly_when_the_status_is_not_success(void **state)
{
	assert_false(vscmi_failed(vscmi_answered(VSCMI_SUCCESS)));
	assert_int_equal(vscmi_answered(VSCMI_DENIED).error, VSCMI_E_REFUSED);
	assert_int_equal(vscmi_answered(-200).status, -200);
	assert_int_equal(vscmi_answered(1).error, VSCMI_E_REFUSED);
	assert_true(vscmi_failed(vscmi_local(VSCMI_E_TIMEOUT)));
	assert_int_equal(vscmi_local(VSCMI_E_TIMEOUT).status, VSCMI_SUCCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_the_name_of_the_specification),
		cmocka_unit_test(every_error_has_a_text_of_its_own),
		cmocka_unit_test(a_number_that_is_no_error_is_unknown),
		cmocka_unit_test(
			a_result_is_refused_exactly_when_the_status_is_not_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
