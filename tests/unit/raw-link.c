/* SPDX-License-Identifier: BSD-3-Clause */
/* The link over the kernel's raw mode: files, limits, and what the kernel does on its own. */
#include "raw_kernel.h"
#include "script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vscmi/host/loop.h>
#include <vscmi/host/raw_link.h>

#include "message/cursor.h"

struct fixture {
	struct raw_kernel *kernel;
	char path[128];
	struct vscmi_loop *loop;
	struct vscmi_connection *raw;
	struct script *script;
	struct vscmi_agent *agent;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->kernel = raw_kernel_new();
	f->script = script_new(VSCMI_TOKENS, 4);
	f->agent = &f->script->agent;
	assert_int_equal(vscmi_loop_new(&f->loop, NULL), VSCMI_OK);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	vscmi_connection_free(f->raw);
	vscmi_loop_free(f->loop);
	script_free(f->script);
	raw_kernel_free(f->kernel);
	free(f);
	return 0;
}

/* What comes of opening a link that does not open. */
static enum vscmi_error fail_to_open(struct fixture *f,
				     const struct vscmi_raw_calls *calls,
				     const char *path, struct vscmi_problem *problem)
{
	struct vscmi_connection *raw;
	enum vscmi_error error;

	assert_int_equal(vscmi_raw_link_new_with(calls, f->loop, path, &raw, problem),
			 VSCMI_OK);
	error = vscmi_connection_open(raw, problem);
	vscmi_connection_free(raw);
	return error;
}

static enum vscmi_error fail_below(struct fixture *f, const char *below,
				   struct vscmi_problem *problem)
{
	char path[128];

	snprintf(path, sizeof(path), "%s%s", f->kernel->path, below);
	return fail_to_open(f, &raw_kernel_calls, path, problem);
}

/* The link to what is below the instance's folder, up, with an agent. */
static void start(struct fixture *f, const char *below)
{
	struct vscmi_agent_config config = f->agent->config;
	struct vscmi_problem problem;

	snprintf(f->path, sizeof(f->path), "%s%s", f->kernel->path, below);
	assert_int_equal(vscmi_raw_link_new_with(&raw_kernel_calls, f->loop, f->path,
						 &f->raw, &problem),
			 VSCMI_OK);
	config.link = f->raw->link;
	assert_int_equal(vscmi_agent_init(f->agent, &config), VSCMI_OK);
	if (vscmi_connection_open(f->raw, &problem))
		fail_msg("%s", problem.text);
}

static void turn(struct fixture *f)
{
	for (int i = 0; i < 8; i++)
		assert_int_equal(vscmi_loop_run_once(f->loop, 0), VSCMI_OK);
}

static struct raw_message send(struct fixture *f, enum vscmi_command_kind kind,
			       struct vscmi_slot **ret_slot)
{
	struct raw_message command;

	*ret_slot = script_submit(f->script, kind);
	assert_true(raw_kernel_take(f->kernel, &command));
	return command;
}

/* An answer to a command, of this type: status, then one word. It arrives. */
static void answer(struct fixture *f, const struct raw_message *command, uint32_t type,
		   uint32_t word)
{
	uint8_t bytes[12];

	vscmi_le32_put(bytes, vscmi_le32_get(command->bytes) | type << 8);
	vscmi_le32_put(bytes + 4, VSCMI_SUCCESS);
	vscmi_le32_put(bytes + 8, word);
	raw_kernel_send(f->kernel, bytes, type || word ? 12 : 8);
	turn(f);
}

static void expect_answer(struct fixture *f, struct vscmi_slot *slot, uint32_t word)
{
	script_expect_answer(f->script, slot, word);
	vscmi_release(f->agent, slot);
}

static void the_limits_are_the_transports(void **state)
{
	struct fixture *f = *state;
	const struct vscmi_link *link;

	f->kernel->max_msg_size = 100;
	f->kernel->tx_max_msg = 20;
	f->kernel->max_rx_timeout_ms = 30;
	start(f, "");
	link = f->raw->link;
	assert_int_equal(link->max_message_bytes, 104);
	assert_int_equal(link->max_messages, 20);
	assert_int_equal(link->timeout_us, 30000);
	assert_true(link->has_events);
}

static void a_transport_without_a_receive_channel_brings_no_events(void **state)
{
	struct fixture *f = *state;

	f->kernel->rx_max_msg = 0;
	f->kernel->tx_max_msg = 5000;
	start(f, "");
	assert_false(f->raw->link->has_events);
	assert_int_equal(f->raw->link->max_messages, VSCMI_TOKENS);
}

static void limits_without_sense_are_refused(void **state)
{
	struct fixture *f = *state;
	struct vscmi_problem problem;

	f->kernel->max_msg_size = 3;
	assert_int_equal(fail_below(f, "", &problem), VSCMI_E_UNSUPPORTED);
	assert_non_null(strstr(problem.text, "max_msg_size: expected a number from 4"));
	f->kernel->max_msg_size = 128;
	f->kernel->tx_max_msg = 0;
	assert_int_equal(fail_below(f, "", &problem), VSCMI_E_UNSUPPORTED);
	assert_non_null(strstr(problem.text, "tx_max_msg"));
}

static void the_kernel_learns_which_commands_are_asynchronous(void **state)
{
	struct fixture *f = *state;
	struct raw_message sync, async;
	struct vscmi_slot *slots[2];

	start(f, "/");
	sync = send(f, VSCMI_SYNC, &slots[0]);
	async = send(f, VSCMI_ASYNC, &slots[1]);
	assert_false(sync.async);
	assert_true(async.async);
	answer(f, &async, VSCMI_COMMAND, 0);
	answer(f, &async, VSCMI_DELAYED_RESPONSE, 1);
	answer(f, &sync, VSCMI_COMMAND, 2);
	expect_answer(f, slots[1], 1);
	expect_answer(f, slots[0], 2);
	script_expect_anomalies(f->script, VSCMI_ANOMALIES);
}

static void the_file_message_poll_has_replies_polled_for(void **state)
{
	struct fixture *f = *state;
	struct raw_message sync, async;
	struct vscmi_slot *slots[2];

	start(f, "/raw/message_poll");
	sync = send(f, VSCMI_SYNC, &slots[0]);
	async = send(f, VSCMI_ASYNC, &slots[1]);
	assert_true(sync.polled && !sync.async && !sync.channel);
	assert_true(async.polled && async.async);
	answer(f, &sync, VSCMI_COMMAND, 1);
	expect_answer(f, slots[0], 1);
}

static void a_kernel_without_message_poll_is_told_of(void **state)
{
	struct fixture *f = *state;
	struct vscmi_problem problem;

	f->kernel->lacks_poll = true;
	assert_int_equal(fail_below(f, "/raw/message_poll", &problem),
			 VSCMI_E_UNSUPPORTED);
	assert_non_null(strstr(problem.text, "before Linux 6.16"));
}

static void a_channel_has_its_replies_and_gets_delayed_ones_from_another(void **state)
{
	static const char *const folders[] = { "/raw/channels/0x14", "/raw/channels/0x10",
					       "/raw/channels/0x14/message_poll" };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		struct fixture *f = *state;
		struct raw_message async;
		struct vscmi_slot *slot;

		f->kernel->has_channels = true;
		start(f, folders[i]);
		async = send(f, VSCMI_ASYNC, &slot);
		assert_int_equal(async.channel, i == 1 ? 0x10 : 0x14);
		assert_int_equal(async.polled, i == 2);
		answer(f, &async, VSCMI_COMMAND, 0);
		answer(f, &async, VSCMI_DELAYED_RESPONSE, 7);
		expect_answer(f, slot, 7);
		tear_down(state);
		set_up(state);
	}
}

static void what_was_queued_before_is_gone(void **state)
{
	struct fixture *f = *state;
	const uint8_t old[8] = { 7, 0x50 };

	raw_kernel_send(f->kernel, old, sizeof(old));
	start(f, "");
	turn(f);
	assert_int_equal(f->kernel->resets, 1);
	script_expect_anomalies(f->script, VSCMI_ANOMALIES);
}

static void what_the_kernel_did_not_expect_is_an_answer_all_the_same(void **state)
{
	struct fixture *f = *state;
	struct raw_message early, late;
	struct vscmi_slot *slots[2];

	start(f, "");
	early = send(f, VSCMI_ASYNC, &slots[0]);
	answer(f, &early, VSCMI_DELAYED_RESPONSE, 1);
	answer(f, &early, VSCMI_COMMAND, 0);
	script_expect_anomalies(f->script, VSCMI_ANOMALY_OVERTAKEN, 1, VSCMI_ANOMALIES);
	expect_answer(f, slots[0], 1);

	late = send(f, VSCMI_ASYNC, &slots[1]);
	answer(f, &late, VSCMI_COMMAND, 0);
	raw_kernel_let_go(f->kernel);
	answer(f, &late, VSCMI_DELAYED_RESPONSE, 2);
	expect_answer(f, slots[1], 2);
}

static void a_command_that_the_kernel_refuses_is_refused(void **state)
{
	static const struct {
		int write_errno;
		enum vscmi_error expected;
	} cases[] = {
		{ ENOMEM, VSCMI_E_BUSY },
		{ EBUSY, VSCMI_E_BUSY },
		{ EINVAL, VSCMI_E_UNSUPPORTED },
		{ EIO, VSCMI_E_NOT_READY },
	};
	struct fixture *f = *state;
	uint8_t message[4];
	struct vscmi_request request = { .protocol = 0x10,
					 .message = message,
					 .count = sizeof(message) };
	struct vscmi_slot *slot;

	start(f, "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(vscmi_agent_is_up(f->agent));
		f->kernel->write_errno = cases[i].write_errno;
		assert_int_equal(vscmi_submit(f->agent, &request, &slot),
				 cases[i].expected);
	}
	/* What no other error explains is the end. */
	assert_false(vscmi_agent_is_up(f->agent));
	for (uint32_t i = 0; i < VSCMI_TOKENS; i++)
		assert_int_equal(atomic_load(&f->script->slots[i].word), 0);
}

static void a_buffer_is_out_until_the_kernel_has_let_go(void **state)
{
	struct fixture *f = *state;
	struct vscmi_slot *slot;
	uint64_t sent_us;

	f->kernel->max_rx_timeout_ms = 20;
	start(f, "");
	sent_us = vscmi_monotonic_us();
	send(f, VSCMI_SYNC, &slot);
	vscmi_release(f->agent, slot);
	assert_int_not_equal(atomic_load(&slot->word), 0);
	while (atomic_load(&slot->word) != 0)
		assert_int_equal(vscmi_loop_run_once(f->loop, -1), VSCMI_OK);
	assert_true(vscmi_monotonic_us() - sent_us >= 20000);
	script_expect_anomalies(f->script, VSCMI_ANOMALY_EMPTY, 1, VSCMI_ANOMALIES);
}

static void a_message_longer_than_the_limit_is_cut_and_counted(void **state)
{
	struct fixture *f = *state;
	struct raw_message command;
	struct vscmi_slot *slot;
	uint8_t reply[400] = { 0 };

	start(f, "");
	command = send(f, VSCMI_SYNC, &slot);
	memcpy(reply, command.bytes, 4);
	raw_kernel_send(f->kernel, reply, sizeof(reply));
	turn(f);
	assert_int_equal(script_ended(f->script, slot).error, VSCMI_OK);
	vscmi_release(f->agent, slot);
	script_expect_anomalies(f->script, VSCMI_ANOMALY_OVERSIZE, 1, VSCMI_ANOMALIES);
	/* And the next one begins where it begins. */
	command = send(f, VSCMI_SYNC, &slot);
	answer(f, &command, VSCMI_COMMAND, 5);
	expect_answer(f, slot, 5);
}

static void a_driver_that_goes_takes_the_link_with_it(void **state)
{
	struct fixture *f = *state;
	struct vscmi_slot *slot;

	start(f, "");
	send(f, VSCMI_SYNC, &slot);
	raw_kernel_unbind(f->kernel);
	turn(f);
	assert_false(vscmi_agent_is_up(f->agent));
	assert_int_equal(script_ended(f->script, slot).error, VSCMI_E_LINK_LOST);
	vscmi_release(f->agent, slot);
}

static void one_link_at_a_time_uses_an_instance(void **state)
{
	struct fixture *f = *state;
	struct vscmi_problem problem;

	f->kernel->has_channels = true;
	start(f, "");
	assert_int_equal(fail_below(f, "/raw/channels/0x14", &problem), VSCMI_E_BUSY);
	assert_non_null(strstr(problem.text, "another program uses it"));
}

static void what_is_missing_is_said(void **state)
{
	struct fixture *f = *state;
	struct vscmi_problem problem;
	char folder[] = "/tmp/vscmi-test-XXXXXX", none[64];

	assert_non_null(mkdtemp(folder));
	assert_int_equal(fail_to_open(f, &vscmi_raw_system, folder, &problem),
			 VSCMI_E_LINK_LOST);
	assert_non_null(strstr(problem.text, "CONFIG_ARM_SCMI_RAW_MODE_SUPPORT"));
	snprintf(none, sizeof(none), "%s/0", folder);
	assert_int_equal(fail_to_open(f, &vscmi_raw_system, none, &problem),
			 VSCMI_E_LINK_LOST);
	assert_non_null(strstr(problem.text, "No such file"));
	assert_int_equal(rmdir(folder), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_limits_are_the_transports),
		TEST(a_transport_without_a_receive_channel_brings_no_events),
		TEST(limits_without_sense_are_refused),
		TEST(the_kernel_learns_which_commands_are_asynchronous),
		TEST(the_file_message_poll_has_replies_polled_for),
		TEST(a_kernel_without_message_poll_is_told_of),
		TEST(a_channel_has_its_replies_and_gets_delayed_ones_from_another),
		TEST(what_was_queued_before_is_gone),
		TEST(what_the_kernel_did_not_expect_is_an_answer_all_the_same),
		TEST(a_command_that_the_kernel_refuses_is_refused),
		TEST(a_buffer_is_out_until_the_kernel_has_let_go),
		TEST(a_message_longer_than_the_limit_is_cut_and_counted),
		TEST(a_driver_that_goes_takes_the_link_with_it),
		TEST(one_link_at_a_time_uses_an_instance),
		TEST(what_is_missing_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
