/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Everything at once, on real threads: a platform with a fault layer that does every fault,
 * behind virtqueues, in a thread of its own; interrupt handlers, resets, submitters and
 * subscribers on the agent's side. What arrives may be anything, so what is asked is that every
 * answer bears its command's header, that everybody comes back, and that nothing is left behind.
 * Run it in a build with -Db_sanitize=thread, too.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "agent/id_pool.h"
#include "bench.h"
#include "message/cursor.h"
#include "rings.h"
#include "vscmi/agent/clock.h"
#include "vscmi/agent/event.h"
#include "vscmi/agent/sensor.h"
#include "vscmi/fault.h"
#include "vscmi/host/loop.h"
#include "vscmi/host/port.h"
#include "vscmi/link/virtio_device.h"

#define SUBMITTERS  6u
#define COMMANDS    500u /* of each */
#define SUBSCRIBERS 2u
#define FEEDERS     2u
#define SLOTS       16u
#define KEPT        16u /* messages, by the fault layer */
#define HELD        256u
#define TIMEOUT_US  UINT64_C(10000)
#define BUSY_MAX    200u /* in a row, then the device has lost too many buffers */
#define FEATURES    VSCMI_VIRTIO_DRIVER_FEATURES

enum { RATE_SET = 5 };

static struct rings *rings;
static struct bench *bench;
static struct vscmi_faults *faults;
static void *faults_memory;
static struct vscmi_virtio_device device;
static struct vscmi_virtio_device_command held[HELD];
static struct vscmi_agent agent;
static struct vscmi_slot slots[SLOTS];
static uint8_t replies[SLOTS][RINGS_MESSAGE_BYTES];
static struct vscmi_subscription subscriptions[SUBSCRIBERS];

static sem_t called, reset_wanted, obeyed;
static enum order {
	NOTHING,
	START,
	STOP,
	END
} order; /* to the device, between two semaphores */
static atomic_bool ordered, subscribers_end, all_end;
static atomic_uint ended, strange, notified;

static uint32_t dice(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/*
 * ---- The device ----
 */

static void publish(void *context, enum vscmi_virtio_queue queue)
{
	if (vscmi_virtq_device_publish(&rings->device_ends[queue]))
		sem_post(&called);
}

static void on_reset(void *context)
{
	sem_post(&reset_wanted);
}

/* Do it, and wait until it is done. */
static void give_order(enum order what)
{
	order = what;
	atomic_store(&ordered, true);
	sem_wait(&obeyed);
}

static bool obey(void)
{
	bool goes_on = order != END;

	if (order == START)
		for (enum vscmi_virtio_queue i = 0; i < VSCMI_VIRTIO_QUEUES; i++)
			vscmi_virtio_device_start(&device, i, &rings->device_ends[i],
						  FEATURES);
	else
		vscmi_virtio_device_reset(&device);
	atomic_store(&ordered, false);
	sem_post(&obeyed);
	return goes_on;
}

static void *run_device(void *context)
{
	struct vscmi_service *service = vscmi_faults_service(faults);
	uint32_t seed = 4711;

	for (;;) {
		uint64_t now_us = vscmi_monotonic_us();

		if (atomic_load(&ordered) && !obey())
			return NULL;
		service->ops->advance(service, now_us);
		if (bench->clock[CLOCK_LIST].op && dice(&seed) % 4 == 0)
			bench_complete_rate(bench, CLOCK_LIST, VSCMI_SUCCESS);
		if (dice(&seed) % 16 == 0)
			vscmi_platform_clock_changed(bench->platform, CLOCK_LIST);
		if (!vscmi_virtio_device_process(&device))
			sched_yield();
	}
}

/*
 * ---- The driver ----
 */

static void *run_feeder(void *context)
{
	while (!atomic_load(&all_end)) {
		sem_wait(&called);
		while (vscmi_virtio_driver_process(&rings->driver))
			;
	}
	return NULL;
}

static void start_link(void)
{
	rings_ready(rings, FEATURES);
	give_order(START);
	if (vscmi_virtio_driver_start(
		    &rings->driver, FEATURES, &rings->driver_ends[VSCMI_VIRTIO_CMDQ],
		    &rings->driver_ends[VSCMI_VIRTIO_EVENTQ]) != VSCMI_OK)
		atomic_fetch_add(&strange, 1);
}

static void *run_resetter(void *context)
{
	for (uint32_t i = 0;; i++) {
		sem_wait(&reset_wanted);
		if (atomic_load(&all_end))
			return NULL;
		/* The driver finds out first, or the device. */
		if (i % 2)
			give_order(STOP);
		vscmi_virtio_driver_stop(&rings->driver);
		if (i % 2 == 0)
			give_order(STOP);
		while (sem_trywait(&reset_wanted) == 0)
			; /* this is it */
		start_link();
	}
}

/*
 * ---- The callers ----
 */

/* A rate change that takes its time, looked at from below the typed calls. */
static enum vscmi_error change_rate(uint32_t *seed)
{
	bool async = dice(seed) % 2;
	uint8_t message[20];
	const struct vscmi_request request = {
		.protocol = VSCMI_PROTOCOL_CLOCK,
		.message_id = RATE_SET,
		.kind = async ? VSCMI_ASYNC : VSCMI_SYNC,
		.message = message,
		.count = sizeof(message),
	};
	struct vscmi_slot *command;
	struct vscmi_result result;
	enum vscmi_error error;

	vscmi_le32_put(message + 4, async);
	vscmi_le32_put(message + 8, CLOCK_LIST);
	vscmi_le32_put(message + 12, 10000000u << dice(seed) % 3);
	vscmi_le32_put(message + 16, 0);
	error = vscmi_submit(&agent, &request, &command);
	if (error != VSCMI_OK)
		return error;
	if (dice(seed) % 16 != 0) {
		result = vscmi_wait(&agent, command);
		error = result.error;
		if (error == VSCMI_OK || error == VSCMI_E_REFUSED) {
			size_t count;
			const uint8_t *bytes = vscmi_answer(command, &count);
			uint32_t type = VSCMI_DELAYED_RESPONSE << 8;
			uint32_t sent = vscmi_le32_get(message);
			uint32_t came = vscmi_le32_get(bytes);

			if (count < 8 ||
			    (came != sent && (!async || came != (sent | type))))
				atomic_fetch_add(&strange, 1);
		}
	}
	vscmi_release(&agent, command);
	return error;
}

static enum vscmi_error call_something(uint32_t *seed)
{
	struct vscmi_sensor_reading reading;
	uint64_t rate_hz;
	uint32_t count;

	switch (dice(seed) % 4) {
	case 0:
		return vscmi_clock_rate_get(&agent, CLOCK_RANGE, &rate_hz).error;
	case 1:
		return vscmi_clock_rate_set_async(&agent, CLOCK_LIST, 20000000,
						  VSCMI_CLOCK_ROUND_NEAREST, &rate_hz)
			.error;
	case 2:
		return vscmi_sensor_reading_get_async(&agent, SENSOR_FULL, &reading, 1,
						      &count)
			.error;
	default:
		return change_rate(seed);
	}
}

static void *run_submitter(void *context)
{
	uint32_t seed = 77 + *(uint32_t *)context, busy = 0;

	for (uint32_t i = 0; i < COMMANDS; i++) {
		enum vscmi_error error = call_something(&seed);

		switch (error) {
		case VSCMI_OK:
		case VSCMI_E_REFUSED:
		case VSCMI_E_TIMEOUT:
		case VSCMI_E_LINK_LOST:
		case VSCMI_E_MALFORMED:
		case VSCMI_E_UNSUPPORTED: /* what was forged said so */
		case VSCMI_E_TOO_BIG:
			atomic_fetch_add(&ended, 1);
			busy = 0;
			break;
		case VSCMI_E_BUSY:
		case VSCMI_E_NOT_READY:
			if (++busy % BUSY_MAX == 0)
				sem_post(&reset_wanted);
			sched_yield();
			i--;
			break;
		default:
			atomic_fetch_add(&strange, 1);
		}
	}
	return NULL;
}

static void see(void *context, const struct vscmi_event *event)
{
	/* After vscmi_unsubscribe the context is somebody else's. */
	if (!atomic_load((atomic_bool *)context))
		atomic_fetch_add(&strange, 1);
	atomic_fetch_add(&notified, 1);
}

static void *run_subscriber(void *context)
{
	while (!atomic_load(&subscribers_end)) {
		struct vscmi_subscription *subscription;
		atomic_bool alive = true;
		uint32_t before = atomic_load(&ended);

		if (vscmi_failed(vscmi_subscribe(&agent, VSCMI_EVENT_CLOCK_RATE_CHANGED,
						 CLOCK_LIST, see, &alive,
						 &subscription))) {
			sched_yield();
			continue;
		}
		while (atomic_load(&ended) - before < 20 &&
		       !atomic_load(&subscribers_end))
			sched_yield();
		vscmi_unsubscribe(&agent, subscription);
		atomic_store(&alive, false);
	}
	return NULL;
}

/*
 * ---- The test ----
 */

/* Some for certain, more by chance. */
static void add_faults(void)
{
	for (enum vscmi_fault i = 0; i < VSCMI_FAULT_COUNT; i++) {
		struct vscmi_fault_rule rule = {
			.fault = i,
			.protocol = VSCMI_FAULT_ANY,
			.message_id = VSCMI_FAULT_ANY,
			.probability = VSCMI_FAULT_CERTAIN,
			.skip = 40,
			.times = 2,
			.min_us = 10,
			.max_us = 1000,
			.amount = 3,
			.status = VSCMI_BUSY,
		};
		uint32_t id;

		assert_int_equal(vscmi_faults_add(faults, &rule, &id), VSCMI_OK);
		rule.times = 0;
		rule.probability = i == VSCMI_FAULT_RESET ? 2000 : 10000;
		assert_int_equal(vscmi_faults_add(faults, &rule, &id), VSCMI_OK);
	}
}

static void open_device(void)
{
	struct vscmi_faults_config config = {
		.agent_count = AGENTS,
		.rules_max = 2 * VSCMI_FAULT_COUNT,
		.messages_max = KEPT,
		.seed = 1,
	};
	size_t bytes;

	bench = malloc(sizeof(*bench));
	bench_describe(bench);
	bench_start(bench, true);
	vscmi_platform_disconnect(bench->platform, TRUSTED);
	bench->clock[CLOCK_LIST].is_later = true;
	bench->sensor[SENSOR_FULL].is_later = true;
	bench->sensor[SENSOR_FULL].delay_us = 100;
	config.service = vscmi_platform_service(bench->platform);
	bytes = vscmi_faults_bytes(&config);
	faults_memory = malloc(bytes);
	assert_int_equal(vscmi_faults_init(&config, faults_memory, bytes, &faults),
			 VSCMI_OK);
	add_faults();
	assert_int_equal(
		vscmi_virtio_device_init(&device,
					 &(struct vscmi_virtio_device_config){
						 .service = vscmi_faults_service(faults),
						 .agent_id = TRUSTED,
						 .commands = held,
						 .command_count = HELD,
						 .publish = publish,
						 .reset = on_reset,
					 }),
		VSCMI_OK);
}

static void open_agent(void)
{
	rings = aligned_alloc(64, (sizeof(*rings) + 63) / 64 * 64);
	rings_init(rings, 32, 8);
	assert_int_equal(vscmi_agent_init(&agent,
					  &(struct vscmi_agent_config){
						  .port = &vscmi_futex_port,
						  .link = &rings->driver.link,
						  .slots = slots,
						  .slot_count = SLOTS,
						  .replies = replies[0],
						  .message_bytes = RINGS_MESSAGE_BYTES,
						  .subscriptions = subscriptions,
						  .subscription_count = SUBSCRIBERS,
						  .reply_timeout_us = TIMEOUT_US,
						  .delayed_timeout_us = TIMEOUT_US,
					  }),
			 VSCMI_OK);
}

static void expect_nothing_left(void)
{
	const struct vscmi_fault_entry *entry = NULL;

	for (uint32_t i = 0; i < SLOTS; i++)
		assert_int_equal(atomic_load(&slots[i].word), 0);
	/* The slot that was given back last is free by that alone. */
	vscmi_id_put_next(&agent.slots, atomic_load(&agent.slots.last) - 1);
	for (uint32_t i = 0; i < VSCMI_TOKENS / 32; i++) {
		assert_int_equal(atomic_load(&agent.tokens.used[i]), 0);
		assert_int_equal(atomic_load(&agent.slots.used[i]), 0);
	}
	for (uint32_t i = 0; i < SUBSCRIBERS; i++)
		assert_int_equal(atomic_load(&subscriptions[i].word), 0);
	assert_int_equal(vscmi_agent_anomalies(&agent, VSCMI_ANOMALY_BUFFER), 0);
	while ((entry = vscmi_faults_next_rule(faults, entry ? entry->id : 0)))
		if (entry->rule.times && entry->done + entry->missed == 0)
			fail_msg("%s was never done",
				 vscmi_fault_name(entry->rule.fault));
}

static void everybody_comes_back_whatever_arrives(void **state)
{
	pthread_t submitters[SUBMITTERS], subscribers[SUBSCRIBERS], feeders[FEEDERS];
	pthread_t device_thread, resetter;
	uint32_t numbers[SUBMITTERS];

	sem_init(&called, 0, 0);
	sem_init(&reset_wanted, 0, 0);
	sem_init(&obeyed, 0, 0);
	open_device();
	open_agent();
	pthread_create(&device_thread, NULL, run_device, NULL);
	start_link();
	pthread_create(&resetter, NULL, run_resetter, NULL);
	for (uint32_t i = 0; i < FEEDERS; i++)
		pthread_create(&feeders[i], NULL, run_feeder, NULL);
	for (uint32_t i = 0; i < SUBSCRIBERS; i++)
		pthread_create(&subscribers[i], NULL, run_subscriber, NULL);
	for (uint32_t i = 0; i < SUBMITTERS; i++) {
		numbers[i] = i;
		pthread_create(&submitters[i], NULL, run_submitter, &numbers[i]);
	}
	for (uint32_t i = 0; i < SUBMITTERS; i++)
		pthread_join(submitters[i], NULL);
	atomic_store(&subscribers_end, true);
	for (uint32_t i = 0; i < SUBSCRIBERS; i++)
		pthread_join(subscribers[i], NULL);
	atomic_store(&all_end, true);
	sem_post(&reset_wanted);
	pthread_join(resetter, NULL);
	for (uint32_t i = 0; i < FEEDERS; i++)
		sem_post(&called);
	for (uint32_t i = 0; i < FEEDERS; i++)
		pthread_join(feeders[i], NULL);
	give_order(END);
	pthread_join(device_thread, NULL);
	vscmi_virtio_driver_stop(&rings->driver);

	assert_int_equal(atomic_load(&strange), 0);
	assert_true(atomic_load(&ended) >= SUBMITTERS * COMMANDS);
	assert_true(atomic_load(&notified) > 0);
	expect_nothing_left();
	bench_end(bench);
	free(bench);
	free(faults_memory);
	free(rings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_comes_back_whatever_arrives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
