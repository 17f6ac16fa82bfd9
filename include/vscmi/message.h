/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every SCMI message that vscmi knows, to look up and to show: what tracers, printers and
 * fuzzers need. All of it comes from the rows in lib/protocols/<name>/messages.def.
 */
#ifndef VSCMI_MESSAGE_H
#define VSCMI_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include "vscmi/error.h"
#include "vscmi/header.h"

/* One row. Static and const; compare by address. */
struct vscmi_message;

/*
 * The message with this protocol, type and id, or NULL. VSCMI_COMMAND finds replies as
 * well.
 */
const struct vscmi_message *vscmi_message_find(uint8_t protocol,
					       enum vscmi_message_type type,
					       uint8_t message_id);

/*
 * The message of a protocol with this name, or NULL; letter case does not matter. The
 * name is the specification's, with or without the protocol's prefix: "CLOCK_RATE_SET" or
 * "rate_set".
 */
const struct vscmi_message *vscmi_message_find_name(uint8_t protocol, const char *name);

/*
 * The specification's name: "CLOCK_RATE_SET". What it calls alike in every protocol has the
 * protocol's name in front: "CLOCK_PROTOCOL_VERSION". Static.
 */
const char *vscmi_message_name(const struct vscmi_message *message);

/* Header fields of the message; the token is 0. */
struct vscmi_header vscmi_message_header(const struct vscmi_message *message);

/* The protocol version, as PROTOCOL_VERSION reports it, that brought the message. */
uint32_t vscmi_message_since(const struct vscmi_message *message);

/* "clock"; NULL for a protocol that has no name in the specification. Static. */
const char *vscmi_protocol_name(uint8_t protocol);

/* The id of the protocol with this name, any letter case; 0 if there is none. */
uint8_t vscmi_protocol_find_name(const char *name);

/* The newest version of a protocol that this library speaks; 0: it speaks none. */
uint32_t vscmi_protocol_newest_version(uint8_t protocol);

/* What a visitor is shown. */
struct vscmi_field {
	enum vscmi_field_kind {
		VSCMI_FIELD_UNSIGNED, /* number */
		VSCMI_FIELD_SIGNED,   /* number, as a two's complement int64_t */
		VSCMI_FIELD_FLAG,     /* number is 0 or 1 */
		VSCMI_FIELD_STATUS,   /* number, an SCMI status as an int64_t */
		VSCMI_FIELD_TEXT,     /* text */
	} kind;
	const char *name; /* static */
	uint64_t number;
	const char *text; /* NUL-terminated, bytes as the peer sent them; gone after the
			     call */
};

/* The caller's; each member is called as the decoder goes. */
struct vscmi_visitor {
	void (*field)(struct vscmi_visitor *visitor, const struct vscmi_field *field);
	/* The fields that follow belong to list element index. May be NULL. */
	void (*element)(struct vscmi_visitor *visitor, uint32_t index);
};

enum vscmi_part {
	VSCMI_PART_REQUEST,
	VSCMI_PART_REPLY, /* the answer to a command; delayed responses and notifications
			     too */
};

/*
 * Decode a whole message, header word first, and show its fields in wire order, the
 * status word as the field "status". A reply or delayed response with another status than
 * SUCCESS has no other field. version is the protocol version that both ends speak.
 *
 * Return: VSCMI_OK; VSCMI_E_UNSUPPORTED if no row describes the message;
 * VSCMI_E_MALFORMED if it is shorter or longer than its row says, or its list than it
 * counts itself, after the fields that were there.
 */
enum vscmi_error vscmi_message_visit(const void *bytes, size_t count,
				     enum vscmi_part part, uint32_t version,
				     struct vscmi_visitor *visitor);

/*
 * The same as one line of text without a newline, for a person: "CLOCK_RATE_SET request
 * token 7: async clock_id 2 rate_hz 48000000". Flags are named if set. Unknown messages and
 * trailing bytes come as hexadecimal. In the peer's texts '?' stands for what is not
 * printable ASCII.
 *
 * text always ends in NUL if room > 0. Return: the length that the whole line has,
 * without the NUL; when it is not below room the line was cut.
 */
size_t vscmi_message_print(const void *bytes, size_t count, enum vscmi_part part,
			   uint32_t version, char *text, size_t room);

#endif
