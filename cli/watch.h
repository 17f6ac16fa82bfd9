/* SPDX-License-Identifier: BSD-3-Clause */
/* vscmi sensor watch */
#ifndef VSCMI_CLI_WATCH_H
#define VSCMI_CLI_WATCH_H

#include "cli.h"

int cli_sensor_watch(struct cli *cli, int argc, char **argv);

#endif
