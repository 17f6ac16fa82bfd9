/* SPDX-License-Identifier: BSD-3-Clause */
/* The console: a PL011, as the loader has set it up. */
#ifndef UART_H
#define UART_H

#include <stdint.h>

void uart_open(uintptr_t base);

/*
 * printf with %s, %u (uint32_t), %U (uint64_t), %x (uint64_t), %d (int) and no more; and %f
 * for two arguments, an int64_t and an int: value * 10^exponent, written out.
 */
void print(const char *format, ...);

#endif
