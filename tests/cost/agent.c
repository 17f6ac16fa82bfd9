/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a command costs its agent: the engine, the virtio link and the driver end of the ring, from
 * submit to release. Under callgrind, which counts what functions named counted_* do, but not
 * what uncounted_* do below them: count.py says how.
 *
 *	cost-agent CASE IN_FLIGHT COMMANDS
 *
 *	ordered  so many are in flight all the time; the device answers the oldest
 *	any      the device answers one of them by lot
 *	batch    so many are sent, then all are answered, then all are waited for
 *	call     the typed call, one at a time, which waits in the port once
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message/cursor.h"
#include "rings.h"
#include "vscmi/agent.h"
#include "vscmi/agent/sensor.h"

#define REPLY_BYTES 24u

/* Commands before it is as it will be: tokens and slots are mixed. */
#define WARM_UP 4096u

struct world {
	struct rings rings;
	struct vscmi_agent agent;
	struct vscmi_slot slots[VSCMI_TOKENS];
	uint8_t replies[VSCMI_TOKENS * RINGS_MESSAGE_BYTES];
	struct vscmi_slot *commands[VSCMI_TOKENS]; /* by token */
	/* What the device has taken; where[] says in which order. */
	struct rings_chain chains[VSCMI_TOKENS];
	uint16_t where[VSCMI_TOKENS];
	uint32_t taken;
	uint32_t lot;
	bool by_lot;
};

static struct world world;

/*
 * ---- The device ----
 */

static void take_all(void)
{
	while (world.taken < VSCMI_TOKENS &&
	       rings_take(&world.rings, VSCMI_VIRTIO_CMDQ,
			  &world.chains[world.where[world.taken]]))
		world.taken++;
	/* It sleeps until the next kick, which the agent has to give. */
	if (vscmi_virtq_device_enable_kicks(&world.rings.device_ends[VSCMI_VIRTIO_CMDQ]))
		abort();
}

/* Answer one command; its token. The answer is that of SENSOR_READING_GET. */
static uint32_t answer(uint32_t place)
{
	uint16_t where = world.where[place];
	struct rings_chain *chain = &world.chains[where];
	uint32_t header = vscmi_le32_get(chain->bytes);
	bool version = vscmi_header_unpack(header).message_id == 0;
	uint8_t reply[REPLY_BYTES] = { 0 };

	vscmi_le32_put(reply, header);
	vscmi_le32_put(reply + 8, version ? 0x30000 : 42);
	rings_give_back(&world.rings, VSCMI_VIRTIO_CMDQ, chain, reply,
			version ? 12 : sizeof(reply), version ? 12 : sizeof(reply));
	world.taken--;
	memmove(&world.where[place], &world.where[place + 1],
		(world.taken - place) * sizeof(world.where[0]));
	world.where[world.taken] = where;
	return vscmi_header_unpack(header).token;
}

static __attribute__((noinline)) struct vscmi_slot *uncounted_answer(void)
{
	uint32_t place = 0;

	take_all();
	world.lot = world.lot * 1664525 + 1013904223;
	if (world.by_lot)
		place = (world.lot >> 8) % world.taken;
	return world.commands[answer(place)];
}

/*
 * ---- The port: one thread ----
 */

static uint64_t now_us(struct vscmi_port *port)
{
	return 0;
}

static __attribute__((noinline)) void uncounted_wait(struct vscmi_port *port,
						     const _Atomic uint32_t *word,
						     uint32_t seen, uint64_t deadline_us)
{
	take_all();
	if (world.taken != 1)
		abort();
	answer(0);
}

static void wake(struct vscmi_port *port, const _Atomic uint32_t *word)
{
}

static const struct vscmi_port_ops port_ops = { sizeof(port_ops), now_us, uncounted_wait,
						wake };

/*
 * ---- What is counted ----
 */

static __attribute__((noinline)) void uncounted_keep(struct vscmi_slot *command)
{
	world.commands[vscmi_header_unpack(command->header).token] = command;
}

static void submit(void)
{
	uint8_t message[12] = { 0 };
	const struct vscmi_request request = {
		.protocol = 0x15,
		.message_id = 6,
		.message = message,
		.count = sizeof(message),
	};
	struct vscmi_slot *command;

	if (vscmi_submit(&world.agent, &request, &command))
		abort();
	uncounted_keep(command);
}

static void finish(struct vscmi_slot *command)
{
	if (vscmi_wait(&world.agent, command).error)
		abort();
	vscmi_release(&world.agent, command);
}

static void window(uint32_t commands)
{
	for (uint32_t i = 0; i < commands; i++) {
		finish(uncounted_answer());
		submit();
	}
}

static void batches(uint32_t in_flight, uint32_t commands)
{
	static struct vscmi_slot *batch[VSCMI_TOKENS];

	for (uint32_t done = 0; done < commands; done += in_flight) {
		for (uint32_t i = 0; i < in_flight; i++)
			submit();
		for (uint32_t i = 0; i < in_flight; i++)
			batch[i] = uncounted_answer();
		for (uint32_t i = 0; i < in_flight; i++)
			finish(batch[i]);
	}
}

static void calls(uint32_t commands)
{
	struct vscmi_sensor_reading reading;
	uint32_t readings;

	for (uint32_t i = 0; i < commands; i++)
		if (vscmi_sensor_reading_get(&world.agent, 0, &reading, 1, &readings)
			    .error ||
		    reading.value != 42)
			abort();
}

/*
 * ---- The whole ----
 */

static void start(void)
{
	static struct vscmi_port port = { &port_ops };
	const struct vscmi_agent_config config = {
		.port = &port,
		.link = &world.rings.driver.link,
		.slots = world.slots,
		.slot_count = VSCMI_TOKENS,
		.replies = world.replies,
		.message_bytes = RINGS_MESSAGE_BYTES,
	};

	for (uint16_t i = 0; i < VSCMI_TOKENS; i++)
		world.where[i] = i;
	rings_init(&world.rings, VSCMI_TOKENS, 64);
	if (vscmi_agent_init(&world.agent, &config) ||
	    rings_start(&world.rings, VSCMI_VIRTQ_FEATURES | VSCMI_VIRTIO_F_P2A_CHANNELS))
		abort();
}

static void run(const char *name, uint32_t in_flight, uint32_t commands)
{
	if (strcmp(name, "call") == 0)
		calls(commands);
	else if (strcmp(name, "batch") == 0)
		batches(in_flight, commands);
	else
		window(commands);
}

static __attribute__((noinline)) void counted_run(const char *name, uint32_t in_flight,
						  uint32_t commands)
{
	if (world.by_lot || strcmp(name, "ordered") == 0)
		for (uint32_t i = 0; i < in_flight; i++)
			submit();
	run(name, in_flight, WARM_UP);
	run(name, in_flight, commands);
}

int main(int count, char **arguments)
{
	const char *name = count == 4 ? arguments[1] : "";
	uint32_t in_flight = count == 4 ? (uint32_t)strtoul(arguments[2], NULL, 10) : 0;
	uint32_t commands = count == 4 ? (uint32_t)strtoul(arguments[3], NULL, 10) : 0;

	if (in_flight < 1 || in_flight > VSCMI_TOKENS || commands % in_flight != 0) {
		fputs("usage: cost-agent ordered|any|batch|call IN_FLIGHT COMMANDS\n",
		      stderr);
		return 2;
	}
	start();
	world.by_lot = strcmp(name, "any") == 0;
	counted_run(name, in_flight, commands);
	return 0;
}
