/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "board/array.h"

static void *item_at(const struct vscmi_array *list, uint32_t index)
{
	return (char *)list->items + index * list->item_bytes;
}

static const char *name_at(const struct vscmi_array *list, uint32_t index)
{
	return *(const char **)item_at(list, index);
}

uint32_t vscmi_array_find(const struct vscmi_array *list, const char *name)
{
	for (uint32_t i = 0; i < list->count; i++) {
		if (!strcmp(name_at(list, i), name))
			return i;
	}
	return VSCMI_NO_INDEX;
}

yaml_node_t *vscmi_array_node(struct vscmi_reader *reader, const yaml_node_t *list,
			      uint32_t index)
{
	return yaml_document_get_node(&reader->document,
				      list->data.sequence.items.start[index]);
}

/* Read the item behind the last one, and count it. */
static void read_item(struct vscmi_reader *reader, yaml_node_t *node,
		      const struct vscmi_array_shape *shape, struct vscmi_array *list)
{
	uint32_t index = list->count;

	shape->read(reader, node, item_at(list, index));
	if (reader->error)
		return;
	/* Item by item, so that aliases cannot make a short file a large board. */
	if (shape->named &&
	    vscmi_array_find(list, name_at(list, index)) != VSCMI_NO_INDEX)
		vscmi_reader_refuse(reader, vscmi_mapping_value(reader, node, "name"),
				    "the name '%s' is taken", name_at(list, index));
	list->count++;
}

void vscmi_read_list(struct vscmi_reader *reader, yaml_node_t *node,
		     const struct vscmi_array_shape *shape, struct vscmi_array *list)
{
	size_t count;

	if (node->type != YAML_SEQUENCE_NODE) {
		vscmi_reader_refuse(reader, node, "expected %s", shape->what);
		return;
	}
	count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
	if (count < shape->min || count > shape->max) {
		vscmi_reader_refuse(reader, node, "%zu items, expected %u to %u", count,
				    shape->min, shape->max);
		return;
	}
	list->item_bytes = shape->item_bytes;
	list->items = vscmi_reader_take(reader, count, shape->item_bytes);
	for (uint32_t i = 0; i < count && !reader->error; i++)
		read_item(reader, vscmi_array_node(reader, node, i), shape, list);
}

uint32_t vscmi_read_reference(struct vscmi_reader *reader, yaml_node_t *node,
			      const char *what, const struct vscmi_array *list)
{
	const char *name = vscmi_scalar(reader, node, "a name");
	uint32_t index;

	if (!name)
		return 0;
	index = vscmi_array_find(list, name);
	if (index != VSCMI_NO_INDEX)
		return index;
	vscmi_reader_refuse(reader, node, "'%.80s', expected the name of %s", name, what);
	return 0;
}

void vscmi_read_references(struct vscmi_reader *reader, yaml_node_t *node,
			   const char *what, const struct vscmi_array *list, uint32_t max,
			   struct vscmi_array *references)
{
	const struct vscmi_array_shape shape = {
		.what = "a list of names",
		.read = vscmi_read_later,
		.item_bytes = sizeof(uint16_t),
		.max = max,
	};
	uint16_t *indexes;

	vscmi_read_list(reader, node, &shape, references);
	indexes = references->items;
	for (uint32_t i = 0; i < references->count && !reader->error; i++) {
		yaml_node_t *item = vscmi_array_node(reader, node, i);

		indexes[i] = (uint16_t)vscmi_read_reference(reader, item, what, list);
		for (uint32_t j = 0; j < i && !reader->error; j++) {
			if (indexes[j] == indexes[i])
				vscmi_refuse_scalar(reader, item, "each name once");
		}
	}
}
