/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ldt.h - the local descriptor table of an address space, modify_ldt(2).
 *
 * Host and kernel objects share this header.
 */
#ifndef UML_LDT_H
#define UML_LDT_H

struct mm_id;

/**
 * ldt_copy() - a new address space gets what the current task's has
 * @id:		the new one; its process waits for the stub's calls
 *
 * Process context. 0, -ENOMEM, or -errno of the host. It goes with space_extra_free().
 */
extern int ldt_copy(struct mm_id *id);

/**
 * skas_ldt_write() - one entry, in the process of an address space
 * @entry:	struct user_desc
 *
 * 0 or -errno of the host.
 */
extern int skas_ldt_write(struct mm_id *id, const void *entry);

#endif
