// SPDX-License-Identifier: GPL-2.0
/*
 * files_judge.c - is everything there that was acknowledged? From what
 * files_scan found before and after a round.
 */
#include "check.h"
#include "crashload.h"
#include "files_plan.h"

/* So far a task may have come beyond its last acknowledgement that arrived. */
#define LEAD 64
#define RECORDS_MAX 8

struct map {
	unsigned int count;
	struct files_record record[RECORDS_MAX];
};

static void map_read(const char *path, struct map *map)
{
	FILE *file = fopen(path, "re");

	CHECK(file, "%s: %s", path, strerror(errno));
	map->count = fread(map->record, sizeof(map->record[0]), RECORDS_MAX, file);
	CHECK(!ferror(file) && map->count < RECORDS_MAX, "%s: %u rounds", path,
	      map->count);
	fclose(file);
}

static const struct files_record *map_find(const struct map *map, uint64_t round)
{
	for (unsigned int i = 0; i < map->count; i++)
		if (map->record[i].round == round)
			return &map->record[i];
	return NULL;
}

static bool state_same(const struct file_state *a, const struct file_state *b)
{
	return a->exists == b->exists && a->sectors == b->sectors &&
		!memcmp(a->keys, b->keys, a->sectors * sizeof(a->keys[0]));
}

/*
 * May this be seen while the operation that makes `new` of `old` is under way?
 * ext4 commits a file's new size once the writing of the data was begun; until
 * that is complete, the new part reads as zeroes (an unwritten extent).
 */
static bool state_between(const struct file_state *seen, enum file_kind kind,
			  const struct file_state *old,
			  const struct file_state *new)
{
	if (state_same(seen, old) || state_same(seen, new))
		return true;
	if (kind == FILE_REPLACE || kind == FILE_UNLINK || !seen->exists)
		return false;
	if (seen->sectors < old->sectors || seen->sectors > new->sectors)
		return false;
	for (uint32_t i = 0; i < seen->sectors; i++)
		if (seen->keys[i] != new->keys[i] &&
		    seen->keys[i] != (i < old->sectors ? old->keys[i] : KEY_ZERO))
			return false;
	return true;
}

static void file_describe(const struct file_state *file, char *text, size_t size)
{
	uint64_t min = UINT64_MAX, max = 0;

	for (uint32_t i = 0; i < file->sectors; i++) {
		min = file->keys[i] < min ? file->keys[i] : min;
		max = file->keys[i] > max ? file->keys[i] : max;
	}
	if (!file->exists)
		snprintf(text, size, "not there");
	else if (!file->sectors)
		snprintf(text, size, "empty");
	else
		snprintf(text, size, "%u sectors, transactions %u to %u%s",
			 file->sectors, KEY_TXN(min), KEY_TXN(max),
			 max == KEY_BAD ? " (bad)" : "");
}

static void task_judge(struct verdict *verdict, unsigned int task,
		       const struct files_model *seen)
{
	static struct files_model now, last;
	bool good[FILE_SLOTS];
	struct file_op op;
	char is[100], should[100];
	unsigned int number, slot;

	memset(&now, 0, sizeof(now));
	for (number = 1; number <= verdict->acked[task]; number++) {
		file_op_make(&now, verdict->seed, verdict->round, task, number, &op);
		file_op_apply(&now, &op);
	}
	last = now;
	for (slot = 0; slot < FILE_SLOTS; slot++)
		good[slot] = state_same(&seen->file[slot], &now.file[slot]);
	for (; number <= verdict->acked[task] + LEAD; number++) {
		struct file_state old;

		file_op_make(&now, verdict->seed, verdict->round, task, number, &op);
		old = now.file[op.slot];
		file_op_apply(&now, &op);
		good[op.slot] |= state_between(&seen->file[op.slot], op.kind, &old,
					       &now.file[op.slot]);
	}
	for (slot = 0; slot < FILE_SLOTS; slot++) {
		if (good[slot])
			continue;
		file_describe(&seen->file[slot], is, sizeof(is));
		file_describe(&last.file[slot], should, sizeof(should));
		verdict_loss(verdict, "file r%u/t%u/f%u: %s; acknowledged: %s",
			     verdict->round, task, slot, is, should);
	}
}

/* What nobody touched is as it was; the newest directory may not be missing. */
static void others_judge(struct verdict *verdict, const struct map *before,
			 const struct map *after)
{
	unsigned int i, newest = 0;

	for (i = 0; i < before->count; i++)
		if (before->record[i].round > newest)
			newest = before->record[i].round;
	for (i = 0; i < before->count; i++) {
		const struct files_record *was = &before->record[i];
		const struct files_record *is = map_find(after, was->round);

		if (!is ? was->round == newest :
		    was->round == newest && memcmp(was, is, sizeof(*is)))
			verdict_loss(verdict, "the files of round %u changed after it",
				     (unsigned int)was->round);
	}
}

/* Count and print in *verdict what is lost. The maps are names of files. */
void files_judge(struct verdict *verdict, const char *before, const char *after)
{
	static const struct files_record nothing;
	static struct map was, is;
	const struct files_record *seen;

	map_read(before, &was);
	map_read(after, &is);
	others_judge(verdict, &was, &is);
	seen = map_find(&is, verdict->round);
	for (unsigned int task = 0; task < FILES_JUDGED; task++)
		task_judge(verdict, task, &(seen ? seen : &nothing)->task[task]);
}
