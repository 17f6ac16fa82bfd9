/* SPDX-License-Identifier: BSD-3-Clause */
/* The driver end of the virtio link, by the rows R1 to R10 of the virtio checklist. */
#include "script.h"

#include <stdlib.h>
#include <string.h>

#include "message/cursor.h"
#include "rings.h"
#include "virtio/ring.h"

#define EVENTS       5u
#define WITH_EVENTS  (VSCMI_VIRTIO_F_VERSION_1 | VSCMI_VIRTIO_F_P2A_CHANNELS)
#define EVENT_HEADER 0x5300u /* CLOCK_RATE_CHANGED */

static struct script *script;
static struct rings *rings;
static struct vscmi_agent *agent;

/* The script's clock and memory, on the rings instead of its own link. */
static int start(void **state)
{
	struct vscmi_agent_config config;

	script = script_new(8, 2);
	agent = &script->agent;
	rings = aligned_alloc(64, (sizeof(*rings) + 63) / 64 * 64);
	rings_init(rings, 16, EVENTS);
	config = agent->config;
	config.link = &rings->driver.link;
	assert_int_equal(vscmi_agent_init(agent, &config), VSCMI_OK);
	return 0;
}

static int end(void **state)
{
	vscmi_virtio_driver_stop(&rings->driver);
	free(rings);
	script_free(script);
	return 0;
}

static void start_rings(uint64_t features)
{
	assert_int_equal(rings_start(rings, features), VSCMI_OK);
}

static bool take_command(struct rings_chain *chain)
{
	return rings_take(rings, VSCMI_VIRTIO_CMDQ, chain);
}

/* SUCCESS and one word. */
static void answer(struct rings_chain *chain, uint32_t word)
{
	uint8_t reply[12] = { 0 };

	memcpy(reply, chain->bytes, 4);
	vscmi_le32_put(reply + 8, word);
	rings_give_back(rings, VSCMI_VIRTIO_CMDQ, chain, reply, sizeof(reply),
			sizeof(reply));
}

static void answer_all(struct script *s)
{
	struct rings_chain chain;

	while (take_command(&chain))
		answer(&chain, 42);
}

static void send_event(uint32_t header, const uint32_t *words, size_t word_count)
{
	uint8_t bytes[64];
	struct vscmi_out out = vscmi_out(bytes, sizeof(bytes));
	struct rings_chain chain;

	vscmi_out_u32(&out, header);
	for (size_t i = 0; i < word_count; i++)
		vscmi_out_u32(&out, words[i]);
	assert_true(rings_take(rings, VSCMI_VIRTIO_EVENTQ, &chain));
	rings_give_back(rings, VSCMI_VIRTIO_EVENTQ, &chain, bytes,
			(uint32_t)(out.pos - bytes), (uint32_t)(out.pos - bytes));
}

static uint32_t event_buffers_out(void)
{
	struct rings_chain chains[RINGS_SIZE_MAX];
	uint32_t count = 0;

	while (rings_take(rings, VSCMI_VIRTIO_EVENTQ, &chains[count]))
		count++;
	for (uint32_t i = 0; i < count; i++)
		rings_give_back(rings, VSCMI_VIRTIO_EVENTQ, &chains[i], NULL, 0, 0);
	vscmi_virtio_driver_process(&rings->driver);
	return count;
}

static enum vscmi_error submit(struct vscmi_slot **ret_command)
{
	uint8_t message[8] = { 0 };
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.message_id = 6,
		.message = message,
		.count = sizeof(message),
	};

	return vscmi_submit(agent, &request, ret_command);
}

/* A command goes and its answer comes. */
static void expect_exchange(void)
{
	struct vscmi_slot *command;

	assert_int_equal(submit(&command), VSCMI_OK);
	answer_all(script);
	script_expect_answer(script, command, 42);
	vscmi_release(agent, command);
}

static void R1_a_device_without_version_1_is_refused(void **state)
{
	rings_ready(rings, VSCMI_VIRTIO_F_VERSION_1);
	assert_int_equal(
		vscmi_virtio_driver_start(&rings->driver, VSCMI_VIRTIO_F_P2A_CHANNELS,
					  &rings->driver_ends[0], &rings->driver_ends[1]),
		VSCMI_E_UNSUPPORTED);
	assert_true(VSCMI_VIRTIO_DRIVER_FEATURES & VSCMI_VIRTIO_F_VERSION_1);
	assert_int_equal(rings->kicks[0] + rings->kicks[1], 0);
}

static void R2_every_command_has_room_for_its_largest_reply(void **state)
{
	uint8_t message[8] = { 0 };
	struct vscmi_request request = { .message = message, .count = sizeof(message) };
	struct vscmi_slot *command;
	struct rings_chain chain;

	start_rings(WITH_EVENTS);
	assert_int_equal(vscmi_submit(agent, &request, &command), VSCMI_OK);
	assert_true(take_command(&chain));
	assert_int_equal(chain.count, 8);
	assert_int_equal(chain.chain.writable.bytes, RINGS_MESSAGE_BYTES);
	request.reply_room = 28;
	assert_int_equal(vscmi_submit(agent, &request, &command), VSCMI_OK);
	assert_true(take_command(&chain));
	assert_int_equal(chain.chain.writable.bytes, 28);
}

static void R3_without_p2a_nothing_is_asked_for_that_would_need_it(void **state)
{
	uint8_t message[8];
	const struct vscmi_request request = {
		.kind = VSCMI_ASYNC,
		.message = message,
		.count = sizeof(message),
	};
	struct vscmi_slot *command;
	struct rings_chain chain;

	rings_ready(rings, VSCMI_VIRTIO_F_VERSION_1);
	assert_int_equal(vscmi_virtio_driver_start(&rings->driver,
						   VSCMI_VIRTIO_F_VERSION_1,
						   &rings->driver_ends[0], NULL),
			 VSCMI_OK);
	assert_int_equal(vscmi_submit(agent, &request, &command), VSCMI_E_UNSUPPORTED);
	assert_false(take_command(&chain));
	assert_false(rings_take(rings, VSCMI_VIRTIO_EVENTQ, &chain));
	expect_exchange();
}

static void ignore(void *context, const struct vscmi_event *event)
{
	*(uint32_t *)context = event_buffers_out();
}

static void subscribe(uint32_t *context)
{
	struct vscmi_subscription *subscription;

	/* PROTOCOL_VERSION gets 42, which is as old as it can be; so speak a newer one. */
	atomic_store(&agent->versions[2], 0x30000);
	script->on_wait = answer_all;
	assert_int_equal(vscmi_subscribe(agent, VSCMI_EVENT_CLOCK_RATE_CHANGED, 1, ignore,
					 context, &subscription)
				 .error,
			 VSCMI_OK);
}

static void R4_the_eventq_is_filled_at_start_and_refilled_at_once(void **state)
{
	uint32_t out_inside = 0;

	start_rings(WITH_EVENTS);
	assert_int_equal(rings->kicks[VSCMI_VIRTIO_EVENTQ], 1);
	assert_int_equal(rings->kicks[VSCMI_VIRTIO_CMDQ], 0);
	assert_int_equal(event_buffers_out(), EVENTS);
	subscribe(&out_inside);
	for (uint32_t i = 0; i < 3 * EVENTS; i++) {
		send_event(EVENT_HEADER, (const uint32_t[]){ 0, 1, 2, 3 }, 4);
		vscmi_virtio_driver_process(&rings->driver);
		/* Even while its subscriber is called. */
		assert_int_equal(out_inside, EVENTS);
		out_inside = 0;
	}
}

static void R4_a_burst_beyond_the_buffers_waits_for_them(void **state)
{
	uint32_t out_inside = 0;
	struct rings_chain chain;

	start_rings(WITH_EVENTS);
	for (uint32_t i = 0; i < EVENTS; i++)
		send_event(EVENT_HEADER, (const uint32_t[]){ 0, 1, 2, 3 }, 4);
	assert_false(rings_take(rings, VSCMI_VIRTIO_EVENTQ, &chain));
	vscmi_virtio_driver_process(&rings->driver);
	assert_int_equal(vscmi_agent_anomalies(agent, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT),
			 EVENTS);
	assert_int_equal(event_buffers_out(), EVENTS);
	subscribe(&out_inside);
}

static void R4_no_more_buffers_than_the_ring_holds(void **state)
{
	rings->driver.config.event_count = RINGS_SIZE_MAX;
	start_rings(WITH_EVENTS);
	assert_int_equal(event_buffers_out(), 16);
}

static void R5_R6_event_buffers_are_writable_and_as_long_as_any_message(void **state)
{
	struct rings_chain chain;
	uint32_t count = 0;

	start_rings(WITH_EVENTS);
	while (rings_take(rings, VSCMI_VIRTIO_EVENTQ, &chain)) {
		assert_int_equal(chain.chain.readable.bytes, 0);
		assert_int_equal(chain.chain.writable.bytes, RINGS_MESSAGE_BYTES);
		count++;
	}
	assert_int_equal(count, EVENTS);
}

static void R7_the_ring_limits_what_is_in_flight(void **state)
{
	static const struct {
		uint64_t features;
		uint16_t size;
		uint32_t messages;
	} cases[] = {
		{ VSCMI_VIRTIO_F_VERSION_1, 2, 1 },
		{ VSCMI_VIRTIO_F_VERSION_1, 8, 4 },
		{ VSCMI_VIRTIO_F_VERSION_1 | VSCMI_VIRTIO_F_INDIRECT_DESC, 2, 2 },
		{ VSCMI_VIRTIO_F_VERSION_1 | VSCMI_VIRTIO_F_INDIRECT_DESC, 4, 4 },
		{ VSCMI_VIRTIO_F_VERSION_1 | VSCMI_VIRTIO_F_INDIRECT_DESC, 2048,
		  RINGS_COMMANDS },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vscmi_slot *command;
		uint32_t count = 0;

		rings->sizes[VSCMI_VIRTIO_CMDQ] = cases[i].size;
		start_rings(cases[i].features);
		assert_int_equal(rings->driver.link.max_messages, cases[i].messages);
		/* The agent has 8 slots. */
		while (submit(&command) == VSCMI_OK) {
			vscmi_release(agent, command);
			count++;
		}
		assert_int_equal(count, cases[i].messages < 8 ? cases[i].messages : 8);
		assert_int_equal(rings->driver_ends[0].free_count,
				 cases[i].size -
					 count * (rings->driver_ends[0].tables ? 1 : 2));
		vscmi_virtio_driver_stop(&rings->driver);
	}
}

static void R7_a_ring_for_not_a_single_command_is_refused(void **state)
{
	rings->sizes[VSCMI_VIRTIO_CMDQ] = 1;
	assert_int_equal(rings_start(rings, VSCMI_VIRTIO_F_VERSION_1), VSCMI_E_INVALID);
	assert_int_equal(rings_start(rings, VSCMI_VIRTIO_F_VERSION_1 |
						    VSCMI_VIRTIO_F_INDIRECT_DESC),
			 VSCMI_E_INVALID);
}

static void R8_the_buffer_of_a_timed_out_command_stays_with_the_device(void **state)
{
	struct vscmi_slot *commands[8];
	struct rings_chain chains[8];

	start_rings(WITH_EVENTS);
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(submit(&commands[i]), VSCMI_OK);
		assert_true(take_command(&chains[i]));
	}
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(vscmi_wait(agent, commands[i]).error, VSCMI_E_TIMEOUT);
		vscmi_release(agent, commands[i]);
	}
	for (uint32_t i = 0; i < 8; i++) {
		struct vscmi_slot *command;
		struct rings_chain chain;

		assert_int_equal(submit(&command), VSCMI_E_BUSY);
		answer(&chains[i], 1);
		vscmi_virtio_driver_process(&rings->driver);
		assert_int_equal(submit(&command), VSCMI_OK);
		assert_true(take_command(&chain));
		/* It has the buffer that has just come back. */
		assert_ptr_equal(chain.writable[0].bytes, chains[i].writable[0].bytes);
	}
	script_expect_anomalies(script, VSCMI_ANOMALY_LATE_REPLY, 8, VSCMI_ANOMALIES);
}

static void R8_a_buffer_that_the_link_still_has_is_not_used(void **state)
{
	struct vscmi_slot *command;
	struct rings_chain chain;

	start_rings(WITH_EVENTS);
	atomic_store(&rings->commands[0].out, 1);
	assert_int_equal(submit(&command), VSCMI_E_BUSY);
	assert_false(take_command(&chain));
	atomic_store(&rings->commands[0].out, 0);
	for (uint32_t i = 0; i < 20; i++)
		expect_exchange();
}

static void poke_used(uint32_t index, uint32_t id, uint32_t length)
{
	uint8_t *used =
		vscmi_memory_at(&rings->memory, rings->areas[0].device_area, 4 + 8 * 16);

	vscmi_le32_put(used + 4 + 8 * (index % 16), id);
	vscmi_le32_put(used + 8 + 8 * (index % 16), length);
	used[2] = (uint8_t)(index + 1);
	used[3] = (uint8_t)((index + 1) >> 8);
}

static unsigned noted;

static void note(void *context)
{
	noted++;
}

static void R9_a_ring_with_a_lie_takes_the_link_down(void **state)
{
	static const uint32_t ids[] = { 16, 0xffffffff, 1,
					5 }; /* 1: not a head; 5: not out */

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct vscmi_slot *command, *other;

		start_rings(VSCMI_VIRTIO_F_VERSION_1);
		rings->driver.config.broken = note;
		noted = 0;
		assert_int_equal(submit(&command), VSCMI_OK);
		poke_used(0, ids[i], 12);
		assert_int_equal(vscmi_wait(agent, command).error, VSCMI_E_LINK_LOST);
		/* Whoever keeps the connection is told, once. */
		assert_int_equal(noted, 1);
		assert_int_equal(script->waits, 0);
		assert_true(rings->driver_ends[0].broken);
		vscmi_release(agent, command);
		assert_int_equal(submit(&other), VSCMI_E_NOT_READY);
		assert_int_equal(vscmi_virtio_driver_start(
					 &rings->driver, VSCMI_VIRTIO_F_VERSION_1,
					 &rings->driver_ends[0], &rings->driver_ends[1]),
				 VSCMI_E_BUSY);
		vscmi_virtio_driver_stop(&rings->driver);
		start_rings(VSCMI_VIRTIO_F_VERSION_1);
		expect_exchange();
		vscmi_virtio_driver_stop(&rings->driver);
	}
}

/* As an interrupt handler may, that finds the ring broken. */
static void break_the_ring(void *context, const struct vscmi_trace *trace)
{
	if (trace->point != VSCMI_TRACE_RECEIVE)
		return;
	agent->config.observer.trace = NULL;
	poke_used(1, 0xffffffff, 0);
	vscmi_virtio_driver_process(&rings->driver);
	assert_true(rings->driver_ends[0].broken);
}

static void R9_a_reply_that_was_taken_comes_before_the_link_goes_down(void **state)
{
	struct vscmi_slot *command, *other;
	struct rings_chain chain;

	start_rings(VSCMI_VIRTIO_F_VERSION_1);
	assert_int_equal(submit(&command), VSCMI_OK);
	assert_int_equal(submit(&other), VSCMI_OK);
	assert_true(take_command(&chain));
	answer(&chain, 42);
	agent->config.observer.trace = break_the_ring;
	vscmi_virtio_driver_process(&rings->driver);
	assert_false(vscmi_agent_is_up(agent));
	assert_int_equal(vscmi_wait(agent, command).error, VSCMI_OK);
	assert_int_equal(vscmi_wait(agent, other).error, VSCMI_E_LINK_LOST);
	/* Its buffer was back before all were. */
	assert_int_equal(vscmi_agent_anomalies(agent, VSCMI_ANOMALY_BUFFER), 0);
	vscmi_release(agent, command);
	vscmi_release(agent, other);
}

static void R9_a_length_beyond_the_buffer_is_clamped(void **state)
{
	struct vscmi_slot *command;
	struct rings_chain chain;
	uint8_t reply[12] = { 0 };
	size_t count;

	start_rings(VSCMI_VIRTIO_F_VERSION_1);
	assert_int_equal(submit(&command), VSCMI_OK);
	assert_true(take_command(&chain));
	memcpy(reply, chain.bytes, 4);
	rings_give_back(rings, VSCMI_VIRTIO_CMDQ, &chain, reply, sizeof(reply),
			0xffffffff);
	assert_int_equal(script_ended(script, command).error, VSCMI_OK);
	vscmi_answer(command, &count);
	assert_int_equal(count, RINGS_MESSAGE_BYTES);
	assert_int_equal(rings->driver_ends[0].counters.lies, 1);
}

static void R9_a_reply_shorter_than_a_header_is_dropped_and_counted(void **state)
{
	start_rings(WITH_EVENTS);
	for (uint32_t written = 0; written < 4; written++) {
		struct vscmi_slot *command;
		struct rings_chain chain;

		assert_int_equal(submit(&command), VSCMI_OK);
		assert_true(take_command(&chain));
		rings_give_back(rings, VSCMI_VIRTIO_CMDQ, &chain, chain.bytes, 4,
				written);
		assert_int_equal(vscmi_wait(agent, command).error, VSCMI_E_TIMEOUT);
		vscmi_release(agent, command);
		assert_true(rings_take(rings, VSCMI_VIRTIO_EVENTQ, &chain));
		rings_give_back(rings, VSCMI_VIRTIO_EVENTQ, &chain, chain.bytes, 4,
				written);
		vscmi_virtio_driver_process(&rings->driver);
	}
	script_expect_anomalies(script, VSCMI_ANOMALY_EMPTY, 2, VSCMI_ANOMALY_SHORT, 6,
				VSCMI_ANOMALIES);
	assert_int_equal(event_buffers_out(), EVENTS);
}

static void stop_now(struct script *s)
{
	vscmi_virtio_driver_stop(&rings->driver);
}

static void R10_every_waiter_wakes_when_the_device_is_reset(void **state)
{
	struct vscmi_slot *commands[8];

	start_rings(WITH_EVENTS);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(submit(&commands[i]), VSCMI_OK);
	script->on_wait = stop_now;
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(vscmi_wait(agent, commands[i]).error, VSCMI_E_LINK_LOST);
		vscmi_release(agent, commands[i]);
	}
	assert_int_equal(script->now_us, 1000);
	assert_int_equal(script->waits, 1);
	/* All is accounted for: a new start works, with all there is. */
	start_rings(WITH_EVENTS | VSCMI_VIRTIO_F_INDIRECT_DESC);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < 8; i++)
			assert_int_equal(submit(&commands[i]), VSCMI_OK);
		answer_all(script);
		for (uint32_t i = 0; i < 8; i++) {
			script_expect_answer(script, commands[i], 42);
			vscmi_release(agent, commands[i]);
		}
	}
}

/* As another thread may, after the agent has let a command in and before the link has it. */
static void restart_once(void *context, const struct vscmi_trace *trace)
{
	agent->config.observer.trace = NULL;
	vscmi_virtio_driver_stop(&rings->driver);
	start_rings(WITH_EVENTS);
}

static void R10_a_command_from_before_a_reset_is_not_sent_after_it(void **state)
{
	struct vscmi_slot *command;
	struct rings_chain chain;

	start_rings(WITH_EVENTS);
	agent->config.observer.trace = restart_once;
	assert_int_equal(submit(&command), VSCMI_OK);
	assert_false(take_command(&chain));
	assert_int_equal(vscmi_wait(agent, command).error, VSCMI_E_LINK_LOST);
	vscmi_release(agent, command);
	/* And its buffer is free. */
	for (uint32_t i = 0; i < 20; i++)
		expect_exchange();
}

static void every_combination_of_ring_features_carries_messages(void **state)
{
	for (unsigned i = 0; i < 8; i++) {
		uint64_t features = VSCMI_VIRTIO_F_VERSION_1 |
				    (i & 1 ? VSCMI_VIRTIO_F_INDIRECT_DESC : 0) |
				    (i & 2 ? VSCMI_VIRTIO_F_EVENT_IDX : 0) |
				    (i & 4 ? VSCMI_VIRTIO_F_P2A_CHANNELS : 0);

		start_rings(features);
		for (unsigned k = 0; k < 100; k++)
			expect_exchange();
		if (features & VSCMI_VIRTIO_F_P2A_CHANNELS)
			for (unsigned k = 0; k < 100; k++) {
				send_event(EVENT_HEADER, NULL, 0);
				vscmi_virtio_driver_process(&rings->driver);
			}
		vscmi_virtio_driver_stop(&rings->driver);
	}
	assert_int_equal(vscmi_agent_anomalies(agent, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT),
			 400);
	assert_true(rings->kicks[VSCMI_VIRTIO_CMDQ] > 0);
}

static void a_delayed_response_comes_by_the_eventq(void **state)
{
	uint8_t message[8] = { 0 };
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.message_id = 5,
		.kind = VSCMI_ASYNC,
		.message = message,
		.count = sizeof(message),
	};
	struct vscmi_slot *command;
	struct rings_chain chain;

	start_rings(WITH_EVENTS);
	assert_int_equal(vscmi_submit(agent, &request, &command), VSCMI_OK);
	assert_true(take_command(&chain));
	rings_give_back(rings, VSCMI_VIRTIO_CMDQ, &chain, (uint8_t[8]){ 0 }, 0, 0);
	send_event(vscmi_le32_get(chain.bytes) | 2u << 8, (const uint32_t[]){ 0, 7 }, 2);
	script_expect_answer(script, command, 7);
}

/* An interrupt handler finds the thread that it interrupted at work on the ring. */
static void who_finds_the_ring_in_use_leaves_word(void **state)
{
	struct vscmi_virtio_driver_queue *cmdq = &rings->driver.queues[VSCMI_VIRTIO_CMDQ];
	struct vscmi_slot *command;
	struct rings_chain chain;
	uint32_t idle, busy = 2, again = 3;

	start_rings(WITH_EVENTS);
	idle = atomic_load(&cmdq->work);
	atomic_store(&cmdq->work, busy);
	assert_int_equal(submit(&command), VSCMI_OK);
	assert_int_equal(atomic_load(&cmdq->work), again);
	assert_false(take_command(&chain));
	/* The event channel is not held up by it. */
	send_event(EVENT_HEADER, NULL, 0);
	vscmi_virtio_driver_process(&rings->driver);
	assert_int_equal(vscmi_agent_anomalies(agent, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT),
			 1);
	/* The thread goes on. */
	atomic_store(&cmdq->work, idle);
	vscmi_virtio_driver_process(&rings->driver);
	answer_all(script);
	script_expect_answer(script, command, 42);
}

/* Who enters it while somebody else is there leaves word. */
static void an_eventq_without_an_event_is_not_entered(void **state)
{
	static const uint64_t formats[] = { 0, VSCMI_VIRTIO_F_RING_PACKED };
	_Atomic uint32_t *work = &rings->driver.queues[VSCMI_VIRTIO_EVENTQ].work;
	uint32_t idle, busy = 2, again = 3, events = 0;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (vscmi_virtq_wants_packed(formats[i]) != (formats[i] != 0))
			continue;
		start_rings(WITH_EVENTS | formats[i]);
		idle = atomic_load(work);
		for (uint32_t round = 0; round < 40; round++) {
			vscmi_virtio_driver_process(&rings->driver);
			atomic_store(work, busy);
			vscmi_virtio_driver_process(&rings->driver);
			assert_int_equal(atomic_load(work), busy);
			send_event(EVENT_HEADER, NULL, 0);
			vscmi_virtio_driver_process(&rings->driver);
			assert_int_equal(atomic_load(work), again);
			atomic_store(work, idle);
			events++;
		}
		vscmi_virtio_driver_process(&rings->driver);
		vscmi_virtio_driver_stop(&rings->driver);
		/* Now there is none. */
		start_rings(VSCMI_VIRTIO_F_VERSION_1 | formats[i]);
		vscmi_virtio_driver_process(&rings->driver);
		vscmi_virtio_driver_stop(&rings->driver);
	}
	assert_int_equal(vscmi_agent_anomalies(agent, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT),
			 events);
}

static void commands_before_the_device_looks_are_one_kick(void **state)
{
	struct vscmi_slot *command;

	start_rings(VSCMI_VIRTIO_F_VERSION_1 | VSCMI_VIRTIO_F_EVENT_IDX);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(submit(&command), VSCMI_OK);
	assert_int_equal(rings->kicks[VSCMI_VIRTIO_CMDQ], 1);
}

/* An event's callback may command, and its answer comes though the events are being fed in. */
static void command_inside(void *context, const struct vscmi_event *event)
{
	struct vscmi_slot *command;

	assert_int_equal(submit(&command), VSCMI_OK);
	script->on_wait = answer_all;
	assert_int_equal(vscmi_wait(agent, command).error, VSCMI_OK);
	vscmi_release(agent, command);
	++*(uint32_t *)context;
}

static void a_callback_may_send_a_command(void **state)
{
	struct vscmi_subscription *subscription;
	uint32_t calls = 0;

	start_rings(WITH_EVENTS);
	atomic_store(&agent->versions[2], 0x30000);
	script->on_wait = answer_all;
	assert_int_equal(vscmi_subscribe(agent, VSCMI_EVENT_CLOCK_RATE_CHANGED, 1,
					 command_inside, &calls, &subscription)
				 .error,
			 VSCMI_OK);
	send_event(EVENT_HEADER, (const uint32_t[]){ 0, 1, 2, 3 }, 4);
	send_event(EVENT_HEADER, (const uint32_t[]){ 0, 1, 2, 3 }, 4);
	vscmi_virtio_driver_process(&rings->driver);
	assert_int_equal(calls, 2);
}

/* For each event buffer that it gets. */
static void send_another_event(struct rings *r, enum vscmi_virtio_queue queue)
{
	if (queue == VSCMI_VIRTIO_EVENTQ)
		send_event(EVENT_HEADER, NULL, 0);
}

static void a_device_that_floods_gives_others_their_turn(void **state)
{
	start_rings(WITH_EVENTS);
	send_event(EVENT_HEADER, NULL, 0);
	rings->on_kick = send_another_event;
	assert_true(vscmi_virtio_driver_process(&rings->driver));
}

static void answer_at_once(struct rings *r, enum vscmi_virtio_queue queue)
{
	if (queue == VSCMI_VIRTIO_CMDQ)
		answer_all(script);
}

static void send_and_forget(void)
{
	struct vscmi_slot *command;

	if (submit(&command) == VSCMI_OK)
		vscmi_release(agent, command);
}

/* For each reply that comes too late. */
static void send_another(void *context, const struct vscmi_trace *trace)
{
	if (trace->point == VSCMI_TRACE_DROP &&
	    trace->anomaly == VSCMI_ANOMALY_LATE_REPLY)
		send_and_forget();
}

static void events_have_their_turn_when_replies_do_not_end(void **state)
{
	struct vscmi_agent_config config = agent->config;
	struct vscmi_slot slots[32];
	uint8_t replies[32 * VSCMI_AGENT_MESSAGE_BYTES];

	config.slots = slots;
	config.slot_count = 32;
	config.replies = replies;
	config.message_bytes = VSCMI_AGENT_MESSAGE_BYTES;
	config.observer.trace = send_another;
	assert_int_equal(vscmi_agent_init(agent, &config), VSCMI_OK);
	rings->sizes[VSCMI_VIRTIO_CMDQ] = 32;
	start_rings(WITH_EVENTS | VSCMI_VIRTIO_F_INDIRECT_DESC);
	for (uint32_t i = 0; i < 32; i++)
		send_and_forget();
	answer_all(script);
	send_event(EVENT_HEADER, NULL, 0);
	rings->on_kick = answer_at_once;
	assert_true(vscmi_virtio_driver_process(&rings->driver));
	assert_int_equal(vscmi_agent_anomalies(agent, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT),
			 1);
}

static void a_config_out_of_range_is_refused(void **state)
{
	const struct vscmi_virtio_driver_config good = rings->driver.config;
	struct vscmi_virtio_driver_config config = good;
	struct vscmi_virtio_driver driver;

	config.command_count = 0;
	assert_int_equal(vscmi_virtio_driver_init(&driver, &config), VSCMI_E_INVALID);
	config.command_count = VSCMI_TOKENS + 1;
	assert_int_equal(vscmi_virtio_driver_init(&driver, &config), VSCMI_E_INVALID);
	config = good;
	config.message_bytes = 7;
	assert_int_equal(vscmi_virtio_driver_init(&driver, &config), VSCMI_E_INVALID);
	config.message_bytes = VSCMI_EVENT_BYTES_MAX + 1;
	assert_int_equal(vscmi_virtio_driver_init(&driver, &config), VSCMI_E_INVALID);
	config.message_bytes = VSCMI_EVENT_BYTES_MAX;
	assert_int_equal(vscmi_virtio_driver_init(&driver, &config), VSCMI_OK);
}

static void buffers_outside_the_rings_memory_are_refused(void **state)
{
	rings->region.size = offsetof(struct rings, buffers) +
			     VSCMI_VIRTIO_DRIVER_BUFFER_BYTES(RINGS_COMMANDS, EVENTS,
							      RINGS_MESSAGE_BYTES) -
			     1;
	assert_int_equal(rings_start(rings, WITH_EVENTS), VSCMI_E_INVALID);
	rings->region.size = offsetof(struct rings, buffers);
	assert_int_equal(rings_start(rings, VSCMI_VIRTIO_F_VERSION_1), VSCMI_E_INVALID);
}

#define DRIVER_TEST(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DRIVER_TEST(R1_a_device_without_version_1_is_refused),
		DRIVER_TEST(R2_every_command_has_room_for_its_largest_reply),
		DRIVER_TEST(R3_without_p2a_nothing_is_asked_for_that_would_need_it),
		DRIVER_TEST(R4_the_eventq_is_filled_at_start_and_refilled_at_once),
		DRIVER_TEST(R4_a_burst_beyond_the_buffers_waits_for_them),
		DRIVER_TEST(R4_no_more_buffers_than_the_ring_holds),
		DRIVER_TEST(R5_R6_event_buffers_are_writable_and_as_long_as_any_message),
		DRIVER_TEST(R7_the_ring_limits_what_is_in_flight),
		DRIVER_TEST(R7_a_ring_for_not_a_single_command_is_refused),
		DRIVER_TEST(R8_the_buffer_of_a_timed_out_command_stays_with_the_device),
		DRIVER_TEST(R8_a_buffer_that_the_link_still_has_is_not_used),
		DRIVER_TEST(R9_a_ring_with_a_lie_takes_the_link_down),
		DRIVER_TEST(R9_a_reply_that_was_taken_comes_before_the_link_goes_down),
		DRIVER_TEST(R9_a_length_beyond_the_buffer_is_clamped),
		DRIVER_TEST(R9_a_reply_shorter_than_a_header_is_dropped_and_counted),
		DRIVER_TEST(R10_every_waiter_wakes_when_the_device_is_reset),
		DRIVER_TEST(R10_a_command_from_before_a_reset_is_not_sent_after_it),
		DRIVER_TEST(every_combination_of_ring_features_carries_messages),
		DRIVER_TEST(a_delayed_response_comes_by_the_eventq),
		DRIVER_TEST(who_finds_the_ring_in_use_leaves_word),
		DRIVER_TEST(an_eventq_without_an_event_is_not_entered),
		DRIVER_TEST(commands_before_the_device_looks_are_one_kick),
		DRIVER_TEST(a_callback_may_send_a_command),
		DRIVER_TEST(a_device_that_floods_gives_others_their_turn),
		DRIVER_TEST(events_have_their_turn_when_replies_do_not_end),
		DRIVER_TEST(a_config_out_of_range_is_refused),
		DRIVER_TEST(buffers_outside_the_rings_memory_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
