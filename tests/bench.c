/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "message/cursor.h"
#include "test.h"

/*
 * ---- Resources ----
 */

static int32_t rate_get(void *context, uint64_t now_us, uint64_t *ret_rate_hz)
{
	struct bench_clock *clock = context;

	if (clock->status == VSCMI_SUCCESS)
		*ret_rate_hz = clock->rate_hz;
	return clock->status;
}

static int32_t rate_set(void *context, uint64_t now_us, uint64_t rate_hz,
			struct vscmi_op *op)
{
	struct bench_clock *clock = context;

	if (clock->status != VSCMI_SUCCESS)
		return clock->status;
	clock->wanted_hz = rate_hz;
	if (clock->is_later) {
		assert_null(clock->op);
		clock->op = op;
		return VSCMI_OP_LATER;
	}
	clock->rate_hz = rate_hz;
	return VSCMI_SUCCESS;
}

static int32_t enable(void *context, bool on)
{
	struct bench_clock *clock = context;

	if (clock->status != VSCMI_SUCCESS)
		return clock->status;
	clock->enabled = on;
	clock->enables++;
	return VSCMI_SUCCESS;
}

static int32_t parent_get(void *context, uint8_t *ret_parent)
{
	struct bench_clock *clock = context;

	*ret_parent = clock->parent;
	return clock->status;
}

static int32_t parent_set(void *context, uint8_t parent)
{
	struct bench_clock *clock = context;

	if (clock->status == VSCMI_SUCCESS)
		clock->parent = parent;
	return clock->status;
}

static int32_t duty_cycle_get(void *context, uint32_t *ret_percent)
{
	struct bench_clock *clock = context;

	*ret_percent = clock->percent;
	return clock->status;
}

static int32_t duty_cycle_set(void *context, uint32_t percent)
{
	struct bench_clock *clock = context;

	if (clock->status == VSCMI_SUCCESS)
		clock->percent = percent;
	return clock->status;
}

static int32_t read_sensor(void *context, uint64_t now_us,
			   struct vscmi_sensor_reading *readings, struct vscmi_op *op)
{
	struct bench_sensor *sensor = context;

	sensor->reads++;
	if (sensor->status != VSCMI_SUCCESS)
		return sensor->status;
	if (sensor->is_later && sensor->delay_us == 0) {
		sensor->op = op;
		sensor->later = readings;
		return VSCMI_OP_LATER;
	}
	memcpy(readings, sensor->readings, sizeof(sensor->readings));
	if (!sensor->is_later)
		return VSCMI_SUCCESS;
	vscmi_op_complete_after(op, sensor->delay_us, VSCMI_SUCCESS);
	return VSCMI_OP_LATER;
}

static int32_t configure(void *context, bool enabled,
			 struct vscmi_sensor_interval interval)
{
	struct bench_sensor *sensor = context;

	return sensor->status;
}

static int32_t state_set(void *context, uint32_t agent_id, enum vscmi_system_state state,
			 bool graceful)
{
	struct bench *bench = context;

	bench->asked_by = agent_id;
	bench->asked_state = state;
	bench->asked_graceful = graceful;
	return bench->system_status;
}

/*
 * ---- The description ----
 */

static const struct vscmi_platform_clock_ops all_ops = {
	.rate_get = rate_get,
	.rate_set = rate_set,
	.enable = enable,
	.parent_get = parent_get,
	.parent_set = parent_set,
	.duty_cycle_get = duty_cycle_get,
	.duty_cycle_set = duty_cycle_set,
};
static const struct vscmi_platform_clock_ops list_ops = {
	.rate_get = rate_get,
	.rate_set = rate_set,
	.enable = enable,
	.parent_get = parent_get,
	.parent_set = parent_set,
};
static const struct vscmi_platform_clock_ops fixed_ops = { .rate_get = rate_get };
static const struct vscmi_platform_sensor_ops sensor_ops = { read_sensor, configure };
static const struct vscmi_platform_sensor_ops plain_ops = { .read = read_sensor };
static const struct vscmi_platform_system_ops system_ops = { state_set };

static const uint64_t rates_hz[] = { 10000000, 20000000, 40000000 };
static const uint64_t one_rate_hz[] = { 24000000 };
static const uint16_t parents[] = { CLOCK_RANGE, CLOCK_FIXED };
static const struct vscmi_sensor_interval intervals[] = { { 10, -3 },
							  { 5, -1 },
							  { 2, 0 } };
static const struct vscmi_sensor_interval triplet[] = { { 1000, -3 },
							{ 2000, -3 },
							{ 250, -3 } };
static const struct vscmi_sensor_range range = {
	.resolution = 5,
	.resolution_exponent = -1,
	.min = -400,
	.max = 1250,
};

static const struct vscmi_platform_clock_grant guest_clocks[] = {
	{ .clock = CLOCK_FIXED, .parent = true, .rate = true },
	{ .clock = CLOCK_LIST, .state = true },
};
static const struct vscmi_platform_clock_view guest_clock_view = { guest_clocks, 2 };
static const struct vscmi_platform_sensor_grant guest_sensors[] = { { SENSOR_PLAIN,
								      false } };
static const struct vscmi_platform_sensor_view guest_sensor_view = { guest_sensors, 1 };
static const struct vscmi_platform_system_view guest_system_view = {
	.states = 1 << VSCMI_SYSTEM_SHUTDOWN,
};

static void describe_clocks(struct bench *bench)
{
	bench->clocks[CLOCK_LIST] = (struct vscmi_platform_clock){
		.name = "list",
		.long_name = "the clock with a list of rates",
		.rates_hz = rates_hz,
		.rate_count = 3,
		.parents = parents,
		.parent_count = 2,
		.async = true,
		.notifies_changed = true,
		.notifies_change_requested = true,
		.enable_delay_us = 50,
		.ops = &list_ops,
	};
	bench->clocks[CLOCK_RANGE] = (struct vscmi_platform_clock){
		.name = "range",
		.device_id = 1,
		.range = { 1000000, 9500000, 1000000 },
		.ops = &all_ops,
	};
	bench->clocks[CLOCK_FIXED] = (struct vscmi_platform_clock){
		.name = "fixed",
		.rates_hz = one_rate_hz,
		.rate_count = 1,
		.enabled = true,
		.ops = &fixed_ops,
	};
	bench->clock[CLOCK_LIST].rate_hz = 20000000;
	bench->clock[CLOCK_RANGE].rate_hz = 4000000;
	bench->clock[CLOCK_RANGE].percent = 50;
	bench->clock[CLOCK_FIXED].rate_hz = 24000000;
	bench->clock[CLOCK_FIXED].enabled = true;
	for (size_t i = 0; i < CLOCKS; i++)
		bench->clocks[i].context = &bench->clock[i];
}

static void describe_sensors(struct bench *bench)
{
	bench->axes[0] = (struct vscmi_platform_sensor_axis){
		.name = "x",
		.type = 0x59,
		.exponent = -2,
		.range = &range,
	};
	bench->axes[1] = (struct vscmi_platform_sensor_axis){ .name = "y", .type = 0x59 };
	bench->axes[2] = (struct vscmi_platform_sensor_axis){
		.name = "z",
		.long_name = "the axis that points up",
		.type = 0x59,
		.range = &range,
	};
	bench->sensors[SENSOR_FULL] = (struct vscmi_platform_sensor){
		.name = "full",
		.long_name = "the sensor with everything",
		.type = 2,
		.exponent = -1,
		.range = &range,
		.power_uw = 300,
		.intervals = intervals,
		.interval_count = 3,
		.interval = { 5, -1 },
		.trip_point_count = 2,
		.async = true,
		.continuous_update = true,
		.timestamps = true,
		.timestamp_exponent = -6,
		.ops = &sensor_ops,
	};
	bench->sensors[SENSOR_AXES] = (struct vscmi_platform_sensor){
		.name = "axes",
		.device_id = 1,
		.axes = bench->axes,
		.axis_count = 3,
		.interval = { 100, -3 },
		.continuous_update = true,
		.ops = &plain_ops,
	};
	bench->sensors[SENSOR_PLAIN] = (struct vscmi_platform_sensor){
		.name = "plain",
		.type = 5,
		.exponent = -3,
		.ops = &plain_ops,
	};
	bench->sensors[SENSOR_OFF] = (struct vscmi_platform_sensor){
		.name = "off",
		.type = 0x13,
		.intervals = triplet,
		.interval_count = 3,
		.intervals_are_triplet = true,
		.interval = { 1000, -3 },
		.disabled_at_start = true,
		.ops = &sensor_ops,
	};
	for (size_t i = 0; i < SENSORS; i++) {
		bench->sensors[i].context = &bench->sensor[i];
		for (size_t j = 0; j < 3; j++) {
			bench->sensor[i].readings[j].value = (int64_t)(100 * (i + 1) + j);
			bench->sensor[i].readings[j].timestamp = 7000 + i;
		}
	}
}

void bench_describe(struct bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	describe_clocks(bench);
	describe_sensors(bench);
	bench->base = (struct vscmi_platform_base){
		.vendor = "vendor",
		.sub_vendor = "sub",
		.implementation_version = 0x12345678,
		.device_count = 2,
	};
	bench->system = (struct vscmi_platform_system){
		.states = 1 << VSCMI_SYSTEM_SHUTDOWN | 1 << VSCMI_SYSTEM_COLD_RESET |
			  1 << VSCMI_SYSTEM_WARM_RESET,
		.ops = &system_ops,
		.context = bench,
	};
	bench->agents[TRUSTED - 1] =
		(struct vscmi_platform_agent){ .name = "trusted", .trusted = true };
	bench->agents[PEER - 1] = (struct vscmi_platform_agent){ .name = "peer" };
	bench->agents[GUEST - 1] = (struct vscmi_platform_agent){
		.name = "guest",
		.system = &guest_system_view,
		.clocks = &guest_clock_view,
		.sensors = &guest_sensor_view,
	};
	bench->config = (struct vscmi_platform_config){
		.base = &bench->base,
		.agents = bench->agents,
		.agent_count = AGENTS,
		.system = &bench->system,
		.clocks = bench->clocks,
		.clock_count = CLOCKS,
		.sensors = bench->sensors,
		.sensor_count = SENSORS,
		.pending_max = BENCH_PENDING_MAX,
		.notifications_max = BENCH_NOTIFICATIONS_MAX,
	};
}

static void on_reply(void *context, void *cookie, const void *bytes, size_t count)
{
	struct bench_agent *agent = context;

	assert_in_range(count, 8, sizeof(agent->reply.bytes));
	memcpy(agent->reply.bytes, bytes, count);
	agent->reply.count = count;
	agent->cookie = cookie;
	agent->replies++;
}

static void on_events_ready(void *context)
{
	struct bench_agent *agent = context;

	agent->ready = true;
}

void bench_start(struct bench *bench, bool events)
{
	size_t bytes = vscmi_platform_bytes(&bench->config);

	bench->memory = malloc(bytes);
	memset(bench->memory, 0xa5, bytes);
	assert_int_equal(vscmi_platform_init(&bench->config, bench->memory, bytes,
					     &bench->platform),
			 VSCMI_OK);
	for (uint32_t id = 1; id <= bench->config.agent_count; id++) {
		struct bench_agent *agent = &bench->agent[id];

		agent->channel = (struct vscmi_service_channel){
			.reply = on_reply,
			.events_ready = events ? on_events_ready : NULL,
			.context = agent,
		};
		assert_int_equal(
			vscmi_platform_connect(bench->platform, id, &agent->channel),
			VSCMI_OK);
	}
}

void bench_end(struct bench *bench)
{
	free(bench->memory);
}

int bench_setup(void **state)
{
	struct bench *bench = malloc(sizeof(*bench));

	bench_describe(bench);
	bench_start(bench, true);
	*state = bench;
	return 0;
}

int bench_teardown(void **state)
{
	bench_end(*state);
	free(*state);
	return 0;
}

/*
 * ---- Commands ----
 */

struct bench_answer bench_ask_with_room(struct bench *bench, uint32_t agent_id,
					uint8_t protocol, uint8_t message_id,
					const uint32_t *words, size_t word_count,
					size_t room)
{
	static uint16_t token;
	struct bench_answer answer = { .status = INT32_MAX };
	size_t request_count = 4 * (1 + word_count), reply_count = 0;
	uint8_t *request = malloc(request_count);
	uint8_t *reply = malloc(room ? room : 1);
	uint32_t header = vscmi_header_pack((struct vscmi_header){
		.message_id = message_id,
		.protocol = protocol,
		.token = token++ & 0x3ff,
	});

	vscmi_le32_put(request, header);
	for (size_t i = 0; i < word_count; i++)
		vscmi_le32_put(request + 4 + 4 * i, words[i]);
	answer.outcome =
		vscmi_platform_handle(bench->platform, agent_id, request, request_count,
				      reply, room, &bench->agent[agent_id], &reply_count);
	if (answer.outcome == VSCMI_SERVICE_ANSWERED) {
		assert_in_range(reply_count, 8, room);
		assert_int_equal(reply_count % 4, 0);
		assert_int_equal(vscmi_le32_get(reply), header);
		answer.status = (int32_t)vscmi_le32_get(reply + 4);
		answer.word_count = reply_count / 4 - 2;
		if (answer.status != VSCMI_SUCCESS)
			assert_int_equal(reply_count, 8);
		for (size_t i = 0; i < answer.word_count; i++)
			answer.words[i] = vscmi_le32_get(reply + 8 + 4 * i);
		memcpy(answer.message.bytes, reply, reply_count);
		answer.message.count = reply_count;
	}
	free(request);
	free(reply);
	return answer;
}

static void assert_same_words(const uint32_t *got, size_t got_count, const uint32_t *want,
			      size_t want_count, const char *file, int line)
{
	for (size_t i = 0; i < want_count && i < got_count; i++) {
		if (got[i] != want[i])
			print_error("word %zu\n", i);
		_assert_int_equal(got[i], want[i], file, line);
	}
	_assert_int_equal(got_count, want_count, file, line);
}

void bench_assert_words(struct bench_answer answer, const uint32_t *words,
			size_t word_count, const char *file, int line)
{
	_assert_int_equal(answer.outcome, VSCMI_SERVICE_ANSWERED, file, line);
	_assert_int_equal((uint32_t)answer.status, VSCMI_SUCCESS, file, line);
	assert_same_words(answer.words, answer.word_count, words, word_count, file, line);
}

void bench_negotiate(struct bench *bench, uint32_t agent_id, uint8_t protocol,
		     uint32_t version)
{
	struct bench_answer answer =
		bench_ask_with_room(bench, agent_id, protocol, 0x10, &version, 1, 8);

	assert_int_equal(answer.status, VSCMI_SUCCESS);
}

/*
 * ---- Events ----
 */

bool bench_event(struct bench *bench, uint32_t agent_id, struct bench_event *ret_event)
{
	uint8_t *bytes = malloc(VSCMI_PLATFORM_EVENT_MAX);
	size_t count;
	bool any = vscmi_platform_event(bench->platform, agent_id, bytes,
					VSCMI_PLATFORM_EVENT_MAX, &count);

	if (any) {
		ret_event->header = vscmi_header_unpack(vscmi_le32_get(bytes));
		ret_event->word_count = count / 4 - 1;
		for (size_t i = 0; i < ret_event->word_count; i++)
			ret_event->words[i] = vscmi_le32_get(bytes + 4 + 4 * i);
	} else {
		bench->agent[agent_id].ready = false;
	}
	free(bytes);
	return any;
}

void bench_assert_event(struct bench *bench, uint32_t agent_id,
			enum vscmi_message_type type, uint8_t protocol,
			uint8_t message_id, const uint32_t *words, size_t word_count,
			const char *file, int line)
{
	struct bench_event event = { 0 };

	_assert_int_equal(bench_event(bench, agent_id, &event), true, file, line);
	_assert_int_equal(event.header.type, type, file, line);
	_assert_int_equal(event.header.protocol, protocol, file, line);
	_assert_int_equal(event.header.message_id, message_id, file, line);
	assert_same_words(event.words, event.word_count, words, word_count, file, line);
}

void bench_assert_no_event(struct bench *bench, uint32_t agent_id)
{
	struct bench_event event;

	assert_false(vscmi_platform_event_waits(bench->platform, agent_id));
	assert_false(bench_event(bench, agent_id, &event));
}

void bench_complete_rate(struct bench *bench, uint16_t clock, int32_t status)
{
	struct vscmi_op *op = bench->clock[clock].op;

	assert_non_null(op);
	bench->clock[clock].op = NULL;
	if (status == VSCMI_SUCCESS)
		bench->clock[clock].rate_hz = bench->clock[clock].wanted_hz;
	vscmi_op_complete(op, status);
}

void bench_complete_reading(struct bench *bench, uint16_t sensor, int32_t status)
{
	struct vscmi_op *op = bench->sensor[sensor].op;

	assert_non_null(op);
	bench->sensor[sensor].op = NULL;
	memcpy(bench->sensor[sensor].later, bench->sensor[sensor].readings,
	       sizeof(bench->sensor[sensor].readings));
	vscmi_op_complete(op, status);
}

void bench_advance(struct bench *bench, uint64_t by_us)
{
	bench->now_us += by_us;
	vscmi_platform_advance(bench->platform, bench->now_us);
}
