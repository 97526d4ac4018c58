/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_COW_FUZZ_H
#define TESTS_COW_FUZZ_H

#include <stdint.h>

/* Hand mutated and cut headers to cow_header_parse(); the first bad answer fails. */
void fuzz(uint64_t seed);

#endif
