/* SPDX-License-Identifier: BSD-3-Clause */
/* Device end of a split virtqueue. The letters at the barriers are those of ring.h. */
#include <stddef.h>

#include "virtio/ring.h"

/* An area of the ring, aligned for the driver that names it and for our accesses to it.
 */
static void *area_at(const struct vscmi_memory *memory, uint64_t address, size_t bytes,
		     unsigned alignment)
{
	uint8_t *host = vscmi_memory_at(memory, address, bytes);

	return (address | (uintptr_t)host) % alignment == 0 ? host : NULL;
}

enum vscmi_error vscmi_virtq_device_init(struct vscmi_virtq_device *device,
					 const struct vscmi_virtq_device_config *config)
{
	struct vscmi_virtq_device fresh = {
		.memory = config->memory,
		.queue_size = config->queue_size,
		.indirect = config->features & VSCMI_VIRTIO_F_INDIRECT_DESC,
		.event_idx = config->features & VSCMI_VIRTIO_F_EVENT_IDX,
		.next_available = config->base,
		.seen_available = config->base,
	};

	if (!vscmi_virtq_features_are_ours(config->features))
		return VSCMI_E_UNSUPPORTED;
	if (!vscmi_virtq_size_is_valid(config->queue_size))
		return VSCMI_E_INVALID;
	fresh.descriptors = area_at(config->memory, config->areas.descriptor_area,
				    VSCMI_DESCRIPTOR_BYTES * config->queue_size, 16);
	fresh.available = area_at(config->memory, config->areas.driver_area,
				  VSCMI_RING_AVAILABLE_BYTES(config->queue_size), 2);
	fresh.used = area_at(config->memory, config->areas.device_area,
			     VSCMI_RING_USED_BYTES(config->queue_size), 4);
	if (!fresh.descriptors || !fresh.available || !fresh.used)
		return VSCMI_E_INVALID;
	/* Ours to write, and the only place that outlives a device that was restarted. */
	fresh.next_used = vscmi_ring_load(&fresh.used->index, memory_order_relaxed);
	fresh.published_used = fresh.next_used;
	*device = fresh;
	/* With EVENT_IDX they stay zero, whatever a device before this one left there. */
	vscmi_ring_store(&device->used->flags, 0, memory_order_relaxed);
	vscmi_virtq_device_enable_kicks(device);
	return VSCMI_OK;
}

/* Whether there is a chain to take; if not, and kicks are on, the next one kicks. */
bool vscmi_virtq_device_has_next(struct vscmi_virtq_device *device)
{
	uint16_t index, ahead;

	if (device->broken)
		return false;
	if (device->seen_available != device->next_available)
		return true;
	if (device->kicks_enabled && device->event_idx)
		vscmi_ring_store(
			vscmi_ring_available_event(device->used, device->queue_size),
			device->next_available, memory_order_seq_cst); /* [C] */
	/* [A] and [C]: pairs with the store in vscmi_virtq_driver_publish. */
	index = vscmi_ring_load(&device->available->index, memory_order_seq_cst);
	ahead = (uint16_t)(index - device->next_available);
	/* Each chain holds a descriptor, so that no more can be out than there are. */
	if (ahead > device->queue_size - device->in_flight) {
		device->broken = true;
		return false;
	}
	device->seen_available = index;
	return ahead != 0;
}

bool vscmi_virtq_device_take(struct vscmi_virtq_device *device,
			     struct vscmi_virtq_chain *chain)
{
	uint16_t slot = device->next_available & (device->queue_size - 1);

	if (!vscmi_virtq_device_has_next(device))
		return false;
	chain->head =
		vscmi_ring_load(&device->available->entries[slot], memory_order_relaxed);
	if (chain->head >= device->queue_size) {
		/* There is no id under which this one could be given back. */
		device->broken = true;
		return false;
	}
	vscmi_virtq_walk(device, chain);
	device->next_available++;
	device->in_flight++;
	device->counters.taken++;
	if (chain->defect)
		device->counters.malformed++;
	return true;
}

void vscmi_virtq_device_give_back(struct vscmi_virtq_device *device,
				  const struct vscmi_virtq_chain *chain, uint32_t written)
{
	uint16_t slot = device->next_used & (device->queue_size - 1);

	vscmi_ring_store32(&device->used->entries[slot].id, chain->head);
	vscmi_ring_store32(&device->used->entries[slot].length, written);
	device->next_used++;
	device->in_flight--;
	device->counters.given_back++;
}

void vscmi_virtq_device_lose(struct vscmi_virtq_device *device)
{
	device->in_flight--;
}

bool vscmi_virtq_device_publish(struct vscmi_virtq_device *device)
{
	uint16_t old_index = device->published_used, event;

	if (device->next_used == old_index)
		return false;
	/* [B] and [D]: pairs with the load in vscmi_virtq_driver_take. */
	vscmi_ring_store(&device->used->index, device->next_used, memory_order_seq_cst);
	device->published_used = device->next_used;
	if (!device->event_idx) /* [D] */
		return !(
			vscmi_ring_load(&device->available->flags, memory_order_seq_cst) &
			VSCMI_RING_NO_CALL);
	event = vscmi_ring_load(
		vscmi_ring_used_event(device->available, device->queue_size),
		memory_order_seq_cst); /* [D] */
	return vscmi_ring_passed(event, device->next_used, old_index);
}

void vscmi_virtq_device_disable_kicks(struct vscmi_virtq_device *device)
{
	device->kicks_enabled = false;
	if (device->event_idx)
		/* An index that the driver passed already: not again for 65535 chains. */
		vscmi_ring_store(
			vscmi_ring_available_event(device->used, device->queue_size),
			(uint16_t)(device->next_available - 1), memory_order_relaxed);
	else
		vscmi_ring_store(&device->used->flags, VSCMI_RING_NO_KICK,
				 memory_order_relaxed);
}

bool vscmi_virtq_device_enable_kicks(struct vscmi_virtq_device *device)
{
	device->kicks_enabled = true;
	if (!device->event_idx)
		vscmi_ring_store(&device->used->flags, 0, memory_order_seq_cst); /* [C] */
	return vscmi_virtq_device_has_next(device);
}

uint16_t vscmi_virtq_device_base(const struct vscmi_virtq_device *device)
{
	return device->next_available;
}
