/* SPDX-License-Identifier: BSD-3-Clause */
#include "round_trips.h"

#include <stdlib.h>
#include <time.h>

static const struct {
	const char *key, *name;
	double share;
} quantiles[] = {
	{ "min_us", "min", 0 },
	{ "median_us", "median", 0.5 },
	{ "p99_us", "p99", 0.99 },
	{ "max_us", "max", 1 },
};

#define QUANTILE_COUNT (sizeof(quantiles) / sizeof(quantiles[0]))

uint64_t cli_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool cli_round_trips_add(struct cli_round_trips *trips, uint64_t start_ns)
{
	uint64_t time_ns = cli_now_ns() - start_ns;

	if (trips->count == trips->room) {
		size_t room = trips->room ? 2 * trips->room : 1024;
		uint64_t *more =
			reallocarray(trips->times_ns, room, sizeof(*trips->times_ns));

		if (!more)
			return false;
		trips->times_ns = more;
		trips->room = room;
	}
	trips->times_ns[trips->count++] = time_ns;
	return true;
}

void cli_round_trips_free(struct cli_round_trips *trips)
{
	free(trips->times_ns);
	*trips = (struct cli_round_trips){ 0 };
}

static int compare(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

json_t *cli_round_trips_model(struct cli_round_trips *trips)
{
	json_t *model = json_pack("{s:I}", "round_trips", (json_int_t)trips->count);

	if (trips->count == 0)
		return model;
	qsort(trips->times_ns, trips->count, sizeof(*trips->times_ns), compare);
	for (size_t i = 0; i < QUANTILE_COUNT; i++) {
		double place = quantiles[i].share * (double)(trips->count - 1);
		uint64_t time_ns = trips->times_ns[(size_t)(place + 0.5)];

		json_object_set_new(model, quantiles[i].key,
				    json_real((double)time_ns / 1e3));
	}
	return model;
}

void cli_round_trips_print(FILE *to, const json_t *model)
{
	for (size_t i = 0; i < QUANTILE_COUNT; i++)
		fprintf(to, "%s%s %.1f us", i ? ", " : "", quantiles[i].name,
			json_real_value(json_object_get(model, quantiles[i].key)));
	fputc('\n', to);
}
