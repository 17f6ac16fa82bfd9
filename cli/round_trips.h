/* SPDX-License-Identifier: BSD-3-Clause */
/* How long commands take. */
#ifndef VSCMI_CLI_ROUND_TRIPS_H
#define VSCMI_CLI_ROUND_TRIPS_H

#include <stdio.h>

#include "cli.h"

/* All zero: there are none. */
struct cli_round_trips {
	uint64_t *times_ns; /* [count] */
	size_t count, room;
};

uint64_t cli_now_ns(void);

/* One more that is over now. False: out of memory. */
bool cli_round_trips_add(struct cli_round_trips *trips, uint64_t start_ns);
void cli_round_trips_free(struct cli_round_trips *trips);

/* {"round_trips", "min_us", "median_us", "p99_us", "max_us"}; the times only if there are any. */
json_t *cli_round_trips_model(struct cli_round_trips *trips);

/* The times as a line of text, if there are any. */
void cli_round_trips_print(FILE *to, const json_t *model);

#endif
