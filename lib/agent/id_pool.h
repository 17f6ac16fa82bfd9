/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers that are taken and given back, by any number of threads and interrupt handlers,
 * without a lock.
 */
#ifndef VSCMI_AGENT_ID_POOL_H
#define VSCMI_AGENT_ID_POOL_H

#include "vscmi/agent.h"

/*
 * In order: take the next free number, of all 1024, at or after the counter, which then stands
 * behind it. The number that was given back last is the last to be taken again. -1: none is free.
 */
int32_t vscmi_id_take_next(struct vscmi_id_pool *pool);
void vscmi_id_put_next(struct vscmi_id_pool *pool, uint32_t id);

/*
 * In any order, which costs less: take a number below limit, 1..1024, the one that was given back
 * last if it is, the lowest free one otherwise. -1: none is free.
 */
int32_t vscmi_id_take_any(struct vscmi_id_pool *pool, uint32_t limit);
void vscmi_id_put_any(struct vscmi_id_pool *pool, uint32_t id);

#endif
