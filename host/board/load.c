/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "board/board.h"
#include "board/file.h"

static void read_socket(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	struct sockaddr_un address;

	vscmi_read_path(reader, node, member);
	if (!reader->error && strlen(*(const char **)member) >= sizeof(address.sun_path))
		vscmi_reader_refuse(reader, node,
				    "the path is longer than %zu characters",
				    sizeof(address.sun_path) - 1);
}

static void read_agent(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	static const struct vscmi_key keys[] = {
		{ "name", vscmi_read_short_name, offsetof(struct vscmi_board_agent, name),
		  true },
		{ "socket", read_socket, offsetof(struct vscmi_board_agent, socket),
		  false },
		{ "trusted", vscmi_read_bool, offsetof(struct vscmi_board_agent, trusted),
		  false },
		{ "sees", vscmi_read_later, 0, false },
		{ "changes", vscmi_read_later, 0, false },
	};
	static const struct vscmi_keys shape = VSCMI_KEYS("an agent", keys);

	vscmi_read_mapping(reader, node, &shape, member);
}

static void refuse_shared_sockets(struct vscmi_reader *reader, yaml_node_t *node,
				  const struct vscmi_array *agents)
{
	const struct vscmi_board_agent *agent = agents->items;

	for (uint32_t i = 0; i < agents->count; i++) {
		for (uint32_t j = 0; j < i && agent[i].socket; j++) {
			if (agent[j].socket && !strcmp(agent[i].socket, agent[j].socket))
				vscmi_refuse_scalar(
					reader,
					vscmi_mapping_value(
						reader, vscmi_array_node(reader, node, i),
						"socket"),
					"a socket for each agent");
		}
	}
}

static void read_agents(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	static const struct vscmi_array_shape shape = {
		.what = "a list of agents",
		.read = read_agent,
		.item_bytes = sizeof(struct vscmi_board_agent),
		.min = 1,
		.max = UINT8_MAX,
		.named = true,
	};

	vscmi_read_list(reader, node, &shape, member);
	if (!reader->error)
		refuse_shared_sockets(reader, node, member);
}

static void read_clocks(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	static const struct vscmi_array_shape shape = {
		.what = "a list of clocks",
		.read = vscmi_read_clock,
		.item_bytes = sizeof(struct vscmi_sim_clock),
		.max = UINT16_MAX,
		.named = true,
	};

	vscmi_read_list(reader, node, &shape, member);
}

static void read_sensors(struct vscmi_reader *reader, yaml_node_t *node, void *member)
{
	static const struct vscmi_array_shape shape = {
		.what = "a list of sensors",
		.read = vscmi_read_sensor,
		.item_bytes = sizeof(struct vscmi_sim_sensor),
		.max = UINT16_MAX,
		.named = true,
	};

	vscmi_read_list(reader, node, &shape, member);
}

static void read_system_state(struct vscmi_reader *reader, yaml_node_t *node,
			      void *member)
{
	static const char expected[] =
		"shutdown, cold_reset, warm_reset, power_up or suspend";
	static const char *const names[] = {
		[VSCMI_SYSTEM_SHUTDOWN] = "shutdown",
		[VSCMI_SYSTEM_COLD_RESET] = "cold_reset",
		[VSCMI_SYSTEM_WARM_RESET] = "warm_reset",
		[VSCMI_SYSTEM_POWER_UP] = "power_up",
		[VSCMI_SYSTEM_SUSPEND] = "suspend",
	};
	const char *text = vscmi_scalar(reader, node, expected);

	for (uint32_t i = 0; text && i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i])) {
			*(uint32_t *)member = UINT32_C(1) << i;
			return;
		}
	}
	if (text)
		vscmi_refuse_scalar(reader, node, expected);
}

static void read_system_power(struct vscmi_reader *reader, yaml_node_t *node,
			      void *member)
{
	static const struct vscmi_array_shape shape = {
		.what = "a list of states such as [shutdown, cold_reset]",
		.read = read_system_state,
		.item_bytes = sizeof(uint32_t),
		.min = 1,
		.max = 5,
	};
	struct vscmi_array states = { 0 };

	vscmi_read_list(reader, node, &shape, &states);
	for (uint32_t i = 0; i < states.count; i++)
		*(uint32_t *)member |= ((const uint32_t *)states.items)[i];
}

static const struct vscmi_key board_keys[] = {
	{ "vendor", vscmi_read_short_name, offsetof(struct vscmi_board, vendor), false },
	{ "sub_vendor", vscmi_read_short_name, offsetof(struct vscmi_board, sub_vendor),
	  false },
	{ "implementation_version", vscmi_read_u32,
	  offsetof(struct vscmi_board, implementation_version), false },
	{ "agents", read_agents, offsetof(struct vscmi_board, agents), true },
	{ "system_power", read_system_power, offsetof(struct vscmi_board, system_states),
	  false },
	{ "clocks", read_clocks, offsetof(struct vscmi_board, clocks), false },
	{ "sensors", read_sensors, offsetof(struct vscmi_board, sensors), false },
	{ "faults", vscmi_read_later, 0, false },
};

static const struct vscmi_keys board_shape = VSCMI_KEYS("a board", board_keys);

/* What refers to names comes after the names. */
static void read_parents(struct vscmi_reader *reader, yaml_node_t *root,
			 struct vscmi_board *board)
{
	yaml_node_t *nodes = vscmi_mapping_value(reader, root, "clocks");
	struct vscmi_sim_clock *clocks = board->clocks.items;

	for (uint32_t i = 0; i < board->clocks.count && !reader->error; i++)
		vscmi_read_parents(reader, vscmi_array_node(reader, nodes, i), &clocks[i],
				   &board->clocks);
}

static void read_all_views(struct vscmi_reader *reader, yaml_node_t *root,
			   struct vscmi_board *board)
{
	yaml_node_t *nodes = vscmi_mapping_value(reader, root, "agents");
	struct vscmi_board_agent *agents = board->agents.items;

	for (uint32_t i = 0; i < board->agents.count && !reader->error; i++)
		vscmi_read_views(reader, vscmi_array_node(reader, nodes, i), board,
				 &agents[i]);
}

static void read_board(struct vscmi_reader *reader, struct vscmi_board *board)
{
	yaml_node_t *root = vscmi_reader_root(reader), *faults;

	board->vendor = "vscmi";
	vscmi_read_mapping(reader, root, &board_shape, board);
	if (reader->error)
		return;
	read_parents(reader, root, board);
	read_all_views(reader, root, board);
	faults = vscmi_mapping_value(reader, root, "faults");
	if (faults)
		vscmi_read_faults(reader, faults, &board->agents, &board->faults);
}

enum vscmi_error vscmi_board_load_text(const char *text, size_t length, const char *name,
				       struct vscmi_board **ret_board,
				       struct vscmi_problem *problem)
{
	struct vscmi_board *board = calloc(1, sizeof(*board));
	struct vscmi_reader reader = { .what = "a board",
				       .file_name = name,
				       .problem = problem };

	if (!board)
		return vscmi_problem_set(problem, VSCMI_E_NO_MEMORY,
					 "%s: not enough memory", name);
	reader.pool = &board->pool;
	if (!vscmi_reader_open(&reader, text, length)) {
		read_board(&reader, board);
		vscmi_reader_close(&reader);
	}
	if (reader.error)
		vscmi_board_free(board);
	else
		*ret_board = board;
	return reader.error;
}

enum vscmi_error vscmi_board_load(const char *path, struct vscmi_board **ret_board,
				  struct vscmi_problem *problem)
{
	struct vscmi_pool pool = { 0 };
	enum vscmi_error error;
	size_t length;
	char *text;

	error = vscmi_file_read(path, &pool, &text, &length, problem);
	if (!error)
		error = vscmi_board_load_text(text, length, path, ret_board, problem);
	vscmi_pool_give_back(&pool);
	return error;
}

void vscmi_board_free(struct vscmi_board *board)
{
	if (!board)
		return;
	vscmi_pool_give_back(&board->pool);
	free(board);
}
