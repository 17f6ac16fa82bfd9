/* SPDX-License-Identifier: BSD-3-Clause */
/* Adding an SCMI node: what is in the tree afterwards, and what is refused. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"
#include "tree_by_hand.h"

#define SCMI "/firmware/scmi"

static const uint8_t usual_protocols[] = { 0x15, 0x12, 0x14 };

static const struct vscmi_device_tree_scmi usual = {
	.transport = "virtio",
	.protocols = usual_protocols,
	.protocol_count = sizeof(usual_protocols),
};

/* With what the other transports want, and labels for some of it. */
static const struct tree_row machine[] = {
	{ "/mailbox@1000", "#mbox-cells", CELLS(2) },
	{ "/mailbox@1000", "phandle", CELLS(7) },
	{ "/sram/scp-sram-section@0", "compatible", TEXT("arm,scmi-shmem") },
	{ "/sram/scp-sram-section@80", "compatible", TEXT("arm,scmi-shmem") },
	{ "/sram/scp-sram-section@80", "phandle", CELLS(3) },
	{ "/__symbols__", "mhu", TEXT("/mailbox@1000") },
	{ "/__symbols__", "rx", TEXT("/sram/scp-sram-section@80") },
	{ "/__symbols__", "endless", BYTES("/sram/scp-sram-section@80") },
	{ "/__symbols__", "crooked", TEXT("mailbox@1000") },
	{ 0 },
};

static const struct tree_row bare[] = { { .path = "/chosen" }, { 0 } };

/*
 * ---- What is in a tree ----
 */

static const void *blob_of(const struct vscmi_device_tree *tree)
{
	size_t size;

	return vscmi_device_tree_bytes(tree, &size);
}

static void assert_property(const struct vscmi_device_tree *tree,
			    const struct tree_row *expected)
{
	const void *blob = blob_of(tree);
	int node = fdt_path_offset(blob, expected->path), size;
	const void *value = fdt_getprop(blob, node, expected->name, &size);

	if (!value)
		fail_msg("%s has no %s", expected->path, expected->name);
	assert_int_equal(size, expected->size + 4 * expected->cell_count);
	if (expected->cell_count == 0)
		assert_memory_equal(value, expected->bytes, expected->size);
	for (size_t i = 0; i < expected->cell_count; i++)
		assert_int_equal(fdt32_ld((const fdt32_t *)value + i),
				 expected->cells[i]);
}

static void assert_properties(const struct vscmi_device_tree *tree,
			      const struct tree_row *expected)
{
	for (; expected->path; expected++)
		assert_property(tree, expected);
}

static int count_properties(const struct vscmi_device_tree *tree, const char *path)
{
	const void *blob = blob_of(tree);
	int offset, count = 0;

	fdt_for_each_property_offset(offset, blob, fdt_path_offset(blob, path)) count++;
	return count;
}

static uint32_t phandle_of(const struct vscmi_device_tree *tree, const char *path)
{
	return fdt_get_phandle(blob_of(tree), fdt_path_offset(blob_of(tree), path));
}

static void assert_added(struct vscmi_device_tree *tree,
			 const struct vscmi_device_tree_scmi *scmi)
{
	struct vscmi_problem problem;

	if (vscmi_device_tree_add_scmi(tree, scmi, &problem) != VSCMI_OK)
		fail_msg("%s", problem.text);
	assert_int_equal(vscmi_device_tree_check(tree, NULL, NULL), 0);
}

/*
 * ---- Adding ----
 */

static void a_bare_tree_gets_the_node_and_its_protocols(void **state)
{
	static const struct tree_row expected[] = {
		{ SCMI, "compatible", TEXT("arm,scmi-virtio") },
		{ SCMI, "#address-cells", CELLS(1) },
		{ SCMI, "#size-cells", CELLS(0) },
		{ SCMI "/protocol@12", "reg", CELLS(0x12) },
		{ SCMI "/protocol@14", "reg", CELLS(0x14) },
		{ SCMI "/protocol@14", "#clock-cells", CELLS(1) },
		{ SCMI "/protocol@15", "reg", CELLS(0x15) },
		{ SCMI "/protocol@15", "#thermal-sensor-cells", CELLS(1) },
		{ "/__symbols__", "scmi_system", TEXT(SCMI "/protocol@12") },
		{ "/__symbols__", "scmi_clk", TEXT(SCMI "/protocol@14") },
		{ "/__symbols__", "scmi_sensors", TEXT(SCMI "/protocol@15") },
		{ 0 },
	};
	static const struct {
		const char *path;
		int properties;
	} nodes[] = {
		{ SCMI, 3 },
		{ SCMI "/protocol@12", 2 }, /* with the phandle */
		{ SCMI "/protocol@14", 3 },
		{ SCMI "/protocol@15", 3 },
		{ "/firmware", 0 },
		{ "/__symbols__", 3 },
	};
	struct vscmi_device_tree *tree = tree_by_hand(bare);

	assert_added(tree, &usual);
	assert_properties(tree, expected);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		assert_int_equal(count_properties(tree, nodes[i].path),
				 nodes[i].properties);
	assert_true(fdt_path_offset(blob_of(tree), "/chosen") >= 0);
	vscmi_device_tree_free(tree);
}

static void protocols_stand_in_the_order_of_their_ids(void **state)
{
	struct vscmi_device_tree *tree = tree_by_hand(bare);
	uint32_t id = 0;
	int node;

	assert_added(tree, &usual);
	fdt_for_each_subnode(node, blob_of(tree), fdt_path_offset(blob_of(tree), SCMI))
	{
		const void *reg = fdt_getprop(blob_of(tree), node, "reg", NULL);

		assert_true(fdt32_ld(reg) > id);
		id = fdt32_ld(reg);
	}
	assert_int_equal(id, 0x15);
	vscmi_device_tree_free(tree);
}

static void every_protocol_of_the_binding_can_be_added(void **state)
{
	static const struct tree_row cells[] = {
		{ SCMI "/protocol@11", "#power-domain-cells", CELLS(1) },
		{ SCMI "/protocol@13", "#power-domain-cells", CELLS(1) },
		{ SCMI "/protocol@16", "#reset-cells", CELLS(1) },
		{ 0 },
	};
	struct vscmi_device_tree *tree = tree_by_hand(bare);
	struct vscmi_device_tree_scmi scmi = usual;
	uint8_t ids[UINT8_MAX];
	size_t count = 0;

	for (unsigned int id = 0; id < UINT8_MAX; id++) {
		if (vscmi_device_tree_label((uint8_t)id))
			ids[count++] = (uint8_t)id;
	}
	assert_true(count >= 9);
	scmi.protocols = ids;
	scmi.protocol_count = count;
	assert_added(tree, &scmi);
	assert_properties(tree, cells);
	assert_int_equal(count_properties(tree, "/__symbols__"), count);
	vscmi_device_tree_free(tree);
}

static void new_phandles_are_free_and_unique(void **state)
{
	static const struct tree_row old[] = {
		{ "/b", "phandle", CELLS(0x41) },
		{ "/a", "phandle", CELLS(0x13) },
		{ 0 },
	};
	struct vscmi_device_tree *tree = tree_by_hand(old);
	uint32_t clock, sensor;

	assert_added(tree, &usual);
	clock = phandle_of(tree, SCMI "/protocol@14");
	sensor = phandle_of(tree, SCMI "/protocol@15");
	assert_true(clock > 0x41 && sensor > 0x41 && clock != sensor);
	assert_int_equal(phandle_of(tree, "/b"), 0x41);
	vscmi_device_tree_free(tree);
}

static void what_is_in_firmware_and_symbols_stays(void **state)
{
	static const struct tree_row old[] = {
		{ "/firmware/optee", "method", TEXT("smc") },
		{ "/__symbols__", "uart", TEXT("/serial@0") },
		{ 0 },
	};
	struct vscmi_device_tree *tree = tree_by_hand(old);

	assert_added(tree, &usual);
	assert_properties(tree, old);
	assert_int_equal(count_properties(tree, "/__symbols__"), 4);
	vscmi_device_tree_free(tree);
}

/* QEMU's are 1 MiB long, and Linux hangs on them. */
static void a_padded_tree_comes_out_packed(void **state)
{
	struct vscmi_device_tree *tree = load_by_hand(blob_by_hand(bare, 1 << 20));
	size_t size;

	vscmi_device_tree_bytes(tree, &size);
	assert_int_equal(size, 1 << 20);
	assert_added(tree, &usual);
	vscmi_device_tree_bytes(tree, &size);
	assert_true(size < 1024);
	vscmi_device_tree_free(tree);
}

static void a_timeout_is_there_when_it_is_asked_for(void **state)
{
	static const struct tree_row expected = { SCMI, "arm,max-rx-timeout-ms",
						  CELLS(250) };
	struct vscmi_device_tree *tree = tree_by_hand(bare);
	struct vscmi_device_tree_scmi scmi = usual;

	scmi.max_rx_timeout_ms = 250;
	assert_added(tree, &scmi);
	assert_property(tree, &expected);
	vscmi_device_tree_free(tree);
}

/*
 * ---- Mailbox and SMC ----
 */

static void mailboxes_are_named_by_path_and_by_label(void **state)
{
	static const char *const mboxes[] = { "mhu:0:0x1", "/mailbox@1000:1:0" };
	static const char *const shmem[] = { "/sram/scp-sram-section@0", "rx" };
	static const struct tree_row expected[] = {
		{ SCMI, "compatible", TEXT("arm,scmi") },
		{ SCMI, "mboxes", CELLS(7, 0, 1, 7, 1, 0) },
		{ SCMI, "mbox-names", TEXT("tx\0rx") },
		{ SCMI, "shmem", CELLS(8, 3) },
		/* It had none. */
		{ "/sram/scp-sram-section@0", "phandle", CELLS(8) },
		{ 0 },
	};
	struct vscmi_device_tree *tree = tree_by_hand(machine);
	struct vscmi_device_tree_scmi scmi = usual;

	scmi.transport = "mailbox";
	scmi.mboxes = mboxes;
	scmi.shmem = shmem;
	scmi.mbox_count = scmi.shmem_count = 2;
	assert_added(tree, &scmi);
	assert_properties(tree, expected);
	vscmi_device_tree_free(tree);
}

static void names_tell_what_each_mailbox_is_for(void **state)
{
	static const char *const mboxes[] = { "mhu:0:0", "mhu:0:1", "mhu:1:0",
					      "mhu:1:1" };
	static const char *const shmem[] = { "rx", "/sram/scp-sram-section@0" };
	static const struct {
		size_t mboxes, shmem;
		struct tree_row names;
	} rows[] = {
		{ 1, 1, { SCMI, "mbox-names", TEXT("tx") } },
		{ 2, 1, { SCMI, "mbox-names", TEXT("tx\0tx_reply") } },
		{ 3, 2, { SCMI, "mbox-names", TEXT("tx\0tx_reply\0rx") } },
		{ 4, 2, { SCMI, "mbox-names", TEXT("tx\0tx_reply\0rx\0rx_reply") } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vscmi_device_tree *tree = tree_by_hand(machine);
		struct vscmi_device_tree_scmi scmi = usual;

		scmi.transport = "mailbox";
		scmi.mboxes = mboxes;
		scmi.mbox_count = rows[i].mboxes;
		scmi.shmem = shmem;
		scmi.shmem_count = rows[i].shmem;
		assert_added(tree, &scmi);
		assert_property(tree, &rows[i].names);
		vscmi_device_tree_free(tree);
	}
}

static void smc_has_its_id_and_shared_memory(void **state)
{
	static const uint32_t smc_id = 0xc3000001;
	static const char *const shmem[] = { "rx" };
	static const struct tree_row expected[] = {
		{ SCMI, "compatible", TEXT("arm,scmi-smc") },
		{ SCMI, "arm,smc-id", CELLS(0xc3000001) },
		{ SCMI, "shmem", CELLS(3) },
		{ 0 },
	};
	struct vscmi_device_tree *tree = tree_by_hand(machine);
	struct vscmi_device_tree_scmi scmi = usual;

	scmi.transport = "smc";
	scmi.smc_id = &smc_id;
	scmi.shmem = shmem;
	scmi.shmem_count = 1;
	assert_added(tree, &scmi);
	assert_properties(tree, expected);
	vscmi_device_tree_free(tree);
}

/*
 * ---- Replacing ----
 */

static const struct tree_row with_scmi[] = {
	{ SCMI, "compatible", TEXT("arm,scmi") },
	{ SCMI "/protocol@14", "reg", CELLS(0x14) },
	{ SCMI "/protocol@14", "phandle", CELLS(9) },
	{ SCMI "/protocol@13/deep", "note", TEXT("goes") },
	{ "/uart", "clocks", CELLS(9, 1) },
	{ "/__symbols__", "scmi_clk", TEXT(SCMI "/protocol@14") },
	{ "/__symbols__", "scmi", TEXT(SCMI) },
	{ "/__symbols__", "scmi_deep", TEXT(SCMI "/protocol@13/deep") },
	{ "/__symbols__", "neighbour", TEXT(SCMI "2") },
	{ 0 },
};

static void a_replaced_node_goes_whole(void **state)
{
	static const struct tree_row neighbour = { "/__symbols__", "neighbour",
						   TEXT(SCMI "2") };
	struct vscmi_device_tree *tree = tree_by_hand(with_scmi);
	struct vscmi_device_tree_scmi scmi = usual;

	scmi.replace = true;
	assert_added(tree, &scmi);
	assert_int_equal(fdt_path_offset(blob_of(tree), SCMI "/protocol@13"),
			 -FDT_ERR_NOTFOUND);
	assert_property(tree, &neighbour);
	assert_int_equal(count_properties(tree, "/__symbols__"), 4);
	vscmi_device_tree_free(tree);
}

static void references_to_a_replaced_protocol_still_mean_it(void **state)
{
	struct vscmi_device_tree *tree = tree_by_hand(with_scmi);
	struct vscmi_device_tree_scmi scmi = usual;

	scmi.replace = true;
	assert_added(tree, &scmi);
	assert_int_equal(phandle_of(tree, SCMI "/protocol@14"), 9);
	assert_true(phandle_of(tree, SCMI "/protocol@15") > 9);
	vscmi_device_tree_free(tree);
}

/*
 * ---- Refusals ----
 */

static const uint8_t unknown_protocol[] = { 0x14, 0x1a };
static const char *const mailbox[] = { "mhu:0:0" };
static const char *const area[] = { "rx" };
static const uint32_t some_id = 1;

#define VIRTIO    .protocols = usual_protocols, .protocol_count = 3, .transport = "virtio"
#define MAILBOX   .transport = "mailbox", .shmem = area, .shmem_count = 1
#define ONE(name) .mboxes = (const char *const[]){ (name) }, .mbox_count = 1

static const struct refusal {
	const struct tree_row *tree;
	struct vscmi_device_tree_scmi scmi;
	const char *problem;
} refusals[] = {
	{ with_scmi,
	  { VIRTIO },
	  "/firmware/scmi is there already, and not to be replaced" },
	{ bare,
	  { .transport = "optee" },
	  "no transport optee, expected virtio, mailbox or smc" },
	{ bare,
	  { .transport = "virtio", .protocols = unknown_protocol, .protocol_count = 2 },
	  "protocol 0x1a can have no node" },
	{ (const struct tree_row[]){ { "/__symbols__", "scmi_clk", TEXT("/clock") },
				     { 0 } },
	  { VIRTIO },
	  "the tree has a label scmi_clk already, for another node" },
	{ (const struct tree_row[]){ { "/a", "phandle", CELLS(0xfffffffe) }, { 0 } },
	  { VIRTIO },
	  "no phandle is free, expected the highest below 0xfffffffe" },
	{ (const struct tree_row[]){
		  { "/soc/scmi", "compatible", TEXT("arm,scmi-virtio") },
		  { "/soc/scmi", "#address-cells", CELLS(1) },
		  { "/soc/scmi", "#size-cells", CELLS(0) },
		  { 0 } },
	  { VIRTIO },
	  "/soc/scmi: a second node that is compatible with arm,scmi-virtio, expected "
	  "one" },
	/* What the transports want and do not want. */
	{ machine,
	  { .transport = "virtio", .mboxes = mailbox, .mbox_count = 1 },
	  "/firmware/scmi: mboxes is nothing for arm,scmi-virtio" },
	{ machine,
	  { MAILBOX },
	  "/firmware/scmi: mboxes is missing, expected for arm,scmi" },
	{ machine,
	  { MAILBOX, ONE("mhu:0:0"), .smc_id = &some_id },
	  "/firmware/scmi: arm,smc-id is nothing for arm,scmi" },
	{ machine,
	  { .transport = "smc", .shmem = area, .shmem_count = 1 },
	  "/firmware/scmi: arm,smc-id is missing, expected for arm,scmi-smc" },
	{ machine,
	  { .transport = "smc", .smc_id = &some_id },
	  "/firmware/scmi: shmem is missing, expected for arm,scmi-smc" },
	/* References. */
	{ machine,
	  { MAILBOX, ONE("nowhere:0:0") },
	  "mboxes: the tree has no node nowhere" },
	{ machine, { MAILBOX, ONE("/no:0:0") }, "mboxes: the tree has no node /no" },
	{ machine, { MAILBOX, ONE("") }, "mboxes: the tree has no node " },
	{ machine, { MAILBOX, ONE("endless") }, "mboxes: the tree has no node endless" },
	{ machine, { MAILBOX, ONE("crooked") }, "mboxes: the tree has no node crooked" },
	{ bare, { MAILBOX, ONE("mhu") }, "mboxes: the tree has no node mhu" },
	{ machine,
	  { MAILBOX, ONE("mhu:0:x") },
	  "mboxes: x, expected a cell behind each colon of mhu:0:x" },
	{ machine,
	  { MAILBOX, ONE("mhu:0:") },
	  "mboxes: , expected a cell behind each colon of mhu:0:" },
	{ machine,
	  { MAILBOX, ONE("mhu:-1:0") },
	  "mboxes: -1, expected a cell behind each colon of mhu:-1:0" },
	/* 1, if it were not negative. */
	{ machine,
	  { MAILBOX, ONE("mhu:-18446744073709551615:0") },
	  "mboxes: -18446744073709551615, expected a cell behind each colon of "
	  "mhu:-18446744073709551615:0" },
	{ machine,
	  { MAILBOX, ONE("mhu:0x100000000:0") },
	  "mboxes: 0x100000000, expected a cell behind each colon of mhu:0x100000000:0" },
	{ machine,
	  { MAILBOX, ONE("mhu:0") },
	  "/firmware/scmi: mboxes: entry 0 is <0x7 ...>, expected more cells" },
	{ machine,
	  { MAILBOX, ONE("rx:0:0") },
	  "/firmware/scmi: mboxes: entry 0 is <0x3 ...>, expected the phandle of a "
	  "mailbox, "
	  "with its cells" },
	{ machine,
	  { .transport = "smc", .smc_id = &some_id, .shmem = mailbox, .shmem_count = 1 },
	  "/firmware/scmi: shmem has 12 bytes, expected one or two phandles" },
	{ machine,
	  { MAILBOX, ONE("mhu:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:"
			 "0:0:0:0:0:0:0"
			 ":0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:"
			 "0:0:0:0:0") },
	  "mboxes: more than 64 cells" },
};

static void what_does_not_fit_is_refused_and_changes_nothing(void **state)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct vscmi_device_tree *tree = tree_by_hand(refusals[i].tree);
		struct vscmi_problem problem = { "" };
		size_t size, size_after;
		const void *bytes = vscmi_device_tree_bytes(tree, &size);
		void *before = memcpy(malloc(size), bytes, size);

		assert_int_equal(
			vscmi_device_tree_add_scmi(tree, &refusals[i].scmi, &problem),
			VSCMI_E_INVALID);
		assert_string_equal(problem.text, refusals[i].problem);
		bytes = vscmi_device_tree_bytes(tree, &size_after);
		assert_int_equal(size_after, size);
		assert_memory_equal(bytes, before, size);
		free(before);
		vscmi_device_tree_free(tree);
	}
}

/*
 * ---- Loading and saving ----
 */

/* One byte or more of a sound tree is wrong; the header's words are big-endian. */
static const struct {
	const char *problem;
	size_t offset;
	uint32_t word;
} wrongs[] = {
	{ "x.dtb: no sound flattened device tree: FDT_ERR_BADMAGIC", 0, 0xd00dfeee },
	{ "x.dtb: no sound flattened device tree: FDT_ERR_TRUNCATED", 4, 0x7fffffff },
	{ "x.dtb: no sound flattened device tree: FDT_ERR_BADVERSION", 24, 18 },
	{ "x.dtb: version 2 of the format, expected 16 or 17", 20, 2 },
	{ "x.dtb: no sound flattened device tree: FDT_ERR_TRUNCATED", 36, 8 },
};

static void a_blob_that_is_not_sound_is_refused(void **state)
{
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		void *blob = blob_by_hand(bare, 256);
		struct vscmi_device_tree *tree = NULL;
		struct vscmi_problem problem = { "" };

		fdt32_st((char *)blob + wrongs[i].offset, wrongs[i].word);
		if (wrongs[i].offset == 20)
			fdt32_st((char *)blob + 24, 2);
		assert_int_equal(
			vscmi_device_tree_load_bytes(blob, 256, "x.dtb", &tree, &problem),
			VSCMI_E_INVALID);
		assert_null(tree);
		assert_string_equal(problem.text, wrongs[i].problem);
		free(blob);
	}
}

static void a_short_blob_is_refused(void **state)
{
	void *blob = blob_by_hand(bare, 256);
	struct vscmi_device_tree *tree = NULL;

	for (size_t size = 0; size < 256; size++) {
		void *part = memcpy(malloc(size + 1), blob, size);

		assert_int_equal(
			vscmi_device_tree_load_bytes(part, size, "x.dtb", &tree, NULL),
			VSCMI_E_INVALID);
		free(part);
	}
	free(blob);
}

static void a_tree_that_is_too_deep_is_refused(void **state)
{
	char path[2 * 64 + 1] = "";
	struct tree_row rows[] = { { .path = path }, { 0 } };
	struct vscmi_device_tree *tree = NULL;
	struct vscmi_problem problem;
	void *blob;

	for (int level = 1; level < 64; level++)
		strcat(path, "/n");
	vscmi_device_tree_free(tree_by_hand(rows));
	strcat(path, "/n");
	blob = blob_by_hand(rows, 4096);
	assert_int_equal(
		vscmi_device_tree_load_bytes(blob, 4096, "x.dtb", &tree, &problem),
		VSCMI_E_INVALID);
	assert_string_equal(problem.text, "x.dtb: more than 64 levels of nodes");
	free(blob);
}

static void a_saved_tree_replaces_a_file_and_loads_again(void **state)
{
	char folder[] = "/tmp/vscmi-test.XXXXXX", path[64];
	struct vscmi_device_tree *tree = tree_by_hand(machine), *again;
	struct vscmi_problem problem;
	size_t size, size_again;
	const void *bytes = vscmi_device_tree_bytes(tree, &size);

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/tree", folder);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	assert_int_equal(vscmi_device_tree_save(tree, path, &problem), VSCMI_OK);
	assert_int_equal(vscmi_device_tree_load(path, &again, &problem), VSCMI_OK);
	assert_memory_equal(vscmi_device_tree_bytes(again, &size_again), bytes, size);
	assert_int_equal(size, size_again);
	vscmi_device_tree_free(again);
	assert_int_equal(unlink(path), 0);
	/* Nothing else was left there. */
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(vscmi_device_tree_save(tree, path, &problem), VSCMI_E_SYSTEM);
	vscmi_device_tree_free(tree);
}

/* Renaming would put a file in the place of a device. */
static void what_is_no_file_is_not_replaced(void **state)
{
	char folder[] = "/tmp/vscmi-test.XXXXXX", path[64];
	struct vscmi_device_tree *tree = tree_by_hand(bare);
	struct vscmi_problem problem;
	struct stat status;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/fifo", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(vscmi_device_tree_save(tree, path, &problem), VSCMI_E_INVALID);
	assert_non_null(strstr(problem.text, "/fifo: not a file"));
	assert_int_equal(stat(path, &status), 0);
	assert_true(S_ISFIFO(status.st_mode));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	vscmi_device_tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bare_tree_gets_the_node_and_its_protocols),
		cmocka_unit_test(protocols_stand_in_the_order_of_their_ids),
		cmocka_unit_test(every_protocol_of_the_binding_can_be_added),
		cmocka_unit_test(new_phandles_are_free_and_unique),
		cmocka_unit_test(what_is_in_firmware_and_symbols_stays),
		cmocka_unit_test(a_padded_tree_comes_out_packed),
		cmocka_unit_test(a_timeout_is_there_when_it_is_asked_for),
		cmocka_unit_test(mailboxes_are_named_by_path_and_by_label),
		cmocka_unit_test(names_tell_what_each_mailbox_is_for),
		cmocka_unit_test(smc_has_its_id_and_shared_memory),
		cmocka_unit_test(a_replaced_node_goes_whole),
		cmocka_unit_test(references_to_a_replaced_protocol_still_mean_it),
		cmocka_unit_test(what_does_not_fit_is_refused_and_changes_nothing),
		cmocka_unit_test(a_blob_that_is_not_sound_is_refused),
		cmocka_unit_test(a_short_blob_is_refused),
		cmocka_unit_test(a_tree_that_is_too_deep_is_refused),
		cmocka_unit_test(a_saved_tree_replaces_a_file_and_loads_again),
		cmocka_unit_test(what_is_no_file_is_not_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
