/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver end of a virtqueue with a device that returns what it likes and writes over all
 * that it can reach. Each buffer comes back once, with no more than was lent, or is detached.
 *
 * Input: log2 of the queue size, or with RING_PACKED the size, features, then steps of one byte each with their arguments.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <vscmi/virtqueue.h>

#include "fuzz.h"

#define SIZE_MAX_LOG2 5u
#define QUEUE_MAX     (1u << SIZE_MAX_LOG2)
#define TABLE_ENTRIES 3u
#define BUFFER_BYTES  16u

struct buffer {
	bool out;
	uint32_t writable;
};

static struct {
	struct vscmi_virtq_driver driver;
	struct vscmi_virtq_slot slots[QUEUE_MAX];
	struct vscmi_virtq_areas areas;
	struct buffer buffers[QUEUE_MAX];
	uint8_t *
		shared; /* ring, tables, and the bytes of every buffer, which are the same */
	size_t shared_bytes, data_offset;
	uint16_t device_index; /* of an honest device: the next chain to return */
	uint16_t
		used_index; /* and where it does, in a packed ring, as the device end counts */
	bool packed;
} fuzz;

struct input {
	const uint8_t *pos, *end;
};

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static uint32_t next(struct input *input, unsigned bytes)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < bytes && input->pos < input->end; i++)
		value |= (uint32_t)*input->pos++ << (8 * i);
	return value;
}

static void add(struct input *input)
{
	struct vscmi_virtq_segment segments[8];
	uint8_t *data = fuzz.shared + fuzz.data_offset;
	uint32_t shape = next(input, 1);
	uint16_t readable = shape & 3, writable = shape >> 2 & 3;
	struct buffer *buffer = fuzz.buffers;
	enum vscmi_error error;

	while (buffer < fuzz.buffers + QUEUE_MAX - 1 && buffer->out)
		buffer++;
	if (buffer->out)
		return;
	for (unsigned i = 0; i < 8; i++)
		segments[i] = (struct vscmi_virtq_segment){ data + i, shape >> 4 & 7 };
	error = vscmi_virtq_driver_add(&fuzz.driver, segments, readable, writable,
				       buffer);
	if (error == VSCMI_OK)
		*buffer = (struct buffer){ true, writable * (shape >> 4 & 7) };
	else
		expect(error == VSCMI_E_INVALID || error == VSCMI_E_BUSY ||
		       (error == VSCMI_E_BROKEN && fuzz.driver.broken));
}

static void take(void)
{
	struct vscmi_virtq_returned back;
	struct buffer *buffer;

	if (!vscmi_virtq_driver_take(&fuzz.driver, &back))
		return;
	buffer = back.cookie;
	expect(buffer->out && back.written <= buffer->writable);
	buffer->out = false;
}

static uint16_t advance(uint16_t index, uint32_t count)
{
	uint32_t position = (index & 0x7fffu) + count;

	for (; position >= fuzz.driver.queue_size; position -= fuzz.driver.queue_size)
		index ^= 0x8000;
	return (uint16_t)(position | (index & 0x8000));
}

static uint8_t *packed_at(uint16_t index)
{
	return fuzz.shared + fuzz.areas.descriptor_area + 16u * (index & 0x7fffu);
}

/* Use a descriptor of a packed ring, and go on by so many. */
static void make_packed_used(uint32_t id, uint32_t length, uint32_t entries)
{
	uint8_t *entry = packed_at(fuzz.used_index);

	for (unsigned i = 0; i < 4; i++)
		entry[8 + i] = (uint8_t)(length >> (8 * i));
	entry[12] = (uint8_t)id;
	entry[13] = (uint8_t)(id >> 8);
	entry[14] = (uint8_t)(fuzz.used_index & 0x8000 ? 0x82 : 0x02);
	entry[15] = (uint8_t)(fuzz.used_index & 0x8000 ? 0x80 : 0);
	fuzz.used_index = advance(fuzz.used_index, entries);
}

/* Where the used ring is, by the areas that the driver end named. */
static void make_used(uint32_t id, uint32_t length)
{
	size_t used = (size_t)fuzz.areas.device_area;
	uint16_t index;
	uint8_t *entry;

	if (fuzz.packed) {
		make_packed_used(id, length, 1 + (length >> 24));
		return;
	}
	index = (uint16_t)(fuzz.shared[used + 2] | fuzz.shared[used + 3] << 8);
	entry = fuzz.shared + used + 4 + 8 * (index % fuzz.driver.queue_size);
	for (unsigned i = 0; i < 4; i++) {
		entry[i] = (uint8_t)(id >> (8 * i));
		entry[4 + i] = (uint8_t)(length >> (8 * i));
	}
	index++;
	fuzz.shared[used + 2] = (uint8_t)index;
	fuzz.shared[used + 3] = (uint8_t)(index >> 8);
}

/* The next chain that is there, in order, with the id at its end. */
static void return_packed_honestly(uint32_t length)
{
	uint32_t entries = 1;
	const uint8_t *entry = packed_at(fuzz.device_index);

	for (; entry[14] & 1 && entries < fuzz.driver.queue_size; entries++)
		entry = packed_at(advance(fuzz.device_index, entries));
	make_packed_used(entry[12] | (uint32_t)entry[13] << 8, length, entries);
	fuzz.device_index = advance(fuzz.device_index, entries);
}

static void return_split_honestly(uint32_t length)
{
	size_t entry = (size_t)fuzz.areas.driver_area + 4 +
		       2u * (fuzz.device_index % fuzz.driver.queue_size);

	fuzz.device_index++;
	make_used(fuzz.shared[entry] | (uint32_t)fuzz.shared[entry + 1] << 8, length);
}

static void return_honestly(struct input *input)
{
	if (fuzz.packed) {
		return_packed_honestly(next(input, 1));
		return;
	}
	return_split_honestly(next(input, 1));
}

static void step(struct input *input)
{
	size_t offset;

	switch (next(input, 1) % 8) {
	case 0:
		add(input);
		break;
	case 1:
		vscmi_virtq_driver_publish(&fuzz.driver);
		break;
	case 2:
		take();
		break;
	case 3:
		vscmi_virtq_driver_disable_calls(&fuzz.driver);
		break;
	case 4:
		vscmi_virtq_driver_enable_calls(&fuzz.driver);
		break;
	case 5:
		return_honestly(input);
		break;
	case 6:
		make_used(next(input, 4), next(input, 4));
		break;
	default:
		offset = next(input, 2) % fuzz.shared_bytes;
		fuzz.shared[offset] = (uint8_t)next(input, 1);
	}
}

static void run(struct input *input)
{
	void *cookie;

	while (input->pos < input->end) {
		step(input);
		expect(fuzz.driver.free_count <= fuzz.driver.queue_size);
	}
	while (vscmi_virtq_driver_detach(&fuzz.driver, &cookie)) {
		struct buffer *buffer = cookie;

		expect(buffer->out);
		buffer->out = false;
	}
	for (unsigned i = 0; i < QUEUE_MAX; i++)
		expect(!fuzz.buffers[i].out);
	expect(fuzz.driver.free_count == fuzz.driver.queue_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, data + size };
	uint32_t size_byte = next(&input, 1), features = next(&input, 1);
	bool packed = features & 8;
	uint16_t queue_size = (uint16_t)(packed ? 1 + size_byte % QUEUE_MAX
						: 1u << size_byte % (SIZE_MAX_LOG2 + 1));
	size_t tables_offset = (VSCMI_VIRTQ_RING_BYTES(queue_size) + 15) & ~(size_t)15;
	struct vscmi_memory_region region = { 0 };
	const struct vscmi_memory memory = { &region, 1 };
	struct vscmi_virtq_driver_config config = {
		.memory = &memory,
		.slots = fuzz.slots,
		.features = VSCMI_VIRTIO_F_VERSION_1 |
			    (features & 1 ? VSCMI_VIRTIO_F_INDIRECT_DESC : 0) |
			    (features & 2 ? VSCMI_VIRTIO_F_EVENT_IDX : 0) |
			    (features & 4 ? VSCMI_VIRTIO_F_IN_ORDER : 0) |
			    (packed ? VSCMI_VIRTIO_F_RING_PACKED : 0),
		.queue_size = queue_size,
		.table_entries = TABLE_ENTRIES,
	};

	memset(&fuzz, 0, sizeof fuzz);
	fuzz.packed = packed;
	fuzz.device_index = packed ? 0x8000 : 0;
	fuzz.used_index = 0x8000;
	fuzz.data_offset =
		tables_offset + VSCMI_VIRTQ_TABLES_BYTES(queue_size, TABLE_ENTRIES);
	fuzz.shared_bytes = fuzz.data_offset + BUFFER_BYTES;
	fuzz.shared = malloc(fuzz.shared_bytes);
	expect(fuzz.shared);
	memset(fuzz.shared, 0xa5, fuzz.shared_bytes);
	region = (struct vscmi_memory_region){ 0, fuzz.shared_bytes, fuzz.shared };
	config.ring = fuzz.shared;
	config.tables = fuzz.shared + tables_offset;
	expect(vscmi_virtq_driver_init(&fuzz.driver, &config, &fuzz.areas) == VSCMI_OK);
	run(&input);
	free(fuzz.shared);
	return 0;
}
