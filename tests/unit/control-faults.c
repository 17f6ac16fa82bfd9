/* SPDX-License-Identifier: BSD-3-Clause */
/* The control socket's commands that add, list and clear faults, and what they do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "message/cursor.h"
#include "test.h"

static const char board_text[] = "agents: [{ name: a }, { name: 'b\"\\' }]\n"
				 "clocks: [{ name: c, rates: [1, 2] }]\n"
				 "faults:\n"
				 "  seed: 7\n"
				 "  rules:\n"
				 "    - { fault: drop, agent: 'b\"\\', skip: 2 }\n";

static struct vscmi_board *board;
static struct vscmid_server server;

static void ignore(void *context)
{
	(void)context;
}

static int set_up(void **state)
{
	static const struct vscmi_service_channel channel = { .events_ready = ignore };
	struct vscmi_problem problem;
	struct vscmi_service *service;

	(void)state;
	assert_int_equal(vscmi_board_load_text(board_text, strlen(board_text), "b.yaml",
					       &board, &problem),
			 VSCMI_OK);
	assert_int_equal(vscmid_server_init(&server, board, 1, &problem), VSCMI_OK);
	service = vscmi_faults_service(server.faults);
	return service->ops->connect(service, 1, &channel);
}

static int tear_down(void **state)
{
	(void)state;
	vscmid_server_fini(&server);
	vscmi_board_free(board);
	return 0;
}

static void assert_reply(const char *request, const char *want)
{
	char *reply = vscmid_command_run(&server, request, strlen(request));

	assert_non_null(reply);
	assert_string_equal(reply, want);
	free(reply);
}

static void assert_done(const char *request)
{
	assert_reply(request, "{\"ok\":true}");
}

/* Add what stands in a rule; the board's own has id 1. */
static void add(const char *members)
{
	char request[512], *reply;

	snprintf(request, sizeof(request), "{\"command\":\"fault_add\",\"rule\":{%s}}",
		 members);
	reply = vscmid_command_run(&server, request, strlen(request));
	assert_non_null(reply);
	assert_non_null(strstr(reply, "{\"ok\":true,\"id\":"));
	free(reply);
}

/* Agent a asks for the version of the base protocol; the status, 1: there is no answer. */
static int32_t status_of_version(void)
{
	struct vscmi_service *service = vscmi_faults_service(server.faults);
	uint8_t request[4], reply[VSCMI_SERVICE_REPLY_MAX];
	size_t count;

	vscmi_le32_put(request, vscmi_header_pack((struct vscmi_header){
					.protocol = VSCMI_PROTOCOL_BASE }));
	if (service->ops->handle(service, 1, request, sizeof(request), reply,
				 sizeof(reply), NULL, &count) != VSCMI_SERVICE_ANSWERED)
		return 1;
	return (int32_t)vscmi_le32_get(reply + 4);
}

#define BOARD_RULE                                                        \
	"{\"id\":1,\"rule\":{\"fault\":\"drop\",\"agent\":\"b\\\"\\\\\"," \
	"\"skip\":2},\"matched\":0,\"done\":0,\"missed\":0}"

static void rules_are_listed_as_they_were_given(void **state)
{
	(void)state;
	assert_reply("{\"command\":\"fault_add\",\"rule\":{\"fault\":\"delay\","
		     "\"protocol\":\"base\",\"message\":\"PROTOCOL_VERSION\","
		     "\"time\":{\"min\":\"20ms\",\"max\":\"80ms\"},\"times\":5}}",
		     "{\"ok\":true,\"id\":2}");
	assert_reply("{\"command\":\"fault_list\"}",
		     "{\"ok\":true,\"rules\":[" BOARD_RULE
		     ",{\"id\":2,\"rule\":{\"fault\":\"delay\","
		     "\"message\":\"BASE_PROTOCOL_VERSION\","
		     "\"time\":{\"min\":\"20ms\",\"max\":\"80ms\"},\"times\":5},"
		     "\"matched\":0,\"done\":0,\"missed\":0}]}");
}

static void one_rule_is_cleared_or_all(void **state)
{
	(void)state;
	add("\"fault\":\"reset\"");
	add("\"fault\":\"stall\",\"time\":\"1s\"");
	assert_done("{\"command\":\"fault_clear\",\"id\":2}");
	assert_reply("{\"command\":\"fault_list\"}",
		     "{\"ok\":true,\"rules\":[" BOARD_RULE
		     ",{\"id\":3,\"rule\":{\"fault\":\"stall\",\"time\":\"1s\"},"
		     "\"matched\":0,\"done\":0,\"missed\":0}]}");
	assert_done("{\"command\":\"fault_clear\"}");
	assert_reply("{\"command\":\"fault_list\"}", "{\"ok\":true,\"rules\":[]}");
}

static void what_a_rule_did_is_counted(void **state)
{
	(void)state;
	assert_int_equal(status_of_version(), VSCMI_SUCCESS);
	add("\"fault\":\"status\",\"status\":\"BUSY\",\"times\":1");
	assert_int_equal(status_of_version(), VSCMI_BUSY);
	assert_int_equal(status_of_version(), VSCMI_SUCCESS);
	assert_done("{\"command\":\"fault_clear\",\"id\":1}");
	assert_reply("{\"command\":\"fault_list\"}",
		     "{\"ok\":true,\"rules\":[{\"id\":2,\"rule\":{\"fault\":\"status\","
		     "\"status\":\"BUSY\",\"times\":1},"
		     "\"matched\":2,\"done\":1,\"missed\":0}]}");
}

/* The board's rule is for the other agent: it lets this one alone. */
static void rules_of_the_board_are_in_force_from_the_start(void **state)
{
	struct vscmi_service *service = vscmi_faults_service(server.faults);
	static const struct vscmi_service_channel channel = { .events_ready = ignore };
	uint8_t request[4] = { 0 }, reply[VSCMI_SERVICE_REPLY_MAX];
	size_t count;

	(void)state;
	assert_int_equal(service->ops->connect(service, 2, &channel), VSCMI_OK);
	vscmi_le32_put(request, vscmi_header_pack((struct vscmi_header){
					.protocol = VSCMI_PROTOCOL_BASE }));
	for (int i = 0; i < 4; i++) {
		assert_int_equal(status_of_version(), VSCMI_SUCCESS);
		assert_int_equal(service->ops->handle(service, 2, request,
						      sizeof(request), reply,
						      sizeof(reply), NULL, &count),
				 i < 2 ? VSCMI_SERVICE_ANSWERED : VSCMI_SERVICE_LOST);
	}
}

/* 32 chances, one bit each. */
static uint32_t draw(void)
{
	uint32_t drawn = 0;

	for (int i = 0; i < 32; i++)
		drawn = drawn << 1 | (status_of_version() == VSCMI_BUSY);
	return drawn;
}

static void a_seed_repeats_a_run(void **state)
{
	static const char rule[] =
		"\"fault\":\"status\",\"status\":\"BUSY\",\"probability\":\"50%\"";
	uint32_t first;

	(void)state;
	add(rule);
	first = draw();
	assert_int_not_equal(draw(), first);
	assert_done("{\"command\":\"fault_clear\",\"seed\":8}");
	add(rule);
	assert_int_not_equal(draw(), first);
	/* The board's own. */
	assert_done("{\"command\":\"fault_clear\",\"seed\":7}");
	add(rule);
	assert_int_equal(draw(), first);
}

static void a_rule_too_many_is_refused(void **state)
{
	(void)state;
	for (int i = 1; i < VSCMI_BOARD_RULES_MAX; i++)
		add("\"fault\":\"drop\"");
	assert_reply(
		"{\"command\":\"fault_add\",\"rule\":{\"fault\":\"drop\"}}",
		"{\"ok\":false,\"error\":\"64 rules are in force, and no more fit\"}");
}

static void what_is_wrong_is_told_with_its_key(void **state)
{
	static const struct {
		const char *request, *error;
	} wrongs[] = {
		{ "\"fault_add\"", "Object item not found: rule" },
		{ "\"fault_add\",\"rule\":\"drop\"",
		  "expected a rule, a mapping with the key 'fault'" },
		{ "\"fault_add\",\"rule\":[{\"fault\":\"drop\"}]",
		  "expected a rule, a mapping with the key 'fault'" },
		{ "\"fault_add\",\"rule\":{\"fault\":\"drop\"},\"seed\":1",
		  "1 object item(s) left unpacked: seed" },
		{ "\"fault_add\",\"rule\":{\"fault\":\"delay\",\"time\":20}",
		  "time: '20', expected a duration such as 200ms, at most a year" },
		{ "\"fault_add\",\"rule\":{\"fault\":\"drop\",\"times\":2.5}",
		  "times: '2.5', expected a whole number from 0 to 0xffffffff" },
		{ "\"fault_add\",\"rule\":{\"fault\":\"drop\",\"times\":null}",
		  "times: 'null', expected a whole number from 0 to 0xffffffff" },
		{ "\"fault_add\",\"rule\":{\"fault\":\"drop\",\"time\":\"1s\"}",
		  "a drop has no key 'time', expected one of: fault, agent, protocol, "
		  "message, on, probability, skip, times" },

		/* every escape that JSON has, and every byte that it does not escape */
		{ "\"fault_add\",\"rule\":{\"fault\":\"drop\",\"agent\":"
		  "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u0041\\u00e9\\ud83d\\ude00\"}",
		  "agent: '\\\"\\\\/??????A\u00e9\U0001f600', expected the name of an "
		  "agent" },
		{ "\"fault_add\",\"rule\":{\"fault\":\"drop\",\"agent\":\": - "
		  "#*&!|>'%@`{}[],?\"}",
		  "agent: ': - #*&!|>'%@`{}[],?', expected the name of an agent" },
		{ "\"fault_add\",\"rule\":{\"fault\":\"drop\",\"agent\":\"\x7f\"}",
		  "the rule: byte 28: control characters are not allowed" },
		{ "\"fault_add\",\"rule\":{\"\\u0001\":1,\"fault\":\"drop\"}",
		  "a drop has no key '?', expected one of: fault, agent, protocol, "
		  "message, "
		  "on, probability, skip, times" },

		{ "\"fault_list\",\"id\":1", "1 object item(s) left unpacked: id" },
		{ "\"fault_clear\",\"id\":2", "there is no rule 2" },
		{ "\"fault_clear\",\"id\":0", "there is no rule 0" },
		{ "\"fault_clear\",\"id\":-1", "there is no rule -1" },
		{ "\"fault_clear\",\"id\":4294967297", "there is no rule 4294967297" },
		{ "\"fault_clear\",\"id\":\"all\"", "Expected integer, got string" },
		{ "\"fault_clear\",\"seed\":-1", "seed is out of range" },
		{ "\"fault_clear\",\"seed\":4294967296", "seed is out of range" },
	};
	char request[512], reply[512];

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		snprintf(request, sizeof(request), "{\"command\":%s}", wrongs[i].request);
		snprintf(reply, sizeof(reply), "{\"ok\":false,\"error\":\"%s\"}",
			 wrongs[i].error);
		assert_reply(request, reply);
	}
	/* None of them has changed anything. */
	assert_reply("{\"command\":\"fault_list\"}",
		     "{\"ok\":true,\"rules\":[" BOARD_RULE "]}");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(rules_are_listed_as_they_were_given),
		TEST(one_rule_is_cleared_or_all),
		TEST(what_a_rule_did_is_counted),
		TEST(rules_of_the_board_are_in_force_from_the_start),
		TEST(a_seed_repeats_a_run),
		TEST(a_rule_too_many_is_refused),
		TEST(what_is_wrong_is_told_with_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
