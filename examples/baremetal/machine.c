/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine.h"

/* An interrupt specifier of the GIC: kind, number, flags. */
#define INTERRUPT_CELLS 3u
#define PRIVATE         1u
#define EDGE            1u

static uint32_t interrupt_at(struct tree_value value, uint32_t cell)
{
	uint32_t kind = (uint32_t)tree_number(value, cell, 1);
	uint32_t number = (uint32_t)tree_number(value, cell + 1, 1);

	return number + (kind == PRIVATE ? GIC_PRIVATE : GIC_SHARED);
}

static void read_uart(struct machine *machine, const struct tree *tree)
{
	struct tree_node node = { 0 };

	if (tree_next_compatible(tree, &node, "arm,pl011"))
		machine->uart = tree_address(tree, &node, 0);
}

static void read_gic(struct machine *machine, const struct tree *tree)
{
	struct tree_node v2 = { 0 }, v3 = { 0 };
	const struct tree_node *node = NULL;

	if (tree_next_compatible(tree, &v3, "arm,gic-v3")) {
		machine->gic.version = 3;
		node = &v3;
	} else if (tree_next_compatible(tree, &v2, "arm,cortex-a15-gic")) {
		machine->gic.version = 2;
		node = &v2;
	}
	if (!node)
		return;
	machine->gic.distributor = tree_address(tree, node, 0);
	machine->gic.cpu = tree_address(tree, node, 1);
	machine->gic_address_cells = node->address_cells[node->depth];
}

static void read_timer(struct machine *machine, const struct tree *tree)
{
	const uint32_t virtual_timer = 2; /* after the secure and the physical one */
	struct tree_node node = { 0 };

	if (tree_next_compatible(tree, &node, "arm,armv8-timer"))
		machine->timer_interrupt =
			interrupt_at(tree_property(tree, &node, "interrupts"),
				     virtual_timer * INTERRUPT_CELLS);
}

static void read_mmio(struct machine *machine, const struct tree *tree)
{
	struct tree_node node = { 0 };

	while (machine->mmio_count < MACHINE_MMIO_MAX &&
	       tree_next_compatible(tree, &node, "virtio,mmio")) {
		struct tree_value interrupts = tree_property(tree, &node, "interrupts");

		machine->mmio[machine->mmio_count++] = (struct machine_mmio){
			.base = tree_address(tree, &node, 0),
			.interrupt = interrupt_at(interrupts, 0),
			.edge = tree_number(interrupts, 2, 1) & EDGE,
		};
	}
}

/* An entry of a bridge's ranges: PCI address of 3 cells, of which the first says what it is;
 * address, size. */
static void read_window(struct machine *machine, struct tree_value ranges,
			uint32_t address_cells)
{
	const uint32_t kind_mask = 0x03000000, memory_of_32_bits = 0x02000000;
	uint32_t cells = 3 + address_cells + 2;

	for (uint32_t i = 0; (i + 1) * cells <= ranges.size / 4; i++)
		if ((tree_number(ranges, i * cells, 1) & kind_mask) == memory_of_32_bits)
			machine->window = (struct vscmi_pci_window){
				.bus_address = tree_number(ranges, i * cells + 1, 2),
				.address =
					tree_number(ranges, i * cells + 3, address_cells),
				.bytes = tree_number(ranges,
						     i * cells + 3 + address_cells, 2),
			};
}

static void read_pci(struct machine *machine, const struct tree *tree)
{
	struct tree_node node = { 0 };

	if (!tree_next_compatible(tree, &node, "pci-host-ecam-generic"))
		return;
	read_window(machine, tree_property(tree, &node, "ranges"),
		    node.address_cells[node.depth - 1]);
	machine->interrupt_map = tree_property(tree, &node, "interrupt-map");
	machine->interrupt_map_mask = tree_property(tree, &node, "interrupt-map-mask");
	machine->pci = (struct vscmi_pci_host){
		.registers = &vscmi_mapped_registers,
		.ecam = tree_address(tree, &node, 0),
		.bus_count = 1, /* no firmware has numbered those behind bridges */
		.windows = &machine->window,
		.window_count = 1,
	};
}

bool machine_read(struct machine *machine, const struct tree *tree)
{
	*machine = (struct machine){ 0 };
	read_uart(machine, tree);
	read_gic(machine, tree);
	read_timer(machine, tree);
	read_mmio(machine, tree);
	read_pci(machine, tree);
	return machine->uart && machine->gic.version && machine->timer_interrupt;
}

/*
 * An entry of the interrupt map: PCI address of 3 cells and pin, of which the mask says what
 * counts; the controller, an address there, and its specifier.
 */
uint32_t machine_pci_interrupt(const struct machine *machine, uint16_t function,
			       uint8_t pin)
{
	struct tree_value map = machine->interrupt_map;
	struct tree_value mask = machine->interrupt_map_mask;
	uint32_t cells = 4 + 1 + machine->gic_address_cells + INTERRUPT_CELLS;
	uint64_t device = (uint64_t)function << 8 & tree_number(mask, 0, 1);
	uint64_t line = pin & tree_number(mask, 3, 1);

	for (uint32_t at = 0; at + cells <= map.size / 4; at += cells)
		if (tree_number(map, at, 1) == device &&
		    tree_number(map, at + 3, 1) == line)
			return interrupt_at(map, at + 4 + 1 + machine->gic_address_cells);
	return GIC_NONE;
}
