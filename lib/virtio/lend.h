/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Driver end: from segments to descriptors, and back from a head to its buffer. What the
 * driver must know of its own descriptors stays in its slots: the device may write over the
 * ring, and only what it says is used is ever read from it.
 */
#ifndef VSCMI_VIRTIO_LEND_H
#define VSCMI_VIRTIO_LEND_H

#include "virtio/gate.h"
#include "virtio/ring.h"

/* Whether a chain of so many segments is one descriptor with a table. */
static inline bool vscmi_lend_by_table(const struct vscmi_virtq_driver *driver,
				       uint32_t count)
{
	return count > 1 && count <= driver->table_entries;
}

/* Whether a chain of count segments can be lent now, with needed descriptors of the ring. */
static inline enum vscmi_error vscmi_lend_check(const struct vscmi_virtq_driver *driver,
						uint32_t count, uint32_t needed)
{
	if (driver->broken)
		return VSCMI_E_BROKEN;
	if (count == 0 || count > driver->queue_size)
		return VSCMI_E_INVALID;
	return driver->free_count < needed ? VSCMI_E_BUSY : VSCMI_OK;
}

/* Make the region that holds a segment the recent one; false: none does. It is rare, so that
 * no register is kept free for it. */
__attribute__((cold)) bool vscmi_lend_move(struct vscmi_virtq_driver *driver,
					   const uint8_t *bytes, uint32_t length);

/* The address of a segment; false: it is empty, or not in the memory. */
static inline bool vscmi_lend_address(struct vscmi_virtq_driver *driver,
				      const uint8_t *bytes, uint32_t length,
				      uint64_t *ret_address)
{
	if (length == 0)
		return false;
	if (vscmi_gate_address(&driver->recent, bytes, length, ret_address))
		return true;
	return vscmi_lend_move(driver, bytes, length) &&
	       vscmi_gate_address(&driver->recent, bytes, length, ret_address);
}

/* The descriptor of a head's table; words are its format's. */
static inline struct vscmi_descriptor vscmi_lend_table(
	const struct vscmi_virtq_driver *driver, uint16_t head, uint32_t count)
{
	return (struct vscmi_descriptor){
		.address = driver->tables_address + (uint64_t)VSCMI_DESCRIPTOR_BYTES *
							    head * driver->table_entries,
		.length = count * VSCMI_DESCRIPTOR_BYTES,
	};
}

static inline struct vscmi_ring_descriptor *vscmi_lend_table_at(
	const struct vscmi_virtq_driver *driver, uint16_t head)
{
	return driver->tables + (size_t)head * driver->table_entries;
}

/* From here on the buffer is out. */
static inline void vscmi_lend_finish(struct vscmi_virtq_driver *driver, uint16_t head,
				     uint32_t writable_bytes, uint32_t descriptors,
				     void *cookie)
{
	struct vscmi_virtq_slot *slot = &driver->slots[head];

	slot->cookie = cookie;
	slot->writable_bytes = writable_bytes;
	slot->descriptors = (uint16_t)descriptors;
	driver->free_count = (uint16_t)(driver->free_count - descriptors);
	driver->counters.added++;
}

static inline void vscmi_lend_break(struct vscmi_virtq_driver *driver)
{
	driver->counters.lies++;
	driver->broken = true;
}

static inline bool vscmi_lend_is_out(const struct vscmi_virtq_driver *driver,
				     uint32_t head)
{
	return head < driver->queue_size && driver->slots[head].descriptors != 0;
}

/*
 * With IN_ORDER, after a used entry has said that all up to batch_head are done: the next
 * of them, and the length that counts for it. Those before the last one are full.
 */
static inline uint16_t vscmi_lend_next_of_batch(struct vscmi_virtq_driver *driver,
						uint32_t *ret_written)
{
	uint16_t head = driver->oldest;

	if (head == driver->batch_head) {
		driver->in_batch = false;
		*ret_written = driver->batch_written;
	} else {
		*ret_written = driver->slots[head].writable_bytes;
	}
	return head;
}

/* A chain is back that is out: its buffer. Its descriptors are then free. */
static inline void vscmi_lend_back(struct vscmi_virtq_driver *driver, uint16_t head,
				   uint32_t written,
				   struct vscmi_virtq_returned *ret_buffer)
{
	struct vscmi_virtq_slot *slot = &driver->slots[head];

	if (written > slot->writable_bytes) {
		driver->counters.lies++;
		written = slot->writable_bytes;
	}
	ret_buffer->cookie = slot->cookie;
	ret_buffer->written = written;
	driver->counters.taken++;
	driver->free_count = (uint16_t)(driver->free_count + slot->descriptors);
	slot->descriptors = 0;
}

#endif
