/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VSCMI_RARE_H
#define VSCMI_RARE_H

/*
 * Says of a function that most commands do not enter it. It stays out of those that call it, which
 * need not save registers for its sake.
 */
#define VSCMI_RARE __attribute__((cold, noinline))

#endif
