// SPDX-License-Identifier: GPL-2.0
/*
 * fuzzcpu executes random instructions with random registers, and those that
 * concern the kernel more often than chance would have it: whatever user code
 * does, it gets a signal, the machine goes on, and the next case is right.
 *
 *   fuzzcpu [ROUNDS [SEED]]		how many random cases (4000 each), the seed
 *   fuzzcpu ROUNDS SEED record FILE	write down how the cases end
 *   fuzzcpu ROUNDS SEED compare FILE	they must end like that here
 *
 * A recording is made on the same CPU, natively (the machine test fuzz). Cases
 * that end in two ways there (rdtsc, rdrand) are not compared.
 */
#define _GNU_SOURCE
#include <fcntl.h>

#include "child.h"
#include "cpu.h"
#include "fuzz.h"
#include "gaps.h"

#define REPORTED 40	/* differences that are printed */

struct shared *shared;
uint64_t seed = 1;

struct header {
	char magic[8];
	uint64_t seed, count;
};

static void name_of(char *text, size_t size, const struct outcome *o)
{
	static const char *const ends[] = { "not run", "signal", "no end", "death" };

	snprintf(text, size, "%s %d, si_code %d, si_addr %#lx, trap %d, error code "
		 "%#x, rip %#lx, flags %#lx, hashes %08x %08x %08x", ends[o->end],
		 o->signo, o->si_code, o->addr, o->trapno, o->err, o->rip, o->flags,
		 (uint32_t)o->regs, (uint32_t)o->memory, o->segments);
}

static void case_print(const struct fuzz_case *c, long nr)
{
	printf("case %ld (%s):", nr, c->class);
	for (unsigned int i = 0; i < c->size; i++)
		printf(" %02x", c->code[i]);
	printf("  rax %#lx rcx %#lx rdi %#lx rsp %#lx flags %#lx cs %#lx ss %#lx\n",
	       c->state.reg[RAX], c->state.reg[RCX], c->state.reg[RDI],
	       c->state.rsp, c->state.flags, c->state.cs, c->state.ss);
}

/* A process that dies of a case is followed by another: how many died? */
static long all_run(void)
{
	long next = 0, deaths = 0;
	long setregs = cases_count();
	struct fuzz_case c;

	while (setregs > 0 && (case_make(&c, setregs - 1), c.way == SETREGS))
		setregs--;
	while (next < setregs) {
		int status = child_wait(child_start(run_from, &next));

		if (!status && shared->current == cases_count())
			break;
		CHECK(WIFSIGNALED(status), "case %ld: wait status 0x%x",
		      shared->current, status);
		next = shared->current;
		shared->outcome[next] = (struct outcome){
			.end = DEATH, .signo = WTERMSIG(status)
		};
		next++;
		deaths++;
	}
	setregs_run(setregs, cases_count());
	return deaths;
}

/* How many cases ended in which way: what the test was worth */
static void ends_print(void)
{
	long by_signal[32] = { 0 }, through = 0, no_end = 0;

	for (long nr = 0; nr < cases_count(); nr++) {
		const struct outcome *o = &shared->outcome[nr];

		no_end += o->end == LOOP;
		through += o->signo == SIGTRAP && o->trapno == 3;
		by_signal[o->end == SIGNAL ? o->signo % 32 : 0]++;
	}
	printf("fuzzcpu: %ld ran through, %ld had no end, signals:", through, no_end);
	for (int i = 1; i < 32; i++)
		if (by_signal[i])
			printf(" %ld x %d", by_signal[i], i);
	printf("\n");
}

/* What needs no recording to be known */
static void ints_check(void)
{
	struct fuzz_case c;

	for (long nr = 0; nr < cases_count(); nr++) {
		const struct outcome *o = &shared->outcome[nr];

		case_make(&c, nr);
		if (!strcmp(c.class, "int") && o->rip != CODE && host_gap("int"))
			continue;	/* the host has a use for it */
		if (strcmp(c.class, "int") || c.code[1] == 3 || c.code[1] == 4 ||
		    c.code[1] == 0x80)
			continue;
		if (o->end != SIGNAL || o->signo != SIGSEGV || o->si_code != SI_KERNEL ||
		    o->trapno != 13 || o->rip != CODE ||
		    (!cpu_is_tcg() && o->err != c.code[1] * 8u + 2))
			FAIL("int %#x: signal %d, si_code %d, trap %d, error code %#x, "
			     "rip %#lx", c.code[1], o->signo, o->si_code, o->trapno,
			     o->err, o->rip);
	}
}

static void file_do(int fd, bool write_it, void *buffer, size_t size)
{
	char *at = buffer;

	while (size) {
		ssize_t done = write_it ? write(fd, at, size) : read(fd, at, size);

		CHECK(done > 0, "the recording: %s",
		      done ? strerror(errno) : "too short");
		at += done;
		size -= done;
	}
}

static size_t outcomes_size(void)
{
	return cases_count() * sizeof(struct outcome);
}

/* Run all twice; what differs is not compared. */
static void record(const char *path)
{
	struct header header = { "fuzzcpu", seed, cases_count() };
	struct outcome *first = malloc(outcomes_size());
	int fd = CHECK_SYS(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
	long unsure = 0;

	CHECK(first, "no memory");
	memcpy(first, shared->outcome, outcomes_size());
	all_run();
	for (long nr = 0; nr < cases_count(); nr++) {
		if (outcome_same(&first[nr], &shared->outcome[nr]))
			continue;
		first[nr].end = NOT_RUN;
		unsure++;
	}
	printf("fuzzcpu: %ld cases end in more than one way\n", unsure);
	CHECK(unsure < cases_count() / 20, "%ld of %ld cases are not the same twice",
	      unsure, cases_count());
	file_do(fd, true, &header, sizeof(header));
	file_do(fd, true, first, outcomes_size());
	CHECK_SYS(close(fd));
	free(first);
}

static void compare(const char *path)
{
	struct outcome *native = malloc(outcomes_size());
	int fd = CHECK_SYS(open(path, O_RDONLY | O_CLOEXEC));
	long different = 0, excused = 0;
	struct header header;
	struct fuzz_case c;
	char text[300];

	CHECK(native, "no memory");
	file_do(fd, false, &header, sizeof(header));
	CHECK(header.seed == seed && (long)header.count == cases_count(),
	      "a recording of %lu cases of seed %lu", header.count, header.seed);
	file_do(fd, false, native, outcomes_size());
	for (long nr = 0; nr < cases_count(); nr++) {
		if (native[nr].end == NOT_RUN ||
		    outcome_same(&native[nr], &shared->outcome[nr]))
			continue;
		case_make(&c, nr);
		if (known_reason(&c, &native[nr], &shared->outcome[nr])) {
			excused++;
			continue;
		}
		if (different++ >= REPORTED)
			continue;
		case_print(&c, nr);
		name_of(text, sizeof(text), &native[nr]);
		printf("\tnative %s\n", text);
		name_of(text, sizeof(text), &shared->outcome[nr]);
		printf("\there   %s\n", text);
	}
	printf("fuzzcpu: %ld known differences\n", excused);
	CHECK(!different, "%ld cases end otherwise than natively", different);
}

int main(int argc, char **argv)
{
	const char *slow = getenv("SLOW");
	long deaths;

	/* With SMAP the emulated host's kernel takes that for its own fault. */
	if (cpu_is_tcg())
		SKIP("qemu's TCG lets iret of user code use the stack as the kernel");
	random_cases = check_rounds(argc, argv, random_cases);
	if (slow && atof(slow) > 1 && argc < 4)
		random_cases /= 4;
	if (argc > 2)
		seed = strtoul(argv[2], NULL, 0);
	test_begin(3000);
	setvbuf(stdout, NULL, _IONBF, 0);
	shared = shared_alloc(sizeof(*shared) + outcomes_size());
	run_init();
	deaths = all_run();
	printf("fuzzcpu: %ld cases, %ld processes died of one\n", cases_count(),
	       deaths);
	ends_print();
	ints_check();
	if (argc > 4 && !strcmp(argv[3], "record"))
		record(argv[4]);
	else if (argc > 4 && !strcmp(argv[3], "compare"))
		compare(argv[4]);
	else
		CHECK(argc < 4, "what is '%s'?", argv[3]);
	return 0;
}
