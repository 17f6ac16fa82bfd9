/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole messages through the decoders and encoders that are made from the rows. */
#ifndef VSCMI_TESTS_REENCODE_H
#define VSCMI_TESTS_REENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vscmi/message.h"

struct reencoded {
	size_t count;      /* bytes that were written */
	uint32_t reserved; /* reserved bits that were set in what was read */
	bool short_read;   /* what was read ended too early */
};

/*
 * Decodes a message by its row and encodes what came of it. The elements of a list are
 * what follows the fixed part, whatever the message says of their number.
 *
 * Return: false if no row describes the message, or if room was too small.
 */
bool reencode(const void *bytes, size_t count, enum vscmi_part part, uint32_t version,
	      void *out, size_t room, struct reencoded *ret_reencoded);

/*
 * Calls check for every message of every protocol, in each version and part that it has. The
 * header's token is 0.
 */
void for_each_form(void (*check)(struct vscmi_header header, enum vscmi_part part,
				 uint32_t version));

#endif
