/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdatomic.h>

#include <vscmi/virtio/registers.h>

#include "virtio/ring.h"

static uint32_t read(void *context, uintptr_t address, unsigned width)
{
	uint32_t value;

	if (width == 1)
		value = *(const volatile uint8_t *)address;
	else if (width == 2)
		value = vscmi_ring_le16(*(const volatile uint16_t *)address);
	else
		value = vscmi_ring_le32(*(const volatile uint32_t *)address);
	atomic_thread_fence(memory_order_seq_cst);
	return value;
}

static void write(void *context, uintptr_t address, unsigned width, uint32_t value)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (width == 1)
		*(volatile uint8_t *)address = (uint8_t)value;
	else if (width == 2)
		*(volatile uint16_t *)address = vscmi_ring_le16((uint16_t)value);
	else
		*(volatile uint32_t *)address = vscmi_ring_le32(value);
}

const struct vscmi_registers vscmi_mapped_registers = { .read = read, .write = write };
