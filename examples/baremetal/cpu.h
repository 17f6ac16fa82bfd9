/* SPDX-License-Identifier: BSD-3-Clause */
/* What takes an instruction that C has no word for. */
#ifndef CPU_H
#define CPU_H

#include <stdint.h>

#define cpu_read(name)                                               \
	({                                                           \
		uint64_t cpu_value;                                  \
		__asm__ volatile("mrs %0, " name : "=r"(cpu_value)); \
		cpu_value;                                           \
	})
#define cpu_write(name, value)                     \
	__asm__ volatile("msr " name ", %0\n\tisb" \
			 :                         \
			 : "r"((uint64_t)(value))  \
			 : "memor"                 \
			   "y")

static inline void cpu_interrupts_off(void)
{
	__asm__ volatile("msr daifset, #2" : : : "memory");
}

static inline void cpu_interrupts_on(void)
{
	__asm__ volatile("msr daifclr, #2\n\tisb" : : : "memory");
}

/* Sleep until an interrupt is pending, whether it is let through or not. */
static inline void cpu_wait(void)
{
	__asm__ volatile("dsb sy\n\twfi" : : : "memory");
}

#endif
