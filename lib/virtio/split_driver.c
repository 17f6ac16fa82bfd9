/* SPDX-License-Identifier: BSD-3-Clause */
/* Driver end of a split virtqueue. The letters at the barriers are those of ring.h. */
#include <stddef.h>

#include "virtio/lend.h"
#include "virtio/split.h"

void vscmi_split_driver_init(struct vscmi_virtq_driver *driver, uint8_t *ring,
			     uint64_t address, struct vscmi_virtq_areas *ret_areas)
{
	size_t available_offset = VSCMI_DESCRIPTOR_BYTES * driver->queue_size;
	size_t used_offset =
		(available_offset + VSCMI_RING_AVAILABLE_BYTES(driver->queue_size) + 3) &
		~(size_t)3;

	driver->descriptors = (void *)ring;
	driver->available = (void *)(ring + available_offset);
	driver->used = (void *)(ring + used_offset);
	*ret_areas = (struct vscmi_virtq_areas){
		.descriptor_area = address,
		.driver_area = address + available_offset,
		.device_area = address + used_offset,
	};
}

/*
 * Write the descriptors of a chain: into the table of its head, or along the free list, of which
 * *ret_last is then the last that it takes. None of them is part of a chain that the device
 * knows, so that nothing has to be undone when a segment is refused. A call that says which of
 * the two it is gets a loop of its own.
 */
static inline bool describe(struct vscmi_virtq_driver *driver, bool by_table,
			    const struct vscmi_virtq_segment *segment,
			    uint32_t readable_count, uint32_t count,
			    uint32_t *ret_writable_bytes, uint16_t *ret_last)
{
	uint16_t index = driver->free_head, flags = VSCMI_DESCRIPTOR_NEXT;
	struct vscmi_ring_descriptor *wire = by_table ? vscmi_lend_table_at(driver, index)
						      : &driver->descriptors[index];
	uint64_t bytes = 0, readable_bytes = 0, address;

	for (uint32_t i = 0;; segment++) {
		uint32_t length = segment->length;

		if (!vscmi_lend_address(driver, segment->bytes, length, &address))
			return false;
		if (i == readable_count) {
			flags |= VSCMI_DESCRIPTOR_WRITE;
			readable_bytes = bytes;
		}
		bytes += length;
		wire->address = vscmi_ring_le64(address);
		wire->length = vscmi_ring_le32(length);
		if (++i == count)
			break;
		if (!by_table)
			index = driver->slots[index].next;
		wire->words[0] = vscmi_ring_le16(flags);
		wire->words[1] = vscmi_ring_le16(by_table ? (uint16_t)i : index);
		wire = by_table ? wire + 1 : &driver->descriptors[index];
	}
	/* The last one leads nowhere. */
	wire->words[0] = vscmi_ring_le16(flags & VSCMI_DESCRIPTOR_WRITE);
	wire->words[1] = 0;
	*ret_writable_bytes =
		count == readable_count ? 0 : (uint32_t)(bytes - readable_bytes);
	*ret_last = index;
	return bytes <= UINT32_MAX;
}

enum vscmi_error vscmi_split_driver_add(struct vscmi_virtq_driver *driver,
					const struct vscmi_virtq_segment *segments,
					uint16_t readable_count, uint16_t writable_count,
					void *cookie)
{
	uint32_t count = (uint32_t)readable_count + writable_count, writable_bytes;
	uint32_t needed;
	uint16_t head, last, ring_entry;
	enum vscmi_error error;

	if (vscmi_lend_by_table(driver, count)) {
		struct vscmi_descriptor descriptor;

		needed = 1;
		error = vscmi_lend_check(driver, count, needed);
		if (error)
			return error;
		descriptor = vscmi_lend_table(driver, driver->free_head, count);
		descriptor.words[0] = VSCMI_DESCRIPTOR_INDIRECT;
		vscmi_descriptor_put(&driver->descriptors[driver->free_head], descriptor);
		if (!describe(driver, true, segments, readable_count, count,
			      &writable_bytes, &last))
			return VSCMI_E_INVALID;
	} else {
		needed = count;
		error = vscmi_lend_check(driver, count, needed);
		if (error)
			return error;
		if (!describe(driver, false, segments, readable_count, count,
			      &writable_bytes, &last))
			return VSCMI_E_INVALID;
	}
	ring_entry = driver->next_available++ & (driver->queue_size - 1);
	head = driver->free_head;
	driver->free_head = driver->slots[last].next;
	vscmi_lend_finish(driver, head, writable_bytes, needed, cookie);
	vscmi_ring_store(&driver->available->entries[ring_entry], head,
			 memory_order_relaxed);
	return VSCMI_OK;
}

bool vscmi_split_driver_publish(struct vscmi_virtq_driver *driver)
{
	uint16_t old_index = driver->published_available, event;
	uint16_t index = driver->next_available;

	/* [A] and [C]: pairs with the load in split_device.c. */
	vscmi_ring_store(&driver->available->index, index, memory_order_seq_cst);
	driver->published_available = index;
	if (!driver->event_idx) /* [C] */
		return !(vscmi_ring_load(&driver->used->flags, memory_order_seq_cst) &
			 VSCMI_RING_NO_KICK);
	event = vscmi_ring_load(
		vscmi_ring_available_event(driver->used, driver->queue_size),
		memory_order_seq_cst); /* [C] */
	return vscmi_ring_passed(event, index, old_index);
}

/* Take in how far the device has come; whether a buffer is back. */
static inline bool look(struct vscmi_virtq_driver *driver)
{
	/* [B] and [D]: pairs with the store in vscmi_split_device_publish. */
	uint16_t index = vscmi_ring_load(&driver->used->index, memory_order_seq_cst);
	uint16_t next = driver->next_used, ahead = (uint16_t)(index - next);

	if (ahead == 0)
		return false;
	if (ahead > (uint16_t)(driver->published_available - next)) {
		vscmi_lend_break(driver);
		return false;
	}
	driver->seen_used = index;
	return true;
}

bool vscmi_split_driver_has_returned(struct vscmi_virtq_driver *driver, uint16_t index)
{
	return vscmi_ring_load(&driver->used->index, memory_order_seq_cst) != index;
}

/* Whether a buffer is back; if not, and calls are on, the next one calls. */
static inline bool is_returned(struct vscmi_virtq_driver *driver)
{
	if (driver->broken)
		return false;
	if (driver->seen_used != driver->next_used || look(driver))
		return true;
	if (driver->call_asked || !driver->calls_enabled || !driver->event_idx)
		return false;
	vscmi_ring_store(vscmi_ring_used_event(driver->available, driver->queue_size),
			 driver->next_used, memory_order_seq_cst); /* [D] */
	driver->call_asked = true;
	return look(driver);
}

bool vscmi_split_driver_has_next(struct vscmi_virtq_driver *driver)
{
	return is_returned(driver);
}

/* Read the next used entry. False: a lie. */
static inline bool read_entry(struct vscmi_virtq_driver *driver, uint16_t *ret_head,
			      uint32_t *ret_written)
{
	struct vscmi_ring_used_entry *entry =
		&driver->used->entries[driver->next_used & (driver->queue_size - 1)];
	uint32_t head = vscmi_ring_load32(&entry->id, memory_order_relaxed);

	if (!vscmi_lend_is_out(driver, head))
		return false;
	*ret_head = (uint16_t)head;
	*ret_written = vscmi_ring_load32(&entry->length, memory_order_relaxed);
	return true;
}

/* With IN_ORDER: the next head of those that a used entry stands for. False: a lie. */
static inline bool next_in_order(struct vscmi_virtq_driver *driver, uint16_t *ret_head,
				 uint32_t *ret_written)
{
	if (!driver->in_batch &&
	    !read_entry(driver, &driver->batch_head, &driver->batch_written))
		return false;
	driver->in_batch = true;
	*ret_head = vscmi_lend_next_of_batch(driver, ret_written);
	return true;
}

/* Free the descriptors of a chain: at the front of the list, or where order has them already. */
static void free_chain(struct vscmi_virtq_driver *driver, uint16_t head)
{
	struct vscmi_virtq_slot *last = &driver->slots[head];

	for (uint16_t left = last->descriptors; left > 1; left--)
		last = &driver->slots[last->next];
	if (driver->in_order) {
		driver->oldest = last->next;
	} else {
		last->next = driver->free_head;
		driver->free_head = head;
	}
}

bool vscmi_split_driver_take(struct vscmi_virtq_driver *driver,
			     struct vscmi_virtq_returned *ret_buffer)
{
	uint32_t written = 0;
	uint16_t head = 0;

	if (!is_returned(driver)) {
		/* The index goes on by all that a used entry stands for. */
		if (driver->in_batch && !driver->broken)
			vscmi_lend_break(driver);
		return false;
	}
	if (!(driver->in_order ? next_in_order(driver, &head, &written)
			       : read_entry(driver, &head, &written))) {
		vscmi_lend_break(driver);
		return false;
	}
	free_chain(driver, head);
	driver->next_used++;
	driver->call_asked = false;
	vscmi_lend_back(driver, head, written, ret_buffer);
	return true;
}

void vscmi_split_driver_disable_calls(struct vscmi_virtq_driver *driver)
{
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

void vscmi_split_driver_enable_calls(struct vscmi_virtq_driver *driver)
{
	/* With EVENT_IDX it is for vscmi_split_driver_has_next() to ask. */
	if (!driver->event_idx)
		vscmi_ring_store(&driver->available->flags, 0,
				 memory_order_seq_cst); /* [D] */
}
