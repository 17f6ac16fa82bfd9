/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands submitted and completed without sleeping and without an interrupt: vscmi_submit and
 * vscmi_done only, where waiting ends the test, and where no link is told that something has
 * arrived. The port's wake is called all the same, which never blocks: others may wait.
 */
#include "engine.h"

#include "message/cursor.h"
#include "vscmi/agent/event.h"

static void wait_is_an_error(struct script *script)
{
	fail_msg("it waits");
}

static void from_here_on_nothing_waits(struct engine *engine)
{
	engine->script->on_wait = wait_is_an_error;
}

/* The service sends, and nobody tells the agent. */
static void reply(struct engine *engine, struct service_command *command, uint32_t word)
{
	uint8_t bytes[12] = { 0 };

	vscmi_le32_put(bytes, engine_header(command));
	vscmi_le32_put(bytes + 8, word);
	service_reply(engine->service, command, bytes, sizeof(bytes));
}

static void delayed_response(struct engine *engine, struct service_command *command,
			     uint32_t word)
{
	uint8_t bytes[12] = { 0 };

	vscmi_le32_put(bytes, engine_header(command) | VSCMI_DELAYED_RESPONSE << 8);
	vscmi_le32_put(bytes + 8, word);
	service_event(engine->service, bytes, sizeof(bytes));
}

static void a_command_completes_by_polling_alone(void **state)
{
	struct engine *engine = *state;
	struct flight flight;

	from_here_on_nothing_waits(engine);
	flight = engine_send(engine, VSCMI_SYNC);
	assert_false(vscmi_done(engine->agent, flight.slot));
	reply(engine, flight.command, 8);
	assert_true(vscmi_done(engine->agent, flight.slot));
	engine_expect_answer(engine, flight, 8);
	engine_expect_no_slot_in_use(engine);
}

static void an_asynchronous_command_completes_by_polling_alone(void **state)
{
	struct engine *engine = *state;
	struct flight flight;

	from_here_on_nothing_waits(engine);
	flight = engine_send(engine, VSCMI_ASYNC);
	reply(engine, flight.command, 0);
	assert_false(vscmi_done(engine->agent, flight.slot));
	delayed_response(engine, flight.command, 9);
	assert_true(vscmi_done(engine->agent, flight.slot));
	engine_expect_answer(engine, flight, 9);
	engine_expect_no_slot_in_use(engine);
}

static void all_that_the_link_holds_are_polled_in_any_order(void **state)
{
	struct engine *engine = *state;
	uint32_t count = engine->link->link->max_messages;
	struct flight flights[VSCMI_TOKENS];

	from_here_on_nothing_waits(engine);
	for (uint32_t i = 0; i < count; i++)
		flights[i] = engine_send(engine, i % 2 ? VSCMI_ASYNC : VSCMI_SYNC);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t k = (i * 5 + 3) % count;

		reply(engine, flights[k].command, k);
		if (k % 2) {
			engine->kind->serve(engine->link);
			assert_false(vscmi_done(engine->agent, flights[k].slot));
			delayed_response(engine, flights[k].command, k);
		}
		assert_true(vscmi_done(engine->agent, flights[k].slot));
		engine_expect_answer(engine, flights[k], k);
	}
	engine_expect_no_slot_in_use(engine);
	script_expect_anomalies(engine->script, VSCMI_ANOMALIES);
}

struct asking {
	struct engine *engine;
	uint32_t answers;
};

static void ask_inside(void *context, const struct vscmi_event *event)
{
	struct asking *asking = context;
	struct engine *engine = asking->engine;
	struct flight flight = engine_send(engine, VSCMI_SYNC);

	reply(engine, flight.command, 10);
	assert_true(vscmi_done(engine->agent, flight.slot));
	engine_expect_answer(engine, flight, 10);
	asking->answers++;
}

/* A callback runs where the link is fed, here where another command is polled. */
static void a_callback_asks_by_polling(void **state)
{
	static const uint8_t error_event[] = { 0x00, 0x43, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct engine *engine = *state;
	struct asking asking = { .engine = engine };
	struct vscmi_subscription *subscription;
	struct flight flight;

	engine->service->answer = engine_answer;
	assert_int_equal(vscmi_subscribe(engine->agent, VSCMI_EVENT_BASE_ERROR, 0,
					 ask_inside, &asking, &subscription)
				 .error,
			 VSCMI_OK);
	engine->service->answer = NULL;
	from_here_on_nothing_waits(engine);
	flight = engine_send(engine, VSCMI_ASYNC);
	reply(engine, flight.command, 0);
	assert_false(vscmi_done(engine->agent, flight.slot));
	service_event(engine->service, error_event, sizeof(error_event));
	assert_false(vscmi_done(engine->agent, flight.slot));
	assert_int_equal(asking.answers, 1);
	engine->kind->serve(engine->link);
	delayed_response(engine, flight.command, 11);
	assert_true(vscmi_done(engine->agent, flight.slot));
	engine_expect_answer(engine, flight, 11);
	script_expect_anomalies(engine->script, VSCMI_ANOMALIES);
}

static void a_lost_link_ends_what_is_polled(void **state)
{
	struct engine *engine = *state;
	struct flight flight;

	from_here_on_nothing_waits(engine);
	flight = engine_send(engine, VSCMI_SYNC);
	engine->kind->stop(engine->link);
	assert_true(vscmi_done(engine->agent, flight.slot));
	engine_expect_lost(engine, flight);
	engine_expect_no_slot_in_use(engine);
}

#define EVERY(test) OVER_EVERY_LINK(ENGINE_OVER, test)
#define MANY(test)  OVER_LINKS_WITH_MANY_AT_ONCE(ENGINE_OVER, test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EVERY(a_command_completes_by_polling_alone),
		EVERY(an_asynchronous_command_completes_by_polling_alone),
		MANY(all_that_the_link_holds_are_polled_in_any_order),
		EVERY(a_callback_asks_by_polling),
		EVERY(a_lost_link_ends_what_is_polled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
