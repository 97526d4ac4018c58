// SPDX-License-Identifier: GPL-2.0
/* gen.c - case number n of a seed. Each is made by itself, from both. */
#include <string.h>

#include "fuzz.h"
#include "special.h"

#define OPCODES	   (256 * 12)	/* all opcodes, with some operands each */
#define INTS	   256
#define SPECIALS   (SPECIAL_COUNT * 12)
#define SIGRETURNS 300
#define SETREGSES  300

long random_cases = 4000;

static struct rng rng;

static unsigned int below(unsigned int limit)
{
	return rng_below(&rng, limit);
}

/* An address or a number: what breaks things, and what works */
static uint64_t value_any(void)
{
	uint64_t r = rng_next(&rng);

	switch (below(16)) {
	case 0:
		return r;
	case 1:
		return r & 0xffff;
	case 2:
		return r % 0x7fff00000000 & ~7ul;
	case 3:
		return 0xffff800000000000 | r;
	case 4:
		return (r & 0x7fffffffffffffff) | 0x0800000000000000;
	case 5:
		return CODE + r % CODE_SIZE;
	case 6:
		return STACK + (r & 0xff8);
	case 7:
		return -(r & 0xfff);
	default:
		return DATA + (r & 0xfff);
	}
}

/* Null, the usual GDT, a table of the process's own, anything */
static uint64_t selector_any(void)
{
	static const uint16_t usual[] = {
		0, 1, 2, 3, 0x08, 0x10, 0x18, 0x1b, 0x20, 0x23, 0x28, 0x2b,
		0x30, 0x33, 0x38, 0x3b, 0x40, 0x43, 0x63, 0x6b, 0x73, 0x7b,
		0x07, 0x0f, 0x17, 0xffff, 0xfff8
	};

	if (below(8) == 0)
		return rng_next(&rng) & 0xffff;
	if (below(4) == 0)
		return (below(20) << 3) | below(8);
	return usual[below(sizeof(usual) / sizeof(usual[0]))];
}

/* The arithmetic flags; ID and now and then TF, NT, AC. */
static uint64_t flags_any(void)
{
	uint64_t flags = 0x202 | (rng_next(&rng) & 0x2008d5);

	if (below(4) == 0)
		flags |= rng_next(&rng) & 0xc00;
	if (below(32) == 0)
		flags |= 0x100;
	if (below(32) == 0)
		flags |= 0x44000;
	return flags;
}

static void state_make(struct state *s)
{
	for (int r = 0; r < REGS; r++)
		s->reg[r] = value_any();
	s->cs = 0x33;
	s->ss = 0x2b;
	s->flags = flags_any();
	s->rsp = below(8) ? STACK + PAGE / 2 : value_any();
}

static void byte_add(struct fuzz_case *c, uint8_t byte)
{
	if (c->size < CODE_ROOM - 1)
		c->code[c->size++] = byte;
}

static void random_add(struct fuzz_case *c, int count)
{
	while (count-- > 0)
		byte_add(c, rng_next(&rng) >> 16);
}

/* Every opcode of the four maps, prefixes by chance, operands */
static void opcode_make(struct fuzz_case *c, unsigned int nr)
{
	static const uint8_t prefixes[] = { 0x66, 0xf2, 0xf3, 0xf0, 0x64, 0x65,
					    0x67, 0x48, 0x49, 0x4c, 0x41 };
	unsigned int map = nr / 256 % 12;

	c->class = "opcode";
	if (below(2))
		byte_add(c, prefixes[below(sizeof(prefixes))]);
	if (map >= 4)
		byte_add(c, 0x0f);
	if (map >= 8)
		byte_add(c, map >= 10 ? 0x3a : 0x38);
	byte_add(c, nr % 256);
	/* Half of them with a register, the others with memory at a register */
	byte_add(c, below(2) ? 0xc0 | below(64) : rng_next(&rng) >> 16);
	random_add(c, 8);
}

static void int_make(struct fuzz_case *c, unsigned int nr)
{
	c->class = "int";
	byte_add(c, 0xcd);
	byte_add(c, nr);
}

/* A far pointer, or IRETQ's frame, with anything in it */
static void words_make(struct fuzz_case *c)
{
	for (int i = 0; i < WORDS; i++)
		c->data[i] = below(2) ? value_any() : rng_next(&rng);
	c->data[0] = below(2) ? CODE + 64 : value_any();
	c->data[1] = selector_any();
	if (below(2))	/* as for a 32-bit pointer */
		c->data[0] = (CODE & 0xffffffff) | selector_any() << 32;
	c->stack[0] = below(2) ? CODE + 64 : value_any();
	c->stack[1] = below(3) ? selector_any() : 0x33;
	c->stack[2] = below(2) ? flags_any() : rng_next(&rng);
	c->stack[3] = below(2) ? STACK + 256 : value_any();
	c->stack[4] = below(3) ? selector_any() : 0x2b;
}

static void special_make(struct fuzz_case *c, unsigned int nr)
{
	const struct special *special = &specials[nr / 12];

	c->class = special->name;
	for (int i = 0; i < special->size; i++)
		byte_add(c, special->code[i]);
	words_make(c);
	c->state.reg[RAX] = special->use == SELECTOR ? selector_any() : value_any();
	c->state.reg[RDI] = c->state.reg[RSI] = DATA + DATA_SPOT;
	c->state.rsp = STACK + PAGE / 2;
	if (special->use == MASK) {
		c->state.reg[RAX] = rng_next(&rng) & 0xff; /* not PKRU */
		c->state.reg[RDX] = 0;
		c->state.reg[RCX] = below(3);
		c->state.reg[RDI] = DATA;
	}
	if (special->use == BAD_STACK)
		c->state.rsp = value_any();
}

static void sigreturn_make(struct fuzz_case *c)
{
	c->class = "sigreturn";
	c->way = SIGRETURN;
	c->state.rip = below(3) ? CODE : value_any();
	c->state.rsp = value_any();
	c->state.cs = below(3) ? 0x33 : selector_any();
	c->state.ss = below(3) ? 0x2b : selector_any();
	if (below(2))
		c->state.flags = rng_next(&rng);
	c->bad_frame = below(4) == 0;
}

static void setregs_make(struct fuzz_case *c)
{
	sigreturn_make(c);
	c->class = "setregs";
	c->way = SETREGS;
}

static void random_make(struct fuzz_case *c)
{
	c->class = "random";
	random_add(c, 1 + below(15));
	if (below(8) == 0)		/* the end is on a page that isn't there */
		c->at = CODE_SIZE - c->size;
	else if (below(8) == 0)		/* across two pages */
		c->at = PAGE - c->size / 2;
}

long cases_count(void)
{
	return OPCODES + INTS + SPECIALS + SIGRETURNS + SETREGSES + random_cases;
}

/* SETREGS cases come last: another program runs them (setregs.c). */
void case_make(struct fuzz_case *c, long nr)
{
	rng.state = seed * 0x9e3779b97f4a7c15 + nr * 0xd6e8feb86659fd93;
	memset(c, 0, sizeof(*c));
	state_make(&c->state);
	if (nr < OPCODES)
		opcode_make(c, nr);
	else if ((nr -= OPCODES) < INTS)
		int_make(c, nr);
	else if ((nr -= INTS) < (long)SPECIALS)
		special_make(c, nr);
	else if ((nr -= SPECIALS) < SIGRETURNS)
		sigreturn_make(c);
	else if ((nr -= SIGRETURNS) < random_cases)
		random_make(c);
	else
		setregs_make(c);
	if (c->way == RUN)
		c->state.rip = CODE + c->at;
}
