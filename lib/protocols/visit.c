/* SPDX-License-Identifier: BSD-3-Clause */
#include "protocols/table.h"

#include "message/show.h"

/* The elements of a list, and the bytes that fill it up to a whole word. */
static void show_list(struct vscmi_visit *visit, vscmi_show *show_element)
{
	struct vscmi_visitor *visitor = visit->visitor;
	uint32_t count = visit->counted ? visit->count : UINT32_MAX;
	size_t list_bytes = visit->in.left;
	uint32_t i;

	for (i = 0; i < count && visit->in.left; i++) {
		if (visitor->element)
			visitor->element(visitor, i);
		show_element(visit);
	}
	if (visit->counted && i < count)
		visit->in.short_read = true;
	list_bytes -= visit->in.left;
	vscmi_in_take(&visit->in, (0 - list_bytes) % 4);
}

static enum vscmi_error end(const struct vscmi_visit *visit)
{
	if (visit->in.short_read || visit->in.left)
		return VSCMI_E_MALFORMED;
	return VSCMI_OK;
}

enum vscmi_error vscmi_message_show(struct vscmi_visit *visit, enum vscmi_part part)
{
	struct vscmi_in *in = &visit->in;
	struct vscmi_header header = vscmi_header_unpack(vscmi_in_u32(in));
	const struct vscmi_message *message =
		vscmi_message_find(header.protocol, header.type, header.message_id);

	if (in->short_read)
		return VSCMI_E_MALFORMED;
	if (!message || (part == VSCMI_PART_REQUEST && header.type != VSCMI_COMMAND))
		return VSCMI_E_UNSUPPORTED;

	if (part == VSCMI_PART_REQUEST) {
		message->show_request(visit);
		return end(visit);
	}
	if (header.type != VSCMI_NOTIFICATION) {
		int32_t status = (int32_t)vscmi_in_u32(in);

		vscmi_show_number(visit, 0, VSCMI_FIELD_STATUS, "status",
				  (uint64_t)status);
		if (status != VSCMI_SUCCESS)
			return end(visit);
	}
	message->show_reply(visit);
	if (message->show_element)
		show_list(visit, message->show_element);
	return end(visit);
}

enum vscmi_error vscmi_message_visit(const void *bytes, size_t count,
				     enum vscmi_part part, uint32_t version,
				     struct vscmi_visitor *visitor)
{
	struct vscmi_visit visit = {
		.visitor = visitor,
		.version = version,
		.in = vscmi_in(bytes, count),
	};

	return vscmi_message_show(&visit, part);
}
