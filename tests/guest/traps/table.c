/* SPDX-License-Identifier: GPL-2.0 */
/* table.c - table.h once as code and once as data. */
#define _GNU_SOURCE
#include <stddef.h>

#include "traps.h"

#define TRAP_CODE(id, setup, insn) \
	asm(".pushsection .text\n" \
	    "trap_" #id ": " setup "\n" \
	    "here_" #id ": " insn "\n" \
	    "next_" #id ": jmp trap_resume\n" \
	    ".popsection\n"); \
	void trap_##id(uint64_t rdi); \
	extern const char here_##id[], next_##id[];
#define TRAP(id, setup, insn, ...)		TRAP_CODE(id, setup, insn)
#define TRAP_NOT_TCG(id, setup, insn, ...)	TRAP_CODE(id, setup, insn)
#include "table.h"
#undef TRAP
#undef TRAP_NOT_TCG

#define TRAP_DATA(id, not_tcg, ...) \
	{ #id, trap_##id, here_##id, next_##id, __VA_ARGS__, not_tcg },
#define TRAP(id, setup, insn, ...)		TRAP_DATA(id, 0, __VA_ARGS__)
#define TRAP_NOT_TCG(id, setup, insn, ...)	TRAP_DATA(id, 1, __VA_ARGS__)

const struct trap traps[] = {
#include "table.h"
};
const int trap_count = sizeof(traps) / sizeof(traps[0]);
