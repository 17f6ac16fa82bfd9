/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding a virtio device on a PCI bus, and its registers, whatever it says of them. */
#include "registers.h"

#include "virtio/pci_bus.h"

#define DEVICE_ID 32u
#define COMMAND   0x04u

static struct registers registers;
static struct vscmi_virtio_pci pci;

static int start(void **state)
{
	registers_init(&registers, DEVICE_ID);
	return 0;
}

static int nothing_strayed(void **state)
{
	assert_int_equal(registers.strays, 0);
	return 0;
}

static void expect(enum vscmi_error expected)
{
	assert_int_equal(registers_pci(&registers, &pci), expected);
}

static uint32_t command(void)
{
	return vscmi_pci_config_read(&registers.host, REGISTERS_FUNCTION, COMMAND, 2);
}

static void the_device_is_found_by_its_id(void **state)
{
	uint16_t function = 0;

	assert_int_equal(vscmi_virtio_pci_find(&registers.host, DEVICE_ID, &function),
			 VSCMI_OK);
	assert_int_equal(function, REGISTERS_FUNCTION);
	assert_int_equal(vscmi_virtio_pci_find(&registers.host, DEVICE_ID + 1, &function),
			 VSCMI_E_NOT_READY);
}

static void a_search_ends_behind_the_last_bus(void **state)
{
	uint16_t function;

	registers.host.bus_count = 256;
	assert_int_equal(vscmi_virtio_pci_find(&registers.host, DEVICE_ID + 1, &function),
			 VSCMI_E_NOT_READY);
	/* Each device's first function; whether ours has more, and these. */
	assert_int_equal(registers.reads, 256 * 32 + 1 + 7);
}

static void the_pin_of_the_interrupt_is_told(void **state)
{
	static const uint8_t cases[][2] = {
		{ 0, 0 }, { 1, 1 }, { 4, 4 }, { 5, 0 }, { 255, 0 }
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		registers_space(&registers, 0x3d, 1, cases[i][0]);
		assert_int_equal(
			vscmi_pci_interrupt_pin(&registers.host, REGISTERS_FUNCTION),
			cases[i][1]);
	}
}

static void bars_without_an_address_get_one(void **state)
{
	registers.window.used = 0x100;
	expect(VSCMI_OK);
	assert_int_equal(registers.bars[1].value, REGISTERS_BUS + 0x1000);
	assert_int_equal(registers.bars[4].value, REGISTERS_BUS + 0x4000);
	assert_int_equal(registers.window.used, 0x8000);
	assert_int_equal(pci.common.address, REGISTERS_WINDOW + 0x4000);
}

static void bars_that_firmware_has_placed_stay(void **state)
{
	registers.bars[1].value = REGISTERS_BUS + 0x20000;
	registers.bars[4].value = REGISTERS_BUS + 0x30000;
	registers_space(&registers, COMMAND, 2, 2);
	expect(VSCMI_OK);
	assert_int_equal(registers.bars[1].value, REGISTERS_BUS + 0x20000);
	assert_int_equal(registers.bars[4].value, REGISTERS_BUS + 0x30000);
	assert_int_equal(registers.window.used, 0);
	assert_int_equal(pci.common.address, REGISTERS_WINDOW + 0x30000);
}

static void registers_where_no_window_is_are_not_touched(void **state)
{
	static const uint64_t values[] = {
		REGISTERS_BUS - 0x4000,
		REGISTERS_BUS + REGISTERS_BYTES,
		UINT64_C(0x8000000000),
		UINT64_C(0xffffffffffffc000),
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		registers.bars[4].value = values[i];
		expect(VSCMI_E_MALFORMED);
	}
	registers.bars[4].value = REGISTERS_BUS;
	registers.window.bytes = 0x3fff; /* the BAR is longer */
	expect(VSCMI_E_MALFORMED);
}

static void a_bar_that_fits_into_no_window_is_refused(void **state)
{
	static const uint64_t bytes[] = { 2 * REGISTERS_BYTES, UINT64_C(1) << 32,
					  UINT64_C(1) << 63 };

	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		registers_init(&registers, DEVICE_ID);
		registers.bars[4].bytes = bytes[i];
		expect(VSCMI_E_TOO_BIG);
	}
	registers_init(&registers, DEVICE_ID);
	registers.window.used = REGISTERS_BYTES - 0x1000;
	expect(VSCMI_E_TOO_BIG);
}

static void a_bar_of_32_bits_stays_below_4_gib(void **state)
{
	struct vscmi_pci_window windows[2];

	registers.window.bus_address = UINT64_C(0x100000000);
	windows[0] = registers.window;
	registers.window.bus_address = REGISTERS_BUS;
	windows[1] = registers.window;
	registers.host.windows = windows;
	registers.host.window_count = 2;
	expect(VSCMI_OK);
	assert_int_equal(registers.bars[1].value, REGISTERS_BUS);
	assert_int_equal(registers.bars[4].value, UINT64_C(0x100000000));
}

static void ports_are_no_memory(void **state)
{
	registers.bars[0] = (struct registers_bar){ .flags = 1, .bytes = 0x20 };
	expect(VSCMI_OK);
	assert_int_equal(registers.bars[0].value, 0);
	registers_space(&registers, REGISTERS_CAP_COMMON + 4, 1, 0);
	expect(VSCMI_E_MALFORMED);
}

static void the_last_bar_has_no_other_half(void **state)
{
	registers.bars[4].flags = 0;
	registers.bars[5] = (struct registers_bar){ .flags = 4, .bytes = 0x1000 };
	expect(VSCMI_OK);
	assert_int_equal(registers.bars[5].value, REGISTERS_BUS + 0x8000);
}

static void a_window_may_begin_at_address_0(void **state)
{
	struct vscmi_pci_block bars[VSCMI_PCI_BARS];

	registers.window.bus_address = 0;
	assert_int_equal(vscmi_pci_place_bars(&registers.host, REGISTERS_FUNCTION, bars),
			 VSCMI_OK);
	assert_int_equal(registers.bars[1].value, 0x1000);
	assert_int_equal(registers.bars[4].value, 0x4000);
	assert_int_equal(bars[4].address, REGISTERS_WINDOW + 0x4000);
}

static void memory_and_mastering_are_on_and_the_pin_interrupts(void **state)
{
	registers_space(&registers, COMMAND, 2, 0x0400);
	expect(VSCMI_OK);
	assert_int_equal(command(), 0x0006);
	assert_int_equal(vscmi_pci_config_read(&registers.host, REGISTERS_FUNCTION,
					       REGISTERS_CAP_MSI_X + 2, 2),
			 0x0003);
}

/* A field of a capability, and what it must not be. */
static void registers_that_are_not_whole_are_refused(void **state)
{
	static const struct {
		const char *what;
		uint32_t offset;
		unsigned width;
		uint32_t value;
	} cases[] = {
		{ "no capabilities", 0x06, 2, 0 },
		{ "none of virtio's", 0x34, 1, 0 },
		{ "a capability cut short", REGISTERS_CAP_COMMON + 2, 1, 15 },
		{ "one longer than the space", REGISTERS_CAP_COMMON + 2, 1, 0xff },
		{ "a notify capability without its multiplier", REGISTERS_CAP_NOTIFY + 2,
		  1, 16 },
		{ "no such BAR", REGISTERS_CAP_COMMON + 4, 1, 6 },
		{ "no such BAR at all", REGISTERS_CAP_COMMON + 4, 1, 255 },
		{ "a BAR without memory", REGISTERS_CAP_COMMON + 4, 1, 2 },
		{ "the other half of a BAR", REGISTERS_CAP_COMMON + 4, 1, 5 },
		{ "behind the BAR's end", REGISTERS_CAP_COMMON + 8, 4, 0x4004 },
		{ "far behind it", REGISTERS_CAP_COMMON + 8, 4, 0xfffffffc },
		{ "aligned to nothing", REGISTERS_CAP_COMMON + 8, 4, 2 },
		{ "doorbells on odd addresses", REGISTERS_CAP_NOTIFY + 8, 4, 0x3001 },
		{ "across the BAR's end", REGISTERS_CAP_COMMON + 12, 4, 0x4001 },
		{ "around the end of numbers", REGISTERS_CAP_COMMON + 12, 4, 0xffffffff },
		{ "shorter than they are", REGISTERS_CAP_COMMON + 12, 4, 55 },
		{ "an interrupt status of no bytes", REGISTERS_CAP_ISR + 12, 4, 0 },
		{ "doorbells of no bytes", REGISTERS_CAP_NOTIFY + 12, 4, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		registers_init(&registers, DEVICE_ID);
		registers_space(&registers, cases[i].offset, cases[i].width,
				cases[i].value);
		if (registers_pci(&registers, &pci) != VSCMI_E_MALFORMED)
			fail_msg("%s", cases[i].what);
	}
}

static void doorbells_and_interrupt_status_may_lie_closer(void **state)
{
	registers_space(&registers, REGISTERS_CAP_ISR + 8, 4, 0x1001);
	registers_space(&registers, REGISTERS_CAP_ISR + 12, 4, 1);
	registers_space(&registers, REGISTERS_CAP_NOTIFY + 8, 4, 0x3002);
	registers_space(&registers, REGISTERS_CAP_NOTIFY + 12, 4, 0xffe);
	expect(VSCMI_OK);
	registers.interrupts = 1;
	assert_int_equal(pci.transport.ops->take_interrupts(&pci.transport), 1);
}

static void capabilities_of_other_types_are_passed_over(void **state)
{
	static const uint8_t types[] = { 0, 5, 8, 255 };

	for (size_t i = 0; i < sizeof(types); i++) {
		registers_init(&registers, DEVICE_ID);
		registers_space(&registers, REGISTERS_CAP_DEVICE + 3, 1, types[i]);
		expect(VSCMI_OK);
	}
}

static void a_list_does_not_lead_through_the_header(void **state)
{
	registers_space(&registers, 0x34, 1, 0x38);
	registers_space(&registers, 0x38, 1, 0x09);
	registers_space(&registers, 0x39, 1, REGISTERS_CAP_COMMON);
	expect(VSCMI_E_MALFORMED);
}

static void a_list_that_goes_in_circles_ends(void **state)
{
	static const uint8_t next[] = { REGISTERS_CAP_MSI_X, REGISTERS_CAP_COMMON };

	for (size_t i = 0; i < sizeof(next); i++) {
		registers_init(&registers, DEVICE_ID);
		registers_space(&registers, REGISTERS_CAP_MSI_X + 1, 1, next[i]);
		expect(VSCMI_OK);
		assert_true(registers.reads < 1000);
	}
}

static void a_list_may_lead_to_the_last_bytes(void **state)
{
	registers_space(&registers, REGISTERS_CAP_MSI_X + 1, 1, 0xfc);
	registers_space(&registers, 0xfc, 1, 0x09);
	registers_space(&registers, 0xfe, 1, 0xff);
	expect(VSCMI_OK);
	registers_space(&registers, 0xfc, 1, 0x11);
	expect(VSCMI_OK);
}

static void a_doorbell_outside_its_registers_is_refused(void **state)
{
	static const struct {
		uint32_t notify_offset, multiplier, bytes;
		enum vscmi_error expected;
	} cases[] = {
		{ 0, 0, 2, VSCMI_OK },
		{ 0, 4, 1, VSCMI_E_MALFORMED },
		{ 1, 4, 6, VSCMI_OK },
		{ 1, 4, 5, VSCMI_E_MALFORMED },
		{ 1, 3, 0x1000, VSCMI_E_MALFORMED }, /* not aligned */
		{ 0x400, 4, 0x1000, VSCMI_E_MALFORMED },
		{ 0xffff, 0xfffffffe, 0x1000, VSCMI_E_MALFORMED },
	};
	const struct vscmi_virtq_areas areas = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		registers_init(&registers, DEVICE_ID);
		registers.queues[1].notify_offset = cases[i].notify_offset;
		registers_space(&registers, REGISTERS_CAP_NOTIFY + 12, 4, cases[i].bytes);
		registers_space(&registers, REGISTERS_CAP_NOTIFY + 16, 4,
				cases[i].multiplier);
		expect(VSCMI_OK);
		assert_int_equal(
			pci.transport.ops->queue_enable(&pci.transport, 1, 16, &areas),
			cases[i].expected);
		assert_int_equal(registers.queues[1].enabled,
				 cases[i].expected == VSCMI_OK);
	}
}

static void a_doorbell_may_lie_at_address_0(void **state)
{
	const struct vscmi_virtq_areas areas = { 0 };

	expect(VSCMI_OK);
	pci.notify.address = 0;
	registers.queues[1].notify_offset = 0;
	assert_int_equal(pci.transport.ops->queue_enable(&pci.transport, 1, 16, &areas),
			 VSCMI_OK);
}

static void a_queue_beyond_the_devices_is_not_there(void **state)
{
	expect(VSCMI_OK);
	assert_int_equal(pci.transport.ops->queue_size_max(&pci.transport, 1), 64);
	assert_int_equal(
		pci.transport.ops->queue_size_max(&pci.transport, REGISTERS_QUEUES), 0);
}

static void configuration_beyond_the_devices_is_zero(void **state)
{
	registers.config[0] = 1;
	registers_space(&registers, REGISTERS_CAP_DEVICE + 12, 4, 4);
	expect(VSCMI_OK);
	assert_int_equal(pci.transport.ops->config_read(&pci.transport, 0, 4), 1);
	assert_int_equal(pci.transport.ops->config_read(&pci.transport, 4, 4), 0);
	assert_int_equal(pci.transport.ops->config_read(&pci.transport, UINT32_MAX, 4),
			 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, nothing_strayed)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_device_is_found_by_its_id),
		TEST(a_search_ends_behind_the_last_bus),
		TEST(the_pin_of_the_interrupt_is_told),
		TEST(bars_without_an_address_get_one),
		TEST(bars_that_firmware_has_placed_stay),
		TEST(registers_where_no_window_is_are_not_touched),
		TEST(a_bar_that_fits_into_no_window_is_refused),
		TEST(a_bar_of_32_bits_stays_below_4_gib),
		TEST(ports_are_no_memory),
		TEST(the_last_bar_has_no_other_half),
		TEST(a_window_may_begin_at_address_0),
		TEST(memory_and_mastering_are_on_and_the_pin_interrupts),
		TEST(registers_that_are_not_whole_are_refused),
		TEST(doorbells_and_interrupt_status_may_lie_closer),
		TEST(capabilities_of_other_types_are_passed_over),
		TEST(a_list_does_not_lead_through_the_header),
		TEST(a_list_that_goes_in_circles_ends),
		TEST(a_list_may_lead_to_the_last_bytes),
		TEST(a_doorbell_outside_its_registers_is_refused),
		TEST(a_doorbell_may_lie_at_address_0),
		TEST(a_queue_beyond_the_devices_is_not_there),
		TEST(configuration_beyond_the_devices_is_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
