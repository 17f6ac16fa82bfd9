/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Driver end of a split virtqueue. The letters at the barriers are those of ring.h. What
 * the driver must know of its own descriptors stays in its slots: the device may write
 * over the ring, and only the used index, ids and lengths are ever read from it.
 */
#include <stddef.h>
#include <string.h>

#include "virtio/ring.h"

static void le_put(uint8_t *bytes, uint64_t value, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

static void descriptor_put(struct vscmi_ring_descriptor *wire,
			   struct vscmi_descriptor descriptor)
{
	le_put(wire->address, descriptor.address, 8);
	le_put(wire->length, descriptor.length, 4);
	le_put(wire->flags, descriptor.flags, 2);
	le_put(wire->next, descriptor.next, 2);
}

enum vscmi_error vscmi_virtq_driver_init(struct vscmi_virtq_driver *driver,
					 const struct vscmi_virtq_driver_config *config,
					 struct vscmi_virtq_areas *ret_areas)
{
	uint16_t size = config->queue_size;
	size_t available_offset = VSCMI_DESCRIPTOR_BYTES * size;
	size_t used_offset =
		(available_offset + VSCMI_RING_AVAILABLE_BYTES(size) + 3) & ~(size_t)3;
	uint8_t *ring = config->ring;
	bool indirect =
		config->tables && (config->features & VSCMI_VIRTIO_F_INDIRECT_DESC);
	uint64_t address, tables_address = 0;

	if (!vscmi_virtq_features_are_ours(config->features))
		return VSCMI_E_UNSUPPORTED;
	if (!vscmi_virtq_size_is_valid(size) ||
	    vscmi_memory_address(config->memory, ring, VSCMI_VIRTQ_RING_BYTES(size),
				 &address) ||
	    (address | (uintptr_t)ring) % VSCMI_VIRTQ_RING_ALIGN != 0)
		return VSCMI_E_INVALID;
	if (indirect &&
	    vscmi_memory_address(config->memory, config->tables,
				 VSCMI_VIRTQ_TABLES_BYTES(size, config->table_entries),
				 &tables_address))
		return VSCMI_E_INVALID;
	memset(ring, 0, VSCMI_VIRTQ_RING_BYTES(size));
	for (uint16_t i = 0; i < size; i++)
		config->slots[i] = (struct vscmi_virtq_slot){ .next = (uint16_t)(i + 1) };
	*driver = (struct vscmi_virtq_driver){
		.memory = config->memory,
		.descriptors = (void *)ring,
		.available = (void *)(ring + available_offset),
		.used = (void *)(ring + used_offset),
		.tables = indirect ? config->tables : NULL,
		.tables_address = tables_address,
		.table_entries = config->table_entries,
		.slots = config->slots,
		.queue_size = size,
		.event_idx = config->features & VSCMI_VIRTIO_F_EVENT_IDX,
		.calls_enabled = true,
		.free_count = size,
	};
	*ret_areas = (struct vscmi_virtq_areas){
		.descriptor_area = address,
		.driver_area = address + available_offset,
		.device_area = address + used_offset,
	};
	return VSCMI_OK;
}

/*
 * Write the descriptors of a chain: into one table from its entry 0 on, or along the free
 * list. None of them is part of a chain that the device knows, so that nothing has to be
 * undone when a segment is refused.
 */
static enum vscmi_error describe(const struct vscmi_virtq_driver *driver,
				 struct vscmi_ring_descriptor *table,
				 const struct vscmi_virtq_segment *segments,
				 uint16_t readable_count, uint16_t count)
{
	uint16_t index = table ? 0 : driver->free_head;

	for (uint16_t i = 0; i < count; i++) {
		uint16_t next = table ? (uint16_t)(index + 1) : driver->slots[index].next;
		struct vscmi_descriptor descriptor = { .length = segments[i].length };

		if (segments[i].length == 0 ||
		    vscmi_memory_address(driver->memory, segments[i].bytes,
					 segments[i].length, &descriptor.address))
			return VSCMI_E_INVALID;
		if (i >= readable_count)
			descriptor.flags |= VSCMI_DESCRIPTOR_WRITE;
		if (i + 1 < count) {
			descriptor.flags |= VSCMI_DESCRIPTOR_NEXT;
			descriptor.next = next;
		}
		descriptor_put(table ? &table[index] : &driver->descriptors[index],
			       descriptor);
		index = next;
	}
	return VSCMI_OK;
}

static uint64_t bytes_of(const struct vscmi_virtq_segment *segments, uint16_t count)
{
	uint64_t bytes = 0;

	for (uint16_t i = 0; i < count; i++)
		bytes += segments[i].length;
	return bytes;
}

enum vscmi_error vscmi_virtq_driver_add(struct vscmi_virtq_driver *driver,
					const struct vscmi_virtq_segment *segments,
					uint16_t readable_count, uint16_t writable_count,
					void *cookie)
{
	uint32_t count = (uint32_t)readable_count + writable_count;
	bool indirect = driver->tables && count > 1 && count <= driver->table_entries;
	uint16_t needed = indirect ? 1 : (uint16_t)count;
	uint16_t head = driver->free_head;
	uint16_t ring_entry = driver->next_available & (driver->queue_size - 1);
	size_t table_offset = (size_t)head * driver->table_entries;
	enum vscmi_error error;

	if (driver->broken)
		return VSCMI_E_BROKEN;
	if (count == 0 || count > driver->queue_size ||
	    bytes_of(segments, (uint16_t)count) > UINT32_MAX)
		return VSCMI_E_INVALID;
	if (driver->free_count < needed)
		return VSCMI_E_BUSY;
	error = describe(driver, indirect ? driver->tables + table_offset : NULL,
			 segments, readable_count, (uint16_t)count);
	if (error)
		return error;
	if (indirect)
		descriptor_put(&driver->descriptors[head],
			       (struct vscmi_descriptor){
				       .address = driver->tables_address +
						  table_offset * VSCMI_DESCRIPTOR_BYTES,
				       .length = count * VSCMI_DESCRIPTOR_BYTES,
				       .flags = VSCMI_DESCRIPTOR_INDIRECT,
			       });
	driver->slots[head].cookie = cookie;
	driver->slots[head].writable_bytes =
		(uint32_t)bytes_of(segments + readable_count, writable_count);
	driver->slots[head].descriptors = needed;
	for (uint16_t i = 0; i < needed; i++)
		driver->free_head = driver->slots[driver->free_head].next;
	driver->free_count = (uint16_t)(driver->free_count - needed);
	vscmi_ring_store(&driver->available->entries[ring_entry], head,
			 memory_order_relaxed);
	driver->next_available++;
	driver->counters.added++;
	return VSCMI_OK;
}

bool vscmi_virtq_driver_publish(struct vscmi_virtq_driver *driver)
{
	uint16_t old_index = driver->published_available, event;

	if (driver->next_available == old_index)
		return false;
	/* [A] and [C]: pairs with the load in the device end's is_available. */
	vscmi_ring_store(&driver->available->index, driver->next_available,
			 memory_order_seq_cst);
	driver->published_available = driver->next_available;
	if (!driver->event_idx) /* [C] */
		return !(vscmi_ring_load(&driver->used->flags, memory_order_seq_cst) &
			 VSCMI_RING_NO_KICK);
	event = vscmi_ring_load(
		vscmi_ring_available_event(driver->used, driver->queue_size),
		memory_order_seq_cst); /* [C] */
	return vscmi_ring_passed(event, driver->next_available, old_index);
}

static void break_queue(struct vscmi_virtq_driver *driver)
{
	driver->counters.lies++;
	driver->broken = true;
}

/* Whether a buffer is back; if not, and calls are on, the next one calls. */
bool vscmi_virtq_driver_has_next(struct vscmi_virtq_driver *driver)
{
	uint16_t index, ahead;

	if (driver->broken)
		return false;
	if (driver->seen_used != driver->next_used)
		return true;
	if (driver->calls_enabled && driver->event_idx)
		vscmi_ring_store(
			vscmi_ring_used_event(driver->available, driver->queue_size),
			driver->next_used, memory_order_seq_cst); /* [D] */
	/* [B] and [D]: pairs with the store in vscmi_virtq_device_publish. */
	index = vscmi_ring_load(&driver->used->index, memory_order_seq_cst);
	ahead = (uint16_t)(index - driver->next_used);
	if (ahead > (uint16_t)(driver->published_available - driver->next_used)) {
		break_queue(driver);
		return false;
	}
	driver->seen_used = index;
	return ahead != 0;
}

/* Put a chain's descriptors back and return whose it was. */
static void *release(struct vscmi_virtq_driver *driver, uint16_t head)
{
	struct vscmi_virtq_slot *slot = &driver->slots[head];
	uint16_t last = head;

	for (uint16_t i = 1; i < slot->descriptors; i++)
		last = driver->slots[last].next;
	driver->slots[last].next = driver->free_head;
	driver->free_head = head;
	driver->free_count = (uint16_t)(driver->free_count + slot->descriptors);
	slot->descriptors = 0;
	return slot->cookie;
}

bool vscmi_virtq_driver_take(struct vscmi_virtq_driver *driver,
			     struct vscmi_virtq_returned *ret_buffer)
{
	struct vscmi_ring_used_entry *entry =
		&driver->used->entries[driver->next_used & (driver->queue_size - 1)];
	uint32_t head, written;

	if (!vscmi_virtq_driver_has_next(driver))
		return false;
	head = vscmi_ring_load32(&entry->id);
	written = vscmi_ring_load32(&entry->length);
	if (head >= driver->queue_size || driver->slots[head].descriptors == 0) {
		break_queue(driver);
		return false;
	}
	if (written > driver->slots[head].writable_bytes) {
		driver->counters.lies++;
		written = driver->slots[head].writable_bytes;
	}
	driver->next_used++;
	driver->counters.taken++;
	*ret_buffer = (struct vscmi_virtq_returned){
		.cookie = release(driver, (uint16_t)head),
		.written = written,
	};
	return true;
}

bool vscmi_virtq_driver_detach(struct vscmi_virtq_driver *driver, void **ret_cookie)
{
	while (driver->next_detached < driver->queue_size) {
		uint16_t head = driver->next_detached++;

		if (driver->slots[head].descriptors) {
			*ret_cookie = release(driver, head);
			return true;
		}
	}
	return false;
}

void vscmi_virtq_driver_disable_calls(struct vscmi_virtq_driver *driver)
{
	driver->calls_enabled = false;
	if (driver->event_idx)
		/* An index that the device passed already: not again for 65535 buffers.
		 */
		vscmi_ring_store(
			vscmi_ring_used_event(driver->available, driver->queue_size),
			(uint16_t)(driver->next_used - 1), memory_order_relaxed);
	else
		vscmi_ring_store(&driver->available->flags, VSCMI_RING_NO_CALL,
				 memory_order_relaxed);
}

bool vscmi_virtq_driver_enable_calls(struct vscmi_virtq_driver *driver)
{
	driver->calls_enabled = true;
	if (!driver->event_idx)
		vscmi_ring_store(&driver->available->flags, 0,
				 memory_order_seq_cst); /* [D] */
	return vscmi_virtq_driver_has_next(driver);
}
