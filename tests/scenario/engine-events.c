/* SPDX-License-Identifier: BSD-3-Clause */
/* Notifications: who is told, how many at once, and where their buffers are meanwhile. */
#include "engine.h"

#include "vscmi/agent/event.h"

#define KIND VSCMI_EVENT_CLOCK_RATE_CHANGED

/* What the subscribers were told, in order. */
struct heard {
	struct engine *engine;
	uint32_t count;
	uint64_t rates_hz[SERVICE_EVENTS];
	struct vscmi_subscription *subscription;
};

static void keep(void *context, const struct vscmi_event *event)
{
	struct heard *heard = context;

	assert_true(heard->count < SERVICE_EVENTS);
	heard->rates_hz[heard->count++] = event->clock.rate_hz;
}

static void subscribe(struct heard *heard,
		      void (*callback)(void *context, const struct vscmi_event *event))
{
	heard->engine->service->answer = engine_answer;
	assert_int_equal(vscmi_subscribe(heard->engine->agent, KIND, 1, callback, heard,
					 &heard->subscription)
				 .error,
			 VSCMI_OK);
}

static uint32_t header_of(enum vscmi_event_kind kind)
{
	return vscmi_header_pack((struct vscmi_header){
		.protocol = (uint8_t)((uint32_t)kind >> 8),
		.message_id = (uint8_t)kind,
		.type = VSCMI_NOTIFICATION,
	});
}

static void notify(struct engine *engine, uint32_t clock, uint32_t rate_hz)
{
	engine_event(engine, SCRIPT_WORDS(header_of(KIND), 0, clock, rate_hz, 0));
}

static void expect_dropped(struct engine *engine, enum vscmi_anomaly anomaly,
			   enum vscmi_event_kind kind)
{
	assert_int_equal(engine->script->last_anomaly, anomaly);
	assert_int_equal(vscmi_header_pack(engine->script->last_header), header_of(kind));
}

static void an_event_that_nobody_knows_is_dropped(void **state)
{
	static const enum vscmi_event_kind unknown[] = {
		(enum vscmi_event_kind)0x1402, /* no such notification */
		(enum vscmi_event_kind)0x80ff, /* no such protocol */
	};
	struct engine *engine = *state;
	struct heard heard = { .engine = engine };

	subscribe(&heard, keep);
	for (uint32_t i = 0; i < 2; i++) {
		engine_event(engine, SCRIPT_WORDS(header_of(unknown[i]), 0, 1, 5, 0));
		expect_dropped(engine, VSCMI_ANOMALY_UNKNOWN_EVENT, unknown[i]);
	}
	notify(engine, 1, 7);
	assert_int_equal(heard.count, 1);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_UNKNOWN_EVENT, 2,
				VSCMI_ANOMALIES);
}

static void an_event_that_nobody_wants_is_dropped(void **state)
{
	struct engine *engine = *state;
	struct heard heard = { .engine = engine };

	notify(engine, 1, 5); /* before anybody has asked anything */
	expect_dropped(engine, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT, KIND);
	subscribe(&heard, keep);
	notify(engine, 2, 6); /* of another clock */
	expect_dropped(engine, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT, KIND);
	notify(engine, 1, 7);
	assert_int_equal(vscmi_unsubscribe(engine->agent, heard.subscription).error,
			 VSCMI_OK);
	notify(engine, 1, 8);
	assert_int_equal(heard.count, 1);
	assert_int_equal(heard.rates_hz[0], 7);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT, 3,
				VSCMI_ANOMALIES);
}

static void leave_inside(void *context, const struct vscmi_event *event)
{
	struct heard *heard = context;

	keep(context, event);
	assert_int_equal(
		vscmi_unsubscribe_in_callback(heard->engine->agent, heard->subscription)
			.error,
		VSCMI_OK);
}

static void a_subscriber_may_leave_inside_its_own_callback(void **state)
{
	struct engine *engine = *state;
	struct heard leaving = { .engine = engine }, staying = { .engine = engine };
	struct heard more[3] = { { .engine = engine },
				 { .engine = engine },
				 { .engine = engine } };

	subscribe(&leaving, leave_inside);
	subscribe(&staying, keep);
	notify(engine, 1, 5);
	notify(engine, 1, 6);
	assert_int_equal(leaving.count, 1);
	assert_int_equal(staying.count, 2);
	assert_int_equal(vscmi_unsubscribe(engine->agent, staying.subscription).error,
			 VSCMI_OK);
	/* Its place is free, and the last one to leave so has the platform told. */
	for (uint32_t i = 0; i < 3; i++)
		subscribe(&more[i], leave_inside);
	subscribe(&leaving, leave_inside);
	notify(engine, 1, 7);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(more[i].count, 1);
	assert_int_equal(leaving.count, 2);
	assert_int_equal(engine_message_id(service_last(engine->service)), 9);
	assert_memory_equal(service_last(engine->service)->bytes + 4,
			    ((uint8_t[]){ 1, 0, 0, 0, 0, 0, 0, 0 }), 8);
	script_expect_anomalies(engine->script, VSCMI_ANOMALIES);
	engine->service->answer = NULL;
	engine_expect_nothing_held(engine);
}

/*
 * ---- Buffers ----
 */

/* Let count events be queued at once, of clock 1 with the rates from 0 on. */
static void burst(struct engine *engine, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint8_t bytes[20] = { [8] = 1, [12] = (uint8_t)i };
		uint32_t header = header_of(KIND);

		for (uint32_t k = 0; k < 4; k++)
			bytes[k] = (uint8_t)(header >> 8 * k);
		service_event(engine->service, bytes, sizeof(bytes));
	}
}

static void a_burst_beyond_the_buffers_waits_for_them_and_loses_nothing(void **state)
{
	enum { EVENTS = 3 * LINK_EVENT_BUFFERS_MAX };
	struct engine *engine = *state;
	struct heard heard = { .engine = engine };
	uint32_t turns = 0, room;

	subscribe(&heard, keep);
	engine->kind->serve(engine->link);
	room = engine_events_at_once(engine, EVENTS);
	burst(engine, EVENTS);
	assert_int_equal(engine->service->events_taken, room);
	engine->kind->interrupt(engine->link);
	for (; heard.count < EVENTS && turns < EVENTS; turns++) {
		assert_int_equal(heard.count, engine->service->events_taken);
		engine_turn(engine);
	}
	assert_int_equal(turns, EVENTS / room - 1);
	assert_int_equal(heard.count, EVENTS);
	for (uint32_t i = 0; i < EVENTS; i++)
		assert_int_equal(heard.rates_hz[i], i);
	script_expect_anomalies(engine->script, VSCMI_ANOMALIES);
}

/* The device has another event's buffer already while the first one is heard. */
static void look_at_buffers(void *context, const struct vscmi_event *event)
{
	struct heard *heard = context;
	struct engine *engine = heard->engine;

	if (heard->count == 0) {
		uint32_t taken = engine->service->events_taken;

		engine->kind->serve(engine->link);
		assert_int_equal(engine->service->events_taken, taken + 1);
	}
	keep(context, event);
}

static void a_buffer_is_back_as_soon_as_its_event_is_read(void **state)
{
	struct engine *engine = *state;
	struct heard heard = { .engine = engine };
	uint32_t room;

	engine_resize(engine, ENGINE_IN_FLIGHT, 1);
	subscribe(&heard, look_at_buffers);
	engine->kind->serve(engine->link);
	room = engine_events_at_once(engine, UINT32_MAX);
	burst(engine, room + 2);
	assert_int_equal(engine->service->events_taken, room);
	engine_turn(engine);
	engine_turn(engine);
	engine_turn(engine);
	assert_int_equal(heard.count, room + 2);
	for (uint32_t i = 0; i < room + 2; i++)
		assert_int_equal(heard.rates_hz[i], i);
}

/* Nor does a dropped one cost a buffer. */
static void dropped_events_bring_their_buffers_back(void **state)
{
	struct engine *engine = *state;
	uint32_t room = engine_events_at_once(engine, UINT32_MAX);

	for (uint32_t i = 0; i < 2 * room; i++)
		notify(engine, 1, 5);
	script_expect_anomalies(engine->script, VSCMI_ANOMALY_UNSUBSCRIBED_EVENT,
				2 * room, VSCMI_ANOMALIES);
	engine->kind->serve(engine->link);
	burst(engine, 2 * room);
	assert_int_equal(engine->service->events_taken, 3 * room);
}

#define EVERY(test)   OVER_EVERY_LINK(ENGINE_OVER, test)
#define BUFFERS(test) OVER_LINKS_WITH_BUFFERS(ENGINE_OVER, test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EVERY(an_event_that_nobody_knows_is_dropped),
		EVERY(an_event_that_nobody_wants_is_dropped),
		EVERY(a_subscriber_may_leave_inside_its_own_callback),
		EVERY(a_burst_beyond_the_buffers_waits_for_them_and_loses_nothing),
		BUFFERS(a_buffer_is_back_as_soon_as_its_event_is_read),
		BUFFERS(dropped_events_bring_their_buffers_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
