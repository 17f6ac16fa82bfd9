/* SPDX-License-Identifier: BSD-3-Clause */
#include <vscmi/link/guest.h>
#include <vscmi/virtio/mmio.h>

#include "device.h"
#include "port.h"
#include "uart.h"

#define COMMANDS      8u
#define SUBSCRIPTIONS 2u
#define MESSAGE_BYTES VSCMI_AGENT_MESSAGE_BYTES

/* One of them is used. */
static union {
	struct vscmi_virtio_mmio mmio;
	struct vscmi_virtio_pci pci;
} place;

static struct vscmi_virtio_transport *transport;
static uint32_t interrupt;
static bool edge;
static _Atomic uint32_t interrupts;

/* What the device reads and writes. The MMU maps each address to itself. */
static _Alignas(VSCMI_VIRTQ_RING_ALIGN)
	uint8_t shared[VSCMI_GUEST_LINK_SHARED_BYTES(COMMANDS, MESSAGE_BYTES)];

static struct vscmi_virtq_slot ring_slots[VSCMI_VIRTIO_QUEUES * COMMANDS];
static struct vscmi_virtio_driver_command commands[COMMANDS];
static struct vscmi_guest_link link;

static struct vscmi_slot slots[COMMANDS];
static uint8_t replies[COMMANDS * MESSAGE_BYTES];
static struct vscmi_subscription subscriptions[SUBSCRIPTIONS];
struct vscmi_agent agent;

/* Most places are empty, and a device may be of another kind. */
static bool find_mmio(const struct machine *machine)
{
	for (uint32_t i = 0; i < machine->mmio_count; i++) {
		const struct machine_mmio *at = &machine->mmio[i];
		enum vscmi_error error = vscmi_virtio_mmio_init(
			&place.mmio, &vscmi_mapped_registers, at->base);

		if (error == VSCMI_E_UNSUPPORTED)
			print("virtio-mmio at %x: a legacy device\n", at->base);
		transport = &place.mmio.transport;
		if (error ||
		    transport->ops->device_id(transport) != VSCMI_VIRTIO_DEVICE_ID)
			continue;
		interrupt = at->interrupt;
		edge = at->edge;
		print("device: virtio-mmio at %x, interrupt %u\n", at->base, interrupt);
		return true;
	}
	return false;
}

static bool find_pci(const struct machine *machine)
{
	uint16_t function;
	enum vscmi_error error;

	if (machine->pci.bus_count == 0 ||
	    vscmi_virtio_pci_find(&machine->pci, VSCMI_VIRTIO_DEVICE_ID, &function))
		return false;
	interrupt = machine_pci_interrupt(
		machine, function, vscmi_pci_interrupt_pin(&machine->pci, function));
	edge = false;
	print("device: virtio-pci, function %x, interrupt %u\n", (uint64_t)function,
	      interrupt);
	transport = &place.pci.transport;
	error = vscmi_virtio_pci_init(&place.pci, &machine->pci, function);
	if (error)
		print("virtio-pci: %s\n", vscmi_error_text(error));
	return !error;
}

bool device_find(const struct machine *machine)
{
	if (find_mmio(machine) || find_pci(machine))
		return true;
	print("no SCMI device\n");
	return false;
}

enum vscmi_error device_open(void)
{
	const struct vscmi_guest_link_config link_config = {
		.transport = transport,
		.shared = shared,
		.shared_address = (uintptr_t)shared,
		.slots = ring_slots,
		.commands = commands,
		.queue_size = COMMANDS,
		.message_bytes = MESSAGE_BYTES,
	};
	const struct vscmi_agent_config agent_config = {
		.port = &port,
		.link = &link.driver.link,
		.slots = slots,
		.slot_count = COMMANDS,
		.replies = replies,
		.message_bytes = MESSAGE_BYTES,
		.subscriptions = subscriptions,
		.subscription_count = SUBSCRIPTIONS,
	};
	enum vscmi_error error = vscmi_guest_link_init(&link, &link_config);

	return error ? error : vscmi_agent_init(&agent, &agent_config);
}

enum vscmi_error device_start(bool polling)
{
	port_poll(polling);
	if (polling)
		gic_disable(interrupt);
	else
		gic_enable(interrupt, edge);
	return vscmi_guest_link_start(&link);
}

void device_stop(void)
{
	vscmi_guest_link_stop(&link);
}

/* An edge may come again for what the handler before has taken along. */
void device_interrupt(uint32_t number)
{
	bool more = false;

	if (number == interrupt && vscmi_guest_link_interrupt(&link, &more))
		atomic_fetch_add(&interrupts, 1);
	if (more)
		port_stay_awake();
}

uint32_t device_interrupts(void)
{
	return atomic_load(&interrupts);
}
