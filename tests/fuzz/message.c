/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Input: one message, header word first. It is decoded, shown, printed and encoded again as
 * every part and in every version.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "vscmi/message.h"
#include "message/cursor.h"
#include "reencode.h"

/* More than the longest structure: what is cut short is completed with zeros. */
#define SPARE_BYTES 128

struct message {
	const uint8_t *bytes;
	size_t count;
	enum vscmi_part part;
	uint32_t version;
};

struct checker {
	struct vscmi_visitor visitor;
	uint32_t elements;
};

static void require(bool property)
{
	if (!property)
		abort();
}

static void check_field(struct vscmi_visitor *visitor, const struct vscmi_field *field)
{
	require(field->name != NULL);
	if (field->kind == VSCMI_FIELD_TEXT)
		require(strlen(field->text) < VSCMI_LONG_NAME_BYTES);
	if (field->kind == VSCMI_FIELD_FLAG)
		require(field->number <= 1);
}

static void check_element(struct vscmi_visitor *visitor, uint32_t index)
{
	struct checker *checker = (struct checker *)visitor;

	require(index == checker->elements++);
}

static enum vscmi_error visit(const struct message *m)
{
	struct checker checker = {
		.visitor = { .field = check_field, .element = check_element },
	};

	return vscmi_message_visit(m->bytes, m->count, m->part, m->version,
				   &checker.visitor);
}

static char *print(const struct message *m)
{
	size_t length =
		vscmi_message_print(m->bytes, m->count, m->part, m->version, NULL, 0);
	char *line = malloc(length + 1), cut[16];

	require(line != NULL);
	require(vscmi_message_print(m->bytes, m->count, m->part, m->version, line,
				    length + 1) == length);
	require(strlen(line) == length);
	for (size_t i = 0; i < length; i++)
		require(line[i] >= ' ' && line[i] <= '~');
	require(vscmi_message_print(m->bytes, m->count, m->part, m->version, cut,
				    sizeof(cut)) == length);
	require(strlen(cut) < sizeof(cut) && !strncmp(line, cut, strlen(cut)));
	return line;
}

/* Encoding what was decoded changes nothing but reserved bits and what follows a text. */
static void check_inverse(const struct message *m, bool well_formed, const char *line)
{
	size_t room = m->count + SPARE_BYTES;
	uint8_t *once = malloc(room), *twice = malloc(room);
	struct message again = { once, 0, m->part, m->version };
	struct reencoded first, second;
	char *line_again;

	require(once && twice);
	if (reencode(m->bytes, m->count, m->part, m->version, once, room, &first)) {
		require(reencode(once, first.count, m->part, m->version, twice, room,
				 &second));
		require(second.count == first.count && !second.reserved);
		require(!memcmp(once, twice, first.count));
		again.count = first.count;
		if (well_formed) {
			line_again = print(&again);
			require(first.count == m->count && !first.short_read);
			require(!strcmp(line, line_again));
			free(line_again);
		}
	}
	free(once);
	free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t versions[] = { 0x10000, 0x20000, 0x20001, 0x30000,
					     0x30001 };

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		for (int part = VSCMI_PART_REQUEST; part <= VSCMI_PART_REPLY; part++) {
			struct message m = { data, size, (enum vscmi_part)part,
					     versions[i] };
			enum vscmi_error error = visit(&m);
			char *line = print(&m);

			require(error == VSCMI_OK || error == VSCMI_E_MALFORMED ||
				error == VSCMI_E_UNSUPPORTED);
			check_inverse(&m, error == VSCMI_OK, line);
			free(line);
		}
	}
	return 0;
}
