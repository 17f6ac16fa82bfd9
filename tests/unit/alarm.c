/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"

#include "platform/alarm.h"

#define ALARMS 64u

struct rig {
	struct vscmi_alarms alarms;
	struct vscmi_alarm alarm[ALARMS];
	uint64_t moment[ALARMS]; /* when it was set last, counted up */
	uint64_t moments;
	uint32_t random;
};

static uint32_t draw(struct rig *rig, uint32_t count)
{
	rig->random = rig->random * 1664525 + 1013904223;
	return (rig->random >> 8) % count;
}

static void set(struct rig *rig, uint32_t i, uint64_t due_us)
{
	vscmi_alarm_set(&rig->alarms, &rig->alarm[i], due_us);
	rig->moment[i] = rig->moments++;
}

/* The one that has to be first, by looking at all of them; ALARMS: none is set. */
static uint32_t first_of_all(const struct rig *rig)
{
	uint32_t first = ALARMS;

	for (uint32_t i = 0; i < ALARMS; i++) {
		const struct vscmi_alarm *alarm = &rig->alarm[i];

		if (!vscmi_alarm_is_set(alarm))
			continue;
		if (first == ALARMS || alarm->due_us < rig->alarm[first].due_us ||
		    (alarm->due_us == rig->alarm[first].due_us &&
		     rig->moment[i] < rig->moment[first]))
			first = i;
	}
	return first;
}

static void assert_first(struct rig *rig, uint32_t i)
{
	uint64_t due_us = i == ALARMS ? UINT64_MAX : rig->alarm[i].due_us;

	assert_true(vscmi_alarms_next_us(&rig->alarms) == due_us);
}

static void nothing_is_due_where_none_is_set(void **state)
{
	struct rig rig = { 0 };

	assert_true(vscmi_alarms_next_us(&rig.alarms) == UINT64_MAX);
	assert_null(vscmi_alarm_take(&rig.alarms, UINT64_MAX));
	vscmi_alarm_clear(&rig.alarms, &rig.alarm[0]);
	assert_false(vscmi_alarm_is_set(&rig.alarm[0]));
}

static void an_alarm_rings_at_its_moment_and_once(void **state)
{
	struct rig rig = { 0 };

	set(&rig, 0, 100);
	assert_true(vscmi_alarm_is_set(&rig.alarm[0]));
	assert_null(vscmi_alarm_take(&rig.alarms, 99));
	assert_ptr_equal(vscmi_alarm_take(&rig.alarms, 100), &rig.alarm[0]);
	assert_false(vscmi_alarm_is_set(&rig.alarm[0]));
	assert_null(vscmi_alarm_take(&rig.alarms, 100));
}

static void of_alarms_for_one_moment_the_one_set_first_rings_first(void **state)
{
	struct rig rig = { 0 };

	for (uint32_t i = 0; i < ALARMS; i++)
		set(&rig, i, 5);
	set(&rig, 0, 5);
	for (uint32_t i = 1; i <= ALARMS; i++)
		assert_ptr_equal(vscmi_alarm_take(&rig.alarms, 5),
				 &rig.alarm[i % ALARMS]);
}

static void any_alarm_can_be_moved_or_cleared_at_any_time(void **state)
{
	struct rig rig = { 0 };

	for (uint32_t step = 0; step < 100000; step++) {
		uint32_t i = draw(&rig, ALARMS), first;

		switch (draw(&rig, 4)) {
		case 0:
			vscmi_alarm_clear(&rig.alarms, &rig.alarm[i]);
			assert_false(vscmi_alarm_is_set(&rig.alarm[i]));
			break;
		case 1:
			first = first_of_all(&rig);
			if (first == ALARMS)
				break;
			assert_ptr_equal(
				vscmi_alarm_take(&rig.alarms, rig.alarm[first].due_us),
				&rig.alarm[first]);
			break;
		default:
			set(&rig, i, draw(&rig, 100));
			break;
		}
		assert_first(&rig, first_of_all(&rig));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_due_where_none_is_set),
		cmocka_unit_test(an_alarm_rings_at_its_moment_and_once),
		cmocka_unit_test(of_alarms_for_one_moment_the_one_set_first_rings_first),
		cmocka_unit_test(any_alarm_can_be_moved_or_cleared_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
