/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi discover: the whole platform as a tree. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <vscmi/agent/base.h>
#include <vscmi/agent/system.h>
#include <vscmi/message.h>

#include "model.h"
#include "output.h"

/*
 * ---- The model ----
 */

static struct vscmi_result add_base(struct cli *cli, json_t *platform)
{
	char vendor[VSCMI_BASE_NAME_BYTES], sub_vendor[VSCMI_BASE_NAME_BYTES];
	struct vscmi_base_attributes attributes;
	struct vscmi_base_agent agent;
	json_t *agents = json_array();
	uint32_t version;
	struct vscmi_result result = vscmi_base_vendor(cli->agent, vendor);

	json_object_set_new(platform, "agents", agents);
	if (vscmi_failed(result))
		return result;
	json_object_set_new(platform, "vendor", cli_name(vendor));
	/* Optional in the specification. */
	if (!vscmi_failed(vscmi_base_sub_vendor(cli->agent, sub_vendor)))
		json_object_set_new(platform, "sub_vendor", cli_name(sub_vendor));
	result = vscmi_base_implementation_version(cli->agent, &version);
	if (vscmi_failed(result))
		return result;
	json_object_set_new(platform, "implementation_version", json_integer(version));
	result = vscmi_base_attributes_get(cli->agent, &attributes);
	if (vscmi_failed(result))
		return result;
	for (uint32_t id = 1; id <= attributes.agents; id++) {
		if (!vscmi_failed(vscmi_base_agent_get(cli->agent, id, &agent)))
			json_array_append_new(agents, json_pack("{s:I, s:o}", "id",
								(json_int_t)id, "name",
								cli_name(agent.name)));
	}
	if (!vscmi_failed(vscmi_base_agent_get(cli->agent, VSCMI_BASE_SELF, &agent)))
		json_object_set_new(platform, "self", json_integer(agent.agent_id));
	return result;
}

static struct vscmi_result add_system(struct cli *cli, json_t *protocol)
{
	static const char *const names[] = { "shutdown", "cold reset", "warm reset",
					     "power up", "suspend" };
	uint32_t state;
	char vendor_state[32];

	if (vscmi_failed(vscmi_system_state_get(cli->agent, &state)))
		return vscmi_local(VSCMI_OK); /* optional in the specification */
	snprintf(vendor_state, sizeof(vendor_state), "0x%" PRIx32, state);
	json_object_set_new(protocol, "state",
			    json_string(state < 5 ? names[state] : vendor_state));
	return vscmi_local(VSCMI_OK);
}

static struct vscmi_result add_clocks(struct cli *cli, json_t *protocol)
{
	json_t *clocks = json_array();

	json_object_set_new(protocol, "clocks", clocks);
	return cli_add_clock_models(cli, clocks);
}

static struct vscmi_result add_sensors(struct cli *cli, json_t *protocol)
{
	json_t *sensors = json_array();

	json_object_set_new(protocol, "sensors", sensors);
	return cli_add_sensor_models(cli, sensors);
}

/* What is known of a protocol beside its version. */
static const struct {
	uint8_t protocol;
	struct vscmi_result (*add)(struct cli *cli, json_t *protocol);
} details[] = {
	{ VSCMI_PROTOCOL_SYSTEM, add_system },
	{ VSCMI_PROTOCOL_CLOCK, add_clocks },
	{ VSCMI_PROTOCOL_SENSOR, add_sensors },
};

static struct vscmi_result add_protocol(struct cli *cli, json_t *protocols, uint8_t id)
{
	const char *name = vscmi_protocol_name(id);
	json_t *protocol =
		json_pack("{s:i, s:s}", "id", id, "name", name ? name : "vendor");
	struct vscmi_result result;
	uint32_t version;
	char text[32];

	json_array_append_new(protocols, protocol);
	result = vscmi_agent_protocol_version(cli->agent, id, &version);
	if (vscmi_failed(result))
		return result;
	snprintf(text, sizeof(text), "%" PRIu32 ".%" PRIu32, version >> 16,
		 version & 0xffff);
	json_object_set_new(protocol, "version", json_string(text));
	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		if (details[i].protocol == id && !vscmi_failed(result))
			result = details[i].add(cli, protocol);
	}
	return result;
}

static struct vscmi_result add_protocols(struct cli *cli, json_t *platform)
{
	json_t *protocols = json_array();
	struct vscmi_list list;
	uint8_t ids[UINT8_MAX], id;
	size_t count = 0;
	struct vscmi_result result = { 0 };

	json_object_set_new(platform, "protocols", protocols);
	ids[count++] = VSCMI_PROTOCOL_BASE;
	vscmi_base_protocols(&list, cli->agent);
	while (count < sizeof(ids) && vscmi_base_protocols_next(&list, &id))
		ids[count++] = id;
	if (vscmi_failed(list.result))
		return list.result;
	for (size_t i = 0; i < count && !vscmi_failed(result); i++)
		result = add_protocol(cli, protocols, ids[i]);
	return result;
}

/*
 * ---- The tree ----
 */

/* Lines to the left of a node, and whether more nodes follow on the same level. */
static void branch(const struct cli *cli, const char *left, bool last)
{
	if (cli->utf8)
		printf("%s%s", left, last ? "└─ " : "├─ ");
	else
		printf("%s%s", left, last ? "`- " : "|- ");
}

static const char *below(const struct cli *cli, bool last)
{
	if (last)
		return "   ";
	return cli->utf8 ? "│  " : "|  ";
}

static void print_clock(const struct cli *cli, const json_t *clock)
{
	char rate[CLI_CELL_BYTES], rates[CLI_CELL_BYTES];

	cli_rate(cli_number(clock, "rate_hz"), rate);
	cli_clock_rates_text(clock, rates);
	printf("%" JSON_INTEGER_FORMAT " %s: %s, %s", cli_number(clock, "id"),
	       cli_text(clock, "name"), rate,
	       json_is_true(json_object_get(clock, "enabled")) ? "on" : "off");
	if (json_array_size(json_object_get(clock, "rates_hz")) != 1)
		printf(" (%s)", rates);
	if (*cli_text(clock, "parent"))
		printf(" from %s", cli_text(clock, "parent"));
	putchar('\n');
}

static void print_sensor(const struct cli *cli, const json_t *sensor)
{
	const json_t *axes = json_object_get(sensor, "axes"), *axis;
	size_t i;

	printf("%" JSON_INTEGER_FORMAT " %s:", cli_number(sensor, "id"),
	       cli_text(sensor, "name"));
	if (!axes)
		printf(" %s", cli_text(sensor, "unit"));
	json_array_foreach(axes, i, axis) printf(
		"%s %s %s", i ? "," : "", cli_text(axis, "name"), cli_text(axis, "unit"));
	if (cli_number(sensor, "trip_points") > 0)
		printf(", %" JSON_INTEGER_FORMAT " trip point%s",
		       cli_number(sensor, "trip_points"),
		       cli_number(sensor, "trip_points") == 1 ? "" : "s");
	putchar('\n');
}

static void print_list(const struct cli *cli, const char *left, const json_t *list,
		       void (*print)(const struct cli *cli, const json_t *node))
{
	const json_t *node;
	size_t i;

	json_array_foreach(list, i, node)
	{
		branch(cli, left, i + 1 == json_array_size(list));
		print(cli, node);
	}
}

static void print_protocol(const struct cli *cli, const json_t *protocol, bool last)
{
	branch(cli, "", last);
	printf("%s (0x%02x) version %s", cli_text(protocol, "name"),
	       (unsigned int)cli_number(protocol, "id"), cli_text(protocol, "version"));
	if (*cli_text(protocol, "state"))
		printf(", state: %s", cli_text(protocol, "state"));
	putchar('\n');
	print_list(cli, below(cli, last), json_object_get(protocol, "clocks"),
		   print_clock);
	print_list(cli, below(cli, last), json_object_get(protocol, "sensors"),
		   print_sensor);
}

static void print_agents(const struct cli *cli, const json_t *platform)
{
	const json_t *agent;
	size_t i;

	branch(cli, "", false);
	printf("agents:");
	json_array_foreach(json_object_get(platform, "agents"), i, agent) printf(
		"%s %" JSON_INTEGER_FORMAT " %s%s", i ? "," : "", cli_number(agent, "id"),
		cli_text(agent, "name"),
		cli_number(agent, "id") == cli_number(platform, "self") ? " (this one)"
									: "");
	putchar('\n');
}

static void print_tree(const struct cli *cli, const json_t *platform)
{
	const json_t *protocols = json_object_get(platform, "protocols"), *protocol;
	size_t i;

	printf("%s %s, implementation version 0x%08x\n", cli_text(platform, "vendor"),
	       cli_text(platform, "sub_vendor"),
	       (unsigned int)cli_number(platform, "implementation_version"));
	if (json_array_size(json_object_get(platform, "agents")) > 0)
		print_agents(cli, platform);
	json_array_foreach(protocols, i, protocol)
		print_protocol(cli, protocol, i + 1 == json_array_size(protocols));
}

static int run(struct cli *cli, int argc, char **argv)
{
	json_t *platform = json_object();
	struct vscmi_result result;

	if (argc != 1) {
		json_decref(platform);
		return cli_misused(cli, "discover takes no argument");
	}
	result = add_base(cli, platform);
	if (!vscmi_failed(result))
		result = add_protocols(cli, platform);
	if (!vscmi_failed(result) && cli->json)
		cli_json(platform, false);
	else if (!vscmi_failed(result))
		print_tree(cli, platform);
	json_decref(platform);
	return vscmi_failed(result) ? cli_failed(cli, result, "the platform") : CLI_DONE;
}

const struct cli_command cli_discover = {
	.name = "discover",
	.summary = "show the whole platform as a tree",
	.help = "vscmi discover\n",
	.needs_link = true,
	.run = run,
};
