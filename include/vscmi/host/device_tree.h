/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device trees for kernels that find SCMI in them: adding the node /firmware/scmi to a flattened
 * tree, and checking such nodes against the binding, firmware/arm,scmi.yaml of Linux 6.12.
 * docs/device-trees.md describes both. One thread uses a tree.
 */
#ifndef VSCMI_HOST_DEVICE_TREE_H
#define VSCMI_HOST_DEVICE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vscmi/host/problem.h>

struct vscmi_device_tree;

/*
 * Read a file, dtc's .dtb, of at most 16 MiB. Errors: VSCMI_E_SYSTEM (it cannot be read),
 * VSCMI_E_INVALID (it is no sound tree), VSCMI_E_NO_MEMORY. The tree is the caller's, for
 * vscmi_device_tree_free().
 */
enum vscmi_error vscmi_device_tree_load(const char *path,
					struct vscmi_device_tree **ret_tree,
					struct vscmi_problem *problem);

/* The same for bytes in memory, which are not kept. name is what problems call them. */
enum vscmi_error vscmi_device_tree_load_bytes(const void *bytes, size_t size,
					      const char *name,
					      struct vscmi_device_tree **ret_tree,
					      struct vscmi_problem *problem);

/* NULL is fine. */
void vscmi_device_tree_free(struct vscmi_device_tree *tree);

/* The flattened tree, which is the tree's until it is changed or freed. */
const void *vscmi_device_tree_bytes(const struct vscmi_device_tree *tree,
				    size_t *ret_size);

/*
 * Write a file, which appears whole or not at all; one that is there is replaced. Errors:
 * VSCMI_E_SYSTEM; VSCMI_E_INVALID: there is something at path that is no file.
 */
enum vscmi_error vscmi_device_tree_save(const struct vscmi_device_tree *tree,
					const char *path, struct vscmi_problem *problem);

/* What a protocol's node is called in references, "scmi_clk". NULL: it can have no node. Static. */
const char *vscmi_device_tree_label(uint8_t protocol);

/* The SCMI node to add. */
struct vscmi_device_tree_scmi {
	const char *transport; /* "virtio", "mailbox" or "smc" */
	/* Those that the platform offers, in any order; each has a label. */
	const uint8_t *protocols;
	size_t protocol_count;
	/*
	 * For mailbox, 1 to 4, and for mailbox and smc, 1 or 2: nodes of the tree by path or label.
	 * Behind a mailbox stand the cells that choose a channel of it, "mhu:0:1".
	 */
	const char *const *mboxes;
	size_t mbox_count;
	const char *const *shmem;
	size_t shmem_count;
	const uint32_t *smc_id;     /* for smc, else NULL */
	uint32_t max_rx_timeout_ms; /* 0: the property is left out */
	bool replace;               /* a /firmware/scmi that is there; otherwise refuse */
};

/*
 * Add it, with a phandle and a label in /__symbols__ for each protocol. A protocol that the
 * replaced node had keeps its phandle. The result is packed, and nothing is found in it by
 * vscmi_device_tree_check(). On failure the tree is as it was. Errors: VSCMI_E_INVALID (the
 * problem says what does not fit), VSCMI_E_NO_MEMORY.
 */
enum vscmi_error vscmi_device_tree_add_scmi(struct vscmi_device_tree *tree,
					    const struct vscmi_device_tree_scmi *scmi,
					    struct vscmi_problem *problem);

/*
 * Called with the path of a node and what is wrong with it, "reg is missing". Both may quote bytes
 * of the tree that are not printable, and last until the call returns.
 */
typedef void vscmi_device_tree_found(void *context, const char *node,
				     const char *finding);

/* Check all SCMI nodes, wherever they are; none at all is a finding too. Return: how many. */
uint32_t vscmi_device_tree_check(const struct vscmi_device_tree *tree,
				 vscmi_device_tree_found *found, void *context);

#endif
