/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>

#include "virtio/pci_bus.h"

/* Virtio 1.2, "Common configuration structure layout". */
enum {
	DEVICE_FEATURE_SELECT = 0,
	DEVICE_FEATURE = 4,
	DRIVER_FEATURE_SELECT = 8,
	DRIVER_FEATURE = 12,
	CONFIG_VECTOR = 16,
	QUEUE_COUNT = 18,
	DEVICE_STATUS = 20,
	CONFIG_GENERATION = 21,
	QUEUE_SELECT = 22,
	QUEUE_SIZE = 24,
	QUEUE_VECTOR = 26,
	QUEUE_ENABLE = 28,
	QUEUE_NOTIFY_OFFSET = 30,
	QUEUE_DESCRIPTOR_AREA = 32, /* and its high word after it; so the next two */
	QUEUE_DRIVER_AREA = 40,
	QUEUE_DEVICE_AREA = 48,
	COMMON_BYTES = 56,
};

static struct vscmi_virtio_pci *pci_of(struct vscmi_virtio_transport *transport)
{
	return (struct vscmi_virtio_pci *)transport; /* its first member */
}

static uint32_t get(struct vscmi_virtio_transport *transport, uint32_t offset,
		    unsigned width)
{
	const struct vscmi_virtio_pci *pci = pci_of(transport);

	return pci->registers->read(pci->registers->context, pci->common.address + offset,
				    width);
}

static void put(struct vscmi_virtio_transport *transport, uint32_t offset, unsigned width,
		uint32_t value)
{
	const struct vscmi_virtio_pci *pci = pci_of(transport);

	pci->registers->write(pci->registers->context, pci->common.address + offset,
			      width, value);
}

static void put64(struct vscmi_virtio_transport *transport, uint32_t offset,
		  uint64_t value)
{
	put(transport, offset, 4, (uint32_t)value);
	put(transport, offset + 4, 4, (uint32_t)(value >> 32));
}

/*
 * ---- The transport ----
 */

static uint32_t device_id(struct vscmi_virtio_transport *transport)
{
	return pci_of(transport)->device_id;
}

static uint8_t status(struct vscmi_virtio_transport *transport)
{
	return (uint8_t)get(transport, DEVICE_STATUS, 1);
}

static void set_status(struct vscmi_virtio_transport *transport, uint8_t value)
{
	put(transport, DEVICE_STATUS, 1, value);
}

static uint64_t device_features(struct vscmi_virtio_transport *transport)
{
	uint64_t features;

	put(transport, DEVICE_FEATURE_SELECT, 4, 1);
	features = (uint64_t)get(transport, DEVICE_FEATURE, 4) << 32;
	put(transport, DEVICE_FEATURE_SELECT, 4, 0);
	return features | get(transport, DEVICE_FEATURE, 4);
}

static void set_driver_features(struct vscmi_virtio_transport *transport,
				uint64_t features)
{
	put(transport, DRIVER_FEATURE_SELECT, 4, 1);
	put(transport, DRIVER_FEATURE, 4, (uint32_t)(features >> 32));
	put(transport, DRIVER_FEATURE_SELECT, 4, 0);
	put(transport, DRIVER_FEATURE, 4, (uint32_t)features);
}

static uint16_t queue_size_max(struct vscmi_virtio_transport *transport, uint16_t queue)
{
	if (queue >= get(transport, QUEUE_COUNT, 2))
		return 0;
	put(transport, QUEUE_SELECT, 2, queue);
	return (uint16_t)get(transport, QUEUE_SIZE, 2);
}

/* Where the selected queue is kicked, at any address; false if that is not inside the doorbells. */
static bool find_doorbell(struct vscmi_virtio_transport *transport,
			  uintptr_t *ret_address)
{
	const struct vscmi_virtio_pci *pci = pci_of(transport);
	uint64_t offset =
		(uint64_t)get(transport, QUEUE_NOTIFY_OFFSET, 2) * pci->notify_multiplier;

	if (offset % 2 != 0 || offset > pci->notify.bytes ||
	    pci->notify.bytes - offset < 2)
		return false;
	*ret_address = pci->notify.address + (uintptr_t)offset;
	return true;
}

static enum vscmi_error queue_enable(struct vscmi_virtio_transport *transport,
				     uint16_t queue, uint16_t size,
				     const struct vscmi_virtq_areas *areas)
{
	struct vscmi_virtio_pci *pci = pci_of(transport);

	put(transport, QUEUE_SELECT, 2, queue);
	if (get(transport, QUEUE_ENABLE, 2) != 0)
		return VSCMI_E_BUSY;
	if (!find_doorbell(transport, &pci->doorbells[queue]))
		return VSCMI_E_MALFORMED;
	put(transport, QUEUE_SIZE, 2, size);
	put64(transport, QUEUE_DESCRIPTOR_AREA, areas->descriptor_area);
	put64(transport, QUEUE_DRIVER_AREA, areas->driver_area);
	put64(transport, QUEUE_DEVICE_AREA, areas->device_area);
	put(transport, QUEUE_ENABLE, 2, 1);
	return VSCMI_OK;
}

static void notify(struct vscmi_virtio_transport *transport, uint16_t queue)
{
	const struct vscmi_virtio_pci *pci = pci_of(transport);

	pci->registers->write(pci->registers->context, pci->doorbells[queue], 2, queue);
}

/* To read it is to acknowledge. */
static uint32_t take_interrupts(struct vscmi_virtio_transport *transport)
{
	const struct vscmi_virtio_pci *pci = pci_of(transport);

	return pci->registers->read(pci->registers->context, pci->isr.address, 1);
}

static uint32_t config_generation(struct vscmi_virtio_transport *transport)
{
	return get(transport, CONFIG_GENERATION, 1);
}

static uint32_t config_read(struct vscmi_virtio_transport *transport, uint32_t offset,
			    unsigned width)
{
	const struct vscmi_virtio_pci *pci = pci_of(transport);

	if (offset > pci->device.bytes || width > pci->device.bytes - offset)
		return 0;
	return pci->registers->read(pci->registers->context, pci->device.address + offset,
				    width);
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

/*
 * ---- The capabilities ----
 */

#define CAPABILITY_MSI_X  0x11u
#define CAPABILITY_VENDOR 0x09u
#define MSI_X_ENABLE      0x8000u

/* Each takes 4 bytes at least, so that a list with more of them goes in circles. */
#define CAPABILITIES_MAX ((VSCMI_PCI_CONFIG_BYTES - VSCMI_PCI_HEADER_END) / 4)

/* Virtio 1.2, "Virtio Structure PCI Capabilities". */
enum {
	CAP_NEXT = 1,
	CAP_LENGTH = 2,
	CAP_TYPE = 3,
	CAP_BAR = 4,
	CAP_OFFSET = 8,
	CAP_BLOCK_LENGTH = 12,
	CAP_BYTES = 16,
	CAP_NOTIFY_MULTIPLIER = 16,
	CAP_NOTIFY_BYTES = 20,
};

enum {
	TYPE_COMMON = 1,
	TYPE_NOTIFY,
	TYPE_ISR,
	TYPE_DEVICE,
	TYPES,
};

static const uint8_t alignments[TYPES] = {
	[TYPE_COMMON] = 4,
	[TYPE_NOTIFY] = 2,
	[TYPE_ISR] = 1,
	[TYPE_DEVICE] = 4,
};

struct walk {
	const struct vscmi_pci_host *host;
	uint16_t function;
	struct vscmi_pci_block bars[VSCMI_PCI_BARS];
};

static uint32_t look(const struct walk *walk, uint32_t offset, unsigned width)
{
	return vscmi_pci_config_read(walk->host, walk->function, offset, width);
}

/* The registers that a capability means; none if they are not aligned, whole and in a BAR. */
static struct vscmi_pci_block block_at(const struct walk *walk, uint32_t at,
				       uint32_t alignment)
{
	uint32_t bar = look(walk, at + CAP_BAR, 1);
	uint32_t offset = look(walk, at + CAP_OFFSET, 4);
	uint32_t bytes = look(walk, at + CAP_BLOCK_LENGTH, 4);

	if (bar >= VSCMI_PCI_BARS || offset % alignment != 0 ||
	    offset > walk->bars[bar].bytes || bytes > walk->bars[bar].bytes - offset)
		return (struct vscmi_pci_block){ 0 };
	return (struct vscmi_pci_block){ walk->bars[bar].address + offset, bytes };
}

/* The first of each type that can be used is the one to use. */
static void see_virtio(struct vscmi_virtio_pci *pci, const struct walk *walk, uint32_t at)
{
	struct vscmi_pci_block block;
	uint32_t length = look(walk, at + CAP_LENGTH, 1);
	uint32_t type = look(walk, at + CAP_TYPE, 1);

	if (length < CAP_BYTES || length > VSCMI_PCI_CONFIG_BYTES - at || type >= TYPES ||
	    !alignments[type])
		return;
	block = block_at(walk, at, alignments[type]);
	switch (type) {
	case TYPE_COMMON:
		if (!pci->common.bytes && block.bytes >= COMMON_BYTES)
			pci->common = block;
		break;
	case TYPE_NOTIFY:
		if (pci->notify.bytes || length < CAP_NOTIFY_BYTES)
			break;
		pci->notify = block;
		pci->notify_multiplier = look(walk, at + CAP_NOTIFY_MULTIPLIER, 4);
		break;
	case TYPE_ISR:
		if (!pci->isr.bytes)
			pci->isr = block;
		break;
	case TYPE_DEVICE:
		if (!pci->device.bytes)
			pci->device = block;
		break;
	}
}

static void see_msi_x(const struct walk *walk, uint32_t at)
{
	uint32_t control = look(walk, at + 2, 2);

	vscmi_pci_config_write(walk->host, walk->function, at + 2, 2,
			       control & ~MSI_X_ENABLE);
}

static void walk_capabilities(struct vscmi_virtio_pci *pci, const struct walk *walk)
{
	uint32_t at;

	if (!(look(walk, VSCMI_PCI_STATUS, 2) & VSCMI_PCI_STATUS_CAPABILITIES))
		return;
	at = look(walk, VSCMI_PCI_CAPABILITIES, 1) & 0xfc;
	for (uint32_t i = 0; i < CAPABILITIES_MAX && at >= VSCMI_PCI_HEADER_END; i++) {
		uint32_t id = look(walk, at, 1);

		if (id == CAPABILITY_VENDOR)
			see_virtio(pci, walk, at);
		else if (id == CAPABILITY_MSI_X)
			see_msi_x(walk, at);
		at = look(walk, at + CAP_NEXT, 1) & 0xfc;
	}
}

enum vscmi_error vscmi_virtio_pci_init(struct vscmi_virtio_pci *pci,
				       const struct vscmi_pci_host *host,
				       uint16_t function)
{
	struct walk walk = { .host = host, .function = function };
	enum vscmi_error error = vscmi_pci_place_bars(host, function, walk.bars);

	if (error)
		return error;
	*pci = (struct vscmi_virtio_pci){
		.transport = { .ops = &ops },
		.registers = host->registers,
		.device_id =
			look(&walk, VSCMI_PCI_DEVICE_ID, 2) - VSCMI_PCI_VIRTIO_DEVICE,
	};
	walk_capabilities(pci, &walk);
	if (!pci->common.bytes || !pci->notify.bytes || !pci->isr.bytes)
		return VSCMI_E_MALFORMED;
	return VSCMI_OK;
}
