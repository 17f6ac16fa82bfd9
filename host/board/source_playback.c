/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <vscmi/host/quantity.h>

#include "board/file.h"
#include "board/source.h"

struct point {
	double time_s, value;
};

struct playback {
	const char *file;
	bool loop; /* from the last point back to the first; else the last value stays */
	struct point *points; /* [count], times ascend */
	size_t count;
};

/* The file's path: a relative one starts at the folder of the board file. */
static char *beside(struct vscmi_reader *reader, const char *file)
{
	const char *slash = strrchr(reader->file_name, '/');
	size_t folder =
		*file == '/' || !slash ? 0 : (size_t)(slash + 1 - reader->file_name);
	char *path = vscmi_reader_take(reader, folder + strlen(file) + 1, 1);

	if (path) {
		memcpy(path, reader->file_name, folder);
		strcpy(path + folder, file);
	}
	return path;
}

/* A number between blanks; NULL is none. */
static bool take_number(char *field, double *ret_number)
{
	struct vscmi_decimal decimal;

	if (!field)
		return false;
	field += strspn(field, " \t");
	field[strcspn(field, " \t")] = '\0';
	if (!vscmi_decimal_parse(field, &decimal))
		return false;
	*ret_number = vscmi_decimal_value(decimal);
	return true;
}

/* TIME,VALUE; the line is cut into its fields. What takes 30 years is no recording. */
static bool take_point(char *line, struct point *ret_point)
{
	char *time = strsep(&line, ","), *value = strsep(&line, ",");

	return take_number(time, &ret_point->time_s) &&
	       take_number(value, &ret_point->value) && ret_point->time_s >= 0 &&
	       ret_point->time_s < 1e9;
}

/* One point a line, after an optional line of headings; '#' starts a comment. */
static void read_points(struct vscmi_reader *reader, const char *path, char *text,
			struct playback *playback)
{
	char *line;

	for (unsigned number = 1; (line = strsep(&text, "\n")); number++) {
		struct point *point = &playback->points[playback->count];

		line[strcspn(line, "\r#")] = '\0';
		if (!line[strspn(line, " \t")])
			continue;
		if (!take_point(line, point)) {
			if (number == 1)
				continue;
			vscmi_reader_refuse_line(
				reader, path, number,
				"expected a time in seconds, a comma and a value");
			return;
		}
		if (playback->count && point->time_s <= point[-1].time_s) {
			vscmi_reader_refuse_line(reader, path, number,
						 "expected a later time than before");
			return;
		}
		playback->count++;
	}
	if (playback->count == 0)
		vscmi_reader_refuse_line(reader, path, 1,
					 "no values, expected lines TIME,VALUE");
}

static void load(struct vscmi_reader *reader, yaml_node_t *node,
		 struct playback *playback)
{
	char *path = beside(reader, playback->file), *text;
	struct vscmi_problem problem;
	size_t length, lines = 1;

	if (!path)
		return;
	if (vscmi_file_read(path, reader->pool, &text, &length, &problem)) {
		vscmi_reader_refuse(reader, node, "%s", problem.text);
		return;
	}
	for (size_t i = 0; i < length; i++)
		lines += text[i] == '\n';
	playback->points = vscmi_reader_take(reader, lines, sizeof(*playback->points));
	if (playback->points)
		read_points(reader, path, text, playback);
}

static void read(struct vscmi_reader *reader, yaml_node_t *node, void *parameters)
{
	static const struct vscmi_key keys[] = {
		{ "file", vscmi_read_path, offsetof(struct playback, file), true },
		{ "loop", vscmi_read_bool, offsetof(struct playback, loop), false },
	};
	static const struct vscmi_keys playback = VSCMI_KEYS("a playback", keys);

	vscmi_read_mapping(reader, node, &playback, parameters);
	if (!reader->error)
		load(reader, node, parameters);
}

/* Straight lines between the points. */
static double value(const void *parameters, uint64_t time_us)
{
	const struct playback *playback = parameters;
	const struct point *points = playback->points,
			   *last = &points[playback->count - 1];
	uint64_t period_us = (uint64_t)(last->time_s * 1e6);
	size_t low = 0, high = playback->count - 1;
	double time_s;

	if (playback->loop && period_us)
		time_us %= period_us;
	time_s = (double)time_us / 1e6;
	if (time_s <= points[0].time_s)
		return points[0].value;
	if (time_s >= last->time_s)
		return last->value;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (points[middle].time_s <= time_s)
			low = middle;
		else
			high = middle;
	}
	return points[low].value + (points[high].value - points[low].value) *
					   (time_s - points[low].time_s) /
					   (points[high].time_s - points[low].time_s);
}

const struct vscmi_source_kind vscmi_source_playback = {
	.name = "playback",
	.parameter_bytes = sizeof(struct playback),
	.read = read,
	.value = value,
};
