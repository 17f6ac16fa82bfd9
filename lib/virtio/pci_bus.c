/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <string.h>

#include "virtio/pci_bus.h"

#define MULTIFUNCTION          0x80u
#define FUNCTIONS_OF_A_BUS     256u
#define FUNCTIONS_OF_A_DEVICE  8u
#define CONFIG_BYTES_WITH_PCIE 4096u

/* In a BAR. */
#define BAR_IO      0x1u
#define BAR_64_BITS 0x4u
#define BAR_FLAGS   UINT64_C(0xf)

static uintptr_t config_address(const struct vscmi_pci_host *host, uint16_t function,
				uint32_t offset)
{
	return host->ecam + (uintptr_t)function * CONFIG_BYTES_WITH_PCIE + offset;
}

uint32_t vscmi_pci_config_read(const struct vscmi_pci_host *host, uint16_t function,
			       uint32_t offset, unsigned width)
{
	return host->registers->read(host->registers->context,
				     config_address(host, function, offset), width);
}

void vscmi_pci_config_write(const struct vscmi_pci_host *host, uint16_t function,
			    uint32_t offset, unsigned width, uint32_t value)
{
	host->registers->write(host->registers->context,
			       config_address(host, function, offset), width, value);
}

/* Where there is no function all bits are 1. */
static bool is_alone(const struct vscmi_pci_host *host, uint16_t function, uint32_t id)
{
	return id == UINT32_MAX ||
	       !(vscmi_pci_config_read(host, function, VSCMI_PCI_HEADER_TYPE, 1) &
		 MULTIFUNCTION);
}

enum vscmi_error vscmi_virtio_pci_find(const struct vscmi_pci_host *host,
				       uint32_t device_id, uint16_t *ret_function)
{
	uint32_t wanted = VSCMI_PCI_VIRTIO_VENDOR | (VSCMI_PCI_VIRTIO_DEVICE + device_id)
							    << 16;
	uint32_t number = 0, end = host->bus_count * FUNCTIONS_OF_A_BUS;

	while (number < end) {
		uint16_t function = (uint16_t)number;
		uint32_t id =
			vscmi_pci_config_read(host, function, VSCMI_PCI_VENDOR_ID, 4);
		bool first = number % FUNCTIONS_OF_A_DEVICE == 0;

		if (id == wanted) {
			*ret_function = function;
			return VSCMI_OK;
		}
		number +=
			first && is_alone(host, function, id) ? FUNCTIONS_OF_A_DEVICE : 1;
	}
	return VSCMI_E_NOT_READY;
}

uint8_t vscmi_pci_interrupt_pin(const struct vscmi_pci_host *host, uint16_t function)
{
	uint32_t pin = vscmi_pci_config_read(host, function, VSCMI_PCI_INTERRUPT_PIN, 1);

	return pin <= 4 ? (uint8_t)pin : 0;
}

/*
 * ---- BARs ----
 */

struct bar {
	uint64_t bus_address; /* 0: none was given */
	uint64_t bytes;       /* 0: no memory */
	bool wide;            /* of 64 bits: it takes the next BAR too */
};

static uint64_t bar_read(const struct vscmi_pci_host *host, uint16_t function,
			 uint32_t offset, bool wide)
{
	uint64_t value = vscmi_pci_config_read(host, function, offset, 4);

	if (wide)
		value |= (uint64_t)vscmi_pci_config_read(host, function, offset + 4, 4)
			 << 32;
	return value;
}

static void bar_write(const struct vscmi_pci_host *host, uint16_t function,
		      uint32_t offset, bool wide, uint64_t value)
{
	vscmi_pci_config_write(host, function, offset, 4, (uint32_t)value);
	if (wide)
		vscmi_pci_config_write(host, function, offset + 4, 4,
				       (uint32_t)(value >> 32));
}

/* The lowest address bit that can be set is the size. The function must not decode now. */
static struct bar bar_look(const struct vscmi_pci_host *host, uint16_t function,
			   uint32_t index)
{
	uint32_t offset = VSCMI_PCI_BAR_0 + 4 * index;
	uint32_t low = vscmi_pci_config_read(host, function, offset, 4);
	struct bar bar = { .wide = !(low & BAR_IO) && (low & BAR_64_BITS) &&
				   index + 1 < VSCMI_PCI_BARS };
	uint64_t value = bar_read(host, function, offset, bar.wide), mask;

	if (low & BAR_IO)
		return bar;
	bar_write(host, function, offset, bar.wide, UINT64_MAX);
	mask = bar_read(host, function, offset, bar.wide) & ~BAR_FLAGS;
	bar_write(host, function, offset, bar.wide, value);
	bar.bus_address = value & ~BAR_FLAGS;
	bar.bytes = mask & (~mask + 1);
	return bar;
}

/* Where the CPU finds a BAR that has an address. */
static struct vscmi_pci_block bar_find(const struct vscmi_pci_host *host,
				       const struct bar *bar)
{
	for (uint32_t i = 0; i < host->window_count; i++) {
		const struct vscmi_pci_window *window = &host->windows[i];
		uint64_t offset = bar->bus_address - window->bus_address;

		if (bar->bus_address >= window->bus_address && offset < window->bytes &&
		    bar->bytes <= window->bytes - offset)
			return (struct vscmi_pci_block){
				.address = window->address + (uintptr_t)offset,
				.bytes = bar->bytes < UINT32_MAX ? (uint32_t)bar->bytes
								 : UINT32_MAX,
			};
	}
	return (struct vscmi_pci_block){ 0 };
}

/* Take room for a BAR from a window: its address is a multiple of its size. */
static bool bar_choose(const struct vscmi_pci_host *host, struct bar *bar)
{
	for (uint32_t i = 0; i < host->window_count; i++) {
		struct vscmi_pci_window *window = &host->windows[i];
		uint64_t next = window->bus_address + window->used;
		uint64_t skip = (~next + 1) & (bar->bytes - 1);
		uint64_t room = window->bytes - window->used, last;

		if (next + skip == 0)
			skip = bar->bytes; /* address 0 would look like none */
		last = next + skip + bar->bytes - 1;

		if (room <= skip || room - skip < bar->bytes ||
		    (last > UINT32_MAX && !bar->wide))
			continue;
		bar->bus_address = next + skip;
		window->used += skip + bar->bytes;
		return true;
	}
	return false;
}

enum vscmi_error vscmi_pci_place_bars(const struct vscmi_pci_host *host,
				      uint16_t function,
				      struct vscmi_pci_block bars[VSCMI_PCI_BARS])
{
	uint32_t command = vscmi_pci_config_read(host, function, VSCMI_PCI_COMMAND, 2);
	const uint32_t off = VSCMI_PCI_COMMAND_MEMORY | VSCMI_PCI_COMMAND_NO_INTERRUPT;

	vscmi_pci_config_write(host, function, VSCMI_PCI_COMMAND, 2, command & ~off);
	memset(bars, 0, VSCMI_PCI_BARS * sizeof(bars[0]));
	for (uint32_t i = 0; i < VSCMI_PCI_BARS; i++) {
		struct bar bar = bar_look(host, function, i);

		if (bar.bytes && bar.bus_address == 0) {
			if (!bar_choose(host, &bar))
				return VSCMI_E_TOO_BIG;
			bar_write(host, function, VSCMI_PCI_BAR_0 + 4 * i, bar.wide,
				  bar.bus_address);
		}
		if (bar.bytes)
			bars[i] = bar_find(host, &bar);
		i += bar.wide;
	}
	vscmi_pci_config_write(host, function, VSCMI_PCI_COMMAND, 2,
			       (command & ~off) | VSCMI_PCI_COMMAND_MEMORY |
				       VSCMI_PCI_COMMAND_MASTER);
	return VSCMI_OK;
}
