/* SPDX-License-Identifier: BSD-3-Clause */
/* A PCI function's configuration space, and its memory. */
#ifndef VSCMI_VIRTIO_PCI_BUS_H
#define VSCMI_VIRTIO_PCI_BUS_H

#include <vscmi/virtio/pci.h>

#define VSCMI_PCI_CONFIG_BYTES 256u

/* Of modern virtio devices: the device id is this and virtio's. */
#define VSCMI_PCI_VIRTIO_VENDOR 0x1af4u
#define VSCMI_PCI_VIRTIO_DEVICE 0x1040u

enum vscmi_pci_config {
	VSCMI_PCI_VENDOR_ID = 0x00,
	VSCMI_PCI_DEVICE_ID = 0x02,
	VSCMI_PCI_COMMAND = 0x04,
	VSCMI_PCI_STATUS = 0x06,
	VSCMI_PCI_HEADER_TYPE = 0x0e,
	VSCMI_PCI_BAR_0 = 0x10,
	VSCMI_PCI_CAPABILITIES = 0x34,
	VSCMI_PCI_INTERRUPT_PIN = 0x3d,
	VSCMI_PCI_HEADER_END = 0x40,
};

enum vscmi_pci_command {
	VSCMI_PCI_COMMAND_MEMORY = 0x0002,
	VSCMI_PCI_COMMAND_MASTER = 0x0004,
	VSCMI_PCI_COMMAND_NO_INTERRUPT = 0x0400,
};

#define VSCMI_PCI_STATUS_CAPABILITIES 0x0010u

/* offset is below VSCMI_PCI_CONFIG_BYTES and a multiple of width: 1, 2 or 4. */
uint32_t vscmi_pci_config_read(const struct vscmi_pci_host *host, uint16_t function,
			       uint32_t offset, unsigned width);
void vscmi_pci_config_write(const struct vscmi_pci_host *host, uint16_t function,
			    uint32_t offset, unsigned width, uint32_t value);

/*
 * Find or choose an address for each memory BAR, and let the function answer to them. bars[i]
 * is where the CPU finds BAR i; one without memory, or with memory that firmware has put
 * where no window is, has 0 bytes. VSCMI_E_TOO_BIG: no window has room.
 */
enum vscmi_error vscmi_pci_place_bars(const struct vscmi_pci_host *host,
				      uint16_t function,
				      struct vscmi_pci_block bars[VSCMI_PCI_BARS]);

#endif
