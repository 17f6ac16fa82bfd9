/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Input: what agents send to a platform, and what happens meanwhile: steps of three bytes, a kind
 * and two arguments, and behind a command its length and bytes. Whatever it is, the answer stays in
 * its room and has the command's header and a status.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "message/cursor.h"

enum { COMMAND, ADVANCE, COMPLETE_RATE, FETCH, RECONNECT, SLOW, FAIL, STEP_KINDS };

static void require(bool property)
{
	if (!property)
		abort();
}

static uint8_t take(struct vscmi_in *in)
{
	return vscmi_in_u8(in);
}

/* Copies are as long as they say, so that a step beyond is seen. */
static void command(struct bench *bench, uint32_t agent_id, size_t room,
		    struct vscmi_in *in)
{
	size_t count = take(in) % 40u, reply_count = 0;
	const uint8_t *bytes;
	uint8_t *request, *reply;

	if (count > in->left)
		count = in->left;
	bytes = vscmi_in_take(in, count);
	request = malloc(count + 1);
	reply = malloc(room + 1);
	memcpy(request, bytes, count);
	reply[room] = 0x5a;
	request = realloc(request, count ? count : 1);
	switch (vscmi_platform_handle(bench->platform, agent_id, request, count, reply,
				      room, NULL, &reply_count)) {
	case VSCMI_SERVICE_ANSWERED:
		require(reply_count >= 8 && reply_count <= room && reply_count % 4 == 0);
		require(memcmp(reply, request, 4) == 0);
		require((int32_t)vscmi_le32_get(reply + 4) <= 0);
		require(reply_count == 8 || vscmi_le32_get(reply + 4) == VSCMI_SUCCESS);
		break;
	case VSCMI_SERVICE_HELD:
		require(agent_id >= 1 && agent_id <= AGENTS);
		break;
	case VSCMI_SERVICE_LOST: /* a platform loses nothing */
		require(false);
		break;
	case VSCMI_SERVICE_UNANSWERABLE:
		require(agent_id == 0 || agent_id > AGENTS || count < 4 || room < 8);
		break;
	}
	require(reply[room] == 0x5a);
	free(request);
	free(reply);
}

static void fetch(struct bench *bench, uint32_t agent_id, size_t room)
{
	uint8_t *bytes = malloc(room ? room : 1);
	size_t count;

	if (vscmi_platform_event(bench->platform, agent_id, bytes, room, &count)) {
		require(count >= 8 && count <= room);
		require(vscmi_header_unpack(vscmi_le32_get(bytes)).type >=
			VSCMI_DELAYED_RESPONSE);
	}
	free(bytes);
}

static void step(struct bench *bench, struct vscmi_in *in)
{
	struct bench_clock *clock = &bench->clock[CLOCK_LIST];
	struct bench_sensor *sensor = &bench->sensor[SENSOR_FULL];
	uint8_t kind = take(in) % STEP_KINDS, a = take(in), b = take(in);
	uint32_t agent_id = 1u + a % AGENTS;

	switch (kind) {
	case COMMAND:
		command(bench, a % (AGENTS + 2u), b, in);
		break;
	case ADVANCE:
		sensor->readings[0].value = a * 10 - 400;
		bench_advance(bench, 10000u * b);
		break;
	case COMPLETE_RATE:
		if (clock->op)
			bench_complete_rate(bench, CLOCK_LIST, -(int32_t)(a & 1));
		break;
	case FETCH:
		fetch(bench, agent_id, b % (VSCMI_PLATFORM_EVENT_MAX + 1u));
		break;
	case RECONNECT:
		vscmi_platform_connect(bench->platform, agent_id,
				       &bench->agent[agent_id].channel);
		break;
	case SLOW:
		clock->is_later = sensor->is_later = a & 1;
		sensor->delay_us = 10000u * (1u + b);
		break;
	case FAIL:
		clock->status = sensor->status = a & 1 ? VSCMI_HARDWARE_ERROR : 0;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vscmi_in in = vscmi_in(data, size);
	struct bench bench;

	bench_describe(&bench);
	bench_start(&bench, take(&in) & 1);
	while (in.left)
		step(&bench, &in);
	bench_end(&bench);
	return 0;
}
