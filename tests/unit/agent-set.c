/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"

#include "platform/agent_set.h"

/* Neighbours, and on both sides of words; 0 ends them. */
static const uint32_t members[] = { 1, 2, 31, 32, 33, 64, 100, 224, 254, 255, 0 };

static void an_empty_set_has_nobody(void **state)
{
	const struct vscmi_agent_set set = { 0 };

	assert_int_equal(vscmi_agent_set_from(&set, 1), 0);
	assert_int_equal(vscmi_agent_set_from(&set, 256), 0);
}

static void members_come_in_order_and_nobody_else(void **state)
{
	struct vscmi_agent_set set = { 0 };
	uint32_t id = 0;

	for (size_t i = 0; members[i]; i++)
		vscmi_agent_set_put(&set, members[i], true);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		id = vscmi_agent_set_from(&set, id + 1);
		assert_int_equal(id, members[i]);
	}
}

static void who_is_put_out_is_no_member_and_others_are(void **state)
{
	struct vscmi_agent_set set = { 0 };

	for (size_t i = 0; members[i]; i++)
		vscmi_agent_set_put(&set, members[i], true);
	for (size_t i = 0; members[i]; i++) {
		assert_int_equal(vscmi_agent_set_from(&set, 1), members[i]);
		vscmi_agent_set_put(&set, members[i], false);
	}
	assert_int_equal(vscmi_agent_set_from(&set, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_set_has_nobody),
		cmocka_unit_test(members_come_in_order_and_nobody_else),
		cmocka_unit_test(who_is_put_out_is_no_member_and_others_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
