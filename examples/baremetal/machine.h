/* SPDX-License-Identifier: BSD-3-Clause */
/* What the device tree says of the machine, as far as this program needs it. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/virtio/pci.h>

#include "gic.h"
#include "tree.h"

#define MACHINE_MMIO_MAX 64u

struct machine_mmio {
	uintptr_t base;
	uint32_t interrupt;
	bool edge;
};

struct machine {
	uintptr_t uart;
	struct gic gic;
	uint32_t timer_interrupt;
	struct machine_mmio mmio[MACHINE_MMIO_MAX]; /* places for virtio devices */
	uint32_t mmio_count;
	struct vscmi_pci_host pci; /* bus_count is 0 if there is none */
	struct vscmi_pci_window window;
	struct tree_value interrupt_map, interrupt_map_mask;
	uint32_t gic_address_cells;
};

/* False: it lacks something that this program cannot do without. */
bool machine_read(struct machine *machine, const struct tree *tree);

/* The interrupt of a pin of a PCI function; GIC_NONE if the tree does not tell. */
uint32_t machine_pci_interrupt(const struct machine *machine, uint16_t function,
			       uint8_t pin);

#endif
