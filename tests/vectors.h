/* SPDX-License-Identifier: BSD-3-Clause */
/* Recorded messages: vectors/linux-6.12-commands.tsv says what they are. */
#ifndef VSCMI_TESTS_VECTORS_H
#define VSCMI_TESTS_VECTORS_H

#include <stddef.h>
#include <stdint.h>

#define VECTOR_BYTES 256

/* One command and its reply, whole messages, header word first. */
struct vector {
	char boot[16];
	uint32_t readable, writable; /* bytes of room in the descriptor chain */
	size_t request_count, reply_count;
	uint8_t request[VECTOR_BYTES], reply[VECTOR_BYTES];
};

/* Calls run for each command of the recording, in order. */
void for_each_vector(void (*run)(const struct vector *vector, void *context),
		     void *context);

#endif
