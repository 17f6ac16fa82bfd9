/* SPDX-License-Identifier: BSD-3-Clause */
#include "virtio/gate.h"

uint8_t *vscmi_memory_run(const struct vscmi_memory *memory, uint64_t address,
			  uint64_t *ret_run)
{
	for (uint32_t i = 0; i < memory->region_count; i++) {
		uint8_t *host = vscmi_gate_run(&memory->regions[i], address, ret_run);

		if (host)
			return host;
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
	for (uint32_t i = 0; i < memory->region_count; i++)
		if (vscmi_gate_address(&memory->regions[i], host, length, ret_address))
			return VSCMI_OK;
	return VSCMI_E_INVALID;
}

void vscmi_gate_move_to_address(struct vscmi_memory_region *recent,
				const struct vscmi_memory *memory, uint64_t address)
{
	uint64_t run;

	for (uint32_t i = 0; i < memory->region_count; i++)
		if (vscmi_gate_run(&memory->regions[i], address, &run))
			*recent = memory->regions[i];
}
