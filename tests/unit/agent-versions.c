/* SPDX-License-Identifier: BSD-3-Clause */
/* Which version is spoken with platforms older, equal and newer than this library. */
#include "script.h"

#include "vscmi/agent/clock.h"
#include "vscmi/message.h"

enum { NEGOTIATE = 0x10 };

static struct script *script;

static int start(void **state)
{
	script = script_new(2, 0);
	script->on_send = script_answer;
	return 0;
}

static int end(void **state)
{
	script_free(script);
	return 0;
}

static void both_ends_speak_the_older_version(void **state)
{
	static const struct {
		uint32_t platform, spoken;
		bool negotiated;
		int32_t status; /* of NEGOTIATE_PROTOCOL_VERSION */
	} cases[] = {
		{ 0x10000, 0x10000, false, 0 },
		{ 0x20000, 0x20000, false, 0 },
		{ 0x20001, 0x20001, false, 0 },
		{ 0x30000, 0x30000, false, 0 },
		{ 0x30001, 0x30000, true, VSCMI_SUCCESS },
		{ 0x7fff1234, 0x30000, true, VSCMI_SUCCESS },
		{ 0x40000, 0x30000, true, VSCMI_NOT_SUPPORTED },
	};

	assert_int_equal(vscmi_protocol_newest_version(VSCMI_PROTOCOL_CLOCK), 0x30000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct script_answer answer = { .status = cases[i].status };
		uint32_t version = 0, sent = script->sent_count;

		script->version = cases[i].platform;
		script->answers = &answer;
		script->answer_count = 1;
		assert_int_equal(
			vscmi_agent_version(&script->agent, VSCMI_PROTOCOL_CLOCK), 0);
		assert_int_equal(
			vscmi_agent_open(&script->agent, VSCMI_PROTOCOL_CLOCK, &version)
				.error,
			VSCMI_OK);
		assert_int_equal(version, cases[i].spoken);
		assert_int_equal(
			vscmi_agent_version(&script->agent, VSCMI_PROTOCOL_CLOCK),
			version);
		assert_int_equal(script->sent_count - sent, cases[i].negotiated ? 2 : 1);
		if (cases[i].negotiated) {
			assert_int_equal(script_header(script_last(script)) & 0xff,
					 NEGOTIATE);
			assert_int_equal(script_word(script_last(script), 0), 0x30000);
		}
		/* Known now; not any more on a new link. */
		sent = script->sent_count;
		assert_int_equal(
			vscmi_agent_open(&script->agent, VSCMI_PROTOCOL_CLOCK, NULL)
				.error,
			VSCMI_OK);
		assert_int_equal(script->sent_count, sent);
		vscmi_agent_link_down(&script->agent);
		vscmi_agent_link_up(&script->agent);
	}
}

static void refuse(struct script *s, const struct sent *sent)
{
	script_reply(s, sent, VSCMI_NOT_SUPPORTED, SCRIPT_NOTHING);
}

static void a_protocol_that_is_not_there_is_refused(void **state)
{
	struct vscmi_clock_protocol ignored;
	struct vscmi_result result;

	script->on_send = refuse;
	result = vscmi_clock_protocol_get(&script->agent, &ignored);
	assert_int_equal(result.error, VSCMI_E_REFUSED);
	assert_int_equal(result.status, VSCMI_NOT_SUPPORTED);
	assert_int_equal(script->sent_count, 1);
	assert_int_equal(vscmi_agent_version(&script->agent, VSCMI_PROTOCOL_CLOCK), 0);
}

static void a_protocol_without_calls_is_unsupported(void **state)
{
	uint32_t version = 77;

	assert_int_equal(vscmi_agent_open(&script->agent, 0x80, &version).error,
			 VSCMI_E_UNSUPPORTED);
	assert_int_equal(version, 77);
	assert_int_equal(vscmi_agent_version(&script->agent, 0x80), 0);
	assert_int_equal(script->sent_count, 0);
	/* But its version can be asked for. */
	script->version = 0x10002;
	assert_int_equal(
		vscmi_agent_protocol_version(&script->agent, 0x80, &version).error,
		VSCMI_OK);
	assert_int_equal(version, 0x10002);
}

static void version_0_is_malformed(void **state)
{
	assert_int_equal(
		vscmi_agent_open(&script->agent, VSCMI_PROTOCOL_CLOCK, NULL).error,
		VSCMI_E_MALFORMED);
}

static void lose_link_after_the_version(struct script *s, const struct sent *sent)
{
	script_answer(s, sent);
	vscmi_agent_link_down(&s->agent);
}

static void a_version_of_a_link_that_is_gone_is_not_kept(void **state)
{
	script->version = 0x20000;
	script->on_send = lose_link_after_the_version;
	vscmi_agent_open(&script->agent, VSCMI_PROTOCOL_CLOCK, NULL);
	assert_int_equal(vscmi_agent_version(&script->agent, VSCMI_PROTOCOL_CLOCK), 0);
}

/* However often the link has started since: a count of them comes round. */
static void a_version_is_not_known_after_any_number_of_starts(void **state)
{
	script->version = 0x30000;
	vscmi_agent_open(&script->agent, VSCMI_PROTOCOL_CLOCK, NULL);
	assert_int_not_equal(vscmi_agent_version(&script->agent, VSCMI_PROTOCOL_CLOCK),
			     0);
	for (uint32_t starts = 0; starts < 1u << 13; starts++) {
		vscmi_agent_link_down(&script->agent);
		vscmi_agent_link_up(&script->agent);
		assert_int_equal(
			vscmi_agent_version(&script->agent, VSCMI_PROTOCOL_CLOCK), 0);
	}
}

#define VERSION_TEST(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		VERSION_TEST(both_ends_speak_the_older_version),
		VERSION_TEST(a_protocol_that_is_not_there_is_refused),
		VERSION_TEST(a_protocol_without_calls_is_unsupported),
		VERSION_TEST(version_0_is_malformed),
		VERSION_TEST(a_version_of_a_link_that_is_gone_is_not_kept),
		VERSION_TEST(a_version_is_not_known_after_any_number_of_starts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
