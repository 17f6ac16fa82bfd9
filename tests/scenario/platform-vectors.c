/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a Linux kernel sent, to a platform with the clocks and the sensor that it saw: the replies
 * are those that it accepted, in the room that it gave.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "message/cursor.h"
#include "test.h"
#include "vectors.h"

#define ANY 0xff

struct replay {
	struct bench bench;
	char boot[sizeof(((struct vector *)0)->boot)];
	unsigned boots, equal, other;
};

/* Replies of the recorded platform that another one need not give. */
static const struct {
	uint8_t protocol, message_id;
} its_own[] = {
	{ VSCMI_PROTOCOL_BASE, 0x1 },   /* it had six protocols, */
	{ VSCMI_PROTOCOL_BASE, 0x6 },   /* whose list is longer, */
	{ ANY, 0x2 },                   /* provided every message, */
	{ VSCMI_PROTOCOL_SENSOR, 0x0 }, /* spoke an older version, */
	{ VSCMI_PROTOCOL_SENSOR, 0x3 }, /* and sent longer descriptors than it said */
};

static bool is_its_own(struct vscmi_header header)
{
	for (size_t i = 0; i < sizeof(its_own) / sizeof(its_own[0]); i++) {
		if ((its_own[i].protocol == header.protocol ||
		     its_own[i].protocol == ANY) &&
		    its_own[i].message_id == header.message_id)
			return true;
	}
	return false;
}

static bool is_served(uint8_t protocol)
{
	return protocol == VSCMI_PROTOCOL_BASE || protocol == VSCMI_PROTOCOL_CLOCK ||
	       protocol == VSCMI_PROTOCOL_SENSOR;
}

static void describe(struct bench *bench)
{
	static const char *const names[] = { "clk0", "clk1", "clk2" };
	static const uint64_t rates_hz[] = { 24000000, 100000000, 400000000 };
	struct vscmi_platform_sensor *sensor = &bench->sensors[0];

	bench_describe(bench);
	bench->base = (struct vscmi_platform_base){
		.vendor = "stubvendor",
		.sub_vendor = "stubsub",
		.implementation_version = 1,
	};
	for (size_t i = 0; i < CLOCKS; i++) {
		bench->clocks[i] = (struct vscmi_platform_clock){
			.name = names[i],
			.range = { 1000000, 1000000000, 1000000 },
			.ops = bench->clocks[CLOCK_LIST].ops,
			.context = &bench->clock[i],
		};
		bench->clock[i].rate_hz = rates_hz[i];
	}
	*sensor = bench->sensors[SENSOR_PLAIN];
	sensor->name = "temp0";
	sensor->type = 2;
	sensor->exponent = 0;
	bench->sensor[SENSOR_PLAIN].readings[0].value = 42;
	bench->sensor[SENSOR_PLAIN].readings[0].timestamp = 0;
	bench->config.sensor_count = 1;
	bench->config.system = NULL;
	bench->agents[0] = (struct vscmi_platform_agent){ .name = "linux" };
	bench->config.agent_count = 1;
}

static void replay_one(const struct vector *vector, void *context)
{
	struct replay *replay = context;
	struct vscmi_header header = vscmi_header_unpack(vscmi_le32_get(vector->request));
	uint8_t *reply = malloc(vector->writable);
	size_t count = 0;

	/* A guest that boots again finds everything as the first time. */
	if (strcmp(vector->boot, replay->boot)) {
		memcpy(replay->boot, vector->boot, sizeof(replay->boot));
		vscmi_platform_connect(replay->bench.platform, 1,
				       &replay->bench.agent[1].channel);
		replay->boots++;
	}
	assert_int_equal(vscmi_platform_handle(replay->bench.platform, 1, vector->request,
					       vector->request_count, reply,
					       vector->writable, NULL, &count),
			 VSCMI_SERVICE_ANSWERED);
	if (!is_served(header.protocol)) {
		assert_int_equal((int32_t)vscmi_le32_get(reply + 4), VSCMI_NOT_SUPPORTED);
	} else if (is_its_own(header)) {
		assert_memory_equal(reply, vector->request, 4);
		replay->other++;
	} else {
		assert_int_equal(count, vector->reply_count);
		assert_memory_equal(reply, vector->reply, count);
		replay->equal++;
	}
	free(reply);
}

static void what_linux_sent_is_answered_as_it_accepted(void **state)
{
	struct replay replay = { 0 };

	describe(&replay.bench);
	bench_start(&replay.bench, true);
	for_each_vector(replay_one, &replay);
	assert_int_equal(replay.boots, 2);
	assert_int_equal(replay.equal, 43);
	assert_int_equal(replay.other, 12);
	bench_end(&replay.bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_linux_sent_is_answered_as_it_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
