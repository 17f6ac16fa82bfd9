/* SPDX-License-Identifier: BSD-3-Clause */
/* cmocka, with the headers that it wants to see first. */
#ifndef VSCMI_TESTS_TEST_H
#define VSCMI_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
