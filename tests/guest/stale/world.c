// SPDX-License-Identifier: GPL-2.0
/* world.c - the places, the files, and the history of what was done. */
#define _GNU_SOURCE
#include "arena.h"
#include "stale.h"

struct world *world;
struct spot spots[SPOTS];
struct cell cells[SPOTS][CELLS];
int slot;

/* Which pages of a block are used: both ends of its page table, and inside */
static const int block_pages[] = { 0, 1, 255, 511 };

#define BLOCK_CELLS ((int)(sizeof(block_pages) / sizeof(block_pages[0])))

char *cell_addr(int spot, int i)
{
	return spots[spot].base + PAGE * (spots[spot].block ? block_pages[i] : i);
}

static void run_add(int *n, char *base)
{
	spots[(*n)++] = (struct spot){ base, CELLS, false };
}

static void block_add(int *n, char *base)
{
	spots[(*n)++] = (struct spot){ base, BLOCK_CELLS, true };
}

/*
 * Across the borders of leaf tables and of the tables above them, and alone in
 * tables of all levels: unmapping such a page frees those.
 */
void spots_find(void)
{
	char *base = arena_find(6 * ARENA_1G), *far = arena_find_512g();
	int n = 0;

	if (!far)
		far = base + 5 * ARENA_1G;
	run_add(&n, base + ARENA_2M - 4 * PAGE);
	run_add(&n, base + 2 * ARENA_2M + 16 * PAGE);
	run_add(&n, base + ARENA_1G - 4 * PAGE);
	run_add(&n, base + 3 * ARENA_1G + 3 * ARENA_2M);
	run_add(&n, far - 4 * PAGE);
	run_add(&n, far + 100 * ARENA_2M);
	block_add(&n, base + 5 * ARENA_2M);
	block_add(&n, base + ARENA_1G + 10 * ARENA_2M);
	block_add(&n, base + 4 * ARENA_1G);
	block_add(&n, far + 200 * ARENA_2M);
	CHECK(n == SPOTS, "%d spots", n);
}

static int object_open(int i)
{
	char name[] = "stale.XXXXXX";
	void *p;
	int fd;

	if (i < OBJECTS - 1)
		return CHECK_SYS(memfd_create("stale", MFD_CLOEXEC));
	fd = CHECK_SYS(mkostemp(name, O_CLOEXEC));
	CHECK_SYS(unlink(name));
	p = mmap(NULL, PAGE, PROT_EXEC, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED && errno == EPERM) { /* mounted noexec */
		CHECK_SYS(close(fd));
		return CHECK_SYS(memfd_create("stale", MFD_CLOEXEC));
	}
	CHECK(p != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK_SYS(munmap(p, PAGE));
	return fd;
}

void world_create(uint64_t seed, long turns, enum sabotage sabotage)
{
	world = shared_alloc(sizeof(*world));
	world->seed = seed;
	world->rng.state = seed;
	world->turns = turns;
	world->sabotage = sabotage;
	for (int i = 0; i < OBJECTS; i++) {
		struct object *o = &world->object[i];

		o->fd = object_open(i);
		o->pages = OBJECT_PAGES;
		CHECK_SYS(ftruncate(o->fd, OBJECT_PAGES * PAGE));
	}
	memset(cells, 0, sizeof(cells));
	ring_create(&world->ring, SLOTS);
}

/* One line of history */
void note(const char *format, ...)
{
	char *line = world->history[world->lines++ % HISTORY];
	int used = snprintf(line, LINE, "%5ld process %d: ", world->turn, slot);
	va_list args;

	va_start(args, format);
	vsnprintf(line + used, LINE - used, format, args);
	va_end(args);
}

/* The end: what was done before it, and what is wrong. */
void wrong(const char *format, ...)
{
	unsigned long i = world->lines > HISTORY ? world->lines - HISTORY : 0;
	char text[300];
	va_list args;

	for (; i < world->lines; i++)
		printf("%s\n", world->history[i % HISTORY]);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	FAIL("seed %lu, turn %ld, process %d: %s", (unsigned long)world->seed,
	     world->turn, slot, text);
}
