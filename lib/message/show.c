/* SPDX-License-Identifier: BSD-3-Clause */
#include "message/show.h"

static void show(struct vscmi_visit *visit, size_t bytes, const struct vscmi_field *field)
{
	vscmi_in_take(&visit->in, bytes);
	if (!visit->in.short_read)
		visit->visitor->field(visit->visitor, field);
}

void vscmi_show_number(struct vscmi_visit *visit, size_t bytes,
		       enum vscmi_field_kind kind, const char *name, uint64_t number)
{
	show(visit, bytes,
	     &(struct vscmi_field){ .kind = kind, .name = name, .number = number });
}

void vscmi_show_text(struct vscmi_visit *visit, size_t bytes, const char *name,
		     const char *text)
{
	show(visit, bytes,
	     &(struct vscmi_field){
		     .kind = VSCMI_FIELD_TEXT, .name = name, .text = text });
}
