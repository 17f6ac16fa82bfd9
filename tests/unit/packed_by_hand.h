/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A packed ring written and read byte by byte, where virtio 1.2, "Packed Virtqueues", says its
 * fields are: the other end for the tests of either end. It shares nothing with lib/virtio.
 */
#ifndef VSCMI_TESTS_PACKED_BY_HAND_H
#define VSCMI_TESTS_PACKED_BY_HAND_H

#include <stdbool.h>

#include "ring_by_hand.h"

/* Where the other end is: a position, and a wrap counter. */
struct place {
	uint16_t position;
	bool wrap;
};

static struct place there; /* of the other end: what it writes next */

static inline void packed_lay_out(uint16_t size)
{
	memset(ring.bytes, 0, sizeof ring.bytes);
	ring.size = size;
	there = (struct place){ 0, true };
}

static inline size_t driver_event(void)
{
	return (size_t)16 * ring.size;
}

static inline size_t device_event(void)
{
	return driver_event() + 4;
}

static inline struct place after(struct place place, uint16_t count)
{
	for (; count; count--)
		if (++place.position == ring.size)
			place = (struct place){ 0, !place.wrap };
	return place;
}

/* As in event suppression structures, and in half of a base. */
static inline uint16_t index_of(struct place place)
{
	return (uint16_t)(place.position | (place.wrap ? 0x8000 : 0));
}

static inline uint16_t packed_flags(uint16_t position)
{
	return (uint16_t)get((size_t)16 * position + 14, 2);
}

static inline bool is_available_at(struct place place)
{
	uint16_t flags = packed_flags(place.position);

	return !!(flags & 0x80) == place.wrap && !!(flags & 0x8000) != place.wrap;
}

static inline bool is_used_at(struct place place)
{
	uint16_t flags = packed_flags(place.position);

	return !!(flags & 0x80) == place.wrap && !!(flags & 0x8000) == place.wrap;
}

/* Make a descriptor available, with NEXT, WRITE and INDIRECT as given. */
static inline void packed_offer(uint64_t address, uint32_t length, uint16_t id,
				uint16_t flags)
{
	put_descriptor(0, there.position, address, length, id,
		       (uint16_t)(flags | (there.wrap ? 0x80 : 0x8000)));
	there = after(there, 1);
}

/* Use a descriptor, and go on by as many as the chain had. */
static inline void packed_use(uint16_t id, uint32_t length, uint16_t flags,
			      uint16_t entries)
{
	put((size_t)16 * there.position + 8, 4, length);
	put((size_t)16 * there.position + 12, 2, id);
	put((size_t)16 * there.position + 14, 2, flags | (there.wrap ? 0x8080u : 0));
	there = after(there, entries);
}

#endif
