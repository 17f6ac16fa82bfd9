/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Turns the rows of one protocol, those of common.def first, into the struct vscmi_messages that
 * is called MESSAGES. Define that, PROTOCOL as CLOCK and VSCMI_ROWS as for generate.h, which has
 * to have been over both, then include this file.
 */
#include "message/generate_visit.h"
#include "protocols/table.h"

#define GLUE(a, b)    GLUE_(a, b)
#define GLUE_(a, b)   a##b
#define STRING(text)  STRING_(text)
#define STRING_(text) #text

/* What common.c makes. */
#define COMMAND(id, NAME, name, ...)                                       \
	vscmi_show vscmi_##name##_request_show, vscmi_##name##_reply_show, \
		vscmi_##name##_element_show;
#include "protocols/common.def"
#undef COMMAND

#define HEADER(type_, id)                                        \
	.header = { .type = type_,                               \
		    .protocol = GLUE(VSCMI_PROTOCOL_, PROTOCOL), \
		    .message_id = id }
#define LIST(NAME, name) \
	.show_element = VSCMI_##NAME##_ELEMENT_MAX ? vscmi_##name##_element_show : NULL

#define COMMAND(id, NAME, name_, since_, request, reply, element) \
	{ HEADER(VSCMI_COMMAND, id),                              \
	  .name = PREFIX #NAME,                                   \
	  .since = since_,                                        \
	  .show_request = vscmi_##name_##_request_show,           \
	  .show_reply = vscmi_##name_##_reply_show,               \
	  LIST(NAME, name_) },
#define EVENT(type, id, NAME, name_, since_)                       \
	{ HEADER(type, id), .name = PREFIX #NAME, .since = since_, \
	  .show_reply = vscmi_##name_##_payload_show, LIST(NAME, name_) },
#define DELAYED(id, NAME, name, since, payload, element) \
	EVENT(VSCMI_DELAYED_RESPONSE, id, NAME, name, since)
#define NOTIFICATION(id, NAME, name, since, payload, element) \
	EVENT(VSCMI_NOTIFICATION, id, NAME, name, since)

static const struct vscmi_message rows[] = {
#define PREFIX STRING(PROTOCOL) "_"
#include "protocols/common.def"
#undef PREFIX
#define PREFIX ""
#include VSCMI_ROWS
#undef PREFIX
};

const struct vscmi_messages MESSAGES = { rows, sizeof(rows) / sizeof(rows[0]) };

#undef GLUE
#undef GLUE_
#undef STRING
#undef STRING_
#undef HEADER
#undef LIST
#undef COMMAND
#undef EVENT
#undef DELAYED
#undef NOTIFICATION
#undef PROTOCOL
#undef MESSAGES
#undef VSCMI_ROWS
