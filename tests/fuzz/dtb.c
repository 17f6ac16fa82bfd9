/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device tree blob: whatever it holds, it is refused, or it can be checked and an SCMI node added;
 * and what that gives is again a sound tree.
 */
#include <stdlib.h>

#include <vscmi/host/device_tree.h>

#include "fuzz.h"

static void look_at(void *context, const char *node, const char *finding)
{
	if (node[0] != '/' || !finding[0])
		abort();
}

static void add(struct vscmi_device_tree *tree, const char *transport, bool channel)
{
	static const uint8_t protocols[] = { 0x11, 0x12, 0x13, 0x14, 0x15, 0x19 };
	static const char *const mboxes[] = { "mhu:0:1", "/mailbox@0:1:0" };
	static const char *const shmem[] = { "shmem", "/shmem@0" };
	const uint32_t smc_id = 1;
	const struct vscmi_device_tree_scmi scmi = {
		.transport = transport,
		.protocols = protocols,
		.protocol_count = sizeof(protocols),
		.mboxes = mboxes,
		.mbox_count = channel ? 2 : 0,
		.shmem = shmem,
		.shmem_count = channel ? 2 : 0,
		.smc_id = transport[0] == 's' ? &smc_id : NULL,
		.replace = true,
	};
	struct vscmi_problem problem = { "" };
	struct vscmi_device_tree *again;
	enum vscmi_error error = vscmi_device_tree_add_scmi(tree, &scmi, &problem);
	const void *bytes;
	size_t size;

	if (error) {
		if (!problem.text[0])
			abort();
		return;
	}
	bytes = vscmi_device_tree_bytes(tree, &size);
	if (vscmi_device_tree_load_bytes(bytes, size, "again", &again, &problem))
		abort();
	if (vscmi_device_tree_check(again, look_at, NULL) != 0)
		abort();
	vscmi_device_tree_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vscmi_problem problem = { "" };
	struct vscmi_device_tree *tree = NULL;
	enum vscmi_error error =
		vscmi_device_tree_load_bytes(data, size, "fuzz.dtb", &tree, &problem);

	if ((error != VSCMI_OK) != (tree == NULL) || (error && !problem.text[0]))
		abort();
	if (!tree)
		return 0;
	vscmi_device_tree_check(tree, look_at, NULL);
	add(tree, "mailbox", true);
	add(tree, "smc", true);
	add(tree, "virtio", false);
	vscmi_device_tree_free(tree);
	return 0;
}
