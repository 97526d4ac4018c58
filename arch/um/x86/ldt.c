// SPDX-License-Identifier: GPL-2.0
/*
 * ldt.c - modify_ldt(2), where the backend can run user code with such segments: the
 * host's processes have the entries in force, what user code has written is kept here
 * to be read and for children.
 *
 * Intel SDM vol. 3, 3.4.5 (segment descriptors), 3.5.1 (LDT).
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <uapi/asm/ldt.h>
#include <uml/ldt.h>
#include <uml/space_extra.h>
#include <uml/user_abilities.h>

#define DEFAULT_SIZE	128	/* bytes of the "default" table, all zero */
#define GROW		64	/* entries at a time */
#define TYPE_SYSTEM	3	/* not a kind of segment that user code can have */

struct ldt {
	unsigned int count;
	struct user_desc entry[];
};

/* Two threads of one address space, or a thread and its fork */
static DEFINE_MUTEX(ldt_mutex);

static const struct user_desc nothing = { .read_exec_only = 1, .seg_not_present = 1 };

static bool is_nothing(const struct user_desc *e)
{
	return !e->base_addr && !e->limit && !e->contents && e->read_exec_only &&
		!e->seg_32bit && !e->limit_in_pages && e->seg_not_present && !e->useable &&
		!e->lm;
}

/* As the CPU has it */
static u64 descriptor(const struct user_desc *e)
{
	unsigned int type = e->contents << 2 | !e->read_exec_only << 1 | 1;
	u64 high;

	if (is_nothing(e))
		return 0;
	high = (e->base_addr & 0xff000000) | e->limit_in_pages << 23 | e->seg_32bit << 22 |
		e->useable << 20 | (e->limit & 0xf0000) | !e->seg_not_present << 15 |
		3 << 13 | 1 << 12 | type << 8 | (e->base_addr >> 16 & 0xff);
	return high << 32 | (e->base_addr & 0xffff) << 16 | (e->limit & 0xffff);
}

static struct ldt *ldt_make(const struct ldt *old, unsigned int count)
{
	struct ldt *ldt = kvmalloc(struct_size(ldt, entry, count), GFP_KERNEL_ACCOUNT);
	unsigned int i = 0;

	if (!ldt)
		return NULL;
	ldt->count = count;
	if (old) {
		i = min(count, old->count);
		memcpy(ldt->entry, old->entry, i * sizeof(old->entry[0]));
	}
	for (; i < count; i++)
		ldt->entry[i] = nothing;
	return ldt;
}

int ldt_copy(struct mm_id *id)
{
	const struct space_extra *from;
	struct space_extra *extra;
	struct user_desc entry;
	unsigned int i;
	int err = -ENOMEM;

	if (!space_extra_count)
		return 0;
	mutex_lock(&ldt_mutex);
	from = space_extra_find(&current->mm->context.id);
	if (!from || !from->ldt) {
		err = 0;
		goto out;
	}
	extra = space_extra_get(id);
	if (!extra)
		goto out;
	extra->ldt = ldt_make(from->ldt, from->ldt->count);
	if (!extra->ldt)
		goto out;
	err = 0;
	for (i = 0; i < extra->ldt->count && !err; i++) {
		if (is_nothing(&extra->ldt->entry[i]))
			continue;
		entry = extra->ldt->entry[i];
		entry.entry_number = i;
		err = skas_ldt_write(id, &entry);
	}
out:
	mutex_unlock(&ldt_mutex);
	return err;
}

static int ldt_read(const struct ldt *ldt, char __user *to, unsigned long size)
{
	unsigned long i, part;
	u64 value;

	if (!ldt)
		return 0;
	size = min(size, LDT_ENTRIES * LDT_ENTRY_SIZE);
	for (i = 0; i < ldt->count && i * sizeof(value) < size; i++) {
		value = descriptor(&ldt->entry[i]);
		part = min(sizeof(value), size - i * sizeof(value));
		if (copy_to_user(to + i * sizeof(value), &value, part))
			return -EFAULT;
	}
	if (i * sizeof(value) < size && clear_user(to + i * sizeof(value), size - i * sizeof(value)))
		return -EFAULT;
	return size;
}

static int ldt_read_default(void __user *to, unsigned long size)
{
	size = min(size, DEFAULT_SIZE);
	return clear_user(to, size) ? -EFAULT : size;
}

static int entry_check(const struct user_desc *e, bool old_way)
{
	if (e->entry_number >= LDT_ENTRIES)
		return -EINVAL;
	if (e->contents == TYPE_SYSTEM && (old_way || !e->seg_not_present))
		return -EINVAL;
	return 0;
}

static int entry_write(struct mm_id *id, const struct user_desc *entry)
{
	struct space_extra *extra = space_extra_get(id);
	struct ldt *ldt, *longer;
	int err;

	if (!extra)
		return -ENOMEM;
	ldt = extra->ldt;
	if (!ldt || entry->entry_number >= ldt->count) {
		longer = ldt_make(ldt, min(roundup(entry->entry_number + 1, GROW), LDT_ENTRIES));
		if (!longer)
			return -ENOMEM;
		kvfree(ldt);
		extra->ldt = ldt = longer;
	}
	err = skas_ldt_write(id, entry);
	if (!err)
		ldt->entry[entry->entry_number] = *entry;
	return err;
}

static int ldt_write(struct mm_id *id, const void __user *from, unsigned long size,
		     bool old_way)
{
	struct user_desc entry;
	unsigned int number;
	int err;

	if (size != sizeof(entry))
		return -EINVAL;
	if (copy_from_user(&entry, from, sizeof(entry)))
		return -EFAULT;
	err = entry_check(&entry, old_way);
	if (err)
		return err;
	number = entry.entry_number;
	if (old_way)
		entry.useable = 0;
	if (is_nothing(&entry) || (old_way && !entry.base_addr && !entry.limit))
		entry = nothing;
	entry.entry_number = number;
	return entry_write(id, &entry);
}

/* The value is an int, natively, and so it arrives: 32 bits of it. */
SYSCALL_DEFINE3(modify_ldt, int, func, void __user *, ptr, unsigned long, bytecount)
{
	struct mm_id *id = &current->mm->context.id;
	const struct space_extra *extra;
	int ret = -ENOSYS;

	if (!(user_abilities & CAN_LDT))
		return -ENOSYS;
	mutex_lock(&ldt_mutex);
	switch (func) {
	case 0:
		extra = space_extra_find(id);
		ret = ldt_read(extra ? extra->ldt : NULL, ptr, bytecount);
		break;
	case 1:
		ret = ldt_write(id, ptr, bytecount, true);
		break;
	case 2:
		ret = ldt_read_default(ptr, bytecount);
		break;
	case 0x11:
		ret = ldt_write(id, ptr, bytecount, false);
		break;
	}
	mutex_unlock(&ldt_mutex);
	return (unsigned int)ret;
}
