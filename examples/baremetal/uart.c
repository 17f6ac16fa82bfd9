/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdbool.h>

#include "uart.h"

/* PL011 registers and a flag. */
#define DATA    0x00u
#define FLAGS   0x18u
#define TX_FULL (1u << 5)

static uintptr_t uart;

void uart_open(uintptr_t base)
{
	uart = base;
}

static void put(char c)
{
	if (!uart)
		return;
	while (*(volatile uint32_t *)(uart + FLAGS) & TX_FULL)
		;
	*(volatile uint32_t *)(uart + DATA) = (uint32_t)c;
}

static void put_text(const char *text)
{
	while (*text)
		put(*text++);
}

/* At least so many digits, with a point before the last `fraction` of them. */
static void put_number(uint64_t value, unsigned base, int digits, int fraction)
{
	char text[48];
	int count = 0;

	do {
		text[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (count < digits || value != 0);
	while (count > 0) {
		put(text[--count]);
		if (count != 0 && count == fraction)
			put('.');
	}
}

static void put_signed(int64_t value, int fraction)
{
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	if (value < 0)
		put('-');
	put_number(magnitude, 10, fraction + 1, fraction);
}

/* Exponents of sensors are -16 to 15; a positive one is shown as it is. */
static void put_decimal(int64_t value, int exponent)
{
	put_signed(value, exponent < 0 ? -exponent : 0);
	if (exponent > 0) {
		put('e');
		put_signed(exponent, 0);
	}
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	for (; *format; format++) {
		if (*format == '\n')
			put('\r');
		if (*format != '%') {
			put(*format);
			continue;
		}
		switch (*++format) {
		case 's':
			put_text(va_arg(arguments, const char *));
			break;
		case 'u':
			put_number(va_arg(arguments, uint32_t), 10, 1, 0);
			break;
		case 'U':
			put_number(va_arg(arguments, uint64_t), 10, 1, 0);
			break;
		case 'x':
			put_text("0x");
			put_number(va_arg(arguments, uint64_t), 16, 1, 0);
			break;
		case 'd':
			put_signed(va_arg(arguments, int), 0);
			break;
		case 'f': {
			int64_t value = va_arg(arguments, int64_t);

			put_decimal(value, va_arg(arguments, int));
			break;
		}
		}
	}
	va_end(arguments);
}
