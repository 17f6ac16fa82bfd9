/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One page of a list: as many whole elements as fit the reply. Pages have no memory; the index
 * in the request is all there is.
 *
 *	struct vscmi_page page = vscmi_page(&call->reply, request->index, total, limit);
 *
 *	while (vscmi_page_next(&page))
 *		put element page.index;
 *	reply->returned = page.returned;
 *	reply->remaining = page.remaining;
 *	return vscmi_page_status(&page);
 */
#ifndef VSCMI_PROTOCOLS_PAGE_H
#define VSCMI_PROTOCOLS_PAGE_H

#include "message/cursor.h"
#include "vscmi/error.h"

struct vscmi_page {
	struct vscmi_out *out;
	struct vscmi_out mark; /* out before the element that is being put */
	uint32_t limit;        /* the most that the reply can count */
	uint32_t index;        /* of the element to put */
	uint32_t returned;
	uint32_t remaining; /* once vscmi_page_next returned false: behind this page */
	bool putting;
};

/* index is at most total. */
static inline struct vscmi_page vscmi_page(struct vscmi_out *out, uint32_t index,
					   uint32_t total, uint32_t limit)
{
	return (struct vscmi_page){
		.out = out,
		.limit = limit,
		.index = index,
		.remaining = total - index,
	};
}

/* Whether to put the element page->index; takes back the one before if it did not fit. */
static inline bool vscmi_page_next(struct vscmi_page *page)
{
	if (page->putting) {
		if (page->out->overflow) {
			*page->out = page->mark;
			return false;
		}
		page->index++;
		page->returned++;
		page->remaining--;
	}
	page->putting = true;
	page->mark = *page->out;
	return page->remaining > 0 && page->returned < page->limit;
}

/* A page must make progress. */
static inline int32_t vscmi_page_status(const struct vscmi_page *page)
{
	return page->remaining > 0 && page->returned == 0 ? VSCMI_COMMS_ERROR
							  : VSCMI_SUCCESS;
}

#endif
