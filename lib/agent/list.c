/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Walks through paged lists, and ends whatever the platform says: the first page says how long
 * the list is, each page must bring something, and no element is decoded beyond what arrived.
 */
#include "agent/call.h"
#include "agent/engine.h"

#define TRIPLET_ELEMENTS 3u

void vscmi_list_begin(struct vscmi_list *list, struct vscmi_agent *agent,
		      const struct vscmi_list_kind *kind, uint32_t resource_id)
{
	*list = (struct vscmi_list){
		.agent = agent,
		.kind = kind,
		.resource_id = resource_id,
	};
}

static bool fail(struct vscmi_list *list, enum vscmi_error error)
{
	list->result = vscmi_local(error);
	return false;
}

static bool take_page(struct vscmi_list *list, struct vscmi_in *in)
{
	struct vscmi_list_page page;

	/* One that is too short for that reads as empty, and is malformed in the end. */
	list->kind->get(in, list->version, &page);
	if (page.triplet && (list->index != 0 || page.returned != TRIPLET_ELEMENTS))
		return fail(list, VSCMI_E_MALFORMED);
	if (!list->started && !list->kind->total)
		list->total = page.returned + page.remaining;
	list->started = true;
	list->triplet = page.triplet;
	list->here = page.returned;
	if (list->here > list->total - list->index)
		list->here = list->total - list->index;
	list->index += list->here;
	/* An empty page is the end, and so is one behind which nothing remains. */
	if (list->here == 0 || page.triplet ||
	    (!list->kind->total && page.remaining == 0))
		list->total = list->index;

	list->page_bytes = (uint32_t)in->left;
	list->left = list->page_bytes;
	/* If one were shorter, the page would be. */
	list->stride = list->page_bytes == page.returned * list->kind->longest_bytes
			       ? list->kind->longest_bytes
			       : 0;
	memcpy(list->page, in->pos, list->page_bytes);
	vscmi_in_take(in, in->left);
	return true;
}

static bool ask_page(struct vscmi_list *list)
{
	const struct vscmi_list_kind *kind = list->kind;
	struct vscmi_ask ask;

	if (!list->started && kind->total) {
		list->result = kind->total(list->agent, &list->total);
		if (vscmi_failed(list->result) || list->total == 0)
			return false;
	}
	vscmi_ask_begin(&ask, list->agent, kind->protocol, kind->message_id, kind->since,
			VSCMI_SYNC);
	list->version = ask.version;
	kind->put(&ask.out, ask.version, list->resource_id, list->index);
	ask.request.reply_room = VSCMI_LIST_PAGE_BYTES;
	if (vscmi_ask_run(&ask) && !take_page(list, &ask.in))
		ask.result = list->result;
	list->header = vscmi_le32_get(ask.message);
	list->result = vscmi_ask_end(&ask);
	return !vscmi_failed(list->result);
}

bool vscmi_list_next(struct vscmi_list *list, const struct vscmi_list_kind *kind,
		     struct vscmi_in *ret_in)
{
	if (list->kind != kind)
		return fail(list, VSCMI_E_INVALID);
	if (vscmi_failed(list->result))
		return false;
	if (list->here == 0) {
		if (list->started && list->index >= list->total)
			return false;
		if (!ask_page(list) || list->here == 0)
			return false;
	}
	*ret_in = vscmi_in(list->page + list->page_bytes - list->left, list->left);
	return true;
}

static void drop_trailing(struct vscmi_list *list)
{
	uint8_t header[VSCMI_HEADER_BYTES];

	vscmi_le32_put(header, list->header);
	vscmi_agent_drop(list->agent, VSCMI_ANOMALY_TRAILING, header, sizeof(header));
}

bool vscmi_list_decoded(struct vscmi_list *list, const struct vscmi_in *in)
{
	if (in->short_read) {
		list->here = 0;
		return fail(list, VSCMI_E_MALFORMED);
	}
	list->left = (uint32_t)in->left;
	if (list->stride)
		list->left -= list->left % list->stride;
	list->here -= list->triplet ? TRIPLET_ELEMENTS : 1;
	/* Elements of one byte are padded to a word. */
	if (list->here == 0 && list->left >= 4)
		drop_trailing(list);
	return true;
}
