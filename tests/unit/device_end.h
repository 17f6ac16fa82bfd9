/* SPDX-License-Identifier: BSD-3-Clause */
/* A device end on a ring by hand: what the tests of chains and rings have in common. */
#ifndef VSCMI_TESTS_DEVICE_END_H
#define VSCMI_TESTS_DEVICE_END_H

#include "test.h"

#include <vscmi/virtqueue.h>

#include "ring_by_hand.h"

#define ALL_FEATURES VSCMI_VIRTQ_FEATURES
#define SEGMENTS     64u

static struct vscmi_virtq_device device;
static struct vscmi_virtq_segment readable[SEGMENTS], writable[SEGMENTS];
static struct vscmi_virtq_chain chain;

static inline enum vscmi_error init(uint64_t features, uint32_t base)
{
	const struct vscmi_virtq_device_config config = {
		.memory = &ring_memory,
		.areas = { RING_BASE, RING_BASE + ring.available, RING_BASE + ring.used },
		.features = features,
		.queue_size = ring.size,
		.base = base,
	};

	chain.readable = (struct vscmi_virtq_part){ readable, SEGMENTS, 0, 0 };
	chain.writable = (struct vscmi_virtq_part){ writable, SEGMENTS, 0, 0 };
	return vscmi_virtq_device_init(&device, &config);
}

static inline void start(uint16_t size, uint64_t features)
{
	ring_lay_out(size);
	assert_int_equal(init(features, 0), VSCMI_OK);
}

/* A device that starts at an index, on a ring that has come that far. */
static inline void start_at(uint16_t size, uint64_t features, uint16_t index)
{
	ring_lay_out(size);
	put(available_index(), 2, index);
	put(used_index(), 2, index);
	assert_int_equal(init(features, index), VSCMI_OK);
}

static inline uint64_t data(size_t offset)
{
	return RING_BASE + DATA_OFFSET + offset;
}

/* A chain of one readable descriptor that nothing is wrong with. */
static inline void make_sound_chain(uint16_t head)
{
	put_descriptor(0, head, data(0), 4, 0, 0);
	make_available(head);
}

static inline bool take(void)
{
	return vscmi_virtq_device_take(&device, &chain);
}

static inline void give_back(uint32_t written)
{
	vscmi_virtq_device_give_back(&device, &chain, written);
}

#endif
