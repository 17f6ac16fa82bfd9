/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Virtio over PCI: virtio 1.2, "Virtio Over PCI Bus", modern devices only; and what has to be
 * done on the bus where no firmware has done it. Interrupts are the pin's, INTA to INTD;
 * MSI-X is switched off.
 *
 * What is found in a function's configuration space is checked: lists end, and no register is
 * touched outside the windows.
 */
#ifndef VSCMI_VIRTIO_PCI_H
#define VSCMI_VIRTIO_PCI_H

#include <stdint.h>

#include <vscmi/error.h>
#include <vscmi/virtio/registers.h>
#include <vscmi/virtio/transport.h>

/*
 * Where the host bridge lets memory accesses through to the bus: an entry of the device
 * tree's ranges. BARs that have no address get one from `used` on, so nothing else may be
 * placed there.
 */
struct vscmi_pci_window {
	uint64_t bus_address; /* what a BAR holds */
	uint64_t bytes;
	uintptr_t address; /* what the CPU uses */
	uint64_t used;     /* bytes from the start on that are taken; grows */
};

/* A host bridge with memory-mapped configuration space (ECAM). The caller's, and in place. */
struct vscmi_pci_host {
	const struct vscmi_registers *registers;
	uintptr_t ecam;
	uint32_t bus_count; /* buses to look at, from 0 on: 1..256; 1 without firmware */
	struct vscmi_pci_window *windows; /* [window_count] */
	uint32_t window_count;
};

#define VSCMI_PCI_BARS 6u

/* Registers that lie in a row. */
struct vscmi_pci_block {
	uintptr_t address;
	uint32_t bytes; /* 0: there is none */
};

/* Open so that it needs no allocation; touch only transport, by its address. */
struct vscmi_virtio_pci {
	struct vscmi_virtio_transport transport;
	const struct vscmi_registers *registers;
	uint32_t device_id;
	struct vscmi_pci_block common, notify, isr, device;
	uint32_t notify_multiplier;
	uintptr_t doorbells[VSCMI_VIRTIO_TRANSPORT_QUEUES];
};

/*
 * Look for a virtio device. *ret_function is what the others below call function: bus << 8 |
 * device << 3 | function. VSCMI_E_NOT_READY: there is none.
 */
enum vscmi_error vscmi_virtio_pci_find(const struct vscmi_pci_host *host,
				       uint32_t device_id, uint16_t *ret_function);

/* The interrupt pin of a function: 1 to 4 for INTA to INTD, 0 for none. */
uint8_t vscmi_pci_interrupt_pin(const struct vscmi_pci_host *host, uint16_t function);

/*
 * Ready a transport: BARs that have no address get one, memory accesses and bus mastering are
 * switched on. host is not used any more after that, but its registers are.
 *
 * VSCMI_E_MALFORMED: the capabilities do not lead to registers that are whole and inside a
 * BAR in a window. VSCMI_E_TOO_BIG: a BAR fits into no window.
 */
enum vscmi_error vscmi_virtio_pci_init(struct vscmi_virtio_pci *pci,
				       const struct vscmi_pci_host *host,
				       uint16_t function);

#endif
