/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>

#include <vscmi/memory.h>

uint8_t *vscmi_memory_run(const struct vscmi_memory *memory, uint64_t address,
			  uint64_t *ret_run)
{
	for (uint32_t i = 0; i < memory->region_count; i++) {
		const struct vscmi_memory_region *region = &memory->regions[i];
		uint64_t offset = address - region->guest_base;

		if (address >= region->guest_base && offset < region->size) {
			*ret_run = region->size - offset;
			return region->host + offset;
		}
	}
	return NULL;
}

uint8_t *vscmi_memory_at(const struct vscmi_memory *memory, uint64_t address,
			 uint64_t length)
{
	uint64_t run;
	uint8_t *host = vscmi_memory_run(memory, address, &run);

	return host && length <= run ? host : NULL;
}

enum vscmi_error vscmi_memory_address(const struct vscmi_memory *memory, const void *host,
				      uint64_t length, uint64_t *ret_address)
{
	uintptr_t at = (uintptr_t)host;

	for (uint32_t i = 0; i < memory->region_count; i++) {
		const struct vscmi_memory_region *region = &memory->regions[i];
		uintptr_t offset = at - (uintptr_t)region->host;

		if (at >= (uintptr_t)region->host && offset < region->size &&
		    length <= region->size - offset) {
			*ret_address = region->guest_base + offset;
			return VSCMI_OK;
		}
	}
	return VSCMI_E_INVALID;
}
