/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both ends of a virtqueue in two threads that sleep until they are kicked or called. A wake-up
 * that is lost hangs the test; a byte that is read before it was written fails it, and is what
 * ThreadSanitizer looks for in a build with -Db_sanitize=thread.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

#include <vscmi/virtqueue.h>

#define MESSAGES      20000u
#define QUEUE_SIZE    8u
#define RACES         10000u
#define BUFFERS       16u
#define MESSAGE_BYTES 24u

static struct {
	_Alignas(16) uint8_t ring[VSCMI_VIRTQ_RING_BYTES(QUEUE_SIZE)];
	_Alignas(16) uint8_t tables[VSCMI_VIRTQ_TABLES_BYTES(QUEUE_SIZE, 2)];
	struct {
		uint8_t request[MESSAGE_BYTES], reply[MESSAGE_BYTES];
	} buffers[BUFFERS];
} guest;

static const struct vscmi_memory_region region = { 0, sizeof guest, (void *)&guest };
static const struct vscmi_memory map = { &region, 1 };

static struct vscmi_virtq_driver driver;
static struct vscmi_virtq_device device;
static struct vscmi_virtq_slot slots[QUEUE_SIZE];
static struct vscmi_virtq_device_slot device_slots[QUEUE_SIZE];
static sem_t kicked, called;
static uint32_t device_errors;
static atomic_uint arrived;
static bool chain_seen, reply_seen;

/* Reply to each request with its bytes plus one, the later of two first. */
static void *serve(void *unused)
{
	struct vscmi_virtq_segment segments[2][2][2];
	struct vscmi_virtq_chain chains[2] = { 0 };
	uint32_t served = 0, held = 0;

	for (unsigned i = 0; i < 2; i++) {
		chains[i].readable.segments = segments[i][0];
		chains[i].readable.capacity = 2;
		chains[i].writable.segments = segments[i][1];
		chains[i].writable.capacity = 2;
	}
	while (served < MESSAGES) {
		bool found = vscmi_virtq_device_take(&device, &chains[held]);

		held += found;
		if (!found && !held) {
			sem_wait(&kicked);
			continue;
		}
		if (found && held < 2)
			continue;
		while (held) {
			struct vscmi_virtq_chain *chain = &chains[--held];
			uint8_t bytes[MESSAGE_BYTES];
			uint32_t length =
				vscmi_virtq_read(&chain->readable, bytes, sizeof bytes);

			for (uint32_t i = 0; i < length; i++)
				bytes[i]++;
			device_errors += chain->defect || length != MESSAGE_BYTES;
			length = vscmi_virtq_write(&chain->writable, bytes, length);
			vscmi_virtq_device_give_back(&device, chain, length);
			served++;
		}
		if (vscmi_virtq_device_publish(&device))
			sem_post(&called);
	}
	return NULL;
}

static void send(uint32_t buffer, uint8_t fill)
{
	uint8_t *request = guest.buffers[buffer].request;
	const struct vscmi_virtq_segment segments[] = {
		{ request, MESSAGE_BYTES },
		{ guest.buffers[buffer].reply, MESSAGE_BYTES },
	};

	memset(request, fill, MESSAGE_BYTES);
	assert_int_equal(vscmi_virtq_driver_add(&driver, segments, 1, 1, request),
			 VSCMI_OK);
}

static void receive(const struct vscmi_virtq_returned *back)
{
	const uint8_t *request = back->cookie;

	assert_int_equal(back->written, MESSAGE_BYTES);
	for (uint32_t i = 0; i < MESSAGE_BYTES; i++)
		assert_int_equal(request[MESSAGE_BYTES + i], (uint8_t)(request[i] + 1));
}

static void start(uint64_t features)
{
	struct vscmi_virtq_device_config device_config = {
		.memory = &map,
		.slots = device_slots,
		.features = features | VSCMI_VIRTIO_F_VERSION_1,
		.queue_size = QUEUE_SIZE,
		.base = features & VSCMI_VIRTIO_F_RING_PACKED ? VSCMI_VIRTQ_PACKED_BASE
							      : 0,
	};
	struct vscmi_virtq_driver_config driver_config = {
		.memory = &map,
		.ring = guest.ring,
		.tables = guest.tables,
		.slots = slots,
		.features = device_config.features,
		.queue_size = QUEUE_SIZE,
		.table_entries = 2,
	};

	assert_int_equal(
		vscmi_virtq_driver_init(&driver, &driver_config, &device_config.areas),
		VSCMI_OK);
	assert_int_equal(vscmi_virtq_device_init(&device, &device_config), VSCMI_OK);
}

static void exchange(uint64_t features)
{
	uint32_t sent = 0, received = 0;
	bool polling = false;
	pthread_t thread;

	start(features);
	sem_init(&kicked, 0, 0);
	sem_init(&called, 0, 0);
	assert_int_equal(pthread_create(&thread, NULL, serve, NULL), 0);
	while (received < MESSAGES) {
		struct vscmi_virtq_returned back;

		/* Bursts of changing length, so that the ends fall asleep at all moments. */
		while (sent < MESSAGES && sent - received < 1 + sent % (QUEUE_SIZE / 2)) {
			send(sent % BUFFERS, (uint8_t)sent);
			sent++;
		}
		if (vscmi_virtq_driver_publish(&driver))
			sem_post(&kicked);
		if (vscmi_virtq_driver_take(&driver, &back)) {
			receive(&back);
			received++;
			continue;
		}
		polling = !polling;
		if (polling)
			vscmi_virtq_driver_disable_calls(&driver);
		else if (!vscmi_virtq_driver_enable_calls(&driver))
			sem_wait(&called);
	}
	pthread_join(thread, NULL);
	sem_destroy(&kicked);
	sem_destroy(&called);
	assert_int_equal(device_errors, 0);
	assert_int_equal(driver.counters.lies, 0);
	assert_false(driver.broken || device.broken);
}

/* Both threads leave at the same moment, as nearly as can be: spinning, while both run. */
static void meet(unsigned *meetings)
{
	*meetings += 2;
	atomic_fetch_add(&arrived, 1);
	for (unsigned spins = 0; atomic_load(&arrived) < *meetings; spins++)
		if (spins > 20000)
			sched_yield();
}

/* One end falls asleep while the other publishes; so for both ends in turn. */
static void *fall_asleep(void *unused)
{
	unsigned meetings = 0;

	for (uint32_t i = 0; i < RACES; i++) {
		meet(&meetings);
		chain_seen = vscmi_virtq_device_enable_kicks(&device);
		meet(&meetings);
		meet(&meetings);
		reply_seen = vscmi_virtq_driver_enable_calls(&driver);
		meet(&meetings);
	}
	return NULL;
}

static void race(uint64_t features)
{
	struct vscmi_virtq_segment segment;
	struct vscmi_virtq_chain chain = { .readable = { &segment, 1, 0, 0 } };
	const struct vscmi_virtq_segment request = { guest.buffers[0].request, 1 };
	unsigned meetings = 0, lost = 0;
	pthread_t thread;

	start(features);
	atomic_store(&arrived, 0);
	assert_int_equal(pthread_create(&thread, NULL, fall_asleep, NULL), 0);
	for (uint32_t i = 0; i < RACES; i++) {
		struct vscmi_virtq_returned back;
		bool told;

		vscmi_virtq_device_disable_kicks(&device);
		assert_int_equal(vscmi_virtq_driver_add(&driver, &request, 1, 0, NULL),
				 VSCMI_OK);
		meet(&meetings);
		told = vscmi_virtq_driver_publish(&driver);
		meet(&meetings);
		lost += !told && !chain_seen;

		vscmi_virtq_driver_disable_calls(&driver);
		assert_true(vscmi_virtq_device_take(&device, &chain));
		vscmi_virtq_device_give_back(&device, &chain, 0);
		meet(&meetings);
		told = vscmi_virtq_device_publish(&device);
		meet(&meetings);
		lost += !told && !reply_seen;
		assert_true(vscmi_virtq_driver_take(&driver, &back));
	}
	pthread_join(thread, NULL);
	assert_int_equal(lost, 0);
}

#define PACKED   VSCMI_VIRTIO_F_RING_PACKED
#define IN_ORDER VSCMI_VIRTIO_F_IN_ORDER
#define EVENTS   VSCMI_VIRTIO_F_EVENT_IDX
#define TABLES   VSCMI_VIRTIO_F_INDIRECT_DESC

/* TEST(name, features) */
#define TESTS(TEST)                                                 \
	TEST(flags, 0)                                              \
	TEST(EVENT_IDX, EVENTS)                                     \
	TEST(tables_and_EVENT_IDX, TABLES | EVENTS)                 \
	TEST(IN_ORDER, IN_ORDER | EVENTS)                           \
	TEST(packed_flags, PACKED)                                  \
	TEST(packed_EVENT_IDX, PACKED | EVENTS)                     \
	TEST(packed_tables_and_EVENT_IDX, PACKED | TABLES | EVENTS) \
	TEST(packed_IN_ORDER, PACKED | IN_ORDER | EVENTS)

#define TEST(name, features)                                                         \
	static void no_wake_up_and_no_byte_is_lost_with_##name(void **state)         \
	{                                                                            \
		exchange(features);                                                  \
	}                                                                            \
	static void an_end_that_falls_asleep_is_told_or_sees_for_itself_with_##name( \
		void **state)                                                        \
	{                                                                            \
		race(features);                                                      \
	}
TESTS(TEST)
#undef TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name, features)                                          \
	cmocka_unit_test(no_wake_up_and_no_byte_is_lost_with_##name), \
		cmocka_unit_test(                                     \
			an_end_that_falls_asleep_is_told_or_sees_for_itself_with_##name),
		TESTS(TEST)
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
