/* SPDX-License-Identifier: BSD-3-Clause */
/* Virtio over MMIO: virtio 1.2, "Virtio Over MMIO", register layout version 2. */
#ifndef VSCMI_VIRTIO_MMIO_H
#define VSCMI_VIRTIO_MMIO_H

#include <stdint.h>

#include <vscmi/error.h>
#include <vscmi/virtio/registers.h>
#include <vscmi/virtio/transport.h>

/* Open so that it needs no allocation; touch only transport, by its address. */
struct vscmi_virtio_mmio {
	struct vscmi_virtio_transport transport;
	const struct vscmi_registers *registers;
	uintptr_t base;
};

/*
 * Ready a transport on the registers at base, as the device tree or the machine's manual
 * says. The device is looked at and left as it is. registers stays the caller's and in place.
 *
 * VSCMI_E_MALFORMED: there is no virtio device. VSCMI_E_UNSUPPORTED: the layout is not version
 * 2; 1 is the legacy one (QEMU has it unless it is given -global
 * virtio-mmio.force-legacy=false). VSCMI_E_NOT_READY: the place is there and empty.
 */
enum vscmi_error vscmi_virtio_mmio_init(struct vscmi_virtio_mmio *mmio,
					const struct vscmi_registers *registers,
					uintptr_t base);

#endif
