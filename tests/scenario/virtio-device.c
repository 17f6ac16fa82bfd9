/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device end of the virtio link against a driver on the same rings, row by row of the SCMI
 * device's requirements: virtio 1.2, "SCMI Device", "Device Operation".
 */
#include <string.h>

#include "bench.h"
#include "message/cursor.h"
#include "test.h"
#include "vscmi/link/virtio_device.h"

#define QUEUE_SIZE 256u
#define RING_BYTES ((VSCMI_VIRTQ_RING_BYTES(QUEUE_SIZE) + 15) / 16 * 16)
#define TABLE      152u /* entries: a command cut into single bytes */
#define MESSAGES   128u
#define COMMANDS   (2 * BENCH_PENDING_MAX + 1)
#define ROOM       136u
#define BASE       UINT64_C(0x80000000)
#define MHZ        1000000u

#define RING   VSCMI_VIRTIO_F_VERSION_1
#define EVENTS VSCMI_VIRTIO_F_P2A_CHANNELS

enum { CMDQ = VSCMI_VIRTIO_CMDQ, EVENTQ = VSCMI_VIRTIO_EVENTQ };

/* What the driver shares. */
struct guest {
	_Alignas(16) uint8_t rings[2][RING_BYTES];
	_Alignas(16) uint8_t tables[2][VSCMI_VIRTQ_TABLES_BYTES(QUEUE_SIZE, TABLE)];
	struct message {
		uint8_t request[32];
		uint8_t reply[256];
	} messages[MESSAGES];
};

struct rig {
	struct bench bench;
	struct vscmi_memory_region region;
	struct vscmi_memory memory;
	struct vscmi_virtq_driver drivers[2];
	struct vscmi_virtq_device rings[2];
	struct vscmi_virtq_slot slots[2][QUEUE_SIZE];
	struct vscmi_virtio_device device;
	struct vscmi_virtio_device_command commands[COMMANDS];
	char order[8]; /* of what was published: c and e */
	size_t published;
};

static struct guest guest;
static struct rig rig;

static void publish(void *context, enum vscmi_virtio_queue queue)
{
	vscmi_virtq_device_publish(&rig.rings[queue]);
	if (rig.published < sizeof(rig.order) - 1)
		rig.order[rig.published] = queue == VSCMI_VIRTIO_CMDQ ? 'c' : 'e';
	rig.published++;
}

static void start_queue(enum vscmi_virtio_queue queue, uint64_t features)
{
	const struct vscmi_virtq_driver_config driver = {
		.memory = &rig.memory,
		.ring = guest.rings[queue],
		.tables = features & VSCMI_VIRTIO_F_INDIRECT_DESC ? guest.tables[queue]
								  : NULL,
		.slots = rig.slots[queue],
		.features = features,
		.queue_size = QUEUE_SIZE,
		.table_entries = TABLE,
	};
	struct vscmi_virtq_device_config device = {
		.memory = &rig.memory,
		.features = features,
		.queue_size = QUEUE_SIZE,
	};

	assert_int_equal(
		vscmi_virtq_driver_init(&rig.drivers[queue], &driver, &device.areas),
		VSCMI_OK);
	assert_int_equal(vscmi_virtq_device_init(&rig.rings[queue], &device), VSCMI_OK);
	vscmi_virtio_device_start(&rig.device, queue, &rig.rings[queue], features);
}

static void start(uint64_t features)
{
	const struct vscmi_virtio_device_config config = {
		.service = vscmi_platform_service(rig.bench.platform),
		.agent_id = PEER,
		.commands = rig.commands,
		.command_count = COMMANDS,
		.publish = publish,
	};

	rig.region =
		(struct vscmi_memory_region){ BASE, sizeof(guest), (uint8_t *)&guest };
	rig.memory = (struct vscmi_memory){ &rig.region, 1 };
	assert_int_equal(vscmi_virtio_device_init(&rig.device, &config), VSCMI_OK);
	start_queue(VSCMI_VIRTIO_CMDQ, features);
	if (features & EVENTS)
		start_queue(VSCMI_VIRTIO_EVENTQ, features);
}

static int set_up(void **state)
{
	memset(&rig, 0, sizeof(rig));
	bench_describe(&rig.bench);
	bench_start(&rig.bench, true);
	start(RING | EVENTS | VSCMI_VIRTIO_F_INDIRECT_DESC | VSCMI_VIRTIO_F_EVENT_IDX);
	return 0;
}

static int tear_down(void **state)
{
	bench_end(&rig.bench);
	return 0;
}

/* Start again with other features. */
static void restart(uint64_t features)
{
	vscmi_virtio_device_reset(&rig.device);
	start(features);
}

/*
 * ---- The driver ----
 */

static void add(enum vscmi_virtio_queue queue, const struct vscmi_virtq_segment *segments,
		uint16_t readable, uint16_t writable, struct message *message)
{
	memset(message->reply, 0xee, sizeof(message->reply));
	assert_int_equal(vscmi_virtq_driver_add(&rig.drivers[queue], segments, readable,
						writable, message),
			 VSCMI_OK);
	vscmi_virtq_driver_publish(&rig.drivers[queue]);
}

/* Put a command of words into message n; how many bytes it has. */
static uint32_t fill(uint32_t n, uint8_t protocol, uint8_t message_id,
		     const uint32_t *words, size_t word_count)
{
	uint8_t *request = guest.messages[n].request;

	vscmi_le32_put(request, vscmi_header_pack((struct vscmi_header){
					.message_id = message_id,
					.protocol = protocol,
					.token = (uint16_t)(n + 700),
				}));
	for (size_t i = 0; i < word_count; i++)
		vscmi_le32_put(request + 4 + 4 * i, words[i]);
	return (uint32_t)(4 + 4 * word_count);
}

static void send_words(uint32_t n, uint32_t room, uint8_t protocol, uint8_t message_id,
		       const uint32_t *words, size_t word_count)
{
	struct message *message = &guest.messages[n];
	struct vscmi_virtq_segment segments[] = {
		{ message->request, fill(n, protocol, message_id, words, word_count) },
		{ message->reply, room },
	};

	add(VSCMI_VIRTIO_CMDQ, segments, 1, 1, message);
}

#define send(n, room, protocol, message_id, ...)                   \
	send_words(n, room, VSCMI_PROTOCOL_##protocol, message_id, \
		   BENCH_WORDS(__VA_ARGS__))

static void give_event_buffer(uint32_t n, uint32_t room)
{
	struct vscmi_virtq_segment segment = { guest.messages[n].reply, room };

	add(VSCMI_VIRTIO_EVENTQ, &segment, 0, 1, &guest.messages[n]);
}

/* The buffer that came back is message n, with so many bytes written. */
static void assert_back(enum vscmi_virtio_queue queue, uint32_t n, uint32_t written)
{
	struct vscmi_virtq_returned returned;

	assert_true(vscmi_virtq_driver_take(&rig.drivers[queue], &returned));
	assert_ptr_equal(returned.cookie, &guest.messages[n]);
	assert_int_equal(returned.written, written);
	for (size_t i = written; i < sizeof(guest.messages[n].reply); i++)
		assert_int_equal(guest.messages[n].reply[i], 0xee);
}

static void assert_none_back(enum vscmi_virtio_queue queue)
{
	struct vscmi_virtq_returned returned;

	assert_false(vscmi_virtq_driver_take(&rig.drivers[queue], &returned));
}

static uint32_t reply_word(uint32_t n, size_t word)
{
	return vscmi_le32_get(guest.messages[n].reply + 4 * word);
}

/* The answer to message n: its header, a status, and so many bytes in all. */
static void assert_answer(uint32_t n, int32_t status, uint32_t written)
{
	assert_back(VSCMI_VIRTIO_CMDQ, n, written);
	assert_memory_equal(guest.messages[n].reply, guest.messages[n].request, 4);
	assert_int_equal((int32_t)reply_word(n, 1), status);
}

static void process(void)
{
	assert_false(vscmi_virtio_device_process(&rig.device));
}

/*
 * ---- The rows ----
 */

static void D2_there_is_no_statistics_region(void **state)
{
	send(0, ROOM, SENSOR, 0x1);
	process();
	assert_answer(0, VSCMI_SUCCESS, 24);
	assert_int_equal(reply_word(0, 5), 0);
}

static void D3_a_burst_that_fills_the_ring_is_answered_in_the_end(void **state)
{
	rig.bench.sensor[SENSOR_FULL].is_later = true;
	rig.bench.sensor[SENSOR_FULL].delay_us = 100;
	restart(RING | EVENTS);
	/* Direct: two descriptors each. */
	for (uint32_t n = 0; n < MESSAGES; n++) {
		if (n % 8 == 0)
			send(n, ROOM, SENSOR, 0x6, SENSOR_FULL, 0);
		else
			send(n, ROOM, CLOCK, 0x6, CLOCK_LIST);
	}
	process();
	/* One batch, published at once. */
	assert_int_equal(rig.published, 1);
	for (uint32_t n = 0; n < MESSAGES; n++) {
		if (n % 8)
			assert_answer(n, VSCMI_SUCCESS, 16);
		else if (n / 8 >= BENCH_PENDING_MAX)
			assert_answer(n, VSCMI_BUSY, 8);
	}
	assert_none_back(VSCMI_VIRTIO_CMDQ);
	bench_advance(&rig.bench, 100);
	for (uint32_t n = 0; n < 8 * BENCH_PENDING_MAX; n += 8)
		assert_answer(n, VSCMI_SUCCESS, 24);
	assert_none_back(VSCMI_VIRTIO_CMDQ);
	assert_int_equal(rig.drivers[CMDQ].free_count, QUEUE_SIZE);
}

/* Fill a ring with chains that are one and the same, and have all its descriptors. */
static void make_chains_long(enum vscmi_virtio_queue queue)
{
	uint8_t *available = guest.rings[queue] + 16 * QUEUE_SIZE;
	uint16_t index = (uint16_t)(rig.rings[queue].next_available + QUEUE_SIZE);

	memset(guest.rings[queue], 0, 16 * QUEUE_SIZE);
	for (uint32_t i = 0; i < QUEUE_SIZE - 1; i++) {
		guest.rings[queue][16 * i + 12] = 1; /* there is a next */
		guest.rings[queue][16 * i + 14] = (uint8_t)(i + 1);
	}
	memset(available + 4, 0, 2 * QUEUE_SIZE);
	available[2] = (uint8_t)index;
	available[3] = (uint8_t)(index >> 8);
}

/* A guest with many long chains does not keep the others waiting, on either queue. */
static void D3_the_device_pauses_after_many_descriptors(void **state)
{
	for (uint32_t queue = CMDQ; queue <= EVENTQ; queue++) {
		const uint64_t *given_back = &rig.rings[queue].counters.given_back;

		restart(RING | EVENTS);
		/* A delayed response waits until it fits. */
		send(0, ROOM, CLOCK, 0x5, 1, CLOCK_LIST, 10 * MHZ, 0);
		process();
		make_chains_long(queue);
		for (uint32_t left = QUEUE_SIZE; left > 0; left -= 4) {
			uint64_t before = *given_back;

			assert_true(vscmi_virtio_device_process(&rig.device));
			assert_int_equal(*given_back - before, 4);
		}
		process();
	}
}

static void D4_a_refusal_is_header_and_status(void **state)
{
	send(0, ROOM, CLOCK, 0x6, 99);
	send(1, ROOM, CLOCK, 0x77);
	send(2, ROOM, VOLTAGE, 0x0);
	send(3, 8, CLOCK, 0x6, CLOCK_LIST);
	process();
	assert_answer(0, VSCMI_NOT_FOUND, 8);
	assert_answer(1, VSCMI_NOT_FOUND, 8);
	assert_answer(2, VSCMI_NOT_SUPPORTED, 8);
	assert_answer(3, VSCMI_COMMS_ERROR, 8);
}

static void D5_events_can_be_asked_for_while_there_are_no_buffers_for_them(void **state)
{
	send(0, ROOM, CLOCK, 0x9, CLOCK_LIST, 1);
	send(1, ROOM, CLOCK, 0x5, 1, CLOCK_LIST, 10 * MHZ, 0);
	process();
	assert_answer(0, VSCMI_SUCCESS, 8);
	assert_answer(1, VSCMI_SUCCESS, 8);
}

static void D6_without_events_they_cannot_be_asked_for(void **state)
{
	static const struct {
		uint8_t protocol, message_id, word_count;
		uint32_t words[4];
	} cases[] = {
		{ VSCMI_PROTOCOL_BASE, 0x8, 1, { 1 } },
		{ VSCMI_PROTOCOL_SYSTEM, 0x5, 1, { 1 } },
		{ VSCMI_PROTOCOL_CLOCK, 0x9, 2, { CLOCK_LIST, 1 } },
		{ VSCMI_PROTOCOL_CLOCK, 0xa, 2, { CLOCK_LIST, 1 } },
		{ VSCMI_PROTOCOL_CLOCK, 0x5, 4, { 1, CLOCK_LIST, 10 * MHZ, 0 } },
		{ VSCMI_PROTOCOL_SENSOR, 0x4, 2, { SENSOR_FULL, 1 } },
		{ VSCMI_PROTOCOL_SENSOR, 0x6, 2, { SENSOR_FULL, 1 } },
		{ VSCMI_PROTOCOL_SENSOR, 0xb, 2, { SENSOR_FULL, 1 } },
	};

	restart(RING);
	for (uint32_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		send_words(n, ROOM, cases[n].protocol, cases[n].message_id,
			   cases[n].words, cases[n].word_count);
		process();
		assert_answer(n, VSCMI_NOT_SUPPORTED, 8);
	}
}

static void D7_without_events_none_are_announced(void **state)
{
	static const struct {
		uint32_t protocol, message_id;
	} cases[] = { { 0x10, 0x8 }, { 0x12, 0x5 }, { 0x14, 0x9 }, { 0x14, 0xa },
		      { 0x15, 0x4 }, { 0x15, 0x5 }, { 0x15, 0xb } };

	restart(RING);
	for (uint32_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		send_words(n, ROOM, (uint8_t)cases[n].protocol, 0x2, &cases[n].message_id,
			   1);
		process();
		assert_back(VSCMI_VIRTIO_CMDQ, n, 8);
		assert_int_not_equal(reply_word(n, 1), VSCMI_SUCCESS);
	}
	send(0, ROOM, CLOCK, 0x3, CLOCK_LIST);
	send(1, ROOM, SENSOR, 0x3, SENSOR_FULL);
	send(2, ROOM, CLOCK, 0x1);
	send(3, ROOM, SENSOR, 0x1);
	process();
	assert_answer(0, VSCMI_SUCCESS, 32);
	assert_int_equal(reply_word(0, 2) >> 30, 0);
	vscmi_virtq_driver_take(&rig.drivers[CMDQ], &(struct vscmi_virtq_returned){ 0 });
	/* Neither asynchronous reading, nor updates, nor trip points. */
	assert_int_equal(reply_word(1, 4) >> 30, 0);
	assert_int_equal(reply_word(1, 4) & 0xff, 0);
	assert_answer(2, VSCMI_SUCCESS, 12);
	assert_int_equal(reply_word(2, 2) >> 16, 0);
	assert_answer(3, VSCMI_SUCCESS, 24);
	assert_int_equal(reply_word(3, 2) >> 16, 0);
}

static void set_rate(uint32_t rate_hz)
{
	rig.bench.clock[CLOCK_LIST].rate_hz = rate_hz;
	vscmi_platform_clock_changed(rig.bench.platform, CLOCK_LIST);
}

static void D8_a_notification_without_a_buffer_is_sent_later_with_fresh_data(void **state)
{
	struct vscmi_platform_counters counters;

	send(0, ROOM, CLOCK, 0x9, CLOCK_LIST, 1);
	process();
	for (uint32_t rate_hz = 1; rate_hz <= 5; rate_hz++)
		set_rate(rate_hz);
	give_event_buffer(1, ROOM);
	give_event_buffer(2, ROOM);
	process();
	assert_back(VSCMI_VIRTIO_EVENTQ, 1, 20);
	assert_int_equal(reply_word(1, 0), 3 << 8 | 0x14 << 10);
	assert_int_equal(reply_word(1, 3), 5);
	assert_none_back(VSCMI_VIRTIO_EVENTQ);
	vscmi_platform_counters(rig.bench.platform, PEER, &counters);
	assert_int_equal(counters.notifications_merged, 4);
	/* With a buffer it goes at once, without a kick. */
	set_rate(6);
	assert_back(VSCMI_VIRTIO_EVENTQ, 2, 20);
}

static void D9_a_buffer_too_small_for_a_notification_goes_back_empty(void **state)
{
	struct vscmi_platform_counters counters;

	send(0, ROOM, CLOCK, 0x9, CLOCK_LIST, 1);
	give_event_buffer(1, 19);
	process();
	set_rate(5);
	assert_back(VSCMI_VIRTIO_EVENTQ, 1, 0);
	vscmi_platform_counters(rig.bench.platform, PEER, &counters);
	assert_int_equal(counters.notifications_dropped, 1);
	assert_int_equal(rig.device.counters.small_buffers, 1);
	give_event_buffer(1, 20);
	process();
	assert_none_back(VSCMI_VIRTIO_EVENTQ);
	set_rate(6);
	assert_back(VSCMI_VIRTIO_EVENTQ, 1, 20);
}

static void D10_a_delayed_response_waits_for_a_buffer_that_holds_it(void **state)
{
	send(0, ROOM, CLOCK, 0x5, 1, CLOCK_LIST, 10 * MHZ, 0);
	process();
	assert_answer(0, VSCMI_SUCCESS, 8);
	give_event_buffer(1, 19);
	give_event_buffer(2, 8);
	process();
	assert_back(VSCMI_VIRTIO_EVENTQ, 1, 0);
	assert_back(VSCMI_VIRTIO_EVENTQ, 2, 0);
	give_event_buffer(1, 20);
	process();
	assert_back(VSCMI_VIRTIO_EVENTQ, 1, 20);
	assert_int_equal(reply_word(1, 0),
			 (uint32_t)700 << 18 | 2 << 8 | 0x14 << 10 | 0x5);
	assert_int_equal(reply_word(1, 1), VSCMI_SUCCESS);
	assert_int_equal(reply_word(1, 2), CLOCK_LIST);
	assert_int_equal(reply_word(1, 3), 10 * MHZ);
}

static void D10_a_reply_is_published_before_its_delayed_response(void **state)
{
	give_event_buffer(1, ROOM);
	send(0, ROOM, CLOCK, 0x5, 1, CLOCK_LIST, 10 * MHZ, 0);
	process();
	assert_string_equal(rig.order, "ce");
	assert_answer(0, VSCMI_SUCCESS, 8);
	assert_back(VSCMI_VIRTIO_EVENTQ, 1, 20);
}

static void D11_a_failed_delayed_response_is_header_and_status(void **state)
{
	give_event_buffer(1, ROOM);
	rig.bench.clock[CLOCK_LIST].is_later = true;
	send(0, ROOM, CLOCK, 0x5, 1, CLOCK_LIST, 10 * MHZ, 0);
	process();
	bench_complete_rate(&rig.bench, CLOCK_LIST, VSCMI_HARDWARE_ERROR);
	assert_back(VSCMI_VIRTIO_EVENTQ, 1, 8);
	assert_int_equal((int32_t)reply_word(1, 1), VSCMI_HARDWARE_ERROR);
}

static void D13_no_message_has_a_fast_channel(void **state)
{
	static const uint8_t protocols[] = { 0x10, 0x12, 0x14, 0x15 };

	for (size_t i = 0; i < sizeof(protocols); i++) {
		for (uint32_t id = 0; id <= 0xff; id++) {
			send_words(0, ROOM, protocols[i], 0x2, &id, 1);
			process();
			assert_true(vscmi_virtq_driver_take(
				&rig.drivers[CMDQ], &(struct vscmi_virtq_returned){ 0 }));
			if (reply_word(0, 1) == VSCMI_SUCCESS)
				assert_int_equal(reply_word(0, 2) & 1, 0);
		}
	}
}

/* Cut a run of bytes into pieces of the given length. */
static uint16_t cut(struct vscmi_virtq_segment *segments, uint8_t *bytes, uint32_t count,
		    uint32_t piece)
{
	uint16_t pieces = 0;

	for (uint32_t at = 0; at < count; at += piece)
		segments[pieces++] = (struct vscmi_virtq_segment){
			bytes + at,
			count - at < piece ? count - at : piece,
		};
	return pieces;
}

static void D14_any_split_of_request_and_reply_works(void **state)
{
	static const uint64_t features[] = { RING, RING | VSCMI_VIRTIO_F_INDIRECT_DESC };
	const uint32_t words[] = { CLOCK_LIST, 0 };
	struct message *message = &guest.messages[0];
	struct vscmi_virtq_segment segments[TABLE];

	for (size_t i = 0; i < 2; i++) {
		restart(features[i]);
		for (uint32_t in = 1; in <= 12; in++) {
			for (uint32_t out = 1; out <= ROOM; out += out < 12 ? 1 : 31) {
				uint32_t count = fill(0, 0x14, 0x4, words, 2);
				uint16_t readable =
					cut(segments, message->request, count, in);
				uint16_t writable = cut(segments + readable,
							message->reply, ROOM, out);

				add(VSCMI_VIRTIO_CMDQ, segments, readable, writable,
				    message);
				process();
				assert_answer(0, VSCMI_SUCCESS, 12 + 3 * 8);
				assert_int_equal(reply_word(0, 2), 3);
				assert_int_equal(reply_word(0, 7), 40 * MHZ);
			}
		}
	}
}

static void D15_the_length_counts_header_and_payload(void **state)
{
	static const struct {
		uint8_t protocol, message_id, word_count;
		uint32_t words[4], room, written;
	} cases[] = {
		{ 0x10, 0x0, 0, { 0 }, 12, 12 },
		{ 0x10, 0x3, 0, { 0 }, 24, 24 },
		{ 0x10, 0x6, 1, { 0 }, 136, 16 },
		{ 0x14, 0x3, 1, { 0 }, 32, 32 },
		{ 0x14, 0x4, 2, { 0, 0 }, 31, 28 }, /* two rates fit, and not three */
		{ 0x14, 0x5, 4, { 0, 0, 10 * MHZ, 0 }, 8, 8 },
		{ 0x14, 0x8, 1, { 0 }, 256, 76 },
		{ 0x15, 0x6, 2, { SENSOR_AXES, 0 }, 256, 56 },
	};

	for (uint32_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		send_words(n, cases[n].room, cases[n].protocol, cases[n].message_id,
			   cases[n].words, cases[n].word_count);
		process();
		assert_answer(n, VSCMI_SUCCESS, cases[n].written);
	}
}

/* The flags of a direct descriptor, in the ring's memory. */
static uint8_t *flags_of(uint16_t descriptor)
{
	return &guest.rings[CMDQ][16 * descriptor + 12];
}

/* What has reached the platform and could not be answered. */
static void assert_unanswerable(uint64_t count)
{
	struct vscmi_platform_counters counters;

	vscmi_platform_counters(rig.bench.platform, PEER, &counters);
	assert_int_equal(counters.unanswerable, count);
}

static void D16_what_cannot_be_answered_goes_back_and_the_next_is_served(void **state)
{
	static const struct {
		const char *what;
		uint32_t readable, writable, written;
	} cases[] = {
		{ "nothing to read", 0, ROOM, 0 },
		{ "half a header", 3, ROOM, 0 },
		{ "nothing to write", 8, 0, 0 },
		{ "no room for a header", 8, 3, 0 },
		{ "room for a header", 8, 4, 4 },
		{ "room for half a status", 8, 7, 4 },
		{ "too long a request", 32, ROOM, 8 },
	};

	restart(RING);
	for (uint32_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		struct message *message = &guest.messages[n];
		struct vscmi_virtq_segment segments[2] = { { message->request,
							     cases[n].readable } };
		uint16_t readable = cases[n].readable > 0;

		fill(n, 0x14, 0x6, NULL, 0);
		segments[readable] =
			(struct vscmi_virtq_segment){ message->reply, cases[n].writable };
		add(VSCMI_VIRTIO_CMDQ, segments, readable, cases[n].writable > 0,
		    message);
		send(MESSAGES - 1, ROOM, CLOCK, 0x6, CLOCK_LIST);
		process();
		assert_back(VSCMI_VIRTIO_CMDQ, n, cases[n].written);
		assert_memory_equal(message->reply, message->request,
				    cases[n].written < 4 ? cases[n].written : 4);
		assert_answer(MESSAGES - 1, VSCMI_SUCCESS, 16);
	}
	assert_int_equal((int32_t)reply_word(6, 1), VSCMI_PROTOCOL_ERROR);
	assert_unanswerable(6);
	assert_int_equal(rig.device.counters.malformed_chains, 0);
}

static void D16_a_malformed_chain_is_answered_as_far_as_it_can_be(void **state)
{
	struct vscmi_virtq_segment segments[] = {
		{ guest.messages[0].request, 8 },
		{ guest.messages[0].reply, ROOM },
		{ guest.messages[1].reply, ROOM },
	};

	/* Readable behind writable: the third descriptor loses its WRITE flag. */
	restart(RING);
	fill(0, 0x14, 0x6, BENCH_WORDS(CLOCK_LIST));
	add(VSCMI_VIRTIO_CMDQ, segments, 1, 2, &guest.messages[0]);
	*flags_of(2) &= (uint8_t)~2;
	send(2, ROOM, CLOCK, 0x6, CLOCK_LIST);
	process();
	assert_answer(0, VSCMI_COMMS_ERROR, 8);
	assert_answer(2, VSCMI_SUCCESS, 16);
	/* A loop: the first leads to itself, and there is no room for anything. */
	restart(RING);
	fill(0, 0x14, 0x6, BENCH_WORDS(CLOCK_LIST));
	add(VSCMI_VIRTIO_CMDQ, segments, 1, 1, &guest.messages[0]);
	guest.rings[CMDQ][14] = 0;
	send(2, ROOM, CLOCK, 0x6, CLOCK_LIST);
	process();
	assert_back(VSCMI_VIRTIO_CMDQ, 0, 0);
	assert_answer(2, VSCMI_SUCCESS, 16);
	assert_int_equal(rig.device.counters.malformed_chains, 1);
	assert_unanswerable(0);
}

static void D16_an_event_buffer_that_is_no_such_thing_goes_back_empty(void **state)
{
	struct vscmi_virtq_segment segments[] = {
		{ guest.messages[0].request, 8 },
		{ guest.messages[0].reply, ROOM },
	};

	send(1, ROOM, CLOCK, 0x9, CLOCK_LIST, 1);
	add(VSCMI_VIRTIO_EVENTQ, segments, 1, 1, &guest.messages[0]);
	give_event_buffer(2, ROOM);
	process();
	set_rate(5);
	assert_back(VSCMI_VIRTIO_EVENTQ, 0, 0);
	assert_back(VSCMI_VIRTIO_EVENTQ, 2, 20);
	assert_int_equal(rig.device.counters.malformed_chains, 1);
}

static void D16_a_broken_queue_stops_alone(void **state)
{
	send(0, ROOM, CLOCK, 0x9, CLOCK_LIST, 1);
	process();
	/* The driver claims more chains than there are descriptors. */
	guest.rings[CMDQ][16 * QUEUE_SIZE + 2] = 0xff;
	guest.rings[CMDQ][16 * QUEUE_SIZE + 3] = 0x7f;
	process();
	assert_true(rig.rings[CMDQ].broken);
	give_event_buffer(1, ROOM);
	set_rate(5);
	assert_back(VSCMI_VIRTIO_EVENTQ, 1, 20);
}

/*
 * ---- Stopping ----
 */

static void a_stopped_queue_has_answered_what_was_held(void **state)
{
	rig.bench.clock[CLOCK_LIST].is_later = true;
	send(0, ROOM, CLOCK, 0x9, CLOCK_LIST, 1);
	send(1, ROOM, CLOCK, 0x5, 0, CLOCK_LIST, 10 * MHZ, 0);
	process();
	assert_answer(0, VSCMI_SUCCESS, 8);
	assert_int_equal(rig.rings[CMDQ].in_flight, 1);
	vscmi_virtio_device_stop(&rig.device, VSCMI_VIRTIO_CMDQ);
	assert_answer(1, VSCMI_BUSY, 8);
	assert_int_equal(rig.rings[CMDQ].in_flight, 0);
	send(2, ROOM, CLOCK, 0x6, CLOCK_LIST);
	process();
	assert_none_back(VSCMI_VIRTIO_CMDQ);
	/* The platform's own answer comes too late, which is nobody's business. */
	bench_complete_rate(&rig.bench, CLOCK_LIST, VSCMI_SUCCESS);
	assert_none_back(VSCMI_VIRTIO_CMDQ);
	/* The agent was only pausing: its subscription is still there. */
	vscmi_virtio_device_start(&rig.device, VSCMI_VIRTIO_CMDQ, &rig.rings[CMDQ],
				  RING | EVENTS);
	give_event_buffer(3, ROOM);
	process();
	assert_answer(2, VSCMI_SUCCESS, 16);
	assert_back(VSCMI_VIRTIO_EVENTQ, 3, 20);
}

static void a_late_answer_of_the_platform_is_not_taken_for_another(void **state)
{
	rig.bench.clock[CLOCK_LIST].is_later = true;
	rig.bench.sensor[SENSOR_FULL].is_later = true;
	send(0, ROOM, CLOCK, 0x5, 0, CLOCK_LIST, 10 * MHZ, 0);
	process();
	vscmi_virtio_device_stop(&rig.device, VSCMI_VIRTIO_CMDQ);
	assert_answer(0, VSCMI_BUSY, 8);
	vscmi_virtio_device_start(&rig.device, VSCMI_VIRTIO_CMDQ, &rig.rings[CMDQ],
				  RING | EVENTS);
	send(1, ROOM, SENSOR, 0x6, SENSOR_FULL, 0);
	process();
	bench_complete_rate(&rig.bench, CLOCK_LIST, VSCMI_SUCCESS);
	assert_none_back(VSCMI_VIRTIO_CMDQ);
	bench_complete_reading(&rig.bench, SENSOR_FULL, VSCMI_SUCCESS);
	assert_answer(1, VSCMI_SUCCESS, 24);
}

static void a_reset_forgets_what_was_held_and_touches_no_ring(void **state)
{
	rig.bench.clock[CLOCK_LIST].is_later = true;
	send(0, ROOM, CLOCK, 0x9, CLOCK_LIST, 1);
	send(1, ROOM, CLOCK, 0x5, 0, CLOCK_LIST, 10 * MHZ, 0);
	process();
	assert_answer(0, VSCMI_SUCCESS, 8);
	vscmi_virtio_device_reset(&rig.device);
	memset(&rig.rings, 0xff, sizeof(rig.rings));
	memset(&guest, 0xff, sizeof(guest));
	process();
	bench_complete_rate(&rig.bench, CLOCK_LIST, VSCMI_SUCCESS);
	bench_complete_rate(&rig.bench, CLOCK_LIST, VSCMI_SUCCESS);
	assert_int_equal(guest.rings[CMDQ][0], 0xff);
	/* And a new driver finds a new agent. */
	start(RING | EVENTS);
	give_event_buffer(0, ROOM);
	send(1, ROOM, CLOCK, 0x6, CLOCK_LIST);
	set_rate(7);
	process();
	assert_answer(1, VSCMI_SUCCESS, 16);
	assert_none_back(VSCMI_VIRTIO_EVENTQ);
}

static void too_few_commands_are_refused(void **state)
{
	struct vscmi_virtio_device_config config = rig.device.config;
	struct vscmi_virtio_device device;

	config.command_count--;
	assert_int_equal(vscmi_virtio_device_init(&device, &config), VSCMI_E_INVALID);
}

#define ON_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_RIG(D2_there_is_no_statistics_region),
		ON_RIG(D3_a_burst_that_fills_the_ring_is_answered_in_the_end),
		ON_RIG(D3_the_device_pauses_after_many_descriptors),
		ON_RIG(D4_a_refusal_is_header_and_status),
		ON_RIG(D5_events_can_be_asked_for_while_there_are_no_buffers_for_them),
		ON_RIG(D6_without_events_they_cannot_be_asked_for),
		ON_RIG(D7_without_events_none_are_announced),
		ON_RIG(D8_a_notification_without_a_buffer_is_sent_later_with_fresh_data),
		ON_RIG(D9_a_buffer_too_small_for_a_notification_goes_back_empty),
		ON_RIG(D10_a_delayed_response_waits_for_a_buffer_that_holds_it),
		ON_RIG(D10_a_reply_is_published_before_its_delayed_response),
		ON_RIG(D11_a_failed_delayed_response_is_header_and_status),
		ON_RIG(D13_no_message_has_a_fast_channel),
		ON_RIG(D14_any_split_of_request_and_reply_works),
		ON_RIG(D15_the_length_counts_header_and_payload),
		ON_RIG(D16_what_cannot_be_answered_goes_back_and_the_next_is_served),
		ON_RIG(D16_a_malformed_chain_is_answered_as_far_as_it_can_be),
		ON_RIG(D16_an_event_buffer_that_is_no_such_thing_goes_back_empty),
		ON_RIG(D16_a_broken_queue_stops_alone),
		ON_RIG(a_stopped_queue_has_answered_what_was_held),
		ON_RIG(a_late_answer_of_the_platform_is_not_taken_for_another),
		ON_RIG(a_reset_forgets_what_was_held_and_touches_no_ring),
		ON_RIG(too_few_commands_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
