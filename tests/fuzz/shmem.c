/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both ends of the shared memory link on the same areas, which a third hand writes at the
 * same time. Each buffer that the agent lent comes back once, and both ends go on.
 *
 * Input: the bytes of an area, then steps of one byte each with their arguments.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "vscmi/agent.h"
#include "vscmi/header.h"
#include "vscmi/link/shmem_agent.h"
#include "vscmi/link/shmem_platform.h"

#define COMMANDS 4u

struct input {
	const uint8_t *pos, *end;
};

static struct {
	struct input input;
	uint8_t *areas[2]; /* by channel; exactly as long as they are said to be */
	uint32_t bytes;
	struct vscmi_shmem_agent agent_end;
	struct vscmi_shmem_platform platform_end;
	struct vscmi_agent agent;
	struct vscmi_slot slots[COMMANDS];
	uint8_t replies[COMMANDS * VSCMI_AGENT_MESSAGE_BYTES];
	struct vscmi_slot *commands[COMMANDS]; /* NULL: none */
	const struct vscmi_service_channel *channel;
	bool held, event_waits;
} fuzz;

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static uint32_t next(unsigned bytes)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < bytes && fuzz.input.pos < fuzz.input.end; i++)
		value |= (uint32_t)*fuzz.input.pos++ << (8 * i);
	return value;
}

/*
 * ---- A service that does what the input says ----
 */

static enum vscmi_error connect(struct vscmi_service *service, uint32_t agent_id,
				const struct vscmi_service_channel *channel)
{
	fuzz.channel = channel;
	return VSCMI_OK;
}

static void disconnect(struct vscmi_service *service, uint32_t agent_id)
{
	fuzz.channel = NULL;
	fuzz.held = false;
}

static enum vscmi_service_outcome handle(struct vscmi_service *service, uint32_t agent_id,
					 const void *request, size_t count, void *reply,
					 size_t room, void *cookie, size_t *ret_count)
{
	enum vscmi_service_outcome outcome = next(1) % 4;
	uint8_t answer[VSCMI_SERVICE_REPLY_MAX] = { 0 };

	expect(!fuzz.held && count >= VSCMI_HEADER_BYTES);
	expect(count <= VSCMI_SHMEM_REQUEST_MAX && room >= 8 &&
	       room <= VSCMI_SERVICE_REPLY_MAX);
	memcpy(answer, request, count);
	memcpy(reply, answer, sizeof(answer));
	*ret_count = next(2) % (VSCMI_SERVICE_REPLY_MAX + 1);
	fuzz.held = outcome == VSCMI_SERVICE_HELD || outcome == VSCMI_SERVICE_LOST;
	return outcome;
}

static bool event(struct vscmi_service *service, uint32_t agent_id, void *bytes,
		  size_t room, size_t *ret_count)
{
	bool waits = fuzz.event_waits;

	if (waits) {
		memset(bytes, (int)next(1), VSCMI_SERVICE_EVENT_MAX);
		*ret_count = next(1) % (VSCMI_SERVICE_EVENT_MAX + 1);
	}
	fuzz.event_waits = false;
	return waits;
}

static bool event_waits(struct vscmi_service *service, uint32_t agent_id)
{
	return fuzz.event_waits;
}

static size_t held_max(struct vscmi_service *service)
{
	return 1;
}

static void advance(struct vscmi_service *service, uint64_t now_us)
{
}

static uint64_t next_us(struct vscmi_service *service)
{
	return UINT64_MAX;
}

static const struct vscmi_service_ops service_ops = {
	.ops_size = sizeof(service_ops),
	.connect = connect,
	.disconnect = disconnect,
	.handle = handle,
	.event = event,
	.event_waits = event_waits,
	.held_max = held_max,
	.advance = advance,
	.next_us = next_us,
};
static struct vscmi_service service = { &service_ops };

static void answer_held(void)
{
	const uint8_t answer[VSCMI_SERVICE_REPLY_MAX] = { 0 };

	if (!fuzz.held)
		return;
	fuzz.held = false;
	fuzz.channel->reply(fuzz.channel->context, &fuzz.platform_end, answer,
			    next(2) % (sizeof(answer) + 1));
}

/*
 * ---- What is around the ends ----
 */

static void ring(void *context, enum vscmi_channel channel)
{
}

static void reset(void *context)
{
}

static uint64_t now_us(struct vscmi_port *port)
{
	return 0;
}

static void wait(struct vscmi_port *port, const _Atomic uint32_t *word, uint32_t seen,
		 uint64_t deadline_us)
{
	abort(); /* nothing here runs at the same time */
}

static void wake(struct vscmi_port *port, const _Atomic uint32_t *word)
{
}

static const struct vscmi_port_ops port_ops = { sizeof(port_ops), now_us, wait, wake };

static void submit(struct vscmi_slot **command)
{
	uint8_t message[136] = { 0 };
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.kind = next(1) & 1 ? VSCMI_ASYNC : VSCMI_SYNC,
		.message = message,
		.count = next(1) % (sizeof(message) + 1),
	};

	if (*command)
		vscmi_release(&fuzz.agent, *command);
	*command = NULL;
	vscmi_submit(&fuzz.agent, &request, command);
}

static void step(void)
{
	uint32_t kind = next(1);
	uint8_t *area = fuzz.areas[kind >> 7];

	switch (kind % 8) {
	case 0:
		submit(&fuzz.commands[next(1) % COMMANDS]);
		break;
	case 1:
		vscmi_shmem_agent_process(&fuzz.agent_end);
		break;
	case 2:
		vscmi_shmem_platform_rung(&fuzz.platform_end, kind >> 7);
		break;
	case 3:
		fuzz.event_waits = true;
		fuzz.channel->events_ready(fuzz.channel->context);
		break;
	case 4:
		answer_held();
		break;
	case 5:
		area[4] = (uint8_t)next(1); /* the status */
		break;
	case 6:
		vscmi_shmem_agent_stop(&fuzz.agent_end);
		vscmi_shmem_agent_start(&fuzz.agent_end);
		break;
	default:
		area[next(2) % fuzz.bytes] = (uint8_t)next(1);
	}
}

static void start(void)
{
	struct vscmi_port port = { &port_ops };
	const struct vscmi_shmem_agent_config agent_end = {
		.commands = { fuzz.areas[VSCMI_CHANNEL_COMMANDS], fuzz.bytes },
		.events = { fuzz.areas[VSCMI_CHANNEL_EVENTS], fuzz.bytes },
		.command_count = COMMANDS,
		.interrupts = true,
		.ring = ring,
	};
	const struct vscmi_shmem_platform_config platform_end = {
		.service = &service,
		.commands = agent_end.commands,
		.events = agent_end.events,
		.interrupt = ring,
		.reset = reset,
	};
	const struct vscmi_agent_config agent = {
		.port = &port,
		.link = &fuzz.agent_end.link,
		.slots = fuzz.slots,
		.slot_count = COMMANDS,
		.replies = fuzz.replies,
		.message_bytes = VSCMI_AGENT_MESSAGE_BYTES,
	};

	expect(vscmi_shmem_platform_init(&fuzz.platform_end, &platform_end) == VSCMI_OK);
	expect(vscmi_shmem_platform_start(&fuzz.platform_end) == VSCMI_OK);
	expect(vscmi_shmem_agent_init(&fuzz.agent_end, &agent_end) == VSCMI_OK);
	expect(vscmi_agent_init(&fuzz.agent, &agent) == VSCMI_OK);
	expect(vscmi_shmem_agent_start(&fuzz.agent_end) == VSCMI_OK);
	while (fuzz.input.pos < fuzz.input.end)
		step();
	vscmi_shmem_agent_stop(&fuzz.agent_end);
	vscmi_shmem_platform_stop(&fuzz.platform_end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&fuzz, 0, sizeof(fuzz));
	fuzz.input = (struct input){ data, data + size };
	fuzz.bytes = VSCMI_SHMEM_AREA_BYTES(8 + next(1));
	for (unsigned i = 0; i < 2; i++) {
		fuzz.areas[i] = malloc(fuzz.bytes);
		expect(fuzz.areas[i]);
	}
	start();
	for (unsigned i = 0; i < COMMANDS; i++) {
		if (fuzz.commands[i])
			vscmi_release(&fuzz.agent, fuzz.commands[i]);
	}
	for (unsigned i = 0; i < COMMANDS; i++)
		expect(atomic_load(&fuzz.slots[i].word) == 0);
	expect(vscmi_agent_anomalies(&fuzz.agent, VSCMI_ANOMALY_BUFFER) == 0);
	for (unsigned i = 0; i < 2; i++)
		free(fuzz.areas[i]);
	return 0;
}
