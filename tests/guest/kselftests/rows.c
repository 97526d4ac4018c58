// SPDX-License-Identifier: GPL-2.0
/* rows.c - the table `expected`. */
#define _GNU_SOURCE
#include "gaps.h"
#include "kselftests.h"

#define LINE_FORMAT "%63s %15s %15s %15s %n"

/* 0: native, 1: skas, 2: kvm, as the columns are. */
static int column(void)
{
	const char *backend = getenv("BACKEND");

	if (!backend || !strcmp(backend, "-"))
		return 0;
	if (!strcmp(backend, "skas"))
		return 1;
	CHECK(!strcmp(backend, "kvm"), "no column for backend %s", backend);
	return 2;
}

/* The line that follows, or NULL; fills in the words of a row's line. */
static const char *line_next(const char *p, struct row *row)
{
	const struct embedded *file = embedded_find("expected");
	char line[512], verdicts[3][16];
	const char *end;
	int n, used;

	p = p ? strchr(p, '\n') + 1 : file->start;
	for (; p < file->end; p = end + 1) {
		end = memchr(p, '\n', file->end - p);
		CHECK(end && end - p < (long)sizeof(line), "no end of a line");
		if (*p == '#' || end == p)
			continue;
		snprintf(line, sizeof(line), "%.*s", (int)(end - p), p);
		used = 0;
		n = sscanf(line, LINE_FORMAT, row->name, verdicts[0],
			   verdicts[1], verdicts[2], &used);
		CHECK(n == 4 && used, "'%s' is not a row", line);
		strcpy(row->verdict, verdicts[column()]);
		row->reason = p + used;
		row->reason_length = end - row->reason;
		return p;
	}
	return NULL;
}

static int line_find(const char *name, struct row *row)
{
	const char *p = NULL;

	while ((p = line_next(p, row)))
		if (!strcmp(row->name, name))
			return 1;
	return 0;
}

/* What is expected of a program here: false if no line says it. */
int row_find(const char *name, struct row *row)
{
	static const char *const gaps[] = { "selectors", "nt", "breakpoints", "int" };
	const char *host = getenv("HOST");
	char special[128];
	unsigned int i;

	if (host) {
		snprintf(special, sizeof(special), "%s@%s", name, host);
		if (line_find(special, row))
			return 1;
	}
	for (i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		snprintf(special, sizeof(special), "%s@%s", name, gaps[i]);
		if (line_find(special, row) && host_gap(gaps[i]))
			return 1;
	}
	return line_find(name, row);
}

/* The table has only programs that there are, known words, and reasons. */
void rows_check(void)
{
	static const char *const words[] = { "ok", "fail", "skip", "any", "none" };
	const unsigned int count = sizeof(words) / sizeof(words[0]);
	const char *p = NULL;
	struct row row;
	unsigned int i;

	while ((p = line_next(p, &row))) {
		*strchrnul(row.name, '@') = '\0';
		CHECK(embedded_find(row.name), "no program %s", row.name);
		for (i = 0; i < count && strcmp(row.verdict, words[i]); i++)
			;
		CHECK(i < count, "%s: '%s'?", row.name, row.verdict);
		CHECK(!i || row.reason_length > 0, "%s: no reason", row.name);
	}
}
