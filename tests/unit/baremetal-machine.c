/* SPDX-License-Identifier: BSD-3-Clause */
/* What the bare metal example makes of a device tree. */
#include "tree_by_hand.h"

#include "machine.h"

#define BLOB_BYTES 4096u

/* An entry of the interrupt map: PCI address, pin, controller, address there, interrupt. */
#define MAP(device, pin, number) device, 0, 0, pin, 1, 0, 0, 0, number, 4

static const uint32_t interrupt_map[][10] = {
	{ MAP(0x0000, 1, 3) },
	{ MAP(0x0000, 2, 4) },
	{ MAP(0x0800, 1, 4) },
	{ MAP(0x0800, 2, 5) },
};

static const uint32_t ranges[][7] = {
	{ 0x01000000, 0, 0, 0, 0x3eff0000, 0, 0x10000 },
	{ 0x02000000, 0, 0x10000000, 0, 0x20000000, 0, 0x2eff0000 },
	{ 0x03000000, 0x80, 0, 0x80, 0, 0x80, 0 },
};

#define ROOT                                \
	{ "", "#address-cells", CELLS(2) }, \
	{                                   \
		"", "#size-cells", CELLS(2) \
	}
#define UART                                                                   \
	{ "/pl011@9000000", "compatible", BYTES("arm,pl011\0arm,primecell") }, \
	{                                                                      \
		"/pl011@9000000", "reg", CELLS(0, 0x9000000, 0, 0x1000)        \
	}
#define TIMER                                                                  \
	{ "/timer", "compatible", BYTES("arm,armv8-timer\0arm,armv7-timer") }, \
	{                                                                      \
		"/timer", "interrupts", CELLS(1, 13, 4, 1, 14, 4, 1, 11)       \
	} /* cut short */
#define GIC(compatible_text)                                                       \
	{ "/intc@8000000", "compatible", TEXT(compatible_text) },                  \
		{ "/intc@8000000", "#address-cells", CELLS(2) },                   \
	{                                                                          \
		"/intc@8000000", "reg",                                            \
			CELLS(0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000) \
	}
/* libfdt puts what comes later before what is there. */
#define MMIO                                                                         \
	{ "/bus", "#address-cells", CELLS(1) }, { "/bus", "#size-cells", CELLS(1) }, \
		{ "/bus/virtio_mmio@b0", "compatible", TEXT("virtio,mmio") },        \
		{ "/bus/virtio_mmio@b0", "reg", CELLS(0xb0000000, 0x200) },          \
		{ "/bus/virtio_mmio@b0", "interrupts", CELLS(0, 17, 4) },            \
		{ "/virtio_mmio@a000000", "compatible", TEXT("virtio,mmio") },       \
		{ "/virtio_mmio@a000000", "reg", CELLS(0, 0xa000000, 0, 0x200) },    \
	{                                                                            \
		"/virtio_mmio@a000000", "interrupts", CELLS(0, 16, 1)                \
	}
#define PCI                                                                          \
	{ "/pcie@10000000", "compatible", TEXT("pci-host-ecam-generic") },           \
		{ "/pcie@10000000", "#address-cells", CELLS(3) },                    \
		{ "/pcie@10000000", "reg", CELLS(0x40, 0x10000000, 0, 0x10000000) }, \
	{                                                                            \
		"/pcie@10000000", "interrupt-map-mask", CELLS(0x0800, 0, 0, 7)       \
	}

static const struct tree_row whole[] = { ROOT, UART, TIMER, GIC("arm,gic-v3"),
					 MMIO, PCI,  { 0 } };

static struct machine machine;

static void put_cells(void *blob, const char *path, const char *name,
		      const uint32_t *cells, size_t count)
{
	fdt32_t bytes[64];

	for (size_t i = 0; i < count; i++)
		bytes[i] = cpu_to_fdt32(cells[i]);
	assert_int_equal(fdt_setprop(blob, fdt_path_offset(blob, path), name, bytes,
				     (int)(count * sizeof(bytes[0]))),
			 0);
}

/* Packed, and exactly as long as it says. */
static void *whole_blob(void)
{
	void *blob = blob_by_hand(whole, BLOB_BYTES), *packed;

	put_cells(blob, "/pcie@10000000", "interrupt-map", interrupt_map[0], 40);
	put_cells(blob, "/pcie@10000000", "ranges", ranges[0], 21);
	assert_int_equal(fdt_pack(blob), 0);
	packed = malloc(fdt_totalsize(blob));
	memcpy(packed, blob, fdt_totalsize(blob));
	free(blob);
	return packed;
}

static bool read_blob(const void *blob)
{
	struct tree tree;

	return tree_open(&tree, blob) && machine_read(&machine, &tree);
}

static void a_machine_is_read_from_its_tree(void **state)
{
	void *blob = whole_blob();

	assert_true(read_blob(blob));
	assert_int_equal(machine.uart, 0x9000000);
	assert_int_equal(machine.gic.version, 3);
	assert_int_equal(machine.gic.distributor, 0x8000000);
	assert_int_equal(machine.gic.cpu, 0x80a0000);
	assert_int_equal(machine.timer_interrupt, 27);
	assert_int_equal(machine.mmio_count, 2);
	assert_int_equal(machine.mmio[0].base, 0xa000000);
	assert_int_equal(machine.mmio[0].interrupt, 48);
	assert_true(machine.mmio[0].edge);
	assert_int_equal(machine.mmio[1].base, 0xb0000000);
	assert_int_equal(machine.mmio[1].interrupt, 49);
	assert_false(machine.mmio[1].edge);
	assert_int_equal(machine.pci.ecam, UINT64_C(0x4010000000));
	assert_int_equal(machine.window.bus_address, 0x10000000);
	assert_int_equal(machine.window.address, 0x20000000);
	assert_int_equal(machine.window.bytes, 0x2eff0000);
	free(blob);
}

static void a_pin_leads_to_its_interrupt(void **state)
{
	static const struct {
		uint16_t function;
		uint8_t pin;
		uint32_t interrupt;
	} cases[] = {
		{ 0 << 3, 1, 35 },       { 0 << 3, 2, 36 },       { 1 << 3, 1, 36 },
		{ 1 << 3, 2, 37 },       { 3 << 3, 1, 36 },       { 1 << 3 | 5, 2, 37 },
		{ 1 << 3, 3, GIC_NONE }, { 1 << 3, 0, GIC_NONE },
	};
	void *blob = whole_blob();

	assert_true(read_blob(blob));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			machine_pci_interrupt(&machine, cases[i].function, cases[i].pin),
			cases[i].interrupt);
	free(blob);
}

static void a_machine_without_what_is_needed_is_refused(void **state)
{
	static const struct tree_row without_uart[] = {
		ROOT, TIMER, GIC("arm,gic-v3"), { 0 }
	};
	static const struct tree_row without_timer[] = {
		ROOT, UART, GIC("arm,gic-v3"), { 0 }
	};
	static const struct tree_row without_gic[] = {
		ROOT, UART, TIMER, GIC("arm,gic-v4"), { 0 }
	};
	static const struct tree_row least[] = {
		ROOT, UART, TIMER, GIC("arm,cortex-a15-gic"), { 0 }
	};
	static const struct {
		const struct tree_row *rows;
		bool sound;
	} cases[] = { { without_uart, false },
		      { without_timer, false },
		      { without_gic, false },
		      { least, true } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		void *blob = blob_by_hand(cases[i].rows, BLOB_BYTES);

		assert_int_equal(read_blob(blob), cases[i].sound);
		free(blob);
	}
	assert_int_equal(machine.gic.version, 2);
	assert_int_equal(machine.mmio_count, 0);
	assert_int_equal(machine.pci.bus_count, 0);
	assert_int_equal(machine_pci_interrupt(&machine, 8, 1), GIC_NONE);
}

/* Whatever stands at any place: reading ends, and stays inside, which ASan watches. */
static void a_broken_tree_is_read_without_a_step_too_far(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x02, 0x03, 0x7f, 0x80, 0xff };
	uint8_t *blob = whole_blob();
	uint32_t size = fdt_totalsize(blob);

	/* The size itself is the loader's word. */
	for (uint32_t at = 8; at < size; at++) {
		uint8_t sound = blob[at];

		for (size_t i = 0; i < sizeof(values); i++) {
			blob[at] = values[i];
			read_blob(blob);
			machine_pci_interrupt(&machine, 8, 1);
		}
		blob[at] = sound;
	}
	blob[0] = 0;
	assert_false(read_blob(blob));
	assert_false(read_blob(NULL));
	free(blob);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_is_read_from_its_tree),
		cmocka_unit_test(a_pin_leads_to_its_interrupt),
		cmocka_unit_test(a_machine_without_what_is_needed_is_refused),
		cmocka_unit_test(a_broken_tree_is_read_without_a_step_too_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
