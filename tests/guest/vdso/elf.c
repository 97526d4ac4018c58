// SPDX-License-Identifier: GPL-2.0
/* elf.c - find a function in the vdso, an ELF image that is already mapped. */
#define _GNU_SOURCE
#include "vdso.h"

#include <elf.h>
#include <sys/auxv.h>

#include "check.h"

/*
 * The number of symbols is in the hash tables only: nchain of the old one; in
 * the GNU one the end of the longest chain.
 */
static unsigned int symbols_count(const uint32_t *hash, const uint32_t *gnu)
{
	const uint32_t *buckets, *chains;
	unsigned int last = 0;

	if (hash)
		return hash[1];
	CHECK(gnu, "the vdso has no hash table");
	buckets = gnu + 4 + gnu[2] * 2; /* 64-bit words of the Bloom filter */
	chains = buckets + gnu[0];
	for (uint32_t i = 0; i < gnu[0]; i++)
		if (buckets[i] > last)
			last = buckets[i];
	if (last == 0)
		return 0;
	while (!(chains[last - gnu[1]] & 1))
		last++;
	return last + 1;
}

struct image {
	const Elf64_Sym *symbols;
	const char *strings;
	const uint32_t *hash, *gnu;
	unsigned long bias; /* address minus p_vaddr */
};

/* d_ptr is an address as linked, and nobody has relocated it. */
static void dynamic_read(struct image *image, const Elf64_Dyn *dyn)
{
	for (; dyn->d_tag != DT_NULL; dyn++) {
		const void *at = (void *)(dyn->d_un.d_ptr + image->bias);

		if (dyn->d_tag == DT_SYMTAB)
			image->symbols = at;
		else if (dyn->d_tag == DT_STRTAB)
			image->strings = at;
		else if (dyn->d_tag == DT_HASH)
			image->hash = at;
		else if (dyn->d_tag == DT_GNU_HASH)
			image->gnu = at;
	}
}

static void image_find(struct image *image)
{
	const Elf64_Ehdr *ehdr = (void *)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Phdr *phdr;
	const Elf64_Dyn *dyn = NULL;
	int loads = 0;

	CHECK(ehdr, "no AT_SYSINFO_EHDR");
	CHECK(!memcmp(ehdr->e_ident, ELFMAG, SELFMAG) &&
	      ehdr->e_ident[EI_CLASS] == ELFCLASS64 &&
	      ehdr->e_machine == EM_X86_64 && ehdr->e_type == ET_DYN,
	      "the vdso is no x86-64 shared object");
	phdr = (void *)((char *)ehdr + ehdr->e_phoff);
	for (int i = 0; i < ehdr->e_phnum; i++)
		if (phdr[i].p_type == PT_LOAD && loads++ == 0)
			image->bias = (unsigned long)ehdr + phdr[i].p_offset -
				phdr[i].p_vaddr;
	for (int i = 0; i < ehdr->e_phnum; i++)
		if (phdr[i].p_type == PT_DYNAMIC)
			dyn = (void *)(phdr[i].p_vaddr + image->bias);
	CHECK(loads == 1 && dyn, "%d segments, dynamic section at %p", loads,
	      (void *)dyn);
	dynamic_read(image, dyn);
	CHECK(image->symbols && image->strings, "the vdso has no symbols");
}

void *vdso_find(const char *name)
{
	struct image image = { .bias = 0 };
	unsigned int count;

	image_find(&image);
	count = symbols_count(image.hash, image.gnu);
	for (unsigned int i = 0; i < count; i++) {
		const Elf64_Sym *symbol = &image.symbols[i];

		if (symbol->st_shndx != SHN_UNDEF &&
		    ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
		    !strcmp(image.strings + symbol->st_name, name))
			return (void *)(symbol->st_value + image.bias);
	}
	return NULL;
}
