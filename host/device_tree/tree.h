/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VSCMI_DEVICE_TREE_TREE_H
#define VSCMI_DEVICE_TREE_TREE_H

#include <libfdt.h>

#include <vscmi/host/device_tree.h>

#include "board/pool.h"

/* Levels of nodes in a tree that is accepted; Linux does not unflatten deeper ones. */
#define DEVICE_TREE_DEPTH 64

struct vscmi_device_tree {
	struct vscmi_pool pool;
	void *blob; /* of the pool; fdt_check_full() has passed it */
};

#endif
