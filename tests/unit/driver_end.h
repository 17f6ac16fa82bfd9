/* SPDX-License-Identifier: BSD-3-Clause */
/* A driver end on a ring by hand: what the tests of lending and of taking back share. */
#ifndef VSCMI_TESTS_DRIVER_END_H
#define VSCMI_TESTS_DRIVER_END_H

#include "test.h"

#include <vscmi/virtqueue.h>

#include "ring_by_hand.h"

#define TABLE_ENTRIES 4u

static struct vscmi_virtq_driver driver;
static struct vscmi_virtq_slot slots[VSCMI_VIRTQ_SIZE_MAX];
static struct vscmi_virtq_areas areas;
static struct vscmi_virtq_returned back;

static inline struct vscmi_virtq_driver_config config_of(uint16_t size, uint64_t features)
{
	ring_lay_out(size);
	return (struct vscmi_virtq_driver_config){
		.memory = &ring_memory,
		.ring = ring.bytes,
		.tables = ring.bytes + TABLE_OFFSET,
		.slots = slots + VSCMI_VIRTQ_SIZE_MAX - size, /* none behind them */
		.features = features | VSCMI_VIRTIO_F_VERSION_1,
		.queue_size = size,
		.table_entries = TABLE_ENTRIES,
	};
}

static inline enum vscmi_error init(const struct vscmi_virtq_driver_config *config)
{
	return vscmi_virtq_driver_init(&driver, config, &areas);
}

static inline void start(uint16_t size, uint64_t features)
{
	struct vscmi_virtq_driver_config config = config_of(size, features);

	/* Tables for the largest rings would lie in the data. */
	if (size > 1024)
		config.tables = NULL;
	assert_int_equal(init(&config), VSCMI_OK);
}

/* What a cookie is: its number, so that it is known again. */
static inline void *cookie(uintptr_t number)
{
	return (void *)number;
}

/* Segments of a byte each, one behind the other. */
static inline enum vscmi_error add(uint16_t readable, uint16_t writable, uintptr_t number)
{
	struct vscmi_virtq_segment segments[16];

	for (uint16_t i = 0; i < readable + writable; i++)
		segments[i] =
			(struct vscmi_virtq_segment){ ring.bytes + DATA_OFFSET + i, 1 };
	return vscmi_virtq_driver_add(&driver, segments, readable, writable,
				      cookie(number));
}

static inline bool take(void)
{
	return vscmi_virtq_driver_take(&driver, &back);
}

static inline uint16_t head_at(uint16_t index)
{
	return (uint16_t)get(available_entry(index), 2);
}

#endif
