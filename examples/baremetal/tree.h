/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading a flattened device tree, node by node, without building anything: Devicetree
 * Specification 0.4, chapter 5. It comes from whoever loaded this image, and is trusted as far
 * as that one is; reading stays inside it all the same.
 */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TREE_DEPTH_MAX 8u

struct tree {
	const uint8_t *structure, *structure_end;
	const char *strings;
	uint32_t strings_bytes;
};

/* One of its nodes, and where the walk is. Start with { 0 }. */
struct tree_node {
	const char *name;
	const uint8_t *properties;
	const uint8_t *next;
	unsigned depth; /* of the children of this node */
	/* By depth, for what lies there: what the parent says of their reg. */
	uint32_t address_cells[TREE_DEPTH_MAX], size_cells[TREE_DEPTH_MAX];
};

/* A property's value; size is 0 if there is no such property. Cells are of 4 bytes. */
struct tree_value {
	const uint8_t *bytes;
	uint32_t size;
};

/* False: there is no device tree. */
bool tree_open(struct tree *tree, const void *address);

/* Go to the next node, in whatever depth; false at the end. */
bool tree_next(const struct tree *tree, struct tree_node *node);

/* Go to the next node that is compatible with this. */
bool tree_next_compatible(const struct tree *tree, struct tree_node *node,
			  const char *compatible);

struct tree_value tree_property(const struct tree *tree, const struct tree_node *node,
				const char *name);

/* A number of 0 to 2 cells from cell `first` on; 0 behind the end. */
uint64_t tree_number(struct tree_value value, uint32_t first, uint32_t count);

/* The address of a node's range `index`: reg. */
uint64_t tree_address(const struct tree *tree, const struct tree_node *node,
		      uint32_t index);

#endif
