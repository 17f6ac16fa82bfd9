/* SPDX-License-Identifier: BSD-3-Clause */
/* Simulated values, as functions of time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

#include "board/source.h"

#define SECOND UINT64_C(1000000)

#define assert_near(a, b, epsilon) assert_true(fabs((a) - (b)) <= (epsilon))

/* A source as a board file says it, and what it needs. */
struct given {
	struct vscmi_reader reader;
	struct vscmi_pool pool;
	struct vscmi_problem problem;
	struct vscmi_source source;
};

static void given(struct given *given, const char *text, const char *file_name)
{
	*given = (struct given){ .reader = { .file_name = file_name } };
	given->reader.pool = &given->pool;
	given->reader.problem = &given->problem;
	assert_int_equal(vscmi_reader_open(&given->reader, text, strlen(text)), VSCMI_OK);
	vscmi_read_source(&given->reader, vscmi_reader_root(&given->reader),
			  &given->source);
	vscmi_reader_close(&given->reader);
}

static void gone(struct given *given)
{
	vscmi_pool_give_back(&given->pool);
}

static void follows(const char *text, const double (*points)[2], size_t count)
{
	struct given source;

	given(&source, text, "b.yaml");
	assert_int_equal(source.reader.error, VSCMI_OK);
	for (size_t i = 0; i < count; i++)
		assert_near(vscmi_source_value(&source.source,
					       (uint64_t)(points[i][0] * 1e6)),
			    points[i][1], 1e-9);
	gone(&source);
}

#define FOLLOWS(text, ...)                                                 \
	do {                                                               \
		static const double points[][2] = { __VA_ARGS__ };         \
		follows(text, points, sizeof(points) / sizeof(points[0])); \
	} while (0)

static void a_constant_stays(void **state)
{
	(void)state;
	FOLLOWS("25.5", { 0, 25.5 }, { 1e9, 25.5 });
	FOLLOWS("constant: -3", { 0, -3 }, { 7, -3 });
}

static void a_ramp_arrives_and_stays(void **state)
{
	(void)state;
	FOLLOWS("ramp: { from: 100, to: 0, duration: 10s }", { 0, 100 }, { 2.5, 75 },
		{ 10, 0 }, { 11, 0 }, { 1e9, 0 });
}

static void a_repeated_ramp_is_a_sawtooth(void **state)
{
	(void)state;
	FOLLOWS("ramp: { from: 0, to: 8, duration: 4s, repeat: true }", { 0, 0 },
		{ 3, 6 }, { 4, 0 }, { 4001, 2 });
}

static void a_sine_swings_around_its_mean(void **state)
{
	(void)state;
	FOLLOWS("sine: { mean: 50, amplitude: 5, period: 20s }", { 0, 50 }, { 5, 55 },
		{ 10, 50 }, { 15, 45 }, { 20, 50 }, { 20000005, 55 });
}

static void noise_is_the_same_for_the_same_seed(void **state)
{
	struct given one, same, other;

	(void)state;
	given(&one, "noise: { mean: 1, deviation: 0.1, seed: 7 }", "b.yaml");
	given(&same, "noise: { mean: 1, deviation: 0.1, seed: 7 }", "b.yaml");
	given(&other, "noise: { mean: 1, deviation: 0.1, seed: 8 }", "b.yaml");
	for (uint64_t t = 0; t < SECOND; t += SECOND / 10) {
		double value = vscmi_source_value(&one.source, t);

		assert_near(vscmi_source_value(&same.source, t), value, 0);
		assert_true(vscmi_source_value(&other.source, t) != value);
		/* it holds for 10 ms */
		assert_near(vscmi_source_value(&one.source, t + 9999), value, 0);
		assert_true(vscmi_source_value(&one.source, t + 10000) != value);
	}
	gone(&one);
	gone(&same);
	gone(&other);
}

static void noise_has_its_mean_and_deviation(void **state)
{
	const int count = 100000;
	struct given noise;
	double sum = 0, squares = 0;

	(void)state;
	given(&noise, "noise: { mean: 5, deviation: 2, every: 1us }", "b.yaml");
	for (int t = 0; t < count; t++) {
		double off = vscmi_source_value(&noise.source, (uint64_t)t) - 5;

		assert_true(off > -7 && off < 7);
		sum += off;
		squares += off * off;
	}
	assert_near(sum / count, 0, 0.05);
	assert_near(squares / count, 4, 0.1);
	gone(&noise);
}

/* A folder with a recording in it; the board file would be beside it. */
static void with_recording(const char *csv, const char *text, struct given *ret_source)
{
	char folder[] = "/tmp/vscmi-test-XXXXXX", path[64], board[64];
	FILE *file;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/r.csv", folder);
	snprintf(board, sizeof(board), "%s/b.yaml", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(csv, file);
	fclose(file);
	given(ret_source, text, board);
	unlink(path);
	rmdir(folder);
}

static double at(const struct given *source, double time_s)
{
	return vscmi_source_value(&source->source, (uint64_t)(time_s * 1e6));
}

static void a_playback_connects_its_points(void **state)
{
	struct given playback;

	(void)state;
	with_recording(
		"time,value\n# a comment\n\n1, 10\r\n2, 20 # steep\n4,10,ignored\n",
		"playback: { file: r.csv }", &playback);
	assert_int_equal(playback.reader.error, VSCMI_OK);
	assert_near(at(&playback, 0), 10, 0);
	assert_near(at(&playback, 1.5), 15, 1e-9);
	assert_near(at(&playback, 3), 15, 1e-9);
	assert_near(at(&playback, 4), 10, 0);
	assert_near(at(&playback, 401.5), 10, 0);
	gone(&playback);
}

static void a_playback_in_a_loop_begins_again(void **state)
{
	struct given playback;

	(void)state;
	with_recording("0,10\n2,20\n4,0\n", "playback: { file: r.csv, loop: true }",
		       &playback);
	assert_near(at(&playback, 3), 10, 1e-9);
	assert_near(at(&playback, 4), 10, 0);
	assert_near(at(&playback, 4001), 15, 1e-9);
	gone(&playback);
}

static void a_wrong_recording_is_told_with_its_line(void **state)
{
	static const char *const wrongs[][2] = {
		{ "0,1\n1\n",
		  "r.csv:2:1: expected a time in seconds, a comma and a value" },
		{ "0,1\n1,x\n",
		  "r.csv:2:1: expected a time in seconds, a comma and a value" },
		{ "0,1\n-1,2\n",
		  "r.csv:2:1: expected a time in seconds, a comma and a value" },
		{ "0,1\n2,2\n\n2,3\n", "r.csv:4:1: expected a later time than before" },
		{ "time,value\n", "r.csv:1:1: no values, expected lines TIME,VALUE" },
		{ "", "r.csv:1:1: no values, expected lines TIME,VALUE" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct given playback;

		with_recording(wrongs[i][0], "playback: { file: r.csv }", &playback);
		assert_int_equal(playback.reader.error, VSCMI_E_INVALID);
		assert_string_equal(strrchr(playback.problem.text, '/') + 1,
				    wrongs[i][1]);
		gone(&playback);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_constant_stays),
		cmocka_unit_test(a_ramp_arrives_and_stays),
		cmocka_unit_test(a_repeated_ramp_is_a_sawtooth),
		cmocka_unit_test(a_sine_swings_around_its_mean),
		cmocka_unit_test(noise_is_the_same_for_the_same_seed),
		cmocka_unit_test(noise_has_its_mean_and_deviation),
		cmocka_unit_test(a_playback_connects_its_points),
		cmocka_unit_test(a_playback_in_a_loop_begins_again),
		cmocka_unit_test(a_wrong_recording_is_told_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
