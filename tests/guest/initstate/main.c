/* SPDX-License-Identifier: GPL-2.0 */
/*
 * initstate - what a new program finds: zero in all general registers, initial
 * flags, selectors and bases, an aligned stack with argc, argv, envp and an
 * auxiliary vector that makes sense. The program before it had a pattern in
 * every register. (Vector and x87 registers: the test fpstate.)
 * Relies on: System V ABI AMD64 3.4 (process initialization); Linux on native
 * x86-64 for registers that the ABI leaves open; getauxval(3).
 */
#define _GNU_SOURCE
#include <fcntl.h>

#include "../regs/regs.h"
#include "blob.h"
#include "cpu.h"
#include "gaps.h"
#include "parts.h"
#include "raw.h"
#include "tinyelf.h"

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

#define IMAGE_MAX 65536
#define HWCAP_ALWAYS	0x07008101	/* FPU, CX8, CMOV, FXSR, SSE, SSE2 */

/* What came out of the new program. */
static union {
	struct blob blob;
	char bytes[IMAGE_MAX];
} image;
static size_t image_size;

struct exec {
	int program, output;
	char **argv, **envp;
	unsigned int flags;
};

/* All registers but those of the arguments have a pattern. */
static void exec_child(void *arg)
{
	static const union regs pattern = { .r = {
		0, 0x1111111111111111, 0, 0x3333333333333333,
		0x4444444444444444, 0x5555555555555555, 0, 0,
		0, 0x9999999999999999, 0, 0xbbbbbbbbbbbbbbbb,
		0xcccccccccccccccc, 0xdddddddddddddddd, 0xeeeeeeeeeeeeeeee,
		0xffffffffffffffff, 0 } };
	struct exec *exec = arg;

	CHECK_SYS(dup2(exec->output, 1));
	regs_in = pattern;
	regs_in.flags = exec->flags;
	regs_in.rax = SYS_execveat;
	regs_in.rdi = exec->program;
	regs_in.rsi = (uint64_t)"";
	regs_in.rdx = (uint64_t)exec->argv;
	regs_in.r10 = (uint64_t)exec->envp;
	regs_in.r8 = AT_EMPTY_PATH;
	CHECK(!RAW2(SYS_arch_prctl, 0x1001 /* ARCH_SET_GS */, 0x123456),
	      "ARCH_SET_GS");
	asm volatile("movl %0, %%ds" : : "r" (0x2b));
	asm volatile("movl %0, %%es" : : "r" (0x2b));
	regs_run(event_syscall);
	_exit(TEST_FAILED);
}

static void image_take(char **argv, char **envp, unsigned int flags)
{
	struct exec exec = { .argv = argv, .envp = envp, .flags = flags };
	int fds[2];
	ssize_t n;
	pid_t pid;

	exec.program = tinyelf_create(blob_start, blob_end - blob_start);
	CHECK_SYS(pipe2(fds, O_CLOEXEC));
	exec.output = fds[1];
	pid = child_start(exec_child, &exec);
	CHECK_SYS(close(fds[1]));
	image_size = 0;
	while ((n = CHECK_SYS(read(fds[0], image.bytes + image_size,
				   IMAGE_MAX - image_size))) > 0)
		image_size += n;
	CHECK_SYS(close(fds[0]));
	CHECK_SYS(close(exec.program));
	child_check(pid, "new program");
	CHECK(image_size > sizeof(struct blob) + 8, "only %zu bytes came",
	      image_size);
}

/* Its memory at `addr`, which must be on its stack. */
static const void *image_at(uint64_t addr, size_t size)
{
	uint64_t stack_size = image_size - sizeof(struct blob);

	CHECK(addr >= image.blob.rsp && stack_size >= size &&
	      addr - image.blob.rsp <= stack_size - size,
	      "0x%lx is not on the stack: 0x%lx, %lu bytes", addr,
	      image.blob.rsp, stack_size);
	return image.bytes + sizeof(struct blob) + (addr - image.blob.rsp);
}

static uint64_t word_at(uint64_t addr)
{
	uint64_t word;

	memcpy(&word, image_at(addr, 8), 8);
	return word;
}

/* A string that ends before the image does. */
static const char *string_at(uint64_t addr)
{
	const char *s = image_at(addr, 1);

	CHECK(memchr(s, 0, image.bytes + image_size - s), "no end of the string");
	return s;
}

static char *no_strings[] = { NULL };
static char *one_string[] = { "one", NULL };

static void test_registers(void)
{
	static const char *const names[BLOB_GPRS] = {
		"r15", "r14", "r13", "r12", "r11", "r10", "r9", "r8", "rdi",
		"rsi", "rbp", "rbx", "rdx", "rcx", "rax",
	};
	const struct blob *blob = &image.blob;
	unsigned int i, round;

	for (round = 0; round < 2; round++) {
		image_take(one_string, no_strings, round == 0 ? 0 :
			   FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF |
			   FLAG_DF | FLAG_OF | FLAG_NT | FLAG_AC | FLAG_ID);
		for (i = 0; i < BLOB_GPRS; i++)
			CHECK(blob->gprs[i] == 0, "%s is 0x%lx", names[i],
			      blob->gprs[i]);
		CHECK(blob->flags == (FLAG_IF | 2), "flags are 0x%lx", blob->flags);
		CHECK(blob->cs == 0x33 && blob->ss == 0x2b, "cs 0x%lx, ss 0x%lx",
		      blob->cs, blob->ss);
		CHECK(((!blob->ds && !blob->es) || host_gap("selectors")) &&
		      !blob->fs && !blob->gs,
		      "ds 0x%lx, es 0x%lx, fs 0x%lx, gs 0x%lx", blob->ds,
		      blob->es, blob->fs, blob->gs);
		CHECK(!blob->fs_base && !blob->gs_base,
		      "fs base 0x%lx, gs base 0x%lx", blob->fs_base,
		      blob->gs_base);
	}
}

/* Check a vector of strings at `addr`; the address behind its NULL. */
static uint64_t check_strings(const char *what, uint64_t addr, char **want)
{
	for (; *want; want++, addr += 8)
		CHECK(!strcmp(string_at(word_at(addr)), *want),
		      "%s: \"%s\", expected \"%s\"", what,
		      string_at(word_at(addr)), *want);
	CHECK(word_at(addr) == 0, "%s: more than there should be", what);
	return addr + 8;
}

/* rsp is aligned whatever is on the stack, and that is what was passed. */
static void test_stack(void)
{
	static char *strings[] = { "one", "", "three", "four 4", "five-5", NULL };
	unsigned int argc, envc;
	uint64_t addr;
	char **argv, **envp;

	for (argc = 1; argc <= 4; argc++) {
		envc = argc & 1 ? 1 : 4;
		argv = strings + 5 - argc;
		envp = strings + 5 - envc;
		image_take(argv, envp, 0);
		addr = image.blob.rsp;
		CHECK(addr % 16 == 0, "%u arguments: rsp is 0x%lx", argc, addr);
		CHECK(word_at(addr) == argc, "argc is %ld, expected %u",
		      word_at(addr), argc);
		addr = check_strings("argv", addr + 8, argv);
		check_strings("envp", addr, envp);
	}
}

/* The value of one entry; fails if there is none. */
static uint64_t aux(uint64_t type)
{
	uint64_t addr = image.blob.rsp + 8 * (word_at(image.blob.rsp) + 2);

	while (word_at(addr))
		addr += 8;
	for (addr += 8; word_at(addr) != AT_NULL; addr += 16)
		if (word_at(addr) == type)
			return word_at(addr + 8);
	FAIL("no entry %ld in the auxiliary vector", type);
}

static void aux_is(const char *name, uint64_t type, uint64_t want)
{
	CHECK(aux(type) == want, "%s is 0x%lx, expected 0x%lx", name, aux(type),
	      want);
}

static void test_auxv(void)
{
	char random[16];

	image_take(one_string, no_strings, 0);
	memcpy(random, image_at(aux(AT_RANDOM), 16), 16);
	image_take(one_string, one_string, 0);
	CHECK(memcmp(random, image_at(aux(AT_RANDOM), 16), 16),
	      "AT_RANDOM points to the same bytes twice");
	aux_is("AT_PHDR", AT_PHDR, TINYELF_BASE + sizeof(Elf64_Ehdr));
	aux_is("AT_PHENT", AT_PHENT, sizeof(Elf64_Phdr));
	aux_is("AT_PHNUM", AT_PHNUM, 2);
	aux_is("AT_PAGESZ", AT_PAGESZ, 4096);
	aux_is("AT_BASE", AT_BASE, 0);
	aux_is("AT_FLAGS", AT_FLAGS, 0);
	aux_is("AT_ENTRY", AT_ENTRY, TINYELF_ENTRY);
	aux_is("AT_UID", AT_UID, getuid());
	aux_is("AT_EUID", AT_EUID, geteuid());
	aux_is("AT_GID", AT_GID, getgid());
	aux_is("AT_EGID", AT_EGID, getegid());
	aux_is("AT_SECURE", AT_SECURE, 0);
	aux_is("AT_CLKTCK", AT_CLKTCK, 100);
	CHECK(!strcmp(string_at(aux(AT_PLATFORM)), "x86_64"), "AT_PLATFORM is %s",
	      string_at(aux(AT_PLATFORM)));
	CHECK(!strncmp(string_at(aux(AT_EXECFN)), "/dev/fd/", 8),
	      "AT_EXECFN is %s", string_at(aux(AT_EXECFN)));
	/* CPUID 1 EDX, at least what every x86-64 has: FPU to SSE2. */
	CHECK((aux(AT_HWCAP) & HWCAP_ALWAYS) == HWCAP_ALWAYS, "AT_HWCAP is 0x%lx",
	      aux(AT_HWCAP));
	CHECK(aux(AT_MINSIGSTKSZ) >= 1024, "AT_MINSIGSTKSZ is %ld",
	      aux(AT_MINSIGSTKSZ));
}

/* The kernel's own shared object, if it gives us one. */
static void test_vdso(void)
{
	const Elf64_Ehdr *vdso = (void *)getauxval(AT_SYSINFO_EHDR);

	if (!vdso) {
		NOTE("no vdso");
		return;
	}
	CHECK((uint64_t)vdso % 4096 == 0, "it is at %p", vdso);
	CHECK(!memcmp(vdso->e_ident, ELFMAG, SELFMAG) &&
	      vdso->e_ident[EI_CLASS] == ELFCLASS64 &&
	      vdso->e_machine == EM_X86_64 && vdso->e_type == ET_DYN,
	      "there is no shared object at %p", vdso);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "registers",	test_registers },
		{ "stack",	test_stack },
		{ "auxv",	test_auxv },
		{ "vdso",	test_vdso },
		{ NULL, NULL }
	};

	test_begin(60 * check_rounds(argc, argv, 1));
	parts_run(argc, argv, parts);
	printf("initstate: ok\n");
	return 0;
}
