/* SPDX-License-Identifier: BSD-3-Clause */
/* Adding /firmware/scmi to a tree. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device_tree/binding.h"
#include "device_tree/tree.h"

/* More than the longest node takes, with labels, and a new /firmware and /__symbols__. */
#define ROOM_BYTES 8192
/* In references to mailboxes, or to shared memory. */
#define CELLS_MAX 64u

#define NODE "/firmware/scmi"

struct cells {
	fdt32_t cells[CELLS_MAX];
	size_t count;
};

/* A tree under change. What happens after the first error does nothing. */
struct change {
	void *blob;
	const struct vscmi_device_tree_scmi *scmi;
	const struct binding_transport *transport;
	struct cells mboxes, shmem;
	uint32_t next_phandle;            /* that no node has had so far */
	uint32_t phandles[UINT8_MAX + 1]; /* by protocol; 0: none yet */
	enum vscmi_error error;
	struct vscmi_problem *problem;
};

/*
 * ---- Errors ----
 */

__attribute__((format(printf, 2, 3))) static void refuse(struct change *change,
							 const char *format, ...)
{
	char text[sizeof(change->problem->text)];
	va_list arguments;

	if (change->error != VSCMI_OK)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	change->error = vscmi_problem_set(change->problem, VSCMI_E_INVALID, "%s", text);
}

static enum vscmi_error out_of_memory(struct vscmi_problem *problem)
{
	return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "not enough memory");
}

/* What libfdt returned: an offset, or a failure. */
static int offset_of(struct change *change, const char *what, int result)
{
	if (result < 0)
		refuse(change, "%s: %s", what, fdt_strerror(result));
	return result;
}

/*
 * ---- Nodes and properties ----
 */

static void put(struct change *change, int node, const char *name, const void *value,
		size_t size)
{
	if (change->error == VSCMI_OK)
		offset_of(change, name,
			  fdt_setprop(change->blob, node, name, value, (int)size));
}

static void put_cell(struct change *change, int node, enum scmi_property property,
		     uint32_t value)
{
	fdt32_t cell = cpu_to_fdt32(value);

	put(change, node, vscmi_binding_properties[property].name, &cell, sizeof(cell));
}

static void put_text(struct change *change, int node, const char *name, const char *text)
{
	put(change, node, name, text, strlen(text) + 1);
}

static int make_node(struct change *change, int parent, const char *name)
{
	if (change->error != VSCMI_OK)
		return -1;
	return offset_of(change, name, fdt_add_subnode(change->blob, parent, name));
}

/* A node below the root, made if it is not there. */
static int take_node(struct change *change, const char *name)
{
	int node = fdt_subnode_offset(change->blob, 0, name);

	return node >= 0 ? node : make_node(change, 0, name);
}

static uint32_t new_phandle(struct change *change)
{
	if (change->next_phandle > FDT_MAX_PHANDLE)
		refuse(change, "no phandle is free, expected the highest below 0x%x",
		       FDT_MAX_PHANDLE);
	return change->next_phandle++;
}

/*
 * ---- References to nodes of the tree ----
 */

/* The path that a label stands for; NULL: none, or nothing that is one. */
static const char *path_of_label(const struct change *change, const char *label)
{
	int symbols = fdt_path_offset(change->blob, "/__symbols__"), size;
	const char *path =
		symbols < 0 ? NULL : fdt_getprop(change->blob, symbols, label, &size);

	return path && size > 1 && path[0] == '/' && path[size - 1] == '\0' ? path : NULL;
}

/* The node at a path, or with a label; -1 after an error. */
static int find_node(struct change *change, const char *what, const char *name)
{
	const char *path = name[0] == '/' ? name : path_of_label(change, name);
	int node = path ? fdt_path_offset(change->blob, path) : -1;

	if (node < 0) {
		refuse(change, "%s: the tree has no node %s", what, name);
		return -1;
	}
	return node;
}

static void put_into(struct change *change, struct cells *cells, const char *what,
		     uint32_t cell)
{
	if (cells->count == CELLS_MAX) {
		refuse(change, "%s: more than %u cells", what, CELLS_MAX);
		return;
	}
	cells->cells[cells->count++] = cpu_to_fdt32(cell);
}

/* "NODE:CELL..." as its phandle and these cells. The node gets a phandle if it has none. */
static void add_reference(struct change *change, struct cells *cells, const char *what,
			  const char *text)
{
	char *name = strdup(text), *left = name, *cell, *end;
	uint32_t phandle;
	int node;

	if (!name) {
		change->error = out_of_memory(change->problem);
		return;
	}
	node = find_node(change, what, strsep(&left, ":"));
	if (node >= 0) {
		phandle = fdt_get_phandle(change->blob, node);
		if (phandle == 0 || phandle > FDT_MAX_PHANDLE) {
			phandle = new_phandle(change);
			put_cell(change, node, SCMI_PHANDLE, phandle);
		}
		put_into(change, cells, what, phandle);
	}
	while (change->error == VSCMI_OK && (cell = strsep(&left, ":"))) {
		unsigned long long value = strtoull(cell, &end, 0);

		if (!isdigit((unsigned char)*cell) || *end || value > UINT32_MAX)
			refuse(change, "%s: %s, expected a cell behind each colon of %s",
			       what, cell, text);
		else
			put_into(change, cells, what, (uint32_t)value);
	}
	free(name);
}

static void add_references(struct change *change, struct cells *cells, const char *what,
			   const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count && change->error == VSCMI_OK; i++)
		add_reference(change, cells, what, texts[i]);
}

/*
 * ---- What is there already ----
 */

/* So that references to a protocol of the old node mean the same one of the new. */
static void keep_phandles(struct change *change, int scmi)
{
	const void *reg;
	int child, size;

	fdt_for_each_subnode(child, change->blob, scmi)
	{
		reg = fdt_getprop(change->blob, child, "reg", &size);
		if (reg && size == sizeof(fdt32_t) && fdt32_ld(reg) <= UINT8_MAX)
			change->phandles[fdt32_ld(reg)] =
				fdt_get_phandle(change->blob, child);
	}
}

static bool is_inside(const char *path, size_t size)
{
	size_t length = strlen(NODE);

	return path && size > length && memcmp(path, NODE, length) == 0 &&
	       (path[length] == '/' || path[length] == '\0');
}

static void drop_labels(struct change *change)
{
	int symbols = fdt_path_offset(change->blob, "/__symbols__"), offset;
	bool dropped = true;

	/* Deleting moves what follows, so start over each time. */
	while (dropped && symbols >= 0) {
		dropped = false;
		fdt_for_each_property_offset(offset, change->blob, symbols)
		{
			const char *name;
			int size;
			const char *path =
				fdt_getprop_by_offset(change->blob, offset, &name, &size);

			if (is_inside(path, (size_t)size)) {
				dropped = fdt_delprop(change->blob, symbols, name) == 0;
				break;
			}
		}
	}
}

static void remove_old(struct change *change)
{
	int scmi = fdt_path_offset(change->blob, NODE);

	if (scmi < 0)
		return;
	if (!change->scmi->replace) {
		refuse(change, NODE " is there already, and not to be replaced");
		return;
	}
	keep_phandles(change, scmi);
	offset_of(change, NODE, fdt_del_node(change->blob, scmi));
	drop_labels(change);
}

/*
 * ---- The node. What is new stands before what is there, so the last comes first ----
 */

static void add_protocol(struct change *change, int scmi,
			 const struct binding_protocol *protocol)
{
	uint32_t *phandle = &change->phandles[protocol->id];
	char name[32];
	int node;

	snprintf(name, sizeof(name), "protocol@%x", protocol->id);
	node = make_node(change, scmi, name);
	if (*phandle == 0 || *phandle > FDT_MAX_PHANDLE)
		*phandle = new_phandle(change);
	put_cell(change, node, SCMI_PHANDLE, *phandle);
	if (protocol->cells)
		put_cell(change, node, protocol->usual_cells, 1);
	put_cell(change, node, SCMI_REG, protocol->id);
}

static void add_label(struct change *change, const struct binding_protocol *protocol)
{
	int symbols = take_node(change, "__symbols__");
	char path[64];

	if (change->error != VSCMI_OK)
		return;
	if (fdt_getprop(change->blob, symbols, protocol->label, NULL)) {
		refuse(change, "the tree has a label %s already, for another node",
		       protocol->label);
		return;
	}
	snprintf(path, sizeof(path), NODE "/protocol@%x", protocol->id);
	put_text(change, symbols, protocol->label, path);
}

static void add_protocols(struct change *change, int scmi)
{
	const struct vscmi_device_tree_scmi *what = change->scmi;
	bool offered[UINT8_MAX + 1] = { false };

	for (size_t i = 0; i < what->protocol_count; i++) {
		if (!vscmi_binding_protocol(what->protocols[i]))
			refuse(change, "protocol 0x%x can have no node",
			       what->protocols[i]);
		offered[what->protocols[i]] = true;
	}
	for (size_t i = vscmi_binding_protocol_count; i-- > 0;) {
		if (offered[vscmi_binding_protocols[i].id])
			add_protocol(change, scmi, &vscmi_binding_protocols[i]);
	}
	for (size_t i = vscmi_binding_protocol_count; i-- > 0;) {
		if (offered[vscmi_binding_protocols[i].id])
			add_label(change, &vscmi_binding_protocols[i]);
	}
}

static void add_channel(struct change *change, int scmi)
{
	const struct vscmi_device_tree_scmi *what = change->scmi;
	const struct binding_mailboxes *row =
		vscmi_binding_mailboxes(what->mbox_count, what->shmem_count);

	if (what->smc_id)
		put_cell(change, scmi, SCMI_SMC_ID, *what->smc_id);
	if (what->shmem_count > 0)
		put(change, scmi, "shmem", change->shmem.cells,
		    change->shmem.count * sizeof(fdt32_t));
	if (row)
		put(change, scmi, "mbox-names", row->names, row->names_bytes);
	if (what->mbox_count > 0)
		put(change, scmi, "mboxes", change->mboxes.cells,
		    change->mboxes.count * sizeof(fdt32_t));
}

static void add_node(struct change *change)
{
	int scmi = make_node(change, take_node(change, "firmware"), "scmi");

	if (change->scmi->max_rx_timeout_ms > 0)
		put_cell(change, scmi, SCMI_MAX_RX_TIMEOUT_MS,
			 change->scmi->max_rx_timeout_ms);
	put_cell(change, scmi, SCMI_SIZE_CELLS, 0);
	put_cell(change, scmi, SCMI_ADDRESS_CELLS, 1);
	add_channel(change, scmi);
	put_text(change, scmi, "compatible", change->transport->compatible);
	add_protocols(change, scmi);
}

/*
 * ---- The call ----
 */

static const struct binding_transport *find_transport(struct change *change,
						      const char *name)
{
	for (size_t i = 0; i < vscmi_binding_transport_count; i++) {
		const struct binding_transport *row = &vscmi_binding_transports[i];

		if (row->name && strcmp(row->name, name) == 0)
			return row;
	}
	refuse(change, "no transport %s, expected virtio, mailbox or smc", name);
	return NULL;
}

static void keep_first(void *context, const char *node, const char *finding)
{
	refuse(context, "%s: %s", node, finding);
}

/* A copy with room for more. */
static void open_blob(struct change *change, struct vscmi_device_tree *tree)
{
	size_t size = fdt_totalsize(tree->blob) + (size_t)ROOM_BYTES;
	uint32_t max = 0;

	change->blob = vscmi_pool_take(&tree->pool, size, 1);
	if (!change->blob) {
		change->error = out_of_memory(change->problem);
		return;
	}
	offset_of(change, "the tree", fdt_open_into(tree->blob, change->blob, (int)size));
	if (change->error != VSCMI_OK)
		return;
	offset_of(change, "phandles", fdt_find_max_phandle(change->blob, &max));
	change->next_phandle = max + 1;
}

static void close_blob(struct change *change, struct vscmi_device_tree *tree)
{
	void *before = tree->blob;

	offset_of(change, "packing", fdt_pack(change->blob));
	tree->blob = change->blob;
	/* Whether all that was asked for fits together is the binding's to say. */
	vscmi_device_tree_check(tree, keep_first, change);
	if (change->error != VSCMI_OK)
		tree->blob = before;
}

enum vscmi_error vscmi_device_tree_add_scmi(struct vscmi_device_tree *tree,
					    const struct vscmi_device_tree_scmi *scmi,
					    struct vscmi_problem *problem)
{
	struct change change = { .scmi = scmi, .problem = problem };

	change.transport = find_transport(&change, scmi->transport);
	if (change.error == VSCMI_OK)
		open_blob(&change, tree);
	if (change.error == VSCMI_OK)
		remove_old(&change);
	add_references(&change, &change.mboxes, "mboxes", scmi->mboxes, scmi->mbox_count);
	add_references(&change, &change.shmem, "shmem", scmi->shmem, scmi->shmem_count);
	if (change.error == VSCMI_OK)
		add_node(&change);
	if (change.error == VSCMI_OK)
		close_blob(&change, tree);
	return change.error;
}
