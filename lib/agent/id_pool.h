/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers that are taken and given back, by any number of threads and interrupt handlers,
 * without a lock. The search starts where the last one ended, so the number that was given
 * back last is the last to be taken again.
 */
#ifndef VSCMI_AGENT_ID_POOL_H
#define VSCMI_AGENT_ID_POOL_H

#include "vscmi/agent.h"

/* Take a number below limit, 1..1024: the next free one at or after the counter, which then
 * stands behind it. -1: none is free. */
int32_t vscmi_id_take(struct vscmi_id_pool *pool, uint32_t limit);

/* Give back a number that was taken. */
void vscmi_id_put(struct vscmi_id_pool *pool, uint32_t id);

#endif
