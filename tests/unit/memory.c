/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory map: the one gate from addresses to pointers, and the way back. */
#include "test.h"

#include <vscmi/memory.h>

static uint8_t low[64], high[32], top[16];

/* Two regions that meet at 0x1040, in no order, and one that ends with the address space.
 */
static const struct vscmi_memory_region regions[] = {
	{ .guest_base = 0x1040, .size = sizeof high, .host = high },
	{ .guest_base = 0x1000, .size = sizeof low, .host = low },
	{ .guest_base = UINT64_MAX - 15, .size = sizeof top, .host = top },
};
static const struct vscmi_memory map = { .regions = regions, .region_count = 3 };

static const struct {
	const char *what;
	uint64_t address, length;
	const uint8_t *want;
} ranges[] = {
	{ "the first byte", 0x1000, 1, low },
	{ "a whole region", 0x1000, 64, low },
	{ "the last byte", 0x103f, 1, low + 63 },
	{ "no byte at the end", 0x103f, 0, low + 63 },
	{ "one byte too many", 0x1000, 65, NULL },
	{ "across two regions", 0x103f, 2, NULL },
	{ "the second region", 0x1040, 32, high },
	{ "behind it", 0x1060, 0, NULL },
	{ "before the first", 0xfff, 2, NULL },
	{ "nowhere", 0, 1, NULL },
	{ "the end of the address space", UINT64_MAX - 15, 16, top },
	{ "the last address", UINT64_MAX, 1, top + 15 },
	{ "beyond the last address", UINT64_MAX, 2, NULL },
	{ "a length that wraps to inside", 0x1001, UINT64_MAX, NULL },
	{ "a length that wraps to the region below", UINT64_MAX - 15, 0x1050, NULL },
};

static void a_range_is_inside_one_region_or_nowhere(void **state)
{
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (vscmi_memory_at(&map, ranges[i].address, ranges[i].length) !=
		    ranges[i].want)
			fail_msg("%s", ranges[i].what);
}

static void a_run_goes_to_the_end_of_its_region(void **state)
{
	uint64_t run = 7;

	assert_ptr_equal(vscmi_memory_run(&map, 0x1010, &run), low + 16);
	assert_int_equal(run, 48);
	assert_ptr_equal(vscmi_memory_run(&map, UINT64_MAX, &run), top + 15);
	assert_int_equal(run, 1);
	assert_null(vscmi_memory_run(&map, 0x1060, &run));
	assert_int_equal(run, 1);
}

static void an_address_is_published_for_what_one_region_holds_whole(void **state)
{
	const struct {
		const uint8_t *host;
		uint64_t length;
		enum vscmi_error want;
		uint64_t address;
	} cases[] = {
		{ low, 64, VSCMI_OK, 0x1000 },
		{ low + 63, 1, VSCMI_OK, 0x103f },
		{ low, 65, VSCMI_E_INVALID, 0 },
		{ low, UINT64_MAX, VSCMI_E_INVALID, 0 },
		{ high + 5, 27, VSCMI_OK, 0x1045 },
		{ top, 16, VSCMI_OK, UINT64_MAX - 15 },
		{ (const uint8_t *)&map, 1, VSCMI_E_INVALID, 0 },
		{ NULL, 0, VSCMI_E_INVALID, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint64_t address = 0;

		assert_int_equal(vscmi_memory_address(&map, cases[i].host,
						      cases[i].length, &address),
				 cases[i].want);
		assert_int_equal(address, cases[i].address);
	}
}

static void a_region_does_not_go_round_the_address_space(void **state)
{
	const struct vscmi_memory_region region = { UINT64_MAX - 15, 32, low };
	const struct vscmi_memory memory = { &region, 1 };

	assert_ptr_equal(vscmi_memory_at(&memory, UINT64_MAX, 1), low + 15);
	assert_null(vscmi_memory_at(&memory, 0, 1));
}

static void an_empty_map_holds_nothing(void **state)
{
	const struct vscmi_memory empty = { 0 };
	uint64_t address;

	assert_null(vscmi_memory_at(&empty, 0, 0));
	assert_int_equal(vscmi_memory_address(&empty, low, 1, &address), VSCMI_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_is_inside_one_region_or_nowhere),
		cmocka_unit_test(a_run_goes_to_the_end_of_its_region),
		cmocka_unit_test(an_address_is_published_for_what_one_region_holds_whole),
		cmocka_unit_test(a_region_does_not_go_round_the_address_space),
		cmocka_unit_test(an_empty_map_holds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
