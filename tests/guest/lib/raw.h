/* SPDX-License-Identifier: GPL-2.0 */
/*
 * raw.h - system calls by the instruction itself: no errno, no restart, no
 * cancellation, and nothing that would touch a vector register. Macros, not
 * functions, so that they can be used in code of every target option.
 */
#ifndef TESTS_RAW_H
#define TESTS_RAW_H

#include <sys/syscall.h>

/* A function that must leave the vector and x87 registers alone. */
#define NO_VECTORS __attribute__((noinline, target("general-regs-only")))

#define RAW6(nr, a, b, c, d, e, f) \
	({ \
		long raw_ret_ = (long)(nr); \
		long raw_a_ = (long)(a), raw_b_ = (long)(b), raw_c_ = (long)(c); \
		long raw_d_ = (long)(d), raw_e_ = (long)(e), raw_f_ = (long)(f); \
		register long raw_r10_ asm("r10") = raw_d_; \
		register long raw_r8_ asm("r8") = raw_e_; \
		register long raw_r9_ asm("r9") = raw_f_; \
		asm volatile("syscall" \
			     : "+a" (raw_ret_) \
			     : "D" (raw_a_), "S" (raw_b_), "d" (raw_c_), \
			       "r" (raw_r10_), "r" (raw_r8_), "r" (raw_r9_) \
			     : "rcx", "r11", "memory"); \
		raw_ret_; \
	})
#define RAW5(nr, a, b, c, d, e) RAW6(nr, a, b, c, d, e, 0)
#define RAW4(nr, a, b, c, d)    RAW6(nr, a, b, c, d, 0, 0)
#define RAW3(nr, a, b, c)       RAW6(nr, a, b, c, 0, 0, 0)
#define RAW2(nr, a, b)          RAW6(nr, a, b, 0, 0, 0, 0)
#define RAW1(nr, a)             RAW6(nr, a, 0, 0, 0, 0, 0)
#define RAW0(nr)                RAW6(nr, 0, 0, 0, 0, 0, 0)

#endif
