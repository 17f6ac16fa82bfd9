/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which clocks and sensors exist for an agent, and which of them it may change:
 *
 *     sees:    { clocks: [uart, bus], sensors: [soc] }
 *     changes: { clocks: [uart] }
 *
 * Without `sees` everything exists for it, without `changes` it may change all it sees.
 */
#include <string.h>

#include "board/board.h"

/* What of one protocol; the lists are of uint16_t, resource indexes. */
struct rights {
	struct vscmi_array seen, changed;
	bool changes_all;
};

/* The list of a kind of resource in `sees` or `changes`; no list is an empty one. */
static void read_names(struct vscmi_reader *reader, yaml_node_t *mapping,
		       const char *kind, const char *what,
		       const struct vscmi_array *resources,
		       struct vscmi_array *ret_indexes)
{
	static const struct vscmi_key keys[] = {
		{ "clocks", vscmi_read_later, 0, false },
		{ "sensors", vscmi_read_later, 0, false },
	};
	static const struct vscmi_keys shape = VSCMI_KEYS("a view", keys);
	yaml_node_t *names;
	char nothing;

	vscmi_read_mapping(reader, mapping, &shape, &nothing);
	if (reader->error)
		return;
	names = vscmi_mapping_value(reader, mapping, kind);
	if (names)
		vscmi_read_references(reader, names, what, resources, UINT16_MAX,
				      ret_indexes);
}

static bool holds(const struct vscmi_array *indexes, uint16_t index)
{
	for (uint32_t i = 0; i < indexes->count; i++) {
		if (((const uint16_t *)indexes->items)[i] == index)
			return true;
	}
	return false;
}

static bool may_change(const struct rights *rights, uint16_t index)
{
	return rights->changes_all || holds(&rights->changed, index);
}

static void see_everything(struct vscmi_reader *reader,
			   const struct vscmi_array *resources,
			   struct vscmi_array *ret_indexes)
{
	uint16_t *indexes = vscmi_reader_take(reader, resources->count, sizeof(*indexes));

	for (uint32_t i = 0; indexes && i < resources->count; i++)
		indexes[i] = (uint16_t)i;
	*ret_indexes =
		(struct vscmi_array){ indexes, sizeof(*indexes), resources->count };
}

static void read_rights(struct vscmi_reader *reader, yaml_node_t *node, const char *kind,
			const char *what, const struct vscmi_array *resources,
			struct rights *rights)
{
	yaml_node_t *sees = vscmi_mapping_value(reader, node, "sees");
	yaml_node_t *changes = vscmi_mapping_value(reader, node, "changes");

	if (sees)
		read_names(reader, sees, kind, what, resources, &rights->seen);
	else
		see_everything(reader, resources, &rights->seen);
	rights->changes_all = !changes;
	if (changes)
		read_names(reader, changes, kind, what, resources, &rights->changed);
	for (uint32_t i = 0; i < rights->changed.count && !reader->error; i++) {
		if (!holds(&rights->seen, ((const uint16_t *)rights->changed.items)[i]))
			vscmi_refuse_scalar(
				reader,
				vscmi_array_node(
					reader,
					vscmi_mapping_value(reader, changes, kind), i),
				"only what the agent sees");
	}
}

static void read_clock_view(struct vscmi_reader *reader, yaml_node_t *node,
			    const struct vscmi_board *board,
			    struct vscmi_board_agent *agent)
{
	struct vscmi_platform_clock_view *view =
		vscmi_reader_take(reader, 1, sizeof(*view));
	struct vscmi_platform_clock_grant *grants;
	struct rights rights = { 0 };

	read_rights(reader, node, "clocks", "a clock", &board->clocks, &rights);
	grants = vscmi_reader_take(reader, rights.seen.count, sizeof(*grants));
	if (reader->error)
		return;
	for (uint32_t i = 0; i < rights.seen.count; i++) {
		uint16_t clock = ((const uint16_t *)rights.seen.items)[i];
		bool change = may_change(&rights, clock);

		grants[i] = (struct vscmi_platform_clock_grant){ clock, change, change,
								 change };
	}
	*view = (struct vscmi_platform_clock_view){ grants, (uint16_t)rights.seen.count };
	agent->clocks = view;
}

static void read_sensor_view(struct vscmi_reader *reader, yaml_node_t *node,
			     const struct vscmi_board *board,
			     struct vscmi_board_agent *agent)
{
	struct vscmi_platform_sensor_view *view =
		vscmi_reader_take(reader, 1, sizeof(*view));
	struct vscmi_platform_sensor_grant *grants;
	struct rights rights = { 0 };

	read_rights(reader, node, "sensors", "a sensor", &board->sensors, &rights);
	grants = vscmi_reader_take(reader, rights.seen.count, sizeof(*grants));
	if (reader->error)
		return;
	for (uint32_t i = 0; i < rights.seen.count; i++) {
		uint16_t sensor = ((const uint16_t *)rights.seen.items)[i];

		grants[i] = (struct vscmi_platform_sensor_grant){
			sensor, may_change(&rights, sensor)
		};
	}
	*view = (struct vscmi_platform_sensor_view){ grants,
						     (uint16_t)rights.seen.count };
	agent->sensors = view;
}

void vscmi_read_views(struct vscmi_reader *reader, yaml_node_t *node,
		      const struct vscmi_board *board, struct vscmi_board_agent *agent)
{
	if (!vscmi_mapping_value(reader, node, "sees") &&
	    !vscmi_mapping_value(reader, node, "changes"))
		return;
	read_clock_view(reader, node, board, agent);
	read_sensor_view(reader, node, board, agent);
}
