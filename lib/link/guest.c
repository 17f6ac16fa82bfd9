/* SPDX-License-Identifier: BSD-3-Clause */
#include <vscmi/link/guest.h>

static void kick(void *context, enum vscmi_virtio_queue queue)
{
	struct vscmi_guest_link *link = context;
	struct vscmi_virtio_transport *transport = link->config.transport;

	transport->ops->notify(transport, (uint16_t)queue);
}

/* The shared memory: the rings of both queues, the cmdq's tables, the buffers. */
static uint8_t *ring_of(const struct vscmi_guest_link *link, uint32_t queue)
{
	return link->config.shared +
	       queue * VSCMI_GUEST_LINK_RING_BYTES(link->config.queue_size);
}

static uint8_t *tables_of(const struct vscmi_guest_link *link)
{
	return ring_of(link, VSCMI_VIRTIO_QUEUES);
}

static uint8_t *buffers_of(const struct vscmi_guest_link *link)
{
	return tables_of(link) +
	       VSCMI_VIRTQ_TABLES_BYTES(link->config.queue_size,
					VSCMI_VIRTIO_DRIVER_TABLE_ENTRIES);
}

enum vscmi_error vscmi_guest_link_init(struct vscmi_guest_link *link,
				       const struct vscmi_guest_link_config *config)
{
	uint16_t size = config->queue_size;

	if (size < 2 || size > VSCMI_TOKENS || (size & (size - 1)) != 0)
		return VSCMI_E_INVALID;
	*link = (struct vscmi_guest_link){
		.config = *config,
		.region = {
			.guest_base = config->shared_address,
			.size = VSCMI_GUEST_LINK_SHARED_BYTES(size,
							      config->message_bytes),
			.host = config->shared,
		},
		.memory = { .regions = &link->region, .region_count = 1 },
	};
	return vscmi_virtio_driver_init(&link->driver,
					&(struct vscmi_virtio_driver_config){
						.commands = config->commands,
						.command_count = size,
						.event_count = size,
						.message_bytes = config->message_bytes,
						.buffers = buffers_of(link),
						.kick = kick,
						.context = link,
					});
}

static struct vscmi_virtio_queue_setup queue_of(struct vscmi_guest_link *link,
						enum vscmi_virtio_queue queue)
{
	const struct vscmi_guest_link_config *config = &link->config;
	bool commands = queue == VSCMI_VIRTIO_CMDQ;

	return (struct vscmi_virtio_queue_setup){
		.ring = &link->rings[queue],
		.config = {
			.memory = &link->memory,
			.ring = ring_of(link, queue),
			.tables = commands ? tables_of(link) : NULL,
			.slots = config->slots + queue * config->queue_size,
			.queue_size = config->queue_size,
			.table_entries = VSCMI_VIRTIO_DRIVER_TABLE_ENTRIES,
		},
		.needs = commands ? 0 : VSCMI_VIRTIO_F_P2A_CHANNELS,
	};
}

enum vscmi_error vscmi_guest_link_start(struct vscmi_guest_link *link)
{
	struct vscmi_virtio_transport *transport = link->config.transport;
	const struct vscmi_virtio_queue_setup queues[] = {
		queue_of(link, VSCMI_VIRTIO_CMDQ),
		queue_of(link, VSCMI_VIRTIO_EVENTQ),
	};
	enum vscmi_error error;
	uint64_t features;

	if (transport->ops->device_id(transport) != VSCMI_VIRTIO_DEVICE_ID)
		return VSCMI_E_UNSUPPORTED;
	error = vscmi_guest_link_stop(link);
	if (!error)
		error = vscmi_virtio_start(transport, VSCMI_VIRTIO_DRIVER_FEATURES,
					   queues, VSCMI_VIRTIO_QUEUES, &features);
	if (error)
		return error;
	error = vscmi_virtio_driver_start(&link->driver, features,
					  &link->rings[VSCMI_VIRTIO_CMDQ],
					  &link->rings[VSCMI_VIRTIO_EVENTQ]);
	if (error)
		vscmi_guest_link_stop(link);
	/* An interrupt that said so before the link was up is gone. */
	else if (vscmi_virtio_needs_reset(transport))
		vscmi_virtio_driver_fail(&link->driver);
	return error;
}

bool vscmi_guest_link_interrupt(struct vscmi_guest_link *link, bool *ret_more)
{
	struct vscmi_virtio_transport *transport = link->config.transport;
	uint32_t interrupts = transport->ops->take_interrupts(transport);

	if (interrupts == 0)
		return false;
	*ret_more = vscmi_virtio_driver_process(&link->driver);
	if ((interrupts & VSCMI_VIRTIO_INTERRUPT_CONFIG) &&
	    vscmi_virtio_needs_reset(transport))
		vscmi_virtio_driver_fail(&link->driver);
	return true;
}

enum vscmi_error vscmi_guest_link_stop(struct vscmi_guest_link *link)
{
	enum vscmi_error error = vscmi_virtio_reset(link->config.transport);

	vscmi_virtio_driver_stop(&link->driver);
	return error;
}
