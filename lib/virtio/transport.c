/* SPDX-License-Identifier: BSD-3-Clause */
/* A device's start and end, over any transport. */
#include <vscmi/virtio/transport.h>

/* There is no clock here. A read of a register takes well over 10 ns: 10 ms and more. */
#define RESET_READS 1000000u

/* A configuration that changes once while it is read is read again, and then once more. */
#define CONFIG_READS 16u

enum vscmi_error vscmi_virtio_reset(struct vscmi_virtio_transport *transport)
{
	transport->ops->set_status(transport, 0);
	for (uint32_t i = 0; i < RESET_READS; i++)
		if (transport->ops->status(transport) == 0)
			return VSCMI_OK;
	return VSCMI_E_TIMEOUT;
}

bool vscmi_virtio_needs_reset(struct vscmi_virtio_transport *transport)
{
	return transport->ops->status(transport) & VSCMI_VIRTIO_DEVICE_NEEDS_RESET;
}

/* From ACKNOWLEDGE to FEATURES_OK, which a device that cannot do with these does not keep. */
static enum vscmi_error negotiate(struct vscmi_virtio_transport *transport,
				  uint64_t accepted, uint64_t *ret_features)
{
	const struct vscmi_virtio_transport_ops *ops = transport->ops;
	uint8_t status = VSCMI_VIRTIO_ACKNOWLEDGE;
	uint64_t features;

	ops->set_status(transport, status);
	status |= VSCMI_VIRTIO_DRIVER;
	ops->set_status(transport, status);
	features = ops->device_features(transport) & accepted;
	if (!(features & VSCMI_VIRTIO_F_VERSION_1))
		return VSCMI_E_UNSUPPORTED;
	ops->set_driver_features(transport, features);
	status |= VSCMI_VIRTIO_FEATURES_OK;
	ops->set_status(transport, status);
	if (!(ops->status(transport) & VSCMI_VIRTIO_FEATURES_OK))
		return VSCMI_E_UNSUPPORTED;
	*ret_features = features;
	return VSCMI_OK;
}

static enum vscmi_error enable(struct vscmi_virtio_transport *transport, uint16_t queue,
			       const struct vscmi_virtio_queue_setup *setup,
			       uint64_t features)
{
	uint16_t size_max = transport->ops->queue_size_max(transport, queue);
	struct vscmi_virtq_driver_config config = setup->config;
	struct vscmi_virtq_areas areas;
	enum vscmi_error error;

	if (size_max == 0)
		return VSCMI_E_UNSUPPORTED;
	config.features = features;
	while (config.queue_size > size_max)
		config.queue_size /= 2;
	error = vscmi_virtq_driver_init(setup->ring, &config, &areas);
	if (error)
		return error;
	return transport->ops->queue_enable(transport, queue, config.queue_size, &areas);
}

static enum vscmi_error start(struct vscmi_virtio_transport *transport, uint64_t accepted,
			      const struct vscmi_virtio_queue_setup *queues,
			      uint32_t queue_count, uint64_t *ret_features)
{
	enum vscmi_error error = negotiate(transport, accepted, ret_features);

	for (uint16_t i = 0; i < queue_count && !error; i++)
		if ((*ret_features & queues[i].needs) == queues[i].needs)
			error = enable(transport, i, &queues[i], *ret_features);
	return error;
}

enum vscmi_error vscmi_virtio_start(struct vscmi_virtio_transport *transport,
				    uint64_t accepted,
				    const struct vscmi_virtio_queue_setup *queues,
				    uint32_t queue_count, uint64_t *ret_features)
{
	const struct vscmi_virtio_transport_ops *ops = transport->ops;
	enum vscmi_error error;
	uint64_t features = 0;

	if (queue_count > VSCMI_VIRTIO_TRANSPORT_QUEUES)
		return VSCMI_E_INVALID;
	error = vscmi_virtio_reset(transport);
	if (error)
		return error;
	error = start(transport, accepted, queues, queue_count, &features);
	if (error) {
		/* FAILED alone does not take enabled queues from the device. */
		vscmi_virtio_reset(transport);
		ops->set_status(transport, VSCMI_VIRTIO_FAILED);
		return error;
	}
	ops->set_status(transport, VSCMI_VIRTIO_ACKNOWLEDGE | VSCMI_VIRTIO_DRIVER |
					   VSCMI_VIRTIO_FEATURES_OK |
					   VSCMI_VIRTIO_DRIVER_OK);
	*ret_features = features;
	return VSCMI_OK;
}

static uint64_t config_read(struct vscmi_virtio_transport *transport, uint32_t offset,
			    unsigned width)
{
	const struct vscmi_virtio_transport_ops *ops = transport->ops;

	if (width < 8)
		return ops->config_read(transport, offset, width);
	return ops->config_read(transport, offset, 4) |
	       (uint64_t)ops->config_read(transport, offset + 4, 4) << 32;
}

enum vscmi_error vscmi_virtio_config_get(struct vscmi_virtio_transport *transport,
					 uint32_t offset, unsigned width,
					 uint64_t *ret_value)
{
	if (width != 1 && width != 2 && width != 4 && width != 8)
		return VSCMI_E_INVALID;
	for (unsigned i = 0; i < CONFIG_READS; i++) {
		uint32_t generation = transport->ops->config_generation(transport);
		uint64_t value = config_read(transport, offset, width);

		if (transport->ops->config_generation(transport) == generation) {
			*ret_value = value;
			return VSCMI_OK;
		}
	}
	return VSCMI_E_BUSY;
}
