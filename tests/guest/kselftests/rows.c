// SPDX-License-Identifier: GPL-2.0
/* rows.c - the table `expected`. */
#define _GNU_SOURCE
#include "gaps.h"
#include "kselftests.h"

#define LINE_FORMAT "%63s %15s %15s %15s %n"

enum column { NATIVE, SKAS, KVM, COLUMNS };

static enum column column_here(void)
{
	const char *backend = getenv("BACKEND");

	if (!backend || !strcmp(backend, "-"))
		return NATIVE;
	if (!strcmp(backend, "skas"))
		return SKAS;
	CHECK(!strcmp(backend, "kvm"), "no column for backend %s", backend);
	return KVM;
}

/* The line that follows, or NULL; fills in the words of a row's line. */
static const char *line_next(const char *p, struct row *row, enum column column)
{
	const struct embedded *file = embedded_find("expected");
	char line[512], verdicts[COLUMNS][16];
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
		n = sscanf(line, LINE_FORMAT, row->name, verdicts[NATIVE],
			   verdicts[SKAS], verdicts[KVM], &used);
		CHECK(n == 4 && used, "'%s' is not a row", line);
		strcpy(row->verdict, verdicts[column]);
		row->reason = p + used;
		row->reason_length = end - row->reason;
		return p;
	}
	return NULL;
}

static int line_find(const char *name, struct row *row, enum column column)
{
	const char *p = NULL;

	while ((p = line_next(p, row, column)))
		if (!strcmp(row->name, name))
			return 1;
	return 0;
}

static int row_find_in(const char *name, struct row *row, enum column column)
{
	static const char *const gaps[] = { "selectors", "nt", "breakpoints", "int" };
	const char *host = getenv("HOST");
	char special[128];
	unsigned int i;

	if (host) {
		snprintf(special, sizeof(special), "%s@%s", name, host);
		if (line_find(special, row, column))
			return 1;
	}
	for (i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		snprintf(special, sizeof(special), "%s@%s", name, gaps[i]);
		if (line_find(special, row, column) && host_gap(gaps[i]))
			return 1;
	}
	return line_find(name, row, column);
}

/* What is expected of a program here: false if no line says it. */
int row_find(const char *name, struct row *row)
{
	return row_find_in(name, row, column_here());
}

int row_is_native(const char *name)
{
	enum column column;
	struct row row;

	for (column = SKAS; column < COLUMNS; column++)
		if (row_find_in(name, &row, column) && !strcmp(row.verdict, "native"))
			return 1;
	return 0;
}

/* The table has only programs that there are, known words, and reasons. */
void rows_check(void)
{
	static const char *const words[] = {
		"ok", "fail", "skip", "any", "none", "native"
	};
	const unsigned int count = sizeof(words) / sizeof(words[0]);
	const char *p = NULL;
	struct row row;
	unsigned int i;

	while ((p = line_next(p, &row, column_here()))) {
		*strchrnul(row.name, '@') = '\0';
		CHECK(embedded_find(row.name), "no program %s", row.name);
		for (i = 0; i < count && strcmp(row.verdict, words[i]); i++)
			;
		CHECK(i < count, "%s: '%s'?", row.name, row.verdict);
		CHECK(!i || row.reason_length > 0, "%s: no reason", row.name);
	}
}
