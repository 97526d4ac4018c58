/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ldt - modify_ldt: what it takes and gives back, segments that it made in use, by the
 * threads of the process and in its children, but not after exec.
 * Relies on: modify_ldt(2); Intel SDM vol. 3 3.4.5 (descriptors), vol. 2 LSL, LAR; Linux
 * on native x86-64 for what is refused.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <asm/ldt.h>

#include "cpu.h"
#include "parts.h"
#include "raw.h"

#define READ		0
#define WRITE_OLD	1
#define READ_DEFAULT	2
#define WRITE		0x11
#define ENTRIES		8192
#define SELECTOR(n)	((n) << 3 | 7)
#define LOW		0x10000000ul	/* an address that 32-bit code can have */
#define ROUNDS		100

/* The int that it returns */
static int ldt(int func, void *p, unsigned long size)
{
	long value = RAW3(SYS_modify_ldt, func, p, size);

	CHECK(value >> 32 == 0, "modify_ldt(%d): 0x%lx", func, value);
	return value;
}

static struct user_desc data_segment(unsigned int number, unsigned long base)
{
	return (struct user_desc){
		.entry_number = number, .base_addr = base, .limit = 0xfffff,
		.seg_32bit = 1, .limit_in_pages = 1, .useable = 1,
	};
}

static void entry_set(const struct user_desc *entry)
{
	int err = ldt(WRITE, (void *)entry, sizeof(*entry));

	CHECK(err == 0, "entry %u: %d", entry->entry_number, err);
}

/* What the CPU says of a selector: its limit, or -1: it is nothing that can be loaded */
static long limit_of(unsigned int selector)
{
	unsigned long limit = 0;
	unsigned char valid;

	asm("lsl %2, %0; setz %1" : "+r" (limit), "=q" (valid) : "r" ((unsigned long)selector));
	return valid ? (long)limit : -1;
}

/* ---- arguments */

static void test_arguments(void)
{
	struct user_desc entry = data_segment(5, 0), bad;
	char bytes[256], zeroes[256] = { 0 };

	CHECK(ldt(READ, bytes, sizeof(bytes)) == 0, "there is one at first");
	memset(bytes, 0x55, sizeof(bytes));
	CHECK(ldt(READ_DEFAULT, bytes, 10) == 10 && !memcmp(bytes, zeroes, 10) &&
	      bytes[10] == 0x55, "the default one");
	CHECK(ldt(READ_DEFAULT, bytes, sizeof(bytes)) == 128 && !memcmp(bytes, zeroes, 128) &&
	      bytes[128] == 0x55, "the default one's size");
	CHECK(ldt(READ_DEFAULT, (void *)8, 8) == -EFAULT, "bad pointer");
	CHECK(ldt(3, bytes, 16) == -ENOSYS && ldt(-1, bytes, 16) == -ENOSYS, "no such function");

	CHECK(ldt(WRITE, &entry, 15) == -EINVAL && ldt(WRITE, &entry, 17) == -EINVAL &&
	      ldt(WRITE_OLD, &entry, 0) == -EINVAL, "sizes");
	CHECK(ldt(WRITE, (void *)8, sizeof(entry)) == -EFAULT, "bad pointer");
	bad = entry;
	bad.entry_number = ENTRIES;
	CHECK(ldt(WRITE, &bad, sizeof(bad)) == -EINVAL, "entry %u", bad.entry_number);
	bad.entry_number = -1;
	CHECK(ldt(WRITE, &bad, sizeof(bad)) == -EINVAL, "entry %u", bad.entry_number);
	bad = entry;
	bad.contents = 3;
	CHECK(ldt(WRITE, &bad, sizeof(bad)) == -EINVAL, "contents 3");
	bad.seg_not_present = 1;
	CHECK(ldt(WRITE_OLD, &bad, sizeof(bad)) == -EINVAL, "contents 3, the old way");
	CHECK(ldt(READ, bytes, sizeof(bytes)) == 0, "what is refused has made one");
	CHECK(ldt(WRITE, &bad, sizeof(bad)) == 0, "contents 3, not present");
	CHECK(ldt(READ, bytes, sizeof(bytes)) == sizeof(bytes), "there is none");
	CHECK(ldt(READ, (void *)8, 8) == -EFAULT, "bad pointer");
}

/* ---- what is read back */

static const struct {
	const char *name;
	int func;
	struct user_desc entry;
	uint64_t descriptor;
} entries[] = {
	{ "data", WRITE, { 0, 0x12345678, 0xabcde, 1, 0, 0, 1, 0, 1, 0 }, 0x12daf3345678bcde },
	{ "data, the old way", WRITE_OLD, { 1, 0x12345678, 0xabcde, 1, 0, 0, 1, 0, 1, 0 },
	  0x12caf3345678bcde },
	{ "data, read only", WRITE, { 2, 1, 2, 1, 0, 1, 0, 0, 0, 0 }, 0x0040f10000010002 },
	{ "downwards", WRITE, { 3, 0, 0xfffff, 1, 1, 0, 1, 0, 0, 0 }, 0x00cff7000000ffff },
	{ "code", WRITE, { 4, 0, 0xfffff, 1, 2, 0, 1, 0, 0, 0 }, 0x00cffb000000ffff },
	{ "code, not readable", WRITE, { 5, 0, 0xfffff, 1, 2, 1, 1, 0, 0, 0 }, 0x00cff9000000ffff },
	{ "code of 64 bits is of 32", WRITE, { 6, 0, 0xfffff, 1, 2, 0, 1, 0, 0, 1 },
	  0x00cffb000000ffff },
	{ "conforming, not present", WRITE, { 7, 0, 0xfffff, 1, 3, 0, 1, 1, 0, 0 },
	  0x00cf7f000000ffff },
	{ "taken away", WRITE, { 4, 0, 0, 0, 0, 1, 0, 1, 0, 0 }, 0 },
	{ "nearly taken away", WRITE, { 4, 0, 0, 1, 0, 1, 0, 1, 0, 0 }, 0x0040710000000000 },
	{ "taken away, the old way", WRITE_OLD, { 5, 0, 0, 1, 2, 0, 1, 0, 1, 0 }, 0 },
	{ "the last one", WRITE, { ENTRIES - 1, 0, 0xfffff, 1, 0, 0, 1, 0, 0, 0 },
	  0x00cff3000000ffff },
};

static void test_read(void)
{
	static uint64_t table[ENTRIES + 2], model[ENTRIES];
	unsigned int i;
	int size;

	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		int err = ldt(entries[i].func, (void *)&entries[i].entry, sizeof(entries[i].entry));

		CHECK(err == 0, "%s: %d", entries[i].name, err);
		model[entries[i].entry.entry_number] = entries[i].descriptor;
		memset(table, 0x55, sizeof(table));
		size = ldt(READ, table, 8 * 64);
		CHECK(size == 8 * 64 && !memcmp(table, model, 8 * 64) &&
		      table[64] == 0x5555555555555555, "%s: size %d, 0x%lx, not 0x%lx",
		      entries[i].name, size, table[entries[i].entry.entry_number & 63],
		      entries[i].descriptor);
		CHECK((limit_of(SELECTOR(entries[i].entry.entry_number)) >= 0) ==
		      (entries[i].descriptor != 0), "%s: the CPU has another one",
		      entries[i].name);
	}
	size = ldt(READ, table, sizeof(table));
	CHECK(size == sizeof(model) && !memcmp(table, model, sizeof(model)), "all: %d", size);
	memset(table, 0x55, sizeof(table));
	size = ldt(READ, table, 11);
	CHECK(size == 11 && !memcmp(table, model, 11) && ((char *)table)[11] == 0x55,
	      "a part: %d", size);
}

/* ---- use */

static volatile uint32_t words[2];

static uint32_t fs_load(unsigned int selector)
{
	uint32_t value;

	/* libc's is given back */
	asm volatile("rdfsbase %%rdx\n\tmov %1, %%fs\n\tmov %%fs:0, %0\n\t"
		     "mov %2, %%fs\n\twrfsbase %%rdx"
		     : "=&r" (value) : "r" (selector), "r" (0) : "rdx", "memory");
	return value;
}

/* GS is nobody's: it keeps selector and base from one system call to the next. */
static void gs_check(unsigned int number, uint32_t want)
{
	unsigned int selector = SELECTOR(number), now;
	uint32_t value;
	int i;

	asm volatile("mov %0, %%gs" : : "r" (selector));
	for (i = 0; i < ROUNDS; i++) {
		asm volatile("mov %%gs:0, %0\n\tmov %%gs, %1" : "=r" (value), "=r" (now) : : "memory");
		CHECK(value == want && now == selector, "round %d: %u by 0x%x, not %u by 0x%x", i,
		      value, now, want, selector);
		sched_yield();
	}
	asm volatile("mov %0, %%gs" : : "r" (0));
}

static uint32_t *low_words(void)
{
	uint32_t *p = mmap((void *)LOW, 4096, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	CHECK((unsigned long)p == LOW, "no page at 0x%lx", LOW);
	return p;
}

static void test_use(void)
{
	uint32_t *low = low_words();
	struct user_desc first = data_segment(1, LOW), second = data_segment(100, LOW + 4);

	low[0] = 11;
	low[1] = 22;
	entry_set(&first);
	entry_set(&second);
	gs_check(1, 11);
	gs_check(100, 22);
	if (cpu_has_fsgsbase()) {
		CHECK(fs_load(SELECTOR(1)) == 11, "by fs");
		CHECK(fs_load(SELECTOR(100)) == 22, "by fs");
	}
	second.base_addr = LOW;
	entry_set(&second);
	gs_check(100, 11);
}

static void *thread_run(void *arg)
{
	(void)arg;
	CHECK(limit_of(SELECTOR(7)) == -1, "entry 7 is there");
	CHECK(limit_of(SELECTOR(1)) >= 0, "entry 1 is not there");
	gs_check(1, 11);
	struct user_desc entry = data_segment(7, LOW + 4);

	entry_set(&entry);
	gs_check(7, 22);
	return NULL;
}

static void child_run_it(void *arg)
{
	struct user_desc entry = data_segment(9, LOW);
	uint64_t table[16];

	CHECK(ldt(READ, table, sizeof(table)) == sizeof(table), "nothing to read in a child");
	CHECK(table[1] && table[7] && !table[9], "0x%lx 0x%lx 0x%lx", table[1], table[7], table[9]);
	gs_check(1, 11);
	gs_check(7, 22);
	entry_set(&entry);
	gs_check(9, 11);
	entry.entry_number = 1;
	entry.base_addr = LOW + 4;
	entry_set(&entry);
	gs_check(1, 22);
	if (arg)
		child_run("a child's child", child_run_it, NULL);
}

static void exec_run(void *arg)
{
	(void)arg;
	execl("/proc/self/exe", "ldt", "after-exec", NULL);
	FAIL("exec: %s", strerror(errno));
}

/* Threads share it, children get a copy, a program starts without. */
static void test_shared(void)
{
	uint32_t *low = low_words();
	struct user_desc first = data_segment(1, LOW);
	pthread_t thread;

	low[0] = 11;
	low[1] = 22;
	entry_set(&first);
	CHECK(pthread_create(&thread, NULL, thread_run, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	gs_check(7, 22);
	child_run("child", child_run_it, NULL);
	gs_check(1, 11);
	CHECK(limit_of(SELECTOR(9)) == -1, "the child's entry is here");
	child_run("exec", exec_run, NULL);
}

/*
 * 32-bit code: mov $0x12345678, %eax; ljmp $0x33, $LOW + 16; there, of 64 bits: the
 * stack pointer and where to go on are behind the code.
 */
static const uint8_t code[] = {
	0xb8, 0x78, 0x56, 0x34, 0x12,
	0xea, 0x10, 0x00, 0x00, 0x10, 0x33, 0x00, 0x90, 0x90, 0x90, 0x90,
	0x48, 0x8b, 0x25, 0x09, 0x00, 0x00, 0x00,	/* mov LOW + 32, %rsp */
	0xff, 0x25, 0x0b, 0x00, 0x00, 0x00,		/* jmp *LOW + 40 */
};

static void test_code(void)
{
	struct user_desc segment = data_segment(3, 0);
	struct { uint32_t offset; uint16_t selector; } __attribute__((packed)) to = {
		LOW, SELECTOR(3),
	};
	char *low = (char *)low_words();
	uint32_t value;
	int i;

	memcpy(low, code, sizeof(code));
	CHECK_SYS(mprotect(low, 4096, PROT_READ | PROT_WRITE | PROT_EXEC));
	segment.contents = MODIFY_LDT_CONTENTS_CODE;
	entry_set(&segment);
	for (i = 0; i < 10; i++) {
		asm volatile("sub $128, %%rsp\n\t"
			     "lea 1f(%%rip), %%rax\n\t"
			     "mov %%rsp, 32(%2)\n\t"
			     "mov %%rax, 40(%2)\n\t"
			     "ljmpl *(%1)\n"
			     "1:	add $128, %%rsp"
			     : "=&a" (value) : "r" (&to), "r" (low) : "memory");
		CHECK(value == 0x12345678, "eax 0x%x", value);
		sched_yield();
	}
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "arguments",	test_arguments },
		{ "read",	test_read },
		{ "use",	test_use },
		{ "shared",	test_shared },
		{ "code",	test_code },
		{ NULL, NULL }
	};
	char byte;

	if (argc > 1 && !strcmp(argv[1], "after-exec"))
		return ldt(READ, &byte, 1) != 0;
	test_begin(120 * check_rounds(argc, argv, 1));
	if (RAW3(SYS_modify_ldt, READ, &byte, 1) == -ENOSYS) {
		struct user_desc entry = data_segment(0, 0);

		CHECK(RAW3(SYS_modify_ldt, WRITE, &entry, sizeof(entry)) == -ENOSYS &&
		      RAW3(SYS_modify_ldt, READ_DEFAULT, &byte, 1) == -ENOSYS,
		      "it is there and is not");
		SKIP("there is no modify_ldt here");
	}
	parts_run(argc, argv, parts);
	printf("ldt: ok\n");
	return 0;
}
