/* SPDX-License-Identifier: BSD-3-Clause */
/* A device's start and end, over MMIO and over PCI: the same tests. */
#include "registers.h"

#include <string.h>

#define DEVICE_ID  32u
#define QUEUE_SIZE 16u
#define EVENTS     UINT64_C(1) /* the feature that the second queue needs */
#define ACCEPTED   (VSCMI_VIRTIO_F_VERSION_1 | VSCMI_VIRTIO_F_EVENT_IDX | EVENTS)

static struct registers registers;
static union {
	struct vscmi_virtio_mmio mmio;
	struct vscmi_virtio_pci pci;
} place;
static struct vscmi_virtio_transport *transport;

static struct vscmi_virtq_driver rings[REGISTERS_QUEUES];
static struct vscmi_virtq_slot slots[REGISTERS_QUEUES][QUEUE_SIZE];
static _Alignas(16) uint8_t
	memory[REGISTERS_QUEUES][(VSCMI_VIRTQ_RING_BYTES(QUEUE_SIZE) + 15) / 16 * 16];
static const struct vscmi_memory_region region = {
	.guest_base = UINT64_C(0x8000000000),
	.size = sizeof(memory),
	.host = memory[0],
};
static const struct vscmi_memory map = { &region, 1 };
static struct vscmi_virtio_queue_setup queues[REGISTERS_QUEUES];

static void ready_queues(void)
{
	for (uint32_t i = 0; i < REGISTERS_QUEUES; i++)
		queues[i] = (struct vscmi_virtio_queue_setup){
			.ring = &rings[i],
			.config = {
				.memory = &map,
				.ring = memory[i],
				.slots = slots[i],
				.queue_size = QUEUE_SIZE,
			},
			.needs = i == 0 ? 0 : EVENTS,
		};
}

static int over_mmio(void **state)
{
	registers_init(&registers, DEVICE_ID);
	ready_queues();
	assert_int_equal(registers_mmio(&registers, &place.mmio), VSCMI_OK);
	transport = &place.mmio.transport;
	return 0;
}

static int over_pci(void **state)
{
	registers_init(&registers, DEVICE_ID);
	ready_queues();
	assert_int_equal(registers_pci(&registers, &place.pci), VSCMI_OK);
	transport = &place.pci.transport;
	return 0;
}

static int nothing_strayed(void **state)
{
	assert_int_equal(registers.strays, 0);
	return 0;
}

static enum vscmi_error start(uint64_t *ret_features)
{
	return vscmi_virtio_start(transport, ACCEPTED, queues, REGISTERS_QUEUES,
				  ret_features);
}

/* Refused, the device knows, and has no queue. */
static void expect_failed(enum vscmi_error expected)
{
	uint64_t features = 42;

	assert_int_equal(start(&features), expected);
	assert_int_equal(features, 42);
	assert_true(registers.status & VSCMI_VIRTIO_FAILED);
	assert_false(registers.status & VSCMI_VIRTIO_DRIVER_OK);
	for (uint32_t i = 0; i < REGISTERS_QUEUES; i++)
		assert_false(registers.queues[i].enabled);
}

static void a_start_goes_step_by_step(void **state)
{
	static const uint8_t steps[] = { 0, 1, 3, 11, 15 };
	uint64_t features = 0;

	assert_int_equal(transport->ops->device_id(transport), DEVICE_ID);
	registers.device_features |= VSCMI_VIRTIO_F_RING_PACKED | 2;
	assert_int_equal(start(&features), VSCMI_OK);
	assert_int_equal(registers.status_count, sizeof(steps));
	assert_memory_equal(registers.statuses, steps, sizeof(steps));
	assert_int_equal(features, VSCMI_VIRTIO_F_VERSION_1 | EVENTS);
	assert_int_equal(registers.driver_features, features);
}

static void the_device_gets_each_ring_where_it_is(void **state)
{
	uint64_t features;

	assert_int_equal(start(&features), VSCMI_OK);
	for (uint32_t i = 0; i < REGISTERS_QUEUES; i++) {
		const struct registers_queue *queue = &registers.queues[i];
		uint64_t base = region.guest_base + i * sizeof(memory[0]);

		assert_true(queue->enabled);
		assert_int_equal(queue->size, QUEUE_SIZE);
		assert_int_equal(rings[i].queue_size, QUEUE_SIZE);
		assert_int_equal(queue->areas[0], base);
		assert_int_equal(queue->areas[1], base + 16 * QUEUE_SIZE);
		assert_in_range(queue->areas[2], base + 18 * QUEUE_SIZE + 6,
				base + sizeof(memory[0]) - 8 * QUEUE_SIZE - 6);
	}
}

static void a_queue_without_its_feature_is_left_alone(void **state)
{
	uint64_t features;

	registers.device_features = VSCMI_VIRTIO_F_VERSION_1;
	assert_int_equal(start(&features), VSCMI_OK);
	assert_true(registers.queues[0].enabled);
	assert_false(registers.queues[1].enabled);
}

static void a_queue_is_as_large_as_both_can_have_it(void **state)
{
	static const struct {
		uint32_t size_max, size;
	} cases[] = { { 1, 1 }, { 3, 2 }, { 8, 8 }, { 15, 8 }, { 16, 16 }, { 1024, 16 } };
	uint64_t features;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		registers.queues[0].size_max = cases[i].size_max;
		assert_int_equal(start(&features), VSCMI_OK);
		assert_int_equal(registers.queues[0].size, cases[i].size);
		assert_int_equal(rings[0].queue_size, cases[i].size);
	}
}

static void a_device_without_a_queue_is_refused(void **state)
{
	registers.queues[1].size_max = 0;
	expect_failed(VSCMI_E_UNSUPPORTED);
}

static void a_device_without_version_1_is_refused(void **state)
{
	static const uint8_t steps[] = { 0, 1, 3, 0, 128 }; /* and no FEATURES_OK */

	registers.device_features = EVENTS;
	expect_failed(VSCMI_E_UNSUPPORTED);
	assert_int_equal(registers.status_count, sizeof(steps));
	assert_memory_equal(registers.statuses, steps, sizeof(steps));
}

static void features_that_the_device_does_not_keep_are_the_end(void **state)
{
	registers.refuses_features = true;
	expect_failed(VSCMI_E_UNSUPPORTED);
}

static void memory_that_the_ring_refuses_is_the_end(void **state)
{
	queues[1].config.ring = memory[0] + 1;
	expect_failed(VSCMI_E_INVALID);
}

static void a_queue_that_is_enabled_already_is_the_end(void **state)
{
	uint64_t features;
	struct vscmi_virtq_areas areas = { 0 };

	assert_int_equal(start(&features), VSCMI_OK);
	assert_int_equal(transport->ops->queue_enable(transport, 0, QUEUE_SIZE, &areas),
			 VSCMI_E_BUSY);
}

static void more_queues_than_a_transport_has_are_refused(void **state)
{
	uint64_t features;

	assert_int_equal(vscmi_virtio_start(transport, ACCEPTED, queues,
					    VSCMI_VIRTIO_TRANSPORT_QUEUES + 1, &features),
			 VSCMI_E_INVALID);
	assert_int_equal(registers.status_count, 0);
}

static void a_reset_that_does_not_end_is_given_up(void **state)
{
	uint64_t features;

	registers.status = VSCMI_VIRTIO_DRIVER_OK;
	registers.never_resets = true;
	assert_int_equal(vscmi_virtio_reset(transport), VSCMI_E_TIMEOUT);
	assert_int_equal(start(&features), VSCMI_E_TIMEOUT);
}

static void a_reset_takes_the_queues_from_the_device(void **state)
{
	uint64_t features;

	assert_int_equal(start(&features), VSCMI_OK);
	assert_int_equal(vscmi_virtio_reset(transport), VSCMI_OK);
	assert_int_equal(registers.status, 0);
	assert_false(registers.queues[0].enabled);
	assert_int_equal(start(&features), VSCMI_OK);
	assert_int_equal(registers.status, 15);
}

static void a_kick_reaches_its_queue(void **state)
{
	uint64_t features;

	assert_int_equal(start(&features), VSCMI_OK);
	transport->ops->notify(transport, 1);
	transport->ops->notify(transport, 1);
	transport->ops->notify(transport, 0);
	assert_int_equal(registers.queues[0].kicks, 1);
	assert_int_equal(registers.queues[1].kicks, 2);
}

static void interrupts_are_taken_once(void **state)
{
	registers.interrupts =
		VSCMI_VIRTIO_INTERRUPT_CONFIG | VSCMI_VIRTIO_INTERRUPT_QUEUE;
	assert_int_equal(transport->ops->take_interrupts(transport), 3);
	assert_int_equal(registers.interrupts, 0);
	assert_int_equal(transport->ops->take_interrupts(transport), 0);
}

static void a_device_may_ask_for_a_reset(void **state)
{
	uint64_t features;

	assert_int_equal(start(&features), VSCMI_OK);
	assert_false(vscmi_virtio_needs_reset(transport));
	registers.status |= VSCMI_VIRTIO_DEVICE_NEEDS_RESET;
	assert_true(vscmi_virtio_needs_reset(transport));
}

static void configuration_is_read_in_one_piece(void **state)
{
	static const struct {
		unsigned width;
		uint64_t value;
	} cases[] = { { 1, 0x11 },
		      { 2, 0x2211 },
		      { 4, 0x44332211 },
		      { 8, UINT64_C(0x8877665544332211) } };
	uint64_t value;

	memcpy(registers.config, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		registers.restless = 3;
		assert_int_equal(
			vscmi_virtio_config_get(transport, 0, cases[i].width, &value),
			VSCMI_OK);
		assert_int_equal(value, cases[i].value);
	}
	assert_int_equal(vscmi_virtio_config_get(transport, 0, 3, &value),
			 VSCMI_E_INVALID);
}

static void a_configuration_that_never_rests_is_given_up(void **state)
{
	uint64_t value = 42;

	registers.restless = UINT32_MAX;
	assert_int_equal(vscmi_virtio_config_get(transport, 0, 4, &value), VSCMI_E_BUSY);
	assert_int_equal(value, 42);
	assert_true(registers.reads < 1000);
}

static void a_place_without_a_modern_device_is_refused(void **state)
{
	static const struct {
		uint32_t magic, version, device_id;
		enum vscmi_error expected;
	} cases[] = {
		{ 0x74726976, 2, 32, VSCMI_OK },
		{ 0x74726976, 1, 32, VSCMI_E_UNSUPPORTED }, /* legacy */
		{ 0x74726976, 3, 32, VSCMI_E_UNSUPPORTED },
		{ 0x74726976, 2, 0, VSCMI_E_NOT_READY }, /* empty */
		{ 0x74726976, 1, 0, VSCMI_E_NOT_READY },
		{ 0x76697274, 2, 32, VSCMI_E_MALFORMED }, /* of the other byte order */
		{ 0xffffffff, 2, 32, VSCMI_E_MALFORMED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		registers.magic = cases[i].magic;
		registers.version = cases[i].version;
		registers.device_id = cases[i].device_id;
		assert_int_equal(registers_mmio(&registers, &place.mmio),
				 cases[i].expected);
	}
}

static void mapped_registers_are_little_endian(void **state)
{
	_Alignas(4) uint8_t bytes[] = { 0x11, 0x22, 0x33, 0x44 };
	const struct vscmi_registers *mapped = &vscmi_mapped_registers;
	uintptr_t at = (uintptr_t)bytes;

	assert_int_equal(mapped->read(NULL, at + 1, 1), 0x22);
	assert_int_equal(mapped->read(NULL, at + 2, 2), 0x4433);
	assert_int_equal(mapped->read(NULL, at, 4), 0x44332211);
	mapped->write(NULL, at, 4, 0x55667788);
	assert_memory_equal(bytes, "\x88\x77\x66\x55", 4);
	mapped->write(NULL, at + 2, 2, 0x99aa);
	assert_memory_equal(bytes, "\x88\x77\xaa\x99", 4);
	mapped->write(NULL, at + 1, 1, 0xbb);
	assert_memory_equal(bytes, "\x88\xbb\xaa\x99", 4);
}

#define OVER_BOTH(test)                                              \
	{ #test ", MMIO", test, over_mmio, nothing_strayed, NULL },  \
	{                                                            \
#test ", PCI", test, over_pci, nothing_strayed, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OVER_BOTH(a_start_goes_step_by_step),
		OVER_BOTH(the_device_gets_each_ring_where_it_is),
		OVER_BOTH(a_queue_without_its_feature_is_left_alone),
		OVER_BOTH(a_queue_is_as_large_as_both_can_have_it),
		OVER_BOTH(a_device_without_a_queue_is_refused),
		OVER_BOTH(a_device_without_version_1_is_refused),
		OVER_BOTH(features_that_the_device_does_not_keep_are_the_end),
		OVER_BOTH(memory_that_the_ring_refuses_is_the_end),
		OVER_BOTH(a_queue_that_is_enabled_already_is_the_end),
		OVER_BOTH(more_queues_than_a_transport_has_are_refused),
		OVER_BOTH(a_reset_that_does_not_end_is_given_up),
		OVER_BOTH(a_reset_takes_the_queues_from_the_device),
		OVER_BOTH(a_kick_reaches_its_queue),
		OVER_BOTH(interrupts_are_taken_once),
		OVER_BOTH(a_device_may_ask_for_a_reset),
		OVER_BOTH(configuration_is_read_in_one_piece),
		OVER_BOTH(a_configuration_that_never_rests_is_given_up),
		cmocka_unit_test(mapped_registers_are_little_endian),
		cmocka_unit_test_setup_teardown(
			a_place_without_a_modern_device_is_refused, over_mmio,
			nothing_strayed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
