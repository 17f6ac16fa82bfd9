/* SPDX-License-Identifier: BSD-3-Clause */
/* What the functions that generate_visit.h makes are made of. */
#ifndef VSCMI_MESSAGE_SHOW_H
#define VSCMI_MESSAGE_SHOW_H

#include "vscmi/message.h"
#include "message/cursor.h"

/* A visitor's way through a message. */
struct vscmi_visit {
	struct vscmi_visitor *visitor;
	uint32_t version;
	struct vscmi_in in; /* what was not shown yet */
	bool counted;       /* a COUNT was shown */
	uint32_t count;     /* what it said */
};

/* Passes over so many bytes and shows the field that was decoded from them, if they are there. */
void vscmi_show_number(struct vscmi_visit *visit, size_t bytes,
		       enum vscmi_field_kind kind, const char *name, uint64_t number);
void vscmi_show_text(struct vscmi_visit *visit, size_t bytes, const char *name,
		     const char *text);

#endif
