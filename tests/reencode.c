/* SPDX-License-Identifier: BSD-3-Clause */
#include "reencode.h"

#include "protocols/common.h"
#include "protocols/base/messages.h"
#include "protocols/clock/messages.h"
#include "protocols/sensor/messages.h"
#include "protocols/system/messages.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

typedef void copy_fields(struct vscmi_in *in, struct vscmi_out *out, uint32_t version);

#define COPY(name)                                                          \
	static void copy_##name(struct vscmi_in *in, struct vscmi_out *out, \
				uint32_t version)                           \
	{                                                                   \
		struct vscmi_##name fields;                                 \
                                                                            \
		vscmi_##name##_get(in, version, &fields);                   \
		vscmi_##name##_put(out, version, &fields);                  \
	}
#define COMMAND(id, NAME, name, ...) \
	COPY(name##_request)         \
	COPY(name##_reply)           \
	COPY(name##_element)
#define DELAYED(id, NAME, name, ...) \
	COPY(name##_payload)         \
	COPY(name##_element)
#define NOTIFICATION DELAYED
#include "protocols/common.def"
#include "protocols/base/messages.def"
#include "protocols/clock/messages.def"
#include "protocols/sensor/messages.def"
#include "protocols/system/messages.def"
#undef COMMAND
#undef DELAYED
#undef NOTIFICATION

#define ANY_PROTOCOL 0

#define ROW(type_, id_, NAME, name, request_, reply_) \
	{ .protocol = PROTOCOL,                       \
	  .type = type_,                              \
	  .id = id_,                                  \
	  .request = request_,                        \
	  .reply = reply_,                            \
	  .element = VSCMI_##NAME##_ELEMENT_MAX ? copy_##name##_element : NULL },
#define COMMAND(id, NAME, name, ...) \
	ROW(VSCMI_COMMAND, id, NAME, name, copy_##name##_request, copy_##name##_reply)
#define DELAYED(id, NAME, name, ...) \
	ROW(VSCMI_DELAYED_RESPONSE, id, NAME, name, NULL, copy_##name##_payload)
#define NOTIFICATION(id, NAME, name, ...) \
	ROW(VSCMI_NOTIFICATION, id, NAME, name, NULL, copy_##name##_payload)

static const struct row {
	uint8_t protocol, type, id;
	copy_fields *request, *reply, *element;
} rows[] = {
#define PROTOCOL ANY_PROTOCOL
#include "protocols/common.def"
#undef PROTOCOL
#define PROTOCOL VSCMI_PROTOCOL_BASE
#include "protocols/base/messages.def"
#undef PROTOCOL
#define PROTOCOL VSCMI_PROTOCOL_CLOCK
#include "protocols/clock/messages.def"
#undef PROTOCOL
#define PROTOCOL VSCMI_PROTOCOL_SENSOR
#include "protocols/sensor/messages.def"
#undef PROTOCOL
#define PROTOCOL VSCMI_PROTOCOL_SYSTEM
#include "protocols/system/messages.def"
#undef PROTOCOL
};

static const struct row *find(struct vscmi_header header)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool same_protocol = rows[i].protocol == header.protocol;

		if (rows[i].protocol == ANY_PROTOCOL)
			same_protocol = vscmi_protocol_newest_version(header.protocol);
		if (same_protocol && rows[i].type == header.type &&
		    rows[i].id == header.message_id)
			return &rows[i];
	}
	return NULL;
}

static void copy_reply(const struct row *row, struct vscmi_in *in, struct vscmi_out *out,
		       uint32_t version)
{
	if (row->type != VSCMI_NOTIFICATION) {
		uint32_t status = vscmi_in_u32(in);

		vscmi_out_u32(out, status);
		if ((int32_t)status != VSCMI_SUCCESS)
			return;
	}
	row->reply(in, out, version);
	while (row->element && in->left)
		row->element(in, out, version);
}

bool reencode(const void *bytes, size_t count, enum vscmi_part part, uint32_t version,
	      void *out_bytes, size_t room, struct reencoded *ret_reencoded)
{
	struct vscmi_in in = vscmi_in(bytes, count);
	struct vscmi_out out = vscmi_out(out_bytes, room);
	uint32_t word = vscmi_in_u32(&in);
	const struct row *row = find(vscmi_header_unpack(word));

	if (in.short_read || !row || (part == VSCMI_PART_REQUEST && !row->request))
		return false;
	vscmi_out_u32(&out, word);
	if (part == VSCMI_PART_REQUEST)
		row->request(&in, &out, version);
	else
		copy_reply(row, &in, &out, version);
	if (out.overflow)
		return false;
	*ret_reencoded = (struct reencoded){
		.count = room - out.left,
		.reserved = in.reserved,
		.short_read = in.short_read,
	};
	return true;
}

static void for_each_version(uint8_t protocol, const uint32_t *versions, size_t count,
			     void (*check)(struct vscmi_header header,
					   enum vscmi_part part, uint32_t version))
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct vscmi_header header = {
			.message_id = rows[i].id,
			.type = rows[i].type,
			.protocol = protocol,
		};

		if (rows[i].protocol != protocol && rows[i].protocol != ANY_PROTOCOL)
			continue;
		for (size_t v = 0; v < count; v++) {
			check(header, VSCMI_PART_REPLY, versions[v]);
			if (rows[i].request)
				check(header, VSCMI_PART_REQUEST, versions[v]);
		}
	}
}

void for_each_form(void (*check)(struct vscmi_header header, enum vscmi_part part,
				 uint32_t version))
{
#define PROTOCOL(NAME, name, id, negotiates, ...)                          \
	{                                                                  \
		static const uint32_t versions[] = { __VA_ARGS__ };        \
                                                                           \
		for_each_version(id, versions, COUNT_OF(versions), check); \
	}
#include "protocols/protocols.def"
#undef PROTOCOL
}
