/* SPDX-License-Identifier: GPL-2.0 */
/*
 * native.c - what each row gives directly on the host, written there by `traps
 * record`, read inside ./linux: where CPUs differ from the manuals or from each
 * other, inside it has to be as on the host's own. A line for each row:
 *
 *	NAME signal si_code si_addr trapno error-code rip
 *
 * in hexadecimal, an address as its word where it has one.
 */
#define _GNU_SOURCE
#include "check.h"
#include "traps.h"

#define ROWS_MAX 200

static const char *const words[] = {
	[ZERO] = "zero", [FAULT] = "fault", [HERE] = "here", [NEXT] = "next",
	[AT_RDI] = "rdi",
};
#define WORDS (sizeof(words) / sizeof(words[0]))

static struct row {
	char name[64];
	char value[VALUES][20];
} rows[ROWS_MAX];
static int row_count = -1;	/* not read yet */

static int is_address(int value)
{
	return value == VALUE_ADDR || value == VALUE_RIP;
}

/* Two words can be the same address: then the table's, if it is that. */
static void address_print(const struct trap *trap, uint64_t address, enum where table)
{
	unsigned int i;

	if (table < WORDS && where_address(trap, table) == address) {
		printf(" %s", words[table]);
		return;
	}
	for (i = 0; i < WORDS; i++) {
		if (where_address(trap, i) != address)
			continue;
		printf(" %s", words[i]);
		return;
	}
	printf(" %lx", address);
}

void native_record(void)
{
	uint64_t values[VALUES];
	int i, v;

	places_set_up();
	for (i = 0; i < trap_count; i++) {
		memset((void *)&caught, 0, sizeof(caught));
		trap_run(traps[i].code, place_rdi(traps[i].place));
		values_caught(values);
		printf("%s", traps[i].name);
		for (v = 0; v < VALUES; v++) {
			if (is_address(v) && caught.signo)
				address_print(&traps[i], values[v], v == VALUE_ADDR ?
					      traps[i].addr : traps[i].rip);
			else
				printf(" %lx", values[v]);
		}
		printf("\n");
	}
}

static void rows_read(void)
{
	const char *path = getenv("NATIVE");
	FILE *file;
	int n;

	row_count = 0;
	if (!path)
		return;
	file = fopen(path, "re");
	CHECK(file, "%s: %s", path, strerror(errno));
	for (;;) {
		struct row *row = &rows[row_count];

		n = fscanf(file, "%63s %19s %19s %19s %19s %19s %19s", row->name,
			   row->value[0], row->value[1], row->value[2], row->value[3],
			   row->value[4], row->value[5]);
		if (n != 1 + VALUES)
			break;
		CHECK(++row_count < ROWS_MAX, "too many rows");
	}
	CHECK(n == EOF && row_count == trap_count, "%s: %d rows, not %d", path, row_count,
	      trap_count);
	fclose(file);
}

static uint64_t value_parse(const struct trap *trap, const char *text, int value)
{
	unsigned int i;

	for (i = 0; i < WORDS && is_address(value); i++)
		if (!strcmp(text, words[i]))
			return where_address(trap, i);
	return strtoul(text, NULL, 16);
}

int native_values(const struct trap *trap, uint64_t *values)
{
	int i, v;

	if (row_count < 0)
		rows_read();
	for (i = 0; i < row_count; i++) {
		if (strcmp(rows[i].name, trap->name))
			continue;
		for (v = 0; v < VALUES; v++)
			values[v] = value_parse(trap, rows[i].value[v], v);
		return 1;
	}
	CHECK(!row_count, "no row %s in the recording", trap->name);
	return 0;
}
