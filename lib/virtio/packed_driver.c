/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Driver end of a packed virtqueue. The letters at the barriers are those of ring.h. A
 * buffer id is any that is free. With IN_ORDER it is the position of the chain, so that it
 * tells how many chains a used descriptor stands for.
 */
#include <stddef.h>

#include "virtio/lend.h"
#include "virtio/packed.h"

void vscmi_packed_driver_init(struct vscmi_virtq_driver *driver, uint8_t *ring,
			      uint64_t address, struct vscmi_virtq_areas *ret_areas)
{
	size_t descriptors_bytes = VSCMI_DESCRIPTOR_BYTES * driver->queue_size;

	driver->packed = (void *)ring;
	driver->driver_event = (void *)(ring + descriptors_bytes);
	driver->device_event = driver->driver_event + 1;
	driver->next_available = driver->published_available = VSCMI_PACKED_START;
	driver->next_used = VSCMI_PACKED_START;
	*ret_areas = (struct vscmi_virtq_areas){
		.descriptor_area = address,
		.driver_area = address + descriptors_bytes,
		.device_area = address + descriptors_bytes + VSCMI_PACKED_EVENT_BYTES,
	};
}

/* Write a descriptor; the first one since the last publish shows nothing before the next. */
static void put(struct vscmi_virtq_driver *driver, uint16_t index,
		struct vscmi_descriptor descriptor)
{
	struct vscmi_packed_descriptor *wire =
		&driver->packed[vscmi_packed_position(index)];
	uint16_t flags = descriptor.words[1] | vscmi_packed_available_flags(index);

	wire->address = vscmi_ring_le64(descriptor.address);
	wire->length = vscmi_ring_le32(descriptor.length);
	wire->id = vscmi_ring_le16(descriptor.words[0]);
	if (index == driver->published_available)
		driver->withheld_flags = flags;
	else
		vscmi_ring_store(&wire->flags, flags, memory_order_relaxed);
}

/* Take back what put() showed, as if it had been used when the ring last came by. */
static void unput(struct vscmi_virtq_driver *driver, uint16_t index, uint16_t end)
{
	for (; index != end; index = vscmi_packed_advance(index, 1, driver->queue_size))
		vscmi_ring_store(&driver->packed[vscmi_packed_position(index)].flags,
				 vscmi_packed_used_flags(index ^ VSCMI_PACKED_WRAP),
				 memory_order_relaxed);
}

/* Write the descriptors of a chain: into a table, where there is one, or into the ring. */
static enum vscmi_error describe(struct vscmi_virtq_driver *driver,
				 struct vscmi_ring_descriptor *table, uint16_t id,
				 const struct vscmi_virtq_segment *segments,
				 uint32_t readable_count, uint32_t count,
				 uint32_t *ret_writable_bytes, uint16_t *ret_next)
{
	uint16_t index = driver->next_available;
	uint16_t flags = table ? 0 : VSCMI_DESCRIPTOR_NEXT;
	uint64_t bytes = 0, readable_bytes = 0;
	bool found = true;

	for (uint32_t i = 0; i < count && found; i++) {
		struct vscmi_descriptor descriptor = { .length = segments[i].length };

		found = vscmi_lend_address(driver, segments[i].bytes, segments[i].length,
					   &descriptor.address);
		if (i == readable_count) {
			flags |= VSCMI_DESCRIPTOR_WRITE;
			readable_bytes = bytes;
		}
		if (i + 1 == count)
			flags &= (uint16_t)~VSCMI_DESCRIPTOR_NEXT;
		bytes += segments[i].length;
		descriptor.words[0] = table ? 0 : id;
		descriptor.words[1] = flags;
		if (table) {
			vscmi_descriptor_put(&table[i], descriptor);
			continue;
		}
		put(driver, index, descriptor);
		index = vscmi_packed_advance(index, 1, driver->queue_size);
	}
	if (!found || bytes > UINT32_MAX) {
		unput(driver, driver->next_available, index);
		return VSCMI_E_INVALID;
	}
	*ret_writable_bytes =
		count == readable_count ? 0 : (uint32_t)(bytes - readable_bytes);
	*ret_next = index;
	return VSCMI_OK;
}

enum vscmi_error vscmi_packed_driver_add(struct vscmi_virtq_driver *driver,
					 const struct vscmi_virtq_segment *segments,
					 uint16_t readable_count, uint16_t writable_count,
					 void *cookie)
{
	uint32_t count = (uint32_t)readable_count + writable_count, writable_bytes;
	bool by_table = vscmi_lend_by_table(driver, count);
	uint32_t needed = by_table ? 1 : count;
	uint16_t id = driver->in_order ? vscmi_packed_position(driver->next_available)
				       : driver->free_head;
	uint16_t next;
	enum vscmi_error error = vscmi_lend_check(driver, count, needed);

	if (error)
		return error;
	error = describe(driver, by_table ? vscmi_lend_table_at(driver, id) : NULL, id,
			 segments, readable_count, count, &writable_bytes, &next);
	if (error)
		return error;
	if (by_table) {
		struct vscmi_descriptor descriptor = vscmi_lend_table(driver, id, count);

		descriptor.words[0] = id;
		descriptor.words[1] = VSCMI_DESCRIPTOR_INDIRECT;
		put(driver, driver->next_available, descriptor);
		next = vscmi_packed_advance(next, 1, driver->queue_size);
	}
	driver->free_head = driver->slots[id].next;
	vscmi_lend_finish(driver, id, writable_bytes, needed, cookie);
	driver->next_available = next;
	return VSCMI_OK;
}

bool vscmi_packed_driver_publish(struct vscmi_virtq_driver *driver)
{
	uint16_t old_index = driver->published_available;

	/* [A] and [C]: pairs with the load in packed_device.c. */
	vscmi_ring_store(&driver->packed[vscmi_packed_position(old_index)].flags,
			 driver->withheld_flags, memory_order_seq_cst);
	driver->published_available = driver->next_available;
	return vscmi_packed_wants(
		vscmi_ring_load32(driver->device_event, memory_order_seq_cst), /* [C] */
		driver->event_idx, old_index, driver->next_available, driver->queue_size);
}

/* Read the flags of the next used descriptor; whether they say that it is one. */
static bool look(const struct vscmi_virtq_driver *driver, uint16_t *ret_flags)
{
	uint16_t index = driver->next_used;

	/* [B] and [D]: pairs with the store in vscmi_packed_device_publish. */
	*ret_flags = vscmi_ring_load(&driver->packed[vscmi_packed_position(index)].flags,
				     memory_order_seq_cst);
	return vscmi_packed_has(*ret_flags, vscmi_packed_used_flags(index));
}

/* Whether a buffer is back; if not, and calls are on, the next one calls. */
static bool is_returned(struct vscmi_virtq_driver *driver, uint16_t *ret_flags)
{
	if (driver->broken)
		return false;
	if (driver->in_batch || look(driver, ret_flags))
		return true;
	if (!driver->calls_enabled || !driver->event_idx || driver->call_asked)
		return false;
	vscmi_ring_store32(driver->driver_event,
			   vscmi_packed_event(VSCMI_PACKED_AT_INDEX, driver->next_used),
			   memory_order_seq_cst); /* [D] */
	driver->call_asked = true;
	return look(driver, ret_flags);
}

bool vscmi_packed_driver_has_next(struct vscmi_virtq_driver *driver)
{
	uint16_t flags;

	return is_returned(driver, &flags);
}

bool vscmi_packed_driver_has_returned(struct vscmi_virtq_driver *driver, uint16_t index)
{
	_Atomic uint16_t *flags = &driver->packed[vscmi_packed_position(index)].flags;

	return vscmi_packed_has(vscmi_ring_load(flags, memory_order_seq_cst),
				vscmi_packed_used_flags(index));
}

/* Whether a chain is out, and was shown to the device with all that go back before it. */
static bool may_return(const struct vscmi_virtq_driver *driver, uint16_t id)
{
	int32_t shown = vscmi_packed_distance(
		driver->next_used, driver->published_available, driver->queue_size);
	int32_t before = 0;

	if (!vscmi_lend_is_out(driver, id))
		return false;
	if (driver->in_order)
		before = id - vscmi_packed_position(driver->next_used);
	if (before < 0)
		before += driver->queue_size;
	return before + driver->slots[id].descriptors <= shown;
}

/*
 * Read the next used descriptor; the id that it has, or that is next of those it stands for,
 * and the length that counts for it. False: a lie.
 */
static bool next_id(struct vscmi_virtq_driver *driver, uint16_t flags, uint16_t *ret_id,
		    uint32_t *ret_written)
{
	uint16_t position = vscmi_packed_position(driver->next_used);

	if (!driver->in_batch) {
		struct vscmi_descriptor used =
			vscmi_packed_take(&driver->packed[position]);

		if (!may_return(driver, used.words[0]))
			return false;
		*ret_id = used.words[0];
		*ret_written = flags & VSCMI_DESCRIPTOR_WRITE ? used.length : 0;
		if (!driver->in_order)
			return true;
		driver->in_batch = true;
		driver->batch_head = *ret_id;
		driver->batch_written = *ret_written;
	}
	driver->oldest = position;
	*ret_id = vscmi_lend_next_of_batch(driver, ret_written);
	return true;
}

bool vscmi_packed_driver_take(struct vscmi_virtq_driver *driver,
			      struct vscmi_virtq_returned *ret_buffer)
{
	uint32_t written;
	uint16_t id, flags = 0;

	if (!is_returned(driver, &flags))
		return false;
	if (!next_id(driver, flags, &id, &written)) {
		vscmi_lend_break(driver);
		return false;
	}
	driver->slots[id].next = driver->free_head;
	driver->free_head = id;
	driver->next_used = vscmi_packed_advance(
		driver->next_used, driver->slots[id].descriptors, driver->queue_size);
	driver->call_asked = false;
	vscmi_lend_back(driver, id, written, ret_buffer);
	return true;
}

void vscmi_packed_driver_disable_calls(struct vscmi_virtq_driver *driver)
{
	vscmi_ring_store32(driver->driver_event,
			   vscmi_packed_event(VSCMI_PACKED_NEVER, 0),
			   memory_order_relaxed);
}

void vscmi_packed_driver_enable_calls(struct vscmi_virtq_driver *driver)
{
	/* With EVENT_IDX it is for is_returned() to ask. */
	if (!driver->event_idx)
		vscmi_ring_store32(driver->driver_event,
				   vscmi_packed_event(VSCMI_PACKED_ALWAYS, 0),
				   memory_order_seq_cst); /* [D] */
}
