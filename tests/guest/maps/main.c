// SPDX-License-Identifier: GPL-2.0
/*
 * maps checks that /proc/self/maps is sane and true: what was mapped is listed
 * with its rights, offset and inode; what is listed can be used with just
 * these rights; and that smaps and pagemap count the pages that are there.
 */
#define _GNU_SOURCE
#include <sys/auxv.h>
#include <sys/stat.h>

#include "arena.h"
#include "child.h"
#include "maps.h"
#include "page.h"
#include "probe.h"
#include "rng.h"

#define RW    (PROT_READ | PROT_WRITE)
#define PAGES 64

static struct maps maps;
static int in_data = 1;
static const int in_rodata = 1;

/* What should be listed for each page of model_check()'s region; "": nothing */
static char model[PAGES][5];

static void order_check(void)
{
	unsigned long end = 0;

	maps_load(&maps);
	CHECK(maps.count > 4, "only %d mappings", maps.count);
	for (int i = 0; i < maps.count; i++) {
		struct map *m = &maps.map[i];

		CHECK(m->start >= end && m->end > m->start,
		      "mapping %d is %lx-%lx, the one before ends at %lx", i,
		      m->start, m->end, end);
		CHECK(((m->start | m->end) & (PAGE - 1)) == 0,
		      "%lx-%lx are no pages", m->start, m->end);
		CHECK(strspn(m->perms, "rwxps-") == 4, "rights '%s'", m->perms);
		end = m->end;
	}
}

/* The mapping at addr must have these rights and (if not NULL) this name. */
static const struct map *map_check(const void *addr, const char *perms,
				   const char *name)
{
	const struct map *m = maps_at(&maps, addr);

	CHECK(m, "nothing listed at %p (should be %s)", addr, name);
	CHECK(!strcmp(m->perms, perms), "%p (%s): rights %s, should be %s", addr,
	      name ? name : "", m->perms, perms);
	CHECK(!name || !strcmp(m->name, name), "%p: '%s', should be '%s'", addr,
	      m->name, name);
	return m;
}

static void program_check(void)
{
	char exe[256] = "", *brk = sbrk(PAGE);
	const void *vdso = (void *)getauxval(AT_SYSINFO_EHDR);

	CHECK_SYS(readlink("/proc/self/exe", exe, sizeof(exe) - 1));
	CHECK(brk != (void *)-1, "sbrk: %s", strerror(errno));
	maps_load(&maps);
	map_check((void *)program_check, "r-xp", exe);
	map_check(&in_rodata, "r--p", exe);
	map_check(&in_data, "rw-p", NULL);
	map_check(exe, "rw-p", "[stack]");
	map_check(brk, "rw-p", "[heap]");
	CHECK(maps_named(&maps, "[heap]")->end >= (unsigned long)sbrk(0),
	      "[heap] ends at %lx", maps_named(&maps, "[heap]")->end);
	CHECK(vdso, "no AT_SYSINFO_EHDR");
	map_check(vdso, "r-xp", "[vdso]");
	CHECK(!memcmp(vdso, "\177ELF", 4), "the vdso is no ELF image");
}

/* Every mapping: do its first and last byte behave as its rights say? */
static void rights_check(void)
{
	int probed = 0;

	maps_load(&maps);
	for (int i = 0; i < maps.count; i++) {
		const struct map *m = &maps.map[i];
		char *first = (char *)m->start, *last = (char *)m->end - 1;

		/* Special pages of the host kernel, not all of them are there */
		if (!strncmp(m->name, "[vvar", 5) || !strcmp(m->name, "[vsyscall]"))
			continue;
		PROBE_CHECK(read, first, m->perms[0] == 'r' ? 0 : PROBE_ACCERR,
			    m->name);
		PROBE_CHECK(read, last, m->perms[0] == 'r' ? 0 : PROBE_ACCERR,
			    m->name);
		PROBE_CHECK(write, first, m->perms[1] == 'w' ? 0 : PROBE_ACCERR,
			    m->name);
		PROBE_CHECK(write, last, m->perms[1] == 'w' ? 0 : PROBE_ACCERR,
			    m->name);
		probed++;
	}
	CHECK(probed > 4, "only %d mappings could be tried", probed);
}

static void file_check(void)
{
	char path[] = "/tmp/maps.XXXXXX";
	int fd = CHECK_SYS(mkostemp(path, O_CLOEXEC));
	const struct map *m;
	struct stat st;
	char *p;

	CHECK_SYS(ftruncate(fd, 4 * PAGE));
	CHECK_SYS(fstat(fd, &st));
	p = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
	CHECK(p != MAP_FAILED, "%s", strerror(errno));
	maps_load(&maps);
	m = map_check(p, "r--s", path);
	CHECK(m->start == (unsigned long)p && m->end == m->start + 2 * PAGE &&
	      m->offset == PAGE && m->inode == st.st_ino,
	      "%lx-%lx offset %lx inode %lu, should be %p, %lu bytes, %lx, %lu",
	      m->start, m->end, m->offset, m->inode, (void *)p, 2 * PAGE, PAGE,
	      (unsigned long)st.st_ino);
	CHECK_SYS(unlink(path));
	CHECK_SYS(munmap(p, 2 * PAGE));
	maps_load(&maps);
	CHECK(!maps_at(&maps, p), "%p is still listed", (void *)p);
	CHECK_SYS(close(fd));
}

/* One random change of some pages of the region, in the model as well */
static void model_change(char *base, struct rng *rng)
{
	int first = rng_below(rng, PAGES), left = PAGES - first;
	int count = 1 + rng_below(rng, left < 12 ? left : 12);
	int prot = rng_below(rng, 8), shared = rng_below(rng, 4) == 0;
	char perms[5] = "----", *addr = base + first * PAGE;
	void *got;

	if (rng_below(rng, 4) == 0) {
		CHECK_SYS(munmap(addr, count * PAGE));
		perms[0] = 0;
	} else {
		perms[0] = prot & PROT_READ ? 'r' : '-';
		perms[1] = prot & PROT_WRITE ? 'w' : '-';
		perms[2] = prot & PROT_EXEC ? 'x' : '-';
		perms[3] = shared ? 's' : 'p';
		got = mmap(addr, count * PAGE, prot, MAP_ANONYMOUS | MAP_FIXED |
			   (shared ? MAP_SHARED : MAP_PRIVATE), -1, 0);
		CHECK(got == addr, "%s", strerror(errno));
	}
	for (int i = first; i < first + count; i++)
		strcpy(model[i], perms);
}

/* Random mappings, and what the list says about each page */
static void model_check(int rounds)
{
	char *base = arena_find(ARENA_1G) + ARENA_2M - PAGES / 2 * PAGE;
	struct rng rng = { 7 };

	for (int i = 0; i < rounds; i++) {
		for (int k = 0; k < 8; k++)
			model_change(base, &rng);
		maps_load(&maps);
		for (int page = 0; page < PAGES; page++) {
			const struct map *m = maps_at(&maps, base + page * PAGE);

			CHECK(!strcmp(m ? m->perms : "", model[page]),
			      "round %d page %d: rights '%s', should be '%s'", i,
			      page, m ? m->perms : "", model[page]);
		}
	}
	CHECK_SYS(munmap(base, PAGES * PAGE));
}

/* A field of the mapping at addr in /proc/self/smaps, in KiB */
static long smaps_field(const void *addr, const char *field)
{
	char start[32], *at;

	snprintf(start, sizeof(start), "%lx-", (unsigned long)addr);
	at = strstr(proc_text("/proc/self/smaps"), start);
	CHECK(at, "%s is not in smaps", start);
	at = strstr(at, field);
	CHECK(at, "smaps has no %s", field);
	return atol(at + strlen(field));
}

static void smaps_expect(const char *p, const char *field, long want)
{
	long seen = smaps_field(p, field);

	CHECK(seen == want, "%s %ld kB, should be %ld", field, seen, want);
}

static void smaps_body(void *arg)
{
	char *p = arg;

	smaps_expect(p, "Rss:", 20);
	smaps_expect(p, "Shared_Dirty:", 20);
	*p = 2;
	smaps_expect(p, "Private_Dirty:", 4);
	smaps_expect(p, "Shared_Dirty:", 16);
}

static void smaps_check(void)
{
	char *base = arena_find(ARENA_1G), *p = base + ARENA_2M - 3 * PAGE;
	void *got = mmap(p, 16 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			 -1, 0);
	uint64_t entry[16];
	int fd;

	CHECK(got == p, "%s", strerror(errno));
	/* not more pages at a time than were asked for */
	CHECK(!madvise(p, 16 * PAGE, MADV_NOHUGEPAGE) || errno == EINVAL, "%s",
	      strerror(errno));
	smaps_expect(p, "Rss:", 0);
	for (int i = 0; i < 10; i += 2)
		p[i * PAGE] = 1;
	smaps_expect(p, "Size:", 64);
	smaps_expect(p, "Rss:", 20);
	smaps_expect(p, "Private_Dirty:", 20);
	child_run("smaps of a child", smaps_body, p);
	smaps_expect(p, "Private_Dirty:", 20);
	fd = CHECK_SYS(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
	CHECK(pread(fd, entry, sizeof(entry), (unsigned long)p / PAGE * 8) ==
	      sizeof(entry), "pagemap: %s", strerror(errno));
	for (int i = 0; i < 16; i++)
		CHECK(entry[i] >> 63 == (i < 10 && !(i & 1)),
		      "pagemap says %#lx of page %d", (unsigned long)entry[i], i);
	CHECK_SYS(close(fd));
	CHECK_SYS(madvise(p, 4 * PAGE, MADV_DONTNEED));
	smaps_expect(p, "Rss:", 12);
	CHECK_SYS(munmap(p, 16 * PAGE));
}

int main(int argc, char **argv)
{
	test_begin(60);
	probe_init();
	order_check();
	program_check();
	rights_check();
	file_check();
	model_check(check_rounds(argc, argv, 20));
	if (access("/proc/self/smaps", R_OK))
		NOTE("no /proc/self/smaps");
	else
		smaps_check();
	order_check();
	return 0;
}
