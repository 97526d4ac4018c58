// SPDX-License-Identifier: GPL-2.0
/*
 * tree.c - a tree of small files: made, looked at, and removed. An operation is
 * one file.
 */
#include "bench.h"
#include "files.h"

static unsigned long make_run(unsigned long ops)
{
	return trees_make_measure(ops, NULL);
}

static void look_begin(void)
{
	tree_make(0);
}

static void look_end(void)
{
	tree_remove(0);
}

static unsigned long look_run(unsigned long ops)
{
	return tree_repeat(ops, tree_look);
}

static unsigned long read_run(unsigned long ops)
{
	return tree_repeat(ops, tree_read);
}

static unsigned long remove_run(unsigned long ops)
{
	return trees_remove_measure(ops, NULL);
}

static const struct figure figures[] = {
	{ "tree/create", "ns", NULL, make_run, NULL, 20000 },
	{ "tree/stat", "ns", look_begin, look_run, look_end, 0 },
	{ "tree/read", "ns", look_begin, read_run, look_end, 0 },
	{ "tree/remove", "ns", NULL, remove_run, NULL, 20000 },
};

BENCH_MAIN(figures)
