/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both ends of a virtqueue on one ring, in one thread: random traffic against a model
 * that knows every buffer, and that neither end sleeps while the other has something for
 * it.
 */
#include "test.h"

#include <string.h>

#include <vscmi/virtqueue.h>

#define GUEST_BASE  UINT64_C(0x40000000)
#define BUFFERS     64u
#define SLOT_BYTES  64u /* of a buffer: its readable bytes, then its writable ones */
#define PIECES      8u
#define QUEUE_LIMIT 64u

static struct {
	_Alignas(16) uint8_t ring[VSCMI_VIRTQ_RING_BYTES(QUEUE_LIMIT)];
	_Alignas(16) uint8_t tables[VSCMI_VIRTQ_TABLES_BYTES(QUEUE_LIMIT, PIECES)];
	uint8_t buffers[BUFFERS][SLOT_BYTES];
} guest;

static const struct vscmi_memory_region region = { GUEST_BASE, sizeof guest,
						   (void *)&guest };
static const struct vscmi_memory map = { &region, 1 };

/* What the model knows of a buffer. */
enum place { IDLE, ADDED, TAKEN, GIVEN_BACK };

struct buffer {
	enum place place;
	uint16_t readable, writable; /* bytes */
	uint32_t written;
	uint32_t order; /* which one of all that were added it is */
	uint8_t fill;   /* of the readable bytes; the reply is its complement */
	struct vscmi_virtq_chain chain;
	struct vscmi_virtq_segment segments[2][SLOT_BYTES];
};

static struct {
	struct vscmi_virtq_driver driver;
	struct vscmi_virtq_device device;
	struct vscmi_virtq_slot slots[QUEUE_LIMIT];
	struct vscmi_virtq_device_slot device_slots[QUEUE_LIMIT];
	bool in_order;
	uint32_t added, collected; /* buffers so far */
	struct buffer buffers[BUFFERS];
	bool device_sleeps, driver_sleeps; /* until kicked or called */
	uint32_t seed;
} model;

static uint32_t random_below(uint32_t limit)
{
	model.seed = model.seed * 1664525u + 1013904223u;
	return (model.seed >> 8) % limit;
}

static struct buffer *any_buffer(enum place place)
{
	uint32_t start = random_below(BUFFERS);

	for (uint32_t i = 0; i < BUFFERS; i++) {
		struct buffer *buffer = &model.buffers[(start + i) % BUFFERS];

		if (buffer->place == place)
			return buffer;
	}
	return NULL;
}

static uint8_t *bytes_of(const struct buffer *buffer)
{
	return guest.buffers[buffer - model.buffers];
}

/* Cut length bytes into at most limit pieces. */
static uint16_t cut(uint8_t *bytes, uint16_t length, uint32_t limit,
		    struct vscmi_virtq_segment *segments)
{
	uint16_t count = 0;

	while (length) {
		uint16_t piece = count + 1u < limit ? (uint16_t)(1 + random_below(length))
						    : length;

		segments[count++] = (struct vscmi_virtq_segment){ bytes, piece };
		bytes += piece;
		length = (uint16_t)(length - piece);
	}
	return count;
}

static void add(void)
{
	struct buffer *buffer = any_buffer(IDLE);
	uint16_t size = model.driver.queue_size, readable_count, count;
	uint32_t pieces = size < PIECES ? size : PIECES;
	struct vscmi_virtq_segment segments[2 * PIECES];
	enum vscmi_error error;

	if (!buffer)
		return;
	buffer->fill++;
	buffer->readable = (uint16_t)random_below(SLOT_BYTES / 2);
	buffer->writable = (uint16_t)random_below(SLOT_BYTES / 2);
	if (pieces == 1)
		buffer->readable = 0;
	if (buffer->readable + buffer->writable == 0)
		buffer->writable = 1;
	memset(bytes_of(buffer), buffer->fill, SLOT_BYTES);
	readable_count = cut(bytes_of(buffer), buffer->readable, pieces / 2, segments);
	count = readable_count;
	count = (uint16_t)(count + cut(bytes_of(buffer) + buffer->readable,
				       buffer->writable, (pieces + 1) / 2,
				       segments + count));
	error = vscmi_virtq_driver_add(&model.driver, segments, readable_count,
				       (uint16_t)(count - readable_count), buffer);
	if (error) {
		assert_int_equal(error, VSCMI_E_BUSY);
		assert_true(model.driver.free_count < count);
		return;
	}
	buffer->place = ADDED;
	buffer->order = model.added++;
}

static void take(void)
{
	static struct vscmi_virtq_segment readable[SLOT_BYTES], writable[SLOT_BYTES];
	struct vscmi_virtq_chain chain = {
		.readable = { .segments = readable, .capacity = SLOT_BYTES },
		.writable = { .segments = writable, .capacity = SLOT_BYTES },
	};
	uint8_t bytes[SLOT_BYTES], want[SLOT_BYTES];
	struct buffer *buffer;
	size_t at;

	if (!vscmi_virtq_device_take(&model.device, &chain)) {
		assert_false(model.device.broken);
		model.device_sleeps = model.device.kicks_enabled;
		return;
	}
	assert_int_equal(chain.defect, VSCMI_VIRTQ_SOUND);
	at = (size_t)((chain.readable.count ? readable : writable)->bytes -
		      guest.buffers[0]);
	buffer = &model.buffers[at / SLOT_BYTES];
	assert_int_equal(buffer->place, ADDED);
	assert_int_equal(chain.readable.bytes, buffer->readable);
	assert_int_equal(chain.writable.bytes, buffer->writable);
	assert_int_equal(vscmi_virtq_read(&chain.readable, bytes, sizeof bytes),
			 buffer->readable);
	memset(want, buffer->fill, sizeof want);
	assert_memory_equal(bytes, want, buffer->readable);
	buffer->chain = chain;
	memcpy(buffer->segments[0], readable, sizeof readable);
	memcpy(buffer->segments[1], writable, sizeof writable);
	buffer->chain.readable.segments = buffer->segments[0];
	buffer->chain.writable.segments = buffer->segments[1];
	buffer->place = TAKEN;
}

static void give_back(void)
{
	struct buffer *buffer = any_buffer(TAKEN);
	uint8_t reply[SLOT_BYTES];

	if (!buffer)
		return;
	memset(reply, (uint8_t)~buffer->fill, sizeof reply);
	buffer->written = vscmi_virtq_write(&buffer->chain.writable, reply,
					    random_below(SLOT_BYTES));
	vscmi_virtq_device_give_back(&model.device, &buffer->chain, buffer->written);
	buffer->place = GIVEN_BACK;
}

static void collect(void)
{
	struct vscmi_virtq_returned back;
	struct buffer *buffer;
	const uint8_t *bytes;

	if (!vscmi_virtq_driver_take(&model.driver, &back)) {
		assert_false(model.driver.broken);
		model.driver_sleeps = model.driver.calls_enabled;
		return;
	}
	buffer = back.cookie;
	bytes = bytes_of(buffer);
	assert_int_equal(buffer->place, GIVEN_BACK);
	if (model.in_order)
		assert_int_equal(buffer->order, model.collected);
	model.collected++;
	assert_int_equal(back.written, buffer->written);
	for (uint32_t i = 0; i < SLOT_BYTES; i++) {
		bool reply = i >= buffer->readable && i - buffer->readable < back.written;

		assert_int_equal(bytes[i], reply ? (uint8_t)~buffer->fill : buffer->fill);
	}
	buffer->place = IDLE;
}

/* An end that sleeps is woken, or had been told of all there is. */
static void publish_chains(void)
{
	bool news = model.driver.next_available != model.driver.published_available;
	bool kick = vscmi_virtq_driver_publish(&model.driver);

	if (news && model.device_sleeps)
		assert_true(kick);
	if (kick)
		model.device_sleeps = false;
}

static void publish_replies(void)
{
	bool news = model.device.next_used != model.device.published_used;
	bool call = vscmi_virtq_device_publish(&model.device);

	if (news && model.driver_sleeps)
		assert_true(call);
	if (call)
		model.driver_sleeps = false;
}

static void toggle_kicks(void)
{
	model.device_sleeps = false;
	if (model.device.kicks_enabled)
		vscmi_virtq_device_disable_kicks(&model.device);
	else
		model.device_sleeps = !vscmi_virtq_device_enable_kicks(&model.device);
}

static void toggle_calls(void)
{
	model.driver_sleeps = false;
	if (model.driver.calls_enabled)
		vscmi_virtq_driver_disable_calls(&model.driver);
	else
		model.driver_sleeps = !vscmi_virtq_driver_enable_calls(&model.driver);
}

static void (*const steps[])(void) = {
	add,       add,     publish_chains,  take,         take,         give_back,
	give_back, collect, publish_replies, toggle_kicks, toggle_calls, collect,
};

static void start(uint16_t queue_size, uint64_t features)
{
	struct vscmi_virtq_device_config device = {
		.memory = &map,
		.slots = model.device_slots,
		.features = features | VSCMI_VIRTIO_F_VERSION_1,
		.queue_size = queue_size,
		.base = features & VSCMI_VIRTIO_F_RING_PACKED ? VSCMI_VIRTQ_PACKED_BASE
							      : 0,
	};
	struct vscmi_virtq_driver_config driver = {
		.memory = &map,
		.ring = guest.ring,
		.tables = guest.tables,
		.slots = model.slots,
		.features = device.features,
		.queue_size = queue_size,
		.table_entries = PIECES,
	};

	memset(model.buffers, 0, sizeof model.buffers);
	model.device_sleeps = model.driver_sleeps = false;
	model.in_order = features & VSCMI_VIRTIO_F_IN_ORDER;
	model.added = model.collected = 0;
	assert_int_equal(vscmi_virtq_driver_init(&model.driver, &driver, &device.areas),
			 VSCMI_OK);
	assert_int_equal(vscmi_virtq_device_init(&model.device, &device), VSCMI_OK);
}

/* Let everything that is out come home. */
static void drain(void)
{
	publish_chains();
	for (uint32_t i = 0; i <= BUFFERS; i++)
		take();
	while (any_buffer(TAKEN))
		give_back();
	publish_replies();
	for (uint32_t i = 0; i <= BUFFERS; i++)
		collect();
	for (uint32_t i = 0; i < BUFFERS; i++)
		assert_int_equal(model.buffers[i].place, IDLE);
}

static void random_traffic(uint64_t features)
{
	static const uint16_t sizes[] = { 1, 2, 4, 8, 16, 32, 64, 3, 5, 7, 11, 48, 63 };
	/* Only a packed ring may have any number of descriptors. */
	size_t count = features & VSCMI_VIRTIO_F_RING_PACKED ? 13 : 7;

	for (size_t n = 0; n < count; n++) {
		uint16_t size = sizes[n];

		start(size, features);
		for (uint32_t i = 0; i < 40000; i++)
			steps[random_below(sizeof steps / sizeof *steps)]();
		drain();
		assert_int_equal(model.driver.free_count, size);
		assert_int_equal(model.device.in_flight, 0);
		assert_true(model.driver.counters.taken > 500);
		assert_int_equal(model.driver.counters.taken,
				 model.driver.counters.added);
		assert_int_equal(model.device.counters.taken,
				 model.driver.counters.added);
		assert_int_equal(model.device.counters.given_back,
				 model.driver.counters.added);
		assert_int_equal(model.device.counters.malformed, 0);
		assert_int_equal(model.driver.counters.lies, 0);
	}
}

#define PACKED   VSCMI_VIRTIO_F_RING_PACKED
#define IN_ORDER VSCMI_VIRTIO_F_IN_ORDER
#define EVENTS   VSCMI_VIRTIO_F_EVENT_IDX
#define TABLES   VSCMI_VIRTIO_F_INDIRECT_DESC

/* TEST(name, features): direct chains without TABLES, flags without EVENTS. */
#define TESTS(TEST)                                                          \
	TEST(direct_chains_and_flags, 0)                                     \
	TEST(direct_chains_and_event_idx, EVENTS)                            \
	TEST(indirect_tables_and_flags, TABLES)                              \
	TEST(indirect_tables_and_event_idx, TABLES | EVENTS)                 \
	TEST(direct_chains_in_order, IN_ORDER | EVENTS)                      \
	TEST(indirect_tables_in_order, IN_ORDER | TABLES)                    \
	TEST(packed_direct_chains_and_flags, PACKED)                         \
	TEST(packed_direct_chains_and_event_idx, PACKED | EVENTS)            \
	TEST(packed_indirect_tables_and_flags, PACKED | TABLES)              \
	TEST(packed_indirect_tables_and_event_idx, PACKED | TABLES | EVENTS) \
	TEST(packed_direct_chains_in_order, PACKED | IN_ORDER | EVENTS)      \
	TEST(packed_indirect_tables_in_order, PACKED | IN_ORDER | TABLES)

#define TEST(name, features)                                               \
	static void random_traffic_arrives_whole_with_##name(void **state) \
	{                                                                  \
		random_traffic(features);                                  \
	}
TESTS(TEST)
#undef TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name, features) cmocka_unit_test(random_traffic_arrives_whole_with_##name),
		TESTS(TEST)
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
