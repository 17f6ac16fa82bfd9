/* SPDX-License-Identifier: BSD-3-Clause */
/* A message as a line of text. There is no printf here: lib/ has none. */
#include "message/show.h"
#include "protocols/table.h"

struct line {
	struct vscmi_visitor visitor;
	char *text;
	size_t room;
	size_t length; /* of the whole line, though only room - 1 characters are kept */
	bool has_fields;
};

static void put(struct line *line, char c)
{
	if (line->length < line->room)
		line->text[line->length] = c;
	line->length++;
}

static void put_text(struct line *line, const char *text)
{
	while (*text)
		put(line, *text++);
}

static void put_number(struct line *line, uint64_t number)
{
	char digits[20];
	size_t count = 0;

	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	while (count)
		put(line, digits[--count]);
}

static void put_signed(struct line *line, uint64_t number)
{
	if (number >> 63) {
		put(line, '-');
		number = 0 - number;
	}
	put_number(line, number);
}

static void put_hex(struct line *line, const uint8_t *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		put(line, digits[bytes[i] >> 4]);
		put(line, digits[bytes[i] & 15]);
	}
}

static void put_id(struct line *line, const char *what, uint8_t id)
{
	put_text(line, what);
	put_text(line, " 0x");
	put_hex(line, &id, 1);
}

/* In quotes. The peer gets nothing through that a terminal would act on. */
static void put_peer_text(struct line *line, const char *text)
{
	put(line, '"');
	for (; *text; text++)
		put(line, *text >= ' ' && *text <= '~' ? *text : '?');
	put(line, '"');
}

static void put_status(struct line *line, uint64_t number)
{
	int32_t status = (int32_t)number;

	if (status > VSCMI_SUCCESS || status < VSCMI_IN_USE)
		put_signed(line, number);
	else
		put_text(line, vscmi_status_name(status));
}

/* Ends what stands before: a colon after the title, spaces from then on. */
static void separate(struct line *line)
{
	put_text(line, line->has_fields ? " " : ": ");
	line->has_fields = true;
}

static void print_field(struct vscmi_visitor *visitor, const struct vscmi_field *field)
{
	struct line *line = (struct line *)visitor;

	if (field->kind == VSCMI_FIELD_FLAG && !field->number)
		return;
	separate(line);
	put_text(line, field->name);
	if (field->kind == VSCMI_FIELD_FLAG)
		return;
	put(line, ' ');
	switch (field->kind) {
	case VSCMI_FIELD_SIGNED:
		put_signed(line, field->number);
		break;
	case VSCMI_FIELD_STATUS:
		put_status(line, field->number);
		break;
	case VSCMI_FIELD_TEXT:
		put_peer_text(line, field->text);
		break;
	default:
		put_number(line, field->number);
	}
}

static void print_element(struct vscmi_visitor *visitor, uint32_t index)
{
	struct line *line = (struct line *)visitor;

	separate(line);
	put(line, '[');
	put_number(line, index);
	put(line, ']');
}

static void print_title(struct line *line, struct vscmi_header header,
			enum vscmi_part part)
{
	const struct vscmi_message *message =
		vscmi_message_find(header.protocol, header.type, header.message_id);
	const char *protocol = vscmi_protocol_name(header.protocol);

	if (message) {
		put_text(line, message->name);
	} else {
		if (protocol)
			put_text(line, protocol);
		else
			put_id(line, "protocol", header.protocol);
		put_id(line, " message", header.message_id);
	}
	switch (header.type) {
	case VSCMI_COMMAND:
		put_text(line, part == VSCMI_PART_REQUEST ? " request" : " reply");
		break;
	case VSCMI_DELAYED_RESPONSE:
		put_text(line, " delayed response");
		break;
	case VSCMI_NOTIFICATION:
		put_text(line, " notification"); /* its token means nothing */
		return;
	default:
		put_text(line, " of reserved type");
	}
	put_text(line, " token ");
	put_number(line, header.token);
}

size_t vscmi_message_print(const void *bytes, size_t count, enum vscmi_part part,
			   uint32_t version, char *text, size_t room)
{
	struct line line = {
		.visitor = { .field = print_field, .element = print_element },
		.text = text,
		.room = room,
	};
	struct vscmi_visit visit = {
		.visitor = &line.visitor,
		.version = version,
		.in = vscmi_in(bytes, count),
	};

	if (count < VSCMI_HEADER_BYTES) {
		put_text(&line, "no header word");
	} else {
		print_title(&line, vscmi_header_unpack(vscmi_le32_get(bytes)), part);
		if (vscmi_message_show(&visit, part) == VSCMI_E_MALFORMED)
			put_text(&line,
				 visit.in.short_read ? ", cut short" : ", too long");
	}
	if (visit.in.left) {
		put_text(&line, ": ");
		put_hex(&line, visit.in.pos, visit.in.left);
	}
	if (room)
		text[line.length < room ? line.length : room - 1] = '\0';
	return line.length;
}
