/* SPDX-License-Identifier: BSD-3-Clause */
#include "vectors.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

static size_t bytes_of_hex(const char *hex, uint8_t *bytes)
{
	size_t count = strlen(hex) / 2;

	assert_in_range(count, 4, VECTOR_BYTES);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &bytes[i]), 1);
	return count;
}

void for_each_vector(void (*run)(const struct vector *vector, void *context),
		     void *context)
{
	FILE *file = fopen(VECTORS, "r");
	char line[1024];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		char request[2 * VECTOR_BYTES + 1], reply[2 * VECTOR_BYTES + 1];
		struct vector vector;

		if (line[0] == '#' || !strncmp(line, "boot\t", 5))
			continue;
		assert_int_equal(sscanf(line, "%15s %*u %*s %*x %*u %u %u %512s %512s",
					vector.boot, &vector.readable, &vector.writable,
					request, reply),
				 5);
		vector.request_count = bytes_of_hex(request, vector.request);
		vector.reply_count = bytes_of_hex(reply, vector.reply);
		run(&vector, context);
	}
	fclose(file);
}
