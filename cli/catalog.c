/* SPDX-License-Identifier: BSD-3-Clause */
#include "catalog.h"

#include <errno.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct vscmi_result cli_sensors(struct cli *cli, struct vscmi_sensor **ret_sensors,
				uint32_t *ret_count)
{
	struct vscmi_sensor_protocol protocol;
	struct vscmi_sensor *sensors;
	struct vscmi_list list;
	uint32_t count = 0;
	struct vscmi_result result = vscmi_sensor_protocol_get(cli->agent, &protocol);

	if (vscmi_failed(result))
		return result;
	sensors = calloc(protocol.sensors + 1, sizeof(*sensors));
	if (!sensors)
		return vscmi_local(VSCMI_E_NO_MEMORY);
	vscmi_sensors(&list, cli->agent);
	while (count < protocol.sensors && vscmi_sensors_next(&list, &sensors[count]))
		count++;
	if (vscmi_failed(list.result)) {
		free(sensors);
		return list.result;
	}
	*ret_sensors = sensors;
	*ret_count = count;
	return list.result;
}

bool cli_parse_number(const char *text, uint64_t max, uint64_t *ret_number)
{
	char *end;
	unsigned long long number;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || *end || number > max)
		return false;
	*ret_number = number;
	return true;
}

int cli_find_clock(struct cli *cli, const char *name_or_id, uint32_t *ret_clock_id,
		   struct vscmi_clock *ret_clock)
{
	struct vscmi_clock_protocol protocol;
	struct vscmi_clock clock;
	struct vscmi_result result;
	uint64_t id;

	if (cli_parse_number(name_or_id, UINT32_MAX, &id)) {
		result = vscmi_clock_get(cli->agent, (uint32_t)id, ret_clock);
		*ret_clock_id = (uint32_t)id;
		return vscmi_failed(result)
			       ? cli_failed(cli, result, "clock %s", name_or_id)
			       : CLI_DONE;
	}
	result = vscmi_clock_protocol_get(cli->agent, &protocol);
	for (uint32_t i = 0; !vscmi_failed(result) && i < protocol.clocks; i++) {
		result = vscmi_clock_get(cli->agent, i, &clock);
		if (!vscmi_failed(result) && strcmp(clock.name, name_or_id) == 0) {
			*ret_clock = clock;
			*ret_clock_id = i;
			return CLI_DONE;
		}
	}
	if (vscmi_failed(result))
		return cli_failed(cli, result, "clocks");
	return cli_misused(cli, "no clock %s; vscmi clock list names them", name_or_id);
}

int cli_find_sensor(struct cli *cli, const char *name_or_id,
		    struct vscmi_sensor *ret_sensor)
{
	struct vscmi_sensor *sensors = NULL;
	struct vscmi_result result;
	uint32_t count = 0, found;
	uint64_t id = UINT64_MAX;

	result = cli_sensors(cli, &sensors, &count);
	if (vscmi_failed(result))
		return cli_failed(cli, result, "sensors");
	cli_parse_number(name_or_id, UINT32_MAX, &id);
	for (found = 0; found < count; found++) {
		if (sensors[found].sensor_id == id ||
		    strcmp(sensors[found].name, name_or_id) == 0)
			break;
	}
	if (found < count)
		*ret_sensor = sensors[found];
	free(sensors);
	return found < count
		       ? CLI_DONE
		       : cli_misused(cli, "no sensor %s; vscmi sensor list names them",
				     name_or_id);
}
