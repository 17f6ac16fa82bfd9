/* SPDX-License-Identifier: BSD-3-Clause */
/* What a wrong board file is told: one row for each way to be wrong. */
#include <stdio.h>
#include <string.h>

#include <vscmi/host/board.h>

#include "board/source.h"
#include "test.h"

#define QUOTE(name) " " #name

/* A board without problems, to put one into. */
#define AGENT  "agents: [{ name: a }]\n"
#define CLOCK  AGENT "clocks:\n"
#define SENSOR AGENT "sensors:\n"

static const struct wrong {
	const char *what;
	const char *text;
	const char *problem;
} wrongs[] = {
	/* the document */
	{ "an_empty_file", "", "b.yaml:1:1: empty, expected a board" },
	{ "only_comments", "# a board\n", "b.yaml:2:1: empty, expected a board" },
	{ "broken_yaml", "agents: [a\nclocks: 3\n",
	  "b.yaml:2:7: did not find expected ',' or ']'" },
	{ "a_tab_as_indentation", "agents:\n\t- name: a\n",
	  "b.yaml:2:1: found character that cannot start any token" },
	{ "bytes_that_are_no_utf8", "vendor: \xff\n",
	  "b.yaml: byte 8: invalid leading UTF-8 octet" },
	{ "a_second_document", AGENT "---\nvendor: b\n",
	  "b.yaml:3:1: a second document, expected a board" },
	{ "a_list_instead_of_a_board", "- a\n",
	  "b.yaml:1:1: expected a board, a mapping with keys such as 'vendor:'" },
	{ "an_undefined_alias", "agents: *a\n", "b.yaml:1:9: found undefined alias" },

	/* keys */
	{ "an_unknown_key", AGENT "color: red\n",
	  "b.yaml:2:1: a board has no key 'color', expected one of: vendor, sub_vendor, "
	  "implementation_version, agents, system_power, clocks, sensors, faults" },
	{ "an_unknown_key_in_a_clock", CLOCK "  - name: c\n    frequency: 1MHz\n",
	  "b.yaml:4:5: a clock has no key 'frequency', expected one of: name, rates, "
	  "range, rate, "
	  "enabled, enable_delay, changes_take, parents, parent, duty_cycle" },
	{ "a_key_that_is_there_twice", AGENT "vendor: a\nvendor: b\n",
	  "b.yaml:3:1: the key 'vendor' is there twice" },
	{ "a_key_that_is_missing", "vendor: a\n",
	  "b.yaml:1:1: a board needs the key 'agents'" },
	{ "a_key_that_is_missing_in_an_item", "agents:\n  - name: a\n  - socket: s\n",
	  "b.yaml:3:5: an agent needs the key 'name'" },
	{ "a_key_that_is_a_list", AGENT "[a]: b\n",
	  "b.yaml:2:1: expected a key, not a list" },

	/* values */
	{ "a_text_that_is_a_list", "agents: [{ name: [a] }]\n",
	  "b.yaml:1:18: expected a text, not a list" },
	{ "an_empty_name", "agents:\n  - name:\n",
	  "b.yaml:2:10: '', expected 1 to 15 characters" },
	{ "an_agent_name_that_is_too_long", "agents: [{ name: a234567890123456 }]\n",
	  "b.yaml:1:18: 'a234567890123456', expected 1 to 15 characters" },
	{ "a_vendor_that_is_too_long", AGENT "vendor: Example Industries\n",
	  "b.yaml:2:9: 'Example Industries', expected 1 to 15 characters" },
	{ "a_control_character", "agents: [{ name: \"a\\eb\" }]\n",
	  "b.yaml:1:18: a control character in a text" },
	{ "a_nul_character", "agents: [{ name: \"a\\0b\" }]\n",
	  "b.yaml:1:18: a NUL character, expected a text" },
	{ "a_value_with_control_characters",
	  "agents: [{ name: a, trusted: \"\\e[2J\\n\" }]\n",
	  "b.yaml:1:30: '?[2J?', expected true or false" },
	{ "a_flag_that_is_neither", "agents: [{ name: a, trusted: yes }]\n",
	  "b.yaml:1:30: 'yes', expected true or false" },
	{ "a_version_with_letters", AGENT "implementation_version: 5x\n",
	  "b.yaml:2:25: '5x', expected a whole number from 0 to 0xffffffff" },
	{ "a_version_that_is_negative", AGENT "implementation_version: -1\n",
	  "b.yaml:2:25: '-1', expected a whole number from 0 to 0xffffffff" },
	{ "a_version_that_does_not_fit", AGENT "implementation_version: 0x100000000\n",
	  "b.yaml:2:25: '0x100000000', expected a whole number from 0 to 0xffffffff" },
	{ "a_state_that_does_not_exist", AGENT "system_power: [shutdown, explode]\n",
	  "b.yaml:2:26: 'explode', expected shutdown, cold_reset, warm_reset, power_up "
	  "or "
	  "suspend" },
	{ "no_states", AGENT "system_power: []\n",
	  "b.yaml:2:15: 0 items, expected 1 to 5" },

	/* agents */
	{ "no_agents", "agents: []\n", "b.yaml:1:9: 0 items, expected 1 to 255" },
	{ "agents_that_are_no_list", "agents: a\n",
	  "b.yaml:1:9: expected a list of agents" },
	{ "two_agents_with_one_name", "agents:\n  - name: a\n  - name: a\n",
	  "b.yaml:3:11: the name 'a' is taken" },
	{ "two_agents_with_one_socket",
	  "agents:\n  - { name: a, socket: s }\n  - { name: b, socket: s }\n",
	  "b.yaml:3:24: 's', expected a socket for each agent" },
	{ "a_socket_path_that_is_too_long",
	  "agents:\n  - name: a\n    socket: /a23456789/b23456789/c23456789/d23456789/"
	  "e23456789/f23456789/g23456789/h23456789/i23456789/j23456789/k23456789\n",
	  "b.yaml:3:13: the path is longer than 107 characters" },
	{ "a_view_of_a_clock_that_does_not_exist",
	  "agents: [{ name: a, sees: { clocks: [x] } }]\n",
	  "b.yaml:1:38: 'x', expected the name of a clock" },
	{ "a_view_of_a_sensor_that_does_not_exist",
	  "agents: [{ name: a, sees: { sensors: [x] } }]\n",
	  "b.yaml:1:39: 'x', expected the name of a sensor" },
	{ "a_view_of_something_else", "agents: [{ name: a, sees: { fans: [x] } }]\n",
	  "b.yaml:1:29: a view has no key 'fans', expected one of: clocks, sensors" },
	{ "a_clock_twice_in_a_view",
	  "agents: [{ name: a, sees: { clocks: [c, c] } }]\n"
	  "clocks: [{ name: c, rates: [1] }]\n",
	  "b.yaml:1:41: 'c', expected each name once" },
	{ "a_change_of_what_is_not_seen",
	  "agents: [{ name: a, sees: { clocks: [c] }, changes: { clocks: [d] } }]\n"
	  "clocks: [{ name: c, rates: [1] }, { name: d, rates: [1] }]\n",
	  "b.yaml:1:64: 'd', expected only what the agent sees" },

	/* clocks */
	{ "two_clocks_with_one_name",
	  CLOCK "  - name: c\n    rates: [1]\n  - rates: [1]\n    name: c\n",
	  "b.yaml:6:11: the name 'c' is taken" },
	{ "a_clock_without_rates", CLOCK "  - name: c\n",
	  "b.yaml:3:5: a clock needs either 'rates' or 'range'" },
	{ "a_clock_with_rates_and_range",
	  CLOCK "  - { name: c, rates: [1], range: { min: 1, max: 2, step: 1 } }\n",
	  "b.yaml:3:5: a clock needs either 'rates' or 'range'" },
	{ "empty_rates", CLOCK "  - name: c\n    rates: []\n",
	  "b.yaml:4:12: 0 items, expected 1 to 65535" },
	{ "rates_that_are_no_list", CLOCK "  - name: c\n    rates: 24MHz\n",
	  "b.yaml:4:12: expected a list of rates such as [24MHz, 48MHz]" },
	{ "a_rate_that_is_a_duration", CLOCK "  - name: c\n    rates: [24ms]\n",
	  "b.yaml:4:13: '24ms', expected a rate such as 48MHz" },
	{ "a_rate_with_a_fraction_of_a_hertz", CLOCK "  - name: c\n    rates: [1.5]\n",
	  "b.yaml:4:13: '1.5', expected a rate such as 48MHz" },
	{ "rates_that_do_not_ascend",
	  CLOCK "  - name: c\n    rates: [24MHz, 48MHz, 48MHz]\n",
	  "b.yaml:4:27: '48MHz', expected a higher rate than the one before" },
	{ "a_rate_that_is_not_in_the_list",
	  CLOCK "  - name: c\n    rate: 3MHz\n    rates: [1MHz, 2MHz]\n",
	  "b.yaml:4:11: '3MHz', expected a rate that the clock offers" },
	{ "a_rate_that_is_not_on_a_step_of_the_range",
	  CLOCK
	  "  - name: c\n    range: { min: 100, max: 200, step: 10 }\n    rate: 155\n",
	  "b.yaml:5:11: '155', expected a rate that the clock offers" },
	{ "a_range_upside_down",
	  CLOCK "  - name: c\n    range: { min: 2, max: 1, step: 1 }\n",
	  "b.yaml:4:12: min is above max" },
	{ "a_range_without_steps",
	  CLOCK "  - name: c\n    range: { min: 1, max: 2, step: 0 }\n",
	  "b.yaml:4:12: step is 0, expected a rate" },
	{ "a_parent_that_does_not_exist",
	  CLOCK "  - name: c\n    rates: [1]\n    parents: [c2, d]\n  - name: c2\n    "
		"rates: [1]\n",
	  "b.yaml:5:19: 'd', expected the name of a clock" },
	{ "a_clock_that_is_its_own_parent",
	  CLOCK "  - name: c\n    rates: [1]\n    parents: [c]\n",
	  "b.yaml:5:15: 'c', expected another clock" },
	{ "a_parent_that_is_none_of_the_parents",
	  CLOCK "  - { name: c, rates: [1] }\n  - { name: d, rates: [1] }\n"
		"  - { name: e, rates: [1], parents: [c], parent: d }\n",
	  "b.yaml:5:50: 'd', expected one of the clock's parents" },
	{ "a_duty_cycle_over_100_percent",
	  CLOCK "  - name: c\n    rates: [1]\n    duty_cycle: 101\n",
	  "b.yaml:5:17: '101', expected a percentage from 0 to 100" },
	{ "a_duration_without_a_unit", CLOCK "  - name: c\n    changes_take: 200\n",
	  "b.yaml:4:19: '200', expected a duration such as 200ms, at most a year" },
	{ "a_duration_of_years", CLOCK "  - name: c\n    changes_take: 10000h\n",
	  "b.yaml:4:19: '10000h', expected a duration such as 200ms, at most a year" },
	{ "an_enable_delay_that_does_not_fit",
	  CLOCK "  - name: c\n    enable_delay: 2h\n",
	  "b.yaml:4:19: '2h', expected at most 4294967295us" },

	/* sensors */
	{ "two_sensors_with_one_name",
	  SENSOR "  - { name: s, type: volts, source: 1 }\n  - { name: s, type: volts, "
		 "source: 1 }\n",
	  "b.yaml:4:13: the name 's' is taken" },
	{ "a_sensor_without_a_type", SENSOR "  - name: s\n    source: 1\n",
	  "b.yaml:3:5: a sensor needs the key 'type'" },
	{ "a_type_that_does_not_exist", SENSOR "  - name: s\n    type: warmth\n",
	  "b.yaml:4:11: 'warmth', expected a number, or one of: none, unspecified, "
	  "celsius, "
	  "fahrenheit, kelvin, volts, amps, watts, joules, coulombs, lux, cfm, rpm, "
	  "hertz, "
	  "seconds, meters, radians, gauss, percent, pascals, radians/s, meters/s2, "
	  "meters/s, "
	  "radians/s2, oem" },
	{ "a_type_that_is_too_large", SENSOR "  - name: s\n    type: 256\n",
	  "b.yaml:4:11: '256', expected a number, or one of: none, unspecified, celsius, "
	  "fahrenheit, kelvin, volts, amps, watts, joules, coulombs, lux, cfm, rpm, "
	  "hertz, "
	  "seconds, meters, radians, gauss, percent, pascals, radians/s, meters/s2, "
	  "meters/s, "
	  "radians/s2, oem" },
	{ "an_exponent_with_a_fraction", SENSOR "  - name: s\n    exponent: 1.5\n",
	  "b.yaml:4:15: '1.5', expected a whole number from -16 to 15" },
	{ "an_exponent_that_does_not_fit", SENSOR "  - name: s\n    exponent: -17\n",
	  "b.yaml:4:15: '-17', expected a whole number from -16 to 15" },
	{ "a_sensor_without_a_source", SENSOR "  - name: s\n    type: volts\n",
	  "b.yaml:3:5: a sensor needs either 'source' or 'axes'" },
	{ "a_range_beside_axes",
	  SENSOR "  - name: s\n    type: volts\n    range: { min: 0, max: 1 }\n"
		 "    axes: [{ name: x, source: 1 }]\n",
	  "b.yaml:5:12: a sensor with axes has no 'range' of its own" },
	{ "a_source_beside_axes",
	  SENSOR "  - name: s\n    type: volts\n    source: 1\n"
		 "    axes: [{ name: x, source: 1 }]\n",
	  "b.yaml:5:13: a sensor with axes has no 'source' of its own" },
	{ "trip_points_beside_axes",
	  SENSOR "  - name: s\n    type: volts\n    trip_points: 1\n"
		 "    axes: [{ name: x, source: 1 }]\n",
	  "b.yaml:5:18: a sensor with axes has no 'trip_points' of its own" },
	{ "too_many_axes",
	  SENSOR
	  "  - name: s\n    axes: [{ name: x, source: 1 }, { name: y, source: 1 },\n"
	  "      { name: z, source: 1 }, { name: t, source: 1 }]\n",
	  "b.yaml:4:11: 4 items, expected 1 to 3" },
	{ "a_value_range_upside_down",
	  SENSOR "  - name: s\n    range: { min: 1, max: -1 }\n",
	  "b.yaml:4:12: min is above max" },
	{ "a_resolution_that_is_negative", SENSOR "  - name: s\n    resolution: -0.5\n",
	  "b.yaml:4:17: '-0.5', expected a resolution from 0 to 134217727" },
	{ "too_many_trip_points", SENSOR "  - name: s\n    trip_points: 256\n",
	  "b.yaml:4:18: '256', expected a count from 0 to 255" },
	{ "an_interval_of_too_many_digits",
	  SENSOR "  - name: s\n    update_intervals: [1.23456s]\n",
	  "b.yaml:4:24: '1.23456s', expected a period that is 1 to 65535 times a power "
	  "of ten "
	  "of seconds" },
	{ "intervals_that_do_not_ascend",
	  SENSOR "  - name: s\n    update_intervals: [1s, 100ms]\n",
	  "b.yaml:4:28: '100ms', expected a longer period than the one before" },
	{ "an_interval_of_nothing", SENSOR "  - name: s\n    update_intervals: [0s]\n",
	  "b.yaml:4:24: '0s', expected more than nothing" },
	{ "an_interval_range_upside_down",
	  SENSOR "  - name: s\n    update_intervals: { min: 2s, max: 1s, step: 1s }\n",
	  "b.yaml:4:23: min is above max" },
	{ "an_interval_range_without_a_common_unit",
	  SENSOR "  - name: s\n    update_intervals: { min: 1us, max: 1h, step: 1us }\n",
	  "b.yaml:4:23: too far apart: as multiples of one power of ten min, max and "
	  "step must "
	  "stay below 65536" },

	/* sources */
	{ "a_source_that_does_not_exist",
	  SENSOR "  - name: s\n    source: { triangle: {} }\n",
	  "b.yaml:4:15: 'triangle', expected a number, or a mapping with one of these "
	  "keys:" VSCMI_SOURCES(QUOTE) },
	{ "two_sources", SENSOR "  - name: s\n    source: { constant: 1, ramp: {} }\n",
	  "b.yaml:4:13: expected a number, or a mapping with one of these "
	  "keys:" VSCMI_SOURCES(QUOTE) },
	{ "a_constant_that_is_no_number", SENSOR "  - name: s\n    source: warm\n",
	  "b.yaml:4:13: 'warm', expected a number such as 25.5" },
	{ "a_sine_without_a_period",
	  SENSOR "  - name: s\n    source: { sine: { mean: 1 } }\n",
	  "b.yaml:4:21: a sine needs the key 'amplitude'" },
	{ "a_sine_of_no_period",
	  SENSOR
	  "  - name: s\n    source: { sine: { mean: 1, amplitude: 1, period: 0ms } }\n",
	  "b.yaml:4:54: '0ms', expected more than nothing" },
	{ "a_playback_of_a_file_that_does_not_exist",
	  SENSOR "  - name: s\n    source: { playback: { file: none.csv } }\n",
	  "b.yaml:4:25: none.csv: No such file or directory" },
	{ "a_playback_of_a_folder",
	  SENSOR "  - name: s\n    source: { playback: { file: / } }\n",
	  "b.yaml:4:25: /: not a file" },

	/* faults; rules have tests of their own */
	{ "faults_without_a_section", AGENT "faults: [{ fault: drop }]\n",
	  "b.yaml:2:9: expected a faults section, a mapping with keys such as 'seed:'" },
	{ "faults_without_rules", AGENT "faults: { seed: 7 }\n",
	  "b.yaml:2:9: a faults section needs the key 'rules'" },
	{ "an_unknown_key_in_faults", AGENT "faults:\n  rule: []\n",
	  "b.yaml:3:3: a faults section has no key 'rule', expected one of: seed, "
	  "rules" },
	{ "a_seed_with_letters", AGENT "faults: { seed: x, rules: [] }\n",
	  "b.yaml:2:17: 'x', expected a whole number from 0 to 0xffffffff" },
	{ "rules_that_are_no_list", AGENT "faults: { rules: drop }\n",
	  "b.yaml:2:18: expected a list of rules" },
	{ "a_rule_of_an_unknown_agent",
	  AGENT "faults:\n  rules:\n    - fault: drop\n    - fault: drop\n"
		"      agent: c\n",
	  "b.yaml:6:14: 'c', expected the name of an agent" },
	{ "a_rule_with_a_key_of_another_fault",
	  AGENT "faults:\n  rules:\n    - fault: drop\n      bytes: 4\n",
	  "b.yaml:5:7: a drop has no key 'bytes', expected one of: fault, agent, "
	  "protocol, message, on, probability, skip, times" },
	{ "a_rule_with_a_wrong_value",
	  AGENT "faults:\n  rules:\n    - fault: delay\n      time: 20\n",
	  "b.yaml:5:13: '20', expected a duration such as 200ms, at most a year" },
};

static void is_told(void **state)
{
	const struct wrong *wrong = *state;
	struct vscmi_board *board = NULL;
	struct vscmi_problem problem;

	assert_int_equal(vscmi_board_load_text(wrong->text, strlen(wrong->text), "b.yaml",
					       &board, &problem),
			 VSCMI_E_INVALID);
	assert_null(board);
	assert_string_equal(problem.text, wrong->problem);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(wrongs) / sizeof(wrongs[0])];

	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
		tests[i] = (struct CMUnitTest){ .name = wrongs[i].what,
						.test_func = is_told,
						.initial_state =
							(void *)(uintptr_t)&wrongs[i] };
	return cmocka_run_group_tests_name("board problems", tests, NULL, NULL);
}
