/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A ring written and read byte by byte, where virtio 1.2, "Split Virtqueues", says its
 * fields are: the other end for the tests of either end. It shares nothing with
 * lib/virtio.
 */
#ifndef VSCMI_TESTS_RING_BY_HAND_H
#define VSCMI_TESTS_RING_BY_HAND_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <vscmi/memory.h>

#define RING_BASE    UINT64_C(0x140000000)
#define TABLE_OFFSET (size_t)0xe0000 /* behind the largest ring */
#define DATA_OFFSET  (size_t)0xf0000
#define GUEST_BYTES  (size_t)0x100000

#define NEXT     1u
#define WRITE    2u
#define INDIRECT 4u

static struct {
	_Alignas(4096) uint8_t bytes[GUEST_BYTES];
	uint16_t size;
	size_t available, used; /* offsets; the descriptors are at 0 */
} ring;

static const struct vscmi_memory_region ring_region = { RING_BASE, GUEST_BYTES,
							ring.bytes };
static const struct vscmi_memory ring_memory = { &ring_region, 1 };

static inline void put(size_t offset, unsigned bytes, uint64_t value)
{
	for (unsigned i = 0; i < bytes; i++)
		ring.bytes[offset + i] = (uint8_t)(value >> (8 * i));
}

static inline uint64_t get(size_t offset, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)ring.bytes[offset + i] << (8 * i);
	return value;
}

/* A fresh ring of that size; the memory behind it is zero. */
static inline void ring_lay_out(uint16_t size)
{
	memset(ring.bytes, 0, sizeof ring.bytes);
	ring.size = size;
	ring.available = (size_t)16 * size;
	ring.used = (ring.available + 6 + (size_t)2 * size + 3) & ~(size_t)3;
}

static inline void put_descriptor(size_t table, unsigned index, uint64_t address,
				  uint32_t length, uint16_t flags, uint16_t next)
{
	put(table + (size_t)16 * index, 8, address);
	put(table + (size_t)16 * index + 8, 4, length);
	put(table + (size_t)16 * index + 12, 2, flags);
	put(table + (size_t)16 * index + 14, 2, next);
}

/* The fields of both rings, by their offset. */
static inline size_t available_flags(void)
{
	return ring.available;
}

static inline size_t available_index(void)
{
	return ring.available + 2;
}

static inline size_t available_entry(uint16_t index)
{
	return ring.available + 4 + (size_t)2 * (index % ring.size);
}

static inline size_t used_event(void)
{
	return ring.available + 4 + (size_t)2 * ring.size;
}

static inline size_t used_flags(void)
{
	return ring.used;
}

static inline size_t used_index(void)
{
	return ring.used + 2;
}

static inline size_t used_entry(uint16_t index)
{
	return ring.used + 4 + (size_t)8 * (index % ring.size);
}

static inline size_t available_event(void)
{
	return ring.used + 4 + (size_t)8 * ring.size;
}

/* What the driver does with the head of a chain; what the device does when it is done. */
static inline void make_available(uint16_t head)
{
	uint16_t index = (uint16_t)get(available_index(), 2);

	put(available_entry(index), 2, head);
	put(available_index(), 2, (uint16_t)(index + 1));
}

static inline void make_used(uint32_t id, uint32_t length)
{
	uint16_t index = (uint16_t)get(used_index(), 2);

	put(used_entry(index), 4, id);
	put(used_entry(index) + 4, 4, length);
	put(used_index(), 2, (uint16_t)(index + 1));
}

/* Whether an index that goes from old to new passes event: by walking there. */
static inline bool passes(uint16_t event, uint16_t old_index, uint16_t new_index)
{
	for (uint16_t i = old_index; i != new_index; i++)
		if (i == event)
			return true;
	return false;
}

#endif
