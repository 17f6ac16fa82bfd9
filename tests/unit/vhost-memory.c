/* SPDX-License-Identifier: BSD-3-Clause */
/* A guest's memory as its front end describes it, and the guard on it. */
#include "test.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vhost_user/memory.h"

#define PAGE  UINT64_C(0x1000)
#define PAGES 64u

static struct vscmi_vhost_memory memory;
static struct vscmi_problem problem;
static int file;

static int set_up(void **state)
{
	vscmi_vhost_memory_init(&memory);
	file = memfd_create("guest", MFD_CLOEXEC);
	assert_true(file >= 0);
	return ftruncate(file, PAGES * PAGE);
}

static int tear_down(void **state)
{
	vscmi_vhost_memory_retire(&memory);
	vscmi_vhost_memory_unmap_retired(&memory);
	return close(file);
}

static enum vscmi_error add(uint64_t guest_base, uint64_t size, uint64_t user_base,
			    uint64_t offset)
{
	const struct vscmi_vhost_region region = { guest_base, size, user_base, offset };

	return vscmi_vhost_memory_add(&memory, &region, file, &problem);
}

/* What is accepted or not beside the region at guest 0x10000, user 0x20000, of one page. */
static const struct {
	const char *what;
	uint64_t guest_base, size, user_base, offset;
	enum vscmi_error error;
} regions[] = {
	{ "just below", 0xf000, PAGE, 0x1f000, 0, VSCMI_OK },
	{ "just above", 0x11000, PAGE, 0x21000, 0, VSCMI_OK },
	{ "the same", 0x10000, PAGE, 0x20000, 0, VSCMI_E_INVALID },
	{ "a byte over its start", 0xf000, PAGE + 1, 0, 0, VSCMI_E_INVALID },
	{ "its last byte", 0x10fff, 1, 0, 0, VSCMI_E_INVALID },
	{ "around it", 0, 0x20000, 0x80000, 0, VSCMI_E_INVALID },
	{ "a byte over its start for the user", 0, PAGE + 1, 0x1f000, 0,
	  VSCMI_E_INVALID },
	{ "its last byte for the user", 0, 1, 0x20fff, 0, VSCMI_E_INVALID },
	{ "the end of everything", UINT64_MAX - PAGE + 1, PAGE, UINT64_MAX - PAGE + 1, 0,
	  VSCMI_OK },
	{ "a byte beyond it", UINT64_MAX - PAGE + 2, PAGE, 0, 0, VSCMI_E_INVALID },
	{ "a byte beyond it for the user", 0, PAGE, UINT64_MAX - PAGE + 2, 0,
	  VSCMI_E_INVALID },
	{ "nothing", 0, 0, 0, 0, VSCMI_E_INVALID },
	{ "the last byte of its file", 0, 1, 0, PAGES *PAGE - 1, VSCMI_OK },
	{ "a byte beyond its file", 0, 1, 0, PAGES *PAGE, VSCMI_E_INVALID },
	{ "more than its file", 0, PAGE, 0, PAGES *PAGE - 1, VSCMI_E_INVALID },
	{ "a byte more than its file", 0x100000, PAGES *PAGE + 1, 0x100000, 0,
	  VSCMI_E_INVALID },
	{ "an offset that is negative to mmap", 0, PAGE, 0, UINT64_C(1) << 63,
	  VSCMI_E_INVALID },
	{ "an end that wraps around its file", 0, 2 * PAGE, 0, UINT64_MAX - PAGE + 1,
	  VSCMI_E_INVALID },
	{ "an end that is that of all offsets", 0, PAGE, 0, UINT64_MAX - PAGE + 1,
	  VSCMI_E_INVALID },
	{ "a size that is", 0, UINT64_C(1) << 63, UINT64_C(1) << 63, 0, VSCMI_E_INVALID },
	{ "all there is", 0, UINT64_MAX, 0, 0, VSCMI_E_INVALID },
};

static void regions_may_touch_and_not_overlap(void **state)
{
	for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
		enum vscmi_error error;

		assert_int_equal(add(0x10000, PAGE, 0x20000, 0), VSCMI_OK);
		error = add(regions[i].guest_base, regions[i].size, regions[i].user_base,
			    regions[i].offset);
		if (error != regions[i].error)
			fail_msg("%s: %d", regions[i].what, error);
		assert_int_equal(memory.map.region_count, error ? 1 : 2);
		vscmi_vhost_memory_retire(&memory);
		vscmi_vhost_memory_unmap_retired(&memory);
	}
}

static void a_region_is_where_its_file_says(void **state)
{
	uint64_t guest_address;
	uint8_t *bytes;

	assert_int_equal(pwrite(file, "here", 4, 0x1234), 4);
	assert_int_equal(add(0x50034, 0x100, 0x70034, 0x1234), VSCMI_OK);
	bytes = vscmi_memory_at(&memory.map, 0x50034, 0x100);
	assert_non_null(bytes);
	assert_memory_equal(bytes, "here", 4);
	assert_null(vscmi_memory_at(&memory.map, 0x50034, 0x101));

	assert_int_equal(
		vscmi_vhost_memory_guest_address(&memory, 0x70034, &guest_address), 0);
	assert_int_equal(guest_address, 0x50034);
	assert_int_equal(
		vscmi_vhost_memory_guest_address(&memory, 0x70133, &guest_address), 0);
	assert_int_equal(guest_address, 0x50133);
	assert_int_not_equal(
		vscmi_vhost_memory_guest_address(&memory, 0x70033, &guest_address),
		VSCMI_OK);
	assert_int_not_equal(
		vscmi_vhost_memory_guest_address(&memory, 0x70134, &guest_address),
		VSCMI_OK);
}

static void there_are_as_many_regions_as_slots(void **state)
{
	for (uint64_t i = 0; i < VSCMI_VHOST_MEM_SLOTS; i++)
		assert_int_equal(add(i * PAGE, PAGE, i * PAGE, 0), VSCMI_OK);
	assert_int_equal(add(PAGES * PAGE, PAGE, PAGES * PAGE, 0), VSCMI_E_INVALID);
}

static void a_region_is_removed_by_all_that_names_it(void **state)
{
	struct vscmi_vhost_region region = { 0x10000, PAGE, 0x20000, 0 };
	struct vscmi_vhost_region others[] = { region, region, region };

	others[0].guest_base++;
	others[1].size--;
	others[2].user_base++;
	assert_int_equal(add(0x10000, PAGE, 0x20000, 0), VSCMI_OK);
	for (int i = 0; i < 3; i++)
		assert_int_equal(vscmi_vhost_memory_remove(&memory, &others[i], &problem),
				 VSCMI_E_INVALID);
	assert_int_equal(vscmi_vhost_memory_remove(&memory, &region, &problem), VSCMI_OK);
	assert_int_equal(memory.map.region_count, 0);
	assert_int_equal(vscmi_vhost_memory_remove(&memory, &region, &problem),
			 VSCMI_E_INVALID);
}

static void what_is_retired_stays_until_it_is_unmapped(void **state)
{
	uint8_t *bytes;

	assert_int_equal(add(0, PAGE, 0, 0), VSCMI_OK);
	bytes = memory.regions[0].host;
	vscmi_vhost_memory_retire(&memory);
	assert_int_equal(add(0, PAGE, 0, PAGE), VSCMI_OK);
	memcpy(bytes, "old", 3);
	vscmi_vhost_memory_unmap_retired(&memory);
	assert_int_equal(msync(bytes, PAGE, MS_ASYNC), -1);
	assert_int_equal(memory.map.region_count, 1);
}

/*
 * ---- The guard ----
 */

static void a_file_cut_short_reads_as_zeros(void **state)
{
	uint8_t bytes[8];
	uint8_t *cut, *whole;

	assert_int_equal(add(0, PAGE, 0, 0), VSCMI_OK);
	assert_int_equal(add(2 * PAGE, PAGE, 2 * PAGE, 2 * PAGE), VSCMI_OK);
	whole = vscmi_memory_at(&memory.map, 0, PAGE);
	cut = vscmi_memory_at(&memory.map, 2 * PAGE, PAGE);
	memcpy(whole, "there", 6);
	memcpy(cut, "going", 6);
	assert_false(vscmi_vhost_memory_is_lost(&memory));
	assert_int_equal(ftruncate(file, (off_t)PAGE), 0);
	memcpy(bytes, cut, sizeof(bytes));
	assert_memory_equal(bytes, "\0\0\0\0\0\0\0\0", 8);
	assert_true(vscmi_vhost_memory_is_lost(&memory));
	assert_string_equal((char *)whole, "there");

	vscmi_vhost_memory_retire(&memory);
	assert_true(vscmi_vhost_memory_is_lost(&memory));
	vscmi_vhost_memory_unmap_retired(&memory);
	assert_false(vscmi_vhost_memory_is_lost(&memory));
}

static sigjmp_buf escape;

static void catch_sigbus(int number)
{
	siglongjmp(escape, 1);
}

/* Someone else's handler, a guard over it, and what else may happen. */
static void with_a_handler_before(void (*happen)(uint8_t *unguarded))
{
	struct sigaction action = { .sa_handler = catch_sigbus }, previous;
	uint8_t *unguarded = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, (off_t)PAGE);
	volatile bool caught = true;

	sigaction(SIGBUS, &action, &previous);
	assert_int_equal(add(0, PAGE, 0, 0), VSCMI_OK);
	if (sigsetjmp(escape, 1) == 0) {
		happen(unguarded);
		caught = false;
	}
	assert_true(caught);
	assert_false(vscmi_vhost_memory_is_lost(&memory));
	sigaction(SIGBUS, &previous, NULL);
	munmap(unguarded, PAGE);
}

static void read_beyond_the_file(uint8_t *unguarded)
{
	uint8_t bytes[8];

	assert_int_equal(ftruncate(file, (off_t)PAGE), 0);
	memcpy(bytes, unguarded, sizeof(bytes));
	assert_int_equal(bytes[0], 0);
}

static void a_fault_elsewhere_goes_where_it_went_before(void **state)
{
	with_a_handler_before(read_beyond_the_file);
}

/* At the same address, another mapping. */
static void read_beyond_the_file_where_a_guard_was(uint8_t *unguarded)
{
	void *address = memory.regions[0].host;

	vscmi_vhost_memory_retire(&memory);
	vscmi_vhost_memory_unmap_retired(&memory);
	unguarded =
		mmap(address, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file, (off_t)PAGE);
	assert_ptr_equal(unguarded, address);
	read_beyond_the_file(unguarded);
}

static void a_guard_ends_with_its_mapping(void **state)
{
	with_a_handler_before(read_beyond_the_file_where_a_guard_was);
}

static void send_sigbus(uint8_t *unguarded)
{
	raise(SIGBUS);
}

static void a_signal_that_is_no_fault_goes_where_it_went_before(void **state)
{
	with_a_handler_before(send_sigbus);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(regions_may_touch_and_not_overlap),
		TEST(a_region_is_where_its_file_says),
		TEST(there_are_as_many_regions_as_slots),
		TEST(a_region_is_removed_by_all_that_names_it),
		TEST(what_is_retired_stays_until_it_is_unmapped),
		TEST(a_file_cut_short_reads_as_zeros),
		TEST(a_fault_elsewhere_goes_where_it_went_before),
		TEST(a_guard_ends_with_its_mapping),
		TEST(a_signal_that_is_no_fault_goes_where_it_went_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
