/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Turns the rows of one protocol, those of common.def first, into an array: define PROTOCOL as
 * BASE and VSCMI_ROWS as "protocols/base/messages.def", and it is called BASE_messages.
 */
#include "message/generate_visit.h"
#include "protocols/table.h"

#define GLUE(a, b)    GLUE_(a, b)
#define GLUE_(a, b)   a##b
#define STRING(text)  STRING_(text)
#define STRING_(text) #text

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

static const struct vscmi_message GLUE(PROTOCOL, _messages)[] = {
#define PREFIX STRING(PROTOCOL) "_"
#include "protocols/common.def"
#undef PREFIX
#define PREFIX ""
#include VSCMI_ROWS
#undef PREFIX
};

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
#undef VSCMI_ROWS
