/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every address is itself: 512 GiB in blocks of 1 GiB. The one with RAM is normal memory,
 * cached and shared with the other CPUs, and so with the hypervisor that plays the device; the
 * others are device registers.
 *
 * Why not leave the MMU off: all memory would be device memory then. The other end would look
 * at the rings through its caches while this one went past them, and exclusive accesses, which
 * C's atomics are made of, need not work there at all. An emulator forgives both.
 *
 * The table is constant, in the image: nothing is written with the caches off, so there is
 * nothing to clean.
 */
	.equ	BLOCK,   1 | 1 << 10		/* valid, accessed */
	.equ	NORMAL,  BLOCK | 3 << 8		/* attribute 0, inner shareable */
	.equ	DEVICE,  BLOCK | 1 << 2 | 3 << 53	/* attribute 1, never executed */

	.section .rodata
	.balign	4096
table:
	.set	gib, 0
	.rept	512
	.if	gib == 1			/* RAM of image.ld >> 30 */
	.quad	gib << 30 | NORMAL
	.else
	.quad	gib << 30 | DEVICE
	.endif
	.set	gib, gib + 1
	.endr

	.text
	.global	mmu_on
mmu_on:
	ldr	x1, =0x04ff			/* 0: write-back; 1: device, nGnRE */
	msr	mair_el1, x1
	/* 39 bits from 0 on, 4 KiB, table walks write-back and inner shareable; none from the top. */
	ldr	x1, =25 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 2 << 32
	msr	tcr_el1, x1
	ldr	x1, =table
	msr	ttbr0_el1, x1
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	mrs	x1, sctlr_el1
	mov	x2, #1 | 1 << 2			/* MMU, data cache */
	orr	x2, x2, #1 << 12		/* instruction cache */
	orr	x1, x1, x2
	msr	sctlr_el1, x1
	isb
	ret
