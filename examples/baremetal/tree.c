/* SPDX-License-Identifier: BSD-3-Clause */
#include "tree.h"

#define MAGIC     0xd00dfeedu
#define CELLS_MAX 3u /* of an address: PCI's */

/* The header, in bytes. */
enum {
	TOTAL_BYTES = 4,
	STRUCTURE = 8,
	STRINGS = 12,
	STRINGS_BYTES = 32,
	STRUCTURE_BYTES = 36,
	HEADER_BYTES = 40,
};

enum token {
	BEGIN_NODE = 1,
	END_NODE = 2,
	PROPERTY = 3,
	NOP = 4,
	END = 9,
};

static uint32_t be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool same(const char *a, const char *b, size_t room)
{
	size_t i = 0;

	while (i < room && a[i] == b[i] && a[i] != '\0')
		i++;
	return i < room && a[i] == b[i];
}

bool tree_open(struct tree *tree, const void *address)
{
	const uint8_t *bytes = address;
	uint32_t total, structure, structure_bytes, strings, strings_bytes;

	if (!bytes || be32(bytes) != MAGIC)
		return false;
	total = be32(bytes + TOTAL_BYTES);
	structure = be32(bytes + STRUCTURE);
	structure_bytes = be32(bytes + STRUCTURE_BYTES);
	strings = be32(bytes + STRINGS);
	strings_bytes = be32(bytes + STRINGS_BYTES);
	if (total < HEADER_BYTES || structure > total || structure % 4 != 0 ||
	    structure_bytes > total - structure || strings > total ||
	    strings_bytes > total - strings)
		return false;
	*tree = (struct tree){
		.structure = bytes + structure,
		.structure_end = bytes + structure + structure_bytes,
		.strings = (const char *)bytes + strings,
		.strings_bytes = strings_bytes,
	};
	return true;
}

/* A piece of the structure: a token with what belongs to it. */
struct piece {
	uint32_t token;
	const char *name; /* of a node or property */
	struct tree_value value;
	const uint8_t *next;
};

static size_t left(const struct tree *tree, const uint8_t *at)
{
	return (size_t)(tree->structure_end - at);
}

/* What is not whole is the end. */
static struct piece piece_at(const struct tree *tree, const uint8_t *at)
{
	struct piece piece = { .token = END };
	size_t bytes = 0, room = left(tree, at);

	if (room < 4)
		return piece;
	if (be32(at) == BEGIN_NODE) {
		piece.name = (const char *)at + 4;
		while (4 + bytes < room && piece.name[bytes] != '\0')
			bytes++;
		bytes += 4 + 1;
	} else if (be32(at) == PROPERTY) {
		if (room < 12 || be32(at + 4) > room - 12 ||
		    be32(at + 8) >= tree->strings_bytes)
			return piece;
		piece.name = tree->strings + be32(at + 8);
		piece.value = (struct tree_value){ at + 12, be32(at + 4) };
		bytes = 12 + (size_t)be32(at + 4);
	} else {
		bytes = 4;
	}
	bytes = (bytes + 3) & ~(size_t)3;
	if (bytes > room)
		return piece;
	piece.token = be32(at);
	piece.next = at + bytes;
	return piece;
}

struct tree_value tree_property(const struct tree *tree, const struct tree_node *node,
				const char *name)
{
	struct piece piece = piece_at(tree, node->properties);

	while (piece.token == PROPERTY || piece.token == NOP) {
		if (piece.token == PROPERTY &&
		    same(piece.name, name,
			 tree->strings_bytes - (size_t)(piece.name - tree->strings)))
			return piece.value;
		piece = piece_at(tree, piece.next);
	}
	return (struct tree_value){ 0 };
}

uint64_t tree_number(struct tree_value value, uint32_t first, uint32_t count)
{
	uint64_t number = 0;

	for (uint32_t i = first; i < first + count && i < value.size / 4; i++)
		number = number << 32 | be32(value.bytes + (size_t)4 * i);
	return number;
}

/* What a node says of its children's addresses, or what the specification does. */
static uint32_t cells_or(struct tree_value value, uint32_t otherwise)
{
	uint64_t cells = tree_number(value, 0, 1);

	return value.size && cells <= CELLS_MAX ? (uint32_t)cells : otherwise;
}

bool tree_next(const struct tree *tree, struct tree_node *node)
{
	struct piece piece = piece_at(tree, node->next ? node->next : tree->structure);

	for (;; piece = piece_at(tree, piece.next)) {
		if (piece.token == END)
			return false;
		if (piece.token == END_NODE && node->depth > 0)
			node->depth--;
		if (piece.token != BEGIN_NODE)
			continue;
		if (node->depth + 1 >= TREE_DEPTH_MAX)
			return false;
		node->name = piece.name;
		node->properties = node->next = piece.next;
		node->depth++;
		node->address_cells[node->depth] =
			cells_or(tree_property(tree, node, "#address-cells"), 2);
		node->size_cells[node->depth] =
			cells_or(tree_property(tree, node, "#size-cells"), 1);
		return true;
	}
}

/* compatible is a list of strings. */
static bool is_compatible(const struct tree *tree, const struct tree_node *node,
			  const char *compatible)
{
	struct tree_value value = tree_property(tree, node, "compatible");
	const char *text = (const char *)value.bytes;
	size_t room = value.size;

	while (room > 0) {
		if (same(text, compatible, room))
			return true;
		while (room > 0 && *text++ != '\0')
			room--;
		room -= room > 0;
	}
	return false;
}

bool tree_next_compatible(const struct tree *tree, struct tree_node *node,
			  const char *compatible)
{
	while (tree_next(tree, node))
		if (is_compatible(tree, node, compatible))
			return true;
	return false;
}

uint64_t tree_address(const struct tree *tree, const struct tree_node *node,
		      uint32_t index)
{
	uint32_t address_cells = node->address_cells[node->depth - 1];
	uint32_t size_cells = node->size_cells[node->depth - 1];

	return tree_number(tree_property(tree, node, "reg"),
			   index * (address_cells + size_cells), address_cells);
}
