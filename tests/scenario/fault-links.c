/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An agent and a platform that misbehaves, over every link: the fault layer between the service
 * and the device end. Time passes when the agent waits.
 */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "links.h"
#include "message/cursor.h"
#include "rings.h"
#include "script.h"
#include "vscmi/agent/clock.h"
#include "vscmi/fault.h"
#include "vscmi/link/virtio_device.h"

#define MHZ   UINT64_C(1000000)
#define ME    TRUSTED
#define SLOTS 8

struct stack {
	const struct link_kind *kind;
	struct bench bench;
	struct vscmi_faults *faults;
	void *memory;
	struct script *script;
	struct vscmi_agent *agent;
	struct test_link *link;
};

static void arrive(struct stack *stack)
{
	stack->kind->serve(stack->link);
	stack->kind->interrupt(stack->link);
}

static bool let_time_pass(struct stack *stack)
{
	struct vscmi_service *service = vscmi_faults_service(stack->faults);
	uint64_t next_us = service->ops->next_us(service);

	if (next_us == UINT64_MAX)
		return false;
	if (next_us > stack->bench.now_us)
		stack->bench.now_us = next_us;
	service->ops->advance(service, stack->bench.now_us);
	arrive(stack);
	return true;
}

static void turn_while_waiting(struct script *script)
{
	arrive(script->context);
	let_time_pass(script->context);
}

static void open_link(struct stack *stack)
{
	const struct link_setup setup = {
		.service = vscmi_faults_service(stack->faults),
		.agent_id = ME,
		.in_flight = SLOTS,
		.event_buffers = 8,
	};
	struct vscmi_agent_config config = stack->agent->config;

	stack->link = stack->kind->open(&setup);
	config.link = stack->link->link;
	assert_int_equal(vscmi_agent_init(stack->agent, &config), VSCMI_OK);
	assert_int_equal(stack->kind->start(stack->link), VSCMI_OK);
}

static void close_link(struct stack *stack)
{
	stack->kind->stop(stack->link);
	stack->kind->close(stack->link);
}

static void put_faults_before(struct stack *stack)
{
	const struct vscmi_faults_config config = {
		.service = vscmi_platform_service(stack->bench.platform),
		.agent_count = AGENTS,
		.rules_max = 4,
		.messages_max = 8,
	};
	size_t bytes = vscmi_faults_bytes(&config);

	stack->memory = malloc(bytes);
	assert_int_equal(vscmi_faults_init(&config, stack->memory, bytes, &stack->faults),
			 VSCMI_OK);
}

static int set_up(void **state)
{
	struct stack *stack = calloc(1, sizeof(*stack));
	uint32_t version;

	stack->kind = *state;
	bench_describe(&stack->bench);
	bench_start(&stack->bench, true);
	put_faults_before(stack);
	stack->script = script_new(SLOTS, 4);
	stack->script->context = stack;
	stack->script->on_wait = turn_while_waiting;
	stack->agent = &stack->script->agent;
	open_link(stack);
	assert_int_equal(
		vscmi_agent_open(stack->agent, VSCMI_PROTOCOL_CLOCK, &version).error,
		VSCMI_OK);
	*state = stack;
	return 0;
}

static int tear_down(void **state)
{
	struct stack *stack = *state;

	close_link(stack);
	script_free(stack->script);
	bench_end(&stack->bench);
	free(stack->memory);
	free(stack);
	return 0;
}

#define add_rule(stack, ...)                                                      \
	add(stack, (struct vscmi_fault_rule){ .protocol = VSCMI_FAULT_ANY,        \
					      .message_id = VSCMI_FAULT_ANY,      \
					      .probability = VSCMI_FAULT_CERTAIN, \
					      __VA_ARGS__ })

static void add(struct stack *stack, struct vscmi_fault_rule rule)
{
	uint32_t id;

	assert_int_equal(vscmi_faults_add(stack->faults, &rule, &id), VSCMI_OK);
}

static void be_good_again(struct stack *stack)
{
	vscmi_faults_clear(stack->faults, 0);
	while (let_time_pass(stack))
		;
	arrive(stack);
}

static struct vscmi_result ask_rate(struct stack *stack)
{
	uint64_t rate_hz = 0;
	struct vscmi_result result =
		vscmi_clock_rate_get(stack->agent, CLOCK_FIXED, &rate_hz);

	if (!result.error)
		assert_int_equal(rate_hz, stack->bench.clock[CLOCK_FIXED].rate_hz);
	return result;
}

static struct vscmi_result set_rate(struct stack *stack)
{
	uint64_t rate_hz = 0;
	struct vscmi_result result = vscmi_clock_rate_set_async(stack->agent, CLOCK_LIST,
								20 * MHZ, 0, &rate_hz);

	if (!result.error)
		assert_int_equal(rate_hz, 20 * MHZ);
	return result;
}

/* No slot is in use, and as many commands can be in flight as the link lets. */
static void expect_all_slots_free(struct stack *stack)
{
	uint8_t message[VSCMI_HEADER_BYTES];
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.message = message,
		.count = sizeof(message),
	};
	struct vscmi_slot *commands[SLOTS];
	uint32_t count = link_unanswered_max(stack->link);

	for (uint32_t i = 0; i < SLOTS; i++)
		assert_int_equal(atomic_load(&stack->script->slots[i].word), 0);
	if (count > SLOTS)
		count = SLOTS;
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(vscmi_submit(stack->agent, &request, &commands[i]),
				 VSCMI_OK);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(vscmi_wait(stack->agent, commands[i]).error, VSCMI_OK);
		vscmi_release(stack->agent, commands[i]);
	}
}

/*
 * ---- The tests ----
 */

static void every_message_may_be_late(void **state)
{
	struct stack *stack = *state;

	add_rule(stack, .fault = VSCMI_FAULT_DELAY, .min_us = 1000, .max_us = 1000);
	assert_int_equal(ask_rate(stack).error, VSCMI_OK);
	assert_true(stack->bench.now_us == 1000);
	assert_int_equal(set_rate(stack).error, VSCMI_OK);
	assert_true(stack->bench.now_us == 2000);
	script_expect_anomalies(stack->script, VSCMI_ANOMALIES);
}

static void a_reply_that_comes_once_more_finds_no_owner(void **state)
{
	/* Without a cmdq buffer it comes by the eventq; otherwise before or after its caller has
	 * let go. */
	static const enum vscmi_anomaly admissible[] = {
		VSCMI_ANOMALY_TYPE,
		VSCMI_ANOMALY_SECOND_REPLY,
		VSCMI_ANOMALY_TOKEN,
	};
	struct stack *stack = *state;
	uint32_t dropped = 0;

	add_rule(stack, .fault = VSCMI_FAULT_DUPLICATE);
	assert_int_equal(ask_rate(stack).error, VSCMI_OK);
	be_good_again(stack);
	for (size_t i = 0; i < sizeof(admissible) / sizeof(admissible[0]); i++)
		dropped += vscmi_agent_anomalies(stack->agent, admissible[i]);
	assert_int_equal(dropped, 1);
	assert_int_equal(ask_rate(stack).error, VSCMI_OK);
}

static void a_forged_reply_is_not_taken_for_the_true_one(void **state)
{
	struct stack *stack = *state;

	add_rule(stack, .fault = VSCMI_FAULT_TOKEN, .amount = 3, .copy = true);
	add_rule(stack, .fault = VSCMI_FAULT_MESSAGE, .amount = 1, .copy = true);
	assert_int_equal(ask_rate(stack).error, VSCMI_OK);
	be_good_again(stack);
	if (stack->kind->event_buffers_max)
		/* Two at once, as far as there are buffers of the eventq. */
		script_expect_anomalies(stack->script, VSCMI_ANOMALY_TYPE,
					stack->kind->event_buffers_max < 2 ? 1 : 2,
					VSCMI_ANOMALIES);
	else
		script_expect_anomalies(stack->script, VSCMI_ANOMALY_TOKEN, 1,
					VSCMI_ANOMALY_MESSAGE, 1, VSCMI_ANOMALIES);
}

static void a_delayed_response_may_come_first(void **state)
{
	struct stack *stack = *state;

	add_rule(stack, .fault = VSCMI_FAULT_EARLY, .max_us = 1000000);
	assert_int_equal(set_rate(stack).error, VSCMI_OK);
	be_good_again(stack);
	script_expect_anomalies(stack->script, VSCMI_ANOMALY_OVERTAKEN, 1,
				VSCMI_ANOMALIES);
	assert_true(stack->bench.now_us < 1000000);
	expect_all_slots_free(stack);
}

static void a_delayed_response_that_nobody_asked_for_is_dropped(void **state)
{
	struct stack *stack = *state;

	add_rule(stack, .fault = VSCMI_FAULT_UNSOLICITED);
	assert_int_equal(ask_rate(stack).error, VSCMI_OK);
	script_expect_anomalies(stack->script, VSCMI_ANOMALY_UNEXPECTED_DELAYED, 1,
				VSCMI_ANOMALIES);
}

static void a_reply_of_any_length_ends_with_its_room(void **state)
{
	struct stack *stack = *state;
	uint8_t message[8] = { [4] = CLOCK_FIXED };
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.message_id = 6,
		.message = message,
		.count = sizeof(message),
		.reply_room = 20,
	};
	struct vscmi_slot *command;
	const uint8_t *answer;
	size_t count;

	add_rule(stack, .fault = VSCMI_FAULT_OVERSIZE, .amount = 400);
	assert_int_equal(vscmi_submit(stack->agent, &request, &command), VSCMI_OK);
	assert_int_equal(vscmi_wait(stack->agent, command).error, VSCMI_OK);
	answer = vscmi_answer(command, &count);
	assert_int_equal(count, 20);
	assert_int_equal(vscmi_le32_get(answer + 8),
			 stack->bench.clock[CLOCK_FIXED].rate_hz);
	assert_memory_equal(answer + 16, "\xa5\xa5\xa5\xa5", 4);
	vscmi_release(stack->agent, command);
}

static void a_reply_that_is_lost_is_waited_for_in_vain(void **state)
{
	struct stack *stack = *state;

	add_rule(stack, .fault = VSCMI_FAULT_DROP, .on = VSCMI_FAULT_ON_REPLIES);
	assert_int_equal(ask_rate(stack).error, VSCMI_E_TIMEOUT);
	be_good_again(stack);
	assert_int_equal(ask_rate(stack).error, VSCMI_OK);
	script_expect_anomalies(stack->script, VSCMI_ANOMALIES);
}

static void a_device_that_resets_is_started_again(void **state)
{
	struct stack *stack = *state;

	add_rule(stack, .fault = VSCMI_FAULT_RESET, .times = 1);
	assert_int_equal(ask_rate(stack).error, VSCMI_E_LINK_LOST);
	assert_false(vscmi_agent_is_up(stack->agent));
	if (stack->kind->restarts) {
		assert_int_equal(stack->kind->start(stack->link), VSCMI_OK);
	} else {
		close_link(stack);
		open_link(stack);
	}
	assert_int_equal(ask_rate(stack).error, VSCMI_OK);
	expect_all_slots_free(stack);
}

/*
 * ---- What is on the ring ----
 */

static struct rings rings;

static void publish(void *context, enum vscmi_virtio_queue queue)
{
	vscmi_virtq_device_publish(&rings.device_ends[queue]);
}

static void a_reply_claims_more_than_was_lent(void **state)
{
	static uint8_t reply[64];
	static struct vscmi_virtio_device_command commands[64];
	struct stack stack = { 0 };
	struct vscmi_virtio_device device;
	struct vscmi_virtio_device_config config = {
		.agent_id = ME,
		.commands = commands,
		.command_count = 64,
		.publish = publish,
	};
	const uint8_t *used;
	uint8_t *message;

	bench_describe(&stack.bench);
	bench_start(&stack.bench, true);
	put_faults_before(&stack);
	add_rule(&stack, .fault = VSCMI_FAULT_OVERSIZE, .amount = 400);
	rings_init(&rings, 16, 8);
	rings_ready(&rings, VSCMI_VIRTIO_F_VERSION_1);
	config.service = vscmi_faults_service(stack.faults);
	assert_int_equal(vscmi_virtio_device_init(&device, &config), VSCMI_OK);
	vscmi_virtio_device_start(&device, VSCMI_VIRTIO_CMDQ,
				  &rings.device_ends[VSCMI_VIRTIO_CMDQ],
				  VSCMI_VIRTIO_F_VERSION_1);

	/* PROTOCOL_VERSION of the Base protocol, and 12 bytes for its reply. */
	message = rings.buffers;
	memset(message, 0, 32);
	vscmi_le32_put(message, VSCMI_PROTOCOL_BASE << 10);
	assert_int_equal(vscmi_virtq_driver_add(&rings.driver_ends[VSCMI_VIRTIO_CMDQ],
						(const struct vscmi_virtq_segment[]){
							{ message, 4 },
							{ message + 4, 12 },
						},
						1, 1, reply),
			 VSCMI_OK);
	vscmi_virtq_driver_publish(&rings.driver_ends[VSCMI_VIRTIO_CMDQ]);
	vscmi_virtio_device_process(&device);
	used = rings.region.host +
	       (rings.areas[VSCMI_VIRTIO_CMDQ].device_area - rings.region.guest_base);
	assert_int_equal(used[2], 1);
	assert_int_equal(vscmi_le32_get(used + 4 + 4), 412);
	assert_int_equal(vscmi_le32_get(message + 4 + 8), 0x20001);
	assert_int_equal(message[4 + 12], 0);
	bench_end(&stack.bench);
	free(stack.memory);
}

#define OVER(link, test)                                       \
	{                                                      \
#test " over " #link, test, set_up, tear_down, \
			(void *)(uintptr_t)&link_##link        \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OVER_EVERY_LINK(OVER, every_message_may_be_late),
		OVER_EVERY_LINK(OVER, a_reply_that_comes_once_more_finds_no_owner),
		OVER_EVERY_LINK(OVER, a_forged_reply_is_not_taken_for_the_true_one),
		OVER_EVERY_LINK(OVER, a_delayed_response_may_come_first),
		OVER_EVERY_LINK(OVER,
				a_delayed_response_that_nobody_asked_for_is_dropped),
		OVER_EVERY_LINK(OVER, a_reply_of_any_length_ends_with_its_room),
		OVER_LINKS_WITH_MANY_AT_ONCE(OVER,
					     a_reply_that_is_lost_is_waited_for_in_vain),
		OVER_EVERY_LINK(OVER, a_device_that_resets_is_started_again),
		cmocka_unit_test(a_reply_claims_more_than_was_lent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
