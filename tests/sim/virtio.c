/* SPDX-License-Identifier: BSD-3-Clause */
/* Both ends of the virtio link. The device is on the platform's task, as it asks to be. */
#include "joint.h"

#include <string.h>

#include "virtio/split.h"
#include "vscmi/link/virtio_device.h"
#include "vscmi/link/virtio_driver.h"

#define RING_MAX      1024u
#define EVENT_BUFFERS 8u
#define MESSAGE_BYTES 136u
#define HELD_MAX      512u

static struct {
	/* All that is shared. */
	_Alignas(16) uint8_t rings[VSCMI_VIRTIO_QUEUES]
				  [(VSCMI_VIRTQ_RING_BYTES(RING_MAX) + 15) / 16 * 16];
	_Alignas(16) uint8_t tables[VSCMI_VIRTQ_TABLES_BYTES(
		RING_MAX, VSCMI_VIRTIO_DRIVER_TABLE_ENTRIES)];
	uint8_t buffers[VSCMI_VIRTIO_DRIVER_BUFFER_BYTES(RING_MAX, EVENT_BUFFERS,
							 MESSAGE_BYTES)];
} shared;

static struct {
	struct joint_config config;
	struct vscmi_memory_region region;
	struct vscmi_memory memory;
	uint64_t features;
	struct vscmi_virtio_driver driver;
	struct vscmi_virtio_driver_command commands[RING_MAX];
	struct vscmi_virtq_slot slots[VSCMI_VIRTIO_QUEUES][RING_MAX];
	struct vscmi_virtq_driver driver_ends[VSCMI_VIRTIO_QUEUES];
	struct vscmi_virtq_device device_ends[VSCMI_VIRTIO_QUEUES];
	struct vscmi_virtio_device device;
	struct vscmi_virtio_device_command held[HELD_MAX];
	bool up;
} virtio;

static void kick(void *context, enum vscmi_virtio_queue queue)
{
	sim_ring(&platform_bell);
}

static void publish(void *context, enum vscmi_virtio_queue queue)
{
	if (vscmi_virtq_device_publish(&virtio.device_ends[queue]))
		sim_ring(&feeder_bell);
}

static void on_reset(void *context)
{
	sim_ring(&reset_bell);
}

static struct vscmi_link *init(const struct joint_config *config)
{
	const struct vscmi_virtio_driver_config driver = {
		.commands = virtio.commands,
		.command_count = config->max_messages,
		.event_count = EVENT_BUFFERS,
		.message_bytes = MESSAGE_BYTES,
		.buffers = shared.buffers,
		.kick = kick,
	};
	const struct vscmi_virtio_device_config device = {
		.service = config->service,
		.agent_id = 1,
		.commands = virtio.held,
		.command_count = HELD_MAX,
		.publish = publish,
		.reset = on_reset,
	};

	memset(&virtio, 0, sizeof(virtio));
	virtio.config = *config;
	virtio.region = (struct vscmi_memory_region){
		.guest_base = 0x40000000,
		.size = sizeof(shared),
		.host = (uint8_t *)&shared,
	};
	virtio.memory = (struct vscmi_memory){ &virtio.region, 1 };
	virtio.features = VSCMI_VIRTIO_F_VERSION_1 |
			  (config->events ? VSCMI_VIRTIO_F_P2A_CHANNELS : 0) |
			  (config->event_idx ? VSCMI_VIRTIO_F_EVENT_IDX : 0) |
			  (config->indirect ? VSCMI_VIRTIO_F_INDIRECT_DESC : 0);
	if (vscmi_virtio_driver_init(&virtio.driver, &driver) != VSCMI_OK ||
	    vscmi_virtio_device_init(&virtio.device, &device) != VSCMI_OK)
		sim_fail("virtio cannot be readied");
	return &virtio.driver.link;
}

static void start_device(void)
{
	enum vscmi_virtio_queue queues = virtio.config.events ? 2 : 1;

	for (enum vscmi_virtio_queue i = 0; i < queues; i++)
		vscmi_virtio_device_start(&virtio.device, i, &virtio.device_ends[i],
					  virtio.features);
}

static void stop_device(void)
{
	vscmi_virtio_device_reset(&virtio.device);
}

static void ready_rings(void)
{
	for (int i = 0; i < VSCMI_VIRTIO_QUEUES; i++) {
		const struct vscmi_virtq_driver_config driver = {
			.memory = &virtio.memory,
			.ring = shared.rings[i],
			.tables = i == VSCMI_VIRTIO_CMDQ ? shared.tables : NULL,
			.slots = virtio.slots[i],
			.features = virtio.features,
			.queue_size = (uint16_t)virtio.config.max_messages,
			.table_entries = VSCMI_VIRTIO_DRIVER_TABLE_ENTRIES,
		};
		struct vscmi_virtq_device_config device = {
			.memory = &virtio.memory,
			.features = virtio.features,
			.queue_size = (uint16_t)virtio.config.max_messages,
		};

		if (vscmi_virtq_driver_init(&virtio.driver_ends[i], &driver,
					    &device.areas) != VSCMI_OK ||
		    vscmi_virtq_device_init(&virtio.device_ends[i], &device) != VSCMI_OK)
			sim_fail("a ring cannot be readied");
	}
}

static void start(void)
{
	ready_rings();
	joint_on_platform(start_device);
	if (vscmi_virtio_driver_start(&virtio.driver, virtio.features,
				      &virtio.driver_ends[VSCMI_VIRTIO_CMDQ],
				      &virtio.driver_ends[VSCMI_VIRTIO_EVENTQ]) !=
	    VSCMI_OK)
		sim_fail("virtio does not go up");
	virtio.up = true;
}

/* Driver and device find out in any order that it is over. */
static void stop(void)
{
	bool driver_first = sim_chance(500);

	virtio.up = false;
	if (driver_first)
		vscmi_virtio_driver_stop(&virtio.driver);
	joint_on_platform(stop_device);
	if (!driver_first)
		vscmi_virtio_driver_stop(&virtio.driver);
}

/* What no driver believes: more buffers came back than are out. */
static void corrupt_ring(void)
{
	struct vscmi_virtq_device *end = &virtio.device_ends[sim_draw(2)];

	end->used->index = (uint16_t)(end->used->index + 20000);
	sim_ring(&feeder_bell);
}

static void serve(void)
{
	do
		joint_obey();
	while (vscmi_virtio_device_process(&virtio.device));
	if (virtio.up && sim_chance(virtio.config.corruption))
		corrupt_ring();
}

/* Who finds a ring broken asks for a reset. */
static bool feed(void)
{
	bool more = vscmi_virtio_driver_process(&virtio.driver);

	if (virtio.up && !vscmi_agent_is_up(virtio.config.agent))
		sim_ring(&reset_bell);
	return more;
}

/* No kick, no call and no word left to who had the ring was lost. */
static void check_idle(void)
{
	for (uint32_t i = 0; virtio.up && i < VSCMI_VIRTIO_QUEUES; i++) {
		const struct vscmi_virtq_driver *driver = &virtio.driver_ends[i];
		const struct vscmi_virtq_device *end = &virtio.device_ends[i];

		if (virtio.driver_ends[0].broken || virtio.driver_ends[1].broken)
			return;
		if (i == VSCMI_VIRTIO_CMDQ &&
		    driver->published_available != end->next_available)
			sim_fail("everybody sleeps, and the device has commands");
		if (end->published_used != driver->next_used)
			sim_fail("everybody sleeps, and the driver has buffers to take");
	}
	for (uint32_t i = 0; virtio.up && i < VSCMI_TOKENS / 32; i++)
		if (virtio.driver.pending[i] != 0)
			sim_fail("everybody sleeps, and commands are not on the ring");
}

const struct joint virtio_joint = {
	.name = "virtio",
	.init = init,
	.start = start,
	.stop = stop,
	.serve = serve,
	.feed = feed,
	.check_idle = check_idle,
};
