/* SPDX-License-Identifier: BSD-3-Clause */
/* Device end of a split virtqueue. The letters at the barriers are those of ring.h. */
#include "virtio/area.h"
#include "virtio/split.h"
#include "virtio/walk.h"

enum vscmi_error vscmi_split_device_init(struct vscmi_virtq_device *device,
					 const struct vscmi_virtq_device_config *config)
{
	if (config->base > UINT16_MAX)
		return VSCMI_E_INVALID;
	device->descriptors =
		vscmi_area_at(config->memory, config->areas.descriptor_area,
			      VSCMI_DESCRIPTOR_BYTES * config->queue_size, 16);
	device->available =
		vscmi_area_at(config->memory, config->areas.driver_area,
			      VSCMI_RING_AVAILABLE_BYTES(config->queue_size), 2);
	device->used = vscmi_area_at(config->memory, config->areas.device_area,
				     VSCMI_RING_USED_BYTES(config->queue_size), 4);
	if (!device->descriptors || !device->available || !device->used)
		return VSCMI_E_INVALID;
	device->next_available = device->seen_available = (uint16_t)config->base;
	/* Ours to write, and the only place that outlives a device that was restarted. */
	device->next_used = vscmi_ring_load(&device->used->index, memory_order_relaxed);
	/* With EVENT_IDX they stay zero, whatever a device before this one left there. */
	vscmi_ring_store(&device->used->flags, 0, memory_order_relaxed);
	return VSCMI_OK;
}

/* Chains whose descriptors the driver does not have back. One that was lost does not count. */
static uint16_t chains_out(const struct vscmi_virtq_device *device)
{
	return device->slots ? (uint16_t)(device->next_available - device->next_used)
			     : device->in_flight;
}

/* Take in how far the driver has come; whether there is a chain to take. */
static inline bool look(struct vscmi_virtq_device *device)
{
	/* [A] and [C]: pairs with the store in vscmi_split_driver_publish. */
	uint16_t index = vscmi_ring_load(&device->available->index, memory_order_seq_cst);
	uint16_t ahead = (uint16_t)(index - device->next_available);

	if (ahead == 0)
		return false;
	/* Each chain holds a descriptor, so that no more can be out than there are. */
	if (ahead > device->queue_size - chains_out(device)) {
		device->broken = true;
		return false;
	}
	device->seen_available = index;
	return true;
}

bool vscmi_split_device_sees_next(const struct vscmi_virtq_device *device)
{
	return device->seen_available != device->next_available ||
	       vscmi_ring_load(&device->available->index, memory_order_relaxed) !=
		       device->next_available;
}

/* Once all that was seen is taken: whether there is more. */
static bool look_again(struct vscmi_virtq_device *device)
{
	if (device->broken)
		return false;
	if (look(device))
		return true;
	if (!device->kicks_enabled || !device->event_idx || device->kick_asked)
		return false;
	vscmi_ring_store(vscmi_ring_available_event(device->used, device->queue_size),
			 device->next_available, memory_order_seq_cst); /* [C] */
	device->kick_asked = true;
	return look(device);
}

/* Whether there is a chain to take; if not, and kicks are on, the next one kicks. */
static inline bool has_next(struct vscmi_virtq_device *device)
{
	return device->seen_available != device->next_available || look_again(device);
}

bool vscmi_split_device_has_next(struct vscmi_virtq_device *device)
{
	return has_next(device);
}

static enum vscmi_virtq_defect walk_chain(struct vscmi_walk *walk)
{
	const struct vscmi_virtq_device *device = walk->device;
	const volatile struct vscmi_ring_descriptor *table = device->descriptors;
	uint32_t entries = device->queue_size, index = walk->chain->head;
	uint32_t most = device->queue_size;
	bool in_table = false;

	/* A chain is no longer than its queue, in a table too: this ends loops. */
	while (walk->descriptors < most) {
		struct vscmi_descriptor descriptor;
		enum vscmi_virtq_defect defect;
		uint16_t flags;

		if (index >= entries)
			return VSCMI_VIRTQ_BAD_INDEX;
		descriptor = vscmi_descriptor_take(&table[index]);
		flags = descriptor.words[0];
		walk->descriptors++;
		if (flags & VSCMI_DESCRIPTOR_INDIRECT) {
			defect = in_table ? VSCMI_VIRTQ_BAD_INDIRECT
					  : vscmi_walk_table(walk, descriptor, flags,
							     &table, &entries);
			if (defect)
				return defect;
			in_table = true;
			most++; /* it is none of the chain's own */
			index = 0;
			continue;
		}
		defect = vscmi_walk_bytes(walk, descriptor.address, descriptor.length,
					  flags);
		if (defect)
			return defect;
		if (!(flags & VSCMI_DESCRIPTOR_NEXT))
			return VSCMI_VIRTQ_SOUND;
		index = descriptor.words[1];
	}
	return VSCMI_VIRTQ_TOO_LONG;
}

/* Take the chain that is there. */
static __attribute__((noinline)) bool take(struct vscmi_virtq_device *device,
					   struct vscmi_virtq_chain *chain)
{
	uint16_t slot = device->next_available & (device->queue_size - 1);
	struct vscmi_walk walk;

	chain->place = slot;
	chain->head =
		vscmi_ring_load(&device->available->entries[slot], memory_order_relaxed);
	if (chain->head >= device->queue_size) {
		/* There is no id under which this one could be given back. */
		device->broken = true;
		device->seen_available = device->next_available;
		return false;
	}
	walk = vscmi_walk_start(device, chain);
	vscmi_walk_end(&walk, walk_chain(&walk));
	device->next_available++;
	device->kick_asked = false;
	return true;
}

bool vscmi_split_device_take(struct vscmi_virtq_device *device,
			     struct vscmi_virtq_chain *chain)
{
	return has_next(device) && take(device, chain);
}

bool vscmi_split_device_publish(struct vscmi_virtq_device *device)
{
	uint16_t old_index = device->published_used, event;

	/* [B] and [D]: pairs with the load in split_driver.c. */
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

void vscmi_split_device_disable_kicks(struct vscmi_virtq_device *device)
{
	if (device->event_idx)
		/* An index that the driver passed already: not again for 65535 chains. */
		vscmi_ring_store(
			vscmi_ring_available_event(device->used, device->queue_size),
			(uint16_t)(device->next_available - 1), memory_order_relaxed);
	else
		vscmi_ring_store(&device->used->flags, VSCMI_RING_NO_KICK,
				 memory_order_relaxed);
}

void vscmi_split_device_enable_kicks(struct vscmi_virtq_device *device)
{
	/* With EVENT_IDX it is for vscmi_split_device_has_next() to ask. */
	if (!device->event_idx)
		vscmi_ring_store(&device->used->flags, 0, memory_order_seq_cst); /* [C] */
}
