/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the transports reach a device's registers. Where these are mapped into the address
 * space, vscmi_mapped_registers is all that is needed; an environment with functions or
 * barriers of its own, and a test with a device of its own, fill the struct themselves.
 */
#ifndef VSCMI_VIRTIO_REGISTERS_H
#define VSCMI_VIRTIO_REGISTERS_H

#include <stdint.h>

/*
 * Both members are required. width is 1, 2 or 4 bytes, address a multiple of it; what a
 * register holds is little-endian, as virtio and PCI have it, and a value is the CPU's own.
 *
 * A write comes after everything that was written to memory before it, and a read before
 * everything that is read from memory after it, as the device sees it.
 */
struct vscmi_registers {
	uint32_t (*read)(void *context, uintptr_t address, unsigned width);
	void (*write)(void *context, uintptr_t address, unsigned width, uint32_t value);
	void *context;
};

/*
 * Volatile accesses, and sequentially consistent fences between them and memory. That is
 * enough in a virtual machine. A device in hardware may need stronger ones (on Arm: DMB OSH,
 * where the compiler's fence is DMB ISH).
 */
extern const struct vscmi_registers vscmi_mapped_registers;

#endif
