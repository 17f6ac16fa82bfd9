/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory that is taken piece by piece and given back as a whole: a board's. */
#ifndef VSCMI_BOARD_POOL_H
#define VSCMI_BOARD_POOL_H

#include <stddef.h>

/* {} is an empty pool. */
struct vscmi_pool {
	struct vscmi_pool_piece *pieces;
};

/* Zeroed memory for count items, aligned for anything; NULL when there is none left. */
void *vscmi_pool_take(struct vscmi_pool *pool, size_t count, size_t item_bytes);

/* Everything that was taken; the pool is empty then. */
void vscmi_pool_give_back(struct vscmi_pool *pool);

#endif
