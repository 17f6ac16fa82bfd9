/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a command costs at the platform's end: SENSOR_READING_GET from a request in the available
 * ring to its reply in the used ring, published. Under callgrind, which counts what counted_turn()
 * does: a turn of vscmid, but for reading the clock. count.py says how.
 *
 *	cost-platform CASE SENSORS BATCH COMMANDS
 *
 *	faults   as vscmid does it: the fault layer is there, and has no rules
 *	bare     the platform alone
 *	direct   as vscmid does it, for a driver without indirect tables
 *	agents   254 more agents are there
 *	held     so many more readings as an agent may have are under way, and take their time
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message/cursor.h"
#include "protocols/sensor/messages.h"
#include "vscmi/fault.h"
#include "vscmi/link/virtio_device.h"
#include "vscmi/platform.h"

#define QUEUE_SIZE    256u
#define BATCH_MAX     64u
#define AGENTS_MAX    255u
#define TABLE_ENTRIES 2u
#define EVENT_BUFFERS 16u
#define RULES_MAX     64u /* as vscmid's */
#define KEPT_MAX      64u
#define PENDING_MAX   16u
#define REQUEST_BYTES 12u
#define REPLY_BYTES   24u /* one value with its time */
#define ROOM          128u
#define STRIDE        40503u /* from one sensor to the next that is asked */
#define HOUR_US       UINT64_C(3600000000)

enum { CMDQ = VSCMI_VIRTIO_CMDQ, EVENTQ = VSCMI_VIRTIO_EVENTQ };

/* What driver and device share. */
struct guest {
	_Alignas(
		16) uint8_t rings[2][(VSCMI_VIRTQ_RING_BYTES(QUEUE_SIZE) + 15) / 16 * 16];
	_Alignas(16)
		uint8_t tables[2][VSCMI_VIRTQ_TABLES_BYTES(QUEUE_SIZE, TABLE_ENTRIES)];
	struct {
		uint8_t request[REQUEST_BYTES], reply[ROOM];
	} messages[QUEUE_SIZE];
	uint8_t events[EVENT_BUFFERS][ROOM];
};

struct stage {
	struct vscmi_platform_base base;
	struct vscmi_platform_agent agents[AGENTS_MAX];
	struct vscmi_platform_config config;
	struct vscmi_platform *platform;
	struct vscmi_service *service;     /* that the device has */
	struct vscmi_service_channel idle; /* of the agents that only are there */

	struct vscmi_memory_region region;
	struct vscmi_memory memory;
	struct vscmi_virtq_driver drivers[2];
	struct vscmi_virtq_device rings[2];
	struct vscmi_virtq_slot slots[2][QUEUE_SIZE];
	struct vscmi_virtio_device device;
	uint64_t now_us;
};

static struct guest guest;
static struct stage stage;

static void stop(const char *what)
{
	fprintf(stderr, "cost-platform: %s\n", what);
	exit(1);
}

static void *take(size_t count, size_t bytes)
{
	void *memory = calloc(count, bytes);

	if (!memory)
		stop("no memory");
	return memory;
}

/*
 * ---- The platform ----
 */

static bool readings_take_long;

static int32_t read_sensor(void *context, uint64_t now_us,
			   struct vscmi_sensor_reading *readings, struct vscmi_op *op)
{
	if (readings_take_long) {
		vscmi_op_complete_after(op, HOUR_US, VSCMI_SUCCESS);
		return VSCMI_OP_LATER;
	}
	readings->value = *(const uint32_t *)context;
	readings->timestamp = now_us;
	return VSCMI_SUCCESS;
}

static const struct vscmi_platform_sensor_ops sensor_ops = { .read = read_sensor };

static const struct vscmi_platform_sensor *describe_sensors(uint16_t count)
{
	struct vscmi_platform_sensor *sensors = take(count, sizeof(*sensors));
	uint32_t *values = take(count, sizeof(*values));

	for (uint32_t i = 0; i < count; i++) {
		values[i] = i;
		sensors[i] = (struct vscmi_platform_sensor){
			.name = "sensor",
			.type = 2,
			.interval = { 1, 0 },
			.continuous_update = true,
			.timestamps = true,
			.ops = &sensor_ops,
			.context = &values[i],
		};
	}
	return sensors;
}

static void make_platform(uint16_t sensor_count, uint8_t agent_count)
{
	size_t bytes;

	stage.base = (struct vscmi_platform_base){ .vendor = "vscmi" };
	for (size_t i = 0; i < agent_count; i++)
		stage.agents[i].name = "agent";
	stage.config = (struct vscmi_platform_config){
		.base = &stage.base,
		.agents = stage.agents,
		.agent_count = agent_count,
		.sensors = describe_sensors(sensor_count),
		.sensor_count = sensor_count,
		.pending_max = PENDING_MAX,
		.notifications_max = 64,
	};
	bytes = vscmi_platform_bytes(&stage.config);
	if (vscmi_platform_init(&stage.config, take(1, bytes), bytes, &stage.platform))
		stop("no platform");
	stage.service = vscmi_platform_service(stage.platform);
}

static void put_faults_before_it(void)
{
	const struct vscmi_faults_config config = {
		.service = stage.service,
		.agent_count = stage.config.agent_count,
		.rules_max = RULES_MAX,
		.messages_max = KEPT_MAX,
	};
	size_t bytes = vscmi_faults_bytes(&config);
	struct vscmi_faults *faults;

	if (vscmi_faults_init(&config, take(1, bytes), bytes, &faults))
		stop("no fault layer");
	stage.service = vscmi_faults_service(faults);
}

/*
 * ---- The rings ----
 */

static void publish(void *context, enum vscmi_virtio_queue queue)
{
	vscmi_virtq_device_publish(&stage.rings[queue]);
}

static void nothing_to_reset(void *context)
{
}

static void nothing_to_fetch(void *context)
{
}

static void start_queue(enum vscmi_virtio_queue queue, uint64_t features)
{
	const struct vscmi_virtq_driver_config driver = {
		.memory = &stage.memory,
		.ring = guest.rings[queue],
		.tables = features & VSCMI_VIRTIO_F_INDIRECT_DESC ? guest.tables[queue]
								  : NULL,
		.slots = stage.slots[queue],
		.features = features,
		.queue_size = QUEUE_SIZE,
		.table_entries = TABLE_ENTRIES,
	};
	struct vscmi_virtq_device_config device = {
		.memory = &stage.memory,
		.features = features,
		.queue_size = QUEUE_SIZE,
	};

	if (vscmi_virtq_driver_init(&stage.drivers[queue], &driver, &device.areas) ||
	    vscmi_virtq_device_init(&stage.rings[queue], &device))
		stop("no rings");
	vscmi_virtio_device_start(&stage.device, queue, &stage.rings[queue], features);
}

static void lend_event_buffers(void)
{
	for (size_t i = 0; i < EVENT_BUFFERS; i++) {
		const struct vscmi_virtq_segment segment = { guest.events[i], ROOM };

		if (vscmi_virtq_driver_add(&stage.drivers[EVENTQ], &segment, 0, 1,
					   guest.events[i]))
			stop("no room for event buffers");
	}
	vscmi_virtq_driver_publish(&stage.drivers[EVENTQ]);
}

static void make_device(uint64_t features)
{
	const size_t commands = stage.service->ops->held_max(stage.service) + 1;
	const struct vscmi_virtio_device_config config = {
		.service = stage.service,
		.agent_id = 1,
		.commands = take(commands, sizeof(struct vscmi_virtio_device_command)),
		.command_count = commands,
		.publish = publish,
		.reset = nothing_to_reset,
	};

	stage.region =
		(struct vscmi_memory_region){ 1 << 30, sizeof(guest), (uint8_t *)&guest };
	stage.memory = (struct vscmi_memory){ &stage.region, 1 };
	if (vscmi_virtio_device_init(&stage.device, &config))
		stop("no device");
	start_queue(VSCMI_VIRTIO_CMDQ, features);
	start_queue(VSCMI_VIRTIO_EVENTQ, features);
	lend_event_buffers();
}

static void connect_the_others(void)
{
	stage.idle.events_ready = nothing_to_fetch;
	for (uint32_t id = 2; id <= stage.config.agent_count; id++) {
		if (stage.service->ops->connect(stage.service, id, &stage.idle))
			stop("no such agent");
	}
}

/*
 * ---- Commands ----
 */

static void ask(uint32_t message, uint32_t sensor_id)
{
	uint8_t *request = guest.messages[message].request;
	const struct vscmi_virtq_segment segments[] = {
		{ request, REQUEST_BYTES },
		{ guest.messages[message].reply, ROOM },
	};

	vscmi_le32_put(request, vscmi_header_pack((struct vscmi_header){
					.message_id = VSCMI_SENSOR_READING_GET,
					.protocol = VSCMI_PROTOCOL_SENSOR,
					.token = (uint16_t)message,
				}));
	vscmi_le32_put(request + 4, sensor_id);
	vscmi_le32_put(request + 8, 0);
	if (vscmi_virtq_driver_add(&stage.drivers[CMDQ], segments, 1, 1,
				   guest.messages[message].reply))
		stop("the ring is full");
}

/* Every agent has as many readings under way as it may have, but for one. */
static void hold_places(void)
{
	struct vscmi_service *service = stage.service;
	const uint8_t *request = guest.messages[BATCH_MAX].request;
	uint8_t reply[VSCMI_SERVICE_REPLY_MAX];
	size_t count;

	readings_take_long = true;
	for (uint32_t i = 0; i < PENDING_MAX - 1; i++) {
		ask(BATCH_MAX + i, 0);
		vscmi_virtq_driver_publish(&stage.drivers[CMDQ]);
		vscmi_virtio_device_process(&stage.device);
		for (uint32_t id = 2; id <= stage.config.agent_count; id++) {
			if (service->ops->handle(service, id, request, REQUEST_BYTES,
						 reply, ROOM, NULL,
						 &count) != VSCMI_SERVICE_HELD)
				stop("a reading was not held");
		}
	}
	readings_take_long = false;
}

/* The reply is success and the number of the sensor. */
static void check(const uint8_t *reply, uint32_t written, uint32_t sensor_id)
{
	uint8_t expected[8] = { 0 };

	vscmi_le32_put(expected + 4, sensor_id);
	if (written != REPLY_BYTES || memcmp(reply + 4, expected, sizeof(expected)))
		stop("a reply is wrong");
}

static __attribute__((noinline)) void counted_turn(void)
{
	struct vscmi_service *service = stage.service;

	service->ops->advance(service, stage.now_us);
	vscmi_virtio_device_process(&stage.device);
	service->ops->next_us(service);
}

static void run(uint32_t batch, uint32_t turns)
{
	uint32_t sensor_id = 0, oldest_id = 0;
	struct vscmi_virtq_returned returned;

	for (uint32_t i = 0; i < turns; i++) {
		for (uint32_t j = 0; j < batch; j++) {
			ask(j, sensor_id);
			sensor_id = (sensor_id + STRIDE) % stage.config.sensor_count;
		}
		vscmi_virtq_driver_publish(&stage.drivers[CMDQ]);
		stage.now_us += 100;
		counted_turn();
		for (uint32_t j = 0; j < batch; j++) {
			if (!vscmi_virtq_driver_take(&stage.drivers[CMDQ], &returned))
				stop("a reply is not there");
			check(returned.cookie, returned.written, oldest_id);
			oldest_id = (oldest_id + STRIDE) % stage.config.sensor_count;
		}
	}
}

/* Whether the first argument is this case. */
static bool is(const char *chosen, const char *name)
{
	return !strcmp(chosen, name);
}

int main(int argc, char **argv)
{
	uint64_t features = VSCMI_VIRTQ_FEATURES | VSCMI_VIRTIO_F_P2A_CHANNELS;
	uint32_t sensors, batch, commands;
	bool is_crowded;

	if (argc != 5)
		stop("expected CASE SENSORS BATCH COMMANDS");
	sensors = (uint32_t)strtoul(argv[2], NULL, 10);
	batch = (uint32_t)strtoul(argv[3], NULL, 10);
	commands = (uint32_t)strtoul(argv[4], NULL, 10);
	if (sensors == 0 || sensors > UINT16_MAX || batch == 0 || batch > BATCH_MAX)
		stop("more than there can be");
	if (is(argv[1], "direct"))
		features &= ~VSCMI_VIRTIO_F_INDIRECT_DESC;
	is_crowded = is(argv[1], "agents") || is(argv[1], "held");
	make_platform((uint16_t)sensors, is_crowded ? AGENTS_MAX : 1);
	if (!is(argv[1], "bare"))
		put_faults_before_it();
	make_device(features);
	connect_the_others();
	if (is(argv[1], "held"))
		hold_places();
	run(batch, commands / batch);
	return 0;
}
