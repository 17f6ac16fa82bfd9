/* SPDX-License-Identifier: BSD-3-Clause */
/* Device end of a virtqueue, of either format: what is counted, and in which order it goes back. */
#include <stddef.h>

#include "virtio/packed.h"
#include "virtio/split.h"

static bool is_packed(const struct vscmi_virtq_device *device)
{
	return vscmi_virtq_is_packed(device->packed);
}

/* With IN_ORDER what is out never comes back after a restart, nor what is behind it. */
static bool order_is_possible(const struct vscmi_virtq_device *device)
{
	if (!device->slots || device->next_used != device->next_available)
		return false;
	for (uint16_t i = 0; i < device->queue_size; i++)
		device->slots[i].done = false;
	return true;
}

enum vscmi_error vscmi_virtq_device_init(struct vscmi_virtq_device *device,
					 const struct vscmi_virtq_device_config *config)
{
	bool in_order = config->features & VSCMI_VIRTIO_F_IN_ORDER;
	struct vscmi_virtq_device fresh = {
		.memory = config->memory,
		.slots = in_order ? config->slots : NULL,
		.queue_size = config->queue_size,
		.indirect = config->features & VSCMI_VIRTIO_F_INDIRECT_DESC,
		.event_idx = config->features & VSCMI_VIRTIO_F_EVENT_IDX,
	};
	enum vscmi_error error;

	if (!vscmi_virtq_features_are_ours(config->features))
		return VSCMI_E_UNSUPPORTED;
	if (!vscmi_virtq_size_is_valid(config->queue_size, config->features))
		return VSCMI_E_INVALID;
	error = vscmi_virtq_wants_packed(config->features)
			? vscmi_packed_device_init(&fresh, config)
			: vscmi_split_device_init(&fresh, config);
	if (error)
		return error;
	if (in_order && !order_is_possible(&fresh))
		return VSCMI_E_INVALID;
	fresh.published_used = fresh.next_used;
	*device = fresh;
	vscmi_virtq_device_enable_kicks(device);
	return VSCMI_OK;
}

bool vscmi_virtq_device_has_next(const struct vscmi_virtq_device *device)
{
	if (device->broken)
		return false;
	return is_packed(device) ? vscmi_packed_device_sees_next(device)
				 : vscmi_split_device_sees_next(device);
}

bool vscmi_virtq_device_take(struct vscmi_virtq_device *device,
			     struct vscmi_virtq_chain *chain)
{
	return is_packed(device) ? vscmi_packed_device_take(device, chain)
				 : vscmi_split_device_take(device, chain);
}

static void use(struct vscmi_virtq_device *device, uint16_t head, uint16_t entries,
		uint32_t written)
{
	if (is_packed(device))
		vscmi_packed_device_use(device, head, entries, written);
	else
		vscmi_split_device_use(device, head, written);
}

/* The slot of the chain that is to be used next. */
static struct vscmi_virtq_device_slot *next_slot(const struct vscmi_virtq_device *device)
{
	uint16_t place = is_packed(device) ? vscmi_packed_position(device->next_used)
					   : device->next_used & (device->queue_size - 1);

	return &device->slots[place];
}

/* Remember a chain that is done, and use all that have none before them which is not. */
static void use_in_order(struct vscmi_virtq_device *device,
			 const struct vscmi_virtq_chain *chain, uint32_t written)
{
	struct vscmi_virtq_device_slot *slot = &device->slots[chain->place];

	*slot = (struct vscmi_virtq_device_slot){ .written = written,
						  .head = chain->head,
						  .entries = chain->entries,
						  .done = true };
	while ((slot = next_slot(device))->done) {
		slot->done = false;
		use(device, slot->head, slot->entries, slot->written);
	}
}

void vscmi_virtq_device_give_back(struct vscmi_virtq_device *device,
				  const struct vscmi_virtq_chain *chain, uint32_t written)
{
	device->in_flight--;
	device->counters.given_back++;
	if (device->slots)
		use_in_order(device, chain, written);
	else
		use(device, chain->head, chain->entries, written);
}

void vscmi_virtq_device_lose(struct vscmi_virtq_device *device,
			     const struct vscmi_virtq_chain *chain)
{
	if (device->slots)
		use_in_order(device, chain, 0);
	device->in_flight--;
}

bool vscmi_virtq_device_publish(struct vscmi_virtq_device *device)
{
	if (device->next_used == device->published_used)
		return false;
	return is_packed(device) ? vscmi_packed_device_publish(device)
				 : vscmi_split_device_publish(device);
}

void vscmi_virtq_device_disable_kicks(struct vscmi_virtq_device *device)
{
	device->kicks_enabled = false;
	device->kick_asked = false;
	if (is_packed(device))
		vscmi_packed_device_disable_kicks(device);
	else
		vscmi_split_device_disable_kicks(device);
}

bool vscmi_virtq_device_enable_kicks(struct vscmi_virtq_device *device)
{
	device->kicks_enabled = true;
	if (is_packed(device)) {
		vscmi_packed_device_enable_kicks(device);
		return vscmi_packed_device_has_next(device);
	}
	vscmi_split_device_enable_kicks(device);
	return vscmi_split_device_has_next(device);
}

uint32_t vscmi_virtq_device_base(const struct vscmi_virtq_device *device)
{
	return is_packed(device)
		       ? device->next_available | (uint32_t)device->next_used << 16
		       : device->next_available;
}
