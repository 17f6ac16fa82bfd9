/* SPDX-License-Identifier: BSD-3-Clause */
/* Arm's interrupt controller, version 2 or 3, for one CPU. */
#ifndef GIC_H
#define GIC_H

#include <stdbool.h>
#include <stdint.h>

struct gic {
	unsigned version;
	uintptr_t distributor;
	uintptr_t cpu; /* version 2: the CPU interface; 3: this CPU's redistributor */
};

/* Interrupts of the CPU itself are 16 to 31, shared ones from 32 on. */
#define GIC_PRIVATE 16u
#define GIC_SHARED  32u
#define GIC_NONE    1020u /* and above: special numbers */

void gic_open(const struct gic *gic);
void gic_enable(uint32_t interrupt, bool edge);
void gic_disable(uint32_t interrupt);

/* In the handler: which one it is, GIC_NONE or above if none; and that it was dealt with. */
uint32_t gic_take(void);
void gic_end(uint32_t interrupt);

#endif
