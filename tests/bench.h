/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A platform on the bench: clocks and sensors that do what the test says, three agents, and
 * what each was sent. Memory is exactly as long as asked for, so that ASan sees a step too far.
 *
 * Agent 1 is trusted and sees everything. Agent 2 sees everything. Agent 3 sees CLOCK_FIXED as
 * clock 0, CLOCK_LIST as clock 1, of which it may change the state, and SENSOR_PLAIN as sensor
 * 0, which it may not configure; it may ask for shutdown alone.
 */
#ifndef VSCMI_TESTS_BENCH_H
#define VSCMI_TESTS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vscmi/platform.h"

enum { TRUSTED = 1, PEER = 2, GUEST = 3, AGENTS = 3 };

/* On device 1: CLOCK_RANGE and SENSOR_AXES. */
enum {
	CLOCK_LIST,  /* 10, 20, 40 MHz; asynchronous; notifies; parents RANGE and FIXED */
	CLOCK_RANGE, /* 1 to 9.5 MHz in steps of 1 MHz; duty cycle */
	CLOCK_FIXED, /* nothing can be changed; enabled */
	CLOCKS,
};

enum {
	SENSOR_FULL, /* everything that a scalar can have */
	SENSOR_AXES, /* three axes: the first with a range, the last with a long name too */
	SENSOR_PLAIN, /* nothing that is optional */
	SENSOR_OFF,   /* disabled at start; intervals 1 to 2 s in steps of 250 ms */
	SENSORS,
};

#define BENCH_PENDING_MAX       2
#define BENCH_NOTIFICATIONS_MAX 4
#define BENCH_MESSAGE_BYTES     256

struct bench_message {
	size_t count; /* bytes, header word included */
	uint8_t bytes[BENCH_MESSAGE_BYTES];
};

struct bench_clock {
	uint64_t rate_hz, wanted_hz;
	bool enabled;
	uint8_t parent;
	uint32_t percent;
	unsigned enables; /* calls of enable */
	int32_t status;   /* what ops return; VSCMI_SUCCESS: they do it */
	bool is_later;    /* rate changes are */
	struct vscmi_op *op;
};

struct bench_sensor {
	struct vscmi_sensor_reading readings[3];
	int32_t status;
	bool is_later;
	uint64_t delay_us; /* if later: ends by itself; 0: bench_end() ends it */
	unsigned reads;
	struct vscmi_op *op;
	struct vscmi_sensor_reading *later; /* to fill before the end */
};

struct bench_agent {
	struct vscmi_service_channel channel;
	bool ready; /* events_ready was called since bench_event() returned nothing */
	struct bench_message reply; /* to a held command */
	void *cookie;
	unsigned replies;
};

struct bench {
	struct vscmi_platform_config config;
	struct vscmi_platform_base base;
	struct vscmi_platform_system system;
	struct vscmi_platform_agent agents[AGENTS];
	struct vscmi_platform_clock clocks[CLOCKS];
	struct vscmi_platform_sensor sensors[SENSORS];
	struct vscmi_platform_sensor_axis axes[3];

	struct bench_clock clock[CLOCKS];
	struct bench_sensor sensor[SENSORS];
	struct bench_agent agent[AGENTS + 1]; /* by id */
	uint32_t asked_by;                    /* of the last system power request */
	enum vscmi_system_state asked_state;
	bool asked_graceful;
	int32_t system_status;

	struct vscmi_platform *platform;
	void *memory;
	uint64_t now_us;
};

/* Describe everything; the test may change the description before bench_start(). */
void bench_describe(struct bench *bench);

/* Make the platform, and connect all agents; with events or without. */
void bench_start(struct bench *bench, bool events);

void bench_end(struct bench *bench);

/* cmocka's setup and teardown, for tests that find a started bench with events in *state. */
int bench_setup(void **state);
int bench_teardown(void **state);

/*
 * ---- Commands ----
 */

struct bench_answer {
	enum vscmi_service_outcome outcome;
	int32_t status;
	size_t word_count; /* after the status word */
	uint32_t words[62];
	struct bench_message message;
};

/* A command of words after the header word, with that much room for the whole reply. */
struct bench_answer bench_ask_with_room(struct bench *bench, uint32_t agent_id,
					uint8_t protocol, uint8_t message_id,
					const uint32_t *words, size_t word_count,
					size_t room);

/* Any number of words, as an argument and its count. */
#define BENCH_WORDS(...)                            \
	(const uint32_t[]){ 0, ##__VA_ARGS__ } + 1, \
		sizeof((const uint32_t[]){ 0, ##__VA_ARGS__ }) / sizeof(uint32_t) - 1

#define ask_with_room(bench, room, agent_id, protocol, message_id, ...)             \
	bench_ask_with_room(bench, agent_id, VSCMI_PROTOCOL_##protocol, message_id, \
			    BENCH_WORDS(__VA_ARGS__), room)

#define ask(bench, agent_id, protocol, message_id, ...)                           \
	ask_with_room(bench, BENCH_MESSAGE_BYTES, agent_id, protocol, message_id, \
		      ##__VA_ARGS__)

/* The same, for its status alone. */
#define status_of(...) (ask(__VA_ARGS__).status)

/* A test fails unless the words after status are these. */
#define assert_words(answer, ...) \
	bench_assert_words(answer, BENCH_WORDS(__VA_ARGS__), __FILE__, __LINE__)

void bench_assert_words(struct bench_answer answer, const uint32_t *words,
			size_t word_count, const char *file, int line);

/* Speak another version of a protocol. */
void bench_negotiate(struct bench *bench, uint32_t agent_id, uint8_t protocol,
		     uint32_t version);

/*
 * ---- Events ----
 */

/* The next event of an agent; false: none. Words are those after the header word. */
struct bench_event {
	struct vscmi_header header;
	size_t word_count;
	uint32_t words[16];
};

bool bench_event(struct bench *bench, uint32_t agent_id, struct bench_event *ret_event);

/* A test fails unless the next event is this one. */
#define assert_event(bench, agent_id, type, protocol, message_id, ...)                   \
	bench_assert_event(bench, agent_id, type, VSCMI_PROTOCOL_##protocol, message_id, \
			   BENCH_WORDS(__VA_ARGS__), __FILE__, __LINE__)

void bench_assert_event(struct bench *bench, uint32_t agent_id,
			enum vscmi_message_type type, uint8_t protocol,
			uint8_t message_id, const uint32_t *words, size_t word_count,
			const char *file, int line);

void bench_assert_no_event(struct bench *bench, uint32_t agent_id);

/* Complete a rate change or a reading that is under way, with what the resource now says. */
void bench_complete_rate(struct bench *bench, uint16_t clock, int32_t status);
void bench_complete_reading(struct bench *bench, uint16_t sensor, int32_t status);

void bench_advance(struct bench *bench, uint64_t by_us);

#endif
