/* SPDX-License-Identifier: BSD-3-Clause */
/* What a fuzz target defines: libFuzzer and replay.c call it. */
#ifndef VSCMI_TESTS_FUZZ_H
#define VSCMI_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
