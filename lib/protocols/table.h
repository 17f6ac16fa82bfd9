/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows at run time. */
#ifndef VSCMI_PROTOCOLS_TABLE_H
#define VSCMI_PROTOCOLS_TABLE_H

#include "vscmi/message.h"

struct vscmi_visit;

typedef void vscmi_show(struct vscmi_visit *visit);

struct vscmi_message {
	struct vscmi_header header;
	uint32_t since;
	const char *name;
	vscmi_show *show_request; /* NULL unless a command */
	vscmi_show *show_reply;   /* what follows the status word, or the payload */
	vscmi_show *show_element; /* NULL: no list */
};

/* Those of one protocol, as protocols/table_rows.h makes them in its messages.c. */
struct vscmi_messages {
	const struct vscmi_message *rows; /* [count] */
	size_t count;
};

/*
 * vscmi_message_visit over visit->in, which is left in front of the first byte that no
 * field took.
 */
enum vscmi_error vscmi_message_show(struct vscmi_visit *visit, enum vscmi_part part);

#endif
