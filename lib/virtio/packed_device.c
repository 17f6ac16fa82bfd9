/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device end of a packed virtqueue. The letters at the barriers are those of ring.h. The
 * device returns chains where it took them from, in the order in which it is done, and so
 * writes over descriptors that belong to others: each is read once, when it is taken. What
 * lies between next_used and next_available is out, and is not looked at.
 */
#include "virtio/area.h"
#include "virtio/packed.h"
#include "virtio/walk.h"

/* How many positions hold nothing that is out; negative, or more than there are: a lie. */
static int32_t room(const struct vscmi_virtq_device *device)
{
	return device->queue_size - vscmi_packed_distance(device->next_used,
							  device->next_available,
							  device->queue_size);
}

static bool base_is_possible(const struct vscmi_virtq_device *device)
{
	return vscmi_packed_position(device->next_available) < device->queue_size &&
	       vscmi_packed_position(device->next_used) < device->queue_size &&
	       room(device) >= 0 && room(device) <= device->queue_size;
}

/*
 * Linux's virtio_uml gives 0 as the base of a fresh ring too. There the first descriptor was
 * never used; where a ring has come round to 0 it was. But not if it was the middle of a chain
 * then, of which the device writes to the first descriptor only: a ring with direct chains of
 * mixed lengths, which has come round to 0, may be taken for a fresh one.
 */
static bool is_fresh(const struct vscmi_virtq_device *device)
{
	return !(vscmi_ring_load(&device->packed[0].flags, memory_order_relaxed) &
		 VSCMI_PACKED_USED);
}

enum vscmi_error vscmi_packed_device_init(struct vscmi_virtq_device *device,
					  const struct vscmi_virtq_device_config *config)
{
	device->packed = vscmi_area_at(config->memory, config->areas.descriptor_area,
				       VSCMI_DESCRIPTOR_BYTES * config->queue_size, 16);
	device->driver_event =
		vscmi_area_at(config->memory, config->areas.driver_area,
			      VSCMI_PACKED_EVENT_BYTES, VSCMI_PACKED_EVENT_ALIGN);
	device->device_event =
		vscmi_area_at(config->memory, config->areas.device_area,
			      VSCMI_PACKED_EVENT_BYTES, VSCMI_PACKED_EVENT_ALIGN);
	device->next_available = (uint16_t)config->base;
	device->next_used = (uint16_t)(config->base >> 16);
	if (!device->packed || !device->driver_event || !device->device_event)
		return VSCMI_E_INVALID;
	if (config->base == 0 && is_fresh(device))
		device->next_available = device->next_used = VSCMI_PACKED_START;
	if (!base_is_possible(device))
		return VSCMI_E_INVALID;
	vscmi_ring_store32(device->device_event,
			   vscmi_packed_event(VSCMI_PACKED_ALWAYS, 0),
			   memory_order_relaxed);
	return VSCMI_OK;
}

/* Read the flags of the next descriptor; whether they make a chain available. */
static bool look(const struct vscmi_virtq_device *device, uint16_t *ret_flags)
{
	uint16_t index = device->next_available;

	/* [A] and [C]: pairs with the store in vscmi_packed_driver_publish. */
	*ret_flags = vscmi_ring_load(&device->packed[vscmi_packed_position(index)].flags,
				     memory_order_seq_cst);
	return vscmi_packed_has(*ret_flags, vscmi_packed_available_flags(index));
}

bool vscmi_packed_device_sees_next(const struct vscmi_virtq_device *device)
{
	uint16_t flags;

	return look(device, &flags);
}

/* Whether there is a chain to take; if not, and kicks are on, the next one kicks. */
static bool is_available(struct vscmi_virtq_device *device, uint16_t *ret_flags)
{
	if (device->broken)
		return false;
	if (look(device, ret_flags))
		return true;
	if (!device->kicks_enabled || !device->event_idx || device->kick_asked)
		return false;
	vscmi_ring_store32(
		device->device_event,
		vscmi_packed_event(VSCMI_PACKED_AT_INDEX, device->next_available),
		memory_order_seq_cst); /* [C] */
	device->kick_asked = true;
	return look(device, ret_flags);
}

bool vscmi_packed_device_has_next(struct vscmi_virtq_device *device)
{
	uint16_t flags;

	return is_available(device, &flags);
}

/* All entries of a table are the chain, one behind the other; so many at most. */
static enum vscmi_virtq_defect walk_table(struct vscmi_walk *walk,
					  struct vscmi_descriptor descriptor,
					  uint16_t flags, uint32_t entries_max)
{
	const volatile struct vscmi_ring_descriptor *table;
	uint32_t entries;
	enum vscmi_virtq_defect defect =
		vscmi_walk_table(walk, descriptor, flags, &table, &entries);

	if (defect)
		return defect;
	for (uint32_t i = 0; i < entries && !defect; i++) {
		if (i == entries_max)
			return VSCMI_VIRTQ_TOO_LONG;
		descriptor = vscmi_descriptor_take(&table[i]);
		flags = descriptor.words[1];
		walk->descriptors++;
		if (flags & VSCMI_DESCRIPTOR_INDIRECT)
			return VSCMI_VIRTQ_BAD_INDIRECT;
		defect = vscmi_walk_bytes(walk, descriptor.address, descriptor.length,
					  flags);
	}
	return defect;
}

/*
 * Follow a chain to its end, defect or not: only there is the buffer id, and where the next
 * one starts. False: it has no end among the positions that are free.
 */
static bool walk_chain(struct vscmi_walk *walk, uint16_t flags,
		       enum vscmi_virtq_defect *ret_defect)
{
	const struct vscmi_virtq_device *device = walk->device;
	struct vscmi_virtq_chain *chain = walk->chain;
	uint32_t position = vscmi_packed_position(device->next_available);
	uint16_t entries = 1, end = (uint16_t)room(device);
	enum vscmi_virtq_defect defect = VSCMI_VIRTQ_SOUND;

	if (end == 0)
		return false;
	for (;; entries++) {
		struct vscmi_descriptor descriptor =
			vscmi_packed_take(&device->packed[position]);

		if (entries > 1)
			flags = vscmi_ring_load(&device->packed[position].flags,
						memory_order_relaxed);
		if (!defect)
			defect = flags & VSCMI_DESCRIPTOR_INDIRECT
					 ? walk_table(walk, descriptor, flags,
						      device->queue_size + 1u - entries)
					 : vscmi_walk_bytes(walk, descriptor.address,
							    descriptor.length, flags);
		if (!(flags & VSCMI_DESCRIPTOR_NEXT)) {
			chain->head = descriptor.words[0];
			break;
		}
		if (entries == end)
			return false;
		if (++position == device->queue_size)
			position = 0;
	}
	chain->entries = entries;
	walk->descriptors += entries;
	*ret_defect = defect;
	return true;
}

bool vscmi_packed_device_take(struct vscmi_virtq_device *device,
			      struct vscmi_virtq_chain *chain)
{
	enum vscmi_virtq_defect defect;
	struct vscmi_walk walk;
	uint16_t flags;

	if (!is_available(device, &flags))
		return false;
	walk = vscmi_walk_start(device, chain);
	if (!walk_chain(&walk, flags, &defect) || chain->head >= device->queue_size) {
		/* There is no id under which this one could be given back. */
		device->broken = true;
		return false;
	}
	vscmi_walk_end(&walk, defect);
	chain->place = vscmi_packed_position(device->next_available);
	device->next_available = vscmi_packed_advance(device->next_available,
						      chain->entries, device->queue_size);
	device->kick_asked = false;
	return true;
}

void vscmi_packed_device_use(struct vscmi_virtq_device *device, uint16_t id,
			     uint16_t entries, uint32_t written)
{
	uint16_t index = device->next_used;
	struct vscmi_packed_descriptor *wire =
		&device->packed[vscmi_packed_position(index)];
	uint16_t flags = vscmi_packed_used_flags(index);

	if (written)
		flags |= VSCMI_DESCRIPTOR_WRITE;
	wire->length = vscmi_ring_le32(written);
	wire->id = vscmi_ring_le16(id);
	/* The driver looks at no other before the first one says that it may, [B]. */
	if (index == device->published_used)
		device->withheld_flags = flags;
	else
		vscmi_ring_store(&wire->flags, flags, memory_order_relaxed);
	device->next_used = vscmi_packed_advance(index, entries, device->queue_size);
}

bool vscmi_packed_device_publish(struct vscmi_virtq_device *device)
{
	uint16_t old_index = device->published_used;

	/* [B] and [D]: pairs with the load in packed_driver.c. */
	vscmi_ring_store(&device->packed[vscmi_packed_position(old_index)].flags,
			 device->withheld_flags, memory_order_seq_cst);
	device->published_used = device->next_used;
	return vscmi_packed_wants(
		vscmi_ring_load32(device->driver_event, memory_order_seq_cst), /* [D] */
		device->event_idx, old_index, device->next_used, device->queue_size);
}

void vscmi_packed_device_disable_kicks(struct vscmi_virtq_device *device)
{
	vscmi_ring_store32(device->device_event,
			   vscmi_packed_event(VSCMI_PACKED_NEVER, 0),
			   memory_order_relaxed);
}

void vscmi_packed_device_enable_kicks(struct vscmi_virtq_device *device)
{
	/* With EVENT_IDX it is for is_available() to ask. */
	if (!device->event_idx)
		vscmi_ring_store32(device->device_event,
				   vscmi_packed_event(VSCMI_PACKED_ALWAYS, 0),
				   memory_order_seq_cst); /* [C] */
}
