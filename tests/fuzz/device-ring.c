/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device end of a virtqueue on memory that is the input, ring and all, and that the driver
 * goes on changing. Whatever is there: what a chain points at is inside the memory, the sums are
 * right, and no more is out than the queue has.
 *
 * Input: log2 of the queue size, or with RING_PACKED the size, features, base (2; of a packed ring
 * both halves), room for segments, count of changes, the changes (offset, value: 2 each), then the
 * memory from its start.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <vscmi/virtqueue.h>

#include "fuzz.h"

#define SIZE_MAX_LOG2 6u
#define SEGMENTS_MAX  16u

/* Two regions that meet, and one at the end of the address space. */
enum { LOW, NEXT, TOP, REGIONS };

static const struct vscmi_memory_region layout[REGIONS] = {
	[LOW] = { .guest_base = 0x1000, .size = 0x800 },
	[NEXT] = { .guest_base = 0x1800, .size = 0x20 },
	[TOP] = { .guest_base = UINT64_MAX - 0x1f, .size = 0x20 },
};

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void check_part(const struct vscmi_virtq_part *part,
		       const struct vscmi_memory_region *regions)
{
	uint64_t bytes = 0;

	expect(part->count <= part->capacity);
	for (uint16_t i = 0; i < part->count; i++) {
		const struct vscmi_virtq_segment *segment = &part->segments[i];
		bool inside = false;

		for (unsigned r = 0; r < REGIONS; r++)
			inside |= segment->bytes >= regions[r].host &&
				  segment->bytes + segment->length <=
					  regions[r].host + regions[r].size;
		expect(inside && segment->length);
		bytes += segment->length;
	}
	expect(bytes == part->bytes);
}

/* Take what there is; give every other chain back at once and the rest at the end. */
static void serve(struct vscmi_virtq_device *device, struct vscmi_memory_region *regions,
		  uint16_t capacity, const uint8_t *changes, unsigned change_count)
{
	struct vscmi_virtq_segment segments[2][SEGMENTS_MAX];
	struct vscmi_virtq_chain chain, held[1u << SIZE_MAX_LOG2];
	unsigned held_count = 0;

	chain.readable = (struct vscmi_virtq_part){ segments[0], capacity, 0, 0 };
	chain.writable = (struct vscmi_virtq_part){ segments[1], capacity, 0, 0 };
	for (unsigned i = 0; i < 4u * device->queue_size; i++) {
		uint8_t message[64] = { 0 };
		uint32_t length;

		if (change_count) {
			size_t offset = (size_t)(changes[0] | changes[1] << 8) %
					(layout[LOW].size - 1);

			memcpy(regions[LOW].host + offset, changes + 2, 2);
			changes += 4;
			change_count--;
		}
		if (!vscmi_virtq_device_take(device, &chain)) {
			if (!vscmi_virtq_device_enable_kicks(device) && !change_count)
				break;
			vscmi_virtq_device_disable_kicks(device);
			continue;
		}
		expect(!device->broken && chain.head < device->queue_size);
		expect(device->in_flight <= device->queue_size);
		check_part(&chain.readable, regions);
		check_part(&chain.writable, regions);
		length = vscmi_virtq_read(&chain.readable, message, sizeof message);
		expect(length == (chain.readable.bytes < sizeof message
					  ? chain.readable.bytes
					  : sizeof message));
		length = vscmi_virtq_write(&chain.writable, message, sizeof message);
		expect(length <= chain.writable.bytes);
		if (chain.head % 2 && held_count < device->queue_size)
			held[held_count++] = chain;
		else
			vscmi_virtq_device_give_back(device, &chain, length);
		if (chain.head % 3)
			vscmi_virtq_device_publish(device);
	}
	while (held_count)
		vscmi_virtq_device_give_back(device, &held[--held_count], 0);
	vscmi_virtq_device_publish(device);
	expect(device->in_flight == 0);
	expect(device->counters.taken == device->counters.given_back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vscmi_memory_region regions[REGIONS];
	const struct vscmi_memory memory = { regions, REGIONS };
	struct vscmi_virtq_device_slot slots[1u << SIZE_MAX_LOG2];
	struct vscmi_virtq_device_config config = { .memory = &memory, .slots = slots };
	struct vscmi_virtq_device device;
	size_t changes_bytes;
	bool packed;

	if (size < 6 || size - 6 < 4u * data[5])
		return 0;
	changes_bytes = 4u * data[5];
	packed = data[1] & 8;
	config.queue_size = (uint16_t)(1u << data[0] % (SIZE_MAX_LOG2 + 1));
	config.features = VSCMI_VIRTIO_F_VERSION_1 |
			  (data[1] & 1 ? VSCMI_VIRTIO_F_INDIRECT_DESC : 0) |
			  (data[1] & 2 ? VSCMI_VIRTIO_F_EVENT_IDX : 0) |
			  (data[1] & 4 ? VSCMI_VIRTIO_F_IN_ORDER : 0) |
			  (packed ? VSCMI_VIRTIO_F_RING_PACKED : 0);
	config.base = (uint32_t)(data[2] | data[3] << 8);
	config.areas = (struct vscmi_virtq_areas){
		.descriptor_area = layout[LOW].guest_base,
		.driver_area = layout[LOW].guest_base + 16u * config.queue_size,
		.device_area = layout[LOW].guest_base + 20u * config.queue_size + 8,
	};
	if (packed) {
		config.queue_size = (uint16_t)(1 + data[0] % (1u << SIZE_MAX_LOG2));
		config.base |= config.base << 16;
		config.areas.driver_area =
			config.areas.descriptor_area + 16u * config.queue_size;
		config.areas.device_area = config.areas.driver_area + 4;
	}
	for (unsigned i = 0; i < REGIONS; i++) {
		regions[i] = layout[i];
		regions[i].host = calloc(1, regions[i].size);
		expect(regions[i].host);
	}
	size -= 6 + changes_bytes;
	memcpy(regions[LOW].host, data + 6 + changes_bytes,
	       size < layout[LOW].size ? size : layout[LOW].size);
	if (vscmi_virtq_device_init(&device, &config) == VSCMI_OK)
		serve(&device, regions, data[4] % (SEGMENTS_MAX + 1), data + 6, data[5]);
	for (unsigned i = 0; i < REGIONS; i++)
		free(regions[i].host);
	return 0;
}
