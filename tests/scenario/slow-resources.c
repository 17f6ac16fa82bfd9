/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A resource that takes its time stands in nobody's way: a board with a slow and a fast sensor, and
 * two guests, each with rings of its own. Time passes when the test says.
 */
#include <stdlib.h>
#include <string.h>

#include <vscmi/host/board.h>

#include "message/cursor.h"
#include "rings.h"
#include "vscmi/link/virtio_device.h"

#define QUEUE_SIZE 256u
#define BURST      64u
#define MS         1000u
#define FEATURES                                               \
	(VSCMI_VIRTIO_F_VERSION_1 | VSCMI_VIRTIO_F_EVENT_IDX | \
	 VSCMI_VIRTIO_F_INDIRECT_DESC | VSCMI_VIRTIO_F_P2A_CHANNELS)

enum { CMDQ = VSCMI_VIRTIO_CMDQ, EVENTQ = VSCMI_VIRTIO_EVENTQ };
enum { SLOW, FAST };
enum { ATTRIBUTES = 0x1, READ = 0x6 };
enum { SYNC, ASYNC };

static const char board_text[] =
	"agents: [{ name: one }, { name: other }]\n"
	"sensors:\n"
	"  - { name: slow, type: celsius, exponent: 0, source: 7, reads_take: 100ms }\n"
	"  - { name: fast, type: celsius, exponent: 0, source: 9 }\n";

struct guest {
	struct rings rings;
	struct vscmi_virtio_device device;
	struct vscmi_virtio_device_command *commands;
	uint32_t sent; /* so far; the number of a command is its token */
};

struct rig {
	struct vscmi_board *board;
	struct vscmi_platform *platform;
	struct guest *guests[2];
};

static struct rig rig;

/*
 * ---- Set-up ----
 */

static void publish(void *context, enum vscmi_virtio_queue queue)
{
	struct guest *guest = context;

	vscmi_virtq_device_publish(&guest->rings.device_ends[queue]);
}

static struct guest *guest_new(uint32_t agent_id)
{
	struct guest *guest = calloc(1, sizeof(*guest));
	struct vscmi_virtio_device_config config = {
		.service = vscmi_platform_service(rig.platform),
		.agent_id = agent_id,
		.command_count = vscmi_platform_held_max(rig.platform) + 1,
		.publish = publish,
		.context = guest,
	};

	assert_non_null(guest);
	guest->commands = calloc(config.command_count, sizeof(*guest->commands));
	assert_non_null(guest->commands);
	config.commands = guest->commands;
	rings_init(&guest->rings, QUEUE_SIZE, 0);
	rings_ready(&guest->rings, FEATURES);
	assert_int_equal(vscmi_virtio_device_init(&guest->device, &config), VSCMI_OK);
	vscmi_virtio_device_start(&guest->device, VSCMI_VIRTIO_CMDQ,
				  &guest->rings.device_ends[CMDQ], FEATURES);
	vscmi_virtio_device_start(&guest->device, VSCMI_VIRTIO_EVENTQ,
				  &guest->rings.device_ends[EVENTQ], FEATURES);
	return guest;
}

static int set_up(void **state)
{
	struct vscmi_problem problem;

	assert_int_equal(vscmi_board_load_text(board_text, strlen(board_text), "board",
					       &rig.board, &problem),
			 VSCMI_OK);
	assert_int_equal(vscmi_board_start(rig.board, 0, &rig.platform), VSCMI_OK);
	for (uint32_t i = 0; i < 2; i++)
		rig.guests[i] = guest_new(i + 1);
	return 0;
}

static int tear_down(void **state)
{
	for (uint32_t i = 0; i < 2; i++) {
		vscmi_virtio_device_reset(&rig.guests[i]->device);
		free(rig.guests[i]->commands);
		free(rig.guests[i]);
	}
	vscmi_board_free(rig.board);
	return 0;
}

/*
 * ---- Commands ----
 */

/* Each has RINGS_MESSAGE_BYTES: the request in the first 16, the reply behind them. */
static uint8_t *memory_of(struct guest *guest, uint32_t number)
{
	return guest->rings.buffers + (size_t)RINGS_MESSAGE_BYTES * number;
}

static void send_words(struct guest *guest, uint8_t message_id, uint32_t first,
		       uint32_t second, uint32_t words)
{
	uint8_t *memory = memory_of(guest, guest->sent);
	const struct vscmi_virtq_segment segments[] = { { memory, 4 + 4 * words },
							{ memory + 16, 64 } };

	vscmi_le32_put(memory, vscmi_header_pack((struct vscmi_header){
				       .message_id = message_id,
				       .protocol = VSCMI_PROTOCOL_SENSOR,
				       .token = (uint16_t)guest->sent,
			       }));
	vscmi_le32_put(memory + 4, first);
	vscmi_le32_put(memory + 8, second);
	assert_int_equal(vscmi_virtq_driver_add(&guest->rings.driver_ends[CMDQ], segments,
						1, 1, memory),
			 VSCMI_OK);
	vscmi_virtq_driver_publish(&guest->rings.driver_ends[CMDQ]);
	guest->sent++;
}

static void read_sensor(struct guest *guest, uint32_t sensor_id, uint32_t flags)
{
	send_words(guest, READ, sensor_id, flags, 2);
}

static void process(struct guest *guest)
{
	assert_false(vscmi_virtio_device_process(&guest->device));
}

/* The reply that came next; NULL: none has come. */
static const uint8_t *next_reply(struct guest *guest)
{
	struct vscmi_virtq_returned returned;

	if (!vscmi_virtq_driver_take(&guest->rings.driver_ends[CMDQ], &returned))
		return NULL;
	return (const uint8_t *)returned.cookie + 16;
}

/* A reading of value to command number has come next. */
static void assert_reading(struct guest *guest, uint32_t number, uint32_t value)
{
	const uint8_t *reply = next_reply(guest);

	assert_non_null(reply);
	assert_int_equal(vscmi_header_unpack(vscmi_le32_get(reply)).token, number);
	assert_int_equal(vscmi_le32_get(reply + 4), VSCMI_SUCCESS);
	assert_int_equal(vscmi_le32_get(reply + 8), value);
}

static void it_is(uint64_t now_us)
{
	vscmi_platform_advance(rig.platform, now_us);
}

/* How many operations an agent may have under way, as it is told. */
static uint32_t pending_max(struct guest *guest)
{
	send_words(guest, ATTRIBUTES, 0, 0, 0);
	process(guest);
	return vscmi_le32_get(next_reply(guest) + 8) >> 16 & 0xff;
}

/*
 * ---- Tests ----
 */

static void readings_behind_a_slow_one_are_answered_at_once(void **state)
{
	struct guest *guest = rig.guests[0];

	read_sensor(guest, SLOW, SYNC);
	for (uint32_t i = 1; i < BURST; i++)
		read_sensor(guest, FAST, SYNC);
	process(guest);
	for (uint32_t i = 1; i < BURST; i++)
		assert_reading(guest, i, 9);
	assert_null(next_reply(guest));
	it_is(100 * MS - 1);
	assert_null(next_reply(guest));
	/* Nor do those that come while it is under way wait for it. */
	read_sensor(guest, FAST, SYNC);
	process(guest);
	assert_reading(guest, BURST, 9);
	it_is(100 * MS);
	assert_reading(guest, 0, 7);
}

static void slow_readings_are_under_way_together(void **state)
{
	struct guest *guest = rig.guests[0];

	for (uint32_t i = 0; i < 4; i++) {
		it_is(i * MS);
		read_sensor(guest, SLOW, SYNC);
		process(guest);
	}
	for (uint32_t i = 0; i < 4; i++) {
		it_is((100 + i) * MS - 1);
		assert_null(next_reply(guest));
		it_is((100 + i) * MS);
		assert_reading(guest, i, 7);
	}
}

static void a_guest_with_all_its_places_taken_is_told_to_wait_and_others_are_not(
	void **state)
{
	struct guest *guest = rig.guests[0], *other = rig.guests[1];
	uint32_t places = pending_max(guest), busy = 0;
	const uint8_t *reply;

	assert_in_range(places, 1, BURST - 1);
	for (uint32_t i = 0; i < BURST; i++)
		read_sensor(guest, SLOW, SYNC);
	process(guest);
	while ((reply = next_reply(guest)) != NULL) {
		assert_int_equal((int32_t)vscmi_le32_get(reply + 4), VSCMI_BUSY);
		busy++;
	}
	assert_int_equal(busy, BURST - places);
	/* Another guest's places are its own. */
	for (uint32_t i = 0; i < places - 1; i++)
		read_sensor(other, SLOW, SYNC);
	read_sensor(other, FAST, SYNC);
	process(other);
	assert_reading(other, places - 1, 9);
	assert_null(next_reply(other));
	it_is(100 * MS);
	for (uint32_t i = 0; i < places; i++)
		assert_reading(guest, 1 + i, 7);
	for (uint32_t i = 0; i < places - 1; i++)
		assert_reading(other, i, 7);
	/* All places are free again. */
	read_sensor(guest, SLOW, SYNC);
	process(guest);
	assert_null(next_reply(guest));
	it_is(200 * MS);
	assert_reading(guest, 1 + BURST, 7);
}

static void a_slow_reading_can_be_waited_for_as_a_delayed_response(void **state)
{
	struct guest *guest = rig.guests[0];
	uint8_t *memory = memory_of(guest, BURST);
	struct vscmi_virtq_segment segment = { memory, 64 };
	struct vscmi_virtq_returned returned;

	assert_int_equal(vscmi_virtq_driver_add(&guest->rings.driver_ends[EVENTQ],
						&segment, 0, 1, memory),
			 VSCMI_OK);
	vscmi_virtq_driver_publish(&guest->rings.driver_ends[EVENTQ]);
	read_sensor(guest, SLOW, ASYNC);
	process(guest);
	assert_int_equal(vscmi_le32_get(next_reply(guest) + 4), VSCMI_SUCCESS);
	assert_false(
		vscmi_virtq_driver_take(&guest->rings.driver_ends[EVENTQ], &returned));
	it_is(100 * MS);
	assert_true(
		vscmi_virtq_driver_take(&guest->rings.driver_ends[EVENTQ], &returned));
	assert_int_equal(vscmi_le32_get(memory + 12), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(readings_behind_a_slow_one_are_answered_at_once),
		TEST(slow_readings_are_under_way_together),
		TEST(a_guest_with_all_its_places_taken_is_told_to_wait_and_others_are_not),
		TEST(a_slow_reading_can_be_waited_for_as_a_delayed_response),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
