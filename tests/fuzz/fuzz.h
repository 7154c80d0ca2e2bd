/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a fuzz target defines: take the bytes, assert an invariant. The input
 * may be reused by the caller and must not be kept.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#endif
