/* SPDX-License-Identifier: GPL-2.0 */
/*
 * check.h - what every guest test program shares.
 *
 * A guest test program is a static binary that checks itself. It runs inside
 * ./linux (any backend) and, unchanged, natively: passing natively is how the
 * test is tested. It ends with status 0 (passed), 1 (failed, the first wrong
 * thing was printed) or 77 (can't run here, the reason was printed).
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEST_FAILED  1
#define TEST_SKIPPED 77

/* Print one line "FAIL file:line: ..." and end the whole program. */
#define FAIL(...) check_end(__FILE__, __LINE__, TEST_FAILED, __VA_ARGS__)

/* Print one line "SKIP file:line: ..." (say what is missing) and end. */
#define SKIP(...) check_end(__FILE__, __LINE__, TEST_SKIPPED, __VA_ARGS__)

/* Print one line "NOTE file:line: ..." (a part that isn't tested here) and go on. */
#define NOTE(...) check_note(__FILE__, __LINE__, __VA_ARGS__)

/* CHECK(condition, "format", ...): the message says what was seen. */
#define CHECK(cond, ...) CHECK_(cond, #cond, "" __VA_ARGS__)
#define CHECK_(cond, text, format, ...) \
	do { \
		if (!(cond)) \
			FAIL("not true: %s: " format, text, ##__VA_ARGS__); \
	} while (0)

/* CHECK_SYS(call): the call must not return -1; its value is the result. */
#define CHECK_SYS(call) \
	({ \
		long check_ret_ = (long)(call); \
		if (check_ret_ == -1) \
			FAIL("%s: %s", #call, strerror(errno)); \
		check_ret_; \
	})

__attribute__((noreturn, format(printf, 4, 5)))
static inline void check_end(const char *file, int line, int status,
			     const char *format, ...)
{
	va_list args;

	printf("%s %s:%d: ", status == TEST_SKIPPED ? "SKIP" : "FAIL", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	_Exit(status);
}

__attribute__((format(printf, 3, 4)))
static inline void check_note(const char *file, int line, const char *format, ...)
{
	va_list args;

	printf("NOTE %s:%d: ", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

/* How many times slower than a native one this host may be: time limits grow by it. */
static inline unsigned int check_slow(void)
{
	const char *text = getenv("SLOW");
	double factor = text ? atof(text) : 1;

	return factor > 1 ? factor + 0.5 : 1;
}

/*
 * How many rounds a loop should make: `rounds` times the program's first
 * argument (a soak passes 100 there), or just `rounds`. Under ptrace inside
 * an emulator one system call can cost a millisecond: keep the base small.
 */
static inline long check_rounds(int argc, char **argv, long rounds)
{
	long scale = argc > 1 ? atol(argv[1]) : 1;

	return rounds * (scale > 0 ? scale : 1);
}

#endif
