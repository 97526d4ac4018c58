// SPDX-License-Identifier: GPL-2.0
/* core.c - read a core file; what is wrong with its structure is a failure. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coredump.h"

static void header_check(const struct core *core)
{
	const Elf64_Ehdr *ehdr = (const void *)core->data;

	CHECK(core->size > sizeof(*ehdr), "the core file has %zu bytes", core->size);
	CHECK(!memcmp(ehdr->e_ident, ELFMAG, SELFMAG) &&
	      ehdr->e_ident[EI_CLASS] == ELFCLASS64 &&
	      ehdr->e_ident[EI_DATA] == ELFDATA2LSB, "no 64-bit ELF file");
	CHECK(ehdr->e_type == ET_CORE && ehdr->e_machine == EM_X86_64,
	      "ELF type %d, machine %d", ehdr->e_type, ehdr->e_machine);
	CHECK(ehdr->e_phentsize == sizeof(Elf64_Phdr) && ehdr->e_phnum > 3 &&
	      ehdr->e_phoff + ehdr->e_phnum * sizeof(Elf64_Phdr) <= core->size,
	      "%d program headers", ehdr->e_phnum);
}

/* One PT_NOTE first, then segments in order, all inside the file */
static void segments_check(const struct core *core)
{
	unsigned long end = 0;

	CHECK(core->phdr[0].p_type == PT_NOTE, "the first segment has type %#x",
	      core->phdr[0].p_type);
	for (int i = 0; i < core->segments; i++) {
		const Elf64_Phdr *p = &core->phdr[i];

		CHECK(p->p_offset + p->p_filesz <= core->size,
		      "segment %d ends at %#lx, the file at %#zx", i,
		      p->p_offset + p->p_filesz, core->size);
		if (i == 0)
			continue;
		CHECK(p->p_type == PT_LOAD && p->p_filesz <= p->p_memsz &&
		      p->p_vaddr >= end, "segment %d: type %#x, %#lx+%#lx", i,
		      p->p_type, p->p_vaddr, p->p_memsz);
		end = p->p_vaddr + p->p_memsz;
	}
}

void core_load(struct core *core, const char *path)
{
	int fd = CHECK_SYS(open(path, O_RDONLY | O_CLOEXEC));
	struct stat st;

	CHECK_SYS(fstat(fd, &st));
	core->size = st.st_size;
	CHECK(core->size > 0, "%s is empty", path);
	core->data = mmap(NULL, core->size, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(core->data != MAP_FAILED, "%s", strerror(errno));
	CHECK_SYS(close(fd));
	header_check(core);
	core->phdr = (const void *)(core->data +
				    ((const Elf64_Ehdr *)core->data)->e_phoff);
	core->segments = ((const Elf64_Ehdr *)core->data)->e_phnum;
	segments_check(core);
}

void core_free(struct core *core)
{
	CHECK_SYS(munmap((void *)core->data, core->size));
}

static size_t padded(size_t size)
{
	return (size + 3) & ~3ul;
}

/* The `which`-th note (from 0) of a type; false: there is none. */
int core_note(const struct core *core, uint32_t type, int which, struct note *note)
{
	const char *at = core->data + core->phdr[0].p_offset;
	const char *end = at + core->phdr[0].p_filesz;

	while (at < end) {
		const Elf64_Nhdr *nhdr = (const void *)at;
		const char *name = at + sizeof(*nhdr);
		const char *data = name + padded(nhdr->n_namesz);

		at = data + padded(nhdr->n_descsz);
		CHECK(at <= end, "note of type %#x ends behind the notes",
		      nhdr->n_type);
		if (nhdr->n_type != type || which-- > 0)
			continue;
		*note = (struct note){ type, nhdr->n_descsz, data };
		return 1;
	}
	return 0;
}

/* The dumped memory at an address of the dead process, or NULL */
const void *core_memory(const struct core *core, const void *addr, size_t size)
{
	unsigned long start = (unsigned long)addr;

	for (int i = 1; i < core->segments; i++) {
		const Elf64_Phdr *p = &core->phdr[i];

		if (start >= p->p_vaddr && start + size <= p->p_vaddr + p->p_filesz)
			return core->data + p->p_offset + (start - p->p_vaddr);
	}
	return NULL;
}
