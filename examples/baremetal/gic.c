/* SPDX-License-Identifier: BSD-3-Clause */
#include "cpu.h"
#include "gic.h"

/* The distributor, and a redistributor's second page for what is private. */
#define CONTROL   0x000u
#define GROUP     0x080u
#define SET       0x100u
#define CLEAR     0x180u
#define PRIORITY  0x400u
#define TARGETS   0x800u
#define CONFIGURE 0xc00u

/* The CPU interface of version 2. */
#define CPU_CONTROL 0x00u
#define CPU_MASK    0x04u
#define CPU_TAKE    0x0cu
#define CPU_END     0x10u

/* A redistributor's first page. */
#define WAKER           0x14u
#define PROCESSOR_SLEEP 2u
#define CHILDREN_ASLEEP 4u
#define SECOND_PAGE     0x10000u

static struct gic gic;

static volatile uint32_t *reg(uintptr_t address)
{
	return (volatile uint32_t *)address;
}

/* Where an interrupt's registers are. */
static uintptr_t block_of(uint32_t interrupt)
{
	return gic.version == 3 && interrupt < GIC_SHARED ? gic.cpu + SECOND_PAGE
							  : gic.distributor;
}

void gic_open(const struct gic *machine)
{
	gic = *machine;
	if (gic.version == 2) {
		*reg(gic.distributor + CONTROL) = 1;
		*reg(gic.cpu + CPU_MASK) = 0xff;
		*reg(gic.cpu + CPU_CONTROL) = 1;
		return;
	}
	*reg(gic.distributor + CONTROL) = 1 << 4 | 1 << 1; /* affinity, group 1 */
	*reg(gic.cpu + WAKER) &= ~PROCESSOR_SLEEP;
	while (*reg(gic.cpu + WAKER) & CHILDREN_ASLEEP)
		;
	cpu_write("S3_0_C12_C12_5", cpu_read("S3_0_C12_C12_5") | 1); /* ICC_SRE_EL1 */
	cpu_write("S3_0_C4_C6_0", 0xff);                             /* ICC_PMR_EL1 */
	cpu_write("S3_0_C12_C12_7", 1);                              /* ICC_IGRPEN1_EL1 */
}

void gic_enable(uint32_t interrupt, bool edge)
{
	uintptr_t block = block_of(interrupt);
	uint32_t bit = 1u << interrupt % 32, edge_bit = 2u << 2 * (interrupt % 16);
	volatile uint32_t *configure = reg(block + CONFIGURE + interrupt / 16 * 4);

	*configure = edge ? *configure | edge_bit : *configure & ~edge_bit;
	*(volatile uint8_t *)(block + PRIORITY + interrupt) = 0x80;
	if (gic.version == 3)
		*reg(block + GROUP + interrupt / 32 * 4) |= bit;
	else if (interrupt >= GIC_SHARED)
		*(volatile uint8_t *)(block + TARGETS + interrupt) = 1;
	*reg(block + SET + interrupt / 32 * 4) = bit;
}

void gic_disable(uint32_t interrupt)
{
	*reg(block_of(interrupt) + CLEAR + interrupt / 32 * 4) = 1u << interrupt % 32;
}

uint32_t gic_take(void)
{
	return gic.version == 2 ? *reg(gic.cpu + CPU_TAKE) & 0x3ff
				: (uint32_t)cpu_read("S3_0_C12_C12_0") & 0xffffff;
}

void gic_end(uint32_t interrupt)
{
	if (gic.version == 2)
		*reg(gic.cpu + CPU_END) = interrupt;
	else
		cpu_write("S3_0_C12_C12_1", interrupt); /* ICC_EOIR1_EL1 */
}
