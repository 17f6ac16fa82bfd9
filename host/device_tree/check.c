/* SPDX-License-Identifier: BSD-3-Clause */
/* SCMI nodes of a tree against the binding. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "device_tree/binding.h"
#include "device_tree/tree.h"

#define PATH_BYTES    512
#define FINDING_BYTES 256

/* In the widest channel. */
#define MBOXES_MAX 4

struct check {
	const void *blob;
	vscmi_device_tree_found *found;
	void *context;
	uint32_t findings;
	uint32_t nodes; /* that are SCMI's */
	bool once_seen; /* the one node of a transport that has one */
	/* The node that is looked at, and those above it. */
	int path[DEVICE_TREE_DEPTH + 1];
	int depth;
};

/*
 * ---- Findings ----
 */

static void write_path(const struct check *check, char text[PATH_BYTES])
{
	size_t length = 0;

	snprintf(text, PATH_BYTES, "/");
	for (int i = 1; i <= check->depth && length < PATH_BYTES; i++)
		length +=
			(size_t)snprintf(text + length, PATH_BYTES - length, "/%s",
					 fdt_get_name(check->blob, check->path[i], NULL));
}

__attribute__((format(printf, 2, 3))) static void report(struct check *check,
							 const char *format, ...)
{
	char path[PATH_BYTES], finding[FINDING_BYTES];
	va_list arguments;

	check->findings++;
	if (!check->found)
		return;
	write_path(check, path);
	va_start(arguments, format);
	vsnprintf(finding, sizeof(finding), format, arguments);
	va_end(arguments);
	check->found(check->context, path, finding);
}

/* Expected, but not there. */
static void report_missing(struct check *check, uint32_t properties, const char *why)
{
	for (int i = 0; i < SCMI_PROPERTY_COUNT; i++) {
		if (properties & SCMI_SET(i))
			report(check, "%s is missing, expected for %s",
			       vscmi_binding_properties[i].name, why);
	}
}

/*
 * ---- Properties ----
 */

static const void *property(const struct check *check, enum scmi_property property,
			    int *ret_size)
{
	return fdt_getprop(check->blob, check->path[check->depth],
			   vscmi_binding_properties[property].name, ret_size);
}

static uint32_t cell_at(const void *value, int index)
{
	return fdt32_ld((const fdt32_t *)value + index);
}

static void check_cell(struct check *check, const struct binding_property *row,
		       const void *value, int size)
{
	uint32_t cell;

	if (size != sizeof(fdt32_t)) {
		report(check, "%s has %d bytes, expected one cell", row->name, size);
		return;
	}
	cell = cell_at(value, 0);
	if (cell >= row->min && cell <= row->max)
		return;
	report(check, "%s is <0x%" PRIx32 ">, expected %s<0x%" PRIx32 ">", row->name,
	       cell, row->min == row->max ? "" : "at least ", row->min);
}

static int find_property(const char *name)
{
	int i = 0;

	while (i < SCMI_PROPERTY_COUNT &&
	       strcmp(vscmi_binding_properties[i].name, name) != 0)
		i++;
	return i;
}

/* What there is of the properties that the node may have; any other is a finding. */
static uint32_t check_properties(struct check *check, uint32_t may)
{
	const void *blob = check->blob;
	uint32_t present = 0;
	int offset;

	fdt_for_each_property_offset(offset, blob, check->path[check->depth])
	{
		const char *name = "";
		int size = 0;
		const void *value = fdt_getprop_by_offset(blob, offset, &name, &size);
		int i = find_property(name);

		if (i == SCMI_PROPERTY_COUNT || !(may & SCMI_SET(i))) {
			report(check, "%s is no property that it can have", name);
			continue;
		}
		present |= SCMI_SET(i);
		if (vscmi_binding_properties[i].cell)
			check_cell(check, &vscmi_binding_properties[i], value, size);
	}
	return present;
}

/*
 * ---- Channels ----
 */

/* The cells behind a reference to this mailbox; -1: there is none. */
static int64_t mbox_cells(const struct check *check, uint32_t phandle)
{
	int node = fdt_node_offset_by_phandle(check->blob, phandle);
	const void *value;
	int size;

	if (node < 0)
		return -1;
	value = fdt_getprop(check->blob, node, "#mbox-cells", &size);
	if (!value || size != sizeof(fdt32_t))
		return -1;
	return cell_at(value, 0);
}

/* How many mailboxes the node refers to; -1 after a finding. */
static int count_mboxes(struct check *check)
{
	int size, count = 0;
	const void *value = property(check, SCMI_MBOXES, &size);

	if (size % (int)sizeof(fdt32_t) != 0) {
		report(check, "mboxes has %d bytes, expected whole cells", size);
		return -1;
	}
	for (int left = size / (int)sizeof(fdt32_t), at = 0; left > 0; count++) {
		uint32_t phandle = cell_at(value, at);
		int64_t cells = mbox_cells(check, phandle);

		if (cells < 0 || cells >= left || count == MBOXES_MAX) {
			report(check,
			       "mboxes: entry %d is <0x%" PRIx32 " ...>, expected %s",
			       count, phandle,
			       cells < 0 ? "the phandle of a mailbox, with its cells"
			       : cells >= left ? "more cells"
					       : "no more entries");
			return -1;
		}
		at += 1 + (int)cells;
		left -= 1 + (int)cells;
	}
	return count;
}

/* How many areas of shared memory; -1 after a finding. */
static int count_areas(struct check *check)
{
	int size, count;
	const void *value = property(check, SCMI_SHMEM, &size);

	count = size / (int)sizeof(fdt32_t);
	if (count < 1 || count > 2 || size % (int)sizeof(fdt32_t) != 0) {
		report(check, "shmem has %d bytes, expected one or two phandles", size);
		return -1;
	}
	for (int i = 0; i < count; i++) {
		uint32_t phandle = cell_at(value, i);
		int node = fdt_node_offset_by_phandle(check->blob, phandle);

		if (node >= 0 &&
		    fdt_node_check_compatible(check->blob, node, "arm,scmi-shmem") == 0)
			continue;
		report(check,
		       "shmem: no node that is compatible with arm,scmi-shmem has the "
		       "phandle 0x%" PRIx32,
		       phandle);
		return -1;
	}
	return count;
}

static void check_mbox_names(struct check *check, const struct binding_mailboxes *row)
{
	int size;
	const void *names = property(check, SCMI_MBOX_NAMES, &size);
	char expected[FINDING_BYTES] = "";
	size_t length = 0;

	if ((size_t)size == row->names_bytes &&
	    memcmp(names, row->names, row->names_bytes) == 0)
		return;
	for (const char *name = row->names; name < row->names + row->names_bytes;
	     name += strlen(name) + 1)
		length += (size_t)snprintf(expected + length, sizeof(expected) - length,
					   "%s\"%s\"", length ? ", " : "", name);
	report(check, "mbox-names is not what belongs to its mailboxes, expected %s",
	       expected);
}

/* What the transport's properties say, as far as the node has them. */
static void check_channel(struct check *check, uint32_t present)
{
	int mboxes = -1, areas = -1;
	const struct binding_mailboxes *row;

	if (present & SCMI_SET(SCMI_MBOXES))
		mboxes = count_mboxes(check);
	if (present & SCMI_SET(SCMI_SHMEM))
		areas = count_areas(check);
	if (mboxes < 0 || areas < 0)
		return;
	row = vscmi_binding_mailboxes((size_t)mboxes, (size_t)areas);
	if (!row)
		report(check,
		       "mboxes and shmem have %d and %d entries, expected 1 and 1, 2 and "
		       "1, "
		       "2 and 2, 3 and 2, or 4 and 2",
		       mboxes, areas);
	else if (present & SCMI_SET(SCMI_MBOX_NAMES))
		check_mbox_names(check, row);
}

/* needs: what the transport needs in this node. */
static void check_transport(struct check *check,
			    const struct binding_transport *transport, uint32_t needs,
			    uint32_t present)
{
	uint32_t foreign = present & transport->forbids;

	report_missing(check, needs & ~present, transport->compatible);
	for (int i = 0; i < SCMI_PROPERTY_COUNT; i++) {
		if (foreign & SCMI_SET(i))
			report(check, "%s is nothing for %s",
			       vscmi_binding_properties[i].name, transport->compatible);
	}
	check_channel(check, present & ~foreign);
}

/*
 * ---- Protocols ----
 */

static void check_cells(struct check *check, const struct binding_protocol *protocol,
			uint32_t present)
{
	uint32_t cells = present & protocol->cells;
	char why[32];

	snprintf(why, sizeof(why), "protocol 0x%x", protocol->id);
	if (protocol->cells && !cells)
		report_missing(check, SCMI_SET(protocol->usual_cells), why);
	else if (cells & (cells - 1))
		report(check,
		       "%s and another property for the cells, expected one of them",
		       vscmi_binding_properties[protocol->usual_cells].name);
}

/* NULL, after a finding: it is no protocol of the binding, or one that was there. */
static const struct binding_protocol *check_id(struct check *check, bool seen[])
{
	const char *name = fdt_get_name(check->blob, check->path[check->depth], NULL);
	int size;
	const void *reg = property(check, SCMI_REG, &size);
	const struct binding_protocol *protocol;
	char expected[32];
	uint32_t id;

	if (!reg || size != sizeof(fdt32_t)) {
		report(check,
		       "reg is missing or not one cell, expected the protocol's id");
		return NULL;
	}
	id = cell_at(reg, 0);
	snprintf(expected, sizeof(expected), "protocol@%" PRIx32, id);
	if (strcmp(name, expected) != 0)
		report(check, "reg is <0x%" PRIx32 ">, expected the name %s", id,
		       expected);
	protocol = vscmi_binding_protocol(id);
	if (!protocol) {
		report(check, "protocol 0x%" PRIx32 " is unknown, expected 0x11 to 0x19",
		       id);
		return NULL;
	}
	if (seen[protocol->id]) {
		report(check, "protocol 0x%" PRIx32 " is there twice", id);
		return NULL;
	}
	seen[protocol->id] = true;
	return protocol;
}

static void check_protocol(struct check *check, const struct binding_transport *transport,
			   bool seen[])
{
	const struct binding_protocol *protocol = check_id(check, seen);
	uint32_t present, needs = 0;

	if (!protocol)
		return;
	present = check_properties(check,
				   SCMI_PROTOCOL_MAY | protocol->cells | protocol->may);
	check_cells(check, protocol, present);
	if (!transport)
		return;
	/* A channel of its own is a whole one. */
	if (present & SCMI_CHANNEL)
		needs = transport->needs & SCMI_CHANNEL;
	check_transport(check, transport, needs, present);
}

/*
 * ---- SCMI nodes ----
 */

/* The row that compatible names; *ret_alone tells that it names nothing else. */
static const struct binding_transport *find_transport(const void *blob, int node,
						      bool *ret_alone)
{
	const struct binding_transport *found = NULL;
	int size = 0;

	for (size_t i = 0; i < vscmi_binding_transport_count && !found; i++) {
		if (fdt_node_check_compatible(
			    blob, node, vscmi_binding_transports[i].compatible) == 0)
			found = &vscmi_binding_transports[i];
	}
	fdt_getprop(blob, node, "compatible", &size);
	*ret_alone = found && (size_t)size == strlen(found->compatible) + 1;
	return found;
}

static void check_scmi(struct check *check)
{
	int node = check->path[check->depth], child;
	bool seen[UINT8_MAX + 1] = { false }, alone;
	const struct binding_transport *transport =
		find_transport(check->blob, node, &alone);
	uint32_t present = check_properties(check, SCMI_NODE_MAY);

	check->nodes++;
	report_missing(check, SCMI_NODE_NEEDS & ~present, "an SCMI node");
	if (strcmp(fdt_get_name(check->blob, node, NULL), "scmi") != 0)
		report(check, "an SCMI node, expected the name scmi");
	if (present & SCMI_SET(SCMI_COMPATIBLE) && !alone)
		report(check, "compatible is not one of SCMI's alone, expected such as "
			      "\"arm,scmi-virtio\"");
	if (transport) {
		check_transport(check, transport, transport->needs, present);
		if (transport->once && check->once_seen)
			report(check,
			       "a second node that is compatible with %s, expected one",
			       transport->compatible);
		check->once_seen = check->once_seen || transport->once;
	}
	check->depth++;
	fdt_for_each_subnode(child, check->blob, node)
	{
		check->path[check->depth] = child;
		check_protocol(check, transport, seen);
	}
	check->depth--;
}

/* By what it is compatible with, or by its place. */
static bool is_scmi(const struct check *check)
{
	static const char *const place[] = { "", "firmware", "scmi" };
	bool alone;

	if (find_transport(check->blob, check->path[check->depth], &alone))
		return true;
	if (check->depth != 2)
		return false;
	for (int i = 1; i <= 2; i++) {
		if (strcmp(fdt_get_name(check->blob, check->path[i], NULL), place[i]) !=
		    0)
			return false;
	}
	return true;
}

uint32_t vscmi_device_tree_check(const struct vscmi_device_tree *tree,
				 vscmi_device_tree_found *found, void *context)
{
	struct check check = { .blob = tree->blob, .found = found, .context = context };

	for (int node = 0; node >= 0 && check.depth >= 0;
	     node = fdt_next_node(tree->blob, node, &check.depth)) {
		check.path[check.depth] = node;
		if (is_scmi(&check))
			check_scmi(&check);
	}
	check.depth = 0;
	if (check.nodes == 0)
		report(&check, "no SCMI node, expected /firmware/scmi");
	return check.findings;
}
