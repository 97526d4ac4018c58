// SPDX-License-Identifier: GPL-2.0
/*
 * privileged.c - instructions that belong to the kernel: a general protection
 * fault, and nothing has changed. All registers but rsp hold a pattern; rdi and rsi
 * point to memory, which must stay as it is. (That they do nothing *elsewhere*
 * shows in that the machine goes on.)
 */
#include <signal.h>

#include "child.h"
#include "cpu.h"
#include "reach.h"

#define CODE_SIZE 8

static const struct {
	const char *name;
	unsigned char code[CODE_SIZE];
	int size;
} rows[] = {
#define ROW(name, ...) { name, { __VA_ARGS__ }, sizeof((char[]){ __VA_ARGS__ }) }
	ROW("hlt", 0xf4), ROW("cli", 0xfa), ROW("sti", 0xfb),
	ROW("inb imm", 0xe4, 0x80), ROW("inl imm", 0xe5, 0x80),
	ROW("outb imm", 0xe6, 0x80), ROW("outl imm", 0xe7, 0x80),
	ROW("inb dx", 0xec), ROW("inw dx", 0x66, 0xed), ROW("inl dx", 0xed),
	ROW("outb dx", 0xee), ROW("outw dx", 0x66, 0xef), ROW("outl dx", 0xef),
	ROW("insb", 0x6c), ROW("insl", 0x6d), ROW("rep insb", 0xf3, 0x6c),
	ROW("outsb", 0x6e), ROW("outsl", 0x6f), ROW("rep outsl", 0xf3, 0x6f),
	ROW("lgdt", 0x0f, 0x01, 0x17), ROW("lidt", 0x0f, 0x01, 0x1f),
	ROW("lldt", 0x0f, 0x00, 0xd0), ROW("ltr", 0x0f, 0x00, 0xd8),
	ROW("lldt memory", 0x0f, 0x00, 0x17), ROW("ltr memory", 0x0f, 0x00, 0x1f),
	ROW("lmsw", 0x0f, 0x01, 0xf0), ROW("clts", 0x0f, 0x06),
	ROW("invd", 0x0f, 0x08), ROW("wbinvd", 0x0f, 0x09),
	ROW("invlpg", 0x0f, 0x01, 0x3f), ROW("swapgs", 0x0f, 0x01, 0xf8),
	ROW("read cr0", 0x0f, 0x20, 0xc0), ROW("read cr2", 0x0f, 0x20, 0xd0),
	ROW("read cr3", 0x0f, 0x20, 0xd8), ROW("read cr4", 0x0f, 0x20, 0xe0),
	ROW("read cr8", 0x44, 0x0f, 0x20, 0xc0),
	ROW("write cr0", 0x0f, 0x22, 0xc0), ROW("write cr2", 0x0f, 0x22, 0xd0),
	ROW("write cr3", 0x0f, 0x22, 0xd8), ROW("write cr4", 0x0f, 0x22, 0xe0),
	ROW("write cr8", 0x44, 0x0f, 0x22, 0xc0),
	ROW("read dr0", 0x0f, 0x21, 0xc0), ROW("read dr6", 0x0f, 0x21, 0xf0),
	ROW("read dr7", 0x0f, 0x21, 0xf8), ROW("write dr0", 0x0f, 0x23, 0xc0),
	ROW("write dr6", 0x0f, 0x23, 0xf0), ROW("write dr7", 0x0f, 0x23, 0xf8),
	ROW("rdmsr", 0x0f, 0x32), ROW("wrmsr", 0x0f, 0x30),
	ROW("sysretq", 0x48, 0x0f, 0x07), ROW("sysretl", 0x0f, 0x07),
	ROW("int 0x0e", 0xcd, 0x0e), ROW("int 0x08", 0xcd, 0x08),
	ROW("int 0x20", 0xcd, 0x20), ROW("int 0xff", 0xcd, 0xff),
};

/* The vector is in the error code, and TCG gives another number there. */
static bool is_int(int i)
{
	return rows[i].code[0] == 0xcd;
}

static const char *row_check(int i, const unsigned char *code, const char *data)
{
	uint64_t err = is_int(i) ? rows[i].code[1] * 8 + 2 : 0;

	if (outcome.signo != SIGSEGV || outcome.si_code != SI_KERNEL)
		return "not SIGSEGV, SI_KERNEL";
	if (outcome.trapno != 13 || outcome.addr)
		return "not trap 13 at address 0";
	if (outcome.err != err && !(is_int(i) && cpu_is_tcg()))
		return "another error code";
	if (outcome.rip != (uint64_t)code)
		return "rip isn't at the instruction";
	for (int r = 0; r < REGS; r++)
		if (outcome.regs[r] != probe_pattern[r])
			return "a register has changed";
	for (unsigned long b = 0; b < PAGE; b++)
		if (data[b] != 0x5a)
			return "memory has changed";
	return NULL;
}

static void row_run(int i, unsigned char *code, char *data)
{
	const char *bad;

	memset(code, 0xcc, 2 * CODE_SIZE);
	memcpy(code, rows[i].code, rows[i].size);
	memset(data, 0x5a, PAGE);
	for (int r = 0; r < REGS; r++)
		probe_pattern[r] = 0x1111111111111111ul * (r + 1);
	probe_pattern[2] = 1;			/* rcx: for rep, and an MSR */
	probe_pattern[3] = 0x80;		/* rdx: a port */
	probe_pattern[4] = probe_pattern[5] = (uint64_t)data + 64;
	outcome.signo = 0;
	probe_code(code);
	bad = row_check(i, code, data);
	if (bad)
		FAIL("%s: %s: signal %d, si_code %d, si_addr %#lx, trap %d, error "
		     "code %#lx, rip %+ld", rows[i].name, bad, outcome.signo,
		     outcome.si_code, outcome.addr, outcome.trapno, outcome.err,
		     (long)(outcome.rip - (uint64_t)code));
}

/* INT 3 and the like behind each instruction: one that does nothing is seen. */
void test_privileged(void)
{
	unsigned char *code = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(code != MAP_FAILED, "mmap: %s", strerror(errno));
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		row_run(i, code, (char *)code + PAGE);
	CHECK_SYS(munmap(code, 2 * PAGE));
}
