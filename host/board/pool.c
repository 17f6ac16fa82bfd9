/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "board/pool.h"

struct vscmi_pool_piece {
	struct vscmi_pool_piece *next;
	_Alignas(max_align_t) unsigned char bytes[];
};

void *vscmi_pool_take(struct vscmi_pool *pool, size_t count, size_t item_bytes)
{
	struct vscmi_pool_piece *piece;
	size_t bytes;

	if (__builtin_mul_overflow(count, item_bytes, &bytes) ||
	    __builtin_add_overflow(bytes, sizeof(*piece), &bytes))
		return NULL;
	piece = calloc(1, bytes);
	if (!piece)
		return NULL;
	piece->next = pool->pieces;
	pool->pieces = piece;
	return piece->bytes;
}

void vscmi_pool_give_back(struct vscmi_pool *pool)
{
	while (pool->pieces) {
		struct vscmi_pool_piece *piece = pool->pieces;

		pool->pieces = piece->next;
		free(piece);
	}
}
