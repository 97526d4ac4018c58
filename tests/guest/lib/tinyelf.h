/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tinyelf.h - start a few position-independent instructions as a program of
 * their own, so that the very first instruction after execve is ours and not
 * libc's. The program is an ELF file in a memfd; its data is on its stack.
 */
#ifndef TESTS_TINYELF_H
#define TESTS_TINYELF_H

#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

#define TINYELF_BASE 0x400000ul

struct tinyelf {
	Elf64_Ehdr ehdr;
	Elf64_Phdr load, stack;
};

/* Where the code starts, and so the rip of its first instruction. */
#define TINYELF_ENTRY (TINYELF_BASE + sizeof(struct tinyelf))

/* A descriptor for execveat(fd, "", argv, envp, AT_EMPTY_PATH). */
static inline int tinyelf_create(const void *code, size_t size)
{
	struct tinyelf elf = {
		.ehdr = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64,
				     ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = EM_X86_64,
			.e_version = EV_CURRENT,
			.e_entry = TINYELF_ENTRY,
			.e_phoff = sizeof(Elf64_Ehdr),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 2,
		},
		.load = {
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_X,
			.p_vaddr = TINYELF_BASE,
			.p_paddr = TINYELF_BASE,
			.p_filesz = sizeof(struct tinyelf) + size,
			.p_memsz = sizeof(struct tinyelf) + size,
			.p_align = 4096,
		},
		.stack = {
			.p_type = PT_GNU_STACK,
			.p_flags = PF_R | PF_W,
		},
	};
	int fd = CHECK_SYS(memfd_create("tinyelf", MFD_CLOEXEC));

	CHECK(write(fd, &elf, sizeof(elf)) == (ssize_t)sizeof(elf), "write");
	CHECK(write(fd, code, size) == (ssize_t)size, "write of %zu bytes", size);
	return fd;
}

#endif
