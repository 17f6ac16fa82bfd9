/* SPDX-License-Identifier: BSD-3-Clause */
/* YAML lists into arrays, and names that refer to the items of a list. */
#ifndef VSCMI_BOARD_ARRAY_H
#define VSCMI_BOARD_ARRAY_H

#include "board/reader.h"

struct vscmi_array {
	void *items; /* from the reader's pool */
	size_t item_bytes;
	uint32_t count;
};

/* What a list must be. */
struct vscmi_array_shape {
	const char *what; /* "a list of rates such as [24MHz, 48MHz]" */
	vscmi_read_value *read;
	size_t item_bytes;
	uint32_t min, max; /* items */
	/* Items are structs that start with a name, const char *; no two have the same. */
	bool named;
};

void vscmi_read_list(struct vscmi_reader *reader, yaml_node_t *node,
		     const struct vscmi_array_shape *shape, struct vscmi_array *list);

/* The node of an item of a list that was read. */
yaml_node_t *vscmi_array_node(struct vscmi_reader *reader, const yaml_node_t *list,
			      uint32_t index);

#define VSCMI_NO_INDEX UINT32_MAX

/* The index of an item of a named list, or VSCMI_NO_INDEX. */
uint32_t vscmi_array_find(const struct vscmi_array *list, const char *name);

/* The index of the item that a scalar names; what says of what kind: "a clock". 0 after a
 * refusal. */
uint32_t vscmi_read_reference(struct vscmi_reader *reader, yaml_node_t *node,
			      const char *what, const struct vscmi_array *list);

/* A list of at most max different names: into *references their indexes, uint16_t. */
void vscmi_read_references(struct vscmi_reader *reader, yaml_node_t *node,
			   const char *what, const struct vscmi_array *list, uint32_t max,
			   struct vscmi_array *references);

#endif
