/* SPDX-License-Identifier: BSD-3-Clause */
#include "board/board.h"
#include "board/sim_system.h"

/* For each agent: what Linux has under way at most, and a burst of notifications. */
#define PENDING_MAX       16
#define NOTIFICATIONS_MAX 64

static const struct vscmi_platform_agent *describe_agents(struct vscmi_board *board)
{
	const struct vscmi_board_agent *agents = board->agents.items;
	struct vscmi_platform_agent *descriptions =
		vscmi_pool_take(&board->pool, board->agents.count, sizeof(*descriptions));

	for (uint32_t i = 0; descriptions && i < board->agents.count; i++) {
		descriptions[i] = (struct vscmi_platform_agent){
			.name = agents[i].name,
			.trusted = agents[i].trusted,
			.clocks = agents[i].clocks,
			.sensors = agents[i].sensors,
		};
	}
	return descriptions;
}

static const struct vscmi_platform_clock *describe_clocks(struct vscmi_board *board)
{
	struct vscmi_sim_clock *clocks = board->clocks.items;
	struct vscmi_platform_clock *descriptions =
		vscmi_pool_take(&board->pool, board->clocks.count, sizeof(*descriptions));

	for (uint32_t i = 0; descriptions && i < board->clocks.count; i++)
		descriptions[i] = vscmi_sim_clock_describe(&clocks[i]);
	return descriptions;
}

static const struct vscmi_platform_sensor *describe_sensors(struct vscmi_board *board)
{
	struct vscmi_sim_sensor *sensors = board->sensors.items;
	struct vscmi_platform_sensor *descriptions = vscmi_pool_take(
		&board->pool, board->sensors.count, sizeof(*descriptions));

	for (uint32_t i = 0; descriptions && i < board->sensors.count; i++) {
		if (vscmi_sim_sensor_describe(&sensors[i], &board->start_us, &board->pool,
					      &descriptions[i]))
			return NULL;
	}
	return descriptions;
}

/* Its memory is the board's, as is all that it points to: the platform keeps both. */
static const struct vscmi_platform_config *describe(struct vscmi_board *board)
{
	struct description {
		struct vscmi_platform_config config;
		struct vscmi_platform_base base;
		struct vscmi_platform_system system;
	} *all = vscmi_pool_take(&board->pool, 1, sizeof(*all));
	struct vscmi_platform_config *config;

	if (!all)
		return NULL;
	config = &all->config;
	all->system = vscmi_sim_system_describe(board);
	all->base = (struct vscmi_platform_base){
		.vendor = board->vendor,
		.sub_vendor = board->sub_vendor,
		.implementation_version = board->implementation_version,
	};
	*config = (struct vscmi_platform_config){
		.base = &all->base,
		.agents = describe_agents(board),
		.agent_count = (uint8_t)board->agents.count,
		.system = board->system_states ? &all->system : NULL,
		.clocks = describe_clocks(board),
		.clock_count = (uint16_t)board->clocks.count,
		.sensors = describe_sensors(board),
		.sensor_count = (uint16_t)board->sensors.count,
		.pending_max = PENDING_MAX,
		.notifications_max = NOTIFICATIONS_MAX,
	};
	if (!config->agents || !config->clocks || !config->sensors)
		return NULL;
	return config;
}

enum vscmi_error vscmi_board_start(struct vscmi_board *board, uint64_t now_us,
				   struct vscmi_platform **ret_platform)
{
	const struct vscmi_platform_config *config = describe(board);
	enum vscmi_error error;
	size_t bytes;
	void *memory;

	if (!config)
		return VSCMI_E_NO_MEMORY;
	bytes = vscmi_platform_bytes(config);
	memory = vscmi_pool_take(&board->pool, bytes, 1);
	if (!memory)
		return VSCMI_E_NO_MEMORY;
	error = vscmi_platform_init(config, memory, bytes, &board->platform);
	if (error)
		return error;
	board->start_us = now_us;
	vscmi_platform_advance(board->platform, now_us);
	*ret_platform = board->platform;
	return VSCMI_OK;
}

static const struct vscmi_board_agent *agent_at(const struct vscmi_board *board,
						uint32_t agent_id)
{
	return (const struct vscmi_board_agent *)board->agents.items + agent_id - 1;
}

uint32_t vscmi_board_agent_count(const struct vscmi_board *board)
{
	return board->agents.count;
}

const char *vscmi_board_agent_name(const struct vscmi_board *board, uint32_t agent_id)
{
	return agent_at(board, agent_id)->name;
}

const char *vscmi_board_agent_socket(const struct vscmi_board *board, uint32_t agent_id)
{
	return agent_at(board, agent_id)->socket;
}

uint32_t vscmi_board_agent_find(const struct vscmi_board *board, const char *name)
{
	uint32_t index = vscmi_array_find(&board->agents, name);

	return index == VSCMI_NO_INDEX ? 0 : index + 1;
}

uint32_t vscmi_board_clock_count(const struct vscmi_board *board)
{
	return board->clocks.count;
}

uint32_t vscmi_board_sensor_count(const struct vscmi_board *board)
{
	return board->sensors.count;
}

uint32_t vscmi_board_fault_seed(const struct vscmi_board *board)
{
	return board->faults.seed;
}

uint32_t vscmi_board_fault_rule_count(const struct vscmi_board *board)
{
	return board->faults.rules.count;
}

const struct vscmi_fault_rule *vscmi_board_fault_rules(const struct vscmi_board *board)
{
	return board->faults.rules.items;
}

static struct vscmi_sim_sensor *find_sensor(struct vscmi_board *board, const char *name)
{
	uint32_t index = vscmi_array_find(&board->sensors, name);

	return index == VSCMI_NO_INDEX
		       ? NULL
		       : (struct vscmi_sim_sensor *)board->sensors.items + index;
}

static void sensor_changed(struct vscmi_board *board,
			   const struct vscmi_sim_sensor *sensor)
{
	const struct vscmi_sim_sensor *first = board->sensors.items;

	vscmi_platform_sensor_changed(board->platform, (uint16_t)(sensor - first));
}

enum vscmi_error vscmi_board_sensor_hold(struct vscmi_board *board, const char *name,
					 uint32_t axis, double value)
{
	struct vscmi_sim_sensor *sensor = find_sensor(board, name);
	struct vscmi_sim_axis *axes;

	if (!sensor || axis >= sensor->axes.count)
		return VSCMI_E_INVALID;
	axes = sensor->axes.items;
	axes[axis].held = true;
	axes[axis].held_value = value;
	sensor_changed(board, sensor);
	return VSCMI_OK;
}

enum vscmi_error vscmi_board_sensor_release(struct vscmi_board *board, const char *name)
{
	struct vscmi_sim_sensor *sensor = find_sensor(board, name);
	struct vscmi_sim_axis *axes;

	if (!sensor)
		return VSCMI_E_INVALID;
	axes = sensor->axes.items;
	for (uint32_t i = 0; i < sensor->axes.count; i++)
		axes[i].held = false;
	sensor_changed(board, sensor);
	return VSCMI_OK;
}

enum vscmi_error vscmi_board_sensor_fail(struct vscmi_board *board, const char *name,
					 int32_t status)
{
	struct vscmi_sim_sensor *sensor = find_sensor(board, name);

	if (!sensor)
		return VSCMI_E_INVALID;
	sensor->fault = status;
	return VSCMI_OK;
}

enum vscmi_error vscmi_board_clock_fail(struct vscmi_board *board, const char *name,
					int32_t status)
{
	uint32_t index = vscmi_array_find(&board->clocks, name);

	if (index == VSCMI_NO_INDEX)
		return VSCMI_E_INVALID;
	((struct vscmi_sim_clock *)board->clocks.items)[index].fault = status;
	return VSCMI_OK;
}
