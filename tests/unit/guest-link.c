/* SPDX-License-Identifier: BSD-3-Clause */
/* The link of a guest: an agent, and a device behind registers that answers its commands. */
#include "script.h"

#include <string.h>

#include <vscmi/link/guest.h>

#include "message/cursor.h"
#include "registers.h"

#define QUEUE_SIZE    8u
#define MESSAGE_BYTES 136u
#define SHARED_BASE   UINT64_C(0x900000000)
#define EVENT_HEADER  0x5300u /* CLOCK_RATE_CHANGED */

static struct script *script;
static struct vscmi_agent *agent;
static struct registers registers;
static struct vscmi_virtio_mmio mmio;
static struct vscmi_guest_link link;
static bool breaks_early; /* the device, before the link is up, and interrupts for it */
static bool more;         /* is there, after the interrupt */
static bool answers;      /* the device, at each kick */
static uint32_t flood; /* events that it still sends, one for each buffer that it gets */

static _Alignas(
	16) uint8_t shared[VSCMI_GUEST_LINK_SHARED_BYTES(QUEUE_SIZE, MESSAGE_BYTES)];
static const struct vscmi_memory_region region = { SHARED_BASE, sizeof(shared), shared };
static const struct vscmi_memory map = { &region, 1 };
static struct vscmi_virtq_slot slots[VSCMI_VIRTIO_QUEUES * QUEUE_SIZE];
static struct vscmi_virtio_driver_command commands[QUEUE_SIZE];
static struct vscmi_virtq_device device_ends[VSCMI_VIRTIO_QUEUES];

static bool take(uint32_t queue, struct vscmi_virtq_chain *chain)
{
	static struct vscmi_virtq_segment readable[4], writable[4];

	chain->readable = (struct vscmi_virtq_part){ readable, 4, 0, 0 };
	chain->writable = (struct vscmi_virtq_part){ writable, 4, 0, 0 };
	return vscmi_virtq_device_take(&device_ends[queue], chain);
}

static void give_back(uint32_t queue, struct vscmi_virtq_chain *chain, const void *bytes,
		      uint32_t count)
{
	vscmi_virtq_write(&chain->writable, bytes, count);
	vscmi_virtq_device_give_back(&device_ends[queue], chain, count);
	if (vscmi_virtq_device_publish(&device_ends[queue]))
		registers.interrupts |= VSCMI_VIRTIO_INTERRUPT_QUEUE;
}

/* SUCCESS and one word to each command that waits. */
static void serve(void)
{
	struct vscmi_virtq_chain chain;
	uint8_t message[MESSAGE_BYTES], reply[12] = { 0 };

	while (take(VSCMI_VIRTIO_CMDQ, &chain)) {
		vscmi_virtq_read(&chain.readable, message, sizeof(message));
		memcpy(reply, message, 4);
		vscmi_le32_put(reply + 8, 42);
		give_back(VSCMI_VIRTIO_CMDQ, &chain, reply, sizeof(reply));
	}
}

static void send_event(void)
{
	const uint8_t event[16] = { EVENT_HEADER & 0xff, EVENT_HEADER >> 8 };
	struct vscmi_virtq_chain chain;

	assert_true(take(VSCMI_VIRTIO_EVENTQ, &chain));
	give_back(VSCMI_VIRTIO_EVENTQ, &chain, event, sizeof(event));
}

/* The device looks at a queue for the first time when it is kicked for the first time. */
static void on_kick(struct registers *device, uint32_t queue)
{
	const uint64_t *areas = device->queues[queue].areas;
	const struct vscmi_virtq_device_config config = {
		.memory = &map,
		.areas = { areas[0], areas[1], areas[2] },
		.features = device->driver_features,
		.queue_size = (uint16_t)device->queues[queue].size,
	};

	assert_true(device->status & VSCMI_VIRTIO_DRIVER_OK);
	if (device->queues[queue].kicks == 1)
		assert_int_equal(vscmi_virtq_device_init(&device_ends[queue], &config),
				 VSCMI_OK);
	if (answers && queue == VSCMI_VIRTIO_CMDQ)
		serve();
	if (breaks_early) {
		device->status |= VSCMI_VIRTIO_DEVICE_NEEDS_RESET;
		device->interrupts |= VSCMI_VIRTIO_INTERRUPT_CONFIG;
		assert_true(vscmi_guest_link_interrupt(&link, &more));
	}
	if (flood > 0 && queue == VSCMI_VIRTIO_EVENTQ) {
		flood--;
		send_event();
	}
}

static const struct vscmi_guest_link_config link_config = {
	.transport = &mmio.transport,
	.shared = shared,
	.shared_address = SHARED_BASE,
	.slots = slots,
	.commands = commands,
	.queue_size = QUEUE_SIZE,
	.message_bytes = MESSAGE_BYTES,
};

static int start(void **state)
{
	struct vscmi_agent_config config;

	script = script_new(4, 1);
	agent = &script->agent;
	registers_init(&registers, VSCMI_VIRTIO_DEVICE_ID);
	registers.device_features |=
		VSCMI_VIRTIO_F_P2A_CHANNELS | VSCMI_VIRTIO_F_INDIRECT_DESC;
	registers.on_kick = on_kick;
	answers = true;
	flood = 0;
	breaks_early = false;
	assert_int_equal(registers_mmio(&registers, &mmio), VSCMI_OK);
	assert_int_equal(vscmi_guest_link_init(&link, &link_config), VSCMI_OK);
	config = agent->config;
	config.link = &link.driver.link;
	assert_int_equal(vscmi_agent_init(agent, &config), VSCMI_OK);
	return 0;
}

static int end(void **state)
{
	vscmi_guest_link_stop(&link);
	script_free(script);
	assert_int_equal(registers.strays, 0);
	return 0;
}

static void start_link(void)
{
	for (uint32_t i = 0; i < VSCMI_VIRTIO_QUEUES; i++)
		registers.queues[i].kicks = 0;
	assert_int_equal(vscmi_guest_link_start(&link), VSCMI_OK);
	assert_true(vscmi_agent_is_up(agent));
}

static bool interrupt(void)
{
	return vscmi_guest_link_interrupt(&link, &more);
}

static struct vscmi_slot *submit(void)
{
	uint8_t message[8] = { 0 };
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.message_id = 6,
		.message = message,
		.count = sizeof(message),
	};
	struct vscmi_slot *command = NULL;

	assert_int_equal(vscmi_submit(agent, &request, &command), VSCMI_OK);
	return command;
}

static void a_command_goes_and_its_answer_is_polled(void **state)
{
	struct vscmi_slot *command;

	start_link();
	command = submit();
	script_expect_answer(script, command, 42);
	vscmi_release(agent, command);
}

static void an_interrupt_feeds_in_what_has_come(void **state)
{
	struct vscmi_slot *command;

	start_link();
	answers = false;
	command = submit();
	assert_int_equal(vscmi_agent_counter(agent, VSCMI_COUNTER_REPLIES), 0);
	serve();
	assert_true(interrupt());
	assert_int_equal(vscmi_agent_counter(agent, VSCMI_COUNTER_REPLIES), 1);
	assert_int_equal(registers.interrupts, 0);
	script_expect_answer(script, command, 42);
	vscmi_release(agent, command);
}

static void an_event_comes_with_an_interrupt(void **state)
{
	start_link();
	assert_int_equal(registers.queues[VSCMI_VIRTIO_EVENTQ].kicks, 1);
	send_event();
	assert_true(interrupt());
	assert_false(more);
	assert_int_equal(vscmi_agent_anomalies(agent, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT),
			 1);
}

static void a_device_that_floods_does_not_keep_the_handler(void **state)
{
	const uint32_t all = 10000;

	start_link();
	flood = all;
	send_event();
	assert_true(interrupt());
	assert_true(more);
	assert_in_range(all - flood, QUEUE_SIZE, 10 * QUEUE_SIZE);
	/* What is left is for who polls. */
	flood = 3;
	assert_false(vscmi_agent_poll(agent));
	assert_int_equal(flood, 0);
}

static void another_devices_interrupt_is_not_ours(void **state)
{
	start_link();
	assert_false(interrupt());
}

static void a_device_that_needs_a_reset_takes_the_link_down(void **state)
{
	struct vscmi_slot *command;

	start_link();
	answers = false;
	command = submit();
	registers.status |= VSCMI_VIRTIO_DEVICE_NEEDS_RESET;
	registers.interrupts = VSCMI_VIRTIO_INTERRUPT_CONFIG;
	assert_true(interrupt());
	assert_false(vscmi_agent_is_up(agent));
	assert_int_equal(script_ended(script, command).error, VSCMI_E_LINK_LOST);
	vscmi_release(agent, command);

	answers = true;
	start_link();
	command = submit();
	script_expect_answer(script, command, 42);
	vscmi_release(agent, command);
}

static void a_device_that_needs_a_reset_before_the_link_is_up_takes_it_down(void **state)
{
	breaks_early = true;
	assert_int_equal(vscmi_guest_link_start(&link), VSCMI_OK);
	assert_int_equal(registers.interrupts, 0);
	assert_false(vscmi_agent_is_up(agent));
}

static void a_configuration_that_changes_is_no_reason(void **state)
{
	start_link();
	registers.interrupts = VSCMI_VIRTIO_INTERRUPT_CONFIG;
	assert_true(interrupt());
	assert_true(vscmi_agent_is_up(agent));
}

static void a_link_that_runs_can_be_started_anew(void **state)
{
	struct vscmi_slot *lost, *command[4];

	start_link();
	answers = false;
	lost = submit();
	answers = true;
	start_link();
	assert_int_equal(script_ended(script, lost).error, VSCMI_E_LINK_LOST);
	vscmi_release(agent, lost);
	for (int i = 0; i < 4; i++)
		command[i] = submit();
	for (int i = 0; i < 4; i++) {
		script_expect_answer(script, command[i], 42);
		vscmi_release(agent, command[i]);
	}
}

static void a_stop_takes_everything_from_the_device(void **state)
{
	start_link();
	assert_int_equal(vscmi_guest_link_stop(&link), VSCMI_OK);
	assert_false(vscmi_agent_is_up(agent));
	assert_int_equal(registers.status, 0);
	assert_int_equal(vscmi_guest_link_stop(&link), VSCMI_OK);
}

static void a_device_that_does_not_stop_is_told_of(void **state)
{
	start_link();
	registers.never_resets = true;
	assert_int_equal(vscmi_guest_link_stop(&link), VSCMI_E_TIMEOUT);
	assert_false(vscmi_agent_is_up(agent));
	assert_int_equal(vscmi_guest_link_start(&link), VSCMI_E_TIMEOUT);
	assert_false(vscmi_agent_is_up(agent));
}

static void a_device_without_events_has_one_queue(void **state)
{
	struct vscmi_slot *command;

	registers.device_features = VSCMI_VIRTIO_F_VERSION_1;
	registers.queues[VSCMI_VIRTIO_EVENTQ].size_max = 0;
	start_link();
	assert_false(link.driver.link.has_events);
	assert_int_equal(registers.queues[VSCMI_VIRTIO_EVENTQ].kicks, 0);
	command = submit();
	script_expect_answer(script, command, 42);
	vscmi_release(agent, command);
}

static void another_device_is_refused_and_left_alone(void **state)
{
	registers.device_id = VSCMI_VIRTIO_DEVICE_ID - 1;
	assert_int_equal(vscmi_guest_link_start(&link), VSCMI_E_UNSUPPORTED);
	assert_int_equal(registers.status_count, 0);
}

static void a_ring_too_small_for_a_command_is_refused(void **state)
{
	registers.queues[VSCMI_VIRTIO_CMDQ].size_max = 1;
	assert_int_equal(vscmi_guest_link_start(&link), VSCMI_E_INVALID);
	assert_false(vscmi_agent_is_up(agent));
	assert_int_equal(registers.status, 0);
}

static void sizes_out_of_range_are_refused(void **state)
{
	static const struct {
		uint16_t queue_size;
		uint32_t message_bytes;
	} cases[] = { { 0, 136 },    { 1, 136 }, { 3, 136 },
		      { 2048, 136 }, { 8, 7 },   { 8, 1025 } };
	struct vscmi_guest_link other;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vscmi_guest_link_config config = link_config;

		config.queue_size = cases[i].queue_size;
		config.message_bytes = cases[i].message_bytes;
		assert_int_equal(vscmi_guest_link_init(&other, &config), VSCMI_E_INVALID);
	}
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_command_goes_and_its_answer_is_polled),
		TEST(an_interrupt_feeds_in_what_has_come),
		TEST(an_event_comes_with_an_interrupt),
		TEST(a_device_that_floods_does_not_keep_the_handler),
		TEST(another_devices_interrupt_is_not_ours),
		TEST(a_device_that_needs_a_reset_takes_the_link_down),
		TEST(a_device_that_needs_a_reset_before_the_link_is_up_takes_it_down),
		TEST(a_configuration_that_changes_is_no_reason),
		TEST(a_link_that_runs_can_be_started_anew),
		TEST(a_stop_takes_everything_from_the_device),
		TEST(a_device_that_does_not_stop_is_told_of),
		TEST(a_device_without_events_has_one_queue),
		TEST(another_device_is_refused_and_left_alone),
		TEST(a_ring_too_small_for_a_command_is_refused),
		TEST(sizes_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
