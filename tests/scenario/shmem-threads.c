/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many threads on one agent over shared memory: they submit, find the channel taken or get their
 * own answers, while another one feeds in what comes and the link goes down and up. Run it in a
 * build with -Db_sanitize=thread, too.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "message/cursor.h"
#include "vscmi/agent.h"
#include "vscmi/host/port.h"
#include "vscmi/link/shmem_agent.h"
#include "vscmi/link/shmem_platform.h"

#define SUBMITTERS 4u
#define COMMANDS   500u /* of each */
#define SLOTS      6u
#define ROOM       64u

static struct vscmi_shmem_agent agent_end;
static struct vscmi_shmem_platform platform_end;
static struct vscmi_agent agent;
static struct vscmi_slot slots[SLOTS];
static uint8_t replies[SLOTS][VSCMI_AGENT_MESSAGE_BYTES];
static _Alignas(4) uint8_t areas[2][VSCMI_SHMEM_AREA_BYTES(ROOM)];
static sem_t rung, interrupted;
static atomic_bool has_rung[2], ending;
static atomic_uint errors, answered, busy, lost, running;

/*
 * ---- The platform: it answers with the value that it was sent, now or later ----
 */

static pthread_mutex_t platform_lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t delayed[SLOTS][12];
static uint32_t delayed_count;
static bool loses; /* some commands, and the channel with them */

static enum vscmi_error connect(struct vscmi_service *service, uint32_t agent_id,
				const struct vscmi_service_channel *channel)
{
	delayed_count = 0;
	return VSCMI_OK;
}

static void disconnect(struct vscmi_service *service, uint32_t agent_id)
{
}

static enum vscmi_service_outcome handle(struct vscmi_service *service, uint32_t agent_id,
					 const void *request, size_t count, void *reply,
					 size_t room, void *cookie, size_t *ret_count)
{
	const uint8_t *words = request;
	uint32_t header = vscmi_le32_get(words);
	bool later = vscmi_le32_get(words + 8);
	uint8_t answer[12] = { 0 };

	if (loses && vscmi_le32_get(words + 4) % 50 == 7)
		return VSCMI_SERVICE_LOST;
	memcpy(answer, words, 4);
	memcpy(answer + 8, words + 4, 4);
	*ret_count = later ? 8 : 12;
	memcpy(reply, answer, *ret_count);
	if (later && delayed_count < SLOTS) {
		vscmi_le32_put(answer, header | VSCMI_DELAYED_RESPONSE << 8);
		memcpy(delayed[delayed_count++], answer, sizeof(answer));
	}
	return VSCMI_SERVICE_ANSWERED;
}

/* The last one first. */
static bool event(struct vscmi_service *service, uint32_t agent_id, void *bytes,
		  size_t room, size_t *ret_count)
{
	if (delayed_count == 0)
		return false;
	memcpy(bytes, delayed[--delayed_count], sizeof(delayed[0]));
	*ret_count = sizeof(delayed[0]);
	return true;
}

static bool event_waits(struct vscmi_service *service, uint32_t agent_id)
{
	return delayed_count > 0;
}

static size_t held_max(struct vscmi_service *service)
{
	return 1;
}

static const struct vscmi_service_ops service_ops = {
	.ops_size = sizeof(service_ops),
	.connect = connect,
	.disconnect = disconnect,
	.handle = handle,
	.event = event,
	.event_waits = event_waits,
	.held_max = held_max,
};
static struct vscmi_service service = { &service_ops };

static void *run_platform(void *context)
{
	while (!atomic_load(&ending)) {
		sem_wait(&rung);
		pthread_mutex_lock(&platform_lock);
		for (enum vscmi_channel i = 0; i < 2; i++)
			if (atomic_exchange(&has_rung[i], false))
				vscmi_shmem_platform_rung(&platform_end, i);
		pthread_mutex_unlock(&platform_lock);
	}
	return NULL;
}

/*
 * ---- The agent ----
 */

static void ring(void *context, enum vscmi_channel channel)
{
	atomic_store(&has_rung[channel], true);
	sem_post(&rung);
}

static void interrupt(void *context, enum vscmi_channel channel)
{
	sem_post(&interrupted);
}

static void reset(void *context)
{
}

static void *run_feeder(void *context)
{
	while (!atomic_load(&ending)) {
		sem_wait(&interrupted);
		while (vscmi_shmem_agent_process(&agent_end))
			;
	}
	return NULL;
}

static void check(struct vscmi_slot *command, uint32_t value)
{
	enum vscmi_error error = vscmi_wait(&agent, command).error;
	size_t count;
	const uint8_t *answer = vscmi_answer(command, &count);

	if (error == VSCMI_E_LINK_LOST)
		atomic_fetch_add(&lost, 1);
	else if (error || count != 12 || vscmi_le32_get(answer + 8) != value)
		atomic_fetch_add(&errors, 1);
	else
		atomic_fetch_add(&answered, 1);
}

static void *run_submitter(void *context)
{
	uint32_t first = *(uint32_t *)context * COMMANDS;

	for (uint32_t value = first; value < first + COMMANDS;) {
		uint8_t message[12];
		const struct vscmi_request request = {
			.protocol = VSCMI_PROTOCOL_CLOCK,
			.message_id = 5,
			.kind = value % 3 ? VSCMI_SYNC : VSCMI_ASYNC,
			.message = message,
			.count = sizeof(message),
			.reply_timeout_us = 60000000,
		};
		struct vscmi_slot *command;
		enum vscmi_error error;

		vscmi_le32_put(message + 4, value);
		vscmi_le32_put(message + 8, request.kind == VSCMI_ASYNC);
		error = vscmi_submit(&agent, &request, &command);
		if (error == VSCMI_OK) {
			check(command, value++);
			vscmi_release(&agent, command);
		} else if (error == VSCMI_E_BUSY || error == VSCMI_E_NOT_READY) {
			atomic_fetch_add(&busy, error == VSCMI_E_BUSY);
			sched_yield();
		} else {
			atomic_fetch_add(&errors, 1);
			value++;
		}
	}
	atomic_fetch_sub(&running, 1);
	return NULL;
}

static void start_link(void)
{
	pthread_mutex_lock(&platform_lock);
	assert_int_equal(vscmi_shmem_platform_start(&platform_end), VSCMI_OK);
	pthread_mutex_unlock(&platform_lock);
	assert_int_equal(vscmi_shmem_agent_start(&agent_end), VSCMI_OK);
}

static void stop_link(void)
{
	vscmi_shmem_agent_stop(&agent_end);
	pthread_mutex_lock(&platform_lock);
	vscmi_shmem_platform_stop(&platform_end);
	pthread_mutex_unlock(&platform_lock);
}

/*
 * ---- The tests ----
 */

static int set_up(void **state)
{
	const struct vscmi_shmem_agent_config agent_config = {
		.commands = { areas[VSCMI_CHANNEL_COMMANDS], sizeof(areas[0]) },
		.events = { areas[VSCMI_CHANNEL_EVENTS], sizeof(areas[0]) },
		.command_count = SLOTS,
		.interrupts = true,
		.ring = ring,
	};
	const struct vscmi_shmem_platform_config platform_config = {
		.service = &service,
		.commands = agent_config.commands,
		.events = agent_config.events,
		.interrupt = interrupt,
		.reset = reset,
	};
	const struct vscmi_agent_config config = {
		.port = &vscmi_futex_port,
		.link = &agent_end.link,
		.slots = slots,
		.slot_count = SLOTS,
		.replies = replies[0],
		.message_bytes = sizeof(replies[0]),
		.delayed_timeout_us = 60000000,
	};

	assert_int_equal(vscmi_shmem_platform_init(&platform_end, &platform_config),
			 VSCMI_OK);
	assert_int_equal(vscmi_shmem_agent_init(&agent_end, &agent_config), VSCMI_OK);
	assert_int_equal(vscmi_agent_init(&agent, &config), VSCMI_OK);
	sem_init(&rung, 0, 0);
	sem_init(&interrupted, 0, 0);
	atomic_store(&ending, false);
	errors = answered = busy = lost = 0;
	loses = false;
	start_link();
	return 0;
}

static void run(void (*meanwhile)(void))
{
	pthread_t platform, feeder, submitters[SUBMITTERS];
	uint32_t numbers[SUBMITTERS];

	running = SUBMITTERS;
	pthread_create(&platform, NULL, run_platform, NULL);
	pthread_create(&feeder, NULL, run_feeder, NULL);
	for (uint32_t i = 0; i < SUBMITTERS; i++) {
		numbers[i] = i;
		pthread_create(&submitters[i], NULL, run_submitter, &numbers[i]);
	}
	meanwhile();
	for (uint32_t i = 0; i < SUBMITTERS; i++)
		pthread_join(submitters[i], NULL);
	atomic_store(&ending, true);
	sem_post(&rung);
	sem_post(&interrupted);
	pthread_join(platform, NULL);
	pthread_join(feeder, NULL);
	stop_link();
	assert_int_equal(atomic_load(&errors), 0);
	for (uint32_t i = 0; i < SLOTS; i++)
		assert_int_equal(atomic_load(&slots[i].word), 0);
	assert_int_equal(vscmi_agent_anomalies(&agent, VSCMI_ANOMALY_BUFFER), 0);
}

static void nothing(void)
{
}

static void each_gets_its_own_answer_or_finds_the_channel_taken(void **state)
{
	run(nothing);
	assert_int_equal(atomic_load(&answered), SUBMITTERS * COMMANDS);
	assert_true(atomic_load(&busy) > 0);
	for (enum vscmi_anomaly i = 0; i < VSCMI_ANOMALIES; i++)
		if (i != VSCMI_ANOMALY_OVERTAKEN)
			assert_int_equal(vscmi_agent_anomalies(&agent, i), 0);
}

static void stop_and_start(void)
{
	while (atomic_load(&running) > 0) {
		stop_link();
		sched_yield();
		start_link();
		for (uint32_t i = 0; i < 20; i++)
			sched_yield();
	}
}

static void a_link_that_comes_and_goes_wakes_everyone(void **state)
{
	loses = true;
	run(stop_and_start);
	assert_int_equal(answered + lost, SUBMITTERS * COMMANDS);
	assert_true(atomic_load(&answered) > 0);
	assert_true(atomic_load(&lost) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			each_gets_its_own_answer_or_finds_the_channel_taken, set_up),
		cmocka_unit_test_setup(a_link_that_comes_and_goes_wakes_everyone, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
