/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	return memmove(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
	uint8_t *destination = to;
	const uint8_t *source = from;

	if (destination <= source)
		for (size_t i = 0; i < size; i++)
			destination[i] = source[i];
	else
		while (size-- > 0)
			destination[size] = source[size];
	return to;
}

void *memset(void *to, int value, size_t size)
{
	uint8_t *destination = to;

	for (size_t i = 0; i < size; i++)
		destination[i] = (uint8_t)value;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *first = a, *second = b;

	for (size_t i = 0; i < size; i++)
		if (first[i] != second[i])
			return first[i] - second[i];
	return 0;
}
