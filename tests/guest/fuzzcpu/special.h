/* SPDX-License-Identifier: GPL-2.0 */
/*
 * special.h - instructions that deserve operands of their own. rdi and rsi point
 * to random words, of which the first two make a far pointer; the stack holds a
 * frame for IRETQ; rax is anything.
 */
#ifndef SPECIAL_H
#define SPECIAL_H

#include <stdint.h>

enum use { PLAIN, SELECTOR, MASK, BAD_STACK };

struct special {
	const char *name;
	enum use use;
	int size;
	uint8_t code[10];
};

#define CODE_OF(name, use, ...) \
	{ name, use, sizeof((char[]){ __VA_ARGS__ }), { __VA_ARGS__ } }

static const struct special specials[] = {
	CODE_OF("hlt", PLAIN, 0xf4), CODE_OF("cli", PLAIN, 0xfa),
	CODE_OF("sti", PLAIN, 0xfb), CODE_OF("in", PLAIN, 0xec),
	CODE_OF("out", PLAIN, 0xef), CODE_OF("insb", PLAIN, 0xf3, 0x6c),
	CODE_OF("read cr", PLAIN, 0x0f, 0x20, 0xd8),
	CODE_OF("write cr", PLAIN, 0x0f, 0x22, 0xd8),
	CODE_OF("write cr4", PLAIN, 0x0f, 0x22, 0xe0),
	CODE_OF("read dr", PLAIN, 0x0f, 0x21, 0xf8),
	CODE_OF("write dr", PLAIN, 0x0f, 0x23, 0xf8),
	CODE_OF("rdmsr", PLAIN, 0x0f, 0x32), CODE_OF("wrmsr", PLAIN, 0x0f, 0x30),
	CODE_OF("lgdt", PLAIN, 0x0f, 0x01, 0x17),
	CODE_OF("lidt", PLAIN, 0x0f, 0x01, 0x1f),
	CODE_OF("lldt", SELECTOR, 0x0f, 0x00, 0xd0),
	CODE_OF("ltr", SELECTOR, 0x0f, 0x00, 0xd8),
	CODE_OF("verr", SELECTOR, 0x0f, 0x00, 0xe0),
	CODE_OF("swapgs", PLAIN, 0x0f, 0x01, 0xf8),
	CODE_OF("sysret", PLAIN, 0x48, 0x0f, 0x07),
	CODE_OF("sysexit", PLAIN, 0x0f, 0x35),
	CODE_OF("sysenter", PLAIN, 0x0f, 0x34),
	CODE_OF("iretq", PLAIN, 0x48, 0xcf), CODE_OF("iretd", PLAIN, 0xcf),
	CODE_OF("iretw", PLAIN, 0x66, 0xcf),
	CODE_OF("lretq", PLAIN, 0x48, 0xcb), CODE_OF("lretl", PLAIN, 0xcb),
	CODE_OF("ljmp", PLAIN, 0xff, 0x2f), CODE_OF("ljmpq", PLAIN, 0x48, 0xff, 0x2f),
	CODE_OF("lcall", PLAIN, 0xff, 0x1f),
	CODE_OF("lcallq", PLAIN, 0x48, 0xff, 0x1f),
	CODE_OF("ret", PLAIN, 0x50, 0xc3), CODE_OF("jmp", PLAIN, 0xff, 0xe0),
	CODE_OF("call", PLAIN, 0xff, 0xd0),
	CODE_OF("int3", PLAIN, 0xcc), CODE_OF("int1", PLAIN, 0xf1),
	CODE_OF("into", PLAIN, 0xce),
	CODE_OF("mov ds", SELECTOR, 0x8e, 0xd8), CODE_OF("mov es", SELECTOR, 0x8e, 0xc0),
	CODE_OF("mov fs", SELECTOR, 0x8e, 0xe0), CODE_OF("mov gs", SELECTOR, 0x8e, 0xe8),
	CODE_OF("mov ss", SELECTOR, 0x8e, 0xd0),
	CODE_OF("mov ss; syscall", SELECTOR, 0x8e, 0xd0, 0x0f, 0x05),
	CODE_OF("pop fs", SELECTOR, 0x50, 0x0f, 0xa1),
	CODE_OF("pop gs", SELECTOR, 0x50, 0x0f, 0xa9),
	CODE_OF("lss", PLAIN, 0x0f, 0xb2, 0x0f), CODE_OF("lfs", PLAIN, 0x0f, 0xb4, 0x0f),
	CODE_OF("lgs", PLAIN, 0x0f, 0xb5, 0x0f),
	CODE_OF("popfq", PLAIN, 0x50, 0x9d, 0x90, 0x8b, 0x4f, 0x01),
	CODE_OF("wrfsbase", PLAIN, 0xf3, 0x48, 0x0f, 0xae, 0xd0),
	CODE_OF("wrgsbase", PLAIN, 0xf3, 0x48, 0x0f, 0xae, 0xd8),
	CODE_OF("wrgsbase; use", PLAIN, 0xf3, 0x48, 0x0f, 0xae, 0xd8, 0x65, 0x8a, 0x07),
	CODE_OF("ldmxcsr", PLAIN, 0x0f, 0xae, 0x17),
	CODE_OF("fldcw", PLAIN, 0xd9, 0x2f), CODE_OF("fldenv; fwait", PLAIN, 0xd9, 0x27, 0x9b),
	CODE_OF("fxrstor", MASK, 0x0f, 0xae, 0x0f),
	CODE_OF("xrstor", MASK, 0x0f, 0xae, 0x2f),
	CODE_OF("xsave", MASK, 0x0f, 0xae, 0x27),
	CODE_OF("xsetbv", MASK, 0x0f, 0x01, 0xd1),
	CODE_OF("syscall", PLAIN, 0x0f, 0x05), CODE_OF("syscall twice", PLAIN, 0x0f, 0x05, 0x0f, 0x05),
	CODE_OF("syscall bad stack", BAD_STACK, 0x0f, 0x05),
	CODE_OF("push bad stack", BAD_STACK, 0x50),
	CODE_OF("int3 bad stack", BAD_STACK, 0xcc),
	CODE_OF("ud2 bad stack", BAD_STACK, 0x0f, 0x0b),
	CODE_OF("div", PLAIN, 0xf7, 0x37), CODE_OF("idiv", PLAIN, 0x48, 0xf7, 0xff),
	CODE_OF("vmcall", PLAIN, 0x0f, 0x01, 0xc1), CODE_OF("vmmcall", PLAIN, 0x0f, 0x01, 0xd9),
	CODE_OF("vmlaunch", PLAIN, 0x0f, 0x01, 0xc2), CODE_OF("vmrun", PLAIN, 0x0f, 0x01, 0xd8),
	CODE_OF("monitor", PLAIN, 0x0f, 0x01, 0xc8), CODE_OF("mwait", PLAIN, 0x0f, 0x01, 0xc9),
	CODE_OF("invpcid", PLAIN, 0x66, 0x0f, 0x38, 0x82, 0x07),
	CODE_OF("no end", PLAIN, 0xeb, 0xfe), CODE_OF("rdpmc", MASK, 0x0f, 0x33), CODE_OF("rsm", PLAIN, 0x0f, 0xaa),
};

#define SPECIAL_COUNT ((int)(sizeof(specials) / sizeof(specials[0])))

#endif
