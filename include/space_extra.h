/* SPDX-License-Identifier: GPL-2.0 */
/*
 * space_extra.h - what few address spaces have: an LDT, and a host process that is
 * denied something. So it is in no mm_context, but in a list that is mostly empty.
 *
 * Host and kernel objects share this header; the functions are the kernel's.
 */
#ifndef UML_SPACE_EXTRA_H
#define UML_SPACE_EXTRA_H

struct ldt;
struct mm_id;

/**
 * struct space_extra - of an address space
 * @id:		whose
 * @ldt:	what modify_ldt has written, NULL: nothing
 * @denied:	DENY_* (user_abilities.h) that are in force in its process
 */
struct space_extra {
	struct space_extra *next;
	const struct mm_id *id;
	struct ldt *ldt;
	unsigned int denied;
};

/* How many there are */
extern unsigned int space_extra_count;

/* What it has; NULL: nothing */
extern struct space_extra *space_extra_find(const struct mm_id *id);

/* The same, made if there is none. Process context. NULL: no memory. */
extern struct space_extra *space_extra_get(const struct mm_id *id);

/* The address space goes. */
extern void space_extra_free(const struct mm_id *id);

#endif
