/* SPDX-License-Identifier: BSD-3-Clause */
/* Driver end of a virtqueue, of either format. */
#include <stddef.h>
#include <string.h>

#include "virtio/lend.h"
#include "virtio/packed.h"
#include "virtio/split.h"

static bool is_packed(const struct vscmi_virtq_driver *driver)
{
	return vscmi_virtq_is_packed(driver->packed);
}

enum vscmi_error vscmi_virtq_driver_init(struct vscmi_virtq_driver *driver,
					 const struct vscmi_virtq_driver_config *config,
					 struct vscmi_virtq_areas *ret_areas)
{
	uint16_t size = config->queue_size;
	bool indirect =
		config->tables && (config->features & VSCMI_VIRTIO_F_INDIRECT_DESC);
	uint64_t address, tables_address = 0;

	if (!vscmi_virtq_features_are_ours(config->features))
		return VSCMI_E_UNSUPPORTED;
	if (!vscmi_virtq_size_is_valid(size, config->features) ||
	    vscmi_memory_address(config->memory, config->ring,
				 VSCMI_VIRTQ_RING_BYTES(size), &address) ||
	    (address | (uintptr_t)config->ring) % VSCMI_VIRTQ_RING_ALIGN != 0)
		return VSCMI_E_INVALID;
	if (indirect &&
	    vscmi_memory_address(config->memory, config->tables,
				 VSCMI_VIRTQ_TABLES_BYTES(size, config->table_entries),
				 &tables_address))
		return VSCMI_E_INVALID;
	memset(config->ring, 0, VSCMI_VIRTQ_RING_BYTES(size));
	/* The last one leads to the first: with IN_ORDER they are used round and round. */
	for (uint16_t i = 0; i < size; i++)
		config->slots[i] = (struct vscmi_virtq_slot){
			.next = i + 1 == size ? 0 : (uint16_t)(i + 1),
		};
	*driver = (struct vscmi_virtq_driver){
		.memory = config->memory,
		.tables = indirect ? config->tables : NULL,
		.tables_address = tables_address,
		.table_entries = indirect ? config->table_entries : 0,
		.slots = config->slots,
		.queue_size = size,
		.event_idx = config->features & VSCMI_VIRTIO_F_EVENT_IDX,
		.in_order = config->features & VSCMI_VIRTIO_F_IN_ORDER,
		.calls_enabled = true,
		.free_count = size,
	};
	if (vscmi_virtq_wants_packed(config->features))
		vscmi_packed_driver_init(driver, config->ring, address, ret_areas);
	else
		vscmi_split_driver_init(driver, config->ring, address, ret_areas);
	return VSCMI_OK;
}

bool vscmi_lend_move(struct vscmi_virtq_driver *driver, const uint8_t *bytes,
		     uint32_t length)
{
	for (uint32_t i = 0; i < driver->memory->region_count; i++) {
		const struct vscmi_memory_region *region = &driver->memory->regions[i];
		uint64_t address;

		if (vscmi_gate_address(region, bytes, length, &address)) {
			driver->recent = *region;
			return true;
		}
	}
	return false;
}

enum vscmi_error vscmi_virtq_driver_add(struct vscmi_virtq_driver *driver,
					const struct vscmi_virtq_segment *segments,
					uint16_t readable_count, uint16_t writable_count,
					void *cookie)
{
	return is_packed(driver)
		       ? vscmi_packed_driver_add(driver, segments, readable_count,
						 writable_count, cookie)
		       : vscmi_split_driver_add(driver, segments, readable_count,
						writable_count, cookie);
}

bool vscmi_virtq_driver_publish(struct vscmi_virtq_driver *driver)
{
	if (driver->next_available == driver->published_available)
		return false;
	return is_packed(driver) ? vscmi_packed_driver_publish(driver)
				 : vscmi_split_driver_publish(driver);
}

bool vscmi_virtq_driver_has_next(struct vscmi_virtq_driver *driver)
{
	return is_packed(driver) ? vscmi_packed_driver_has_next(driver)
				 : vscmi_split_driver_has_next(driver);
}

bool vscmi_virtq_driver_has_returned(struct vscmi_virtq_driver *driver, uint16_t index)
{
	return is_packed(driver) ? vscmi_packed_driver_has_returned(driver, index)
				 : vscmi_split_driver_has_returned(driver, index);
}

bool vscmi_virtq_driver_take(struct vscmi_virtq_driver *driver,
			     struct vscmi_virtq_returned *ret_buffer)
{
	return is_packed(driver) ? vscmi_packed_driver_take(driver, ret_buffer)
				 : vscmi_split_driver_take(driver, ret_buffer);
}

/* Nothing is added any more, so that the free lists do not matter. */
bool vscmi_virtq_driver_detach(struct vscmi_virtq_driver *driver, void **ret_cookie)
{
	while (driver->next_detached < driver->queue_size) {
		struct vscmi_virtq_slot *slot = &driver->slots[driver->next_detached++];

		if (slot->descriptors) {
			driver->free_count =
				(uint16_t)(driver->free_count + slot->descriptors);
			slot->descriptors = 0;
			*ret_cookie = slot->cookie;
			return true;
		}
	}
	return false;
}

void vscmi_virtq_driver_disable_calls(struct vscmi_virtq_driver *driver)
{
	driver->calls_enabled = false;
	driver->call_asked = false;
	if (is_packed(driver))
		vscmi_packed_driver_disable_calls(driver);
	else
		vscmi_split_driver_disable_calls(driver);
}

bool vscmi_virtq_driver_enable_calls(struct vscmi_virtq_driver *driver)
{
	driver->calls_enabled = true;
	if (is_packed(driver))
		vscmi_packed_driver_enable_calls(driver);
	else
		vscmi_split_driver_enable_calls(driver);
	return vscmi_virtq_driver_has_next(driver);
}
