/* SPDX-License-Identifier: BSD-3-Clause */
/* Device trees from rows, and what is in one afterwards. */
#ifndef VSCMI_TESTS_UNIT_TREE_BY_HAND_H
#define VSCMI_TESTS_UNIT_TREE_BY_HAND_H

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include <vscmi/host/device_tree.h>

#include "test.h"

/* A property of a node, which is made with all above it if it is not there; or just the node. */
struct tree_row {
	const char *path;
	const char *name; /* NULL: just the node */
	const char *bytes;
	size_t size;
	uint32_t cells[8];
	size_t cell_count;
};

/* Values. */
#define TEXT(text)  .bytes = (text), .size = sizeof(text)
#define BYTES(text) .bytes = (text), .size = sizeof(text) - 1
#define CELLS(...)                \
	.cells = { __VA_ARGS__ }, \
	.cell_count = sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t)

static int node_by_hand(void *blob, const char *path)
{
	int node = 0;

	while (*path) {
		const char *name = path + 1, *end = strchrnul(name, '/');
		int child =
			fdt_subnode_offset_namelen(blob, node, name, (int)(end - name));

		if (child < 0)
			child = fdt_add_subnode_namelen(blob, node, name,
							(int)(end - name));
		assert_true(child >= 0);
		node = child;
		path = end;
	}
	return node;
}

/* A blob of size bytes, most of them unused; the caller frees it. rows end with an empty one. */
static void *blob_by_hand(const struct tree_row *rows, size_t size)
{
	void *blob = calloc(1, size);

	assert_int_equal(fdt_create_empty_tree(blob, (int)size), 0);
	for (; rows->path; rows++) {
		int node = node_by_hand(blob, rows->path);
		fdt32_t cells[8];

		for (size_t i = 0; i < rows->cell_count; i++)
			cells[i] = cpu_to_fdt32(rows->cells[i]);
		if (rows->cell_count > 0)
			assert_int_equal(fdt_setprop(blob, node, rows->name, cells,
						     (int)(rows->cell_count * 4)),
					 0);
		else if (rows->name)
			assert_int_equal(fdt_setprop(blob, node, rows->name, rows->bytes,
						     (int)rows->size),
					 0);
	}
	return blob;
}

static struct vscmi_device_tree *load_by_hand(void *blob)
{
	struct vscmi_device_tree *tree;
	struct vscmi_problem problem;

	if (vscmi_device_tree_load_bytes(blob, fdt_totalsize(blob), "tree", &tree,
					 &problem))
		fail_msg("%s", problem.text);
	free(blob);
	return tree;
}

static inline struct vscmi_device_tree *tree_by_hand(const struct tree_row *rows)
{
	return load_by_hand(blob_by_hand(rows, 1 << 14));
}

#endif
