/* SPDX-License-Identifier: BSD-3-Clause */
/* What the platform has, and which of it a user names. */
#ifndef VSCMI_CLI_CATALOG_H
#define VSCMI_CLI_CATALOG_H

#include <vscmi/agent/clock.h>
#include <vscmi/agent/sensor.h>

#include "cli.h"

/* All sensors. The array is the caller's to free. */
struct vscmi_result cli_sensors(struct cli *cli, struct vscmi_sensor **ret_sensors,
				uint32_t *ret_count);

/*
 * The clock, or sensor, with this name or this decimal or hexadecimal id. Otherwise say what is
 * wrong and return an exit status, CLI_DONE if all went well.
 */
int cli_find_clock(struct cli *cli, const char *name_or_id, uint32_t *ret_clock_id,
		   struct vscmi_clock *ret_clock);
int cli_find_sensor(struct cli *cli, const char *name_or_id,
		    struct vscmi_sensor *ret_sensor);

/* A whole number in any base that C knows. */
bool cli_parse_number(const char *text, uint64_t max, uint64_t *ret_number);

#endif
