/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <vscmi/message.h>

#include "commands.h"

/*
 * A command takes what it needs from the request, refusing keys that it does not know, and
 * does it. NULL: it was refused, and problem says why.
 */
struct command {
	const char *name;
	json_t *(*run)(struct vscmid_server *server, json_t *request,
		       struct vscmi_problem *problem);
};

/* Take the members of a request: json_unpack's format and addresses, "command" apart. */
#define TAKE(request, problem, format, ...)                                             \
	take(request, problem, "{s:s," format "!}", "command", &(const char *){ NULL }, \
	     ##__VA_ARGS__)

static bool take(json_t *request, struct vscmi_problem *problem, const char *format, ...)
{
	json_error_t error;
	va_list args;
	int result;

	va_start(args, format);
	result = json_vunpack_ex(request, &error, 0, format, args);
	va_end(args);
	if (result)
		vscmi_problem_set(problem, VSCMI_E_INVALID, "%s", error.text);
	return result == 0;
}

static json_t *refuse(struct vscmi_problem *problem, const char *what, const char *name)
{
	vscmi_problem_set(problem, VSCMI_E_INVALID, "%s '%s'", what, name);
	return NULL;
}

static json_t *set(struct vscmid_server *server, json_t *request,
		   struct vscmi_problem *problem)
{
	const char *sensor;
	double value;
	int axis = 0;

	if (!TAKE(request, problem, "s:s, s:F, s?i", "sensor", &sensor, "value", &value,
		  "axis", &axis))
		return NULL;
	if (vscmi_board_sensor_hold(server->board, sensor, (uint32_t)axis, value))
		return refuse(problem, "there is no such sensor or axis:", sensor);
	return json_object();
}

static json_t *release(struct vscmid_server *server, json_t *request,
		       struct vscmi_problem *problem)
{
	const char *sensor;

	if (!TAKE(request, problem, "s:s", "sensor", &sensor))
		return NULL;
	if (vscmi_board_sensor_release(server->board, sensor))
		return refuse(problem, "there is no sensor", sensor);
	return json_object();
}

/* Let a sensor or a clock, whichever the request names, answer with this status. */
static json_t *set_fault(struct vscmid_server *server, const char *sensor,
			 const char *clock, int32_t status, struct vscmi_problem *problem)
{
	if (!sensor == !clock) {
		vscmi_problem_set(problem, VSCMI_E_INVALID,
				  "expected either a sensor or a clock");
		return NULL;
	}
	if (sensor && vscmi_board_sensor_fail(server->board, sensor, status))
		return refuse(problem, "there is no sensor", sensor);
	if (clock && vscmi_board_clock_fail(server->board, clock, status))
		return refuse(problem, "there is no clock", clock);
	return json_object();
}

/* The status with this name, other than SUCCESS; 0 if there is none. */
static int32_t find_status(const char *name)
{
	for (int32_t status = VSCMI_NOT_SUPPORTED; status >= VSCMI_IN_USE; status--) {
		if (!strcmp(name, vscmi_status_name(status)))
			return status;
	}
	return VSCMI_SUCCESS;
}

static json_t *fail(struct vscmid_server *server, json_t *request,
		    struct vscmi_problem *problem)
{
	const char *sensor = NULL, *clock = NULL, *name = "HARDWARE_ERROR";
	int32_t status;

	if (!TAKE(request, problem, "s?s, s?s, s?s", "sensor", &sensor, "clock", &clock,
		  "status", &name))
		return NULL;
	status = find_status(name);
	if (status == VSCMI_SUCCESS)
		return refuse(problem, "there is no status to fail with", name);
	return set_fault(server, sensor, clock, status, problem);
}

static json_t *repair(struct vscmid_server *server, json_t *request,
		      struct vscmi_problem *problem)
{
	const char *sensor = NULL, *clock = NULL;

	if (!TAKE(request, problem, "s?s, s?s", "sensor", &sensor, "clock", &clock))
		return NULL;
	return set_fault(server, sensor, clock, VSCMI_SUCCESS, problem);
}

/* Ask a guest for a state: gracefully, as its user would. */
static json_t *ask_guest(struct vscmid_server *server, json_t *request,
			 enum vscmi_system_state state, struct vscmi_problem *problem)
{
	struct vscmi_system_request ask = { .state = state, .graceful = true };
	const char *agent;
	json_int_t timeout_ms = 0;
	uint32_t agent_id;

	if (!TAKE(request, problem, "s:s, s?I", "agent", &agent, "timeout_ms",
		  &timeout_ms))
		return NULL;
	agent_id = vscmi_board_agent_find(server->board, agent);
	if (agent_id == 0)
		return refuse(problem, "there is no agent", agent);
	if (timeout_ms < 0 || timeout_ms > UINT32_MAX) {
		vscmi_problem_set(problem, VSCMI_E_INVALID, "timeout_ms is out of range");
		return NULL;
	}
	ask.timeout_ms = (uint32_t)timeout_ms;
	switch (vscmi_platform_system_request(server->platform, agent_id, &ask)) {
	case VSCMI_OK:
		return json_object();
	case VSCMI_E_INVALID:
		return refuse(problem, "the board has no system power for", agent);
	case VSCMI_E_NOT_READY:
		return refuse(problem, "nobody listens for system power notifications in",
			      agent);
	default:
		return refuse(problem, "too many notifications wait for", agent);
	}
}

static json_t *shut_down(struct vscmid_server *server, json_t *request,
			 struct vscmi_problem *problem)
{
	return ask_guest(server, request, VSCMI_SYSTEM_SHUTDOWN, problem);
}

static json_t *reboot(struct vscmid_server *server, json_t *request,
		      struct vscmi_problem *problem)
{
	return ask_guest(server, request, VSCMI_SYSTEM_COLD_RESET, problem);
}

static bool is_connected(const struct vscmid_server *server, uint32_t agent_id)
{
	const struct vscmid_device *device = server->devices[agent_id - 1];

	return device && device->ops->is_connected(device);
}

static json_t *list_agents(struct vscmid_server *server, json_t *request,
			   struct vscmi_problem *problem)
{
	json_t *agents;

	if (!TAKE(request, problem, ""))
		return NULL;
	agents = json_array();
	for (uint32_t id = 1; id <= vscmi_board_agent_count(server->board); id++)
		json_array_append_new(agents,
				      json_pack("{s:i, s:s, s:b}", "id", (int)id, "name",
						vscmi_board_agent_name(server->board, id),
						"connected", is_connected(server, id)));
	return json_pack("{s:o}", "agents", agents);
}

/* A member for each count that is not 0. */
static void set_count(json_t *object, const char *name, uint64_t count)
{
	if (count)
		json_object_set_new(object, name, json_integer((json_int_t)count));
}

static json_t *count_messages(const struct vscmi_platform_counters *counters)
{
	uint64_t other = counters->messages_unknown;
	json_t *messages = json_object();

	for (uint32_t i = 0; i < VSCMI_PLATFORM_PROTOCOLS; i++) {
		const char *name =
			vscmi_protocol_name((uint8_t)(VSCMI_PROTOCOL_BASE + i));

		if (name)
			set_count(messages, name, counters->messages[i]);
		else
			other += counters->messages[i];
	}
	set_count(messages, "other", other);
	return messages;
}

static json_t *count_answers(const struct vscmi_platform_counters *counters)
{
	json_t *answers = json_object();

	for (int32_t i = 0; i < (int32_t)VSCMI_PLATFORM_STATUSES; i++)
		set_count(answers, vscmi_status_name(-i), counters->answers[i]);
	set_count(answers, vscmi_status_name(VSCMI_STATUS_VENDOR),
		  counters->answers_vendor);
	return answers;
}

static json_t *count_agent(const struct vscmid_server *server, uint32_t agent_id)
{
	const struct vscmid_device *device = server->devices[agent_id - 1];
	uint64_t dropped = vscmi_faults_notifications_dropped(server->faults, agent_id);
	struct vscmi_platform_counters counters;
	json_t *object;

	vscmi_platform_counters(server->platform, agent_id, &counters);
	counters.notifications -= dropped;
	counters.notifications_dropped += dropped;
	object = json_pack(
		"{s:o, s:o, s:I, s:I, s:I, s:I, s:I}", "messages",
		count_messages(&counters), "answers", count_answers(&counters),
		"unanswerable", (json_int_t)counters.unanswerable, "delayed_responses",
		(json_int_t)counters.delayed_responses, "notifications",
		(json_int_t)counters.notifications, "notifications_merged",
		(json_int_t)counters.notifications_merged, "notifications_dropped",
		(json_int_t)counters.notifications_dropped);
	if (device)
		device->ops->count(device, object);
	return object;
}

static json_t *count(struct vscmid_server *server, json_t *request,
		     struct vscmi_problem *problem)
{
	json_t *agents;

	if (!TAKE(request, problem, ""))
		return NULL;
	agents = json_object();
	for (uint32_t id = 1; id <= vscmi_board_agent_count(server->board); id++)
		json_object_set_new(agents, vscmi_board_agent_name(server->board, id),
				    count_agent(server, id));
	return json_pack("{s:o}", "agents", agents);
}

/*
 * ---- Faults ----
 */

#define RULE_BYTES 512

static json_t *add_fault(struct vscmid_server *server, json_t *request,
			 struct vscmi_problem *problem)
{
	struct vscmi_fault_rule rule;
	enum vscmi_error error;
	json_t *value;
	uint32_t id;
	char *text;

	if (!TAKE(request, problem, "s:o", "rule", &value))
		return NULL;
	/* JSON is YAML: one reader for rules, wherever they stand. */
	text = json_dumps(value, JSON_ENCODE_ANY);
	error = text ? vscmi_board_fault_read(server->board, text, strlen(text), &rule,
					      problem)
		     : vscmi_problem_set(problem, VSCMI_E_NO_MEMORY, "not enough memory");
	free(text);
	if (error)
		return NULL;
	error = vscmi_faults_add(server->faults, &rule, &id);
	if (error == VSCMI_E_BUSY)
		vscmi_problem_set(problem, error,
				  "%d rules are in force, and no more fit",
				  VSCMI_BOARD_RULES_MAX);
	else if (error)
		vscmi_problem_set(problem, error, "%s", vscmi_error_text(error));
	return error ? NULL : json_pack("{s:I}", "id", (json_int_t)id);
}

static json_t *describe_rule(const struct vscmid_server *server,
			     const struct vscmi_fault_entry *entry)
{
	char text[RULE_BYTES];

	vscmi_board_fault_write(server->board, &entry->rule, text, sizeof(text));
	return json_pack("{s:I, s:o, s:I, s:I, s:I}", "id", (json_int_t)entry->id, "rule",
			 json_loads(text, 0, NULL), "matched", (json_int_t)entry->matched,
			 "done", (json_int_t)entry->done, "missed",
			 (json_int_t)entry->missed);
}

static json_t *list_faults(struct vscmid_server *server, json_t *request,
			   struct vscmi_problem *problem)
{
	const struct vscmi_fault_entry *entry = NULL;
	json_t *rules;

	if (!TAKE(request, problem, ""))
		return NULL;
	rules = json_array();
	while ((entry = vscmi_faults_next_rule(server->faults, entry ? entry->id : 0)))
		json_array_append_new(rules, describe_rule(server, entry));
	return json_pack("{s:o}", "rules", rules);
}

static json_t *clear_faults(struct vscmid_server *server, json_t *request,
			    struct vscmi_problem *problem)
{
	json_int_t id = 0, seed = -1;

	if (!TAKE(request, problem, "s?I, s?I", "id", &id, "seed", &seed))
		return NULL;
	if (json_object_get(request, "seed") && (seed < 0 || seed > UINT32_MAX)) {
		vscmi_problem_set(problem, VSCMI_E_INVALID, "seed is out of range");
		return NULL;
	}
	if ((json_object_get(request, "id") && (id < 1 || id > UINT32_MAX)) ||
	    vscmi_faults_clear(server->faults, (uint32_t)id)) {
		vscmi_problem_set(problem, VSCMI_E_INVALID,
				  "there is no rule %" JSON_INTEGER_FORMAT, id);
		return NULL;
	}
	if (seed >= 0)
		vscmi_faults_seed(server->faults, (uint64_t)seed);
	return json_object();
}

static const struct command commands[] = {
	{ "set", set },
	{ "release", release },
	{ "fail", fail },
	{ "repair", repair },
	{ "shutdown", shut_down },
	{ "reboot", reboot },
	{ "agents", list_agents },
	{ "counters", count },
	{ "fault_add", add_fault },
	{ "fault_list", list_faults },
	{ "fault_clear", clear_faults },
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	}
	return NULL;
}

static json_t *run(struct vscmid_server *server, const char *text, size_t length,
		   struct vscmi_problem *problem)
{
	const struct command *command;
	const char *name;
	json_error_t error;
	json_t *request = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	json_t *reply = NULL;

	if (!request) {
		vscmi_problem_set(problem, VSCMI_E_INVALID, "no JSON: %s", error.text);
		return NULL;
	}
	if (json_unpack_ex(request, &error, 0, "{s:s}", "command", &name)) {
		vscmi_problem_set(problem, VSCMI_E_INVALID, "%s", error.text);
	} else if (!(command = find_command(name))) {
		reply = refuse(problem, "there is no command", name);
	} else {
		vscmid_server_enter(server);
		reply = command->run(server, request, problem);
		vscmid_server_leave(server);
	}
	json_decref(request);
	return reply;
}

char *vscmid_command_run(struct vscmid_server *server, const char *request, size_t length)
{
	struct vscmi_problem problem;
	json_t *result = run(server, request, length, &problem);
	json_t *reply = json_pack("{s:b}", "ok", result != NULL);
	char *text;

	if (result)
		json_object_update(reply, result);
	else if (json_object_set_new(reply, "error", json_string(problem.text)))
		json_object_set_new(reply, "error", json_string("a name is too long"));
	text = json_dumps(reply, JSON_COMPACT);
	json_decref(result);
	json_decref(reply);
	return text;
}
