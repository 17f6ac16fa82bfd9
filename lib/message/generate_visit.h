/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Turns the rows of one protocol into functions that show a message to a visitor. Define
 * VSCMI_ROWS as for generate.h, which has to have been over the same rows, then include this
 * file; VSCMI_ROWS stays defined. For each struct vscmi_name_x that generate.h makes,
 * vscmi_name_x_show() shows the fields that visit->in holds, and passes over them.
 */
#include "message/show.h"

/* Pieces of C, which clang-format cannot read. */
/* clang-format off */

#define REQUEST(...) __VA_ARGS__
#define REPLY(...)   __VA_ARGS__
#define PAYLOAD(...) __VA_ARGS__
#define ELEMENT(...) __VA_ARGS__

#define SHOW_NUMBER(bytes, kind, n) vscmi_show_number(visit, bytes, kind, #n, (uint64_t)m->n);

#define U8(n)			  SHOW_NUMBER(1, VSCMI_FIELD_UNSIGNED, n)
#define U32(n)			  SHOW_NUMBER(4, VSCMI_FIELD_UNSIGNED, n)
#define I32(n)			  SHOW_NUMBER(4, VSCMI_FIELD_SIGNED, n)
#define U64(n)			  SHOW_NUMBER(8, VSCMI_FIELD_UNSIGNED, n)
#define I64(n)			  SHOW_NUMBER(8, VSCMI_FIELD_SIGNED, n)
#define STATUS(n)		  SHOW_NUMBER(4, VSCMI_FIELD_STATUS, n)
#define NAME(n)			  vscmi_show_text(visit, VSCMI_NAME_BYTES, #n, m->n);
#define LONG_NAME(n)		  vscmi_show_text(visit, VSCMI_LONG_NAME_BYTES, #n, m->n);
#define WORD(n, ...)		  vscmi_in_take(&visit->in, 4); __VA_ARGS__
#define BIT(b, n)		  SHOW_NUMBER(0, VSCMI_FIELD_FLAG, n)
#define BITS(high, low, n)	  SHOW_NUMBER(0, VSCMI_FIELD_UNSIGNED, n)
#define SIGNED_BITS(high, low, n) SHOW_NUMBER(0, VSCMI_FIELD_SIGNED, n)
#define COUNT(high, low, n) \
	BITS(high, low, n) \
	visit->counted = true; \
	visit->count = m->n;
#define IF(condition, ...) \
	if (condition) { \
		__VA_ARGS__ \
	}
#define NOTHING
#define SHOW(name, ...) \
	void vscmi_##name##_show(struct vscmi_visit *visit); \
	void vscmi_##name##_show(struct vscmi_visit *visit) \
	{ \
		uint32_t version = visit->version; \
		struct vscmi_in ahead = visit->in; \
		struct vscmi_##name fields, *m = &fields; \
\
		vscmi_##name##_get(&ahead, version, m); \
		__VA_ARGS__ \
	}
#define COMMAND(id, NAME, name, since, request, reply, element) \
	SHOW(name##_request, request) \
	SHOW(name##_reply, reply) \
	SHOW(name##_element, element)
#define DELAYED(id, NAME, name, since, payload, element) \
	SHOW(name##_payload, payload) \
	SHOW(name##_element, element)
#define NOTIFICATION DELAYED
#include VSCMI_ROWS
#include "message/forget_fields.h"
#undef SHOW
#undef COMMAND
#undef DELAYED
#undef NOTIFICATION

#undef SHOW_NUMBER
#undef STATUS
#undef COUNT
#undef REQUEST
#undef REPLY
#undef PAYLOAD
#undef ELEMENT
