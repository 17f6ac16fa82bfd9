/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A PCI function that says whatever it likes, each time anew: every register that is read is
 * the next of the input's bytes, and 0 at its end. What is touched is the configuration space
 * and the windows, aligned, and all loops end.
 */
#include <stdlib.h>

#include <vscmi/virtio/pci.h>
#include <vscmi/virtio/transport.h>

#include "fuzz.h"

#define ECAM         0x40000000u
#define ECAM_BYTES   0x100000u /* one bus */
#define LOW          0x10000000u
#define HIGH         0x20000000u
#define WINDOW_BYTES 0x10000u
#define QUEUE_SIZE   8u
#define QUEUES       2u

struct input {
	const uint8_t *pos, *end;
};

static void expect_place(uintptr_t address, unsigned width)
{
	if (address % width != 0)
		abort();
	if (address - ECAM >= ECAM_BYTES && address - LOW >= WINDOW_BYTES &&
	    address - HIGH >= WINDOW_BYTES)
		abort();
}

static uint32_t read(void *context, uintptr_t address, unsigned width)
{
	struct input *input = context;
	uint32_t value = 0;

	expect_place(address, width);
	for (unsigned i = 0; i < width && input->pos < input->end; i++)
		value |= (uint32_t)*input->pos++ << (8 * i);
	return value;
}

static void write(void *context, uintptr_t address, unsigned width, uint32_t value)
{
	expect_place(address, width);
}

static void start(struct vscmi_virtio_transport *transport)
{
	static _Alignas(16) uint8_t
		memory[QUEUES][(VSCMI_VIRTQ_RING_BYTES(QUEUE_SIZE) + 15) / 16 * 16];
	static struct vscmi_virtq_driver rings[QUEUES];
	static struct vscmi_virtq_slot slots[QUEUES][QUEUE_SIZE];
	static const struct vscmi_memory_region region = { 0, sizeof(memory), memory[0] };
	static const struct vscmi_memory map = { &region, 1 };
	struct vscmi_virtio_queue_setup queues[QUEUES];
	uint64_t features, value;

	for (uint32_t i = 0; i < QUEUES; i++)
		queues[i] = (struct vscmi_virtio_queue_setup){
			.ring = &rings[i],
			.config = {
				.memory = &map,
				.ring = memory[i],
				.slots = slots[i],
				.queue_size = QUEUE_SIZE,
			},
		};
	vscmi_virtio_config_get(transport, 0, 8, &value);
	if (vscmi_virtio_start(transport, VSCMI_VIRTQ_FEATURES, queues, QUEUES,
			       &features) != VSCMI_OK)
		return;
	for (uint16_t i = 0; i < QUEUES; i++)
		transport->ops->notify(transport, i);
	transport->ops->take_interrupts(transport);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, data + size };
	const struct vscmi_registers registers = { read, write, &input };
	struct vscmi_pci_window windows[] = {
		{ .bus_address = UINT64_C(0x100000000),
		  .bytes = WINDOW_BYTES,
		  .address = HIGH },
		{ .bus_address = 0, .bytes = WINDOW_BYTES, .address = LOW },
	};
	const struct vscmi_pci_host host = {
		.registers = &registers,
		.ecam = ECAM,
		.bus_count = 1,
		.windows = windows,
		.window_count = 2,
	};
	struct vscmi_virtio_pci pci;
	uint16_t function = 0;

	vscmi_virtio_pci_find(&host, 32, &function);
	if (vscmi_virtio_pci_init(&pci, &host, function) == VSCMI_OK)
		start(&pci.transport);
	return 0;
}
