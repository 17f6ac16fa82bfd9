/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <vscmi/agent/clock.h>

#include "model.h"

/* Rates that a line of a table names one by one. */
#define NAMED_RATES 4u

static struct vscmi_result add_rates(struct cli *cli, json_t *model, uint32_t clock_id)
{
	struct vscmi_clock_rates rates;
	struct vscmi_list list;
	json_t *array = json_array();

	vscmi_clock_rates(&list, cli->agent, clock_id);
	while (vscmi_clock_rates_next(&list, &rates)) {
		if (rates.step_hz != 0) {
			json_object_set_new(model, "min_hz",
					    json_integer((json_int_t)rates.min_hz));
			json_object_set_new(model, "max_hz",
					    json_integer((json_int_t)rates.max_hz));
			json_object_set_new(model, "step_hz",
					    json_integer((json_int_t)rates.step_hz));
		} else {
			json_array_append_new(array,
					      json_integer((json_int_t)rates.min_hz));
		}
	}
	if (json_array_size(array) > 0)
		json_object_set(model, "rates_hz", array);
	json_decref(array);
	return list.result;
}

/* The name of a parent, which need not be a clock that this agent sees. */
static json_t *name_of(struct cli *cli, uint32_t clock_id)
{
	struct vscmi_clock clock;

	if (vscmi_failed(vscmi_clock_get(cli->agent, clock_id, &clock)))
		return json_string("?");
	return cli_name(clock.name);
}

static struct vscmi_result add_parents(struct cli *cli, json_t *model, uint32_t clock_id)
{
	struct vscmi_list list;
	json_t *array = json_array();
	struct vscmi_result result;
	uint32_t parent_id;

	json_object_set_new(model, "parents", array);
	vscmi_clock_parents(&list, cli->agent, clock_id);
	while (vscmi_clock_parents_next(&list, &parent_id))
		json_array_append_new(array, name_of(cli, parent_id));
	if (vscmi_failed(list.result))
		return list.result;
	result = vscmi_clock_parent_get(cli->agent, clock_id, &parent_id);
	if (!vscmi_failed(result))
		json_object_set_new(model, "parent", name_of(cli, parent_id));
	return result;
}

struct vscmi_result cli_add_clock_model(struct cli *cli, uint32_t clock_id,
					json_t *models)
{
	json_t *model = json_object();
	struct vscmi_clock clock;
	struct vscmi_result result = vscmi_clock_get(cli->agent, clock_id, &clock);
	uint64_t rate_hz;

	json_array_append_new(models, model);
	if (vscmi_failed(result))
		return result;
	json_object_set_new(model, "id", json_integer(clock_id));
	json_object_set_new(model, "name", cli_name(clock.name));
	json_object_set_new(model, "enabled", json_boolean(clock.enabled));
	result = vscmi_clock_rate_get(cli->agent, clock_id, &rate_hz);
	if (vscmi_failed(result))
		return result;
	json_object_set_new(model, "rate_hz", json_integer((json_int_t)rate_hz));
	result = add_rates(cli, model, clock_id);
	if (!vscmi_failed(result) && clock.parents)
		result = add_parents(cli, model, clock_id);
	return result;
}

struct vscmi_result cli_add_clock_models(struct cli *cli, json_t *models)
{
	struct vscmi_clock_protocol protocol;
	struct vscmi_result result = vscmi_clock_protocol_get(cli->agent, &protocol);

	for (uint32_t id = 0; !vscmi_failed(result) && id < protocol.clocks; id++)
		result = cli_add_clock_model(cli, id, models);
	return result;
}

void cli_clock_rates_text(const json_t *clock, char text[CLI_CELL_BYTES])
{
	const json_t *rates = json_object_get(clock, "rates_hz");
	char low[CLI_CELL_BYTES], high[CLI_CELL_BYTES], step[CLI_CELL_BYTES];
	size_t count = json_array_size(rates), length = 0;

	text[0] = '\0';
	if (json_object_get(clock, "step_hz")) {
		cli_rate(cli_number(clock, "min_hz"), low);
		cli_rate(cli_number(clock, "max_hz"), high);
		cli_rate(cli_number(clock, "step_hz"), step);
		snprintf(text, CLI_CELL_BYTES, "%.40s .. %.40s, step %.40s", low, high,
			 step);
		return;
	}
	if (count > NAMED_RATES) {
		cli_rate(json_integer_value(json_array_get(rates, 0)), low);
		cli_rate(json_integer_value(json_array_get(rates, count - 1)), high);
		snprintf(text, CLI_CELL_BYTES, "%.40s .. %.40s, %zu rates", low, high,
			 count);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		cli_rate(json_integer_value(json_array_get(rates, i)), low);
		length += (size_t)snprintf(text + length, CLI_CELL_BYTES - length,
					   "%s%.40s", i ? ", " : "", low);
	}
}
