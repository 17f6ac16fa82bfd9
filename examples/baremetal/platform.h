/* SPDX-License-Identifier: BSD-3-Clause */
/* What the platform offers, printed. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include <vscmi/error.h>

/* True if it went well; says what went wrong. */
bool succeeded(const char *what, struct vscmi_result result);

void platform_print(void);

/* A clock that can be set to more than one rate, and to which; false if there is none. */
bool platform_find_clock(uint32_t *ret_clock_id, uint64_t *ret_lowest_hz,
			 uint64_t *ret_highest_hz);

#endif
