/* SPDX-License-Identifier: BSD-3-Clause */
/* Every message that vscmi knows, from the rows, and the look-ups in it. */
#include <stdbool.h>
#include "vscmi/message.h"
#include "protocols/common.h"
#include "protocols/base/messages.h"
#include "protocols/clock/messages.h"
#include "protocols/sensor/messages.h"
#include "protocols/system/messages.h"

#define VSCMI_ROWS "protocols/common.def"
#include "message/generate_visit.h"
#undef VSCMI_ROWS

#define PROTOCOL   BASE
#define VSCMI_ROWS "protocols/base/messages.def"
#include "protocols/table_rows.h"

#define PROTOCOL   SYSTEM
#define VSCMI_ROWS "protocols/system/messages.def"
#include "protocols/table_rows.h"

#define PROTOCOL   CLOCK
#define VSCMI_ROWS "protocols/clock/messages.def"
#include "protocols/table_rows.h"

#define PROTOCOL   SENSOR
#define VSCMI_ROWS "protocols/sensor/messages.def"
#include "protocols/table_rows.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct protocol {
	const char *name;
	const struct vscmi_message *messages;
	size_t message_count;
	const uint32_t *versions;
	size_t version_count;
	uint32_t negotiates;
};

#define FIRST_PROTOCOL VSCMI_PROTOCOL_BASE

/* By id. Those that are not in protocols.def have a name only. */
static const struct protocol protocols[] = {
#define PROTOCOL(NAME, name_, id, negotiates_, ...)                             \
	[id - FIRST_PROTOCOL] = {                                               \
		.name = #name_,                                                 \
		.messages = NAME##_messages,                                    \
		.message_count = COUNT_OF(NAME##_messages),                     \
		.versions = (const uint32_t[]){ __VA_ARGS__ },                  \
		.version_count = COUNT_OF(((const uint32_t[]){ __VA_ARGS__ })), \
		.negotiates = negotiates_,                                      \
	},
#include "protocols/protocols.def"
#undef PROTOCOL
	[VSCMI_PROTOCOL_POWER - FIRST_PROTOCOL] = { .name = "power" },
	[VSCMI_PROTOCOL_PERFORMANCE - FIRST_PROTOCOL] = { .name = "performance" },
	[VSCMI_PROTOCOL_RESET - FIRST_PROTOCOL] = { .name = "reset" },
	[VSCMI_PROTOCOL_VOLTAGE - FIRST_PROTOCOL] = { .name = "voltage" },
	[VSCMI_PROTOCOL_POWERCAP - FIRST_PROTOCOL] = { .name = "powercap" },
	[VSCMI_PROTOCOL_PINCTRL - FIRST_PROTOCOL] = { .name = "pinctrl" },
};

/* What is not there has no name and no messages. */
static const struct protocol *protocol_of(uint8_t id)
{
	static const struct protocol none;

	if (id < FIRST_PROTOCOL || id - FIRST_PROTOCOL >= (int)COUNT_OF(protocols))
		return &none;
	return &protocols[id - FIRST_PROTOCOL];
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
	const struct protocol *of = protocol_of(protocol);

	for (size_t i = 0; i < of->message_count; i++) {
		const struct vscmi_message *message = &of->messages[i];

		if (message->header.message_id == message_id &&
		    message->header.type == type)
			return message;
	}
	return NULL;
}

const struct vscmi_message *vscmi_message_find_name(uint8_t protocol, const char *name)
{
	const struct protocol *of = protocol_of(protocol);

	for (size_t i = 0; i < of->message_count; i++) {
		const struct vscmi_message *message = &of->messages[i];
		const char *rest = after(message->name, of->name);

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

uint32_t vscmi_message_since(const struct vscmi_message *message)
{
	if (message->header.type == VSCMI_COMMAND &&
	    message->header.message_id == VSCMI_NEGOTIATE_PROTOCOL_VERSION)
		return protocol_of(message->header.protocol)->negotiates;
	return message->since;
}

const char *vscmi_protocol_name(uint8_t protocol)
{
	return protocol_of(protocol)->name;
}

uint8_t vscmi_protocol_find_name(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(protocols); i++) {
		if (same_name(protocols[i].name, name))
			return (uint8_t)(FIRST_PROTOCOL + i);
	}
	return 0;
}

uint32_t vscmi_protocol_newest_version(uint8_t protocol)
{
	const struct protocol *of = protocol_of(protocol);

	return of->version_count ? of->versions[of->version_count - 1] : 0;
}
