/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many threads on one agent, over virtqueues whose device, in a thread of its own, answers in
 * any order, late, twice and to the wrong command. No answer may reach the wrong caller, and
 * nobody may hang. Run it in a build with -Db_sanitize=thread, too.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "message/cursor.h"
#include "rings.h"
#include "vscmi/agent/event.h"
#include "vscmi/host/port.h"

#define SUBMITTERS  6u
#define COMMANDS    400u /* of each */
#define SUBSCRIBERS 2u
#define SLOTS       12u
#define HELD        6u /* commands that the device keeps to mix them up */
#define OWED        64u
#define TIMEOUT_US  UINT64_C(20000)
#define FEATURES    VSCMI_VIRTIO_DRIVER_FEATURES

enum { SET = 5, NOTIFY = 9 };

static struct rings *rings;
static struct vscmi_agent agent;
static struct vscmi_slot slots[SLOTS];
static uint8_t replies[SLOTS][RINGS_MESSAGE_BYTES];
static struct vscmi_subscription subscriptions[SUBSCRIBERS];
static sem_t called;
static atomic_uint errors, answered, lost, timed_out, events;
static atomic_bool ending;

static uint32_t dice(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static uint32_t answer_to(uint32_t value)
{
	return value * 2654435761u + 1;
}

/*
 * ---- The device ----
 */

/* Messages that wait for a buffer of the eventq. */
struct owed {
	uint32_t words[6];
	uint32_t count;
};

struct device {
	struct rings_chain held[HELD];
	uint32_t held_count;
	struct owed owed[OWED];
	uint32_t owed_count;
	uint32_t seed;
};

static void owe(struct device *device, uint32_t header, uint32_t value)
{
	if (device->owed_count < OWED)
		device->owed[device->owed_count++] =
			(struct owed){ { header | 2u << 8, 0, answer_to(value) }, 3 };
}

static void put_words(uint8_t *bytes, const uint32_t *words, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		vscmi_le32_put(bytes + 4 * i, words[i]);
}

static void answer(struct device *device, struct rings_chain *chain)
{
	uint32_t header = vscmi_le32_get(chain->bytes), chance = dice(&device->seed) % 64;
	uint32_t value = chain->count >= 8 ? vscmi_le32_get(chain->bytes + 4) : 0;
	bool async = chain->count >= 12 && vscmi_le32_get(chain->bytes + 8);
	uint32_t words[] = { header, 0, answer_to(value) };
	uint8_t bytes[sizeof(words)];

	if (chance == 0)
		words[0] ^= 512u << 18; /* a token that nobody has */
	if (chance == 1)
		words[0] ^= 1; /* another message */
	if (chance == 2 || async)
		owe(device, header, value);
	if (chance == 3)
		owe(device, header, value); /* once more */
	if ((header & 0xff) == NOTIFY || async)
		words[2] = 0;
	if ((header & 0xff) == 0)
		words[2] = 0x30000; /* PROTOCOL_VERSION */
	put_words(bytes, words, 3);
	/* The delayed response may be first. */
	if (rings_give_back(rings, VSCMI_VIRTIO_CMDQ, chain, bytes, async ? 8 : 12,
			    async ? 8 : 12))
		sem_post(&called);
}

static void pay(struct device *device)
{
	struct rings_chain chain;

	while (device->owed_count > 0 && rings_take(rings, VSCMI_VIRTIO_EVENTQ, &chain)) {
		/* Old ones do not wait until their tokens are used again. */
		uint32_t number = dice(&device->seed) %
				  (device->owed_count < 8 ? device->owed_count : 8);
		struct owed owed = device->owed[number];
		uint8_t bytes[sizeof(owed.words)];

		memmove(&device->owed[number], &device->owed[number + 1],
			(--device->owed_count - number) * sizeof(owed));
		put_words(bytes, owed.words, owed.count);
		if (rings_give_back(rings, VSCMI_VIRTIO_EVENTQ, &chain, bytes,
				    4 * owed.count, 4 * owed.count))
			sem_post(&called);
	}
}

static void *run_device(void *context)
{
	struct device *device = context;
	struct rings_chain *chain;

	while (!atomic_load(&ending)) {
		chain = &device->held[device->held_count];
		if (device->held_count < HELD &&
		    rings_take(rings, VSCMI_VIRTIO_CMDQ, chain)) {
			device->held_count++;
			if (dice(&device->seed) % 4)
				continue;
		}
		if (device->owed_count < OWED && dice(&device->seed) % 8 == 0)
			device->owed[device->owed_count++] =
				(struct owed){ { 3u << 8 | 0x14 << 10, 0, 1, 2, 3 }, 5 };
		if (dice(&device->seed) % 2)
			pay(device);
		if (device->held_count > 0) {
			uint32_t number = dice(&device->seed) % device->held_count;
			struct rings_chain last = device->held[--device->held_count];
			struct rings_chain next = device->held[number];

			/* Segments point into the chain that they came in. */
			if (number == device->held_count)
				next = last;
			next.chain.writable.segments = next.writable;
			next.chain.readable.segments = next.readable;
			device->held[number] = last;
			answer(device, &next);
			device->held[number].chain.writable.segments =
				device->held[number].writable;
			device->held[number].chain.readable.segments =
				device->held[number].readable;
		} else {
			pay(device);
			sched_yield();
		}
	}
	return NULL;
}

/* What feeds the link: an interrupt handler, if this were a kernel. */
static void *run_feeder(void *context)
{
	while (!atomic_load(&ending)) {
		sem_wait(&called);
		while (vscmi_virtio_driver_process(&rings->driver))
			;
	}
	return NULL;
}

/*
 * ---- The callers ----
 */

static bool (*has_happened)(void);

static bool some_are_answered_and_events_come(void)
{
	return atomic_load(&answered) > 0 && atomic_load(&events) > 0;
}

static bool some_are_lost(void)
{
	return atomic_load(&lost) > 0;
}

static void *run_submitter(void *context)
{
	uint32_t seed = 77 + *(uint32_t *)context;

	/* On, until what a test is about has happened: where threads get no processor in time,
	 * everything may time out, or find no slot, for as long as that lasts. */
	for (uint32_t i = 0; i < COMMANDS || !has_happened(); i++) {
		uint32_t value = dice(&seed), async = dice(&seed) & 1;
		uint8_t message[12];
		const struct vscmi_request request = {
			.protocol = VSCMI_PROTOCOL_CLOCK,
			.message_id = SET,
			.kind = async ? VSCMI_ASYNC : VSCMI_SYNC,
			.message = message,
			.count = sizeof(message),
			.reply_timeout_us = TIMEOUT_US,
		};
		struct vscmi_slot *command;
		struct vscmi_result result;
		enum vscmi_error error;
		size_t count;

		vscmi_le32_put(message + 4, value);
		vscmi_le32_put(message + 8, async);
		error = vscmi_submit(&agent, &request, &command);
		if (error == VSCMI_E_BUSY || error == VSCMI_E_NOT_READY) {
			sched_yield();
			continue;
		}
		if (error != VSCMI_OK) {
			atomic_fetch_add(&errors, 1);
			continue;
		}
		if (dice(&seed) % 32 == 0) {
			vscmi_release(&agent, command);
			continue;
		}
		result = vscmi_wait(&agent, command);
		if (result.error == VSCMI_OK) {
			const uint8_t *bytes = vscmi_answer(command, &count);

			if (count != 12 || vscmi_le32_get(bytes + 8) != answer_to(value))
				atomic_fetch_add(&errors, 1);
			atomic_fetch_add(&answered, 1);
		} else if (result.error == VSCMI_E_LINK_LOST) {
			atomic_fetch_add(&lost, 1);
		} else if (result.error == VSCMI_E_TIMEOUT) {
			atomic_fetch_add(&timed_out, 1);
		} else {
			atomic_fetch_add(&errors, 1);
		}
		vscmi_release(&agent, command);
	}
	return NULL;
}

static void see(void *context, const struct vscmi_event *event)
{
	/* After vscmi_unsubscribe the context is somebody else's. */
	if (!atomic_load((atomic_bool *)context) ||
	    (event->kind != VSCMI_EVENT_RENEWED &&
	     event->clock.rate_hz != (3ull << 32 | 2)))
		atomic_fetch_add(&errors, 1);
	atomic_fetch_add(&events, 1);
}

static void *run_subscriber(void *context)
{
	while (!atomic_load(&ending)) {
		struct vscmi_subscription *subscription;
		atomic_bool alive = true;

		if (vscmi_failed(vscmi_subscribe(&agent, VSCMI_EVENT_CLOCK_RATE_CHANGED,
						 1, see, &alive, &subscription))) {
			sched_yield();
			continue;
		}
		sched_yield();
		vscmi_unsubscribe(&agent, subscription);
		atomic_store(&alive, false);
	}
	return NULL;
}

/*
 * ---- The test ----
 */

static int start(void **state)
{
	const struct vscmi_agent_config config = {
		.port = &vscmi_futex_port,
		.slots = slots,
		.slot_count = SLOTS,
		.replies = replies[0],
		.message_bytes = RINGS_MESSAGE_BYTES,
		.subscriptions = subscriptions,
		.subscription_count = SUBSCRIBERS,
		.reply_timeout_us = TIMEOUT_US,
		.delayed_timeout_us = TIMEOUT_US,
	};
	struct vscmi_agent_config with_link = config;

	rings = aligned_alloc(64, (sizeof(*rings) + 63) / 64 * 64);
	rings_init(rings, 32, 8);
	with_link.link = &rings->driver.link;
	assert_int_equal(vscmi_agent_init(&agent, &with_link), VSCMI_OK);
	assert_int_equal(rings_start(rings, FEATURES), VSCMI_OK);
	/* The device speaks none of it; 3.0 it is. */
	atomic_store(&agent.versions[2], 0x30000);
	sem_init(&called, 0, 0);
	atomic_store(&ending, false);
	return 0;
}

static int end(void **state)
{
	vscmi_virtio_driver_stop(&rings->driver);
	free(rings);
	return 0;
}

static void no_answer_reaches_the_wrong_caller(void **state)
{
	pthread_t device_thread, feeder, submitters[SUBMITTERS], subscribers[SUBSCRIBERS];
	uint32_t numbers[SUBMITTERS];
	struct device *device = calloc(1, sizeof(*device));
	uint32_t free_slots = 0;

	device->seed = 4711;
	has_happened = some_are_answered_and_events_come;
	pthread_create(&device_thread, NULL, run_device, device);
	pthread_create(&feeder, NULL, run_feeder, NULL);
	for (uint32_t i = 0; i < SUBSCRIBERS; i++)
		pthread_create(&subscribers[i], NULL, run_subscriber, NULL);
	for (uint32_t i = 0; i < SUBMITTERS; i++) {
		numbers[i] = i;
		pthread_create(&submitters[i], NULL, run_submitter, &numbers[i]);
	}
	for (uint32_t i = 0; i < SUBMITTERS; i++)
		pthread_join(submitters[i], NULL);
	atomic_store(&ending, true);
	sem_post(&called);
	pthread_join(device_thread, NULL);
	pthread_join(feeder, NULL);
	/* Who still waits for a device that has gone wakes. */
	vscmi_virtio_driver_stop(&rings->driver);
	for (uint32_t i = 0; i < SUBSCRIBERS; i++)
		pthread_join(subscribers[i], NULL);
	free(device);

	assert_int_equal(atomic_load(&errors), 0);
	/* Nothing has leaked. */
	for (uint32_t i = 0; i < SLOTS; i++)
		free_slots += atomic_load(&slots[i].word) == 0;
	assert_int_equal(free_slots, SLOTS);
	for (uint32_t i = 0; i < VSCMI_TOKENS / 32; i++)
		assert_int_equal(atomic_load(&agent.tokens.used[i]), 0);
	for (uint32_t i = 0; i < SUBSCRIBERS; i++)
		assert_int_equal(atomic_load(&subscriptions[i].word), 0);
}

/* The device, too: for the rings are new after each reset. */
static void *reset_again_and_again(void *context)
{
	struct device *device = context;

	while (!atomic_load(&ending)) {
		vscmi_virtio_driver_stop(&rings->driver);
		sched_yield();
		if (rings_start(rings, FEATURES) != VSCMI_OK)
			atomic_fetch_add(&errors, 1);
		device->owed_count = 0;
		for (uint32_t i = 0; i < 20; i++) {
			if (rings_take(rings, VSCMI_VIRTIO_CMDQ, &device->held[0]))
				answer(device, &device->held[0]);
			pay(device);
			sched_yield();
		}
	}
	return NULL;
}

/* Renews what is subscribed as soon as the link is back, and while it goes again. */
static void *run_renewer(void *context)
{
	while (!atomic_load(&ending)) {
		vscmi_agent_wait_up(&agent, TIMEOUT_US);
		vscmi_agent_renew(&agent);
	}
	return NULL;
}

/* A device that comes and goes answers some; the resets end the waits for the others. */
static void resets_wake_everyone(void **state)
{
	struct device *device = calloc(1, sizeof(*device));
	pthread_t resetter, feeder, renewer, subscribers[SUBSCRIBERS];
	pthread_t submitters[SUBMITTERS];
	uint32_t numbers[SUBMITTERS];

	device->seed = 4711;
	atomic_store(&lost, 0);
	has_happened = some_are_lost;
	pthread_create(&resetter, NULL, reset_again_and_again, device);
	pthread_create(&feeder, NULL, run_feeder, NULL);
	pthread_create(&renewer, NULL, run_renewer, NULL);
	for (uint32_t i = 0; i < SUBSCRIBERS; i++)
		pthread_create(&subscribers[i], NULL, run_subscriber, NULL);
	for (uint32_t i = 0; i < SUBMITTERS; i++) {
		numbers[i] = i;
		pthread_create(&submitters[i], NULL, run_submitter, &numbers[i]);
	}
	for (uint32_t i = 0; i < SUBMITTERS; i++)
		pthread_join(submitters[i], NULL);
	atomic_store(&ending, true);
	sem_post(&called);
	pthread_join(resetter, NULL);
	pthread_join(feeder, NULL);
	free(device);
	vscmi_virtio_driver_stop(&rings->driver);
	pthread_join(renewer, NULL);
	for (uint32_t i = 0; i < SUBSCRIBERS; i++)
		pthread_join(subscribers[i], NULL);
	assert_int_equal(atomic_load(&errors), 0);
	assert_int_equal(vscmi_agent_anomalies(&agent, VSCMI_ANOMALY_BUFFER), 0);
	for (uint32_t i = 0; i < SLOTS; i++)
		assert_int_equal(atomic_load(&slots[i].word), 0);
}

/* Whoever finds the link down says so; it is down, and the next start finds it so. */
static void *say_that_it_is_down(void *context)
{
	atomic_uint *barrier = context;

	atomic_fetch_sub(barrier, 1);
	while (atomic_load(barrier) > 0)
		;
	vscmi_agent_link_down(&agent);
	return NULL;
}

static void many_may_say_that_the_link_is_down(void **state)
{
	for (uint32_t round = 0; round < 2000; round++) {
		atomic_uint barrier = 2;
		pthread_t other;

		assert_int_equal(vscmi_agent_link_up(&agent), VSCMI_OK);
		assert_true(vscmi_agent_is_up(&agent));
		assert_int_equal(
			pthread_create(&other, NULL, say_that_it_is_down, &barrier), 0);
		say_that_it_is_down(&barrier);
		assert_int_equal(pthread_join(other, NULL), 0);
		assert_false(vscmi_agent_is_up(&agent));
	}
}

/*
 * ---- A reply and its delayed response at the same instant, on two threads ----
 */

#define ROUNDS 2000u

/* What one of the two feeds in, as soon as the round begins. */
struct racer {
	enum vscmi_channel channel;
	uint32_t words[3], count;
	uint16_t buffer;
	atomic_uint *round, *arrived;
};

static uint32_t sent_header;
static uint16_t sent_buffer;

static enum vscmi_error note_what_is_sent(struct vscmi_link *link, const void *message,
					  size_t count, size_t reply_room,
					  uint16_t buffer, uint32_t epoch)
{
	sent_header = vscmi_le32_get(message);
	sent_buffer = buffer;
	return VSCMI_OK;
}

static void *race(void *context)
{
	struct racer *racer = context;

	for (uint32_t round = 1; round <= ROUNDS; round++) {
		uint8_t bytes[sizeof(racer->words)];

		/* Not yielding at once: the other one is about to start, too. */
		for (uint32_t i = 1; atomic_load(racer->round) < round; i++)
			if (i % 1000 == 0)
				sched_yield();
		put_words(bytes, racer->words, racer->count);
		vscmi_agent_receive(&agent, racer->channel, bytes, 4 * racer->count,
				    racer->buffer);
		atomic_fetch_add(racer->arrived, 1);
	}
	return NULL;
}

/* Every fourth is cancelled at the same instant. */
static void a_reply_and_its_delayed_response_at_the_same_instant_have_one_outcome(
	void **state)
{
	static const struct vscmi_link_ops ops = { .ops_size = sizeof(ops),
						   .send = note_what_is_sent };
	struct vscmi_link link = {
		.ops = &ops,
		.name = "test",
		.max_messages = 1,
		.max_message_bytes = RINGS_MESSAGE_BYTES,
		.timeout_us = VSCMI_VIRTIO_TIMEOUT_US,
		.has_events = true,
	};
	const struct vscmi_agent_config config = {
		.port = &vscmi_futex_port,
		.link = &link,
		.slots = slots,
		.slot_count = 1,
		.replies = replies[0],
		.message_bytes = RINGS_MESSAGE_BYTES,
	};
	atomic_uint round = 0, arrived = 0;
	struct racer racers[] = {
		{ .channel = VSCMI_CHANNEL_COMMANDS, .count = 2 },
		{ .channel = VSCMI_CHANNEL_EVENTS,
		  .count = 3,
		  .buffer = VSCMI_NO_BUFFER },
	};
	uint32_t dropped = 0, cancelled = 0, in_order = 0;
	pthread_t threads[2];

	assert_int_equal(vscmi_agent_init(&agent, &config), VSCMI_OK);
	assert_int_equal(vscmi_agent_link_up(&agent), VSCMI_OK);
	for (int i = 0; i < 2; i++) {
		racers[i].round = &round;
		racers[i].arrived = &arrived;
		pthread_create(&threads[i], NULL, race, &racers[i]);
	}
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		uint32_t overtaken =
			vscmi_agent_anomalies(&agent, VSCMI_ANOMALY_OVERTAKEN);
		uint8_t message[4];
		const struct vscmi_request request = {
			.protocol = VSCMI_PROTOCOL_CLOCK,
			.message_id = SET,
			.kind = VSCMI_ASYNC,
			.message = message,
			.count = sizeof(message),
		};
		struct vscmi_slot *command;
		size_t count;

		assert_int_equal(vscmi_submit(&agent, &request, &command), VSCMI_OK);
		racers[0].words[0] = sent_header;
		racers[0].buffer = sent_buffer;
		racers[1].words[0] = sent_header | VSCMI_DELAYED_RESPONSE << 8;
		racers[1].words[2] = answer_to(i);
		atomic_store(&round, i);
		if (i % 4 == 0) {
			cancelled++;
		} else {
			assert_int_equal(vscmi_wait(&agent, command).error, VSCMI_OK);
			assert_int_equal(
				vscmi_le32_get(vscmi_answer(command, &count) + 8),
				answer_to(i));
		}
		vscmi_release(&agent, command);
		while (atomic_load(&arrived) < 2 * i)
			sched_yield();
		/* Both are done, the owner has let go: the slot is free for the next. */
		assert_int_equal(atomic_load(&slots[0].word), 0);
		if (i % 4 != 0)
			in_order += vscmi_agent_anomalies(
					    &agent, VSCMI_ANOMALY_OVERTAKEN) == overtaken;
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	/* Of those that were waited for, each reply was taken or overtaken; nothing else. */
	for (enum vscmi_anomaly i = 0; i < VSCMI_ANOMALIES; i++)
		dropped += vscmi_agent_anomalies(&agent, i);
	assert_in_range(dropped, ROUNDS - cancelled - in_order,
			ROUNDS - cancelled - in_order + 2 * cancelled);
	assert_int_equal(vscmi_agent_anomalies(&agent, VSCMI_ANOMALY_SECOND_REPLY), 0);
	assert_int_equal(vscmi_agent_anomalies(&agent, VSCMI_ANOMALY_SECOND_DELAYED), 0);
	assert_int_equal(vscmi_agent_anomalies(&agent, VSCMI_ANOMALY_BUFFER), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_answer_reaches_the_wrong_caller, start,
						end),
		cmocka_unit_test_setup_teardown(resets_wake_everyone, start, end),
		cmocka_unit_test(
			a_reply_and_its_delayed_response_at_the_same_instant_have_one_outcome),
		cmocka_unit_test_setup_teardown(many_may_say_that_the_link_is_down, start,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
