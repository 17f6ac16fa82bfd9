/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the loader to main(), at EL1 and on one CPU. The loader has the image written through
 * to memory and the MMU off, as the arm64 Linux boot protocol says; x0 is where the device
 * tree is.
 */
	.section .text.start, "ax"

	/* The header that makes loaders take this for a Linux image. */
	b	start
	.long	0
	.quad	TEXT_OFFSET
	.quad	_memory_bytes		/* with what is not in the file: BSS and stack */
	.quad	2			/* little-endian, 4 KiB pages */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

start:
	mrs	x20, cntvct_el0		/* now begins the time to the first answer */
	mov	x21, x0
	bl	mmu_on			/* nothing has been written before this */
	ldr	x1, =_stack_top
	mov	sp, x1
	ldr	x1, =_bss
	ldr	x2, =_bss_end
1:	cmp	x1, x2
	b.hs	2f
	stp	xzr, xzr, [x1], #16
	b	1b
2:	ldr	x1, =vectors
	msr	vbar_el1, x1
	isb
	mov	x0, x21
	mov	x1, x20
	bl	main
	/* PSCI's SYSTEM_OFF, which the hypervisor answers; it does not return. */
	.global	power_off
power_off:
	ldr	w0, =0x84000008
	hvc	#0
3:	wfi
	b	3b

/*
 * An interrupt keeps what a C function may change; the code is built without floating point
 * registers. Everything else that can arrive here is a fault.
 */
	.macro	vector target
	.balign	0x80
	b	\target
	.endm

	.balign	0x800
vectors:
	.rept	5
	vector	unexpected
	.endr
	vector	interrupted		/* IRQ, at EL1 with its own stack */
	.rept	10
	vector	unexpected
	.endr

interrupted:
	stp	x0, x1, [sp, #-192]!
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x29, [sp, #144]
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	stp	x30, x0, [sp, #160]
	str	x1, [sp, #176]
	bl	interrupt
	ldr	x1, [sp, #176]
	ldp	x30, x0, [sp, #160]
	msr	spsr_el1, x1
	msr	elr_el1, x0
	ldp	x18, x29, [sp, #144]
	ldp	x16, x17, [sp, #128]
	ldp	x14, x15, [sp, #112]
	ldp	x12, x13, [sp, #96]
	ldp	x10, x11, [sp, #80]
	ldp	x8, x9, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #192
	eret

unexpected:
	mrs	x0, esr_el1
	mrs	x1, elr_el1
	mrs	x2, far_el1
	bl	fault
	b	power_off
