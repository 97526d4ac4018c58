// SPDX-License-Identifier: GPL-2.0
/*
 * mconsole_proc.c - proc FILE: what a file in /proc says, whether /proc is mounted
 * inside or not.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/printk.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "mconsole.h"

#define WINDOW	0x100000	/* any address: it is alone there */

static struct vfsmount *proc_mount;

/*
 * Some files can only be read to user memory: a page of it, in an address space of
 * its own.
 */
struct window {
	struct mm_struct *mm;
	char __user *page;
};

static int window_open(struct window *window)
{
	unsigned long address;

	window->mm = mm_alloc();
	if (!window->mm)
		return -ENOMEM;
	kthread_use_mm(window->mm);
	address = vm_mmap(NULL, WINDOW, PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0);
	window->page = (char __user *)address;
	return IS_ERR_VALUE(address) ? (int)address : 0;
}

static void window_close(struct window *window)
{
	if (!window->mm)
		return;
	kthread_unuse_mm(window->mm);
	mmput(window->mm);
}

static ssize_t part_read(struct file *file, const struct window *window, char *buf,
			 size_t size, loff_t *pos)
{
	ssize_t n;

	if (!window->mm)
		return kernel_read(file, buf, size, pos);
	n = vfs_read(file, window->page, size, pos);
	if (n > 0 && copy_from_user(buf, window->page, n))
		return -EFAULT;
	return n;
}

/* Answers are text that ends with a zero byte. */
static void zeroes_hide(char *buf, size_t size)
{
	char *zero;

	while ((zero = memchr(buf, 0, size)))
		*zero = '\n';
}

static void file_answer(struct mc_request *req, struct file *file,
			const struct window *window, char *buf)
{
	loff_t pos = 0;
	ssize_t n;

	n = part_read(file, window, buf, PAGE_SIZE, &pos);
	/* the content begins on a line of its own */
	if (n >= 0 && mconsole_reply(req, "\n", 0, 1))
		return;
	while (n > 0) {
		zeroes_hide(buf, n);
		if (mconsole_reply_len(req, buf, n, 0, 1))
			return;		/* nobody reads it */
		n = part_read(file, window, buf, PAGE_SIZE, &pos);
	}
	/* of what would make a reader wait, that is the end */
	if (n == -EAGAIN)
		n = 0;
	mconsole_reply(req, n ? "Read of file failed" : "", n != 0, 0);
}

void mconsole_proc(struct mc_request *req)
{
	struct window window = { };
	struct file *file;
	char *buf;
	int err = 0;

	if (!proc_mount) {
		mconsole_reply(req, "Proc not available", 1, 0);
		return;
	}
	file = file_open_root_mnt(proc_mount, mconsole_args(req),
				  O_RDONLY | O_NONBLOCK, 0);
	if (IS_ERR(file)) {
		mconsole_reply(req, "Failed to open file", 1, 0);
		return;
	}
	buf = kmalloc(PAGE_SIZE, GFP_KERNEL);
	/* what kernel_read() can't */
	if (file->f_op->read || !file->f_op->read_iter)
		err = window_open(&window);
	if (!buf || err)
		mconsole_reply(req, "Failed to allocate buffer", 1, 0);
	else
		file_answer(req, file, &window, buf);
	window_close(&window);
	kfree(buf);
	fput(file);
}

static int __init proc_init(void)
{
	struct file_system_type *type = get_fs_type("proc");
	struct vfsmount *mount;

	if (!type)
		return -ENODEV;
	mount = kern_mount(type);
	put_filesystem(type);
	if (IS_ERR(mount))
		return PTR_ERR(mount);
	proc_mount = mount;
	return 0;
}
__initcall(proc_init);
