/* SPDX-License-Identifier: BSD-3-Clause */
/* How a connection gets to its other end, with a link that does what the test says. */
#include "script.h"

#include <vscmi/host/connection.h>

/* More than any pause of a connection. */
#define PATIENCE_MS 2000

enum { TRIES = 4 };

static struct fixture {
	struct vscmi_connection
		connection; /* the first member: its functions find the rest */
	struct script *script;
	enum vscmi_error opens[TRIES]; /* what they bring */
	bool is_lost[TRIES]; /* while it starts, as when somebody sends at once */
	uint32_t tries, ups;
} fixture;

static enum vscmi_error open_it(struct vscmi_connection *connection, int *ret_fd,
				struct vscmi_problem *problem)
{
	struct fixture *f = (struct fixture *)connection;

	assert_in_range(f->tries, 0, TRIES - 1);
	return vscmi_problem_set(problem, f->opens[f->tries++], "not now");
}

static enum vscmi_error start_it(struct vscmi_connection *connection,
				 struct vscmi_problem *problem)
{
	struct fixture *f = (struct fixture *)connection;
	enum vscmi_error error = vscmi_agent_link_up(&f->script->agent);

	if (f->is_lost[f->tries - 1])
		vscmi_connection_lost(connection);
	return error;
}

static void close_it(struct vscmi_connection *connection)
{
	vscmi_agent_link_down(connection->link->agent);
}

static void free_it(struct vscmi_connection *connection)
{
}

static void on_up(void *context, uint32_t renewed)
{
	struct fixture *f = context;

	assert_true(vscmi_agent_is_up(&f->script->agent));
	f->ups++;
}

static int set_up(void **state)
{
	static const struct vscmi_connection_ops ops = {
		.ops_size = sizeof(ops),
		.open = open_it,
		.start = start_it,
		.close = close_it,
		.free = free_it,
	};
	struct vscmi_problem problem;

	fixture = (struct fixture){ .script = script_new(1, 0) };
	vscmi_agent_link_down(&fixture.script->agent);
	fixture.connection.ops = &ops;
	fixture.connection.link = &fixture.script->link;
	fixture.connection.path = "/nowhere/at/all";
	fixture.connection.up = on_up;
	fixture.connection.context = &fixture;
	assert_int_equal(vscmi_loop_new(&fixture.connection.loop, &problem), VSCMI_OK);
	vscmi_connection_init(&fixture.connection);
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	vscmi_connection_free(&fixture.connection);
	vscmi_loop_free(fixture.connection.loop);
	script_free(fixture.script);
	return 0;
}

static void expect_up_after(struct fixture *f, uint32_t tries)
{
	for (uint32_t i = 0; f->ups == 0 && i < 2 * TRIES; i++)
		assert_int_equal(
			vscmi_loop_run_once(f->connection.loop, PATIENCE_MS * 1000),
			VSCMI_OK);
	assert_int_equal(f->ups, 1);
	assert_int_equal(f->tries, tries);
}

static void a_link_that_is_lost_while_it_starts_is_tried_again(void **state)
{
	struct fixture *f = *state;
	struct vscmi_problem problem;

	f->is_lost[0] = true;
	assert_int_equal(vscmi_connection_keep(&f->connection, &problem), VSCMI_OK);
	assert_false(vscmi_agent_is_up(&f->script->agent));
	assert_string_equal(f->connection.problem.text,
			    "/nowhere/at/all: lost as soon as it was up");
	expect_up_after(f, 2);
}

static void who_opens_a_link_that_is_lost_while_it_starts_is_told(void **state)
{
	struct fixture *f = *state;
	struct vscmi_problem problem;

	f->is_lost[0] = true;
	assert_int_equal(vscmi_connection_open(&f->connection, &problem),
			 VSCMI_E_LINK_LOST);
	assert_false(vscmi_agent_is_up(&f->script->agent));
	assert_int_equal(vscmi_connection_open(&f->connection, &problem), VSCMI_OK);
	assert_true(vscmi_agent_is_up(&f->script->agent));
}

static void a_link_that_can_never_be_is_refused(void **state)
{
	struct fixture *f = *state;
	struct vscmi_problem problem;

	f->opens[0] = VSCMI_E_INVALID;
	assert_int_equal(vscmi_connection_keep(&f->connection, &problem),
			 VSCMI_E_INVALID);
	assert_string_equal(problem.text, "not now");
	assert_int_equal(vscmi_connection_keep(&f->connection, &problem), VSCMI_OK);
	assert_int_equal(f->tries, 2);
}

/* Nobody is there any more to be told, and what was there once may be there again. */
static void a_link_that_is_kept_is_tried_again_whatever_became_of_its_path(void **state)
{
	struct fixture *f = *state;
	struct vscmi_problem problem;

	f->opens[0] = VSCMI_E_LINK_LOST;
	f->opens[1] = VSCMI_E_INVALID;
	assert_int_equal(vscmi_connection_keep(&f->connection, &problem), VSCMI_OK);
	expect_up_after(f, 3);
}

#define CONNECTION_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONNECTION_TEST(a_link_that_is_lost_while_it_starts_is_tried_again),
		CONNECTION_TEST(who_opens_a_link_that_is_lost_while_it_starts_is_told),
		CONNECTION_TEST(a_link_that_can_never_be_is_refused),
		CONNECTION_TEST(
			a_link_that_is_kept_is_tried_again_whatever_became_of_its_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
