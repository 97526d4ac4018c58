/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xstate.h - patterns in all x87, SSE, AVX and AVX-512 registers and PKRU, put
 * there and read back by XRSTOR and XSAVE (Intel SDM vol. 1 chapter 13,
 * standard format) or, without XSAVE, by FXRSTOR and FXSAVE.
 *
 * AMX tiles are left out: they need a permission that nobody asks for here.
 */
#ifndef TESTS_XSTATE_H
#define TESTS_XSTATE_H

#include "check.h"
#include "cpu.h"
#include "raw.h"

#define XSTATE_KNOWN	(XF_X87 | XF_SSE | XF_YMM | XF_OPMASK | XF_ZMM_HI256 | \
			 XF_HI16_ZMM | XF_PKRU)
#define XSTATE_SIZE	4096
#define XSTATE_HEADER	512	/* XSTATE_BV, XCOMP_BV, reserved */
#define FXSAVE_FCW	0
#define FXSAVE_FSW	2
#define FXSAVE_FTW	4
#define FXSAVE_MXCSR	24
#define FXSAVE_ST0	32
#define FXSAVE_XMM0	160

struct xstate {
	uint8_t b[XSTATE_SIZE];
} __attribute__((aligned(64)));

/* The tested components; 0: no XSAVE. Set by xstate_init, one for all files. */
__attribute__((weak)) uint32_t xstate_mask;

static inline void *xstate_at(const struct xstate *x, unsigned int offset)
{
	return (void *)(x->b + offset);
}

static inline uint16_t xstate_u16(const struct xstate *x, unsigned int offset)
{
	uint16_t v;

	memcpy(&v, x->b + offset, sizeof(v));
	return v;
}

static inline uint32_t xstate_u32(const struct xstate *x, unsigned int offset)
{
	uint32_t v;

	memcpy(&v, x->b + offset, sizeof(v));
	return v;
}

static inline uint64_t xstate_u64(const struct xstate *x, unsigned int offset)
{
	uint64_t v;

	memcpy(&v, x->b + offset, sizeof(v));
	return v;
}

static inline void xstate_put(struct xstate *x, unsigned int offset,
			      const void *value, size_t size)
{
	memcpy(x->b + offset, value, size);
}

/* For NO_VECTORS functions only: the compiler is not told what changes. */
#define XSTATE_LOAD(p) \
	do { \
		if (xstate_mask) \
			asm volatile("xrstor64 %0" : \
				     : "m" (*(p)), "a" (xstate_mask), "d" (0)); \
		else \
			asm volatile("fxrstor64 %0" : : "m" (*(p))); \
	} while (0)

/* The header has to be zero before; XSAVE writes XSTATE_BV only. */
#define XSTATE_STORE(p) \
	do { \
		if (xstate_mask) \
			asm volatile("xsave64 %0" : "+m" (*(p)) \
				     : "a" (xstate_mask), "d" (0)); \
		else \
			asm volatile("fxsave64 %0" : "=m" (*(p))); \
	} while (0)

#define XSTATE_ZERO(p) \
	do { \
		void *zero_at_ = (p); \
		unsigned long zero_count_ = XSTATE_SIZE / 8; \
		asm volatile("rep stosq" : "+D" (zero_at_), "+c" (zero_count_) \
			     : "a" (0) : "memory"); \
	} while (0)

/* What a component has when it is "in its initial configuration". */
static inline void xstate_initial(struct xstate *x)
{
	memset(x, 0, sizeof(*x));
	xstate_put(x, FXSAVE_FCW, &(uint16_t){ 0x37f }, 2);
	xstate_put(x, FXSAVE_MXCSR, &(uint32_t){ 0x1f80 }, 4);
}

/* Call first, once. */
static inline void xstate_init(void)
{
	unsigned int nr, size, off;

	xstate_mask = cpu_xcr0() & XSTATE_KNOWN;
	for (nr = 2; nr < 32; nr++) {
		if (!(xstate_mask >> nr & 1))
			continue;
		cpu_xcomponent(nr, &size, &off);
		CHECK(size && off >= XSTATE_HEADER + 64 &&
		      off + size <= XSTATE_SIZE,
		      "CPUID 0xd: component %u: %u bytes at %u", nr, size, off);
	}
}

static inline uint64_t xstate_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static inline void xstate_fill_at(struct xstate *x, unsigned int off,
				  unsigned int size, uint64_t *random)
{
	while (size--)
		x->b[off++] = xstate_random(random) >> 24;
}

/*
 * A pattern that differs in every byte from other seeds' (nearly). All
 * exceptions stay masked; rounding, precision, TOP and sticky flags vary.
 */
static inline void xstate_fill(struct xstate *x, unsigned int seed)
{
	uint64_t random = 0x2545f4914f6cdd1d * (seed + 1);
	unsigned int i, size, off;
	uint32_t v;

	memset(x, 0, sizeof(*x));
	xstate_put(x, XSTATE_HEADER, &(uint64_t){ xstate_mask }, 8);
	v = xstate_random(&random);
	xstate_put(x, FXSAVE_FCW, &(uint16_t){ 0x7f | (v & 0xc00) |
		   (v & 0x1000 ? 0x300 : 0x200) }, 2);
	xstate_put(x, FXSAVE_FSW, &(uint16_t){ v >> 16 & 0x7f7f }, 2);
	v = xstate_random(&random);
	xstate_put(x, FXSAVE_FTW, &(uint16_t){ v & 0xff }, 2);
	xstate_put(x, FXSAVE_MXCSR, &(uint32_t){ 0x1f80 | (v >> 8 & 0xe03f) }, 4);
	for (i = 0; i < 8; i++)
		xstate_fill_at(x, FXSAVE_ST0 + 16 * i, 10, &random);
	xstate_fill_at(x, FXSAVE_XMM0, 256, &random);
	for (i = 2; i < 32; i++) {
		if (!(xstate_mask >> i & 1))
			continue;
		cpu_xcomponent(i, &size, &off);
		if (1u << i != XF_PKRU)
			xstate_fill_at(x, off, size, &random);
		else	/* all our memory has key 0: leave that usable */
			xstate_put(x, off, &(uint32_t){ xstate_random(&random) &
				   0xfffffffc }, 4);
	}
}

static inline const char *xstate_diff_at(const struct xstate *want,
					 const struct xstate *got,
					 const char *name, unsigned int off,
					 unsigned int size)
{
	static __thread char text[128];
	unsigned int i;

	for (i = 0; i < size; i++) {
		if (want->b[off + i] == got->b[off + i])
			continue;
		snprintf(text, sizeof(text),
			 "%s byte %u is 0x%02x, expected 0x%02x", name, i,
			 got->b[off + i], want->b[off + i]);
		return text;
	}
	return NULL;
}

/* Put the tested components of `from`, and their bits, into `to`. */
static inline void xstate_copy_tested(struct xstate *to, const struct xstate *from)
{
	unsigned int i, size, off;
	uint64_t bits = xstate_u64(to, XSTATE_HEADER) | xstate_mask;

	memcpy(to->b, from->b, FXSAVE_XMM0 + 256);
	xstate_put(to, XSTATE_HEADER, &bits, 8);
	for (i = 2; i < 32; i++) {
		if (!(xstate_mask >> i & 1))
			continue;
		cpu_xcomponent(i, &size, &off);
		memcpy(to->b + off, from->b + off, size);
	}
}

/* Make the components that `x`, an XSAVE area, doesn't hold explicit. */
static inline void xstate_expand(struct xstate *x)
{
	uint64_t missing = xstate_mask & ~xstate_u64(x, XSTATE_HEADER);
	struct xstate initial;
	unsigned int i, size, off;

	xstate_initial(&initial);
	if (missing & XF_X87) {
		memcpy(x->b, initial.b, FXSAVE_MXCSR);
		memcpy(x->b + FXSAVE_ST0, initial.b + FXSAVE_ST0, 128);
	}
	if (missing & XF_SSE)
		memcpy(x->b + FXSAVE_XMM0, initial.b + FXSAVE_XMM0, 256);
	for (i = 2; i < 32; i++) {
		if (!(missing >> i & 1))
			continue;
		cpu_xcomponent(i, &size, &off);
		memset(x->b + off, 0, size);
	}
}

/*
 * The first difference in the components of `mask`, or NULL. The last
 * instruction's addresses are not compared: AMD keeps them only at exceptions.
 */
static inline const char *xstate_diff_in(const struct xstate *want,
					 const struct xstate *got, uint32_t mask)
{
	static const char *const names[] = {
		[2] = "ymm, upper half,", [5] = "opmask", [6] = "zmm, upper half,",
		[7] = "zmm16-31", [9] = "PKRU",
	};
	const char *diff = NULL;
	unsigned int i, size, off;

	if (mask & XF_X87) {
		diff = xstate_diff_at(want, got, "x87 FCW/FSW/FTW", FXSAVE_FCW, 5);
		for (i = 0; !diff && i < 8; i++)
			diff = xstate_diff_at(want, got, "x87 register",
					      FXSAVE_ST0 + 16 * i, 10);
	}
	if (!diff && (mask & (XF_SSE | XF_YMM)))
		diff = xstate_diff_at(want, got, "MXCSR", FXSAVE_MXCSR, 4);
	if (!diff && (mask & XF_SSE))
		diff = xstate_diff_at(want, got, "xmm", FXSAVE_XMM0, 256);
	for (i = 2; !diff && i < 32; i++) {
		if (!(xstate_mask & mask & 1u << i))
			continue;
		cpu_xcomponent(i, &size, &off);
		diff = xstate_diff_at(want, got, names[i], off, size);
	}
	return diff;
}

static inline const char *xstate_diff(const struct xstate *want,
				      const struct xstate *got)
{
	return xstate_diff_in(want, got, XSTATE_KNOWN);
}

static inline void xstate_compare(const char *what, const struct xstate *want,
				  const struct xstate *got)
{
	const char *diff = xstate_diff(want, got);

	CHECK(!diff, "%s: %s", what, diff);
}

/*
 * Load `in`, call event(arg), a NO_VECTORS function, and store what the
 * registers hold then. They are as before at the end.
 */
NO_VECTORS __attribute__((unused))
static void xstate_run(const struct xstate *in, struct xstate *out,
		       void (*event)(void *), void *arg)
{
	struct xstate saved;

	XSTATE_ZERO(&saved);
	XSTATE_STORE(&saved);
	XSTATE_ZERO(out);
	XSTATE_LOAD(in);
	event(arg);
	XSTATE_STORE(out);
	XSTATE_LOAD(&saved);
}

/* event(arg) must leave all registers alone. */
__attribute__((unused))
static void xstate_keep(const char *what, unsigned int seed,
			void (*event)(void *), void *arg)
{
	struct xstate in, out;

	xstate_fill(&in, seed);
	xstate_run(&in, &out, event, arg);
	xstate_compare(what, &in, &out);
}

#endif
