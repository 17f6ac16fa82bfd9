/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtio device behind registers, MMIO or PCI, which does what a test says. Offsets are
 * written here by hand, from virtio 1.2 and the PCI specification.
 */
#ifndef VSCMI_TESTS_REGISTERS_H
#define VSCMI_TESTS_REGISTERS_H

#include "test.h"

#include <stdbool.h>

#include <vscmi/virtio/mmio.h>
#include <vscmi/virtio/pci.h>

#define REGISTERS_MMIO     0x0a000000u /* where its registers are */
#define REGISTERS_ECAM     0x40000000u
#define REGISTERS_WINDOW   0x10000000u /* for the CPU */
#define REGISTERS_BUS      0x20000000u /* the same on the bus */
#define REGISTERS_BYTES    0x100000u   /* of the window */
#define REGISTERS_FUNCTION 0x0012u     /* device 2, function 2; 0 is another device */
#define REGISTERS_QUEUES   2u
#define REGISTERS_FEATURES (VSCMI_VIRTIO_F_VERSION_1 | 1) /* what it offers at first */

/* Capabilities in the configuration space; tests may write over them. */
enum {
	REGISTERS_CAP_COMMON = 0x40,
	REGISTERS_CAP_ISR = 0x50,
	REGISTERS_CAP_DEVICE = 0x60,
	REGISTERS_CAP_NOTIFY = 0x70,
	REGISTERS_CAP_MSI_X = 0x84,
};

/* A BAR: what its bits mean, and how much it decodes; 0: there is none. */
struct registers_bar {
	uint32_t flags; /* 1: I/O; 4: 64 bits */
	uint64_t bytes;
	uint64_t value; /* as the driver set it */
};

struct registers_queue {
	uint32_t size_max, size, notify_offset;
	bool enabled;
	uint64_t areas[3]; /* descriptor, driver, device */
	uint32_t kicks;
};

struct registers {
	struct vscmi_registers access;

	uint32_t magic, version, device_id;
	uint64_t device_features, driver_features;
	uint32_t features_select[2]; /* device's, driver's */
	uint8_t status;
	uint8_t statuses[16]; /* each that was set, in order */
	uint32_t status_count;
	struct registers_queue queues[REGISTERS_QUEUES];
	uint32_t selected;
	uint32_t interrupts;
	uint8_t config[8];
	uint32_t generation;

	bool refuses_features; /* FEATURES_OK does not stay */
	bool never_resets;
	uint32_t restless; /* how often the generation still changes when it is read */

	/* PCI */
	uint8_t space[256];
	struct registers_bar bars[VSCMI_PCI_BARS];
	struct vscmi_pci_window window;
	struct vscmi_pci_host host;

	uint32_t reads;
	uint32_t strays; /* accesses where nothing is */

	void *context;
	void (*on_kick)(struct registers *registers, uint32_t queue);
};

/* A modern device with both queues, of at most 64 descriptors. */
void registers_init(struct registers *registers, uint32_t device_id);

/* The transports on it; what they return. */
enum vscmi_error registers_mmio(struct registers *registers,
				struct vscmi_virtio_mmio *mmio);
enum vscmi_error registers_pci(struct registers *registers, struct vscmi_virtio_pci *pci);

/* Set a field of the configuration space. */
void registers_space(struct registers *registers, uint32_t offset, unsigned width,
		     uint32_t value);

#endif
