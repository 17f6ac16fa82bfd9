/* SPDX-License-Identifier: BSD-3-Clause */
#include "rings.h"

#include <string.h>

static void kick(void *context, enum vscmi_virtio_queue queue)
{
	struct rings *rings = context;

	atomic_fetch_add(&rings->kicks[queue], 1);
	if (rings->on_kick)
		rings->on_kick(rings, queue);
}

void rings_init(struct rings *rings, uint16_t size, uint32_t event_count)
{
	memset(rings, 0, sizeof(*rings));
	rings->sizes[VSCMI_VIRTIO_CMDQ] = size;
	rings->sizes[VSCMI_VIRTIO_EVENTQ] = size;
	rings->region = (struct vscmi_memory_region){
		.guest_base = 0x40000000,
		.size = offsetof(struct rings, region),
		.host = (uint8_t *)rings,
	};
	rings->memory = (struct vscmi_memory){ &rings->region, 1 };
	assert_int_equal(
		vscmi_virtio_driver_init(&rings->driver,
					 &(struct vscmi_virtio_driver_config){
						 .commands = rings->commands,
						 .command_count = RINGS_COMMANDS,
						 .event_count = event_count,
						 .message_bytes = RINGS_MESSAGE_BYTES,
						 .buffers = rings->buffers,
						 .kick = kick,
						 .context = rings,
					 }),
		VSCMI_OK);
}

void rings_ready(struct rings *rings, uint64_t features)
{
	uint8_t *const ring_memory[] = { rings->cmdq_ring, rings->eventq_ring };
	uint8_t *const tables[] = { rings->tables, NULL };

	rings->features = features;
	for (int queue = 0; queue < VSCMI_VIRTIO_QUEUES; queue++) {
		const struct vscmi_virtq_driver_config driver_config = {
			.memory = &rings->memory,
			.ring = ring_memory[queue],
			.tables = tables[queue],
			.slots = rings->slots[queue],
			.features = features,
			.queue_size = rings->sizes[queue],
			.table_entries = VSCMI_VIRTIO_DRIVER_TABLE_ENTRIES,
		};
		struct vscmi_virtq_device_config device_config = {
			.memory = &rings->memory,
			.slots = rings->device_slots[queue],
			.features = features,
			.queue_size = rings->sizes[queue],
			.base = features & VSCMI_VIRTIO_F_RING_PACKED
					? VSCMI_VIRTQ_PACKED_BASE
					: 0,
		};

		assert_int_equal(vscmi_virtq_driver_init(&rings->driver_ends[queue],
							 &driver_config,
							 &device_config.areas),
				 VSCMI_OK);
		assert_int_equal(vscmi_virtq_device_init(&rings->device_ends[queue],
							 &device_config),
				 VSCMI_OK);
		rings->areas[queue] = device_config.areas;
	}
}

enum vscmi_error rings_start(struct rings *rings, uint64_t features)
{
	rings_ready(rings, features);
	return vscmi_virtio_driver_start(&rings->driver, features,
					 &rings->driver_ends[VSCMI_VIRTIO_CMDQ],
					 &rings->driver_ends[VSCMI_VIRTIO_EVENTQ]);
}

bool rings_take(struct rings *rings, enum vscmi_virtio_queue queue,
		struct rings_chain *ret_chain)
{
	ret_chain->chain.readable =
		(struct vscmi_virtq_part){ ret_chain->readable, RINGS_SEGMENTS, 0, 0 };
	ret_chain->chain.writable =
		(struct vscmi_virtq_part){ ret_chain->writable, RINGS_SEGMENTS, 0, 0 };
	if (!vscmi_virtq_device_take(&rings->device_ends[queue], &ret_chain->chain))
		return false;
	assert_int_equal(ret_chain->chain.defect, VSCMI_VIRTQ_SOUND);
	ret_chain->count = vscmi_virtq_read(&ret_chain->chain.readable, ret_chain->bytes,
					    sizeof(ret_chain->bytes));
	return true;
}

bool rings_give_back(struct rings *rings, enum vscmi_virtio_queue queue,
		     struct rings_chain *chain, const void *bytes, uint32_t count,
		     uint32_t written)
{
	vscmi_virtq_write(&chain->chain.writable, bytes, count);
	vscmi_virtq_device_give_back(&rings->device_ends[queue], &chain->chain, written);
	return vscmi_virtq_device_publish(&rings->device_ends[queue]);
}
