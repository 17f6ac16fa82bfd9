/* SPDX-License-Identifier: BSD-3-Clause */
/* Every message that vscmi knows, from the rows, and the look-ups in it. */
#include <stdbool.h>
#include "protocols/common.h"
#include "protocols/table.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define FIRST_PROTOCOL VSCMI_PROTOCOL_BASE

/* The specification's, by id. */
static const char *const names[] = {
	"base",   "power", "system",  "performance", "clock",
	"sensor", "reset", "voltage", "powercap",    "pinctrl",
};

#define PROTOCOL(NAME, name, id, ...) \
	extern const struct vscmi_messages vscmi_##name##_messages;
#include "protocols/protocols.def"
#undef PROTOCOL

static struct vscmi_messages messages_of(uint8_t protocol)
{
	switch (protocol) {
#define PROTOCOL(NAME, name, id, ...) \
	case id:                      \
		return vscmi_##name##_messages;
#include "protocols/protocols.def"
#undef PROTOCOL
	default:
		return (struct vscmi_messages){ 0 };
	}
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* What follows start in text, any letter case; NULL if text does not begin with it. */
static const char *after(const char *text, const char *start)
{
	for (; *start; text++, start++) {
		if (lower(*text) != lower(*start))
			return NULL;
	}
	return text;
}

static bool same_name(const char *a, const char *b)
{
	const char *end = after(a, b);

	return end && *end == '\0';
}

const struct vscmi_message *vscmi_message_find(uint8_t protocol,
					       enum vscmi_message_type type,
					       uint8_t message_id)
{
	const struct vscmi_messages messages = messages_of(protocol);

	for (size_t i = 0; i < messages.count; i++) {
		const struct vscmi_message *message = &messages.rows[i];

		if (message->header.message_id == message_id &&
		    message->header.type == type)
			return message;
	}
	return NULL;
}

const struct vscmi_message *vscmi_message_find_name(uint8_t protocol, const char *name)
{
	const struct vscmi_messages messages = messages_of(protocol);
	const char *prefix = vscmi_protocol_name(protocol);

	for (size_t i = 0; i < messages.count; i++) {
		const struct vscmi_message *message = &messages.rows[i];
		const char *rest = after(message->name, prefix);

		if (same_name(message->name, name) ||
		    (rest && *rest == '_' && same_name(rest + 1, name)))
			return message;
	}
	return NULL;
}

const char *vscmi_message_name(const struct vscmi_message *message)
{
	return message->name;
}

struct vscmi_header vscmi_message_header(const struct vscmi_message *message)
{
	return message->header;
}

/* The version that brought NEGOTIATE_PROTOCOL_VERSION. */
static uint32_t negotiates_since(uint8_t protocol)
{
	switch (protocol) {
#define PROTOCOL(NAME, name, id, negotiates, ...) \
	case id:                                  \
		return negotiates;
#include "protocols/protocols.def"
#undef PROTOCOL
	default:
		return 0;
	}
}

uint32_t vscmi_message_since(const struct vscmi_message *message)
{
	if (message->header.type == VSCMI_COMMAND &&
	    message->header.message_id == VSCMI_NEGOTIATE_PROTOCOL_VERSION)
		return negotiates_since(message->header.protocol);
	return message->since;
}

const char *vscmi_protocol_name(uint8_t protocol)
{
	if (protocol < FIRST_PROTOCOL || protocol >= FIRST_PROTOCOL + COUNT_OF(names))
		return NULL;
	return names[protocol - FIRST_PROTOCOL];
}

uint8_t vscmi_protocol_find_name(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (same_name(names[i], name))
			return (uint8_t)(FIRST_PROTOCOL + i);
	}
	return 0;
}
