// SPDX-License-Identifier: GPL-2.0
/*
 * user_access.c - the kernel's access to the memory of the present process: by
 * walking its page tables, since user addresses are not ours. What the CPU would
 * refuse the process, and what lies beyond its addresses, is refused here too.
 */
#include <linux/export.h>
#include <linux/mutex.h>
#include <linux/futex.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/futex.h>
#include <asm/pgtable.h>
#include <kern_util.h>

/**
 * virt_to_pte() - the last entry on the way to a user address
 * @mm:		may be NULL
 * @addr:	any address of the user half
 *
 * NULL where a table is missing; the entry itself may be anything.
 */
pte_t *virt_to_pte(struct mm_struct *mm, unsigned long addr)
{
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;

	if (!mm)
		return NULL;
	p4d = p4d_offset(pgd_offset(mm, addr), addr);
	if (!p4d_present(*p4d))
		return NULL;
	pud = pud_offset(p4d, addr);
	if (!pud_present(*pud))
		return NULL;
	pmd = pmd_offset(pud, addr);
	if (!pmd_present(*pmd))
		return NULL;
	return pte_offset_kernel(pmd, addr);
}

/* A clean page is not written to: whoever makes it dirty has to say so. */
static bool entry_permits(const pte_t *pte, bool write)
{
	if (!pte || !pte_present(*pte) || !pte_read(*pte))
		return false;
	return !write || (pte_write(*pte) && pte_dirty(*pte));
}

/*
 * Where we have the byte at a user address, with the rest of its page behind it;
 * NULL: it can't be had. Sleeps, unless page faults are disabled.
 */
static void *user_byte(unsigned long addr, bool write)
{
	pte_t *pte;
	int code;

	if (addr >= TASK_SIZE || !current->mm)
		return NULL;
	for (;;) {
		pte = virt_to_pte(current->mm, addr);
		if (entry_permits(pte, write))
			break;
		if (handle_page_fault(addr, 0, write, 1, &code))
			return NULL;
		/* handled may also mean that memory is being made free: not for ever */
		if (fatal_signal_pending(current))
			return NULL;
		cond_resched();
	}
	if (!pfn_valid(pte_pfn(*pte)))
		return NULL;
	return page_address(pte_page(*pte)) + offset_in_page(addr);
}

/* As much of [@addr, @addr + @max) as is in one page: @len bytes. Else as user_byte(). */
static void *user_piece(unsigned long addr, unsigned long max, unsigned long *len,
			bool write)
{
	*len = min(max, PAGE_SIZE - offset_in_page(addr));
	return user_byte(addr, write);
}

unsigned long raw_copy_from_user(void *to, const void __user *from, unsigned long n)
{
	unsigned long addr = (unsigned long)from, len;

	for (; n; n -= len, addr += len, to += len) {
		void *piece = user_piece(addr, n, &len, false);

		if (!piece)
			break;
		memcpy(to, piece, len);
	}
	return n;
}
EXPORT_SYMBOL(raw_copy_from_user);

unsigned long raw_copy_to_user(void __user *to, const void *from, unsigned long n)
{
	unsigned long addr = (unsigned long)to, len;

	/* put_user() writes all of a word or nothing */
	if (n <= sizeof(long) && offset_in_page(addr) + n > PAGE_SIZE &&
	    !user_byte(addr + n - 1, true))
		return n;
	for (; n; n -= len, addr += len, from += len) {
		void *piece = user_piece(addr, n, &len, true);

		if (!piece)
			break;
		memcpy(piece, from, len);
	}
	return n;
}
EXPORT_SYMBOL(raw_copy_to_user);

unsigned long __clear_user(void __user *to, unsigned long n)
{
	unsigned long addr = (unsigned long)to, len;

	for (; n; n -= len, addr += len) {
		void *piece = user_piece(addr, n, &len, true);

		if (!piece)
			break;
		memset(piece, 0, len);
	}
	return n;
}
EXPORT_SYMBOL(__clear_user);

/**
 * strncpy_from_user() - copy a string
 * @dst:	@count bytes
 * @src:	any address
 * @count:	what there is room for, the end included
 *
 * The length without the end; @count if there was no end up to there (then @dst
 * has none either); -EFAULT if it could not be read so far.
 */
long strncpy_from_user(char *dst, const char __user *src, long count)
{
	unsigned long addr = (unsigned long)src, len, n;
	long done;

	for (done = 0; done < count; done += len) {
		char *piece = user_piece(addr + done, count - done, &len, false);

		if (!piece)
			return -EFAULT;
		n = strnlen(piece, len);
		memcpy(dst + done, piece, n);
		if (n == len)
			continue;
		dst[done + n] = 0;
		return done + n;
	}
	return done;
}
EXPORT_SYMBOL(strncpy_from_user);

/**
 * strnlen_user() - the size of a string
 * @str:	any address
 * @count:	look no further
 *
 * The length with the end; more than @count if there was no end up to there; 0 if
 * it could not be read so far.
 */
long strnlen_user(const char __user *str, long count)
{
	unsigned long addr = (unsigned long)str, len, n;
	long done;

	if (count <= 0)
		return 0;
	for (done = 0; done < count; done += len) {
		char *piece = user_piece(addr + done, count - done, &len, false);

		if (!piece)
			return 0;
		n = strnlen(piece, len);
		if (n < len)
			return done + n + 1;
	}
	return count + 1;
}
EXPORT_SYMBOL(strnlen_user);

/*
 * Operations on a futex's word, which is aligned. User code of other threads does
 * not run meanwhile; page faults are disabled by the caller. 0, -EFAULT, -ENOSYS.
 */
int arch_futex_atomic_op_inuser(int op, u32 oparg, int *oval, u32 __user *uaddr)
{
	u32 *word = user_byte((unsigned long)uaddr, true), old;

	if (!word)
		return -EFAULT;
	old = *word;
	switch (op) {
	case FUTEX_OP_SET:
		*word = oparg;
		break;
	case FUTEX_OP_ADD:
		*word = old + oparg;
		break;
	case FUTEX_OP_OR:
		*word = old | oparg;
		break;
	case FUTEX_OP_ANDN:
		*word = old & ~oparg;
		break;
	case FUTEX_OP_XOR:
		*word = old ^ oparg;
		break;
	default:
		return -ENOSYS;
	}
	*oval = old;
	return 0;
}
EXPORT_SYMBOL(arch_futex_atomic_op_inuser);

int futex_atomic_cmpxchg_inatomic(u32 *uval, u32 __user *uaddr, u32 oldval, u32 newval)
{
	u32 *word = user_byte((unsigned long)uaddr, true);

	if (!word)
		return -EFAULT;
	*uval = cmpxchg(word, oldval, newval);
	return 0;
}
EXPORT_SYMBOL(futex_atomic_cmpxchg_inatomic);
