/* SPDX-License-Identifier: GPL-2.0 */
/* code.h - tiny functions made at run time: each returns a number. */
#ifndef TESTS_CODE_H
#define TESTS_CODE_H

#include <cpuid.h>
#include <stdint.h>
#include <string.h>

#include "probe.h"

#define CODE_SIZE 6 /* mov $value, %eax; ret */

static inline void code_put(void *addr, uint32_t value)
{
	unsigned char code[CODE_SIZE] = { 0xb8, 0, 0, 0, 0, 0xc3 };

	memcpy(code + 1, &value, sizeof(value));
	memcpy(addr, code, CODE_SIZE);
}

/*
 * Code that was changed through another address is seen after a serializing
 * instruction only.
 */
static inline void code_sync(void)
{
	unsigned int a, b, c, d;

	__cpuid(0, a, b, c, d);
}

/* The code at addr must run and return this value. */
#define CODE_CHECK(address, value, what) \
	do { \
		void *addr_ = (address); \
		unsigned long seen_; \
		int result_ = probe_call(addr_, &seen_); \
		if (result_) \
			FAIL("%s: call of %p: %s", (what), addr_, \
			     probe_name(result_)); \
		if (seen_ != (value)) \
			FAIL("%s: call of %p: %#lx, should be %#lx", (what), addr_, \
			     seen_, (unsigned long)(value)); \
	} while (0)

/* A call of addr must fault there in this way. */
#define CODE_FAULT_CHECK(address, wanted, what) \
	do { \
		void *addr_ = (address); \
		int wanted_ = (wanted), result_ = probe_call(addr_, NULL); \
		char name_[40]; \
		snprintf(name_, sizeof(name_), "%s", probe_name(wanted_)); \
		if (result_ != wanted_) \
			FAIL("%s: call of %p: %s, should be %s", (what), addr_, \
			     probe_name(result_), name_); \
		if (!probe_addr_is(addr_) || probe_state.ip != (unsigned long)addr_) \
			FAIL("%s: call of %p: si_addr %#lx, rip %#lx", (what), addr_, \
			     probe_state.addr, probe_state.ip); \
	} while (0)

#endif
