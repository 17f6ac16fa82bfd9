/* SPDX-License-Identifier: BSD-3-Clause */
/* The links over virtio, both ends on the same rings. */
#include "links.h"

#include <stdlib.h>
#include <string.h>

#include "rings.h"
#include "vscmi/agent.h"
#include "vscmi/link/virtio_device.h"

struct virtio {
	struct test_link link;
	struct rings rings;
	struct vscmi_virtio_device device;
	struct vscmi_virtio_device_command *commands;
	uint64_t features;
	bool reset; /* by the service */
};

static void virtio_publish(void *context, enum vscmi_virtio_queue queue)
{
	struct virtio *virtio = context;

	vscmi_virtq_device_publish(&virtio->rings.device_ends[queue]);
}

static void virtio_reset(void *context)
{
	((struct virtio *)context)->reset = true;
}

static struct test_link *virtio_open(const struct link_kind *kind, uint64_t features,
				     const struct link_setup *setup)
{
	struct virtio *virtio = aligned_alloc(64, (sizeof(*virtio) + 63) / 64 * 64);
	const size_t commands = setup->service->ops->held_max(setup->service) + 1;
	const struct vscmi_virtio_device_config config = {
		.service = setup->service,
		.agent_id = setup->agent_id,
		.commands = calloc(commands, sizeof(*virtio->commands)),
		.command_count = commands,
		.publish = virtio_publish,
		.reset = virtio_reset,
		.context = virtio,
	};

	assert_non_null(virtio);
	assert_non_null(config.commands);
	memset(virtio, 0, sizeof(*virtio));
	rings_init(&virtio->rings, RINGS_SIZE_MAX, LINK_EVENT_BUFFERS_MAX);
	virtio->rings.driver.config.buffers += setup->skew;
	virtio->link = (struct test_link){ kind, *setup, &virtio->rings.driver.link };
	virtio->commands = config.commands;
	virtio->features = features;
	assert_int_equal(vscmi_virtio_device_init(&virtio->device, &config), VSCMI_OK);
	return &virtio->link;
}

static void virtio_close(struct test_link *link)
{
	struct virtio *virtio = (struct virtio *)link;

	free(virtio->commands);
	free(virtio);
}

static enum vscmi_error virtio_start(struct test_link *link)
{
	struct virtio *virtio = (struct virtio *)link;
	struct rings *rings = &virtio->rings;
	const struct link_setup *setup = &link->setup;
	uint64_t features = virtio->features;
	uint32_t descriptors = features & VSCMI_VIRTIO_F_INDIRECT_DESC ? 1 : 2;

	if (setup->no_events)
		features &= ~VSCMI_VIRTIO_F_P2A_CHANNELS;
	rings->sizes[VSCMI_VIRTIO_CMDQ] = (uint16_t)(setup->in_flight * descriptors);
	rings->sizes[VSCMI_VIRTIO_EVENTQ] = (uint16_t)setup->event_buffers;
	rings_ready(rings, features);
	virtio->reset = false;
	vscmi_virtio_device_start(&virtio->device, VSCMI_VIRTIO_CMDQ,
				  &rings->device_ends[VSCMI_VIRTIO_CMDQ], features);
	if (!setup->no_events)
		vscmi_virtio_device_start(&virtio->device, VSCMI_VIRTIO_EVENTQ,
					  &rings->device_ends[VSCMI_VIRTIO_EVENTQ],
					  features);
	return vscmi_virtio_driver_start(&rings->driver, features,
					 &rings->driver_ends[VSCMI_VIRTIO_CMDQ],
					 &rings->driver_ends[VSCMI_VIRTIO_EVENTQ]);
}

static void virtio_stop(struct test_link *link)
{
	struct virtio *virtio = (struct virtio *)link;

	vscmi_virtio_device_reset(&virtio->device);
	vscmi_virtio_driver_stop(&virtio->rings.driver);
}

static void virtio_serve(struct test_link *link)
{
	while (vscmi_virtio_device_process(&((struct virtio *)link)->device))
		;
}

static void virtio_interrupt(struct test_link *link)
{
	struct virtio *virtio = (struct virtio *)link;

	if (virtio->reset)
		virtio_stop(link);
	while (vscmi_virtio_driver_process(&virtio->rings.driver))
		;
}

#define VIRTIO_LINK(name, of_the_ring)                                                \
	static struct test_link *name##_open(const struct link_setup *setup)          \
	{                                                                             \
		return virtio_open(&link_##name,                                      \
				   VSCMI_VIRTIO_F_VERSION_1 |                         \
					   VSCMI_VIRTIO_F_P2A_CHANNELS | of_the_ring, \
				   setup);                                            \
	}                                                                             \
	const struct link_kind link_##name = {                                        \
		.timeout_us = 60000000,                                               \
		.in_flight_max = VSCMI_TOKENS,                                        \
		.event_buffers_max = LINK_EVENT_BUFFERS_MAX,                          \
		.resizes = true,                                                      \
		.restarts = true,                                                     \
		.cuts = true,                                                         \
		.tells_room = true,                                                   \
		.open = name##_open,                                                  \
		.close = virtio_close,                                                \
		.start = virtio_start,                                                \
		.stop = virtio_stop,                                                  \
		.serve = virtio_serve,                                                \
		.interrupt = virtio_interrupt,                                        \
	}

VIRTIO_LINK(virtio_direct, 0);
VIRTIO_LINK(virtio_indirect, VSCMI_VIRTIO_F_INDIRECT_DESC);
VIRTIO_LINK(virtio_event_idx, VSCMI_VIRTIO_F_INDIRECT_DESC | VSCMI_VIRTIO_F_EVENT_IDX);
VIRTIO_LINK(virtio_in_order, VSCMI_VIRTIO_F_INDIRECT_DESC | VSCMI_VIRTIO_F_EVENT_IDX |
				     VSCMI_VIRTIO_F_IN_ORDER);
VIRTIO_LINK(virtio_packed, VSCMI_VIRTIO_F_INDIRECT_DESC | VSCMI_VIRTIO_F_EVENT_IDX |
				   VSCMI_VIRTIO_F_RING_PACKED);
VIRTIO_LINK(virtio_packed_in_order, VSCMI_VIRTIO_F_EVENT_IDX | VSCMI_VIRTIO_F_IN_ORDER |
					    VSCMI_VIRTIO_F_RING_PACKED);
