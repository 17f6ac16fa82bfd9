/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How results are shown. A command makes its result once, as JSON; text is a view of that, so
 * the two cannot disagree.
 */
#ifndef VSCMI_CLI_OUTPUT_H
#define VSCMI_CLI_OUTPUT_H

#include <stdio.h>

#include "cli.h"

#define CLI_CELL_BYTES 256u

/* For terminals that want it. */
#define CLI_BOLD  "\033[1m"
#define CLI_PLAIN "\033[0m"

bool cli_wants_colour(FILE *stream);

struct cli_column {
	const char *title;
	bool right; /* aligned to the right, as numbers are */
	/* The text or number that stands in this column, by the name of the member; or */
	const char *key;
	/* what writes it for one row, or leaves it empty. */
	void (*cell)(const struct cli *cli, const json_t *row, char text[CLI_CELL_BYTES]);
};

/* Print an array of objects as an aligned table, one row each, below the titles. */
void cli_table(const struct cli *cli, const json_t *rows,
	       const struct cli_column *columns, size_t column_count);

/* Print a document as JSON and a newline: on one line if compact, else indented. */
void cli_json(const json_t *document, bool compact);

/* A text of the platform's as a JSON string in which nothing can harm a terminal: what is not
 * printable ASCII becomes '?'. */
json_t *cli_name(const char *text);

/* Members of an object; 0, "" or false if it has none of this name. */
const char *cli_text(const json_t *object, const char *key);
json_int_t cli_number(const json_t *object, const char *key);

/* A word of a message. */
uint32_t cli_word(const uint8_t *bytes);

/* 48000000 as "48 MHz", with all digits that it has. */
void cli_rate(json_int_t rate_hz, char text[CLI_CELL_BYTES]);

/* value * 10^exponent with the symbol of a sensor type, and a prefix where one helps: "850 mV". */
void cli_measure(const struct cli *cli, int64_t value, int exponent, uint8_t type,
		 char text[CLI_CELL_BYTES]);

/* The same as a JSON number, the nearest there is. */
json_t *cli_real(int64_t value, int exponent);

#endif
