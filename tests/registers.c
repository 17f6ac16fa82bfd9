/* SPDX-License-Identifier: BSD-3-Clause */
#include "registers.h"

#include <string.h>

#include <vscmi/virtio/transport.h>

/* Where BAR 4 has what, and how much of it. */
enum {
	COMMON = 0x0000,
	ISR = 0x1000,
	CONFIG = 0x2000,
	NOTIFY = 0x3000,
	BLOCK_BYTES = 0x1000,
	BAR_BYTES = 0x4000,
};

#define MULTIPLIER 4u

/*
 * ---- What it does, by name ----
 */

static struct registers_queue *selected(struct registers *registers)
{
	static struct registers_queue none;

	none = (struct registers_queue){ 0 };
	return registers->selected < REGISTERS_QUEUES
		       ? &registers->queues[registers->selected]
		       : &none;
}

static void set_status(struct registers *registers, uint8_t status)
{
	if (registers->status_count < sizeof(registers->statuses))
		registers->statuses[registers->status_count++] = status;
	if (status == 0) {
		registers->interrupts = 0;
		for (uint32_t i = 0; i < REGISTERS_QUEUES; i++)
			registers->queues[i].enabled = false;
		if (registers->never_resets)
			return;
	}
	if (registers->refuses_features)
		status &= (uint8_t)~VSCMI_VIRTIO_FEATURES_OK;
	registers->status = status;
}

static uint32_t features(struct registers *registers)
{
	uint32_t word = registers->features_select[0];

	return word < 2 ? (uint32_t)(registers->device_features >> 32 * word) : 0;
}

static void set_features(struct registers *registers, uint32_t value)
{
	uint32_t word = registers->features_select[1];

	if (word >= 2)
		return;
	registers->driver_features &= ~((uint64_t)UINT32_MAX << 32 * word);
	registers->driver_features |= (uint64_t)value << 32 * word;
}

static void set_area(struct registers *registers, uint32_t area, bool high,
		     uint32_t value)
{
	uint64_t *address = &selected(registers)->areas[area];
	unsigned shift = high ? 32 : 0;

	*address = (*address & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)value
									   << shift;
}

static void kick(struct registers *registers, uint32_t queue)
{
	if (queue >= REGISTERS_QUEUES) {
		registers->strays++;
		return;
	}
	registers->queues[queue].kicks++;
	if (registers->on_kick)
		registers->on_kick(registers, queue);
}

static uint32_t generation(struct registers *registers)
{
	if (registers->restless > 0) {
		registers->restless--;
		registers->generation++;
	}
	return registers->generation & 0xff;
}

static uint32_t config(struct registers *registers, uint32_t offset, unsigned width)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < width; i++)
		if (offset + i < sizeof(registers->config))
			value |= (uint32_t)registers->config[offset + i] << (8 * i);
	return value;
}

/*
 * ---- MMIO ----
 */

static uint32_t mmio_read(struct registers *registers, uint32_t offset, unsigned width)
{
	if (offset >= 0x100)
		return config(registers, offset - 0x100, width);
	if (width != 4)
		registers->strays++;
	switch (offset) {
	case 0x00:
		return registers->magic;
	case 0x04:
		return registers->version;
	case 0x08:
		return registers->device_id;
	case 0x10:
		return features(registers);
	case 0x34:
		return selected(registers)->size_max;
	case 0x44:
		return selected(registers)->enabled;
	case 0x60:
		return registers->interrupts;
	case 0x70:
		return registers->status;
	case 0xfc:
		return generation(registers);
	default:
		registers->strays++;
		return 0;
	}
}

static void mmio_write(struct registers *registers, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case 0x14:
		registers->features_select[0] = value;
		break;
	case 0x20:
		set_features(registers, value);
		break;
	case 0x24:
		registers->features_select[1] = value;
		break;
	case 0x30:
		registers->selected = value;
		break;
	case 0x38:
		selected(registers)->size = value;
		break;
	case 0x44:
		selected(registers)->enabled = value;
		break;
	case 0x50:
		kick(registers, value);
		break;
	case 0x64:
		registers->interrupts &= ~value;
		break;
	case 0x70:
		set_status(registers, (uint8_t)value);
		break;
	case 0x80:
	case 0x84:
	case 0x90:
	case 0x94:
	case 0xa0:
	case 0xa4:
		set_area(registers, (offset >> 4) - 8, offset & 4, value);
		break;
	default:
		registers->strays++;
	}
}

/*
 * ---- PCI ----
 */

static uint32_t common_read(struct registers *registers, uint32_t offset)
{
	switch (offset) {
	case 4:
		return features(registers);
	case 18:
		return REGISTERS_QUEUES;
	case 20:
		return registers->status;
	case 21:
		return generation(registers);
	case 24: /* beyond the last queue it means nothing */
		return registers->selected < REGISTERS_QUEUES
			       ? selected(registers)->size_max
			       : 64;
	case 28:
		return selected(registers)->enabled;
	case 30:
		return selected(registers)->notify_offset;
	default:
		registers->strays++;
		return 0;
	}
}

static void common_write(struct registers *registers, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case 0:
		registers->features_select[0] = value;
		break;
	case 8:
		registers->features_select[1] = value;
		break;
	case 12:
		set_features(registers, value);
		break;
	case 20:
		set_status(registers, (uint8_t)value);
		break;
	case 22:
		registers->selected = value;
		break;
	case 24:
		selected(registers)->size = value;
		break;
	case 28:
		selected(registers)->enabled = value;
		break;
	case 32:
	case 36:
	case 40:
	case 44:
	case 48:
	case 52:
		set_area(registers, (offset - 32) / 8, offset & 4, value);
		break;
	default:
		registers->strays++;
	}
}

/* The offset in BAR 4 of an address in the window; BAR_BYTES if it does not decode that. */
static uint32_t in_bar(const struct registers *registers, uint32_t offset)
{
	uint64_t address = REGISTERS_BUS + (uint64_t)offset;
	const struct registers_bar *bar = &registers->bars[4];
	bool decodes = registers->space[4] & 2;

	return decodes && bar->bytes && address >= bar->value &&
			       address - bar->value < bar->bytes
		       ? (uint32_t)(address - bar->value)
		       : BAR_BYTES;
}

static uint32_t bar_read(struct registers *registers, uint32_t offset, unsigned width)
{
	uint32_t interrupts;

	switch (offset / BLOCK_BYTES * BLOCK_BYTES) {
	case COMMON:
		return common_read(registers, offset);
	case ISR:
		interrupts = registers->interrupts;
		registers->interrupts = 0;
		return interrupts;
	case CONFIG:
		return config(registers, offset - CONFIG, width);
	default:
		registers->strays++;
		return 0;
	}
}

static void bar_write(struct registers *registers, uint32_t offset, uint32_t value)
{
	if (offset < ISR)
		common_write(registers, offset, value);
	else if (offset >= NOTIFY && offset < BAR_BYTES)
		kick(registers, (offset - NOTIFY) / MULTIPLIER);
	else
		registers->strays++;
}

static uint32_t space_read(struct registers *registers, uint32_t offset, unsigned width)
{
	uint32_t value = 0, index = (offset - 0x10) / 4;

	if (offset >= 0x10 && index < VSCMI_PCI_BARS) {
		const struct registers_bar *bar = &registers->bars[index];

		if (index > 0 && (bar[-1].flags & 4))
			return (uint32_t)(bar[-1].value >> 32);
		return (uint32_t)bar->value | bar->flags;
	}
	for (unsigned i = 0; i < width; i++)
		value |= (uint32_t)registers->space[offset + i] << (8 * i);
	return value;
}

static void space_write(struct registers *registers, uint32_t offset, unsigned width,
			uint32_t value)
{
	uint32_t index = (offset - 0x10) / 4;
	struct registers_bar *bar = &registers->bars[index % VSCMI_PCI_BARS];

	if (offset < 0x10 || index >= VSCMI_PCI_BARS) {
		registers_space(registers, offset, width, value);
		return;
	}
	if (registers->space[4] & 2)
		registers->strays++; /* it decodes while it is moved */
	if (index > 0 && (bar[-1].flags & 4)) {
		bar--;
		bar->value = (bar->value & UINT32_MAX) | (uint64_t)value << 32;
	} else {
		bar->value = (bar->value & ~(uint64_t)UINT32_MAX) | value;
	}
	bar->value = bar->bytes ? bar->value & ~(bar->bytes - 1) : 0;
	if (!(bar->flags & 4))
		bar->value &= UINT32_MAX;
}

/* Elsewhere: nothing, but for the first function of our device. */
static uint32_t other_read(uint32_t function, uint32_t offset, unsigned width)
{
	if (function != (REGISTERS_FUNCTION & ~7u))
		return UINT32_MAX >> (32 - 8 * width);
	return offset == 0x0e ? 0x80 : 0x12345678;
}

/*
 * ---- All of it ----
 */

static uint32_t read(void *context, uintptr_t address, unsigned width)
{
	struct registers *registers = context;
	uint32_t offset;

	registers->reads++;
	if (address % width != 0)
		registers->strays++;
	if (address - REGISTERS_MMIO < 0x200)
		return mmio_read(registers, (uint32_t)(address - REGISTERS_MMIO), width);
	if (address - REGISTERS_WINDOW < REGISTERS_BYTES) {
		offset = in_bar(registers, (uint32_t)(address - REGISTERS_WINDOW));
		return bar_read(registers, offset, width);
	}
	if (address < REGISTERS_ECAM) {
		registers->strays++;
		return 0;
	}
	offset = (uint32_t)(address - REGISTERS_ECAM);
	return offset / 4096 == REGISTERS_FUNCTION
		       ? space_read(registers, offset % 4096, width)
		       : other_read(offset / 4096, offset % 4096, width);
}

static void write(void *context, uintptr_t address, unsigned width, uint32_t value)
{
	struct registers *registers = context;

	if (address % width != 0)
		registers->strays++;
	if (address - REGISTERS_MMIO < 0x200)
		mmio_write(registers, (uint32_t)(address - REGISTERS_MMIO), value);
	else if (address - REGISTERS_WINDOW < REGISTERS_BYTES)
		bar_write(registers,
			  in_bar(registers, (uint32_t)(address - REGISTERS_WINDOW)),
			  value);
	else if ((address - REGISTERS_ECAM) / 4096 == REGISTERS_FUNCTION)
		space_write(registers, (address - REGISTERS_ECAM) % 4096, width, value);
	else
		registers->strays++;
}

void registers_space(struct registers *registers, uint32_t offset, unsigned width,
		     uint32_t value)
{
	for (unsigned i = 0; i < width; i++)
		registers->space[offset + i] = (uint8_t)(value >> (8 * i));
}

static void put_capability(struct registers *registers, uint32_t at, uint8_t next,
			   uint8_t type, uint32_t offset)
{
	bool notify = type == 2;

	registers_space(registers, at, 1, 0x09);
	registers_space(registers, at + 1, 1, next);
	registers_space(registers, at + 2, 1, notify ? 20 : 16);
	registers_space(registers, at + 3, 1, type);
	registers_space(registers, at + 4, 1, 4);
	registers_space(registers, at + 8, 4, offset);
	registers_space(registers, at + 12, 4, BLOCK_BYTES);
	if (notify)
		registers_space(registers, at + 16, 4, MULTIPLIER);
}

static void init_space(struct registers *registers, uint32_t device_id)
{
	registers_space(registers, 0x00, 2, 0x1af4);
	registers_space(registers, 0x02, 2, 0x1040 + device_id);
	registers_space(registers, 0x06, 2, 0x0010);
	registers_space(registers, 0x34, 1, REGISTERS_CAP_COMMON);
	registers_space(registers, 0x3d, 1, 1);
	put_capability(registers, REGISTERS_CAP_COMMON, REGISTERS_CAP_ISR, 1, COMMON);
	put_capability(registers, REGISTERS_CAP_ISR, REGISTERS_CAP_DEVICE, 3, ISR);
	put_capability(registers, REGISTERS_CAP_DEVICE, REGISTERS_CAP_NOTIFY, 4, CONFIG);
	put_capability(registers, REGISTERS_CAP_NOTIFY, REGISTERS_CAP_MSI_X, 2, NOTIFY);
	registers_space(registers, REGISTERS_CAP_MSI_X, 1, 0x11);
	registers_space(registers, REGISTERS_CAP_MSI_X + 2, 2, 0x8003);
	registers->bars[1].bytes = 0x1000;
	registers->bars[4] = (struct registers_bar){ .flags = 4, .bytes = BAR_BYTES };
}

void registers_init(struct registers *registers, uint32_t device_id)
{
	*registers = (struct registers){
		.access = { .read = read, .write = write, .context = registers },
		.magic = 0x74726976,
		.version = 2,
		.device_id = device_id,
		.device_features = REGISTERS_FEATURES,
		.window = {
			.bus_address = REGISTERS_BUS,
			.bytes = REGISTERS_BYTES,
			.address = REGISTERS_WINDOW,
		},
		.host = {
			.registers = &registers->access,
			.ecam = REGISTERS_ECAM,
			.bus_count = 1,
			.windows = &registers->window,
			.window_count = 1,
		},
	};
	for (uint32_t i = 0; i < REGISTERS_QUEUES; i++)
		registers->queues[i] = (struct registers_queue){
			.size_max = 64,
			.notify_offset = i,
		};
	init_space(registers, device_id);
}

enum vscmi_error registers_mmio(struct registers *registers,
				struct vscmi_virtio_mmio *mmio)
{
	return vscmi_virtio_mmio_init(mmio, &registers->access, REGISTERS_MMIO);
}

enum vscmi_error registers_pci(struct registers *registers, struct vscmi_virtio_pci *pci)
{
	return vscmi_virtio_pci_init(pci, &registers->host, REGISTERS_FUNCTION);
}
