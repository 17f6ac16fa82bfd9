/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Turns the rows of one protocol into C. Define VSCMI_ROWS as the path of a messages.def, then
 * include this file. For a row NAME, name it makes
 *
 *	VSCMI_NAME                                     the message id
 *	struct vscmi_name_request, _reply, _element    the fields (commands)
 *	struct vscmi_name_payload, _element            the same (delayed responses, notifications)
 *	vscmi_name_request_put(), _get(), ...          the encoder and the decoder of each struct
 *	VSCMI_NAME_REQUEST_MAX, _REPLY_MAX             bytes of the longest such message, header word
 *	VSCMI_NAME_PAYLOAD_MAX                         and status word counted, list not
 *	VSCMI_NAME_ELEMENT_MAX                         bytes of the longest list element; 0: no list
 *
 * What a row can say:
 *
 *	COMMAND(id, NAME, name, since, REQUEST(..), REPLY(..), ELEMENT(..))
 *	DELAYED(id, NAME, name, since, PAYLOAD(..), ELEMENT(..))
 *	NOTIFICATION(id, NAME, name, since, PAYLOAD(..), ELEMENT(..))
 *
 * since is the protocol version that brought the message. The header word, and the status word
 * that starts each reply and each delayed response, are not part of the rows. ELEMENT is what
 * a list repeats after the fixed part. Fields, in wire order:
 *
 *	U8(n) U32(n) I32(n) U64(n) I64(n)    integers
 *	STATUS(n)                            an SCMI status
 *	NAME(n) LONG_NAME(n)                 16 and 64 byte texts
 *	WORD(n, bits..)                      a 32-bit word made of
 *	    BIT(b, n)                            one bit
 *	    BITS(high, low, n)                   an unsigned field
 *	    SIGNED_BITS(high, low, n)            a two's complement field
 *	    COUNT(high, low, n)                  BITS that say how many elements follow; without
 *	                                         it the list goes on to the end of the message
 *	IF(condition, fields..)              there only if the condition holds; it may look at
 *	                                     version and at what was decoded before, m->n
 *	NOTHING                              no field at all
 *
 * The decoders collect every set bit of a WORD that no field names in vscmi_in.reserved.
 */
#include <stdbool.h>
#include <stdint.h>
#include "vscmi/header.h"
#include "message/cursor.h"

#ifndef VSCMI_MESSAGE_GENERATE_H
#define VSCMI_MESSAGE_GENERATE_H

#define VSCMI_FIELD_MASK(high, low) (0xffffffffu >> (31 - (high) + (low)))

static inline int32_t vscmi_sign_extend(uint32_t value, unsigned int width)
{
	uint32_t sign = 1u << (width - 1);

	return (int32_t)((value ^ sign) - sign);
}

#endif

/* Pieces of C, which clang-format cannot read. */
/* clang-format off */

#define REQUEST(...) __VA_ARGS__
#define REPLY(...)   __VA_ARGS__
#define PAYLOAD(...) __VA_ARGS__
#define ELEMENT(...) __VA_ARGS__

#define STATUS(n)	    I32(n)
#define COUNT(high, low, n) BITS(high, low, n)

/* Ids. */
#define COMMAND(id, NAME, name, since, request, reply, element) VSCMI_##NAME = id,
#define DELAYED(id, NAME, name, since, payload, element)	VSCMI_##NAME = id,
#define NOTIFICATION(id, NAME, name, since, payload, element)	VSCMI_##NAME = id,
enum {
#include VSCMI_ROWS
};
#undef COMMAND
#undef DELAYED
#undef NOTIFICATION

/* Sizes, with every IF taken. */
#define U8(n)		   +1
#define U32(n)		   +4
#define I32(n)		   +4
#define U64(n)		   +8
#define I64(n)		   +8
#define NAME(n)		   +VSCMI_NAME_BYTES
#define LONG_NAME(n)	   +VSCMI_LONG_NAME_BYTES
#define WORD(n, ...)	   +4
#define IF(condition, ...) __VA_ARGS__
#define NOTHING
#define COMMAND(id, NAME, name, since, request, reply, element) \
	VSCMI_##NAME##_REQUEST_MAX = VSCMI_HEADER_BYTES request, \
	VSCMI_##NAME##_REPLY_MAX = VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES reply, \
	VSCMI_##NAME##_ELEMENT_MAX = 0 element,
#define DELAYED(id, NAME, name, since, payload, element) \
	VSCMI_##NAME##_PAYLOAD_MAX = VSCMI_HEADER_BYTES + VSCMI_STATUS_BYTES payload, \
	VSCMI_##NAME##_ELEMENT_MAX = 0 element,
#define NOTIFICATION(id, NAME, name, since, payload, element) \
	VSCMI_##NAME##_PAYLOAD_MAX = VSCMI_HEADER_BYTES payload, \
	VSCMI_##NAME##_ELEMENT_MAX = 0 element,
enum {
#include VSCMI_ROWS
};
#include "message/forget_fields.h"
#undef COMMAND
#undef DELAYED
#undef NOTIFICATION

/* Structures. */
#define U8(n)			  uint8_t n;
#define U32(n)			  uint32_t n;
#define I32(n)			  int32_t n;
#define U64(n)			  uint64_t n;
#define I64(n)			  int64_t n;
#define NAME(n)			  char n[VSCMI_NAME_BYTES];
#define LONG_NAME(n)		  char n[VSCMI_LONG_NAME_BYTES];
#define WORD(n, ...)		  __VA_ARGS__
#define BIT(b, n)		  bool n;
#define BITS(high, low, n)	  uint32_t n;
#define SIGNED_BITS(high, low, n) int32_t n;
#define IF(condition, ...)	  __VA_ARGS__
#define NOTHING			  char nothing;
#define STRUCT(name, ...) \
	struct vscmi_##name { \
		__VA_ARGS__ \
	};
#define COMMAND(id, NAME, name, since, request, reply, element) \
	STRUCT(name##_request, request) \
	STRUCT(name##_reply, reply) \
	STRUCT(name##_element, element)
#define DELAYED(id, NAME, name, since, payload, element) \
	STRUCT(name##_payload, payload) \
	STRUCT(name##_element, element)
#define NOTIFICATION DELAYED
#include VSCMI_ROWS
#include "message/forget_fields.h"
#undef STRUCT
#undef COMMAND
#undef DELAYED
#undef NOTIFICATION

/* Encoders. */
#define U8(n)	     vscmi_out_u8(out, m->n);
#define U32(n)	     vscmi_out_u32(out, m->n);
#define I32(n)	     vscmi_out_u32(out, (uint32_t)m->n);
#define U64(n)	     vscmi_out_u64(out, m->n);
#define I64(n)	     vscmi_out_u64(out, (uint64_t)m->n);
#define NAME(n)	     vscmi_out_text(out, m->n, VSCMI_NAME_BYTES);
#define LONG_NAME(n) vscmi_out_text(out, m->n, VSCMI_LONG_NAME_BYTES);
#define WORD(n, ...) \
	{ \
		uint32_t word = 0; \
		__VA_ARGS__ \
		vscmi_out_u32(out, word); \
	}
#define BIT(b, n)		  word |= (uint32_t)m->n << (b);
#define BITS(high, low, n)	  word |= (m->n & VSCMI_FIELD_MASK(high, low)) << (low);
#define SIGNED_BITS(high, low, n) word |= ((uint32_t)m->n & VSCMI_FIELD_MASK(high, low)) << (low);
#define IF(condition, ...) \
	if (condition) { \
		__VA_ARGS__ \
	}
#define NOTHING
#define PUT(name, ...) \
	static inline void vscmi_##name##_put(struct vscmi_out *out, uint32_t version, \
					      const struct vscmi_##name *m) \
	{ \
		(void)out; \
		(void)version; \
		(void)m; \
		__VA_ARGS__ \
	}
#define COMMAND(id, NAME, name, since, request, reply, element) \
	PUT(name##_request, request) \
	PUT(name##_reply, reply) \
	PUT(name##_element, element)
#define DELAYED(id, NAME, name, since, payload, element) \
	PUT(name##_payload, payload) \
	PUT(name##_element, element)
#define NOTIFICATION DELAYED
#include VSCMI_ROWS
#include "message/forget_fields.h"
#undef PUT
#undef COMMAND
#undef DELAYED
#undef NOTIFICATION

/* Decoders. A field that is not there, or that the bytes do not reach, reads as zero. */
#define U8(n)	     m->n = vscmi_in_u8(in);
#define U32(n)	     m->n = vscmi_in_u32(in);
#define I32(n)	     m->n = (int32_t)vscmi_in_u32(in);
#define U64(n)	     m->n = vscmi_in_u64(in);
#define I64(n)	     m->n = (int64_t)vscmi_in_u64(in);
#define NAME(n)	     vscmi_in_text(in, m->n, VSCMI_NAME_BYTES);
#define LONG_NAME(n) vscmi_in_text(in, m->n, VSCMI_LONG_NAME_BYTES);
#define WORD(n, ...) \
	{ \
		uint32_t word = vscmi_in_u32(in), named = 0; \
		__VA_ARGS__ \
		in->reserved |= word & ~named; \
	}
#define BIT(b, n) \
	named |= 1u << (b); \
	m->n = word >> (b) & 1u;
#define BITS(high, low, n) \
	named |= VSCMI_FIELD_MASK(high, low) << (low); \
	m->n = word >> (low) & VSCMI_FIELD_MASK(high, low);
#define SIGNED_BITS(high, low, n) \
	named |= VSCMI_FIELD_MASK(high, low) << (low); \
	m->n = vscmi_sign_extend(word >> (low) & VSCMI_FIELD_MASK(high, low), (high) - (low) + 1);
#define IF(condition, ...) \
	if (condition) { \
		__VA_ARGS__ \
	}
#define NOTHING
#define GET(name, clear, ...) \
	static inline void vscmi_##name##_get(struct vscmi_in *in, uint32_t version, \
					      struct vscmi_##name *m) \
	{ \
		(void)in; \
		(void)version; \
		clear; \
		__VA_ARGS__ \
	}
/*
 * A request is cleared by stores, as a platform gets one for each command. Elsewhere gcc 12 would see
 * through them, and think that agents look at replies that they did not get.
 */
#define BY_STORES(name) *m = (struct vscmi_##name){ 0 }
#define BY_CALL		memset(m, 0, sizeof(*m))
#define COMMAND(id, NAME, name, since, request, reply, element) \
	GET(name##_request, BY_STORES(name##_request), request) \
	GET(name##_reply, BY_CALL, reply) \
	GET(name##_element, BY_CALL, element)
#define DELAYED(id, NAME, name, since, payload, element) \
	GET(name##_payload, BY_CALL, payload) \
	GET(name##_element, BY_CALL, element)
#define NOTIFICATION DELAYED
#include VSCMI_ROWS
#include "message/forget_fields.h"
#undef GET
#undef BY_STORES
#undef BY_CALL
#undef COMMAND
#undef DELAYED
#undef NOTIFICATION

#undef REQUEST
#undef REPLY
#undef PAYLOAD
#undef ELEMENT
#undef STATUS
#undef COUNT
#undef VSCMI_ROWS
