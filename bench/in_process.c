/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a command costs both ends together when nothing separates them: agent and platform of a
 * board on the two ends of one ring, in one thread. No pipeline of two processes whose ends take
 * turns can be faster than 1 / this.
 *
 *	bench-in-process BOARD IN_FLIGHT SECONDS
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <vscmi/fault.h>
#include <vscmi/host/board.h>
#include <vscmi/link/virtio_device.h>
#include <vscmi/link/virtio_driver.h>

#include "clock.h"
#include "work.h"

#define QUEUE_SIZE    1024u
#define EVENT_BUFFERS 16u
#define TABLE_ENTRIES VSCMI_VIRTIO_DRIVER_TABLE_ENTRIES
#define FEATURES      (VSCMI_VIRTIO_DRIVER_FEATURES & VSCMI_VIRTIO_DEVICE_FEATURES)
#define WARM_UP       100000u
#define NS_PER_S      1e9

/* What both ends see. */
static struct {
	_Alignas(64) uint8_t rings[VSCMI_VIRTIO_QUEUES]
				  [(VSCMI_VIRTQ_RING_BYTES(QUEUE_SIZE) + 63) / 64 * 64];
	_Alignas(64) uint8_t tables[VSCMI_VIRTIO_QUEUES]
				   [VSCMI_VIRTQ_TABLES_BYTES(QUEUE_SIZE, TABLE_ENTRIES)];
	_Alignas(64) uint8_t buffers[VSCMI_VIRTIO_DRIVER_BUFFER_BYTES(
		QUEUE_SIZE, EVENT_BUFFERS, VSCMI_AGENT_MESSAGE_BYTES)];
} shared;

static const struct vscmi_memory_region region = { 1 << 30, sizeof(shared),
						   (uint8_t *)&shared };
static const struct vscmi_memory memory = { &region, 1 };

static struct vscmi_virtio_driver driver;
static struct vscmi_virtio_driver_command commands[QUEUE_SIZE];
static struct vscmi_virtq_slot ring_slots[VSCMI_VIRTIO_QUEUES][QUEUE_SIZE];
static struct vscmi_virtq_driver driver_ends[VSCMI_VIRTIO_QUEUES];
static struct vscmi_virtq_device device_ends[VSCMI_VIRTIO_QUEUES];
static struct vscmi_virtio_device device;
static struct vscmi_service *service;

static struct vscmi_agent agent;
static struct vscmi_slot slots[VSCMI_TOKENS];
static uint8_t replies[VSCMI_TOKENS * VSCMI_AGENT_MESSAGE_BYTES];

static void check(enum vscmi_error error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "bench-in-process: %s: %s\n", what, vscmi_error_text(error));
	exit(1);
}

static void *take(size_t bytes)
{
	void *taken = calloc(1, bytes);

	check(taken ? VSCMI_OK : VSCMI_E_NO_MEMORY, "start");
	return taken;
}

/*
 * ---- The platform, as vscmid makes it ----
 */

static struct vscmi_board *make_platform(const char *path)
{
	struct vscmi_faults_config config = { .agent_count = 1,
					      .rules_max = VSCMI_BOARD_RULES_MAX,
					      .messages_max = 64 };
	struct vscmi_problem problem;
	struct vscmi_platform *platform;
	struct vscmi_faults *faults;
	struct vscmi_board *board;

	check(vscmi_board_load(path, &board, &problem), path);
	check(vscmi_board_start(board, now_ns() / 1000, &platform), path);
	config.service = vscmi_platform_service(platform);
	config.agent_count = (uint8_t)vscmi_board_agent_count(board);
	check(vscmi_faults_init(&config, take(vscmi_faults_bytes(&config)),
				vscmi_faults_bytes(&config), &faults),
	      "faults");
	service = vscmi_faults_service(faults);
	return board;
}

static void publish(void *context, enum vscmi_virtio_queue queue)
{
	vscmi_virtq_device_publish(&device_ends[queue]);
}

static void reset(void *context)
{
}

/* A turn of vscmid, without its event loop. */
static void serve(void)
{
	service->ops->advance(service, now_ns() / 1000);
	vscmi_virtio_device_process(&device);
	service->ops->next_us(service);
}

/*
 * ---- The agent: its program's one thread serves the platform where it would wait ----
 */

static uint64_t now_us(struct vscmi_port *port)
{
	return now_ns() / 1000;
}

static void wait(struct vscmi_port *port, const _Atomic uint32_t *word, uint32_t seen,
		 uint64_t deadline_us)
{
	serve();
}

static void wake(struct vscmi_port *port, const _Atomic uint32_t *word)
{
}

static const struct vscmi_port_ops port_ops = {
	.ops_size = sizeof(port_ops),
	.now_us = now_us,
	.wait = wait,
	.wake = wake,
};
static struct vscmi_port port = { &port_ops };

static void kick(void *context, enum vscmi_virtio_queue queue)
{
}

static void make_device(void)
{
	size_t held = service->ops->held_max(service) + 1;

	check(vscmi_virtio_device_init(
		      &device,
		      &(struct vscmi_virtio_device_config){
			      .service = service,
			      .agent_id = 1,
			      .commands = take(
				      held * sizeof(struct vscmi_virtio_device_command)),
			      .command_count = held,
			      .publish = publish,
			      .reset = reset,
		      }),
	      "device");
}

static void make_queue(enum vscmi_virtio_queue queue)
{
	const struct vscmi_virtq_driver_config near = {
		.memory = &memory,
		.ring = shared.rings[queue],
		.tables = shared.tables[queue],
		.slots = ring_slots[queue],
		.features = FEATURES,
		.queue_size = QUEUE_SIZE,
		.table_entries = TABLE_ENTRIES,
	};
	struct vscmi_virtq_device_config far = {
		.memory = &memory,
		.features = FEATURES,
		.queue_size = QUEUE_SIZE,
	};

	check(vscmi_virtq_driver_init(&driver_ends[queue], &near, &far.areas), "ring");
	check(vscmi_virtq_device_init(&device_ends[queue], &far), "ring");
}

static void make_agent(void)
{
	check(vscmi_virtio_driver_init(&driver,
				       &(struct vscmi_virtio_driver_config){
					       .commands = commands,
					       .command_count = QUEUE_SIZE,
					       .event_count = EVENT_BUFFERS,
					       .message_bytes = VSCMI_AGENT_MESSAGE_BYTES,
					       .buffers = shared.buffers,
					       .kick = kick,
				       }),
	      "link");
	check(vscmi_agent_init(&agent,
			       &(struct vscmi_agent_config){
				       .port = &port,
				       .link = &driver.link,
				       .slots = slots,
				       .slot_count = VSCMI_TOKENS,
				       .replies = replies,
				       .message_bytes = VSCMI_AGENT_MESSAGE_BYTES,
			       }),
	      "agent");
}

static void start(void)
{
	make_device();
	make_agent();
	for (enum vscmi_virtio_queue queue = 0; queue < VSCMI_VIRTIO_QUEUES; queue++)
		make_queue(queue);
	check(vscmi_virtio_driver_start(&driver, FEATURES,
					&driver_ends[VSCMI_VIRTIO_CMDQ],
					&driver_ends[VSCMI_VIRTIO_EVENTQ]),
	      "start");
	for (enum vscmi_virtio_queue queue = 0; queue < VSCMI_VIRTIO_QUEUES; queue++)
		vscmi_virtio_device_start(&device, queue, &device_ends[queue], FEATURES);
}

static uint64_t run(struct work *work, uint64_t commands_max, uint64_t end_ns)
{
	uint64_t first = work->ended, at_ns = now_ns();

	while (work->ended - first < commands_max && at_ns < end_ns) {
		while (work->sent - work->ended < work->in_flight)
			check(work_send(work, at_ns).error, "command");
		check(work_wait(work, NULL, &at_ns).error, "answer");
	}
	return work->ended - first;
}

int main(int argc, char **argv)
{
	static struct work work;
	struct vscmi_board *board;
	uint64_t start_ns, count;

	if (argc != 4) {
		fprintf(stderr, "usage: %s BOARD IN_FLIGHT SECONDS\n", argv[0]);
		return 2;
	}
	board = make_platform(argv[1]);
	start();
	work_init(&work, &agent, WORK_READING, (uint32_t)atoi(argv[2]));
	run(&work, WARM_UP, UINT64_MAX);
	start_ns = now_ns();
	count = run(&work, UINT64_MAX, start_ns + (uint64_t)(atof(argv[3]) * NS_PER_S));
	printf("{\"count\": %" PRIu64 ", \"time_ns\": %" PRIu64 "}\n", count,
	       now_ns() - start_ns);
	vscmi_board_free(board);
	return 0;
}
