/* SPDX-License-Identifier: BSD-3-Clause */
#include <vscmi/virtio/mmio.h>

/* Virtio 1.2, "MMIO Device Register Layout". */
enum {
	MAGIC_VALUE = 0x00,
	VERSION = 0x04,
	DEVICE_ID = 0x08,
	DEVICE_FEATURES = 0x10,
	DEVICE_FEATURES_SELECT = 0x14,
	DRIVER_FEATURES = 0x20,
	DRIVER_FEATURES_SELECT = 0x24,
	QUEUE_SELECT = 0x30,
	QUEUE_SIZE_MAX = 0x34,
	QUEUE_SIZE = 0x38,
	QUEUE_READY = 0x44,
	QUEUE_NOTIFY = 0x50,
	INTERRUPT_STATUS = 0x60,
	INTERRUPT_ACKNOWLEDGE = 0x64,
	STATUS = 0x70,
	QUEUE_DESCRIPTOR_AREA = 0x80, /* and its high word after it; so the next two */
	QUEUE_DRIVER_AREA = 0x90,
	QUEUE_DEVICE_AREA = 0xa0,
	CONFIG_GENERATION = 0xfc,
	CONFIG = 0x100,
};

#define MAGIC 0x74726976u /* "virt" */

static struct vscmi_virtio_mmio *mmio_of(struct vscmi_virtio_transport *transport)
{
	return (struct vscmi_virtio_mmio *)transport; /* its first member */
}

static uint32_t get(struct vscmi_virtio_transport *transport, uint32_t offset)
{
	const struct vscmi_virtio_mmio *mmio = mmio_of(transport);

	return mmio->registers->read(mmio->registers->context, mmio->base + offset, 4);
}

static void put(struct vscmi_virtio_transport *transport, uint32_t offset, uint32_t value)
{
	const struct vscmi_virtio_mmio *mmio = mmio_of(transport);

	mmio->registers->write(mmio->registers->context, mmio->base + offset, 4, value);
}

static void put64(struct vscmi_virtio_transport *transport, uint32_t offset,
		  uint64_t value)
{
	put(transport, offset, (uint32_t)value);
	put(transport, offset + 4, (uint32_t)(value >> 32));
}

static uint32_t device_id(struct vscmi_virtio_transport *transport)
{
	return get(transport, DEVICE_ID);
}

static uint8_t status(struct vscmi_virtio_transport *transport)
{
	return (uint8_t)get(transport, STATUS);
}

static void set_status(struct vscmi_virtio_transport *transport, uint8_t value)
{
	put(transport, STATUS, value);
}

static uint64_t device_features(struct vscmi_virtio_transport *transport)
{
	uint64_t features;

	put(transport, DEVICE_FEATURES_SELECT, 1);
	features = (uint64_t)get(transport, DEVICE_FEATURES) << 32;
	put(transport, DEVICE_FEATURES_SELECT, 0);
	return features | get(transport, DEVICE_FEATURES);
}

static void set_driver_features(struct vscmi_virtio_transport *transport,
				uint64_t features)
{
	put(transport, DRIVER_FEATURES_SELECT, 1);
	put(transport, DRIVER_FEATURES, (uint32_t)(features >> 32));
	put(transport, DRIVER_FEATURES_SELECT, 0);
	put(transport, DRIVER_FEATURES, (uint32_t)features);
}

static uint16_t queue_size_max(struct vscmi_virtio_transport *transport, uint16_t queue)
{
	uint32_t size;

	put(transport, QUEUE_SELECT, queue);
	size = get(transport, QUEUE_SIZE_MAX);
	return size < UINT16_MAX ? (uint16_t)size : UINT16_MAX;
}

static enum vscmi_error queue_enable(struct vscmi_virtio_transport *transport,
				     uint16_t queue, uint16_t size,
				     const struct vscmi_virtq_areas *areas)
{
	put(transport, QUEUE_SELECT, queue);
	if (get(transport, QUEUE_READY) != 0)
		return VSCMI_E_BUSY;
	put(transport, QUEUE_SIZE, size);
	put64(transport, QUEUE_DESCRIPTOR_AREA, areas->descriptor_area);
	put64(transport, QUEUE_DRIVER_AREA, areas->driver_area);
	put64(transport, QUEUE_DEVICE_AREA, areas->device_area);
	put(transport, QUEUE_READY, 1);
	return VSCMI_OK;
}

static void notify(struct vscmi_virtio_transport *transport, uint16_t queue)
{
	put(transport, QUEUE_NOTIFY, queue);
}

static uint32_t take_interrupts(struct vscmi_virtio_transport *transport)
{
	uint32_t interrupts = get(transport, INTERRUPT_STATUS);

	if (interrupts)
		put(transport, INTERRUPT_ACKNOWLEDGE, interrupts);
	return interrupts;
}

static uint32_t config_generation(struct vscmi_virtio_transport *transport)
{
	return get(transport, CONFIG_GENERATION);
}

static uint32_t config_read(struct vscmi_virtio_transport *transport, uint32_t offset,
			    unsigned width)
{
	const struct vscmi_virtio_mmio *mmio = mmio_of(transport);

	return mmio->registers->read(mmio->registers->context,
				     mmio->base + CONFIG + offset, width);
}

static const struct vscmi_virtio_transport_ops ops = {
	.ops_size = sizeof(ops),
	.device_id = device_id,
	.status = status,
	.set_status = set_status,
	.device_features = device_features,
	.set_driver_features = set_driver_features,
	.queue_size_max = queue_size_max,
	.queue_enable = queue_enable,
	.notify = notify,
	.take_interrupts = take_interrupts,
	.config_generation = config_generation,
	.config_read = config_read,
};

enum vscmi_error vscmi_virtio_mmio_init(struct vscmi_virtio_mmio *mmio,
					const struct vscmi_registers *registers,
					uintptr_t base)
{
	*mmio = (struct vscmi_virtio_mmio){
		.transport = { .ops = &ops },
		.registers = registers,
		.base = base,
	};
	if (get(&mmio->transport, MAGIC_VALUE) != MAGIC)
		return VSCMI_E_MALFORMED;
	/* Empty places of a machine have 0 here, whatever their version. */
	if (get(&mmio->transport, DEVICE_ID) == 0)
		return VSCMI_E_NOT_READY;
	if (get(&mmio->transport, VERSION) != 2)
		return VSCMI_E_UNSUPPORTED;
	return VSCMI_OK;
}
