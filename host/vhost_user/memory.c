/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vhost_user/memory.h"

static bool in_use(const struct vscmi_vhost_mapping *mapping)
{
	return mapping->guard.base && !mapping->retired;
}

static bool wraps(uint64_t base, uint64_t size)
{
	return size - 1 > UINT64_MAX - base;
}

/* Of two ranges that are not empty and do not wrap around. */
static bool overlap(uint64_t base, uint64_t size, uint64_t other, uint64_t other_size)
{
	return base < other ? other - base < size : base - other < other_size;
}

/* The map that the rings are given, from the mappings in use. */
static void rebuild_map(struct vscmi_vhost_memory *memory)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < VSCMI_VHOST_MAPPINGS; i++) {
		const struct vscmi_vhost_mapping *mapping = &memory->mappings[i];

		if (!in_use(mapping))
			continue;
		memory->regions[count++] = (struct vscmi_memory_region){
			.guest_base = mapping->region.guest_base,
			.size = mapping->region.size,
			.host = mapping->host,
		};
	}
	memory->map.region_count = count;
}

void vscmi_vhost_memory_init(struct vscmi_vhost_memory *memory)
{
	memset(memory, 0, sizeof(*memory));
	memory->map.regions = memory->regions;
}

static enum vscmi_error check_region(const struct vscmi_vhost_memory *memory,
				     const struct vscmi_vhost_region *region,
				     struct vscmi_problem *problem)
{
	if (region->size == 0 || wraps(region->guest_base, region->size) ||
	    wraps(region->user_base, region->size))
		return vscmi_problem_set(
			problem, VSCMI_E_INVALID,
			"region of 0x%" PRIx64 " bytes at guest 0x%" PRIx64
			", user 0x%" PRIx64 " is empty or wraps around",
			region->size, region->guest_base, region->user_base);
	for (uint32_t i = 0; i < VSCMI_VHOST_MAPPINGS; i++) {
		const struct vscmi_vhost_region *other = &memory->mappings[i].region;

		if (!in_use(&memory->mappings[i]))
			continue;
		if (overlap(region->guest_base, region->size, other->guest_base,
			    other->size) ||
		    overlap(region->user_base, region->size, other->user_base,
			    other->size))
			return vscmi_problem_set(problem, VSCMI_E_INVALID,
						 "region at guest 0x%" PRIx64
						 " overlaps the one at 0x%" PRIx64,
						 region->guest_base, other->guest_base);
	}
	if (memory->map.region_count == VSCMI_VHOST_MEM_SLOTS)
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "more than %u memory regions",
					 VSCMI_VHOST_MEM_SLOTS);
	return VSCMI_OK;
}

/*
 * Map the region and what is needed around it for whole pages, which are as large as the file
 * system says: a huge page can only be mapped, and unmapped, whole.
 */
static enum vscmi_error map_region(struct vscmi_vhost_memory *memory,
				   struct vscmi_vhost_mapping *mapping,
				   const struct vscmi_vhost_region *region, int fd,
				   struct vscmi_problem *problem)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t file_bytes, block, lead, length;
	struct stat file;
	void *base;

	if (fstat(fd, &file) < 0)
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM, "memory region: %m");
	file_bytes = (uint64_t)file.st_size;
	if (region->size > file_bytes || region->mmap_offset > file_bytes - region->size)
		return vscmi_problem_set(problem, VSCMI_E_INVALID,
					 "region of 0x%" PRIx64 " bytes at 0x%" PRIx64
					 " of a file of 0x%" PRIx64,
					 region->size, region->mmap_offset, file_bytes);
	block = (uint64_t)file.st_blksize;
	if (block > page && (block & (block - 1)) == 0)
		page = block;
	lead = region->mmap_offset & (page - 1);
	length = (lead + region->size + page - 1) & ~(page - 1);
	if (length < region->size || length > SIZE_MAX)
		return vscmi_problem_set(
			problem, VSCMI_E_INVALID,
			"memory region of 0x%" PRIx64 " bytes is too big", region->size);

	base = mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_NORESERVE, fd, (off_t)(region->mmap_offset - lead));
	if (base == MAP_FAILED)
		return vscmi_problem_set(problem, VSCMI_E_SYSTEM,
					 "mapping a memory region of 0x%" PRIx64
					 " bytes: %m",
					 region->size);
	vscmi_vhost_guard_add(&mapping->guard, base, (size_t)length, &memory->lost);
	mapping->host = (uint8_t *)base + lead;
	mapping->region = *region;
	mapping->retired = false;
	return VSCMI_OK;
}

enum vscmi_error vscmi_vhost_memory_add(struct vscmi_vhost_memory *memory,
					const struct vscmi_vhost_region *region, int fd,
					struct vscmi_problem *problem)
{
	struct vscmi_vhost_mapping *place = memory->mappings;
	enum vscmi_error error = check_region(memory, region, problem);

	if (error)
		return error;
	while (place < memory->mappings + VSCMI_VHOST_MAPPINGS && place->guard.base)
		place++;
	if (place == memory->mappings + VSCMI_VHOST_MAPPINGS)
		return vscmi_problem_set(
			problem, VSCMI_E_INVALID,
			"memory replaced too often while requests hold it");
	error = map_region(memory, place, region, fd, problem);
	if (!error)
		rebuild_map(memory);
	return error;
}

enum vscmi_error vscmi_vhost_memory_remove(struct vscmi_vhost_memory *memory,
					   const struct vscmi_vhost_region *region,
					   struct vscmi_problem *problem)
{
	for (uint32_t i = 0; i < VSCMI_VHOST_MAPPINGS; i++) {
		struct vscmi_vhost_mapping *mapping = &memory->mappings[i];

		if (in_use(mapping) && mapping->region.guest_base == region->guest_base &&
		    mapping->region.user_base == region->user_base &&
		    mapping->region.size == region->size) {
			mapping->retired = true;
			rebuild_map(memory);
			return VSCMI_OK;
		}
	}
	return vscmi_problem_set(problem, VSCMI_E_INVALID,
				 "no memory region of 0x%" PRIx64
				 " bytes at guest 0x%" PRIx64 ", user 0x%" PRIx64,
				 region->size, region->guest_base, region->user_base);
}

void vscmi_vhost_memory_retire(struct vscmi_vhost_memory *memory)
{
	for (uint32_t i = 0; i < VSCMI_VHOST_MAPPINGS; i++)
		memory->mappings[i].retired = true;
	rebuild_map(memory);
}

bool vscmi_vhost_memory_has_retired(const struct vscmi_vhost_memory *memory)
{
	for (uint32_t i = 0; i < VSCMI_VHOST_MAPPINGS; i++) {
		if (memory->mappings[i].guard.base && memory->mappings[i].retired)
			return true;
	}
	return false;
}

void vscmi_vhost_memory_unmap_retired(struct vscmi_vhost_memory *memory)
{
	for (uint32_t i = 0; i < VSCMI_VHOST_MAPPINGS; i++) {
		struct vscmi_vhost_mapping *mapping = &memory->mappings[i];

		if (!mapping->guard.base || !mapping->retired)
			continue;
		vscmi_vhost_guard_remove(&mapping->guard);
		munmap(mapping->guard.base, mapping->guard.length);
		mapping->guard.base = NULL;
	}
	if (memory->map.region_count == 0)
		atomic_store(&memory->lost, false);
}

enum vscmi_error vscmi_vhost_memory_guest_address(const struct vscmi_vhost_memory *memory,
						  uint64_t user_address,
						  uint64_t *ret_guest_address)
{
	for (uint32_t i = 0; i < VSCMI_VHOST_MAPPINGS; i++) {
		const struct vscmi_vhost_region *region = &memory->mappings[i].region;
		uint64_t offset = user_address - region->user_base;

		if (in_use(&memory->mappings[i]) && user_address >= region->user_base &&
		    offset < region->size) {
			*ret_guest_address = region->guest_base + offset;
			return VSCMI_OK;
		}
	}
	return VSCMI_E_INVALID;
}
