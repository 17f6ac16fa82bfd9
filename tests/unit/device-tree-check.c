/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checking SCMI nodes, as far as a tree has to be made by hand for it: dtc refuses what is wrong with
 * these, and tests/schema/trees.py has the others.
 */
#include <stdio.h>

#include "test.h"
#include "tree_by_hand.h"

#define SCMI "/firmware/scmi"

/* A node without findings, for virtio. */
#define VIRTIO                                                                           \
	{ SCMI, "compatible", TEXT("arm,scmi-virtio") },                                 \
		{ SCMI, "#address-cells", CELLS(1) }, { SCMI, "#size-cells", CELLS(0) }, \
		{ SCMI "/protocol@14", "reg", CELLS(0x14) },                             \
	{                                                                                \
		SCMI "/protocol@14", "#clock-cells", CELLS(1)                            \
	}
/* For mailbox, but for mboxes and shmem; with what they can refer to. */
#define MAILBOX                                                                         \
	{ SCMI, "compatible", TEXT("arm,scmi") }, { SCMI, "#address-cells", CELLS(1) }, \
		{ SCMI, "#size-cells", CELLS(0) }, { "/mailbox", "phandle", CELLS(1) }, \
		{ "/mailbox", "#mbox-cells", CELLS(1) },                                \
		{ "/crooked", "phandle", CELLS(2) },                                    \
		{ "/crooked", "#mbox-cells", BYTES("\0\1") },                           \
		{ "/huge", "phandle", CELLS(3) },                                       \
		{ "/huge", "#mbox-cells", CELLS(0xffffffff) },                          \
		{ "/area", "phandle", CELLS(4) },                                       \
		{ "/area", "compatible", TEXT("vendor,area\0arm,scmi-shmem") },         \
	{                                                                               \
		"/none", "phandle", CELLS(5)                                            \
	}

struct finding {
	char node[256], text[256];
	uint32_t count;
};

static void keep_first(void *context, const char *node, const char *finding)
{
	struct finding *first = context;

	if (first->count++ > 0)
		return;
	snprintf(first->node, sizeof(first->node), "%s", node);
	snprintf(first->text, sizeof(first->text), "%s", finding);
}

static struct finding check(struct vscmi_device_tree *tree)
{
	struct finding first = { .count = 0 };

	uint32_t count = vscmi_device_tree_check(tree, keep_first, &first);

	assert_int_equal(count, first.count);
	vscmi_device_tree_free(tree);
	return first;
}

#define ROWS(...)                 \
	(const struct tree_row[]) \
	{                         \
		__VA_ARGS__,      \
		{                 \
			0         \
		}                 \
	}

static const struct {
	const struct tree_row *tree;
	const char *node, *text;
} rows[] = {
	/* Values that are no cells. */
	{ ROWS(VIRTIO, { SCMI, "arm,max-rx-timeout-ms", BYTES("\0\1") }), SCMI,
	  "arm,max-rx-timeout-ms has 2 bytes, expected one cell" },
	{ ROWS(VIRTIO, { SCMI "/protocol@12", "reg", BYTES("") }), SCMI "/protocol@12",
	  "reg is missing or not one cell, expected the protocol's id" },
	{ ROWS(VIRTIO, { SCMI "/protocol@12", "reg", CELLS(0x12, 0) }),
	  SCMI "/protocol@12",
	  "reg is missing or not one cell, expected the protocol's id" },
	{ ROWS(VIRTIO, { SCMI, "compatible", BYTES("arm,scmi-virtio") }), SCMI,
	  "compatible is not one of SCMI's alone, expected such as \"arm,scmi-virtio\"" },
	/* Protocols that do not fit a byte. */
	{ ROWS(VIRTIO, { SCMI "/protocol@114", "reg", CELLS(0x114) }),
	  SCMI "/protocol@114", "protocol 0x114 is unknown, expected 0x11 to 0x19" },
	/* Phandles. */
	{ ROWS(MAILBOX, { SCMI, "shmem", CELLS(4) }, { SCMI, "mboxes", CELLS(0, 0) }),
	  SCMI,
	  "mboxes: entry 0 is <0x0 ...>, expected the phandle of a mailbox, with its "
	  "cells" },
	{ ROWS(MAILBOX, { SCMI, "shmem", CELLS(4) },
	       { SCMI, "mboxes", CELLS(1, 0, 2, 0) }),
	  SCMI,
	  "mboxes: entry 1 is <0x2 ...>, expected the phandle of a mailbox, with its "
	  "cells" },
	{ ROWS(MAILBOX, { SCMI, "shmem", CELLS(4) }, { SCMI, "mboxes", CELLS(3, 0) }),
	  SCMI, "mboxes: entry 0 is <0x3 ...>, expected more cells" },
	{ ROWS(MAILBOX, { SCMI, "shmem", CELLS(4) }, { SCMI, "mboxes", CELLS(5, 0) }),
	  SCMI,
	  "mboxes: entry 0 is <0x5 ...>, expected the phandle of a mailbox, with its "
	  "cells" },
	{ ROWS(MAILBOX, { SCMI, "shmem", CELLS(4) }, { SCMI, "mboxes", CELLS(1, 0, 1) }),
	  SCMI, "mboxes: entry 1 is <0x1 ...>, expected more cells" },
	{ ROWS(MAILBOX, { SCMI, "shmem", CELLS(4) },
	       { SCMI, "mboxes", BYTES("\0\0\0\1\0\0\0\0\0") }),
	  SCMI, "mboxes has 9 bytes, expected whole cells" },
	{ ROWS(MAILBOX, { SCMI, "shmem", CELLS(4) }, { SCMI, "mboxes", BYTES("") }), SCMI,
	  "mboxes and shmem have 0 and 1 entries, expected 1 and 1, 2 and 1, 2 and 2, 3 "
	  "and 2, "
	  "or 4 and 2" },
	{ ROWS(MAILBOX, { SCMI, "mboxes", CELLS(1, 0) }, { SCMI, "shmem", BYTES("") }),
	  SCMI, "shmem has 0 bytes, expected one or two phandles" },
	{ ROWS(MAILBOX, { SCMI, "mboxes", CELLS(1, 0) },
	       { SCMI, "shmem", BYTES("\0\0\0\4\0") }),
	  SCMI, "shmem has 5 bytes, expected one or two phandles" },
	{ ROWS(MAILBOX, { SCMI, "mboxes", CELLS(1, 0) },
	       { SCMI, "shmem", CELLS(0xffffffff) }),
	  SCMI,
	  "shmem: no node that is compatible with arm,scmi-shmem has the phandle "
	  "0xffffffff" },
	{ ROWS(MAILBOX, { SCMI, "mboxes", CELLS(1, 0) }, { SCMI, "shmem", CELLS(4) },
	       { SCMI, "mbox-names", BYTES("tx") }),
	  SCMI, "mbox-names is not what belongs to its mailboxes, expected \"tx\"" },
};

static void what_is_wrong_is_found_and_its_node_named(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct finding first = check(tree_by_hand(rows[i].tree));

		assert_string_equal(first.text, rows[i].text);
		assert_string_equal(first.node, rows[i].node);
		assert_int_equal(first.count, 1);
	}
}

static void sound_nodes_have_no_findings(void **state)
{
	static const struct tree_row virtio[] = { VIRTIO, { 0 } };
	static const struct tree_row mailbox[] = { MAILBOX,
						   { SCMI, "mboxes", CELLS(1, 0, 1, 1) },
						   { SCMI, "mbox-names", TEXT("tx\0rx") },
						   { SCMI, "shmem", CELLS(4, 4) },
						   { 0 } };

	assert_int_equal(check(tree_by_hand(virtio)).count, 0);
	assert_int_equal(check(tree_by_hand(mailbox)).count, 0);
}

/* Many would make each look at the whole tree. */
static void a_list_of_mailboxes_is_not_followed_for_ever(void **state)
{
	static const struct tree_row many[] = { MAILBOX,
						{ SCMI, "shmem", CELLS(4) },
						{ "/empty", "phandle", CELLS(6) },
						{ "/empty", "#mbox-cells", CELLS(0) },
						{ SCMI, "mboxes",
						  CELLS(6, 6, 6, 6, 6, 6, 6, 6) },
						{ 0 } };

	assert_string_equal(check(tree_by_hand(many)).text,
			    "mboxes: entry 4 is <0x6 ...>, expected no more entries");
}

/* A flattened tree can have two nodes with one name: only its writers see to that. */
static void a_protocol_that_is_there_twice_is_found(void **state)
{
	void *blob = calloc(1, 4096);
	struct finding first;

	fdt_create(blob, 4096);
	fdt_finish_reservemap(blob);
	fdt_begin_node(blob, "");
	fdt_begin_node(blob, "firmware");
	fdt_begin_node(blob, "scmi");
	fdt_property_string(blob, "compatible", "arm,scmi-virtio");
	fdt_property_u32(blob, "#address-cells", 1);
	fdt_property_u32(blob, "#size-cells", 0);
	for (int i = 0; i < 2; i++) {
		fdt_begin_node(blob, "protocol@12");
		fdt_property_u32(blob, "reg", 0x12);
		fdt_end_node(blob);
	}
	for (int i = 0; i < 3; i++)
		fdt_end_node(blob);
	assert_int_equal(fdt_finish(blob), 0);
	first = check(load_by_hand(blob));
	assert_int_equal(first.count, 1);
	assert_string_equal(first.node, SCMI "/protocol@12");
	assert_string_equal(first.text, "protocol 0x12 is there twice");
}

/* Three names, of which two are longer together than what a finding quotes. */
static void a_long_path_is_cut(void **state)
{
	static char path[3 * 300 + 1];
	const struct tree_row tree[] = { { path, "compatible", TEXT("arm,scmi-virtio") },
					 { 0 } };
	struct finding first;

	memset(path, 'n', sizeof(path) - 1);
	path[0] = path[300] = path[600] = '/';
	first = check(tree_by_hand(tree));
	assert_int_equal(first.count, 3);
	assert_memory_equal(first.node, path, sizeof(first.node) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_found_and_its_node_named),
		cmocka_unit_test(sound_nodes_have_no_findings),
		cmocka_unit_test(a_list_of_mailboxes_is_not_followed_for_ever),
		cmocka_unit_test(a_protocol_that_is_there_twice_is_found),
		cmocka_unit_test(a_long_path_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
