/* SPDX-License-Identifier: BSD-3-Clause */
#include "output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vscmi/host/sensor_type.h>

#define COLUMNS_MAX 12u

bool cli_wants_colour(FILE *stream)
{
	return isatty(fileno(stream)) && !getenv("NO_COLOR");
}

/* Columns that a text takes on a terminal: everything we print is one column a character. */
static size_t width(const char *utf8)
{
	size_t columns = 0;

	for (; *utf8; utf8++)
		columns += ((unsigned char)*utf8 & 0xc0) != 0x80;
	return columns;
}

/* blanks are owed before the next text, so that none ends a line. */
static void print_cell(const struct cli_column *column, const char *text, size_t columns,
		       int *blanks)
{
	int pad = (int)(columns - width(text));

	if (column->right)
		*blanks += pad;
	if (*text) {
		printf("%*s%s", *blanks, "", text);
		*blanks = 0;
	}
	if (!column->right)
		*blanks += pad;
	*blanks += 2;
}

static void put_clean(const char *text, char clean[CLI_CELL_BYTES])
{
	size_t i;

	for (i = 0; i + 1 < CLI_CELL_BYTES && text[i]; i++)
		clean[i] = text[i] < ' ' || text[i] > '~' ? '?' : text[i];
	clean[i] = '\0';
}

static void put_cell(const struct cli *cli, const struct cli_column *column,
		     const json_t *row, char text[CLI_CELL_BYTES])
{
	const json_t *value = column->key ? json_object_get(row, column->key) : NULL;

	text[0] = '\0';
	if (column->cell)
		column->cell(cli, row, text);
	else if (json_is_integer(value))
		snprintf(text, CLI_CELL_BYTES, "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
	else if (json_is_string(value))
		put_clean(json_string_value(value), text);
}

void cli_table(const struct cli *cli, const json_t *rows,
	       const struct cli_column *columns, size_t column_count)
{
	bool bold = cli_wants_colour(stdout);
	size_t widths[COLUMNS_MAX] = { 0 };
	char text[CLI_CELL_BYTES];
	const json_t *row;
	int blanks = 0;
	size_t i;

	for (size_t c = 0; c < column_count; c++) {
		widths[c] = width(columns[c].title);
		json_array_foreach(rows, i, row)
		{
			put_cell(cli, &columns[c], row, text);
			if (width(text) > widths[c])
				widths[c] = width(text);
		}
	}
	if (bold)
		fputs(CLI_BOLD, stdout);
	for (size_t c = 0; c < column_count; c++)
		print_cell(&columns[c], columns[c].title, widths[c], &blanks);
	puts(bold ? CLI_PLAIN : "");
	json_array_foreach(rows, i, row)
	{
		blanks = 0;
		for (size_t c = 0; c < column_count; c++) {
			put_cell(cli, &columns[c], row, text);
			print_cell(&columns[c], text, widths[c], &blanks);
		}
		putchar('\n');
	}
}

void cli_json(const json_t *document, bool compact)
{
	json_dumpf(document, stdout,
		   JSON_REAL_PRECISION(15) | (compact ? JSON_COMPACT : JSON_INDENT(2)));
	putchar('\n');
	fflush(stdout);
}

json_t *cli_name(const char *text)
{
	char clean[CLI_CELL_BYTES];

	put_clean(text, clean);
	return json_string(clean);
}

const char *cli_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

json_int_t cli_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

uint32_t cli_word(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/* digits * 10^exponent */
static void put_decimal(char text[CLI_CELL_BYTES], bool negative, const char *digits,
			int exponent)
{
	/* As many as the widest exponent, of 19 digits that are zeros, can want. */
	static const char zeros[] = "00000000000000000000000000000000000000000000000000";
	int whole = (int)strlen(digits) + exponent; /* digits before the point */
	const char *sign = negative ? "-" : "";

	if (exponent >= 0)
		snprintf(text, CLI_CELL_BYTES, "%s%s%.*s", sign, digits, exponent, zeros);
	else if (whole > 0)
		snprintf(text, CLI_CELL_BYTES, "%s%.*s.%s", sign, whole, digits,
			 digits + whole);
	else
		snprintf(text, CLI_CELL_BYTES, "%s0.%.*s%s", sign, -whole, zeros, digits);
}

static uint64_t magnitude_of(int64_t value)
{
	return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

/* The digits of a number without trailing zeros, which go to the exponent. */
static void take_digits(int64_t value, char digits[24], int *exponent)
{
	size_t length;

	snprintf(digits, 24, "%" PRIu64, magnitude_of(value));
	for (length = strlen(digits); length > 1 && digits[length - 1] == '0'; length--) {
		digits[length - 1] = '\0';
		++*exponent;
	}
	if (value == 0)
		*exponent = 0;
}

/* value * 10^exponent in units of 10^3n, so that 1 to 3 digits stand before the point, with the prefix. */
static void put_prefixed(const struct cli *cli, int64_t value, int exponent,
			 const char *symbol, char text[CLI_CELL_BYTES])
{
	static const char *const prefixes[] = { "n", "µ", "m", "", "k", "M", "G" };
	char digits[24];
	int magnitude, thousands, length;
	const char *prefix;

	take_digits(value, digits, &exponent);
	magnitude = (int)strlen(digits) + exponent - 1;
	thousands = magnitude >= 0 ? magnitude / 3 : -((2 - magnitude) / 3);
	if (thousands < -3)
		thousands = -3;
	if (thousands > 3)
		thousands = 3;
	if (value == 0)
		thousands = 0;
	put_decimal(text, value < 0, digits, exponent - 3 * thousands);
	prefix = prefixes[thousands + 3];
	if (thousands == -2 && !cli->utf8)
		prefix = "u";
	length = (int)strlen(text);
	snprintf(text + length, CLI_CELL_BYTES - (size_t)length, " %s%s", prefix, symbol);
}

void cli_rate(json_int_t rate_hz, char text[CLI_CELL_BYTES])
{
	static const struct cli plain;

	put_prefixed(&plain, rate_hz, 0, "Hz", text);
}

/* A symbol for terminals that have ASCII alone. */
static void put_ascii(const char *symbol, char text[CLI_CELL_BYTES])
{
	static const struct {
		const char *utf8, *ascii;
	} replacements[] = { { "°", "" }, { "²", "2" }, { "³", "3" } };

	while (*symbol) {
		size_t i;

		for (i = 0; i < sizeof(replacements) / sizeof(replacements[0]); i++) {
			size_t length = strlen(replacements[i].utf8);

			if (strncmp(symbol, replacements[i].utf8, length) == 0) {
				text = stpcpy(text, replacements[i].ascii);
				symbol += length;
				break;
			}
		}
		if (i == sizeof(replacements) / sizeof(replacements[0]))
			*text++ = *symbol++;
	}
	*text = '\0';
}

void cli_measure(const struct cli *cli, int64_t value, int exponent, uint8_t type,
		 char text[CLI_CELL_BYTES])
{
	/* What people say in milli and kilo. */
	static const char prefixed[] = " V A W J C Hz s m G Pa ";
	const struct vscmi_sensor_type *known = vscmi_sensor_type_find(type);
	const char *symbol = known ? known->symbol : "";
	char plain[CLI_CELL_BYTES], padded[CLI_CELL_BYTES + 2], digits[24];
	size_t length;

	if (!cli->utf8) {
		put_ascii(symbol, plain);
		symbol = plain;
	}
	snprintf(padded, sizeof(padded), " %s ", symbol);
	if (*symbol && strstr(prefixed, padded) && type != 0x02 && type != 0x03) {
		put_prefixed(cli, value, exponent, symbol, text);
		return;
	}
	/* All digits that the platform sends, so that values of one sensor line up. */
	snprintf(digits, sizeof(digits), "%" PRIu64, magnitude_of(value));
	put_decimal(text, value < 0, digits, exponent);
	length = strnlen(text, CLI_CELL_BYTES / 2);
	if (*symbol)
		snprintf(text + length, CLI_CELL_BYTES - length, " %.16s", symbol);
}

json_t *cli_real(int64_t value, int exponent)
{
	char digits[24], text[CLI_CELL_BYTES];

	take_digits(value, digits, &exponent);
	put_decimal(text, value < 0, digits, exponent);
	return json_real(strtod(text, NULL));
}
