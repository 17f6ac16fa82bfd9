/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device end of the virtio link before a service that never answers, or that sends what
 * has no buffer of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "rings.h"
#include "service.h"
#include "vscmi/link/virtio_device.h"

#define QUEUE_SIZE 8u
#define FEATURES   (VSCMI_VIRTIO_F_VERSION_1 | VSCMI_VIRTIO_F_P2A_CHANNELS)

enum { CMDQ = VSCMI_VIRTIO_CMDQ, EVENTQ = VSCMI_VIRTIO_EVENTQ };

static struct rig {
	struct rings rings;
	struct service *service;
	struct vscmi_virtio_device device;
	struct vscmi_virtio_device_command commands[3];
	uint32_t published[VSCMI_VIRTIO_QUEUES];
} rig;

static void publish(void *context, enum vscmi_virtio_queue queue)
{
	vscmi_virtq_device_publish(&rig.rings.device_ends[queue]);
	rig.published[queue]++;
}

static int set_up(void **state)
{
	uint64_t features = FEATURES | (*state ? *(const uint64_t *)*state : 0);

	memset(&rig, 0, sizeof(rig));
	rig.service = service_new(2);
	rings_init(&rig.rings, QUEUE_SIZE, 0);
	rings_ready(&rig.rings, features);
	assert_int_equal(
		vscmi_virtio_device_init(&rig.device,
					 &(struct vscmi_virtio_device_config){
						 .service = &rig.service->service,
						 .agent_id = 1,
						 .commands = rig.commands,
						 .command_count = 3,
						 .publish = publish,
					 }),
		VSCMI_OK);
	vscmi_virtio_device_start(&rig.device, VSCMI_VIRTIO_CMDQ,
				  &rig.rings.device_ends[CMDQ], features);
	vscmi_virtio_device_start(&rig.device, VSCMI_VIRTIO_EVENTQ,
				  &rig.rings.device_ends[EVENTQ], features);
	return 0;
}

static int tear_down(void **state)
{
	free(rig.service);
	return 0;
}

/*
 * ---- The driver ----
 */

/* The bytes that message n has, for a request and then for a reply or an event. */
static uint8_t *memory_of(uint32_t n)
{
	return rig.rings.buffers + 64 * n;
}

static void add(enum vscmi_virtio_queue queue, uint32_t n, uint32_t room)
{
	const struct vscmi_virtq_segment segments[] = { { memory_of(n), 4 },
							{ memory_of(n) + 4, room } };
	bool is_command = queue == VSCMI_VIRTIO_CMDQ;

	assert_int_equal(vscmi_virtq_driver_add(&rig.rings.driver_ends[queue],
						segments + !is_command, is_command, 1,
						memory_of(n)),
			 VSCMI_OK);
	vscmi_virtq_driver_publish(&rig.rings.driver_ends[queue]);
}

/* The device gets a command, message n. */
static void command(uint32_t n)
{
	add(VSCMI_VIRTIO_CMDQ, n, 8);
	assert_false(vscmi_virtio_device_process(&rig.device));
}

static void assert_back(enum vscmi_virtio_queue queue, uint32_t n, uint32_t written)
{
	struct vscmi_virtq_returned returned;

	assert_true(vscmi_virtq_driver_take(&rig.rings.driver_ends[queue], &returned));
	assert_ptr_equal(returned.cookie, memory_of(n));
	assert_int_equal(returned.written, written);
}

static void assert_none_back(enum vscmi_virtio_queue queue)
{
	struct vscmi_virtq_returned returned;

	assert_false(vscmi_virtq_driver_take(&rig.rings.driver_ends[queue], &returned));
}

/* How many chains whoever owns the queue still waits for: it keeps their memory. */
static void assert_in_flight(uint32_t count)
{
	assert_int_equal(rig.rings.device_ends[CMDQ].in_flight, count);
}

/*
 * ---- What is never answered ----
 */

static void a_command_that_is_lost_at_once_is_not_waited_for(void **state)
{
	rig.service->loses = true;
	command(0);
	assert_in_flight(0);
	rig.service->loses = false;
	command(1);
	assert_in_flight(1);
	service_reply(rig.service, service_last(rig.service), "answered", 8);
	assert_back(VSCMI_VIRTIO_CMDQ, 1, 8);
	assert_none_back(VSCMI_VIRTIO_CMDQ);
}

static void a_command_that_is_lost_later_is_not_waited_for(void **state)
{
	command(0);
	command(1);
	assert_in_flight(2);
	service_lose(rig.service, &rig.service->commands[0]);
	assert_in_flight(1);
	service_reply(rig.service, &rig.service->commands[1], "answered", 8);
	assert_in_flight(0);
	assert_back(VSCMI_VIRTIO_CMDQ, 1, 8);
	assert_none_back(VSCMI_VIRTIO_CMDQ);
	/* Its place is free again: so many commands can be held as before. */
	command(2);
	command(3);
	assert_in_flight(2);
}

/* It goes back empty, as none behind it could otherwise. */
static void a_command_that_is_lost_in_order_keeps_none_behind_it(void **state)
{
	command(0);
	command(1);
	service_reply(rig.service, &rig.service->commands[1], "answered", 8);
	assert_none_back(VSCMI_VIRTIO_CMDQ);
	service_lose(rig.service, &rig.service->commands[0]);
	assert_in_flight(0);
	assert_back(VSCMI_VIRTIO_CMDQ, 0, 0);
	assert_back(VSCMI_VIRTIO_CMDQ, 1, 8);
	rig.service->loses = true;
	command(2);
	assert_back(VSCMI_VIRTIO_CMDQ, 2, 0);
}

static void what_was_answered_when_its_queue_stopped_cannot_be_lost(void **state)
{
	command(0);
	vscmi_virtio_device_stop(&rig.device, VSCMI_VIRTIO_CMDQ);
	assert_in_flight(0);
	assert_back(VSCMI_VIRTIO_CMDQ, 0, 8);
	vscmi_virtio_device_start(&rig.device, VSCMI_VIRTIO_CMDQ,
				  &rig.rings.device_ends[CMDQ], FEATURES);
	service_lose(rig.service, service_last(rig.service));
	assert_in_flight(0);
}

/*
 * ---- What has no buffer of its own ----
 */

static bool stray(const void *bytes, size_t count)
{
	return rig.service->channel->stray(rig.service->channel->context, bytes, count);
}

static void a_stray_takes_an_event_buffer_and_goes_at_once(void **state)
{
	add(VSCMI_VIRTIO_EVENTQ, 0, 8);
	assert_true(stray("no event", 8));
	assert_int_equal(rig.published[EVENTQ], 1);
	assert_back(VSCMI_VIRTIO_EVENTQ, 0, 8);
	assert_memory_equal(memory_of(0) + 4, "no event", 8);
	assert_none_back(VSCMI_VIRTIO_CMDQ);
}

static void a_stray_without_an_event_buffer_has_no_room(void **state)
{
	assert_false(stray("no event", 8));
	assert_int_equal(rig.published[EVENTQ], 0);
}

static void a_stray_without_an_event_queue_has_no_room(void **state)
{
	add(VSCMI_VIRTIO_EVENTQ, 0, 8);
	vscmi_virtio_device_stop(&rig.device, VSCMI_VIRTIO_EVENTQ);
	assert_false(stray("no event", 8));
	assert_none_back(VSCMI_VIRTIO_EVENTQ);
}

static void a_stray_that_does_not_fit_leaves_its_buffer_empty(void **state)
{
	memset(memory_of(0), 0xee, 64);
	add(VSCMI_VIRTIO_EVENTQ, 0, 7);
	assert_false(stray("no event", 8));
	assert_back(VSCMI_VIRTIO_EVENTQ, 0, 0);
	for (uint32_t i = 0; i < 64; i++)
		assert_int_equal(memory_of(0)[i], 0xee);
	/* And a malformed one: it cannot be written to. */
	assert_int_equal(vscmi_virtq_driver_add(
				 &rig.rings.driver_ends[EVENTQ],
				 (struct vscmi_virtq_segment[]){
					 { memory_of(1), 4 }, { memory_of(1) + 4, 8 } },
				 1, 1, memory_of(1)),
			 VSCMI_OK);
	vscmi_virtq_driver_publish(&rig.rings.driver_ends[EVENTQ]);
	assert_false(stray("no event", 8));
	assert_back(VSCMI_VIRTIO_EVENTQ, 1, 0);
	assert_int_equal(rig.device.counters.malformed_chains, 1);
}

#define ON_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define IN_ORDER(test) \
	cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, &in_order)

int main(void)
{
	uint64_t in_order = VSCMI_VIRTIO_F_IN_ORDER;
	const struct CMUnitTest tests[] = {
		ON_RIG(a_command_that_is_lost_at_once_is_not_waited_for),
		ON_RIG(a_command_that_is_lost_later_is_not_waited_for),
		IN_ORDER(a_command_that_is_lost_in_order_keeps_none_behind_it),
		ON_RIG(what_was_answered_when_its_queue_stopped_cannot_be_lost),
		ON_RIG(a_stray_takes_an_event_buffer_and_goes_at_once),
		ON_RIG(a_stray_without_an_event_buffer_has_no_room),
		ON_RIG(a_stray_without_an_event_queue_has_no_room),
		ON_RIG(a_stray_that_does_not_fit_leaves_its_buffer_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
